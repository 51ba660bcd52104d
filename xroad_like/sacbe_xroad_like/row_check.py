"""Checks the log's messages one by one: signature, columns, digest, and that replies fit requests.

The tree proves that rows are as they were sealed; this proves that what was sealed was said by whom it
names, also of rows that are not sealed yet. Every column is told by a signed part, so a changed
column shows even before its leaf is in the tree.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sacbe_signing.trust import Trust
from sacbe_signing.xades_verification import Signed, Verifier
from sacbe_terms.errors import IdentifierNotValid, SignatureNotValid
from sacbe_terms.identifiers import MemberId
from sacbe_xroad_like import log_record, messages
from sacbe_xroad_like.log_record import REPLY, REQUEST, Entry
from sacbe_xroad_like.messages import TRANSLATION, Head, Message
from sacbe_xroad_like.wire import rest_message
from sacbe_xroad_like.wire.fault import XRoadFault

MEMBER_PARTS = 3
"""How many parts of an identifier name the member."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a reply must fit: `hash` is empty where the request's body was too large to be kept."""

    message_id: str
    consumer: str
    operation: str
    hash: str


class RowCheck:
    """Takes rows in the log's order and gives what is wrong with each."""

    def __init__(self, trust: Trust) -> None:
        self._verifier = Verifier(trust)
        self._unanswered: dict[UUID, _Asked] = {}

    @property
    def unanswered(self) -> int:
        """How many requests have no reply so far; one is left by a crash during a changing call."""
        return len(self._unanswered)

    def faults(self, entry: Entry) -> list[str]:
        """Say all that is wrong with a row."""
        try:
            head = messages.parse(entry.head)
        except (ValueError, TypeError):
            return ["its head is no message's head"]
        found = [*self._signature_faults(entry), *_column_faults(entry, head)]
        return found + self._pair_faults(entry, head)

    def _signature_faults(self, entry: Entry) -> list[str]:
        files = log_record.files(entry.direction, entry.head, entry.body_sha256)
        try:
            signed = self._verifier.verify(entry.signature, files, entry.recorded_at)
            return _signer_faults(entry, signed)
        except (SignatureNotValid, IdentifierNotValid) as error:
            return [error.what]

    def _pair_faults(self, entry: Entry, head: Head) -> list[str]:
        if entry.direction == REQUEST:
            told = messages.request_hash(Message(entry.head, entry.body)) if entry.body is not None else ""
            self._unanswered[entry.request_id] = _Asked(entry.message_id, entry.consumer, entry.operation, told)
            return []
        asked = self._unanswered.pop(entry.request_id, None)
        if asked is None:
            return ["it answers a request that is not in the log before it"]
        if (asked.message_id, asked.consumer, asked.operation) != (entry.message_id, entry.consumer, entry.operation):
            return ["it answers another request than it names"]
        if asked.hash not in ("", head.headers.get("x-road-request-hash")):
            return ["the request that it answers was another one"]
        return []


def _signer_faults(entry: Entry, signed: Signed) -> list[str]:
    found = []
    if signed.member != _member(entry):
        found.append(f"{signed.member} signed it, who is not its sender")
    if signed.signing_time != entry.recorded_at:
        found.append("its recorded_at is not its signing time")
    if signed.certificate_sha256 != entry.certificate_sha256:
        found.append("its certificate_sha256 is of another certificate")
    return found


def _member(entry: Entry) -> MemberId:
    sender = entry.consumer if entry.direction == REQUEST else entry.operation
    return MemberId.parse("/".join(sender.split("/")[:MEMBER_PARTS]))


def _column_faults(entry: Entry, head: Head) -> list[str]:
    """Compare the columns with what the signed head says."""
    told: dict[str, Any] = {
        "direction": REPLY if head.is_reply else REQUEST,
        "message_id": head.headers.get("x-road-id"),
        "consumer": head.headers.get("x-road-client"),
        "request_id": head.headers.get("x-road-request-id"),
    }
    columns = {name: getattr(entry, name) for name in told} | {"request_id": str(entry.request_id)}
    found = [f"its {name} is not what its head says" for name in told if told[name] != columns[name]]
    if not _names_operation(entry.operation, head):
        found.append("its operation is not what its head says")
    if entry.body is not None and sha256(entry.body).digest() != entry.body_sha256:
        found.append("its body is not what its body_sha256 says")
    return found


def _names_operation(operation: str, head: Head) -> bool:
    """A translated message names an operation in its path; one of X-Road's own wire is about a service."""
    service = head.headers.get("x-road-service")
    if head.is_reply:
        return service in (operation, operation.rpartition("/")[0])
    return head.second == f"{TRANSLATION}{operation}" or service == operation or _is_asked(operation, head.second)


def _is_asked(service: str, target: str) -> bool:
    """Say whether a target of the REST protocol is of this service."""
    try:
        return str(rest_message.service_of(target.partition("?")[0])[0]) == service
    except XRoadFault:
        return False
