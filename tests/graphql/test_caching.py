"""What others may keep: catalogue answers with a tag that holds until the catalogue changes, and nothing else."""

import httpx
import pytest
from msgspec import structs

from sacbe_catalog import seed
from sacbe_catalog.records import Catalogue, PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_graphql.caching import Caching
from tests.graphql.speaking import until
from tests.graphql.world import BASE_IRI, GRAPHQL_JSON, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICES = "{ services(first: 3) { totalCount nodes { identifier title } } }"
KEPT = "public, max-age=60"


async def get(world: World, query: str, **headers: str) -> httpx.Response:
    """Ask by GET, without a token unless one is among the headers."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.client.get("/graphql", params={"query": query}, headers=given)


@pytest.mark.parametrize(
    "query",
    [
        SERVICES,
        "query A { institutions { totalCount } events { title } __typename }",
        "{ ...Some } fragment Some on Query { dataServices { totalCount } }",
        '{ ... on Query { suggest(prefix: "d") { text } } }',
    ],
)
async def test_a_catalogue_answer_may_be_kept(world: World, query: str) -> None:
    """An anonymous GET that reads the catalogue alone says for how long, and gives a tag; shown again it is 304."""
    first = await get(world, query)
    assert first.status_code == 200
    assert first.headers["cache-control"] == KEPT
    assert first.headers["vary"] == "accept, accept-encoding, authorization"
    again = await get(world, query, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["cache-control"] == KEPT
    assert "content-type" not in again.headers


@pytest.mark.parametrize(
    "query",
    [
        "{ exchange { providers { alias } } }",
        "{ services { totalCount } exchange { providers { alias } } }",
        "{ __schema { queryType { name } } }",
        "{ members { nodes { identifier } } }",
        "{ nothing }",
        "{",
        "{ services(first: 1000) { totalCount } }",
        '{ services(after: "x") { totalCount } events { title } }',
    ],
)
async def test_all_else_may_not_be_kept(world: World, query: str) -> None:
    """What asks the exchange, the schema or the administration, and every answer with an error, is nobody's to keep."""
    response = await get(world, query, if_none_match="*")
    assert response.headers["cache-control"] == "no-store"
    assert "etag" not in response.headers
    assert response.content


async def test_an_answer_to_a_known_caller_may_not_be_kept(world: World) -> None:
    """A token makes the answer the caller's own, whatever it reads."""
    response = await get(world, SERVICES, authorization=f"Bearer {world.token}", if_none_match="*")
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"


async def test_an_answer_to_a_post_may_not_be_kept(world: World) -> None:
    """POST is never answered from anybody's memory."""
    response = await world.post({"query": SERVICES}, token="", **{"if-none-match": "*"})
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
async def test_another_method_is_no_question(world: World, method: str) -> None:
    """A method that cannot be answered is refused, also where the same address was answered before."""
    address = f"/graphql?query={SERVICES}"
    tag = (await world.client.get(address)).headers["etag"]
    assert (await world.client.request(method, address, headers={"if-none-match": tag})).status_code == 405


async def test_head_says_what_get_would(world: World) -> None:
    """HEAD has the headers of GET and no body."""
    got = await get(world, SERVICES)
    head = await world.client.head("/graphql", params={"query": SERVICES})
    assert head.status_code == 200
    assert head.content == b""
    assert {**head.headers} == {**got.headers}
    refused = await world.client.head("/graphql", params={"query": "mutation { exchange { __typename } }"})
    assert refused.status_code == 405


@pytest.mark.parametrize(
    ("shown", "status"),
    [("{}", 304), ('"other", {}', 304), ("*", 304), ('"other"', 200), ("", 200), ("{}x", 200)],
)
async def test_a_tag_is_compared_as_http_says(world: World, shown: str, status: int) -> None:
    """One of several tags is enough, weak or strong; another one, or a broken one, gets the answer."""
    tag = (await get(world, SERVICES)).headers["etag"]
    for form in (tag, tag.removeprefix("W/")):
        assert (await get(world, SERVICES, if_none_match=shown.replace("{}", form))).status_code == status


async def test_media_types_have_their_own_answers(world: World) -> None:
    """A tag stands for the answer, whichever media type it has; the answer's type is the one that was asked for."""
    first = await get(world, SERVICES)
    second = await get(world, SERVICES, accept=GRAPHQL_JSON)
    assert second.headers["content-type"].startswith(GRAPHQL_JSON)
    assert second.headers["etag"] == first.headers["etag"]


async def test_a_known_tag_costs_no_reading(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nothing changes, 304 is given without asking the catalogue."""
    tag = (await get(world, SERVICES)).headers["etag"]

    async def fails(*_: object, **__: object) -> object:
        raise AssertionError("the catalogue was read")

    monkeypatch.setattr(type(world.door._catalogue), "read", fails)
    assert (await get(world, SERVICES, if_none_match=tag)).status_code == 304
    assert (await get(world, SERVICES, if_none_match='"other"')).json()["errors"]


async def test_a_change_of_the_catalogue_is_seen(world: World) -> None:
    """Whoever wrote it: after a put, the old tag is no longer good, and the new answer has another one."""
    service = seed.load().services[0]
    query = f'{{ service(identifier: "{service.identifier}") {{ title }} }}'
    before = await get(world, query)
    store = CatalogueStore(world.engine, BASE_IRI)
    try:
        await put(world, store, structs.replace(service, title={"es": "Otro nombre"}))
        after = await get(world, query, if_none_match=before.headers["etag"])
        assert after.json() == {"data": {"service": {"title": "Otro nombre"}}}
        assert after.headers["etag"] != before.headers["etag"]
    finally:
        await put(world, store, service)
    assert (await get(world, query, if_none_match=before.headers["etag"])).status_code == 304


async def put(world: World, store: CatalogueStore, service: PublicService) -> None:
    """Store a service, and wait until the door has heard of it."""
    known = world.door.caching._known
    await store.put(Catalogue(services=(service,)))
    await until(lambda: world.door.caching._known is not known)


async def test_nothing_is_remembered_until_changes_are_heard() -> None:
    """A process that hears of no changes makes every answer anew, and does not rely on an old tag."""
    caching = Caching()
    scope = {"method": "GET", "query_string": b"query={__typename}"}
    question = caching.question(scope, {"if-none-match": "*"}, "application/json")
    assert question is not None
    question.known.keep(question.key, "tag", weight=1)
    assert question.tag == ""
