"""The market as the journal has it, to mark deals a while after they were made."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from robot.basics.currency import CurrencyPair, counter_of
from robot.core.booking import edge_of
from robot.core.curves import take_tenor
from robot.core.state import RobotState
from robot.deals.agreed import Price, agree
from robot.deals.calendar_dates import CalendarDates
from robot.deals.deal import Deal
from robot.deals.party import BUY
from robot.deals.product import ProductKind
from robot.market.pricing import Priced, Pricer
from robot.market.snapshot import Mid
from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    MarketUpdated,
    RobotStarted,
    SessionDown,
    SessionKind,
)

_CENT = Decimal("0.01")


class Mark(NamedTuple):
    """What a deal is compared with."""

    deal: Deal
    mid: Decimal
    """In the terms of its price: a rate, of a swap the points, of a loan percent a year."""
    market: Priced | None = None
    """None = spot."""

    def gain(self, value: Decimal) -> Decimal:
        """What the deal at the price `value` is better than at the middle, in the counter currency
        (of a loan in its own); positive = we gained.
        """
        deal = self.deal
        if self.market is None or deal.resolved is None:
            sign = 1 if deal.side is BUY else -1
            return ((self.mid - value) * deal.base_amount * sign).quantize(_CENT)
        near_points = deal.rate - deal.spot_rate if deal.spot_rate is not None else Decimal(0)
        if deal.kind is not ProductKind.SWAP:
            near_points = Decimal(0)
        price, mid = (Price(one, deal.spot_rate, near_points) for one in (value, self.mid))
        gain = edge_of(deal.resolved, agree(deal.resolved, price), mid, self.market)
        return gain.quantize(_CENT)


def dealt_price(deal: Deal) -> Decimal:
    """What was agreed, in the terms of the price."""
    if deal.kind is ProductKind.SWAP and deal.points is not None:
        return deal.points
    return deal.rate


def result_currency(deal: Deal) -> str:
    """Of its gain."""
    return deal.pair if deal.kind.is_loan else counter_of(CurrencyPair(deal.pair))


class Marks:
    """Follows the prices of a journal."""

    def __init__(self) -> None:
        self._state = RobotState()
        self._pricer: Pricer | None = None

    def take(self, event: AnyEvent, at_ns: int) -> None:
        """One more record."""
        state = self._state
        state.now_ns = at_ns
        if isinstance(event, RobotStarted):
            reference = state.reference = event.reference
            state.market.restart()
            dates = CalendarDates(
                reference.conventions, reference.money_markets, reference.calendars
            )
            self._pricer = Pricer(reference.conventions, dates, reference.market)
        elif state.reference is None:
            return
        elif isinstance(event, MarketUpdated):
            state.market.update(event, at_ns, state.reference.market)
        elif isinstance(event, CurveUpdated):
            if event.bid is None or event.offer is None:
                state.curves.forget(event.venue, event.curve, event.tenor)
            else:
                take_tenor(state, event)
        elif isinstance(event, SessionDown) and event.kind is SessionKind.MARKET_DATA:
            state.market.forget(event.venue)
            state.curves.forget(event.venue)

    def mark(self, deal: Deal, at_ns: int) -> Mark | None:
        """The middle at a moment; None = there was no market to deal on."""
        state = self._state
        if state.reference is None or self._pricer is None:
            return None
        if deal.resolved is None:
            spot = state.market.mid(CurrencyPair(deal.pair), at_ns, state.reference.market)
            return Mark(deal, spot.mid) if isinstance(spot, Mid) else None
        found = self._pricer.priced(state.market, state.curves, deal.resolved, at_ns)
        return Mark(deal, found.mid, found) if isinstance(found, Priced) else None
