"""Documents as they stand in the field: each museum piece has one oddness, and registers whole."""

from pathlib import Path

import pytest

from sacbe_adapters.soap import bundle, operations, second_reader
from sacbe_adapters.soap.codec import Codec
from sacbe_adapters.soap.second_reader import agreed
from sacbe_adapters.transport import HttpReply
from sacbe_terms.descriptions import Choice, Description, Place, Scalar
from sacbe_terms.errors import ReplyBreaksContract
from tests.adapters.reading import MUSEUM, NAME, read

LOOSE = MUSEUM / "loose-names.wsdl"


def described(name: str) -> Description:
    """What both readers give of a museum piece."""
    loaded = bundle.load(str(MUSEUM / name), lambda location, _: Path(location).read_bytes())
    return agreed(loaded, operations.describe(loaded))


def codec(name: str, code: str) -> Codec:
    """The codec of one operation of a museum piece."""
    description = read(MUSEUM / name)
    operation = description.operation(code)
    assert operation is not None
    return Codec(description, operation)


def replied(inside: str, namespace: str) -> HttpReply:
    """A reply with this Body."""
    body = (
        f'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns="{namespace}" xmlns:m="{namespace}" '
        f'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><e:Body>{inside}</e:Body></e:Envelope>'
    )
    return HttpReply(status=200, headers={"content-type": "text/xml"}, body=body.encode())


def test_an_imported_schema_that_nothing_needs_may_be_missing() -> None:
    """The rest is offered, and the import is told with its line."""
    description = read(MUSEUM / "import-unneeded.wsdl")
    assert [operation.code for operation in description.operations] == ["consultar"]
    assert [entry.where.rpartition("/")[2] for entry in description.uncovered] == ["import-unneeded.wsdl:8"]
    assert "no-esta.xsd" in description.uncovered[0].reason


def test_bindings_that_no_port_leads_to_are_offered() -> None:
    """Both bindings are, at the address of the port that leads nowhere, and all of it is told."""
    description = described("portless-bindings.wsdl")
    assert [operation.code for operation in description.operations] == ["consultar", "avisar"]
    assert description.endpoints == ("https://portless.museum.example/",)
    assert [entry.where.rpartition(":")[2] for entry in description.uncovered] == ["41", "24", "32"]


def test_a_part_that_the_message_has_not_is_told() -> None:
    """The message's own parts stand in the Body, but for those that are headers."""
    description = described("part-misnamed.wsdl")
    (operation,) = description.operations
    assert [field.name for field in operation.arguments] == ["texto", "sesion"]
    assert str(operation.binding["request"]) == "{urn:museum:misnamed}consultar"
    assert ["'entrada'" in entry.reason or "'salida'" in entry.reason for entry in description.uncovered] == [True] * 2


def test_a_part_without_a_type_is_the_element_itself() -> None:
    """Nothing of it is lost, though nobody says what it is."""
    reader = codec("part-without-type.wsdl", "consultar")
    inside = '<m:consultarResponse><respuesta xmlns="" a="1"><x/>tail</respuesta></m:consultarResponse>'
    value = str(reader.decode(NAME, replied(inside, "urn:museum:untyped")))
    assert value.startswith("<respuesta ")
    assert value.endswith(' a="1"><x/>tail</respuesta>')


def test_attachments_stand_beside_a_value() -> None:
    """An element that is one text is a field beside the parts that the binding names."""
    (operation,) = described("attachment-beside-value.wsdl").operations
    assert [(field.name, field.type) for field in operation.arguments] == [
        ("texto", Scalar.STRING),
        ("plano", Scalar.BASE64),
    ]
    reader = codec("attachment-beside-value.wsdl", "guardar")
    message, parts = reader.attachments.taken_out(reader.encode(NAME, {"texto": "a", "plano": "YQ=="}))
    assert b"<n1:texto>a</n1:texto></s:Body>" in message
    assert [part.data for part in parts] == [b"a"]


def test_well_known_schemas_are_known_offline() -> None:
    """Addresses, signatures and security tokens that schemas refer to are typed, and nothing is fetched."""

    def fetch(location: str, named_at: str) -> bytes:
        assert not location.startswith("http"), f"{named_at} fetches {location}"
        return Path(location).read_bytes()

    description = operations.describe(bundle.load(str(MUSEUM / "well-known-imports.wsdl"), fetch))
    (operation,) = description.operations
    assert [(field.name, field.type) for field in operation.arguments] == [
        ("adonde", "EndpointReferenceType"),
        ("replyTo", "EndpointReferenceType2"),
        ("mustUnderstand", Scalar.BOOLEAN),
    ]
    signature = description.record("SignatureType")
    assert signature is not None
    assert [field.name for field in signature.fields] == ["signedInfo", "signatureValue", "keyInfo", "object", "id"]


@pytest.mark.parametrize(
    ("code", "inside", "value"),
    [
        (
            "inscribir",
            '<inscribirResponse i:type="m:Finca"><folio>1</folio><area>2.50</area></inscribirResponse>',
            {"__typename": "Finca", "folio": "1", "area": "2.50"},
        ),
        (
            "buscar",
            '<buscarResponse i:type="m:Empresa"><nombre>A</nombre><nit>0012</nit></buscarResponse>',
            {"__typename": "Empresa", "nombre": "A", "nit": "0012"},
        ),
        (
            "buscar",
            "<buscarResponse><nombre>A</nombre></buscarResponse>",
            {"__typename": "Persona", "nombre": "A"},
        ),
    ],
)
def test_the_root_of_a_message_says_its_type(code: str, inside: str, value: object) -> None:
    """A reply's own element may be of a type that derives from the declared one, and is read as that."""
    description = described("roots-with-heirs.wsdl")
    operation = description.operation(code)
    assert operation is not None
    assert isinstance(description.types[operation.result.type], Choice)
    assert codec("roots-with-heirs.wsdl", code).decode(NAME, replied(inside, "urn:museum:roots")) == value


def test_a_request_says_the_type_of_its_root() -> None:
    """What is sent tells its type where it is another than the declared one, and only there."""
    heir = {"__typename": "Empresa", "nombre": "A", "nit": "1"}
    written = codec("roots-with-heirs.wsdl", "buscar").encode(NAME, {"buscar": heir})
    assert b'<n1:buscar xsi:type="n1:Empresa"><n1:nombre>A</n1:nombre><n1:nit>1</n1:nit></n1:buscar>' in written
    plain = codec("roots-with-heirs.wsdl", "buscar").encode(NAME, {"buscar": {"__typename": "Persona", "nombre": "A"}})
    assert b"<n1:buscar><n1:nombre>A</n1:nombre></n1:buscar>" in plain


def test_a_root_of_a_strange_type_breaks_the_contract() -> None:
    """A type that the description does not have in this place is refused with its place."""
    inside = '<buscarResponse i:type="m:Otra"><nombre>A</nombre></buscarResponse>'
    with pytest.raises(ReplyBreaksContract, match="of a type that the description does not have"):
        codec("roots-with-heirs.wsdl", "buscar").decode(NAME, replied(inside, "urn:museum:roots"))


def test_white_space_around_names_means_nothing() -> None:
    """Names, references, numbers and addresses are read without the white space around them; defaults keep theirs."""
    operation = read(LOOSE).operation("consultar")
    assert operation is not None
    cui, state, source = operation.arguments
    assert (cui.wire, cui.type, cui.is_required) == ("{urn:museum:loose}cui", "String", False)
    assert (state.name, state.default) == ("estado", " sin dato ")
    assert (source.wire, source.place, source.is_required) == ("fuente", Place.ATTRIBUTE, True)
    assert (operation.binding["action"], operation.binding["request"]) == (
        "urn:consultar",
        "{urn:museum:loose}consultar",
    )
    assert read(LOOSE).endpoints == ("http://127.0.0.1:1/",)


def test_the_second_reader_sees_no_white_space_either() -> None:
    """zeep takes nothing off names, so it is given the document without: it has an opinion, and it is ours."""
    loaded = bundle.load(str(LOOSE), lambda location, _: Path(location).read_bytes())
    request, _ = second_reader._other_reading(loaded)["consultar"]
    assert request == ("{urn:museum:loose}consultar", frozenset({"{urn:museum:loose}cui", "{urn:museum:loose}estado"}))


def test_a_name_that_xml_does_not_allow_costs_its_operation() -> None:
    """What could never be written on the wire is told at its place, and the rest is offered."""
    description = described("name-not-allowed.wsdl")
    assert [operation.code for operation in description.operations] == ["consultar"]
    places = {entry.where.rpartition(":")[2]: entry.reason for entry in description.uncovered}
    assert places == {
        "11": "anotar: 'dos palabras' is no name that XML allows",
        "18": "partir: '1er apellido' is no name that XML allows",
    }


def test_a_text_with_attributes_is_a_whole_message() -> None:
    """Both readers agree on a message whose element has a text and attributes."""
    description = described("loose-names.wsdl")
    operation = description.operation("consultar")
    assert operation is not None
    record = description.record(operation.result.type)
    assert record is not None
    assert [(field.name, field.place) for field in record.fields] == [
        ("value", Place.TEXT),
        ("moneda", Place.ATTRIBUTE),
    ]


def test_a_choice_with_a_type_without_fields_is_xml() -> None:
    """The element itself is given where its type may hold nothing that fields could tell; others keep their fields."""
    description = described("empty-members.wsdl")
    (operation,) = description.operations
    assert [(field.name, field.type) for field in operation.arguments] == [
        ("documento", "XML"),
        ("recibo", "Recibo"),
        ("suelto", "String"),
    ]
    assert (operation.result.type, operation.result.list_depth) == ("XML", 1)
    assert not any(isinstance(named, Choice) for named in description.types.values())
    inside = '<guardado><documentos xmlns:x="urn:x" x:a="1"/><documentos/></guardado>'
    value = codec("empty-members.wsdl", "guardar").decode(NAME, replied(inside, "urn:museum:members"))
    assert isinstance(value, list)
    assert [str(one).startswith("<documentos") for one in value] == [True, True]


def test_a_substitution_group_that_leads_nowhere_is_told() -> None:
    """The element stands for itself, and its line is told."""
    (told,) = described("empty-members.wsdl").uncovered
    assert told.where.endswith("empty-members.wsdl:14")
    assert "nadie:cabeza" in told.reason


def test_parts_whose_names_are_one_are_told_apart() -> None:
    """Both are arguments and members of the result, under names of their own; another address is told with its line."""
    description = described("colliding-parts.wsdl")
    (operation,) = description.operations
    assert [(field.name, field.wire) for field in operation.arguments] == [("id", "Id"), ("id2", "id")]
    record = description.record(operation.result.type)
    assert record is not None
    assert [(field.name, field.wire) for field in record.fields] == [
        ("valorUno", "valor_uno"),
        ("valorUno2", "valorUno"),
    ]
    assert [entry.where.rpartition("/")[2] for entry in description.uncovered] == ["colliding-parts.wsdl:15"]
