"""A publication builds its own provider's part of the schema, and no other."""

from dataclasses import replace

from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, print_schema
from msgspec import structs

from sacbe_graphql import merge, static
from sacbe_terms.identifiers import OperationId, SubsystemId
from sacbe_terms.links import Link
from sacbe_xroad_like.registry import Provider
from tests.graphql import offers

STATIC = static.schema()
RENAP, SAT = offers.REGISTRY.providers
BEFORE = merge.merged(STATIC, (RENAP, SAT))
BROKEN = structs.replace(offers.TAXPAYERS, types={})
"""Its operation gives a record that it does not have."""


def test_only_the_part_that_changed_is_built() -> None:
    """What did not change is the same object in the next schema, and what changed is another."""
    after = merge.merged(STATIC, (RENAP, replace(SAT, title="Tributos")), BEFORE.parts)
    assert after.parts[0] is BEFORE.parts[0]
    assert after.parts[1] is not BEFORE.parts[1]
    assert after.schema.get_type("RenapPersona") is BEFORE.schema.get_type("RenapPersona")


def test_parts_together_are_what_one_building_gives() -> None:
    """Whatever was there before, the schema is that of a new process: suspended, published again, in any order."""
    known = BEFORE.parts
    for providers in ((SAT,), (RENAP,), (), (RENAP, SAT), (SAT, RENAP)):
        after = merge.merged(STATIC, providers, known)
        assert print_schema(after.schema) == print_schema(merge.merged(STATIC, providers).schema)
        known = after.parts


def test_a_name_that_became_free_or_taken_is_given_anew() -> None:
    """A part that had to pass over a name takes it once it is free, and gives way once it is another's."""
    first, second = _provider("a", "BPersona"), _provider("aB", "Persona")
    both = merge.merged(STATIC, (first, second))
    assert "ABSPersona" in both.schema.type_map
    alone = merge.merged(STATIC, (second,), both.parts)
    assert "ABSPersona" not in alone.schema.type_map
    again = merge.merged(STATIC, (first, second), alone.parts)
    assert print_schema(again.schema) == print_schema(both.schema)


def test_a_part_is_new_where_its_links_lead_to_a_new_one() -> None:
    """A linked field is typed by the other part in force; when that goes the field goes, and comes back with it."""
    linking = _linking(RENAP)
    known = merge.merged(STATIC, (linking, SAT)).parts
    for providers in (
        (linking, SAT),
        (linking, replace(SAT, title="Tributos")),
        (linking,),
        (linking, SAT),
        (RENAP, SAT),
    ):
        after = merge.merged(STATIC, providers, known)
        anew = merge.merged(STATIC, providers)
        assert print_schema(after.schema) == print_schema(anew.schema)
        assert [each.reason for each in after.left_out] == [each.reason for each in anew.left_out]
        assert _types_below(after.schema) <= set(map(id, after.schema.type_map.values()))
        known = after.parts


def test_a_broken_description_takes_nothing_down() -> None:
    """The others' parts stay, the provider's other data services too, and what is missing is told with its reason."""
    broken = offers.service(offers.TAXES, "rotos", BROKEN)
    after = merge.merged(STATIC, (RENAP, replace(SAT, data_services=(broken, *SAT.data_services))), BEFORE.parts)
    assert [str(each.service) for each in after.left_out] == [str(broken.identifier)]
    assert print_schema(after.schema) == print_schema(BEFORE.schema)
    healed = merge.merged(STATIC, (RENAP, SAT), after.parts)
    assert healed.left_out == ()


def _linking(provider: Provider) -> Provider:
    """Give the provider with a link from its persons to the taxpayers."""
    service = provider.data_services[0]
    link = Link(
        service=service.identifier,
        type_name="Persona",
        field="contribuyente",
        target=OperationId.parse("GT/GOV/2002/contribuyentes/contribuyentes/consultarContribuyente"),
        arguments={"cui": "$cui"},
    )
    return replace(provider, data_services=(replace(service, links=(link,)), *provider.data_services[1:]))


def _types_below(schema: GraphQLSchema) -> set[int]:
    """Give the types that fields of the schema's objects have, by what they are and not by name."""
    objects = [named for named in schema.type_map.values() if isinstance(named, GraphQLObjectType)]
    return {id(get_named_type(field.type)) for named in objects for field in named.fields.values()}


def _provider(alias: str, record: str) -> Provider:
    """Give a provider with one operation, whose result is a record of this name."""
    asked = offers.TAXPAYERS.operations[0]
    described = structs.replace(
        offers.TAXPAYERS,
        operations=(structs.replace(asked, result=structs.replace(asked.result, type=record)),),
        types={record: structs.replace(offers.TAXPAYERS.types["Persona"], name=record)},
    )
    subsystem = SubsystemId.parse(f"GT/GOV/3001/{alias}")
    return offers.provider(alias, subsystem, offers.service(subsystem, "s", described))
