"""A newcomer's path: start, search, ask two ministries in one query, prove it, and see tampering found.

Uses only what the README and `.sacbe/demo.json` say.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import asyncpg
import msgspec
import pytest

from tests.journeys.node import Node, running

WITNESS_SECONDS_MAX = 30.0


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """One running node for the whole path."""
    with running(tmp_path_factory.mktemp("node") / "home") as started:
        yield started


def test_her_own_words_find_the_identity_card_first(node: Node) -> None:
    """`sacar dpi` finds the issuance of the identity card, on the page and in GraphQL alike."""
    answer = node.ask('{ services(query: "sacar dpi", first: 3) { totalCount nodes { identifier title } } }')
    first = answer["data"]["services"]["nodes"][0]
    assert "DPI" in first["title"]
    status, page = node.get("/buscar?q=sacar+dpi")
    assert status == 200
    assert 0 < page.index(f"/servicio/{first['identifier']}") == page.index("/servicio/")


def test_one_query_reads_the_catalogue_and_two_ministries(node: Node) -> None:
    """A public service, a person from a SOAP ministry and a licence from a REST one come in one answer."""
    answer = node.ask_demo("joined")
    assert "errors" not in answer
    exchanged = answer["data"]["exchange"]
    assert answer["data"]["service"]["title"]
    assert exchanged["renap"]
    assert exchanged["transito"]
    assert len(answer["extensions"]["sacbe"]["messages"]) == 2


def test_each_message_can_be_proven(node: Node) -> None:
    """Every message id of an answer passes verification by itself, and so does the whole log."""
    for message in node.ask_demo("joined")["extensions"]["sacbe"]["messages"]:
        verified = node.sacbe("log", "verify", "--message", message["id"])
        assert verified.returncode == 0, verified.stdout + verified.stderr
    whole = node.sacbe("log", "verify")
    assert whole.returncode == 0, whole.stdout + whole.stderr


def test_the_asking_ministry_sees_its_exchanges(node: Node) -> None:
    """The consumer's member reads its own records under X-Road's names; the authority reads totals."""
    messages = {message["id"] for message in node.ask_demo("joined")["extensions"]["sacbe"]["messages"]}

    def is_listed() -> bool:
        listed = msgspec.json.decode(node.sacbe("records", "list", "--member", "GT/GOV/1001", "--json").stdout)
        return messages <= {record["messageId"] for record in listed if record["succeeded"]}

    assert any(is_listed() for _ in range(5))
    totals = msgspec.json.decode(node.sacbe("records", "totals", "--json").stdout)
    assert {"consultarPersona"} <= {total["operation_code"] for total in totals}
    assert node.sacbe("records", "list").returncode == 2
    assert "consultarPersona" in node.sacbe("records", "list", "--member", "GT/GOV/1001").stdout


def test_a_person_sees_who_asked_for_her(node: Node) -> None:
    """With her number, typed and never an argument, she reads who asked for her data and why."""
    messages = {message["id"] for message in node.ask_demo("joined")["extensions"]["sacbe"]["messages"]}
    number = node.demo["queries"]["joined"]["variables"]["cui"]
    told = node.sacbe("person", "accesses", "--json", typed=f"{number}\n")
    assert messages <= {access["messageId"] for access in msgspec.json.decode(told.stdout)}
    assert all(access["purpose"] for access in msgspec.json.decode(told.stdout))
    assert "(none)" in node.sacbe("person", "accesses", typed="1").stdout
    assert node.sacbe("person", "accesses", typed="").returncode == 2


def test_without_a_token_only_the_catalogue_answers(node: Node) -> None:
    """An anonymous caller is refused before any ministry is asked."""
    prepared = node.demo["queries"]["joined"]
    answer = node.ask(prepared["query"], prepared["variables"])
    assert answer["errors"][0]["extensions"]["code"] == "SACBE-302"
    assert not answer.get("data")


def test_without_a_right_nothing_is_exchanged(node: Node) -> None:
    """A known consumer without a right is refused with the missing link and the way to ask for it."""
    token = node.sacbe("token", "GT/GOV/1002/archivo").stdout.strip()
    prepared = node.demo["queries"]["joined"]
    answer = node.ask(prepared["query"], prepared["variables"], token=token)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"SACBE-301"}
    assert "sacbe access" in answer["errors"][0]["extensions"]["hint"]


def test_a_right_is_asked_for_and_decided(node: Node) -> None:
    """A consumer asks, is told that it waits, and after the provider's approval and revocation the list says so."""
    consumer, service = "GT/GOV/1002/archivo", "GT/GOV/2003/licencias/licencias"
    asked = node.sacbe("access", "request", consumer, service, "--purpose", "Archivo", "--until", "2031-01-31")
    assert asked.returncode == 0, asked.stderr

    def agreement() -> dict[str, Any]:
        listed = node.sacbe("access", "list", "--consumer", consumer, "--json")
        found: dict[str, Any] = msgspec.json.decode(listed.stdout)[-1]
        return found

    states = [agreement()["state"]]
    number = str(agreement()["id"])
    for decide in ("approve", "revoke"):
        decided = node.sacbe("access", decide, number, "--by", "estela")
        assert decided.returncode == 0, decided.stderr
        states.append(agreement()["state"])
    assert states == ["waiting", "in force", "revoked"]
    assert (agreement()["decidedBy"], agreement()["until"]) == ("estela", "2031-01-31")
    assert "revoked since" in node.sacbe("access", "list").stdout
    assert node.sacbe("access", "refuse", number, "--reason", "x").returncode == 1


async def test_pages_lead_on(node: Node) -> None:
    """Home, results, service, institution and error page answer in both languages."""
    service = node.demo["queries"]["joined"]["variables"].get("service", "renap-dpi-emision")
    for path in ("/", "/buscar", f"/servicio/{service}", "/errores/SACBE-301"):
        for prefix in ("", "/en"):
            status, page = node.get(prefix + path if prefix + path != "/en/" else "/en")
            assert status == 200
            assert "<h1" in page


Tampering = Callable[[asyncpg.Connection, str], Awaitable[object]]


async def change_a_byte(connection: asyncpg.Connection, table: str) -> None:
    """Turn one byte of a logged body, as only the owner of the database can."""
    await connection.execute(
        f"UPDATE {table} SET body = set_byte(body, 0, get_byte(body, 0) # 1) WHERE id = (SELECT min(id) FROM {table})"
    )


async def cut_the_tail(connection: asyncpg.Connection, table: str) -> None:
    """Delete the newest records."""
    await connection.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id DESC LIMIT 2)")


async def rewrite_history(connection: asyncpg.Connection, table: str) -> None:
    """Replace a record by another's content, everything else in order."""
    await connection.execute(
        f"UPDATE {table} SET (head, body, body_sha256, signature) = "
        f"(SELECT head, body, body_sha256, signature FROM {table} ORDER BY id DESC LIMIT 1) "
        f"WHERE id = (SELECT min(id) FROM {table})"
    )


@pytest.mark.parametrize(
    ("tampering", "place"),
    [(change_a_byte, ".exchange."), (cut_the_tail, "its message was deleted"), (rewrite_history, ".exchange.")],
)
def test_tampering_is_found_and_located(node: Node, tampering: Tampering, place: str) -> None:
    """Whatever the database's owner does to the log, verification fails and says where; undone, it passes."""
    asyncio.run(owner_does(node, save, tampering))
    verified = node.sacbe("log", "verify")
    asyncio.run(owner_does(node, bring_back))
    assert verified.returncode == 1
    assert "SACBE-502" in verified.stderr
    assert place in verified.stderr
    assert node.sacbe("log", "verify").returncode == 0


async def save(connection: asyncpg.Connection, table: str) -> None:
    """Keep the log as it is, to bring it back."""
    await connection.execute(f"CREATE TABLE public.saved AS TABLE {table}")


async def bring_back(connection: asyncpg.Connection, table: str) -> None:
    """Put the log back as it was."""
    await connection.execute(
        f"TRUNCATE {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE TABLE public.saved; DROP TABLE public.saved"
    )


async def owner_does(node: Node, *deeds: Tampering) -> None:
    """Act on the log with the owner's rights, which the node itself has not."""
    connection = await asyncpg.connect(node.demo["database_url"])
    try:
        for deed in deeds:
            await deed(connection, node.demo["log_table"])
    finally:
        await connection.close()


def test_an_exchange_that_goes_before_its_seal_is_named(node: Node) -> None:
    """The owner deletes an exchange within the second before its seal; verification names it all the same."""
    gone = asyncio.run(delete_before_the_seal(node))
    until = time.monotonic() + WITNESS_SECONDS_MAX
    while (verified := node.sacbe("log", "verify")).returncode == 0:
        assert time.monotonic() < until
    assert "SACBE-502" in verified.stderr
    assert all(message_id in verified.stderr for message_id in gone)


async def delete_before_the_seal(node: Node) -> set[str]:
    """Ask until there is something without a leaf, and delete it at once; gives the message ids."""
    connection = await asyncpg.connect(node.demo["database_url"])
    unsealed = f"DELETE FROM {node.demo['log_table']} WHERE id NOT IN (SELECT entry_id FROM bus.log_leaf)"
    try:
        while True:
            await asyncio.to_thread(node.ask_demo, "joined")
            if rows := await connection.fetch(f"{unsealed} RETURNING message_id"):
                return {row["message_id"] for row in rows}
    finally:
        await connection.close()
