"""What is counted while a run goes on, for its result and its progress."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.core.state import RobotState
from robot.limits.results import currency_of
from robot.messages.effects import (
    AnyEffect,
    DealAmended,
    DealBooked,
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
    amended: int = 0
    refused_requests: int = 0
    refused_hits: int = 0
    refusals: dict[str, int] = {}
    """By reason code, of requests and hits."""

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
                    self.deals += 1
                case DealAmended():
                    self.amended += 1
                case RefuseRfq():
                    self.refused_requests += 1
                    self._refused(effect.reason)
                case RefuseHit():
                    self.refused_hits += 1
                    self._refused(effect.reason)

    def _refused(self, reason: str) -> None:
        self.refusals[reason] = self.refusals.get(reason, 0) + 1


def figures_of(prices: int, counts: Counts, state: RobotState) -> dict[str, int | str]:
    """For the result of a run."""
    figures: dict[str, int | str] = {"prices": prices, "events": state.stepped}
    for name in Counts.__struct_fields__:
        value = getattr(counts, name)
        if isinstance(value, int):
            figures[name] = value
    for reason in sorted(counts.refusals):
        figures[f"refused {reason}"] = counts.refusals[reason]
    reporting = state.configured().reporting_currency
    total = Decimal(0)
    for name, result in results_of(state).items():
        currency = currency_of(name)
        figures[f"result {name}"] = f"{result} {currency}"
        rate = rate_to(state, currency, reporting)
        if rate is None:
            figures["profit_without"] = f"{figures.get('profit_without', '')} {name}".strip()
        else:
            total += result * rate
    figures["profit"] = str(total.quantize(Decimal("0.01")))
    figures["profit_currency"] = reporting
    return figures


def results_of(state: RobotState) -> dict[str, Decimal]:
    """Result of each pair at the last prices, in its counter currency; forwards at spot (the
    records have them at their points).
    """
    return {
        name: state.ledger.result(name, last_mid(state, name) or Decimal(0), lambda day: None)
        for name in state.ledger.results
    }


def last_mid(state: RobotState, pair: str) -> Decimal | None:
    """Middle of the last prices of all venues, however old: a valuation, nothing is dealt on it."""
    market = state.market.pairs.get(CurrencyPair(pair))
    tops = list(market.tops.values()) if market is not None else []
    bids = [top.bid for top in tops if top.bid is not None]
    offers = [top.offer for top in tops if top.offer is not None]
    return (max(bids) + min(offers)) / 2 if bids and offers else None


def rate_to(state: RobotState, source: str, target: str) -> Decimal | None:
    """What one `source` is worth in `target` at the last prices; None = unknown."""
    if source == target:
        return Decimal(1)
    direct = last_mid(state, f"{source}/{target}")
    if direct is not None:
        return direct
    inverse = last_mid(state, f"{target}/{source}")
    return 1 / inverse if inverse else None
