"""The contract of an adapter: describe a system, check it, call it.

An adapter is found by entry point (`[project.entry-points."sacbe.adapters"]`); adding one
edits no existing file. It proves itself by inheriting the suite in `conformance`. What it
cannot do is named in `inabilities`, never skipped in silence.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar

from sacbe_adapters.transport import Transport
from sacbe_terms.descriptions import Description
from sacbe_terms.exchange import Call, Endpoint, Health, Reply


class Inability(StrEnum):
    """Something that the contract foresees and an adapter cannot do."""

    STREAM_ATTACHMENTS = "stream-attachments"
    DESCRIBE_FROM_ADDRESS = "describe-from-address"
    FAULTS = "faults"
    CHANGE = "change"


class Likeness(IntEnum):
    """How much a document looks like one that an adapter reads."""

    NONE = 0
    PERHAPS = 1
    SURE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptionSource:
    """Where a description document is: a file path or an address that an operator gave by hand."""

    location: str


class Adapter(ABC):
    """Speaks one kind of system. One object serves all its data services and keeps its pools."""

    kind: ClassVar[str]
    inabilities: ClassVar[frozenset[Inability]] = frozenset()

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    @classmethod
    def recognises(cls, document: bytes, location: str) -> Likeness:  # noqa: ARG003 - what others look at
        """Say whether a document looks like one of this adapter's, for a steward who does not name the kind.

        Looks at the beginning only, and raises nothing. An adapter that says no more than this is
        chosen by `--kind` alone.
        """
        return Likeness.NONE

    @abstractmethod
    async def describe(self, source: DescriptionSource) -> Description:
        """Read the document and say what can be offered; stores nothing, calls no operation.

        Raises DescriptionNotReadable (with the place), AddressRefused, NothingUsable.
        """

    @abstractmethod
    async def check(self, endpoint: Endpoint) -> Health:
        """Say whether the system can be reached as it is set up; never raises for an ill system."""

    @abstractmethod
    async def call(self, call: Call) -> Reply:
        """Call one operation, inside its deadline and byte limit.

        Raises ArgumentsNotValid before anything is sent, LegacySystemSilent, -Unreachable,
        -Fault, ReplyNotReadable, ReplyTooLarge, ReplyBreaksContract.
        """

    async def close(self) -> None:  # noqa: B027 - most adapters hold nothing of their own
        """Let go of what the adapter holds of its own."""
