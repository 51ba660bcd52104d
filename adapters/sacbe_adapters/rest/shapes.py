"""The shape of a value: its type, and how it may stand."""

from dataclasses import dataclass

from sacbe_terms.descriptions import Facets, Field, Place, Scalar


@dataclass(frozen=True, slots=True)
class Shape:
    """The type of a value, and how it may stand; the words are those of `descriptions.Field`."""

    type: str
    list_depth: int = 0
    is_nullable: bool = False
    items_nullable: bool = False
    wire_type: str = ""
    facets: Facets | None = None
    default: str | None = None
    documentation: str = ""


ANYTHING = Shape(Scalar.JSON)


def field(shape: Shape, *, name: str, wire: str, is_required: bool, place: Place) -> Field:
    """Make a field of a shape."""
    return Field(
        name=name,
        wire=wire,
        type=shape.type,
        list_depth=shape.list_depth,
        is_required=is_required,
        is_nullable=shape.is_nullable,
        items_nullable=shape.items_nullable,
        place=place,
        wire_type=shape.wire_type,
        facets=shape.facets,
        default=shape.default,
        documentation=shape.documentation,
    )


def list_of(inner: Shape) -> Shape:
    """Give the shape of a list of what has this shape."""
    return Shape(
        inner.type,
        inner.list_depth + 1,
        items_nullable=inner.is_nullable if inner.list_depth == 0 else inner.items_nullable,
        wire_type=inner.wire_type,
        facets=inner.facets,
    )
