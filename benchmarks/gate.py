"""What one judgement of the gate costs: twenty limits that apply, in trees of different size.

    python benchmarks/gate.py [--seconds 2]

A two-way spot quote is reserved with all its evidence (the checks) and released again; told is the
median of the reservation alone. The time of building the quote is not in it. One core, no journal.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.basics.numbers import set_decimal_context
from robot.deals.agreed import Price, agree
from robot.deals.limit_rows import LimitKind, LimitRow
from robot.deals.party import Side
from robot.deals.product import ProductKind
from robot.deals.reference import Limits
from robot.deals.resolved import FxLeg, ResolvedFxSpot
from robot.limits.exposure import Case, Quoted
from robot.limits.gate import LimitGate
from robot.limits.limit import Refusal
from robot.limits.tree import Ours

APPLY = 20
SIZES = (100, 1_000, 10_000)
DAY = date(2026, 10, 21)
LOTS = Decimal("1e12")


def limits(size: int) -> Limits:
    """Twenty rows and tables that apply to the quote, and others up to `size`."""
    tables = {
        "deal_size": [{"pair": "EUR/USD", "tier": "gold", "maximum": "100000000"}],
        "line_currency": "USD",
        "counterparty_lines": {"BANKA": LOTS},
        "spot_add_on": "0.02",
        "net_open_position": {"EUR": LOTS, "USD": LOTS},
        "price_collar_bp": "25",
        "quotes_outstanding": 10**6,
        "quotes_outstanding_per_counterparty": 10**6,
        "messages_per_second": 10**6,
    }
    scopes = ({"group": "G"}, {"country": "CN"}, {"desk": "FX"}, {"strategy": "S"})
    kinds = (LimitKind.COUNTERPARTY_LINE, LimitKind.SETTLEMENT, LimitKind.DAILY_VOLUME)
    tree: dict[LimitKind, list[LimitRow]] = {}
    for kind in kinds:  # 12 with the tables' 8: collar twice, size, line, two positions, two counts
        tree[kind] = [LimitRow(maximum=LOTS, **scope) for scope in scopes]
    for number in range(size - APPLY):
        kind = kinds[number % len(kinds)]
        tree[kind].append(LimitRow(counterparty=f"OTHER{number}", maximum=LOTS))
    made = msgspec.convert(tables, Limits, strict=False)
    return msgspec.structs.replace(made, tree={kind: tuple(rows) for kind, rows in tree.items()})


def quote() -> Quoted:
    """Two ways, one million."""
    cases = []
    for side, price in ((Side.BUY, "1.0849"), (Side.SELL, "1.0851")):
        pair = CurrencyPair("EUR/USD")
        leg = FxLeg(pair=pair, side=side, currency="EUR", amount=Decimal(10**6), value_date=DAY)
        agreed = agree(ResolvedFxSpot(trade_date=DAY, leg=leg), Price(Decimal(price)))
        exposure = agreed.base_amount * Decimal("0.02")
        cases.append(Case(side=side, price=Decimal(price), agreed=agreed, exposure=exposure))
    return Quoted(
        counterparty=CounterpartyId("BANKA"),
        tier="gold",
        kind=ProductKind.SPOT,
        pair=CurrencyPair("EUR/USD"),
        cases=tuple(cases),
        mid=Decimal("1.0850"),
        spot=Decimal("1.0850"),
        venue="ALPHA",
        group="G",
        country="CN",
    )


def measure(size: int, seconds: float) -> None:
    """One size of the tree."""
    gate, quoted, rate = LimitGate(), quote(), Decimal("1.0850")
    gate.load(limits(size), Ours(desk="FX", strategy="S"), DAY)
    took: list[int] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter_ns()
        answer = gate.reserve("Q", quoted, rate)
        took.append(time.perf_counter_ns() - begun)
        assert not isinstance(answer, Refusal), answer
        gate.release("Q")
    checks = len(gate.checks)
    took.sort()
    median, late = statistics.median(took) / 1e3, took[len(took) * 99 // 100] / 1e3
    print(f"rows {size:>6}  checks {checks}  median {median:.1f} us  99 % {late:.1f} us")


def main() -> None:
    """All sizes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=2.0)
    seconds = parser.parse_args().seconds
    set_decimal_context()
    for size in SIZES:
        measure(size, seconds)


if __name__ == "__main__":
    main()
