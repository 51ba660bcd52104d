"""One message, signed by its sender, as the row of the log that proves it."""

from datetime import UTC, datetime
from hashlib import sha256

from sacbe_signing import xades
from sacbe_signing.keys import Signer
from sacbe_xroad_like import log_record
from sacbe_xroad_like.log_record import Entry
from sacbe_xroad_like.message_log import LOGGED_BODY_BYTES_MAX
from sacbe_xroad_like.messages import Exchanged, Message


def entry(about: Exchanged, message: Message, direction: str, signer: Signer) -> Entry:
    """Sign a message now and give its row; a body beyond the log's limit is kept by its digest alone."""
    body_sha256 = sha256(message.body).digest()
    at = _now()
    return Entry(
        message_id=about.message_id,
        direction=direction,
        consumer=about.consumer,
        operation=about.operation,
        request_id=about.request_id,
        recorded_at=at,
        head=message.head,
        body=message.body if len(message.body) <= LOGGED_BODY_BYTES_MAX else None,
        body_sha256=body_sha256,
        signature=xades.sign(log_record.files(direction, message.head, body_sha256), signer, at),
        certificate_sha256=signer.certificate_sha256,
    )


def _now() -> datetime:
    """Give the time to the millisecond, as the signature says it: the log's column must be the same."""
    now = datetime.now(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
