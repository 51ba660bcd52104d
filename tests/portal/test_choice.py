"""The page of a letter's link: looking changes nothing, sending does, and nobody signs in."""

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx
import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog.reading import CatalogueReader
from sacbe_portal.choice_routes import FORM_BYTES_MAX, routes
from sacbe_portal.portal import Portal
from sacbe_xroad_like.notices.recipients import Delivery, Links, Recipients
from tests.conftest import BASE_IRI

HER = "ixchel@renap.example"
LINKS = Links(("a secret of thirty-two characters.",))
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Visit:
    """A browser, or a mailbox, before the page of one recipient."""

    def __init__(self, client: httpx.AsyncClient, recipients: Recipients, token: str) -> None:
        self.client = client
        self.recipients = recipients
        self.token = token

    async def delivery(self) -> Delivery:
        """Say how she gets notices now."""
        return (await self.recipients.of_link(self.token)).delivery


@pytest.fixture
async def visit(engine: AsyncEngine) -> AsyncIterator[Visit]:
    """Her page, where she gets notices at once."""
    recipients = Recipients(engine, LINKS)
    her = await recipients.choose(HER, Delivery.AT_ONCE)
    handlers = routes(Portal(CatalogueReader(engine, BASE_IRI)), recipients)
    transport = httpx.ASGITransport(cast("Any", Litestar(handlers, openapi_config=None)))
    async with httpx.AsyncClient(transport=transport, base_url="http://node.example") as client:
        yield Visit(client, recipients, LINKS.token(her.number))


@pytest.mark.parametrize("prefix", ["", "/en"], ids=["es", "en"])
async def test_looking_changes_nothing(visit: Visit, prefix: str) -> None:
    """The page shows what holds, in either language, is kept by nobody, and does not say whose it is."""
    for _ in range(2):
        answer = await visit.client.get(f"{prefix}/avisos/{visit.token}")
    assert answer.status_code == 200
    assert 'value="at-once" checked' in answer.text
    assert answer.text.count('type="radio"') == len(Delivery)
    assert HER not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert 'content="noindex"' in answer.text
    assert (await visit.client.head(f"{prefix}/avisos/{visit.token}")).status_code in (200, 405)
    assert await visit.delivery() is Delivery.AT_ONCE


async def test_one_click_as_a_form(visit: Visit) -> None:
    """RFC 8058: one request of the mailbox, without a redirect, and it is done; again, and it stays so."""
    for _ in range(2):
        answer = await visit.client.post(f"/avisos/{visit.token}", data=ONE_CLICK)
        assert answer.status_code == 200
        assert await visit.delivery() is Delivery.NONE


async def test_one_click_in_parts(visit: Visit) -> None:
    """RFC 8058: multipart/form-data is the other kind of form that mailboxes send."""
    answer = await visit.client.post(f"/en/avisos/{visit.token}", files={"List-Unsubscribe": (None, "One-Click")})
    assert answer.status_code == 200
    assert await visit.delivery() is Delivery.NONE


@pytest.mark.parametrize("delivery", list(Delivery), ids=str)
async def test_she_chooses(visit: Visit, delivery: Delivery) -> None:
    """Any of the three, by the page's form; the answer shows it."""
    answer = await visit.client.post(f"/avisos/{visit.token}", data={"delivery": delivery.value})
    assert f'value="{delivery.value}" checked' in answer.text
    assert "Su elección quedó guardada." in answer.text
    assert await visit.delivery() is delivery


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"delivery=weekly", "application/x-www-form-urlencoded"),
        (b"delivery=daily&delivery=none", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=Two-Clicks", "application/x-www-form-urlencoded"),
        (b"\xff\xfe%zz=&&;=\x00", "application/x-www-form-urlencoded"),
        (b'{"delivery": "none"}', "application/json"),
        (b"delivery=none", "text/plain"),
        (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
        (b"anything", "multipart/form-data"),
        (b"delivery", "multipart/form-data; boundary=" + "b" * 300),
        (b'--x\r\nContent-Disposition: form-data; name="delivery"; filename="f"\r\n\r\nnone\r\n--x--\r\n',
         "multipart/form-data; boundary=x"),
        (b"delivery=none", ""),
    ],
    ids=["empty", "weekly", "two", "clicks", "bytes", "json", "plain", "cut", "unbounded", "bound", "file", "untyped"],
)  # fmt: skip
async def test_what_is_no_choice_changes_nothing(visit: Visit, content: bytes, media_type: str) -> None:
    """A form that asks for nothing, or for two things, is refused in words."""
    headers = {"content-type": media_type} if media_type else {}
    answer = await visit.client.post(f"/avisos/{visit.token}", content=content, headers=headers)
    assert answer.status_code == 400
    assert await visit.delivery() is Delivery.AT_ONCE


async def test_a_form_that_is_too_large(visit: Visit) -> None:
    """Nobody fills a process's memory here."""
    content = b"delivery=none&x=" + b"x" * FORM_BYTES_MAX
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = await visit.client.post(f"/avisos/{visit.token}", content=content, headers=headers)
    assert answer.status_code == 400
    assert await visit.delivery() is Delivery.AT_ONCE


@pytest.mark.parametrize("wrong", ["7", "1.AAAA", "{token}A", "2.{rest}", "%00", "1.%F0%9F%98%80"])
async def test_a_link_that_is_nobodys(visit: Visit, wrong: str) -> None:
    """It leads to the page for addresses that lead nowhere, and changes nothing."""
    path = f"/avisos/{wrong.format(token=visit.token, rest=visit.token.partition('.')[2])}"
    assert (await visit.client.get(path)).status_code == 404
    assert (await visit.client.post(path, data=ONE_CLICK)).status_code == 404
    assert await visit.delivery() is Delivery.AT_ONCE
