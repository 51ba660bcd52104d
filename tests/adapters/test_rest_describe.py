"""Reading OpenAPI documents: every construct typed, every illness refused at its place."""

from copy import deepcopy
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sacbe_adapters.rest.describe import describe
from sacbe_adapters.rest.loading import load
from sacbe_terms.descriptions import Choice, Description, Enumeration, Field, Record, Scalar, from_json, to_json
from sacbe_terms.errors import DescriptionNotReadable, NothingUsable, SacbeError

MUSEUM = Path(__file__).parents[1] / "museum" / "openapi"
DAMAGES: tuple[object, ...] = (None, 0, "", "x", [], [None], {}, {"$ref": "#/"}, {"$ref": 3}, True)
ILL = sorted(path for path in MUSEUM.glob("*.*") if b"must say" in path.read_bytes())
SOUND = [load(path.read_bytes(), path.name) for path in sorted(MUSEUM.glob("*.*")) if b"# read:" in path.read_bytes()]


def museum(name: str) -> Description:
    """Describe a document of the museum."""
    return describe((MUSEUM / name).read_bytes(), f"https://museo.example/docs/{name}")


def fields(description: Description, record: str) -> dict[str, Field]:
    """Give a record's fields by name."""
    named = description.types[record]
    assert isinstance(named, Record)
    return {field.name: field for field in named.fields}


@pytest.mark.parametrize("path", ILL, ids=lambda path: path.stem)
def test_refuses_ill_documents(path: Path) -> None:
    """Each ill document of the museum is refused with the reason that its first line foretells, and a place."""
    document = path.read_bytes()
    foretold = document.partition(b"must say")[2].strip(b'": ').partition(b"\n")[0].partition(b" -->")[0]
    with pytest.raises((DescriptionNotReadable, NothingUsable)) as caught:
        describe(document, path.name)
    assert foretold.partition(b'"')[0].decode() in str(caught.value)
    assert caught.value.where.startswith(path.name)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("not-yaml.yaml", "not-yaml.yaml:3"),
        ("truncated.json", "truncated.json"),
        ("latin-1.yaml", "latin-1.yaml:3"),
    ],
)
def test_says_the_line(name: str, where: str) -> None:
    """A reader of the error finds the place: the line of the text."""
    with pytest.raises(DescriptionNotReadable) as caught:
        describe((MUSEUM / name).read_bytes(), name)
    assert caught.value.where == where


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damaged_documents_never_crash(data: st.DataObject) -> None:
    """A document with any part replaced by anything is described or refused, never more."""
    root = deepcopy(data.draw(st.sampled_from(SOUND)))
    place = root
    for _ in range(data.draw(st.integers(1, 12))):
        if not isinstance(place, dict | list) or not place:
            break
        key = data.draw(st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1))
        if data.draw(st.integers(0, 4)) == 0:
            place[key] = data.draw(
                st.sampled_from([None, 0, "", "x", [], [None], {}, {"$ref": "#/"}, {"$ref": 3}, True])
            )
        place = place[key]
    try:
        described = describe(msgspec.json.encode(root), "dañado")
    except SacbeError:
        return
    assert from_json(to_json(described)) == described


def test_scalars_are_exact() -> None:
    """Integers that may leave 32 bits, numbers and formats become scalars that lose nothing."""
    cosa = fields(museum("constructs.yaml"), "Cosa")
    assert {name: field.type for name, field in cosa.items() if field.type in {*Scalar} and not field.list_depth} == {
        "nombre": "String",
        "entero": "Long",
        "corto": "Int",
        "decimal": "Decimal",
        "doble": "Float",
        "monto": "Decimal",
        "cuando": "DateTime",
        "hora": "Time",
        "lapso": "Duration",
        "foto": "Base64Binary",
        "activo": "Boolean",
        "nulo": "String",
        "nuloViejo": "String",
        "numeros": "Int",
        "libre": "JSON",
        "cualquiera": "JSON",
        "_1erLugar": "String",
    }


def test_required_and_nullable_are_told_apart() -> None:
    """Presence comes from `required`, null from each of its spellings."""
    cosa = fields(museum("constructs.yaml"), "Cosa")
    assert {name for name, field in cosa.items() if field.is_required} == {"nombre", "entero", "dueno"}
    assert {name for name, field in cosa.items() if field.is_nullable} == {"nulo", "nuloViejo", "nuloDeDos", "estado"}
    assert (cosa["matriz"].type, cosa["matriz"].list_depth) == ("Decimal", 2)
    assert (cosa["huecos"].list_depth, cosa["huecos"].items_nullable) == (1, True)


def test_named_types() -> None:
    """Merged objects, enumerations, choices and schemas that hold themselves become named types."""
    description = museum("constructs.yaml")
    cosa = fields(description, "Cosa")
    assert (cosa["padre"].type, cosa["nuloDeDos"].type, cosa["nombre"].documentation) == (
        "Cosa",
        "Nombrado",
        "Cómo se llama",
    )
    estado = description.types[cosa["estado"].type]
    assert isinstance(estado, Enumeration)
    assert [(value.name, value.wire) for value in estado.values] == [
        ("EN_ESPERA", "en espera"),
        ("TRUE", "true"),
        ("LISTO", "listo"),
    ]
    assert description.types["Dueno"] == Choice(
        name="Dueno",
        members=("Persona", "Empresa"),
        discriminator="tipo",
        mapping={"p": "Persona", "e": "Empresa"},
    )


def test_operations() -> None:
    """Operations carry names, documentation, arguments that differ, and faults; reads are told from changes."""
    description = museum("constructs.yaml")
    operations = {operation.code: operation for operation in description.operations}
    assert {code: operation.reads for code, operation in operations.items()} == {
        "get-cosa": True,
        "deleteCosasById": False,
        "buscarCosas": True,
        "texto": True,
        "imagen": True,
    }
    found = operations["get-cosa"]
    assert (found.alias, found.documentation) == ("getCosa", "Una cosa\n\nCon todo lo que tiene.")
    assert [argument.name for argument in found.arguments] == [
        "id", "id2", "xOficina", "sesion", "dias", "claves", "barras", "filtro", "libre",
    ]  # fmt: skip
    assert [(fault.wire, fault.type) for fault in found.faults] == [("404", ""), ("default", "Problema")]
    assert operations["deleteCosasById"].result.name == "done"
    assert (operations["texto"].result.type, operations["imagen"].result.type) == ("String", "Base64Binary")


def test_endpoints() -> None:
    """Servers are given with their variables filled; relative ones are seen from the document."""
    assert museum("constructs.yaml").endpoints == ("https://central.example.gt/api/",)
    relative = b'{"openapi": "3.0.0", "servers": [{"url": "../v2"}], "paths": {"/a": {"get": {"responses": {}}}}}'
    assert describe(relative, "https://a.example/docs/openapi.json").endpoints == ("https://a.example/v2",)
    assert describe(relative, "folder/openapi.json").endpoints == ()


def test_reads_openapi_2() -> None:
    """A 2.0 document gives the same kind of description: bodies, forms, shared parameters, host and base path."""
    description = museum("swagger-2.yaml")
    operations = {operation.code: operation for operation in description.operations}
    assert description.endpoints == ("https://catastro.example.gt/api/v1",)
    assert {code: [argument.name for argument in found.arguments] for code, found in operations.items()} == {
        "consultarFinca": ["finca", "campos", "orden"],
        "actualizarFinca": ["finca", "body"],
        "enviarNota": ["body"],
    }
    assert [(fault.wire, fault.type) for fault in operations["consultarFinca"].faults] == [("404", "Problema")]
    assert fields(description, "Finca")["folio"].is_nullable
    assert operations["enviarNota"].binding["body"] == {
        "argument": "body",
        "as": "form",
        "media": "application/x-www-form-urlencoded",
    }


def test_yaml_texts_stay_texts() -> None:
    """`NO`, `on` and dates without quotes are texts, as YAML 1.2 says."""
    document = b"""
openapi: 3.0.0
paths:
  /a:
    get:
      operationId: a
      responses: {200: {description: a, content: {application/json: {schema: {enum: [NO, on, 2020-01-01]}}}}}
"""
    (enumeration,) = describe(document, "a.yaml").types.values()
    assert isinstance(enumeration, Enumeration)
    assert [value.wire for value in enumeration.values] == ["NO", "on", "2020-01-01"]


@pytest.mark.parametrize("unreadable", ["http://[", "https://[]/v1", "//["])
def test_a_server_that_cannot_be_read_is_none(unreadable: str) -> None:
    """A server whose address is no address is passed over; the document is described all the same."""
    root = {**deepcopy(SOUND[0]), "servers": [{"url": unreadable}, {"url": "https://licencias.example/v1"}]}
    assert describe(msgspec.json.encode(root), "https://licencias.example/openapi.json").endpoints == (
        "https://licencias.example/v1",
    )
