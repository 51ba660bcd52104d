"""Bodies of requests: JSON, forms, multipart, text, XML and bytes, from values that fit their types."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from sacbe_adapters.rest import styles
from sacbe_adapters.rest.media import Kind
from sacbe_adapters.rest.writing import text
from sacbe_adapters.values import expected

EXPLODED_FORM = {"style": "form", "explode": True}
"""How a form's field is written where its encoding says nothing."""
DISPOSITION = {'"': "%22", "\r": "%0D", "\n": "%0A"}
"""What may not stand in a part's name (RFC 7578, section 2, as browsers write it)."""

Body = tuple[bytes, str]
"""The bytes, and the Content-Type that goes with them."""


def write(value: Any, body: Mapping[str, Any]) -> Body:
    """Write a body as its operation's binding says; raises Mismatch where a form is given no fields."""
    media = _concrete(body["media"])
    return _WRITERS[Kind(body["as"])](value, media, body.get("parts", {}))


def _json(value: Any, media: str, _parts: Mapping[str, Any]) -> Body:
    return msgspec.json.encode(value), media


def _lines(value: Any, media: str, _parts: Mapping[str, Any]) -> Body:
    members = value if isinstance(value, list) else [value]
    return b"".join(msgspec.json.encode(member) + b"\n" for member in members), media


def _text(value: Any, media: str, _parts: Mapping[str, Any]) -> Body:
    return text(value).encode(), media if "charset" in media.lower() else f"{media}; charset=utf-8"


def _bytes(value: Any, media: str, _parts: Mapping[str, Any]) -> Body:
    return bytes(value), media


def _form(value: Any, media: str, parts: Mapping[str, Any]) -> Body:
    pairs = [
        pair
        for wire, member in _fields(value).items()
        if member is not None
        for pair in _form_pairs(wire, member, parts.get(wire, {}))
    ]
    return "&".join(pairs).encode(), media


def _form_pairs(wire: str, value: Any, part: Mapping[str, Any]) -> Iterator[str]:
    """Write one field; a group without a style is JSON (OpenAPI 3.0, Encoding Object)."""
    is_json = part.get("content", "").endswith("json") or (isinstance(value, dict) and "style" not in part)
    if is_json:
        return styles.in_query(wire, msgspec.json.encode(value).decode(), part)
    return styles.in_query(wire, value, part if "style" in part else EXPLODED_FORM)


def _multipart(value: Any, media: str, parts: Mapping[str, Any]) -> Body:
    """Write a form of parts (RFC 7578); the boundary cannot be foreseen, so no value can hold it."""
    boundary = f"sacbe-{secrets.token_hex(16)}"
    written = [
        part
        for wire, member in _fields(value).items()
        for one in (member if isinstance(member, list) else [member])
        if one is not None
        for part in _part(wire, one, parts.get(wire, {}), boundary)
    ]
    return b"".join([*written, f"--{boundary}--\r\n".encode()]), f"{media}; boundary={boundary}"


def _part(wire: str, value: Any, part: Mapping[str, Any], boundary: str) -> Iterator[bytes]:
    declared = part.get("content", "")
    kind = declared if declared and "*" not in declared else _default_content(value)
    name = "".join(DISPOSITION.get(sign, sign) for sign in wire)
    file = f'; filename="{name}"' if isinstance(value, bytes) else ""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n'
    yield (head + (f"Content-Type: {kind}\r\n" if kind else "") + "\r\n").encode()
    yield value if isinstance(value, bytes) else text(value).encode()
    yield b"\r\n"


def _default_content(value: Any) -> str:
    """Say what a part is where nothing is said of it (OpenAPI 3.0, Encoding Object); a text needs no word."""
    match value:
        case bytes():
            return "application/octet-stream"
        case dict():
            return "application/json"
        case _:
            return ""


def _fields(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise expected("a group of fields", value)


def _concrete(media: str) -> str:
    """Give a media type that can be sent where a range is declared."""
    if "*" not in media:
        return media
    return "application/json" if media in ("*/*", "application/*") else "application/octet-stream"


_WRITERS: Mapping[Kind, Callable[[Any, str, Mapping[str, Any]], Body]] = {
    Kind.JSON: _json,
    Kind.LINES: _lines,
    Kind.FORM: _form,
    Kind.MULTIPART: _multipart,
    Kind.XML: _text,
    Kind.TEXT: _text,
    Kind.BYTES: _bytes,
}
