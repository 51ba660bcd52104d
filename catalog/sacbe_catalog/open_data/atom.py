"""The last changes of services as an Atom feed (RFC 4287), with those that were withdrawn as tombstones (RFC 6721)."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from lxml import etree

from sacbe_catalog import iris
from sacbe_catalog.history import RecordVersion, What
from sacbe_catalog.open_data.dcat import Publication

MEDIA_TYPE: Final = "application/atom+xml"

ENTRIES: Final = 50
"""Changes that the feed shows, the newest first."""

_ATOM: Final = "http://www.w3.org/2005/Atom"
_TOMBSTONES: Final = "http://purl.org/atompub/tombstones/1.0"
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS: Final = {What.ADDED: "Nuevo", What.CHANGED: "Cambió"}


class _Titled(msgspec.Struct):
    """What the feed says of a service."""

    title: dict[str, str] = {}
    description: dict[str, str] = {}


def feed(publication: Publication, changes: Sequence[RecordVersion]) -> bytes:
    """Write the feed; `changes` are of services, the newest first."""
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM, "at": _TOMBSTONES})
    root.set("{http://www.w3.org/XML/1998/namespace}lang", "es")
    _say(root, "id", f"{publication.iri}#cambios")
    _say(root, "title", publication.title.get("es", ""))
    _say(root, "updated", changes[0].made_at.isoformat() if changes else "1970-01-01T00:00:00+00:00")
    _link(root, "self", f"{publication.address}/feed.atom")
    _link(root, "alternate", f"{publication.address}/")
    _say(etree.SubElement(root, f"{{{_ATOM}}}author"), "name", publication.publisher_names.get("es", "-"))
    for change in _newest_of_each(changes):
        (_tombstone if change.what is What.WITHDRAWN else _entry)(root, publication, change)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _newest_of_each(changes: Iterable[RecordVersion]) -> Iterable[RecordVersion]:
    """Leave the newest change of each service: an entry's identifier stands once in a feed."""
    seen: dict[str, RecordVersion] = {}
    for change in changes:
        seen.setdefault(change.identifier, change)
    return seen.values()


def _entry(root: Any, publication: Publication, change: RecordVersion) -> None:
    said = msgspec.json.decode(change.content, type=_Titled)
    entry = etree.SubElement(root, f"{{{_ATOM}}}entry")
    _say(entry, "id", iris.mint(publication.base_iri, "service", change.identifier))
    title = said.title.get("es") or next(iter(said.title.values()), change.identifier)
    _say(entry, "title", f"{_WORDS[change.what]}: {title}")
    _say(entry, "updated", change.made_at.isoformat())
    page = iris.mint(f"{publication.address}/", "service", change.identifier)
    _link(entry, "alternate", page)
    _say(entry, "summary", said.description.get("es") or next(iter(said.description.values()), ""))


def _tombstone(root: Any, publication: Publication, change: RecordVersion) -> None:
    gone = etree.SubElement(root, f"{{{_TOMBSTONES}}}deleted-entry")
    gone.set("ref", iris.mint(publication.base_iri, "service", change.identifier))
    gone.set("when", change.made_at.isoformat())


def _say(parent: Any, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}{name}").text = _NO_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _link(parent: Any, relation: str, address: str) -> None:
    etree.SubElement(parent, f"{{{_ATOM}}}link", rel=relation, href=address)
