"""A museum of signed messages that mean something else than what was signed: none is believed.

Each form begins with the same message, signed and proven, and puts its parts together in another way.
"""

import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from sacbe_adapters.soap.security.names import ID, canonical, ds, wsu
from sacbe_adapters.soap.security.writing import Signer, secured
from sacbe_terms.errors import ReplyNotProven, ReplyNotReadable
from tests.adapters.signed_messages import EVIL, GOOD, envelope, ours, read_back


def signed_reply(kind: str = "ec") -> bytes:
    """Give a reply that the ministry signed, by our own hand."""
    return secured(envelope().encode(), (ours(kind),))


class Parts:
    """A signed reply taken apart, for whoever wants to put it together in another way."""

    def __init__(self) -> None:
        self.root = etree.fromstring(signed_reply())
        self.header, self.body = self.root
        self.security = self.header[0]
        self.signature = self.security.find(ds("Signature"))
        self.timestamp = self.security.find(wsu("Timestamp"))
        self.evil = etree.fromstring(envelope(EVIL))[-1]
        assert self.signature is not None
        assert self.timestamp is not None

    @property
    def identifier(self) -> str:
        """The Id that the signature names."""
        return str(self.body.get(ID))

    def wrapped(self, inside: etree._Element) -> None:
        """Move the signed Body into a wrapper, and put the evil one in its place."""
        self.root.replace(self.body, self.evil)
        etree.SubElement(inside, "{urn:wrapper}w").append(self.body)

    def signed_again(self) -> None:
        """Have the ministry itself sign the SignedInfo as it is now."""
        assert self.signature is not None
        info, value = self.signature[:2]
        value.text = b64encode(Signer.of(ours("ec")).sign(canonical(info))).decode()


def body_into_header(parts: Parts) -> None:
    """1: the signed Body goes into the Header, the evil one has no Id."""
    parts.wrapped(parts.header)


def body_into_security(parts: Parts) -> None:
    """2: the signed Body goes into the Security header."""
    parts.wrapped(parts.security)


def body_into_object(parts: Parts) -> None:
    """3: the signed Body goes into an Object of the signature, where XML Signature allows it."""
    assert parts.signature is not None
    parts.root.replace(parts.body, parts.evil)
    etree.SubElement(parts.signature, ds("Object")).append(parts.body)


def same_id_twice(parts: Parts) -> None:
    """4: the evil Body has the same Id."""
    parts.wrapped(parts.header)
    parts.evil.set(ID, parts.identifier)


def same_id_by_another_attribute(parts: Parts) -> None:
    """5: the evil Body has the Id as xml:id, which some readers prefer."""
    parts.wrapped(parts.header)
    parts.evil.set("{http://www.w3.org/XML/1998/namespace}id", parts.identifier)


def two_bodies(parts: Parts) -> None:
    """6: the evil Body stands after the signed one."""
    parts.root.append(parts.evil)


def evil_body_first(parts: Parts) -> None:
    """7: the evil Body stands before the signed one."""
    parts.root.insert(1, parts.evil)


def body_inside_evil_body(parts: Parts) -> None:
    """8: the signed Body goes deep into the evil one."""
    parts.wrapped(parts.evil)


def envelope_inside_envelope(parts: Parts) -> None:
    """9: the whole signed message goes into another's Header."""
    outer = etree.fromstring(envelope(EVIL, header="<s:Header/>"))
    outer[0].append(parts.root)
    parts.root = outer


def signed_first_child(parts: Parts) -> None:
    """The evil Body stands directly below the Header, beside the signed one's wrapper with the Id moved."""
    parts.wrapped(parts.header)
    parts.evil.set(ID, parts.identifier)
    del parts.body.attrib[ID]


def reference_of_the_whole(parts: Parts) -> None:
    """The reference names the whole document."""
    next(parts.root.iter(ds("Reference"))).set("URI", "")
    parts.signed_again()


def reference_elsewhere(parts: Parts) -> None:
    """The reference names something outside."""
    next(parts.root.iter(ds("Reference"))).set("URI", "http://127.0.0.1/")
    parts.signed_again()


def transform_added(parts: Parts) -> None:
    """A transform that leaves out what it wants."""
    transforms = next(parts.root.iter(ds("Transforms")))
    etree.SubElement(transforms, ds("Transform"), Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116")
    parts.signed_again()


def canonicalisation_with_comments(parts: Parts) -> None:
    """Another canonicalisation than the one taken."""
    method = next(parts.root.iter(ds("CanonicalizationMethod")))
    method.set("Algorithm", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")
    parts.signed_again()


def weak_digest(parts: Parts) -> None:
    """SHA-1."""
    next(parts.root.iter(ds("DigestMethod"))).set("Algorithm", "http://www.w3.org/2000/09/xmldsig#sha1")
    parts.signed_again()


def keyed_hash(parts: Parts) -> None:
    """HMAC, whose key would be the public certificate."""
    method = next(parts.root.iter(ds("SignatureMethod")))
    method.set("Algorithm", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    parts.signed_again()


def same_id_in_the_header(parts: Parts) -> None:
    """Another header has the Body's Id."""
    etree.SubElement(parts.header, "{urn:wrapper}w").set("id", parts.identifier)


def relative_namespace(parts: Parts) -> None:
    """A namespace for which there is no canonical form."""
    text = etree.tostring(parts.root).replace(b"urn:museum:rpc", b"museum")
    parts.root = etree.fromstring(text)


def body_not_covered(parts: Parts) -> None:
    """The reference of the Body is taken out."""
    reference = next(parts.root.iter(ds("Reference")))
    parent = reference.getparent()
    assert parent is not None
    parent.remove(reference)
    parts.signed_again()


def another_timestamp(parts: Parts) -> None:
    """A fresh Timestamp beside the signed one, which is wrapped."""
    assert parts.timestamp is not None
    etree.SubElement(parts.header, "{urn:wrapper}w").append(parts.timestamp)
    fresh = etree.SubElement(parts.security, wsu("Timestamp"))
    etree.SubElement(fresh, wsu("Created")).text = datetime.now(UTC).isoformat()


def two_securities(parts: Parts) -> None:
    """A second Security header, whose signature is the right one."""
    parts.header.append(etree.fromstring(etree.tostring(parts.security)))


def two_signatures(parts: Parts) -> None:
    """The signature stands twice."""
    assert parts.signature is not None
    parts.security.append(etree.fromstring(etree.tostring(parts.signature)))


def no_signature(parts: Parts) -> None:
    """There is none."""
    assert parts.signature is not None
    parts.security.remove(parts.signature)


def no_security(parts: Parts) -> None:
    """A plain reply."""
    parts.root = etree.fromstring(envelope(EVIL))


def a_strangers_signature(parts: Parts) -> None:
    """Another's key over an evil Body, her certificate carried with it."""
    parts.root = etree.fromstring(secured(envelope(EVIL).encode(), (ours("ec", name="stranger"),)))


FORMS: tuple[Callable[[Parts], None], ...] = (
    body_into_header,
    body_into_security,
    body_into_object,
    same_id_twice,
    same_id_by_another_attribute,
    two_bodies,
    evil_body_first,
    body_inside_evil_body,
    envelope_inside_envelope,
    signed_first_child,
    reference_of_the_whole,
    reference_elsewhere,
    transform_added,
    canonicalisation_with_comments,
    weak_digest,
    keyed_hash,
    same_id_in_the_header,
    relative_namespace,
    body_not_covered,
    another_timestamp,
    two_securities,
    two_signatures,
    no_signature,
    no_security,
    a_strangers_signature,
)
"""Nine forms of wrapping, then other ways to be believed."""


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_no_other_message_is_believed(form: Callable[[Parts], None]) -> None:
    """Whatever is wrapped, doubled, moved or weakened is refused, and the reason holds no value."""
    parts = Parts()
    assert read_back(etree.tostring(parts.root), "ec") == GOOD, "before it is touched, it is proven"
    form(parts)
    with pytest.raises(ReplyNotProven) as caught:
        read_back(etree.tostring(parts.root), "ec")
    assert not re.search(f"{EVIL}|{GOOD}|127.0.0.1", f"{caught.value} {caught.value.hint}")


@given(at=st.integers(min_value=0, max_value=10_000), to=st.integers(min_value=0, max_value=255))
def test_one_changed_byte_changes_nothing_that_is_read(at: int, to: int) -> None:
    """Whatever byte of a message is changed, the answer is refused or the same."""
    changed = bytearray(signed_reply())
    changed[at % len(changed)] = to
    try:
        assert read_back(bytes(changed), "ec") == GOOD
    except (ReplyNotProven, ReplyNotReadable):
        return
