"""A lenient REST endpoint, and the short way of reading: the same values, holes only where they may be."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_adapters.rest.describe import describe
from sacbe_adapters.rest.lenient import PROBLEMS_MAX
from sacbe_adapters.rest.reading import Readers, decode
from sacbe_adapters.rest.reply import ReplyReader
from sacbe_adapters.rest.typed_decoding import decoder
from sacbe_adapters.transport import HttpReply
from sacbe_adapters.values import Mismatch
from sacbe_terms.errors import ReplyBreaksContract
from tests.adapters.openapi_museum import MUSEUM, read

DOCUMENT = """
openapi: 3.0.3
paths: {/a: {get: {operationId: a, responses: {200: {content: {application/json: {schema: {$ref: "#/components/schemas/P"}}}}}}}}
components:
  schemas:
    P:
      type: object
      required: [cui, multas]
      properties:
        cui: {type: string}
        nombre_completo: {type: string}
        nacido: {type: string, format: date}
        puntos: {type: integer, format: int32}
        saldo: {type: number}
        estado: {type: string, enum: [A, B]}
        multas: {type: array, items: {$ref: "#/components/schemas/M"}}
        notas: {type: array, items: {type: string, nullable: true}}
        otro: {oneOf: [{$ref: "#/components/schemas/M"}, {type: string}]}
        padre: {$ref: "#/components/schemas/P"}
    M: {type: object, required: [monto], properties: {monto: {type: number}, motivo: {type: string}}}
"""  # noqa: E501 - a document reads best unfolded
DESCRIPTION = describe(DOCUMENT.encode(), "a.yaml")
(OPERATION,) = DESCRIPTION.operations
FINE = {"__typename": "M", "monto": "1"}
GOOD: dict[str, Any] = {"cui": "1", "multas": [{"monto": 1}]}


def lenient(body: object) -> tuple[Any, dict[str, str]]:
    """The value, and each problem's reason by its place."""
    reply = HttpReply(status=200, headers={"content-type": "application/json"}, body=msgspec.json.encode(body))
    value, problems = ReplyReader(OPERATION, DESCRIPTION).read_leniently(reply, name="a/b/c")
    return value, {problem.where: problem.reason for problem in problems}


def test_a_good_reply_has_no_problems() -> None:
    """Leniency changes nothing about a reply that keeps its contract."""
    assert lenient(GOOD) == ({"cui": "1", "multas": [{"monto": "1"}]}, {})


@pytest.mark.parametrize(
    ("broken", "hole", "where"),
    [
        ({"nombre_completo": 7}, {"nombreCompleto": None}, "nombreCompleto"),
        ({"nacido": "ayer"}, {"nacido": None}, "nacido"),
        ({"estado": "C"}, {"estado": None}, "estado"),
        ({"puntos": 2**40, "saldo": 1}, {"puntos": None, "saldo": "1"}, "puntos"),
        ({"notas": ["a", 7, None]}, {"notas": ["a", None, None]}, "notas/1"),
        ({"padre": {"cui": "2", "multas": [{"motivo": "x"}]}}, {"padre": None}, "padre/multas/0/monto"),
        ({"padre": {"multas": []}}, {"padre": None}, "padre/cui"),
        (
            {"otro": {"motivo": 7, "monto": 1}},
            {"otro": {"__typename": "M", "monto": "1", "motivo": None}},
            "otro/motivo",
        ),
        ({"otro": 7}, {"otro": None}, "otro"),
    ],
)
def test_a_broken_field_is_null(broken: dict[str, Any], hole: dict[str, Any], where: str) -> None:
    """The field that breaks, or the nearest place above it that may be null, is null; its place is told by names."""
    value, problems = lenient(GOOD | broken)
    assert value == {"cui": "1", "multas": [{"monto": "1"}]} | hole
    assert list(problems) == [where]
    assert not any("ayer" in reason or "7" in reason for reason in problems.values())


@pytest.mark.parametrize("broken", [{"cui": None}, {"multas": [{"monto": "x"}]}])
def test_what_may_not_be_null_is_refused(broken: dict[str, Any]) -> None:
    """Where nothing above a broken field may be null, the reply is refused as a strict endpoint's."""
    with pytest.raises(ReplyBreaksContract) as caught:
        lenient(GOOD | broken)
    assert caught.value.where.startswith("/")


def test_many_problems_are_counted() -> None:
    """Problems beyond the limit are counted and not told."""
    value, problems = lenient(GOOD | {"notas": [7] * (PROBLEMS_MAX + 5)})
    assert value["notas"] == [None] * (PROBLEMS_MAX + 5)
    assert problems[""] == "and 5 more"


# The short way ----------------------------------------------------------------------------

SCALARS = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["A", "2020-01-31", "1.50"])
FINES = st.fixed_dictionaries({"monto": st.integers() | st.floats(allow_nan=False, allow_infinity=False)})
REPLIES = st.recursive(
    st.fixed_dictionaries(
        {"cui": st.text(max_size=5), "multas": st.lists(FINES, max_size=2)},
        optional={
            "nombre_completo": st.none() | st.text(max_size=5),
            "nacido": SCALARS,
            "puntos": st.integers(-5, 5),
            "saldo": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
            "estado": st.sampled_from(["A", "B", None]),
            "notas": st.lists(SCALARS, max_size=2),
            "otro": FINES | SCALARS,
            "desconocido": SCALARS,
        },
    ),
    lambda inner: inner.map(lambda parent: {"cui": "1", "multas": [], "padre": parent}),
    max_leaves=3,
)


@given(REPLIES)
def test_the_short_way_reads_the_same(body: dict[str, Any]) -> None:
    """Whatever the short way takes, the long way reads as the same value."""
    readers = Readers(DESCRIPTION)
    encoded = msgspec.json.encode(body)
    try:
        short = decoder(OPERATION.result, DESCRIPTION, readers)(encoded)
    except (msgspec.MsgspecError, Mismatch):
        return
    assert short == readers.reader(OPERATION.result)(decode(encoded))


@pytest.mark.parametrize("name", sorted(path.name for path in MUSEUM.glob("*.yaml") if b"# read:" in path.read_bytes()))
def test_the_short_way_is_there_for_every_description(name: str) -> None:
    """Every result of the museum has a short way, and it takes what is good."""
    description = read(name)
    for operation in description.operations:
        read_short = decoder(operation.result, description, Readers(description))
        with pytest.raises((msgspec.MsgspecError, Mismatch)):
            read_short(b"{")
    assert decoder(OPERATION.result, DESCRIPTION, Readers(DESCRIPTION))(msgspec.json.encode(GOOD)) == {
        "cui": "1",
        "multas": [{"monto": "1"}],
    }
