"""Hold a position or hedge it: a band within which it is held, a speed beyond.

    written    v = -sign(q) min(u (|q| - b), v_max)        where |q| > b, else 0
    best       v = sign(p) (|p| - psi)+ / (2 eta)          p = theta'(q) + k q

q position, v speed (M a day, positive = we buy), b band (M), u urgency (M a day for each M over the
band), p what one M more is worth (bp), psi half the market's spread (bp), eta what speed costs
(bp x day / M). Both are cut to what makes the position smaller: with lasting impact k the
unconstrained best speed buys when long, to push the price its own way.

Source: Barzykin, Bergault and Guéant, Risk, September 2022 (arXiv:2112.02269); the cut is ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """Hold or hedge as a trader writes it."""

    comfortable: float
    """M: up to here, on either side, nothing is hedged."""
    urgency: float = 400.0
    """M a day for each M over."""
    speed_max: float = float("inf")
    """M a day."""
    share_max: float = 1.0
    """Of what the market deals meanwhile."""

    def __post_init__(self) -> None:
        if self.comfortable < 0 or self.urgency < 0 or self.speed_max < 0:
            raise ValueError(f"{self}: band, urgency and speed cannot be negative")
        if not 0 <= self.share_max <= 1:
            raise ValueError(f"{self}: a share is between 0 and 1")

    def speed(self, position: Floats) -> Floats:
        """Of hedging, M a day, at each position (M)."""
        over = np.maximum(np.abs(position) - self.comfortable, 0.0)
        return np.asarray(-np.sign(position) * np.minimum(over * self.urgency, self.speed_max))

    def amount(self, position: float, days: float, volume: float = float("inf")) -> float:
        """What to deal within so many days while the market deals `volume` (M): 0, or towards the
        band, by no more than leads back to it.
        """
        over = abs(position) - self.comfortable
        if not over > 0 or not days > 0 or not volume > 0:  # also what is no number
            return 0.0
        pace = min(over * self.urgency, self.speed_max)
        amount = min(pace * days, over, self.share_max * volume)
        return -amount if position > 0 else amount


def best_speed(position: Floats, buying: Floats, selling: Floats, psi: float, eta: float) -> Floats:
    """Speed at each position where one M more is worth `buying` and one less costs `selling` (bp,
    impact included); never away from a flat position.
    """
    up = np.maximum(buying - psi, 0.0) / (2 * eta)
    down = np.maximum(-selling - psi, 0.0) / (2 * eta)
    return np.where(position < 0, up, np.where(position > 0, -down, 0.0))


def reduce_only(position: float, amount: float) -> float:
    """Of a deal of `amount` (M, signed) what makes the position smaller and no more."""
    if not amount * position < 0:
        return 0.0
    return amount if abs(amount) <= abs(position) else -position
