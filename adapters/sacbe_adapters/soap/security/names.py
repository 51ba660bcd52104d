"""Names of WS-Security 1.1.1 and XML Signature, and the few algorithms that are written and taken."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DS = "http://www.w3.org/2000/09/xmldsig#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
"""Exclusive canonicalisation without comments; also the namespace of InclusiveNamespaces."""

SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
ECDSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"

_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
PASSWORD_TEXT = f"{_WSS}username-token-profile-1.0#PasswordText"
PASSWORD_DIGEST = f"{_WSS}username-token-profile-1.0#PasswordDigest"
BASE64 = f"{_WSS}soap-message-security-1.0#Base64Binary"
X509 = f"{_WSS}x509-token-profile-1.0#X509v3"

ID = f"{{{WSU}}}Id"
"""The attribute by which a part of a message is referred to."""

Element = etree._Element
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey
PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def wsse(local: str) -> str:
    """Give the full name of an element of WS-Security."""
    return f"{{{WSSE}}}{local}"


def wsu(local: str) -> str:
    """Give the full name of an element of WS-Security's utilities."""
    return f"{{{WSU}}}{local}"


def ds(local: str) -> str:
    """Give the full name of an element of XML Signature."""
    return f"{{{DS}}}{local}"


def canonical(element: Element, prefixes: list[str] | None = None) -> bytes:
    """Give the exclusive canonical form of an element where it stands; `prefixes` are declared in any case."""
    return etree.tostring(
        element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=prefixes or None
    )
