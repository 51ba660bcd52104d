"""What the text of one cell means: an amount of money, a time, a way to reach a service; and back."""

import re
from collections.abc import Iterable

from sacbe_catalog.folding import fold
from sacbe_catalog.lookups import Known, find
from sacbe_catalog.records import Channel, ChannelKind

LIST_SEPARATOR = "|"

_PLAIN = re.compile(r"[0-9]+(\.[0-9]+)?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?")
_DURATION = re.compile(r"P(?=.)([0-9]+Y)?([0-9]+M)?([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?")
_ADDRESS = re.compile(r"(?:(?P<title>.*?):\s*)?(?P<url>https?://[^\s<>\"]+|www\.[^\s<>\"]+)", re.DOTALL)
_EMAIL = re.compile(r"[^\s@:]+@[^\s@:]+\.[^\s@:]+")
_TELEPHONE = re.compile(r"\+?[0-9][0-9 ()/-]{2,}")
_FREE = frozenset({"gratuito", "gratuita", "gratis", "sin costo", "free", "free of charge"})
_CHANNEL_WORDS = {
    ChannelKind.ONLINE: ("en linea", "online", "internet", "web", "portal", "sitio web"),
    ChannelKind.OFFICE: ("oficina", "en oficina", "presencial", "ventanilla", "sede", "agencia", "office"),
    ChannelKind.PHONE: ("telefono", "por telefono", "llamada", "phone"),
    ChannelKind.EMAIL: ("correo", "correo electronico", "por correo electronico", "email", "e mail"),
    ChannelKind.FORM: ("formulario", "con formulario", "form"),
}
_KIND_BY_WORD = {word: kind.value for kind, words in _CHANNEL_WORDS.items() for word in words}


def listed(cell: str) -> list[str]:
    """Give the entries of a list cell, once each, without those that are empty."""
    return list(dict.fromkeys(entry for part in cell.split(LIST_SEPARATOR) if (entry := part.strip())))


def joined(entries: Iterable[str]) -> str:
    """Give the list cell of some entries; the separator within one becomes a broken bar."""
    return LIST_SEPARATOR.join(entry.replace(LIST_SEPARATOR, "¦") for entry in entries)


def amount_of(cell: str) -> str | None:
    """Give an amount as a decimal: `100.00`, `1,250.00` as 1250.00, "gratuito" as 0; None if it is none.

    `100,50` is refused: in one country it is a hundred and a half, in another ten thousand and fifty.
    """
    if fold(cell) in _FREE:
        return "0"
    if _GROUPED.fullmatch(cell):
        return cell.replace(",", "")
    return cell if _PLAIN.fullmatch(cell) else None


def is_duration(cell: str) -> bool:
    """Say whether a text is an xsd:duration such as P30D or PT20M."""
    return _DURATION.fullmatch(cell) is not None


def url_of(cell: str) -> str:
    """Give the address that a cell holds, with its scheme, empty where it holds none."""
    found = _ADDRESS.fullmatch(cell)
    if found is None or found["title"]:
        return ""
    return found["url"] if "://" in found["url"] else f"https://{found['url']}"


def channel_of(entry: str, identifier: str, kinds: Known, language: str) -> Channel:
    """Give the channel that an entry names: an address, an e-mail, a telephone, a kind, else a place by its name."""
    if found := _ADDRESS.fullmatch(entry):
        title = {language: found["title"]} if found["title"] else {}
        url = url_of(found["url"])
        return Channel(identifier=identifier, kind=ChannelKind.ONLINE.value, title=title, url=url)
    if _EMAIL.fullmatch(entry):
        return Channel(identifier=identifier, kind=ChannelKind.EMAIL.value, email=entry)
    if _TELEPHONE.fullmatch(entry):
        return Channel(identifier=identifier, kind=ChannelKind.PHONE.value, telephone=entry)
    if kind := find(kinds, entry) or _KIND_BY_WORD.get(fold(entry), ""):
        return Channel(identifier=identifier, kind=kind)
    return Channel(identifier=identifier, kind=ChannelKind.OFFICE.value, title={language: entry})


def channel_text(channel: Channel, title: str) -> str:
    """Give the entry that names a channel, which `channel_of` understands."""
    if channel.url:
        return f"{title}: {channel.url}" if title else channel.url
    return channel.email or channel.telephone or title or channel.kind
