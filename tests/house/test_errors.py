"""Every error has a code of its group and a page that explains it."""

from collections.abc import Iterator

import pytest

from sacbe_terms import errors
from tests.house.tree import ROOT

GROUPS = {
    errors.QueryError: "1",
    errors.CatalogueError: "2",
    errors.AccessError: "3",
    errors.AdapterError: "4",
    errors.EvidenceError: "5",
    errors.InstallationError: "9",
}


def leaves(error: type[errors.SacbeError]) -> Iterator[type[errors.SacbeError]]:
    """Give every error class that is raised, not the groups."""
    if "code" in vars(error) and error is not errors.SacbeError:
        yield error
    for below in error.__subclasses__():
        yield from leaves(below)


EVERY_ERROR = sorted(leaves(errors.SacbeError), key=lambda error: error.code)


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.code)
def test_every_error_has_a_page(error: type[errors.SacbeError]) -> None:
    """A code that a person meets can be looked up: what happened, why, what to do."""
    page = (ROOT / "docs" / "errors" / f"{error.code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {error.code}")
    assert [line for line in page.splitlines() if line.startswith("## ")] == ["## What happened", "## What to do"]
    assert "**En breve:** " in page


@pytest.mark.parametrize("error", EVERY_ERROR, ids=lambda error: error.code)
def test_a_code_belongs_to_its_group(error: type[errors.SacbeError]) -> None:
    """The first digit of a code tells where to look."""
    group = next((digit for parent, digit in GROUPS.items() if issubclass(error, parent)), "1")
    assert error.code.startswith(f"SACBE-{group}")


def test_no_code_is_used_twice() -> None:
    """One code names one thing."""
    codes = [error.code for error in EVERY_ERROR]
    assert len(codes) == len(set(codes))


def test_no_page_is_left_over() -> None:
    """A page without its code would explain an error that nobody can meet."""
    pages = {page.stem for page in (ROOT / "docs" / "errors").glob("SACBE-*.md")}
    assert pages == {error.code for error in EVERY_ERROR}
