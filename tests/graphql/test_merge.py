"""The schema in force: built from descriptions, whatever they hold."""

from typing import Any

import msgspec
import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_named_type,
    introspection_from_schema,
    print_schema,
    validate_schema,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_graphql import merge, schema, static
from sacbe_terms.descriptions import (
    Choice,
    Description,
    Enumeration,
    EnumerationValue,
    Field,
    NamedType,
    Operation,
    Record,
    Scalar,
)
from tests.graphql import offers

STATIC = static.schema()


def merged(*providers: Any) -> merge.Merged:
    """Merge providers, and make sure that the outcome is a valid schema in every respect."""
    done = merge.merged(STATIC, providers)
    done.schema._validation_errors = None  # or graphql-core would trust `assume_valid`
    assert validate_schema(done.schema) == []
    return done


def object_type(given: GraphQLSchema, name: str) -> GraphQLObjectType:
    """Give an object type by name."""
    found = given.get_type(name)
    assert isinstance(found, GraphQLObjectType)
    return found


def text(name: str = "x", **more: Any) -> Field:
    """Give a text field."""
    return Field(name=name, wire=name, type="String", **more)


def described(*fields: Field, types: dict[str, NamedType] | None = None, **operation: Any) -> Description:
    """Give a description with one operation that takes these arguments."""
    asks: dict[str, Any] = {"code": "op", "alias": "op", "reads": True, "result": text("r"), "arguments": fields}
    return Description(kind="memory", title="T", operations=(Operation(**(asks | operation)),), types=types or {})


def alone(description: Description) -> merge.Merged:
    """Merge one description."""
    return merged(offers.provider("p", offers.TAXES, offers.service(offers.TAXES, "s", description)))


def test_what_is_required_and_what_is_a_list_stays_so() -> None:
    """Arguments and fields are non-null when required and not nullable, and lists keep their depth."""
    fields = (
        text("a", is_required=True),
        text("b", is_required=True, is_nullable=True),
        text("c", list_depth=1, is_required=True),
        text("d", list_depth=2, items_nullable=True),
    )
    taken = object_type(alone(described(*fields)).schema, "PQuery").fields["op"].args
    assert {name: str(argument.type) for name, argument in taken.items()} == {
        "a": "String!",
        "b": "String",
        "c": "[String!]!",
        "d": "[[String]!]",
    }


def test_the_result_may_fail_alone() -> None:
    """An operation's field is nullable even where the description requires it, so that one failure stays one."""
    done = alone(described(result=text("r", is_required=True)))
    assert str(object_type(done.schema, "PQuery").fields["op"].type) == "String"


def test_an_enumeration_shows_names_and_tells_the_wire() -> None:
    """Enumerations stay closed; a value whose wire text differs says so."""
    estado = merged(*offers.REGISTRY.providers).schema.get_type("RenapEstado")
    assert isinstance(estado, GraphQLEnumType)
    assert {name: value.description for name, value in estado.values.items()} == {
        "SOLTERO": "`soltero(a)` on the wire.",
        "CASADO": "Con acta. `casado(a)` on the wire.",
    }


def test_reads_and_changes_stand_apart() -> None:
    """What changes something is below Mutation alone."""
    done = merged(*offers.REGISTRY.providers).schema
    assert set(object_type(done, "RenapQuery").fields) == {"consultarPersona", "buscarPersonas"}
    assert set(object_type(done, "RenapMutation").fields) == {"inscribirPersona"}
    assert "sat" not in object_type(done, "ExchangeMutation").fields


def test_the_same_name_stays_apart() -> None:
    """Types of the same name, of two providers or of two services of one, each keep their own fields."""
    twice = offers.provider(
        "renap",
        offers.CIVIL_REGISTRY,
        offers.service(offers.CIVIL_REGISTRY, "personas", offers.PERSONS),
        offers.service(offers.CIVIL_REGISTRY, "tributos-2", offers.TAXPAYERS),
    )
    done = merged(twice, offers.REGISTRY.providers[1]).schema
    assert "nombres" in object_type(done, "RenapPersona").fields
    assert set(object_type(done, "RenapTributos2Persona").fields) == {"nit", "saldo"}
    assert set(object_type(done, "SatPersona").fields) == {"nit", "saldo"}


def test_scalars_are_shared_with_the_static_schema() -> None:
    """There is one Decimal, whoever uses it."""
    done = merged(*offers.REGISTRY.providers).schema
    saldo = get_named_type(object_type(done, "SatPersona").fields["saldo"].type)
    assert saldo is STATIC.get_type("Decimal")


def test_tools_can_read_the_schema() -> None:
    """What introspection gives is a schema again, with the same fields."""
    done = merged(*offers.REGISTRY.providers).schema
    assert print_schema(build_client_schema(introspection_from_schema(done))) == print_schema(done)


def test_the_static_schema_is_left_as_it_was() -> None:
    """Building a schema changes nothing of the one that it starts from."""
    before = print_schema(STATIC)
    merged(*offers.REGISTRY.providers)
    assert print_schema(STATIC) == before


BROKEN = {
    "a type that is missing": described(Field(name="x", wire="x", type="Nowhere")),
    "a field name that GraphQL cannot have": described(text("número")),
    "a reserved name": described(text("__x")),
    "two arguments of one name": described(text("x"), text("x")),
    "an alias that GraphQL cannot have": described(alias="1op"),
    "an enumeration with nothing in it": described(
        Field(name="x", wire="x", type="E"), types={"E": Enumeration(name="E", values=())}
    ),
    "an enumeration of true": described(
        Field(name="x", wire="x", type="E"),
        types={"E": Enumeration(name="E", values=(EnumerationValue(name="true", wire="true"),))},
    ),
    "a choice between what is no record": described(
        Field(name="x", wire="x", type="C"), types={"C": Choice(name="C", members=("String",))}
    ),
    "a type name that GraphQL cannot have": described(
        result=Field(name="r", wire="r", type="R"), types={"R": Record(name="R-1", fields=(text(),))}
    ),
    "an input that needs itself": described(
        Field(name="x", wire="x", type="R"),
        types={"R": Record(name="R", fields=(Field(name="r", wire="r", type="R", is_required=True),))},
    ),
    "no operation at all": msgspec.structs.replace(described(), operations=()),
}


@pytest.mark.parametrize("illness", BROKEN)
def test_a_broken_description_is_left_out_alone(illness: str) -> None:
    """What cannot be shown is left out with its reason; the others of the same provider stay as they are."""
    provider = offers.provider(
        "renap",
        offers.CIVIL_REGISTRY,
        offers.service(offers.CIVIL_REGISTRY, "enfermo", BROKEN[illness]),
        offers.service(offers.CIVIL_REGISTRY, "personas", offers.PERSONS),
    )
    done = merged(provider)
    [left_out] = done.left_out
    assert left_out.service.service_code == "enfermo"
    assert left_out.reason
    assert "consultarPersona" in object_type(done.schema, "RenapQuery").fields
    assert "nombres" in object_type(done.schema, "RenapPersona").fields


@pytest.mark.parametrize("alias", ["providers", "sat", "__x", "mi-alias"])
def test_an_alias_that_cannot_stand_leaves_its_provider_out(alias: str) -> None:
    """A provider whose alias is taken, reserved or no name is left out; who was there first stays."""
    second = offers.provider(alias, offers.TAXES, offers.service(offers.TAXES, "otro", offers.TAXPAYERS))
    done = merged(offers.REGISTRY.providers[1], second)
    assert [left_out.service.service_code for left_out in done.left_out] == ["otro"]
    assert "consultarContribuyente" in object_type(done.schema, "SatQuery").fields


def test_two_services_of_a_provider_cannot_share_an_alias() -> None:
    """The second of two operations of one name is left out with its whole data service."""
    again = offers.service(offers.TAXES, "otro", offers.TAXPAYERS)
    first = offers.service(offers.TAXES, "contribuyentes", offers.TAXPAYERS)
    assert [
        each.service.service_code for each in merged(offers.provider("sat", offers.TAXES, first, again)).left_out
    ] == ["otro"]


def test_a_record_without_fields_is_json() -> None:
    """GraphQL has no type without fields; the empty record of a contract is shown as JSON."""
    empty = Record(name="Vacio", fields=())
    field = Field(name="x", wire="x", type="Vacio")
    done = alone(described(field, result=field, types={"Vacio": empty}))
    assert not done.left_out
    assert str(object_type(done.schema, "PQuery").fields["op"].type) == "JSON"


@pytest.mark.parametrize(
    ("type_name", "default", "shown"),
    [
        ("Int", "10", "10"),
        ("Boolean", "1", "true"),
        ("Decimal", "10.50", '"10.50"'),
        ("E", "uno", "UNO"),
        ("Int", "x", None),
    ],
)
def test_a_default_is_shown_where_it_fits(type_name: str, default: str, shown: str | None) -> None:
    """A default of the document is the argument's default, exactly; one that does not fit its type is not shown."""
    enumeration = Enumeration(name="E", values=(EnumerationValue(name="UNO", wire="uno"),))
    field = Field(name="x", wire="x", type=type_name, default=default)
    printed = print_schema(alone(described(field, types={"E": enumeration})).schema)
    assert (f" = {shown})" in printed) is (shown is not None)


def test_sdl_prints_what_a_description_would_publish() -> None:
    """`sacbe adapter describe` shows typed fields without a provider's prefix."""
    printed = schema.sdl(offers.PERSONS)
    assert "type Persona {" in printed
    assert "  inscribirPersona(persona: PersonaInput!): Boolean" in printed
    assert "input DocumentoInput @oneOf {" in printed


NAMES = st.sampled_from(["Persona", "persona", "PersonaInput", "Query", "String", "Decimal", "Service", "E", "_x"])
TYPE_NAMES = st.sampled_from([*[scalar.value for scalar in Scalar], "Persona", "persona", "PersonaInput", "Query", "E"])


@st.composite
def fields(draw: st.DrawFn) -> tuple[Field, ...]:
    """Give fields of any shape, now and then ones that cannot be."""
    return tuple(
        Field(
            name=name,
            wire=name,
            type=draw(TYPE_NAMES),
            list_depth=draw(st.integers(0, 2)),
            is_required=draw(st.booleans()),
            is_nullable=draw(st.booleans()),
            default=draw(st.sampled_from([None, "1", "x", ""])),
        )
        for name in draw(st.lists(st.sampled_from(["a", "b", "__typename", "Ñ", ""]), min_size=1, max_size=3))
    )


@st.composite
def descriptions(draw: st.DrawFn) -> Description:
    """Give descriptions of any shape, broken ones among them."""
    types: dict[str, NamedType] = {}
    for name in draw(st.lists(NAMES, unique=True, max_size=4)):
        kind = draw(st.sampled_from(["record", "enumeration", "choice"]))
        if kind == "record":
            types[name] = Record(name=name, fields=draw(st.one_of(fields(), st.just(()))))
        elif kind == "enumeration":
            types[name] = Enumeration(name=name, values=(EnumerationValue(name=draw(NAMES), wire="w"),))
        else:
            types[name] = Choice(name=name, members=tuple(draw(st.lists(NAMES, min_size=1, max_size=2))))
    operations = tuple(
        Operation(
            code=alias, alias=alias, reads=draw(st.booleans()), arguments=draw(fields()), result=draw(fields())[0]
        )
        for alias in draw(st.lists(st.sampled_from(["uno", "dos", "__x", "1"]), min_size=1, max_size=3))
    )
    return Description(kind="memory", title="T", operations=operations, types=types)


@settings(max_examples=60, deadline=None)
@given(st.lists(descriptions(), min_size=1, max_size=3))
def test_no_description_takes_the_schema_down(given_descriptions: list[Description]) -> None:
    """Whatever is registered, the schema in force is valid, and what is not in it has a reason."""
    services = [
        offers.service(offers.TAXES, f"s{number}", description) for number, description in enumerate(given_descriptions)
    ]
    done = merged(offers.REGISTRY.providers[0], offers.provider("sat", offers.TAXES, *services))
    assert "consultarPersona" in object_type(done.schema, "RenapQuery").fields
    assert all(left_out.reason for left_out in done.left_out)
