"""Tables of sources whose cells are rounded."""

from __future__ import annotations

from decimal import Decimal as D

from backtest.records.columns import Tables
from backtest.report.attribution import Worth, lines


def test_every_column_adds_up_to_its_source_whatever_is_rounded() -> None:
    parts = {"margin": D("1.004"), "inventory": D("0.996"), "carry": D(0), "hedging": D(0)}
    deals = [
        Worth(row={"tier": tier, "as_taker": 0}, name="EUR/USD", currency="USD", parts=parts)
        for tier in ("gold", "silver")
    ]
    # The ledger's: 2.01, 1.99 and 4.00 USD, in units of 0.0001.
    ledger = {"margin": 20_100, "inventory": 19_900, "carry": 0, "hedging": 0, "total": 40_000}
    tables: Tables = {
        "results": {"pair": ["EUR/USD"], **{name: [value] for name, value in ledger.items()}},
        "about": {"key": ["reporting_currency"], "value": ["USD"]},
    }
    made = lines(tables, deals, "tier", {"USD": D(1)})
    assert sum(line.margin for line in made) == D("2.01")
    assert sum(line.inventory for line in made) == D("1.99")
    assert sum(line.total for line in made) == D("4.00")
