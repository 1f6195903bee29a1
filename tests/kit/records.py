"""What left and came of a desk, as the record of a venue that saw all of it: for the oracle.

Times are not the clock's: every effect has the number of its event times a thousand and its place,
so that the order of things is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from connectors.sim.order_rows import OrderFill, OrderLife
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill, QuoteLife
from robot.deals.deal import Deal
from robot.deals.party import BUY
from robot.messages.effects import (
    AnyEffect,
    DealBooked,
    OrderChanged,
    OrderEnded,
    QuoteEnded,
    ReplaceOrder,
    SendOrder,
    SendQuote,
)

STEP = 1_000
"""Of the record's time to one event."""


class Recorder:
    """Follows the effects of each event, in order."""

    def __init__(self) -> None:
        self.quotes: dict[str, QuoteLife] = {}
        self.fills: list[Fill] = []
        self.orders: dict[str, OrderLife] = {}
        self.done: list[OrderLife] = []
        self.order_fills: list[OrderFill] = []
        self._first: dict[str, str] = {}
        self._filled: dict[str, Decimal] = {}

    def follow(self, number: int, effects: Sequence[AnyEffect]) -> None:
        """What one event brought."""
        for place, effect in enumerate(effects):
            at_ns = number * STEP + place
            match effect:
                case SendQuote():
                    self.quotes[effect.quote_id] = _quote(effect, at_ns)
                case QuoteEnded():
                    self.quotes[effect.quote_id].ended_at_ns = at_ns
                case SendOrder():
                    self._first[effect.order_id] = effect.order_id
                    self.orders[effect.order_id] = _order(effect, at_ns)
                case ReplaceOrder():
                    first = self._first[effect.original_id]
                    self._first[effect.order_id] = first
                    self._become(first, effect.amount, effect.price, at_ns)
                case OrderChanged():
                    self._become(effect.order_id, effect.amount, effect.price, at_ns)
                case OrderEnded():
                    self._end(effect.order_id, at_ns)
                case DealBooked():
                    self._deal(effect.deal, at_ns)

    def record(self) -> VenueRecord:
        """Of all venues together."""
        orders = (*self.done, *self.orders.values())
        return VenueRecord(
            {}, (), (), tuple(self.quotes.values()), (), tuple(self.fills), (), (), (), (),
            (), orders, (), tuple(self.order_fills),
        )  # fmt: skip

    def _deal(self, deal: Deal, at_ns: int) -> None:
        self.fills.append(fill_of(deal, at_ns))
        life = self.orders.get(deal.order_id)
        if not deal.as_taker or life is None:
            return
        dealt = deal.counter_amount if deal.currency else deal.base_amount
        self._filled[deal.order_id] = self._filled.get(deal.order_id, Decimal(0)) + dealt
        self.order_fills.append(
            OrderFill(
                venue=deal.venue,
                exec_id=deal.exec_id,
                order_id=deal.order_id,
                venue_order_id=life.venue_order_id,
                pair=deal.pair,
                side=life.side,
                currency=life.currency,
                size=dealt,
                rate=deal.rate,
                base_amount=deal.base_amount,
                counter_amount=deal.counter_amount,
                value_date=f"{deal.value_date:%Y%m%d}",
                trade_date=f"{deal.trade_date:%Y%m%d}",
                mid=None,
                at_ns=at_ns,
                wall_ns=at_ns,
            )
        )

    def _become(self, name: str, amount: Decimal, price: Decimal, at_ns: int) -> None:
        """Another amount and limit from here on, of what is not dealt yet."""
        life = self._end(name, at_ns)
        if life is not None:
            left = max(amount - self._filled.get(name, Decimal(0)), Decimal(0))
            self.orders[name] = replace(
                life,
                venue_order_id=f"{name} from {at_ns}",
                order_id=f"{name} changed",
                size=left,
                price=price,
                received_at_ns=at_ns,
                ended_at_ns=None,
            )

    def _end(self, name: str, at_ns: int) -> OrderLife | None:
        life = self.orders.pop(name, None)
        if life is not None:
            self.done.append(replace(life, ended_at_ns=at_ns))
        return life


def fill_of(deal: Deal, at_ns: int) -> Fill:
    """A deal as its venue has it; what we took names no quote."""
    return Fill(
        venue=deal.venue,
        exec_id=deal.deal_id,
        order_id=deal.order_id,
        hit_id=deal.hit_id,
        response_id=None,
        quote_id=None if deal.as_taker else deal.quote_id,
        client=deal.counterparty,
        pair=deal.pair,
        side="2" if deal.side is BUY else "1",
        base_amount=deal.base_amount,
        rate=deal.rate,
        counter_amount=deal.counter_amount,
        counter_currency=deal.pair[4:],
        value_date=f"{deal.value_date:%Y%m%d}",
        trade_date=f"{deal.trade_date:%Y%m%d}",
        transact_at_ns=at_ns,
        received_at_ns=at_ns,
        received_wall_ns=at_ns,
        mid=None,
        poss_dup=False,
    )


def _quote(sent: SendQuote, at_ns: int) -> QuoteLife:
    return QuoteLife(
        venue=sent.venue,
        quote_id=sent.quote_id,
        request_id=sent.request_id,
        entry=1,
        client=sent.counterparty,
        pair=sent.pair,
        size=sent.amount,
        bid=sent.bid,
        offer=sent.offer,
        bid_size=None,
        offer_size=None,
        value_date=f"{sent.value_date:%Y%m%d}",
        valid_until_ns=None,
        received_at_ns=at_ns,
        received_wall_ns=at_ns,
        mid=None,
        market_wall_ns=None,
    )


def _order(sent: SendOrder, at_ns: int) -> OrderLife:
    return OrderLife(
        venue=sent.venue,
        venue_order_id=sent.order_id,
        order_id=sent.order_id,
        first_order_id=sent.order_id,
        pair=sent.pair,
        side="1" if sent.side is BUY else "2",
        currency=sent.currency or sent.pair[:3],
        size=sent.amount,
        kind="2",
        price=sent.price,
        time_in_force=str(sent.time_in_force),
        expires_ns=None,
        value_date=f"{sent.value_date:%Y%m%d}",
        status="0",
        received_at_ns=at_ns,
        received_wall_ns=at_ns,
    )
