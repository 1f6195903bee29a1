"""The chance to win at each quote, learned from own requests.

As many rivals as were asked quote independently by one law f, the client deals no worse than a
reserve of law r, and the best quote deals if it is within the reserve:

    P(won at q | m rivals) = P(rival worse than q)^m P(reserve worse than q)

Both laws are those of greatest likelihood given what was heard, every outcome with the chance that
it has: done with the cover told (the best of m lies there), done without, covered (exactly one
better), traded away, not traded (the reserve is better than all). Found by expectation and
maximisation on the bins, smoothed between the steps (Silverman, Jones, Wilson and Nychka, JRSS B
52, 1990), with two requests' weight of what is taken for granted before any is heard.

Source of the likelihood: Fermanian, Guéant and Pu, "The behavior of dealers and clients on the
European corporate bond market", 2016 (arXiv:1511.07773), who fit a skew exponential power law and a
normal reserve; bins need no such shape.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from strategies.games.sealed.heard import (
    AWAY,
    COVERED,
    COVERS,
    DONE,
    DONE_AT,
    NOT,
    Learned,
)

Floats = npt.NDArray[np.float64]
ITERATIONS = 60
PRIOR_REQUESTS = 2.0
RIVAL_WIDTH, RESERVE_WIDTH = 2.0, 0.6
"""Bins of the normal law that a bin is smoothed with: clients' reserves are heard of less directly,
and the same width would blur them more.
"""
CLOSE = 25.0
"""Before anything is heard rivals are taken to lie high, by e^CLOSE over the grid: where a request
is lost, just below our quote. A little less is then always worth a try, and margins do not drift up
for want of news from below.
"""
ALWAYS = 0.5
"""Share of the clients who deal with somebody whatever the quotes, before any is heard."""
STRIDE = 1.9
"""Steps of expectation and maximisation taken as one, for reserves; below 2 they still converge."""
TINY = 1e-300
DIGITS = 12
"""To which the curve is rounded: the same on every machine."""


@dataclass(frozen=True, slots=True)
class WinCurve:
    """By place: `rival` and `reserve` are the chances that one rival's quote, and the client's
    reserve, are worse for the client than it; of equal ones half.
    """

    rival: Floats
    reserve: Floats

    def chance(self, rivals: int) -> Floats:
        """To win at each place among so many rivals."""
        return np.asarray(self.rival**rivals * self.reserve)


@dataclass(slots=True)
class _Heard:
    """Counts of requests with so many rivals, by place."""

    rivals: int
    second_told: bool
    covers: Floats
    done: Floats
    done_at: Floats
    covered: Floats
    away: Floats
    none: Floats


def fit(learned: Learned) -> WinCurve:
    """The curve of what was heard; some milliseconds."""
    count = learned.grid.places + 1  # the last bin is all that lies beyond
    groups = list(_groups(learned, count))
    rival = np.exp(np.arange(count) * (CLOSE / count))
    rival /= rival.sum()
    reserve = np.append(np.full(count - 1, (1 - ALWAYS) / (count - 1)), ALWAYS)
    flat, always = PRIOR_REQUESTS * rival, PRIOR_REQUESTS * reserve
    for _ in range(ITERATIONS):
        seen, reserves = flat.copy(), always.copy()
        for group in groups:
            _expect(group, rival, reserve, seen, reserves)
        rival = _smoothed(np.maximum(seen, 0.0), RIVAL_WIDTH)
        reserve = _further(reserve, _smoothed(reserves, RESERVE_WIDTH))
    worse, within = _halfway(_survival(rival)), _halfway(_survival(reserve))
    return WinCurve(rival=np.round(worse[:-1], DIGITS), reserve=np.round(within[:-1], DIGITS))


def _groups(learned: Learned, count: int) -> Iterator[_Heard]:
    keys = sorted({*learned.newer, *learned.older})
    for rivals in sorted({int(key.partition("/")[2]) for key in keys}):
        rows = []
        for name in (COVERS, DONE, DONE_AT, COVERED, AWAY, NOT):
            key, none = f"{name}/{rivals}", (0,) * count
            both = learned.newer.get(key, none), learned.older.get(key, none)
            rows.append(np.array(both, np.float64).sum(axis=0))
        yield _Heard(rivals, learned.second_told, *rows)


def _expect(heard: _Heard, f: Floats, r: Floats, seen: Floats, reserves: Floats) -> None:
    """Adds how many rivals and reserves are expected in each bin, given what was heard."""
    m, above = heard.rivals, _survival(f)
    worse_than, within = _halfway(above), _halfway(_survival(r))
    best = above[:-1] ** m - above[1:] ** m if m else np.zeros_like(f)
    chance = best * within  # the best rival lies there and the client deals with it
    alone = f * within
    lower, one_below = _before(chance), _before(alone)
    single = m * worse_than ** (m - 1) if m else np.zeros_like(f)  # the others are worse than us
    # Two or more better = one or more better, less exactly one.
    away_at = _share(heard.away, lower - (single * one_below if heard.second_told else 0.0))
    alone_at = _share(heard.covered, one_below) - (single * away_at if heard.second_told else 0.0)
    away, covered = chance * _after(away_at), alone * _after(alone_at)
    untold = best * _before(_share(heard.done, worse_than**m))
    refused = r * worse_than**m  # the reserve lies there and every rival is worse
    refusals = refused * _after(_share(heard.none, _before(refused)))
    worse = best * _before(_share(refusals, worse_than**m))
    if m:
        _add_rivals(m, heard.covers + away + untold + worse, f, above, best, seen)
        seen += covered
        seen += (m - 1) * f * _before(_share(alone_at * one_below, worse_than))
    reserves += refusals
    traded = np.maximum(heard.done_at + away + covered, 0.0)  # halves of bins leave some below 0
    reserves += r * _before(_share(traded, within))


def _add_rivals(
    m: int, bests: Floats, f: Floats, above: Floats, best: Floats, seen: Floats
) -> None:
    """Where m rivals lie of whom the best is in a bin so often."""
    there = np.minimum(m, m * f * _share(above[:-1] ** (m - 1), best))
    there = np.where(best > TINY, np.maximum(there, 1.0), 1.0)
    seen += bests * there
    others = _share(bests * (m - there), above[1:])
    seen += f * np.append(0.0, np.cumsum(others))[:-1]


def _survival(law: Floats) -> Floats:
    """Chance to be in this bin or a later one; one more element, 0, at the end."""
    return np.append(np.minimum(np.cumsum(law[::-1])[::-1], 1.0), 0.0)


def _halfway(survival: Floats) -> Floats:
    """Chance to be worse than each place: the later bins and half of its own."""
    return np.asarray((survival[:-1] + survival[1:]) / 2)


def _before(values: Floats) -> Floats:
    """Sum over the earlier places and half of each place's own."""
    return np.asarray(np.cumsum(values) - values / 2)


def _after(values: Floats) -> Floats:
    """Sum over the later places and half of each place's own."""
    return np.asarray(np.cumsum(values[::-1])[::-1] - values / 2)


def _share(part: Floats, whole: Floats) -> Floats:
    """part / whole; 0 where the whole is none."""
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > TINY)


def _smoothed(counts: Floats, width: float) -> Floats:
    """As a law, each bin with a little of its neighbours; what lies beyond the grid is no
    neighbour.
    """
    kernel = _kernel(width)
    padded = np.pad(counts[:-1], len(kernel) // 2, mode="symmetric")
    smooth = np.append(np.convolve(padded, kernel, mode="valid"), counts[-1])
    return np.asarray(smooth / smooth.sum())


def _further(law: Floats, better: Floats) -> Floats:
    """Beyond the step from one law to a better one: reserves are found slowly without."""
    ratio = np.divide(better, law, out=np.ones_like(law), where=law > TINY)
    found = better * ratio ** (STRIDE - 1)
    return np.asarray(found / found.sum())


@lru_cache
def _kernel(width: float) -> Floats:
    reach = int(3 * width)
    kernel = np.exp(-((np.arange(-reach, reach + 1) / width) ** 2) / 2)
    return np.asarray(kernel / kernel.sum())
