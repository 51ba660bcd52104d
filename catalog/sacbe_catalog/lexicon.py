"""Search, second third: what words may mean. A lexicon is data, per language; reading a query by it is pure.

A query becomes some groups, each of which one of its alternatives may answer: what was written, and what the
lexicon knows it by ("se murió" by "defunción"). Words that only say that one asks ("quiero", "cómo") are left out,
and what one does with any paper ("sacar", "tramitar") counts for less than the paper's name.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Final

import msgspec

from sacbe_catalog import folding
from sacbe_catalog.search import Query
from sacbe_terms.errors import ImportRefused, Problem

GROUPS_MAX: Final = 16
"""Parts of a query that are looked up; what follows them in a long question seldom matters."""

MEANINGS_MAX: Final = 12
"""What one entry may mean: more would be a guess."""

SAYINGS_MAX: Final = 60
"""Ways of saying one thing."""

WORDS_MAX: Final = 6
"""In one saying or meaning."""

ENTRIES_MAX: Final = 5_000
"""In the lexicon of one language."""

GENERIC_WEIGHT: Final = 0.2
"""What a word counts that goes with any paper, where a word that names one counts 1."""

MEANT: Final = 0.95
"""How well a meaning answers for what was written, where the written words themselves do fully."""

ALSO: Final = 0.6
"""The same of what may be meant as well."""

STEM_MIN: Final = 3
"""Letters before an asterisk."""

_ENDING = re.compile(r"(?<=\w{2})([cs])ion$")
"""Spanish writes no other ending than -ción and -sión, and its stemmer knows the word by the accent."""

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ways of saying something, and what is meant by them: each one or some words, in the language's own spelling.

    A word of a saying may end in an asterisk, for any ending. `source` says where a word is known from; it must not
    be empty in a language other than Spanish and English, in which whoever reads it can judge it.
    """

    say: Annotated[tuple[Words, ...], msgspec.Meta(min_length=1, max_length=SAYINGS_MAX)]
    mean: Annotated[tuple[Words, ...], msgspec.Meta(max_length=MEANINGS_MAX)] = ()
    also: Annotated[tuple[Words, ...], msgspec.Meta(max_length=MEANINGS_MAX)] = ()
    source: str = ""


class Lexicon(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of one language's words."""

    language: str
    fillers: tuple[str, ...] = ()
    """Words that say that one asks, and not what for."""
    generic: tuple[str, ...] = ()
    """Words that go with any paper."""
    entries: Annotated[tuple[Entry, ...], msgspec.Meta(max_length=ENTRIES_MAX)] = ()


@dataclass(frozen=True, slots=True)
class Alternative:
    """Words that together answer for a group, and how well they do: 1 for what was written."""

    words: tuple[str, ...]
    closeness: float


@dataclass(frozen=True, slots=True)
class Group:
    """A part of a query: what may answer it, what was written first, and what it counts."""

    alternatives: tuple[Alternative, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a query may mean, and all that was written, folded, to compare titles with."""

    groups: tuple[Group, ...]
    folded: str


@dataclass(frozen=True, slots=True)
class _Saying:
    """A saying with its words folded, and all that is meant by it."""

    words: tuple[str, ...]
    meanings: tuple[Alternative, ...]


def over(below: Lexicon, above: Lexicon) -> Lexicon:
    """Put one lexicon over another of its language: its sayings take the place of the same ones below."""
    taken = {_folded(saying) for entry in above.entries for saying in entry.say}
    left = (
        msgspec.structs.replace(entry, say=tuple(said for said in entry.say if _folded(said) not in taken))
        for entry in below.entries
    )
    return Lexicon(
        language=below.language,
        fillers=tuple(dict.fromkeys((*below.fillers, *above.fillers))),
        generic=tuple(dict.fromkeys((*below.generic, *above.generic))),
        entries=(*above.entries, *(entry for entry in left if entry.say)),
    )


def _folded(saying: str) -> tuple[str, ...]:
    return tuple(folding.fold(word) + "*" * word.endswith("*") for word in saying.split())


class Lexicons:
    """The lexicons of all languages, ready to read queries by."""

    version: Final = 0
    """They never change."""

    def __init__(self, lexicons: Sequence[Lexicon]) -> None:
        self._known = {lexicon.language: _Known(lexicon) for lexicon in lexicons}

    def read(self, query: Query) -> Meaning:
        """Say what a query may mean: by its language's lexicon, then by that of Spanish, which all share."""
        known = [self._known[language] for language in (query.language, "es") if language in self._known]
        folded = [folding.fold(word) for word in query.words]
        groups = list(islice(_groups(query.words, folded, list(dict.fromkeys(known))), GROUPS_MAX))
        telling = dict.fromkeys(word for word in folded if not any(word in one.fillers for one in known))
        return Meaning(tuple(dict.fromkeys(groups)), " ".join(telling) or " ".join(folded))


class _Known:
    """One lexicon, found by the first word of what is said."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.fillers = frozenset(folding.fold(word) for word in lexicon.fillers)
        self.generic = frozenset(folding.fold(word) for word in lexicon.generic)
        self._sayings: dict[str, list[_Saying]] = defaultdict(list)
        for entry in lexicon.entries:
            meanings = _meanings(entry)
            for said in entry.say:
                words = _folded(said)
                self._sayings[words[0][:STEM_MIN]].append(_Saying(words, meanings))

    def longest(self, folded: Sequence[str], start: int) -> tuple[int, tuple[Alternative, ...]]:
        """Give where the longest saying ends that begins at a word, and all that is meant; the start where none is."""
        end, meanings = start, tuple[Alternative, ...]()
        for saying in self._sayings.get(folded[start][:STEM_MIN], ()):
            reached = _reached(saying.words, folded, start, self.fillers)
            if reached > end:
                end, meanings = reached, saying.meanings
            elif reached == end > start:
                meanings += saying.meanings
        return end, meanings


def _meanings(entry: Entry) -> tuple[Alternative, ...]:
    known = [(text, MEANT) for text in entry.mean] + [(text, ALSO) for text in entry.also]
    return tuple(Alternative(folding.words(text), closeness) for text, closeness in known)


def _reached(saying: Sequence[str], folded: Sequence[str], start: int, fillers: frozenset[str]) -> int:
    """Give where a saying ends in a text; the start where it does not stand there. Between its words stand fillers."""
    at = start
    for place, word in enumerate(saying):
        while place and at < len(folded) and not _is(word, folded[at]) and folded[at] in fillers:
            at += 1
        if at == len(folded) or not _is(word, folded[at]):
            return start
        at += 1
    return at


def _is(word: str, written: str) -> bool:
    return written.startswith(word[:-1]) if word.endswith("*") else written == word


def _groups(words: Sequence[str], folded: Sequence[str], known: Sequence[_Known]) -> Iterator[Group]:
    at = 0
    while at < len(words):
        end, meanings = max((one.longest(folded, at) for one in known), key=lambda found: found[0])
        end = max(end, at + 1)
        written = [place for place in range(at, end) if not any(folded[place] in one.fillers for one in known)]
        own = (Alternative(tuple(_spelt(words[place]) for place in written), 1.0),) if written else ()
        if own or meanings:
            is_generic = not meanings and any(folded[at] in one.generic for one in known)
            yield Group(tuple(dict.fromkeys(own + meanings)), GENERIC_WEIGHT if is_generic else 1.0)
        at = end


def _spelt(word: str) -> str:
    return _ENDING.sub(r"\1ión", word)


# Files ------------------------------------------------------------------------------------


def read(content: bytes, *, file: str) -> Lexicon:
    """Read a lexicon's file (JSON); raises ImportRefused with located problems when it is not one."""
    try:
        found = msgspec.json.decode(content, type=Lexicon)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        hint = 'It must read {"language", "fillers", "generic", "entries": [{"say": […], "mean": […], "also": […]}]}.'
        raise ImportRefused(file, [Problem(where=file, reason=str(error), hint=hint)]) from error
    if problems := list(_problems(found)):
        raise ImportRefused(file, problems)
    return found


def _problems(lexicon: Lexicon) -> Iterator[Problem]:
    for at, entry in enumerate(lexicon.entries):
        where = f"entries[{at}] ({entry.say[0]})"
        if not entry.mean and not entry.also:
            yield Problem(where=where, field="mean", reason="says nothing that is meant", hint="Give `mean` or `also`.")
        if lexicon.language not in ("es", "en") and not entry.source:
            yield Problem(
                where=where, field="source", reason="names no source", hint="Say where the word is known from."
            )
        for field, texts in (("say", entry.say), ("mean", entry.mean), ("also", entry.also)):
            yield from (
                Problem(where=where, field=field, reason=reason)
                for text in texts
                if (reason := _fault(text, is_said=field == "say"))
            )


def _fault(text: str, *, is_said: bool) -> str:
    words = text.split()
    if len(words) > WORDS_MAX:
        return f"{text!r} has {len(words)} words; at most {WORDS_MAX}"
    if not all(folding.fold(word) for word in words) or not words:
        return f"{text!r} holds something that is no word"
    if not is_said and "*" in text:
        return f"{text!r} has an asterisk, which only what is said may have"
    if any("*" in word[:-1] or (word.endswith("*") and len(folding.fold(word)) < STEM_MIN) for word in words):
        return f"{text!r} has an asterisk elsewhere than behind at least {STEM_MIN} letters"
    return ""
