"""What must hold before a catalogue is stored: every finding located, none of them PostgreSQL's.

A file's reader has already judged its form; here the records themselves are judged, so that no
door into the catalogue can bring in a record that its readers could not show.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from sacbe_catalog.directory import Directory, Entry
from sacbe_catalog.nodes import Node, references_of
from sacbe_catalog.records import NOT_KNOWN_FIELDS, Cost, PublicService
from sacbe_terms.errors import Problem

IDENTIFIER_BYTES_MAX: Final = 1000
"""Of an identifier; the database's index takes no more than 2,700 of a whole entry."""

IRI_BYTES_MAX: Final = 2000
"""Of an IRI, for the same reason."""

TEXT_CHARACTERS_MAX: Final = 200_000
"""Of any one text: more than the longest law."""

PROBLEMS_MAX: Final = 200
"""Findings told at once; who mends these will see the rest."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?")
_TITLE_FIELD = {"concept": "labels", "area": "title", "language": "name"}
_WITHOUT_TITLE = frozenset({"concept_scheme", "contact_point", "channel", "cost", "catalogue"})


def problems(nodes: Sequence[Node], directory: Directory, languages: Iterable[str]) -> tuple[Problem, ...]:
    """Judge nodes against each other and against what `directory` and `languages` know of."""
    known_languages = frozenset(languages)
    found: list[Problem] = []
    for node in nodes:
        found += _of_values(node)
        found += _of_languages(node, known_languages)
        found += _of_references(node, directory)
        if len(found) >= PROBLEMS_MAX:
            break
    return tuple(found[:PROBLEMS_MAX])


def clashes(nodes: Sequence[Node], base_iri: str) -> tuple[Problem, ...]:
    """Find names that stand for two different things.

    A record is stated once; a part may be stated in several places if it reads the same in all.
    """
    return (*_name_clashes(nodes), *_iri_clashes(nodes, base_iri))[:PROBLEMS_MAX]


def _name_clashes(nodes: Sequence[Node]) -> Iterator[Problem]:
    first: dict[tuple[str, str], Node] = {}
    for node in nodes:
        other = first.setdefault(node.key, node)
        if other is node or (node.is_part and other.record == node.record):
            continue
        yield Problem(
            where=node.place,
            field="identifier",
            reason=f"the same identifier already names another {node.kind}, at {other.place}",
            hint="Give one of them another identifier, or let both read the same."
            if node.is_part
            else "State each record once.",
        )


def _iri_clashes(nodes: Sequence[Node], base_iri: str) -> Iterator[Problem]:
    named: dict[tuple[str, str], dict[str, Node]] = defaultdict(dict)
    for node in nodes:
        named[node.kind, node.iri(base_iri)].setdefault(node.identifier, node)
    for (_, iri), same in named.items():
        first, *others = same.values()
        for other in others:
            yield Problem(where=other.place, field="iri", reason=f"{iri} already names {first.place}")


def taken_iris(nodes: Sequence[Node], own: Sequence[Entry], known: Sequence[Entry]) -> tuple[Problem, ...]:
    """Find IRIs that already name another stored record, which this put leaves as it is."""
    ids = {(entry.kind, entry.identifier): entry.id for entry in own}
    own_ids = set(ids.values())
    taken = {(entry.kind, entry.iri): entry for entry in known if entry.id not in own_ids}
    places = {node.key: node.place for node in nodes}
    return tuple(
        Problem(where=places[key], field="iri", reason=f"{entry.iri} already names {entry.kind} {other.identifier}")
        for entry in own
        if (key := (entry.kind, entry.identifier)) in places and (other := taken.get((entry.kind, entry.iri)))
    )


def changed_parts(shared: Mapping[int, Node], present: Mapping[int, msgspec.Struct]) -> tuple[Problem, ...]:
    """Find parts that other stored records hold too, and that would no longer read the same there."""
    return tuple(
        Problem(
            where=node.place,
            field="identifier",
            reason=f"a record outside this put holds the {node.kind} '{node.identifier}' too, with other content",
            hint="Give it another identifier, or put both records together.",
        )
        for one, node in shared.items()
        if present[one] != node.record
    )


# Values ---------------------------------------------------------------------------------


def _of_values(node: Node) -> Iterator[Problem]:
    yield from _of_names(node)
    if not _is_plainly_storable(node.record):
        for field, text in _texts_of(msgspec.to_builtins(node.record)):
            if reason := _unstorable(text):
                yield Problem(where=node.place, field=field, reason=reason)
    if not _has_title(node):
        yield Problem(where=node.place, field=_title_field(node), reason="is missing", hint="Give it in one language.")
    if isinstance(node.record, Cost) and node.record.amount and not _NUMBER.fullmatch(node.record.amount):
        reason = f"'{node.record.amount}' is not a number"
        yield Problem(where=node.place, field="amount", reason=reason, hint='Write it as "100.00".')
    if isinstance(node.record, PublicService):
        yield from _of_service(node, node.record)


def _of_names(node: Node) -> Iterator[Problem]:
    if not node.identifier:
        yield Problem(where=node.place, field="identifier", reason="is missing")
    if len(node.identifier.encode(errors="replace")) > IDENTIFIER_BYTES_MAX:
        reason = f"is longer than {IDENTIFIER_BYTES_MAX} bytes"
        yield Problem(where=node.place[:200], field="identifier", reason=reason)
    if len(getattr(node.record, "iri", "").encode(errors="replace")) > IRI_BYTES_MAX:
        yield Problem(where=node.place, field="iri", reason=f"is longer than {IRI_BYTES_MAX} bytes")


def _of_service(node: Node, service: PublicService) -> Iterator[Problem]:
    if not service.institutions:
        yield Problem(where=node.place, field="institutions", reason="no competent authority is named")
    for field in service.not_known:
        if field not in NOT_KNOWN_FIELDS:
            hint = f"One of: {', '.join(NOT_KNOWN_FIELDS)}."
            yield Problem(
                where=node.place, field="not_known", reason=f"'{field}' cannot be said not to be known", hint=hint
            )
    dates = {"confirmed_at": service.confirmed_at, "review_due": service.review_due}
    dates |= {f"sources[{at}].checked_on": source.checked_on for at, source in enumerate(service.sources)}
    for field, text in dates.items():
        if text and not _is_date(text):
            yield Problem(where=node.place, field=field, reason=f"'{text}' is not a date", hint="As in 2026-11-30.")


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _title_field(node: Node) -> str:
    return _TITLE_FIELD.get(node.kind, "title")


def _has_title(node: Node) -> bool:
    if node.kind in _WITHOUT_TITLE:
        return True
    title = getattr(node.record, _title_field(node))
    return any(text.strip() for text in title.values()) if isinstance(title, dict) else bool(title.strip())


def _is_plainly_storable(record: msgspec.Struct) -> bool:
    """Say at a glance that every text of a record can be stored; False says to look closer."""
    try:
        written = msgspec.json.encode(record)
    except UnicodeEncodeError:
        return False
    return len(written) <= TEXT_CHARACTERS_MAX and b"\\u0000" not in written


def _texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield path, name
            yield from _texts_of(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        for at, inner in enumerate(value):
            yield from _texts_of(inner, f"{path}[{at}]")


def _unstorable(text: str) -> str:
    if len(text) > TEXT_CHARACTERS_MAX:
        return f"is longer than {TEXT_CHARACTERS_MAX} characters"
    if "\0" in text:
        return "holds the character NUL, which no text can hold"
    if any("\ud800" <= character <= "\udfff" for character in text):
        return "holds half a character (a lone surrogate)"
    return ""


# Languages and references ---------------------------------------------------------------


def _of_languages(node: Node, known: frozenset[str]) -> Iterator[Problem]:
    mapping = node.mapping
    for field in (*mapping.texts, *mapping.word_lists):
        yield from _unknown_languages(node, field, getattr(node.record, field), known)
    for field in mapping.text_lists:
        for at, texts in enumerate(getattr(node.record, field)):
            yield from _unknown_languages(node, f"{field}[{at}]", texts, known)


def _unknown_languages(node: Node, field: str, texts: Iterable[str], known: frozenset[str]) -> Iterator[Problem]:
    for language in texts:
        if language not in known:
            yield Problem(
                where=node.place,
                field=field,
                reason=f"the catalogue knows no language '{language}'",
                hint="Bring the language along, or use the tag of one that the catalogue knows.",
            )


def _of_references(node: Node, directory: Directory) -> Iterator[Problem]:
    for field, target, scheme, reference in references_of((node,)):
        if directory.find(target, reference, scheme=scheme) is None:
            among = f" of the scheme '{scheme}'" if scheme else ""
            yield Problem(
                where=node.place,
                field=field,
                reason=f"no {target}{among} is known as '{reference}'",
                hint=f"Bring the {target} along, or name one that the catalogue has.",
            )
