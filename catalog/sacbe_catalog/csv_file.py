"""Services as a spreadsheet has them: one row each, lists separated by `|`.

Every row is looked at before anything is given back, and every finding names its row and column.
A row has no place for much of a record (several costs, evidences, translations): the graph
formats are the lossless ones.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

from sacbe_catalog import cells, field_mapping
from sacbe_catalog.field_mapping import SERVICE_FIELDS, SERVICES, FieldMapping
from sacbe_catalog.folding import fold
from sacbe_catalog.lookups import Known, Lookups, find
from sacbe_catalog.quality import is_placeholder
from sacbe_catalog.records import Catalogue, Channel, Cost, LegalResource, PublicService, Requirement, Texts
from sacbe_catalog.table_file import FORMULA_SIGNS, Row, each_row, refuse
from sacbe_terms.errors import Problem

REQUIRED = ("id", "title", "institution")
"""Columns that every row fills."""

SERVICES_OF_PAGE = 5_000
"""Services that are in memory at once where a file is read in pieces."""


def read(data: bytes, *, file: str, lookups: Lookups, mapping: FieldMapping | None = None) -> Catalogue:
    """Read a CSV file of services; institutions, events and audiences are those that `lookups` knows by name.

    Raises ImportRefused with every finding, each with row and field; then nothing is given.
    A placeholder such as "Pendiente" is no value. A norm that is not known comes along as a record.
    """
    every = list(Pages(data, file=file, lookups=lookups, mapping=mapping))
    services = [service for page in every for service in page.services]
    norms = [norm for page in every for norm in page.legal_resources]
    return Catalogue(
        services=tuple(sorted(services, key=lambda one: one.identifier)),
        legal_resources=tuple(sorted(norms, key=lambda one: one.identifier)),
    )


class Pages:
    """A CSV file of services, read as `read` reads it and given in pieces: no more than one is in memory.

    Every row is looked at before the first piece is given. `services` counts them.
    """

    def __init__(self, data: bytes, *, file: str, lookups: Lookups, mapping: FieldMapping | None = None) -> None:
        self._mapping = mapping or SERVICES
        self._data, self._file, self._lookups = data, file, lookups
        self.services = self._looked_through()

    def __iter__(self) -> Iterator[Catalogue]:
        """Give the services in the order of the file, and each norm that is not known with the first that names it."""
        reader, rows, given = self._reader(), self._rows([]), 0
        while some := list(islice(rows, SERVICES_OF_PAGE)):
            services = tuple(map(reader.service, some))
            norms = tuple(reader.norms.values())[given:]
            given += len(norms)
            yield Catalogue(services=services, legal_resources=norms)

    def _looked_through(self) -> int:
        """Count the services; raises ImportRefused with every finding, those of the file's form first."""
        problems: list[Problem] = []
        reader, columns, count = self._reader(), frozenset[str](), 0
        for row in self._rows(problems):
            columns |= row.cells.keys()
            reader.service(row)
            count += 1
        refuse(problems, self._file)
        if count:
            needed = REQUIRED if self._mapping is SERVICES else tuple(self._mapping.fields)
            field_mapping.check_columns(self._mapping, columns, self._file, needed)
        refuse(reader.problems, self._file)
        return count

    def _reader(self) -> "_Reader":
        return _Reader(self._lookups, self._mapping)

    def _rows(self, problems: list[Problem]) -> Iterator[Row]:
        known, takes_unknown = tuple(self._mapping.fields.values()), self._mapping is not SERVICES
        return each_row(self._data, file=self._file, known=known, takes_unknown=takes_unknown, problems=problems)


class _Reader:
    """Turns rows into services, noting what is wrong and which norms came along."""

    def __init__(self, lookups: Lookups, mapping: FieldMapping) -> None:
        self._lookups = lookups
        self._mapping = mapping
        self._language = mapping.language
        self._rows: dict[str, str] = {}
        self.problems: list[Problem] = []
        self.norms: dict[str, LegalResource] = {}

    def service(self, found: Row) -> PublicService:
        row = field_mapping.without_placeholders(self._mapping.mapped(found))
        cell = row.cells
        identifier = self._identifier(row)
        is_duration = cells.is_duration(cell.get("processing_time", ""))
        return PublicService(
            identifier=identifier,
            title=self._required_text(row, "title"),
            description=self._text(cell.get("description", "")),
            institutions=self._institutions(row),
            requirements=self._requirements(cell.get("requirements", ""), identifier),
            costs=self._costs(row, identifier),
            processing_time=cell["processing_time"] if is_duration else "",
            processing_time_text={} if is_duration else self._text(cell.get("processing_time", "")),
            channels=self._channels(cell.get("channels", ""), identifier),
            events=self._known(row, "life_events", self._lookups.events, "event"),
            audiences=self._known(row, "audience", self._lookups.audiences, "audience", takes_iris=True),
            keywords=self._keywords(cell.get("keywords", "")),
            legal_resources=self._legal_resources(cell.get("legal_basis", "")),
        )

    def _note(self, row: Row, field: str, reason: str, hint: str) -> None:
        self.problems.append(Problem(where=row.where, field=field, reason=reason, hint=hint))

    def _text(self, cell: str) -> Texts:
        return {self._language: cell} if cell else {}

    def _required_text(self, row: Row, field: str) -> Texts:
        text = self._text(row.cells.get(field, ""))
        if not text:
            self._note(row, field, "is empty or a placeholder", "Write what it is called.")
        return text

    def _identifier(self, row: Row) -> str:
        """Give the row's identifier, made of its title where the file has no column for it."""
        identifier = row.cells["id"] if "id" in row.cells else slug(row.cells.get("title", ""))
        if not identifier:
            self._note(row, "id", "is empty or a placeholder", "Give each service an identifier that stays.")
        elif identifier in self._rows:
            self._note(row, "id", f"'{identifier}' stands in {self._rows[identifier]} as well", "Give each its own.")
        self._rows.setdefault(identifier, row.where)
        return identifier

    def _known(self, row: Row, field: str, known: Known, kind: str, *, takes_iris: bool = False) -> tuple[str, ...]:
        found = []
        for name in cells.listed(row.cells.get(field, "")):
            if identifier := find(known, name) or (name if takes_iris and "://" in name else ""):
                found.append(identifier)
            else:
                self._note(row, field, f"no {kind} is known as '{name}'", f"Register it first, or use the {kind}'s id.")
        return tuple(dict.fromkeys(found))

    def _institutions(self, row: Row) -> tuple[str, ...]:
        if not row.cells.get("institution"):
            self._note(row, "institution", "is empty or a placeholder", "Name the institution that gives the service.")
        return self._known(row, "institution", self._lookups.institutions, "institution")

    def _requirements(self, cell: str, identifier: str) -> tuple[Requirement, ...]:
        titles = (entry for entry in cells.listed(cell) if not is_placeholder(entry))
        return tuple(
            Requirement(identifier=f"{identifier}-requisito-{number}", title=self._text(title))
            for number, title in enumerate(titles, 1)
        )

    def _costs(self, row: Row, identifier: str) -> tuple[Cost, ...]:
        written, text = row.cells.get("cost_amount", ""), row.cells.get("cost_text", "")
        if not written and not text:
            return ()
        amount = cells.amount_of(written) if written else ""
        if amount is None:
            self._note(row, "cost_amount", f"'{written}' is not an amount", "Write 100.00, with a point and no sign.")
        currency = self._currency(row, is_needed=bool(amount and amount.strip("0.")))
        return (
            Cost(
                identifier=f"{identifier}-costo",
                amount=amount or "",
                currency=currency,
                description=self._text(text),
            ),
        )

    def _currency(self, row: Row, *, is_needed: bool) -> str:
        if row.cells.get("cost_currency"):
            return next(iter(self._known(row, "cost_currency", self._lookups.currencies, "currency")), "")
        if is_needed:
            self._note(row, "cost_currency", "is missing for an amount", "Write its code, such as GTQ.")
        return ""

    def _channels(self, cell: str, identifier: str) -> tuple[Channel, ...]:
        entries = (entry for entry in cells.listed(cell) if not is_placeholder(entry))
        return tuple(
            cells.channel_of(entry, f"{identifier}-canal-{number}", self._lookups.channel_kinds, self._language)
            for number, entry in enumerate(entries, 1)
        )

    def _keywords(self, cell: str) -> dict[str, tuple[str, ...]]:
        words = tuple(word for word in cells.listed(cell) if not is_placeholder(word))
        return {self._language: words} if words else {}

    def _legal_resources(self, cell: str) -> tuple[str, ...]:
        titles = [title for title in cells.listed(cell) if not is_placeholder(title)]
        return tuple(dict.fromkeys(self._norm(title) for title in titles))

    def _norm(self, title: str) -> str:
        if known := find(self._lookups.legal_resources, title):
            return known
        identifier = slug(title)
        self.norms.setdefault(identifier, LegalResource(identifier=identifier, title=self._text(title)))
        return identifier


def slug(text: str) -> str:
    """Give an identifier made of a text's words: `decreto-90-2005`."""
    return fold(text).replace(" ", "-").replace("_", "-")


def write(catalogue: Catalogue, *, language: str = "es") -> bytes:
    """Write a catalogue's services as CSV (UTF-8 with BOM, so that spreadsheets see it), in one language.

    A text that is not there in `language` is given in another. Several costs become one: the first
    that has an amount, and the texts of all.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(SERVICE_FIELDS)
    norms = {norm.identifier: norm for norm in catalogue.legal_resources}
    for service in sorted(catalogue.services, key=lambda one: one.identifier):
        writer.writerow([_guarded(cell) for cell in _row(service, norms, language)])
    return out.getvalue().encode("utf-8-sig")


def _guarded(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_SIGNS) else cell


def _row(service: PublicService, norms: dict[str, LegalResource], language: str) -> Iterable[str]:
    priced = next((cost for cost in service.costs if cost.amount), None)
    return (
        service.identifier,
        _said(service.title, language),
        cells.joined(service.institutions),
        _said(service.description, language),
        cells.joined(_said(one.title, language) for one in service.requirements),
        priced.amount if priced else "",
        priced.currency if priced else "",
        "; ".join(text for cost in service.costs if (text := _said(cost.description, language))),
        service.processing_time or _said(service.processing_time_text, language),
        cells.joined(cells.channel_text(one, _said(one.title, language)) for one in service.channels),
        cells.joined(service.events),
        cells.joined(service.audiences),
        cells.joined(service.keywords.get(language, ())),
        cells.joined(_said(norms[one].title, language) if one in norms else one for one in service.legal_resources),
    )


def _said(texts: Texts, language: str) -> str:
    return texts.get(language) or next((texts[tag] for tag in sorted(texts)), "")
