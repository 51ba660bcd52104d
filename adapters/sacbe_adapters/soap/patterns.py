"""Patterns of XML Schema, matched in a time that grows with the text and nothing else.

The language is XML Schema part 2, appendix F: no anchors, no look-around, no back-references, so
that each pattern is a regular language. One that has few ways to match goes to Python's `re`;
any other becomes an automaton of positions (Glushkov's) whose steps are kept once they are taken.
A pattern therefore cannot hang the reader, whoever wrote it. See docs/decisions/0080.
"""

import re
from collections.abc import Callable

from sacbe_adapters.soap.pattern_signs import Reader, Signs
from sacbe_adapters.soap.pattern_syntax import Choice, Node, PatternNotCovered, Repeat, Sequence, parsed, unanchored

POSITIONS_MAX = 400
"""Signs of a pattern once its counted repeats are written out; a larger one is not checked."""

WAYS_MAX = 64
"""Ways through a pattern up to which trying them one by one, as `re` does, costs next to nothing."""

STEPS_KEPT_MAX = 10_000
"""Steps of one automaton; a pattern that needs more has outgrown its use and holds for every text."""

Fits = Callable[[str], object]
"""Says by its truth whether a whole text fits."""

__all__ = ["PatternNotCovered", "as_expression", "compiled", "matcher", "unanchored"]


def compiled(pattern: str) -> Fits:
    """Give the test of a pattern; raises PatternNotCovered with the reason."""
    node = parsed(pattern)
    expression = _expression(node)
    return _Automaton(node).fits if expression is None else re.compile(expression).fullmatch


def as_expression(pattern: str) -> str | None:
    """Give a pattern as an expression of `re` that is cheap for every text; None where there is none."""
    return _expression(parsed(pattern))


def matcher(expression: str) -> Fits:
    """Give the test that an expression of `as_expression`'s stands for."""
    return re.compile(expression).fullmatch


def _expression(node: Node) -> str | None:
    return _written(node) if _ways(node) <= WAYS_MAX else None


def _ways(node: Node) -> int:
    """In how many ways a text could be laid along a pattern; WAYS_MAX + 1 stands for more."""
    match node:
        case Signs():
            ways = 1
        case Choice(branches):
            ways = sum(map(_ways, branches))
        case Sequence(parts):
            ways = 1
            for part in parts:
                ways = min(ways * _ways(part), WAYS_MAX + 1)
        case Repeat(part, low, high):
            is_open = high is None or high > POSITIONS_MAX or (high > 1 and _may_be_empty(part))
            ways = WAYS_MAX + 1 if high is None or is_open else _ways_repeated(_ways(part), low, high)
    return min(ways, WAYS_MAX + 1)


def _may_be_empty(node: Node) -> bool:
    match node:
        case Signs():
            return False
        case Choice(branches):
            return any(map(_may_be_empty, branches))
        case Sequence(parts):
            return all(map(_may_be_empty, parts))
        case Repeat(part, low, _):
            return low == 0 or _may_be_empty(part)


def _ways_repeated(ways: int, low: int, high: int) -> int:
    return sum(min(ways**times, WAYS_MAX + 1) for times in range(low, high + 1))


def _written(node: Node) -> str | None:
    """Give the pattern in the language of `re`, None if it holds signs that this language has no name for."""
    match node:
        case Signs():
            return node.expression
        case Choice(branches):
            return _joined("|", branches, "(?:{})")
        case Sequence(parts):
            return _joined("", parts, "{}")
        case Repeat(part, low, high):
            return _joined("", (part,), f"(?:{{}}){{{{{low},{high}}}}}")


def _joined(between: str, nodes: tuple[Node, ...], around: str) -> str | None:
    written = [text for node in nodes if (text := _written(node)) is not None]
    return around.format(between.join(written)) if len(written) == len(nodes) else None


class _State:
    """A set of positions that a text may have come to, and the steps that were taken from there."""

    __slots__ = ("is_end", "positions", "steps")

    def __init__(self, positions: int, *, is_end: bool) -> None:
        self.positions = positions
        self.is_end = is_end
        self.steps: dict[str, _State] = {}


_Part = tuple[bool, int, int]
"""Whether a part may be empty, the positions that it may begin with, and those it may end with."""


class _Automaton:
    """Positions are bits of whole numbers: bit n is the n-th sign of the pattern."""

    def __init__(self, node: Node) -> None:
        self._signs: list[Reader] = []
        self._follow: list[int] = []
        self._built = 0
        may_be_empty, first, self._last = self._part(node)
        self._start = _State(0, is_end=may_be_empty)
        self._first = first
        self._states: dict[int, _State] = {}
        self._kept = 0

    def fits(self, text: str) -> bool:
        """Say whether a whole text fits."""
        state = self._start
        for sign in text:
            state = state.steps.get(sign) or self._step(state, sign)
            if not state.positions:
                return self._kept > STEPS_KEPT_MAX
        return state.is_end or self._kept > STEPS_KEPT_MAX

    def _step(self, state: _State, sign: str) -> _State:
        """Go on from a state; once too much is kept no more is worked out, and every text fits."""
        if self._kept > STEPS_KEPT_MAX:
            return _State(0, is_end=True)
        self._kept += 1
        positions = self._reached(state, sign)
        if positions not in self._states:
            self._states[positions] = _State(positions, is_end=bool(positions & self._last))
        state.steps[sign] = found = self._states[positions]
        return found

    def _reached(self, state: _State, sign: str) -> int:
        candidates = self._first if state is self._start else 0
        for position in _bits(state.positions):
            candidates |= self._follow[position]
        return sum(1 << position for position in _bits(candidates) if self._signs[position](sign))

    def _part(self, node: Node) -> _Part:
        self._built += 1
        if self._built > 4 * POSITIONS_MAX:
            raise PatternNotCovered("it is too large")
        match node:
            case Signs():
                return self._position(node.holds)
            case Choice(branches):
                return self._chosen([self._part(branch) for branch in branches])
            case Sequence(parts):
                return self._followed(parts)
            case Repeat():
                return self._repeated(node)

    def _position(self, holds: Reader) -> _Part:
        if len(self._signs) >= POSITIONS_MAX:
            raise PatternNotCovered("it is too large")
        self._signs.append(holds)
        self._follow.append(0)
        bit = 1 << (len(self._signs) - 1)
        return False, bit, bit

    def _chosen(self, parts: list[_Part]) -> _Part:
        first = last = 0
        for _, begins, ends in parts:
            first, last = first | begins, last | ends
        return any(may_be_empty for may_be_empty, _, _ in parts), first, last

    def _followed(self, nodes: tuple[Node, ...]) -> _Part:
        whole: _Part = (True, 0, 0)
        for node in nodes:
            whole = self._after(whole, self._part(node))
        return whole

    def _after(self, one: _Part, other: _Part) -> _Part:
        self._link(one[2], other[1])
        first = one[1] | other[1] if one[0] else one[1]
        last = other[2] | one[2] if other[0] else other[2]
        return one[0] and other[0], first, last

    def _link(self, ends: int, begins: int) -> None:
        for position in _bits(ends):
            self._follow[position] |= begins

    def _repeated(self, repeat: Repeat) -> _Part:
        whole: _Part = (True, 0, 0)
        for _ in range(repeat.low):
            whole = self._after(whole, self._part(repeat.part))
        if repeat.high is None:
            _, first, last = self._part(repeat.part)
            self._link(last, first)
            return self._after(whole, (True, first, last))
        for _ in range(repeat.high - repeat.low):
            _, first, last = self._part(repeat.part)
            whole = self._after(whole, (True, first, last))
        return whole


def _bits(number: int) -> list[int]:
    """Give the places of the ones."""
    found = []
    while number:
        lowest = number & -number
        found.append(lowest.bit_length() - 1)
        number ^= lowest
    return found
