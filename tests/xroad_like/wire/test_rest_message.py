"""The REST message protocol: what is read, what goes on, what comes back."""

from base64 import b64encode
from hashlib import sha512

import pytest

from sacbe_terms.identifiers import DataServiceId, MemberId, SubsystemId
from sacbe_xroad_like.wire import rest_message
from sacbe_xroad_like.wire.fault import CodeStyle, XRoadFault
from sacbe_xroad_like.wire.rest_message import RestRequest

CLIENT = ("x-road-client", "GT/GOV/1001/ventanilla")


def read(target: str, *headers: tuple[str, str], method: str = "GET") -> RestRequest:
    """Read a request."""
    return rest_message.read(method, target, headers or (CLIENT,), instance="GT", request_id="r-1")


def test_the_service_and_what_is_behind_it() -> None:
    """Five parts name the service, each decoded on its own; path and query stay as they came."""
    request = read("/r1/GT/GOV/2001/s%2Fub/%C3%B6/path%3B//x?a=%20&b", ("x-road-client", "GT/GOV/1001/a%2Fb"))
    assert request.service == DataServiceId(SubsystemId(MemberId("GT", "GOV", "2001"), "s/ub"), "ö")
    assert request.client == SubsystemId(MemberId("GT", "GOV", "1001"), "a/b")
    assert (request.path, request.query) == ("/path%3B//x", "a=%20&b")
    assert rest_message.provider_address("http://x/base/", request) == "http://x/base/path%3B//x?a=%20&b"


@pytest.mark.parametrize(
    ("target", "path", "address"),
    [
        ("/r1/GT/GOV/1/s/svc", "", "http://x/base"),
        ("/r1/GT/GOV/1/s/svc/", "/", "http://x/base/"),
        ("/r1/GT/GOV/1/s/svc?q", "", "http://x/base?q"),
    ],
)
def test_where_the_path_is_empty(target: str, path: str, address: str) -> None:
    """Without a slash behind the service there is no path; with one there is."""
    request = read(target)
    assert request.path == path
    assert rest_message.provider_address("http://x/base", request) == address


@pytest.mark.parametrize("target", ["/r1/invalid", "/r1/GT/GOV/1/s", "/r1/GT/GOV/1//svc", "/r1//GOV/1/s/x", "/r2/a/b"])
def test_what_names_no_service_is_the_clients_fault(target: str) -> None:
    """A path that cannot be understood is answered with 400, as the document has it."""
    with pytest.raises(XRoadFault) as caught:
        read(target)
    assert (caught.value.printed(CodeStyle.CAMEL), caught.value.status) == ("Client.BadRequest", 400)


@pytest.mark.parametrize(
    "headers", [(("accept", "*/*"),), (("x-road-client", "GT/GOV"),), (("x-road-client", "a//b"),)]
)
def test_without_a_client_nothing_is_asked(headers: tuple[tuple[str, str], ...]) -> None:
    """A request must say who asks, in three or four parts."""
    with pytest.raises(XRoadFault, match="X-Road-Client"):
        read("/r1/GT/GOV/1/s/svc", *headers)


def test_the_last_of_several_clients_counts() -> None:
    """Several X-Road-Client headers break the rule; the last one is taken (PR-REST)."""
    request = read("/r1/GT/GOV/1/s/svc", ("x-road-client", "GT/GOV/9/x"), CLIENT)
    assert str(request.client) == "GT/GOV/1001/ventanilla"


def test_which_headers_go_on() -> None:
    """Users' headers go on in their order, those of the connection do not, and an id is made where none came."""
    given = (
        CLIENT,
        ("host", "a"),
        ("accept", "text/xml"),
        ("x-road-request-id", "mine"),
        ("x-custom", "1"),
        ("te", "x"),
    )
    request = read("/r1/GT/GOV/1/s/svc", *given)
    names = [name for name, _ in request.headers]
    assert names == ["x-road-client", "accept", "x-custom", "x-road-request-id", "x-road-id"]
    assert dict(request.headers)["x-road-request-id"] == "r-1"
    assert request.message_id.startswith("GT-")
    kept = read("/r1/GT/GOV/1/s/svc", CLIENT, ("x-road-id", "mine"))
    assert (kept.message_id, dict(kept.headers)["x-road-id"]) == ("mine", "mine")


def test_the_request_hash() -> None:
    """The digest of the digests of head and body, or of the head alone; the request id makes each one its own."""
    request = read("/r1/GT/GOV/1/s/svc?x", CLIENT, ("x-road-id", "7"), method="POST")
    client = b"x-road-client:GT/GOV/1001/ventanilla"
    head = b"\r\n".join([b"POST", b"/r1/GT/GOV/1/s/svc?x", client, b"x-road-id:7", b"x-road-request-id:r-1", b""])
    assert request.head == head
    both = sha512(sha512(head).digest() + sha512(b"{}").digest()).digest()
    assert rest_message.request_hash(head, sha512(b"{}").digest()) == b64encode(both).decode()
    assert rest_message.request_hash(head, None) == b64encode(sha512(head).digest()).decode()


def test_the_reply_ends_with_our_five() -> None:
    """What a provider claims of the exchange is dropped, and id, client, service, request id and hash stand last."""
    request = read("/r1/GT/GOV/1/s/svc", CLIENT, ("x-road-id", "7"))
    claimed = [("x-road-service", "x"), ("x-road-request-hash", "x"), ("connection", "close"), ("content-type", "a/b")]
    answered = rest_message.reply(request, 302, claimed, hashed=rest_message.request_hash(request.head, None))
    assert [name for name, _ in answered.headers] == [
        "content-type", "x-road-id", "x-road-client", "x-road-service", "x-road-request-id", "x-road-request-hash",
    ]  # fmt: skip
    assert dict(answered.headers)["x-road-service"] == "GT/GOV/1/s/svc"
    assert answered.head.startswith(b"302\r\nFound\r\ncontent-type:a/b\r\n")


def test_long_ids_are_refused() -> None:
    """An id longer than X-Road stores is refused and not cut."""
    with pytest.raises(XRoadFault, match="x-road-id"):
        read("/r1/GT/GOV/1/s/svc", CLIENT, ("x-road-id", "x" * 256))
