"""The types that a column may have, by the names of `information_schema.columns.data_type`.

Whatever could lose digits on its way is cast to text by the database itself, whose printed form is
exact; sessions print dates by ISO 8601 and times in UTC (see `connections.SESSION`).
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sacbe_terms.descriptions import Scalar


def _as_it_is(value: Any) -> Any:
    return value


def _instant(printed: str) -> str:
    """Give `2026-11-23 10:00:00.5+00`, as PostgreSQL prints it in UTC, by RFC 3339."""
    return f"{printed.removesuffix('+00').replace(' ', 'T')}Z"


@dataclass(frozen=True, slots=True)
class ColumnType:
    """A type: what it is in a description, how it is selected, read, and compared with an argument."""

    scalar: Scalar
    read: Callable[[Any], Any] = _as_it_is
    is_cast: bool = True
    """Whether the database prints it; else the driver gives a Python value that loses nothing."""
    is_comparable: bool = True


TYPES = {
    "text": ColumnType(Scalar.STRING, is_cast=False),
    "character varying": ColumnType(Scalar.STRING, is_cast=False),
    "character": ColumnType(Scalar.STRING, is_cast=False),
    "uuid": ColumnType(Scalar.STRING),
    "boolean": ColumnType(Scalar.BOOLEAN, is_cast=False),
    "smallint": ColumnType(Scalar.INT, is_cast=False),
    "integer": ColumnType(Scalar.INT, is_cast=False),
    "bigint": ColumnType(Scalar.LONG),
    "numeric": ColumnType(Scalar.DECIMAL),
    "real": ColumnType(Scalar.FLOAT, float),
    "double precision": ColumnType(Scalar.FLOAT, float),
    "date": ColumnType(Scalar.DATE),
    "timestamp without time zone": ColumnType(Scalar.DATE_TIME, lambda printed: printed.replace(" ", "T")),
    "timestamp with time zone": ColumnType(Scalar.DATE_TIME, _instant),
    "time without time zone": ColumnType(Scalar.TIME),
    "interval": ColumnType(Scalar.DURATION),
    "bytea": ColumnType(
        Scalar.BASE64, lambda found: base64.b64encode(found).decode(), is_cast=False, is_comparable=False
    ),
}
"""Others (`json`, arrays, geometry) are left out of what is offered, and the steward is told."""
