"""A catalogue in a file, in whichever of the formats its name tells."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal, get_args

from sacbe_catalog import cpsv_ap, csv_file, field_mapping, institutions_file
from sacbe_catalog.lookups import Lookups
from sacbe_catalog.records import Catalogue
from sacbe_terms.errors import FormatUnknown, ImportRefused, Problem

Format = Literal["json-ld", "turtle", "csv", "json"]

FORMATS: dict[str, Format] = {
    ".jsonld": "json-ld",
    ".json-ld": "json-ld",
    ".ttl": "turtle",
    ".turtle": "turtle",
    ".csv": "csv",
    ".json": "json",
}
"""Formats by the end of a file's name. `.json` is a list that a mapping explains, else JSON-LD."""

NAMES: dict[str, Format] = {name: name for name in get_args(Format)}
"""What `--format` may say."""


def format_of(path: Path, format: str | None) -> Format:
    """Give the format that was asked for, else the one that the file's name tells; raises FormatUnknown."""
    found = FORMATS.get(path.suffix.lower()) if format is None else NAMES.get(format)
    if found is None:
        raise FormatUnknown(
            what=f"No catalogue is read or written as '{format or path.suffix or path.name}'.",
            where=path.name,
            hint="Name the file .jsonld, .ttl or .csv, or say --format json-ld, turtle or csv.",
        )
    return found


def read_file(
    path: Path, *, base_iri: str, lookups: Lookups, format: str | None = None, mapping: Path | None = None
) -> Catalogue:
    """Read a file of records; names in tables are looked up in `lookups`. Knows no database.

    Raises FormatUnknown, and ImportRefused with every finding; a file that cannot be opened is one.
    """
    kind, data = format_of(path, format), _bytes(path)
    explained = field_mapping.read(_bytes(mapping), file=mapping.name) if mapping else None
    if explained and explained.kind == "institutions":
        return institutions_file.read(data, file=path.name, lookups=lookups, mapping=explained)
    if kind == "csv":
        return csv_file.read(data, file=path.name, lookups=lookups, mapping=explained)
    if explained:
        problem = Problem(where=path.name, reason="a mapping of services explains CSV only", hint="Save it as CSV.")
        raise ImportRefused(path.name, [problem])
    return cpsv_ap.read(data, format=_graph_format(kind), file=path.name, base_iri=base_iri)


def read_in_pieces(
    path: Path, *, base_iri: str, lookups: Lookups, format: str | None = None, mapping: Path | None = None
) -> Iterable[Catalogue]:
    """Read a file as `read_file` does, in pieces of which one is in memory; they can be gone through again.

    Everything in the file is looked at before anything is given. Services in CSV come in pieces; all else is one.
    """
    explained = field_mapping.read(_bytes(mapping), file=mapping.name) if mapping else None
    if format_of(path, format) == "csv" and (explained is None or explained.kind == "services"):
        return csv_file.Pages(_bytes(path), file=path.name, lookups=lookups, mapping=explained)
    return (read_file(path, base_iri=base_iri, lookups=lookups, format=format, mapping=mapping),)


def write_file(catalogue: Catalogue, path: Path, *, base_iri: str, format: str | None = None) -> None:
    """Write a catalogue into a file, whole or not at all; raises FormatUnknown, and OSError from the disk."""
    kind = format_of(path, format)
    graph = _graph_format(kind)
    data = csv_file.write(catalogue) if kind == "csv" else cpsv_ap.write(catalogue, format=graph, base_iri=base_iri)
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _graph_format(kind: Format) -> cpsv_ap.Format:
    return "turtle" if kind == "turtle" else "json-ld"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        problem = Problem(where=path.name, reason=reason, hint="Check the file's name and rights.")
        raise ImportRefused(path.name, [problem]) from error
