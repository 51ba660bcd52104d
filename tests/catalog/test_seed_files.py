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

from sacbe_catalog import folding, records, seed
from sacbe_catalog.records import PublicService
from sacbe_catalog.store import CatalogueStore
from sacbe_terms.errors import ImportRefused

FOLDER = Path(seed.__file__).parent
FILES = sorted(FOLDER.rglob("*.json"))
JUDGEMENTS: list[dict[str, Any]] = msgspec.json.decode(seed.judgements())["queries"]
CHECK_LIST: list[dict[str, Any]] = msgspec.json.decode(seed.check_list())["queries"]
"""Not to be opened while search is tuned: what fails here says how many, and not which."""

SHAPES: dict[str, Any] = {
    "areas": tuple[records.Area, ...],
    "catalogue": records.Catalogue,
    "check": dict[str, list[dict[str, str | dict[str, int]]]],
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


# The judgement lists ------------------------------------------------------------------------

CATEGORIES = {"oficial", "sin-tildes", "mal-escrito", "coloquial", "hecho-de-vida", "siglas", "fuera"}
"""Every way that people type."""

each_list = pytest.mark.parametrize("queries", [JUDGEMENTS, CHECK_LIST], ids=["development", "check"])


@each_list
def test_judgements_judge_services_that_exist(queries: list[dict[str, Any]]) -> None:
    """Every judged identifier is a service, graded 0 to 3, and at least 100 services are judged."""
    judged = {identifier for query in queries for identifier in query["judgments"]}
    assert judged <= {service.identifier for service in seed.load().services}
    assert len(judged) >= 100
    assert {grade for query in queries for grade in query["judgments"].values()} <= {0, 1, 2, 3}


@each_list
def test_judgements_cover_how_people_ask(queries: list[dict[str, Any]]) -> None:
    """At least 150 different queries, each with an id of its own, in every way people type."""
    count = len(queries)
    assert count >= 150
    assert len({query["id"] for query in queries}) == count
    assert len({(query["text"], query["lang"]) for query in queries}) == count
    categories = Counter(query["category"] for query in queries)
    assert categories.keys() >= CATEGORIES
    assert all(categories[category] >= 8 for category in CATEGORIES)


@each_list
def test_judgements_expect_silence_only_outside(queries: list[dict[str, Any]]) -> None:
    """A query about something else has no judgements; every other one has a service that serves it fully."""
    faults = sum(
        (query["category"] == "fuera") is bool(query["judgments"]) or max(query["judgments"].values(), default=3) < 3
        for query in queries
    )
    assert faults == 0


def test_the_lists_share_no_query() -> None:
    """What tuning saw says nothing about what it did not see."""
    developed, checked = ({folding.fold(query["text"]) for query in queries} for queries in (JUDGEMENTS, CHECK_LIST))
    assert len(developed & checked) == 0


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
