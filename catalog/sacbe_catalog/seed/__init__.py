"""The catalogue that a new node starts with: Guatemala's areas, languages, institutions and services.

The data files beside this module are the source; a steward edits them and nothing else
(`docs/guides/edit-the-seed.md`). They decode straight into records, so that the seed goes through
the same checks and tables as any import. Every service in it is illustrative and dated.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, TypeVar

import msgspec

from sacbe_catalog.records import (
    Area,
    Catalogue,
    Concept,
    Event,
    Institution,
    Language,
    LegalResource,
    PublicService,
)
from sacbe_terms.errors import ImportRefused, Problem

T = TypeVar("T")

FOLDER: Final[Traversable] = files(__name__)
"""Where the data files are, in a source tree and in a wheel alike."""


def load() -> Catalogue:
    """Give the whole seed, in a stable order.

    Raises ImportRefused, naming the file and the place in it, when a data file was edited into
    something that is no record.
    """
    return msgspec.structs.replace(
        _read(FOLDER / "catalogue.json", Catalogue),
        services=_services(),
        institutions=_read(FOLDER / "institutions.json", tuple[Institution, ...]),
        events=_read(FOLDER / "events.json", tuple[Event, ...]),
        legal_resources=_read(FOLDER / "legal_resources.json", tuple[LegalResource, ...]),
        concepts=_read(FOLDER / "concepts.json", tuple[Concept, ...]),
        areas=(*_read(FOLDER / "areas.json", tuple[Area, ...]), *_municipalities()),
        languages=_read(FOLDER / "languages.json", tuple[Language, ...]),
    )


def judgements() -> bytes:
    """Give the development list, on which search is tuned, as the JSON that it is."""
    return (FOLDER / "judgements.json").read_bytes()


def check_list() -> bytes:
    """Give the check list, which is not opened while search is tuned, as the JSON that it is."""
    return (FOLDER / "check.json").read_bytes()


def _services() -> tuple[PublicService, ...]:
    """Read `services/`, one file per institution, by file name."""
    per_institution = sorted((FOLDER / "services").iterdir(), key=lambda file: file.name)
    return tuple(service for file in per_institution for service in _read(file, tuple[PublicService, ...]))


def _municipalities() -> tuple[Area, ...]:
    """Read the municipalities, which stand as one line each: department, INE code, name."""
    names = _read(FOLDER / "municipalities.json", dict[str, dict[str, str]])
    aliases = _read(FOLDER / "municipality-aliases.json", dict[str, tuple[str, ...]])
    return tuple(
        Area(identifier=code, level="municipality", title=name, parent=department, aliases=aliases.get(code, ()))
        for department, municipalities in names.items()
        for code, name in municipalities.items()
    )


def _read(file: Traversable, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(file.read_bytes(), type=kind)
    except msgspec.DecodeError as error:
        raise ImportRefused(file.name, (Problem(where=file.name, reason=str(error)),)) from error
