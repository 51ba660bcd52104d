"""Which translation a reader gets: the asked language, its fallbacks, Spanish, then whatever there is."""

from collections.abc import Iterable, Mapping

Chain = tuple[str, ...]
"""Languages to look a text up in, in turn."""

LAST_RESORT = "es"
"""The language that every chain ends with."""


def chains(fallbacks: Mapping[str, str]) -> dict[str, Chain]:
    """Give each language's chain: itself, its fallbacks as far as they lead, and Spanish.

    `fallbacks` gives, for every language, the one to fall back to, or an empty text.
    """
    return {tag: _chain(tag, fallbacks) for tag in fallbacks}


def _chain(tag: str, fallbacks: Mapping[str, str]) -> Chain:
    chain: dict[str, None] = {}
    while tag and tag not in chain:
        chain[tag] = None
        tag = fallbacks.get(tag, "")
    return tuple(chain | {LAST_RESORT: None})


def choose(texts: Mapping[str, str], chain: Chain) -> str:
    """Give one text along a chain; else in the alphabetically first language that has it; else empty."""
    for tag in (*chain, *sorted(texts)):
        if texts.get(tag):
            return texts[tag]
    return ""


def choose_words(words: Mapping[str, tuple[str, ...]], chain: Chain) -> tuple[str, ...]:
    """Give the list of words of the first language of a chain that has one; else of any."""
    for tag in (*chain, *sorted(words)):
        if words.get(tag):
            return words[tag]
    return ()


def original_language(languages: Iterable[str]) -> str:
    """Name the language that the others are taken to be translated from: Spanish, else the first of the alphabet."""
    stated = sorted(languages)
    return LAST_RESORT if LAST_RESORT in stated or not stated else stated[0]
