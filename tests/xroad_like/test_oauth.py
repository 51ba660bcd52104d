"""OAuth over real connections: a token for a signed assertion, good in the hands of whoever asked and no others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import members_tls, token_route
from sacbe.listeners import MEMBERS_TLS, PUBLIC
from sacbe_catalog.data_services import DataServices
from sacbe_catalog.reading import CatalogueReader
from sacbe_graphql import http
from sacbe_graphql.door import GraphQLDoor
from sacbe_xroad_like import clients, tokens
from sacbe_xroad_like.administration import user_tokens, users
from sacbe_xroad_like.administration.actor import HeldRole, Role
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.oauth import client_assertion
from sacbe_xroad_like.tables import access_token
from tests.app.tls import client as tls_client
from tests.app.tls import files, self_signed, served, serving
from tests.conftest import BASE_IRI
from tests.signing.signed import EC, OTHER, by_ec
from tests.xroad_like.assertions import ORIGIN, assertion, now, proof
from tests.xroad_like.town import CONSUMER, PROVIDER, STRANGER, Office, running_bus, until

QUERY = {"query": '{ exchange { renap { consultarPersona(cui: "1") { nombres } } } }'}
PUBLIC_KEY = EC.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@dataclass(frozen=True)
class Node:
    """A node in production: its bus, its public and TLS listeners, and callers of both."""

    bus: Bus
    engine: AsyncEngine
    folder: Path
    ports: dict[str, int]
    plain: httpx.AsyncClient

    @asynccontextmanager
    async def over_tls(self, show: Path | None = None) -> AsyncIterator[httpx.AsyncClient]:
        """Give a caller of the TLS listener that shows this certificate, or none."""
        address = f"https://localhost:{self.ports[MEMBERS_TLS]}"
        verify = tls_client(files(self.folder / "keys"), show)
        async with httpx.AsyncClient(verify=verify, base_url=address) as caller:
            yield caller


@pytest.fixture
async def node(engine: AsyncEngine, office: Office, tmp_path: Path) -> AsyncIterator[Node]:
    """A node whose consumer has registered a key; development tokens are not taken."""
    async with node_of(engine, office, tmp_path, PUBLIC_KEY) as served_node:
        yield served_node


@asynccontextmanager
async def node_of(
    engine: AsyncEngine, office: Office, tmp_path: Path, key: bytes, client_statuses: ClientStatuses | None = None
) -> AsyncIterator[Node]:
    """Serve a node whose consumer has registered this key or certificate."""
    identity: dict[str, Any] = {"origins": (ORIGIN,), "takes_unbound_tokens": False, "client_statuses": client_statuses}
    async with running_bus(engine, office, tmp_path, **identity) as bus:
        door = GraphQLDoor(CatalogueReader(engine, BASE_IRI), DataServices(engine), bus)
        await door.refresh(bus.registry)
        routes = [*http.routes(door), *token_route.routes(bus.token_endpoint)]
        context = served(tmp_path / "keys")
        bus.on_change(members_tls.registered_in(context))
        await clients.add_key(engine, CONSUMER, key)
        await bus._watch.refresh()
        app = cast(Any, Litestar(routes, openapi_config=None, logging_config=None))
        async with serving(app, context) as ports:
            address = f"http://127.0.0.1:{ports[PUBLIC]}"
            async with httpx.AsyncClient(base_url=address) as plain:
                yield Node(bus, engine, tmp_path, ports, plain)


async def ask_token(caller: httpx.AsyncClient, *, dpop: str | None = None, **form: str | None) -> httpx.Response:
    """Ask for a token; a field that is None is left out."""
    given = {
        "grant_type": "client_credentials",
        "client_assertion_type": client_assertion.TYPE,
        "client_assertion": assertion(),
    } | form
    kept = {name: value for name, value in given.items() if value is not None}
    return await caller.post("/oauth/token", data=kept, headers={"dpop": dpop} if dpop else {})


async def given_token(node: Node) -> str:
    """Give a token that is bound to the client's key."""
    answer = await ask_token(node.plain, dpop=proof())
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP"), answer.text
    return str(answer.json()["access_token"])


async def query(caller: httpx.AsyncClient, authorization: str, *proofs: str) -> str:
    """Ask the door; give the code of its error, or the answer's name."""
    headers = [("authorization", authorization), *(("dpop", each) for each in proofs)]
    headers.append(("accept", "application/graphql-response+json"))
    answer = await caller.post("/graphql", json=QUERY, headers=headers)
    content = answer.json()
    if "errors" not in content:
        return str(content["data"]["exchange"]["renap"]["consultarPersona"]["nombres"])
    assert answer.status_code == 401
    assert len(answer.headers.get_list("www-authenticate")) == 2
    return f"{content['errors'][0]['extensions']['code']}: {content['errors'][0]['message']}"


NAME = "Ixchel Ñ"


async def test_a_token_is_good_with_its_key(node: Node) -> None:
    """Asked for with a DPoP proof, it opens the door with a proof of the same key, as often as there is a new one."""
    token = await given_token(node)
    for _ in range(2):
        assert await query(node.plain, f"DPoP {token}", proof(token=token)) == NAME


async def test_the_answer_is_as_the_standard_has_it(node: Node) -> None:
    """It is never kept by a cache, and says for how long the token holds; the database has only its digest."""
    answer = await ask_token(node.plain, dpop=proof())
    content = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert (content["expires_in"], set(content)) == (600, {"access_token", "token_type", "expires_in"})
    async with node.engine.connect() as connection:
        rows = (await connection.execute(sa.select(access_token))).all()
    assert [row.sha256 for row in rows] == [tokens.digest(content["access_token"])]


async def test_a_stolen_token_is_worth_nothing(node: Node) -> None:
    """Alone, as a bearer, or with another's proof, it is refused, and each time it is said why."""
    token = await given_token(node)
    refused = {
        "bare": await query(node.plain, f"Bearer {token}"),
        "no proof": await query(node.plain, f"DPoP {token}"),
        "as a bearer": await query(node.plain, f"Bearer {token}", proof(token=token)),
        "another's key": await query(node.plain, f"DPoP {token}", proof(token=token, key=OTHER)),
        "another's token": await query(node.plain, f"DPoP {token}", proof(token="x")),
        "another address": await query(node.plain, f"DPoP {token}", proof(token=token, htu=f"{ORIGIN}/oauth/token")),
        "another method": await query(node.plain, f"DPoP {token}", proof(token=token, htm="GET")),
        "a clock behind": await query(node.plain, f"DPoP {token}", proof(token=token, iat=now() - 300)),
        "a clock ahead": await query(node.plain, f"DPoP {token}", proof(token=token, iat=now() + 300)),
        "two proofs": await query(node.plain, f"DPoP {token}", proof(token=token), proof(token=token)),
    }
    assert all(said.startswith("SACBE-302: ") for said in refused.values()), refused
    assert "clocks" in refused["a clock behind"]
    assert "bound to another key" in refused["another's key"]


async def test_a_proof_is_used_once(node: Node) -> None:
    """A second request with the same proof is a replay, at whatever moment of its minute it comes."""
    token = await given_token(node)
    once = proof(token=token)
    said = await asyncio.gather(*(query(node.plain, f"DPoP {token}", once) for _ in range(5)))
    assert said.count(NAME) == 1
    assert sum("used before" in each for each in said) == 4


async def test_an_assertion_is_used_once(node: Node) -> None:
    """A replayed assertion gets no token, with a fresh proof neither."""
    once = assertion()
    answers = [await ask_token(node.plain, dpop=proof(), client_assertion=once) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 401]
    assert answers[1].json()["error"] == "invalid_client"
    assert "used before" in answers[1].json()["error_description"]


async def test_a_removed_key_takes_its_tokens_along(node: Node) -> None:
    """Who has lost its key is out at once, and gets no new token."""
    token = await given_token(node)
    (key,) = await clients.keys(node.engine)
    await clients.remove_key(node.engine, key.id)
    await until(lambda: tokens.digest(token) not in node.bus.registry.tokens and not node.bus.registry.client_keys)
    assert "is not known here" in await query(node.plain, f"DPoP {token}", proof(token=token))
    assert (await ask_token(node.plain, dpop=proof())).json()["error"] == "invalid_client"


async def test_tokens_are_taken_back(node: Node) -> None:
    """`sacbe client revoke` ends every token of a client; its key stays."""
    token = await given_token(node)
    assert await tokens.revoke_all(node.engine, CONSUMER) == 1
    await until(lambda: not node.bus.registry.tokens)
    assert "is not known here" in await query(node.plain, f"DPoP {token}", proof(token=token))
    assert await query(node.plain, f"DPoP {(again := await given_token(node))}", proof(token=again)) == NAME


async def test_a_token_ends(node: Node, owner: asyncpg.Connection) -> None:
    """After its time it is refused like any other that does not hold."""
    token = await given_token(node)
    await owner.execute("update bus.access_token set expires_at = now() - interval '1 second'")
    await node.bus._watch.refresh()
    assert "no longer valid" in await query(node.plain, f"DPoP {token}", proof(token=token))


async def test_unbound_tokens_are_for_development(node: Node) -> None:
    """A production node takes no bearer that whoever finds it could use."""
    token = await tokens.make(node.engine, CONSUMER)
    assert "development only" in await query(node.plain, f"Bearer {token}")
    assert "not bound to a DPoP key" in await query(node.plain, f"DPoP {token}", proof(token=token))


async def test_a_token_may_be_bound_to_the_certificate(node: Node, tmp_path: Path) -> None:
    """Asked for over mutual TLS without a proof, it is good on connections that show the same certificate alone."""
    shown = [self_signed(tmp_path, name) for name in ("one", "two")]
    for each in shown:
        await clients.add_key(node.engine, CONSUMER, each.certificate.public_bytes(Encoding.PEM))
    await node.bus._watch.refresh()
    async with node.over_tls(shown[0].file) as caller, node.over_tls(shown[1].file) as other:
        answer = await ask_token(caller)
        assert (answer.status_code, answer.json()["token_type"]) == (200, "Bearer"), answer.text
        token = f"Bearer {answer.json()['access_token']}"
        assert await query(caller, token) == NAME
        for thief in (other, node.plain):
            assert "bound to a TLS certificate" in await query(thief, token)


async def test_another_clients_certificate_binds_nothing(node: Node, tmp_path: Path) -> None:
    """A certificate that is not the client's own gets no token, though the assertion is good."""
    stranger = self_signed(tmp_path, "stranger")
    await clients.add_key(node.engine, STRANGER, stranger.certificate.public_bytes(Encoding.PEM))
    await node.bus._watch.refresh()
    async with node.over_tls(stranger.file) as caller:
        answer = await ask_token(caller)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"client_assertion": None}, "invalid_client"),
        ({"client_assertion": "a.b.c"}, "invalid_client"),
        ({"client_assertion_type": "other"}, "invalid_client"),
        ({"client_id": "GT/GOV/1002/archivo"}, "invalid_client"),
        ({"dpop": None}, "invalid_request"),
        ({"dpop": "a.b.c"}, "invalid_dpop_proof"),
    ],
)
async def test_what_gets_no_token(node: Node, form: dict[str, str | None], error: str) -> None:
    """Each refusal has the standard's word and status, and a sentence that helps."""
    answer = await ask_token(node.plain, **({"dpop": proof()} | form))
    assert answer.json()["error"] == error
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.json()["error_description"].endswith(".")


async def test_what_is_no_form(node: Node) -> None:
    """Another method, another type, bytes that are no text, a field that stands twice, a body without end."""
    form = {"content-type": "application/x-www-form-urlencoded"}
    answers = [
        await node.plain.get("/oauth/token"),
        await node.plain.post("/oauth/token", json={"grant_type": "client_credentials"}),
        await node.plain.post("/oauth/token", content=b"\xff", headers=form),
        await node.plain.post("/oauth/token", content=b"scope=&scope=", headers=form),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [(400, "invalid_request")] * 4
    endless = await node.plain.post("/oauth/token", content=b"a" * 40_000, headers=form)
    assert endless.status_code == 413


async def given_user(node: Node) -> str:
    """Have a steward come with her key; give her address."""
    written = await users.invite(
        node.engine, "ixchel@renap.example", HeldRole(Role.STEWARD, PROVIDER.member), by="test"
    )
    return (await users.accept(node.engine, written.text, PUBLIC_KEY)).email


async def me(node: Node, authorization: str, *proofs: str) -> Any:
    """Ask the door who this is; give her address, or what it says of the token."""
    headers = [("authorization", authorization), *(("dpop", each) for each in proofs)]
    answer = (await node.plain.post("/graphql", json={"query": "{ me { email } }"}, headers=headers)).json()
    return answer["data"]["me"]["email"] if "data" in answer else answer["errors"][0]["message"]


async def test_a_user_gets_a_token_as_a_client_does(node: Node) -> None:
    """With her key's assertion and proof, good with proofs of that key alone, and gone at once when she is revoked."""
    email = await given_user(node)
    answer = await ask_token(node.plain, dpop=proof(), client_assertion=assertion(iss=email, sub=email))
    assert (answer.status_code, answer.json()["token_type"]) == (200, "DPoP"), answer.text
    token = answer.json()["access_token"]
    assert await me(node, f"DPoP {token}", proof(token=token)) == email
    assert "bound to a key" in await me(node, f"Bearer {token}")
    assert "bound to another key" in await me(node, f"DPoP {token}", proof(token=token, key=OTHER))
    await users.revoke(node.engine, email)
    assert "is not known here" in await me(node, f"DPoP {token}", proof(token=token))
    again = await ask_token(node.plain, dpop=proof(), client_assertion=assertion(iss=email, sub=email))
    assert again.json()["error"] == "invalid_client"


async def test_a_user_is_only_herself(node: Node) -> None:
    """Another's key or address, or a client's name, gives no token; nor does an assertion without a proof."""
    email = await given_user(node)
    for wrong in (
        {"iss": email, "sub": email, "sign": by_ec(OTHER)},
        {"iss": "otra@renap.example", "sub": "otra@renap.example"},
        {"iss": email, "sub": str(CONSUMER)},
        {"iss": "a@b\x00.example", "sub": "a@b\x00.example"},
        {"iss": "@", "sub": "@"},
    ):
        answer = await ask_token(node.plain, dpop=proof(), client_assertion=assertion(**wrong))
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    unbound = await ask_token(node.plain, client_assertion=assertion(iss=email, sub=email))
    assert (unbound.status_code, unbound.json()["error"]) == (400, "invalid_request")


async def test_a_key_that_goes_while_it_asks(node: Node, owner: asyncpg.Connection) -> None:
    """Revoked between her assertion and her token, she gets none, and is told so in the protocol's own way."""
    email = await given_user(node)
    waiting = "select count(*) from pg_locks where locktype = 'transactionid' and not granted"
    async with owner.transaction():
        await owner.execute("delete from bus.user_key where email = $1", email)
        asking = asyncio.create_task(
            ask_token(node.plain, dpop=proof(), client_assertion=assertion(iss=email, sub=email))
        )
        for _ in range(1000):
            if await owner.fetchval(waiting):
                break
            await asyncio.sleep(0.01)
        assert not asking.done()
    answer = await asking
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_a_users_plain_token_is_for_development(node: Node) -> None:
    """A production node takes no user's bearer that whoever finds it could use."""
    token = await user_tokens.make(node.engine, await given_user(node))
    assert "development only" in await me(node, f"Bearer {token}")
