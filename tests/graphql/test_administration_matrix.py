"""Every mutation of the schema, by everybody: who may is done, who may not changes nothing and is told why.

The mutations are taken from the schema itself, so one that comes without a row here, or without a rule, fails.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any
from uuid import uuid4

import asyncpg
import msgspec
import pytest
import pytest_asyncio
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sacbe import database
from sacbe.embedded_postgres import EmbeddedPostgres
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId
from sacbe_terms.links import Link, Supply
from sacbe_xroad_like import access, clients, links, members
from sacbe_xroad_like.administration import linking, users
from sacbe_xroad_like.administration.actor import HeldRole, Role
from sacbe_xroad_like.administration.rules import NEEDED, Act
from sacbe_xroad_like.sandbox import samples
from tests.conftest import TEMPLATE, named, run
from tests.graphql import offers
from tests.graphql.administered import ACTORS, INPUTS, NOBODY, PROVIDER, Administered, administered
from tests.graphql.world import CONSUMER, seeded

pytestmark = pytest.mark.asyncio(loop_scope="session")

PERSONS = DataServiceId(PROVIDER, "personas")
TAXPAYERS = DataServiceId(offers.TAXES, "contribuyentes")
STEWARD = {"own steward"}
PERSON = {"cui": "1", "nombres": "A"}
BOTH = {"own steward", "authority"}

OPENAPI = msgspec.json.encode(
    {
        "openapi": "3.0.3",
        "info": {"title": "Matriz", "version": "1"},
        "servers": [{"url": "https://8.8.8.8/"}],
        "paths": {"/a": {"get": {"operationId": "leerA", "responses": {"200": {"description": "sí"}}}}},
    }
).decode()


def public_key() -> str:
    """Give a new public key."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def unused(prefix: str) -> str:
    """Give a name that nothing has yet."""
    return f"{prefix}{uuid4().hex[:12]}"


async def a_key(node: Administered) -> dict[str, Any]:
    """Register a key of the provider and name it."""
    return {"number": str((await clients.add_key(node.engine, PROVIDER, public_key().encode())).id)}


async def a_request(node: Administered) -> dict[str, Any]:
    """Have the consumer ask, and name the request."""
    asked = await access.request(node.engine, CONSUMER, PERSONS, purpose=unused("Fin "))
    return {"number": str(asked.id)}


async def a_right(node: Administered) -> dict[str, Any]:
    """Give the consumer a right and name it."""
    given = await access.grant(node.engine, CONSUMER, PERSONS, purpose=unused("Fin "), until=date(2999, 1, 1))
    return {"number": str(given.id)}


async def a_rule(node: Administered) -> dict[str, Any]:
    """Have the provider approve by a rule and name it."""
    return {"number": str((await access.make_rule(node.engine, PERSONS, who="GT/NGO", days_max=1)).id)}


async def an_invitation(node: Administered) -> dict[str, Any]:
    """Invite somebody and give what she accepts it with."""
    held = HeldRole(Role.AUDITOR, PROVIDER.member)
    written = await users.invite(node.engine, unused("p") + "@people.example", held, by="operator")
    return {"invitation": written.text, "key": public_key()}


async def somebody(node: Administered) -> dict[str, Any]:
    """Give the provider another auditor, and name her."""
    address = unused("p") + "@people.example"
    await users.give_role(node.engine, address, HeldRole(Role.AUDITOR, PROVIDER.member), by="test")
    return {"email": address, "institution": str(PROVIDER.member)}


async def a_draft(node: Administered) -> dict[str, Any]:
    """Leave a draft of the provider's data service, and name it."""
    await node.bus.registration.adjust(PERSONS, call_seconds_max=7)
    return {"identifier": str(PERSONS)}


async def in_force(node: Administered) -> dict[str, Any]:
    """Publish the provider's data service, and name it."""
    await node.bus.registration.publish(PERSONS)
    return {"identifier": str(PERSONS)}


async def a_new_link(_node: Administered) -> dict[str, Any]:
    """Give a link that is not declared yet."""
    link = {"service": str(PERSONS), "typeName": "Persona", "fieldName": unused("de")}
    return link | {"operation": str(OperationId(TAXPAYERS, "consultarContribuyente")), "arguments": ["cui=$cui"]}


async def a_link(node: Administered) -> dict[str, Any]:
    """Declare a link and name it."""
    given = await a_new_link(node)
    declared = Link(
        service=PERSONS,
        type_name=given["typeName"],
        field=given["fieldName"],
        target=OperationId.parse(given["operation"]),
        arguments=linking.arguments(given["arguments"]),
    )
    await links.add(node.engine, declared)
    return {name: given[name] for name in ("service", "typeName", "fieldName")}


async def a_new_supply(node: Administered) -> dict[str, Any]:
    """Give an evidence that nothing supplies, with an operation."""
    operation = OperationId(PERSONS, "consultarPersona")
    taken = {each.evidence for each in await links.all_supplies(node.engine)}
    async with node.engine.connect() as connection:
        evidences = await connection.execute(sa.text("select identifier from catalog.node where kind = 'evidence'"))
        free = next(each for each in evidences.scalars() if each not in taken)
    return {"evidence": free, "operation": str(operation)}


async def a_supply(node: Administered) -> dict[str, Any]:
    """Say what supplies an evidence, and name both."""
    given = await a_new_supply(node)
    supply = Supply(evidence=given["evidence"], operation=OperationId.parse(given["operation"]))
    await links.add_supply(node.engine, supply)
    return given


async def a_sample(node: Administered) -> dict[str, Any]:
    """Keep a sample of the provider's operation, and name that."""
    operation = OperationId(PERSONS, "consultarPersona")
    await node.bus.registration.publish(PERSONS)
    await samples.keep(node.engine, operation, PERSON)
    return {"operation": str(operation)}


def always(**given: Any) -> Callable[[Administered], Awaitable[dict[str, Any]]]:
    """Give this input; what is a function is called for a new value."""

    async def prepared(_node: Administered) -> dict[str, Any]:
        return {name: value() if callable(value) else value for name, value in given.items()}

    return prepared


CASES: dict[str, tuple[set[str], Callable[[Administered], Awaitable[dict[str, Any]]]]] = {
    "addMember": ({"authority"}, always(identifier=lambda: unused("GT/GOV/m"), title="Otro")),
    "addSubsystem": (BOTH, always(identifier=lambda: unused(f"{PROVIDER.member}/s"), title="Otro")),
    "addClientKey": (STEWARD, always(client=str(PROVIDER), key=public_key)),
    "removeClientKey": (BOTH, a_key),
    "setConnection": (STEWARD, always(client=str(PROVIDER), connection="SSLNOAUTH")),
    "revokeClientTokens": (BOTH, always(client=str(PROVIDER))),
    "inviteUser": (
        BOTH,
        always(email=lambda: unused("p") + "@people.example", role="EDITOR", institution=str(PROVIDER.member)),
    ),
    "acceptInvitation": (set(ACTORS), an_invitation),
    "revokeUser": (BOTH, somebody),
    "requestAccess": (
        {"consumer's steward", "consumer's client"},
        always(consumer=str(CONSUMER), service=str(PERSONS), purpose=lambda: unused("Fin ")),
    ),
    "grantAccess": (STEWARD, always(consumer=str(CONSUMER), service=str(PERSONS), purpose=lambda: unused("Fin "))),
    "approveAccess": (STEWARD, a_request),
    "refuseAccess": (STEWARD, a_request),
    "revokeAccess": (STEWARD, a_right),
    "addApprovalRule": (STEWARD, always(service=str(PERSONS), who="GT/GOV", daysMax=30)),
    "endApprovalRule": (STEWARD, a_rule),
    "setLocalGroup": (
        STEWARD,
        always(identifier=lambda: unused(f"LOCALGROUP:{PROVIDER}/g"), title="Grupo", include=[str(CONSUMER)]),
    ),
    "setGlobalGroup": ({"authority"}, always(identifier=lambda: unused("GLOBALGROUP:GT/g"), include=[str(CONSUMER)])),
    "registerDataService": (
        STEWARD,
        always(provider=str(PROVIDER), name=lambda: unused("d"), document=OPENAPI, kind="rest"),
    ),
    "setDataService": (STEWARD, always(identifier=str(PERSONS), callSecondsMax=5)),
    "markOperation": (STEWARD, always(identifier=str(PERSONS), operation="buscarPersonas", isPersonal=False)),
    "checkDataService": (STEWARD, always(identifier=str(PERSONS))),
    "publishDataService": (STEWARD, a_draft),
    "suspendDataService": (STEWARD, in_force),
    "addLink": (BOTH, a_new_link),
    "removeLink": (BOTH, a_link),
    "addSupply": (BOTH, a_new_supply),
    "removeSupply": (BOTH, a_supply),
    "recordSample": (STEWARD, always(operation=f"{PERSONS}/consultarPersona", answer=PERSON)),
    "removeSample": (STEWARD, a_sample),
}
"""Who may, seen from the provider; and how what is asked is brought about."""

NEW_EACH_TIME = {"acceptInvitation", "inviteUser", "registerDataService", "addApprovalRule"}

MORE = {"refuseAccess": {"reason": "No procede"}}

TABLES = (
    "bus.link", "bus.supply", "bus.approval_rule", "bus.client_group", "bus.client_group_member",
    "bus.member", "bus.subsystem", "bus.client_key", "bus.access_token", "bus.agreement", "bus.user_role",
    "bus.sample", "bus.invitation", "bus.user_key", "bus.user_token", "catalog.data_service", "catalog.description",
)  # fmt: skip
DIGEST = " union all ".join(
    f"select '{name}', md5(string_agg(t::text, ',' order by t::text)) from {name} t" for name in TABLES
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def node(
    postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[Administered, asyncpg.Connection]]:
    """One node for the whole matrix, and its database's owner."""
    name = f"matrix_{uuid4().hex}"
    await run(postgres.url, f"create database {name} template {TEMPLATE} strategy file_copy")
    url = named(postgres.url, name)
    engine, owner = database.engine(url), await asyncpg.connect(url.replace("+asyncpg", ""))
    async with administered(engine, tmp_path_factory.mktemp("matrix")) as opened:
        await seeded(engine)
        yield opened, owner
    await owner.close()
    await engine.dispose()


async def test_every_mutation_has_a_rule_and_a_row() -> None:
    """No mutation is in the schema without an act of that name, a rule for it and a row of this matrix."""
    without_rule = {Act.ACCEPT_INVITATION, Act.MAKE_TOKEN}
    assert set(INPUTS) == set(CASES) == {act.value for act in Act} - {Act.MAKE_TOKEN, Act.READ}
    assert set(NEEDED) == set(Act) - without_rule
    assert all(NEEDED.values())


@pytest.mark.parametrize("actor", ACTORS)
@pytest.mark.parametrize("field", sorted(INPUTS))
async def test_who_may_and_who_may_not(node: tuple[Administered, asyncpg.Connection], field: str, actor: str) -> None:
    """Allowed: done. Not allowed: no row changes, and a hint says who gives the role. In the trail, both."""
    administered_node, owner = node
    allowed, prepare = CASES[field]
    given = await prepare(administered_node) | MORE.get(field, {})
    before, acts = await owner.fetch(DIGEST), await owner.fetchval("select count(*) from bus.administrative_act")
    answer = await administered_node.does(actor, field, given)
    after = await owner.fetch(DIGEST)
    last = await owner.fetchrow("select * from bus.administrative_act order by id desc limit 1")
    written = await owner.fetchval("select count(*) from bus.administrative_act") - acts
    if actor in allowed:
        assert "errors" not in answer, answer
        assert answer["data"][field]["outcome"] in ("DONE", "STANDS")
        assert (written, last["act"]) == (1, field)
        assert last["outcome"] in ("done", "stands")
        return
    (error,) = answer["errors"]
    assert answer["data"] == {field: None}
    assert after == before
    assert error["extensions"]["code"] == ("SACBE-302" if actor == NOBODY else "SACBE-305")
    assert error["extensions"]["hint"]
    assert written == (actor != NOBODY)
    if written:
        assert (last["act"], last["outcome"], last["code"]) == (field, "refused", "SACBE-305")


@pytest.mark.parametrize("field", sorted(set(INPUTS) - NEW_EACH_TIME))
async def test_twice_is_once(node: tuple[Administered, asyncpg.Connection], field: str) -> None:
    """The same asked again stands already, or is a further draft, or is told what is gone."""
    administered_node, _ = node
    allowed, prepare = CASES[field]
    actor = sorted(allowed)[0]
    given = await prepare(administered_node) | MORE.get(field, {})
    first, second = [await administered_node.does(actor, field, given) for _ in range(2)]
    assert "errors" not in first, first
    if "errors" in second:
        assert second["errors"][0]["extensions"]["code"] in ("SACBE-201", "SACBE-308", "SACBE-314", "SACBE-316")
    elif field not in ("setDataService", "markOperation", "checkDataService", "recordSample"):
        assert second["data"][field]["outcome"] == "STANDS"


async def test_two_who_decide_at_once_decide_once(node: tuple[Administered, asyncpg.Connection]) -> None:
    """Approved and refused at the same time, a request is one or the other, and the trail says which."""
    administered_node, _ = node
    request = await a_request(administered_node)
    said = await asyncio.gather(
        administered_node.does("own steward", "approveAccess", request, "agreement { state }"),
        administered_node.does("own steward", "refuseAccess", request | {"reason": "No"}, "agreement { state }"),
    )
    assert sum("errors" in answer for answer in said) == 1


async def test_a_role_abroad_is_none_here(node: tuple[Administered, asyncpg.Connection]) -> None:
    """A member whose name begins like another's is another member, and no steward of the one has the other."""
    administered_node, _ = node
    longer = MemberId("GT", "GOV", f"{PROVIDER.member.member_code}0")
    await members.add(administered_node.engine, longer, title="Casi")
    given = {"identifier": f"{longer}/x", "title": "X"}
    answer = await administered_node.does("own steward", "addSubsystem", given)
    assert answer["errors"][0]["extensions"]["code"] == "SACBE-305"
