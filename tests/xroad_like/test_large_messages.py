"""Large messages: refused before they are read, carried whole, logged by their digest, and held by nobody."""

import asyncio
import gc
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe import server
from sacbe_xroad_like import clients, incoming, members_listener, sealing, verify
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.message_log import LOGGED_BODY_BYTES_MAX
from sacbe_xroad_like.relay import MESSAGE_BYTES_MAX
from tests.journeys.warehouse import PIECE
from tests.xroad_like.counter import CLIENT, R1, Counter, open_counter, status_of
from tests.xroad_like.test_soap_relay import asked, fault_code, reply_to
from tests.xroad_like.town import authority, until
from tests.xroad_like.wire_town import REST_CONSUMER

T1 = "/t1/EE/BUSINESS/producer/sub/echo/op1"
LARGE = PIECE * 200
"""12.5 MiB: more than is logged."""


@pytest.fixture
async def counter(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Counter]:
    """A town's counter."""
    async with open_counter(engine, tmp_path) as opened:
        yield opened


def posting(
    path: str, length: str = f"Content-Length: {MESSAGE_BYTES_MAX}", client: str = CLIENT["X-Road-Client"]
) -> str:
    """Write the head of a request with a body."""
    return f"POST {path} HTTP/1.1\r\n{length}\r\nX-Road-Client: {client}\r\nContent-Type: application/json"


async def rows(owner: asyncpg.Connection) -> list[asyncpg.Record]:
    """Give the log."""
    return list(await owner.fetch("select direction, body, body_sha256 from bus.message_log order by id"))


@pytest.mark.parametrize(
    ("path", "client", "status", "code"),
    [
        (f"{R1}/cosas", "EE/BUSINESS/consumer", 500, b"Server.ServerProxy.AccessDenied"),
        (f"{R1}/cosas", "EE/BUSINESS/nobody/sub", 500, b"Server.ClientProxy.UnknownMember"),
        ("/r1/EE/BUSINESS/producer/sub/nada", "EE/BUSINESS/consumer/sub", 500, b"Server.ServerProxy.UnknownService"),
        (T1, "EE/BUSINESS/consumer", 403, b"SACBE-301"),
        (T1, "EE/BUSINESS/nobody/sub", 404, b"SACBE-304"),
        ("/t1/EE/BUSINESS/producer/sub/echo/nada", "EE/BUSINESS/consumer/sub", 404, b"SACBE-413"),
    ],
)  # fmt: skip
async def test_who_may_not_is_told_before_the_body(
    counter: Counter, path: str, client: str, status: int, code: bytes
) -> None:
    """The answer comes though nothing of the body was sent, and ends the connection."""
    answer = await counter.say(posting(path, client=client))
    assert status_of(answer) == status
    assert code in answer
    assert b"connection: close" in answer
    assert counter.stock.taken == []


@pytest.mark.parametrize("path", [f"{R1}/cosas", T1])
async def test_who_is_not_believed_is_told_before_the_body(counter: Counter, path: str) -> None:
    """A client that must show a certificate and shows none."""
    await clients.choose_connection(counter.engine, REST_CONSUMER, ConnectionType.MUTUAL_TLS)
    await counter.bus._watch.refresh()
    answer = await counter.say(posting(path))
    assert b"SslAuthenticationFailed" in answer or b"SACBE-302" in answer
    assert b"connection: close" in answer


async def test_who_sends_on_gets_the_refusal_too(counter: Counter) -> None:
    """A client that is sending its body when it is refused can read why."""
    async with counter.client() as client:
        refused = await client.post(
            f"{R1}/cosas", content=bytes(300_000), headers={"X-Road-Client": "EE/BUSINESS/consumer"}
        )
        assert refused.headers["x-road-error"] == "Server.ServerProxy.AccessDenied"
        assert (await client.post(f"{R1}/cosas", content=b"{}")).status_code == 200


@pytest.mark.parametrize("path", [f"{R1}/cosas", "/", T1])
async def test_what_is_announced_too_large(counter: Counter, owner: asyncpg.Connection, path: str) -> None:
    """Is refused at once, goes nowhere and is not in the log."""
    head = posting(path, f"Content-Length: {MESSAGE_BYTES_MAX + 1}").replace("application/json", "text/xml")
    answer = await counter.say(head)
    assert status_of(answer) == {f"{R1}/cosas": 400, "/": 200, T1: 413}[path]
    assert b"larger than" in answer
    assert (b"SACBE-511" if path == T1 else b"Client.BadRequest") in answer
    assert b"connection: close" in answer
    assert (counter.stock.taken, await rows(owner)) == ([], [])


async def test_what_turns_out_too_large(
    counter: Counter, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A body of unknown length is refused at the byte that is one too many, counted once, and its room is free."""
    monkeypatch.setattr(members_listener, "MESSAGE_BYTES_MAX", len(LARGE) - 1)
    chunk = b"%x\r\n%b\r\n" % (len(LARGE), LARGE)
    answer = await counter.say(posting(f"{R1}/cosas", "Transfer-Encoding: chunked"), chunk)
    assert status_of(answer) == 400
    assert b"Client.BadRequest" in answer
    assert (counter.stock.taken, await rows(owner)) == ([], [])
    await counter.bus.records.stop()
    assert await owner.fetchval("select count(*) from bus.operational_record") == 1
    gc.collect()
    assert counter.bus.relay.spool.spooled_bytes == 0


async def test_a_large_message_is_carried_whole(counter: Counter, owner: asyncpg.Connection) -> None:
    """There and back byte for byte, signed, logged by its digest alone, and no room is kept for it."""
    assert len(LARGE) > LOGGED_BODY_BYTES_MAX
    async with counter.client() as client:
        sent = await client.post(f"{R1}/cosas", content=LARGE)
        got = await client.get(f"{R1}/cosas/{len(LARGE)}")
    digest = sha256(LARGE)
    assert counter.stock.taken == [(digest.hexdigest(), len(LARGE))]
    assert (sent.status_code, sent.content) == (200, digest.hexdigest().encode())
    assert (got.status_code, got.content) == (200, LARGE)
    logged = [(row["direction"], row["body"] is None, row["body_sha256"]) for row in await rows(owner)]
    assert logged[0] == ("request", True, digest.digest())
    assert logged[3] == ("reply", True, digest.digest())
    assert [is_missing for _, is_missing, _ in logged] == [True, False, False, True]
    trust = authority(counter.folder).trust()
    assert (await verify.verify(counter.engine, sealing.checkpoints_file(counter.folder), trust)).holds
    gc.collect()
    assert counter.bus.relay.spool.spooled_bytes == 0
    assert not any((counter.folder / "spool").iterdir())


async def test_a_middling_message_is_logged_with_its_body(counter: Counter, owner: asyncpg.Connection) -> None:
    """What is spooled and within the log's limit stands in the log."""
    middling = LARGE[:1_000_000]
    async with counter.client() as client:
        assert (await client.post(f"{R1}/cosas", content=middling)).status_code == 200
    assert (await rows(owner))[0]["body"] == middling


async def test_a_small_message_touches_no_disk(counter: Counter) -> None:
    """Neither its request nor its reply."""
    async with counter.client() as client:
        assert (await client.post(f"{R1}/cosas", content=LARGE[:100_000])).status_code == 200
        assert len((await client.get(f"{R1}/cosas/100000")).content) == 100_000
    assert not (counter.folder / "spool").exists()


async def test_a_reply_that_is_too_large(counter: Counter, owner: asyncpg.Connection) -> None:
    """Is a fault of the provider's, recorded once as what the client got."""
    async with counter.client() as client:
        answer = await client.get(f"{R1}/cosas/{MESSAGE_BYTES_MAX + 1}")
    assert answer.headers["x-road-error"] == "Server.ServerProxy.ServiceFailed.IOError"
    assert [(row["direction"], row["body"]) for row in await rows(owner)][1:] == [("reply", answer.content)]


async def test_a_disk_without_room(counter: Counter, owner: asyncpg.Connection) -> None:
    """Is told before anything is sent; small messages go on."""
    (counter.folder / "spool").write_text("no folder")
    async with counter.client() as client:
        refused = await client.post(f"{R1}/cosas", content=LARGE)
        assert refused.headers["x-road-error"] == "Server.ClientProxy.IOError"
        assert (counter.stock.taken, await rows(owner)) == ([], [])
        assert (await client.post(f"{R1}/cosas", content=b"{}")).status_code == 200


@pytest.mark.parametrize("length", [f"Content-Length: {len(LARGE)}", "Transfer-Encoding: chunked"])
async def test_a_message_that_is_cut_in_the_middle(counter: Counter, owner: asyncpg.Connection, length: str) -> None:
    """A client that goes away while it sends: the ministry hears nothing, and nothing is on record or kept."""
    piece = LARGE[:1_000_000]
    sent = piece if length.startswith("Content") else b"%x\r\n%b\r\n" % (len(piece), piece)
    await counter.say(posting(f"{R1}/cosas", length), sent, ends=True)
    async with counter.client() as client:
        assert (await client.get(f"{R1}/cosas/1")).status_code == 200
    await until(lambda: gc.collect() >= 0 and counter.bus.relay.spool.spooled_bytes == 0)
    assert counter.stock.taken == []
    assert len(await rows(owner)) == 2


async def test_a_body_that_comes_too_slowly(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is told so, and the connection ends."""
    monkeypatch.setattr(incoming, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(incoming, "PACE_BYTES_PER_SECOND", 1_000_000_000)
    answer = await counter.say(posting(f"{R1}/cosas"), b"{")
    assert status_of(answer) == 400
    assert b"too slowly" in answer
    assert b"connection: close" in answer


async def test_an_answer_that_nobody_takes(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that takes nothing of its large answer is let go, and no room is kept."""
    monkeypatch.setattr(incoming, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(incoming, "PACE_BYTES_PER_SECOND", 1_000_000_000)
    monkeypatch.setattr(server, "STALLED_SECONDS_MAX", 0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", counter.port, limit=1)
    writer.write(f"GET {R1}/cosas/50000000 HTTP/1.1\r\nHost: a\r\nX-Road-Client: {REST_CONSUMER}\r\n\r\n".encode())
    spool = counter.bus.relay.spool
    await until(lambda: spool.spooled_bytes > 0)
    await until(lambda: gc.collect() >= 0 and spool.spooled_bytes == 0)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(50_000_000)
    writer.close()


def multipart(message: bytes, attachment: bytes) -> bytes:
    """Write a SOAP message with an attachment beside it."""
    first = b"--b\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n" + message
    second = b"\r\n--b\r\nContent-Type: application/octet-stream\r\nContent-ID: <a>\r\n\r\n" + attachment
    return first + second + b"\r\n--b--\r\n"


async def test_a_large_attachment(counter: Counter, owner: asyncpg.Connection) -> None:
    """Goes on with its message; in the reply the hash is written and the attachment stays byte for byte."""
    counter.stock.says = ("multipart/related; boundary=b", multipart(reply_to(asked()).encode(), LARGE))
    asked_for = multipart(asked().encode(), LARGE)
    async with counter.client() as client:
        answer = await client.post("/", content=asked_for, headers={"content-type": "multipart/related; boundary=b"})
    assert counter.stock.taken == [(sha256(asked_for).hexdigest(), len(asked_for))]
    head, _, rest = answer.content.partition(b"\r\n--b\r\n")
    assert b"requestHash" in head
    assert LARGE in rest
    logged = await rows(owner)
    assert [(row["body"], row["body_sha256"]) for row in logged] == [
        (None, sha256(asked_for).digest()),
        (None, sha256(answer.content).digest()),
    ]


async def test_a_soap_client_is_told_before_its_attachment(counter: Counter) -> None:
    """The message says who calls; what stands beside it is not waited for."""
    message = asked("nada").encode()
    content = multipart(message, b"")
    head = posting("/", f"Content-Length: {MESSAGE_BYTES_MAX}").replace(
        "application/json", "multipart/related; boundary=b"
    )
    answer = await counter.say(head, content[: content.index(b"Content-ID")])
    assert b"Server.ServerProxy.UnknownService" in answer
    assert b"connection: close" in answer


async def test_a_large_soap_message(counter: Counter) -> None:
    """One that is larger than a piece is read as any other; one that is no tree for memory is refused."""
    filled = asked().replace("<p:persona ", f"<!--{'x' * 1_000_000}--><p:persona ")
    counter.stock.says = ("text/xml", reply_to(filled).encode())
    async with counter.client() as client:
        answer = await client.post("/", content=filled.encode(), headers={"content-type": "text/xml"})
        assert (fault_code(answer), b"requestHash" in answer.content) == ("", True)
        huge = filled.replace("<!--", "<!--" + "x" * 17_000_000).encode()
        refused = await client.post("/", content=huge, headers={"content-type": "text/xml"})
    assert fault_code(refused) == "Client.InvalidSoap"
    assert len(counter.stock.taken) == 1
