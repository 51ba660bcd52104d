"""What differs between two versions of a record, purely: places as people say them, with both values."""

from collections.abc import Iterator
from typing import Any

import msgspec


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One place whose value is another: `costs[pago].amount`; empty where one side has nothing there.

    A value that is no text is shown as its JSON.
    """

    place: str
    before: str
    after: str


def differences(before: object, after: object) -> tuple[Difference, ...]:
    """Compare two records, given as records or as their plain values; parts are matched by their identifiers."""
    return tuple(_between("", _plain(before), _plain(after)))


def _plain(record: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(record))


def _between(place: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    old, new = _places(before), _places(after)
    if old is None and new is None:
        yield Difference(place=place, before=_shown(before), after=_shown(after))
        return
    for name in dict.fromkeys((*(old or {}), *(new or {}))):
        yield from _between(_below(place, name), (old or {}).get(name), (new or {}).get(name))
    if _is_reordered(old, new):
        yield Difference(place=f"{place} (order)", before=", ".join(old or ()), after=", ".join(new or ()))


def _places(value: Any) -> dict[str, Any] | None:
    """Give what a value holds by name; None of one that is whole."""
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        return None
    names = [_name(one) for one in value]
    if len(set(names)) < len(names) or not all(names):
        return {f"[{at + 1}]": one for at, one in enumerate(value)}
    return {f"[{name}]": one for name, one in zip(names, value, strict=True)}


def _name(one: Any) -> str:
    return one if isinstance(one, str) else str(one.get("identifier", "")) if isinstance(one, dict) else ""


def _is_reordered(old: dict[str, Any] | None, new: dict[str, Any] | None) -> bool:
    """Say whether a list holds the same in another order."""
    names, others = list(old or ()), list(new or ())
    is_list = all(name.startswith("[") for name in names)
    return is_list and names != others and sorted(names) == sorted(others)


def _below(place: str, name: str) -> str:
    return f"{place}{name}" if name.startswith("[") or not place else f"{place}.{name}"


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
