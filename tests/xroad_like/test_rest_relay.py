"""X-Road's REST clients are served as they are: what goes on, what comes back, what is refused and recorded."""

import gzip
from base64 import b64encode
from collections.abc import AsyncIterator
from hashlib import sha512
from pathlib import Path

import asyncpg
import httpx
import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.identifiers import DataServiceId, OperationId
from sacbe_xroad_like import access
from sacbe_xroad_like.wire.fault import CodeStyle
from tests.adapters.wire import Wire, http, saying
from tests.xroad_like.wire_town import REST_CONSUMER, REST_SERVICE, Town, publish, rest_description, town

R1 = "/r1/EE/BUSINESS/producer/sub/echo"
SOAP_ONE = "/r1/EE/BUSINESS/producer/subsys2/getState"
CLIENT = {"x-road-client": "EE/BUSINESS/consumer/sub"}
PLAIN = http(
    b'{"value":42}', kind="application/json", more="Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nX-Road-Id: mine\r\n"
)


@pytest.fixture
async def plain(engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Town]:
    """A town whose REST ministry answers with a number."""
    async with saying(PLAIN) as wire, town(engine, tmp_path, wire) as running:
        yield running


def heard(wire: Wire) -> list[str]:
    """Give the requests that the ministry heard."""
    return [request for connection in wire.heard for request in connection]


async def test_a_request_goes_on_as_it_came(plain: Town) -> None:
    """Method, path, query, users' headers and body reach the ministry; those of the connection do not."""
    answer = await plain.client.post(
        f"{R1}/path%3B/?a=%20", content=b'{"value" : 42}', headers={**CLIENT, "x-mine": "1", "te": "x", "accept": "a/b"}
    )
    assert (answer.status_code, answer.content) == (200, b'{"value":42}')
    (request,) = heard(plain.wire)
    head, _, body = request.partition("\r\n\r\n")
    assert head.startswith("POST /base/path%3B/?a=%20 HTTP/1.1\r\n")
    assert body == '{"value" : 42}'
    names = [line.partition(":")[0] for line in head.split("\r\n")[1:]]
    assert {"x-mine", "accept", "x-road-client", "x-road-id", "x-road-request-id", "content-length"} <= set(names)
    assert not {"te", "user-agent", "connection"} & set(names)


async def test_the_answer_says_what_it_answers(plain: Town) -> None:
    """The id is kept, client, service, request id and hash are told, and what the ministry claims of them is not."""
    answer = await plain.client.get(f"{R1}/personas/1", headers={**CLIENT, "x-road-id": "7"})
    assert answer.headers["x-road-id"] == "7"
    assert answer.headers["x-road-client"] == "EE/BUSINESS/consumer/sub"
    assert answer.headers["x-road-service"] == "EE/BUSINESS/producer/sub/echo"
    assert len(answer.headers["x-road-request-hash"]) == 88
    assert "x-road-error" not in answer.headers
    assert "date" not in answer.headers  # the node's own server writes the one Date
    other = await plain.client.get(f"{R1}/personas/1", headers={**CLIENT, "x-road-id": "8"})
    assert other.headers["x-road-request-hash"] != answer.headers["x-road-request-hash"]


async def test_the_hash_is_of_what_is_on_record(plain: Town, owner: asyncpg.Connection) -> None:
    """The log holds the canonical head that was hashed, signed by both sides, and the log verifies."""
    answer = await plain.client.get(f"{R1}/personas/1", headers={**CLIENT, "x-road-id": "7"})
    rows = await owner.fetch("select * from bus.message_log order by id")
    assert [row["direction"] for row in rows] == ["request", "reply"]
    assert {row["operation"] for row in rows} == {"EE/BUSINESS/producer/sub/echo"}
    assert answer.headers["x-road-request-hash"] == b64encode(sha512(rows[0]["head"]).digest()).decode()
    assert rows[1]["body"] == answer.content


async def test_what_is_encoded_stays_encoded(engine: AsyncEngine, tmp_path: Path) -> None:
    """Parts of identifiers with any characters are understood, and a packed reply comes packed."""
    packed = gzip.compress(b"{}")
    reply = http(packed, kind="application/json", more="Content-Encoding: gzip\r\n")
    async with saying(reply) as wire, town(engine, tmp_path, wire) as running:
        async with running.client.stream("GET", f"{R1}/a%2Fb", headers=CLIENT) as answer:
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
        assert (answer.headers["content-encoding"], raw) == ("gzip", packed)
        assert heard(wire)[0].startswith("GET /base/a%2Fb HTTP/1.1")


async def test_a_redirect_is_handed_on(engine: AsyncEngine, tmp_path: Path) -> None:
    """Nobody but the client follows a redirect."""
    moved = http(
        b"", status="302 Found", more="Location: http://elsewhere.example/\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n"
    )
    async with saying(moved) as wire, town(engine, tmp_path, wire) as running:
        answer = await running.client.get(R1, headers=CLIENT)
        assert (answer.status_code, answer.headers["location"]) == (302, "http://elsewhere.example/")
        assert answer.headers.get_list("set-cookie") == ["a", "b"]


@pytest.mark.parametrize(
    ("method", "path", "client", "status", "code"),
    [
        ("GET", "/r1/invalid", "EE/BUSINESS/consumer/sub", 400, "Client.BadRequest"),
        ("GET", R1, "", 400, "Client.InvalidClientIdentifier"),
        ("GET", R1, "EE/BUSINESS/nobody/sub", 500, "Server.ClientProxy.UnknownMember"),
        ("GET", "/r1/EE/BUSINESS/nobody/sub/x", "EE/BUSINESS/consumer/sub", 500, "Server.ClientProxy.UnknownMember"),
        ("GET", "/r1/EE/BUSINESS/producer/sub/x", "EE/BUSINESS/consumer/sub", 500, "Server.ServerProxy.UnknownService"),
        ("GET", SOAP_ONE, "EE/BUSINESS/consumer/sub", 500, "Server.ServerProxy.ServiceType"),
        ("GET", R1, "EE/BUSINESS/consumer", 500, "Server.ServerProxy.AccessDenied"),
        ("GET", f"{R1}/a/%2e%2e/%2e%2e/x", "EE/BUSINESS/consumer/sub", 500, "Server.ServerProxy.AccessDenied"),
    ],
)  # fmt: skip
async def test_what_is_refused(plain: Town, method: str, path: str, client: str, status: int, code: str) -> None:
    """Each refusal has X-Road's code and status, and the ministry hears nothing of it."""
    headers = {"x-road-client": client} if client else {}
    answer = await plain.client.send(httpx.Request(method, f"http://members{path}", headers=headers))
    assert (answer.status_code, answer.headers["x-road-error"]) == (status, code)
    told = msgspec.json.decode(answer.content)
    assert (told["type"], set(told)) == (code, {"type", "message", "detail"})
    assert heard(plain.wire) == []


async def test_a_right_to_an_operation_is_a_right_to_its_endpoint(
    engine: AsyncEngine, plain: Town, tmp_path: Path
) -> None:
    """Method and path are measured by the operation's, and all others stay denied."""
    limited = DataServiceId(REST_SERVICE.subsystem, "limitado")
    address = f"http://127.0.0.1:{plain.wire.port}/base"
    described = rest_description(("GET", "/fincas/{id}"), ("PUT", "/fincas/{id}"), source="limitado.json")
    await publish(engine, limited, described, address)
    await access.grant(engine, REST_CONSUMER, OperationId(limited, "op0"), purpose="pruebas")
    await plain.bus._watch.refresh()
    base = "/r1/EE/BUSINESS/producer/sub/limitado"
    assert (await plain.client.get(f"{base}/fincas/1", headers=CLIENT)).status_code == 200
    assert (await plain.client.get(f"{base}/x/../fincas/1", headers=CLIENT)).status_code == 200
    for method, path in (("PUT", "/fincas/1"), ("GET", "/fincas/1/2"), ("GET", "/fincas"), ("GET", "/")):
        refused = await plain.client.request(method, f"{base}{path}", headers=CLIENT)
        assert refused.headers["x-road-error"] == "Server.ServerProxy.AccessDenied"


async def test_x_roads_wire_counts_too(engine: AsyncEngine, plain: Town) -> None:
    """The daily quota holds for clients of X-Road's own: one message too many is denied, and nothing is sent."""
    limited = DataServiceId(REST_SERVICE.subsystem, "contado")
    described = rest_description(("GET", "/fincas"), source="contado.json")
    await publish(engine, limited, described, f"http://127.0.0.1:{plain.wire.port}/base")
    await access.grant(engine, REST_CONSUMER, limited, purpose="pruebas", per_day=2)
    await plain.bus._watch.refresh()
    path = "/r1/EE/BUSINESS/producer/sub/contado/fincas"
    statuses = [(await plain.client.get(path, headers=CLIENT)).status_code for _ in range(2)]
    refused = await plain.client.get(path, headers=CLIENT)
    assert statuses == [200, 200]
    assert refused.headers["x-road-error"] == "Server.ServerProxy.AccessDenied"
    assert "has used 2 of the 2 calls a day" in refused.json()["message"]
    assert len(heard(plain.wire)) == 2


async def test_an_ill_ministry_is_told_as_x_road_tells_it(engine: AsyncEngine, tmp_path: Path) -> None:
    """Nonsense and silence become typed errors in the form that was asked for, and are on record."""
    async with saying(b"SSH-2.0-OpenSSH\r\n") as wire, town(engine, tmp_path, wire, style=CodeStyle.SNAKE) as running:
        answer = await running.client.get(R1, headers={**CLIENT, "accept": "text/xml"})
        assert answer.status_code == 500
        assert answer.headers["x-road-error"] == "server.serverproxy.service_failed.io_error"
        assert answer.headers["content-type"] == "text/xml;charset=utf-8"
        assert answer.headers["x-road-id"].startswith("EE-")
        assert "127.0.0.1" not in answer.text


async def test_what_a_rest_provider_offers(plain: Town) -> None:
    """listMethods shows all of it, allowedMethods what the client may call, both without a right."""
    base = "/r1/EE/BUSINESS/producer/sub"
    listed = (await plain.client.get(f"{base}/listMethods", headers=CLIENT)).json()
    (service,) = listed["service"]
    assert (service["service_code"], service["service_type"]) == ("echo", "OPENAPI")
    assert service["endpoint_list"] == [
        {"method": "GET", "path": "/personas/*"},
        {"method": "POST", "path": "/personas"},
    ]
    assert (await plain.client.get(f"{base}/allowedMethods", headers=CLIENT)).json() == listed
    stranger = {"x-road-client": "EE/BUSINESS/consumer"}
    assert (await plain.client.get(f"{base}/allowedMethods", headers=stranger)).json() == {"service": []}
    assert heard(plain.wire) == []


async def test_a_rest_providers_document(engine: AsyncEngine, plain: Town, tmp_path: Path) -> None:
    """getOpenAPI gives the registered document without the ministry's host, or says why not as clients expect."""
    file = tmp_path / "fincas.json"
    file.write_text(
        '{"openapi":"3.0.0","info":{"title":"x","version":"1"},"paths":{},"servers":[{"url":"http://10.0.0.1/v1"}]}'
    )
    await publish(
        engine,
        DataServiceId(REST_SERVICE.subsystem, "fincas"),
        rest_description(("GET", "/"), source=str(file)),
        "http://127.0.0.1:1/",
    )
    await plain.bus._watch.refresh()
    base = "/r1/EE/BUSINESS/producer/sub/getOpenAPI"
    given = await plain.client.get(f"{base}?serviceCode=fincas", headers=CLIENT)
    assert given.json()["servers"] == [{"url": "/v1"}]
    for query, code, message in (
        ("", "InvalidRequest", "Missing parameter"),
        ("?serviceCode=nada", "InternalError", "Service not found"),
        ("?serviceCode=echo", "InternalError", "Failed reading service description from"),
    ):
        refused = (await plain.client.get(base + query, headers=CLIENT)).json()
        assert refused["type"] == f"Server.ServerProxy.{code}"
        assert refused["message"].startswith(message)


async def test_who_takes_part(plain: Town) -> None:
    """listClients answers in JSON and in XML, verificationconf with a zip."""
    listed = (await plain.client.get("/listClients", headers={"accept": "application/json"})).json()
    assert len(listed["member"]) == 6
    assert (await plain.client.get("/listClients")).headers["content-type"] == "text/xml;charset=utf-8"
    assert (await plain.client.get("/verificationconf")).content.startswith(b"PK")
