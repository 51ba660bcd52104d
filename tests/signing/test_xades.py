"""Signatures: what we write is what the standard means, and what we accept is nothing else.

The judges are lxml's own canonicalisation and, where it is installed, xmlsec1.
"""

import os
import re
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sacbe_signing import xades, xades_verification
from sacbe_signing.trust import Trust
from sacbe_signing.xades import DS, XADES, DataFile
from sacbe_signing.xades_verification import verify
from sacbe_terms.errors import SignatureNotValid
from tests.signing.keyrings import MINISTRY, authority, foreign_authority

NOW = datetime.now(UTC).replace(microsecond=123000)
HEAD, BODY = b"POST\r\n/t1/GT\r\n", '{"nombres":"Ñandú"}'.encode()
FILES = (
    DataFile.of("message.xml", "application/x-road-rest-request", HEAD),
    DataFile.of("attachment1", "application/json", BODY),
)
SIGNATURE = xades.sign(FILES, authority().signer_for(MINISTRY), NOW)


def canonical(signature: bytes, name: str) -> bytes:
    """Give the exclusive canonical form of the first element of this name."""
    element = next(etree.fromstring(signature).iter(name))
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def test_the_template_is_already_canonical() -> None:
    """The written SignedInfo and SignedProperties are byte for byte what lxml makes of them."""
    info = canonical(SIGNATURE, f"{{{DS}}}SignedInfo")
    properties = canonical(SIGNATURE, f"{{{XADES}}}SignedProperties")
    assert info in SIGNATURE
    assert properties in SIGNATURE
    assert b64encode(sha256(properties).digest()) in info
    assert [b64encode(file.sha256) in info for file in FILES] == [True, True]


def test_xmlsec_verifies_it(tmp_path: Path) -> None:
    """A tool by others finds all references and the value right, and refuses a changed file."""
    if shutil.which("xmlsec1") is None:
        pytest.skip("needs xmlsec1")
    root = authority().trust().authorities[0]
    (tmp_path / "root.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (tmp_path / "signature.xml").write_bytes(SIGNATURE)
    (tmp_path / "message.xml").write_bytes(HEAD)
    (tmp_path / "attachment1").write_bytes(BODY)
    assert "OK" in by_xmlsec(tmp_path)
    (tmp_path / "attachment1").write_bytes(BODY + b" ")
    assert "FAIL" in by_xmlsec(tmp_path)


def by_xmlsec(folder: Path) -> str:
    """Give what xmlsec1 says of signature.xml in a folder."""
    name = "--id-attr:Id"
    command = ["xmlsec1", "--verify", "--trusted-pem", "root.pem", name, f"{XADES}:SignedProperties", "signature.xml"]
    said = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]}
    )
    return (said.stdout + said.stderr).strip()


def test_it_verifies_and_says_who_and_when() -> None:
    """What comes out is the member, its certificate and the time to the millisecond."""
    signed = verify(SIGNATURE, FILES, authority().trust(), NOW)
    assert signed.member == MINISTRY
    assert signed.signing_time == NOW
    assert signed.certificate_sha256 == authority().signer_for(MINISTRY).certificate_sha256


def test_a_strangers_writing_is_read_too() -> None:
    """The same signature with other white space and prefixes where they do not count is read the long way."""
    other = SIGNATURE.replace(b"<ds:KeyInfo>", b"<ds:KeyInfo >")
    assert xades.recognise(other, FILES) is None
    assert verify(other, FILES, authority().trust(), NOW).member == MINISTRY


@given(
    st.dictionaries(
        st.from_regex(r"[a-zA-Z0-9 ñ%&<_.-]{1,12}", fullmatch=True), st.binary(max_size=40), min_size=1, max_size=5
    )
)
def test_any_files_can_be_signed(contents: dict[str, bytes]) -> None:
    """Names with signs that XML or addresses reserve are covered like any other, both ways of reading."""
    files = [DataFile.of(name, "application/octet-stream", content) for name, content in contents.items()]
    signature = xades.sign(files, authority().signer_for(MINISTRY), NOW)
    assert xades.recognise(signature, files) is not None
    assert (
        verify(signature.replace(b"<ds:KeyInfo>", b"<ds:KeyInfo >"), files, authority().trust(), NOW).member == MINISTRY
    )


@settings(max_examples=300)
@given(st.integers(min_value=0, max_value=len(SIGNATURE) - 1), st.integers(min_value=0, max_value=255))
def test_one_changed_byte_is_refused_or_means_the_same(place: int, byte: int) -> None:
    """No byte can be changed so that the signature says something else."""
    changed = SIGNATURE[:place] + bytes([byte]) + SIGNATURE[place + 1 :]
    try:
        signed = verify(changed, FILES, authority().trust(), NOW)
    except SignatureNotValid:
        return
    assert signed == verify(SIGNATURE, FILES, authority().trust(), NOW)


# What must not pass -------------------------------------------------------------------------


@pytest.mark.parametrize("index", [0, 1])
def test_a_changed_file(index: int) -> None:
    """A file with one other byte is named as changed."""
    files = list(FILES)
    files[index] = DataFile.of(files[index].name, files[index].media_type, b"other")
    with pytest.raises(SignatureNotValid, match=f"{files[index].name} was changed"):
        verify(SIGNATURE, files, authority().trust(), NOW)


def test_a_file_more_or_less_or_renamed() -> None:
    """The signature covers exactly the files asked about."""
    extra = DataFile.of("attachment2", "application/json", b"")
    renamed = DataFile.of("attachment2", "application/json", BODY)
    with pytest.raises(SignatureNotValid, match="does not cover attachment2"):
        verify(SIGNATURE, (*FILES, extra), authority().trust(), NOW)
    with pytest.raises(SignatureNotValid, match="covers a file that is not there"):
        verify(SIGNATURE, FILES[:1], authority().trust(), NOW)
    with pytest.raises(SignatureNotValid, match="does not cover attachment2"):
        verify(SIGNATURE, (FILES[0], renamed), authority().trust(), NOW)


def _again(pattern: bytes, replacement: bytes) -> Callable[[bytes], bytes]:
    return lambda signature: re.sub(pattern, lambda _: replacement, signature, count=1, flags=re.DOTALL)


def _element(name: str) -> bytes:
    found = re.search(rf"<{name}[ >].*</{name}>".encode(), SIGNATURE, re.DOTALL)
    assert found is not None
    return found[0]


def _as_der(signature: bytes) -> bytes:
    raw = b64decode(_element("ds:SignatureValue").partition(b">")[2].partition(b"<")[0])
    der = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    return signature.replace(b64encode(raw), b64encode(der))


PROPERTIES = _element("xades:SignedProperties")
QUALIFYING = _element("xades:QualifyingProperties")

ILLNESSES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda _: b"", "not XML"),
    "not-xml": (lambda _: b"{}", "not XML"),
    "cut": (lambda signature: signature[:-20], "not XML"),
    "doctype": (lambda signature: b"<!DOCTYPE x [<!ENTITY e 'x'>]>" + signature, "DOCTYPE"),
    "comment": (_again(b"<ds:SignatureValue ", b"<!-- x --><ds:SignatureValue "), "DOCTYPE"),
    "instruction": (_again(b"<ds:SignatureValue ", b"<?x y?><ds:SignatureValue "), "DOCTYPE"),
    "utf-16": (lambda signature: signature.decode().encode("utf-16"), "DOCTYPE"),
    "too-large": (lambda signature: signature + b" " * 300_000, "too large"),
    "other-root": (lambda signature: b"<a>" + signature + b"</a>", "root is not"),
    "properties-swapped": (_again(b"<xades:SigningTime>2", b"<xades:SigningTime>1"), "properties were changed"),
    "second-object": (_again(b"</ds:Object>", b"</ds:Object><ds:Object>x</ds:Object>"), "not where it must be"),
    "second-properties": (
        lambda signature: signature.replace(QUALIFYING, QUALIFYING + QUALIFYING),
        "Id stands in it twice",
    ),
    "wrapped-properties": (
        lambda signature: signature.replace(
            b"</ds:KeyInfo>", b"</ds:KeyInfo><ds:Object>" + PROPERTIES + b"</ds:Object>"
        ).replace(QUALIFYING, QUALIFYING.replace(b'Id="xp-S"', b'Id="other"')),
        "not where it must be",
    ),
    "other-target": (_again(b'Target="#S"', b'Target="#T"'), "about another signature"),
    "duplicate-id": (_again(b'Id="v-S"', b'Id="S"'), "Id stands in it twice"),
    "hmac": (_again(b"more#ecdsa-sha256", b"more#hmac-sha256"), "algorithm is not taken"),
    "sha1-digest": (_again(b"xmlenc#sha256", b"xmldsig#sha1"), "digest algorithm is not taken"),
    "inclusive-c14n": (
        _again(b"2001/10/xml-exc-c14n#", b"TR/2001/REC-xml-c14n-20010315"),
        "canonicalisation is not taken",
    ),
    "relative-namespace": (_again(b"<ds:SignedInfo", b'<ds:SignedInfo xmlns:x="a"'), "no canonical form"),
    "xslt-transform": (
        _again(
            rb'<ds:Transform Algorithm="[^"]*"',
            b'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"',
        ),
        "transform is not taken",
    ),
    "transform-on-a-file": (
        _again(b'URI="message.xml">', b'URI="message.xml"><ds:Transforms/>'),
        "not where it must be",
    ),
    "remote-reference": (_again(b'URI="message.xml"', b'URI="http://a/b"'), "no file"),
    "reference-inside": (_again(b'URI="message.xml"', b'URI="#S"'), "no file"),
    "file-twice": (_again(b'URI="attachment1"', b'URI="message.xml"'), "one file twice"),
    "own-properties-left-out": (_again(rb' Type="[^"]*SignedProperties"', b""), "own properties"),
    "format-missing": (
        _again(rb'<xades:DataObjectFormat ObjectReference="#r1">.*?</xades:DataObjectFormat>', b""),
        "changed|format",
    ),
    "der-value": (_as_der, "not r || s".replace("|", r"\|")),
    "value-not-base64": (_again(rb'v-S">.', b'v-S">*'), "not base64"),
    "no-certificate": (
        _again(rb"<ds:X509Data>.*</ds:X509Data>", b"<ds:X509Data></ds:X509Data>"),
        "not where it must be",
    ),
}


@pytest.mark.parametrize("illness", ILLNESSES)
def test_an_ill_signature(illness: str) -> None:
    """Each illness is refused with its own reason."""
    make, reason = ILLNESSES[illness]
    changed = make(SIGNATURE)
    assert changed != SIGNATURE
    with pytest.raises(SignatureNotValid, match=reason):
        verify(changed, FILES, authority().trust(), NOW)


def test_a_signature_of_nobody_who_is_believed() -> None:
    """A member of the same name under a foreign root is nobody."""
    signature = xades.sign(FILES, foreign_authority().signer_for(MINISTRY), NOW)
    with pytest.raises(SignatureNotValid, match="issued by nobody"):
        verify(signature, FILES, authority().trust(), NOW)


def test_the_certificate_of_another() -> None:
    """A signature that carries a certificate of another key, also a believed one, is refused."""
    other = authority().node()
    mine = authority().signer_for(MINISTRY).certificate
    changed = SIGNATURE.replace(b64encode(mine), b64encode(other.certificate))
    with pytest.raises(SignatureNotValid, match="another certificate"):
        verify(changed, FILES, authority().trust(), NOW)


def test_the_nodes_key_speaks_for_no_member() -> None:
    """The key that signs checkpoints signs no message."""
    with pytest.raises(SignatureNotValid, match="names no member"):
        verify(xades.sign(FILES, authority().node(), NOW), FILES, authority().trust(), NOW)


@pytest.mark.parametrize(("days", "reason"), [(-10, "began to hold"), (1000, "held only until")])
def test_a_certificate_that_did_not_hold_then(days: int, reason: str) -> None:
    """The certificate must hold at the time of proof, also after it was found good at another time."""
    verifier = xades_verification.Verifier(authority().trust())
    verifier.verify(SIGNATURE, FILES, NOW)
    with pytest.raises(SignatureNotValid, match=reason):
        verifier.verify(SIGNATURE, FILES, NOW + timedelta(days=days))


def test_a_members_key_issues_no_certificate() -> None:
    """An authority must be one: a member's certificate among the anchors anchors nothing."""
    member = x509.load_der_x509_certificate(authority().signer_for(MINISTRY).certificate)
    with pytest.raises(SignatureNotValid, match="issued by nobody"):
        verify(SIGNATURE, FILES, Trust(authorities=(member,)), NOW)


def test_a_media_type_cannot_write_xml() -> None:
    """What is no media type is refused before it enters the template."""
    with pytest.raises(ValueError, match="media type"):
        xades.sign([DataFile.of("a", "a/b</xades:MimeType>", b"")], authority().signer_for(MINISTRY), NOW)
