"""The lexicons that ship with the software: general words, which work on any catalogue.

Whoever speaks a language edits its file and nothing else (`docs/guides/edit-the-lexicon.md`).
"""

from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from sacbe_catalog import lexicon
from sacbe_catalog.lexicon import Lexicon, Lexicons

FOLDER: Final[Traversable] = files(__name__)
"""Where the files are, in a source tree and in a wheel alike."""


@cache
def shipped() -> Lexicons:
    """Give all of them, ready to read queries by; raises ImportRefused where a file was edited into none."""
    return Lexicons(each())


def each() -> tuple[Lexicon, ...]:
    """Give every lexicon, by language; raises ImportRefused as `shipped` does."""
    found = sorted((file for file in FOLDER.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return tuple(lexicon.read(file.read_bytes(), file=f"lexicons/{file.name}") for file in found)
