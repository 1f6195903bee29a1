"""What does a sweep by a rule book cost beside plain vectorbt with the same signals?

    PYTHON benchmarks/vectorised_sweep.py [--looks 100000] [--points 50] [--runs 9]

PYTHON is build/research/bin/python, which `make research` makes. Three ways over the same looks and
points, in turn, in one process: `rules` decides a rule book at each look and point and has vectorbt
make the portfolio; `plain` writes the same conditions in numpy and calls the same vectorbt; `ready`
is given the signals. The signals and the results of the portfolios must be equal. Making the
columns of facts is in none of them: all three need them. The goal is held against `plain`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from itertools import product

import numpy as np
import vectorbt
from bench import machine

from backtest.columns import Bools, Column
from backtest.honesty.lookahead import columns_for
from backtest.vectorised.facts import Pair, Quotes, facts_of
from backtest.vectorised.grid import Grid
from backtest.vectorised.portfolio import CASH, Costs, Market, portfolio
from backtest.vectorised.signals import Floats, SignalBook

GOAL = 1.3
SEED = 7
MINUTE_NS = 60_000_000_000
BOOK = """\
book "moves"
for spot in EUR/USD
every 1 min
parameter trigger = 2 pip, between 0.1 pip and 20 pip
parameter calm = 3 pip, between 0.1 pip and 50 pip
rule "not to be trusted" priority 100
  when market is stale or market spread > 2 pip
  then pass "market"
rule "wild" priority 50
  when realised volatility[5 min] > calm
  then pass "wild"
rule "up"
  when move[5 min] > trigger
  then buy 1 mio at offer
rule "down"
  when move[5 min] < -trigger
  then sell 1 mio at bid
otherwise pass "quiet"
"""


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--looks", type=int, default=100_000)
    parser.add_argument("--points", type=int, default=50)
    parser.add_argument("--runs", type=int, default=9)
    options = parser.parse_args()
    case = Case(options.looks, options.points)
    ways: dict[str, Callable[[], vectorbt.Portfolio]] = {
        "rules": case.rules,
        "plain": case.plain,
        "ready": case.ready,
    }
    results = {name: way().total_profit().to_numpy() for name, way in ways.items()}  # compiles too
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.runs):
        for name, way in ways.items():
            start = time.process_time()
            way()
            seconds[name].append(time.process_time() - start)
    # Others use the machine: what a way costs is the least that it took.
    taken = {name: min(values) for name, values in seconds.items()}
    medians = {name: round(statistics.median(values), 3) for name, values in seconds.items()}
    equal = all(np.array_equal(results["rules"], results[name]) for name in ways)
    print(
        json.dumps(
            {
                "looks": options.looks,
                "points": len(case.grid),
                "signals": int((case.signals.acts != 0).sum()),
                "equal": bool(equal and np.array_equal(case.buys(), case.signals.buys)),
                "least_s": {name: round(value, 3) for name, value in taken.items()},
                "median_s": medians,
                "rules_over_plain": round(taken["rules"] / taken["plain"], 3),
                "rules_over_ready": round(taken["rules"] / taken["ready"], 3),
                "goal": GOAL,
                "reached": taken["rules"] / taken["plain"] <= GOAL,
                "vectorbt": vectorbt.__version__,
                "clock": "processor",
                "machine": machine(),
            }
        )
    )


class Case:
    """Looks at a market that wanders, and a grid over two parameters."""

    def __init__(self, looks: int, points: int) -> None:
        chance = np.random.default_rng(SEED)
        at = np.arange(looks, dtype=np.int64) * MINUTE_NS
        mid = 1_100_000_000 + np.cumsum(chance.integers(-60, 61, looks)) * 1_000
        half = chance.integers(2, 13, looks) * 1_000
        self.market = Market(at, mid - half, mid + half)
        found = facts_of(Quotes(at, mid - half, mid + half).tables(at), Pair(100_000, 10_000))
        across = max(1, round(points**0.5 / 1.5))
        triggers = [f"{1 + 0.2 * n:.1f} pip" for n in range(points // across)]
        calms = [f"{2 + 0.5 * n:.1f} pip" for n in range(across)]
        self.grid = Grid(BOOK, {"trigger": triggers, "calm": calms})
        self._facts = {name: c for name, c in found.items() if isinstance(c, Column)}
        self._columns = columns_for(self.grid.book, found)
        self._book = SignalBook(self.grid.book)
        self._values = [
            (round(float(a.split()[0]) * 100_000), round(float(b.split()[0]) * 100_000))
            for a, b in product(triggers, calms)
        ]
        self.signals = self._sweep()

    def rules(self) -> vectorbt.Portfolio:
        """The rule book at every look and point, then vectorbt."""
        return portfolio(self.market, self._sweep(), Costs())

    def plain(self) -> vectorbt.Portfolio:
        """The same conditions by hand, then vectorbt."""
        return self._from(self.buys(), self._sells())

    def ready(self) -> vectorbt.Portfolio:
        """Vectorbt alone."""
        return portfolio(self.market, self.signals, Costs())

    def buys(self) -> Bools:
        """Where the rule `up` deals."""
        move = self._facts["move[5 min]"]
        good, moves = self._good(), move.values[:, None]
        found: Bools = good & (moves > self._row(0)) & move.known[:, None]
        return found

    def _sells(self) -> Bools:
        move = self._facts["move[5 min]"]
        found: Bools = self._good() & (move.values[:, None] < -self._row(0)) & move.known[:, None]
        return found

    def _good(self) -> Bools:
        spread, wild = self._facts["market spread"], self._facts["realised volatility[5 min]"]
        stale = self._facts["market is stale"].values == 1
        trusted = ~(stale | (spread.values > 200_000))[:, None]
        found: Bools = trusted & ~(wild.known[:, None] & (wild.values[:, None] > self._row(1)))
        return found

    def _row(self, place: int) -> Floats:
        return np.asfortranarray(np.array([[values[place] for values in self._values]]))

    def _sweep(self):  # type: ignore[no-untyped-def]
        market = self.market
        return self._book.sweep(self._columns, market.bid, market.offer, self.grid.vectors)

    def _from(self, buys: Bools, sells: Bools) -> vectorbt.Portfolio:
        return vectorbt.Portfolio.from_orders(
            self.market.mid,
            size=np.where(buys, 1e6, np.where(sells, -1e6, np.nan)),
            direction="both",
            slippage=self.market.half_spread,
            init_cash=CASH,
        )


if __name__ == "__main__":
    main()
