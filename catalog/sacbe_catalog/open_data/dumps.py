"""Datasets written into a folder as CSV, JSON, NDJSON and Parquet with a Data Package, in one pass over the records.

CSV after RFC 4180 in UTF-8; Parquet with zstd, a row group per 100,000 rows; the package after Data Package 1.0 with
a Table Schema per resource. A cell that begins as a spreadsheet's formula does is written as it is: the files are
data for programs, and changing a text would be a lie; the guide tells how to open them safely.
Imported only where dumps are written: pyarrow costs 40 MB of memory.
"""

import csv
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import pyarrow
import pyarrow.parquet

from sacbe_catalog.open_data.datasets import DATASETS, KINDS, Dataset, Row
from sacbe_catalog.open_data.package import FORMATS, PACKAGE, Package, Resource, table_schema

ROW_GROUP: Final = 100_000
"""Rows of one row group of a Parquet file."""

Records = Callable[[str], AsyncIterator[Any]]
"""Gives the records of a kind that readers see, in a stable order."""

Told = Callable[[str, int], None]
"""Told which kind is being written, and how many of its records are."""


async def write(folder: Path, records: Records, *, change: int, told: Told) -> Package:
    """Write every dataset in every format, and the package last; what stood in the folder is written over."""
    with ExitStack() as stack:
        files = {dataset.name: _Files(dataset, folder, stack) for dataset in DATASETS}
        for kind in KINDS:
            of_kind = [one for one in files.values() if one.dataset.kind == kind]
            done = 0
            async for record in records(kind):
                for one in of_kind:
                    one.add(one.dataset.rows(record))
                done += 1
                told(kind, done)
        for one in files.values():
            one.end()
    package = Package(
        name="catalogo-nacional-de-servicios",
        title="Catálogo de servicios públicos",
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        change=change,
        resources=tuple(_resource(folder, dataset, form) for dataset in DATASETS for form in FORMATS),
    )
    (folder / PACKAGE).write_bytes(msgspec.json.format(msgspec.json.encode(package), indent=2) + b"\n")
    return package


def _resource(folder: Path, dataset: Dataset, form: str) -> Resource:
    path = folder / f"{dataset.name}.{form}"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Resource(
        name=f"{dataset.name}-{form}",
        path=path.name,
        format=form,
        mediatype=FORMATS[form],
        encoding="utf-8",
        bytes=path.stat().st_size,
        hash=f"sha256:{digest}",
        schema=table_schema(dataset),
    )


class _Files:
    """The four files of a dataset, open; rows are gathered to groups for Parquet."""

    def __init__(self, dataset: Dataset, folder: Path, stack: ExitStack) -> None:
        self.dataset = dataset
        self._names = [column.name for column in dataset.columns]
        self._csv = csv.writer(
            stack.enter_context(io.TextIOWrapper(_opened(folder, dataset, "csv"), "utf-8", newline=""))
        )
        self._csv.writerow(self._names)
        self._json = stack.enter_context(_opened(folder, dataset, "json"))
        self._ndjson = stack.enter_context(_opened(folder, dataset, "ndjson"))
        self._parquet = stack.enter_context(_parquet(folder / f"{dataset.name}.parquet", dataset))
        self._group: list[Row] = []
        self._is_first = True

    def add(self, rows: Iterable[Row]) -> None:
        """Write rows."""
        for row in rows:
            self._csv.writerow(row)
            line = msgspec.json.encode(dict(zip(self._names, row, strict=True)))
            self._ndjson.write(line + b"\n")
            self._json.write((b"[\n" if self._is_first else b",\n") + line)
            self._is_first = False
            self._group.append(row)
        if len(self._group) >= ROW_GROUP:
            self._end_group()

    def end(self) -> None:
        """Write what is still to be written."""
        self._json.write(b"[]\n" if self._is_first else b"\n]\n")
        self._end_group()

    def _end_group(self) -> None:
        columns = [
            [_typed(column.type, row[at]) for row in self._group] for at, column in enumerate(self.dataset.columns)
        ]
        schema = _arrow_schema(self.dataset)
        arrays = [pyarrow.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
        self._parquet.write_table(pyarrow.table(arrays, schema=schema), row_group_size=ROW_GROUP)
        self._group = []


def _opened(folder: Path, dataset: Dataset, form: str) -> BinaryIO:
    return (folder / f"{dataset.name}.{form}").open("wb")


def _parquet(path: Path, dataset: Dataset) -> Any:
    return pyarrow.parquet.ParquetWriter(path, _arrow_schema(dataset), compression="zstd")


def _arrow_schema(dataset: Dataset) -> Any:
    types = {
        "integer": pyarrow.int32(),
        "number": pyarrow.float64(),
        "boolean": pyarrow.bool_(),
        "date": pyarrow.date32(),
    }
    fields = [
        pyarrow.field(one.name, types.get(one.type, pyarrow.string()), nullable=not one.is_required)
        for one in dataset.columns
    ]
    return pyarrow.schema(fields)


def _typed(kind: str, value: Any) -> Any:
    """Give a value as its column has it in Parquet."""
    return date.fromisoformat(value) if kind == "date" and value else value
