"""What an adapter's tests tell the suite: a live system, and what it must answer."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sacbe_adapters.contract import Adapter, DescriptionSource
from sacbe_terms.descriptions import Description
from sacbe_terms.exchange import Call, Endpoint, Reply

CALL_SECONDS = 5.0
"""How long a call of the suite may take, unless the behaviour is about time."""
HANGS_SECONDS = 20.0
"""A call that takes longer than this has no deadline; nothing in the suite waits as long on purpose."""
NAME = "GT/GOV/0000/conformidad/servicio/operacion"
"""The operation's identifier in the suite's calls; messages must hold it and no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One call by the operation's code, and the value that it must give, to the last byte."""

    operation: str
    arguments: Mapping[str, object]
    value: object


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """An operation that gives a text argument back: `argument` and `result` are paths such as `body/motivo`."""

    operation: str
    arguments: Mapping[str, object]
    argument: str
    result: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultExample:
    """A call that the system answers with a fault of its own.

    `code` and `text` are parts of what it says; `detail` is the declared detail under the fault's name.
    """

    operation: str
    arguments: Mapping[str, object]
    code: str
    text: str
    detail: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An adapter with a live system of its kind, and with systems that are ill."""

    adapter: Adapter
    source: DescriptionSource
    endpoint: Endpoint
    read: Example
    listed: Example
    change: Example | None = None
    """Compared by the keys that it names, since a change may give times and numbers of its own.

    It and the next two are left out where the adapter names the inability: an echo may also be a read.
    """
    echo: Echo | None = None
    fault: FaultExample | None = None
    bad_sources: Mapping[str, DescriptionSource]
    """Documents by their illness; each must be refused with its place."""
    silent: Endpoint
    """Takes the call and never answers."""
    unreachable: Endpoint
    ill: Mapping[str, Endpoint]
    """Systems by their illness: each answers with something that is no answer."""
    described: dict[str, Description] = field(default_factory=dict, repr=False)
    """Descriptions by source, for calls; a test module that keeps one for all its subjects describes once."""

    async def description(self) -> Description:
        """Give the system's description, made the first time that it is asked for."""
        if self.source.location not in self.described:
            self.described[self.source.location] = await self.adapter.describe(self.source)
        return self.described[self.source.location]

    async def call(
        self,
        operation: str,
        arguments: Mapping[str, object],
        *,
        endpoint: Endpoint | None = None,
        seconds: float = CALL_SECONDS,
    ) -> Reply:
        """Call one of the system's operations; raises TimeoutError where the adapter hangs."""
        description = await self.description()
        asked = description.operation(operation)
        assert asked is not None, f"the description has no operation '{operation}'"
        call = Call(
            name=NAME,
            operation=asked,
            description=description,
            endpoint=endpoint or self.endpoint,
            arguments=arguments,
            deadline=time.monotonic() + seconds,
            message_id="conformidad-1",
        )
        async with asyncio.timeout(HANGS_SECONDS):
            return await self.adapter.call(call)

    def limited(self, reply_bytes_max: int) -> Endpoint:
        """Give the endpoint with another limit on a reply's size."""
        return replace(self.endpoint, reply_bytes_max=reply_bytes_max)
