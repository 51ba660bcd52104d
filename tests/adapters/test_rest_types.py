"""Types of OpenAPI's schemas: alternatives, kinds of one base, words that narrow, and names."""

import re
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters.rest.describe import describe
from sacbe_adapters.rest.loading import load
from sacbe_adapters.rest.reading import Readers, decode
from sacbe_adapters.rest.writing import Writers
from tests.adapters.openapi_museum import MUSEUM, fields, members, read, texts, uncovered

ALTERNATIVES = read("alternatives.yaml")
GRAPHQL_NAME = re.compile(r"(?!__)[A-Za-z_][A-Za-z0-9_]*")


def test_alternatives_are_choices() -> None:
    """Objects stand in a choice, other values in a record of one field that is called by its type."""
    todo = fields(ALTERNATIVES, "Todo")
    kinds = {name: members(ALTERNATIVES, todo[name].type) for name in ("expandible", "unoOVarios", "textoONumero")}
    assert kinds == {
        "expandible": ("StringValue", "Persona"),
        "unoOVarios": ("StringValue", "StringList"),
        "textoONumero": ("StringValue", "LongValue"),
    }
    assert todo["textoONumero"].is_nullable
    assert members(ALTERNATIVES, todo["mezclado"].type) == ("IntValue", "TodoMezcladoStringValue")
    assert (todo["tupla"].list_depth, members(ALTERNATIVES, todo["tupla"].type)) == (1, ("StringValue", "BooleanValue"))


def test_one_scalar_covers_others() -> None:
    """A date or a text is a text, an integer or a number a decimal; conditions on keys are no alternatives."""
    todo = fields(ALTERNATIVES, "Todo")
    assert (todo["fechaOTexto"].type, todo["enteroODecimal"].type) == ("String", "Decimal")
    assert fields(ALTERNATIVES, todo["condicion"].type).keys() == {"a", "b"}


def test_alternatives_have_what_their_parent_has() -> None:
    """Keys that stand beside `oneOf` belong to each alternative."""
    assert [fields(ALTERNATIVES, member).keys() for member in members(ALTERNATIVES, "Partes")] == [
        {"id", "cui"},
        {"id", "nit"},
    ]


def test_a_discriminator_finds_the_kinds_of_a_base() -> None:
    """Schemas that are made from a base with a discriminator are its kinds, at any depth, and the base itself."""
    assert members(ALTERNATIVES, "Animal") == ("Gato", "Perro", "Cachorro", "AnimalBase")
    assert fields(ALTERNATIVES, "Cachorro").keys() == {"clase", "padre", "raza", "meses"}


@pytest.mark.parametrize(
    ("key", "wire", "value"),
    [
        ("expandible", '"123"', {"__typename": "StringValue", "string": "123"}),
        ("expandible", '{"cui": "1"}', {"__typename": "Persona", "cui": "1"}),
        ("uno_o_varios", '["a"]', {"__typename": "StringList", "stringList": ["a"]}),
        ("texto_o_numero", '"7"', {"__typename": "StringValue", "string": "7"}),
        ("texto_o_numero", "7", {"__typename": "LongValue", "long": "7"}),
        ("mezclado", "1", {"__typename": "IntValue", "int": 1}),
        ("mezclado", '"dos"', {"__typename": "TodoMezcladoStringValue", "todoMezcladoString": "DOS"}),
        ("partes", '{"id": "1", "nit": "2"}', {"__typename": "Partes2", "id": "1", "nit": "2"}),
        ("animal", '{"clase": "gata", "vidas": 7}', {"__typename": "Gato", "clase": "gata", "vidas": 7}),
        ("animal", '{"clase": "Perro", "raza": "a"}', {"__typename": "Perro", "clase": "Perro", "raza": "a"}),
        ("animal", '{"clase": "Animal"}', {"__typename": "AnimalBase", "clase": "Animal"}),
    ],
)
def test_alternatives_are_read_and_written_back(key: str, wire: str, value: Any) -> None:
    """Each form is read as its member, and what was read is written as it was."""
    (operation,) = ALTERNATIVES.operations
    found = Readers(ALTERNATIVES).reader(operation.result)(decode(f'{{"{key}": {wire}}}'.encode()))
    assert list(found.values()) == [value]
    written = Writers(ALTERNATIVES).writer(operation.arguments[0])(found)
    assert decode(msgspec.json.encode(written)) == {key: decode(wire.encode())}


def test_words_that_free_and_document() -> None:
    """Free keys are JSON with their values' type in words; one-way members say so; listed numbers are told."""
    description = read("words-of-schemas.yaml")
    found = fields(description, "P")
    assert {name: field.documentation for name, field in found.items() if field.documentation} == {
        "clave": "Only in requests.",
        "leido": "Cuándo\n\nOnly in answers.",
        "numeros": "One of 1, 2.",
        "mapa": "An object whose keys are free; each value is a list of Decimal.",
        "repetido": "Otra vez",
    }
    assert not any(field.is_required for field in found.values())
    assert {name: found[name].type for name in ("sinTipo", "largo", "enBase64", "nulo", "repetido", "patrones")} == {
        "sinTipo": "Decimal",
        "largo": "String",
        "enBase64": "Base64Binary",
        "nulo": "Long",
        "repetido": "E",
        "patrones": "JSON",
    }
    assert (found["nulo"].is_nullable, found["repetido"].is_nullable, found["negado"].default) == (True, True, "b")
    assert texts(description, found["textos"].type) == {
        "_1": "1",
        "TRUE": "true",
        "UNNAMED": "",
        "UNO": "uno",
        "UNO2": "UNO",
    }
    assert fields(description, found["dosVeces"].type)["a"].documentation == "La a"
    assert uncovered(description) == {
        "#/components/schemas/P": "keys beyond the described ones are not offered",
        "#/components/schemas/P/properties/negado/not": "'not' is not looked at",
    }


def test_names_are_readable_and_valid() -> None:
    """Missing, repeated, reserved and foreign names become names of GraphQL that tell what they stand for."""
    description = read("names.yaml")
    assert {operation.code: operation.alias for operation in description.operations} == {
        "consultar": "consultar",
        "postA": "postA",
        "getBById": "getBById",
        "getC": "getC",
        "имя": "iemya",
        "get-d": "getD",
        "getD": "getD2",
        "__": "lowLineLowLine",
    }
    assert [argument.name for argument in description.operations[0].arguments] == [
        "_1o", "x", "unnamed", "anoFiscal", "anoFiscal2",
    ]  # fmt: skip
    names = [argument.name for operation in description.operations for argument in operation.arguments]
    assert all(GRAPHQL_NAME.fullmatch(name) for name in [*names, *description.types])
    assert set(description.types) == {"GetBByIdResult", "GetBByIdResultA"}


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_new_operation_renames_nothing(data: st.DataObject) -> None:
    """Whatever is added to a document, what stood in it keeps its names."""
    root = load((MUSEUM / "names.yaml").read_bytes(), "names.yaml")
    before = {operation.binding["path"]: operation.alias for operation in describe_value(root).operations}
    grown = deepcopy(root)
    path = data.draw(st.sampled_from(["/z", "/a/{id}", "/c/d"]))
    named = data.draw(st.sampled_from(["consultar", "nuevo", None]))
    grown["paths"][path] = {"get": {"responses": {}} | ({"operationId": named} if named else {})}
    after = {operation.binding["path"]: operation.alias for operation in describe_value(grown).operations}
    assert {path: after[path] for path in before} == before


def describe_value(root: dict[str, Any]) -> Any:
    """Describe a document that is already read."""
    return describe(msgspec.json.encode(root), "a.json")


def test_a_schema_that_is_merged_of_itself_ends() -> None:
    """Words beside a reference that leads back make one type, which holds itself."""
    document = b"""
openapi: 3.1.0
paths: {/a: {get: {responses: {200: {content: {application/json: {schema: {$ref: "#/components/schemas/N"}}}}}}}}
components: {schemas: {N: {type: object, properties: {
  hijo: {$ref: "#/components/schemas/N", minProperties: 1},
  hija: {allOf: [{$ref: "#/components/schemas/N"}, {properties: {b: {type: string}}}]}}}}}
"""
    described = describe(document, "a.yaml")
    assert fields(described, "N")["hijo"].type == "NHijo"
    assert set(described.types) == {"N", "NHijo", "NHija", "NHijoHija", "NHijaHijo"}
