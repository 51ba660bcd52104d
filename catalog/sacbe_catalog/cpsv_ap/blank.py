"""Blank nodes under names that depend only on what the file says of them.

The same file gives the same names on every import, and two files' nodes never meet by accident.
A node's name is a digest of the statements it stands in, refined through its blank neighbours;
nodes that nothing tells apart are numbered in the order of the file.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from sacbe_catalog.cpsv_ap.collect import BLANK
from sacbe_catalog.cpsv_ap.statements import RDF, Items, Literal, Statement, Value, genid
from sacbe_catalog.cpsv_ap.vocabulary import is_order

ROUNDS_MAX = 16
"""Names look this many blank nodes far, at most."""

FIRST, REST = f"{RDF}first", f"{RDF}rest"


def is_blank(value: Value) -> bool:
    """Say whether a term is a blank node of a file just parsed."""
    return isinstance(value, str) and value.startswith(BLANK)


def named(statements: Sequence[Statement], base_iri: str) -> list[Statement]:
    """Give the statements with a skolem IRI below `base_iri` for each blank node."""
    names = _names(statements, genid(base_iri))
    return [
        Statement(names.get(one.subject, one.subject), one.predicate, _renamed(one.value, names)) for one in statements
    ]


def _renamed(value: Value, names: dict[str, str]) -> Value:
    return names.get(value, value) if isinstance(value, str) else value


def _names(statements: Sequence[Statement], start: str) -> dict[str, str]:
    digests = _digests(statements)
    seen: Counter[str] = Counter()
    names = {}
    for node, digest in digests.items():
        seen[digest] += 1
        names[node] = f"{start}{digest}" + (f"-{seen[digest]}" if seen[digest] > 1 else "")
    return names


def _digests(statements: Sequence[Statement]) -> dict[str, str]:
    touching = [one for one in statements if is_blank(one.subject) or is_blank(one.value)]
    nodes = dict.fromkeys(
        term for one in touching for term in (one.subject, one.value) if isinstance(term, str) and is_blank(term)
    )
    digests = dict.fromkeys(nodes, "")
    kinds = 1
    for _ in range(ROUNDS_MAX):
        digests = _refined(digests, touching)
        if (now := len(set(digests.values()))) == kinds:
            break
        kinds = now
    return digests


def _refined(digests: dict[str, str], touching: Sequence[Statement]) -> dict[str, str]:
    said: dict[str, list[str]] = {node: [] for node in digests}
    for subject, predicate, value in touching:
        if subject in said:
            said[subject].append(f"> {predicate} {_seen(value, digests)}")
        if isinstance(value, str) and value in said:
            said[value].append(f"< {predicate} {_seen(subject, digests)}")
    return {
        node: sha256("\n".join((digests[node], *sorted(lines))).encode()).hexdigest()[:24]
        for node, lines in said.items()
    }


def _seen(value: Value, digests: dict[str, str]) -> str:
    return digests.get(value, value) if isinstance(value, str) else repr(value)


def with_lists(statements: Sequence[Statement]) -> list[Statement]:
    """Give the statements with the lists of our order terms as one value each; other lists stay as they are."""
    firsts = {one.subject: one.value for one in statements if one.predicate == FIRST}
    rests = {one.subject: one.value for one in statements if one.predicate == REST}
    cells: set[str] = set()
    folded = []
    for one in statements:
        if is_order(one.predicate) and isinstance(one.value, str):
            chain = _chain(one.value, rests)
            cells.update(chain)
            items = tuple(value for cell in chain if isinstance(value := firsts.get(cell), str | Literal))
            folded.append(Statement(one.subject, one.predicate, Items(items)))
        else:
            folded.append(one)
    return [one for one in folded if one.subject not in cells]


def _chain(head: Value, rests: dict[str, Value]) -> list[str]:
    chain: dict[str, None] = {}
    while isinstance(head, str) and head in rests and head not in chain:
        chain[head] = None
        head = rests[head]
    return list(chain)
