"""Messages of a ministry that signs: what the tests of WS-Security begin with."""

from lxml import etree

from sacbe_adapters.soap.security.proving import proven
from sacbe_adapters.transport import HttpReply
from sacbe_terms.credentials import MessageSignature
from tests.adapters.certificates import pair

SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
NAME = "GT/GOV/2001/registro/predios/buscarPredio"
GOOD, EVIL = "0012", "EVIL"


def envelope(finca: str = GOOD, soap: str = SOAP_11, header: str = "") -> str:
    """Give an envelope as a system writes one, its types named by prefixes of the root."""
    return (
        f'<s:Envelope xmlns:s="{soap}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:xsd="http://www.w3.org/2001/XMLSchema">{header}<s:Body><r:respuesta xmlns:r="urn:museum:rpc">'
        f'<finca xsi:type="xsd:string">{finca}</finca>\n </r:respuesta></s:Body></s:Envelope>'
    )


def ours(kind: str = "rsa", *, peer: str = "", name: str = "ministry") -> MessageSignature:
    """Give a credential that signs with this name's key, and trusts the peer's."""
    made = pair(f"{name}-{kind}", kind)
    return MessageSignature(certificate=made.certificate, private_key=made.private_key, peer_certificate=peer)


def believing(kind: str = "rsa") -> MessageSignature:
    """Give the credential of a node that expects the ministry's signature."""
    return ours("ec", peer=pair(f"ministry-{kind}", kind).certificate, name="node")


def reply(body: bytes, status: int = 200) -> HttpReply:
    """Give a reply as it comes from the wire."""
    return HttpReply(status=status, headers={"content-type": "text/xml; charset=utf-8"}, body=body)


def read_back(body: bytes, kind: str = "rsa") -> str:
    """Prove a reply, and give what a reader then finds in it."""
    told = proven(NAME, reply(body), (believing(kind),))
    return "".join(str(text) for text in etree.fromstring(told.body)[-1].itertext()).strip()
