"""Reading for a steward who would rather have a reply with holes than none.

What breaks the description is null, or the nearest place above it that may be null (as GraphQL
itself handles errors, section 6.4.4), and is told. This reader is made and used only for a reply
that the strict one has refused (docs/decisions/0081).
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from sacbe_adapters.rest.reading import Likely, Readers, held_field
from sacbe_adapters.values import MISSING, Convert, Mismatch, expected
from sacbe_terms.descriptions import Choice, Description, Field, Record
from sacbe_terms.errors import Problem

PROBLEMS_MAX = 100
"""Problems told one by one; those after them are counted in the last."""


class LenientReader:
    """Reads one field's values, forgiving; one value at a time."""

    def __init__(self, field: Field, description: Description) -> None:
        self._readers = _LenientReaders(description)
        self._read = self._readers.reader(field)
        self._is_nullable = _may_be_null(field)

    def read(self, decoded: Any) -> tuple[object, tuple[Problem, ...]]:
        """Give the value and what was forgiven; raises Mismatch where nothing nullable stands above."""
        notes = self._readers.notes = _Notes()
        return notes.within(None, self._is_nullable, partial(self._read, decoded)), notes.problems()


class _Notes:
    """What was forgiven in one reply, and the way to where the reading is."""

    def __init__(self) -> None:
        self._way: list[str] = []
        self._told: list[Problem] = []
        self._more = 0

    def within(self, step: str | None, is_nullable: bool, read: Callable[[], object]) -> object:
        """Read what stands a step further; None for what breaks there, if it may be null. Raises Mismatch."""
        before = len(self._way)
        self._way += [] if step is None else [step]
        try:
            return read()
        except Mismatch as mismatch:
            mismatch.path = mismatch.path or list(reversed(self._way))
            if not is_nullable:
                raise
            self._tell(mismatch)
            return None
        finally:
            del self._way[before:]

    def problems(self) -> tuple[Problem, ...]:
        """Give what was noted, by the way from the result."""
        return (*self._told, Problem(where="", reason=f"and {self._more} more")) if self._more else tuple(self._told)

    def _tell(self, mismatch: Mismatch) -> None:
        if len(self._told) < PROBLEMS_MAX:
            where = "/".join(map(str, reversed(mismatch.path)))
            self._told.append(Problem(where=where, reason=mismatch.reason))
        else:
            self._more += 1


class _LenientReaders(Readers):
    """Readers that note what they forgive; `notes` are those of the reply that is being read."""

    def __init__(self, description: Description) -> None:
        super().__init__(description)
        self.notes = _Notes()
        self._strict = Readers(description)

    def record_reader(self, record: Record) -> Convert:
        """Give a reader that reads field by field, each within its own forgiveness."""
        if held_field(record) is not None:
            return super().record_reader(record)
        members = [(field, self.reader(field)) for field in record.fields]

        def read(value: Any) -> dict[str, Any]:
            if value.__class__ is not dict:
                raise expected("an object", value)
            result: dict[str, Any] = {}
            for field, convert in members:
                found = value.get(field.wire, MISSING)
                if found is not MISSING or field.is_required:
                    one = partial(_one, field, convert, found)
                    result[field.name] = self.notes.within(field.name, _may_be_null(field), one)
            return result

        return read

    def choice_reader(self, choice: Choice) -> Convert:
        """Give a reader that takes the member that fits, else forgives the likeliest."""
        strict = self._strict.choice_reader(choice)
        readers = {name: self.named_reader(name) for name in choice.members}
        likely = Likely(choice, self._types)

        def read(value: Any) -> Any:
            try:
                return strict(value)
            except Mismatch as none_fits:
                likeliest = next(iter(likely.members(value)), None)
                if value.__class__ is not dict or likeliest is None:
                    raise Mismatch(none_fits.reason) from None
                return {"__typename": likeliest} | readers[likeliest](value)

        return read

    def list_reader(self, convert: Convert, *, items_nullable: bool) -> Convert:
        """Give a reader whose items are each forgiven where they may be null."""

        def one(item: Any) -> Any:
            return None if item is None and items_nullable else convert(item)

        def read(value: Any) -> list[Any]:
            if value.__class__ is not list:
                raise expected("a list", value)
            within = self.notes.within
            return [within(str(at), items_nullable, partial(one, item)) for at, item in enumerate(value)]

        return read


def _one(field: Field, convert: Convert, found: Any) -> Any:
    if found is MISSING:
        raise Mismatch("it is required and absent")
    if found is None:
        if not _may_be_null(field):
            raise Mismatch("a value is required and null was found")
        return None
    return convert(found)


def _may_be_null(field: Field) -> bool:
    """As the GraphQL door builds its types."""
    return field.is_nullable or not field.is_required
