"""Days on which the robot hedges: whatever is said of its orders and when, the invariants hold.

The same machine as for quotes; the venue of our orders deals in parts, is silent, repeats itself,
rejects, cancels and answers questions, in any order.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from robot.basics.ids import ExecId, VenueId
from robot.core.ordering import HEDGE
from robot.core.our_orders import Order
from robot.deals.deal import Deal
from robot.deals.party import Side
from robot.limits.exposure import position_limit
from robot.messages.effects import (
    CancelAllOrders,
    DealAmended,
    DealBooked,
    OrderChanged,
    OrderEnded,
    ReplaceOrder,
    SendOrder,
)
from robot.messages.events import HaltCleared
from robot.messages.orders import (
    CancelRefused,
    OrderCancelWanted,
    OrderChangeWanted,
    OrderKind,
    OrderReport,
    OrderReported,
    OrdersCancelled,
    OrderWanted,
    TimeInForce,
)
from tests.kit.desk import ORIGIN, Desk
from tests.kit.examples import few
from tests.kit.invariants import positions_of
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
    "tree": {  # wide open: that the figures are right is looked at after every step
        "gross_position": [{"venue": "*", "maximum": "1e12"}],
        "tenor_gap": [{"counterparty": "*", "maximum": "1e12"}],
        "liquidity_gap": [{"everyone": "all", "horizon_days": 5, "maximum": "1e12"}],
        "dv01": [{"trader": "*", "maximum": "1e12"}],
    },
}
TOLD: Counter[str] = Counter()


def dealt(deal: Deal) -> Decimal:
    """Of the dealt currency."""
    return deal.counter_amount if deal.currency else deal.base_amount


def most(order: Order, currency: str, down: bool) -> Decimal:
    """How much of a position an order can take away, dealt at its limit or 1 % better."""
    sign = order.side.sign if currency == order.pair[:3] else -order.side.sign
    if currency not in order.pair or (sign < 0) is not down:
        return Decimal(0)
    if order.terms.leg.currency == currency:
        return order.remaining
    better = order.worst_price * (1 - order.side.sign * Decimal("0.003"))
    in_base = currency == order.pair[:3]
    return order.remaining / better if in_base else order.remaining * better


class DayWithHedges(TradingDay):
    """Adds a venue that deals our orders."""

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk().changed(
            venues=[
                {
                    "id": name,
                    "pairs": ["EUR/USD", "USD/JPY"],
                    "counterparty": "BANKB",
                    "mass_cancel": name == "ALPHA",
                }
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
        self.requests = 0
        self.sent: set[str] = set()
        self.newest: dict[str, Deal] = {}
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
                OrderReport.REPLACED,
            ]
        ),
        new_id=st.booleans(),
    )
    def report(self, data: st.DataObject, share: str, kind: OrderReport, new_id: bool) -> None:
        orders = list(self.desk.state.orders.values())
        if kind is OrderReport.REPLACED:
            orders = [order for order in orders if order.replacement] or orders
        order: Order = data.draw(st.sampled_from(orders), "order")
        if kind is OrderReport.REPLACED or (new_id and order.replacement):
            self._say_replaced(order, kind)
            return
        unit = Decimal(1) if order.terms.leg.currency == "JPY" else Decimal("0.01")
        part = (order.remaining * Decimal(share)).quantize(unit)
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

    def _say_replaced(self, order: Order, kind: OrderReport) -> None:
        """The replacement is in force: said so, or shown by a report under its id."""
        wanted = order.replacement
        if wanted is None:
            return
        shown = OrderReport.STATUS if kind is not OrderReport.REPLACED else kind
        left = max(wanted.amount - order.filled, Decimal(0))
        self.last = self._about(order, shown, order.filled, left) | {
            "order_id": order.change_id,
            "original_id": order.current_id,
            "ended": not left,
        }
        self._say()

    def _about(
        self, order: Order, kind: OrderReport, filled: Decimal, remaining: Decimal
    ) -> dict[str, Any]:
        self.executions += 1
        return {
            "order_id": order.current_id,
            "venue": order.venue,
            "exec_id": ExecId(f"X{self.executions}"),
            "report": kind,
            "venue_order_id": f"V{order.order_id}",
            "ended": False,
            "pair": order.pair,
            "side": order.side,
            "filled": filled,
            "remaining": remaining,
        }

    @rule(
        venue=st.sampled_from(["ALPHA", "BETA"]),
        pair=st.sampled_from(["EUR/USD", "USD/JPY"]),
        side=st.sampled_from(list(Side)),
        amount=st.sampled_from([300_000, 1_000_000, 2_000_000]),
        kind=st.sampled_from(["MARKET", "LIMIT", "LIMIT"]),
        in_counter=st.booleans(),
        again=st.sampled_from([False, False, True]),
        works=st.sampled_from([True, True, False]),
    )
    def person_places(
        self,
        venue: str,
        pair: str,
        side: Side,
        amount: int,
        kind: str,
        in_counter: bool,
        again: bool,
        works: bool,
    ) -> None:
        self.quiet_market(0)
        self.requests += not again
        self.desk.step(
            OrderWanted(
                actor="wang.fang",
                reason="test",
                request=f"P{self.requests}",
                venue=VenueId(venue),
                pair=pair,
                side=side,
                amount=Decimal(amount),
                currency=pair[4:] if in_counter else "",
                kind=OrderKind(kind),
                price=Decimal("1.10000" if pair == "EUR/USD" else "102.300")
                if kind == "LIMIT"
                else None,
                time_in_force=TimeInForce.DAY if kind == "LIMIT" else TimeInForce.FOK,
            )
        )
        for sent in self.desk.all(SendOrder) if works else ():
            order = self.desk.state.orders[sent.order_id]
            self.last = self._about(order, OrderReport.NEW, Decimal(0), order.amount)
            self._say()

    @precondition(lambda self: self.desk.state.orders)
    @rule(data=st.data(), share=st.sampled_from(["0.5", "1.5", "2"]), ticks=st.integers(-9, 9))
    def person_changes(self, data: st.DataObject, share: str, ticks: int) -> None:
        self.quiet_market(0)
        orders = list(self.desk.state.orders.values())
        orders = [order for order in orders if order.stage == "WORKING"] or orders
        order: Order = data.draw(st.sampled_from(orders), "order")
        tick = Decimal("0.00001" if order.pair == "EUR/USD" else "0.001")
        self.requests += 1
        self.desk.step(
            OrderChangeWanted(
                actor="wang.fang",
                reason="test",
                request=f"P{self.requests}",
                order_id=order.order_id,
                amount=order.amount * Decimal(share),
                price=order.worst_price + ticks * tick,
            )
        )

    @rule(what=st.sampled_from(["ALPHA", "BETA", "", "one"]))
    def person_cancels(self, what: str) -> None:
        one = next(iter(self.desk.state.orders), "") if what == "one" else ""
        self.requests += 1
        self.desk.step(
            OrderCancelWanted(
                actor="wang.fang",
                reason="test",
                request=f"P{self.requests}",
                order_id=one,
                venue="" if what == "one" else what,
            )
        )

    @precondition(lambda self: self.desk.state.flattening)
    @rule(accepted=st.booleans())
    def answer_mass_cancel(self, accepted: bool) -> None:
        for venue, asked in tuple(self.desk.state.flattening.items()):
            if asked.request_id:
                TOLD["r"] += 1
                self.desk.step(
                    OrdersCancelled(
                        origin=ORIGIN,
                        venue=venue,
                        request_id=asked.request_id,
                        accepted=accepted,
                    )
                )

    @precondition(lambda self: any(deal.as_taker for deal in self.desk.state.deals.values()))
    @rule(
        data=st.data(),
        kind=st.sampled_from([OrderReport.BUSTED, OrderReport.CORRECTED]),
        share=st.sampled_from(["0.5", "1", "2"]),
        better=st.integers(-1, 3),
    )
    def change_trade(self, data: st.DataObject, kind: OrderReport, share: str, better: int) -> None:
        """The venue takes a trade back or corrects it, whether its order is open or not."""
        state = self.desk.state
        taken = [deal for deal in state.deals.values() if deal.as_taker]
        deal: Deal = data.draw(st.sampled_from(taken), "deal")
        order = state.orders.get(deal.order_id)
        bounds = order or state.past_orders.get(deal.order_id)
        if bounds is None:
            return
        had = Decimal(0) if deal.void else dealt(deal)
        now = (dealt(deal) * Decimal(share)).quantize(Decimal(1))
        tick = Decimal("0.00001" if deal.pair == "EUR/USD" else "0.001")
        busted = kind is OrderReport.BUSTED
        filled = bounds.filled - had + (0 if busted else now)
        self.executions += 1
        self.last = {
            "order_id": deal.order_id,
            "venue": deal.venue,
            "exec_id": ExecId(f"X{self.executions}"),
            "reference_exec_id": deal.exec_id,
            "report": kind,
            "ended": order is None or filled >= bounds.amount,
            "pair": deal.pair,
            "side": deal.side,
            "last_amount": None if busted else now,
            "last_price": None if busted else deal.rate - deal.side.sign * better * tick,
            "filled": filled,
            "remaining": bounds.amount - filled if order is not None else Decimal(0),
        }
        self._say()

    @precondition(lambda self: self.last)
    @rule()
    def report_again(self) -> None:
        """The same report, as after a gap."""
        self._say()

    @precondition(lambda self: self.desk.state.breaks)
    @rule()
    def look_at_breaks(self) -> None:
        """A person looks, so that the day goes on."""
        for name in [name for name in self.desk.state.halts if name.startswith("break ")]:
            self.desk.step(HaltCleared(halt=name, actor="li.wei", reason="test"))

    @precondition(lambda self: self.desk.state.orders)
    @rule(data=st.data(), ended=st.booleans())
    def refuse_change(self, data: st.DataObject, ended: bool) -> None:
        order: Order = data.draw(st.sampled_from(list(self.desk.state.orders.values())), "order")
        self.desk.step(
            CancelRefused(
                origin=ORIGIN,
                venue=order.venue,
                order_id=order.change_id or order.current_id,
                original_id=order.current_id,
                replacing=order.replacement is not None,
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
                if isinstance(effect, DealBooked) and effect.deal.as_taker:
                    TOLD["taken"] += 1
                if isinstance(effect, DealBooked | DealAmended):
                    self.newest[effect.deal.deal_id] = effect.deal
                if isinstance(effect, DealAmended):
                    TOLD["void" if effect.deal.void else "corrected"] += 1
                if isinstance(effect, ReplaceOrder | CancelAllOrders | OrderChanged):
                    TOLD[type(effect).__name__] += 1
                if isinstance(effect, SendOrder):
                    assert effect.order_id not in self.sent, "sent twice"
                    self.sent.add(effect.order_id)
        super()._everything_holds()
        self._nothing_is_tried_again()
        self._is_not_over_hedged()
        self._orders_are_their_deals()

    def _nothing_is_tried_again(self) -> None:
        """Where the fate of an order is open nothing else is sent."""
        orders = self.desk.state.orders.values()
        doubtful = {order.venue for order in orders if order.stage == "UNKNOWN"}
        for sent in self.desk.all(SendOrder):
            assert sent.venue not in doubtful, sent

    def _is_not_over_hedged(self) -> None:
        """Were all orders in the market dealt, what a hedge was sent for would not turn: at the
        moment it is sent, the last thing that happens in a step.
        """
        state = self.desk.state
        for effect in self.desk.effects:
            order = state.orders.get(getattr(effect, "order_id", ""))
            if not isinstance(effect, SendOrder) or order.purpose != HEDGE:
                continue
            TOLD["hedged"] += 1
            currency = effect.pair[:3]
            position = state.ledger.net_position(currency)
            orders = state.orders.values()
            takes = sum((most(one, currency, position > 0) for one in orders), Decimal(0))
            assert takes <= abs(position), (takes, position)

    def _orders_are_their_deals(self) -> None:
        """Of every order, open or not, what is dealt is the sum of its trades that stand."""
        sums: Counter[str] = Counter()
        stands = [deal for deal in self.newest.values() if not deal.void]
        for deal in stands:
            sums[deal.order_id] += dealt(deal)
        state = self.desk.state
        for currency, amount in positions_of(stands).items():
            used = state.gate.accounts[position_limit(currency)].utilisation
            assert amount == used == state.ledger.net[currency], currency
        for name, order in [*state.orders.items(), *state.past_orders.items()]:
            assert order.filled == sums[name], name
            assert order.filled <= order.amount or name in state.past_orders
        for counterparty, line in state.gate.lines.items():
            known = sum((use.amount for use in line.of_deals.values()), Decimal(0))
            used = sum(line.by_value_date.values(), Decimal(0))
            assert known <= used, counterparty

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


DAYS = few(50)


@pytest.mark.slow
def test_days_with_orders_keep_the_invariants_and_replay_equal() -> None:
    SEEN.clear()
    run_state_machine_as_test(DayWithHedges, settings=DAYS)
    # What is rarer than these is required of the simulated days (tests/simulation).
    for name in ("SendOrder", "OrderEnded", "taken", "hedged", "CANCELED", "CancelAllOrders"):
        assert TOLD[name], f"no {name}: {TOLD}"
