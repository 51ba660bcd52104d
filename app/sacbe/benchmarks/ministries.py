"""The demonstration's ministries at other addresses, so that a run measures the node and not them."""

import asyncio
from typing import Any

from sacbe import database
from sacbe.demonstration.stage import PROVIDERS
from sacbe_catalog.data_services import DataServices
from sacbe_terms.exchange import Endpoint

USUAL_CALL_SECONDS_MAX = Endpoint(address="").call_seconds_max


def move(
    demo: dict[str, Any],
    alias: str,
    *,
    port: int,
    path: str = "bench",
    call_seconds_max: float = USUAL_CALL_SECONDS_MAX,
) -> None:
    """Have a ministry called at a port of this machine, without asking whether it is well there."""
    endpoint = Endpoint(address=f"http://127.0.0.1:{port}/{path}/", call_seconds_max=call_seconds_max)
    asyncio.run(_move(demo, alias, endpoint))


async def _move(demo: dict[str, Any], alias: str, endpoint: Endpoint) -> None:
    engine = database.engine(demo["database_url"])
    try:
        data_services = DataServices(engine)
        stored = await data_services.newest(PROVIDERS[alias][0])
        await data_services.save_draft(stored.identifier, stored.description, endpoint)
        await data_services.publish(stored.identifier)
    finally:
        await engine.dispose()
