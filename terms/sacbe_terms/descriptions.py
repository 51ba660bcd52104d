"""What a data service offers: operations, their arguments and results, with exact types.

A Description is made once, at registration, by an adapter that reads a WSDL or
an OpenAPI document; it is stored as JSON and is all that the rest of the house
knows of the document. The GraphQL door builds its fields from it, and the
adapter compiles its codec from it, so nothing is read again at start.

Values cross rooms in one form, ready for JSON and exact:

    String, enumerations          str, byte for byte
    Boolean                       bool
    Int, Float                    int, float
    Long, Decimal, Date,
    DateTime, Time, Duration      str, in the lexical form of the wire ("10.50", "2026-11-23-06:00")
    Base64Binary                  str
    JSON                          whatever JSON holds
    XML                           str, one well-formed element
    Record                        dict by field name; an absent optional field may be left out
    Choice                        dict of the member's fields plus "__typename": the member's type name
    list                          list
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from sacbe_terms.credentials import CredentialNeed


class Scalar(StrEnum):
    """The scalar types a field may have; the GraphQL scalar has the same name."""

    STRING = "String"
    BOOLEAN = "Boolean"
    INT = "Int"
    FLOAT = "Float"
    LONG = "Long"
    DECIMAL = "Decimal"
    DATE = "Date"
    DATE_TIME = "DateTime"
    TIME = "Time"
    DURATION = "Duration"
    BASE64 = "Base64Binary"
    JSON = "JSON"
    XML = "XML"


class Place(StrEnum):
    """Where a field stands on the wire."""

    ELEMENT = "element"
    ATTRIBUTE = "attribute"
    TEXT = "text"
    BODY = "body"
    PATH = "path"
    QUERY = "query"
    HEADER = "header"
    COOKIE = "cookie"


class Facets(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a value must be beyond its type, as its document says; None and empty ask for nothing.

    Lengths are characters of a text, octets of binary data. `patterns` all hold, each for the
    whole text, in the document's own language of patterns. Bounds and `values` are texts of the
    wire. `white_space` is what happens to white space before the value is looked at: `preserve`,
    `replace`, `collapse`, or empty for what the type says.
    """

    length_min: int | None = None
    length_max: int | None = None
    patterns: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    is_above_minimum: bool = False
    is_below_maximum: bool = False
    digits_max: int | None = None
    fraction_digits_max: int | None = None
    white_space: str = ""
    values: tuple[str, ...] = ()
    items_min: int | None = None
    items_max: int | None = None


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One argument, result or member of a record.

    `type` is a Scalar's value or a key of `Description.types`. `list_depth` is 1 for
    a list, 2 for a list of lists. `is_required` means present on the wire,
    `is_nullable` that it may be present and nil; GraphQL's non-null is required and
    not nullable. `wire` is the name on the wire: `{namespace}local` in XML, the key or
    parameter name in JSON and HTTP. `wire_type` is the wire's own type where the adapter
    needs it (`xs:unsignedByte`, `int64`). `facets` are checked in arguments and in replies.
    """

    name: str
    wire: str
    type: str
    list_depth: int = 0
    is_required: bool = False
    is_nullable: bool = False
    items_nullable: bool = False
    place: Place = Place.ELEMENT
    wire_type: str = ""
    facets: Facets | None = None
    default: str | None = None
    documentation: str = ""


class EnumerationValue(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value: its GraphQL name, and the exact text on the wire."""

    name: str
    wire: str
    documentation: str = ""


class Enumeration(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="enumeration"):
    """A closed list of texts. In values that cross rooms it is the `name`, not the `wire`."""

    name: str
    values: tuple[EnumerationValue, ...]
    documentation: str = ""


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="record"):
    """A group of fields, in the order of the wire."""

    name: str
    fields: tuple[Field, ...]
    wire: str = ""
    documentation: str = ""


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="choice"):
    """One of several records; `members` are keys of `Description.types`.

    `discriminator` is the wire's key that tells which, `mapping` its value's member where they differ in name.
    """

    name: str
    members: tuple[str, ...]
    discriminator: str = ""
    mapping: dict[str, str] = {}
    documentation: str = ""


NamedType = Enumeration | Record | Choice


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A fault that an operation declares; `type` is a key of `Description.types`, or empty."""

    name: str
    wire: str
    type: str = ""
    documentation: str = ""


class Operation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that can be asked of a data service.

    `code` is its name on the wire, unique in the data service; `alias` its field name in
    GraphQL (lowerCamelCase). `reads` puts it under Query, else under Mutation. `result` is
    the shape of the answer; a scalar Boolean named "done" where the answer holds nothing.
    `binding` belongs to the adapter alone: plain JSON, never read by other rooms.
    `is_personal` and `person_numbers` are the steward's marks: whether it gives data of a person, and
    where a person's number stands (`arguments/cui`, `result/personas/cui`; lists have no step of their own).
    `speaks_xroad` says that its system asks for X-Road's header in each message, and repeats it.
    `may_attach` says that files may stand beside its messages which its document does not name (loose_attachments.py).
    `method` and `path` are how a REST system itself knows it (`GET`, `/personas/{cui}`), empty elsewhere.
    """

    code: str
    alias: str
    reads: bool
    arguments: tuple[Field, ...]
    result: Field
    faults: tuple[Fault, ...] = ()
    documentation: str = ""
    binding: dict[str, object] = {}
    speaks_xroad: bool = False
    may_attach: bool = False
    method: str = ""
    path: str = ""
    is_personal: bool = False
    person_numbers: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document that was read for a description, pinned by its digest (SHA-256, hex)."""

    location: str
    sha256: str


class Uncovered(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something in the document that is not offered, and why."""

    where: str
    reason: str


class Description(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is known of a data service's contract. `kind` is the adapter's."""

    kind: str
    title: str
    operations: tuple[Operation, ...]
    types: dict[str, NamedType] = {}
    endpoints: tuple[str, ...] = ()
    credentials: tuple[CredentialNeed, ...] = ()
    sources: tuple[Source, ...] = ()
    uncovered: tuple[Uncovered, ...] = ()
    documentation: str = ""
    form: int = 1
    """Version of this structure, so that later releases can read older rows."""

    def operation(self, code: str) -> Operation | None:
        """Give the operation with this wire code, if there is one."""
        return next((operation for operation in self.operations if operation.code == code), None)

    def record(self, name: str) -> Record | None:
        """Give the record type of this name, if the name is a record's."""
        named = self.types.get(name)
        return named if isinstance(named, Record) else None


def reached_types(description: Description, operation: Operation) -> tuple[str, ...]:
    """Names of the types that an operation's arguments, result and faults reach, sorted."""
    waiting = [field.type for field in (*operation.arguments, operation.result)]
    waiting += [fault.type for fault in operation.faults]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found and name in description.types:
            found.add(name)
            waiting += _mentioned(description.types[name])
    return tuple(sorted(found))


def _mentioned(named: NamedType) -> Iterator[str]:
    if isinstance(named, Record):
        yield from (field.type for field in named.fields)
    elif isinstance(named, Choice):
        yield from named.members


def to_json(description: Description) -> bytes:
    """Give the stored form."""
    return msgspec.json.encode(description)


_decoder = msgspec.json.Decoder(Description)


def from_json(stored: bytes | str) -> Description:
    """Read the stored form; raises msgspec.ValidationError on anything else."""
    return _decoder.decode(stored)
