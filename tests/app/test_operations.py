"""What operators see of the ministries' systems."""

import time
from functools import partial

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe.operations import count_exchange, count_streams, of_ministries, of_records
from sacbe_adapters.memory.adapter import MemoryAdapter
from sacbe_adapters.resilience import FAILURES_IN_A_ROW_MAX, Errand, Resilience
from sacbe_adapters.transport_http import HttpTransport
from sacbe_graphql.subscriptions.places import Open
from sacbe_terms.descriptions import Description, Field, Operation
from sacbe_terms.errors import LegacySystemUnreachable
from sacbe_terms.exchange import Call, Endpoint
from sacbe_xroad_like.operational_log import OperationalLog
from sacbe_xroad_like.operational_record import Asked, Ended, OperationalRecord
from sacbe_xroad_like.stages import Stages

CHANGES = Operation(
    code="inscribir", alias="inscribir", reads=False, arguments=(), result=Field(name="result", wire="", type="String")
)


async def test_an_operation_that_rests_is_seen() -> None:
    """The metrics name the operation, the seconds that it rests yet, and how busy its provider is."""
    resilience = Resilience()
    call = Call(
        name="GT/GOV/2001/registro/personas/inscribir",
        operation=CHANGES,
        description=Description(kind="memory", title="", operations=(CHANGES,)),
        endpoint=Endpoint(address="memory:ausente"),
        arguments={},
        deadline=time.monotonic() + 5,
        message_id="m",
    )
    errand = Errand.of(call, provider="GT/GOV/2001/registro")
    for _ in range(FAILURES_IN_A_ROW_MAX):
        with pytest.raises(LegacySystemUnreachable):
            await resilience.call(errand, partial(MemoryAdapter(HttpTransport([])).call, call))
    seen = of_ministries(resilience).decode()
    assert 'sacbe_operation_rest_seconds{operation="GT/GOV/2001/registro/personas/inscribir"} 2' in seen
    assert 'sacbe_provider_calls{provider="GT/GOV/2001/registro",state="running"} 0.0' in seen


def exchanges(**labels: str) -> float:
    """Give how many exchanges the metrics count."""
    return REGISTRY.get_sample_value("sacbe_exchanges_total", labels) or 0.0


async def test_exchanges_are_counted(engine: AsyncEngine) -> None:
    """Each exchange counts by its door and end, with the time of its stages; nothing of a message is a label."""
    log = OperationalLog(engine)
    log.on_record(count_exchange)
    before = exchanges(door="rest", ended="failed")
    asked = Asked("rest", "GT/GOV/1001/ventanilla", "GT/GOV/2001/registro", "personas", "2345678901234", 0)
    log.add(OperationalRecord(asked, Ended(False, "Server.ServerProxy.AccessDenied"), Stages(0.25).timed()))
    assert exchanges(door="rest", ended="failed") == before + 1
    assert (REGISTRY.get_sample_value("sacbe_exchange_stage_seconds_sum", {"stage": "access"}) or 0) >= 0.25
    assert "sacbe_operational_records_lost_total 0.0" in of_records(log).decode()


async def test_open_streams_are_seen() -> None:
    """The metrics tell how many WebSockets and subscriptions there are at the moment."""
    opened = Open()
    count_streams(opened)
    with opened.connections.one("192.0.2.1"), opened.subscriptions.one("a"), opened.subscriptions.one("b"):
        assert REGISTRY.get_sample_value("sacbe_streams_open", {"kind": "connection"}) == 1
        assert REGISTRY.get_sample_value("sacbe_streams_open", {"kind": "subscription"}) == 2
    assert REGISTRY.get_sample_value("sacbe_streams_open", {"kind": "subscription"}) == 0
