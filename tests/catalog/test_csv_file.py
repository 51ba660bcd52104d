"""Services in CSV: what a spreadsheet saves is read, what is wrong is located, nothing is half read."""

import csv
import io

import pytest
from hypothesis import given, settings

from sacbe_catalog import csv_file, field_mapping
from sacbe_catalog.field_mapping import SERVICE_FIELDS, FieldMapping
from sacbe_catalog.lookups import Lookups, find
from sacbe_catalog.records import Catalogue, Institution, PublicService
from sacbe_terms.errors import ImportRefused, Problem
from tests.catalog.catalogues import representative, words
from tests.catalog.graphs import MUSEUM

KNOWN = Lookups.of(representative())


def _read(data: bytes | str, mapping: FieldMapping | None = None) -> Catalogue:
    return csv_file.read(data.encode() if isinstance(data, str) else data, file="s.csv", lookups=KNOWN, mapping=mapping)


def _problems(data: bytes | str, mapping: FieldMapping | None = None) -> list[Problem]:
    with pytest.raises(ImportRefused) as refused:
        _read(data, mapping)
    return list(refused.value.problems)


def _row(**cells: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(SERVICE_FIELDS)
    filled = {"id": "uno", "title": "Servicio uno", "institution": "renap"} | cells
    writer.writerow([filled.get(name, "") for name in SERVICE_FIELDS])
    return out.getvalue()


def _one(**cells: str) -> PublicService:
    return _read(_row(**cells)).services[0]


def test_every_column_is_read() -> None:
    """Each column of the header fills its field of the record."""
    service = _one(
        description="Para identificarse.",
        requirements="Recibo de pago|Certificado de nacimiento",
        cost_amount="1,100.00",
        cost_currency="GTQ",
        cost_text="por vez",
        processing_time="P30D",
        channels="En línea|Citas: https://renap.example/citas|info@renap.example|+502 2416 1900|Agencia central",
        life_events="Cumplir 18 años",
        audience="citizens|foreigners",
        keywords="dpi|cédula",
        legal_basis="Decreto 90-2005, Ley del RENAP|Decreto 1-2030",
    )
    assert service.description == {"es": "Para identificarse."}
    assert [one.title["es"] for one in service.requirements] == ["Recibo de pago", "Certificado de nacimiento"]
    assert (service.costs[0].amount, service.costs[0].currency) == ("1100.00", "GTQ")
    assert service.costs[0].description == {"es": "por vez"}
    assert service.processing_time == "P30D"
    assert [one.kind for one in service.channels] == ["online", "online", "email", "phone", "office"]
    assert service.channels[1].title == {"es": "Citas"}
    assert service.channels[1].url == "https://renap.example/citas"
    assert service.events == ("mayoria-de-edad",)
    assert service.audiences == ("citizens", "foreigners")
    assert service.keywords == {"es": ("dpi", "cédula")}
    assert service.legal_resources == ("decreto-90-2005", "decreto-1-2030")


def test_a_norm_that_is_not_known_comes_along() -> None:
    """A norm named in a row and not in the catalogue is a record of the file; a known one is not stated anew."""
    catalogue = _read(_row(legal_basis="Decreto 5-2021|Decreto 1-2030"))
    assert [norm.title for norm in catalogue.legal_resources] == [{"es": "Decreto 1-2030"}]


@pytest.mark.parametrize(
    "name", ["renap", "RENAP", "Registro Nacional de las Personas", "registro nacional de las personas"]
)
def test_institutions_are_known_by_any_name(name: str) -> None:
    """An institution is named by its identifier, acronym or title, whatever the case and accents."""
    assert _one(institution=name).institutions == ("renap",)


def test_a_name_that_two_share_names_neither() -> None:
    """Two institutions of one name are told apart by identifier or acronym only; nothing is guessed."""
    twins = tuple(
        Institution(identifier=name, title={"es": "Registro"}, acronym=name.upper()) for name in ("uno", "dos")
    )
    known = Lookups.of(Catalogue(institutions=twins))
    assert find(known.institutions, "registro") == ""
    assert [find(known.institutions, name) for name in ("Uno", "DOS")] == ["uno", "dos"]


def test_three_wrong_rows_give_three_problems() -> None:
    """All rows are looked at before anything is given back, and each finding has its row and field."""
    problems = _problems((MUSEUM / "three-wrong-rows.csv").read_bytes())
    assert [(problem.where, problem.field) for problem in problems] == [
        ("s.csv: row 3", "institution"),
        ("s.csv: row 4", "cost_amount"),
        ("s.csv: row 5", "title"),
    ]
    assert all(problem.hint for problem in problems)


def test_placeholders_are_no_values() -> None:
    """ "Pendiente" and its like are taken for nothing, also within a list."""
    (service,) = _read((MUSEUM / "placeholders.csv").read_bytes()).services
    assert service == PublicService(
        identifier="uno",
        title={"es": "Servicio uno"},
        description={},
        institutions=("renap",),
        requirements=service.requirements,
        keywords={"es": ("dpi",)},
    )
    assert [one.title["es"] for one in service.requirements] == ["DPI"]


def test_windows_1252_with_semicolons_is_read() -> None:
    """What a spreadsheet saves where nobody chose an encoding is read right: ñ, ó and the euro sign."""
    (service,) = _read((MUSEUM / "latin1.csv").read_bytes()).services
    assert (service.identifier, service.title["es"]) == ("niñez", "Atención a la niñez")
    assert service.description == {"es": "Años € 1"}


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    """UTF-8 with BOM is read like UTF-8."""
    assert _read(b"\xef\xbb\xbf" + _row().encode()) == _read(_row())


@pytest.mark.parametrize(
    ("data", "where", "reason"),
    [
        (b"", "s.csv", "is empty"),
        ((MUSEUM / "unclosed-quote.csv").read_bytes(), "s.csv: line", "not CSV"),
        ("id,title,institution\n".encode("utf-16"), "s.csv", "not text in UTF-8"),
        (b"id,title,institution\n\x81,a,b\n\xff", "s.csv: byte 21", "neither UTF-8 nor windows-1252"),
        (b"id,titel,institution\n", "s.csv: row 1", "not a known column"),
        (b"id,title,title,institution\n", "s.csv: row 1", "stands twice"),
        (b"id,title,institution\na,b\n", "s.csv: row 2", "has 2 cells, and the header 3"),
        (b"id,title\na,b\n", "s.csv", "has no column 'institution'"),
    ],
)
def test_files_of_a_wrong_form_are_located(data: bytes, where: str, reason: str) -> None:
    """A file that is not such a table is refused, saying where and what."""
    problem = _problems(data)[0]
    assert problem.where.startswith(where)
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"cost_amount": "100,50", "cost_currency": "GTQ"}, "cost_amount"),
        ({"cost_amount": "-5", "cost_currency": "GTQ"}, "cost_amount"),
        ({"cost_amount": "100"}, "cost_currency"),
        ({"cost_amount": "100", "cost_currency": "XYZ"}, "cost_currency"),
        ({"life_events": "Nadie sabe"}, "life_events"),
        ({"audience": "marcianos"}, "audience"),
        ({"id": ""}, "id"),
        ({"institution": ""}, "institution"),
    ],
)
def test_wrong_cells_are_located(cells: dict[str, str], field: str) -> None:
    """A cell that is not what its column takes is a finding of that field in row 2."""
    (problem,) = _problems(_row(**cells))
    assert (problem.where, problem.field) == ("s.csv: row 2", field)


def test_an_identifier_stands_once() -> None:
    """Two rows with one identifier are refused, naming both rows."""
    (problem,) = _problems("id,title,institution\na,A,renap\na,B,renap\n")
    assert problem.where == "s.csv: row 3"
    assert "row 2" in problem.reason


def test_free_of_charge_is_a_cost_of_nothing() -> None:
    """ "Gratuito" is an amount of 0, and needs no currency."""
    assert _one(cost_amount="Gratuito").costs[0].amount == "0"


def test_other_headers_come_through_a_mapping() -> None:
    """A file with other headers is read through a mapping; what the mapping does not name is not read."""
    mapping = field_mapping.read(
        b'{"kind": "services", "fields": {"title": "nombre", "institution": "entidad", "audience": "para"},'
        b' "values": {"audience": {"todos": "citizens"}}}',
        file="m.json",
    )
    (service,) = _read("nombre;entidad;para;color\nSacar DPI;RENAP;todos;azul\n", mapping).services
    assert (service.identifier, service.institutions, service.audiences) == ("sacar-dpi", ("renap",), ("citizens",))
    (problem,) = _problems("nombre;entidad\nSacar DPI;RENAP\n", mapping)
    assert problem.field == "audience"


def test_a_wrong_mapping_is_located() -> None:
    """A mapping that names unknown fields, or is no mapping, is refused with each of them."""
    for data, field in ((b'{"kind": "services", "fields": {"title": "a", "titulo": "b"}}', "titulo"), (b"[]", "")):
        with pytest.raises(ImportRefused) as refused:
            field_mapping.read(data, file="m.json")
        assert [problem.field for problem in refused.value.problems] == [field]


@settings(max_examples=100, deadline=None)
@given(title=words, description=words, keyword=words)
def test_texts_come_back_from_csv(title: str, description: str, keyword: str) -> None:
    """What a cell can say comes back: any text, but for outer spaces, the list separator and placeholders."""
    service = PublicService(
        identifier="uno",
        title={"es": f"Título {title}."},
        description={"es": f"=D {description}."},
        institutions=("renap",),
        keywords={"es": (f"k{keyword}.".replace("|", "¦"),)},
    )
    assert _read(csv_file.write(Catalogue(services=(service,)))).services == (service,)


def test_an_export_is_read_again() -> None:
    """What the catalogue writes as CSV it reads, and writing that says the same to the next reader."""
    data = csv_file.write(representative())
    once = _read(data)
    assert [service.identifier for service in once.services] == [one.identifier for one in representative().services]
    assert once.services[0].legal_resources == ("decreto-90-2005",)
    assert _read(csv_file.write(once)) == once


def test_a_spreadsheet_runs_no_cell() -> None:
    """A text that a spreadsheet would run as a formula is written behind an apostrophe, and read without it."""
    service = PublicService(identifier="uno", title={"es": "=1+1"}, description={}, institutions=("renap",))
    data = csv_file.write(Catalogue(services=(service,)))
    assert b",'=1+1," in data
    assert _read(data).services[0].title == {"es": "=1+1"}


def test_pieces_hold_together_what_the_whole_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each service once, each norm with the first that names it, as often as they are gone through."""
    data = csv_file.write(representative())
    monkeypatch.setattr(csv_file, "SERVICES_OF_PAGE", 3)
    pages = csv_file.Pages(data, file="s.csv", lookups=KNOWN)
    first, again, whole = list(pages), list(pages), _read(data)
    assert first == again
    assert [len(page.services) for page in first] == [3, 3, 2]
    assert pages.services == len(whole.services)
    by_name = sorted((one for page in first for one in page.services), key=lambda one: one.identifier)
    assert tuple(by_name) == whole.services
    assert sorted(one.identifier for page in first for one in page.legal_resources) == [
        one.identifier for one in whole.legal_resources
    ]


def test_a_fault_in_the_last_row_is_told_before_any_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    """All or nothing begins with looking at everything."""
    monkeypatch.setattr(csv_file, "SERVICES_OF_PAGE", 1)
    data = _row() + "dos,Servicio dos,nadie" + "," * (len(SERVICE_FIELDS) - 3) + "\r\n"
    with pytest.raises(ImportRefused) as refused:
        csv_file.Pages(data.encode(), file="s.csv", lookups=KNOWN)
    assert [problem.where for problem in refused.value.problems] == ["s.csv: row 3"]
