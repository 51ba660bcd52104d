"""The catalogue through GraphQL: the seed, as any caller sees it without a token."""

from typing import Any

import pytest

from tests.graphql.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

WHOLE_SERVICE = """
fragment Whole on PublicService {
  identifier iri title description
  institution { identifier iri title acronym kind { identifier iri label } description homepage addresses emails
    telephones serviceCount }
  institutions { identifier }
  channels { identifier iri kind title description url telephone email address openingHours processingTime }
  requirements { identifier iri title description evidences { identifier } legalResources { identifier } }
  evidences { identifier iri title description }
  costs { identifier iri amount currency description }
  outputs { identifier iri title description }
  processingTime processingTimeText
  legalResources { identifier iri title url }
  events { identifier iri kind title description serviceCount }
  areas { identifier iri level title }
  audiences { identifier iri label }
  keywords languages
  sources { title url checkedOn }
  status isIllustrative notKnown confirmedAt reviewDue
  quality { score missing }
  texts { field language value state }
}
"""


PAGE_OF_WHOLE_SERVICES = """query ($after: String) {
  services(first: 50, after: $after) { totalCount nodes { ...Whole } pageInfo { hasNextPage endCursor } }
}"""


async def asked(world: World, query: str, **variables: object) -> Any:
    """Ask anonymously and give the data; errors fail the test."""
    answer = await world.ask(query, token="", **variables)
    assert "errors" not in answer
    return answer["data"]


async def test_a_search_finds_the_identity_card_first(world: World) -> None:
    """Plain words find the service, with its institution, and facets count the whole list."""
    data = await asked(
        world,
        """{ services(query: "sacar dpi", first: 3) { totalCount nodes { identifier institution { acronym } }
                                                     facets { field identifier label count } } }""",
    )
    assert data["services"]["nodes"][0]["identifier"] == "dpi-primera-vez"
    assert data["services"]["nodes"][0]["institution"]["acronym"] == "RENAP"
    assert {facet["field"] for facet in data["services"]["facets"]} >= {"institution", "event"}


async def test_every_field_of_every_service_can_be_read(world: World) -> None:
    """No record of the seed breaks the schema in any field."""
    services: list[Any] = []
    after = None
    while after is not None or not services:
        page = (await asked(world, PAGE_OF_WHOLE_SERVICES + WHOLE_SERVICE, after=after))["services"]
        services += page["nodes"]
        after = page["pageInfo"]["endCursor"] if page["pageInfo"]["hasNextPage"] else None
    assert len(services) == page["totalCount"] >= 100
    assert all(event["kind"] in ("LIFE", "BUSINESS") for service in services for event in service["events"])
    assert any(service["processingTime"] for service in services)
    assert any(cost["amount"] for service in services for cost in service["costs"])
    assert all(name[0].islower() and "_" not in name for service in services for name in service["notKnown"])


async def test_what_is_not_known_is_null(world: World) -> None:
    """A text that a record does not have is null, never an empty text."""
    data = await asked(world, "{ services(first: 100) { nodes { channels { url telephone email address } } } }")
    values = [value for node in data["services"]["nodes"] for channel in node["channels"] for value in channel.values()]
    assert None in values
    assert "" not in values


async def test_pages_follow_each_other_without_gap(world: World) -> None:
    """Going on behind `endCursor` until nothing follows gives every institution once."""
    seen: list[str] = []
    after = None
    while True:
        data = await asked(
            world,
            """query ($after: String) { institutions(first: 30, after: $after) {
               totalCount nodes { identifier } edges { cursor node { identifier } }
               pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }""",
            after=after,
        )
        page = data["institutions"]
        seen += [node["identifier"] for node in page["nodes"]]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        assert page["pageInfo"]["startCursor"] == page["edges"][0]["cursor"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert len(seen) == len(set(seen)) == page["totalCount"]


async def test_a_filter_narrows_the_list(world: World) -> None:
    """Every service of a filtered list has what the filter asks."""
    data = await asked(
        world,
        """query ($filter: ServiceFilter) { services(filter: $filter, first: 100) { totalCount nodes {
            institutions { identifier } channels { kind } } } }""",
        filter={"institutions": ["renap"], "channels": ["office"]},
    )
    nodes = data["services"]["nodes"]
    assert nodes
    assert all("renap" in [each["identifier"] for each in node["institutions"]] for node in nodes)
    assert all("office" in [each["kind"] for each in node["channels"]] for node in nodes)


async def test_single_records_and_lists_agree(world: World) -> None:
    """A record asked by its identifier is the one from the list; an unknown identifier is null."""
    data = await asked(
        world,
        """{ service(identifier: "dpi-primera-vez", language: "en") { title }
             nothing: service(identifier: "no-existe") { title }
             institution(identifier: "renap") { acronym } nobody: institution(identifier: "x") { acronym }
             life: events(kind: LIFE) { kind } business: events(kind: BUSINESS) { kind }
             suggest(prefix: "pas") { text identifier } }""",
    )
    assert data["nothing"] is None
    assert data["nobody"] is None
    assert data["institution"] == {"acronym": "RENAP"}
    assert {event["kind"] for event in data["life"]} == {"LIFE"}
    assert {event["kind"] for event in data["business"]} == {"BUSINESS"}
    assert data["suggest"]


async def test_data_services_can_be_found(world: World) -> None:
    """What is published is in the catalogue of data services, by words and by provider."""
    data = await asked(
        world,
        """{ dataServices(query: "personas", provider: "GT/GOV/2001/registro-civil") { totalCount nodes {
               identifier provider title description kind status operations { alias code reads description } } }
             dataService(identifier: "GT/GOV/2002/contribuyentes/contribuyentes") { title }
             nothing: dataService(identifier: "GT/GOV/2002/contribuyentes/otro") { title } }""",
    )
    assert data["dataServices"]["totalCount"] == 1
    assert data["dataServices"]["nodes"][0]["status"] == "published"
    assert data["dataService"] == {"title": "Contribuyentes"}
    assert data["nothing"] is None


@pytest.mark.parametrize("first", [101, -1])
@pytest.mark.parametrize("field", ["services { totalCount }", "dataServices { totalCount }", "suggest { text }"])
async def test_a_list_has_a_greatest_size(world: World, field: str, first: int) -> None:
    """More than 100 records at once, or fewer than none, are refused by the limit's name."""
    name, selection = field.split(" ", 1)
    prefix = ', prefix: "a"' if name == "suggest" else ""
    answer = await world.ask(f"{{ {name}(first: {first}{prefix}) {selection} }}", token="")
    assert answer["errors"][0]["extensions"]["code"] == "SACBE-104"
    assert "first" in answer["errors"][0]["message"]


async def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    """A cursor that the list did not make gives an error that says so."""
    answer = await world.ask('{ institutions(after: "bm8") { totalCount } }', token="")
    assert answer["errors"][0]["extensions"]["code"] == "SACBE-204"


async def test_institutions_are_reviewed_in_public(world: World) -> None:
    """Anybody may see how true each institution keeps its records."""
    data = await asked(
        world, "{ institutionReviews { identifier title services truth { score parts { name value leftOut } } } }"
    )
    scores = {one["identifier"]: one["truth"]["score"] for one in data["institutionReviews"]}
    assert 0 < scores["renap"] <= 1


async def test_a_review_says_what_to_mend_and_how(world: World) -> None:
    """Each finding has its place, its reason and its repair in Spanish or English; the score tells its parts."""
    data = await asked(
        world,
        """{ recordReviews(filter: {institutions: ["digecam"]}, first: 5) { totalCount nodes {
             service { identifier }
             findings { rule field excerpt reason repair english: repair(language: "en") }
             truth { score parts { name weight value leftOut } } } } }""",
    )
    reviews = {node["service"]["identifier"]: node for node in data["recordReviews"]["nodes"]}
    assert len(reviews) == data["recordReviews"]["totalCount"] == 2
    found = [finding for finding in reviews["portacion-armas"]["findings"] if finding["rule"] == "exigencia-prohibida"]
    assert "declaracion jurada" in " ".join(finding["excerpt"] for finding in found)
    assert "Decreto 5-2021" in found[0]["reason"]
    assert found[0]["english"].startswith("Stop asking")
    truth = reviews["portacion-armas"]["truth"]
    assert 0 < truth["score"] < 1
    assert all((part["value"] is None) == bool(part["leftOut"]) for part in truth["parts"])


async def test_search_tells_what_it_made_of_a_query(world: World) -> None:
    """What was meant, and where a result has each word."""
    query = """{ searchUnderstanding(query: "pasaportte ordinario", service: "pasaporte-ordinario") {
      didYouMean parts { written words taken found } } }"""
    told = (await asked(world, query))["searchUnderstanding"]
    assert told["didYouMean"] == "pasaporte ordinario"
    assert next((one["written"], one["taken"]) for one in told["parts"]) == ("pasaportte", "CORRECTED")
    assert told["parts"][-1]["found"] == "TITLE"


async def test_the_feed_gives_every_change_and_names_nobody(world: World) -> None:
    """Page by page, each with a greater number, and the record from then on."""
    query = """query ($since: Int!) {
      recordChanges(since: $since, first: 100) { number kind identifier what madeAt content } }"""
    found: list[dict[str, Any]] = []
    while page := (await asked(world, query, since=found[-1]["number"] if found else 0))["recordChanges"]:
        found += page
    numbers = [one["number"] for one in found]
    assert numbers == sorted(set(numbers))
    assert {"service", "institution", "concept"} <= {one["kind"] for one in found}
    assert all(("content" in one) and (one["content"] is None) == (one["what"] == "WITHDRAWN") for one in found)
