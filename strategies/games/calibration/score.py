"""What numbers of a trader's are worth beside the best there is, exactly.

The score of a policy is its mean result less (gamma / 2) sigma^2 position^2, bp M a day (1 bp of
1 M = 100 of the counter currency at parity), from the long-run distribution of the position: no
simulation, so no noise between two sets of numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored, SizeStep, Written, policy_of
from strategies.games.quoting.franchise import Floats, Franchise, Places
from strategies.games.quoting.long_run import Stationary, stationary


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """What a log of requests does not say; units as in `quoting.franchise`, in M."""

    sigma: float
    psi: float
    eta: float
    impact: float
    gamma: float


@dataclass(frozen=True, slots=True)
class Desk:
    """A franchise counted in lots, and how many M a lot is."""

    of: Franchise
    lot: float = 1.0

    def judged(self, written: Written) -> Stationary:
        """What a trader's numbers (in M) come to, a day, in M and bp M."""
        policy = policy_of(self.of, _InLots(written, self.lot))
        return self.in_millions(stationary(self.of, policy))

    def from_lots(self, written: Authored) -> Authored:
        """Back to M."""
        return _scaled(written, self.lot)

    def in_millions(self, found: Stationary) -> Stationary:
        """Figures of lots as of M."""
        lot = self.lot
        return Stationary(
            turnover=found.turnover * lot,
            hedged=found.hedged * lot,
            result=found.result * lot,
            penalty=found.penalty * lot,
            position_sd=found.position_sd * lot,
        )


@dataclass(frozen=True, slots=True)
class _InLots:
    """Numbers in M where sizes and positions are lots of so many M."""

    written: Written
    lot: float

    @property
    def hedge(self) -> Band:
        band = self.written.hedge
        return replace(
            band, comfortable=band.comfortable / self.lot, speed_max=band.speed_max / self.lot
        )

    def distances(self, held: Floats, tier: Places, size: Floats, sign: Places) -> Floats:
        return self.written.distances(held * self.lot, tier, size * self.lot, sign)


@dataclass(frozen=True, slots=True)
class Departure:
    """One number changed, all others as they are."""

    what: str
    value: float
    score: float
    """bp M a day."""


def departures(desk: Desk, written: Authored) -> Iterator[Departure]:
    """What half and twice each number comes to."""
    for factor in (0.5, 2.0):
        for tier, margin in enumerate(written.margins):
            margins = list(written.margins)
            margins[tier] = margin * factor
            changed = replace(written, margins=tuple(margins))
            yield _departure(desk, f"margin of tier {tier}", margins[tier], changed)
        lean = written.lean * factor
        yield _departure(desk, "lean", lean, replace(written, lean=lean))
        band = replace(written.hedge, comfortable=written.hedge.comfortable * factor)
        yield _departure(desk, "band", band.comfortable, replace(written, hedge=band))


def _departure(desk: Desk, what: str, value: float, changed: Authored) -> Departure:
    return Departure(what, value, desk.judged(changed).score)


def _scaled(written: Authored, by: float) -> Authored:
    """Sizes and positions times `by`; what is for each M divided by it."""
    band = written.hedge
    return replace(
        written,
        lean=written.lean / by,
        hedge=Band(
            comfortable=band.comfortable * by,
            urgency=band.urgency,
            speed_max=band.speed_max * by,
            share_max=band.share_max,
        ),
        steps=tuple(SizeStep(step.above * by, step.add) for step in written.steps),
        size_max=written.size_max * by,
    )
