"""Imports go down only, and each foreign library stays in its room."""

import graphql
import pytest

from tests.house.tree import FLOORS, FOLDERS, ROOT, imported_packages, modules

ROOMS_OF_LIBRARIES = {
    "zeep": {"sacbe_adapters"},
    "strawberry": {"sacbe_graphql"},
    "graphql": {"sacbe_graphql"},
    "jinja2": {"sacbe_graphql", "sacbe_portal"},
    "litestar": {"sacbe_graphql", "sacbe_portal", "sacbe"},
    "uvicorn": {"sacbe"},
    "spyne": {"sacbe"},
    "rdflib": {"sacbe_catalog"},
}


STRANGER = ROOT / "app" / "sacbe" / "benchmarks" / "baseline.py"
"""The benchmarks' naive way: foreign on purpose, and no part of the house."""


@pytest.mark.parametrize("package", FLOORS)
def test_imports_go_down_only(package: str) -> None:
    """A room imports rooms of lower floors only, wherever in a file the import stands."""
    for path in modules(package):
        for other in imported_packages(path) & FLOORS.keys() - {package}:
            assert FLOORS[other] < FLOORS[package], f"{path.relative_to(ROOT)} imports {other}"


@pytest.mark.parametrize("library", ROOMS_OF_LIBRARIES)
def test_a_library_stays_in_its_rooms(library: str) -> None:
    """A library that can be replaced is known to its own rooms only."""
    for package in FLOORS.keys() - ROOMS_OF_LIBRARIES[library]:
        users = {path for path in modules(package) if library in imported_packages(path)}
        assert users - {STRANGER} == set()


def test_zeep_stays_in_the_soap_adapter() -> None:
    """Inside the adapters' room only the SOAP adapter knows zeep."""
    soap = ROOT / "adapters" / "sacbe_adapters" / "soap"
    users = [path for path in modules("sacbe_adapters") if "zeep" in imported_packages(path)]
    assert users
    assert all(path.is_relative_to(soap) for path in users)


def test_spyne_stays_in_the_demonstration() -> None:
    """The demonstration's SOAP stack never enters the node's own process."""
    demonstration = ROOT / "app" / "sacbe" / "demonstration"
    users = [path for path in modules("sacbe") if "spyne" in imported_packages(path)]
    assert users
    assert all(path.is_relative_to(demonstration) for path in users)


def test_our_graphql_folder_hides_nothing() -> None:
    """`import graphql` is graphql-core, whatever folder a program is started in."""
    assert "site-packages" in (graphql.__file__ or "")
    assert not (ROOT / "graphql" / "__init__.py").exists()
    assert not (ROOT / "tests" / "graphql" / "__init__.py").exists()


def test_every_room_says_what_it_answers() -> None:
    """Each room has a README of a few lines that names what it may import."""
    for folder in FOLDERS.values():
        text = (ROOT / folder / "README.md").read_text(encoding="utf-8")
        assert "import" in text.lower(), folder
