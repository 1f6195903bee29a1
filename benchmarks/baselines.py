"""Do the simulations give the published tables? Every figure beside the published one.

    .venv/bin/python benchmarks/baselines.py [--paths 100000] [--days 1200] [--seed 7] [--markdown]

Avellaneda and Stoikov (2008), tables 1 to 3, and the FX dealer of Barzykin, Bergault and Guéant
(2022) over five risk aversions; then desks with plain rules on the same clients. `score` is the
distance in standard errors of the difference. How fast the plain desks hedge is not published: ours
deal 400 M a day for each million over the band.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from bench import machine

from backtest.baselines import avellaneda_stoikov as paper
from backtest.baselines.dealer_paths import KEUR, Optimal, Written, simulate
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored
from strategies.games.quoting.dealer import solve, spreads
from strategies.games.quoting.franchise import Franchise
from strategies.games.quoting.long_run import neutralisation_minutes, stationary

LENGTH = 0.05
DEALER = {
    1e-4: (0.5418, 0.2613, 10.9, 0.0, 13.8, 10.9, 30.5),
    1e-3: (0.5458, 0.2642, 9.3, 0.005, 4.5, 9.6, 14.9),
    2e-3: (0.5484, 0.2660, 8.6, 0.024, 3.1, 8.9, 10.8),
    1e-2: (0.5610, 0.2749, 6.5, 0.110, 1.38, 6.6, 5.4),
    1e-1: (0.6605, 0.3533, 2.6, 0.33, 0.43, 2.8, 1.5),
}
"""gamma -> spreads, turnover bn a day, hedged share, minutes to neutralise, result and its sd."""
NAMES = (
    *("spread tier 1, bp", "spread tier 2, bp", "turnover, bn a day", "hedged share"),
    *("risk neutralised, min", "result, kEUR in 0.05 d", "its sd"),
)
DESKS = {
    "flat .27/.27, hedge > 10": (Authored((0.27, 0.27), 0.0, Band(10.0)), (6.70, 16.4, 4.08)),
    "flat .27/.13, hedge > 10": (Authored((0.27, 0.13), 0.0, Band(10.0)), (6.57, 21.0, 2.26)),
    "flat .27/.13, hedge > 20": (Authored((0.27, 0.13), 0.0, Band(20.0)), (7.16, 27.0, 0.14)),
    "flat .27/.13, hedge > 50": (Authored((0.27, 0.13), 0.0, Band(50.0)), (8.33, 45.0, -11.9)),
    "lean .005, hedge > 20": (Authored((0.27, 0.13), 0.005, Band(20.0)), (9.39, 14.5, 7.45)),
    "lean .010, hedge > 20": (Authored((0.27, 0.13), 0.010, Band(20.0)), (8.31, 10.2, 7.34)),
    "lean .020, hedge > 15": (Authored((0.27, 0.13), 0.020, Band(15.0)), (6.84, 6.8, 6.42)),
}


def tables(paths: int, seed: int) -> list[dict[str, object]]:
    """Avellaneda and Stoikov, one row for each line of their tables."""
    rows: list[dict[str, object]] = []
    names = ("profit", "sd of profit", "inventory", "sd of inventory")
    for (gamma, strategy), published in paper.PAPER.items():
        found = paper.simulate(gamma, strategy, paths, seed, paper.Market())
        scores = paper.scores(found, paths, published, paper.PAPER_PATHS)
        rows.append(
            {
                "gamma": gamma,
                "strategy": strategy,
                "spread": [round(found.spread, 3), published.spread],
                **{
                    name: [round(mine, 3), theirs, round(score, 2)]
                    for name, mine, theirs, score in zip(
                        names, found.values, published.values, scores, strict=True
                    )
                },
            }
        )
    return rows


def dealer(days: int, seed: int) -> list[dict[str, object]]:
    """The FX dealer, one row for each risk aversion."""
    rows: list[dict[str, object]] = []
    for gamma, published in DEALER.items():
        of = Franchise(gamma=gamma)
        began = time.perf_counter()
        policy = solve(of)
        took = time.perf_counter() - began
        long_run = stationary(of, policy)
        made = simulate(of, Optimal(of, policy), days, LENGTH, seed)
        mean, error = made.mean("result")
        figures = (
            *spreads(of, policy),
            long_run.turnover / 1_000,
            long_run.hedged_share,
            neutralisation_minutes(of, policy),
            mean * KEUR,
            float(made.result.std(ddof=1)) * KEUR,
        )
        row: dict[str, object] = {"gamma": gamma, "band, M": policy.band, "solved in, s": took}
        for name, mine, theirs in zip(NAMES, figures, published, strict=True):
            row[name] = [round(mine, 4), theirs]
        row["error of the result"] = round(error * KEUR, 3)
        row["result by the model"] = round(long_run.result * LENGTH * KEUR, 3)
        turned, turned_error = made.mean("turnover")
        row["turnover simulated"] = round(turned / LENGTH / 1_000, 3)
        row["its error"] = round(turned_error / LENGTH / 1_000, 3)
        rows.append(row)
    return rows


def desks(days: int, seed: int) -> list[dict[str, object]]:
    """Plain rules on the same clients; the optimum last."""
    of = Franchise()
    rows: list[dict[str, object]] = []
    written = {name: (Written(of, one), published) for name, (one, published) in DESKS.items()}
    every = {**written, "optimum": (Optimal(of, solve(of)), (8.79, 10.9, 7.62))}
    for name, (desk, published) in every.items():
        made = simulate(of, desk, days, LENGTH, seed)
        score, error = made.score
        result = made.result * KEUR
        rows.append(
            {
                "desk": name,
                "result": [round(float(result.mean()), 2), published[0]],
                "sd": [round(float(result.std(ddof=1)), 2), published[1]],
                "score": [round(score, 2), published[2]],
                "error of the score": round(error, 2),
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--paths", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=1_200, help="of 72 minutes each")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--markdown", action="store_true")
    wanted = parser.parse_args()
    began = time.perf_counter()
    found = {
        "avellaneda_stoikov": tables(wanted.paths, wanted.seed),
        "dealer": dealer(wanted.days, wanted.seed),
        "desks": desks(wanted.days, wanted.seed),
    }
    if wanted.markdown:
        for rows in found.values():
            sys.stdout.write(markdown(rows) + "\n")
        return
    told = {**vars(wanted), **found, "seconds": round(time.perf_counter() - began, 1)}
    sys.stdout.write(json.dumps({**told, "machine": machine()}, indent=2) + "\n")


def markdown(rows: list[dict[str, object]]) -> str:
    """A table; a figure beside the published one as `ours (published)`."""
    lines = [f"| {' | '.join(rows[0])} |", f"|{'---|' * len(rows[0])}"]
    lines += [f"| {' | '.join(_cell(value) for value in row.values())} |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if isinstance(value, list):
        mine, published, *score = value
        return f"{mine} ({published})" + (f", {score[0]} se" if score else "")
    return f"{value:.4g}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
