"""A signed statement of the log's state: so many leaves, with this root, at this time.

The form is that of a signed note, as transparency logs use it, so that witnesses can add lines of
their own later: the text, an empty line, then one line per signature.

    sacbe/GT                            origin: which log
    1042                                size
    mZ6yN0x...=                         root, base64
    2026-11-23T18:04:05.120Z            time

    — sacbe/GT 3q2+7w...=               base64 of key id (4 bytes) and signature (64 bytes)

The key id is the beginning of the SHA-256 of the node's certificate. The signature is ECDSA on
P-256 with SHA-256 over the text with its last line end.
"""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

from sacbe_signing.keys import COORDINATE_BYTES, Signer
from sacbe_signing.trust import Trust, not_valid, public_key_of

KEY_ID_BYTES = 4
"""How much of the certificate's digest tells which key signed."""

_NOTE = re.compile(
    r"(?P<text>(?P<origin>[^\s+]+)\n(?P<size>0|[1-9][0-9]{0,18})\n(?P<root>[A-Za-z0-9+/]{43}=)\n"
    r"(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\.[0-9]{3}Z)\n)"
    r"\n— (?P<name>[^\s+]+) (?P<signature>[A-Za-z0-9+/]+={0,2})\n"
)
_ECDSA = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """Which log, how many leaves, the root over them, and when (UTC, to the millisecond)."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def __str__(self) -> str:
        time = self.at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n{time}Z\n"


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """Print a checkpoint as a note signed with the node's key."""
    text = str(checkpoint)
    signature = signer.certificate_sha256[:KEY_ID_BYTES] + signer.sign(text.encode())
    return f"{text}\n— {checkpoint.origin} {b64encode(signature).decode()}\n"


def parse(note: str) -> Checkpoint:
    """Read a signed note without checking its signature; raises SignatureNotValid if it is none."""
    return _read(_match(note))


def verify(note: str, trust: Trust) -> Checkpoint:
    """Read a signed note whose signature one of the trusted nodes made; raises SignatureNotValid."""
    match = _match(note)
    signed = b64decode(match["signature"])
    key = _key(signed[:KEY_ID_BYTES], trust)
    value = signed[KEY_ID_BYTES:]
    if match["name"] != match["origin"] or len(value) != 2 * COORDINATE_BYTES:
        raise not_valid("the checkpoint is not signed as its log")
    r, s = (int.from_bytes(half, "big") for half in (value[:COORDINATE_BYTES], value[COORDINATE_BYTES:]))
    try:
        key.verify(encode_dss_signature(r, s), match["text"].encode(), _ECDSA)
    except InvalidSignature as error:
        raise not_valid("the checkpoint was changed, or was not signed with the node's key") from error
    return _read(match)


def split(notes: str) -> tuple[tuple[str, ...], str]:
    """Split what a file of notes holds, each followed by an empty line: the whole ones, and a torn rest."""
    *whole, rest = re.split(r"(?<=\n)\n(?!—)", notes)
    if whole and not rest and "\n— " not in whole[-1]:  # torn just where the signature would follow
        rest = f"{whole.pop()}\n"
    return tuple(whole), rest


def _match(note: str) -> re.Match[str]:
    match = _NOTE.fullmatch(note)
    if match is None:
        raise not_valid("the checkpoint is not a signed note")
    return match


def _read(match: re.Match[str]) -> Checkpoint:
    try:
        at = datetime.fromisoformat(match["at"])
    except ValueError as error:
        raise not_valid("the checkpoint's time is none") from error
    return Checkpoint(origin=match["origin"], size=int(match["size"]), root=b64decode(match["root"]), at=at)


def _key(key_id: bytes, trust: Trust) -> ec.EllipticCurvePublicKey:
    for certificate in trust.nodes:
        if sha256(certificate.public_bytes(Encoding.DER)).digest()[:KEY_ID_BYTES] == key_id:
            return public_key_of(certificate)
    raise not_valid("the checkpoint was signed with the key of no trusted node")
