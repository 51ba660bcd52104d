"""Answers about the schema: put together from parts, and marked for who asks."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from graphql import ExecutionResult, get_introspection_query
from graphql.execution import VariableValues

from sacbe_graphql import execution, introspection, live, static, visibility
from sacbe_graphql.limits import Limits
from sacbe_terms.identifiers import DataServiceId, OperationId
from tests.graphql import offers
from tests.graphql.world import World

STATIC = static.schema()
RENAP, SAT = offers.REGISTRY.providers
EVERYTHING: visibility.Usable = frozenset(offers.REGISTRY.data_services)
PERSONS = DataServiceId(offers.CIVIL_REGISTRY, "personas")
MARKED = '{ __type(name: "RenapQuery") { fields { name description } } }'

QUESTIONS = {
    "as tools ask": get_introspection_query(),
    "with aliases": "{ s: __schema { t: types { name kind fields { name } } queryType { name } } }",
    "fragments around": "{ ...a } fragment a on Query { __schema { ...b } } fragment b on __Schema { types { name } }",
    "twice": "{ __schema { a: types { name } b: types { kind } } }",
    "skipped": "{ __schema { types @skip(if: true) { name } queryType { name } } }",
    "a type": '{ __type(name: "RenapPersona") { name fields { name type { kind name } } } }',
    "nothing of types": "{ __schema { queryType { name } } }",
    "beside a name": "{ __typename __schema { types { name } } }",
}


@pytest.mark.parametrize("text", QUESTIONS.values(), ids=QUESTIONS.keys())
async def test_the_parts_tell_what_the_whole_tells(text: str) -> None:
    """Whatever is asked, the answer from parts is that of executing it over the whole schema."""
    schema = await live.built(STATIC, offers.REGISTRY.providers)
    operation, variables = ready(schema, text)
    whole = execution.start(schema.schema, operation, variables, context=None)
    assert isinstance(whole, ExecutionResult)
    told = msgspec.json.decode(await schema.introspection(text, operation, variables, EVERYTHING))
    assert in_order(told) == in_order(msgspec.json.decode(msgspec.json.encode(whole.data)))


async def test_a_publication_tells_its_own_part_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked before is ready after a publication, and only the changed provider's types were told again."""
    before = await live.built(STATIC, (RENAP, SAT))
    operation, variables = ready(before, QUESTIONS["as tools ask"])
    await before.introspection(QUESTIONS["as tools ask"], operation, variables)
    after = await live.built(STATIC, (RENAP, replace(SAT, title="Tributos")), before)
    listed: list[str] = []
    original = introspection._run

    def heard(schema: Any, types: Any, asked: Any) -> dict[str, Any]:
        listed.extend(types)
        return original(schema, types, asked)

    monkeypatch.setattr(introspection, "_run", heard)
    await after.prepare()
    assert "SatPersona" in listed
    assert not any(name.startswith("Renap") for name in listed)
    monkeypatch.setattr(introspection, "_run", None)
    assert b'"Tributos (' in await after.introspection(QUESTIONS["as tools ask"], operation, variables)


@pytest.mark.parametrize(
    ("held", "unmarked"),
    [
        (visibility.NOTHING, set()),
        (frozenset({PERSONS}), {"consultarPersona", "buscarPersonas"}),
        (frozenset({OperationId(PERSONS, "consultarPersona")}), {"consultarPersona"}),
    ],
    ids=["nothing", "a data service", "an operation"],
)
@pytest.mark.parametrize("text", [MARKED, QUESTIONS["as tools ask"]], ids=["the type", "the whole"])
async def test_what_may_be_asked_for_is_marked(text: str, held: visibility.Usable, unmarked: set[str]) -> None:
    """An operation that the caller has no agreement for says so; the others have their own words alone."""
    schema = await live.built(STATIC, offers.REGISTRY.providers)
    operation, variables = ready(schema, text)
    told = msgspec.json.decode(await schema.introspection(text, operation, variables, held))
    named = told.get("__type") or next(one for one in told["__schema"]["types"] if one["name"] == "RenapQuery")
    plain = {one["name"] for one in named["fields"] if not (one["description"] or "").startswith(visibility.MARK)}
    assert plain == unmarked


@pytest.mark.asyncio(loop_scope="session")
async def test_each_caller_is_shown_her_own_rights(world: World) -> None:
    """Who has agreements sees no mark, who has none sees every operation marked; both see the same fields."""
    hers, strangers, nobodys = [await world.ask(MARKED, token=token) for token in (None, world.stranger, "")]
    assert strangers == nobodys
    own = fields(hers)
    assert fields(strangers) == {name: f"{visibility.MARK} {text or ''}".strip() for name, text in own.items()}


def ready(schema: live.LiveSchema, text: str) -> tuple[Any, VariableValues]:
    """Give a question's operation and its variables, of which it has none."""
    operation = schema.ready(text, Limits(), hide_suggestions=True).operation(None)
    return operation, execution.coerced(schema.schema, operation, None, hide_suggestions=True)


def fields(answered: dict[str, Any]) -> dict[str, str | None]:
    """Give the fields of the type in an answer with their descriptions."""
    return {field["name"]: field["description"] for field in answered["data"]["__type"]["fields"]}


def in_order(told: dict[str, Any]) -> dict[str, Any]:
    """Give an answer with its list of types in the order of their text; GraphQL promises none."""
    for schema in told.values():
        for types in schema.values() if isinstance(schema, dict) else ():
            if isinstance(types, list):
                types.sort(key=str)
    return told
