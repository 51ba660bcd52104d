"""By which rules a document is valid: the specification's, two of which say less or more than graphql-core's.

A literal's misfits each print the whole literal, so that a literal of hundreds of fields that are not there
costs the square of them; the first few are told, and the rest when those are mended. Whoever may know the
schema is told which name is near (`near_names`).
"""

from contextlib import suppress
from typing import Any, Final

from graphql import GraphQLError, GraphQLInputType, ValueNode, specified_rules
from graphql.language import SKIP, VisitorAction
from graphql.utilities import validate_input_literal
from graphql.validation import ASTValidationRule, ValuesOfCorrectTypeRule

from sacbe_graphql import near_names

MISFITS_MAX: Final = 3
"""How many misfits of one literal are told."""


class _EnoughTold(Exception):
    """No further misfit of this literal is looked for."""


class _FewMisfits(ValuesOfCorrectTypeRule):
    """Values of correct type (GraphQL, September 2025, section 5.6.1), up to so many misfits for one literal."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Report the first misfits of a literal."""
        told = 0

        def report(error: GraphQLError, _path: list[str | int]) -> None:
            nonlocal told
            self.report_error(error)
            told += 1
            if told == MISFITS_MAX:
                raise _EnoughTold

        if input_type:
            with suppress(_EnoughTold):
                validate_input_literal(node, input_type, report, None, None, self.context.hide_suggestions)
        return SKIP


_OURS: dict[Any, type[ASTValidationRule]] = {ValuesOfCorrectTypeRule: _FewMisfits}

PLAIN: Final = tuple(_OURS.get(rule, rule) for rule in specified_rules)
"""For who is not to learn of the schema."""

HINTING: Final = tuple(near_names.HINTING.get(rule, rule) for rule in PLAIN)
"""For who may; to be used with graphql-core's own suggestions hidden."""
