"""The rows of the venue's own record, one dataclass per table.

The venue keeps these objects while a request lives and writes them again when they change; a
reader gets the same classes back. Sides are the taker's ("1" buys the base currency, "2" sells
it), rates are counter per base. Sizes are of the dealt currency, amounts of the base currency
unless the name says counter. Dates are `YYYYMMDD`, times integer nanoseconds (see `model.Moment`).

Of a swap side, size and first date are the near leg's, and its price is its points (far minus near)
in price units. Of a loan `pair` is its currency, side 1 borrows and 2 lends, the first date is its
start and the far date its maturity, and its price is percent a year.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(slots=True, kw_only=True)
class Terms:
    """What is dealt beyond pair, size and first date. A spot deal in the base currency has none."""

    product: str = "SPOT"  # one of `products.Product`; anything else is what no robot knows
    currency: str | None = None  # the dealt one; None = the base currency
    tenor: str | None = None  # of the first date, as asked
    far_date: str | None = None
    far_tenor: str | None = None
    far_size: Decimal | None = None  # None = as on the near leg
    settlement_currency: str | None = None
    fixing_index: str | None = None
    fixing_date: str | None = None
    contract_code: str | None = None
    collateral: str | None = None  # JSON, see `bonds.py`


@dataclass(slots=True)
class RequestLife:
    """One price request (R) of a client, from sending to its end."""

    request_id: str  # 131
    venue: str
    client: str
    behaviour: str
    entries: int
    sent_at_ns: int
    sent_wall_ns: int
    open_until_ns: int  # 126, or the end of a stream
    stream_seconds: int | None
    ended_at_ns: int | None = None
    end_reason: str | None = (
        None  # hit, pass, withdrawn, expired, refused, logout, halted, finished
    )


@dataclass(slots=True)
class EntryLife(Terms):
    """One size of a request: what was asked and whether it was answered."""

    request_id: str
    entry: int
    pair: str
    size: Decimal
    side: str | None  # None = two-way
    value_date: str | None  # 64 as asked, None when the request left it to the maker
    outcome: str = "open"  # open, quoted, refused, unanswered
    answered_at_ns: int | None = None
    answered_wall_ns: int | None = None
    quotes: int = 0


@dataclass(slots=True)
class QuoteLife(Terms):
    """One quote (S) of the robot. `end` says how it ended, as the venue saw it."""

    venue: str
    quote_id: str  # 117
    request_id: str
    entry: int
    client: str
    pair: str
    size: Decimal
    bid: Decimal | None
    offer: Decimal | None
    bid_size: Decimal | None
    offer_size: Decimal | None
    value_date: str | None
    valid_until_ns: int | None
    received_at_ns: int
    received_wall_ns: int
    mid: Decimal | None  # the venue's own market when the quote came
    market_wall_ns: int | None  # when the venue last sent a tick of the pair; set on re-quotes only
    end: str = "live"  # live, used, replaced, withdrawn, expired, request_ended, rejected
    ended_at_ns: int | None = None
    bid_spot: Decimal | None = None  # the spot rate in the bid of a forward, NDF or swap
    offer_spot: Decimal | None = None
    near_bid: Decimal | None = None  # the legs' rates that go with the bid of a swap
    near_offer: Decimal | None = None
    far_bid: Decimal | None = None
    far_offer: Decimal | None = None
    set_id: str | None = None  # 302 of a streamed entry, whose `quote_id` is 299
    response_id: str | None = None  # 693: of the counter-offer that it answers


@dataclass(slots=True)
class HitLife(Terms):
    """One hit (AJ or D) of a client and the robot's answer to it."""

    hit_no: int
    hit_id: str  # 11
    response_id: str | None  # 693 when the hit was an AJ
    venue: str
    client: str
    request_id: str
    quote_id: str
    pair: str
    side: str
    size: Decimal
    price: Decimal
    value_date: str | None
    message: str  # AJ or D
    behaviour: str
    must_be_refused: bool  # certain at the moment of sending, whatever the robot's limits say
    sent_at_ns: int
    sent_wall_ns: int
    answer: str | None = None  # fill, reject
    exec_id: str | None = None
    answered_at_ns: int | None = None
    answered_wall_ns: int | None = None
    near_rate: Decimal | None = None  # the legs' rates of a swap, where the hit says them
    far_rate: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class CounterOffer:
    """One counter-offer (AJ 694=2) of a client on a quote of the robot, and the answer to it."""

    counter_no: int
    venue: str
    response_id: str  # 693
    client: str
    request_id: str
    quote_id: str
    pair: str
    product: str
    side: str
    size: Decimal
    price: Decimal
    tactic: str
    round: int  # from 1
    flaw: str | None  # why the robot must turn it down; None = it need not
    sent_at_ns: int
    sent_wall_ns: int
    answer: str | None = None  # quote, refused; withdrawn, ended: there was none and none is due
    answer_quote_id: str | None = None
    answer_price: Decimal | None = None  # on the client's side
    code: str | None = None  # 297 of a refusal, and its 58
    text: str | None = None
    answered_at_ns: int | None = None
    answered_wall_ns: int | None = None


@dataclass(slots=True)
class Fill(Terms):
    """One deal: an execution report (8) with 150=F, recorded once by its ExecID.

    Rate and amounts of a swap are its near leg's. Of a loan the base amount is the principal and
    the counter amount what is paid back.
    """

    venue: str
    exec_id: str  # 17
    order_id: str  # 37
    hit_id: str  # 11
    response_id: str | None
    quote_id: str | None
    client: str
    pair: str
    side: str
    base_amount: Decimal
    rate: Decimal
    counter_amount: Decimal | None  # 119
    counter_currency: str | None  # 120
    value_date: str | None
    trade_date: str | None
    transact_at_ns: int | None  # 60
    received_at_ns: int
    received_wall_ns: int
    mid: Decimal | None  # the venue's own market when the fill came
    poss_dup: bool
    spot_rate: Decimal | None = None
    near_points: Decimal | None = None  # first leg's rate minus spot rate, in price units
    points: Decimal | None = None  # swap: far rate minus near rate
    far_rate: Decimal | None = None
    far_base_amount: Decimal | None = None
    far_counter_amount: Decimal | None = None
    interest: Decimal | None = None
    state: str = "done"  # done, corrected (rate and amounts are the new ones), busted
    changed_by: str | None = None  # 17 of the correction or bust


@dataclass(slots=True)
class RefusalRow:
    """The robot said no: AG to a request, or an execution report with 150=8 to a hit."""

    refusal_no: int
    venue: str
    kind: str  # AG, 8
    request_id: str | None
    hit_id: str | None
    exec_id: str | None
    code: str | None  # 658 of an AG, 103 of an 8
    text: str  # 58
    behaviour: str | None
    received_at_ns: int
    received_wall_ns: int


@dataclass(slots=True)
class Duplicate:
    """An execution report whose ExecID had been received before."""

    duplicate_no: int
    venue: str
    exec_id: str
    poss_dup: bool
    received_at_ns: int
    received_wall_ns: int


@dataclass(slots=True)
class EventRow:
    """Everything else that went over the dealing session; `direction` is `in` or `out`."""

    event_no: int
    venue: str
    direction: str
    kind: str  # logon, logout, pass, withdraw, quote_status, session_status, trade_capture, ...
    request_id: str | None
    quote_id: str | None
    text: str
    at_ns: int
    wall_ns: int


@dataclass(slots=True)
class Anomaly:
    """Something the robot must never do, with the message that showed it."""

    anomaly_no: int
    venue: str
    kind: str
    reference: str
    text: str
    at_ns: int
    wall_ns: int


@dataclass(slots=True, kw_only=True)
class TradeReport:
    """One AE to a robot that subscribed, and its acknowledgement (AR)."""

    report_no: int
    venue: str
    report_id: str  # 571
    request_id: str  # 568
    exec_id: str  # 17 of the trade, also of its bust or correction
    kind: str  # 150: F, H bust, G correction
    live: bool  # False = of the history that came with the subscription
    sent_at_ns: int
    sent_wall_ns: int
    status: str | None = None  # 939 of the AR; None = not acknowledged
    acknowledged_at_ns: int | None = None


@dataclass(slots=True, kw_only=True)
class CopyRow:
    """One copy for the drop copy session; `mischief` says how it is wrong."""

    copy_no: int
    venue: str
    message: str  # 8 or AE
    exec_id: str  # 17
    report: str  # 150
    mischief: str | None = None  # late, lost, price
    told_price: Decimal | None = None  # 31 where it is not the true one
    made_at_ns: int
    sent_at_ns: int | None = None  # None = not sent (yet)


@dataclass(slots=True, kw_only=True)
class MassQuoteLife:
    """One mass quote (i) of the robot and the answer (b); its entries stand among the quotes."""

    mass_no: int
    venue: str
    quote_id: str  # 117
    entries: int
    rejected: int = 0
    answer: str | None = None  # 297 of the b; None = the venue keeps silent though it took it
    code: str | None = None  # 300
    received_at_ns: int
    received_wall_ns: int


@dataclass(slots=True, kw_only=True)
class StatusAsked:
    """One quote status request (a) of the venue, and what the robot said (AI)."""

    venue: str
    status_id: str  # 649
    quote_id: str
    asked_at_ns: int
    answer: str | None = None  # 297
    truth: str | None = None  # how the quote stood here when the answer came
    answered_at_ns: int | None = None
