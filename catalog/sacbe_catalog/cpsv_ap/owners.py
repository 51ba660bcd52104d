"""Whose each statement is that no record has a place for: of the record it speaks of, or leads to.

A node that only one record leads to (hours, a rule, a list) stays with that record, so that an
export of the record alone still has it. Codes, documents and what nothing leads to belong to the
catalogue.
"""

from collections import deque
from collections.abc import Iterable

from sacbe_catalog.cpsv_ap.classes import BY_KIND
from sacbe_catalog.cpsv_ap.profile import CODES, DATASET
from sacbe_catalog.cpsv_ap.statements import Statement, as_triple, natural
from sacbe_catalog.cpsv_ap.view import View
from sacbe_catalog.records import Triple

CATALOGUE = ""
"""Owns what no record does."""


def owned(statements: Iterable[Statement], view: View) -> dict[str, tuple[Triple, ...]]:
    """Give the statements that are left, as triples, by the IRI of the record that keeps them."""
    owner_of = _owners(view)
    kept: dict[str, list[Triple]] = {}
    for one in statements:
        kept.setdefault(owner_of.get(one.subject, CATALOGUE), []).append(as_triple(one))
    return {owner: tuple(triples) for owner, triples in kept.items()}


def _owners(view: View) -> dict[str, str]:
    """Give each node's owner: itself if it is a record that keeps statements, else who reaches it first."""
    keepers = {node for kind, node in view.identifiers if "extra" in BY_KIND[kind].record.__struct_fields__}
    shared = {node for node in view.about if any(view.has_type(node, typed) for typed in (*CODES, DATASET))}
    reached = {node: node for node in sorted(keepers, key=natural)}
    waiting = deque(reached)
    while waiting:
        node = waiting.popleft()
        for neighbour in _neighbours(node, view):
            if neighbour not in reached and neighbour not in shared:
                reached[neighbour] = reached[node]
                waiting.append(neighbour)
    return reached


def _neighbours(node: str, view: View) -> list[str]:
    values = (value for values in view.about.get(node, {}).values() for value in values)
    return sorted(value for value in values if isinstance(value, str) and value in view.about)
