"""What does it cost to date a deal? A 3M swap resolved, beside one Decimal multiplication.

    .venv/bin/python benchmarks/resolve.py [--calls 20000]

Both are timed in the same run, in turns, one call at a time; the figure is the median of single
calls, less that of an empty one. The calendars are the shipped ones, loaded before; nothing else
is remembered, but for `again_that_day`. Left out: pricing, limits, the journal.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal

from bench import machine

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.numbers import set_decimal_context
from robot.catalogue import CalendarSettings, Catalogue, ConventionsFile
from robot.deals.calendar_dates import CalendarDates
from robot.deals.party import BUY
from robot.deals.product import FxSwap, When
from robot.deals.resolve import resolve
from robot.deals.resolved import ResolvedFxSwap
from robot.package import configuration_folder
from robot.yamlfile import load_file

USD_CNY = CurrencyPair("USD/CNY")
SWAP = FxSwap(
    pair=USD_CNY,
    near_side=BUY,
    currency=Currency("USD"),
    near_amount=Decimal(10_000_000),
    far=When("3M"),
)
TRADE_DATE = date(2026, 1, 14)
GOAL_US = 50.0


def main() -> None:
    """Prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000, help="of each kind")
    calls: int = parser.parse_args().calls
    set_decimal_context()
    folder = configuration_folder()
    file = load_file(folder / "conventions.yaml", ConventionsFile)
    catalogue = Catalogue.of(folder, file, CalendarSettings())
    known = catalogue.conventions
    calendars = catalogue.calendars(known[USD_CNY].all_calendars)

    def fresh() -> CalendarDates:
        return CalendarDates(known, catalogue.money_markets, calendars)

    dates = fresh()
    resolved = resolve(SWAP, TRADE_DATE, known, dates)
    assert isinstance(resolved, ResolvedFxSwap)
    amount, rate = Decimal("10000000.00"), Decimal("7.0012")
    figures = medians_us(
        {
            "empty": lambda: None,
            "decimal_multiplication": lambda: amount * rate,
            "resolve_swap_3m": lambda: resolve(SWAP, TRADE_DATE, known, fresh()),
            "again_that_day": lambda: resolve(SWAP, TRADE_DATE, known, dates),
            "flows_of_both_legs": lambda: resolved.legs_at(rate, rate),
        },
        calls,
    )
    empty = figures.pop("empty")
    net = {name: round(value - empty, 3) for name, value in figures.items()}
    multiplication = max(net["decimal_multiplication"], 0.001)
    print(
        json.dumps(
            {
                "median_us": net,
                "resolve_in_multiplications": round(net["resolve_swap_3m"] / multiplication),
                "goal_us": GOAL_US,
                "reached": net["resolve_swap_3m"] <= GOAL_US,
                "calls": calls,
                "machine": machine(),
            }
        )
    )


def medians_us(actions: dict[str, Callable[[], object]], calls: int) -> dict[str, float]:
    """Median of single calls, microseconds; the kinds take turns, so that all see the same load."""
    taken: dict[str, list[int]] = {name: [] for name in actions}
    for _ in range(calls):
        for name, action in actions.items():
            begun = time.perf_counter_ns()
            action()
            taken[name].append(time.perf_counter_ns() - begun)
    return {name: statistics.median(values) / 1000 for name, values in taken.items()}


if __name__ == "__main__":
    main()
