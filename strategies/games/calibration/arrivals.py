"""How often clients of each tier ask for each size: Poisson rates with their errors.

Sizes are put on a ladder of 1, 2, 5, 10, ... lots, each request on the nearest rung by ratio. A lot
is as many M as it takes for the largest to be no more than 50 of them, because positions are held
on whole lots.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np

from strategies.games.calibration.request_log import RequestLog

LADDER = (1, 2, 5, 10, 20, 50)
"""Lots."""
LOT_DECADES = range(-6, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """Requests a day to each side: of all that came, half."""

    lot: float
    """M."""
    sizes: tuple[int, ...]
    """Lots; the rungs that came."""
    rates: tuple[tuple[float, ...], ...]
    """By tier and size."""
    errors: tuple[tuple[float, ...], ...]
    """Standard errors of them."""

    def drawn(self, random: np.random.Generator) -> tuple[tuple[float, ...], ...]:
        """Rates that the counts allow as well: of each the gamma law with its mean and error. What
        never came does not come.
        """
        rates, errors = np.asarray(self.rates), np.asarray(self.errors)
        shape = np.divide(rates, errors, out=np.zeros_like(rates), where=errors > 0) ** 2
        scale = np.divide(errors**2, rates, out=np.zeros_like(rates), where=rates > 0)
        return tuple(tuple(row) for row in (random.gamma(shape) * scale).tolist())


def arrivals(log: RequestLog) -> Arrivals:
    """Of a log."""
    lot = lot_for(float(log.size.max()))
    rungs = np.asarray(LADDER, np.float64)
    nearest = np.abs(np.log(log.size[:, None] / lot / rungs)).argmin(axis=1)
    counts = np.zeros((log.tiers, len(LADDER)))
    np.add.at(counts, (log.tier, nearest), 1.0)
    came = np.nonzero(counts.sum(axis=0))[0]
    kept = counts[:, came]
    by = 2 * log.days
    return Arrivals(
        lot=lot,
        sizes=tuple(LADDER[place] for place in came),
        rates=tuple(tuple(row) for row in (kept / by).tolist()),
        errors=tuple(tuple(row) for row in (np.sqrt(kept) / by).tolist()),
    )


def lot_for(largest: float) -> float:
    """The smallest of 1, 2, 5 x 10^n M by which the largest size is 50 lots at most."""
    for decade in LOT_DECADES:
        for digit in (1, 2, 5):
            lot = float(f"{digit}e{decade}")
            if largest <= LADDER[-1] * lot * (1 + 1e-9):
                return lot
    raise ValueError(f"a size of {largest} M (1e{log10(largest):.0f}): are sizes in millions?")
