"""Detached XAdES-BASELINE-B signatures, written from a template (ETSI EN 319 132-1).

SignedInfo and SignedProperties are written in their exclusive canonical form from the start, so
that signing builds no tree and canonicalises nothing: it fills digests and the time into bytes.
The data are named files outside the signature; a bus message is `message.xml` (its head, the
name that X-Road uses) and `attachment1` (its body). `xades_verification` is the other direction.

Algorithms: ECDSA on P-256 with SHA-256, value as raw r || s (RFC 4050), exclusive C14N 1.0.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Self
from urllib.parse import quote

from sacbe_signing.keys import Signer

DS = "http://www.w3.org/2000/09/xmldsig#"
"""Namespace of XML signatures."""

XADES = "http://uri.etsi.org/01903/v1.3.2#"
"""Namespace of XAdES."""

EXCLUSIVE_C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
"""Exclusive canonicalisation without comments."""

ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
"""The signature algorithm."""

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
"""The digest algorithm."""

SIGNED_PROPERTIES = "http://uri.etsi.org/01903#SignedProperties"
"""Type of the reference to what XAdES adds."""

TEMPLATES_MAX = 4096
"""How many templates are kept: one for each certificate and set of file names."""

_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$^_.+-]+/[A-Za-z0-9!#$^_.+-]+(; ?[a-z]+=[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class DataFile:
    """A named file that a signature covers, by its digest: it may be too large to be held."""

    name: str
    media_type: str
    sha256: bytes

    @classmethod
    def of(cls, name: str, media_type: str, content: bytes) -> Self:
        """Make one of a content at hand."""
        return cls(name, media_type, sha256(content).digest())


@dataclass(frozen=True, slots=True)
class _Template:
    """Bytes with `%b` where something is filled in."""

    properties: bytes
    info: bytes
    document: bytes


def sign(files: Sequence[DataFile], signer: Signer, at: datetime) -> bytes:
    """Give the ds:Signature element over these files, signed at this time (kept to the millisecond).

    Raises ValueError for a media type that is none.
    """
    template = _template_of(files, signer.certificate)
    info, properties = _filled(template, files, at)
    return template.document % (info, b64encode(signer.sign(info)), properties)


def _filled(template: "_Template", files: Sequence[DataFile], at: datetime) -> tuple[bytes, bytes]:
    """Give SignedInfo and SignedProperties in their canonical form."""
    properties = template.properties % signing_time(at)
    digests = [b64encode(file.sha256) for file in files]
    return template.info % (*digests, b64encode(sha256(properties).digest())), properties


def _template_of(files: Sequence[DataFile], certificate: bytes) -> "_Template":
    return _template(certificate, tuple((file.name, file.media_type) for file in files))


@dataclass(frozen=True, slots=True)
class Claim:
    """What is left to check of a signature whose shape and digests are right: the value over `info`."""

    info: bytes
    value: bytes
    certificate: bytes
    signing_time: datetime


def recognise(signature: bytes, files: Sequence[DataFile]) -> Claim | None:
    """Take apart a signature of our own making over these files, or give None.

    It is written again with the time, value and certificate found in it. Equal bytes have the known
    canonical form, so that only the value and the certificate are left to check, at a third of the
    cost of reading a stranger's signature. None says nothing about its validity.
    """
    time = _between(signature, b"<xades:SigningTime>")
    value = _between(signature, b'<ds:SignatureValue Id="v-S">')
    try:
        certificate = b64decode(_between(signature, b"<ds:X509Certificate>"), validate=True)
        at = datetime.fromisoformat(time.decode())
        template = _template_of(files, certificate)
        info, properties = _filled(template, files, at)
        found = Claim(info, b64decode(value, validate=True), certificate, at)
    except ValueError:
        return None
    return found if template.document % (info, value, properties) == signature else None


def _between(signature: bytes, start: bytes) -> bytes:
    """Give the text of the first element that starts so; empty if there is none."""
    return signature.partition(start)[2].partition(b"</")[0]


def signing_time(at: datetime) -> bytes:
    """Print a time as xsd:dateTime in UTC, with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00").encode() + b"Z"


@lru_cache(maxsize=TEMPLATES_MAX)
def _template(certificate: bytes, files: tuple[tuple[str, str], ...]) -> _Template:
    names = [quote(name) for name, _ in files]
    return _Template(
        properties=_with_gaps(_properties(certificate, [media_type for _, media_type in files])),
        info=_with_gaps(_info(names)),
        document=_with_gaps(_document(certificate)),
    )


_GAP = "\x00"


def _with_gaps(text: str) -> bytes:
    return text.replace("%", "%%").replace(_GAP, "%b").encode()


def _info(names: Sequence[str]) -> str:
    references = "".join(
        f'<ds:Reference Id="r{index}" URI="{name}">{_digest("ds:", _GAP)}</ds:Reference>'
        for index, name in enumerate(names)
    )
    return (
        f'<ds:SignedInfo xmlns:ds="{DS}">'
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE_C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{ECDSA_SHA256}"></ds:SignatureMethod>'
        f"{references}"
        f'<ds:Reference Type="{SIGNED_PROPERTIES}" URI="#xp-S">'
        f'<ds:Transforms><ds:Transform Algorithm="{EXCLUSIVE_C14N}"></ds:Transform></ds:Transforms>'
        f"{_digest('ds:', _GAP)}</ds:Reference></ds:SignedInfo>"
    )


def _digest(prefix: str, value: str, *, namespace: str = "") -> str:
    return (
        f'<{prefix}DigestMethod{namespace} Algorithm="{SHA256}"></{prefix}DigestMethod>'
        f"<{prefix}DigestValue{namespace}>{value}</{prefix}DigestValue>"
    )


def _properties(certificate: bytes, media_types: Sequence[str]) -> str:
    fingerprint = b64encode(sha256(certificate).digest()).decode()
    formats = "".join(
        f'<xades:DataObjectFormat ObjectReference="#r{index}">'
        f"<xades:MimeType>{_media_type(media_type)}</xades:MimeType></xades:DataObjectFormat>"
        for index, media_type in enumerate(media_types)
    )
    return (
        f'<xades:SignedProperties xmlns:xades="{XADES}" Id="xp-S"><xades:SignedSignatureProperties>'
        f"<xades:SigningTime>{_GAP}</xades:SigningTime><xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
        # in exclusive C14N each element declares the namespace that nothing around it has used yet
        + _digest("ds:", fingerprint, namespace=f' xmlns:ds="{DS}"')
        + "</xades:CertDigest></xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
        f"<xades:SignedDataObjectProperties>{formats}</xades:SignedDataObjectProperties></xades:SignedProperties>"
    )


def _document(certificate: bytes) -> str:
    return (
        f'<ds:Signature xmlns:ds="{DS}" Id="S">{_GAP}<ds:SignatureValue Id="v-S">{_GAP}</ds:SignatureValue>'
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{b64encode(certificate).decode()}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo><ds:Object>"
        f'<xades:QualifyingProperties xmlns:xades="{XADES}" Target="#S">{_GAP}</xades:QualifyingProperties>'
        "</ds:Object></ds:Signature>"
    )


def _media_type(text: str) -> str:
    if _MEDIA_TYPE.fullmatch(text) is None:
        raise ValueError(f"{text!r} is not a media type")
    return text
