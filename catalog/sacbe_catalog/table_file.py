"""Rows of a CSV or JSON file, each with the place it stands at, so that every finding can name it.

UTF-8 with or without BOM, else windows-1252, which is what spreadsheets save where nobody chose;
comma, semicolon or tab, whichever splits the header into more names that are known.
"""

import csv
import io
from collections.abc import Collection, Iterator
from typing import NamedTuple

import msgspec

from sacbe_terms.errors import ImportRefused, Problem

FILE_BYTES_MAX = 256 * 1024 * 1024
"""A larger file is not taken in."""

ROWS_MAX = 250_000
"""A file may have this many rows."""

PROBLEMS_MAX = 100
"""More findings than these are not listed."""

HEADER_BYTES_MAX = 65_536
"""The separator is told from so much of the file."""

DELIMITERS = ",;\t"

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins with one of these is run by spreadsheets as a formula, so it is written behind an apostrophe."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class Row(NamedTuple):
    """One row: where it stands, and its cells by the header's names, outer spaces removed."""

    where: str
    cells: dict[str, str]


def read_csv(data: bytes, *, file: str, known: Collection[str], takes_unknown: bool) -> list[Row]:
    """Read a CSV file with a header; blank rows are left out, and the header is row 1.

    Raises ImportRefused with every finding about its form: encoding, quotes, a header named twice
    or (unless `takes_unknown`) not known, rows of another width.
    """
    problems: list[Problem] = []
    rows = list(each_row(data, file=file, known=known, takes_unknown=takes_unknown, problems=problems))
    refuse(problems, file)
    return rows


def each_row(
    data: bytes, *, file: str, known: Collection[str], takes_unknown: bool, problems: list[Problem]
) -> Iterator[Row]:
    """Give the rows of a CSV file one by one, noting what is wrong with their form.

    Raises ImportRefused for what is no CSV, for nothing, and for too many rows.
    """
    lines = _lines(data, known, file)
    first = next(lines, None)
    if first is None:
        raise ImportRefused(file, [Problem(where=file, reason="is empty", hint="Write a header and a row.")])
    header = [name.strip() for name in first[1]]
    problems += _header_problems(header, file, known, takes_unknown=takes_unknown)
    for where, cells in lines:
        if len(cells) != len(header):
            reason = f"has {len(cells)} cells, and the header {len(header)}"
            problems.append(Problem(where=where, reason=reason, hint="Quote cells that hold the separator."))
        yield Row(where, dict(zip(header, map(_unguarded, cells), strict=False)))


def refuse(problems: list[Problem], file: str) -> None:
    """Raise ImportRefused with the problems, if there are any."""
    if problems:
        raise ImportRefused(file, problems[:PROBLEMS_MAX])


def encoding_of(data: bytes, file: str) -> str:
    """Say in which of the encodings that spreadsheets save a file is; raises ImportRefused where it is in none."""
    if len(data) > FILE_BYTES_MAX:
        raise ImportRefused(file, [Problem(where=file, reason=f"larger than {FILE_BYTES_MAX} bytes", hint="Split it.")])
    if b"\x00" in data or data.startswith(_UTF_16):
        raise ImportRefused(file, [Problem(where=file, reason="is not text in UTF-8", hint="Save it as CSV UTF-8.")])
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            for _ in io.TextIOWrapper(io.BytesIO(data), encoding, newline=""):
                pass
        except UnicodeDecodeError as error:
            last = error
        else:
            return encoding
    problem = Problem(
        where=f"{file}: byte {last.start}", reason="is neither UTF-8 nor windows-1252", hint="Save it as CSV UTF-8."
    )
    raise ImportRefused(file, [problem]) from last


def _lines(data: bytes, known: Collection[str], file: str) -> Iterator[tuple[str, list[str]]]:
    """Give the rows that hold something, each with its place; a quote left open is located by its line."""
    encoding = encoding_of(data, file)
    head = data[:HEADER_BYTES_MAX].decode(encoding, errors="ignore")
    text = io.TextIOWrapper(io.BytesIO(data), encoding, newline="")
    reader = csv.reader(text, delimiter=_delimiter(head, known), strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            if number > ROWS_MAX:
                raise ImportRefused(file, [Problem(where=file, reason=f"more than {ROWS_MAX} rows", hint="Split it.")])
            if any(cell.strip() for cell in cells):
                yield f"{file}: row {number}", cells
    except csv.Error as error:
        where = f"{file}: line {reader.line_num}"
        problem = Problem(where=where, reason=f"not CSV: {error}", hint='Close every quote; write " inside as "".')
        raise ImportRefused(file, [problem]) from error


def _delimiter(text: str, known: Collection[str]) -> str:
    header = text.lstrip().partition("\n")[0]

    def names(delimiter: str) -> int:
        return sum(name.strip(' "\r') in known for name in header.split(delimiter))

    return max(DELIMITERS, key=lambda delimiter: (names(delimiter), header.count(delimiter)))


def _unguarded(cell: str) -> str:
    """Give a cell without outer spaces, and without the apostrophe that keeps spreadsheets from running it."""
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in FORMULA_SIGNS else text


def _header_problems(header: list[str], file: str, known: Collection[str], *, takes_unknown: bool) -> Iterator[Problem]:
    where = f"{file}: row 1"
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield Problem(where=where, field=name, reason="stands twice in the header", hint="Rename or remove one.")
    for name in header:
        if name not in known and not takes_unknown:
            hint = f"Known are {', '.join(known)}; other headers need a mapping."
            yield Problem(where=where, field=name, reason="is not a known column", hint=hint)


def read_json(data: bytes, *, file: str) -> list[Row]:
    """Read a JSON list of objects; a number or a boolean is taken as it is written, null as empty.

    A list of texts becomes one cell, joined by `|`. Raises ImportRefused with the place of what
    is not such a list.
    """
    if len(data) > FILE_BYTES_MAX:
        raise ImportRefused(file, [Problem(where=file, reason=f"larger than {FILE_BYTES_MAX} bytes", hint="Split it.")])
    try:
        rows = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=list[dict[str, msgspec.Raw]])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        problem = Problem(where=file, reason=f"not a JSON list of objects: {error}", hint="Write [{...}, {...}].")
        raise ImportRefused(file, [problem]) from error
    return [Row(f"{file}: /{number}", _cells(row, f"{file}: /{number}", file)) for number, row in enumerate(rows)]


def _cells(row: dict[str, msgspec.Raw], where: str, file: str) -> dict[str, str]:
    cells = {}
    for name, raw in row.items():
        try:
            cells[name] = _cell(raw)
        except msgspec.MsgspecError as error:
            problem = Problem(
                where=where, field=name, reason="is neither a text nor a list of texts", hint="Flatten it."
            )
            raise ImportRefused(file, [problem]) from error
    return cells


def _cell(raw: msgspec.Raw) -> str:
    written = bytes(raw).decode()
    if written.startswith("["):
        return "|".join(msgspec.json.decode(raw, type=list[str]))
    if written.startswith(('"', "{")):
        return msgspec.json.decode(raw, type=str).strip()
    return "" if written == "null" else written
