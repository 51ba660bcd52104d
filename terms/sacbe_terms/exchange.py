"""What is asked over the bus and what comes back: calls, plans, outcomes.

A Plan is a value: print it, compare it, test it. The GraphQL door makes one from a
document, `xroad_like.exchange` carries it, and nothing else passes between the two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sacbe_terms.credentials import AnyCredential
from sacbe_terms.descriptions import Description, Operation
from sacbe_terms.errors import Problem, SacbeError
from sacbe_terms.identifiers import DataServiceId, SubsystemId


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a ministry's system listens, how long and how much of it we take, and how we show who calls.

    `is_lenient` is the steward's choice: a reply's field that breaks the description is null and
    told in `Reply.problems`, where otherwise the whole reply is refused.
    """

    address: str
    call_seconds_max: float = 10.0
    reply_bytes_max: int = 8 * 1024 * 1024
    is_lenient: bool = False
    credentials: tuple[AnyCredential, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of one operation, as an adapter is given it.

    `deadline` is a time of `time.monotonic()`, for everything from connecting to the last byte.
    """

    name: str
    """The operation's printed identifier, for messages to people."""
    operation: Operation
    description: Description
    endpoint: Endpoint
    arguments: Mapping[str, object]
    deadline: float
    message_id: str
    consumer: SubsystemId | None = None
    user_id: str = ""
    issue: str = ""
    """Who asks, for systems that want to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an adapter gives back: the result in the form of `descriptions`, and the wire's size.

    `problems` are what a lenient endpoint was forgiven: `where` is the way from the result by field
    names and positions (`multas/0/monto`), `reason` says what was expected; the field itself is null.
    """

    value: object
    wire_bytes: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What a check of an endpoint found; `reason` is for the steward, and empty when healthy."""

    is_healthy: bool
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Who asks: the subsystem, and what it says of the person and the case behind the request."""

    subsystem: SubsystemId
    user_id: str = ""
    issue: str = ""
    purpose: str = ""
    """Ids of agreements, with commas between; empty where none was named."""
    any_purpose: bool = False
    """Whether who names no agreement still states a purpose: that of whichever covers the call."""
    message_id: str = ""
    """`X-Road-Id` of the whole request; each call's id is it plus `.` plus the response path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedCall:
    """One call that a query needs.

    `paths` are the response paths that it answers (`exchange.renap.persona`): a plan never holds
    the same call twice. `fields` is the selection that was asked of the result, printed as
    GraphQL without variables (`{ nombres fechaNacimiento }`), empty for a scalar.
    """

    paths: tuple[str, ...]
    service: DataServiceId
    operation_code: str
    arguments: Mapping[str, object]
    fields: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The calls of one query. Reads run together; changing calls run one after another, in order."""

    calls: tuple[PlannedCall, ...]
    is_changing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one planned call ended: a value or an error, and the id under which it was logged.

    `value` is what left the provider: of the result, the fields that the call asks for, all of them,
    in the order of its selection. `problems` are those of the Reply that explain a null in it.
    """

    call: PlannedCall
    value: object = None
    body: bytes = b""
    """The value as JSON, as its provider signed it; empty beside an error."""
    error: SacbeError | None = None
    problems: tuple[Problem, ...] = ()
    message_id: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    """Seconds per stage (`access`, `sign`, `call`, `log`)."""
    is_sample: bool = False
    """Whether it is made up, and no exchange: nobody was asked, nothing was signed or logged."""
