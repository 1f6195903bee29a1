"""Clients and rivals who know more: exact prices, and the best of N errors about one value.

Common value: N dealers guess the same value with a normal error of 0.5 each and ask their guess and
0.25; the lowest deals. With the correction E[largest of N errors] all of them add it.
"""

from __future__ import annotations

import numpy as np

from benchmarks.games import AT_LEAST, WITHIN, Figure, main
from strategies.games.informed.glosten_milgrom import Belief, after_buy, fair_prices
from strategies.games.informed.winners_curse import correction

TITLE = "Informed-flow guard"
SEED = 1
DRAWS = 400_000
SIGMA, MARGIN = 0.5, 0.25
FLAT = {2: -0.03, 3: -0.17, 5: -0.33, 8: -0.46}
EXACT = {0.1: (99.9, 100.1, 100.198020), 0.3: (99.7, 100.3, 100.550459), 0.5: (99.5, 100.5, 100.8)}


def measure(seed: int, scale: float) -> list[Figure]:
    """All of it."""
    return [*_glosten_milgrom(), *_common_value(seed, max(1_000, int(DRAWS * scale)))]


def _glosten_milgrom() -> list[Figure]:
    rows = []
    for informed, printed in EXACT.items():
        first = fair_prices(Belief(99.0, 101.0), informed)
        second = fair_prices(after_buy(Belief(99.0, 101.0), informed), informed)
        for name, ours, theirs in zip(
            ("bid", "ask", "ask after a buy"), (*first, second.ask), printed, strict=True
        ):
            rows.append(
                Figure(
                    what=f"Glosten-Milgrom, {informed:g} informed: {name}",
                    measured=ours,
                    published=theirs,
                    source="exact",
                    goal=WITHIN,
                    bound=1e-6,
                )
            )
    return rows


def _common_value(seed: int, draws: int) -> list[Figure]:
    chance = np.random.default_rng(seed)
    rows = []
    for dealers in range(2, 9):
        best = chance.normal(0.0, SIGMA, (draws, dealers)).min(axis=1)
        error = float(best.std() / np.sqrt(draws))
        flat = float(best.mean()) + MARGIN
        ours = flat + correction(SIGMA, dealers)
        what = f"asked with {dealers - 1} others: profit of a request won"
        rows += [
            Figure(
                what=f"{what}, flat margin",
                measured=flat,
                error=error,
                published=FLAT.get(dealers),
                source="measured before",
            ),
            Figure(
                what=f"{what}, corrected",
                measured=ours,
                error=error,
                published=0.25,
                source="measured before",
                goal=AT_LEAST,
                bound=0.23,
            ),
        ]
    return rows


main(__name__)
