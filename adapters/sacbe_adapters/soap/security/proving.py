"""Proves that a reply is the system's own: its signature is verified, and only what it covers is read.

A message whose parts are wrapped, doubled or moved fools a reader who looks for parts by their Id.
Here the parts are found first, by their place: Body right below the Envelope, Timestamp and
Signature right below the one Security header. A reference must then name that very element, whose
Id no other has. What is handed on is the canonical form that was hashed, and nothing around it.

Taken are exclusive canonicalisation, SHA-256, RSA (PKCS #1 v1.5) and ECDSA; the key is that of the
certificate that the steward registered, whatever certificate the message carries.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from sacbe_adapters.soap import attachments, envelope
from sacbe_adapters.soap.security.names import (
    ECDSA_SHA256,
    EXCLUSIVE,
    ID,
    RSA_SHA256,
    SHA256,
    Element,
    PublicKey,
    canonical,
    ds,
    wsse,
    wsu,
)
from sacbe_adapters.transport import HttpReply
from sacbe_terms.credentials import AnyCredential, MessageSignature
from sacbe_terms.errors import ReplyNotProven

TOLERANCE = timedelta(seconds=60)
"""How far the system's clock and ours may lie apart."""

AGE_MAX = timedelta(minutes=5)
"""An older reply is refused, whatever it says of its own end."""

REFERENCES_MAX = 32
"""A signature over more parts is refused."""

CERTIFICATES_MAX = 1024
"""Registered certificates that are kept read."""


class _NotProven(Exception):
    """Why a reply is not proven."""


def proven(
    name: str, reply: HttpReply, credentials: tuple[AnyCredential, ...], *, takes_parts: bool = False
) -> HttpReply:
    """Give a reply that holds the proven Body alone; as it is where no certificate of the system is registered.

    What XOP moved out of the envelope is put back before anything is verified: a signature covers the
    message as it is without XOP (MTOM 1.0, section 2.4). Other parts are covered by no signature: they
    are passed over, unless `takes_parts` says that a value would be read from them.
    Raises ReplyNotReadable for what is no envelope, ReplyNotProven for one whose signature does not hold,
    ReplyBreaksContract for a reference to a part that is not there.
    """
    signature = next((one for one in credentials if isinstance(one, MessageSignature)), None)
    if signature is None or not signature.peer_certificate:
        return reply
    message = attachments.opened(name, reply)
    root = envelope.root(name, message.envelope)
    if attachments.included(name, root, message.parts) and takes_parts:
        raise ReplyNotProven(name, reason="it carries attachments that its signature does not cover")
    try:
        body = _proven_body(root, signature.peer_certificate, datetime.now(UTC))
    except _NotProven as error:
        raise ReplyNotProven(name, reason=str(error)) from error
    namespace = etree.QName(root).namespace
    alone = f'<e:Envelope xmlns:e="{namespace}">'.encode() + body + b"</e:Envelope>"
    return replace(reply, body=alone, headers={**reply.headers, "content-type": "application/soap+xml; charset=utf-8"})


def _proven_body(root: Element, pem: str, now: datetime) -> bytes:
    """Give the canonical form of the Body, its signature found right."""
    namespace = etree.QName(root).namespace
    tags = [child.tag for child in root]
    _require(
        etree.QName(root).localname == "Envelope" and tags == [f"{{{namespace}}}Header", f"{{{namespace}}}Body"],
        "it is not an envelope of one Header and one Body",
    )
    header, body = root
    security = _only(header, wsse("Security"))
    timestamp, signature = _only(security, wsu("Timestamp")), _only(security, ds("Signature"))
    info = _check_value(signature, _key(pem, now))
    covered = _check_references(root, info, allowed=[body, *security, *header])
    _require(body in covered and timestamp in covered, "its signature does not cover Body and Timestamp")
    _check_time(timestamp, now)
    return covered[body]


def _check_value(signature: Element, key: PublicKey) -> Element:
    """Check the value over SignedInfo, and give SignedInfo."""
    parts = [child for child in signature if child.tag != ds("KeyInfo")]
    shape = [child.tag for child in parts]
    _require(shape == [ds("SignedInfo"), ds("SignatureValue")], "its signature has an unusual shape")
    info, value = parts
    _require(len(info) > 2, "its signature covers nothing")
    prefixes = _transform_prefixes(info[0], ds("CanonicalizationMethod"))
    algorithm = info[1].get("Algorithm") if info[1].tag == ds("SignatureMethod") and not len(info[1]) else None
    expected = RSA_SHA256 if isinstance(key, rsa.RSAPublicKey) else ECDSA_SHA256
    _require(algorithm == expected, "its signature is of another algorithm than the registered certificate's")
    try:
        _verify(key, _base64(value), _form(info, prefixes))
    except InvalidSignature as error:
        raise _NotProven("its signature was not made with the registered certificate's key, or was changed") from error
    return info


def _verify(key: PublicKey, value: bytes, data: bytes) -> None:
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(value, data, padding.PKCS1v15(), hashes.SHA256())
        return
    half = (key.curve.key_size + 7) // 8
    _require(len(value) == 2 * half, "its signature's value is not r || s")
    r, s = int.from_bytes(value[:half], "big"), int.from_bytes(value[half:], "big")
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


def _check_references(root: Element, info: Element, *, allowed: list[Element]) -> dict[Element, bytes]:
    """Check every digest, and give the canonical form of each element that is covered."""
    references = info[2:]
    _require(len(references) <= REFERENCES_MAX, "its signature covers too many parts")
    identifiers = _identifiers(root)
    covered: dict[Element, bytes] = {}
    for reference in references:
        _require(reference.tag == ds("Reference"), "its signature has an unusual shape")
        part = _part(reference.get("URI") or "", identifiers, allowed)
        _require(part not in covered, "its signature covers one part twice")
        covered[part] = _checked(reference, part)
    return covered


def _identifiers(root: Element) -> dict[str, list[Element]]:
    """Give the elements by whatever could be taken for their Id, in any namespace and spelling."""
    found: dict[str, list[Element]] = {}
    for element in root.iter():
        for name, value in element.items():
            if str(name).rpartition("}")[2].lower() in ("id", "assertionid"):
                found.setdefault(str(value), []).append(element)
    return found


def _part(uri: str, identifiers: dict[str, list[Element]], allowed: list[Element]) -> Element:
    """Give the part that a reference names: it stands in one of the known places, and its Id is its own."""
    _require(uri.startswith("#") and len(uri) > 1, "its signature covers something outside the message")
    named = identifiers.get(uri[1:], [])
    _require(len(named) == 1, "an Id that its signature names stands in it twice, or not at all")
    part = named[0]
    _require(part in allowed and part.get(ID) == uri[1:], "its signature covers a part in an unknown place")
    return part


def _checked(reference: Element, part: Element) -> bytes:
    shape = [ds("Transforms"), ds("DigestMethod"), ds("DigestValue")]
    _require([child.tag for child in reference] == shape, "a reference has an unusual shape")
    transforms, method, value = reference
    _require(len(transforms) == 1, "a reference has other transforms than exclusive canonicalisation")
    prefixes = _transform_prefixes(transforms[0], ds("Transform"))
    _require(method.get("Algorithm") == SHA256 and not len(method), "a digest is not SHA-256")
    form = _form(part, prefixes)
    _require(sha256(form).digest() == _base64(value), "a part of it was changed after it was signed")
    return form


def _transform_prefixes(element: Element, tag: str) -> list[str]:
    """Give the prefixes that exclusive canonicalisation is told to declare; refuse every other transform."""
    is_exclusive = element.tag == tag and element.get("Algorithm") == EXCLUSIVE
    _require(is_exclusive and len(element) <= 1, "it uses another transform than exclusive canonicalisation")
    if not len(element):
        return []
    _require(element[0].tag == f"{{{EXCLUSIVE}}}InclusiveNamespaces", "a transform has an unusual shape")
    return (element[0].get("PrefixList") or "").split()


def _form(element: Element, prefixes: list[str]) -> bytes:
    try:
        return canonical(element, prefixes)
    except etree.C14NError as error:
        # a relative namespace has none (Canonical XML 1.0, section 1.3)
        raise _NotProven("a part of it has no canonical form") from error


def _check_time(timestamp: Element, now: datetime) -> None:
    created, expires = _time(_only(timestamp, wsu("Created"))), timestamp.findall(wsu("Expires"))
    _require(created <= now + TOLERANCE, "its time lies ahead of ours")
    _require(now - created <= AGE_MAX + TOLERANCE, "it is too old")
    _require(len(expires) <= 1 and all(now < _time(end) + TOLERANCE for end in expires), "its time has ended")


@lru_cache(maxsize=CERTIFICATES_MAX)
def _certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _key(pem: str, now: datetime) -> PublicKey:
    certificate = _certificate(pem)
    is_valid = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
    _require(is_valid, "the registered certificate of the system is not valid at this time")
    key = certificate.public_key()
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise _NotProven("the registered certificate has a key of an unknown kind")
    return key


def _only(parent: Element, tag: str) -> Element:
    found = parent.findall(tag)
    _require(len(found) == 1, f"it has {len(found)} elements '{etree.QName(tag).localname}' where one is needed")
    return found[0]


def _time(element: Element) -> datetime:
    try:
        time = datetime.fromisoformat((element.text or "").strip())
    except ValueError as error:
        raise _NotProven("its time cannot be read") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _base64(element: Element) -> bytes:
    try:
        return b64decode("".join((element.text or "").split()), validate=True)
    except (Base64Error, ValueError) as error:
        raise _NotProven("a value in its signature is not base64") from error


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise _NotProven(reason)
