"""Days on which parts of the robot are stopped: nothing new there, and nothing else is touched.

The days with hedges and persons' orders, with kill switches of every scope pulled and released in
between. What is stopped is judged from the messages that leave, by rules of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from robot.core.ordering import HEDGE
from robot.core.our_orders import Order
from robot.deals.party import Side
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    ConcludeDeal,
    DealBooked,
    ReplaceOrder,
    SendOrder,
    SendQuote,
)
from robot.messages.events import KillSwitchPulled, KillSwitchReleased
from robot.messages.orders import OrderReport
from robot.messages.stops import StopScope
from tests.kit.examples import few
from tests.properties.test_orders import DayWithHedges

MET = {
    ("all", ""): (3, 2),
    ("desk", "bankcnbj"): (3, 2),
    ("book", "FXSPOT"): (3, 2),
    ("venue", "ALPHA"): (1, 1),
    ("venue", "beta"): (2, 1),
    ("counterparty", "BANKA"): (2, 0),
    ("counterparty", "BANKB"): (1, 2),
    ("pair", "EURUSD"): (2, 2),
    ("pair", "USD/JPY"): (1, 0),
    ("product", "SPOT"): (3, 2),
    ("product", "FORWARD"): (0, 0),
    ("strategy", "two_way"): (3, 0),
    ("strategy", "hedge"): (0, 0),
    ("trader", "Wang.Fang"): (0, 2),
    ("trader", "li.wei"): (0, 0),
}
"""Each part that is stopped, and how many it meets of the three quotes and the two orders that
`_be_open_for_business` sets running."""
PARTS = list(MET)
EVERYTHING = {
    "venue": "",
    "counterparty": "",
    "pair": "",
    "product": "SPOT",
    "strategy": "",
    "trader": "",
}
SEEN: Counter[str] = Counter()


def is_in(part: tuple[str, str], about: dict[str, str]) -> bool:
    """Whether what a message is about belongs to a part."""
    scope, value = part
    if scope in ("all", "desk", "book"):
        return True
    plain = value.replace("/", "").lower()
    return about[scope].replace("/", "").lower() == plain


def about_quote(quote: SendQuote) -> dict[str, str]:
    return {
        "venue": quote.venue,
        "counterparty": quote.counterparty,
        "pair": quote.pair,
        "product": "SPOT",
        "strategy": "two_way",
        "trader": "",
    }


def about_order(order: Order) -> dict[str, str]:
    """All orders of these days are dealt with BANKB, by the hedge or for wang.fang."""
    hedges = order.purpose == HEDGE
    return {
        "venue": order.venue,
        "counterparty": "BANKB",
        "pair": order.pair,
        "product": "SPOT",
        "strategy": "hedge" if hedges else "",
        "trader": "" if hedges else "wang.fang",
    }


class DayWithStops(DayWithHedges):
    """Adds the kill switches."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped: dict[tuple[StopScope, str], bool] = {}
        self.sent_quotes: dict[str, SendQuote] = {}
        self.seen = 0

    @rule(part=st.sampled_from(PARTS), wide=st.integers(0, 4))
    def pull(self, part: tuple[str, str], wide: int) -> None:
        """What stops everything is pulled once in five: the days are to deal, too."""
        if wide and is_in(part, EVERYTHING):
            return
        self._be_open_for_business()
        state = self.desk.state
        quotes = {name: is_in(part, about_quote(self.sent_quotes[name])) for name in state.quotes}
        orders = {
            name: (is_in(part, about_order(order)), order.unwanted)
            for name, order in state.orders.items()
        }
        self.desk.step(
            KillSwitchPulled(actor="a", reason="b", scope=StopScope(part[0]), value=part[1])
        )
        SEEN[part[0]] += 1
        for name, meant in quotes.items():
            assert (name in state.quotes) is not meant, (name, part)
            SEEN["pulled" if meant else "left"] += 1
        for name, (meant, unwanted) in orders.items():
            order = state.orders[name]
            assert order.unwanted is (meant or unwanted), (name, part)
            SEEN["canceled" if meant else "worked on"] += 1
        self._be_open_for_business()  # as far as it may

    def _be_open_for_business(self) -> None:
        """Quotes of both venues and both pairs, and orders, as far as they are not stopped; what is
        to be canceled is, so that there is room for them.
        """
        self.quiet_market(0)
        for order in tuple(self.desk.state.orders.values()):
            if order.unwanted and order.stage == "CHANGING":
                said = self._about(order, OrderReport.CANCELED, order.filled, Decimal(0))
                self.last = said | {"ended": True}
                self._say()
        self._look()
        for venue, pair, client in (
            ("ALPHA", "EUR/USD", "BANKA"),
            ("BETA", "USD/JPY", "BANKB"),
            ("BETA", "EUR/USD", "BANKA"),
        ):
            self.desk.rfq("1000", pair, client=client, venue=venue)
            self._look()
        for venue in ("ALPHA", "BETA"):
            self.person_places(venue, "EUR/USD", Side.BUY, 300_000, "LIMIT", False, False, True)
            self._look()
        self.desk.pass_time(0)
        self._look()

    @precondition(lambda self: self.stopped)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        part = data.draw(st.sampled_from(list(self.stopped)), "part")
        self.desk.step(
            KillSwitchReleased(actor="a", reason="b", scope=StopScope(part[0]), value=part[1])
        )

    def _everything_holds(self) -> None:
        self._look()
        super()._everything_holds()

    def _look(self) -> None:
        """At every message since the last look, with what was stopped then."""
        desk = self.desk
        for stamped, effects in zip(
            desk.stepped[self.seen :], desk.history[self.seen :], strict=True
        ):
            event = stamped.event
            if isinstance(event, KillSwitchPulled):
                self.stopped[event.scope, event.value] = True
            elif isinstance(event, KillSwitchReleased):
                self.stopped.pop((event.scope, event.value), None)
            booked = any(isinstance(one, DealBooked) and not one.deal.as_taker for one in effects)
            for effect in effects:
                if isinstance(effect, SendQuote):
                    self.sent_quotes[effect.quote_id] = effect
                if isinstance(effect, AlertRaised) and effect.code == "KILL_FLAT":
                    SEEN["flat"] += 1
                for about in self._new(effect, booked):
                    for part in self.stopped:
                        assert not is_in(part, about), (part, effect)
        self.seen = len(self.desk.history)

    def _new(self, effect: AnyEffect, booked: bool) -> Iterator[dict[str, str]]:
        """What a message newly binds us to."""
        if isinstance(effect, SendQuote):
            yield about_quote(effect)
        elif isinstance(effect, ConcludeDeal) and booked:
            yield about_quote(self.sent_quotes[effect.deal.quote_id])
        elif isinstance(effect, SendOrder | ReplaceOrder):
            state: Any = self.desk.state
            order = state.orders.get(state.order_names.get(effect.order_id, ""))
            if order is not None:
                yield about_order(order)


@pytest.mark.parametrize("part", PARTS, ids=" ".join)
def test_a_part_is_stopped_amid_dealing_and_let_go_again(part: tuple[str, str]) -> None:
    """Every part once, not left to the dice."""
    SEEN.clear()
    day, (quotes, orders) = DayWithStops(), MET[part]
    try:
        day.pull(part, 0)
        assert (quotes, 3 - quotes) == (SEEN["pulled"], SEEN["left"])
        assert (orders, 2 - orders) == (SEEN["canceled"], SEEN["worked on"])
        day.desk.step(
            KillSwitchReleased(actor="a", reason="b", scope=StopScope(part[0]), value=part[1])
        )
        day._be_open_for_business()
        day._everything_holds()
        assert not day.stopped and len(day.desk.state.quotes) >= 3
    finally:
        day.teardown()


def test_what_is_stopped_deals_nothing_new_and_what_is_not_is_not_touched() -> None:
    SEEN.clear()
    run_state_machine_as_test(DayWithStops, settings=few(20, 40))
    missing = [name for name in ("pulled", "left", "canceled", "worked on") if not SEEN[name]]
    assert not missing, f"no {missing}: the machine was idle; {SEEN}"
