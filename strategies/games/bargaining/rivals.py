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
from operator import mul
from typing import NamedTuple

from strategies.games.bargaining.talk import Talk

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


TUNED = Manner()


Path = tuple[float, float, float, float]
"""Weight, limit, exponent, and what they would say and take in their last turn."""


class Rival(NamedTuple):
    """The posterior. Weights are not normalised: `total` is their sum."""

    limits: list[float]
    prior: list[float]
    paths: list[Path]
    mirrors: float
    creeps: float
    total: float
    first: int


def seen(talk: Talk, guess: tuple[float, float] | None, manner: Manner = TUNED) -> Rival:
    """What their prices tell. `guess` is the trader's own, middle and standard deviation of their
    limit in ticks.
    """
    theirs = talk.theirs[: talk.turns]
    first, top = theirs[0], max(1, min(theirs))
    points = min(POINTS, top)
    limits = [top * point / points for point in range(points + 1)]
    prior = _prior(limits, max(1, first), guess, manner)
    mass = sum(prior)
    paths: list[Path] = []
    total = 0.0
    width = 2.0 * (manner.noise * talk.unit) ** 2 * max(1.0, talk.turns / USUAL_TURNS)
    known, sum_of, squares_of = len(theirs), float(sum(theirs)), float(sum(p * p for p in theirs))
    clocks = _clocks(talk.turns, manner.exponents)
    for clock, share in zip(clocks, manner.shares, strict=True):
        left, left2 = clock.sums[min(known, talk.turns)]
        both = sum(map(mul, theirs, clock.left))
        squares = squares_of - 2.0 * first * both + first * first * left2
        cross = sum_of - both - first * (left - left2)
        slope = known - 2.0 * left + left2
        fixed, linear, last = squares / width, 2.0 * cross / width, clock.left[-1]
        slope /= width
        for limit, before in zip(limits, prior, strict=True):
            misfit = fixed - limit * (linear - limit * slope)
            if misfit < HOPELESS:
                weight = share * before * exp(-misfit if misfit > 0.0 else 0.0)
                total += weight
                paths.append((weight, limit, clock.exponent, limit + (first - limit) * last))
    mirrors, creeps = _reactions(talk, manner)
    mirrors, creeps = mirrors * mass, creeps * mass
    total += mirrors + creeps
    if total <= 0.0:
        mirrors = total = mass
    return Rival(limits, prior, paths, mirrors, creeps, total, first)


class _Clock(NamedTuple):
    """Of one exponent: what is left of the way to the limit at each turn, from 1 at the first, and
    the sums of it and of its squares up to each.
    """

    exponent: float
    left: tuple[float, ...]
    sums: tuple[tuple[float, float], ...]


@lru_cache(maxsize=256)
def _clocks(turns: int, exponents: tuple[float, ...]) -> tuple[_Clock, ...]:
    clocks = []
    for exponent in exponents:
        gone = [((turn + 1) / (turns + 1)) ** exponent for turn in range(turns)]
        start = max(1e-9, 1.0 - gone[0])
        left = tuple((1.0 - share) / start for share in gone)
        sums = [(0.0, 0.0)]
        for one in left:
            sums.append((sums[-1][0] + one, sums[-1][1] + one * one))
        clocks.append(_Clock(exponent, left, tuple(sums)))
    return tuple(clocks)


def _prior(
    limits: list[float], first: int, guess: tuple[float, float] | None, manner: Manner
) -> list[float]:
    if guess is not None:
        middle, spread = guess
        return [1e-9 + exp(-min(30.0, ((r - middle) / spread) ** 2 / 2.0)) for r in limits]
    low, high = manner.alpha - 1.0, manner.beta - 1.0
    scale = 1.0 / (first + 1.0)
    return [
        max(1e-6, (r + 0.5) * scale) ** low * max(1e-6, 1.0 - r * scale) ** high for r in limits
    ]


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
    mass = dict.fromkeys(rival.limits, 0.0)
    for weight, limit, _, _ in rival.paths:
        mass[limit] += weight
    loose = (rival.mirrors + rival.creeps) / sum(rival.prior)
    for limit, before in zip(rival.limits, rival.prior, strict=True):
        mass[limit] += loose * before
    whole = sum(mass.values())
    low, high, seen_so_far = rival.limits[0], rival.limits[-1], 0.0
    for limit, weight in mass.items():
        before_it, seen_so_far = seen_so_far, seen_so_far + weight / whole
        if before_it <= 0.1 < seen_so_far:
            low = limit
        if before_it < 0.9 <= seen_so_far:
            high = limit
    return low, high


def chances(talk: Talk, rival: Rival, manner: Manner = TUNED) -> list[float]:
    """For each price up to our limit: the chance that they take it if it is our last word."""
    theirs = talk.theirs[-1]
    size = max(talk.limit, talk.given) + 2
    steps = [0.0] * size
    middle, spare = manner.middle * rival.first, manner.spare * talk.unit
    for weight, limit, exponent, last in rival.paths:
        if exponent < manner.patient:
            _from(steps, last, weight)
            continue
        moved = exponent < manner.still
        stands = manner.moving_stands if moved else manner.stands
        halves = manner.moving_halves if moved else manner.halves
        _from(steps, limit + spare, weight * (1.0 - stands - halves))
        _from(steps, max(limit + spare, middle), weight * halves)
    _of_reactions(steps, talk, rival, manner)
    sure = max(theirs, talk.standing if talk.standing is not None else theirs)
    taken, rows = 0.0, []
    for price, step in enumerate(steps):
        taken += step
        chance = min(1.0, taken / rival.total)
        if price >= sure:
            chance = 1.0
        elif price >= theirs:
            read = manner.misread + (1.0 - manner.misread) * (price - theirs) / (sure - theirs)
            chance = max(chance * read, read)
        rows.append(chance)
    return rows


def _of_reactions(steps: list[float], talk: Talk, rival: Rival, manner: Manner) -> None:
    """Who mirrors takes half-way between both, inside the limit; who creeps what is inside it."""
    half = (talk.theirs[-1] + talk.given) / 2.0
    mass = sum(rival.prior)
    beyond = [(r, p) for r, p in zip(rival.limits, rival.prior, strict=True) if r > talk.given]
    further = sum(p for _, p in beyond) or 1.0
    for limit, before in zip(rival.limits, rival.prior, strict=True):
        _from(steps, max(limit, half), rival.mirrors * before / mass)
    for limit, before in beyond:
        _from(steps, limit, rival.creeps * (1.0 - manner.creeper_stands) * before / further)


def _from(steps: list[float], price: float, weight: float) -> None:
    """They take everything from `price` on."""
    at = int(price) if price == int(price) else int(price) + 1
    if at < len(steps):
        steps[max(0, at)] += weight
