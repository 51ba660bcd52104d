"""The strict reader of detached XAdES-BASELINE-B signatures: one shape is taken, all else refused.

A signature that wraps, repeats or moves its parts fools a reader who looks for parts by name. This
one walks down from the root, knows which children each element has, and takes the
SignedProperties that stand in this signature's own Object: the reference must point at that very
element. Every file asked about must be covered, and nothing else may be.
"""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from sacbe_signing.keys import COORDINATE_BYTES
from sacbe_signing.trust import Trust, member_of, not_valid, public_key_of
from sacbe_signing.xades import (
    DS,
    ECDSA_SHA256,
    EXCLUSIVE_C14N,
    SHA256,
    SIGNED_PROPERTIES,
    XADES,
    Claim,
    DataFile,
    recognise,
)
from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import MemberId

SIGNATURE_BYTES_MAX = 256 * 1024
"""A larger signature is refused unread; ours take three kilobytes."""

REFERENCES_MAX = 1000
"""A signature over more files is refused."""

_ECDSA = ec.ECDSA(hashes.SHA256())
_REFUSED = (b"<!", b"<?", b"\x00")
"""Readers disagree on these, canonical forms drop them, and a zero byte means another encoding than UTF-8."""

_NAMESPACES = {"ds": DS, "xades": XADES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a signature that holds says: by whom, with which certificate, and when by her own clock."""

    member: MemberId
    certificate_sha256: bytes
    signing_time: datetime


def verify(signature: bytes, files: Sequence[DataFile], trust: Trust, at: datetime) -> Signed:
    """Check that a signature covers exactly these files and holds; media types are not compared.

    `at` is the time of proof, at which the certificate must have held. Raises SignatureNotValid
    with the reason.
    """
    return Verifier(trust).verify(signature, files, at)


class Verifier:
    """Verifies many signatures against one trust; remembers the certificates that it has read."""

    def __init__(self, trust: Trust) -> None:
        self._trust = trust
        self._certificates: dict[bytes, _Certificate] = {}

    def verify(self, signature: bytes, files: Sequence[DataFile], at: datetime) -> Signed:
        """Check one signature, as the function `verify` does."""
        claim = recognise(signature, files) or _examined(signature, files)
        certificate = self._certificate(claim.certificate)
        _check_value(claim, certificate.key)
        certificate.period.check(at)
        return Signed(member=certificate.member, certificate_sha256=certificate.sha256, signing_time=claim.signing_time)

    def _certificate(self, der: bytes) -> "_Certificate":
        known = self._certificates.get(der)
        if known is None:
            known = self._certificates[der] = _Certificate(der, self._trust)
        return known


class _Certificate:
    """A certificate, read once and checked against the trust once."""

    def __init__(self, der: bytes, trust: Trust) -> None:
        try:
            value = x509.load_der_x509_certificate(der)
            self.member = member_of(value)
        except (ValueError, IdentifierNotValid) as error:
            raise not_valid("its certificate cannot be read") from error
        self.key = public_key_of(value)
        self.sha256 = sha256(der).digest()
        self.period = trust.period(value)


def _examined(signature: bytes, files: Sequence[DataFile]) -> Claim:
    """Take apart a signature that somebody else may have made, its digests found right."""
    root = _read(signature)
    _require(root.tag == _name("ds:Signature"), "its root is not ds:Signature")
    info, value, key_info, container = _children(root, "ds:SignedInfo", "ds:SignatureValue", "ds:KeyInfo", "ds:Object")
    properties = _own_properties(root, container)
    time, certificate_sha256, described = _signed_properties(properties)
    digests, identifiers = _references(info, properties)
    _require(described == identifiers, "it does not say the format of each file once")
    _check_files(digests, files)
    certificate = _base64(_child(_child(key_info, "ds:X509Data"), "ds:X509Certificate"))
    _require(certificate_sha256 == sha256(certificate).digest(), "it names another certificate than it carries")
    return Claim(_canonical(info), _base64(value), certificate, time)


def _read(signature: bytes) -> etree._Element:
    _require(len(signature) <= SIGNATURE_BYTES_MAX, "it is too large")
    _require(not any(sign in signature for sign in _REFUSED), "it holds a DOCTYPE, a comment or an instruction")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(signature, parser)
    except etree.XMLSyntaxError as error:
        raise not_valid("it is not XML") from error
    _check_identifiers(root)
    return root


def _check_identifiers(root: etree._Element) -> None:
    """An Id that stands twice lets two readers find two elements."""
    identifiers: list[str] = []
    for element in root.iter():
        identifiers += [value for name, value in element.items() if name.rpartition("}")[2].lower() == "id"]
    _require(len(identifiers) == len(set(identifiers)), "an Id stands in it twice")


def _own_properties(root: etree._Element, container: etree._Element) -> etree._Element:
    qualifying = _child(container, "xades:QualifyingProperties")
    own = root.get("Id")
    _require(bool(own) and qualifying.get("Target") == f"#{own}", "its properties are about another signature")
    return _child(qualifying, "xades:SignedProperties")


def _references(info: etree._Element, properties: etree._Element) -> tuple[dict[str, bytes], set[str]]:
    """Check SignedInfo, and give the digests by file name, and the files' reference Ids."""
    _require(len(info) >= 2, "it covers nothing")
    method, algorithm, *references = list(info)
    _require(_is(method, "ds:CanonicalizationMethod", EXCLUSIVE_C14N), "its canonicalisation is not taken here")
    _require(_is(algorithm, "ds:SignatureMethod", ECDSA_SHA256), "its algorithm is not taken here")
    _require(1 < len(references) <= REFERENCES_MAX + 1, "it covers no file, or too many")
    own = [reference for reference in references if reference.get("Type") == SIGNED_PROPERTIES]
    _require(len(own) == 1, "it does not cover its own properties once")
    _check_own_reference(own[0], properties)
    files = [reference for reference in references if reference is not own[0]]
    digests = dict(_file_digest(reference) for reference in files)
    identifiers = {f"#{reference.get('Id')}" for reference in files}
    _require(len(digests) == len(files) == len(identifiers), "it covers one file twice")
    return digests, identifiers


def _check_own_reference(reference: etree._Element, properties: etree._Element) -> None:
    """The reference must point at this very element; by Id alone another one could be slipped in."""
    transforms, method, value = _children(reference, "ds:Transforms", "ds:DigestMethod", "ds:DigestValue")
    transform = _child(transforms, "ds:Transform")
    identifier = properties.get("Id")
    _require(bool(identifier) and reference.get("URI") == f"#{identifier}", "it covers other properties than its own")
    _require(_is(transform, "ds:Transform", EXCLUSIVE_C14N), "a transform is not taken here")
    _require(_is(method, "ds:DigestMethod", SHA256), "a digest algorithm is not taken here")
    _require(sha256(_canonical(properties)).digest() == _base64(value), "its properties were changed")


def _file_digest(reference: etree._Element) -> tuple[str, bytes]:
    method, value = _children(reference, "ds:DigestMethod", "ds:DigestValue")
    uri = reference.get("URI", "")
    _require(reference.tag == f"{{{DS}}}Reference", "SignedInfo holds something else than references")
    _require(bool(uri) and not uri.startswith("#") and ":" not in uri, "it covers something that is no file")
    _require(reference.get("Type") is None and bool(reference.get("Id")), "a reference is not of a plain file")
    _require(_is(method, "ds:DigestMethod", SHA256), "a digest algorithm is not taken here")
    return unquote(uri), _base64(value)


def _signed_properties(properties: etree._Element) -> tuple[datetime, bytes, set[str]]:
    of_signature, of_data = _children(properties, "xades:SignedSignatureProperties", "xades:SignedDataObjectProperties")
    time, certificate = _children(of_signature, "xades:SigningTime", "xades:SigningCertificateV2")
    digest = _child(_child(certificate, "xades:Cert"), "xades:CertDigest")
    method, value = _children(digest, "ds:DigestMethod", "ds:DigestValue")
    _require(_is(method, "ds:DigestMethod", SHA256), "a digest algorithm is not taken here")
    formats = [
        element.get("ObjectReference", "") for element in of_data if element.tag == _name("xades:DataObjectFormat")
    ]
    _require(len(formats) == len(of_data) == len(set(formats)), "it does not say the format of each file once")
    return _time(time), _base64(value), set(formats)


def _check_files(digests: Mapping[str, bytes], files: Sequence[DataFile]) -> None:
    for file in files:
        _require(file.name in digests, f"it does not cover {file.name}")
        _require(digests[file.name] == file.sha256, f"{file.name} was changed")
    _require(len({file.name for file in files}) == len(digests), "it covers a file that is not there")


def _check_value(claim: Claim, key: ec.EllipticCurvePublicKey) -> None:
    _require(len(claim.value) == 2 * COORDINATE_BYTES, "its value is not r || s")
    r = int.from_bytes(claim.value[:COORDINATE_BYTES], "big")
    s = int.from_bytes(claim.value[COORDINATE_BYTES:], "big")
    try:
        key.verify(encode_dss_signature(r, s), claim.info, _ECDSA)
    except InvalidSignature as error:
        raise not_valid("its value was not made with the certificate's key") from error


def _canonical(element: etree._Element) -> bytes:
    try:
        return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    except etree.C14NError as error:
        raise not_valid("it has no canonical form, as with a relative namespace") from error


def _name(prefixed: str) -> str:
    prefix, _, local = prefixed.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


def _children(element: etree._Element, *names: str) -> list[etree._Element]:
    """Give the children of an element that must have exactly these, in this order."""
    found = list(element)
    _require([child.tag for child in found] == [_name(name) for name in names], f"{names[0]} is not where it must be")
    return found


def _child(element: etree._Element, name: str) -> etree._Element:
    return _children(element, name)[0]


def _is(element: etree._Element, name: str, algorithm: str) -> bool:
    return element.tag == _name(name) and element.get("Algorithm") == algorithm and len(element) == 0


def _base64(element: etree._Element) -> bytes:
    try:
        return b64decode("".join((element.text or "").split()), validate=True)
    except Base64Error as error:
        raise not_valid("a value in it is not base64") from error


def _time(element: etree._Element) -> datetime:
    try:
        time = datetime.fromisoformat(element.text or "")
    except ValueError as error:
        raise not_valid("its signing time is not a time") from error
    _require(time.tzinfo is not None, "its signing time has no zone")
    return time


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise not_valid(reason)
