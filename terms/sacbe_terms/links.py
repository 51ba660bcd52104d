"""Links: fields of one institution's records whose values another institution's operation gives.

A link is data that a steward declares: field `contribuyente` of the type `Persona` of a data service is
`consultarContribuyente(cui: $cui)` of another. What a text in `Link.arguments` means:

    $cui                             the record's field `cui`
    $municipioNacimiento/codigo      a field further down, through records
    anything else                    that text itself, read by the argument's type
    $$uno                            the text `$uno`
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sacbe_terms.identifiers import DataServiceId, OperationId

MARK = "$"
"""Begins what comes from the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """An operation of the same data service that answers many keys at once, called in place of the target.

    `argument` takes the list of keys, `match` is the field of each answered record that holds its key.
    """

    operation_code: str
    argument: str
    match: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One field of the records of one type. `type_name` is a key of its `Description.types`."""

    service: DataServiceId
    type_name: str
    field: str
    target: OperationId
    arguments: Mapping[str, str]
    batch: Batch | None = None

    @property
    def name(self) -> str:
        """Its name for people: `GT/GOV/2001/registro-civil/personas Persona.contribuyente`."""
        return f"{self.service} {self.type_name}.{self.field}"

    @property
    def formula(self) -> str:
        """What it stands for: `GT/.../consultarContribuyente(cui: $cui)`."""
        given = ", ".join(f"{name}: {text}" for name, text in self.arguments.items())
        return f"{self.target}({given})"

    @property
    def called(self) -> OperationId:
        """The operation that is called, to which a consumer needs a right."""
        return self.target if self.batch is None else OperationId(self.target.service, self.batch.operation_code)

    @property
    def sources(self) -> Mapping[str, tuple[str, ...]]:
        """The way through the record to each argument that comes from it."""
        return {name: way for name, text in self.arguments.items() if (way := source(text))}


def source(text: str) -> tuple[str, ...]:
    """Give the way through the record that an argument's text names; empty where the text stands for itself."""
    is_way = text.startswith(MARK) and not text.startswith(MARK * 2)
    return tuple(text.removeprefix(MARK).split("/")) if is_way else ()


def constant(text: str) -> str:
    """Give the text that stands for itself, as it is meant."""
    return text.removeprefix(MARK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """An operation that gives what an evidence of the catalogue shows, so that nobody need bring the paper."""

    evidence: str
    operation: OperationId
