"""The source tree as data, for the tests that keep the house."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FLOORS = {
    "sacbe_terms": 0,
    "sacbe_catalog": 1,
    "sacbe_adapters": 1,
    "sacbe_signing": 1,
    "sacbe_xroad_like": 2,
    "sacbe_graphql": 4,
    "sacbe_portal": 4,
    "sacbe": 5,
}
"""Each room's package and its floor; imports go down only."""

FOLDERS = {package: package.removeprefix("sacbe_") if package != "sacbe" else "app" for package in FLOORS}
"""The top-level folder that is the source root of each package."""


def modules(package: str) -> Iterator[Path]:
    """Give every Python file of a room."""
    return (ROOT / FOLDERS[package] / package).rglob("*.py")


@cache
def tree_of(path: Path) -> ast.Module:
    """Parse a file once."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported_packages(path: Path) -> set[str]:
    """Give the top-level names of everything that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found
