"""Which of a stranger's columns means which of ours: the file that `--mapping` names.

    {"kind": "institutions", "language": "es",
     "fields": {"identifier": "id", "title": "name"},
     "values": {"kind": {"Ministerio": "ministry"}}}

`fields` gives, for each of our fields, the name that the file has for it. What it does not name is
not read. `docs/guides/import-with-a-mapping.md` explains it to stewards.
"""

from collections.abc import Collection, Iterator
from typing import Literal

import msgspec

from sacbe_catalog.quality import is_placeholder
from sacbe_catalog.table_file import Row
from sacbe_terms.errors import ImportRefused, Problem

SERVICE_FIELDS = (
    "id",
    "title",
    "institution",
    "description",
    "requirements",
    "cost_amount",
    "cost_currency",
    "cost_text",
    "processing_time",
    "channels",
    "life_events",
    "audience",
    "keywords",
    "legal_basis",
)
"""Columns of a file of services."""

INSTITUTION_FIELDS = (
    "identifier",
    "title",
    "acronym",
    "kind",
    "description",
    "areas",
    "parent",
    "homepage",
    "address",
    "email",
    "telephone",
    "opening_hours",
)
"""Fields of a file of institutions."""


class FieldMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mapping file: `values` translates what the stranger's cells say, by our field, exact text to exact text."""

    kind: Literal["services", "institutions"]
    fields: dict[str, str]
    values: dict[str, dict[str, str]] = {}
    language: str = "es"

    def mapped(self, row: Row) -> Row:
        """Give a row under our names, its values translated."""
        cells = {ours: row.cells.get(theirs, "") for ours, theirs in self.fields.items()}
        translated = {ours: self.values.get(ours, {}).get(cell, cell) for ours, cell in cells.items()}
        return Row(row.where, translated)


SERVICES = FieldMapping(kind="services", fields={name: name for name in SERVICE_FIELDS})
"""The header of the catalogue's own files of services."""


def read(data: bytes, *, file: str) -> FieldMapping:
    """Read a mapping file; raises ImportRefused, naming each of its fields that is not known."""
    try:
        mapping = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=FieldMapping)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = 'Write {"kind": "services" or "institutions", "fields": {"title": "their name for it", ...}}.'
        raise ImportRefused(file, [Problem(where=file, reason=f"not a mapping: {error}", hint=hint)]) from error
    if problems := list(_problems(mapping, file)):
        raise ImportRefused(file, problems)
    return mapping


def _problems(mapping: FieldMapping, file: str) -> Iterator[Problem]:
    known = SERVICE_FIELDS if mapping.kind == "services" else INSTITUTION_FIELDS
    for field in (*mapping.fields, *mapping.values):
        if field not in known:
            reason = f"is not a field of {mapping.kind}"
            yield Problem(where=f"{file}: /fields", field=field, reason=reason, hint=f"Known are {', '.join(known)}.")
    if "title" not in mapping.fields:
        yield Problem(where=f"{file}: /fields", field="title", reason="is missing", hint="Say what they call it.")


def without_placeholders(row: Row) -> Row:
    """Give a row in which "Pendiente", "N/A", "." and their like are no values."""
    return Row(row.where, {name: "" if is_placeholder(cell) else cell for name, cell in row.cells.items()})


def check_columns(mapping: FieldMapping, present: Collection[str], file: str, needed: Collection[str]) -> None:
    """Raise ImportRefused for each needed field whose column is not present."""
    hint = "Add the column, or correct the mapping."
    problems = [
        Problem(where=file, field=ours, reason=f"the file has no column '{mapping.fields[ours]}'", hint=hint)
        for ours in needed
        if mapping.fields[ours] not in present
    ]
    if problems:
        raise ImportRefused(file, problems)
