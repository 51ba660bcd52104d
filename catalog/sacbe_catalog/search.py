"""Search, first third: what a person wrote. Pure: text in, a value out.

`lexicon.py` says what the words may mean, `ranking.py` finds and ranks what answers them.
"""

from dataclasses import dataclass
from typing import Final

from sacbe_catalog import folding
from sacbe_terms.errors import LimitExceeded

QUERY_CHARACTERS_MAX: Final = 300
"""Of a query: a long spoken question has about a hundred."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a person wrote: its words in lower case, accents kept, and the language that she asked in."""

    words: tuple[str, ...]
    language: str

    @property
    def is_empty(self) -> bool:
        """Say whether nothing is left that could be looked for."""
        return not self.words


def understand(text: str, language: str) -> Query:
    """Take a text's words; any text will do.

    Raises LimitExceeded when the text is longer than a query may be.
    """
    if len(text) > QUERY_CHARACTERS_MAX:
        raise LimitExceeded("query, in characters,", value=len(text), allowed=QUERY_CHARACTERS_MAX)
    return Query(tuple(word for word in folding.words(text) if folding.fold(word)), language)
