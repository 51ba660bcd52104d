""" "Did you mean": the nearest name, for fields and arguments, at a price that does not grow with the schema.

graphql-core compares every name of the schema by edit distance in Python: at 15,000 types one
misspelt type name takes seconds. Here names are compared by the pairs of letters that they share,
only the names that could stand in that place, and only for the first errors of a document.
"""

from collections.abc import Collection

from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType
from graphql.validation import ASTValidationRule, FieldsOnCorrectTypeRule, KnownArgumentNamesRule

HINTS_MAX = 5
"""How many errors of a document get a hint, of each kind."""

NAMES_MAX = 200
"""Where more names could stand, none is proposed."""

LIKENESS_MIN = 0.5
"""Share of pairs of letters in common (Dice's coefficient) from which on a name is near."""


def near(name: str, names: Collection[str]) -> str:
    """Give the name most like this one; empty where none is near."""
    if len(names) > NAMES_MAX:
        return ""
    pairs = _pairs(name)
    likeness, nearest = max(((_likeness(pairs, _pairs(each)), each) for each in names), default=(0.0, ""))
    return nearest if likeness >= LIKENESS_MIN else ""


def _pairs(name: str) -> set[str]:
    lower = f"^{name.lower()}$"
    return {lower[at : at + 2] for at in range(len(lower) - 1)}


def _likeness(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other))


class _Hinting(ASTValidationRule):
    """Adds a hint to the errors of the rule with which it is mixed."""

    hints = 0

    def report_error(self, error: GraphQLError) -> None:
        self.hints += 1
        name = error.nodes[0].name.value if error.nodes else ""  # type: ignore[attr-defined]  # a field or argument
        proposed = near(name, self.names()) if self.hints <= HINTS_MAX else ""
        super().report_error(
            GraphQLError(f"{error.message} Did you mean '{proposed}'?", error.nodes) if proposed else error
        )

    def names(self) -> Collection[str]:
        """Give the names that could stand at the place of the error."""
        return ()


class _Fields(_Hinting, FieldsOnCorrectTypeRule):
    def names(self) -> Collection[str]:
        parent = self.context.get_parent_type()
        return parent.fields if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else ()


class _Arguments(_Hinting, KnownArgumentNamesRule):
    def names(self) -> Collection[str]:
        field = self.context.get_field_def()
        return field.args if field else ()


HINTING: dict[type[ASTValidationRule], type[ASTValidationRule]] = {
    FieldsOnCorrectTypeRule: _Fields,
    KnownArgumentNamesRule: _Arguments,
}
"""The rules that hint, by the ones that they stand for."""
