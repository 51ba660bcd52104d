"""One message, signed by its sender, as the row of the log that proves it."""

from datetime import UTC, datetime
from hashlib import sha256

from sacbe_adapters.spool import Body
from sacbe_signing import xades
from sacbe_signing.keys import Signer
from sacbe_xroad_like import log_record
from sacbe_xroad_like.log_record import Entry
from sacbe_xroad_like.message_log import LOGGED_BODY_BYTES_MAX
from sacbe_xroad_like.messages import Exchanged, Message


def entry(about: Exchanged, message: Message, direction: str, signer: Signer) -> Entry:
    """Sign a message now and give its row; a body beyond the log's limit is kept by its digest alone."""
    signed = bodiless(about, message.head, sha256(message.body).digest(), direction, signer)
    return signed._replace(body=message.body) if len(message.body) <= LOGGED_BODY_BYTES_MAX else signed


def bodiless(about: Exchanged, head: bytes, body_sha256: bytes, direction: str, signer: Signer) -> Entry:
    """Sign a message now, by its body's digest, and give its row without the body."""
    at = _now()
    return Entry(
        message_id=about.message_id,
        direction=direction,
        consumer=about.consumer,
        operation=about.operation,
        request_id=about.request_id,
        recorded_at=at,
        head=head,
        body=None,
        body_sha256=body_sha256,
        signature=xades.sign(log_record.files(direction, head, body_sha256), signer, at),
        certificate_sha256=signer.certificate_sha256,
    )


async def with_body(entry: Entry, body: Body) -> Entry:
    """Give a row with its body, unless that is beyond the log's limit."""
    return entry._replace(body=await body.read()) if body.size <= LOGGED_BODY_BYTES_MAX else entry


def _now() -> datetime:
    """Give the time to the millisecond, as the signature says it: the log's column must be the same."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
