"""Institutions as somebody's list has them, read through a mapping file.

Such lists are often half filled: "Pendiente" and its like are no values. An acronym that stands
in the name, "Comisión Portuaria Nacional -CPN-", is taken out of it.
"""

import re

from sacbe_catalog import cells, field_mapping
from sacbe_catalog.csv_file import slug
from sacbe_catalog.field_mapping import FieldMapping
from sacbe_catalog.lookups import Known, Lookups, find
from sacbe_catalog.quality import is_placeholder
from sacbe_catalog.records import Catalogue, ContactPoint, Institution, Texts
from sacbe_catalog.table_file import PROBLEMS_MAX, Row, read_csv, read_json
from sacbe_terms.errors import ImportRefused, Problem

EVERYWHERE = Institution(identifier="", title={}).areas
"""The places of an institution of which the list tells none: those that a record has by itself."""

_ACRONYM = re.compile(r"(?P<name>.+?)\s*(?:-\s*(?P<dashed>[^\s()-]{2,15})\s*-|\((?P<bracketed>[^\s()-]{2,15})\))\s*")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def read(data: bytes, *, file: str, lookups: Lookups, mapping: FieldMapping) -> Catalogue:
    """Read a CSV file or a JSON list of institutions; which it is, its first character tells.

    Without an identifier of the list's own, the acronym or the name makes one. Raises
    ImportRefused with every finding, each with row and field; then nothing is given.
    """
    is_json = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{")
    known = tuple(mapping.fields.values())
    rows = read_json(data, file=file) if is_json else read_csv(data, file=file, known=known, takes_unknown=True)
    if rows:
        present = {name for row in rows for name in row.cells}
        field_mapping.check_columns(mapping, present, file, tuple(mapping.fields))
    reader = _Reader(lookups, mapping.language)
    institutions = [reader.institution(field_mapping.without_placeholders(mapping.mapped(row))) for row in rows]
    if not rows:
        raise ImportRefused(file, [Problem(where=file, reason="lists no institution", hint="Write at least one.")])
    if reader.problems:
        raise ImportRefused(file, reader.problems[:PROBLEMS_MAX])
    return Catalogue(institutions=tuple(sorted(institutions, key=lambda one: one.identifier)))


def split_acronym(name: str) -> tuple[str, str]:
    """Give a name and the acronym that ended it: `Comisión Portuaria Nacional -CPN-`, `... (CPN)`."""
    found = _ACRONYM.fullmatch(" ".join(name.split()))
    if found is None:
        return " ".join(name.split()), ""
    acronym = found["dashed"] or found["bracketed"]
    return (found["name"], acronym) if acronym.isupper() else (" ".join(name.split()), "")


class _Reader:
    """Turns rows into institutions, noting what is wrong."""

    def __init__(self, lookups: Lookups, language: str) -> None:
        self._lookups = lookups
        self._language = language
        self._rows: dict[str, str] = {}
        self.problems: list[Problem] = []

    def institution(self, row: Row) -> Institution:
        cell = row.cells
        title, acronym = split_acronym(cell.get("title", ""))
        if not title:
            self._note(row, "title", "is empty or a placeholder", "Write what the institution is called.")
        return Institution(
            identifier=self._identifier(row, acronym or title),
            title=self._text(title),
            acronym=cell.get("acronym", "") or acronym,
            kind=self._known(row, "kind", self._lookups.institution_kinds),
            description=self._text(cell.get("description", "")),
            areas=tuple(cells.listed(cell.get("areas", ""))) or EVERYWHERE,
            parent=self._known(row, "parent", self._lookups.institutions),
            homepage=self._homepage(row),
            addresses=tuple(cells.listed(cell.get("address", ""))),
            contacts=self._contacts(row),
        )

    def _note(self, row: Row, field: str, reason: str, hint: str) -> None:
        self.problems.append(Problem(where=row.where, field=field, reason=reason, hint=hint))

    def _text(self, cell: str) -> Texts:
        return {self._language: cell} if cell else {}

    def _identifier(self, row: Row, name: str) -> str:
        identifier = row.cells.get("identifier", "") or slug(name)
        if identifier in self._rows:
            reason = f"'{identifier}' stands in {self._rows[identifier]} as well"
            self._note(row, "identifier", reason, "Give each institution its own.")
        self._rows.setdefault(identifier, row.where)
        return identifier

    def _known(self, row: Row, field: str, known: Known) -> str:
        name = row.cells.get(field, "")
        identifier = find(known, name) if name else ""
        if name and not identifier:
            hint = "Say under `values` of the mapping what it means, or use one that is known."
            self._note(row, field, f"'{name}' is not known", hint)
        return identifier

    def _homepage(self, row: Row) -> str:
        written = row.cells.get("homepage", "")
        url = cells.url_of(written)
        if written and not url:
            self._note(row, "homepage", f"'{written}' is not a web address", "Write it as https://...")
        return url

    def _contacts(self, row: Row) -> tuple[ContactPoint, ...]:
        emails = self._emails(row)
        telephones = tuple(cells.listed(row.cells.get("telephone", "")))
        hours = self._text(row.cells.get("opening_hours", ""))
        if not (emails or telephones or hours):
            return ()
        return (ContactPoint(emails=emails, telephones=telephones, opening_hours=(hours,) if hours else ()),)

    def _emails(self, row: Row) -> tuple[str, ...]:
        emails = [email for email in cells.listed(row.cells.get("email", "")) if not is_placeholder(email)]
        for email in emails:
            if not _EMAIL.fullmatch(email):
                self._note(row, "email", f"'{email}' is not an e-mail address", "Write it as name@institution.gob.gt.")
        return tuple(emails)
