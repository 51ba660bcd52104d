"""GraphQL over HTTP: status, media type and refusal of every kind of request, and no leak in any."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx
import msgspec
import pytest

from sacbe_graphql import http
from sacbe_graphql.negotiation import HttpRefusal, answer_type
from tests.graphql.world import GRAPHQL_JSON, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

TYPENAME = {"query": "{ __typename }"}


def code(response: httpx.Response) -> str:
    """Give the code of the only error, and make sure that there is no data beside it."""
    answer = msgspec.json.decode(response.content)
    assert set(answer) == {"errors"}
    [error] = answer["errors"]
    assert set(error["extensions"]) >= {"code", "hint", "docs", "retryable", "messageId"}
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("accept", ["application/json", "*/*", "application/*", "text/html, */*;q=0.1", None])
async def test_older_clients_get_plain_json(world: World, accept: str | None) -> None:
    """Without a wish for the newer media type the answer is application/json in UTF-8."""
    response = await world.client.post("/graphql", json=TYPENAME, headers={"accept": accept} if accept else {})
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "accept", [GRAPHQL_JSON, f"application/json;q=0.5, {GRAPHQL_JSON}", f"{GRAPHQL_JSON}, application/json"]
)
async def test_newer_clients_get_their_media_type(world: World, accept: str) -> None:
    """The answer's media type is the one that the client prefers."""
    response = await world.post(TYPENAME, accept=accept)
    assert response.headers["content-type"] == f"{GRAPHQL_JSON}; charset=utf-8"


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "image/*, text/*;q=0.9"])
async def test_a_media_type_that_we_do_not_have_is_406(world: World, accept: str) -> None:
    """A client that accepts no JSON is told which media types there are."""
    response = await world.client.post("/graphql", json=TYPENAME, headers={"accept": accept})
    assert response.status_code == 406
    assert code(response) == "SACBE-105"


@pytest.mark.parametrize(
    ("body", "error_code", "older", "newer"),
    [
        ({"query": "{"}, "SACBE-101", 200, 400),
        ({"query": "{ nothing }"}, "SACBE-102", 200, 400),
        ({"query": "query ($a: Int!) { services(first: $a) { totalCount } }", "variables": {}}, "SACBE-103", 200, 400),
        ({"query": "{ __typename" + "@skip(if:false)" * 11 + "}"}, "SACBE-104", 200, 400),
        ({"query": "query A { __typename } query B { __typename }"}, "SACBE-106", 200, 400),
        ({"query": "query A { __typename }", "operationName": "B"}, "SACBE-106", 200, 400),
        ({"query": '{ exchange { sat { consultarContribuyente(cui: "1") { nit } } } }'}, "SACBE-302", 401, 401),
        ({"notquery": "{ __typename }"}, "SACBE-105", 400, 400),
        ({"query": 1}, "SACBE-105", 400, 400),
        ({"query": "{ __typename }", "variables": []}, "SACBE-105", 400, 400),
        ({"query": "{ __typename }", "operationName": 1}, "SACBE-105", 400, 400),
        ({"query": "{ __typename }", "extensions": "x"}, "SACBE-105", 400, 400),
        ([TYPENAME], "SACBE-105", 400, 400),
        (b"", "SACBE-105", 400, 400),
        (b'{"query": "{ __typename }"', "SACBE-105", 400, 400),
        (b'{"query": "{ __typename }", "variables": {"a": NaN}}', "SACBE-105", 400, 400),
        (b'{"query": "\xff"}', "SACBE-105", 400, 400),
        (b'{"query": "\\ud800"}', "SACBE-105", 400, 400),
        (b'{"query": "x", "variables": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"}", "SACBE-105", 400, 400),
    ],
)
async def test_errors_have_their_status(world: World, body: Any, error_code: str, older: int, newer: int) -> None:
    """Each wrong request has its code and status; the older media type says 200 to what is sound as HTTP."""
    for accept, status in ((GRAPHQL_JSON, newer), ("application/json", older)):
        response = await world.post(body, token="", accept=accept)
        assert code(response) == error_code
        assert response.status_code == status


@pytest.mark.parametrize("parameter", ["variables", "operationName", "extensions"])
async def test_null_parameters_are_as_absent(world: World, parameter: str) -> None:
    """A null parameter is allowed and means nothing."""
    assert (await world.post({**TYPENAME, parameter: None})).json() == {"data": {"__typename": "Query"}}


async def test_get_runs_queries(world: World) -> None:
    """GET takes query, variables, operation name and extensions from the address."""
    response = await world.client.get(
        "/graphql",
        params={
            "query": "query A($n: String!) { __type(name: $n) { name } } query B { __typename }",
            "variables": '{"n": "Query"}',
            "operationName": "A",
            "extensions": "{}",
        },
    )
    assert response.json() == {"data": {"__type": {"name": "Query"}}}


async def test_get_changes_nothing(world: World) -> None:
    """A mutation by GET is refused with 405 and the methods that there are, before anything runs."""
    response = await world.client.get("/graphql", params={"query": "mutation { exchange { __typename } }"})
    assert response.status_code == 405
    assert "POST" in response.headers["allow"]
    assert code(response) == "SACBE-107"


@pytest.mark.parametrize(
    "query_string", ["", "query=%FF", "query={__typename}&variables=[1]", "query={__typename}&variables={", "x=1"]
)
async def test_a_broken_address_is_400(world: World, query_string: str) -> None:
    """A GET that is no GraphQL request says what is missing."""
    response = await world.client.get(f"/graphql?{query_string}")
    assert response.status_code == 400
    assert code(response) == "SACBE-105"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_405(world: World, method: str) -> None:
    """Any other method is refused, saying which there are."""
    response = await world.client.request(method, "/graphql")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "",
        "application/graphql",
        "application/json; charset=utf-16",
        "application/jsonx",
    ],
)
async def test_a_body_that_a_foreign_page_could_send_is_415(world: World, content_type: str) -> None:
    """Whatever a browser sends without asking first, and any other charset than UTF-8, is refused."""
    headers = {"content-type": content_type} if content_type else {}
    response = await world.client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == 415
    assert code(response) == "SACBE-105"


@pytest.mark.parametrize(
    "content_type", ['application/json; charset="UTF-8"', "Application/JSON", "application/json;a=b"]
)
async def test_json_by_any_spelling_is_taken(world: World, content_type: str) -> None:
    """Case and parameters of the media type do not matter, UTF-8 may be named."""
    response = await world.post({"query": '{ __type(name: "Ñandú🏃") { name } }'}, **{"content-type": content_type})
    assert response.json() == {"data": {"__type": None}}


async def test_a_compressed_body_is_415(world: World) -> None:
    """A compressed body is refused: its size is not what its length says."""
    assert (await world.post(TYPENAME, **{"content-encoding": "gzip"})).status_code == 415


@pytest.mark.parametrize("authorization", ["Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "token"])
async def test_another_kind_of_credential_is_401(world: World, authorization: str) -> None:
    """An Authorization header without bearer token is refused, since its sender believes to be known."""
    response = await world.post(TYPENAME, token="", authorization=authorization)
    assert response.status_code == 401
    assert response.headers.get_list("www-authenticate") == ["Bearer", 'DPoP algs="ES256 EdDSA PS256 RS256"']


class Connection:
    """One request as a server hands it over: body parts one by one, then silence or a disconnect."""

    def __init__(self, parts: list[bytes], *, ends: str, **headers: str) -> None:
        self.taken = 0
        self.sent: list[dict[str, Any]] = []
        self._parts, self._ends = parts, ends
        self.scope = {
            "type": "http",
            "method": "POST",
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }

    async def receive(self) -> Any:
        if self.taken < len(self._parts):
            self.taken += 1
            is_last = self._ends == "complete" and self.taken == len(self._parts)
            return {"type": "http.request", "body": self._parts[self.taken - 1], "more_body": not is_last}
        if self._ends == "silence":
            await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.sent.append(message)

    async def run(self, world: World) -> int | None:
        [handler] = http.routes(world.door)
        await handler.fn(scope=self.scope, receive=self.receive, send=self.send)
        return self.sent[0]["status"] if self.sent else None


JSON = {"content_type": "application/json"}


async def test_a_large_body_is_refused_by_its_stated_length(world: World) -> None:
    """A body that says it is too large is refused before any of it is taken in."""
    connection = Connection([b"x"], ends="complete", **JSON, content_length="1000001")
    assert await connection.run(world) == 413
    assert connection.taken == 0


async def test_a_large_body_is_refused_while_it_comes(world: World) -> None:
    """A body without stated length is taken in up to the limit and no further."""
    connection = Connection([b" " * 300_000] * 100, ends="complete", **JSON)
    assert await connection.run(world) == 413
    assert connection.taken == 4


async def test_a_half_sent_body_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body that stops coming ends its request in time, with an answer that says so."""
    monkeypatch.setattr(world.door, "limits", replace(world.door.limits, body_seconds_max=0.05))
    assert await Connection([b'{"query"'], ends="silence", **JSON).run(world) == 408


async def test_a_client_that_leaves_is_not_answered(world: World) -> None:
    """A disconnect amid the body ends the request in silence."""
    assert await Connection([b'{"query"'], ends="disconnect", **JSON).run(world) is None


@pytest.mark.parametrize("accept", ["", ",", ";q=1", "application/json;q=x", "application/json;q=1.5.2", "*/*;q=0"])
async def test_an_odd_accept_header_never_breaks(accept: str) -> None:
    """Whatever the Accept header holds, it is understood or refused with 406."""
    with suppress(HttpRefusal):
        assert answer_type(accept)


async def test_hints_are_for_known_callers(world: World) -> None:
    """ "Did you mean" tells the schema's names, so an anonymous caller does not get it."""
    asked = {"query": "{ servises { totalCount } }"}
    assert "Did you mean" not in (await world.post(asked, token="")).text
    assert "Did you mean" in (await world.post(asked)).text


async def test_what_nobody_foresaw_is_masked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected failure shows a reference and nothing of itself."""

    async def fails(*_: object, **__: object) -> object:
        raise RuntimeError("password=secreto at 10.0.0.7")

    monkeypatch.setattr(type(world.door._catalogue), "read", fails)
    response = await world.post({"query": "{ events { title } }"})
    assert "secreto" not in response.text
    [error] = response.json()["errors"]
    assert error["extensions"]["code"] == "SACBE-100"
    assert error["path"] == ["events"]


async def test_an_answer_that_grows_too_large_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer beyond the limit is not given, and says which limit."""
    monkeypatch.setattr(world.door, "limits", replace(world.door.limits, answer_bytes_max=1_000))
    response = await world.post({"query": "{ services(first: 50) { nodes { title description } } }"}, token="")
    assert code(response) == "SACBE-104"
    assert "answer's bytes" in response.text
