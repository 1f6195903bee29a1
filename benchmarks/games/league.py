"""The rate negotiator against our own implementations of public tactics.

Domain `rate`: 61 ticks of 0.5 bp, the lender's limit even on 5 .. 35, the borrower's on 25 .. 55;
every pair meets in both roles on the same scenes, 20 turns each (40 messages) or 100. The field
`desk` is what the external library's field of that name does, told in our own words (`opponents`);
published figures are that library's, so they are beside, not under, these. Tuned on seeds 1, 2 and
20260; 777 is the hold-out.

    .venv/bin/python -m benchmarks.games.league [--seed 777] [--scale 1] [--json]
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from math import hypot, sqrt
from statistics import fmean, stdev
from typing import NamedTuple

import numpy as np

from benchmarks.games import AT_LEAST, AT_MOST, Figure, decision, main
from benchmarks.games.duel import Scene, talk
from benchmarks.games.opponents import DESK, HARD, LEAVE, TAKE, Party, Table
from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.terms import Dialogue, MoveKind, Offer, Style, Terms

TITLE = "Bargaining league"
SEED = 777
SPAN, TICK_BP = 60, 0.5
OURS = "ours"
SOURCE = "sheet 3a, external field"


class Score(NamedTuple):
    """One talk, as one side sees it."""

    gain: float
    """Bp better than the own limit."""
    surplus: float
    """Of both, bp; below 0 there is no zone."""
    agreed: bool
    bad: bool
    """A deal past the own limit."""
    nash: float
    """Distance from the middle of the zone, limit and best of each side being 0 and 1; no deal
    where there is a zone is both limits.
    """
    pareto: float


def scenes(seed: int, count: int) -> list[Scene]:
    """The needs of a league."""
    drawn = np.random.default_rng(seed)
    return [
        Scene(int(drawn.integers(5, 36)), int(drawn.integers(25, 56)), SPAN, seed * 1000 + number)
        for number in range(count)
    ]


def ours(style: Style = Style.FIND, took: list[float] | None = None) -> Party:
    """Our negotiator with the least that a trader may say: open and aim at the best price."""

    def say(table: Table) -> int:
        terms = Terms(
            higher_is_better=False,
            open_at=Decimal(0),
            aim=Decimal(0),
            walk_away=Decimal(table.limit),
            tick=Decimal(1),
            style=style,
            messages_max=2 * table.turns,
        )
        dialogue = _dialogue(table)
        began = time.perf_counter()
        move = negotiate(dialogue, terms)
        if took is not None:
            took.append(time.perf_counter() - began)
        if move.kind is MoveKind.ACCEPT:
            return TAKE
        return int(move.price) if move.kind is MoveKind.OFFER and move.price is not None else LEAVE

    return say


def _dialogue(table: Table) -> Dialogue:
    offers: list[Offer] = []
    first = len(table.ours) == len(table.theirs)
    sides = (table.ours, table.theirs) if first else (table.theirs, table.ours)
    for message in range(len(table.ours) + len(table.theirs)):
        is_ours = (message % 2 == 0) is first
        price = sides[message % 2][message // 2]
        offers.append(Offer(is_ours, Decimal(price), message))
    return Dialogue(tuple(offers), len(offers))


def met(one: Party, other: Party, needs: list[Scene], turns: int) -> list[tuple[Score, Score]]:
    """Both roles on every scene; the score of `one` first."""
    scores = []
    for scene in needs:
        deal = talk(one, other, scene, turns, lender_first=True)
        scores.append((_score(scene, deal, lends=True), _score(scene, deal, lends=False)))
        deal = talk(other, one, scene, turns, lender_first=True)
        scores.append((_score(scene, deal, lends=False), _score(scene, deal, lends=True)))
    return scores


def _score(scene: Scene, deal: int | None, *, lends: bool) -> Score:
    room = scene.surplus
    gain = 0 if deal is None else deal - scene.lender if lends else scene.borrower - deal
    nash, pareto = _distances(scene, deal)
    return Score(
        gain * TICK_BP,
        room * TICK_BP,
        deal is not None,
        deal is not None and gain < 0,
        nash,
        pareto,
    )


def _distances(scene: Scene, deal: int | None) -> tuple[float, float]:
    if scene.surplus < 0:
        return 0.0, 0.0
    lender, borrower = SPAN - scene.lender or 1, scene.borrower or 1

    def worth(price: int) -> tuple[float, float]:
        return (price - scene.lender) / lender, (scene.borrower - price) / borrower

    front = [worth(price) for price in range(scene.lender, scene.borrower + 1)]
    got = (0.0, 0.0) if deal is None else worth(deal)
    best = max(front, key=lambda pair: pair[0] * pair[1])
    near = min(hypot(got[0] - pair[0], got[1] - pair[1]) for pair in front)
    return hypot(got[0] - best[0], got[1] - best[1]), near


def measure(seed: int, scale: float) -> list[Figure]:
    """All figures of the league."""
    took: list[float] = []
    player = ours(took=took)
    figures = _field("desk", DESK, player, seed, (round(80 * scale), 20), (4.10, 0.70))
    figures += _field("desk, 100 turns", DESK, player, seed, (round(20 * scale), 100), (5.48, None))
    figures += _field("hard", HARD, player, seed, (round(20 * scale), 20), (None, None))
    figures += _stock(seed, round(80 * scale))
    return [*figures, decision(took)]


def _field(
    name: str,
    field: Mapping[str, Party],
    player: Party,
    seed: int,
    size: tuple[int, int],
    goals: tuple[float | None, float | None],
) -> list[Figure]:
    """Ours against a field and against itself."""
    needs, turns = scenes(seed, max(2, size[0])), size[1]
    all_scores: list[Score] = []
    rows: list[Figure] = []
    for rival, party in {**field, OURS: player}.items():
        pairs = met(player, party, needs, turns)
        scores = [own for own, _ in pairs]
        scores += [other for _, other in pairs] if rival == OURS else []
        gain = fmean(score.gain for score in scores)
        agreed = _agreed(scores)
        note = f"deal in {agreed:.0%} of the zones"
        rows.append(
            Figure(what=f"{name}: against {rival}", measured=round(gain, 3), unit="bp", note=note)
        )
        all_scores += scores if rival != OURS else scores[::2]
    return [*_whole(name, all_scores, goals), *rows]


def _whole(
    name: str, scores: list[Score], goals: tuple[float | None, float | None]
) -> list[Figure]:
    gains = [score.gain for score in scores]
    zones = [score for score in scores if score.surplus > 0]
    error = round(stdev(gains) / sqrt(len(gains)), 3)
    published = {"desk": 4.41, "desk, 100 turns": 5.76}.get(name)
    gain_goal, agree_goal = goals
    return [
        Figure(
            what=f"{name}: gain",
            measured=round(fmean(gains), 3),
            published=published,
            unit="bp",
            error=error,
            source=SOURCE,
            goal=AT_LEAST if gain_goal is not None else "",
            bound=gain_goal,
        ),
        Figure(
            what=f"{name}: deals where there is a zone",
            measured=round(_agreed(scores), 3),
            goal=AT_LEAST if agree_goal is not None else "",
            bound=agree_goal,
        ),
        Figure(
            what=f"{name}: share of the surplus",
            measured=round(fmean(score.gain / score.surplus for score in zones), 3),
        ),
        Figure(
            what=f"{name}: deals past our limit",
            measured=sum(score.bad for score in scores),
            goal=AT_MOST,
            bound=0.0,
        ),
        Figure(
            what=f"{name}: distance from the Nash point",
            measured=round(fmean(score.nash for score in zones), 3),
        ),
        Figure(
            what=f"{name}: distance from the Pareto front",
            measured=round(fmean(score.pareto for score in zones), 3),
        ),
    ]


def _agreed(scores: list[Score]) -> float:
    zones = [score.agreed for score in scores if score.surplus >= 0]
    return fmean(zones) if zones else 0.0


STOCK = {
    "firm": 3.91,
    "even": 3.91,
    "eager": 2.83,
    "naive tit-for-tat": 1.43,
    "nice tit-for-tat": 1.57,
    "step by step": 1.89,
    "hybrid": 1.15,
    "accepting": 0.86,
}
"""What the library's own agents gain among themselves on seed 777, 80 scenes (measured with the
adapter): how near our own implementations are.
"""


def _stock(seed: int, count: int) -> list[Figure]:
    """The field among itself, without ours."""
    needs = scenes(seed, max(2, count))
    gains: dict[str, list[float]] = {name: [] for name in DESK}
    for one, first in DESK.items():
        for other, second in DESK.items():
            for scene in needs:
                deal = talk(first, second, scene, 20, lender_first=True)
                gains[one].append(_score(scene, deal, lends=True).gain)
                gains[other].append(_score(scene, deal, lends=False).gain)
    return [
        Figure(
            what=f"field alone: {name}",
            measured=round(fmean(values), 3),
            published=STOCK[name] if (seed, count) == (SEED, 80) else None,
            unit="bp",
            error=round(stdev(values) / sqrt(len(values)), 3),
            source="the external library's own, same scenes",
        )
        for name, values in gains.items()
    ]


main(__name__)
