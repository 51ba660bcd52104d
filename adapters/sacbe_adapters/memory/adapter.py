"""The memory adapter: real in all but the wire.

A system is a description and Python functions that answer its operations. It keeps the whole
contract (arguments checked, deadlines, limits, faults, results that must fit), so what a test
learns with it holds for SOAP and REST too; and it remembers what it heard.
"""

import asyncio
import hashlib
import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import msgspec

from sacbe_adapters import leniency, values
from sacbe_adapters.contract import Adapter, DescriptionSource, Inability
from sacbe_adapters.transport import Transport
from sacbe_adapters.values import Mismatch
from sacbe_terms.descriptions import Description, Source, from_json, to_json
from sacbe_terms.errors import (
    ArgumentsNotValid,
    DescriptionNotReadable,
    LegacySystemFault,
    LegacySystemSilent,
    LegacySystemUnreachable,
    NothingUsable,
    Problem,
    ReplyBreaksContract,
    ReplyNotReadable,
    ReplyTooLarge,
)
from sacbe_terms.exchange import Call, Endpoint, Health, Reply

SCHEME = "memory:"
"""How the address of a system in memory begins."""

Answer = Callable[..., Any]
"""Answers one operation: takes its arguments by name, gives the value or an awaitable of it."""


class MemoryFault(Exception):
    """What a function raises to answer with a fault of its own."""

    def __init__(self, code: str, text: str, **detail: object) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.detail = detail


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call that reached a system."""

    system: str
    operation: str
    arguments: Mapping[str, object]
    message_id: str


@dataclass(frozen=True, slots=True)
class _System:
    description: Description
    answers: Mapping[str, Answer]


class MemoryAdapter(Adapter):
    """Speaks to systems that were put into it with `hold`; their address is `memory:NAME`."""

    kind: ClassVar[str] = "memory"
    inabilities: ClassVar[frozenset[Inability]] = frozenset({Inability.STREAM_ATTACHMENTS})

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self._systems: dict[str, _System] = {}
        self.heard: list[Heard] = []
        """Every call that reached a system, in order; a refused one is not among them."""

    def hold(self, name: str, description: Description, answers: Mapping[str, Answer]) -> Endpoint:
        """Put a system in: its description, and a function by operation code. Gives its endpoint."""
        address = SCHEME + name
        self._systems[address] = _System(description, dict(answers))
        return Endpoint(address=address)

    async def describe(self, source: DescriptionSource) -> Description:
        """Give the description of a system that is held, or read one from a JSON file."""
        if source.location.startswith(SCHEME):
            if source.location not in self._systems:
                raise _unreadable(source.location, "no system of this name is held in memory")
            stored = to_json(self._systems[source.location].description)
        else:
            stored = await self.transport.fetch(source.location)
        return _pinned(_read(stored, source.location), stored, source.location)

    async def check(self, endpoint: Endpoint) -> Health:
        """Say whether the system is held."""
        is_held = endpoint.address in self._systems
        return Health(is_healthy=is_held, reason="" if is_held else "No system of this name is held in memory.")

    async def call(self, call: Call) -> Reply:
        """Let the system's function answer; the errors are those of the contract."""
        _check_arguments(call)
        system = self._systems.get(call.endpoint.address)
        answer = system.answers.get(call.operation.code) if system else None
        if answer is None:
            raise LegacySystemUnreachable(call.name)
        arguments = {name: value for name, value in call.arguments.items() if value is not None}
        self.heard.append(
            Heard(
                system=call.endpoint.address.removeprefix(SCHEME),
                operation=call.operation.code,
                arguments=arguments,
                message_id=call.message_id,
            )
        )
        value = await _answered(answer, arguments, call)
        problems: tuple[Problem, ...] = ()
        if call.endpoint.is_lenient:
            value, problems = leniency.forgiven(call.description, call.operation.result, value)
        else:
            _refuse_misfit(value, call)
        return Reply(value=value, wire_bytes=_wire_bytes(value, call), problems=problems)


def _read(stored: bytes, location: str) -> Description:
    try:
        description = from_json(stored)
    except msgspec.DecodeError as error:
        raise _unreadable(location, str(error)) from error
    if description.kind != MemoryAdapter.kind:
        raise _unreadable(location, f"it describes a system of kind '{description.kind}'")
    if not description.operations:
        raise NothingUsable(what="The description has no operation.", where=location, hint="Give it at least one.")
    return description


def _unreadable(location: str, reason: str) -> DescriptionNotReadable:
    return DescriptionNotReadable(
        what=f"The description cannot be read: {reason}.",
        where=location,
        hint="Give `memory:NAME` of a system that is held, or a JSON file that `descriptions.to_json` wrote.",
    )


def _pinned(description: Description, stored: bytes, location: str) -> Description:
    source = Source(location=location, sha256=hashlib.sha256(stored).hexdigest())
    return msgspec.structs.replace(description, sources=(source,))


def _check_arguments(call: Call) -> None:
    try:
        values.check_fields(call.description, call.operation.arguments, call.arguments)
    except Mismatch as mismatch:
        where = mismatch.pointer.removeprefix("/")
        raise ArgumentsNotValid(
            what=f"The argument '{where}' of {call.name} does not fit: {mismatch.reason}.",
            where=where,
            hint="The operation's arguments and their types are in the schema.",
            problems=[Problem(where=call.name, field=where, reason=mismatch.reason)],
        ) from mismatch


async def _answered(answer: Answer, arguments: Mapping[str, object], call: Call) -> object:
    waited = max(0.0, call.deadline - time.monotonic())
    try:
        async with asyncio.timeout(waited):
            value = answer(**arguments)
            return await value if inspect.isawaitable(value) else value
    except TimeoutError as error:
        raise LegacySystemSilent(call.name, waited_seconds=waited) from error
    except MemoryFault as fault:
        raise LegacySystemFault(call.name, fault_code=fault.code, fault_text=fault.text, detail=fault.detail) from fault
    except Exception as error:
        raise ReplyNotReadable(call.name, reason="the system failed while it answered") from error


def _refuse_misfit(value: object, call: Call) -> None:
    try:
        values.check(call.description, call.operation.result, value)
    except Mismatch as mismatch:
        place = mismatch.pointer or "the whole answer"
        raise ReplyBreaksContract(call.name, place=place, reason=mismatch.reason) from mismatch


def _wire_bytes(value: object, call: Call) -> int:
    size = len(msgspec.json.encode(value))
    if size > call.endpoint.reply_bytes_max:
        raise ReplyTooLarge(call.name, limit_bytes=call.endpoint.reply_bytes_max)
    return size
