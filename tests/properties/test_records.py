"""Whatever a day brings, its records say what the ledger says: results split by source add up to
the ledger's own, moment by moment and deal by deal.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from backtest.records import FollowedMarket, Recorder
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
from robot.deals.product import ProductKind
from robot.messages.basis import PnlBasis
from robot.messages.effects import DayClosed, DealAmended, DealBooked
from robot.messages.events import SessionKind
from robot.messages.orders import OrderReport
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.properties.test_orders import DayWithHedges
from tests.properties.test_products import DayOfAllProducts

SPLIT: Counter[str] = Counter()
TOLD: Counter[str] = Counter()
"""Days with a result of each source, and results that were compared: what it was tried on."""


def recorded(desk: Desk) -> Recorder:
    """The record of all that a desk was told, compared with the ledger's own word at each deal and
    at the end of each trade date, whether anybody quotes then or not.
    """
    recorder = Recorder(FollowedMarket())
    for stamped, effects in zip(desk.stepped, desk.history, strict=True):
        if stamped.at_ns >= recorder.due_ns:
            recorder.mark(stamped.at_ns)
        for one in effects:
            if isinstance(one, DayClosed):  # of the date that was in force before the event
                assert one.pnl.keys() | one.pnl_basis.keys() == recorder._now.books.pairs.keys()
                says_the_same(recorder, stamped.at_ns, one)
        recorder.take(stamped.at_ns, stamped.event, effects)
        told = [one for one in effects if isinstance(one, DealBooked | DealAmended)]
        if told:
            says_the_same(recorder, stamped.at_ns, told[-1])
    recorder.finish(desk.at_ns)
    return recorder


def says_the_same(
    recorder: Recorder, at_ns: int, told: DealBooked | DealAmended | DayClosed
) -> None:
    for name, result in told.pnl.items():
        split = recorder._now.books.value(name, recorder._market, at_ns)
        basis = told.pnl_basis.get(name, PnlBasis())
        if split is None:
            assert basis.without_mid, f"{name} never had a middle, and nothing says so"
            continue
        assert split.total == Decimal(result), f"{name} at {told}"
        TOLD[type(told).__name__] += 1
        TOLD["at old points"] += bool(basis.points_age_ms)
        TOLD["at an old middle"] += bool(basis.mid_age_ms)
        TOLD["loans"] += "/" not in name and bool(split.carry)


class RecordedDay(DayOfAllProducts):
    """Days of every product, read back from their records when they are over."""

    @initialize(
        kind=st.sampled_from([ProductKind.FORWARD, ProductKind.SWAP, ProductKind.NDF]),
        loan=st.sampled_from([ProductKind.DEPOSIT, ProductKind.REPO]),
        side=st.sampled_from(["buy", "sell"]),
    )
    def held_overnight(self, kind: ProductKind, loan: ProductKind, side: str) -> None:
        for one in (kind, loan):
            self.usual_product(one, "1000000", side, True)

    @rule(days=st.sampled_from([1, 5, 7, 28]), silent=st.booleans())
    def night(self, days: int, silent: bool) -> None:
        """Points run off and interest accrues; perhaps nobody quotes any more when the day ends."""
        venues = [venue.id for venue in self.desk.reference.venues]
        for venue in venues if silent else ():
            self.desk.log_out(venue, SessionKind.MARKET_DATA)
        self.desk.after(10_000).roll(days)
        self.usual_product(ProductKind.DEPOSIT, "1000000", "buy", True)
        for venue in venues if silent else ():
            self.desk.log_on(venue)

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
    kinds = ("DealBooked", "DayClosed", "at old points", "at an old middle", "loans")
    assert all(TOLD[kind] for kind in kinds), TOLD
