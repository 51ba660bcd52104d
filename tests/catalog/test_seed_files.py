"""The seed's files: one canonical form, a fair judgement list, and a loader that works from a wheel."""

import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from sacbe_catalog import records, seed
from sacbe_catalog.records import PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import ImportRefused

FOLDER = Path(seed.__file__).parent
FILES = sorted(FOLDER.rglob("*.json"))
JUDGEMENTS: list[dict[str, Any]] = msgspec.json.decode(seed.judgements())["queries"]

SHAPES: dict[str, Any] = {
    "areas": tuple[records.Area, ...],
    "catalogue": records.Catalogue,
    "concepts": tuple[records.Concept, ...],
    "events": tuple[records.Event, ...],
    "institutions": tuple[records.Institution, ...],
    "judgements": dict[str, list[dict[str, str | dict[str, int]]]],
    "languages": tuple[records.Language, ...],
    "legal_resources": tuple[records.LegalResource, ...],
    "municipalities": dict[str, dict[str, str]],
    "municipality-aliases": dict[str, tuple[str, ...]],
}
"""What each file decodes to; a file of `services/` holds services."""

each_file = pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(FOLDER)))


# The judgement list -------------------------------------------------------------------------


def test_judgements_judge_services_that_exist() -> None:
    """Every judged identifier is a service, graded 0 to 3, and more than 50 services are judged."""
    judged = {identifier for query in JUDGEMENTS for identifier in query["judgments"]}
    assert judged <= {service.identifier for service in seed.load().services}
    assert len(judged) > 50
    assert {grade for query in JUDGEMENTS for grade in query["judgments"].values()} <= {0, 1, 2, 3}


def test_judgements_cover_how_people_ask() -> None:
    """At least 80 different queries, each with an id of its own, in every way people type."""
    assert len({query["id"] for query in JUDGEMENTS}) == len(JUDGEMENTS) >= 80
    assert len({(query["text"], query["lang"]) for query in JUDGEMENTS}) == len(JUDGEMENTS)
    categories = Counter(query["category"] for query in JUDGEMENTS)
    expected = {"oficial", "sin-tildes", "mal-escrito", "coloquial", "hecho-de-vida", "siglas", "fuera"}
    assert expected <= categories.keys()
    assert all(categories[category] >= 8 for category in expected)


def test_judgements_expect_silence_only_outside() -> None:
    """A query about something else has no judgements; every other one has a service that serves it fully."""
    for query in JUDGEMENTS:
        assert (query["category"] == "fuera") == (not query["judgments"])
        assert query["category"] == "fuera" or max(query["judgments"].values()) == 3


# The files ----------------------------------------------------------------------------------


@each_file
def test_files_are_in_canonical_form(file: Path) -> None:
    """A file holds just what its records hold, in their order, indented by two; a misspelt field would not survive."""
    shape = tuple[PublicService, ...] if file.parent.name == "services" else SHAPES[file.stem]
    value = msgspec.json.decode(file.read_bytes(), type=shape)
    assert msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n" == file.read_bytes()


@each_file
def test_files_hold_no_empty_values(file: Path) -> None:
    """What a record does not say is absent; only a query that expects silence has empty judgements."""
    empty = [path for path in empty_values(msgspec.json.decode(file.read_bytes())) if path != "judgments"]
    assert empty == []


@each_file
def test_services_stand_in_their_institutions_file(file: Path) -> None:
    """A file of services is named by the competent authority of each service in it."""
    if file.parent.name == "services":
        for service in msgspec.json.decode(file.read_bytes(), type=tuple[PublicService, ...]):
            assert service.institutions[0] == file.stem


def empty_values(value: Any, name: str = "") -> Iterator[str]:
    if value in ("", [], {}, None):
        yield name
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from empty_values(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from empty_values(inner, name)


def test_a_spoilt_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A seed that was edited into nonsense is refused with the file and the place in it."""
    (tmp_path / "catalogue.json").write_text("{}")
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "renap.json").write_text('[{"identifier": "dpi"}]')
    monkeypatch.setattr(seed, "FOLDER", tmp_path)
    with pytest.raises(ImportRefused, match=r"renap\.json") as refused:
        seed.load()
    assert "title" in str(refused.value.problems[0])


def test_loads_from_a_zipped_package(tmp_path: Path) -> None:
    """The data files travel with the package, so the seed loads from a wheel as from the source tree."""
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for root in (FOLDER.parent, Path(records.__file__).parents[2] / "terms" / "sacbe_terms"):
            for file in sorted({*root.rglob("*.py"), *root.glob("seed/**/*.*")}):
                packed.write(file, file.relative_to(root.parent))
    program = "from sacbe_catalog import seed; print(seed.__file__, len(seed.load().services))"
    ran = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(archive)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    place, count = ran.stdout.split()
    assert place.startswith(str(archive))
    assert int(count) == len(seed.load().services)


async def test_passes_the_catalogues_own_door(engine: AsyncEngine) -> None:
    """The seed is stored by the same checks as any import, and every service reads back as it was."""
    catalogue = seed.load()
    store = CatalogueStore(engine, "https://sacbe.example/id/")
    stored = await store.put(catalogue, source="seed")
    assert len(stored.added) == len(catalogue.services)
    back = await store.everything()
    assert {one.identifier: one for one in back.services} == {one.identifier: one for one in catalogue.services}
    assert set(back.areas) == set(catalogue.areas)
