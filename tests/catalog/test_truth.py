"""Findings say what to mend in a record, and the truth score how well it is kept."""

from datetime import date
from typing import Any

import msgspec
import pytest

from sacbe_catalog import findings, institutions_file, render, seed, truth, upkeep
from sacbe_catalog.lookups import Lookups
from sacbe_catalog.reading import CatalogueReader
from sacbe_catalog.records import Channel, Cost, Institution, Output, PublicService, Requirement, SourceNote
from sacbe_catalog.views import PublicServiceView
from tests.catalog.graphs import conformance_data
from tests.catalog.test_institutions_file import MAPPING

TODAY = date(2026, 11, 27)
BASE = "https://sacbe.example/id/"
INSTITUTION = Institution(identifier="i", title={"es": "Una"})
GOOD = PublicService(
    identifier="a",
    title={"es": "Sacar el carné"},
    description={"es": "Si quiere leer en casa, pida su carné. Sirve en todas las bibliotecas."},
    institutions=("i",),
    requirements=(Requirement(identifier="r", title={"es": "Su DPI"}, legal_resources=("n",)),),
    costs=(Cost(identifier="c", amount="0", currency="GTQ"),),
    channels=(Channel(identifier="k", kind="online", url="https://biblioteca.example"),),
    outputs=(Output(identifier="o", title={"es": "Carné"}),),
    processing_time="P1D",
    legal_resources=("n",),
    sources=(SourceNote(title="Página", checked_on="2026-11-01"),),
    confirmed_at="2026-11-01",
    review_due="2027-11-01",
)
"""A record in which there is nothing to mend."""

LONG = "Usted puede pedir el carné que le sirve para llevar libros a su casa si vive cerca y si su familia " * 2


def renderer(**parts: object) -> render.Renderer:
    """Give what renders Spanish views of the seed with some parts of it replaced."""
    catalogue = msgspec.structs.replace(seed.load(), **parts)
    return render.Renderer(render.World.of(catalogue, BASE, institution_counts={}, event_counts={}), ("es",))


def view(service: PublicService) -> PublicServiceView:
    norm = msgspec.structs.replace(seed.load().legal_resources[0], identifier="n")
    return renderer(services=(service,), institutions=(INSTITUTION,), legal_resources=(norm,)).service(service)


def test_a_good_record_has_no_findings() -> None:
    """Where nothing is missing and all is plain, nothing is found and the score is whole."""
    assert findings.findings(view(GOOD)) == ()
    assert truth.of_service(view(GOOD), TODAY).score == 1.0


FAULTS: dict[str, dict[str, Any]] = {
    "sin-descripcion": {"description": {"es": "Pendiente"}},
    "sin-requisitos": {"requirements": ()},
    "sin-costo": {"not_known": ("costs",)},
    "sin-plazo": {"processing_time": ""},
    "sin-canal": {"channels": ()},
    "canal-sin-direccion": {"channels": (Channel(identifier="k", kind="phone", title={"es": "Por teléfono"}),)},
    "sin-base-legal": {"legal_resources": ()},
    "requisito-sin-norma": {"requirements": (Requirement(identifier="r", title={"es": "Su DPI"}),)},
    "exigencia-prohibida": {
        "requirements": (
            Requirement(identifier="r", title={"es": "Fotocopia legalizada de su título"}, legal_resources=("n",)),
        )
    },
    "sin-resultado": {"outputs": ()},
    "sin-fuente": {"sources": ()},
    "texto-de-relleno": {"processing_time_text": {"es": "N/A"}},
    "costo-sin-moneda": {"costs": (Cost(identifier="c", amount="5"),)},
    "plazo-vago": {"processing_time_text": {"es": "Se entrega a la brevedad posible"}},
    "titulo-de-oficina": {"title": {"es": "Emisión de carné"}},
    "titulo-largo": {"title": {"es": "Sacar el carné " + "de la biblioteca " * 5}},
    "frase-larga": {"description": {"es": LONG}},
    "texto-largo": {"description": {"es": "Pida su carné. " * 50}},
    "jerga": {"description": {"es": "Pida su carné a efecto de leer en casa."}},
    "voz-pasiva": {"description": {"es": "El carné será entregado en la biblioteca."}},
    "orden-de-oficina": {"description": {"es": "Deberá presentar su DPI."}},
    "todo-en-mayusculas": {"description": {"es": "PIDA SU CARNÉ EN LA BIBLIOTECA"}},
    "sigla-sin-explicar": {"description": {"es": "Pida su carné en la BNG."}},
}
"""For each rule, what makes the good record break it."""


@pytest.mark.parametrize("rule", list(findings.RULES))
def test_each_rule_finds_its_fault(rule: str) -> None:
    """A record with one fault has a finding of that rule, in a field of the record, with a reason and a repair."""
    found = findings.findings(view(msgspec.structs.replace(GOOD, **FAULTS[rule])))
    (one,) = (finding for finding in found if finding.rule == rule)
    assert one.field in PublicService.__struct_fields__
    assert findings.RULES[rule].reason.keys() == findings.RULES[rule].repair.keys() == {"es", "en"}


def test_plain_words_are_no_fault() -> None:
    """What looks like a fault and is none is left alone: adjectives, explained acronyms, times in words."""
    plain = msgspec.structs.replace(
        GOOD,
        description={"es": "El carné es válido un año. Pídalo en la Biblioteca Nacional (BNG). Será rápido."},
        processing_time_text={"es": "Tres días, según la biblioteca."},
    )
    assert findings.findings(view(plain)) == ()


def test_findings_are_bounded() -> None:
    """A record with faults without end is told the first ones."""
    many = tuple(Requirement(identifier=f"r{n}", title={"es": "X" * 500}) for n in range(100))
    found = findings.findings(view(msgspec.structs.replace(GOOD, requirements=many)))
    assert len(found) == findings.FINDINGS_MAX
    assert max(len(one.excerpt) for one in found) <= findings.EXCERPT_CHARACTERS_MAX


# The score ------------------------------------------------------------------------------------


def test_what_is_due_is_not_confirmed() -> None:
    """A record that was never confirmed, or is due again, gets nothing for it; the day itself is still on time."""
    for changed, value in (
        ({"confirmed_at": ""}, 0.0),
        ({"review_due": "2026-11-26"}, 0.0),
        ({"review_due": "2026-11-27"}, 1.0),
        ({"review_due": ""}, 1.0),
    ):
        parts = truth.of_service(view(msgspec.structs.replace(GOOD, **changed)), TODAY).parts
        assert next(part.value for part in parts if part.name == "confirmed") == value, changed


def test_parts_that_cannot_apply_are_left_out_and_say_why() -> None:
    """An example record cannot be confirmed: the part is left out with its reason, and the rest counts for more."""
    found = truth.of_service(view(msgspec.structs.replace(GOOD, is_illustrative=True, confirmed_at="")), TODAY)
    assert found.score == 1.0
    assert all(part.left_out for part in found.parts if part.value is None)
    assert [part.weight for part in found.parts] == [0.35, 0.25, 0.20, 0.10, 0.10]


def test_the_best_of_the_seed_scores_high() -> None:
    """The seed's best record scores over 0.9, and not every record does."""
    rendered = renderer()
    scores = [truth.of_service(rendered.service(one), TODAY).score for one in seed.load().services]
    assert max(scores) > 0.9
    assert min(scores) < 0.9


def test_an_empty_list_scores_low() -> None:
    """Institutions of which a list knows little more than the name score under 0.3, each of them."""
    data = conformance_data("institutions", "instituciones.json").read_bytes()
    fields = {name: column for name, column in MAPPING.fields.items() if name != "kind"} | {"identifier": "id"}
    mapping = msgspec.structs.replace(MAPPING, fields=fields, values={})
    read = institutions_file.read(data, file="i", lookups=Lookups.of(seed.load()), mapping=mapping)
    scores = [truth.of_institution(kept(one)).score for one in read.institutions]
    assert len(scores) == 61
    assert max(scores) < 0.3


def kept(one: Institution) -> truth.Kept:
    """Give an institution that shows no service, as the database tells it."""
    contacts = one.contacts
    return truth.Kept(
        description=one.description.get("es", ""),
        homepage=one.homepage,
        addresses=one.addresses,
        emails=tuple(email for contact in contacts for email in contact.emails),
        telephones=tuple(number for contact in contacts for number in contact.telephones),
    )


def test_an_institution_answers_for_its_services() -> None:
    """Half of an institution's completeness is its own record's, half that of its services."""
    alone = truth.of_institution(truth.Kept())
    answering = truth.of_institution(truth.Kept(services=2, completeness=1.0, examples=1, confirmed=1))
    assert [part.value for part in alone.parts[:2]] == [0.0, 0.0]
    assert [part.value for part in answering.parts[:2]] == [0.5, 1.0]
    assert truth.of_institution(truth.Kept(services=1, examples=1)).parts[1].value is None


async def test_institutions_are_scored_by_their_records(reader: CatalogueReader) -> None:
    """Each institution is told with its services and its score, in the language asked for, in alphabetical order."""
    told = await upkeep.of_institutions(reader.engine, TODAY, language="en")
    services = {one.identifier: one.services for one in told}
    assert len(told) == len(seed.load().institutions)
    assert services["renap"] == sum("renap" in one.institutions for one in seed.load().services)
    renap = next(one for one in told if one.identifier == "renap")
    assert renap.title == "National Registry of Persons"
    assert 0 < renap.truth.score < 1
    assert all(one.truth.parts[1].value == 0 for one in told if one.services == 0)
