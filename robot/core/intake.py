"""Understanding a request: may anything be dealt at all, and which known things does it name?

The ladder of checks that need no market, said then dated; the first reason wins.
"""

from __future__ import annotations

from datetime import date

import msgspec

from robot.basics.currency import CurrencyPair, base_of, parse_pair, round_amount
from robot.basics.ids import CounterpartyId
from robot.core.quoting import SPOT, dealing_refusal
from robot.core.state import NEGOTIATIONS_MAX, RobotState
from robot.deals.convention import Convention
from robot.deals.dates import Dated, spot_date
from robot.deals.party import Counterparty
from robot.errors import BeyondHorizon, UnknownReference
from robot.limits.limit import Reason, Refusal
from robot.messages.events import RfqReceived


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """A request that names known things: said, then dated."""

    counterparty: Counterparty
    pair: CurrencyPair
    value_date: date
    provisional: bool
    """Whether the value date rests on days that are computed and not announced."""


def understand(state: RobotState, event: RfqReceived) -> Understood | Refusal:
    """The request in known terms, or the first reason against it."""
    if event.overloaded or len(state.negotiations) >= NEGOTIATIONS_MAX:
        return Refusal(reason=Reason.OVERLOADED, detail="too many requests at once, ask again")
    refusal = dealing_refusal(state, event.venue, event.product)
    if refusal is not None:
        return refusal
    counterparty = state.configured().counterparties.get(event.counterparty or CounterpartyId(""))
    if counterparty is None:
        detail = f"counterparty {event.counterparty or '(none given)'} is not admitted"
        return Refusal(reason=Reason.UNKNOWN_COUNTERPARTY, detail=detail)
    dated = _date(state, event)
    if isinstance(dated, Refusal):
        return dated
    return _check_request(state, event) or Understood(
        counterparty=counterparty,
        pair=dated[0],
        value_date=dated[1].day,
        provisional=dated[1].provisional,
    )


def _date(state: RobotState, event: RfqReceived) -> tuple[CurrencyPair, Dated] | Refusal:
    """Pair and value date, or why they cannot be dealt."""
    reference = state.configured()
    try:
        pair = parse_pair(event.pair)
    except UnknownReference as problem:
        return Refusal(reason=Reason.UNKNOWN_PAIR, detail=str(problem))
    convention = reference.conventions.get(pair)
    offered = (venue.pairs for venue in reference.venues if venue.id == event.venue)
    if convention is None or not any(pair in pairs for pairs in offered):
        return Refusal(reason=Reason.UNKNOWN_PAIR, detail=f"{pair} is not dealt at {event.venue}")
    if event.product != SPOT:
        return Refusal(
            reason=Reason.UNKNOWN_PRODUCT, detail=f"product {event.product} is not dealt"
        )
    if event.currency not in (None, base_of(pair)):
        detail = f"dealt currency {event.currency}: only the base currency {base_of(pair)} is dealt"
        return Refusal(reason=Reason.UNKNOWN_CURRENCY, detail=detail)
    spot = _spot(state, convention)
    if isinstance(spot, Refusal):
        return spot
    if event.value_date not in (None, spot.day):
        detail = f"value date {event.value_date} is not the spot date {spot.day}"
        return Refusal(reason=Reason.UNKNOWN_VALUE_DATE, detail=detail)
    return pair, spot


def _spot(state: RobotState, convention: Convention) -> Dated | Refusal:
    """The spot date; a calendar that does not know is a refusal, never a guess."""
    try:
        return spot_date(convention, state.today(), state.configured().calendars)
    except BeyondHorizon as problem:
        return Refusal(reason=Reason.BEYOND_HORIZON, detail=str(problem))
    except UnknownReference as problem:
        return Refusal(reason=Reason.UNKNOWN_CALENDAR, detail=str(problem))


def _check_request(state: RobotState, event: RfqReceived) -> Refusal | None:
    if not event.amount.is_finite() or not event.amount > 0:
        return Refusal(reason=Reason.MALFORMED, detail=f"amount {event.amount} is not positive")
    base = base_of(parse_pair(event.pair))
    if event.amount != round_amount(event.amount, base):
        detail = f"amount {event.amount} is finer than the smallest {base} amount"
        return Refusal(reason=Reason.MALFORMED, detail=detail)
    if f"{event.venue} {event.rfq_id}" in state.seen_requests:
        return Refusal(
            reason=Reason.DUPLICATE_REQUEST, detail=f"request {event.rfq_id} came before"
        )
    if 0 < event.open_until_ns <= state.now_ns:
        return Refusal(reason=Reason.REQUEST_EXPIRED, detail="the request's own time is over")
    return None
