"""What a venue keeps of its requests, its quotes and its hits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.sim.dialogue import ExecutionIn
from connectors.sim.rows import Fill, QuoteLife
from robot.basics.ids import ExecId, VenueId
from robot.deals.party import BUY, SELL, Side
from robot.messages.events import (
    HitReceived,
    RfqReceived,
    TradeReported,
)
from robot.messages.orders import OrderReport, OrderReported
from tests.simulation.codec import NO_ORIGIN


@dataclass
class Hit:
    """One hit as its client sent it, and what came back."""

    event: HitReceived
    must_refuse: str
    life: int
    answer: str = ""
    exec_id: str = ""


@dataclass
class Asked:
    """One request and how the robot answered."""

    event: RfqReceived
    quoted: int = 0
    refused: str = ""
    ended: bool = False
    intent: int = -1


@dataclass
class Shown:
    """A quote as it came, on which connection and in which life of the robot."""

    row: QuoteLife
    side: Side | None
    connection: int
    life: int
    gone: bool = False
    hits: list[str] = field(default_factory=list)


def fill_of(deal: ExecutionIn, hit: HitReceived, now_ns: int) -> Fill:
    """A row of the venue's record: what was hit, as the robot reported it."""
    return Fill(
        venue=hit.venue,
        exec_id=deal.exec_id,
        order_id=deal.order_id,
        hit_id=deal.hit_id,
        response_id=None,
        quote_id=hit.quote_id,
        client=hit.counterparty or "",
        pair=hit.pair,
        side="1" if hit.side is SELL else "2",
        base_amount=hit.amount,
        rate=hit.price or Decimal(0),
        counter_amount=deal.counter_amount,
        counter_currency=deal.counter_currency,
        value_date=deal.value_date,
        trade_date=deal.trade_date,
        transact_at_ns=deal.transact_at_ns,
        received_at_ns=now_ns,
        received_wall_ns=now_ns,
        mid=None,
        poss_dup=deal.poss_dup,
    )


def trade_of(fill: Fill) -> TradeReported:
    """The same as the venue tells it (AE)."""
    return TradeReported(
        origin=NO_ORIGIN,
        venue=VenueId(fill.venue),
        request_id="",
        exec_id=ExecId(fill.exec_id),
        pair=fill.pair,
        side=SELL if fill.side == "1" else BUY,
        base_amount=fill.base_amount,
        rate=fill.rate,
        trade_date=date.fromisoformat(fill.trade_date or ""),
    )


def orphan_fill(venue: VenueId, exec_id: str, day: date) -> OrderReported:
    """A report of a trade on an order that nobody sent."""
    return OrderReported(
        origin=NO_ORIGIN,
        venue=venue,
        order_id="NEVERSENT",
        venue_order_id="V1",
        exec_id=ExecId(exec_id),
        report=OrderReport.TRADE,
        ended=True,
        pair="EUR/USD",
        side=BUY,
        amount=Decimal(1_000_000),
        price=Decimal("1.1"),
        last_amount=Decimal(1_000_000),
        last_price=Decimal("1.1"),
        filled=Decimal(1_000_000),
        remaining=Decimal(0),
        trade_date=day,
    )
