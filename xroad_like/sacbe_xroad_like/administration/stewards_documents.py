"""How a document is read that comes from a steward over the network: by stricter rules than the operator's.

An operator gives a source by hand, on the machine; she may name a file, and an address in a network that
she allowed. A steward at a distance is no operator: what she sends is read as if it had been found inside
another document. So an address is https and public, there are no files, and a document inside a private
network is sent inline.
"""

from collections.abc import Mapping

from sacbe_adapters import registry as adapter_registry
from sacbe_adapters.contract import Adapter
from sacbe_adapters.transport_http import HttpTransport
from sacbe_terms.errors import AddressRefused, LimitExceeded

DOCUMENT_BYTES_MAX = 512 * 1024
"""Of a document sent inline."""

INLINE = "inline:"
"""What the location of a document that was sent inline begins with."""


class StewardsWay(HttpTransport):
    """A way out into no network but the public one. `inline` is the document itself, if it was sent."""

    def __init__(self, inline: bytes | None = None) -> None:
        super().__init__(())
        self._inline = inline

    async def fetch(self, location: str, *, found_in: str | None = None) -> bytes:
        """Give the bytes of a document; raises AddressRefused, DescriptionNotReadable."""
        if found_in is None and self._inline is not None:
            return self._inline
        if not location.lower().startswith("https://"):
            raise AddressRefused(
                what="The document's address is not allowed: it does not begin with https://.",
                where=location,
                hint="Give an https address of a public host, or send the document itself.",
            )
        return await super().fetch(location, found_in=found_in or location)


def readers(inline: str | None = None) -> Mapping[str, Adapter]:
    """Give adapters that read a steward's document; raises LimitExceeded for one that is too large to be sent."""
    content = None if inline is None else inline.encode("utf-8", "surrogatepass")
    if content is not None and len(content) > DOCUMENT_BYTES_MAX:
        raise LimitExceeded("document's bytes", value=len(content), allowed=DOCUMENT_BYTES_MAX)
    return adapter_registry.adapters(StewardsWay(content))
