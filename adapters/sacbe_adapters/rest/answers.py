"""What an operation answers: its result, the statuses that bring it, and the faults it declares."""

from collections.abc import Iterator
from dataclasses import dataclass

from sacbe_adapters import naming
from sacbe_adapters.rest.arguments import Found
from sacbe_adapters.rest.media import Kind, Media, preferred
from sacbe_adapters.rest.references import below
from sacbe_adapters.rest.schemas import Types
from sacbe_adapters.rest.shapes import Shape, field
from sacbe_terms.descriptions import Fault, Field, Place, Record, Scalar

DONE = Field(name="done", wire="", type=Scalar.BOOLEAN, is_required=True, place=Place.BODY)
"""The result of an operation whose answer holds nothing."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The result, how it is read by status, and the faults."""

    result: Field
    kinds: dict[str, Kind]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    media: Media | None
    at: str
    documentation: str


def answers(types: Types, found: Found, code: str) -> Answered:
    """Read the responses; where none says what success is, `default` does."""
    declared = list(_declared(types, found))
    successes = sorted((answer for answer in declared if answer.status.startswith("2")), key=lambda one: one.status)
    faults = [answer for answer in declared if answer not in successes]
    if not successes:
        successes = [answer for answer in declared if answer.status.lower() == "default"]
        faults = [answer for answer in faults if answer not in successes]
    result, kinds = _result(types, successes, code)
    return Answered(result, kinds or {"2XX": Kind.NOTHING}, tuple(_faults(types, faults, code)))


def _declared(types: Types, found: Found) -> Iterator[_Answer]:
    responses = found.node.get("responses")
    for status, node in responses.items() if isinstance(responses, dict) else ():
        answer, at = types.document.resolved(node, below(found.at, "responses", status))
        if isinstance(answer, dict) and not status.startswith("x-"):
            content = answer.get("content")
            said = answer.get("description")
            yield _Answer(
                status=status.upper() if status.lower() != "default" else "default",
                media=preferred(content) if isinstance(content, dict) else None,
                at=at,
                documentation=said.strip() if isinstance(said, str) else "",
            )


def _result(types: Types, successes: list[_Answer], code: str) -> tuple[Field, dict[str, Kind]]:
    """Let the first success that holds something say what the result is; the others must agree or be left out."""
    filled = [answer for answer in successes if answer.media is not None]
    empty = {answer.status: Kind.NOTHING for answer in successes if answer.media is None}
    if not filled:
        return DONE, empty
    shapes = [_shape(types, answer, f"{code} result") for answer in filled]
    kinds = dict(empty)
    for answer, shape in zip(filled, shapes, strict=True):
        if (shape.type, shape.list_depth) == (shapes[0].type, shapes[0].list_depth):
            kinds[answer.status] = _kind(answer)
        else:
            types.note(
                answer.at, f"{code} may answer with other content under status {answer.status}; only the first is read"
            )
    result = field(shapes[0], name="result", wire="", is_required=not empty, place=Place.BODY)
    return result, kinds


def _kind(answer: _Answer) -> Kind:
    kind = answer.media.kind if answer.media else Kind.NOTHING
    return Kind.TEXT if kind is Kind.FORM else kind


def _shape(types: Types, answer: _Answer, hint: str) -> Shape:
    assert answer.media is not None
    match _kind(answer):
        case Kind.JSON:
            place = below(answer.at, "content", answer.media.name, "schema")
            return types.shape(answer.media.schema, place, hint)
        case Kind.TEXT:
            return Shape(Scalar.STRING)
        case _:
            return Shape(Scalar.BASE64)


def _faults(types: Types, declared: list[_Answer], code: str) -> Iterator[Fault]:
    for answer in declared:
        shape = _shape(types, answer, f"{code} fault") if answer.media and _kind(answer) is Kind.JSON else None
        is_record = shape is not None and not shape.list_depth and isinstance(types.named.get(shape.type), Record)
        type_name = shape.type if shape and is_record else ""
        yield Fault(
            name=naming.type_name(f"{type_name or 'status'} {answer.status}"),
            wire=answer.status,
            type=type_name,
            documentation=answer.documentation,
        )
