"""The FX dealer's clients: solved policy, written quotes and hedges, beside the published figures.

Scores are the mean result less (gamma / 2) sigma^2 position^2, thousands of the currency in 72
minutes that begin without a position: drawn, as the published ones are, and exactly.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from backtest.baselines.dealer_paths import KEUR, DealerDesk, Optimal, Written, simulate
from benchmarks.games import AT_LEAST, AT_MOST, WITHIN, Figure, main
from benchmarks.games.five_currencies import PUBLISHED
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting import several_pairs
from strategies.games.quoting.authored import Authored, Distances, policy_of
from strategies.games.quoting.dealer import solve, spreads
from strategies.games.quoting.franchise import Franchise, Policy
from strategies.games.quoting.ladder import Ladder
from strategies.games.quoting.long_run import (
    neutralisation_minutes,
    score_from_flat,
    stationary,
)

TITLE = "Tiered quote with lean, hold or hedge: the FX dealer's franchise"
SEED = 7
LENGTH = 0.05
DAYS = 1_200
"""Of 72 minutes each: 60 whole days."""
WRITTEN = Authored((0.27, 0.13), 0.005, Band(20.0))
LEANED = Authored((0.27, 0.13), 0.01, Band(20.0))
FLAT = Authored((0.27, 0.27), 0.0, Band(10.0))
PAPER = "arXiv:2112.02269"
EARLIER = "measured before"
SPREADS = {1e-3: (0.5458, 0.2642), 2e-3: (0.5484, 0.2660), 1e-2: (0.5610, 0.2749)}


def measure(seed: int, scale: float) -> list[Figure]:
    """All of it."""
    of = Franchise()
    policy = solve(of)
    return [*_published(), *_hedging(of, policy), *_scores(of, policy, seed, scale), *_speeds(of)]


def _published() -> list[Figure]:
    rows = []
    for gamma, published in SPREADS.items():
        of = Franchise(gamma=gamma)
        for tier, (found, printed) in enumerate(
            zip(spreads(of, solve(of)), published, strict=True), 1
        ):
            rows.append(
                Figure(
                    what=f"spread for 1 M, tier {tier}, risk aversion {gamma:g}",
                    unit="bp",
                    measured=found,
                    published=printed,
                    source=f"explicit solution; {PAPER}: .55, .26" if gamma == 2e-3 else EARLIER,
                    goal=WITHIN,
                    bound=5e-4,
                )
            )
    return rows


def _hedging(of: Franchise, policy: Policy) -> list[Figure]:
    careful = Franchise(gamma=1e-2)
    flat = stationary(of, policy_of(of, FLAT))
    return [
        Figure(
            what="band that is not hedged",
            unit="M",
            measured=policy.band,
            published=14.5,
            source="14 explicit, 15 by policy iteration",
            goal=WITHIN,
            bound=0.5,
        ),
        Figure(
            what="hedged share of volume, solved",
            measured=stationary(of, policy).hedged_share,
            published=0.024,
            source=EARLIER,
            goal=WITHIN,
            bound=0.005,
        ),
        Figure(
            what="hedged share of volume, flat desk beyond 10 M",
            measured=flat.hedged_share,
            published=0.22,
            source=EARLIER + ": .19 to .25",
            goal=WITHIN,
            bound=0.03,
        ),
        Figure(
            what="risk neutralised at risk aversion 1e-2",
            unit="min",
            measured=neutralisation_minutes(careful, solve(careful)),
            published=1.39,
            source=PAPER,
            goal=WITHIN,
            bound=0.1,
        ),
    ]


def _scores(of: Franchise, policy: Policy, seed: int, scale: float) -> list[Figure]:
    best = score_from_flat(of, policy, LENGTH) * KEUR
    days = max(2, int(DAYS * scale))
    rows = []
    for what, desk, on_grid, printed, least in (
        ("solved", Optimal(of, policy), policy, 7.62, 7.4),
        ("written .27/.13, lean .005, hedge > 20", *_both(of, WRITTEN), 7.45, 7.2),
        ("written .27/.13, lean .010, hedge > 20", *_both(of, LEANED), 7.34, 7.2),
        ("flat .27/.27, hedge > 10", *_both(of, FLAT), 4.08, None),
    ):
        score, error = simulate(of, desk, days, LENGTH, seed).score
        exact = score_from_flat(of, on_grid, LENGTH) * KEUR
        rows += [
            Figure(
                what=f"score, {what}: {days} times 72 min",
                unit="kEUR in 72 min",
                measured=score,
                error=error,
                published=printed,
                source=EARLIER + ", as many, own draws",
                goal=AT_LEAST if least else "",
                bound=least,
                note=f"its expectation is {exact:.2f}, and that of the optimum {best:.2f}",
            ),
            Figure(
                what=f"score, {what}: share of the optimum, exact",
                measured=exact / best,
                published=printed / 7.62,
                source=EARLIER,
                goal=AT_LEAST if least else "",
                bound=7.2 / 7.62 if least else None,
            ),
        ]
    return rows


def _both(of: Franchise, written: Authored) -> tuple[DealerDesk, Policy]:
    return Written(of, written), policy_of(of, written)


def _speeds(of: Franchise) -> list[Figure]:
    began = time.perf_counter()
    policy = solve(of)
    took = time.perf_counter() - began
    ladder, matrix = Ladder(of, policy), several_pairs.solve(PUBLISHED)
    book = several_pairs.CurrencyBook(PUBLISHED, matrix)
    held, pair = {"EUR": 10.0, "GBP": -5.0}, ("EUR", "USD")
    return [
        Figure(what="solve", unit="s", measured=took, goal=AT_MOST, bound=2.0),
        _pace("quote looked up, solved", lambda: ladder.quote(3.3, 0, 7.0)),
        _pace("quote looked up, written", lambda: WRITTEN.quote(3.3, 0, 7.0)),
        _pace("quote in five currencies", lambda: book.quote(held, pair, 0, 7.0)),
    ]


def _pace(what: str, call: Callable[[], Distances]) -> Figure:
    times = []
    for _ in range(5_000):
        began = time.perf_counter_ns()
        call()
        times.append(time.perf_counter_ns() - began)
    median = sorted(times)[len(times) // 2] / 1e3
    return Figure(what=what, unit="µs, median", measured=median, goal=AT_MOST, bound=20.0)


main(__name__)
