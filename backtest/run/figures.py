"""What is counted while a run goes on, for its result and its progress."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from backtest.records.market import MarketSource
from robot.basics.currency import minor_unit
from robot.deals.deal import Deal
from robot.limits.results import currency_of
from robot.messages.effects import (
    AnyEffect,
    DealAmended,
    DealBooked,
    Decided,
    OrderEnded,
    RefuseHit,
    RefuseRfq,
    SendMassQuote,
    SendOrder,
    SendQuote,
)
from robot.messages.events import AnyEvent, HitReceived, RfqReceived


class Counts(msgspec.Struct):
    """Saved with every checkpoint."""

    requests: int = 0
    hits: int = 0
    quotes: int = 0
    orders: int = 0
    deals: int = 0
    """That stand: less those that a venue took back."""
    client_deals: int = 0
    """Of them on our quotes."""
    own_deals: int = 0
    """Of them on orders of ours, as hedges are."""
    amended: int = 0
    refused_requests: int = 0
    refused_hits: int = 0
    refused_orders: int = 0
    """Of ours, by our own limits; a hedge that is tried again counts again."""
    refusals: dict[str, int] = {}
    """By reason code."""
    order_endings: dict[str, int] = {}
    """What venues made of our orders: FILLED, CANCELED (an IOC order dealt in part, or not at all),
    REJECTED, EXPIRED.
    """
    orders_in_part: int = 0
    """Orders of which a part was dealt, and no more."""

    def hear(self, event: AnyEvent, effects: Sequence[AnyEffect]) -> None:
        """What an event brought."""
        if isinstance(event, RfqReceived):
            self.requests += 1
        elif isinstance(event, HitReceived):
            self.hits += 1
        for effect in effects:
            match effect:
                case SendQuote():
                    self.quotes += 1
                case SendMassQuote():
                    self.quotes += len(effect.quotes)
                case SendOrder():
                    self.orders += 1
                case DealBooked():
                    self._dealt(effect.deal, 1)
                case DealAmended():
                    self.amended += 1
                    self._dealt(effect.deal, -1 if effect.deal.void else 0)
                case RefuseRfq():
                    self.refused_requests += 1
                    self._refused(effect.reason)
                case RefuseHit():
                    self.refused_hits += 1
                    self._refused(effect.reason)
                case Decided(kind="ORDER", outcome="REFUSED"):
                    self.refused_orders += 1
                    self._refused(effect.reason)
                case OrderEnded():
                    self._ended(effect)

    def _dealt(self, deal: Deal, count: int) -> None:
        self.deals += count
        if deal.as_taker:
            self.own_deals += count
        else:
            self.client_deals += count

    def _ended(self, effect: OrderEnded) -> None:
        self.order_endings[effect.ending] = self.order_endings.get(effect.ending, 0) + 1
        self.orders_in_part += effect.ending != "FILLED" and effect.filled > 0

    def _refused(self, reason: str) -> None:
        self.refusals[reason] = self.refusals.get(reason, 0) + 1


def figures_of(
    prices: int, counts: Counts, market: MarketSource, at_ns: int
) -> dict[str, int | str]:
    """For the result of a run, at the prices that its records are valued at: `profit` is the
    result that its tear sheet says, and the deals are counted as there.
    """
    state = market.state
    figures: dict[str, int | str] = {"prices": prices, "events": state.stepped}
    for name in Counts.__struct_fields__:
        value = getattr(counts, name)
        if isinstance(value, int):
            figures[name] = value
    for reason in sorted(counts.refusals):
        figures[f"refused {reason}"] = counts.refusals[reason]
    for ending in sorted(counts.order_endings):
        figures[f"orders {ending}"] = counts.order_endings[ending]
    reporting = state.configured().reporting_currency
    total = Decimal(0)
    without = []
    for name in state.ledger.results:
        result = _result_of(market, name, at_ns)
        currency = currency_of(name)
        rate = market.worth(currency, reporting, at_ns)
        if result is not None:
            figures[f"result {name}"] = f"{result} {currency}"
        if result is None or rate is None:
            without.append(name)
        else:
            total += result * rate
    if without:
        figures["profit_without"] = " ".join(without)
    figures["profit"] = str(total.quantize(minor_unit(reporting)))
    figures["profit_currency"] = reporting
    return figures


def _result_of(market: MarketSource, name: str, at_ns: int) -> Decimal | None:
    """The ledger's result; None where there never was a middle to value it at."""
    state = market.state
    mid = market.last_spot(name, at_ns) if "/" in name else Decimal(0)
    if mid is None:
        return None
    found = state.ledger.result(
        name, mid, lambda day: market.points(name, day, at_ns), state.today()
    )
    return found.result
