"""Keys for the tests: one development authority for all of them, made once."""

import tempfile
from functools import cache
from pathlib import Path

from sacbe_signing.authority import DevelopmentAuthority
from sacbe_terms.identifiers import MemberId

MINISTRY = MemberId("GT", "GOV", "1001")
OTHER = MemberId("GT", "GOV", "1002")


@cache
def authority() -> DevelopmentAuthority:
    """Give the authority that the tests believe."""
    return DevelopmentAuthority(_folder("believed"), b"a passphrase for tests")


@cache
def foreign_authority() -> DevelopmentAuthority:
    """Give an authority that nobody believes."""
    return DevelopmentAuthority(_folder("foreign"), b"a passphrase for tests")


_FOLDER = tempfile.TemporaryDirectory(prefix="sacbe-tests-keys-")


def _folder(name: str) -> Path:
    return Path(_FOLDER.name) / name
