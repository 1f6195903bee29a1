"""The names that the core gave on the day, and those it gives to the same things now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TypeVar

import msgspec

from robot.basics.ids import letter_of
from robot.deals.deal import Deal
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect, ConcludeDeal, SendMassQuote, SendOrder, SendQuote
from robot.messages.events import AnyEvent, TradeReported

OURS = (
    "quote_id",
    "request_id",
    "order_id",
    "exec_id",
    "deal_id",
    "ask_id",
    "response_id",
    "mass_quote_id",
    "subscription_id",
    "report_id",
)
_SAME = ("venue", "counterparty", "pair", "product", "side", "maker", "hit_id", "set_id", "rfq_id")
"""What two messages have in common that say the same."""
_SAME_ORDER = ("amount", "price", "kind", "time_in_force")
"""And two orders: what was dealt of another amount or at another limit would not fit."""
_NAMING = (*OURS, "original_id", "reference", "reference_exec_id")

E = TypeVar("E", bound=msgspec.Struct)


class Names:
    """Ids of the record -> ids now; fed with the effects of each event of both."""

    def __init__(self) -> None:
        self._now: dict[str, str] = {}
        self._then: set[str] = set()
        """Every id of ours that the record gave in what was followed."""
        self.quotes_then: dict[str, SendQuote] = {}
        self.quotes_now: dict[str, SendQuote] = {}
        self.deals_then: dict[str, Deal] = {}
        self.deals_now: dict[str, Deal] = {}
        """By ExecID."""

    def gone(self, name: str) -> bool:
        """Whether the record's id names nothing now."""
        return name in self._then and name not in self._now

    def orders_gone(self, effects: Iterable[AnyEffect]) -> int:
        """How many orders of these effects of the record were not sent now."""
        return sum(isinstance(one, SendOrder) and self.gone(one.order_id) for one in effects)

    def translated(self, event: AnyEvent) -> AnyEvent | None:
        """The event with today's names; None where one of them names nothing now."""
        changes: dict[str, str] = {}
        for name in _NAMING:
            value = getattr(event, name, None)
            if not isinstance(value, str) or value not in self._then:
                continue
            if value not in self._now:
                return None
            changes[name] = self._now[value]
        found = msgspec.structs.replace(event, **changes) if changes else event
        if isinstance(event, TradeReported) and isinstance(found, TradeReported):
            return self._at_todays_price(event, found)
        return found

    def _at_todays_price(self, told: TradeReported, now: TradeReported) -> TradeReported:
        """The venue would have recorded the price that was dealt at; what it told otherwise on the
        day stays told otherwise.
        """
        before, after = self.deals_then.get(told.exec_id), self.deals_now.get(now.exec_id)
        if before is None or after is None or told.rate != before.rate:
            return now
        return msgspec.structs.replace(now, rate=after.rate, far_rate=after.far_rate)

    def pair(self, then: Iterable[AnyEffect], now: Iterable[AnyEffect]) -> list[AnyEffect]:
        """Learn the names of both; what was sent now and has no counterpart on the day."""
        waiting: dict[tuple[object, ...], list[msgspec.Struct]] = {}
        for effect in _parts(now):
            waiting.setdefault(_key(effect), []).append(effect)
            if isinstance(effect, SendQuote):
                self.quotes_now[effect.quote_id] = effect
            elif isinstance(effect, Deal):
                self.deals_now[effect.exec_id] = effect
        for effect in _parts(then):
            same = waiting.get(_key(effect))
            self._learn(effect, same.pop(0) if same else None)
            if isinstance(effect, SendQuote):
                self.quotes_then[effect.quote_id] = effect
            elif isinstance(effect, Deal):
                self.deals_then[effect.exec_id] = effect
        return [one for rest in waiting.values() for one in rest]  # type: ignore[misc]

    def _learn(self, then: msgspec.Struct, now: msgspec.Struct | None) -> None:
        for name in OURS:
            value = getattr(then, name, None)
            if not isinstance(value, str) or not letter_of(value):
                continue
            self._then.add(value)
            if now is not None:
                self._now[value] = getattr(now, name)


def price_shown(quote: SendQuote, *, at_bid: bool) -> Decimal | None:
    """The price of one side of a quote."""
    return quote.bid if at_bid else quote.offer


def _parts(effects: Iterable[AnyEffect]) -> Iterator[msgspec.Struct]:
    """Messages to venues, each that is made of several in its parts, too."""
    for effect in effects:
        if isinstance(effect, ConcludeDeal):
            yield effect.deal
        elif isinstance(effect, Wire):
            yield effect
        if isinstance(effect, SendMassQuote):
            yield from effect.quotes


def _key(effect: msgspec.Struct) -> tuple[object, ...]:
    names = (*_SAME, *_SAME_ORDER) if isinstance(effect, SendOrder) else _SAME
    request = getattr(effect, "request_id", "")
    foreign = request if isinstance(request, str) and not letter_of(request) else ""
    return (type(effect), foreign, *(getattr(effect, name, None) for name in names))
