"""From a WSDL to a description: the museum, one document per construct and one per illness."""

import asyncio
import sys
from ipaddress import ip_network
from pathlib import Path

import pytest

from sacbe_adapters.contract import DescriptionSource
from sacbe_adapters.describing import conversation as describing
from sacbe_adapters.soap.adapter import SoapAdapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.descriptions import Enumeration, Place, Record
from sacbe_terms.errors import AdapterError, AddressRefused, DescriptionNotReadable, NothingUsable
from tests.adapters.reading import MUSEUM, read
from tests.adapters.wire import http, saying

ILL: list[tuple[str, type[AdapterError], str, str]] = [
    ("not-xml.wsdl", DescriptionNotReadable, "not an XML document", ":1:1"),
    ("empty.wsdl", DescriptionNotReadable, "empty", "empty.wsdl"),
    ("doctype.wsdl", DescriptionNotReadable, "DOCTYPE", ":4:1"),
    ("web-page.wsdl", DescriptionNotReadable, "web page", ":1"),
    ("cut-off.wsdl", DescriptionNotReadable, "not an XML document", ":5:"),
    ("broken-binding.wsdl", NothingUsable, "None of its operations", ":18"),
    ("import-private-address.wsdl", AddressRefused, "http://127.0.0.1:1/tipos.xsd", ":7"),
    ("import-metadata-address.wsdl", AddressRefused, "private or special", ":7"),
    ("import-outside-folder.wsdl", AddressRefused, "outside the folder", ":7"),
    ("import-missing.wsdl", NothingUsable, "None of its operations", ":7"),
]


def adapter() -> SoapAdapter:
    """An adapter that may go to loopback, so that only the rule about found addresses can refuse it."""
    return SoapAdapter(HttpTransport([ip_network("127.0.0.0/8")]))


@pytest.mark.parametrize(("name", "kind", "words", "place"), ILL)
async def test_says_where_a_document_is_ill(name: str, kind: type[AdapterError], words: str, place: str) -> None:
    """Each illness gives one plain error with file and line, and a way on."""
    with pytest.raises(kind, match=words) as caught:
        await adapter().describe(DescriptionSource(location=str(MUSEUM / name)))
    assert name in caught.value.where
    assert place in caught.value.where
    assert caught.value.hint


async def test_an_import_by_private_address_reaches_nobody(tmp_path: Path) -> None:
    """The server that a document's import points to hears nothing, though the operator may go there."""
    async with saying(http(b"<a/>")) as wire:
        ill = (MUSEUM / "import-private-address.wsdl").read_text().replace(":1/", f":{wire.port}/")
        (tmp_path / "ill.wsdl").write_text(ill)
        with pytest.raises(AddressRefused):
            await adapter().describe(DescriptionSource(location=str(tmp_path / "ill.wsdl")))
    assert wire.heard == []


async def test_reads_a_document_by_address() -> None:
    """A WSDL that an operator names inside the allowed networks is fetched, read and pinned."""
    async with saying(http((MUSEUM / "registry.wsdl").read_bytes())) as wire:
        description = await adapter().describe(DescriptionSource(location=wire.address))
    assert [source.location for source in description.sources] == [wire.address]
    assert description.operations == read(MUSEUM / "registry.wsdl").operations


async def test_the_worker_ends_at_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that is never fetched to its end costs at most the time limit, and no process stays."""
    monkeypatch.setattr(describing, "DESCRIBE_SECONDS_MAX", 1.5)
    async with saying(b"") as wire:
        with pytest.raises(DescriptionNotReadable, match="longer than"):
            await adapter().describe(DescriptionSource(location=wire.address))


async def test_the_worker_sees_nothing_of_the_node(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reading process has none of the node's settings."""
    monkeypatch.setenv("SACBE_SECRET", "hunter2")
    async with describing._worker("sacbe_adapters.soap.reader") as worker:
        environment = Path(f"/proc/{worker.pid}/environ")
        if sys.platform == "linux":
            await asyncio.sleep(0.05)
            assert b"hunter2" not in await asyncio.to_thread(environment.read_bytes)


def test_circles_are_read_once() -> None:
    """Documents that import each other in a circle register."""
    description = read(MUSEUM / "import-circular.wsdl")
    assert [operation.code for operation in description.operations] == ["consultar"]
    assert len(description.sources) == 3


def test_every_construct_has_its_form() -> None:
    """Types, lists, attributes, choices, nil, arrays and enumerations come out as the standard means them."""
    description = read(MUSEUM / "registry.wsdl")
    person = description.record("Persona")
    assert person is not None
    fields = {field.name: field for field in person.fields}
    assert (fields["cui"].wire, fields["cui"].documentation) == ("{urn:museum:people}cui", "Código único.")
    assert (fields["version"].place, fields["version"].is_required) == (Place.ATTRIBUTE, True)
    assert (fields["folio"].type, fields["saldo"].type) == ("Long", "Monto")
    assert (fields["estadoCivil"].is_required, fields["estadoCivil"].is_nullable) == (True, True)
    assert (fields["apodo"].list_depth, fields["codigos"].wire_type) == (1, "list xs:int")
    assert not fields["telefono"].is_required
    assert (fields["padres"].type, fields["padres"].list_depth) == ("Persona", 1)
    assert fields["any"].type == "XML"
    state = description.types["EstadoCivil"]
    assert isinstance(state, Enumeration)
    assert [(value.name, value.wire) for value in state.values][2] == ("UNION_DE_HECHO", "unión de hecho")
    money = description.types["Monto"]
    assert isinstance(money, Record)
    assert [(field.name, field.place, field.default) for field in money.fields] == [
        ("value", Place.TEXT, None),
        ("moneda", Place.ATTRIBUTE, "GTQ"),
    ]


def test_operations_say_what_they_are() -> None:
    """Wrappers are taken off, results are unwrapped, reads are guessed, faults and documentation kept."""
    by_code = {operation.code: operation for operation in read(MUSEUM / "registry.wsdl").operations}
    ask, enter = by_code["consultarPersona"], by_code["inscribirPersona"]
    assert ([field.name for field in ask.arguments], ask.result.type, ask.reads) == (["cui"], "Persona", True)
    assert ([field.name for field in enter.arguments], enter.reads) == (["persona", "nota"], False)
    assert enter.result.type == "InscribirPersonaResponse"
    assert ask.documentation == "Da una persona por su código único."
    assert [(fault.name, fault.wire) for fault in ask.faults] == [("noExiste", "{urn:museum:registry}noExiste")]
    assert by_code["listarPersonas"].result.items_nullable
    assert (by_code["contar"].result.type, by_code["contar"].arguments[0].name) == ("Long", "contar")


def test_ports_of_one_service_are_one_set() -> None:
    """Two ports of one port type give each operation once, by the first port, and both addresses."""
    description = read(MUSEUM / "registry.wsdl")
    assert len(description.operations) == 4
    assert {operation.binding["soap"] for operation in description.operations} == {"1.1"}
    assert len(description.endpoints) == 2
    assert description.uncovered == ()


def _schema(body: str, folder: Path) -> Path:
    """The museum's circular document's sane sibling with other types inside."""
    text = (MUSEUM / "import-missing.wsdl").read_text()
    start, end = text.index("      <xs:import"), text.index("    </xs:schema>")
    path = folder / "types.wsdl"
    path.write_text(text[:start] + body + text[end:])
    return path


ANSWER = (
    '<xs:element name="consultarResponse"><xs:complexType><xs:sequence>{}</xs:sequence></xs:complexType></xs:element>'
)
ASK = '<xs:element name="consultar"><xs:complexType/></xs:element>'


SUBSTITUTION = """
<xs:element name="h" abstract="true"/>
<xs:element name="a" type="xs:int" substitutionGroup="tns:h"/>
<xs:element name="b" type="xs:date" substitutionGroup="tns:a"/>
"""
GROUP = """
<xs:group name="g"><xs:choice>
  <xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/>
</xs:choice></xs:group>
"""
UNION = '<xs:simpleType name="u"><xs:union memberTypes="xs:int xs:date"/></xs:simpleType>'
NOT_IN_FIELDS = """
<xs:complexType name="m" mixed="true"><xs:sequence><xs:any/></xs:sequence></xs:complexType>
<xs:complexType name="e"/>
<xs:complexType name="s" abstract="true"/>
"""
RESTRICTION = """
<xs:complexType name="base">
  <xs:sequence><xs:element name="a" type="xs:int"/><xs:element name="b" type="xs:int"/></xs:sequence>
  <xs:attribute name="c" type="xs:int"/>
</xs:complexType>
<xs:complexType name="r"><xs:complexContent><xs:restriction base="tns:base">
  <xs:sequence><xs:element name="a" type="xs:int"/></xs:sequence>
</xs:restriction></xs:complexContent></xs:complexType>
"""


def _elements(*told: str) -> str:
    return "".join(f"<xs:element {element}/>" for element in told)


@pytest.mark.parametrize(
    ("types", "answer", "expected"),
    [
        (SUBSTITUTION, _elements('ref="tns:h"'), [("a", "Int", 0, False), ("b", "Date", 0, False)]),
        (GROUP, '<xs:group ref="tns:g" maxOccurs="3"/>', [("a", "Int", 1, False), ("b", "Int", 1, False)]),
        (
            UNION,
            _elements('name="a" type="tns:u"', 'name="b" type="xs:NMTOKENS"'),
            [("a", "String", 0, True), ("b", "String", 1, True)],
        ),
        (
            NOT_IN_FIELDS,
            _elements('name="a" type="tns:m"', 'name="b" type="tns:e"', 'name="c" type="tns:s"', 'name="d"'),
            [(name, "XML", 0, True) for name in "abcd"],
        ),
        (
            "",
            _elements('name="a" type="xs:int"', 'name="b" type="xs:int"', 'name="a" type="xs:int"'),
            [("a", "Int", 1, True), ("b", "Int", 0, True)],
        ),
        (
            "",
            _elements('name="a" maxOccurs="0"', 'name="A-b" type="xs:int"', 'name="aB" type="xs:int"'),
            [("aB", "Int", 0, True), ("aB2", "Int", 0, True)],
        ),
        (
            RESTRICTION,
            _elements('name="z" type="tns:r"', 'name="y" type="tns:base"'),
            [("z", "R", 0, True), ("y", "Base", 0, True)],
        ),
    ],
)
def test_rarer_constructs(tmp_path: Path, types: str, answer: str, expected: list[tuple[str, str, int, bool]]) -> None:
    """Substitution, groups, unions, mixed and empty content, repeated names and restriction come out right."""
    description = read(_schema(types + ASK + ANSWER.format(answer), tmp_path))
    result = description.operations[0].result
    record = description.record(result.type)
    fields = record.fields if record is not None and result.name == "consultarResponse" else (result,)
    assert [(field.name, field.type, field.list_depth, field.is_required) for field in fields] == expected


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (ASK + ANSWER.format('<xs:element name="a" type="tns:falta"/>'), "'{urn:museum:ill}falta'"),
        (ASK + ANSWER.format('<xs:element ref="tns:falta"/>'), "'{urn:museum:ill}falta'"),
        (ASK + ANSWER.format('<xs:element name="a" type="zz:falta"/>'), "prefix of 'zz:falta'"),
        (ASK + ANSWER.format('<xs:element name="a" type="xs:no"/>'), "no type 'no'"),
        (ASK, "consultarResponse"),
        ('<xs:complexType name="a"><xs:complexContent><xs:extension base="tns:a"/></xs:complexContent></xs:complexType>'
         + ASK + ANSWER.format('<xs:element name="a" type="tns:a"/><xs:element name="b" type="xs:int"/>'),
         "made of themselves"),
        ('<xs:group name="g"><xs:sequence><xs:group ref="tns:g"/></xs:sequence></xs:group>'
         + ASK + ANSWER.format('<xs:group ref="tns:g"/>'), "made of themselves"),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_told_with_its_place(tmp_path: Path, body: str, words: str) -> None:
    """A name that is defined nowhere costs its operation, with the line that names it, and nothing else."""
    description = read(_schema(body, tmp_path))
    assert description.operations == ()
    assert words in description.uncovered[0].reason
    assert description.uncovered[0].where.partition(".wsdl:")[2].isdecimal()


def test_what_is_redefined_counts_everywhere() -> None:
    """A redefinition takes in what it redefines, and every use of the name means it."""
    description = read(MUSEUM / "redefining.wsdl")
    assert description.uncovered == ()
    house = description.record(description.operations[0].result.type)
    person = description.record("Persona")
    assert house is not None
    assert person is not None
    assert [field.name for field in house.fields] == ["calle", "zona", "persona", "version", "origen"]
    assert [field.name for field in person.fields] == ["nombre", "apellido"]
    names = description.types[person.fields[0].type]
    assert isinstance(names, Enumeration)
    assert [value.wire for value in names.values] == ["Ana", "Eva"]


def test_overloads_have_names_that_stay() -> None:
    """The first of a name has it alone, others their input's after it; another service's its service's before it."""
    operations = read(MUSEUM / "overloaded.wsdl").operations
    assert [(operation.code, operation.alias, operation.arguments[0].name if operation.arguments else "")
            for operation in operations] == [
        ("avisar", "avisar", ""),
        ("buscar", "buscar", "cui"),
        ("buscar.porNombre", "buscarPorNombre", "nombre"),
        ("buscar.porFecha", "buscarPorFecha", "fecha"),
        ("Segundo.avisar", "segundoAvisar", ""),
    ]  # fmt: skip
    assert [operation.binding["action"] for operation in operations[1:4]] == [
        "urn:porCui",
        "urn:porNombre",
        "urn:buscar",
    ]
    assert {str(operation.binding["request"]) for operation in operations[1:4]} == {"{urn:museum:overloaded}buscar"}


def test_an_element_stands_for_a_message_that_is_missing(tmp_path: Path) -> None:
    """A message that is defined nowhere is the element of its name, and this is told; without one it is missed."""
    text = (MUSEUM / "registry.wsdl").read_text()
    for wanted, count in (("tns:contar", 4), ("tns:falta", 3)):
        path = tmp_path / f"{count}.wsdl"
        path.write_text(text.replace('message="tns:contarIn"', f'message="{wanted}"'))
        description = read(path)
        assert len(description.operations) == count
        assert f"'{wanted}' is" in description.uncovered[0].reason


def test_a_binding_needs_no_service(tmp_path: Path) -> None:
    """A document that leaves services to others offers its first SOAP binding, and no address."""
    text = (MUSEUM / "registry.wsdl").read_text()
    path = tmp_path / "interface.wsdl"
    start, end = text.index("  <wsdl:service"), text.index("</wsdl:definitions>")
    path.write_text(text[:start] + text[end:])
    description = read(path)
    assert [operation.code for operation in description.operations] == [
        operation.code for operation in read(MUSEUM / "registry.wsdl").operations
    ]
    assert (description.endpoints, description.uncovered) == ((), ())
