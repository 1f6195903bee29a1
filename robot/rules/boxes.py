"""Conditions as boxes: for each fact the values that it may have. What shadows what stands on it.

A condition is true in one of its boxes or nowhere: the union of its boxes is a *necessary* and
*sufficient* description where every test is a plain one (a fact beside a literal), and each other
test is kept as it is, to be found again word for word. A fact with values in a box is known there,
which is why one box inside another proves that where the one is true the other is, too: also in the
logic of three truths.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from robot.rules.tree import (
    And,
    AnyExpression,
    Between,
    Compare,
    Comparison,
    FactRef,
    Known,
    Literal,
    Not,
    OneOf,
    Or,
)
from robot.rules.types import TRUTH, VALUE_END

BOXES_MAX = 64
"""Of one condition; one that needs more is not looked into."""

_FLIPPED = {
    Comparison.LESS: Comparison.MORE,
    Comparison.AT_MOST: Comparison.AT_LEAST,
    Comparison.AT_LEAST: Comparison.AT_MOST,
    Comparison.MORE: Comparison.LESS,
    Comparison.EQUAL: Comparison.EQUAL,
    Comparison.UNEQUAL: Comparison.UNEQUAL,
}
_OPPOSITE = {
    Comparison.LESS: Comparison.AT_LEAST,
    Comparison.AT_MOST: Comparison.MORE,
    Comparison.AT_LEAST: Comparison.LESS,
    Comparison.MORE: Comparison.AT_MOST,
    Comparison.EQUAL: Comparison.UNEQUAL,
    Comparison.UNEQUAL: Comparison.EQUAL,
}


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """The values that a fact may have: whole numbers from `low` to `high`, or names."""

    low: int = -VALUE_END
    high: int = VALUE_END
    names: frozenset[str | bool] | None = None
    """None = any."""
    without: frozenset[int | str | bool] = frozenset()
    missing: bool = False
    """It is not known; then nothing else holds."""

    @property
    def is_empty(self) -> bool:
        """Whether no value is left."""
        if self.missing:
            return False
        if self.names is not None:
            return not self.names - self.without
        spread = self.high - self.low + 1
        if spread > len(self.without):
            return spread <= 0
        return all(value in self.without for value in range(self.low, self.high + 1))

    def within(self, other: Allowed) -> bool:
        """Whether every value of this one is a value of the other."""
        if self.missing or other.missing:
            return self.missing and other.missing
        if self.names is not None:
            left = self.names - self.without
            fits = other.names is None or left <= other.names
            return fits and not left & other.without
        if other.names is not None:
            return False
        inside = other.low <= self.low and self.high <= other.high
        return inside and all(self._excludes(value) for value in other.without)

    def _excludes(self, value: int | str | bool) -> bool:
        if value in self.without:
            return True
        return isinstance(value, int) and not self.low <= value <= self.high

    def both(self, other: Allowed) -> Allowed | None:
        """The values of both; None where there is none."""
        if self.missing or other.missing:
            return self if self.missing and other.missing else None
        names = self.names
        if other.names is not None:
            names = other.names if names is None else names & other.names
        found = Allowed(
            low=max(self.low, other.low),
            high=min(self.high, other.high),
            names=names,
            without=self.without | other.without,
        )
        return None if found.is_empty else found


ANY = Allowed()


class Box(msgspec.Struct, frozen=True):
    """All of these hold at once."""

    facts: dict[int, Allowed]
    """By slot."""
    others: tuple[AnyExpression, ...] = ()
    """Tests that are not plain."""

    def within(self, other: Box) -> bool:
        """Whether this one is certainly inside the other."""
        for slot, allowed in other.facts.items():
            mine = self.facts.get(slot)
            if mine is None or not mine.within(allowed):
                return False
        return all(test in self.others for test in other.others)

    def both(self, other: Box) -> Box | None:
        """What is in both; None where nothing can be."""
        facts = dict(self.facts)
        for slot, allowed in other.facts.items():
            joined = facts[slot].both(allowed) if slot in facts else allowed
            if joined is None:
                return None
            facts[slot] = joined
        others = (*self.others, *(test for test in other.others if test not in self.others))
        if any(isinstance(test, Not) and test.part in others for test in others):
            return None
        return Box(facts, others)


class TooManyError(Exception):
    """A condition has more boxes than are looked into."""


def boxes_of(condition: AnyExpression | None) -> list[Box] | None:
    """The boxes in which a condition is true; none = it never is; None = it is not looked into."""
    if condition is None:
        return [Box({})]
    try:
        return _boxes(condition, True)
    except TooManyError:
        return None


def _boxes(node: AnyExpression, wanted: bool) -> list[Box]:
    """Where the condition is true, or false."""
    if isinstance(node, Not):
        return _boxes(node.part, not wanted)
    if isinstance(node, And | Or):
        joined = [_boxes(part, wanted) for part in node.parts]
        return _all(joined) if isinstance(node, And) == wanted else _any(joined)
    if isinstance(node, Between):
        return _between(node, wanted)
    found = list(_plain(node, wanted))
    if found:
        return [Box({slot: allowed}) for slot, allowed in found if not allowed.is_empty]
    if isinstance(node, Literal):
        return [Box({})] if node.value is wanted else []
    return [Box({}, (node if wanted else Not(type=TRUTH, part=node),))]


def _any(joined: list[list[Box]]) -> list[Box]:
    found = [box for boxes in joined for box in boxes]
    if len(found) > BOXES_MAX:
        raise TooManyError
    return found


def _all(joined: list[list[Box]]) -> list[Box]:
    found = [Box({})]
    for boxes in joined:
        pairs = [box.both(more) for box in found for more in boxes]
        found = [box for box in pairs if box is not None]
        if len(found) > BOXES_MAX:
            raise TooManyError
    return found


def _between(node: Between, wanted: bool) -> list[Box]:
    low = Compare(type=TRUTH, comparison=Comparison.AT_LEAST, left=node.value, right=node.low)
    high = Compare(type=TRUTH, comparison=Comparison.AT_MOST, left=node.value, right=node.high)
    return _boxes(And(type=TRUTH, parts=(low, high)), wanted)


def _plain(node: AnyExpression, wanted: bool) -> Iterator[tuple[int, Allowed]]:
    """The values of the one fact that a plain test is about; nothing for other tests."""
    if isinstance(node, FactRef):
        yield node.slot, Allowed(names=frozenset({wanted}))
    elif isinstance(node, Known):
        missing = node.missing == wanted
        yield node.fact.slot, Allowed(missing=True) if missing else ANY
    elif isinstance(node, OneOf) and isinstance(node.value, FactRef):
        yield from _one_of(node, node.value, wanted)
    elif isinstance(node, Compare):
        yield from _compare(node, wanted)


def _one_of(node: OneOf, fact: FactRef, wanted: bool) -> Iterator[tuple[int, Allowed]]:
    values = frozenset(choice.value for choice in node.choices)
    if not wanted:
        yield fact.slot, Allowed(without=values)
    elif fact.type.is_named:
        yield fact.slot, Allowed(names=frozenset(v for v in values if isinstance(v, str)))
    else:
        for value in sorted(v for v in values if isinstance(v, int)):
            yield fact.slot, Allowed(low=value, high=value)


def _compare(node: Compare, wanted: bool) -> Iterator[tuple[int, Allowed]]:
    comparison, left, right = node.comparison, node.left, node.right
    if isinstance(left, Literal):
        comparison, left, right = _FLIPPED[comparison], right, left
    if not (isinstance(left, FactRef) and isinstance(right, Literal)):
        return
    comparison = comparison if wanted else _OPPOSITE[comparison]
    value = right.value
    if isinstance(value, int):
        yield left.slot, _interval(comparison, value)
    elif comparison is Comparison.EQUAL:
        yield left.slot, Allowed(names=frozenset({value}))
    else:
        yield left.slot, Allowed(without=frozenset({value}))


def _interval(comparison: Comparison, value: int) -> Allowed:
    if comparison is Comparison.LESS:
        return Allowed(high=value - 1)
    if comparison is Comparison.AT_MOST:
        return Allowed(high=value)
    if comparison is Comparison.AT_LEAST:
        return Allowed(low=value)
    if comparison is Comparison.MORE:
        return Allowed(low=value + 1)
    if comparison is Comparison.EQUAL:
        return Allowed(low=value, high=value)
    return Allowed(without=frozenset({value}))
