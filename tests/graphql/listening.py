"""The world's door behind the real server, for clients that are not ours and not Python."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar import Litestar

from sacbe.listeners import Listener
from sacbe.server import Server
from sacbe_graphql import http
from sacbe_graphql.door import GraphQLDoor

HERE = Path(__file__).parent
NODE_MODULES = os.environ.get("SACBE_TEST_NODE_MODULES", "")
"""Where `.ci/run` has put npm's packages."""

SCRIPT_SECONDS_MAX = 60


async def _nothing() -> None:
    """End nothing."""


@asynccontextmanager
async def listening(door: GraphQLDoor, *, ends_feeds: bool = False) -> AsyncIterator[int]:
    """Serve a door on a free port of this machine, and give the port; its feeds may be shared with other tests."""
    bound = socket.create_server(("127.0.0.1", 0))
    application = Litestar(http.routes(door), openapi_config=None, logging_config=None)
    server = Server(application, [Listener("public", bound)], on_stopping=door.feeds.end if ends_feeds else _nothing)
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    try:
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        await running


def need(package: str) -> None:
    """Skip without node and this package; in continuous integration that is a failure."""
    if os.environ.get("SACBE_CI") != "1" and (
        shutil.which("node") is None or not (Path(NODE_MODULES) / package).is_dir()
    ):
        pytest.skip(f"needs node and SACBE_TEST_NODE_MODULES with {package}")


async def told_by_node(script: str, package: str, *arguments: object) -> Any:
    """Run a script of this folder under node, and give the JSON that it prints."""
    need(package)
    process = await asyncio.create_subprocess_exec(
        "node",
        str(HERE / script),
        *map(str, arguments),
        env=os.environ | {"NODE_PATH": NODE_MODULES},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(SCRIPT_SECONDS_MAX):
            printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, f"{script} failed"
    return msgspec.json.decode(printed)
