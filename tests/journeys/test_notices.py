"""A notice's whole way: a command asks for access, the provider's steward gets a mail, and one click ends them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from tests.journeys.node import UP, Node, start, stop
from tests.xroad_like.mail import MailBox, listening

HER = "encargada@registro-civil.example"
CONSUMER, SERVICE = "GT/GOV/1001/ventanilla", "GT/GOV/2001/registro-civil/personas"
ROUNDS_SECONDS_MAX = 30.0
"""For the node to have looked several times, on a busy machine."""
POLL_SECONDS = 0.1


@pytest.fixture
async def box() -> AsyncIterator[MailBox]:
    """The operator's mail server."""
    async with listening(MailBox()) as started:
        yield started


@pytest.fixture
async def node(tmp_path: Path, box: MailBox) -> AsyncIterator[Node]:
    """A running node with that mail server."""
    given = [f"SACBE_SMTP_{name}" for name in ("HOST=127.0.0.1", f"PORT={box.port}", "SECURITY=none")]
    started, process = await asyncio.to_thread(start, tmp_path / "home", ("env", *given, *UP))
    started.environment |= dict(each.split("=") for each in given)
    try:
        yield started
    finally:
        await asyncio.to_thread(stop, process)


async def done(node: Node, *arguments: str) -> str:
    """Run a command that must succeed, and give what it said."""
    ran = await asyncio.to_thread(node.sacbe, *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


async def asked(node: Node, purpose: str) -> None:
    """Have the consumer ask for access."""
    await done(node, "access", "request", CONSUMER, SERVICE, "--purpose", purpose)


async def waited(box: MailBox, count: int) -> None:
    """Wait until she got so many letters."""
    for _ in range(int(ROUNDS_SECONDS_MAX / POLL_SECONDS)):
        if sum(mail["To"] == HER for mail in box.mails) >= count:
            return
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"{HER} did not get {count} letters")


async def digests(node: Node) -> list[dict[str, object]]:
    """Give the letters that wait, once there are any."""
    async with asyncio.timeout(ROUNDS_SECONDS_MAX):
        while True:
            listed = msgspec.json.decode(await done(node, "notice", "list", "--json"))
            if found := [each for each in listed if each["letter"]]:
                return found


async def test_a_notice_arrives_and_one_click_ends_them(node: Node, box: MailBox) -> None:
    """Mail, the page of its link, the one click of a mailbox, the operator's commands, and silence."""
    await done(node, "notice", "send-test", "operador@nodo.example")
    assert [mail["To"] for mail in box.mails if "Prueba" in mail["Subject"]] == ["operador@nodo.example"]

    await asked(node, "Un trámite")
    await waited(box, 1)
    mail = next(mail for mail in box.mails if mail["To"] == HER)
    assert "pide acceso a sus datos" in mail["Subject"]
    link = mail["List-Unsubscribe"].strip("<>")
    assert link.startswith(node.demo["portal_url"])
    async with httpx.AsyncClient() as mailbox:
        assert 'value="at-once" checked' in (await mailbox.get(link)).text
        assert (await mailbox.post(link, data={"List-Unsubscribe": "One-Click"})).status_code == 200
        metrics = (await mailbox.get(f"{node.demo['operations_url']}/metrics")).text
    assert 'sacbe_letters_total{state="sent"}' in metrics

    await asked(node, "Otro trámite")
    assert f"{HER}: daily (en)." in await done(node, "notice", "choose", HER, "daily", "--language", "en")
    await asked(node, "Un tercer trámite")
    (waiting,) = await digests(node)
    assert (waiting["email"], waiting["state"], waiting["attempts"]) == (HER, "waiting", 0)
    assert "0 to be tried anew" in await done(node, "notice", "retry", "--all")
    assert HER in await done(node, "notice", "list")
    assert sum(each["To"] == HER for each in box.mails) == 1
