"""Agreements about some fields of a result: what lies outside is refused before any call."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_terms.errors import AccessRefused
from sacbe_xroad_like import access, selected
from sacbe_xroad_like.bus import Bus
from tests.xroad_like.town import PERSONS, STRANGER, Office, call, consumer, plan, until

Tree = dict[str, Any]
"""A selection: below each name, what is selected there."""

NAMES = st.sampled_from(["a", "b", "c"])
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.just({}), lambda below: st.dictionaries(NAMES, below, min_size=1, max_size=3), max_leaves=6
).filter(bool)


def printed(tree: Tree) -> str:
    """Print a selection as a plan does."""
    parts = [f"{name} {printed(below)}".rstrip() for name, below in tree.items()]
    return "{ " + " ".join(parts) + " }" if parts else ""


def leaves(tree: Tree, above: str = "") -> set[str]:
    """Give the paths of a tree's leaves."""
    found: set[str] = set()
    for name, below in tree.items():
        found |= leaves(below, f"{above}{name}/") if below else {f"{above}{name}"}
    return found


def ways(path: str) -> set[str]:
    """Give a path and all above it."""
    names = path.split("/")
    return {"/".join(names[:end]) for end in range(1, len(names) + 1)}


@given(TREES)
def test_a_selection_is_read_as_it_was_printed(tree: Tree) -> None:
    """Every leaf that is asked for is seen, and nothing else."""
    assert selected.paths(printed(tree)) == frozenset(leaves(tree))


@given(TREES, TREES)
def test_allowed_means_every_leaf_is_below_a_field(asked: Tree, held: Tree) -> None:
    """Nothing lies outside exactly when each leaf, or something above it, is allowed."""
    allowed = leaves(held)
    expected = [leaf for leaf in leaves(asked) if not ways(leaf) & allowed]
    assert selected.outside(frozenset(leaves(asked)), tuple(allowed)) == sorted(expected)


async def test_a_field_outside_is_refused_by_name(engine: AsyncEngine, bus: Bus, office: Office) -> None:
    """What is agreed is given; another field, or the answer as a whole, is not, and the office hears nothing."""
    await access.grant(engine, STRANGER, PERSONS, purpose="x", fields=("nombres",))
    await until(lambda: bool(bus.registry.in_force(STRANGER, PERSONS)))
    for fields, said in (("{ nombres fechaNacimiento }", "does not give fechaNacimiento"), ("", "as a whole")):
        with pytest.raises(AccessRefused, match=said):
            await bus.carry(plan(replace(call(), fields=fields)), consumer=consumer(STRANGER))
    assert office.heard == []
    await bus.carry(plan(replace(call(), fields="{ nombres __typename }")), consumer=consumer(STRANGER))
    assert len(office.heard) == 1
