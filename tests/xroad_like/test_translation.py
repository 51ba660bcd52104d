"""Translation: JSON in and out over any provider, with the rights, record and ids of the GraphQL door."""

from collections.abc import AsyncIterator

import httpx
import pytest

from sacbe_adapters.rest.describe import describe
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.connection_types import ConnectionType
from sacbe_xroad_like.members_listener import MembersListener
from sacbe_xroad_like.wire.fault import CodeStyle
from tests.xroad_like.town import ANSWER, CONSUMER, PERSONS, STRANGER, Office, fault

PERSON = f"/t1/{PERSONS}/consultarPersona"
CLIENT = {"x-road-client": str(CONSUMER)}


@pytest.fixture
async def client(bus: Bus) -> AsyncIterator[httpx.AsyncClient]:
    """A consumer's client at the members' listener."""
    listener = MembersListener(bus, instance="GT", style=CodeStyle.CAMEL, unchosen=ConnectionType.PLAIN)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=listener), base_url="http://members") as made:
        yield made


async def test_arguments_in_and_answer_out(client: httpx.AsyncClient, office: Office) -> None:
    """An operation is a POST of its arguments; the answer is its value, with the id under which it is on record."""
    answer = await client.post(PERSON, json={"cui": "0012345"}, headers=CLIENT)
    assert (answer.status_code, answer.json()) == (200, ANSWER)
    assert answer.headers["x-road-id"].endswith(".consultarPersona")
    (heard,) = office.heard
    assert heard.arguments == {"cui": "0012345"}


async def test_a_repeat_is_answered_from_the_record(client: httpx.AsyncClient, office: Office) -> None:
    """The consumer's own id makes a request happen once."""
    headers = {**CLIENT, "x-road-id": "7"}
    change = f"/t1/{PERSONS}/inscribir"
    answers = [await client.post(change, json={"nombres": "Ixchel"}, headers=headers) for _ in range(2)]
    assert [answer.json() for answer in answers] == [ANSWER, ANSWER]
    assert len(office.heard) == 1


@pytest.mark.parametrize(
    ("method", "path", "headers", "content", "status", "code"),
    [
        ("POST", PERSON, {}, b"{}", 400, "SACBE-105"),
        ("POST", PERSON, {"x-road-client": str(STRANGER)}, b'{"cui":"1"}', 403, "SACBE-301"),
        ("POST", PERSON, {"x-road-client": "GT/GOV/9/x"}, b"{}", 404, "SACBE-304"),
        ("POST", f"/t1/{PERSONS}/nada", CLIENT, b"{}", 404, "SACBE-413"),
        ("POST", "/t1/x", CLIENT, b"{}", 400, "SACBE-109"),
        ("POST", PERSON, CLIENT, b"[1]", 400, "SACBE-105"),
        ("POST", PERSON, CLIENT, b"{NaN}", 400, "SACBE-105"),
        ("POST", PERSON, CLIENT, b'{"otro":"1"}', 400, "SACBE-409"),
        ("PUT", PERSON, CLIENT, b"{}", 405, "SACBE-107"),
        ("GET", "/t1/GT/GOV/2001/registro-civil/nada", CLIENT, b"", 404, "SACBE-413"),
    ],
)
async def test_what_is_refused(
    client: httpx.AsyncClient, office: Office, method: str, path: str, headers: dict[str, str], content: bytes,
    status: int, code: str,
) -> None:  # fmt: skip
    """Each refusal has our code and HTTP's status, says what to do, and the ministry hears nothing."""
    refused = await client.request(method, path, content=content, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (status, code)
    assert refused.headers["x-road-error"] == code
    assert refused.json()["hint"]
    assert office.heard == []


async def test_a_ministrys_fault_keeps_its_words(client: httpx.AsyncClient, office: Office) -> None:
    """Code, text and detail of the provider's own fault are told apart from ours."""
    office.answer = fault
    told = (await client.post(PERSON, json={"cui": "1"}, headers=CLIENT)).json()
    assert told["type"] == "SACBE-404"
    assert told["fault"] == {"code": "NoExiste", "text": "no hay tal persona", "detail": {"cui": "1"}}


async def test_its_document_is_one_that_our_own_reader_takes(client: httpx.AsyncClient) -> None:
    """Each data service has an OpenAPI 3.1 document: its operations, their arguments and what they answer."""
    given = await client.get(f"/t1/{PERSONS}", headers=CLIENT)
    assert given.json()["openapi"] == "3.1.0"
    described = describe(given.content, "t1.json")
    codes = {operation.code: operation for operation in described.operations}
    assert codes.keys() == {"consultarPersona", "listarPersonas", "inscribir"}
    record = described.record(codes["consultarPersona"].result.type)
    assert record is not None
    assert [field.name for field in record.fields] == ["nombres", "fechaNacimiento"]
