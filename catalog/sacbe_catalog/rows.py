"""Records turned into rows, for every table at once: pure, so that a law can test it.

`loading.py` is the way back. What a record leaves empty has no row; an empty list of words in a
language says nothing and is the one thing that does not come back.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

import msgspec

from sacbe_catalog import folding, tables
from sacbe_catalog.bulk import Row
from sacbe_catalog.directory import Directory, Found
from sacbe_catalog.mapping import Link
from sacbe_catalog.nodes import Node, part_identifier, scheme_of
from sacbe_catalog.records import Concept, Cost, Language, PublicService
from sacbe_catalog.schemes import is_shown
from sacbe_catalog.texts import original_language

Rows = dict[str, list[Row]]
"""Rows by table name."""


def rows_of(nodes: Iterable[Node], directory: Directory, base_iri: str) -> Rows:
    """Give the rows of nodes, whose ids and references all stand in the directory."""
    rows: Rows = defaultdict(list)
    for node in nodes:
        own = directory.ids[node.key]
        rows[tables.node.name].append(_node_row(node, own, base_iri))
        rows[node.mapping.table.name].append({"id": own} | _scalars(node) | _references(node, directory) | _own(node))
        rows[tables.text_value.name] += ({"node_id": own} | row for row in _texts(node))
        rows[tables.extra_triple.name] += _triples(node, own)
        for link in node.mapping.links:
            rows[link.table.name] += _links(node, own, link, directory)
        if isinstance(node.record, PublicService):
            rows[tables.source_note.name] += _sources(node.record, own)
    return rows


def _node_row(node: Node, own: int, base_iri: str) -> Row:
    return {
        "id": own,
        "kind": node.kind,
        "identifier": node.identifier,
        "iri": node.iri(base_iri),
        "is_iri_minted": not getattr(node.record, "iri", ""),
        "is_implied": node.is_implied,
    }


def _scalars(node: Node) -> Row:
    scalars = {field: getattr(node.record, field) for field in node.mapping.scalars}
    return scalars | {field: scalars[field] or None for field in ("confirmed_at", "review_due") if field in scalars}


def _references(node: Node, directory: Directory) -> Row:
    row: Row = {}
    for one in node.mapping.references:
        written = getattr(node.record, one.field)
        found = _found(directory, one.target, written, scheme_of(node, one.scheme)) if written else None
        row[one.column] = found.id if found else None
        if one.target == "concept":
            row[one.flag] = bool(found and found.is_by_iri)
    return row


def _own(node: Node) -> Row:
    """Give what the tables keep of a record beside its properties, for keys, filters and order."""
    match node.record:
        case Concept(identifier=identifier):
            return {"notation": identifier}
        case Language(identifier=identifier):
            return {"tag": identifier}
        case PublicService() as service:
            return {
                "is_public": is_shown(service.status),
                "is_free_of_charge": is_free_of_charge(service.costs),
                "sort_key": folding.sort_key(_main_title(service)),
            }
    return {}


def is_free_of_charge(costs: tuple[Cost, ...]) -> bool | None:
    """Say whether a service costs nothing; None where its record does not tell."""
    if not costs:
        return None
    return all(cost.amount and float(cost.amount) == 0 for cost in costs)


def _main_title(service: PublicService) -> str:
    return service.title.get("es") or next(iter(service.title.values()))


def _texts(node: Node) -> Iterator[Row]:
    mapping, record = node.mapping, node.record
    for field in mapping.texts:
        yield from _translations(field, 0, getattr(record, field))
    for field in mapping.text_lists:
        for position, texts in enumerate(getattr(record, field)):
            yield from _translations(field, position, texts)
    for field in mapping.word_lists:
        words = getattr(record, field)
        original = original_language(words)
        for language, listed in words.items():
            for position, word in enumerate(listed):
                yield _text_row(field, position, language, word, original)


def _translations(field: str, position: int, texts: dict[str, str]) -> Iterator[Row]:
    original = original_language(texts)
    for language, text in texts.items():
        yield _text_row(field, position, language, text, original)


def _text_row(field: str, position: int, language: str, value: str, original: str) -> Row:
    state = "original" if language == original else "translated"
    return {"property": field, "position": position, "language": language, "value": value, "state": state}


def _triples(node: Node, own: int) -> Iterator[Row]:
    for position, triple in enumerate(getattr(node.record, "extra", ())):
        yield {"node_id": own, "position": position} | msgspec.structs.asdict(triple)


def _links(node: Node, own: int, link: Link, directory: Directory) -> Iterator[Row]:
    for position, value in enumerate(getattr(node.record, link.field)):
        name = value
        if link.is_part:
            name = part_identifier(value, holder=node.identifier, holder_kind=node.kind, position=position)
        found = _found(directory, link.target, name, link.scheme)
        yield {"source_id": own, "position": position, "target_id": found.id, "is_by_iri": found.is_by_iri}


def _found(directory: Directory, target: str, reference: str, scheme: str) -> Found:
    found = directory.find(target, reference, scheme=scheme)
    if found is None:
        raise LookupError(f"{target} {reference} was not checked before rows were made of it")
    return found


def _sources(service: PublicService, own: int) -> Iterator[Row]:
    for position, source in enumerate(service.sources):
        checked_on = date.fromisoformat(source.checked_on) if source.checked_on else None
        note = {"title": source.title, "url": source.url, "checked_on": checked_on}
        yield {"service_id": own, "position": position} | note
