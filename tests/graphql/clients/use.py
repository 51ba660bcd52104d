"""Asks a node through the client that ariadne-codegen made, and prints the data that came."""

import asyncio
import os
import sys

from client import Client


async def main() -> None:
    """Ask once."""
    headers = {"Authorization": f"Bearer {os.environ['SACBE_TOKEN']}"}
    async with Client(url=os.environ["SACBE_URL"], headers=headers) as client:
        data = await client.taxpayer(cui=os.environ["CUI"], words="dpi")
    sys.stdout.write(data.model_dump_json(by_alias=True))


asyncio.run(main())
