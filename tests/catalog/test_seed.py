"""The seed: complete, consistent, and honest about what it does not know."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import msgspec
import pytest

from sacbe_catalog import nodes, records, schemes, seed
from sacbe_catalog.records import PublicService

CATALOGUE = seed.load()
FOLDER = Path(seed.__file__).parent

DURATION = re.compile(r"P(?!$)(\d+Y)?(\d+M)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")
"""xsd:duration without signs and fractions."""

KNOWN_TELEPHONES = {"1546", "1512", "119"}
"""Short national numbers that a source of the record names."""


def services_pointing_at(field: str) -> Counter[str]:
    return Counter(reference for service in CATALOGUE.services for reference in getattr(service, field))


def codes(scheme: str) -> set[str]:
    return {concept.identifier for concept in CATALOGUE.concepts if concept.scheme == scheme}


# What is there ------------------------------------------------------------------------------


def test_counts() -> None:
    """The seed holds the whole country, its 25 languages, 14 ministries and more than 70 services."""
    levels = Counter(area.level for area in CATALOGUE.areas)
    kinds = Counter(institution.kind for institution in CATALOGUE.institutions)
    assert levels == {"country": 1, "department": 22, "municipality": 340}
    assert len({language.identifier for language in CATALOGUE.languages} - {"en"}) == 25
    assert kinds["ministry"] == 14
    assert len(CATALOGUE.institutions) >= 60
    assert len(CATALOGUE.services) >= 70
    assert 15 <= len(CATALOGUE.events) <= 25


def test_area_codes() -> None:
    """Departments have ISO 3166-2 codes, municipalities INE codes that begin with their department's number."""
    by_level = {level: [a for a in CATALOGUE.areas if a.level == level] for level in ("department", "municipality")}
    assert [area.identifier for area in by_level["department"]] == [f"GT-{number:02}" for number in range(1, 23)]
    assert {area.parent for area in by_level["department"]} == {"GT"}
    for area in by_level["municipality"]:
        assert re.fullmatch(r"\d{4}", area.identifier)
        assert area.parent == f"GT-{area.identifier[:2]}"


def test_other_names_of_places() -> None:
    """A place is also known by the name people use, beside the map's."""
    by_code = {area.identifier: area for area in CATALOGUE.areas}
    assert "San Miguel Petapa" in by_code["0117"].aliases
    assert "Xela" in by_code["0901"].aliases
    assert all(area.title not in area.aliases for area in CATALOGUE.areas)


def test_aliases_name_places() -> None:
    """Every code of the alias file is a municipality."""
    aliases = msgspec.json.decode((FOLDER / "municipality-aliases.json").read_bytes())
    assert aliases.keys() <= {area.identifier for area in CATALOGUE.areas}


def test_languages() -> None:
    """Every language has a BCP 47 tag and an ISO 639-3 code; all but Spanish fall back to Spanish."""
    for language in CATALOGUE.languages:
        assert re.fullmatch(r"[a-z]{2,3}(-x-[a-z0-9]{1,8})?", language.identifier)
        assert re.fullmatch(r"[a-z]{3}", language.iso_639_3)
        assert language.fallback == ("" if language.identifier == "es" else "es")


def test_code_lists() -> None:
    """Every code list of a field is there, with labels in Spanish and English."""
    used = {
        schemes.INSTITUTION_KIND,
        schemes.REQUIREMENT_KIND,
        schemes.OUTPUT_KIND,
        schemes.FUNCTION_OF_GOVERNMENT,
        schemes.CHANNEL,
        schemes.AUDIENCE,
        schemes.THEMATIC_AREA,
        schemes.STATUS,
        schemes.CURRENCY,
    }
    assert {concept.scheme for concept in CATALOGUE.concepts} == used
    assert all(concept.labels.keys() == {"es", "en"} for concept in CATALOGUE.concepts)
    assert codes(schemes.CHANNEL) == {kind.value for kind in records.ChannelKind}


def test_authority_iris() -> None:
    """Only Spanish, English, quetzal and dollar carry an IRI of the EU Publications Office."""
    everything: tuple[records.Concept | records.Language | records.Area, ...] = (
        *CATALOGUE.concepts,
        *CATALOGUE.languages,
        *CATALOGUE.areas,
    )
    named = {record.identifier: record.iri.rsplit("/", 2)[1:] for record in everything if record.iri}
    assert named == {
        "GTQ": ["currency", "GTQ"],
        "USD": ["currency", "USD"],
        "es": ["language", "SPA"],
        "en": ["language", "ENG"],
    }


# What points where --------------------------------------------------------------------------


def test_identifiers_are_unique() -> None:
    """No two records of a kind, and no two parts of the catalogue, share an identifier."""
    taken = Counter(node.key for node in nodes.taken_apart(CATALOGUE))
    assert [key for key, times in taken.items() if times > 1] == []


@pytest.mark.parametrize(
    ("field", "known"),
    [
        ("institutions", lambda: {one.identifier for one in CATALOGUE.institutions}),
        ("events", lambda: {one.identifier for one in CATALOGUE.events}),
        ("areas", lambda: {one.identifier for one in CATALOGUE.areas}),
        ("languages", lambda: {one.identifier for one in CATALOGUE.languages}),
        ("legal_resources", lambda: {one.identifier for one in CATALOGUE.legal_resources}),
        ("requires", lambda: {one.identifier for one in CATALOGUE.services}),
        ("related", lambda: {one.identifier for one in CATALOGUE.services}),
        ("audiences", lambda: codes(schemes.AUDIENCE)),
        ("thematic_areas", lambda: codes(schemes.THEMATIC_AREA)),
        ("kinds", lambda: codes(schemes.FUNCTION_OF_GOVERNMENT)),
    ],
)
def test_references_of_services_resolve(field: str, known: Callable[[], set[str]]) -> None:
    """Whatever a service names is in the seed."""
    assert services_pointing_at(field).keys() <= known()


def test_references_of_parts_resolve() -> None:
    """Whatever a requirement, cost, channel or output names is in the seed."""
    services = CATALOGUE.services
    requirements = [requirement for service in services for requirement in service.requirements]
    laws = {law.identifier for law in CATALOGUE.legal_resources}
    assert {law for requirement in requirements for law in requirement.legal_resources} <= laws
    assert {kind for requirement in requirements for kind in requirement.kinds} <= codes(schemes.REQUIREMENT_KIND)
    assert {cost.currency for service in services for cost in service.costs} <= {*codes(schemes.CURRENCY), ""}
    assert {channel.kind for service in services for channel in service.channels} <= codes(schemes.CHANNEL)
    outputs = [output for service in services for output in service.outputs]
    assert {kind for output in outputs for kind in output.kinds} <= codes(schemes.OUTPUT_KIND)


def test_references_of_institutions_resolve() -> None:
    """An institution's kind, parent and areas are in the seed, and so is the catalogue's publisher."""
    known = {institution.identifier for institution in CATALOGUE.institutions}
    areas = {area.identifier for area in CATALOGUE.areas}
    for institution in CATALOGUE.institutions:
        assert institution.kind in codes(schemes.INSTITUTION_KIND)
        assert institution.parent in known | {""}
        assert set(institution.areas) <= areas
    assert CATALOGUE.publisher in known


def test_nothing_is_there_for_nobody() -> None:
    """Every event has a service and every norm is somebody's, so no page of the portal is empty."""
    assert {event.identifier for event in CATALOGUE.events} == services_pointing_at("events").keys()
    assert {law.identifier for law in CATALOGUE.legal_resources} == services_pointing_at("legal_resources").keys()


# What each service promises -----------------------------------------------------------------


def breaking(promise: Callable[[PublicService], bool]) -> list[str]:
    return [service.identifier for service in CATALOGUE.services if not promise(service)]


def test_is_labelled_illustrative() -> None:
    """A service is illustrative, unconfirmed, and due for review after its sources were looked at."""

    def is_dated(service: PublicService) -> bool:
        looked_at = [date.fromisoformat(source.checked_on) for source in service.sources]
        return bool(looked_at) and date.fromisoformat(service.review_due) > max(looked_at)

    assert breaking(lambda service: service.is_illustrative and not service.confirmed_at) == []
    assert breaking(is_dated) == []


@pytest.mark.parametrize("field", records.NOT_KNOWN_FIELDS)
def test_says_or_says_not_known(field: str) -> None:
    """Each field that matters is filled, or listed as not known, and never both."""

    def is_told(service: PublicService) -> bool:
        return bool(getattr(service, field) or (field == "processing_time" and service.processing_time_text))

    assert breaking(lambda service: is_told(service) != (field in service.not_known)) == []


@pytest.mark.parametrize(
    "field", ["channels", "outputs", "audiences", "thematic_areas", "kinds", "keywords", "sources"]
)
def test_is_complete(field: str) -> None:
    """A service has a way to reach it, a result, an audience, a theme, words to find it by and a source."""
    assert breaking(lambda service: bool(getattr(service, field))) == []


def test_has_requirements() -> None:
    """A service has two requirements or more, each of a kind."""
    assert breaking(lambda service: len(service.requirements) >= 2) == []
    assert breaking(lambda service: all(requirement.kinds for requirement in service.requirements)) == []


def test_reads_in_both_languages() -> None:
    """Every text of a service is in Spanish and in English."""

    def is_bilingual(service: PublicService) -> bool:
        parts = nodes.taken_apart(records.Catalogue(services=(service,)))
        texts = [getattr(node.record, field) for node in parts for field in node.mapping.texts]
        return all(text.keys() in ({"es", "en"}, set()) for text in texts)

    assert breaking(is_bilingual) == []
    assert breaking(lambda service: service.keywords.keys() == {"es", "en"}) == []


def test_speaks_to_a_person() -> None:
    """The purpose is sentences of at most forty words that say `usted`, never `tú` or `vos`."""
    familiar = re.compile(r"\b(tú|tu|tus|vos|puedes|necesitas|tienes)\b", re.IGNORECASE)

    def is_short(service: PublicService) -> bool:
        return all(len(sentence.split()) <= 40 for sentence in re.split(r"[.:;]\s", service.description["es"]))

    assert breaking(is_short) == []
    assert breaking(lambda service: not familiar.search(service.description["es"])) == []


def test_words_are_as_people_type_them() -> None:
    """A keyword stands once and in small letters."""

    def is_tidy(service: PublicService) -> bool:
        lists = service.keywords.values()
        return all(len(set(words)) == len(words) and all(w == w.strip().lower() for w in words) for words in lists)

    assert breaking(is_tidy) == []


def test_costs_are_exact() -> None:
    """An amount is a decimal with its currency, `0` is free of charge, and every cost says what it is for."""

    def is_exact(service: PublicService) -> bool:
        amounts = [cost.amount for cost in service.costs if cost.amount]
        return all(amount == "0" or re.fullmatch(r"[1-9]\d*\.\d\d", amount) for amount in amounts)

    assert breaking(is_exact) == []
    assert breaking(lambda service: all(bool(c.amount) == bool(c.currency) for c in service.costs)) == []
    assert breaking(lambda service: all(cost.description for cost in service.costs)) == []


def test_times_are_durations() -> None:
    """A time is an xsd:duration that its text explains."""
    timed = [service for service in CATALOGUE.services if service.processing_time]
    assert [service.identifier for service in timed if not DURATION.fullmatch(service.processing_time)] == []
    assert [service.identifier for service in timed if not service.processing_time_text] == []


def test_doubt_reaches_the_reader() -> None:
    """What the text calls unconfirmed has a source note that says so, and no duration that machines would trust."""

    def owns_up(service: PublicService) -> bool:
        texts = [service.processing_time_text, *(cost.description for cost in service.costs)]
        in_doubt = any("sin confirmar" in text.get("es", "") for text in texts)
        return not in_doubt or any(source.title.startswith("Sin confirmar") for source in service.sources)

    assert breaking(owns_up) == []
    assert breaking(lambda s: not s.processing_time or "sin confirmar" not in s.processing_time_text["es"]) == []


def test_no_invented_contact() -> None:
    """A service names no street, no mailbox and no telephone but the short numbers that its source names."""

    def is_careful(service: PublicService) -> bool:
        numbers = {channel.telephone for channel in service.channels if channel.telephone}
        return numbers <= KNOWN_TELEPHONES and not any(channel.address or channel.email for channel in service.channels)

    assert breaking(is_careful) == []


def test_addresses_are_secure() -> None:
    """Whatever a service or an institution links to is https."""
    urls = [source.url for service in CATALOGUE.services for source in service.sources]
    urls += [channel.url for service in CATALOGUE.services for channel in service.channels]
    urls += [institution.homepage for institution in CATALOGUE.institutions]
    assert [url for url in urls if url and not url.startswith("https://")] == []


def test_the_ornato_slip_costs_by_income() -> None:
    """The ornato slip shows its seven tiers as the law writes them."""
    (service,) = (one for one in CATALOGUE.services if one.identifier == "boleto-ornato")
    amounts = [cost.amount for cost in service.costs if cost.amount]
    assert amounts == ["4.00", "10.00", "15.00", "50.00", "75.00", "100.00", "150.00"]


def test_people_find_the_identity_card_by_their_words() -> None:
    """`sacar dpi` and the old word `cédula` are words of the identity card's record."""
    (service,) = (one for one in CATALOGUE.services if one.identifier == "dpi-primera-vez")
    assert {"sacar dpi", "cédula", "papeles"} <= set(service.keywords["es"])
