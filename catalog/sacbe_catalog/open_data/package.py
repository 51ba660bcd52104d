"""The Data Package (1.0) that describes the dumps: a resource per file, each with its Table Schema."""

from pathlib import Path
from typing import Any, Final

import msgspec

from sacbe_catalog.open_data.datasets import BY_NAME, Dataset

CURRENT: Final = "current"
"""The link to the newest set of dumps in the folder that they lie in."""

FORMATS: Final = {
    "csv": "text/csv",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
"""Media types by the end of a file's name."""

PACKAGE: Final = "datapackage.json"
"""The file that describes the others."""


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One written file; `hash` is `sha256:` and the digest in hexadecimal."""

    name: str
    path: str
    format: str
    mediatype: str
    encoding: str
    bytes: int
    hash: str
    schema: dict[str, Any]


class Package(msgspec.Struct, frozen=True, kw_only=True):
    """datapackage.json. `change` is the number of the last change that the files know."""

    name: str
    title: str
    created: str
    change: int
    resources: tuple[Resource, ...]
    profile: str = "data-package"


def read_package(folder: Path) -> Package | None:
    """Give the package of a folder that was written; None where there is none, or one of another release."""
    try:
        return msgspec.json.decode((folder / PACKAGE).read_bytes(), type=Package)
    except (OSError, msgspec.MsgspecError):
        return None


def table_schema(dataset: Dataset) -> dict[str, Any]:
    """Give a dataset's Table Schema."""
    fields = [
        {"name": one.name, "type": one.type, "title": one.title}
        | ({"constraints": {"required": True}} if one.is_required else {})
        for one in dataset.columns
    ]
    keys = [
        {
            "fields": [one.column],
            "reference": {"resource": f"{one.dataset}-csv", "fields": list(BY_NAME[one.dataset].key)},
        }
        for one in dataset.foreign_keys
    ]
    return {"fields": fields, "primaryKey": list(dataset.key), "missingValues": [""]} | (
        {"foreignKeys": keys} if keys else {}
    )
