"""What belongs together: the ids by which events and effects name each other.

Ids of our own (`Q20140502-000017`) are unique; those of others only at their venue, so they are
known with it. Nothing is ever linked by its time.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from robot.basics.ids import letter_of
from robot.messages.base import Effect, Event
from robot.messages.effects import (
    ConcludeDeal,
    DealAmended,
    DealBooked,
    RequestTrades,
    SendMassQuote,
    SubscribeMarket,
)
from robot.messages.events import TradeReported, TradesCounted
from robot.messages.streams import MassQuoteAnswered, TellTrade, TellTradeCount, TradesAsked

Id = tuple[str, str]
"""Venue (empty for our own) and id."""

LINKS = (
    "request_id",
    "rfq_id",
    "quote_id",
    "hit_id",
    "response_id",
    "exec_id",
    "reference_exec_id",
    "order_id",
    "original_id",
    "deal_id",
    "ask_id",
    "reservation_id",
    "subject",
    "replaces",
    "break_id",
    "reference",
)
_ONLY: dict[type, tuple[str, ...]] = {
    TradeReported: ("exec_id", "reference_exec_id"),
    TradesCounted: (),
    RequestTrades: (),
    TradesAsked: (),
    TellTradeCount: (),
    SubscribeMarket: (),
    MassQuoteAnswered: (),
    SendMassQuote: (),
}
"""Types whose other ids name a whole report, or prices of many."""
_STREAM = "STREAM-"
"""What is streamed has one id for all prices of a set: no conversation."""


def ids_of(message: Event | Effect) -> frozenset[Id]:
    """The ids a message names."""
    return frozenset(_ids(message, str(getattr(message, "venue", ""))))


def parts_of(message: Event | Effect) -> Iterator[Event | Effect]:
    """The message, or the messages of which it is made."""
    if isinstance(message, SendMassQuote):
        yield from message.quotes
    else:
        yield message


def known_as(text: str, venue: str) -> Id:
    """An id as it is known."""
    return ("", text) if letter_of(text) else (venue, text)


def _ids(message: object, venue: str) -> Iterator[Id]:
    for name in _ONLY.get(type(message), LINKS):
        value = getattr(message, name, None)
        if isinstance(value, str) and value and not value.startswith(_STREAM):
            yield known_as(value, venue)
    if isinstance(message, ConcludeDeal | DealBooked | DealAmended | TellTrade):
        deal = message.deal
        for name in LINKS:
            value = getattr(deal, name, None)
            if isinstance(value, str) and value and not value.startswith(_STREAM):
                yield known_as(value, deal.venue)


def named(message: msgspec.Struct, wanted: str) -> bool:
    """Whether a message names an id, at whatever venue."""
    return any(text == wanted for _, text in _ids(message, ""))
