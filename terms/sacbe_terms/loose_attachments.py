"""Loose attachments: files beside the messages of an operation that its document does not name.

A system may take and give files whose names, number and kinds stand in no description; X-Road's
messages do. An operation that shows them has one more argument, a list, and its answer is a record
of what the document promises and of the list that came beside it. Shown or not is told by the
fields alone, so that whoever has a description needs nothing more.
"""

from collections.abc import Iterable

import msgspec

from sacbe_terms.descriptions import Description, Field, NamedType, Operation, Record, Scalar

LOOSE = "##attachments"
"""The wire name of the argument and of the member that hold them."""

NAME = "attachments"
"""What both are called, unless the operation has a field of this name."""

ATTACHMENT = Record(
    name="Attachment",
    wire=LOOSE,
    documentation="A file beside a message.",
    fields=(
        Field(
            name="name",
            wire="Content-ID",
            type=Scalar.STRING.value,
            documentation="What the message calls it; one is made where none is given.",
        ),
        Field(name="contentType", wire="Content-Type", type=Scalar.STRING.value, documentation="Its media type."),
        Field(name="fileName", wire="filename", type=Scalar.STRING.value, documentation="What a disk would call it."),
        Field(name="content", wire="content", type=Scalar.BASE64.value, is_required=True),
    ),
)
"""One of them, in both directions."""

_ASKED = "Files that travel beside the message. The document does not name them."
_GIVEN = "Files that came beside the message, in their order. The document does not name them."


def is_shown(operation: Operation) -> bool:
    """Say whether an operation shows its loose attachments."""
    return any(argument.wire == LOOSE for argument in operation.arguments)


def argument_name(operation: Operation) -> str:
    """Give the name of the argument that holds them; empty where they are not shown."""
    return next((argument.name for argument in operation.arguments if argument.wire == LOOSE), "")


def shown(description: Description, operation: Operation) -> tuple[Description, Operation]:
    """Give an operation with its loose attachments, in a description that has their types."""
    if is_shown(operation):
        return description, operation
    types = dict(description.types)
    attachment = _kept(types, ATTACHMENT)
    given = Field(name=_free(NAME, [operation.result]), wire=LOOSE, type=attachment, list_depth=1, documentation=_GIVEN)
    answer = Record(
        name=f"{operation.alias[:1].upper()}{operation.alias[1:]}WithAttachments",
        wire=LOOSE,
        fields=(operation.result, given),
    )
    asked = msgspec.structs.replace(given, name=_free(NAME, operation.arguments), documentation=_ASKED)
    changed = msgspec.structs.replace(
        operation,
        arguments=(*operation.arguments, asked),
        result=msgspec.structs.replace(
            operation.result,
            type=_kept(types, answer),
            list_depth=0,
            is_required=True,
            is_nullable=False,
            items_nullable=False,
            facets=None,
            default=None,
        ),
    )
    return msgspec.structs.replace(description, types=types), changed


def hidden(description: Description, operation: Operation) -> Operation:
    """Give an operation as its document tells it."""
    if not is_shown(operation):
        return operation
    answer = description.types[operation.result.type]
    assert isinstance(answer, Record)
    arguments = tuple(argument for argument in operation.arguments if argument.wire != LOOSE)
    return msgspec.structs.replace(operation, arguments=arguments, result=answer.fields[0])


def _free(name: str, fields: Iterable[Field]) -> str:
    taken = {field.name for field in fields}
    while name in taken:
        name += "Beside"
    return name


def _kept(types: dict[str, NamedType], record: Record) -> str:
    """Keep a record among the types, under its own name if that is free, and give its key."""
    key, number = record.name, 1
    while not _same(types.setdefault(key, msgspec.structs.replace(record, name=key)), record):
        number += 1
        key = f"{record.name}{number}"
    return key


def _same(named: NamedType, record: Record) -> bool:
    return isinstance(named, Record) and named.wire == LOOSE and named.fields == record.fields
