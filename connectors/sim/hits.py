"""Hits: what a client sends, whether it can only be refused, and what the answer must be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from connectors.sim.clients import Behaviour
from connectors.sim.dialogue import ExecutionIn
from connectors.sim.model import Moment, minor_unit_of, pip_of
from connectors.sim.requests import OpenRequest, price_for
from connectors.sim.rows import Fill, HitLife, QuoteLife

UNKNOWN_QUOTE_ID = "NOSUCHQUOTE"


@dataclass(frozen=True, slots=True)
class HitTerms:
    """How a hit differs from an honest one on the quote it names."""

    client: str
    quote_id: str
    size: Decimal
    price: Decimal


def terms_of(request: OpenRequest, quote: QuoteLife, price: Decimal, behaviour: str) -> HitTerms:
    """The terms of a hit: the quote's own, or bent the way the behaviour says."""
    client, quote_id, size = request.plan.shown_id, quote.quote_id, quote.size
    buys = request.plan.side == "1"
    match behaviour:
        case Behaviour.WRONG_SIZE:
            size = size * 2
        case Behaviour.BETTER_PRICE:
            price += pip_of(quote.pair) * (-2 if buys else 2)
        case Behaviour.WORSE_PRICE:
            price += pip_of(quote.pair) * (1 if buys else -1)
        case Behaviour.UNKNOWN_QUOTE:
            quote_id = UNKNOWN_QUOTE_ID
        case Behaviour.OTHER_CLIENT:
            client = "BANKA" if client != "BANKA" else "BANKB"
    return HitTerms(client, quote_id, size, price)


def must_be_refused(
    request: OpenRequest, quote: QuoteLife, terms: HitTerms, now: Moment, *, again: bool
) -> bool:
    """Whether the venue knows already that the robot cannot accept the hit.

    `again` says that the same quote was hit before, or the request was ended before the hit.
    """
    bent = (terms.client, terms.quote_id, terms.size) != (
        request.plan.shown_id,
        quote.quote_id,
        quote.size,
    )
    late = quote.valid_until_ns is None or now.at_ns > quote.valid_until_ns
    dead = quote.end not in ("live", "request_ended")
    wrong_price = terms.price != price_for(quote, request.plan.side)
    return bent or late or dead or wrong_price or again


class HitBook:
    """Hits by their id, until the robot has answered."""

    def __init__(self, unanswered: Iterable[HitLife], last_number: int) -> None:
        self._by_id: dict[tuple[str, str], list[HitLife]] = {}
        self._last_number = last_number
        for hit in unanswered:
            self.add(hit)

    def next_number(self) -> int:
        self._last_number += 1
        return self._last_number

    def add(self, hit: HitLife) -> None:
        self._by_id.setdefault((hit.venue, hit.hit_id), []).append(hit)

    def take(self, venue: str, hit_id: str) -> HitLife | None:
        """The oldest unanswered hit with this id; an answer goes to one hit only."""
        hits = self._by_id.get((venue, hit_id))
        if not hits:
            return None
        hit = hits.pop(0)
        if not hits:
            del self._by_id[(venue, hit_id)]
        return hit


def fill_of(venue: str, answer: ExecutionIn, hit: HitLife | None, now: Moment) -> Fill:
    """The row of a deal. Without a hit it is still a deal the robot believes in."""
    return Fill(
        venue=venue,
        exec_id=answer.exec_id,
        order_id=answer.order_id,
        hit_id=answer.hit_id,
        response_id=answer.response_id,
        quote_id=hit.quote_id if hit is not None else None,
        client=hit.client if hit is not None else answer.client or "",
        pair=answer.pair,
        side=answer.side,
        base_amount=answer.size or Decimal(0),
        rate=answer.rate or Decimal(0),
        counter_amount=answer.counter_amount,
        counter_currency=answer.counter_currency,
        value_date=answer.value_date,
        trade_date=answer.trade_date,
        transact_at_ns=answer.transact_at_ns,
        received_at_ns=now.at_ns,
        received_wall_ns=now.wall_ns,
        mid=None,
        poss_dup=answer.poss_dup,
    )


def differences(fill: Fill, hit: HitLife) -> list[str]:
    """How a deal differs from the hit it answers; empty when it agrees."""
    found = []
    expected: tuple[tuple[str, object, object], ...] = (
        ("pair", hit.pair, fill.pair),
        ("side", hit.side, fill.side),
        ("amount", hit.size, fill.base_amount),
        ("rate", hit.price, fill.rate),
        ("value date", hit.value_date, fill.value_date),
    )
    for name, asked, dealt in expected:
        if asked != dealt and not (name == "value date" and asked is None):
            found.append(f"{name} {dealt} instead of {asked}")
    currency = fill.pair[4:]
    unit = minor_unit_of(currency)
    counter = (fill.base_amount * fill.rate).quantize(unit, rounding=ROUND_HALF_UP)
    if fill.counter_amount is not None and abs(fill.counter_amount - counter) > unit:
        found.append(f"counter amount {fill.counter_amount} instead of {counter}")
    if fill.counter_currency not in (None, currency):
        found.append(f"counter currency {fill.counter_currency} instead of {currency}")
    return found
