"""Booked deals and outbox rows for the tests of delivery."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from connectors.mqtt.payload import deal_message
from robot.basics.currency import CurrencyPair, counter_amount
from robot.basics.ids import (
    BookId,
    CounterpartyId,
    DealId,
    ExecId,
    HitId,
    QuoteId,
    RfqId,
    VenueId,
)
from robot.deals.deal import Deal, edge_against_mid
from robot.deals.party import BUY, SELL
from robot.ledger.posting import entry_for
from robot.messages.effects import DealBooked
from robot.ports import OutboxRow

ENTITY, ENVIRONMENT = "BANKCN", "test"
AT_NS = 1_399_033_801_500_000_007


def booked_deal(number: int, *, book: str = "MM1", hit_id: str | None = None) -> DealBooked:
    """Deal `number` of a day: sides alternate, amounts differ."""
    pair, side = CurrencyPair("EUR/USD"), BUY if number % 2 else SELL
    amount, rate, mid = Decimal(1_000_000 + number), Decimal("1.38655"), Decimal("1.386575")
    deal = Deal(
        deal_id=DealId(f"D20140502-{number:06d}"),
        version=1,
        exec_id=ExecId(f"E20140502-{number:06d}"),
        order_id=f"O20140502-{number:06d}",
        quote_id=QuoteId(f"Q20140502-{number:06d}"),
        rfq_id=RfqId(f"R{number}#1"),
        hit_id=HitId(hit_id if hit_id is not None else f"H{number}"),
        response_id=None,
        venue=VenueId("ALPHA"),
        counterparty=CounterpartyId("BANKA"),
        book=BookId(book),
        product="SPOT",
        pair=pair,
        side=side,
        base_amount=amount,
        rate=rate,
        counter_amount=counter_amount(pair, amount, rate),
        trade_date=date(2014, 5, 2),
        value_date=date(2014, 5, 6),
        strategy="two_way",
        mid=mid,
        edge=edge_against_mid(pair, side, amount, rate, mid),
        at_ns=AT_NS,
    )
    return DealBooked(deal=deal, entry=entry_for(deal), positions=(), pnl={})


def outbox_row(number: int) -> OutboxRow:
    """Deal `number` as the projector would put it into the outbox."""
    message = deal_message(booked_deal(number), number, ENTITY, ENVIRONMENT)
    return OutboxRow(
        message_id=message.message_id,
        sequence=number,
        topic=message.topic,
        payload=message.payload,
        payload_hash=message.payload_hash,
        attempts=0,
        sent_at_ns=0,
    )
