"""The behaviours, one class each, one sentence per promise."""

import asyncio
import re
from typing import Any, TypeVar

import pytest

from sacbe_adapters import values
from sacbe_adapters.conformance.illness import PRIVATE
from sacbe_adapters.conformance.illnesses import ILLNESSES
from sacbe_adapters.conformance.subject import CALL_SECONDS, NAME, Subject
from sacbe_adapters.contract import DescriptionSource, Inability
from sacbe_terms import descriptions
from sacbe_terms.descriptions import Choice, Description, Record, Scalar
from sacbe_terms.errors import (
    AdapterError,
    ArgumentsNotValid,
    DescriptionNotReadable,
    LegacySystemFault,
    LegacySystemSilent,
    LegacySystemUnreachable,
    NothingUsable,
    ReplyBreaksContract,
    ReplyNotReadable,
    ReplyTooLarge,
    SacbeError,
)

SHORT_SECONDS = 0.3
"""The deadline of calls that must not be answered."""

ILL_CALLS_AT_ONCE = 16
"""How many ill systems are called together."""

FORESEEN = (ReplyNotReadable, ReplyBreaksContract, LegacySystemUnreachable, LegacySystemSilent)
"""The errors that an illness which is not of the museum may be told as."""

_PRIVATE = re.compile(rf"{PRIVATE}|mantenimiento|10\.1\.2\.3|\n\s*at |\.java|\.js\b")
_NAME = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")

TEXTS = (
    "0012345", "1e5", "-0", "true", "null", " dos  espacios ", "Ñandú «café»", "a/b?c=d&e#f%20", "<b>&amp;</b>",
    '"comillas" \\ y \'simples\'', "línea\notra", "日本語", "😀", "..", "{cui}", "${x}", "]]>", "%00",
)  # fmt: skip
"""Texts that careless systems change: each must come back to the last byte."""


def _needs(subject: Subject, inability: Inability) -> None:
    if inability in subject.adapter.inabilities:
        pytest.skip(f"the adapter names its inability: {inability}")


Example = TypeVar("Example")


def _given(example: Example | None, inability: Inability) -> Example:
    """Give an example that the subject may leave out only where its adapter names the inability."""
    assert example is not None, f"the subject has no example, and the adapter does not name its inability: {inability}"
    return example


def _without_nulls(value: Any) -> Any:
    """Leave null members out, since an absent optional field may be left out."""
    if isinstance(value, dict):
        return {key: _without_nulls(member) for key, member in value.items() if member is not None}
    return [_without_nulls(member) for member in value] if isinstance(value, list) else value


def _at(value: Any, path: str) -> Any:
    for part in path.split("/") if path else ():
        value = value[part]
    return value


def _with(arguments: Any, path: str, value: object) -> dict[str, Any]:
    name, _, rest = path.partition("/")
    return {**arguments, name: _with(arguments.get(name, {}), rest, value) if rest else value}


def _says_nothing_of_the_wire(error: SacbeError, subject: Subject) -> None:
    """Assert that an error holds nothing of the system's address."""
    said = " ".join([str(error), error.hint, *map(str, error.problems)])
    authority = re.compile(r"127\.0\.0\.1|localhost|https?://")
    assert not authority.search(said), f"the error tells where the system is: {said}"
    assert subject.endpoint.address not in said


class _Behaviour:
    """What all behaviours share: they run in an event loop."""

    pytestmark = pytest.mark.asyncio


class Describes(_Behaviour):
    """From a document to a description that the other rooms can rely on."""

    async def test_names_are_valid_and_differ(self, subject: Subject) -> None:
        """Codes and aliases are unique, and every name is valid in GraphQL."""
        description = await subject.adapter.describe(subject.source)
        operations = description.operations
        assert len({operation.code for operation in operations}) == len(operations) > 0
        assert len({operation.alias for operation in operations}) == len(operations)
        for group in (*(operation.arguments for operation in operations), *_members(description)):
            assert len({field.name for field in group}) == len(group)
        assert all(map(_NAME.fullmatch, _all_names(description)))

    async def test_types_are_whole(self, subject: Subject) -> None:
        """Every type that a field mentions is a scalar or is there, and no record is empty."""
        description = await subject.adapter.describe(subject.source)
        mentioned = {field.type for operation in description.operations for field in operation.arguments}
        mentioned |= {operation.result.type for operation in description.operations}
        mentioned |= {field.type for members in _members(description) for field in members}
        assert mentioned <= {*Scalar, *description.types}
        assert not {*Scalar} & description.types.keys()
        assert all(_members(description))

    async def test_is_the_same_twice(self, subject: Subject) -> None:
        """The same document gives the same description, to the last byte of its stored form."""
        first, second = [descriptions.to_json(await subject.adapter.describe(subject.source)) for _ in range(2)]
        assert first == second

    async def test_survives_storing(self, subject: Subject) -> None:
        """A description is the same after it was stored and read back."""
        description = await subject.adapter.describe(subject.source)
        assert descriptions.from_json(descriptions.to_json(description)) == description

    async def test_pins_its_sources(self, subject: Subject) -> None:
        """Each document that was read is named with its digest, and the kind is the adapter's."""
        description = await subject.adapter.describe(subject.source)
        assert description.kind == subject.adapter.kind
        assert description.sources
        assert all(_SHA256.fullmatch(source.sha256) for source in description.sources)

    async def test_tells_reads_from_changes(self, subject: Subject) -> None:
        """What only asks reads; what changes something does not."""
        description = await subject.adapter.describe(subject.source)
        reads = {operation.code: operation.reads for operation in description.operations}
        assert reads[subject.read.operation]
        if Inability.CHANGE in subject.adapter.inabilities:
            assert all(reads.values())
        else:
            assert not reads[_given(subject.change, Inability.CHANGE).operation]


class RefusesBadDescriptions(_Behaviour):
    """A document that cannot be used gives one plain, located error."""

    async def test_refuses_each(self, subject: Subject) -> None:
        """Every ill document is refused by name, with what is wrong, where, and what to do."""
        for illness, source in subject.bad_sources.items():
            with pytest.raises((DescriptionNotReadable, NothingUsable)) as caught:
                await subject.adapter.describe(source)
            assert all((caught.value.what, caught.value.where, caught.value.hint)), illness
            assert "Traceback" not in str(caught.value)

    async def test_refuses_what_is_not_there(self, subject: Subject) -> None:
        """A source that does not exist is refused by its name."""
        absent = f"{subject.source.location.rpartition('/')[0]}/no-hay-tal"
        with pytest.raises(AdapterError, match="no-hay-tal"):
            await subject.adapter.describe(DescriptionSource(location=absent))


class Checks(_Behaviour):
    """A steward learns whether a system can be reached."""

    async def test_says_what_is_healthy(self, subject: Subject) -> None:
        """A system that answers is healthy, without a reason."""
        health = await subject.adapter.check(subject.endpoint)
        assert (health.is_healthy, health.reason) == (True, "")

    async def test_says_what_is_ill(self, subject: Subject) -> None:
        """A system that is away or silent is not, for a reason that can be read; nothing is raised."""
        for endpoint in (subject.unreachable, subject.silent):
            health = await subject.adapter.check(endpoint)
            assert not health.is_healthy
            assert health.reason


class Calls(_Behaviour):
    """A call gives the value that the system gave."""

    async def test_reads(self, subject: Subject) -> None:
        """A record comes back whole, and its size on the wire is known."""
        reply = await subject.call(subject.read.operation, subject.read.arguments)
        assert _without_nulls(reply.value) == subject.read.value
        assert reply.wire_bytes > 0

    async def test_lists(self, subject: Subject) -> None:
        """A list comes back in the system's order."""
        reply = await subject.call(subject.listed.operation, subject.listed.arguments)
        assert _without_nulls(reply.value) == subject.listed.value

    async def test_changes(self, subject: Subject) -> None:
        """A changing operation is carried out and answers."""
        _needs(subject, Inability.CHANGE)
        change = _given(subject.change, Inability.CHANGE)
        reply = await subject.call(change.operation, change.arguments)
        assert isinstance(reply.value, dict)
        assert isinstance(change.value, dict)
        assert reply.value | change.value == reply.value

    async def test_gives_what_the_description_promises(self, subject: Subject) -> None:
        """Every value has the form of its type."""
        description = await subject.description()
        for example in (subject.read, subject.listed):
            operation = description.operation(example.operation)
            assert operation is not None
            reply = await subject.call(example.operation, example.arguments)
            values.check(description, operation.result, _without_nulls(reply.value))

    async def test_takes_many_at_once(self, subject: Subject) -> None:
        """Sixteen calls at one time are answered, each with its own value."""
        await subject.description()
        asked = [subject.call(subject.read.operation, subject.read.arguments) for _ in range(16)]
        replies = await asyncio.gather(*asked)
        assert [_without_nulls(reply.value) for reply in replies] == [subject.read.value] * 16

    async def test_refuses_unknown_arguments(self, subject: Subject) -> None:
        """An argument that the operation does not have is refused by name."""
        with pytest.raises(ArgumentsNotValid, match="noHayTal"):
            await subject.call(subject.read.operation, {**subject.read.arguments, "noHayTal": "1"})

    async def test_refuses_absent_arguments(self, subject: Subject) -> None:
        """A required argument that is absent or null is refused by name, before anything is sent."""
        for name in subject.read.arguments:
            rest = {other: value for other, value in subject.read.arguments.items() if other != name}
            for arguments in (rest, {**rest, name: None}):
                with pytest.raises(ArgumentsNotValid, match=name):
                    await subject.call(subject.read.operation, arguments, endpoint=subject.unreachable)

    async def test_refuses_arguments_of_another_kind(self, subject: Subject) -> None:
        """An argument of another kind than its type is refused by name, before anything is sent."""
        for name in subject.read.arguments:
            arguments = {**subject.read.arguments, name: {"a": ["b"]}}
            with pytest.raises(ArgumentsNotValid, match=name):
                await subject.call(subject.read.operation, arguments, endpoint=subject.unreachable)


class KeepsValuesExact(_Behaviour):
    """Nothing is changed on the way, in either direction."""

    async def test_texts_come_back_to_the_byte(self, subject: Subject) -> None:
        """Leading zeros, spaces, signs of the wire's own language and letters of all scripts survive."""
        if subject.echo is None:
            _needs(subject, Inability.CHANGE)
        echo = _given(subject.echo, Inability.CHANGE)
        for text in TEXTS:
            reply = await subject.call(echo.operation, _with(echo.arguments, echo.argument, text))
            assert _at(reply.value, echo.result) == text


class ReportsFaults(_Behaviour):
    """What a ministry says of its own trouble reaches the caller, and nothing else does."""

    async def test_gives_the_systems_own_words(self, subject: Subject) -> None:
        """A fault has the system's own code, text and declared detail."""
        _needs(subject, Inability.FAULTS)
        fault = _given(subject.fault, Inability.FAULTS)
        with pytest.raises(LegacySystemFault) as caught:
            await subject.call(fault.operation, fault.arguments)
        assert fault.code in caught.value.fault_code
        assert fault.text in caught.value.fault_text
        assert caught.value.detail | fault.detail == caught.value.detail
        assert NAME in str(caught.value)
        _says_nothing_of_the_wire(caught.value, subject)


class KeepsDeadlines(_Behaviour):
    """No call outlives its deadline, none is larger than its limit."""

    async def test_gives_up_on_silence(self, subject: Subject) -> None:
        """A system that never answers is left at the deadline."""
        with pytest.raises(LegacySystemSilent) as caught:
            await self._read(subject, endpoint=subject.silent, seconds=SHORT_SECONDS)
        _says_nothing_of_the_wire(caught.value, subject)

    async def test_makes_no_call_too_late(self, subject: Subject) -> None:
        """A call whose deadline is over is not waited for."""
        with pytest.raises(LegacySystemSilent):
            await self._read(subject, endpoint=subject.silent, seconds=-1.0)

    async def test_says_what_cannot_be_reached(self, subject: Subject) -> None:
        """A system that is away is said to be, without its address."""
        with pytest.raises(LegacySystemUnreachable) as caught:
            await self._read(subject, endpoint=subject.unreachable)
        _says_nothing_of_the_wire(caught.value, subject)

    async def test_takes_no_more_than_the_limit(self, subject: Subject) -> None:
        """A reply above the limit is refused, and one below it is not."""
        with pytest.raises(ReplyTooLarge):
            await self._read(subject, endpoint=subject.limited(10))
        await self._read(subject, endpoint=subject.limited(1_000_000))

    async def _read(self, subject: Subject, *, endpoint: Any, seconds: float = CALL_SECONDS) -> None:
        await subject.call(subject.read.operation, subject.read.arguments, endpoint=endpoint, seconds=seconds)


class SurvivesIllReplies(_Behaviour):
    """Whatever an ill system sends, the caller gets an error of the contract, in time."""

    async def test_each_illness_is_its_own_error(self, subject: Subject) -> None:
        """Each illness is told as what it is, and none gives a value or hangs."""
        caught = await self._caught(subject)
        found = {name: type(error).__name__ for name, error in caught.items()}
        assert found == {name: _expected(name, caught[name]).__name__ for name in subject.ill}

    async def test_nothing_of_an_ill_system_comes_through(self, subject: Subject) -> None:
        """No error holds anything of the system's address, headers, envelope, stack or values."""
        for name, error in (await self._caught(subject)).items():
            _says_nothing_of_the_wire(error, subject)
            assert not _PRIVATE.search(_everything_of(error)), f"{name}: {_everything_of(error)}"

    async def _caught(self, subject: Subject) -> dict[str, SacbeError]:
        """Call every ill system, some at a time; a call that gives a value is a failure of its own."""
        await subject.description()
        turns = asyncio.Semaphore(ILL_CALLS_AT_ONCE)

        async def caught(name: str) -> SacbeError:
            seconds = SHORT_SECONDS if _expected(name) is LegacySystemSilent else CALL_SECONDS
            async with turns:
                with pytest.raises(AdapterError) as raised:
                    await subject.call(
                        subject.read.operation, subject.read.arguments, endpoint=subject.ill[name], seconds=seconds
                    )
            return raised.value

        return dict(zip(subject.ill, await asyncio.gather(*map(caught, subject.ill)), strict=True))


def _expected(name: str, found: SacbeError | None = None) -> type[SacbeError]:
    """Give the museum's error; for an illness of the adapter's own, whatever was found of those foreseen."""
    if name in ILLNESSES:
        return ILLNESSES[name].error
    return next((kind for kind in FORESEEN if isinstance(found, kind)), LegacySystemSilent)


def _everything_of(error: SacbeError) -> str:
    """All that a caller can see of an error."""
    parts = [str(error), error.where, error.hint, *map(str, error.problems)]
    if isinstance(error, LegacySystemFault):
        parts += [error.fault_code, error.fault_text, repr(error.detail)]
    return " ".join(parts)


def _members(description: Description) -> list[tuple[descriptions.Field, ...]]:
    return [named.fields for named in description.types.values() if isinstance(named, Record)]


def _all_names(description: Description) -> list[str]:
    names = [operation.alias for operation in description.operations]
    names += [field.name for operation in description.operations for field in operation.arguments]
    names += [field.name for members in _members(description) for field in members]
    for key, named in description.types.items():
        names += [key, named.name]
        if not isinstance(named, Record | Choice):
            names += [value.name for value in named.values]
    return names
