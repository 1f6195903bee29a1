"""Whatever a day brings, its records say what the ledger says: results split by source add up to
the ledger's own, moment by moment and deal by deal.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, run_state_machine_as_test

from backtest.records import EngineMarket, FollowedMarket, Recorder
from backtest.records.market import MarketSource
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
from robot.basics.ids import ExecId
from robot.messages.effects import DealAmended, DealBooked
from robot.messages.orders import OrderReport
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.properties.test_orders import DayWithHedges
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
            if "/" in name and recorder._market.spot(name, stamped.at_ns) is None:
                continue  # told at the price that was dealt: there was no market
            if "/" in name and not has_points(recorder, name, stamped.at_ns):
                continue  # the core counts none then, the record those quoted last
            split = recorder._now.books.value(name, recorder._market, stamped.at_ns)
            assert split is not None
            assert split.total == Decimal(result), f"{name} after {told[-1].deal.deal_id}"
    recorder.finish(desk.at_ns)
    return recorder


def has_points(recorder: Recorder, name: str, at_ns: int) -> bool:
    """Whether somebody quotes points to all dates that a pair has forwards on."""
    market, forward = recorder._market, recorder._now.books.pairs[name].result.forward
    days = [day for day, amount in forward.items() if amount]
    return all(MarketSource.points(market, name, day, at_ns) is not None for day in days)


class RecordedDay(DayOfAllProducts):
    """A day of every product, read back from its records when it is over."""

    def teardown(self) -> None:
        super().teardown()
        check_split(recorded(self.desk).tables())


class RecordedHedges(DayWithHedges):
    """A day of spot with hedges, one of them at its beginning, trades that the venue takes back,
    and orders of persons.
    """

    @initialize(price=st.sampled_from(["1.10010", "1.10014"]))
    def hedge(self, price: str) -> None:
        self.desk.hit(self.desk.quoted(2_000_000), "buy", 2_000_000)
        orders = self.desk.state.orders.values()
        order = next(one for one in orders if one.pair == "EUR/USD")
        self.executions += 1
        self.last = {
            "order_id": order.current_id,
            "venue": order.venue,
            "exec_id": ExecId(f"X{self.executions}"),
            "report": OrderReport.TRADE,
            "venue_order_id": f"V{order.order_id}",
            "ended": True,
            "pair": order.pair,
            "side": order.side,
            "last_amount": order.remaining,
            "last_price": Decimal(price),
            "filled": order.amount,
            "remaining": Decimal(0),
        }
        self._say()

    def teardown(self) -> None:
        super().teardown()
        check_split(recorded(self.desk).tables())


def check_split(tables: Any) -> None:
    deals, ends = worths(tables), results_at_end(tables)
    for by in BY:
        table = by_group(tables, deals, lambda row, by=by: str(row[by]))  # type: ignore[misc]
        assert all(group != BEFORE for group, _ in table), "these days begin with empty books"
        for name, ledger in ends.items():
            mine = [parts for (_, of), parts in table.items() if of == name]
            assert ledger["total"] == sum((sum(parts.values()) for parts in mine), Decimal(0))
            for source in SOURCES:
                assert ledger[source] == sum((parts[source] for parts in mine), Decimal(0))
                SPLIT[source] += bool(ledger[source])
    rates, columns = rates_of(tables), {}
    for by in BY:
        table_lines = lines(tables, deals, by, rates)
        assert sum((line.total for line in table_lines), Decimal(0)) == total_of(tables, rates)
        sums = tuple(sum(getattr(line, source) for line in table_lines) for source in SOURCES)
        columns[sums] = by
    assert len(columns) == 1, f"the tables of one page have other sums: {columns}"


def test_results_by_source_add_up_to_the_ledger_after_any_day() -> None:
    run_state_machine_as_test(RecordedDay, settings=few(7, steps=60))
    run_state_machine_as_test(RecordedHedges, settings=few(6, steps=60))
    assert all(SPLIT[source] for source in SOURCES), SPLIT
