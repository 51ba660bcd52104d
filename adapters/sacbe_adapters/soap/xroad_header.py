"""X-Road's header in requests to systems that speak it (PR-MESS, section 2.2), written from the call itself.

A ministry that was connected to an X-Road asks for client, service, id and protocol version in each
message. Its WSDL says so; whoever asks through the bus never has to.
"""

from html import escape

from sacbe_adapters.soap.envelope import HEADER_TAG
from sacbe_terms.exchange import Call
from sacbe_terms.identifiers import OperationId, SubsystemId

PROTOCOL_VERSION = "4.0"

_NAMESPACES = ' xmlns:xroad="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers"'
_OPENED, _BODY = f"<{HEADER_TAG}>", "<s:Body>"


def with_header(message: bytes, call: Call) -> bytes:
    """Give a request of ours with the header in it; one whose caller is not known stays as it is."""
    if call.consumer is None:
        return message
    text = message.decode()
    written = _header(call, call.consumer)
    if _OPENED in text:
        return text.replace(_OPENED, _OPENED + written, 1).encode()
    return text.replace(_BODY, f"{_OPENED}{written}</{HEADER_TAG}>{_BODY}", 1).encode()


def _header(call: Call, consumer: SubsystemId) -> str:
    provider = OperationId.parse(call.name).service.subsystem
    kind = "SUBSYSTEM" if consumer.subsystem_code else "MEMBER"
    parts = [
        f'<xroad:client{_NAMESPACES} id:objectType="{kind}">{_client(consumer)}</xroad:client>',
        f'<xroad:service{_NAMESPACES} id:objectType="SERVICE">{_client(provider)}'
        f"{_part('serviceCode', call.operation.code)}</xroad:service>",
    ]
    texts = {"id": call.message_id, "userId": call.user_id, "issue": call.issue, "protocolVersion": PROTOCOL_VERSION}
    parts += [f"<xroad:{name}{_NAMESPACES}>{escape(text)}</xroad:{name}>" for name, text in texts.items() if text]
    return "".join(parts)


def _client(client: SubsystemId) -> str:
    member = client.member
    parts = [
        _part("xRoadInstance", member.instance),
        _part("memberClass", member.member_class),
        _part("memberCode", member.member_code),
    ]
    return "".join([*parts, _part("subsystemCode", client.subsystem_code) if client.subsystem_code else ""])


def _part(name: str, text: str) -> str:
    return f"<id:{name}>{escape(text)}</id:{name}>"
