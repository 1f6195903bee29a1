"""Turns to project: short builders for the usual ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import (
    BookId,
    CounterpartyId,
    DealId,
    ExecId,
    HitId,
    LimitId,
    QuoteId,
    RfqId,
    VenueId,
)
from robot.deals.deal import Deal
from robot.deals.party import BUY, Side
from robot.ledger.posting import reversal_of
from robot.messages.effects import (
    AnyEffect,
    DayClosed,
    DealAmended,
    DealBooked,
    Decided,
    Entry,
    LimitMove,
    LimitsMoved,
    OrderChanged,
    OrderEnded,
    PositionChange,
    Posting,
    QuoteEnded,
    SendOrder,
    SendQuote,
)
from robot.messages.orders import OrderKind, TimeInForce
from robot.ports import ProjectedTurn

SEGMENT = "20141103-0001"
DAY = date(2014, 11, 3)
VALUE_DATE = date(2014, 11, 5)
START_NS = 1_415_005_200_000_000_000
EUR_USD = CurrencyPair("EUR/USD")
EUR, USD = Currency("EUR"), Currency("USD")
ALPHA = VenueId("ALPHA")
BANKA = CounterpartyId("BANKA")
BOOK = BookId("FX-SPOT")


class Message(NamedTuple):
    """What the projector's encoder returns."""

    message_id: str
    topic: str
    payload: str
    payload_hash: str


def encode(booked: DealBooked, sequence: int) -> Message:
    """A deterministic stand-in for the MQTT payload."""
    deal = booked.deal
    payload = json.dumps({"deal": deal.deal_id, "sequence": sequence, "rate": str(deal.rate)})
    digest = hashlib.sha256(payload.encode()).hexdigest()
    return Message(f"{deal.deal_id}.v{deal.version}", f"deal/{deal.deal_id}", payload, digest)


def turn(sequence: int, *effects: AnyEffect, segment: str = SEGMENT) -> ProjectedTurn:
    """One turn, a millisecond after the one before."""
    at_ns = START_NS + sequence * 1_000_000
    return ProjectedTurn(sequence=sequence, segment=segment, at_ns=at_ns, effects=effects)


def deal(number: int, *, side: Side = BUY, version: int = 1, rate: str = "1.25120") -> Deal:
    """A spot deal of 1,000,000 EUR against USD."""
    return Deal(
        deal_id=DealId(f"D20141103-{number:06d}"),
        version=version,
        exec_id=ExecId(f"E20141103-{number:06d}"),
        order_id=f"O20141103-{number:06d}",
        quote_id=quote_id(number),
        rfq_id=RfqId(f"R{number}"),
        hit_id=HitId(f"H{number}"),
        response_id=None,
        venue=ALPHA,
        counterparty=BANKA,
        book=BOOK,
        product="SPOT",
        pair=EUR_USD,
        side=side,
        base_amount=Decimal("1000000.00"),
        rate=Decimal(rate),
        counter_amount=Decimal("1000000.00") * Decimal(rate),
        trade_date=DAY,
        value_date=VALUE_DATE,
        strategy="two_way/1",
        mid=Decimal("1.251250"),
        edge=Decimal("50.00"),
        at_ns=START_NS + number * 1_000_000,
    )


def booked(agreed: Deal, *, eur_position: str = "1000000.00", result: str = "50.00") -> DealBooked:
    """The deal with its entry, its positions afterwards and the book's result."""
    postings = tuple(
        Posting(account, flow.currency, flow.value_date, sign * flow.amount)
        for flow in agreed.flows
        for account, sign in (("nostro", 1), ("position", -1))
    )
    position = PositionChange(str(agreed.book), EUR, VALUE_DATE, Decimal(eur_position))
    return DealBooked(
        deal=agreed,
        entry=Entry(f"{agreed.deal_id}.{agreed.version}", agreed.deal_id, postings),
        positions=(position,),
        pnl={"EUR/USD": result},
    )


def quote_id(number: int) -> QuoteId:
    """Our id of the quote that belongs to deal `number`."""
    return QuoteId(f"Q20141103-{number:06d}")


def quote(number: int, *, bid: str | None = "1.25100", offer: str | None = "1.25140") -> SendQuote:
    """A two-way quote, or one side of it."""
    return SendQuote(
        venue=ALPHA,
        quote_id=quote_id(number),
        request_id=f"R{number}",
        rfq_id=RfqId(f"R{number}"),
        counterparty=BANKA,
        pair=EUR_USD,
        amount=Decimal("1000000"),
        bid=None if bid is None else Decimal(bid),
        offer=None if offer is None else Decimal(offer),
        value_date=VALUE_DATE,
        valid_until_ns=START_NS + 3_000_000_000,
    )


def ended(number: int, ending: str) -> QuoteEnded:
    """The end of that quote."""
    return QuoteEnded(quote_id=quote_id(number), ending=ending)


def decided(
    subject: str, *, outcome: str = "QUOTED", reason: str = "", kind: str = "RFQ"
) -> Decided:
    """A decision with two facts and two reasons."""
    return Decided(
        subject=subject,
        kind=kind,
        outcome=outcome,
        reason=reason,
        detail="asked 7000000, headroom 5000000" if reason else "",
        venue=ALPHA,
        counterparty="BANKA",
        pair="EUR/USD",
        amount=Decimal("1000000"),
        side="TWO_WAY",
        strategy="two_way/1",
        facts={"mid": "1.251250", "age_ms": "12"},
        because=("tier A: half spread 0.4 pip", "position flat: no skew"),
    )


def limits_moved(limit_id: str, utilisation: str, reserved: str) -> LimitsMoved:
    """A reservation against one limit of 5,000,000."""
    move = LimitMove(
        LimitId(limit_id), Decimal("1"), Decimal(utilisation), Decimal(reserved), Decimal("5000000")
    )
    return LimitsMoved(verb="reserve", reservation_id="Q1", moves=(move,))


def usual_turn(sequence: int) -> ProjectedTurn:
    """What a dealt request leaves behind: a decision, a quote and its ending, limits, a deal."""
    return turn(
        sequence,
        decided(f"R{sequence}"),
        limits_moved("line/BANKA", f"{sequence}", "0"),
        quote(sequence),
        ended(sequence, "DEALT"),
        booked(deal(sequence), eur_position=f"{sequence}.00"),
    )


def usual_turns(first: int, last: int) -> Sequence[ProjectedTurn]:
    """Turns `first` to `last`, both included."""
    return [usual_turn(sequence) for sequence in range(first, last + 1)]


def day_after(day: date) -> date:
    """Tomorrow."""
    return day + timedelta(days=1)


def day_closed(day: date, *, eur_position: str = "1000000.00", result: str = "50.00") -> DayClosed:
    """The end of a trade date."""
    return DayClosed(
        trade_date=day,
        next_trade_date=day_after(day),
        positions=(PositionChange(str(BOOK), EUR, VALUE_DATE, Decimal(eur_position)),),
        pnl={"EUR/USD": result},
    )


def taken(number: int, order_id: str) -> Deal:
    """A part of an order of ours."""
    return msgspec.structs.replace(deal(number), order_id=order_id, as_taker=True)


def amended(before: Deal, after: Deal) -> DealAmended:
    """The venue's word on a deal of before: it is void."""
    return DealAmended(
        deal=after,
        because="BUSTED",
        reversal=reversal_of(before, after.version),
        positions=(),
        pnl={},
    )


def order(order_id: str) -> SendOrder:
    """A limit order for 3,000,000 EUR."""
    return SendOrder(
        venue=ALPHA,
        order_id=order_id,
        pair=EUR_USD,
        side=BUY,
        amount=Decimal(3_000_000),
        kind=OrderKind.LIMIT,
        price=Decimal("1.25120"),
        time_in_force=TimeInForce.DAY,
        value_date=VALUE_DATE,
    )


def order_changed(order_id: str) -> OrderChanged:
    """Replaced by another price."""
    return OrderChanged(
        order_id=order_id,
        current_id=f"{order_id}b",
        amount=Decimal(3_000_000),
        price=Decimal("1.25110"),
    )


def order_ended(order_id: str) -> OrderEnded:
    """Canceled, nothing dealt."""
    return OrderEnded(order_id=order_id, ending="CANCELED", filled=Decimal(0))
