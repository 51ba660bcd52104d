"""Bad input and faults on X-Road's wire: the right error, nothing on the way, nothing on record twice."""

from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like import access, message_log
from tests.adapters.wire import Wire, http, saying
from tests.xroad_like.counter import CLIENT, R1, Counter, open_counter, status_of
from tests.xroad_like.test_soap_relay import asked, fault_code, header, post, reply_to
from tests.xroad_like.wire.test_soap_message import message
from tests.xroad_like.wire_town import REST_CONSUMER, REST_SERVICE, Town, publish, rest_description, town

NOTHING: list[str] = []
BODY = '<s:Body><p:persona xmlns:p="urn:p"/></s:Body>'


@pytest.fixture
async def counter(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Counter]:
    """A town's counter."""
    async with open_counter(engine, tmp_path) as opened:
        yield opened


@pytest.fixture
async def soap(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose SOAP ministry answers."""
    async with saying(http(reply_to(asked()).encode())) as wire, town(engine, tmp_path, wire) as running:
        yield running


async def directions(owner: asyncpg.Connection) -> list[str]:
    """Give the directions of all that is on record."""
    return [row["direction"] for row in await owner.fetch("select direction from bus.message_log order by id")]


def heard(wire: Wire) -> list[str]:
    """Give the request lines that the ministry heard."""
    return [request.partition("\r\n")[0] for connection in wire.heard for request in connection]


@pytest.mark.parametrize(
    "lines",
    [
        "Content-Length: 2\r\nContent-Length: 3",
        "Content-Length: 2\r\nTransfer-Encoding: chunked",
        "Content-Length: -1",
        "Content-Length: two",
        "Transfer-Encoding: chunked, identity",
    ],
)
async def test_two_opinions_of_a_length(counter: Counter, lines: str, owner: asyncpg.Connection) -> None:
    """A request that two readers could cut differently is refused, and the ministry hears nothing."""
    answer = await counter.say(f"POST {R1}/cosas HTTP/1.1\r\nX-Road-Client: {REST_CONSUMER}\r\n{lines}", b"{}")
    assert status_of(answer) == 400
    assert (counter.stock.taken, await directions(owner)) == ([], NOTHING)


async def test_a_chunk_that_is_none(counter: Counter, owner: asyncpg.Connection) -> None:
    """A body whose chunks break off in nonsense ends its connection; nothing of it goes on."""
    head = f"POST {R1}/cosas HTTP/1.1\r\nX-Road-Client: {REST_CONSUMER}\r\nTransfer-Encoding: chunked"
    answer = await counter.say(head, b"5\r\nhello\r\nnonsense\r\n")
    assert answer == b"" or status_of(answer) == 400
    assert (counter.stock.taken, await directions(owner)) == ([], NOTHING)


@pytest.mark.parametrize("name", ["X-Road-Client", "x-road-client"])
async def test_a_header_that_stands_twice(counter: Counter, name: str) -> None:
    """The last one counts, for who is asked and for what is recorded alike."""
    async with counter.client() as client:
        twice = [
            ("X-Road-Client", "EE/BUSINESS/consumer"),
            (name, str(REST_CONSUMER)),
            ("X-Road-Id", "1"),
            ("x-road-id", "2"),
        ]
        client.headers.pop("X-Road-Client")
        answer = await client.get(f"{R1}/cosas/1", headers=httpx.Headers(twice))
        assert (answer.status_code, answer.headers["x-road-client"], answer.headers["x-road-id"]) == (
            200,
            str(REST_CONSUMER),
            "2",
        )
        refused = await client.get(f"{R1}/cosas/1", headers=httpx.Headers(list(reversed(twice))))
        assert refused.headers["x-road-error"] == "Server.ServerProxy.AccessDenied"


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/fincas/1", "GET /base/fincas/1 HTTP/1.1"),
        ("/fincas/a%2Fb", "GET /base/fincas/a%2Fb HTTP/1.1"),
        ("/x/../fincas/1", "GET /base/x/../fincas/1 HTTP/1.1"),
        ("/fincas/./1", "GET /base/fincas/./1 HTTP/1.1"),
        ("/fincas/..%2F1", ""),
        ("/fincas/%2e%2e%2f1", ""),
        ("/fincas/1%2F..%2F..", ""),
        ("/fincas%2F1", ""),
        ("%2Ffincas/1", ""),
        ("/fincas/../fincas", ""),
        ("/fincas/1/..", "GET /base/fincas/1/.. HTTP/1.1"),
        ("/fincas/1/%2e%2e/%2e%2e/otras/1", ""),
        ("/fincas/../../fincas/1", ""),
        ("/fincas/%2e%2e/%2e%2e/%2e%2e/fincas/1", ""),
        ("/fincas/1%5C..%5Cx", ""),
        ("/fincas/1%00", ""),
        ("/fincas/1/2", ""),
    ],
)
async def test_slashes_and_dots(counter: Counter, path: str, line: str) -> None:
    """A right to `/fincas/*` is decided by the path as it is meant; what is let through goes on as it came."""
    limited = DataServiceId(REST_SERVICE.subsystem, "limitado")
    described = rest_description(("GET", "/fincas/{id}"), source="limitado.json")
    await publish(counter.engine, limited, described, f"{counter.stock.address}/base")
    await access.grant(counter.engine, REST_CONSUMER, OperationId(limited, "op0"), purpose="pruebas")
    await counter.bus._watch.refresh()
    head = f"GET /r1/{limited}{path} HTTP/1.1\r\nConnection: close\r\nX-Road-Client: {REST_CONSUMER}"
    answer = await counter.say(head)
    assert counter.stock.asked == ([line] if line else NOTHING)
    is_refused = b"Server.ServerProxy.AccessDenied" in answer or b"Server.ServerProxy.UnknownService" in answer
    assert is_refused is not bool(line)


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
async def test_header_elements_in_any_order(soap: Town, order: tuple[int, ...]) -> None:
    """X-Road prescribes none."""
    whole = header("persona")
    starts = [whole.index(f"<x:{name}") for name in ("client", "service", "id", "protocolVersion")]
    elements = [whole[start:end] for start, end in zip(starts, [*starts[1:], len(whole)], strict=True)]
    answer = await post(soap, message("".join(elements[place] for place in order), BODY).encode())
    assert fault_code(answer) == ""


@pytest.mark.parametrize(
    "text",
    [
        asked().replace("<s:Header>", "<s:Header/><s:Header>"),
        asked().replace("</s:Header>", f"</s:Header><s:Header>{header('testQuery')}</s:Header>"),
        asked().replace("</s:Envelope>", f"{BODY}</s:Envelope>"),
        message("", BODY + f"<s:Header>{header('persona')}</s:Header>").replace("<s:Header></s:Header>", ""),
    ],
    ids=["empty first", "two headers", "two bodies", "header behind body"],
)
async def test_an_envelope_that_two_readers_could_read_differently(
    soap: Town, owner: asyncpg.Connection, text: str
) -> None:
    """Header once, then body once; all else is refused before anybody hears it."""
    answer = await post(soap, text.encode())
    assert fault_code(answer) == "Client.InvalidSoap"
    assert (heard(soap.wire), await directions(owner)) == (NOTHING, NOTHING)


@pytest.mark.parametrize("end", [1, 100, 400, -20, -1])
async def test_a_soap_message_that_is_cut(soap: Town, owner: asyncpg.Connection, end: int) -> None:
    """Is no message, alone and as a part."""
    cut = asked().encode()[:end]
    assert fault_code(await post(soap, cut)) == "Client.InvalidSoap"
    part = b"--b\r\nContent-Type: text/xml\r\n\r\n" + cut
    assert fault_code(await post(soap, part, "multipart/related; boundary=b")) == "Client.MimeParsingFailed"
    assert (heard(soap.wire), await directions(owner)) == (NOTHING, NOTHING)


@pytest.mark.parametrize(
    "head",
    ["Content-Length: 1000000", "Transfer-Encoding: chunked"],
)
async def test_a_reply_that_is_cut(engine: AsyncEngine, tmp_path: Path, owner: asyncpg.Connection, head: str) -> None:
    """Nothing of it is given; what the client gets is on record once."""

    async def say(writer: Any) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}\r\n\r\n".encode())
        writer.write((b"" if head.startswith("Content") else b"30d40\r\n") + bytes(200_000))
        await writer.drain()
        writer.close()

    async with saying(say) as wire, town(engine, tmp_path, wire) as running:
        answer = await running.client.post(f"{R1}/personas", headers=CLIENT)
        assert answer.headers["x-road-error"].startswith("Server.ServerProxy.ServiceFailed.")
        assert len(heard(wire)) == 1
        assert await directions(owner) == ["request", "reply"]
        assert await owner.fetchval("select body from bus.message_log where direction = 'reply'") == answer.content


async def test_a_change_that_cannot_be_recorded(
    counter: Counter, owner: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is not made; when the log takes entries again, so does the node."""
    monkeypatch.setattr(message_log, "APPEND_SECONDS_MAX", 0.3)
    async with counter.client() as client:
        async with owner.transaction():
            await owner.execute("lock table bus.message_log in access exclusive mode")
            refused = await client.post(f"{R1}/cosas", content=b"{}")
            assert refused.headers["x-road-error"] == "Server.ClientProxy.LoggingFailed.InternalError"
            assert counter.stock.taken == []
        monkeypatch.undo()
        assert (await client.post(f"{R1}/cosas", content=b"{}")).status_code == 200
    assert await directions(owner) == ["request", "reply"]
