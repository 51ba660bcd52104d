"""Identifiers as command arguments: read in their printed form, refused in plain words."""

from typing import Any

import click

from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId


class Identifier(click.ParamType[Any]):
    """An argument that is one of several kinds of identifier; the number of parts tells which."""

    name = "identifier"

    def __init__(self, *kinds: type[MemberId] | type[SubsystemId] | type[DataServiceId] | type[OperationId]) -> None:
        self._kinds = kinds

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Give the identifier; fails with the form that is expected."""
        if not isinstance(value, str):
            return value
        for kind in self._kinds:
            try:
                return kind.parse(value)
            except IdentifierNotValid as error:
                refused = error
        self.fail(f"{refused.what} {refused.hint}", param, ctx)


MEMBER = Identifier(MemberId)
MEMBER_OR_SUBSYSTEM = Identifier(MemberId, SubsystemId)
SUBSYSTEM = Identifier(SubsystemId)
DATA_SERVICE = Identifier(DataServiceId)
DATA_SERVICE_OR_OPERATION = Identifier(DataServiceId, OperationId)
