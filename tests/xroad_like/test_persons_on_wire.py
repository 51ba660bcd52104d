"""Persons in messages of X-Road's own wire: each sees who asked for her, though the messages are passed on."""

import gzip
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest
from lxml import etree
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.descriptions import Description, Field, NamedType, Operation, Place, Record, Source
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like import access, number_places
from sacbe_xroad_like.number_places import Way
from sacbe_xroad_like.person_accesses import PersonKeys
from tests.adapters.wire import Say, http, saying
from tests.xroad_like.test_soap_relay import asked, fault_code, post, reply_to
from tests.xroad_like.wire_town import (
    CONSUMER,
    PROVIDER,
    REST_CONSUMER,
    REST_SERVICE,
    SOAP_CODES,
    Town,
    publish,
    soap_description,
    town,
)

HER, HIM, ANOTHER = "2345678901234", "1234567890123", "3456789012345"
STATED = {"X-Road-Client": str(REST_CONSUMER), "X-Road-UserId": "GT1", "X-Road-Issue": "A-1", "Accept": ""}
PERSON = Record(
    name="Persona",
    fields=(
        Field(name="cui", wire="{urn:p}CUI", type="String"),
        Field(name="madre", wire="madre", type="Persona"),
        Field(name="nota", wire="nota", type="String"),
    ),
)
CUI_IN_PATH = Field(name="cui", wire="cui", type="String", place=Place.PATH)
BODY = Field(name="solicitud", wire="solicitud", type="Solicitud", place=Place.BODY)


def rest_described() -> Description:
    """Describe a register with marked numbers in path, query, header, body and replies."""
    types: dict[str, NamedType] = {
        "Persona": Record(name="Persona", fields=(Field(name="cui", wire="CUI", type="String"),)),
        "Solicitud": Record(name="Solicitud", fields=(Field(name="quien", wire="de-quien", type="String"),)),
    }

    def operation(
        method: str, path: str, arguments: Iterable[Field], marks: tuple[str, ...], depth: int = 0
    ) -> Operation:
        alias = f"{method.lower()}{len(path)}"
        result = Field(name="result", wire="", type="Persona", list_depth=depth)
        return Operation(
            code=alias, alias=alias, reads=method == "GET", arguments=tuple(arguments), result=result,
            method=method, path=path, is_personal=True, person_numbers=marks,
        )  # fmt: skip

    places: dict[str, Place] = {"q": Place.QUERY, "x-cui": Place.HEADER, "c": Place.COOKIE}
    others = [
        Field(name=f"n{number}", wire=wire, type="String", place=place)
        for number, (wire, place) in enumerate(places.items())
    ]
    operations = (
        operation("GET", "/personas/{cui}", [CUI_IN_PATH], ("arguments/cui", "result/cui")),
        operation("GET", "/personas", others, ("arguments/n0", "arguments/n1", "arguments/n2", "result/cui"), depth=1),
        operation("POST", "/solicitudes", [BODY], ("arguments/solicitud/quien", "result/cui")),
    )
    sources = (Source(location="registro.json", sha256="00" * 32),)
    return Description(kind="rest", title="Registro", operations=operations, types=types, sources=sources)


@asynccontextmanager
async def registry(engine: AsyncEngine, folder: Path, reply: Say | bytes) -> AsyncIterator[Town]:
    """Run a town with a marked REST register that answers so."""
    service = DataServiceId(REST_SERVICE.subsystem, "registro")
    async with saying(reply) as wire, town(engine, folder, wire) as running:
        await publish(engine, service, rest_described(), f"http://127.0.0.1:{wire.port}")
        await access.grant(engine, REST_CONSUMER, service, purpose="trámite")
        await running.bus._watch.refresh()
        yield running


async def ask(
    running: Town, method: str, path: str, headers: Mapping[str, str] = {}, content: bytes = b""
) -> httpx.Response:
    """Ask the register as an X-Road client does, and state what a personal operation requires."""
    given = {**STATED, **headers}
    return await running.client.request(
        method, f"/r1/{REST_SERVICE.subsystem}/registro{path}", content=content, headers=given
    )


def json(value: Any, *, more: str = "") -> bytes:
    """Write a JSON reply."""
    return http(msgspec.json.encode(value), kind="application/json", more=more)


async def counts(running: Town) -> list[int]:
    """Say how often each of three persons was asked for or told of."""
    return [len(await running.bus.person_accesses(number)) for number in (HER, HIM, ANOTHER)]


async def test_she_sees_who_asked_over_x_roads_wire(engine: AsyncEngine, tmp_path: Path) -> None:
    """Consumer, service, purpose and message id, once for one exchange."""
    async with registry(engine, tmp_path, json({"CUI": HER})) as running:
        answer = await ask(running, "GET", "/personas/2345-67890-1234", {"X-Road-Id": "m-1"})
        assert answer.status_code == 200
        (told,) = await running.bus.person_accesses(HER)
        assert (told.consumer, told.operation) == (str(REST_CONSUMER), f"{REST_SERVICE.subsystem}/registro")
        assert (told.purpose, told.message_id) == ("trámite", "m-1")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/personas/{HER}", {}),
        (f"/personas?q={HER}", {}),
        ("/personas?q=2345%2067890%201234&x=1", {}),
        ("/personas", {"X-Cui": HER}),
        ("/personas", {"Cookie": f"a=b; c={HER}"}),
        (f"/x/../personas/./{HER}", {}),
    ],
    ids=["path", "query", "spaces", "header", "cookie", "dots"],
)
async def test_where_she_may_be_asked_for(
    engine: AsyncEngine, tmp_path: Path, path: str, headers: dict[str, str]
) -> None:
    """In path, query, header and cookie; also when nobody was found."""
    async with registry(engine, tmp_path, json({})) as running:
        assert (await ask(running, "GET", path, headers)).status_code == 200
        assert await counts(running) == [1, 0, 0]


@pytest.mark.parametrize("packed", [False, True])
async def test_a_list_counts_for_each_person(engine: AsyncEngine, tmp_path: Path, packed: bool) -> None:
    """Whoever stands in a reply sees it, once, also in a packed one; what is not marked names nobody."""
    people = msgspec.json.encode([{"CUI": HER}, {"persona": {"CUI": HIM}}, {"CUI": HER}, {"otra": ANOTHER}])
    reply = http(
        gzip.compress(people) if packed else people,
        kind="application/json",
        more="Content-Encoding: gzip\r\n" if packed else "",
    )
    async with registry(engine, tmp_path, reply) as running:
        assert (await ask(running, "GET", "/personas", {"Accept-Encoding": "br, gzip"})).status_code == 200
        assert await counts(running) == [1, 1, 0]
        assert "accept-encoding" not in running.wire.heard[0][0].lower()


async def test_a_change_is_told_before_it_is_made(
    engine: AsyncEngine, tmp_path: Path, owner: asyncpg.Connection
) -> None:
    """With its request; who appears only in the reply is told with that, and nobody twice."""
    told: list[int] = []

    async def say(writer: Any) -> None:
        told.append(await owner.fetchval("select count(*) from bus.person_access"))
        writer.write(json([{"CUI": HER}, {"CUI": HIM}]))

    async with registry(engine, tmp_path, say) as running:
        body = msgspec.json.encode({"de-quien": HER})
        assert (
            await ask(running, "POST", "/solicitudes", {"Content-Type": "application/json"}, body)
        ).status_code == 200
        assert told == [1]
        assert await counts(running) == [1, 1, 0]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", f"a=1&de-quien={HER}".encode()),
        ("application/xml", f"<s><de-quien>{HER}</de-quien></s>".encode()),
        ("application/json; charset=utf-8", msgspec.json.encode({"a": [{"de-quien": [HER]}]})),
    ],
)
async def test_other_forms_of_a_body(engine: AsyncEngine, tmp_path: Path, kind: str, body: bytes) -> None:
    """A form, XML, and JSON with something between."""
    async with registry(engine, tmp_path, json({})) as running:
        assert (await ask(running, "POST", "/solicitudes", {"Content-Type": kind}, body)).status_code == 200
        assert await counts(running) == [1, 0, 0]


@pytest.mark.parametrize(
    ("body", "coding"),
    [(b"{", ""), (b"{}", "br"), (b"no gzip", "gzip"), (gzip.compress(b"{}")[:-3], "gzip")],
    ids=["broken", "packed otherwise", "not packed", "cut"],
)
async def test_a_request_that_cannot_be_read(
    engine: AsyncEngine, tmp_path: Path, owner: asyncpg.Connection, body: bytes, coding: str
) -> None:
    """Goes no further: it cannot be told whom it is about."""
    async with registry(engine, tmp_path, json({})) as running:
        headers = {"Content-Type": "application/json", "Content-Encoding": coding}
        refused = await ask(running, "POST", "/solicitudes", headers, body)
        assert refused.headers["x-road-error"] == "Client.BadRequest"
        assert running.wire.heard == []
        assert await owner.fetchval("select count(*) from bus.message_log") == 0


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (http(b"[", kind="application/json"), "Server.ServerProxy.ServiceFailed.IOError"),
        (json([], more="Content-Encoding: br\r\n"), "Server.ServerProxy.ServiceFailed.IOError"),
        (http(b"[", kind="application/json", status="404 Nada"), None),
    ],
    ids=["broken", "packed otherwise", "a refusal"],
)
async def test_an_answer_that_cannot_be_read(engine: AsyncEngine, tmp_path: Path, reply: bytes, code: str) -> None:
    """A good one is not given; a refusal of the ministry's tells of nobody and is handed on."""
    async with registry(engine, tmp_path, reply) as running:
        answer = await ask(running, "GET", f"/personas/{HER}")
        assert answer.headers.get("x-road-error") == code
        assert await counts(running) == [1, 0, 0]


async def test_no_secret_no_call(engine: AsyncEngine, tmp_path: Path) -> None:
    """A node that could not tell persons calls no marked operation."""
    async with registry(engine, tmp_path, json({})) as running:
        running.bus.relay._persons = PersonKeys()
        refused = await ask(running, "GET", f"/personas/{HER}")
        assert refused.headers["x-road-error"] == "Server.ServerProxy.InternalError"
        assert running.wire.heard == []


async def test_what_no_operation_describes(engine: AsyncEngine, tmp_path: Path) -> None:
    """Counts by the marks of all operations of the service."""
    async with registry(engine, tmp_path, json({"CUI": HIM})) as running:
        assert (await ask(running, "GET", f"/otros?q={HER}")).status_code == 200
        assert await counts(running) == [1, 1, 0]


SOAP_REPLY = (
    f"<p:personaResponse><lista><p:CUI>{HER}</p:CUI><madre CUI='{HIM}'/></lista>"
    f"<lista><nota>{ANOTHER}</nota></lista></p:personaResponse>"
)


def soap_marked(*, depth: int = 0) -> Description:
    """Describe the SOAP ministry with marks."""
    plain = soap_description(*SOAP_CODES)
    result = Field(name="result", wire="lista", type="Persona", list_depth=depth)
    argument = Field(name="cui", wire="{urn:p}CUI", type="String")
    operations = [
        msgspec.structs.replace(
            each, is_personal=True, arguments=(argument,), result=result,
            person_numbers=("arguments/cui", "result/cui", "result/madre/cui"),
        )
        for each in plain.operations
    ]  # fmt: skip
    return msgspec.structs.replace(plain, operations=tuple(operations), types={"Persona": PERSON})


@pytest.mark.parametrize("attached", [False, True])
async def test_a_soap_message_is_read_too(engine: AsyncEngine, tmp_path: Path, attached: bool) -> None:
    """Each marked number in its body and in its reply's counts, with attachments beside it too."""
    stated = "<x:userId>GT1</x:userId><x:issue>A-1</x:issue></s:Header>"
    message = asked().replace("</s:Header>", stated)
    message = message.replace(
        '<p:persona xmlns:p="urn:p"/>', f'<p:persona xmlns:p="urn:p"><p:CUI>{ANOTHER}</p:CUI></p:persona>'
    )
    reply = reply_to(asked().replace("</s:Header>", stated))
    reply = reply.replace(
        '<p:personaResponse xmlns:p="urn:p"/>', SOAP_REPLY.replace("Response>", 'Response xmlns:p="urn:p">', 1)
    )
    content, kind = reply.encode(), "text/xml; charset=utf-8"
    if attached:
        head = b"--b\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n"
        content = head + content + b"\r\n--b\r\nContent-Type: a/b\r\n\r\nx\r\n--b--\r\n"
        kind = "multipart/related; boundary=b"
    async with saying(http(content, kind=kind)) as wire, town(engine, tmp_path, wire) as running:
        address = f"http://127.0.0.1:{wire.port}/base"
        await publish(engine, DataServiceId(PROVIDER, "estado"), soap_marked(), address)
        await running.bus._watch.refresh()
        answer = await post(running, message.encode())
        assert fault_code(answer) == "" if not attached else b"requestHash" in answer.content
        assert await counts(running) == [1, 1, 1]
        (told,) = await running.bus.person_accesses(HER)
        assert (told.consumer, told.operation, told.message_id) == (
            str(CONSUMER),
            str(DataServiceId(PROVIDER, "persona")),
            "7",
        )


def test_numbers_that_stand_beside_are_found() -> None:
    """An encoded message refers to its records: then the name of the number alone decides."""
    way = Way(Field(name="result", wire="", type="Persona"), ("madre", "CUI"))
    encoded = f'<e><b><r><madre href="#1"/></r><multiRef id="1"><CUI>{HER}</CUI></multiRef></b></e>'
    assert list(number_places.in_message(etree.fromstring(encoded), way)) == [HER]


def test_x_roads_own_header_names_nobody() -> None:
    """The message id is no person's number, though a mark may be called `id`."""
    way = Way(Field(name="id", wire="id", type="String"), ())
    envelope = etree.fromstring(asked().replace("<p:persona ", "<p:persona id='8' "))
    assert list(number_places.in_message(envelope, way)) == ["8"]
