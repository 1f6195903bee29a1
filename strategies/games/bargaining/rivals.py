"""Who may sit across the table, by what they have said: a posterior over limit and manner.

Three manners are held against their prices. By time: b(t) = R + (P - R)(1 - t^e), which runs from
their first price P to their limit R, soon (e < 1) or at the end (e > 4). Mirroring: each of their
steps is our last one. Creeping: one tick at each turn. What they would take in the end follows from
the manner; large e are people who wait us out, and they take what is inside their limit, or the
middle, or nothing but their own price.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from strategies.games.bargaining.talk import Talk

Numbers = NDArray[np.float64]

POINTS = 20
"""Of the grid over their limit."""
USUAL_TURNS = 20
"""More prices of a longer talk tell no more: one is much like the one before."""
HOPELESS = 25.0
"""A misfit from which on a manner is not thought of."""


class Manner(NamedTuple):
    """How the other side is thought to be before it speaks; tuned on seeds 1, 2 and 20260."""

    exponents: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 17.0, 90.0)
    shares: tuple[float, ...] = (0.10, 0.08, 0.15, 0.12, 0.15, 0.1, 0.1, 0.2)
    """Of the exponents."""
    noise: float = 2.8
    """Of prices by time; this, `step_noise` and `spare` are in `Talk.unit`."""
    step_noise: float = 0.7
    alpha: float = 1.3
    beta: float = 3.6
    """Their limit, as a share of the way to their first price, is Beta(alpha, beta)."""
    mirrors: float = 0.1
    creeps: float = 0.5
    patient: float = 7.0
    """From this exponent on they wait us out."""
    still: float = 50.0
    """From this one on they have not moved at all."""
    stands: float = 0.32
    """Share of those who wait that take nothing but their own price, if they have not moved."""
    halves: float = 0.45
    """And that take the middle at least."""
    moving_stands: float = 0.25
    moving_halves: float = 0.25
    """The same of those who have moved a little."""
    middle: float = 0.51
    """What the middle is of the way to their first price."""
    spare: float = 4.0
    """What those who wait want to keep."""
    creeper_stands: float = 0.43
    misread: float = 0.85
    """Chance that they take what means as much to them as their own last price, as we read it."""
    blurred: float = 7.0
    """Of packages: by so much, in `Talk.unit`, what they would take may be misread, evenly."""


TUNED = Manner()


class Rival(NamedTuple):
    """The posterior. Weights are not normalised: `total` is their sum."""

    limits: Numbers
    prior: Numbers
    """Of the limits."""
    weights: Numbers
    """Of those who go by time: a row for each exponent, a column for each limit."""
    lasts: Numbers
    """What each of them would say and take in the last turn."""
    mirrors: float
    creeps: float
    total: float
    first: int


def seen(talk: Talk, guess: tuple[float, float] | None, manner: Manner = TUNED) -> Rival:
    """What their prices tell. `guess` is the trader's own, middle and standard deviation of their
    limit in ticks.
    """
    theirs = np.array(talk.theirs[: talk.turns], dtype=float)
    first, top = talk.theirs[0], max(1, min(talk.theirs[: talk.turns]))
    points = min(POINTS, top)
    limits: Numbers = np.arange(points + 1, dtype=np.float64) * (top / points)
    prior = _prior(limits, max(1, first), guess, manner)
    mass = float(np.add.reduce(prior))
    clocks = _clocks(talk.turns, manner)
    weights = clocks.shares * prior * _fits(theirs, limits, clocks, _width(talk, manner))
    mirrors, creeps = _reactions(talk, manner)
    mirrors, creeps = mirrors * mass, creeps * mass
    total = float(np.add.reduce(weights, axis=None)) + mirrors + creeps
    if total <= 0.0:
        mirrors = total = mass
    lasts = limits + (first - limits) * clocks.last
    return Rival(limits, prior, weights, lasts, mirrors, creeps, total, first)


def _width(talk: Talk, manner: Manner) -> float:
    """Of the misfit of prices by time."""
    return 2.0 * (manner.noise * talk.unit) ** 2 * max(1.0, talk.turns / USUAL_TURNS)


def _fits(theirs: Numbers, limits: Numbers, clocks: _Clocks, width: float) -> Numbers:
    """How well prices by time fit theirs, from 0 to 1: a row for each exponent."""
    known, first = len(theirs), float(theirs[0])
    left, left2 = clocks.sums[known]
    both = (clocks.left[:, :known] @ theirs)[:, None]
    squares = float(theirs @ theirs) - 2.0 * first * both + first * first * left2
    cross = float(np.add.reduce(theirs)) - both - first * (left - left2)
    slope = known - 2.0 * left + left2
    misfit = (squares - limits * (2.0 * cross - limits * slope)) / width
    fits = np.exp(-np.maximum(misfit, 0.0))
    fits[misfit >= HOPELESS] = 0.0
    return fits


class _Clocks(NamedTuple):
    """What is left of the way to the limit at each turn, from 1 at the first, by exponent."""

    left: Numbers
    """A row for each exponent."""
    sums: tuple[tuple[Numbers, Numbers], ...]
    """Up to each turn of it and of its squares, as columns."""
    last: Numbers
    """In the last turn, as a column."""
    shares: Numbers
    """Of the exponents, as a column."""


@lru_cache(maxsize=256)
def _clocks(turns: int, manner: Manner) -> _Clocks:
    exponents = np.array(manner.exponents)[:, None]
    gone = (np.arange(1, turns + 1) / (turns + 1)) ** exponents
    left = (1.0 - gone) / np.maximum(1e-9, 1.0 - gone[:, :1])
    zeros = np.zeros((len(exponents), 1))
    sums = np.cumsum(np.hstack((zeros, left)), axis=1)
    squares = np.cumsum(np.hstack((zeros, left * left)), axis=1)
    by_turn = tuple((sums[:, [at]], squares[:, [at]]) for at in range(turns + 1))
    return _Clocks(left, by_turn, left[:, -1:], np.array(manner.shares)[:, None])


def _prior(
    limits: Numbers, first: int, guess: tuple[float, float] | None, manner: Manner
) -> Numbers:
    prior: Numbers
    if guess is not None:
        middle, spread = guess
        prior = 1e-9 + np.exp(-np.minimum(30.0, ((limits - middle) / spread) ** 2 / 2.0))
        return prior
    scale = 1.0 / (first + 1.0)
    near = np.maximum(1e-6, (limits + 0.5) * scale) ** (manner.alpha - 1.0)
    prior = near * np.maximum(1e-6, 1.0 - limits * scale) ** (manner.beta - 1.0)
    return prior


def _reactions(talk: Talk, manner: Manner) -> tuple[float, float]:
    """How well their steps are ours, or single ticks."""
    ours, theirs = talk.ours, talk.theirs
    behind = 0 if _we_began(talk) else 1
    unit = talk.unit
    width = 2.0 * (manner.step_noise * unit) ** 2
    mirrored = crept = 0.0
    for turn in range(1, len(theirs)):
        step = theirs[turn - 1] - theirs[turn]
        heard = turn - behind
        moved = ours[heard] - ours[heard - 1] if 1 <= heard < len(ours) else 0
        mirrored += min(9.0, (step - moved) ** 2 / width)
        waits = step * step / width if moved == 0 else 9.0
        crept += min(9.0, (step - unit) ** 2 / width, waits)
    return (
        manner.mirrors * exp(-min(600.0, mirrored)),
        manner.creeps * exp(-min(600.0, crept)),
    )


def _we_began(talk: Talk) -> bool:
    """Whether the first price was ours."""
    return len(talk.ours) >= len(talk.theirs)


def interval(rival: Rival) -> tuple[float, float]:
    """Between which ticks their limit is in 8 of 10 cases."""
    loose = (rival.mirrors + rival.creeps) / np.add.reduce(rival.prior)
    mass = (np.add.reduce(rival.weights) + loose * rival.prior).cumsum()
    low = mass.searchsorted(0.1 * mass[-1], side="right")
    high = mass.searchsorted(0.9 * mass[-1])
    return float(rival.limits[low]), float(rival.limits[high])


def chances(talk: Talk, rival: Rival, manner: Manner = TUNED) -> Numbers:
    """For each price up to our limit: the chance that they take it if it is our last word."""
    theirs, size = talk.theirs[-1], max(talk.limit, talk.given) + 2
    taken = _taken_from(talk, rival, manner, size).cumsum()
    if talk.named is not None:
        width = min(size, 1 + round(manner.blurred * talk.unit))
        sums = taken.cumsum()
        taken = sums.copy()
        taken[width:] -= sums[:-width]
        taken /= width
    taken = np.minimum(1.0, taken / rival.total)
    sure = max(theirs, talk.taken_surely)
    from_, to = max(0, theirs), max(0, min(sure, size))
    if from_ < to:
        far = (np.arange(from_, to) - theirs) / (sure - theirs)
        read = manner.misread + (1.0 - manner.misread) * far
        taken[from_:to] = np.maximum(taken[from_:to] * read, read)
    taken[to:] = 1.0
    return taken


def _taken_from(talk: Talk, rival: Rival, manner: Manner, size: int) -> Numbers:
    """The weight of those who take a price and not the one before."""
    soon = sum(exponent < manner.patient for exponent in manner.exponents)
    middle, spare = manner.middle * rival.first, manner.spare * talk.unit
    keeps = rival.limits + spare
    moved = np.array([one < manner.still for one in manner.exponents[soon:]])[:, None]
    waiting = rival.weights[soon:]
    stands = np.where(moved, manner.moving_stands, manner.stands)
    halves = np.where(moved, manner.moving_halves, manner.halves)
    half = (talk.theirs[-1] + talk.given) / 2.0
    mirroring = rival.mirrors * rival.prior / rival.prior.sum()
    beyond = np.where(rival.limits > talk.given, rival.prior, 0.0)
    further = float(beyond.sum()) or 1.0
    creeping = rival.creeps * (1.0 - manner.creeper_stands) * beyond / further
    return _steps(
        size,
        (rival.lasts[:soon].ravel(), rival.weights[:soon].ravel()),
        (keeps, (waiting * (1.0 - stands - halves)).sum(axis=0)),
        (np.maximum(keeps, middle), (waiting * halves).sum(axis=0)),
        (np.maximum(rival.limits, half), mirroring),
        (rival.limits, creeping),
    )


def _steps(size: int, *groups: tuple[Numbers, Numbers]) -> Numbers:
    """Weights at the prices from which on they take; what is over the last one is left out."""
    prices = np.concatenate([prices for prices, _ in groups])
    at = np.clip(np.ceil(prices), 0, size).astype(np.int64)
    weights = np.concatenate([weights for _, weights in groups])
    return np.asarray(np.bincount(at, weights, minlength=size + 1)[:size], dtype=np.float64)
