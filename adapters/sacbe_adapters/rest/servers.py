"""Where a document says that its system listens: servers of the whole, of a path, of one operation.

A steward gives one endpoint for a data service, and its credentials with it. So an operation that a
document serves under another path of the same host follows the endpoint; one that it serves at
another host is called through a data service whose endpoint is there, since a document must not
choose where credentials go.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urljoin, urlsplit

from sacbe_adapters.locations import is_address

_VARIABLE = re.compile(r"\{([^{}]*)\}")


class Servers:
    """The servers of one document, variables at their defaults, relative ones seen from the document."""

    def __init__(self, root: dict[str, Any], location: str) -> None:
        self._base = location if is_address(location) else ""
        own = list(self._addresses(root.get("servers")))
        self._main = own or [address for node in _of_paths(root) for address in self._addresses(node)][:1]
        if not self._main:
            self._main = [urljoin(self._base, "/")]

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The whole addresses among the document's servers."""
        return tuple(dict.fromkeys(address for address in self._main if is_address(address)))

    def other_base(self, *nodes: object) -> tuple[str, str] | None:
        """Give an operation's own server and the document's, None where they are one.

        `nodes` are the `servers` of the operation and of its path, the nearest first.
        """
        own = next((found for node in nodes if (found := list(self._addresses(node)))), [])
        if not own or set(own) & set(self._main):
            return None
        pairs = [(address, main) for address in own for main in self._main]
        return next((pair for pair in pairs if is_one_host(*pair)), pairs[0])

    def _addresses(self, servers: object) -> Iterator[str]:
        for node in servers if isinstance(servers, list) else ():
            if isinstance(node, dict) and isinstance(node.get("url"), str):
                with suppress(ValueError):  # what is no address is no server
                    yield urlsplit(urljoin(self._base, _filled(node))).geturl()


def is_one_host(own: str, main: str) -> bool:
    """Say whether two servers are at one host; a relative one is wherever the other is."""
    return urlsplit(own)[:2] in (urlsplit(main)[:2], ("", ""))


def based(endpoint: str, server: Sequence[str] | None) -> str:
    """Give the address below which an operation is found, from the steward's endpoint.

    Raises LookupError where the endpoint is the document's own host and the operation is at another.
    """
    address = endpoint.rstrip("/")
    if server is None:
        return address
    given, (own, main) = urlsplit(address), server
    if given[:2] == urlsplit(main)[:2] and not is_one_host(own, main):
        raise LookupError
    own_path, main_path = (urlsplit(one).path.rstrip("/") for one in server)
    above = address.removesuffix(main_path) if address.endswith(main_path) else f"{given.scheme}://{given.netloc}"
    return above + own_path


def _of_paths(root: dict[str, Any]) -> Iterator[object]:
    """Give the `servers` of every path and operation."""
    paths = root.get("paths")
    for item in paths.values() if isinstance(paths, dict) else ():
        if isinstance(item, dict):
            yield item.get("servers")
            yield from (node.get("servers") for node in item.values() if isinstance(node, dict))


def _filled(server: dict[str, Any]) -> str:
    """Put each variable's default in its place; one without a default has its first value."""
    variables = server.get("variables")
    known = variables if isinstance(variables, dict) else {}

    def default(variable: re.Match[str]) -> str:
        node = known.get(variable[1])
        if not isinstance(node, dict):
            return ""
        listed = node.get("enum")
        return str(node.get("default", listed[0] if isinstance(listed, list) and listed else ""))

    return _VARIABLE.sub(default, server["url"])
