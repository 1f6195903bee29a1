"""The package negotiator against our own implementations of public tactics.

Domain `rate and amount`: 61 ticks x 10 amounts, additive utilities, weights of the rate even on 0.5
to 0.9 and private, limits on 0.2 to 0.55; both like the rate their way, the lender likes size, the
borrower one amount best. `three issues` adds three tenors, liked as each side likes. Every pair
meets in both roles on the same scenes, 20 turns each. The fields are told in `package_opponents`;
published figures are an external library's field of that name in scenes of its own, so they are
beside, not under, these. Tuned on seeds 1, 2 and 20260; 777 is the hold-out.

    .venv/bin/python -m benchmarks.games.package_league [--seed 777] [--scale 1] [--json]
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from math import sqrt
from statistics import fmean, stdev
from typing import NamedTuple

import numpy as np

from benchmarks.games import AT_LEAST, AT_MOST, Figure, decision, main, package_asks
from benchmarks.games.package_opponents import DESK, HARD, LEAVE, TAKE, Numbers, Party, Table
from strategies.games.bargaining.package import (
    Choice,
    Issue,
    PackageOffer,
    PackageTerms,
    negotiate_package,
)
from strategies.games.bargaining.terms import MoveKind

TITLE = "Bargaining league: packages"
SEED = 777
TURNS = 20
RATES, AMOUNTS, TENORS = 61, 10, 3
OURS = "ours"


class Side(NamedTuple):
    """One side's utility: a table for each issue, weights in them, and what it may not go under."""

    tables: tuple[Numbers, ...]
    limit: float

    @property
    def worth(self) -> Numbers:
        """Of all packages; the best one is worth 1."""
        flat: Numbers = reduce(np.add.outer, self.tables).ravel()
        return flat


class Scene(NamedTuple):
    """One need."""

    lender: Side
    borrower: Side
    seed: int


class Score(NamedTuple):
    """One talk, as one side sees it."""

    gain: float
    agreed: bool
    bad: bool
    """A deal past the own limit."""
    zone: bool
    """Whether any package is inside both limits."""
    nash: float
    """Distances, limit and best of each side being 0 and 1; no deal is both limits."""
    pareto: float


def scenes(seed: int, count: int, *, tenors: bool = False) -> list[Scene]:
    """The needs of a league."""
    drawn = np.random.default_rng(seed)
    return [
        Scene(
            _side(drawn, tenors=tenors, lends=True),
            _side(drawn, tenors=tenors, lends=False),
            seed * 1000 + number,
        )
        for number in range(count)
    ]


def _side(drawn: np.random.Generator, *, tenors: bool, lends: bool) -> Side:
    """Its best package is worth 1."""
    rate = float(drawn.uniform(0.5, 0.9))
    rising = np.linspace(0.0, 1.0, RATES)
    liked = int(drawn.integers(0, AMOUNTS))
    sizes = np.arange(AMOUNTS)
    size = sizes / (AMOUNTS - 1) if lends else 1.0 - np.abs(sizes - liked) / (AMOUNTS - 1)
    rest, tables = 1.0 - rate, [rate * (rising if lends else rising[::-1])]
    if tenors:
        share = float(drawn.uniform(0.3, 0.7))
        wants = int(drawn.integers(0, TENORS))
        tenor = 1.0 - np.abs(np.arange(TENORS) - wants) / (TENORS - 1)
        tables += [rest * share * size, rest * (1.0 - share) * tenor / tenor.max()]
    else:
        tables.append(rest * size)
    best = sum(float(table.max()) for table in tables)
    return Side(tuple(table / best for table in tables), float(drawn.uniform(0.2, 0.55)))


def ours(side: Side, took: list[float] | None = None) -> Party:
    """Our negotiator with the least that a trader may say: of the rate both know who likes which
    way, of the rest it has to learn; worth in hundredths.
    """
    tables = side.tables
    issues = tuple(
        Issue(
            name=f"issue {at}",
            worth=tuple(Decimal(str(round(100.0 * worth, 6))) for worth in table.tolist()),
            they_like=0 if at else (-1 if table[-1] > table[0] else 1),
        )
        for at, table in enumerate(tables)
    )
    shape = tuple(len(table) for table in tables)
    terms = PackageTerms(
        issues=issues,
        walk_away=Decimal(str(round(100.0 * side.limit, 6))),
        aim=Decimal(100),
        step=Decimal(1),
        messages_max=2 * TURNS,
    )

    def say(table: Table) -> int:
        offers = _offers(table, shape)
        began = time.perf_counter()
        move = negotiate_package(offers, len(offers), terms)
        if took is not None:
            took.append(time.perf_counter() - began)
        if move.kind is MoveKind.ACCEPT:
            return TAKE
        if move.choice is None:
            return LEAVE
        return int(np.ravel_multi_index(move.choice, shape))

    return say


def _offers(table: Table, shape: tuple[int, ...]) -> tuple[PackageOffer, ...]:
    first = len(table.ours) == len(table.theirs)
    sides = (table.ours, table.theirs) if first else (table.theirs, table.ours)
    offers = []
    for message in range(len(table.ours) + len(table.theirs)):
        at = np.unravel_index(sides[message % 2][message // 2], shape)
        choice: Choice = tuple(int(place) for place in at)
        offers.append(PackageOffer((message % 2 == 0) is first, choice, message))
    return tuple(offers)


def talk(first: Party, second: Party, sides: tuple[Side, Side], seed: int) -> int | None:
    """The package they agree on; None = none. It may be past a limit: the parties' own care is what
    is measured.
    """
    shape = tuple(len(table) for table in sides[0].tables)
    places = np.indices(shape).reshape(len(shape), -1).T / np.maximum(1, np.array(shape) - 1)
    worths = [side.worth for side in sides]
    tables = [
        Table(
            worths[at],
            sides[at].limit,
            places,
            TURNS,
            random.Random(seed * 4 + at),
            worths[1 - at],
        )
        for at in range(2)
    ]
    for message in range(2 * TURNS):
        who = message % 2
        said = (first, second)[who](tables[who])
        if said == LEAVE:
            return None
        if said == TAKE:
            return tables[who].theirs[-1]
        tables[who].ours.append(said)
        tables[1 - who].theirs.append(said)
    return None


Maker = Mapping[str, Party | None]
"""Parties by name; None = ours, which is made for each side."""


def met(
    one: Party | None, other: Party | None, needs: list[Scene], took: list[float] | None = None
) -> list[tuple[Score, Score]]:
    """Both roles on every scene; the score of `one` first. The lender speaks first."""
    scores = []
    for scene in needs:
        sides = (scene.lender, scene.borrower)
        for swapped in (False, True):
            parties = (other, one) if swapped else (one, other)
            made = [
                party if party is not None else ours(side, took)
                for party, side in zip(parties, sides, strict=True)
            ]
            deal = talk(made[0], made[1], sides, scene.seed)
            both = (_score(sides, deal, 0), _score(sides, deal, 1))
            scores.append((both[1], both[0]) if swapped else both)
    return scores


def _score(sides: tuple[Side, Side], deal: int | None, of: int) -> Score:
    worths = [(side.worth - side.limit) / (1.0 - side.limit) for side in sides]
    inside = (worths[0] >= 0.0) & (worths[1] >= 0.0)
    gain = 0.0 if deal is None else float(sides[of].worth[deal]) - sides[of].limit
    nash = pareto = 0.0
    if inside.any():
        zone = np.stack([worth[inside] for worth in worths])
        got = np.array([0.0 if deal is None else float(worth[deal]) for worth in worths])
        fair = zone[:, (zone[0] * zone[1]).argmax()]
        front = zone[:, _undominated(zone)]
        nash = float(np.hypot(*(got - fair)))
        pareto = float(np.hypot(*(front - got[:, None])).min())
    bad = deal is not None and gain < -1e-9
    return Score(gain, deal is not None, bad, bool(inside.any()), nash, pareto)


def _undominated(zone: Numbers) -> list[int]:
    """Packages than which none is better for both."""
    found, most = [], -1.0
    for at in np.lexsort((-zone[1], -zone[0])):
        if zone[1, at] > most:
            found.append(int(at))
            most = float(zone[1, at])
    return found


def measure(seed: int, scale: float) -> list[Figure]:
    """All figures of the league."""
    took: list[float] = []
    three: list[float] = []
    needs = scenes(seed, max(2, round(30 * scale)))
    figures = _field("rate and amount, desk", DESK, needs, took, 0.213)
    figures += _field("rate and amount, hard", HARD, needs, took, None)
    wider = scenes(seed, max(2, round(20 * scale)), tenors=True)
    figures += _field("three issues, desk", DESK, wider, three, None)
    figures += _alone(needs)
    asks = package_asks.times(max(1, round(20 * scale)))
    decisions = {
        "on 610 packages": took,
        "on 1,830 packages": three,
        "of the desk's game, 151 rates and up to four amounts": asks,
    }
    return [*figures, *(decision(times, name) for name, times in decisions.items())]


def _field(
    name: str,
    field: Mapping[str, Party],
    needs: list[Scene],
    took: list[float],
    published: float | None,
) -> list[Figure]:
    """Ours against a field and against itself."""
    everything: list[Score] = []
    rows = []
    for rival, party in ({**field, OURS: None}).items():
        pairs = met(None, party, needs, took)
        scores = [own for own, _ in pairs]
        agreed = _agreed(scores)
        rows.append(
            Figure(
                what=f"{name}: against {rival}",
                measured=round(fmean(score.gain for score in scores), 4),
                note=f"deal in {agreed:.0%} of the zones, the other gains "
                f"{fmean(other.gain for _, other in pairs):.3f}",
            )
        )
        everything += scores
    return [*_whole(name, everything, published), *rows]


def _whole(name: str, scores: list[Score], published: float | None) -> list[Figure]:
    gains = [score.gain for score in scores]
    zones = [score for score in scores if score.zone]
    return [
        Figure(
            what=f"{name}: gain",
            measured=round(fmean(gains), 4),
            error=round(stdev(gains) / sqrt(len(gains)), 4),
            published=published,
            source="sheet 3a, external field" if published is not None else "",
            goal=AT_LEAST if published is not None else "",
            bound=0.207 if published is not None else None,
        ),
        Figure(what=f"{name}: deals where there is a zone", measured=round(_agreed(scores), 3)),
        Figure(
            what=f"{name}: deals past our limit",
            measured=sum(score.bad for score in scores),
            goal=AT_MOST,
            bound=0.0,
        ),
        Figure(
            what=f"{name}: distance from the Pareto front",
            measured=round(fmean(score.pareto for score in zones), 3),
            goal=AT_MOST,
            bound=0.20,
        ),
        Figure(
            what=f"{name}: distance from the Nash point",
            measured=round(fmean(score.nash for score in zones), 3),
        ),
    ]


def _agreed(scores: list[Score]) -> float:
    zones = [score.agreed for score in scores if score.zone]
    return fmean(zones) if zones else 0.0


def _alone(needs: list[Scene]) -> list[Figure]:
    """The best of the others where ours plays with them, and where it does not."""
    gains: dict[str, list[float]] = {name: [] for name in DESK}
    for one, first in DESK.items():
        for other, second in DESK.items():
            for own, his in met(first, second, needs[: max(2, len(needs) // 2)]):
                gains[one].append(own.gain)
                gains[other].append(his.gain)
    return [
        Figure(
            what=f"field alone: {name}",
            measured=round(fmean(values), 4),
            error=round(stdev(values) / sqrt(len(values)), 4),
        )
        for name, values in gains.items()
    ]


main(__name__)
