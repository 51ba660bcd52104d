"""Choices that cannot be one, since a type of theirs holds nothing that fields can tell: the element itself is given.

Whether a type has fields is known only when it has been read to its end, and a choice is
named before that, since its types lead back to it. So it is looked at when all is read.
"""

from collections.abc import Iterable, Mapping

import msgspec

from sacbe_terms.descriptions import Choice, Description, Fault, Field, NamedType, Record, Scalar


def given_as_xml(description: Description) -> Description:
    """Give the description with every choice that has a member without fields as the scalar XML."""
    types = description.types
    empty = {name for name, named in types.items() if isinstance(named, Choice) and not _is_one(named, types)}
    if not empty:
        return description
    operations = [
        msgspec.structs.replace(
            operation,
            arguments=_fields(operation.arguments, empty),
            result=_field(operation.result, empty),
            faults=tuple(_fault(fault, empty) for fault in operation.faults),
        )
        for operation in description.operations
    ]
    kept = {name: _type(named, empty) for name, named in types.items() if name not in empty}
    return msgspec.structs.replace(description, operations=tuple(operations), types=kept)


def _is_one(choice: Choice, types: Mapping[str, NamedType]) -> bool:
    members = [types.get(member) for member in choice.members]
    return bool(members) and all(isinstance(member, Record) and member.fields for member in members)


def _type(named: NamedType, empty: set[str]) -> NamedType:
    if not isinstance(named, Record):
        return named
    return msgspec.structs.replace(named, fields=_fields(named.fields, empty))


def _fields(fields: Iterable[Field], empty: set[str]) -> tuple[Field, ...]:
    return tuple(_field(field, empty) for field in fields)


def _field(field: Field, empty: set[str]) -> Field:
    return msgspec.structs.replace(field, type=Scalar.XML.value) if field.type in empty else field


def _fault(fault: Fault, empty: set[str]) -> Fault:
    return msgspec.structs.replace(fault, type="") if fault.type in empty else fault
