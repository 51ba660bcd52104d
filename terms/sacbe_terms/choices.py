"""What a steward chooses for each operation, kept beside the description and applied to it.

The document says what a system offers; the steward says how it is called here, whether it changes
something, whether it gives data of a person, and where that person's number stands. Choices go by the
operation's code, so they outlive a newer document; what they no longer fit is found before publication.

Places are pointers as in `Operation.person_numbers`: `arguments/cui`, `result/personas/cui`.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

import msgspec

from sacbe_terms import loose_attachments
from sacbe_terms.comparison import ARGUMENTS, RESULT
from sacbe_terms.descriptions import Choice, Description, Field, Operation, Record, Scalar
from sacbe_terms.errors import MarkNotValid, Problem

POINTERS_MAX = 200
"""So many places of an operation are listed; a record that holds itself has no end of them."""

PERSON_NUMBER_WORDS = frozenset({"cui", "dpi", "nit", "pasaporte", "cedula", "identificacion", "passport"})
"""Words in names of fields that hold a person's number in most cases. They make proposals, never marks."""

_ALIAS = re.compile(r"[a-z][A-Za-z0-9]{0,62}")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NUMBERS = frozenset({Scalar.STRING, Scalar.INT, Scalar.LONG, Scalar.DECIMAL})


class OperationChoice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A steward's choices for one operation; empty and None leave it as the document has it."""

    alias: str = ""
    reads: bool | None = None
    is_personal: bool | None = None
    person_numbers: tuple[str, ...] = ()
    attachments: bool | None = None
    """Whether files that the document does not name are shown beside its messages."""


_NONE = OperationChoice()

Choices = Mapping[str, OperationChoice]
"""By operation code; codes that the description does not have wait for one that has."""


def applied(description: Description, choices: Choices) -> Description:
    """Give the description as the steward wants it."""
    if not choices:
        return description
    operations: list[Operation] = []
    for operation in description.operations:
        choice = choices.get(operation.code, _NONE)
        description, told = with_attachments(description, operation, choice)
        operations.append(told if choice is _NONE else _chosen(told, choice))
    return msgspec.structs.replace(description, operations=tuple(operations))


def with_attachments(
    description: Description, operation: Operation, choice: OperationChoice
) -> tuple[Description, Operation]:
    """Give an operation with loose attachments or without, as the steward wants it, and the description around it."""
    if choice.attachments is None or not operation.may_attach:
        return description, operation
    if choice.attachments:
        return loose_attachments.shown(description, operation)
    return description, loose_attachments.hidden(description, operation)


def _chosen(operation: Operation, choice: OperationChoice) -> Operation:
    return msgspec.structs.replace(
        operation,
        alias=choice.alias or operation.alias,
        reads=operation.reads if choice.reads is None else choice.reads,
        is_personal=operation.is_personal if choice.is_personal is None else choice.is_personal,
        person_numbers=choice.person_numbers or operation.person_numbers,
    )


def together(before: OperationChoice, more: OperationChoice) -> OperationChoice:
    """Give earlier choices with newer ones over them; what is not personal has no person's numbers."""
    personal = before.is_personal if more.is_personal is None else more.is_personal
    return OperationChoice(
        alias=more.alias or before.alias,
        reads=before.reads if more.reads is None else more.reads,
        is_personal=personal,
        person_numbers=() if personal is False else more.person_numbers or before.person_numbers,
        attachments=before.attachments if more.attachments is None else more.attachments,
    )


def refuse_misfits(description: Description, operation: Operation, choice: OperationChoice) -> None:
    """Raise MarkNotValid, with the places that there are, unless a choice fits its operation."""
    description, operation = with_attachments(description, operation, choice)
    problems = [
        Problem(where=operation.code, field=pointer, reason="there is no single text or number at this place")
        for pointer in choice.person_numbers
        if not holds_number(description, operation, pointer)
    ]
    if choice.alias and _ALIAS.fullmatch(choice.alias) is None:
        reason = "an alias is a small letter and at most 62 letters and digits after it"
        problems.append(Problem(where=operation.code, field=choice.alias, reason=reason))
    if choice.is_personal is False and choice.person_numbers:
        reason = "an operation that is not personal has no person's number"
        problems.append(Problem(where=operation.code, field=choice.person_numbers[0], reason=reason))
    if choice.attachments and not operation.may_attach:
        reason = "files stand beside messages of SOAP alone"
        problems.append(Problem(where=operation.code, field=loose_attachments.NAME, reason=reason))
    if problems:
        raise MarkNotValid(
            what=f"The marks do not fit the operation {operation.code}.",
            where=operation.code,
            hint=f"Places of this operation: {', '.join(places(description, operation)) or 'none'}.",
            problems=problems,
        )


def unmarked(description: Description) -> tuple[Operation, ...]:
    """Give the personal operations that no pointer, or one that leads nowhere, says a person's number of."""
    return tuple(
        operation
        for operation in description.operations
        if operation.is_personal
        and not (
            operation.person_numbers
            and all(holds_number(description, operation, pointer) for pointer in operation.person_numbers)
        )
    )


def places(description: Description, operation: Operation) -> tuple[str, ...]:
    """Give the pointers to all single texts and numbers of an operation, at most POINTERS_MAX."""
    found: list[str] = []
    for pointer in _walked(description, operation):
        found.append(pointer)
        if len(found) == POINTERS_MAX:
            break
    return tuple(dict.fromkeys(found))


def proposed(description: Description, operation: Operation) -> tuple[str, ...]:
    """Give the places whose names sound like a person's number: a proposal for the steward, nothing more."""
    return tuple(pointer for pointer in places(description, operation) if sounds_personal(pointer))


def holds_number(description: Description, operation: Operation, pointer: str) -> bool:
    """Say whether a pointer leads to a text or number of the operation, through records, lists and choices."""
    first, *steps = pointer.split("/")
    if first == ARGUMENTS and steps:
        name = steps.pop(0)
        fields = [argument for argument in operation.arguments if argument.name == name]
    else:
        fields = [operation.result] if first == RESULT else []
    for step in steps:
        fields = [member for field in fields for member in members(description, field) if member.name == step]
    return any(field.type in _NUMBERS for field in fields)


def members(description: Description, field: Field) -> tuple[Field, ...]:
    """Give the fields below a field: a record's, or those of every alternative of a choice."""
    named = description.types.get(field.type)
    if isinstance(named, Record):
        return named.fields
    if isinstance(named, Choice):
        records = (description.record(member) for member in named.members)
        return tuple(member for record in records if record is not None for member in record.fields)
    return ()


def _walked(description: Description, operation: Operation) -> Iterator[str]:
    for argument in operation.arguments:
        yield from _below(description, argument, f"{ARGUMENTS}/{argument.name}", ())
    yield from _below(description, operation.result, RESULT, ())


def _below(description: Description, field: Field, pointer: str, above: tuple[str, ...]) -> Iterator[str]:
    """Walk down, but not again into a type that stands above: its places were given there."""
    if field.type in _NUMBERS:
        yield pointer
    elif field.type not in above:
        for member in members(description, field):
            yield from _below(description, member, f"{pointer}/{member.name}", (*above, field.type))


def sounds_personal(pointer: str) -> bool:
    """Say whether the last name of a place sounds like a person's number."""
    return not PERSON_NUMBER_WORDS.isdisjoint(words(pointer.rpartition("/")[2]))


def words(name: str) -> frozenset[str]:
    """Give the words of a field's name, small and without accents."""
    signs = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in signs if not unicodedata.combining(sign))
    return frozenset(word.lower() for word in _WORD.findall(plain))
