"""Whatever a day brings, its records say what the ledger says: results split by source add up to
the ledger's own, moment by moment and deal by deal.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis.stateful import run_state_machine_as_test

from backtest.records import EngineMarket, FollowedMarket, Recorder
from backtest.report.attribution import (
    BEFORE,
    BY,
    SOURCES,
    by_group,
    lines,
    rates_of,
    results_at_end,
    total_of,
    worths,
)
from robot.messages.effects import DealAmended, DealBooked
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.properties.test_products import DayOfAllProducts

SPLIT: Counter[str] = Counter()
"""Days with a result of each source: what the property was tried on."""


def recorded(desk: Desk, *, follow: bool = True) -> Recorder:
    """The record of all that a desk was told, compared with the ledger at each deal."""
    recorder = Recorder(FollowedMarket() if follow else EngineMarket(desk.engine))
    for stamped, effects in zip(desk.stepped, desk.history, strict=True):
        if stamped.at_ns >= recorder.due_ns:
            recorder.mark(stamped.at_ns)
        recorder.take(stamped.at_ns, stamped.event, effects)
        told = [one for one in effects if isinstance(one, DealBooked | DealAmended)]
        for name, result in told[-1].pnl.items() if told else ():
            split = recorder._now.books.value(name, recorder._market, stamped.at_ns)
            assert split is not None
            assert split.total == Decimal(result), f"{name} after {told[-1].deal.deal_id}"
    recorder.finish(desk.at_ns)
    return recorder


class RecordedDay(DayOfAllProducts):
    """A day of every product, read back from its records when it is over."""

    def teardown(self) -> None:
        super().teardown()
        tables = recorded(self.desk).tables()
        check_split(tables)


def check_split(tables: Any) -> None:
    deals, ends = worths(tables), results_at_end(tables)
    for by in BY:
        table = by_group(tables, deals, lambda row, by=by: str(row[by]))  # type: ignore[misc]
        assert all(group != BEFORE for group, _ in table), "these days begin with empty books"
        for name, ledger in ends.items():
            mine = [parts for (_, of), parts in table.items() if of == name]
            assert ledger["total"] == sum((sum(parts.values()) for parts in mine), Decimal(0))
            for source in SOURCES:
                assert abs(ledger[source] - sum(parts[source] for parts in mine)) < Decimal("0.5")
                SPLIT[source] += bool(ledger[source])
    rates = rates_of(tables)
    for by in BY:
        table_lines = lines(tables, deals, by, rates)
        assert sum((line.total for line in table_lines), Decimal(0)) == total_of(tables, rates)


def test_results_by_source_add_up_to_the_ledger_after_any_day() -> None:
    run_state_machine_as_test(RecordedDay, settings=few(8, steps=60))
    assert SPLIT["margin"] and SPLIT["inventory"] and SPLIT["carry"], SPLIT
