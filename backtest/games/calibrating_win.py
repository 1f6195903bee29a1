"""One quote among several from own requests: the chance to win within which most is earned, and the
margins beyond which little is, on the fitted curves of all tiers together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from backtest.games.calibrating_guard import STEP, rounded_up
from backtest.games.calibration_numbers import BASE_PER_BP_M, Number
from backtest.games.own_requests import OwnRequests
from strategies.games.calibration.propose import Calibration
from strategies.games.calibration.single import Asked, chance, grid_of, value, window
from strategies.games.desk.terms import Win
from strategies.games.quoting.franchise import Floats

GOOD, POOR = 0.95, 0.5
"""Within the target at least so much is earned of what the best quote earns; and outside of least
and most margin less than so much.
"""


class Winning(NamedTuple):
    """What is proposed for `win`."""

    numbers: tuple[Number, ...]
    target: tuple[float, float]
    least: float
    """bp."""
    most: float


def winning(made: Calibration, of: OwnRequests, win: Win | None, unit: float) -> Winning:
    """Target, least and most margin, with what a bound costs where it moves the best quote. `unit`
    is what a distance of one in the trader's file is, bp.
    """
    asked = _asked(made, of)
    far = grid_of(asked)
    places = _Places(far, value(asked, far) * BASE_PER_BP_M, chance(asked, far))
    near, away = window(places.worth, GOOD)
    low, high = window(places.worth, POOR)
    wins = places.wins
    target = (int(100 * wins[away]) / 100, min(1.0, (int(100 * wins[near]) + 1) / 100))
    least = max(0.0, rounded_up(float(far[low])) - STEP)
    most = rounded_up(float(far[high]))
    told = _told(win, unit)
    numbers = (
        _number("win target, from", "%", 100 * target[0], told[0], places.at_least),
        _number("win target, to", "%", 100 * target[1], told[1], places.at_most),
        _number("least margin", "bp", least, told[2], places.from_),
        _number("most margin", "bp", most, told[3], places.up_to),
    )
    return Winning(numbers, target, least, most)


def _asked(made: Calibration, of: OwnRequests) -> list[Asked]:
    found = []
    for place, curve in enumerate(made.curves):
        own = of.log.tier == place
        amount = float(of.log.size[own].sum()) / of.log.days
        found.append(Asked(curve.tier, float(own.sum()) / of.log.days, amount))
    return found


def _told(win: Win | None, unit: float) -> tuple[float | None, ...]:
    """The trader's, in the same order."""
    if win is None:
        return (None,) * 4
    target, most = win.target, win.most
    return (
        100 * float(target.least) if target is not None else None,
        100 * float(target.most) if target is not None else None,
        float(win.least.size) * unit,
        float(most.size) * unit if most is not None else None,
    )


def _number(
    name: str, unit: str, proposed: float, given: float | None, costs: Callable[[float], float]
) -> Number:
    return Number(
        name=name,
        unit=unit,
        proposed=proposed,
        given=given,
        given_costs=costs(given) if given is not None else None,
        half_costs=costs(proposed / 2),
        twice_costs=costs(proposed * 2),
    )


@dataclass(frozen=True, slots=True)
class _Places:
    """What bounds cost: the best quote, and the nearest one within them; chances in percent."""

    far: Floats
    worth: Floats
    wins: Floats

    def at_least(self, percent: float) -> float:
        """Where no quote may win less often."""
        return self._costs(self.wins >= percent / 100)

    def at_most(self, percent: float) -> float:
        """Where none may win more often."""
        return self._costs(self.wins <= percent / 100)

    def from_(self, far: float) -> float:
        """Where none may be closer."""
        return self._costs(self.far >= far)

    def up_to(self, far: float) -> float:
        """Where none may be further."""
        return self._costs(self.far <= far)

    def _costs(self, allowed: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
        best = float(self.worth.max())
        return best - float(self.worth[allowed].max()) if allowed.any() else best
