"""What operators see of the ministries' systems."""

import time
from functools import partial

import pytest

from sacbe.operations import of_ministries
from sacbe_adapters.memory.adapter import MemoryAdapter
from sacbe_adapters.resilience import FAILURES_IN_A_ROW_MAX, Errand, Resilience
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Description, Field, Operation
from sacbe_terms.errors import LegacySystemUnreachable
from sacbe_terms.exchange import Call, Endpoint

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
