"""Days on which the robot hedges: whatever is said of its orders and when, the invariants hold.

The same machine as for quotes; the venue of our orders deals in parts, is silent, repeats itself,
rejects, cancels and answers questions, in any order.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from robot.basics.ids import ExecId, VenueId
from robot.core.state import Order
from robot.messages.effects import DealBooked, OrderEnded, SendOrder
from robot.messages.events import CancelRefused, OrderReport, OrderReported
from tests.kit.desk import ORIGIN, Desk
from tests.properties.test_engine import SEEN, TIGHT, TradingDay

HEDGES = [
    {
        "pair": pair,
        "band": "1500000",
        "target": "0",
        "clip": "1000000",
        "slippage_bp": "3",
        "interval_ms": 500,
    }
    for pair in ("EUR/USD", "USD/JPY")
]
LIMITS = {
    **TIGHT,
    "orders_outstanding": 3,
    "counterparty_lines": {"BANKA": "400000", "BANKB": "250000", "BANKC": "50000"},
}
TOLD: Counter[str] = Counter()


class DayWithHedges(TradingDay):
    """Adds a venue that deals our orders."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk().changed(
            venues=[
                {"id": name, "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB"}
                for name in ("ALPHA", "BETA")
            ],
            hedges=HEDGES,
            limits=LIMITS,
        )
        self.desk.open()
        self.desk.market()
        self.desk.market("102.300", "102.310", "USD/JPY")
        self.checked = 0
        self.executions = 0
        self.last: dict[str, Any] = {}

    @precondition(lambda self: self.desk.state.orders)
    @rule(
        data=st.data(),
        share=st.sampled_from(["1", "1", "0.5", "0.001"]),
        kind=st.sampled_from(
            [
                OrderReport.TRADE,
                OrderReport.TRADE,
                OrderReport.NEW,
                OrderReport.CANCELED,
                OrderReport.REJECTED,
                OrderReport.STATUS,
            ]
        ),
    )
    def report(self, data: st.DataObject, share: str, kind: OrderReport) -> None:
        orders = list(self.desk.state.orders.values())
        order: Order = data.draw(st.sampled_from(orders), "order")
        part = (order.remaining * Decimal(share)).quantize(Decimal("0.01"))
        dealt = part if kind is OrderReport.TRADE and part > 0 else Decimal(0)
        if kind is OrderReport.TRADE and not dealt:
            return
        filled = order.filled + dealt
        self.executions += 1
        self.last = {
            "order_id": order.current_id,
            "venue": order.venue,
            "exec_id": ExecId(f"X{self.executions}"),
            "report": kind,
            "venue_order_id": f"V{order.order_id}",
            "ended": filled == order.amount or kind in ("CANCELED", "REJECTED"),
            "pair": order.pair,
            "side": order.side,
            "last_amount": dealt or None,
            "last_price": order.worst_price if dealt else None,
            "filled": filled,
            "remaining": order.amount - filled,
        }
        self._say()

    @precondition(lambda self: self.last)
    @rule()
    def report_again(self) -> None:
        """The same report, as after a gap."""
        self._say()

    @precondition(lambda self: self.desk.state.orders)
    @rule(data=st.data(), ended=st.booleans())
    def refuse_cancel(self, data: st.DataObject, ended: bool) -> None:
        order: Order = data.draw(st.sampled_from(list(self.desk.state.orders.values())), "order")
        self.desk.step(
            CancelRefused(
                origin=ORIGIN,
                venue=order.venue,
                order_id=order.change_id or order.current_id,
                original_id=order.current_id,
                replacing=False,
                ended=ended,
            )
        )

    def _say(self) -> None:
        self.desk.step(OrderReported(origin=ORIGIN, **self.last))
        TOLD[self.last["report"]] += 1

    def _everything_holds(self) -> None:
        for effects in self.desk.history[self.checked :]:
            TOLD.update(
                type(effect).__name__
                for effect in effects
                if isinstance(effect, SendOrder | OrderEnded)
            )
            for effect in effects:
                if isinstance(effect, SendOrder):
                    self._reduces(effect)
                if isinstance(effect, DealBooked) and effect.deal.as_taker:
                    TOLD["taken"] += 1
        super()._everything_holds()

    def _reduces(self, order: SendOrder) -> None:
        """No order could turn the position it was sent for, and one works for a pair at a time."""
        held = [one for one in self.desk.state.orders.values() if one.pair == order.pair]
        assert len(held) <= 1, held

    def teardown(self) -> None:
        for order in tuple(self.desk.state.orders.values()):
            self.last = {
                "order_id": order.current_id,
                "venue": VenueId(order.venue),
                "exec_id": ExecId(f"END{order.order_id}"),
                "report": OrderReport.CANCELED,
                "ended": True,
                "pair": order.pair,
                "side": order.side,
                "filled": order.filled,
                "remaining": Decimal(0),
            }
            self.desk.kill()  # so that no new one is sent in its place
            self._say()
        self.desk.kill()
        super().teardown()


DAYS = settings(max_examples=150, stateful_step_count=50)


@pytest.mark.slow
def test_days_with_orders_keep_the_invariants_and_replay_equal() -> None:
    SEEN.clear()
    run_state_machine_as_test(DayWithHedges, settings=DAYS)
    for name in ("SendOrder", "OrderEnded", "taken", "REJECTED", "CANCELED", "STATUS"):
        assert TOLD[name], f"no {name}: {TOLD}"
