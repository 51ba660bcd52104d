"""Documents that need not be sent: trusted ones by identifier, others by their hash."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from sacbe_graphql import persisted
from sacbe_graphql.limits import Limits
from sacbe_graphql.persisted import PersistedDocuments, TrustedDocuments
from sacbe_graphql.request import GraphQLRequest
from sacbe_terms.errors import PersistedDocumentNotFound, SettingUnsafe
from tests.graphql.world import GRAPHQL_JSON, World

TYPENAME = "query Persisted { __typename }"
DATA = {"data": {"__typename": "Query"}}
TRUSTED = {"plain": TYPENAME, persisted.hashed("{ a: __typename }"): "{ a: __typename }"}


def apq(text: str) -> dict[str, Any]:
    """Give the extensions by which Apollo's clients name a document."""
    return {"persistedQuery": {"version": 1, "sha256Hash": sha256(text.encode()).hexdigest()}}


def code(response: httpx.Response) -> str:
    """Give the code of the only error."""
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


pytest_world = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(autouse=True)
def forgetful(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the door begin each test without documents."""
    if "world" in request.fixturenames:
        world: World = request.getfixturevalue("world")
        monkeypatch.setattr(world.door, "_persisted", PersistedDocuments())


@pytest_world
async def test_a_client_sends_a_document_once(world: World) -> None:
    """An unknown hash is answered as Apollo's clients expect; sent once with its text, the hash alone is enough."""
    by_hash = {"extensions": apq(TYPENAME)}
    for accept, status in ((GRAPHQL_JSON, 400), ("application/json", 200)):
        unknown = await world.post(by_hash, token="", accept=accept)
        assert (unknown.status_code, code(unknown)) == (status, "SACBE-111")
        assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert (await world.post({"query": TYPENAME, **by_hash}, token="")).json() == DATA
    assert (await world.post(by_hash, token="")).json() == DATA
    got = await world.client.get("/graphql", params={"extensions": msgspec.json.encode(by_hash["extensions"]).decode()})
    assert got.json() == DATA
    named = await world.post({"documentId": persisted.hashed(TYPENAME)})
    assert named.json() == DATA


@pytest_world
async def test_a_document_may_be_sent_by_get_with_its_hash(world: World) -> None:
    """The second request of a client that asks by GET has both in the address."""
    extensions = msgspec.json.encode(apq(TYPENAME)).decode()
    assert (await world.client.get("/graphql", params={"query": TYPENAME, "extensions": extensions})).json() == DATA
    assert (await world.client.get("/graphql", params={"extensions": extensions})).json() == DATA


@pytest_world
async def test_a_hash_of_another_text_is_refused_and_not_kept(world: World) -> None:
    """Nobody can put a document under the hash of another."""
    response = await world.post({"query": "{ events { title } }", "extensions": apq(TYPENAME)})
    assert (response.status_code, code(response)) == (400, "SACBE-105")
    assert code(await world.post({"extensions": apq(TYPENAME)})) == "SACBE-111"


@pytest_world
@pytest.mark.parametrize("text", ["{ servises { totalCount } }", "{ services", "{ __typename }" + " " * 15_000])
async def test_what_is_not_valid_is_not_kept(world: World, text: str) -> None:
    """A document that is refused stays unknown."""
    assert code(await world.post({"query": text, "extensions": apq(text)})) in ("SACBE-101", "SACBE-102", "SACBE-104")
    assert code(await world.post({"extensions": apq(text)})) == "SACBE-111"


@pytest_world
@pytest.mark.parametrize(
    "body",
    [
        {"extensions": {}},
        {"extensions": {"persistedQuery": {}}},
        {"extensions": {"persistedQuery": []}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0" * 63}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "G" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}},
        {"query": TYPENAME, "extensions": {"persistedQuery": 1}},
        {"query": TYPENAME, "documentId": "plain"},
        {"documentId": "plain", "extensions": apq(TYPENAME)},
        {"documentId": 1},
        {"documentId": ""},
        {"documentId": None},
        {"variables": {}},
    ],
    ids=range(14),
)
async def test_what_names_no_one_document_is_400(world: World, body: dict[str, Any]) -> None:
    """A request that names no document, names it wrongly or names two is no GraphQL request."""
    response = await world.post(body)
    assert (response.status_code, code(response)) == (400, "SACBE-105")


@pytest_world
@pytest.mark.parametrize("identifier", ["", "unknown", "sha256:", "sha256:zz", "sha256:" + "0" * 64, "x" * 100_000])
async def test_an_unknown_identifier_is_told(world: World, identifier: str) -> None:
    """Whatever stands in `documentId`, a document that is not known is told as such."""
    response = await world.post({"documentId": identifier})
    assert code(response) == ("SACBE-111" if identifier else "SACBE-105")


@pytest_world
async def test_trusted_documents_are_run_by_identifier(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document of the operator's file is run by its identifier, by POST and GET, or by its hash; others still are."""
    monkeypatch.setattr(world.door, "_persisted", PersistedDocuments(TrustedDocuments.of(TRUSTED)))
    assert (await world.post({"documentId": "plain", "query": ""}, token="")).json() == DATA
    assert (await world.client.get("/graphql", params={"documentId": "plain"})).json() == DATA
    assert (await world.post({"extensions": apq(TYPENAME)}, token="")).json() == DATA
    assert (await world.post({"query": "{ b: __typename }"}, token="")).json() == {"data": {"b": "Query"}}


@pytest_world
async def test_only_trusted_documents_are_run_where_it_is_so_chosen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any other document is refused with 403 and never kept; a trusted one may also be sent in full."""
    only = PersistedDocuments(TrustedDocuments.of(TRUSTED), only_trusted=True)
    monkeypatch.setattr(world.door, "_persisted", only)
    other = "{ b: __typename }"
    for accept in (GRAPHQL_JSON, "application/json"):
        for body in ({"query": other}, {"query": other, "extensions": apq(other)}):
            response = await world.post(body, accept=accept)
            assert (response.status_code, code(response)) == (403, "SACBE-112")
    assert code(await world.post({"extensions": apq(other)})) == "SACBE-111"
    for body in ({"documentId": "plain"}, {"query": TYPENAME}, {"query": TYPENAME, "extensions": apq(TYPENAME)}):
        assert (await world.post(body)).json() == DATA


def test_what_clients_sent_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However much clients send, the longest unused documents go."""
    monkeypatch.setattr(persisted, "KEPT_BYTES_MAX", 10 * (100 + persisted.KEPT_BYTES_BESIDE))
    store, limits = PersistedDocuments(), Limits()
    texts = [f"{number:0100}" for number in range(50)]
    for text in texts:
        store.keep(GraphQLRequest(query=text, extensions=apq(text)))
    known = []
    for text in texts:
        try:
            known.append(store.resolved(GraphQLRequest(extensions=apq(text)), limits).query)
        except PersistedDocumentNotFound:
            continue
    assert known == texts[-10:]


def test_trusted_documents_are_read_from_a_file(tmp_path: Path) -> None:
    """The file is a JSON object of identifiers and documents."""
    file = tmp_path / "documents.json"
    file.write_bytes(msgspec.json.encode(TRUSTED))
    assert TrustedDocuments.read(file) == TrustedDocuments.of(TRUSTED)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "truncated"),
        ("[]", "object"),
        ('{"a": 1}', "str"),
        ('{"sha256:00": "{ a }"}', "another hash"),
        ('{"a": "' + "x" * 10_000_000 + '"}', "at most 10000000"),
    ],
    ids=range(5),
)
def test_a_file_that_cannot_be_used_is_refused_at_the_start(tmp_path: Path, content: str, reason: str) -> None:
    """The operator is told the file and what is wrong with it."""
    file = tmp_path / "documents.json"
    file.write_text(content)
    with pytest.raises(SettingUnsafe) as refused:
        TrustedDocuments.read(file)
    [problem] = refused.value.problems
    assert problem.where == str(file)
    assert reason in problem.reason
    with pytest.raises(SettingUnsafe):
        TrustedDocuments.read(tmp_path / "none.json")
