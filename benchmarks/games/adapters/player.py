"""Our package negotiator at any table: outcomes of whatever kind, each with a utility.

Nothing here knows another library: a negotiator of one makes a `Player` of the outcomes, of their
utility and of its reserved value, and asks it at each of its turns. What is said or taken is never
worth less than the reserved value, by the utility as it was given.

Turns are those of each side. Where there are more than `TURNS`, or nobody counts them, the time of
the talk is cut into so many; asked again within one of them we say what we said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from math import isfinite, isnan, prod
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from strategies.games.bargaining.package import PackageOffer, negotiate_among
from strategies.games.bargaining.spaces import ALIKE, Choice, Listed, Product, Space
from strategies.games.bargaining.taste import Axis
from strategies.games.bargaining.terms import MoveKind, Style, Terms

Outcome = tuple[Any, ...]
TURNS = 100
"""Of each side that are told apart."""
ALL_MAX, SOME_MAX = 20_000, 4_000
"""So many outcomes are looked at where they are all there are, and where they are drawn."""
STEPS = 100
"""Of utility, between the worst outcome and the best; of a single issue as many as it has."""
STEPS_MAX = 2_000
PLACES_MAX = 201
"""Of numbers on one issue; with more of them, near ones share a place."""
NOTHING: Choice = (-1,)
"""They said nothing, or what is no outcome."""


class Word(NamedTuple):
    """What we do: accept their outcome, or say one; neither = nothing may be said."""

    accept: bool
    outcome: Outcome | None


class Player:
    """One talk."""

    def __init__(
        self,
        outcomes: Iterable[Outcome],
        utility: Callable[[Outcome], float | None],
        reserved: float | None,
        turns: int | None,
        style: Style = Style.FIND,
    ) -> None:
        """`outcomes` are all there are, or as many as were drawn; no reserved value is the worst;
        `turns` of each side, None = nobody counts them.
        """
        self._utility, self._style = utility, style
        self._reserved = -np.inf if reserved is None or isnan(reserved) else float(reserved)
        self._counted = turns is not None and 1 <= turns <= TURNS
        self._turns = turns if turns is not None and self._counted else TURNS
        self._worth: dict[Outcome, float] = {}
        for outcome in outcomes:
            self._learn(outcome)
        self._table: _Table | None = None
        self._offers: list[PackageOffer] = []
        self._said: Outcome | None = None
        self._at = -1
        self._we_began = False

    def answer(self, heard: Outcome | None, turn: int, time: float) -> Word:
        """What to do in our turn `turn` (0 is the first), at the share `time` of the talk; `heard`
        is what they say, None = nothing.
        """
        at = turn if self._counted else int(time * self._turns)
        at = max(self._at, min(self._turns - 1, at))
        if heard is not None and heard not in self._worth and self._learn(heard):
            self._anew()
        good = heard is not None and self._is_good(heard)
        if at == self._at:
            return self._again(heard if good else None, at)
        if not any(map(self._is_good, self._worth)):
            return Word(False, None)
        self._at, self._we_began = at, self._we_began or (self._at < 0 and heard is None)
        left = 2 * (self._turns - at) - (0 if self._we_began else 1)
        table = self._read()
        if heard is not None or self._offers:
            self._note(False, NOTHING if heard is None else table.choices.get(heard, NOTHING))
        said = self._decided(table, left, good=good)
        if good and (said is None or left <= 1):  # theirs is wanted, or nothing follows
            return Word(True, heard)
        self._said = said or self._said or max(self._worth, key=lambda one: self._worth[one])
        self._note(True, table.choices[self._said])
        return Word(False, self._said)

    def _decided(self, table: _Table, left: int, *, good: bool) -> Outcome | None:
        """What we say next; None where theirs is taken, or nothing new is said."""
        offers = tuple(self._offers)
        line = table.line(len(offers) + left, self._style)
        move, choice = negotiate_among(offers, len(offers), table.space, line)
        if move.kind is MoveKind.OFFER and choice is not None:
            wanted = table.outcomes[choice]
            return wanted if self._is_good(wanted) else self._said
        return None if move.kind is MoveKind.ACCEPT and good else self._said

    def _again(self, heard: Outcome | None, at: int) -> Word:
        """Asked again in the same turn: what was said stands, what is as good is taken; at the very
        end, where nobody counts turns, whatever is inside the reserved value.
        """
        at_end = not self._counted and at == self._turns - 1
        if heard is None or self._said is None:
            return Word(False, self._said)
        taken = at_end or self._worth[heard] >= self._worth[self._said]
        return Word(taken, heard if taken else self._said)

    def _learn(self, outcome: Outcome) -> bool:
        """Its utility, if it has one."""
        try:
            found = self._utility(outcome)
            worth = float("nan") if found is None else float(found)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            return False
        if isfinite(worth):
            self._worth[outcome] = worth
        return isfinite(worth)

    def _is_good(self, outcome: Outcome) -> bool:
        worth = self._worth.get(outcome)
        return worth is not None and worth >= self._reserved

    def _note(self, ours: bool, choice: Choice) -> None:
        self._offers.append(PackageOffer(ours, choice, len(self._offers)))

    def _read(self) -> _Table:
        if self._table is None:
            self._table = _Table(self._worth, self._reserved)
        return self._table

    def _anew(self) -> None:
        """With an outcome that was not among those drawn, in whose places all is told again."""
        if self._table is None:
            return
        before, self._table = self._table, None
        table = self._read()
        for number, one in enumerate(self._offers):
            outcome = before.outcomes.get(one.choice)
            choice = NOTHING if outcome is None else table.choices[outcome]
            self._offers[number] = PackageOffer(one.ours, choice, one.at_ns)


class _Table:
    """Outcomes as packages, worth in whole steps over the worst of them."""

    def __init__(self, worth: dict[Outcome, float], reserved: float) -> None:
        low, high = min(worth.values()), max(worth.values())
        issues = [_issue(column) for column in zip(*worth, strict=True)]
        steps = len(set(worth.values())) - 1 if len(issues) == 1 else STEPS
        step = (high - low) / max(1, min(steps, STEPS_MAX)) or 1.0
        told = {outcome: (value - low) / step for outcome, value in worth.items()}
        axes = _axes(issues, told)
        self.space: Space
        found = _product(issues, axes, told)
        if found is not None:
            self.space, self.outcomes = found
        else:
            self.outcomes = {(at,): outcome for at, outcome in enumerate(told)}
            values = np.array([_places(issues, outcome) for outcome in told], dtype=np.int64)
            counted = {(at,): int(one + ALIKE) for at, one in enumerate(told.values())}
            self.space = Listed(counted, values, axes)
        self.choices = {outcome: choice for choice, outcome in self.outcomes.items()}
        limit = -int(-(reserved - low) / step // 1) if isfinite(reserved) else 0
        self._limit = max(0, min(self.space.best, limit))

    def line(self, messages: int, style: Style) -> Terms:
        """The talk about worth."""
        best = Decimal(self.space.best)
        return Terms(
            higher_is_better=True,
            open_at=best,
            aim=best,
            walk_away=Decimal(self._limit),
            tick=Decimal(1),
            style=style,
            messages_max=messages,
        )


class _Issue(NamedTuple):
    """The places of its values."""

    numbers: bool
    place: dict[Any, int]
    count: int


def _issue(column: Iterable[Any]) -> _Issue:
    """Numbers in their order, of many of them near ones together; other values as they come."""
    values = list(dict.fromkeys(column))
    if not all(isinstance(one, Real) and isfinite(one) for one in values):
        return _Issue(False, {one: at for at, one in enumerate(values)}, len(values))
    values.sort()
    count, low, width = len(values), float(values[0]), float(values[-1]) - float(values[0])
    if count <= PLACES_MAX:
        return _Issue(True, {one: at for at, one in enumerate(values)}, count)
    near = {one: round((float(one) - low) / width * (PLACES_MAX - 1)) for one in values}
    return _Issue(True, near, PLACES_MAX)


def _places(issues: list[_Issue], outcome: Outcome) -> Choice:
    return tuple(issue.place[value] for issue, value in zip(issues, outcome, strict=True))


def _axes(issues: list[_Issue], told: dict[Outcome, float]) -> list[Axis]:
    """Of the issue that means most to us they are thought to like what we do not; where it is all
    that is talked about, that is known.
    """
    found = [Axis(issue.count, 0, issue.numbers) for issue in issues]
    means = [_mean_worth(number, issue, told) for number, issue in enumerate(issues)]
    most = max(range(len(issues)), key=lambda number: float(np.ptp(means[number])))
    moves = np.diff(means[most])
    rises, falls = (moves >= -ALIKE).all(), (moves <= ALIKE).all()
    if issues[most].numbers and len(moves) and (rises or falls):
        thought = -1 if rises else 1
        known = thought if len(issues) == 1 else 0
        found[most] = found[most]._replace(likes=known, thought=thought)
    return found


def _mean_worth(number: int, issue: _Issue, told: dict[Outcome, float]) -> NDArray[np.float64]:
    """Of an issue's values that there are, in their order."""
    places = np.array([issue.place[outcome[number]] for outcome in told])
    sums = np.bincount(places, np.array(list(told.values())), minlength=issue.count)
    counts = np.bincount(places, minlength=issue.count)
    mean: NDArray[np.float64] = sums[counts > 0] / counts[counts > 0]
    return mean


def _product(
    issues: list[_Issue], axes: list[Axis], told: dict[Outcome, float]
) -> tuple[Product, dict[Choice, Outcome]] | None:
    """Where every value goes with every other and worth is a sum over the issues."""
    shape = tuple(issue.count for issue in issues)
    if len(told) != prod(shape) or any(len(issue.place) != issue.count for issue in issues):
        return None
    outcomes = {_places(issues, outcome): outcome for outcome in told}
    worth: NDArray[np.float64] = np.empty(shape)
    for choice, outcome in outcomes.items():
        worth[choice] = told[outcome]
    rows = []
    for at in range(len(shape)):
        others = tuple(one for one in range(len(shape)) if one != at)
        rows.append(worth.mean(axis=others) - worth.mean() * (at > 0))
    total = rows[0]
    for row in rows[1:]:
        total = np.add.outer(total, row)
    if np.abs(total - worth).max() > ALIKE:
        return None
    return Product(rows, [(0, count) for count in shape], axes), outcomes
