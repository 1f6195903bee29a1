"""The margin of one quote among several: by the learned chance to win, within the trader's terms.

The best answer to the curve (`strategies.games.sealed.quote`), moved so that the chance to win is
within the trader's target, never below the cost and the least margin, never over the largest one.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

from strategies.games.desk.terms import Win
from strategies.games.sealed.heard import Grid, Learned
from strategies.games.sealed.quote import LEAST_HEARD, Terms, decide
from strategies.games.sealed.win_curve import Floats, WinCurve, fit

FRESH, FRESH_MORE = 1_000, 2
"""While little was heard more is tried out: at the beginning so many times more than is written, at
so many requests half of that. Copies all answer the same first prices at once, and come down from
there the sooner the more news from below they have.
"""


def share_tried(written: Win, heard: int) -> float:
    """Of the quotes, when so many requests were heard."""
    return min(1.0, float(written.try_out) * (1 + FRESH_MORE * FRESH / (FRESH + heard)))


class Margin(NamedTuple):
    """How far from the middle to quote, and why."""

    far: Decimal
    because: tuple[str, ...]


class Winning:
    """Made once of its part of the file. Distances are in the unit of the file."""

    def __init__(self, written: Win, learned: Learned | None) -> None:
        self._written = written
        known = learned is not None and learned.total >= LEAST_HEARD
        self._learned = learned if known else None
        self._curve: WinCurve | None = fit(learned) if learned is not None and known else None

    def quote(
        self, cost: Decimal, margin: Decimal, others: int | None, draw: float = 1.0
    ) -> Margin:
        """For a deal that costs us `cost` from the middle; `margin` is the trader's own. `draw` is
        one number from [0, 1), for what is tried out.
        """
        if self._learned is None or self._curve is None or others is None:
            return self._by_margin(cost, margin, "nothing is learned yet")
        terms = Terms(
            first_margin=margin,
            floor=self._written.least.size,
            margin_max=self._written.most.size if self._written.most is not None else None,
        )
        found = decide(self._learned, self._curve, terms, cost=cost, rivals=others)
        if found.place is None:
            return self._by_margin(cost, margin, "what is learned does not reach so far")
        grid, chances = self._learned.grid, self._curve.chance(others)
        best = grid.price(found.place)
        told = (
            f"one of {others + 1}: best answer {best}, which wins {_percent(chances, found.place)}"
        )
        share = share_tried(self._written, self._learned.total)
        if draw < share:
            return self._tried(found.place, cost, grid, draw / share, told)
        place = self._within_target(found.place, chances, cost, grid)
        if place == found.place:
            return Margin(best, (told, *self._at_floor(best, cost)))
        moved = f"moved to {grid.price(place)}, which wins {_percent(chances, place)}"
        return Margin(grid.price(place), (told, moved, *self._at_floor(grid.price(place), cost)))

    def _by_margin(self, cost: Decimal, margin: Decimal, why: str) -> Margin:
        kept = max(margin, self._written.least.size)
        if self._written.most is not None:
            kept = min(kept, self._written.most.size)
        told = [f"{why}: the trader's margin {kept} over a cost of {cost}"]
        if kept != margin:
            told.append(f"margin {margin} became {kept} by the least and most margin")
        return Margin(cost + kept, tuple(told))

    def _tried(self, best: int, cost: Decimal, grid: Grid, draw: float, told: str) -> Margin:
        """Anywhere between the least margin and the best answer, each place as likely."""
        least = self._least_place(cost, grid)
        place = least + round(draw * (best - least))
        far = grid.price(min(place, best))
        return Margin(far, (told, f"tried out below it: {far}", *self._at_floor(far, cost)))

    def _least_place(self, cost: Decimal, grid: Grid) -> int:
        found = _whole((cost + self._written.least.size - grid.low) / grid.tick, ROUND_CEILING)
        return max(found, 0)

    def _within_target(self, place: int, chances: Floats, cost: Decimal, grid: Grid) -> int:
        """The nearest place whose chance is within the target, as far as the terms go."""
        target = self._written.target
        if target is None:
            return place
        least = self._least_place(cost, grid)
        most = grid.places - 1
        if self._written.most is not None:
            over = (cost + self._written.most.size - grid.low) / grid.tick
            most = min(most, _whole(over, ROUND_FLOOR))
        while place < most and chances[place] > float(target.most):
            place += 1
        while place > least and chances[place] < float(target.least):
            place -= 1
        return place

    def _at_floor(self, far: Decimal, cost: Decimal) -> tuple[str, ...]:
        least = cost + self._written.least.size
        return (f"no closer than {least}: cost {cost} and least margin",) if far <= least else ()


def _whole(places: Decimal, rounding: str) -> int:
    return int(places.to_integral_value(rounding))


def _percent(chances: Floats, place: int) -> str:
    return f"{100 * float(chances[place]):.0f} %"
