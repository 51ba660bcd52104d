"""Stewards at the door: what they read, what hostile input becomes, and how requests must come."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_graphql import administration_inputs as inputs
from sacbe_xroad_like import access
from sacbe_xroad_like.administration import stewards_documents
from tests.conftest import TEMPLATE, named, run
from tests.graphql.administered import ACTORS, INPUTS, NOBODY, PROVIDER, Administered, administered, email
from tests.graphql.test_administration_matrix import CASES, MORE, OPENAPI, PERSONS
from tests.graphql.world import CONSUMER, seeded

pytestmark = pytest.mark.asyncio(loop_scope="session")

READERS = {
    "own steward", "own auditor", "consumer's steward", "consumer's auditor", "stranger's steward", "authority",
    "authority abroad",
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def node(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Administered]:
    """One node for the module."""
    name = "stewards"
    await run(postgres.url, f"create database {name} template {TEMPLATE} strategy file_copy")
    engine: AsyncEngine = database.engine(named(postgres.url, name))
    await seeded(engine)
    async with administered(engine, tmp_path_factory.mktemp("stewards")) as opened:
        await access.request(engine, CONSUMER, PERSONS, purpose="Espera", by="test")
        await opened.does("authority", "addMember", {"identifier": "GT/GOV/7001", "title": "Nuevo"})
        await opened.does("own steward", "addSubsystem", {"identifier": f"{PROVIDER.member}/nuevo", "title": "Nuevo"})
        yield opened
    await engine.dispose()


def codes(answer: dict[str, Any]) -> list[str]:
    """Give the codes of an answer's errors."""
    return [error["extensions"]["code"] for error in answer.get("errors", ())]


@pytest.mark.parametrize("actor", ACTORS)
async def test_me(node: Administered, actor: str) -> None:
    """Everybody learns who she is taken for: a person with her roles, a client, or nobody."""
    answer = await node.reads(actor, "{ me { email client roles { role institution } } }")
    me = answer["data"]["me"]
    if actor == NOBODY:
        assert me is None
    elif "client" in actor:
        assert (me["email"], me["roles"]) == (None, [])
        assert me["client"].startswith("GT/GOV/100")
    else:
        assert (me["email"], me["client"], len(me["roles"])) == (email(actor), None, 1)


@pytest.mark.parametrize("field", ["ownDataServices", "users", "clientKeys", "administrativeActs", "accessRequests"])
@pytest.mark.parametrize("actor", ACTORS)
async def test_who_reads_a_list(node: Administered, field: str, actor: str) -> None:
    """Each list is for whoever has a role that reads; a client has its own requests; others are told which role."""
    answer = await node.reads(actor, f"{{ {field} {{ totalCount }} }}")
    if actor in READERS or (field == "accessRequests" and "client" in actor):
        assert "errors" not in answer
    else:
        assert codes(answer) == ["SACBE-302" if actor == NOBODY else "SACBE-305"]
        assert answer["data"] == {field: None}


async def listed(node: Administered, actor: str, field: str, selection: str) -> list[Any]:
    """Give the nodes of a list as this actor sees it."""
    answer = await node.reads(actor, f"{{ {field}(first: 100) {{ nodes {{ {selection} }} }} }}")
    return list(answer["data"][field]["nodes"])


async def test_a_list_ends_at_the_members_door(node: Administered) -> None:
    """A steward sees her own member's; the authority her whole instance's and no other; an agreement both its sides."""
    own = await listed(node, "own steward", "ownDataServices", "identifier state hasDraft endpoint")
    assert [each["identifier"] for each in own] == [str(PERSONS)]
    assert len(await listed(node, "authority", "ownDataServices", "identifier")) == 2
    assert await listed(node, "authority abroad", "ownDataServices", "identifier") == []
    assert await listed(node, "stranger's steward", "accessRequests", "number") == []
    for side in ("own steward", "consumer's auditor", "consumer's client"):
        assert "Espera" in [each["purpose"] for each in await listed(node, side, "accessRequests", "purpose")]
    emails = [each["email"] for each in await listed(node, "own auditor", "users", "email")]
    assert sorted(emails) == sorted(email(actor) for actor in ACTORS if actor.startswith("own"))


async def test_the_trail_is_read_by_those_concerned(node: Administered) -> None:
    """Each sees the acts about her member; the operator's and others' stand there with who did them."""
    acts = await listed(node, "own auditor", "administrativeActs", "act actor subject members outcome code")
    added = [act for act in acts if act["subject"] == f"{PROVIDER.member}/nuevo"]
    assert added == [
        {
            "act": "addSubsystem",
            "actor": email("own steward"),
            "subject": f"{PROVIDER.member}/nuevo",
            "members": [str(PROVIDER.member)],
            "outcome": "DONE",
            "code": None,
        }
    ]
    assert not [act for act in acts if act["act"] == "addMember"]
    assert [act for act in await listed(node, "authority", "administrativeActs", "act") if act["act"] == "addMember"]


async def test_pages_join(node: Administered) -> None:
    """Page by page, a list is the list; another list's cursor is refused."""
    seen, after = [], "null"
    for _ in range(20):
        answer = await node.reads(
            "authority",
            f"{{ users(first: 2, after: {after}) {{ totalCount nodes {{ email }} "
            "pageInfo { hasNextPage endCursor } edges { cursor } } }",
        )
        page = answer["data"]["users"]
        seen += [each["email"] for each in page["nodes"]]
        after = msgspec.json.encode(page["pageInfo"]["endCursor"]).decode()
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == sorted(set(seen))
    assert len(seen) == page["totalCount"]
    wrong = await node.reads("authority", f"{{ administrativeActs(after: {after}) {{ totalCount }} }}")
    assert codes(wrong) == ["SACBE-204"]


HOSTILE = {
    "a zero character": "a\x00b",
    "much": "x" * (inputs.TEXT_CHARACTERS_MAX + 1),
    "a query": "'; drop table bus.member; --",
    "signs": "../../%2e%2e/\u202e<script>",
    "nothing": "",
    "line ends": "a\r\nb",
}


CHOSEN = {"role", "connection", "number"}
"""Inputs of other types than free text."""


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("field", sorted(INPUTS))
async def test_hostile_texts(node: Administered, field: str, name: str) -> None:
    """Whatever stands in a text, it is taken as one or refused with a code: never an unforeseen failure."""
    allowed, prepare = CASES[field]
    good = await prepare(node) | MORE.get(field, {})
    texts = [
        key for key, value in good.items() if isinstance(value, str) and key not in ("role", "connection", "number")
    ]
    for key in texts:
        answer = await node.does(sorted(allowed)[0], field, good | {key: HOSTILE[name]})
        assert "SACBE-100" not in codes(answer), (key, answer)


@pytest.mark.parametrize(
    ("field", "given", "code"),
    [
        ("approveAccess", {"number": "x"}, "SACBE-109"),
        ("approveAccess", {"number": "-1"}, "SACBE-109"),
        ("approveAccess", {"number": "9" * 18}, "SACBE-201"),
        ("approveAccess", {"number": "9" * 30}, "SACBE-109"),
        ("setDataService", {"identifier": str(PERSONS), "callSecondsMax": 0}, "SACBE-103"),
        ("setDataService", {"identifier": str(PERSONS), "callSecondsMax": 1e9}, "SACBE-103"),
        ("setDataService", {"identifier": str(PERSONS), "replyBytesMax": -1}, "SACBE-103"),
        ("setDataService", {"identifier": str(PERSONS), "endpoint": "http://a@b/"}, "SACBE-407"),
        ("registerDataService", {"provider": str(PROVIDER), "name": "a/b", "document": OPENAPI}, "SACBE-109"),
        ("inviteUser", {"email": "x", "role": "STEWARD", "institution": str(PROVIDER.member)}, "SACBE-315"),
        ("inviteUser", {"email": "a@b.example", "role": "AUTHORITY", "institution": str(PROVIDER.member)}, "SACBE-305"),
        ("revokeUser", {"email": "no@b.example", "institution": str(PROVIDER.member)}, "SACBE-314"),
        ("acceptInvitation", {"invitation": "x", "key": "y"}, "SACBE-313"),
        ("addClientKey", {"client": str(PROVIDER), "key": "-----BEGIN PRIVATE KEY-----"}, "SACBE-308"),
    ],
)
async def test_what_does_not_hold(node: Administered, field: str, given: dict[str, Any], code: str) -> None:
    """Odd numbers, addresses and roles are refused with the code that explains them."""
    assert codes(await node.does("own steward", field, given)) == [code]


@pytest.mark.parametrize(
    "source",
    [
        "http://127.0.0.1/openapi.json",
        "https://127.0.0.1/openapi.json",
        "https://10.1.2.3/a.wsdl",
        "https://[::1]/a.wsdl",
        "https://169.254.169.254/latest",
        "file:///etc/passwd",
        "/etc/passwd",
        "memory:personas",
        "ftp://8.8.8.8/a",
        None,
    ],
)
async def test_a_steward_is_no_operator(node: Administered, source: str | None) -> None:
    """A source that comes over the network leads to public https alone: no file, no private network, allowed or not."""
    given = {"provider": str(PROVIDER), "name": "afuera", "source": source, "kind": "rest"}
    assert codes(await node.does("own steward", "registerDataService", given)) == ["SACBE-407"]


async def test_an_inline_document_has_a_limit_and_leads_nowhere(node: Administered) -> None:
    """A document that is sent is read up to its limit, and what it refers to is fetched by the same strict rules."""
    provider = {"provider": str(PROVIDER), "name": "dentro"}
    large = OPENAPI + " " * stewards_documents.DOCUMENT_BYTES_MAX
    assert codes(await node.does("own steward", "registerDataService", provider | {"document": large})) == ["SACBE-104"]
    leading = OPENAPI.replace('{"description":"sí"}', '{"$ref":"file:///etc/passwd"}')
    assert leading != OPENAPI
    answer = await node.does("own steward", "registerDataService", provider | {"document": leading, "kind": "rest"})
    assert "root:" not in msgspec.json.encode(answer).decode()
    taken = await node.does(
        "own steward",
        "registerDataService",
        {"provider": str(PROVIDER), "name": "afuera", "document": OPENAPI, "endpoint": "https://8.8.4.4/"},
        "outcome version endpoint operations { code reads } changes { kind operation }",
    )
    assert taken["data"]["registerDataService"] == {
        "outcome": "DONE",
        "version": 1,
        "endpoint": "https://8.8.4.4/",
        "operations": [{"code": "leerA", "reads": True}],
        "changes": [{"kind": "added", "operation": "leerA"}],
    }


async def test_acts_run_in_document_order(node: Administered) -> None:
    """Each act sees what the one before it did; one that is refused stops none."""
    text = """mutation {
        first: addSubsystem(input: {identifier: "GT/GOV/2001/orden", title: "Uno"}) { outcome }
        second: addMember(input: {identifier: "GT/GOV/8001", title: "Otro"}) { outcome }
        third: addSubsystem(input: {identifier: "GT/GOV/2001/orden", title: "Uno"}) { outcome }
    }"""
    answer = await node.reads("own steward", text)
    assert answer["data"] == {"first": {"outcome": "DONE"}, "second": None, "third": {"outcome": "STANDS"}}
    assert codes(answer) == ["SACBE-305"]


async def test_acts_and_exchange_do_not_mix(node: Administered) -> None:
    """Changes in ministries' systems are carried before anything runs, so both in one request are refused."""
    text = """mutation {
        addMember(input: {identifier: "GT/GOV/8001", title: "Otro"}) { outcome }
        exchange { providers { alias } }
    }"""
    assert codes(await node.reads("authority", text)) == ["SACBE-102"]


async def test_a_persons_token_calls_no_ministry(node: Administered) -> None:
    """A steward's token stands for no system: an exchange with it is refused before any call."""
    node.memory.heard.clear()
    answer = await node.reads("own steward", '{ exchange { renap { consultarPersona(cui: "1") { cui } } } }')
    assert codes(answer) == ["SACBE-302"]
    assert node.heard == []


async def test_forged_requests_from_a_browser_do_nothing(node: Administered) -> None:
    """By GET, or with a media type that a page may send to another site, no act is done."""
    text = 'mutation { addMember(input: {identifier: "GT/GOV/8002", title: "X"}) { outcome } }'
    bearer = {"authorization": f"Bearer {node.tokens['authority']}"}
    by_get = await node.client.get("/graphql", params={"query": text}, headers=bearer)
    assert (by_get.status_code, codes(by_get.json())) == (405, ["SACBE-107"])
    body = msgspec.json.encode({"query": text})
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        sent = await node.client.post("/graphql", content=body, headers=bearer | {"content-type": media_type})
        assert sent.status_code == 415
    answer = await node.reads("authority", "{ administrativeActs(first: 5) { nodes { subject } } }")
    assert "GT/GOV/8002" not in msgspec.json.encode(answer).decode()


async def test_a_refusal_names_each_finding(node: Administered) -> None:
    """A steward who cannot publish learns every place in the answer itself."""
    operation = {"identifier": str(PERSONS), "operation": "consultarPersona", "personNumbers": ["arguments/dpi"]}
    answer = await node.does("own steward", "markOperation", operation)
    assert codes(answer) == ["SACBE-418"]
    problems = answer["errors"][0]["extensions"]["problems"]
    assert problems
    assert all(set(problem) == {"where", "field", "reason", "hint"} for problem in problems)
