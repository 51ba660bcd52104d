"""Writes the Security header of a request: UsernameToken, Timestamp, X.509 signature.

Web Services Security: SOAP Message Security 1.1.1, UsernameToken Profile 1.1.1, X.509 Certificate
Token Profile 1.1.1. The receiver must understand the header or refuse the message.
"""

import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha1, sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from lxml import etree

from sacbe_adapters import xml
from sacbe_adapters.soap.security.names import (
    BASE64,
    DS,
    ECDSA_SHA256,
    EXCLUSIVE,
    ID,
    PASSWORD_DIGEST,
    PASSWORD_TEXT,
    RSA_SHA256,
    SHA256,
    WSSE,
    WSU,
    X509,
    Element,
    PrivateKey,
    canonical,
    ds,
    wsse,
    wsu,
)
from sacbe_terms.credentials import AnyCredential, MessageSignature, UsernameToken

LIFE = timedelta(minutes=5)
"""How long a request may be under way before the system should refuse it."""

NONCE_BYTES = 16
"""Randomness of a nonce (UsernameToken Profile 1.1.1, section 3.1)."""

ID_BYTES = 8
"""Randomness of an Id, so that none of the payload is the same."""

SIGNERS_MAX = 1024
"""Keys that are kept read; one takes milliseconds to read."""


def secured(envelope: bytes, credentials: tuple[AnyCredential, ...]) -> bytes:
    """Give the envelope with the Security header that these credentials ask for; without any, as it is."""
    token = next((one for one in credentials if isinstance(one, UsernameToken)), None)
    signature = next((one for one in credentials if isinstance(one, MessageSignature)), None)
    if token is None and signature is None:
        return envelope
    root = xml.parse(envelope, bytes_max=len(envelope))
    header = _header(root)
    now = datetime.now(UTC)
    if signature is not None or (token is not None and token.has_timestamp):
        _write_timestamp(header, now)
    if token is not None:
        _write_token(header, token, now)
    if signature is not None:
        _sign(root, header, Signer.of(signature))
    return etree.tostring(root, xml_declaration=True, encoding="utf-8")


def _header(root: Element) -> Element:
    """Make the Security header, in the envelope's Header if it has one."""
    namespace = etree.QName(root).namespace
    header = root.find(f"{{{namespace}}}Header")
    if header is None:
        header = etree.Element(f"{{{namespace}}}Header", nsmap=dict(root.nsmap))
        root.insert(0, header)
    security = etree.SubElement(header, wsse("Security"), nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{namespace}}}mustUnderstand", "1")
    return security


def _write_timestamp(header: Element, now: datetime) -> None:
    timestamp = _add(header, wsu("Timestamp"))
    timestamp.set(ID, _fresh_id("TS"))
    _add(timestamp, wsu("Created"), _written(now))
    _add(timestamp, wsu("Expires"), _written(now + LIFE))


def _write_token(header: Element, token: UsernameToken, now: datetime) -> None:
    element = _add(header, wsse("UsernameToken"))
    element.set(ID, _fresh_id("UT"))
    _add(element, wsse("Username"), token.user)
    if not token.is_digest:
        _add(element, wsse("Password"), token.password, Type=PASSWORD_TEXT)
        return
    nonce, created = secrets.token_bytes(NONCE_BYTES), _written(now)
    _add(element, wsse("Password"), password_digest(nonce, created, token.password), Type=PASSWORD_DIGEST)
    _add(element, wsse("Nonce"), b64encode(nonce).decode(), EncodingType=BASE64)
    _add(element, wsu("Created"), created)


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Give Base64(SHA-1(nonce + created + password)) (UsernameToken Profile 1.1.1, section 3.1)."""
    hashed = sha1(nonce + created.encode() + password.encode(), usedforsecurity=False)
    return b64encode(hashed.digest()).decode()


class Signer:
    """A key with its certificate, read once."""

    def __init__(self, credential: MessageSignature) -> None:
        key = serialization.load_pem_private_key(credential.private_key.encode(), None)
        if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ValueError("a key is RSA or elliptic")
        certificate = x509.load_pem_x509_certificate(credential.certificate.encode())
        self.certificate = b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode()
        self.algorithm = RSA_SHA256 if isinstance(key, rsa.RSAPrivateKey) else ECDSA_SHA256
        self._key: PrivateKey = key

    @staticmethod
    @lru_cache(maxsize=SIGNERS_MAX)
    def of(credential: MessageSignature) -> "Signer":
        """Give the signer of a credential."""
        return Signer(credential)

    def sign(self, data: bytes) -> bytes:
        """Sign as XML Signature 1.1 writes it: elliptic ones as r || s (section 6.4.3)."""
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        size = (self._key.curve.key_size + 7) // 8
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def _sign(root: Element, header: Element, signer: Signer) -> None:
    """Sign the Body and all that stands in the header so far; the certificate stands before the signature."""
    body = root[-1]
    body.set(ID, _fresh_id("Body"))
    parts = [body, *header]
    token = _add(header, wsse("BinarySecurityToken"), signer.certificate, ValueType=X509, EncodingType=BASE64)
    token.set(ID, _fresh_id("X509"))
    header.insert(0, token)
    signature = etree.SubElement(header, ds("Signature"), nsmap={"ds": DS})
    info = _write_info(signature, parts, signer.algorithm, prefixes=sorted(filter(None, root.nsmap)))
    _add(signature, ds("SignatureValue"), b64encode(signer.sign(canonical(info))).decode())
    reference = _add(_add(signature, ds("KeyInfo")), wsse("SecurityTokenReference"))
    _add(reference, wsse("Reference"), URI=f"#{token.get(ID)}", ValueType=X509)


def _write_info(signature: Element, parts: list[Element], algorithm: str, prefixes: list[str]) -> Element:
    """Write SignedInfo. The envelope's prefixes are covered too, since types are named by them in the Body."""
    info = _add(signature, ds("SignedInfo"))
    _add(info, ds("CanonicalizationMethod"), Algorithm=EXCLUSIVE)
    _add(info, ds("SignatureMethod"), Algorithm=algorithm)
    for part in parts:
        reference = _add(info, ds("Reference"), URI=f"#{part.get(ID)}")
        transform = _add(_add(reference, ds("Transforms")), ds("Transform"), Algorithm=EXCLUSIVE)
        inclusive = etree.SubElement(transform, f"{{{EXCLUSIVE}}}InclusiveNamespaces", nsmap={"ec": EXCLUSIVE})
        inclusive.set("PrefixList", " ".join(prefixes))
        _add(reference, ds("DigestMethod"), Algorithm=SHA256)
        digest = sha256(canonical(part, prefixes)).digest()
        _add(reference, ds("DigestValue"), b64encode(digest).decode())
    return info


def _add(parent: Element, name: str, text: str = "", **attributes: str) -> Element:
    element = etree.SubElement(parent, name, attributes)
    element.text = text or None
    return element


def _fresh_id(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(ID_BYTES)}"


def _written(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"
