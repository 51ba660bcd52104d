"""What the constant upstream answers: recorded once from the real demonstration ministries."""

import urllib.request

from sacbe.benchmarks.upstream import Recorded
from sacbe.demonstration import ministries as demonstration
from sacbe.demonstration import people
from sacbe.demonstration.ministries import Ministry

CONSTANT = "/constant"
"""Path of the baseline's constant JSON answer."""

CUI = people.PEOPLE[1].cui
LISTED = 100
"""Records in a list."""

_ENVELOPE = (
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:r="urn:demo:gt:renap">'
    "<s:Body>{body}</s:Body></s:Envelope>"
)
_RECORD = _ENVELOPE.format(body=f"<r:consultarPersona><r:cui>{CUI}</r:cui></r:consultarPersona>")
_TAXPAYER = (
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:t="urn:demo:gt:sat">'
    f"<s:Body><t:consultarContribuyente><t:cui>{CUI}</t:cui></t:consultarContribuyente></s:Body></s:Envelope>"
)
_LIST = _ENVELOPE.format(body=f"<r:listarPersonas><r:limite>{LISTED}</r:limite></r:listarPersonas>")


def from_demonstration() -> list[Recorded]:
    """Start the ministries, and keep what they say."""
    running = demonstration.start(("renap", "transito", "sat"))
    try:
        return recorded(running)
    finally:
        demonstration.stop(running.values())


def recorded(ministries: dict[str, Ministry]) -> list[Recorded]:
    """Ask the ministries once, and keep what they say, longest marker first."""
    registry, transit, tax = ministries["renap"], ministries["transito"], ministries["sat"]
    soap = {"content-type": "text/xml; charset=utf-8"}
    soap_12 = {"content-type": "application/soap+xml; charset=utf-8"}
    return [
        _asked("?wsdl", registry.source),
        _asked("listarPersonas", registry.endpoint, _LIST.encode(), soap),
        _asked("consultarPersona", registry.endpoint, _RECORD.encode(), soap),
        _asked("consultarContribuyente", tax.endpoint, _TAXPAYER.encode(), soap_12),
        _asked("/licencias/", f"{transit.endpoint}licencias/{CUI}"),
        _asked("/licencias", f"{transit.endpoint}licencias?limite={LISTED}"),
    ]


def _asked(marker: str, address: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Recorded:
    request = urllib.request.Request(address, data=body, headers=headers or {})  # noqa: S310 - our own, on loopback
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return Recorded(marker=marker, content_type=answer.headers["content-type"], body=answer.read())
