"""What a result that is told stands on, where that is not the market of the moment."""

from __future__ import annotations

from datetime import date

import msgspec


class PnlBasis(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a result was told at where that is not the market of the moment."""

    mid_age_ms: int = 0
    """Age of the spot middle where there was none fit to deal on; 0 = there was."""
    points_age_ms: int = 0
    """Age of the oldest points to a date that forwards are held for, where they are too old to deal
    on or nobody quotes them any more; 0 = none is.
    """
    without_mid: bool = False
    """There never was a middle: told at the rate of the deal, at the end of a day not at all."""
    without_points: tuple[date, ...] = ()
    """Forwards are held for these dates, and points to them were never known: counted at spot."""

    @property
    def told(self) -> str:
        """Why the result is not all that the books are worth; empty = it is."""
        if self.without_mid:
            return "no middle was ever known"
        days = ", ".join(map(str, self.without_points))
        return f"points were never known to {days}" if days else ""

    @property
    def words(self) -> str:
        """All of it, for a person."""
        parts = [
            f"middle {self.mid_age_ms} ms old" if self.mid_age_ms else "",
            f"points {self.points_age_ms} ms old" if self.points_age_ms else "",
            f"incomplete: {self.told}" if self.told else "",
        ]
        return "; ".join(part for part in parts if part)
