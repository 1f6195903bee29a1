"""What stood on the wire, moment by moment: the record that limits are judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill, QuoteLife
from robot.deals.deal import Deal
from robot.messages.asks import TakeQuote
from robot.messages.base import Wire
from robot.messages.effects import (
    ConcludeDeal,
    ReplaceOrder,
    SendOrder,
    SendQuote,
    WithdrawAllQuotes,
    WithdrawQuote,
)

if TYPE_CHECKING:
    from tests.simulation.world import World


class WireRecord:
    """Quotes from the moment they are sent to the moment nobody can deal on them any more."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.rows: dict[str, QuoteLife] = {}
        self._live: dict[str, QuoteLife] = {}
        self._fills: dict[str, Fill] = {}
        self._ended: set[str] = set()

    def sent(self, effect: Wire) -> None:
        """A message leaves."""
        match effect:
            case SendQuote():
                self._close(effect.replaces)
                row = self._row(effect)
                if not row.ended_at_ns or row.ended_at_ns <= self._world.now_ns:
                    self._world.breach("I10", f"{effect.quote_id} left after its time")
                self.rows[effect.quote_id] = row
                self._live[effect.quote_id] = row
                if effect.request_id in self._ended:
                    self._close(effect.quote_id)
            case WithdrawQuote():
                self._close(effect.quote_id)
            case WithdrawAllQuotes():
                self.end_all(effect.venue)
            case ConcludeDeal():
                self._close(effect.deal.quote_id)
                self._fills.setdefault(effect.deal.exec_id, self._fill(effect.deal))
            case SendOrder():
                self._world.book.send(effect, self._world.now_ns)
            case TakeQuote():
                self._world.book.take(effect, self._world.now_ns)
            case ReplaceOrder():
                self._world.book.send_change(effect, self._world.now_ns)

    def end_all(self, venue: str | None = None) -> None:
        """The robot or its connection is gone: what it quoted can only be refused."""
        for quote_id, row in tuple(self._live.items()):
            if venue in (None, row.venue):
                self._close(quote_id)

    def end_request(self, request_id: str) -> None:
        """The client ended it: a quote that crosses the message is void, too."""
        self._ended.add(request_id)
        for quote_id, row in tuple(self._live.items()):
            if row.request_id == request_id:
                self._close(quote_id)

    def record(self) -> VenueRecord:
        """For `connectors.demo.oracle.limit_breaches`."""
        orders, order_fills = self._world.book.rows()
        dealt = tuple(trade.first_fill for trade in self._world.book.trades)
        rows, fills = tuple(self.rows.values()), (*self._fills.values(), *dealt)
        return VenueRecord({}, (), (), rows, (), fills, (), (), (), (), (), orders, (), order_fills)

    def clock_jumped(self, by_ns: int) -> None:
        """The core's clock went forward: its quotes end so much earlier."""
        for row in self._live.values():
            if row.ended_at_ns is not None and row.ended_at_ns > self._world.now_ns:
                row.ended_at_ns = max(self._world.now_ns, row.ended_at_ns - by_ns)

    def _close(self, quote_id: str | None) -> None:
        row = self._live.pop(quote_id or "", None)
        if row is not None:
            row.ended_at_ns = min(self._world.now_ns, row.ended_at_ns or self._world.now_ns)

    def _row(self, effect: SendQuote) -> QuoteLife:
        now_ns, left_ns = self._world.now_ns, effect.valid_until_ns - self._world.core_ns()
        return QuoteLife(
            venue=effect.venue,
            quote_id=effect.quote_id,
            request_id=effect.request_id,
            entry=1,
            client=effect.counterparty,
            pair=effect.pair,
            size=effect.amount,
            bid=effect.bid,
            offer=effect.offer,
            bid_size=None,
            offer_size=None,
            value_date=f"{effect.value_date:%Y%m%d}",
            valid_until_ns=effect.valid_until_ns,
            received_at_ns=now_ns,
            received_wall_ns=now_ns,
            mid=None,
            market_wall_ns=None,
            ended_at_ns=now_ns + left_ns,
        )

    def _fill(self, deal: Deal) -> Fill:
        now_ns = self._world.now_ns
        return Fill(
            venue=deal.venue,
            exec_id=deal.exec_id,
            order_id=deal.order_id,
            hit_id=deal.hit_id,
            response_id=None,
            quote_id=deal.quote_id,
            client=deal.counterparty,
            pair=deal.pair,
            side="2" if deal.side == "BUY" else "1",
            base_amount=deal.base_amount,
            rate=deal.rate,
            counter_amount=deal.counter_amount,
            counter_currency=None,
            value_date=f"{deal.value_date:%Y%m%d}",
            trade_date=f"{deal.trade_date:%Y%m%d}",
            transact_at_ns=None,
            received_at_ns=now_ns,
            received_wall_ns=now_ns,
            mid=None,
            poss_dup=False,
        )
