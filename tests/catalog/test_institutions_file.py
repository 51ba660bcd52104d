"""Lists of institutions that others keep, read through a mapping."""

import pytest

from sacbe_catalog import field_mapping, institutions_file
from sacbe_catalog.institutions_file import split_acronym
from sacbe_catalog.lookups import Lookups
from sacbe_catalog.records import Catalogue, ContactPoint
from sacbe_terms.errors import ImportRefused
from tests.catalog.catalogues import representative
from tests.catalog.graphs import conformance_data

KNOWN = Lookups.of(representative())
MAPPING = field_mapping.read(
    b"""{"kind": "institutions",
    "fields": {"title": "name", "kind": "type", "description": "description", "address": "address",
               "homepage": "webpage", "email": "email", "opening_hours": "schedule"},
    "values": {"kind": {"Ministerio": "ministry", "Registro": "registry"}}}""",
    file="m.json",
)
HEADER = "name,type,description,address,webpage,email,schedule\n"


def _read(data: str) -> Catalogue:
    return institutions_file.read(data.encode(), file="i", lookups=KNOWN, mapping=MAPPING)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Comisión Portuaria Nacional -CPN-", ("Comisión Portuaria Nacional", "CPN")),
        ("Ministerio de Ambiente  -MARN-", ("Ministerio de Ambiente", "MARN")),
        ("Secretaría Ejecutiva - SECCATID -", ("Secretaría Ejecutiva", "SECCATID")),
        ("Registro Nacional (RENAP)", ("Registro Nacional", "RENAP")),
        ("Gobernación Departamental de Zacapa", ("Gobernación Departamental de Zacapa", "")),
        ("Instituto (en formación)", ("Instituto (en formación)", "")),
        ("Decreto 90-2005", ("Decreto 90-2005", "")),
    ],
)
def test_acronyms_are_taken_out_of_names(name: str, parts: tuple[str, str]) -> None:
    """An acronym that ends a name is the acronym, and the name is without it; nothing else is cut off."""
    assert split_acronym(name) == parts


def test_csv_and_json_say_the_same() -> None:
    """A list is the same in CSV and in JSON."""
    table = HEADER + "Ministerio Uno -MU-,Ministerio,Hace uno,Calle 1,www.uno.example,a@uno.example,de 8 a 16\n"
    listed = (
        '[{"name": "Ministerio Uno -MU-", "type": "Ministerio", "description": "Hace uno", "address": "Calle 1",'
        ' "webpage": "www.uno.example", "email": "a@uno.example", "schedule": "de 8 a 16", "otro": {"a": [1]}}]'
    )
    (institution,) = _read(table).institutions
    assert _read(listed.replace(', "otro": {"a": [1]}', "")).institutions == (institution,)
    assert (institution.identifier, institution.acronym, institution.kind) == ("mu", "MU", "ministry")
    assert institution.homepage == "https://www.uno.example"
    assert institution.contacts == (ContactPoint(emails=("a@uno.example",), opening_hours=({"es": "de 8 a 16"},)),)


def test_wrong_rows_are_located() -> None:
    """Every wrong row is found at once, each with its place and field."""
    with pytest.raises(ImportRefused) as refused:
        _read(HEADER + "Pendiente,Ministerio,,,,,\nDos,Club,,,,,\nTres,.,,,no es,no es,\nTres,,,,,,\n")
    assert [(problem.where, problem.field) for problem in refused.value.problems] == [
        ("i: row 2", "title"),
        ("i: row 3", "kind"),
        ("i: row 4", "homepage"),
        ("i: row 4", "email"),
        ("i: row 5", "identifier"),
    ]


@pytest.mark.parametrize("data", ["[]", "{}", "[1]", "[" * 5000, '[{"name": {"es": "a"}}]', "", '{"a": 1}', "[{}]"])
def test_what_is_no_list_is_refused(data: str) -> None:
    """A file that lists no institutions is refused with a reason."""
    with pytest.raises(ImportRefused) as refused:
        _read(data)
    assert refused.value.problems[0].where.startswith("i")


def test_the_61_institutions_import() -> None:
    """A public list of 61 institutions, most of it "Pendiente", imports with acronyms and without placeholders."""
    data = conformance_data("institutions", "instituciones.json").read_bytes()
    kinds = {"Comisión", "Autoridad", "Consejo", "Defensoría", "Fondo", "Gobernación", "Oficina", "Secretaría"}
    mapping = field_mapping.FieldMapping(
        kind="institutions",
        fields=MAPPING.fields | {"identifier": "id"},
        values={"kind": dict.fromkeys(kinds, "registry") | {"Ministerio": "ministry"}},
    )
    institutions = institutions_file.read(data, file="i", lookups=KNOWN, mapping=mapping).institutions
    by_id = {one.identifier: one for one in institutions}
    assert len(by_id) == 61
    assert (by_id["113"].title, by_id["113"].acronym) == ({"es": "Comisión Portuaria Nacional"}, "CPN")
    assert sum(bool(one.acronym) for one in institutions) == 39
    assert by_id["171"].addresses == ("3ra calle 4-08 zona 1, Ciudad de Guatemala",)
    assert by_id["171"].contacts[0].opening_hours == ({"es": "8:00 a 16:00"},)
    said = [text for one in institutions for text in (*one.addresses, one.homepage, *one.description.values())]
    assert not {"pendiente", "."} & {text.casefold() for text in said}
