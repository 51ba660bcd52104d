"""Notices by mail: written with what they tell, sent once, to whom they concern, as each of them chose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from sacbe_terms.errors import EmailNotValid, MailServerNotUsable, NoticeLinkNotValid, RecordNotFound
from sacbe_terms.identifiers import DataServiceId
from sacbe_xroad_like import access, groups, members
from sacbe_xroad_like.administration import rights, users
from sacbe_xroad_like.administration.actor import OPERATOR, HeldRole, Role
from sacbe_xroad_like.administration.one_transaction import OneTransaction
from sacbe_xroad_like.bus import Bus
from sacbe_xroad_like.group import GroupId
from sacbe_xroad_like.notices import kinds, letters, looking, outbox
from sacbe_xroad_like.notices.letters import State
from sacbe_xroad_like.notices.mail_server import MailServer, Security
from sacbe_xroad_like.notices.post import Post, WritingDesk
from sacbe_xroad_like.notices.recipients import Delivery, Links, Recipients
from sacbe_xroad_like.unusual_volumes import CALLS_MIN
from tests.xroad_like.mail import SENDER, MailBox, listening
from tests.xroad_like.town import CONSUMER, PERSONS, PROVIDER, SECRET, call, consumer, plan, until

HER = "ixchel@renap.example"
HIS = "balam@ventanilla.example"
LINKS = Links((SECRET,))
PORTAL = "https://sacbe.example"


@pytest.fixture
async def town(bus: Bus, engine: AsyncEngine, owner: asyncpg.Connection) -> Bus:
    """A town with one steward on each side, where nothing is left to tell."""
    await users.give_role(engine, HER, HeldRole(Role.STEWARD, PROVIDER.member), by="test")
    await users.give_role(engine, HIS, HeldRole(Role.STEWARD, CONSUMER.member), by="test")
    await owner.execute("truncate bus.notice cascade")
    return bus


@pytest.fixture
async def box() -> AsyncIterator[MailBox]:
    """A mail server that is well."""
    async with listening(MailBox()) as started:
        yield started


def post_of(engine: AsyncEngine, box: MailBox) -> Post:
    """Give one process's post."""
    server = MailServer(host="127.0.0.1", port=box.port, security=Security.NONE, sender=SENDER)
    return Post(engine, WritingDesk(server=server, links=LINKS, address=PORTAL, digest_hour=12))


async def asked(engine: AsyncEngine) -> int:
    """Have the consumer ask for access; gives the request's number."""
    return (await access.request(engine, CONSUMER, PERSONS, purpose="Un propósito que no va por correo")).id


async def states(engine: AsyncEngine) -> list[tuple[str, str, int]]:
    """Give every letter's state, recipient and attempts."""
    return [(each.state, each.email, each.attempts) for each in await letters.listed(engine, tuple(State))]


async def now_due(owner: asyncpg.Connection) -> None:
    """Let the pause of every letter be over."""
    await owner.execute("update bus.notice_letter set next_at = now() where state = 'waiting'")


def text(mail: EmailMessage) -> str:
    """Give a mail's body."""
    body: str = mail.get_content()
    return body


async def test_an_agreements_life_is_told_to_whom_it_concerns(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """The provider's steward hears of the request, the consumer's of each decision; each at once and once."""
    post = post_of(engine, box)
    number = await asked(engine)
    await post.round()
    await access.approve(engine, number)
    await post.round()
    await access.revoke(engine, number)
    await post.round()
    await access.refuse(engine, await asked(engine), reason="Una razón que no va por correo")
    await post.round()
    await post.round()
    told = [(mail["To"], mail["Subject"]) for mail in box.mails]
    assert told[0] == (HER, f"Ventanilla pide acceso a sus datos (solicitud {number})")
    assert told[1] == (HIS, f"Registro civil le dio acceso (convenio {number})")
    assert told[2] == (HIS, f"Registro civil retiró su acceso (convenio {number})")
    assert sorted(told[3:]) == [
        (HIS, f"Registro civil rechazó su solicitud {number + 1}"),
        (HER, f"Ventanilla pide acceso a sus datos (solicitud {number + 1})"),
    ]


async def test_a_letter_says_what_is_needed_and_no_more(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """Plain text with what, who, when, what to do and a way out; neither purposes nor reasons."""
    await asked(engine)
    await post_of(engine, box).round()
    (mail,) = box.mails
    assert box.envelopes == [(SENDER, [HER])]
    assert mail["From"] == f"Sacbé <{SENDER}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@nodo.example>")
    link = mail["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"{PORTAL}/avisos/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "Ventanilla pidió acceso a GT/GOV/2001/registro-civil/personas." in text(mail)
    assert "approveAccess" in text(mail)
    assert link in text(mail)
    assert mail["Content-Language"] == "es"
    assert "propósito" not in f"{mail['Subject']} {text(mail)}"
    assert HER not in text(mail)


async def test_what_did_not_happen_is_not_told(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """A notice is part of the transaction: rolled back with it, and there if it is there."""
    with suppress(ZeroDivisionError):
        async with OneTransaction(engine) as transaction:
            assert await asked(transaction) / 0
    await post_of(engine, box).round()
    assert box.mails == []
    await rights.request(town.desk(OPERATOR), CONSUMER, PERSONS, purpose="Otro")
    await post_of(engine, box).round()
    assert len(box.mails) == 1


async def test_hostile_titles_stay_inside_their_line(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """Line ends, controls and marks of direction in a title make no header, no line, and no other reading."""
    title = "Ventanilla\r\nBcc: todos@renap.example\r\n\r\nx \u202egro.live\u0000\u2028 Ñ 漢 {agreement} " + "a" * 500
    await members.add(engine, CONSUMER.member, title=title.replace("\x00", ""))
    await asked(engine)
    await post_of(engine, box).round()
    (mail,) = box.mails
    assert (mail["Bcc"], mail["To"]) == (None, HER)
    assert mail["Subject"].startswith("Ventanilla Bcc: todos@renap.example x gro.live Ñ 漢 {agreement} aaa")
    assert "\nBcc" not in text(mail)
    assert "\u202e" not in text(mail)


async def test_a_server_that_cannot_now_is_asked_again(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection
) -> None:
    """4xx at either step puts the letter back, a while longer each time; then it goes, under the same name."""
    post = post_of(engine, box)
    await asked(engine)
    box.rcpt = lambda *_: "451 later"
    await post.round()
    await post.round()
    assert await states(engine) == [("waiting", HER, 1)]
    box.rcpt, box.data = (lambda *_: None), (lambda *_: "452 full")
    await now_due(owner)
    await post.round()
    assert await states(engine) == [("waiting", HER, 2)]
    box.data = lambda *_: None
    await now_due(owner)
    await post.round()
    assert await states(engine) == [("sent", HER, 3)]
    assert len(box.mails) == 1


@pytest.mark.parametrize("step", ["rcpt", "data"])
async def test_a_letter_refused_for_good_is_the_operators(
    town: Bus, engine: AsyncEngine, box: MailBox, step: str
) -> None:
    """5xx ends a letter at once, with the server's words for the operator; the log has no address. She may retry it."""
    post = post_of(engine, box)
    await asked(engine)
    setattr(box, step, lambda *_: f"550 5.1.1 no such user\t<{HER}>")
    with capture_logs() as logged:
        await post.round()
    (failed,) = await letters.listed(engine, (State.FAILED,))
    assert failed.answer.startswith("550 5.1.1 no such user")
    assert HER not in str(logged)
    assert "given up" in str(logged)
    setattr(box, step, lambda *_: None)
    await post.round()
    assert box.mails == []
    assert await letters.retry(engine, failed.letter) == 1
    await post.round()
    assert await states(engine) == [("sent", HER, 1)]
    with pytest.raises(RecordNotFound):
        await letters.retry(engine, failed.letter)


async def test_one_bad_address_stands_in_nobodys_way(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """The other steward of the institution gets her letter."""
    await users.give_role(engine, "otra@renap.example", HeldRole(Role.STEWARD, PROVIDER.member), by="test")
    box.rcpt = lambda _, address: "550 unknown" if address == HER else None
    await asked(engine)
    await post_of(engine, box).round()
    assert sorted(await states(engine)) == [("failed", HER, 1), ("sent", "otra@renap.example", 1)]


async def test_a_letter_is_given_up_in_the_end(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection
) -> None:
    """After five days of trying it is the operator's."""
    box.data = lambda *_: "451 later"
    await asked(engine)
    await post_of(engine, box).round()
    await owner.execute("update bus.notice_letter set begun_at = now() - interval '5 days'")
    await now_due(owner)
    await post_of(engine, box).round()
    assert await states(engine) == [("failed", HER, 2)]


def test_pauses_grow_to_a_limit() -> None:
    """A minute at first, four hours at last."""
    pauses = [letters.pause_after(attempts) for attempts in (1, 2, 3, 6, 1000)]
    minutes = [pause / timedelta(minutes=1) for pause in pauses]
    assert minutes == [1, 4, 16, 240, 240]


async def test_an_unknown_outcome_is_tried_again_under_the_same_name(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection
) -> None:
    """A server that had the letter and was cut before it said so gets it again; mailboxes know it by its Message-ID."""
    box.is_cutting = True
    await asked(engine)
    await post_of(engine, box).round()
    assert await states(engine) == [("waiting", HER, 1)]
    box.is_cutting = False
    await now_due(owner)
    await post_of(engine, box).round()
    assert await states(engine) == [("sent", HER, 2)]
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"]


async def test_a_hanging_server_does_not_hold_a_process(
    town: Bus, engine: AsyncEngine, box: MailBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sending has a limit, and the letter waits on; a process that must end does not wait for the limit."""
    box.is_hanging = True
    monkeypatch.setattr("sacbe_xroad_like.notices.mail_server.SENDING_SECONDS_MAX", 0.5)
    await asked(engine)
    await post_of(engine, box).round()
    assert await states(engine) == [("waiting", HER, 1)]
    monkeypatch.setattr("sacbe_xroad_like.notices.mail_server.SENDING_SECONDS_MAX", 3600)
    monkeypatch.setattr("sacbe_xroad_like.notices.post.STOP_SECONDS_MAX", 0.1)
    await access.grant(engine, CONSUMER, PERSONS, purpose="Otro")
    post = post_of(engine, box)
    post.start()
    await until(lambda: len(box.mails) == 2)
    await post.stop()
    assert sorted(await states(engine)) == [("waiting", HIS, 1), ("waiting", HER, 1)]


async def test_two_processes_send_each_letter_once(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """However many look at the same moment, none takes what another has."""
    for _ in range(20):
        await access.grant(engine, CONSUMER, PERSONS, purpose="Otro")
        await letters.address(engine, domain="nodo.example", digest_hour=12)
    posts = [post_of(engine, box) for _ in range(4)]
    await asyncio.gather(*(post.round() for post in posts))
    assert len(box.mails) == 20
    assert len({mail["Message-ID"] for mail in box.mails}) == 20


async def test_a_late_process_does_not_undo_what_another_did(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection
) -> None:
    """Who comes back after its lease finds the letter sent, and its own word counts no more."""
    await asked(engine)
    await letters.address(engine, domain="nodo.example", digest_hour=12)
    late = await letters.take(engine)
    assert late is not None
    assert await letters.take(engine) is None
    await now_due(owner)
    await post_of(engine, box).round()
    await letters.settle(engine, late, State.FAILED, "too late")
    assert await states(engine) == [("sent", HER, 2)]


async def test_a_day_in_one_letter(town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection) -> None:
    """Who chose a digest gets nothing before its hour, and then one letter with everything."""
    recipients, post = Recipients(engine, LINKS), post_of(engine, box)
    await recipients.choose(HER, Delivery.DAILY, "en")
    first = await asked(engine)
    await post.round()
    second = await asked(engine)
    await post.round()
    assert box.mails == []
    assert await states(engine) == [("waiting", HER, 0)]
    assert (
        await owner.fetchval("select extract(hour from next_at at time zone 'UTC')::int from bus.notice_letter") == 12
    )
    await now_due(owner)
    await post.round()
    (mail,) = box.mails
    assert mail["Subject"] == "2 notices from Sacbé"
    assert f"number {first}" in text(mail)
    assert f"number {second}" in text(mail)
    await asked(engine)
    await post.round()
    assert await states(engine) == [("waiting", HER, 0), ("sent", HER, 1)]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2027, 1, 31, 11, 59, tzinfo=UTC), datetime(2027, 1, 31, 12, tzinfo=UTC)),
        (datetime(2027, 1, 31, 12, 0, tzinfo=UTC), datetime(2027, 2, 1, 12, tzinfo=UTC)),
    ],
    ids=["before", "at"],
)
def test_the_next_digest(now: datetime, then: datetime) -> None:
    """The hour of today if it is still to come, else tomorrow's."""
    assert letters.next_digest(now, 12) == then


@pytest.mark.parametrize("was", [Delivery.AT_ONCE, Delivery.DAILY], ids=str)
async def test_who_opts_out_gets_nothing_more(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection, was: Delivery
) -> None:
    """Neither what comes, nor what waits already; and she may come back."""
    recipients, post = Recipients(engine, LINKS), post_of(engine, box)
    await recipients.choose(HER, was)
    await asked(engine)
    await letters.address(engine, domain="nodo.example", digest_hour=12)
    await recipients.choose(HER, Delivery.NONE)
    await asked(engine)
    await post.round()
    await now_due(owner)
    await post.round()
    assert box.mails == []
    assert await states(engine) == [("withdrawn", HER, 1)]
    await recipients.choose(HER, Delivery.AT_ONCE)
    await asked(engine)
    await post.round()
    assert len(box.mails) == 1


async def test_who_is_no_steward_any_more_is_told_nothing(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """What waits for her is withdrawn with her role; other roles are told nothing at all."""
    await users.give_role(engine, "auditora@renap.example", HeldRole(Role.AUDITOR, PROVIDER.member), by="test")
    await asked(engine)
    await letters.address(engine, domain="nodo.example", digest_hour=12)
    await users.revoke(engine, HER)
    await post_of(engine, box).round()
    assert box.mails == []
    assert await states(engine) == [("withdrawn", HER, 1)]


async def test_a_notice_waits_for_a_steward(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection
) -> None:
    """An institution without one is told when it has one, within a week; the operator sees that it is not."""
    await users.revoke(engine, HER)
    await asked(engine)
    await post_of(engine, box).round()
    (waiting,) = await letters.listed(engine, (State.WAITING,))
    assert (waiting.letter, waiting.members) == (None, (str(PROVIDER.member),))
    await users.give_role(engine, HER, HeldRole(Role.STEWARD, PROVIDER.member), by="test")
    await post_of(engine, box).round()
    assert len(box.mails) == 1
    await owner.execute("update bus.notice set addressed_at = null, told_at = now() - interval '8 days'")
    await post_of(engine, box).round()
    assert len(box.mails) == 1


async def test_links_are_signed() -> None:
    """A link names its recipient's number; whatever is changed, cut or signed by another secret is refused."""
    token = LINKS.token(7)
    assert LINKS.number(token) == 7
    assert Links(("a newer secret, of enough characters", SECRET)).number(token) == 7
    for other in ("", "7", token[:-1], token + "A", "8" + token[1:], "0" + token, token.swapcase(), "٧" + token[1:]):
        with pytest.raises(NoticeLinkNotValid):
            LINKS.number(other)
    with pytest.raises(NoticeLinkNotValid):
        Links(("another secret, of enough characters",)).number(token)
    with pytest.raises(NoticeLinkNotValid):
        Links().number(token)


async def test_a_signed_link_of_nobody_is_refused(engine: AsyncEngine) -> None:
    """A number that no recipient has leads nowhere."""
    with pytest.raises(NoticeLinkNotValid):
        await Recipients(engine, LINKS).choose_by_link(LINKS.token(999), Delivery.NONE)


@pytest.mark.parametrize(
    "address", ["", "a", "a@b", "a@b.example\r\nBcc: c@d.example", "a b@c.example", "ñ@c.example", "a@ñ.example"]
)
async def test_wrong_addresses_are_no_recipients(engine: AsyncEngine, address: str) -> None:
    """What is no plain address gets no letters."""
    with pytest.raises(EmailNotValid):
        await Recipients(engine, LINKS).choose(address, Delivery.DAILY)


async def test_an_agreement_about_to_expire_is_told_at_each_mark(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection
) -> None:
    """Thirty days and a week before, once each, to the consumer; not on the day it is given, nor once it is revoked."""
    today = datetime.now(UTC).date()
    last = today + timedelta(days=40)
    number = (await access.grant(engine, CONSUMER, PERSONS, purpose="Trámite", until=last)).id
    short = (await access.grant(engine, CONSUMER, PERSONS, purpose="Otro", until=today + timedelta(days=5))).id
    await owner.execute("truncate bus.notice cascade")
    for ahead in (0, 9, 10, 11, 33, 34, 40, 41):
        await looking.tell_findings(engine, datetime.now(UTC) + timedelta(days=ahead))
    rows = await owner.fetch("select once from bus.notice order by id")
    assert [row["once"] for row in rows] == [
        f"access-expiring/{number}/{CONSUMER}/{last}/30",
        f"access-expiring/{number}/{CONSUMER}/{last}/7",
    ]
    await post_of(engine, box).round()
    assert {mail["To"] for mail in box.mails} == {HIS}
    assert short != number
    await access.revoke(engine, number)
    await owner.execute("truncate bus.notice cascade")
    await looking.tell_findings(engine, datetime.now(UTC) + timedelta(days=33))
    assert await owner.fetch("select from bus.notice") == []


async def test_everybody_in_a_group_is_told(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """A right that is given to a group is told to the stewards of each member in it."""
    group = GroupId.parse("LOCALGROUP:GT/GOV/2001/registro-civil/socios")
    await groups.keep(engine, group, title="Socios", include=(CONSUMER,))
    await access.grant(engine, group, PERSONS, purpose="Trámite")
    await post_of(engine, box).round()
    assert [(mail["To"], mail["Subject"]) for mail in box.mails] == [(HIS, "Registro civil le dio acceso (convenio 2)")]


async def test_unusual_volumes_are_told_to_the_provider(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """Once a day and consumer, with how many officials, and none of their names."""
    calls = [call(path=f"p{number}", cui=str(number)) for number in range(CALLS_MIN)]
    await town.carry(plan(*calls), consumer=consumer(user_id="GT-SECRETO"))
    await town.carry(plan(), consumer=consumer(user_id="GT2"))
    await town.records.stop()
    town.records.start()
    await post_of(engine, box).round()
    await looking.tell_findings(engine, datetime.now(UTC))
    await post_of(engine, box).round()
    (mail,) = box.mails
    assert mail["To"] == HER
    assert "Consultas fuera de lo común" in mail["Subject"]
    assert "personas de Ventanilla (1)" in text(mail)
    assert "SECRETO" not in f"{mail['Subject']} {text(mail)}"


async def test_one_process_looks_in_an_hour(engine: AsyncEngine) -> None:
    """Of many that would, one does."""
    turns = await asyncio.gather(*(looking.take_turn(engine) for _ in range(5)))
    assert sorted(turns) == [False] * 4 + [True]


async def test_old_letters_are_forgotten(
    town: Bus, engine: AsyncEngine, box: MailBox, owner: asyncpg.Connection
) -> None:
    """After three months, with their notices; what waits stays."""
    await asked(engine)
    await post_of(engine, box).round()
    await asked(engine)
    await owner.execute("update bus.notice_letter set begun_at = now() - interval '91 days'")
    await owner.execute("update bus.notice set told_at = now() - interval '91 days' where addressed_at is not null")
    await letters.forget(engine)
    assert await owner.fetchval("select count(*) from bus.notice") == 1
    assert await letters.listed(engine, (State.SENT,)) == ()


async def test_without_a_mail_server_notices_wait(town: Bus, engine: AsyncEngine, box: MailBox) -> None:
    """Nothing is lost where none is set yet; a test letter says that none is."""
    await asked(engine)
    post = Post(engine, None)
    await post.round()
    with pytest.raises(MailServerNotUsable, match="none is set"):
        await post.send_test(HER)
    await post_of(engine, box).round()
    assert len(box.mails) == 1


@pytest.mark.parametrize("kind", kinds.KINDS.values(), ids=list(kinds.KINDS))
async def test_every_kind_is_said_in_every_language(
    town: Bus, engine: AsyncEngine, box: MailBox, kind: kinds.Kind
) -> None:
    """No fact is missing and no brace is left, at once or in a digest."""
    facts: dict[str, Any] = {
        "agreement": 7,
        "consumer": str(CONSUMER),
        "provider": str(PROVIDER),
        "service": str(DataServiceId(PROVIDER, "personas")),
        "day": str(date(2027, 1, 31)),
        "officials": 2,
    }
    for language in kinds.LANGUAGES:
        await Recipients(engine, LINKS).choose(HER, Delivery.AT_ONCE, language)
        async with engine.begin() as connection:
            await outbox.tell(connection, kind, PROVIDER.member, facts)
        await post_of(engine, box).round()
    said = [f"{mail['Subject']}\n{text(mail)}" for mail in box.mails]
    assert len(set(said)) == len(kinds.LANGUAGES)
    assert not any("{" in each for each in said)
