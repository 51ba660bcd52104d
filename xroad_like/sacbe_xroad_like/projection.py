"""What leaves a provider: of a result, the fields that were asked for and no others. Pure.

A selection is compiled once for an operation and then only run. What it gives has the form of
`terms.descriptions`, and is, as JSON, what GraphQL answers to a query without aliases: every selected
field is there, in the order of the selection, null where it was absent. Beyond that, a choice always says
its member in `__typename`, since nothing can be read of it otherwise; a type's name is the description's.

What a description does not have is null. What nothing was selected of is whole. Of a scalar nothing can be
selected: a field right could name a place in it that no projection finds.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sacbe_terms.descriptions import Choice, Description, Field, Operation, Record
from sacbe_terms.errors import Problem
from sacbe_xroad_like import selected
from sacbe_xroad_like.selected import MEMBER, Tree

PROJECTIONS_MAX = 128
"""So many selections are kept compiled for one data service; the oldest makes room."""

TYPE_NAME = "__typename"

_Project = Callable[[Any], Any]
"""Gives the projection of a value; of None too, unless it says otherwise."""


@dataclass(frozen=True, slots=True)
class Projection:
    """A selection, compiled: gives of a result what was asked, and of its problems those that explain it."""

    tree: Tree
    value: _Project

    @property
    def is_whole(self) -> bool:
        """Say whether nothing is left out."""
        return not self.tree

    def problems(self, value: object, problems: Sequence[Problem]) -> tuple[Problem, ...]:
        """Give the problems of a result that was forgiven them, without those of what was not asked for."""
        return tuple(each for each in problems if _explains(self.tree, value, each.where.split("/")))


class Projections:
    """The compiled selections of one description."""

    def __init__(self, description: Description) -> None:
        self._description = description
        self._kept: dict[tuple[str, str], Projection] = {}

    def of(self, operation: Operation, fields: str) -> Projection:
        """Give the projection of an operation's result to a printed selection; raises RequestNotReadable."""
        kept = self._kept.get((operation.code, fields))
        if kept is None:
            kept = compiled(self._description, operation.result, fields)
            if len(self._kept) >= PROJECTIONS_MAX:
                del self._kept[next(iter(self._kept))]
            self._kept[operation.code, fields] = kept
        return kept


def compiled(description: Description, result: Field, fields: str) -> Projection:
    """Compile a printed selection of a result; raises RequestNotReadable for one that cannot be read."""
    tree = selected.tree(fields)
    return Projection(tree, _field(description, result, tree) or _whole)


def _whole(value: object) -> object:
    return value


def _field(description: Description, field: Field, tree: Tree) -> _Project | None:
    """Give the projection of a field; None where its value stays as it is."""
    if not tree:
        return None
    match description.types.get(field.type):
        case Record(fields=members) as record if members:
            project = _record(description, record, tree)
        case Choice() as choice:
            project = _choice(description, choice, tree)
        case _:
            raise selected.unreadable(next(iter(tree)))
    for _ in range(field.list_depth):
        project = _list(project)
    return _or_null(project)


def _or_null(project: _Project) -> _Project:
    return lambda value: None if value is None else project(value)


def _list(project: _Project) -> _Project:
    return lambda values: [None if value is None else project(value) for value in values]


def _record(description: Description, record: Record, tree: Tree) -> _Project:
    """Take all names first, which keeps their order, then mend what is not taken as it is."""
    members = {member.name: member for member in record.fields}
    names = tuple(tree)
    fixed = {name: record.name if name == TYPE_NAME else None for name in names if name not in members}
    below = {name: _field(description, members[name], tree[name]) for name in names if name in members}
    nested = tuple((name, project) for name, project in below.items() if project is not None)

    def plain(value: dict[str, Any]) -> dict[str, Any]:
        get = value.get
        return {name: get(name) for name in names}

    def mended(value: dict[str, Any]) -> dict[str, Any]:
        get = value.get
        found = {name: get(name) for name in names}
        found.update(fixed)
        for name, project in nested:
            found[name] = project(found[name])
        return found

    return mended if fixed or nested else plain


def _choice(description: Description, choice: Choice, tree: Tree) -> _Project:
    records = [record for record in map(description.record, choice.members) if record is not None]
    members = {record.name: _record(description, record, _of_member(tree, record.name)) for record in records}

    def project(value: dict[str, Any]) -> dict[str, Any] | None:
        member = members.get(value[TYPE_NAME])
        return None if member is None else member(value)

    return project


def _of_member(tree: Tree, name: str) -> Tree:
    """Give what is selected of one member of a choice; its name is, always."""
    told = {field: below for field, below in tree.items() if not field.startswith(MEMBER)}
    told |= tree.get(MEMBER + name, {})
    return told if TYPE_NAME in told else {TYPE_NAME: {}, **told}


def _explains(tree: Tree, value: Any, way: Sequence[str]) -> bool:
    """Say whether a problem is of something selected, or is why something selected is null."""
    if not way or not tree or value is None:
        return True
    step, *rest = way
    if isinstance(value, list):
        return not step.isdecimal() or int(step) >= len(value) or _explains(tree, value[int(step)], rest)
    if TYPE_NAME in value and any(name.startswith(MEMBER) for name in tree):
        tree = _of_member(tree, value[TYPE_NAME])
    return step in tree and _explains(tree[step], value.get(step), rest)
