"""The form of messages: X-Road's canonical head, its request hash, and what may not stand in it."""

from base64 import b64encode
from dataclasses import replace
from hashlib import sha512
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sacbe_terms.errors import AccessRefused, LegacySystemFault, LimitExceeded, RequestNotReadable
from sacbe_xroad_like import messages
from sacbe_xroad_like.messages import Exchanged, Message
from tests.xroad_like.town import PERSONS, call, consumer

OPERATION = f"{PERSONS}/consultarPersona"
ABOUT = Exchanged(
    operation=OPERATION,
    consumer="GT/GOV/1001/ventanilla",
    message_id="abc.exchange.renap.persona",
    request_id=UUID("12345678-1234-4234-8234-123456789012"),
)
ASKED = messages.request(
    ABOUT, consumer(user_id="GT1234", issue="exp-7"), messages.request_body(call(cui="1")), purpose="3"
)


def test_a_request_is_an_x_road_request() -> None:
    """The head has X-Road's canonical bytes, our translation path, and the request id last."""
    assert ASKED.head == (
        b"POST\r\n"
        b"/t1/GT/GOV/2001/registro-civil/personas/consultarPersona\r\n"
        b"X-Road-Client:GT/GOV/1001/ventanilla\r\n"
        b"X-Road-Id:abc.exchange.renap.persona\r\n"
        b"Sacbe-Purpose:3\r\n"
        b"Content-Type:application/json\r\n"
        b"X-Road-UserId:GT1234\r\n"
        b"X-Road-Issue:exp-7\r\n"
        b"x-road-request-id:12345678-1234-4234-8234-123456789012\r\n"
    )
    assert ASKED.body == b'{"arguments":{"cui":"1"},"fields":"{ nombres fechaNacimiento }"}'


def test_a_reply_answers_that_request() -> None:
    """Status, reason, and X-Road's five headers in its order, with the hash of the request."""
    reply = messages.reply(ABOUT, ASKED, b"{}", error=None)
    digest = sha512(sha512(ASKED.head).digest() + sha512(ASKED.body).digest()).digest()
    assert reply.head.decode().split("\r\n") == [
        "200",
        "OK",
        "Content-Type:application/json",
        "x-road-id:abc.exchange.renap.persona",
        "x-road-client:GT/GOV/1001/ventanilla",
        "x-road-service:GT/GOV/2001/registro-civil/personas",
        "x-road-request-id:12345678-1234-4234-8234-123456789012",
        f"x-road-request-hash:{b64encode(digest).decode()}",
        "",
    ]


def test_an_error_is_a_reply_too() -> None:
    """Our own error says its code in the head; the provider's fault keeps its own code, text and detail."""
    ours = AccessRefused(what="No right.", where="x")
    refused = messages.reply(ABOUT, ASKED, messages.error_body(ours), error=ours)
    assert refused.head.startswith(b"403\r\nForbidden\r\n")
    assert refused.head.endswith(b"x-road-error:SACBE-301\r\n")
    assert msgspec.json.decode(refused.body) == {"type": "SACBE-301", "message": "No right.", "detail": "x"}
    theirs = LegacySystemFault(OPERATION, fault_code="E7", fault_text="no hay", detail={"cui": "1"})
    fault = messages.reply(ABOUT, ASKED, messages.error_body(theirs), error=theirs)
    assert b"x-road-error" not in fault.head
    assert msgspec.json.decode(fault.body)["fault"] == {"code": "E7", "text": "no hay", "detail": {"cui": "1"}}


def test_a_head_is_taken_apart() -> None:
    """Requests and replies are told apart by their first line, and header names lose their case."""
    head = messages.parse(ASKED.head)
    assert (head.is_reply, head.first, head.headers["x-road-userid"]) == (False, "POST", "GT1234")
    assert messages.parse(messages.reply(ABOUT, ASKED, b"", error=None).head).is_reply


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"POST",
        b"POST\r\n/x\r\nno colon\r\n",
        b"POST\r\n/x\r\nx-road-id:1\r\nX-Road-Id:2\r\n",
        b"POST\r\n/x\r\na:1",
        b"\xff\r\n\r\n\r\n",
    ],
)
def test_what_is_no_head_is_refused(head: bytes) -> None:
    """Cut, repeated, unreadable: ValueError, whatever it is."""
    with pytest.raises(ValueError):
        messages.parse(head)


@pytest.mark.parametrize("value", ["a\r\nX-Road-Client:GT/GOV/9/x", "a\x00", "x" * 256, "\ud800", "a\u2028b"])
@pytest.mark.parametrize("name", ["message_id", "user_id", "issue", "purpose"])
def test_no_header_can_be_smuggled(name: str, value: str) -> None:
    """A value with a line end, control character or too many signs is refused by the header's name."""
    said: dict[str, Any] = {name: value}
    with pytest.raises(RequestNotReadable):
        messages.refuse_odd_headers(replace(consumer(), **said))


@given(st.text(max_size=255).filter(str.isprintable))
def test_plain_values_stand_in_the_head_as_they_are(value: str) -> None:
    """Any printable text goes into the head and comes out again."""
    asking = consumer(user_id=value)
    messages.refuse_odd_headers(asking)
    head = messages.parse(messages.request(ABOUT, asking, b"", purpose="1").head)
    assert head.headers.get("x-road-userid", "") == value


def test_a_message_id_has_a_length() -> None:
    """The id is the request's and the path; a path of endless aliases is refused, not cut."""
    assert messages.message_id_of("abc", call(path="exchange.renap.a")) == "abc.exchange.renap.a"
    with pytest.raises(LimitExceeded, match="message id"):
        messages.message_id_of("abc", call(path="a" * 1000))


def test_the_hash_tells_messages_apart() -> None:
    """One byte in head or body gives another request hash."""
    found = {messages.request_hash(Message(head, body)) for head in (b"a", b"b") for body in (b"a", b"b")}
    assert len(found) == 4
