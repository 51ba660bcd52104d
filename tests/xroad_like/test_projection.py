"""What leaves a provider is what was asked: the pure law over invented descriptions, and the signed record of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.descriptions import Choice, Description, Field, NamedType, Operation, Record
from sacbe_terms.errors import Problem, RequestNotReadable
from sacbe_terms.exchange import Call
from sacbe_xroad_like import messages, originals, projection, sealing, selected, verify
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.originals import Originals
from sacbe_xroad_like.projection import Projections
from sacbe_xroad_like.verify import Verification
from tests.xroad_like.town import ANSWER, SECRET, Office, authority, call, consumer, plan

BORN = ANSWER["fechaNacimiento"]


def field(name: str, type_: str = "String", **more: Any) -> Field:
    """Give a field."""
    return Field(name=name, wire=name, type=type_, **more)


TYPES: dict[str, NamedType] = {
    "Persona": Record(
        name="Persona",
        fields=(
            field("cui"),
            field("municipio", "Municipio"),
            field("hijos", "Persona", list_depth=1),
            field("notas", "JSON"),
            field("firma", "Firma"),
        ),
    ),
    "Municipio": Record(name="Municipio", fields=(field("codigo"), field("nombre"))),
    "Firma": Choice(name="Firma", members=("Huella", "Trazo")),
    "Huella": Record(name="Huella", fields=(field("dedo"), field("imagen"))),
    "Trazo": Record(name="Trazo", fields=(field("puntos", "Int", list_depth=2),)),
}
DESCRIBED = Description(kind="office", title="", operations=(), types=TYPES)


def projected(fields: str, value: object, type_: str = "Persona", **more: Any) -> object:
    """Project a value of a type."""
    return projection.compiled(DESCRIBED, field("result", type_, **more), fields).value(value)


CASES: list[tuple[str, object, object]] = [
    ("{ cui }", {"cui": "1", "notas": {"a": 1}}, {"cui": "1"}),
    ("{ municipio { nombre } cui }", {"cui": "1"}, {"municipio": None, "cui": "1"}),
    (
        "{ municipio { nombre codigo } }",
        {"municipio": {"codigo": "7"}},
        {"municipio": {"nombre": None, "codigo": "7"}},
    ),
    (
        "{ hijos { hijos { cui } } }",
        {"hijos": [{"cui": "2", "hijos": [{"cui": "3"}]}, {"cui": "4"}, None]},
        {"hijos": [{"hijos": [{"cui": "3"}]}, {"hijos": None}, None]},
    ),
    ("{ notas }", {"notas": {"a": [1, {"b": 2}]}}, {"notas": {"a": [1, {"b": 2}]}}),
    ("{ cui __typename }", {"cui": "1"}, {"cui": "1", "__typename": "Persona"}),
    ("{ nada cui }", {"nada": "kept back", "cui": "1"}, {"nada": None, "cui": "1"}),
    (
        "{ firma { ... on Huella { dedo } } }",
        {"firma": {"__typename": "Huella", "dedo": "i", "imagen": "…"}},
        {"firma": {"__typename": "Huella", "dedo": "i"}},
    ),
    (
        "{ firma { ... on Huella { dedo } } }",
        {"firma": {"__typename": "Trazo", "puntos": [[1]]}},
        {"firma": {"__typename": "Trazo"}},
    ),
    (
        "{ firma { ... on Trazo { puntos __typename } } }",
        {"firma": {"__typename": "Trazo", "puntos": [[1], []]}},
        {"firma": {"puntos": [[1], []], "__typename": "Trazo"}},
    ),
    ("{ firma { ... on Huella { dedo } } }", {"firma": {"__typename": "Sello", "dedo": "i"}}, {"firma": None}),
    ("{ cui }", None, None),
    ("", {"cui": "1"}, {"cui": "1"}),
]


@pytest.mark.parametrize(("fields", "value", "expected"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_what_was_asked_is_there_in_its_order(fields: str, value: object, expected: object) -> None:
    """Every selected field, null where absent, in the selection's order, and nothing else."""
    assert msgspec.json.encode(projected(fields, value)) == msgspec.json.encode(expected)


def test_lists_are_projected_item_by_item() -> None:
    """At any depth, with the nulls in them."""
    value = [[{"cui": "1", "notas": 1}, None], None, []]
    assert projected("{ cui }", value, list_depth=2) == [[{"cui": "1"}, None], None, []]


PROBLEMS: list[tuple[str, object, str, bool]] = [
    ("{ cui }", {"cui": None}, "cui", True),
    ("{ cui }", {"cui": "1"}, "notas", False),
    ("{ hijos { cui } }", {"hijos": [{"cui": "1", "notas": None}]}, "hijos/0/notas", False),
    ("{ hijos { cui } }", {"hijos": [{"cui": None}]}, "hijos/0/cui", True),
    ("{ hijos { cui } }", {"hijos": None}, "hijos/0/notas", True),
    ("{ hijos { cui } }", None, "", True),
    ("{ firma { ... on Huella { dedo } } }", {"firma": {"__typename": "Huella", "dedo": None}}, "firma/dedo", True),
    ("{ firma { ... on Huella { dedo } } }", {"firma": {"__typename": "Huella", "dedo": ""}}, "firma/imagen", False),
    ("{ hijos { cui } }", {"hijos": []}, "hijos/3/notas", True),
    ("", {"cui": None}, "cui", True),
]


@pytest.mark.parametrize(
    ("fields", "value", "where", "is_told"), PROBLEMS, ids=[str(number) for number in range(len(PROBLEMS))]
)
def test_a_problem_is_told_where_it_explains_a_null(fields: str, value: object, where: str, is_told: bool) -> None:
    """What is selected, or null because of something below it that is not, is explained; the rest is not told."""
    problem = Problem(where=where, reason="x")
    compiled = projection.compiled(DESCRIBED, field("result", "Persona"), fields)
    assert compiled.problems(value, (problem,)) == ((problem,) if is_told else ())


@pytest.mark.parametrize(
    "fields", ["{", "}", "{ }", "{ a { } }", "a", "{ a } b", "{ a } { b }", "{ $x }", "{ a(b: 1) }"]
)
def test_what_no_plan_prints_is_refused(fields: str) -> None:
    """Above all a selection of nothing, which must not be taken for the whole."""
    with pytest.raises(RequestNotReadable):
        selected.tree(fields)


@pytest.mark.parametrize("fields", ["{ cui { x } }", "{ notas { a } }", "{ firma { ... on Trazo { puntos { x } } } }"])
def test_of_a_scalar_nothing_is_selected(fields: str) -> None:
    """A field right that names a place in it would else give the whole of it."""
    with pytest.raises(RequestNotReadable):
        projection.compiled(DESCRIBED, field("result", "Persona"), fields)


def test_a_selection_without_end_is_refused() -> None:
    """Nothing is asked deeper than a limit."""
    with pytest.raises(RequestNotReadable):
        selected.tree("{ a " * 1000 + "} " * 1000)


def test_members_of_a_choice_are_no_step_of_a_path() -> None:
    """A field right names a choice's field as the steward's marks do."""
    assert selected.paths("{ firma { ... on Huella { dedo __typename } } }") == frozenset({"firma/dedo"})


def test_a_selection_is_compiled_once_and_the_oldest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same selection gives the same projection, and no more are kept than the limit."""
    monkeypatch.setattr(projection, "PROJECTIONS_MAX", 2)
    kept = Projections(DESCRIBED)
    operation = Operation(code="x", alias="x", reads=True, arguments=(), result=field("result", "Persona"))
    first = kept.of(operation, "{ cui }")
    assert kept.of(operation, "{ cui }") is first
    for fields in ("{ notas }", "{ firma }"):
        kept.of(operation, fields)
    assert kept.of(operation, "{ cui }") is not first
    assert len(kept._kept) == 2


# --- the law, over invented descriptions


@dataclass(frozen=True)
class Invented:
    """A description, a value of its result, the selection of everything, and the value with its nulls filled in."""

    description: Description
    value: Any
    whole: str
    filled: Any


TEXTS = st.none() | st.text(max_size=3)


@st.composite
def invented(draw: st.DrawFn) -> Invented:
    """Invent records that hold scalars, records and lists of records, and a value of the outermost."""
    types: dict[str, NamedType] = {}
    values: dict[str, st.SearchStrategy[Any]] = {}
    whole: dict[str, str] = {"String": "", "JSON": ""}
    for name in draw(st.lists(st.sampled_from("ABCD"), min_size=1, unique=True)):
        below = ["String", "JSON", *types]
        each = st.tuples(st.sampled_from("pqrs"), st.sampled_from(below), st.integers(0, 2))
        fields = draw(st.lists(each, min_size=1, unique_by=lambda drawn: drawn[0]))
        members = {
            key: values.get(type_, TEXTS) if not depth else _lists(values.get(type_, TEXTS), depth)
            for key, type_, depth in fields
        }
        types[name] = Record(
            name=name, fields=tuple(field(key, type_, list_depth=depth) for key, type_, depth in fields)
        )
        values[name] = st.fixed_dictionaries({}, optional=members) | st.none()
        whole[name] = "{ " + " ".join(f"{key} {whole[type_]}".strip() for key, type_, _ in fields) + " }"
    last = list(types)[-1]
    description = Description(kind="x", title="", operations=(), types=types)
    value = draw(values[last])
    return Invented(description, value, whole[last], _filled(types, field("result", last), value))


def _lists(items: st.SearchStrategy[Any], depth: int) -> st.SearchStrategy[Any]:
    for _ in range(depth):
        items = st.lists(items, max_size=2)
    return items | st.none()


def _filled(types: Mapping[str, NamedType], of: Field, value: Any) -> Any:
    """Fill in the nulls, as plainly as it can be said."""
    named = types.get(of.type)
    if isinstance(value, list):
        return [_filled(types, of, each) for each in value]
    if not isinstance(named, Record) or value is None:
        return value
    return {member.name: _filled(types, member, value.get(member.name)) for member in named.fields}


@given(invented())
def test_to_select_all_is_to_fill_in_the_nulls(case: Invented) -> None:
    """And to project what was projected changes nothing; the order is the selection's."""
    result = field("result", list(case.description.types)[-1])
    project = projection.compiled(case.description, result, case.whole).value
    once = project(case.value)
    assert msgspec.json.encode(once) == msgspec.json.encode(case.filled)
    assert project(once) == once


# --- on the bus


async def rows(owner: asyncpg.Connection) -> tuple[Any, Any]:
    """Read request and reply as an auditor does."""
    request, reply = await owner.fetch("select * from bus.message_log order by id")
    return request, reply


ONE = plan(replace(call(), fields="{ nombres }"))


async def test_an_unasked_field_stands_in_no_record(bus: Bus, owner: asyncpg.Connection) -> None:
    """Neither the outcome nor the signed reply nor any column of the log holds what was not asked for."""
    (outcome,) = await bus.carry(ONE, consumer=consumer())
    assert outcome.value == {"nombres": ANSWER["nombres"]}
    request, reply = await rows(owner)
    assert reply["body"] == outcome.body == msgspec.json.encode(outcome.value)
    columns = [*request.values(), *reply.values()]
    everything = b"".join(each if isinstance(each, bytes) else str(each).encode() for each in columns)
    assert BORN.encode() not in everything


async def test_the_original_is_sealed_in_the_signed_reply(bus: Bus, owner: asyncpg.Connection) -> None:
    """With the key of that exchange whoever has the original can compare; without it nothing can be tried out."""
    (outcome,) = await bus.carry(ONE, consumer=consumer())
    _, reply = await rows(owner)
    told = messages.parse(reply["head"]).headers["sacbe-original"]
    (key,) = Originals((SECRET,)).keys_of(reply["request_id"])
    assert originals.sealed(key, messages.written(ANSWER)) == told
    assert originals.sealed(key, outcome.body) != told
    assert originals.sealed(Originals(("another",)).keys_of(reply["request_id"])[0], messages.written(ANSWER)) != told


async def test_a_seal_is_of_one_exchange(bus: Bus, owner: asyncpg.Connection) -> None:
    """The same original is sealed differently each time, so nobody learns that a record stayed the same."""
    for _ in range(2):
        await bus.carry(ONE, consumer=consumer())
    heads = await owner.fetch("select head from bus.message_log where direction = 'reply'")
    assert len({messages.parse(row["head"]).headers["sacbe-original"] for row in heads}) == 2


async def test_a_whole_answer_has_no_other_original(bus: Bus, owner: asyncpg.Connection) -> None:
    """What no selection was made of is its own original."""
    await bus.carry(plan(replace(call(), fields="")), consumer=consumer())
    _, reply = await rows(owner)
    assert "sacbe-original" not in messages.parse(reply["head"]).headers
    assert msgspec.json.decode(reply["body"]) == ANSWER


async def test_the_log_holds_and_not_with_other_fields(
    bus: Bus, engine: AsyncEngine, owner: asyncpg.Connection, tmp_path: Path
) -> None:
    """The field list stands in the body that the consumer signed, and the seal in the head that the provider signed."""
    await bus.carry(ONE, consumer=consumer(message_id="m"))

    async def found() -> Verification:
        return await verify.verify(engine, sealing.checkpoints_file(tmp_path), authority(tmp_path).trust())

    (await found()).refuse_if_broken()
    request, reply = await rows(owner)
    wider = request["body"].replace(b"{ nombres }", b"{ nombres fechaNacimiento }")
    other = reply["head"].replace(b"sacbe-original:", b"sacbe-original:0")
    for row, column, changed in ((request, "body", wider), (reply, "head", other)):
        assert changed != row[column]
        written = f"update bus.message_log set {column} = $1 where id = $2"
        await owner.execute(written, changed, row["id"])
        assert not (await found()).holds
        await owner.execute(written, row[column], row["id"])


async def test_a_repeat_is_told_the_recorded_projection(bus: Bus, office: Office) -> None:
    """The same request gets the same bytes; the ministry hears it once."""
    first, second = [(await bus.carry(ONE, consumer=consumer(message_id="m")))[0] for _ in range(2)]
    assert (first.value, first.body) == (second.value, second.body)
    assert len(office.heard) == 1


async def test_a_record_from_before_is_projected_when_it_is_repeated(
    bus: Bus, office: Office, owner: asyncpg.Connection
) -> None:
    """What was recorded whole gives no more than was asked."""
    await bus.carry(ONE, consumer=consumer(message_id="m"))
    whole = messages.written(ANSWER)
    await owner.execute("update bus.message_log set body = $1 where direction = 'reply'", whole)
    (outcome,) = await bus.carry(ONE, consumer=consumer(message_id="m"))
    assert outcome.value == {"nombres": ANSWER["nombres"]}
    assert BORN.encode() not in outcome.body
    assert len(office.heard) == 1


async def test_other_fields_under_the_id_are_another_request(bus: Bus, office: Office) -> None:
    """Nobody reads more under an id than was asked under it first."""
    await bus.carry(ONE, consumer=consumer(message_id="m"))
    (outcome,) = await bus.carry(plan(), consumer=consumer(message_id="m"))
    assert outcome.error is not None
    assert outcome.error.code == "SACBE-506"
    assert len(office.heard) == 1


async def test_a_problem_of_what_was_not_asked_is_not_told(bus: Bus, office: Office, owner: asyncpg.Connection) -> None:
    """A lenient endpoint's problem elsewhere stands neither in the outcome nor in the record."""
    office.problems = (Problem(where="fechaNacimiento", reason="a Date was expected"),)
    (outcome,) = await bus.carry(ONE, consumer=consumer())
    assert outcome.problems == ()
    _, reply = await rows(owner)
    assert "sacbe-problems" not in messages.parse(reply["head"]).headers


async def test_a_selection_that_cannot_be_read_asks_nobody(bus: Bus, office: Office) -> None:
    """It is refused with the plan, before any call."""
    with pytest.raises(RequestNotReadable):
        await bus.carry(plan(replace(call(), fields="{ }")), consumer=consumer())
    assert office.heard == []


async def test_a_body_is_the_value_beside_its_problems(bus: Bus, office: Office) -> None:
    """The body can be spliced into an answer whether or not something was forgiven."""

    async def answer(_: Call) -> object:
        return {"nombres": None}

    office.answer = answer
    office.problems = (Problem(where="nombres", reason="a text was expected"),)
    (outcome,) = await bus.carry(ONE, consumer=consumer())
    assert outcome.problems == office.problems
    assert outcome.body == b'{"nombres":null}'
