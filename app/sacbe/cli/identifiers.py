"""Identifiers as command arguments: read in their printed form, refused in plain words."""

from typing import Any

import click

from sacbe_terms.errors import IdentifierNotValid
from sacbe_terms.identifiers import DataServiceId, MemberId, OperationId, SubsystemId
from sacbe_xroad_like import group
from sacbe_xroad_like.group import GroupId, Holder


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


class HolderArgument(click.ParamType[Holder]):
    """A client or a group, by its printed form."""

    name = "client or group"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Holder:
        """Give the holder; fails with the form that is expected."""
        try:
            return group.holder(value) if isinstance(value, str) else value
        except IdentifierNotValid as error:
            self.fail(f"{error.what} {error.hint}", param, ctx)


class GroupArgument(HolderArgument):
    """A group, by its printed form."""

    name = "group"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> GroupId:
        """Give the group; fails with the form that is expected."""
        found = super().convert(value, param, ctx)
        if not isinstance(found, GroupId):
            self.fail(f"'{value}' is no group, such as GLOBALGROUP:GT/municipalidades.", param, ctx)
        return found


HOLDER = HolderArgument()
GROUP = GroupArgument()
MEMBER = Identifier(MemberId)
MEMBER_OR_SUBSYSTEM = Identifier(MemberId, SubsystemId)
SUBSYSTEM = Identifier(SubsystemId)
DATA_SERVICE = Identifier(DataServiceId)
OPERATION = Identifier(OperationId)
DATA_SERVICE_OR_OPERATION = Identifier(DataServiceId, OperationId)
