"""The syntax of patterns: XML Schema part 2, appendix F.

`^` at the beginning and `$` at the end are taken for the anchors that their authors meant: read
by the letter they are signs of the value, and no value would fit.
"""

import re
from dataclasses import dataclass

from sacbe_adapters.soap.pattern_signs import (
    ANY,
    BLOCKS,
    CLASSES,
    Signs,
    all_but,
    between,
    joined,
    of_category,
    one,
    without,
)

CHARACTERS_MAX = 2000
"""A longer pattern is not checked."""

DEPTH_MAX = 40
"""Parentheses within parentheses."""

_CATEGORIES = re.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|Z[slp]?|S[mcko]?|C[cfon]?")
_CLASSES_WITH_OPPOSITE = frozenset("sdwic")


class PatternNotCovered(Exception):
    """A pattern is not written in the language, or is larger than what is checked."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Any of its branches."""

    branches: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Sequence:
    """Its parts one after another."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part between `low` and `high` times; None is without end."""

    part: "Node"
    low: int
    high: int | None


Node = Signs | Choice | Sequence | Repeat


def parsed(pattern: str) -> Node:
    """Read a pattern; raises PatternNotCovered."""
    if len(pattern) > CHARACTERS_MAX:
        raise PatternNotCovered("it is too long")
    return _Parser(unanchored(pattern)).whole()


def unanchored(pattern: str) -> str:
    """Take off the anchors around a pattern."""
    start = 1 if pattern.startswith("^") else 0
    has_end = pattern.endswith("$") and not pattern.endswith("\\$")
    return pattern[start : -1 if has_end else None]


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        node = self._choice()
        if self._at < len(self._text):
            raise self._refused()
        return node

    def _refused(self) -> PatternNotCovered:
        return PatternNotCovered(f"it is not understood at its character {self._at + 1}")

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        sign = self._peek()
        if not sign:
            raise self._refused()
        self._at += 1
        return sign

    def _expect(self, wanted: str) -> None:
        if self._peek() != wanted:
            raise self._refused()
        self._at += 1

    def _choice(self) -> Node:
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._peek() not in ("", "|", ")"):
            parts.append(self._quantified(self._atom()))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _quantified(self, atom: Node) -> Node:
        sign = self._peek()
        if sign in ("?", "*", "+"):
            self._at += 1
            return Repeat(atom, 1 if sign == "+" else 0, 1 if sign == "?" else None)
        if sign != "{":
            return atom
        self._at += 1
        low, comma, high = self._until("}").partition(",")
        if not low.isdecimal() or (high and not (high.isdecimal() and int(low) <= int(high))):
            raise self._refused()
        return Repeat(atom, int(low), int(high) if high else None if comma else int(low))

    def _until(self, end: str) -> str:
        stop = self._text.find(end, self._at)
        if stop < 0 or stop - self._at > 30:
            raise self._refused()
        text, self._at = self._text[self._at : stop], stop + 1
        return text

    def _atom(self) -> Node:
        sign = self._take()
        if sign == "(":
            return self._group()
        if sign == "[":
            return self._class()
        if sign == "\\":
            return self._escape()
        if sign == ".":
            return ANY
        if sign in "?*+{}])":
            self._at -= 1
            raise self._refused()
        return one(sign)

    def _group(self) -> Node:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise PatternNotCovered("it is too deep")
        if self._text.startswith("?:", self._at):
            self._at += 2
        node = self._choice()
        self._expect(")")
        self._depth -= 1
        return node

    def _escape(self) -> Signs:
        sign = self._take()
        if sign in "pP":
            self._expect("{")
            found = self._property(self._until("}"))
            return all_but(found) if sign == "P" else found
        if sign in CLASSES:
            return CLASSES[sign]
        if sign.lower() in _CLASSES_WITH_OPPOSITE:
            return all_but(CLASSES[sign.lower()])
        if sign.isalnum():
            raise self._refused()
        return one(sign)

    def _property(self, name: str) -> Signs:
        if _CATEGORIES.fullmatch(name):
            return of_category(name)
        block = BLOCKS.get(name.removeprefix("Is")) if name.startswith("Is") else None
        if block is None:
            raise PatternNotCovered(f"it names the signs '{name}', which are not known here")
        return block

    def _class(self) -> Signs:
        """Read `[...]` after its bracket, with what is taken away from it by `-[...]`."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise PatternNotCovered("it is too deep")
        is_negative = self._peek() == "^"
        self._at += is_negative
        parts: list[Signs] = []
        fewer: Signs | None = None
        while not parts or self._peek() != "]":
            if self._text.startswith("-[", self._at) and parts:
                self._at += 2
                fewer = self._class()
                break
            parts.append(self._member())
        self._expect("]")
        self._depth -= 1
        signs = joined(parts)
        signs = all_but(signs) if is_negative else signs
        return signs if fewer is None else without(signs, fewer)

    def _member(self) -> Signs:
        first = self._take()
        if first == "[":
            raise self._refused()
        if first == "\\":
            first = self._peek()
            signs = self._escape()
            is_single = not first.isalnum()
        else:
            signs, is_single = one(first), True
        follows = self._text[self._at : self._at + 2]
        if not is_single or len(follows) < 2 or follows[0] != "-" or follows[1] in "][":
            return signs
        self._at += 1
        return self._range(first)

    def _range(self, first: str) -> Signs:
        last = self._take()
        if last == "\\":
            last = self._take()
            last = {"n": "\n", "r": "\r", "t": "\t"}.get(last, last)
        if last < first:
            raise self._refused()
        return between(first, last)
