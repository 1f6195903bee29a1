"""An own log of requests as columns: what a calibration looks at and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLog:
    """One element for each request, of all columns the same number."""

    tier: Places
    """0, 1, ... of `tiers`."""
    size: Floats
    """M of base currency, above 0."""
    distance: Floats
    """Of our price from the middle in our favour, bp; nan = we gave none."""
    dealt: npt.NDArray[np.bool_]
    at: Floats
    """Days, from any beginning."""
    tiers: int
    days: float
    """Of trading that the log covers: what rates are by."""

    def __post_init__(self) -> None:
        columns = (self.tier, self.size, self.distance, self.dealt, self.at)
        if len({len(column) for column in columns}) != 1:
            raise ValueError(f"columns of {[len(column) for column in columns]} requests")
        if not self.days > 0 or not len(self.tier):
            raise ValueError(f"{len(self.tier)} requests in {self.days} days: nothing to fit")
        if not ((self.tier >= 0) & (self.tier < self.tiers)).all():
            raise ValueError(f"tiers outside 0 to {self.tiers - 1}")
        if not (np.isfinite(self.size) & (self.size > 0)).all():
            raise ValueError("sizes that are not above 0")
        if (self.dealt & ~np.isfinite(self.distance)).any():
            raise ValueError("deals without the distance of the price they were made at")
