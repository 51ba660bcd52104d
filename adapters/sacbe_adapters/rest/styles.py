"""How a parameter's value is written: the styles of OpenAPI, which are expansions of RFC 6570.

Values come as texts, lists and groups, already checked against their types. Everything that has a
meaning in an address is percent-encoded (RFC 3986), so a value can never become another path,
another query or another header.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from sacbe_adapters.rest.writing import text

RESERVED = ":/?[]@!$'()*,;="
"""What `allowReserved` leaves as it is: RFC 3986, section 2.2, but for `#`, `&` and `+`, which change a query."""
SEPARATORS = {"spaceDelimited": "%20", "pipeDelimited": "%7C", "tabDelimited": "%09"}
"""What stands between a list's items; a comma in every other style."""
COOKIE = "!#$&'()*+-./:<=>?@[]^_`{|}~"
"""Signs that a cookie's value may hold beside letters and digits (RFC 6265, section 4.1.1)."""
_IN_PATH = {"label": ".", "matrix": ";"}

Written = Mapping[str, Any]
"""`style`, `explode`, `reserved`, as an operation's binding holds them."""


def in_path(wire: str, value: Any, written: Written) -> str:
    """Write a path parameter: `simple`, `label` (`.a.b`) or `matrix` (`;name=a`)."""
    style, is_exploded = written.get("style", "simple"), bool(written.get("explode"))
    prefix = _IN_PATH.get(style, "")
    name = f"{quoted(wire)}=" if style == "matrix" else ""
    if not isinstance(value, list | dict):
        return f"{prefix}{name}{quoted(text(value))}"
    items = _items(value, quoted, is_exploded=is_exploded)
    if not is_exploded:
        return f"{prefix}{name}{','.join(items)}"
    repeated = name if isinstance(value, list) else ""
    return prefix + (prefix or ",").join(f"{repeated}{item}" for item in items)


def in_query(wire: str, value: Any, written: Written) -> Iterator[str]:
    """Give the `name=value` parts of a query parameter or a form's field."""
    encode = _reserved if written.get("reserved") else quoted
    style, name = written.get("style", "form"), quoted(wire)
    if not isinstance(value, list | dict):
        yield f"{name}={encode(text(value))}"
    elif style == "deepObject":
        yield from _deep(name, value, encode)
    elif not written.get("explode"):
        separator = SEPARATORS.get(style, ",")
        yield f"{name}={separator.join(_items(value, encode, is_exploded=False))}"
    elif isinstance(value, list):
        yield from (f"{name}={encode(text(member))}" for member in value)
    else:
        yield from _items(value, encode, is_exploded=True)


def in_header(value: Any, written: Written) -> str:
    """Write a header's value in the style `simple`, with nothing encoded."""
    if isinstance(value, list | dict):
        return ",".join(_items(value, str, is_exploded=bool(written.get("explode"))))
    return text(value)


def in_cookie(wire: str, value: Any, written: Written) -> Iterator[str]:
    """Give the `name=value` parts of a cookie parameter in the style `form`."""
    name = _in_cookie(wire)
    if not isinstance(value, list | dict):
        yield f"{name}={_in_cookie(text(value))}"
    elif not written.get("explode"):
        yield f"{name}={','.join(_items(value, _in_cookie, is_exploded=False))}"
    elif isinstance(value, list):
        yield from (f"{name}={_in_cookie(text(member))}" for member in value)
    else:
        yield from _items(value, _in_cookie, is_exploded=True)


def quoted(value: str) -> str:
    """Percent-encode everything but the unreserved characters (RFC 3986, section 2.3)."""
    return quote(value, safe="")


def _reserved(value: str) -> str:
    return quote(value, safe=RESERVED)


def _in_cookie(value: str) -> str:
    return quote(value, safe=COOKIE)


def _items(value: Any, encode: Callable[[str], str], *, is_exploded: bool) -> list[str]:
    """Give a list's items, or a group's: `key=value` where it is exploded, else keys and values in turn."""
    if isinstance(value, list):
        return [encode(text(member)) for member in value]
    members = [(encode(key), encode(text(member))) for key, member in value.items() if member is not None]
    if is_exploded:
        return [f"{key}={member}" for key, member in members]
    return [part for pair in members for part in pair]


def _deep(name: str, value: Any, encode: Callable[[str], str]) -> Iterator[str]:
    """Write `name[key]=value`; below the first level, which OpenAPI leaves open, as PHP and its followers read it."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _deep(f"{name}%5B{quoted(key)}%5D", member, encode)
    elif isinstance(value, list):
        for position, member in enumerate(value):
            inner = position if isinstance(member, list | dict) else ""
            yield from _deep(f"{name}%5B{inner}%5D", member, encode)
    elif value is not None:
        yield f"{name}={encode(text(value))}"
