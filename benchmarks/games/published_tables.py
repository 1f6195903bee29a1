"""Published tables and closed forms of quoting, cell by cell."""

from __future__ import annotations

import numpy as np

from backtest.baselines import avellaneda_stoikov as stoikov
from benchmarks.games import AT_MOST, WITHIN, Figure, main
from benchmarks.games.five_currencies import EIGENVALUE, LARGEST, PUBLISHED, REPLICATION
from strategies.games.quoting import gueant_lehalle_fernandez_tapia as glft
from strategies.games.quoting.several_pairs import BP, solve

TITLE = "Published tables of quoting"
SEED = 7
PATHS = 100_000
BOOK = glft.Book(sigma=0.3, arrivals=0.9, decay=0.3, risk_aversion=0.01, position_max=30)
EXACT = {0: 3.31305, 1: 3.38117, 5: 3.65348, 10: 3.99293, 20: 4.66554}


def measure(seed: int, scale: float) -> list[Figure]:
    """All of it."""
    return [*_avellaneda_stoikov(seed, scale), *_glft(), *_five_currencies()]


def _avellaneda_stoikov(seed: int, scale: float) -> list[Figure]:
    paths = max(100, int(PATHS * scale))
    names = ("profit", "sd of profit", "inventory", "sd of inventory")
    rows, worst = [], 0.0
    for (gamma, strategy), cells in stoikov.PAPER.items():
        found = stoikov.simulate(gamma, strategy, paths, seed, stoikov.Market())
        scores = stoikov.scores(found, paths, cells, stoikov.PAPER_PATHS)
        worst = max(worst, *map(abs, scores))
        errors = found.errors(paths)
        for name, ours, printed, error in zip(
            names, found.values, cells.values, errors, strict=True
        ):
            what = f"Avellaneda-Stoikov, risk aversion {gamma:g}, {strategy}: {name}"
            source = "2008, 1,000 paths"
            rows.append(
                Figure(what=what, measured=ours, error=error, published=printed, source=source)
            )
    return [
        *rows,
        Figure(
            what="farthest of those 24 cells from the printed one",
            unit="standard errors of the difference",
            measured=worst,
            goal=AT_MOST,
            bound=stoikov.SCORE_MAX,
        ),
    ]


def _glft() -> list[Figure]:
    found = glft.exact(BOOK, 600.0)
    rows = [
        Figure(
            what=f"Guéant-Lehalle-Fernandez-Tapia: bid at position {position}",
            unit="ticks",
            measured=found[30 + position].bid or 0.0,
            published=printed,
            source="parameters of arXiv:1105.3115; two methods agree",
            goal=WITHIN,
            bound=1e-5,
        )
        for position, printed in EXACT.items()
    ]
    whole = sum(distance or 0.0 for distance in glft.closed_form(BOOK, 0))
    return [
        *rows,
        Figure(
            what="Guéant-Lehalle-Fernandez-Tapia: closed form, spread at 0",
            unit="ticks",
            measured=whole,
            published=6.62583,
            goal=WITHIN,
            bound=1e-5,
        ),
    ]


def _five_currencies() -> list[Figure]:
    matrix = solve(PUBLISHED) * BP
    largest = float(np.abs(matrix).max())
    eigenvalue = float(np.linalg.eigvalsh(matrix).max())
    return [
        Figure(
            what=f"five currencies: {name} of A(0)",
            measured=ours,
            published=printed,
            source=REPLICATION,
            goal=WITHIN,
            bound=1e-7 * printed,
        )
        for name, ours, printed in (
            ("largest entry", largest, LARGEST),
            ("largest eigenvalue", eigenvalue, EIGENVALUE),
        )
    ]


main(__name__)
