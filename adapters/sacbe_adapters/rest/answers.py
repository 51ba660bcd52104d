"""What an operation answers: its result, the statuses that bring it, and the faults it declares."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sacbe_adapters import naming
from sacbe_adapters.rest.arguments import Found
from sacbe_adapters.rest.body import SHAPES
from sacbe_adapters.rest.media import Kind, Media, preferred
from sacbe_adapters.rest.merging import documentation
from sacbe_adapters.rest.references import BrokenReference, below, last_word
from sacbe_adapters.rest.schemas import Types
from sacbe_adapters.rest.shapes import ANYTHING, Shape, field, list_of
from sacbe_terms.descriptions import Choice, Fault, Field, Place, Record, Scalar

DONE = Field(name="done", wire="", type=Scalar.BOOLEAN, is_required=True, place=Place.BODY)
"""The result of an operation whose answer holds nothing."""
SHARED = ("#/components/responses/", "#/responses/")


@dataclass(frozen=True, slots=True)
class Answered:
    """The result, how it is read by status, and the faults.

    `members` says by status which record of the result's choice an answer is, where answers differ.
    `accepted` are the media types that the operation can read.
    """

    result: Field
    kinds: dict[str, Kind]
    members: dict[str, str]
    accepted: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    media: Media | None
    at: str
    documentation: str

    @property
    def kind(self) -> Kind:
        """How its content is read; forms and parts have no types here."""
        kind = self.media.kind if self.media else Kind.NOTHING
        return {Kind.FORM: Kind.TEXT, Kind.MULTIPART: Kind.BYTES}.get(kind, kind)


def answers(types: Types, found: Found, code: str) -> Answered:
    """Read the responses; where none says what success is, `default` does."""
    declared = list(_declared(types, found))
    successes = sorted((answer for answer in declared if answer.status.startswith("2")), key=lambda one: one.status)
    if not successes:
        successes = [answer for answer in declared if answer.status == "default"]
    faults = [answer for answer in declared if answer not in successes]
    told = tuple(_faults(types, faults, code))
    return _answered(types, successes, code, told)


def _declared(types: Types, found: Found) -> Iterator[_Answer]:
    responses = found.node.get("responses")
    for status, node in responses.items() if isinstance(responses, dict) else ():
        try:
            answer, at = types.document.resolved(node, below(found.at, "responses", status))
        except BrokenReference as broken:
            types.note_broken(broken, broken.at, ", so the answer is JSON")
            answer, at = {"content": {"application/json": {}}}, broken.at
        if isinstance(answer, dict) and not status.startswith("x-"):
            content = answer.get("content")
            yield _Answer(
                status=status.upper() if status.lower() != "default" else "default",
                media=preferred(content) if isinstance(content, dict) else None,
                at=at,
                documentation=documentation(answer),
            )


def _answered(types: Types, successes: list[_Answer], code: str, faults: tuple[Fault, ...]) -> Answered:
    """Let the answers that hold something say what the result is: one shape, or a choice between theirs."""
    shapes = {answer.status: _shape(types, answer, f"{code} result") for answer in successes if answer.media}
    kinds = {answer.status: answer.kind for answer in successes}
    accepted = tuple(dict.fromkeys(answer.media.name for answer in successes if answer.media))
    if len(shapes) > 1:
        told = {status: shape for status, shape in shapes.items() if shape != ANYTHING}
        kinds |= {status: Kind.NOTHING for status in shapes.keys() - told.keys() if told}
        shapes = told or shapes
    if not shapes:
        return Answered(DONE, kinds or {"2XX": Kind.NOTHING}, {}, accepted, faults)
    shape, members = _one_shape(types, shapes, code)
    is_always = all(kind is not Kind.NOTHING for kind in kinds.values())
    result = field(shape, name="result", wire="", is_required=is_always, place=Place.BODY)
    return Answered(result, kinds, members, accepted, faults)


def _one_shape(types: Types, shapes: dict[str, Shape], code: str) -> tuple[Shape, dict[str, str]]:
    """Give what all answers are, or a choice of what they are and which each status brings."""
    first, *others = shapes.values()
    if all((shape.type, shape.list_depth) == (first.type, first.list_depth) for shape in others):
        return replace(first, is_nullable=any(shape.is_nullable for shape in shapes.values())), {}
    name = types.names.give(f"?{code} result", None, f"{code} result")
    records = {status: types.records_of(shape) for status, shape in shapes.items()}
    types.named[name] = Choice(
        name=name, members=tuple(dict.fromkeys(record for found in records.values() for record in found))
    )
    return Shape(name), {status: found[0] for status, found in records.items() if len(found) == 1}


def _shape(types: Types, answer: _Answer, hint: str) -> Shape:
    assert answer.media is not None
    if answer.at.startswith(SHARED):
        hint = f"{last_word(answer.at)} result"
    place = below(answer.at, "content", answer.media.name, "schema")
    match answer.kind:
        case Kind.JSON:
            return types.shape(answer.media.schema, place, hint)
        case Kind.LINES:
            shape = types.shape(answer.media.schema, place, hint)
            return shape if shape.list_depth else list_of(shape)
        case kind:
            return replace(SHAPES[kind], wire_type="")


def _faults(types: Types, declared: list[_Answer], code: str) -> Iterator[Fault]:
    for answer in declared:
        shape = _shape(types, answer, f"{code} fault") if answer.media and answer.kind is Kind.JSON else None
        is_named = shape is not None and not shape.list_depth and _is_group(types, shape)
        type_name = shape.type if shape and is_named else ""
        yield Fault(
            name=naming.type_name(f"{type_name or 'status'} {answer.status}"),
            wire=answer.status,
            type=type_name,
            documentation=answer.documentation,
        )


def _is_group(types: Types, shape: Shape) -> bool:
    return isinstance(types.named.get(shape.type), Record | Choice)
