"""The status of clients' certificates: fetched behind the requests, believed with care, refused when in doubt."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPCertStatus
from cryptography.x509.oid import AuthorityInformationAccessOID

from sacbe_signing.ocsp.answer import ANSWER_BYTES_MAX
from sacbe_terms.errors import CertificateNotInForce
from sacbe_xroad_like import client_statuses
from sacbe_xroad_like.client_statuses import ClientStatuses
from sacbe_xroad_like.status_policy import NO_RESPONDER, Authority, StatusPolicy
from tests.signing.ocsp.answers import DAY, MINUTE, NOW, OCSP_SIGNING, Answer, Holder, issued
from tests.xroad_like.responders import Desk, Say, always, answering, asking, exactly, ocsp_reply, silence
from tests.xroad_like.town import until

ISSUER = issued("authority")
DELEGATE = issued("responder", ISSUER, OCSP_SIGNING, x509.OCSPNoCheck())
CLIENT = issued("client", ISSUER)
OTHER = issued("other", ISSUER)
SHOWN = CLIENT.certificate.public_bytes(Encoding.DER)
GOOD = Answer(certificate=CLIENT.certificate, issuer=ISSUER.certificate, signer=DELEGATE)
REVOKED = GOOD.but(state=OCSPCertStatus.REVOKED)
BELIEVED = (Authority("national", ISSUER.certificate),)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask many times a second."""
    for name in ("ASKED_EVERY_SECONDS", "ASKED_AGAIN_SECONDS", "PAUSE_SECONDS_MIN"):
        monkeypatch.setattr(client_statuses, name, 0.02)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """A responder that says good."""
    async with answering(always(GOOD)) as open_desk:
        yield open_desk


@pytest.fixture
async def statuses(desk: Desk) -> AsyncIterator[ClientStatuses]:
    """What asks that responder, at the operator's address."""
    async with asking(StatusPolicy(authorities=BELIEVED, addresses={"": desk.address})) as asks:
        yield asks


def now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


async def first(statuses: ClientStatuses, shown: bytes = SHOWN) -> str:
    """Follow a certificate, wait for the first answer, and give the doubts."""
    await statuses.follow([shown])
    await statuses.first_answers()
    return statuses.doubts(shown, now())


async def test_a_good_certificate_is_believed(statuses: ClientStatuses) -> None:
    """From the first answer on; until then it is not known whether it is revoked."""
    assert "its authority has not answered yet" in statuses.doubts(SHOWN, now())
    assert await first(statuses) == ""
    statuses.check(SHOWN, now())


async def test_a_revocation_is_heard_of(statuses: ClientStatuses, desk: Desk) -> None:
    """Without any request, by asking again; a hold that is lifted is heard of too."""
    assert await first(statuses) == ""
    desk.say = always(REVOKED)
    await until(lambda: "was revoked on" in statuses.doubts(SHOWN, now()))
    with pytest.raises(CertificateNotInForce, match=r"SACBE-311.*was revoked on"):
        statuses.check(SHOWN, now())
    desk.say = always(GOOD)
    await until(lambda: statuses.doubts(SHOWN, now()) == "")


async def test_an_unknown_certificate_is_refused(statuses: ClientStatuses, desk: Desk) -> None:
    """What its authority does not know it has not issued."""
    desk.say = always(GOOD.but(state=OCSPCertStatus.UNKNOWN))
    assert "does not know it" in await first(statuses)


async def test_each_question_has_a_nonce_of_its_own(statuses: ClientStatuses, desk: Desk) -> None:
    """So that what was said once is worth nothing later."""
    await first(statuses)
    await until(lambda: len(desk.nonces) >= 3)
    assert len(set(desk.nonces)) == len(desk.nonces)


BAD: dict[str, tuple[Say, str]] = {
    "another's signature": (always(GOOD.but(signer=issued("authority"))), "nor has a certificate of it"),
    "a client's signature": (always(GOOD.but(signer=OTHER)), "not for signing such answers"),
    "stale": (always(GOOD.but(said_at=NOW - 9 * MINUTE, next_at=NOW - MINUTE)), "was good until"),
    "another certificate": (always(GOOD.but(certificate=OTHER.certificate)), "about another certificate"),
    "another nonce": (
        exactly(ocsp_reply(GOOD.but(nonce=b"another", next_at=None).der())),
        "nonce is not the question's",
    ),
    "garbage": (exactly(ocsp_reply(b"garbage")), "no answer that can be read"),
    "nothing": (exactly(ocsp_reply(b"")), "no answer that can be read"),
    "huge": (exactly(ocsp_reply(b"0" * (ANSWER_BYTES_MAX + 1))), "it is too large"),
    "slow": (silence, "did not answer within"),
    "no HTTP": (exactly(b"\x15\x03\x01\x00\x02\x02\x28\r\n\r\n"), "not HTTP as it should be"),
    "a refusal": (exactly(ocsp_reply(b"", status="500 Internal Server Error")), "HTTP 500"),
    "a redirect": (exactly(ocsp_reply(b"", status="302 Found\r\nLocation: http://127.0.0.1:1/")), "HTTP 302"),
    "a page": (exactly(ocsp_reply(b"<html>", kind="text/html")), "answered with something else"),
}


@pytest.mark.parametrize(("say", "reason"), BAD.values(), ids=BAD)
async def test_what_is_no_answer_helps_nobody(
    monkeypatch: pytest.MonkeyPatch, statuses: ClientStatuses, desk: Desk, say: Say, reason: str
) -> None:
    """The certificate is refused with the reason, until there is a good answer."""
    monkeypatch.setattr(client_statuses, "ANSWER_SECONDS_MAX", 0.3)
    desk.say = say
    doubts = await first(statuses)
    assert doubts.startswith("It is not known whether the TLS certificate is revoked")
    assert reason in doubts
    assert "127.0.0.1" not in doubts
    desk.say = always(GOOD)
    await until(lambda: statuses.doubts(SHOWN, now()) == "")


async def test_a_good_answer_holds_through_an_outage_for_the_stated_age(desk: Desk) -> None:
    """Not a moment longer, whatever the authority announced; without news, then, the client is refused."""
    desk.say = always(GOOD.but(next_at=NOW + 7 * DAY))
    policy = StatusPolicy(authorities=BELIEVED, addresses={"": desk.address}, answer_age_max=20 * MINUTE)
    async with asking(policy) as statuses:
        assert await first(statuses) == ""
        desk.say = exactly(ocsp_reply(b"", status="503 Service Unavailable"))
        asked = len(desk.nonces)
        await until(lambda: len(desk.nonces) > asked + 2)
        assert statuses.doubts(SHOWN, now() + 19 * MINUTE) == ""
        assert "HTTP 503" in statuses.doubts(SHOWN, now() + 21 * MINUTE)


async def test_an_answer_ends_when_its_news_are_due(statuses: ClientStatuses) -> None:
    """Also where the operator would take an older one."""
    assert await first(statuses) == ""
    assert statuses.doubts(SHOWN, now() + 4 * MINUTE) == ""
    assert "not known anew" in statuses.doubts(SHOWN, now() + 6 * MINUTE)


async def test_an_earlier_answer_does_not_come_back(statuses: ClientStatuses, desk: Desk) -> None:
    """Whoever plays an old good answer, of a responder without nonces, revives no revoked certificate."""
    desk.say = always(REVOKED)
    assert "was revoked on" in await first(statuses)
    asked = len(desk.nonces)
    desk.say = exactly(ocsp_reply(GOOD.but(said_at=NOW - MINUTE, next_at=NOW + DAY).der()))
    await until(lambda: len(desk.nonces) > asked + 2)
    assert "was revoked on" in statuses.doubts(SHOWN, now())


async def test_nobody_waits_for_a_silent_authority(
    monkeypatch: pytest.MonkeyPatch, statuses: ClientStatuses, desk: Desk
) -> None:
    """A starting node waits for a moment; a client of another authority is not touched."""
    monkeypatch.setattr(client_statuses, "START_SECONDS_MAX", 0.1)
    desk.say = silence
    own = issued("self-signed").certificate.public_bytes(Encoding.DER)
    await statuses.follow([SHOWN, own])
    await statuses.first_answers()
    assert "has not answered yet" in statuses.doubts(SHOWN, now())
    assert statuses.doubts(own, now()) == ""


async def test_what_fails_on_our_side_is_tried_again(statuses: ClientStatuses, desk: Desk) -> None:
    """An error that nobody foresaw ends no certificate's asking."""
    sent = statuses._ways_out
    statuses._ways_out = replace(sent, given=None)  # type: ignore[arg-type]  # what nobody foresees
    assert "failed on our side" in await first(statuses)
    statuses._ways_out = sent
    await until(lambda: statuses.doubts(SHOWN, now()) == "")


async def test_a_certificate_that_is_gone_is_asked_about_no_more(statuses: ClientStatuses, desk: Desk) -> None:
    """When no client has it registered."""
    await first(statuses)
    await statuses.follow([])
    await asyncio.sleep(0.05)
    asked = len(desk.nonces)
    await asyncio.sleep(0.1)
    assert len(desk.nonces) == asked


def naming(address: str) -> bytes:
    """Give a certificate of the authority that names its responder."""
    place = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(address))
    return der(issued("client", ISSUER, x509.AuthorityInformationAccess([place])))


def der(holder: Holder) -> bytes:
    """Give a certificate's bytes."""
    return holder.certificate.public_bytes(Encoding.DER)


async def test_an_address_in_a_certificate_leads_to_no_private_network(desk: Desk) -> None:
    """Though the operator has allowed the network for addresses that he gives himself."""
    async with asking(StatusPolicy(authorities=BELIEVED)) as statuses:
        assert "address is not allowed" in await first(statuses, naming(desk.address))
    assert desk.nonces == []


GIVEN = ("https://c.example", True)
WHO_IS_ASKED = {
    "the certificate's own": (naming("https://ocsp.example/"), {}, ("https://ocsp.example/", False)),
    "the operator's": (naming("https://ocsp.example/"), {"": "https://b.example"}, ("https://b.example", True)),
    "the operator's for it": (SHOWN, {"": "https://b.example", "national": "https://c.example"}, GIVEN),
    "nobody knows where": (SHOWN, {"other": "https://b.example"}, ("", False)),
    "nobody, by choice": (SHOWN, {"national": NO_RESPONDER}, None),
    "nobody issued it": (der(issued("self-signed")), {"": "https://b.example"}, None),
    "another of that name": (der(issued("client", issued("authority"))), {"": "https://b.example"}, None),
}  # fmt: skip


@pytest.mark.parametrize(("shown", "addresses", "asked"), WHO_IS_ASKED.values(), ids=WHO_IS_ASKED)
def test_who_is_asked_is_settled(shown: bytes, addresses: dict[str, str], asked: tuple[str, bool] | None) -> None:
    """The operator's address goes before the certificate's; what no believed authority issued has nobody to ask."""
    found = StatusPolicy(authorities=BELIEVED, addresses=addresses).asked_about(shown)
    assert (found and (found.address, found.is_given)) == asked


async def test_a_certificate_that_names_nobody_is_refused() -> None:
    """If an authority is believed, it must say what of it is revoked, or the operator that it does not."""
    async with asking(StatusPolicy(authorities=BELIEVED)) as statuses:
        assert "says where to ask" in await first(statuses)
