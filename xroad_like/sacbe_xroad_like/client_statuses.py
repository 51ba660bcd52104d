"""Whether clients' certificates still hold, as their authorities say (OCSP): from memory, at each request.

What is known is fetched behind the requests, and again long before it is old, so that a revocation holds
within a minute and no call waits for anybody. A certificate whose status is not known is refused, also when
its authority has been silent for longer than the operator allows.

Each process of the node asks for itself.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from cryptography.x509.ocsp import OCSPCertStatus

from sacbe_adapters.transport import Transport
from sacbe_signing.ocsp import answer
from sacbe_signing.ocsp.answer import ANSWER_BYTES_MAX, CertificateStatus
from sacbe_terms.errors import (
    AddressRefused,
    CertificateNotInForce,
    LegacySystemSilent,
    LegacySystemUnreachable,
    ReplyTooLarge,
    SacbeError,
    StatusAnswerRefused,
)
from sacbe_xroad_like.status_policy import Asked, StatusPolicy

ASKED_EVERY_SECONDS = 25.0
"""A revocation is heard of within this and the time of an answer."""

ASKED_AGAIN_SECONDS = 5.0
"""How soon an authority is asked again that gave no good answer."""

PAUSE_SECONDS_MIN = 1.0
"""However soon an authority announces news, it is asked no more often."""

ANSWER_SECONDS_MAX = 5.0
"""How long an authority may take to answer."""

QUESTIONS_MAX = 8
"""Questions to one address at a time."""

START_SECONDS_MAX = 3.0
"""How long a starting process waits for the first answers."""

NAME = "the authority's OCSP responder"
"""What an address is called in errors."""

_HEADERS = {"content-type": "application/ocsp-request", "accept": "application/ocsp-response"}
_MEDIA_TYPE = "application/ocsp-response"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class WaysOut:
    """For an address that the operator gave, and for one that stands in a certificate: that one only leads outside."""

    given: Transport
    found: Transport


class ClientStatuses:
    """Keeps the status of each client's certificate for one process."""

    def __init__(self, policy: StatusPolicy, ways_out: WaysOut) -> None:
        self._policy = policy
        self._ways_out = ways_out
        self._kept: dict[bytes, _Kept | None] = {}
        self._places: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(QUESTIONS_MAX))

    def doubts(self, certificate: bytes, at: datetime) -> str:
        """Say why a registered certificate (DER) is not to be believed now; empty where it is."""
        kept = self._follow(certificate)
        return "" if kept is None else kept.doubts(at, self._policy)

    def is_asked_about(self, certificate: bytes) -> bool:
        """Say whether somebody is asked about a certificate (DER); one that nobody issued holds by being registered."""
        return self._follow(certificate) is not None

    def check(self, certificate: bytes | None, at: datetime) -> None:
        """Raise CertificateNotInForce where there are doubts."""
        doubts = self.doubts(certificate, at) if certificate is not None else ""
        if doubts:
            raise CertificateNotInForce(
                what=f"{doubts}.",
                where="certificate",
                hint="Ask your certificate's authority, or register another certificate (`sacbe client add`).",
            )

    async def follow(self, certificates: Iterable[bytes]) -> None:
        """Keep the status of these certificates from now on, and of no others."""
        wanted = set(certificates)
        for certificate in wanted:
            self._follow(certificate)
        for gone in self._kept.keys() - wanted:
            _end(self._kept.pop(gone))

    async def first_answers(self) -> None:
        """Wait until every authority has answered once or failed to, for a moment at most."""
        asked = [kept.is_asked.wait() for kept in self._kept.values() if kept is not None]
        try:
            async with asyncio.timeout(START_SECONDS_MAX):
                await asyncio.gather(*asked)
        except TimeoutError:
            _log.warning("not every authority has said by now whether its certificates hold")

    async def stop(self) -> None:
        """Ask no more."""
        tasks = [kept.task for kept in self._kept.values() if kept is not None and kept.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._kept.clear()

    def _follow(self, certificate: bytes) -> "_Kept | None":
        if certificate not in self._kept:
            asked = self._policy.asked_about(certificate)
            self._kept[certificate] = kept = None if asked is None else _Kept(asked)
            if kept is not None:
                kept.task = asyncio.create_task(self._keep(kept), name="client status")
        return self._kept[certificate]

    async def _keep(self, kept: "_Kept") -> None:
        while True:
            try:
                status = await self._status(kept.asked)
                kept.take(status)
                seconds = _pause(status, datetime.now(UTC))
            except StatusAnswerRefused as refused:
                kept.refuse(refused)
                seconds = ASKED_AGAIN_SECONDS
            except Exception as error:  # whatever it was, the next answer may be good, and until then the old one ages
                _log.exception("a certificate's status could not be asked for")
                kept.refuse(answer.refused(f"it failed on our side ({type(error).__name__})"))
                seconds = ASKED_AGAIN_SECONDS
            await asyncio.sleep(seconds)

    async def _status(self, asked: Asked) -> CertificateStatus:
        if not asked.address:
            raise answer.refused("neither the certificate nor the operator says where to ask")
        question = asked.question()
        async with self._places[asked.address]:
            content = await fetch(self._ways_out, asked, question.der())
        return answer.read(content, question, datetime.now(UTC))


async def fetch(ways_out: WaysOut, asked: Asked, question: bytes) -> bytes:
    """Send a question (RFC 6960, appendix A.1) and give the answer unread; raises StatusAnswerRefused."""
    way_out = ways_out.given if asked.is_given else ways_out.found
    try:
        reply = await way_out.send(
            "POST",
            asked.address,
            headers=_HEADERS,
            body=question,
            deadline=time.monotonic() + ANSWER_SECONDS_MAX,
            reply_bytes_max=ANSWER_BYTES_MAX,
            name=NAME,
        )
    except SacbeError as error:
        raise answer.refused(_reason(error)) from error
    if reply.status != 200:
        raise answer.refused(f"the responder answered with HTTP {reply.status}")
    if reply.headers.get("content-type", "").partition(";")[0].strip().lower() != _MEDIA_TYPE:
        raise answer.refused("the responder answered with something else")
    return reply.body


_REASONS: Mapping[type[SacbeError], str] = {
    LegacySystemSilent: f"the responder did not answer within {ANSWER_SECONDS_MAX:g} s",
    LegacySystemUnreachable: "the responder cannot be reached",
    ReplyTooLarge: "it is too large",
    AddressRefused: "the responder's address is not allowed",
}


def _reason(error: SacbeError) -> str:
    return _REASONS.get(type(error), "the responder's reply is not HTTP as it should be")


class _Kept:
    """What is known of one certificate."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.is_asked = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self._status: CertificateStatus | None = None
        self._failure = "its authority has not answered yet"

    def take(self, status: CertificateStatus) -> None:
        """Keep what was said; raises StatusAnswerRefused where something newer is known."""
        if self._status is not None and status.said_at < self._status.said_at:
            raise answer.refused("it is older than what the authority said before")
        if self._failure and self.is_asked.is_set():
            _log.info("an authority answers again", authority=self.asked.authority.name)
        self._status, self._failure = status, ""
        self.is_asked.set()

    def refuse(self, refused: StatusAnswerRefused) -> None:
        """Remember why there is nothing new, and tell the operator once."""
        if refused.where != self._failure:
            _log.warning(
                "a certificate's status is not known anew",
                code=refused.code,
                reason=refused.where,
                authority=self.asked.authority.name,
                serial_number=f"{self.asked.certificate.serial_number:x}",
            )
        self._failure = refused.where
        self.is_asked.set()

    def doubts(self, at: datetime, policy: StatusPolicy) -> str:
        """Say why the certificate is not to be believed; empty where it is."""
        status = self._status
        if status is None:
            return f"It is not known whether the TLS certificate is revoked: {self._failure}"
        if status.state is OCSPCertStatus.REVOKED:
            return f"The TLS certificate was revoked on {status.revoked_at:%Y-%m-%d}"
        if status.state is OCSPCertStatus.UNKNOWN:
            return "The TLS certificate's authority does not know it"
        if at > status.said_at + policy.answer_age_max or (status.next_at is not None and at > status.next_at):
            return f"It is not known anew whether the TLS certificate is revoked: {self._failure}"
        return ""


def _pause(status: CertificateStatus, at: datetime) -> float:
    """Say how soon to ask again: in any case before there is news."""
    if status.next_at is None:
        return ASKED_EVERY_SECONDS
    return max(PAUSE_SECONDS_MIN, min(ASKED_EVERY_SECONDS, (status.next_at - at).total_seconds() / 2))


def _end(kept: _Kept | None) -> None:
    if kept is not None and kept.task is not None:
        kept.task.cancel()
