"""What leaves the core: messages to send and facts to record.

Effects are complete: whoever reads the journal needs no core. The `Wire` ones are also sent; the
rest
only recorded and projected.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import CounterpartyId, DealId, ExecId, HitId, LimitId, QuoteId, RfqId, VenueId
from robot.deals.collateral import Collateral
from robot.deals.deal import Deal
from robot.deals.party import Side
from robot.deals.product import ProductKind
from robot.messages.allocations import RefuseAllocation
from robot.messages.asks import (
    AskEnded,
    AskOpened,
    CounterQuote,
    PassQuote,
    SendAsk,
    TakeQuote,
)
from robot.messages.base import Effect, Wire
from robot.messages.basis import PnlBasis
from robot.messages.checks import Check
from robot.messages.counters import RefuseCounter
from robot.messages.hosting import AskHost, AskPerson
from robot.messages.orders import OrderKind, TimeInForce
from robot.messages.releases import (
    ReleaseChanged,
    ShadowDecided,
    ShadowWished,
    SuggestionEnded,
    SuggestionMade,
)
from robot.messages.streams import (
    AcknowledgeTrade,
    AskQuote,
    TellQuoteStatus,
    TellTrade,
    TellTradeCount,
)


class SubscribeMarket(Wire, frozen=True, kw_only=True):
    """Ask for the top of the book of these pairs (V), and for every tenor of these curves."""

    subscription_id: str
    pairs: tuple[CurrencyPair, ...]
    curves: tuple[str, ...] = ()
    """Named as in `CurveUpdated`."""
    ends: bool = False
    """The subscription is over (263=2): no more prices of it."""


class RequestTrades(Wire, frozen=True, kw_only=True):
    """Ask the venue for its record of our trades of a date (AD)."""

    request_id: str
    trade_date: date
    since_ns: int = 0
    """Only trades from then on; 0 = all."""
    live: bool = False
    """Whether later trades are to be reported as they are made."""


class SendQuote(Wire, frozen=True, kw_only=True):
    """A firm price (S). `bid` None = it is not for that side.

    `bid` and `offer` are rates; of a swap the points, far minus near, in price units (at the bid we
    sell near and buy far); of a loan percent a year (at the bid we borrow).
    """

    quote_id: QuoteId
    request_id: str
    rfq_id: RfqId
    counterparty: CounterpartyId
    pair: CurrencyPair
    """Of a loan: its currency."""
    product: str = ProductKind.SPOT
    amount: Decimal
    """Of the dealt currency; of a swap on the near leg."""
    currency: str = ""
    """Dealt currency; empty = the base currency."""
    bid: Decimal | None = None
    offer: Decimal | None = None
    bid_spot: Decimal | None = None
    """Forward, NDF and swap: the spot rate that goes with the bid."""
    offer_spot: Decimal | None = None
    near_points: Decimal | None = None
    """Swap: near leg's rate minus the spot rate, in price units; 0 where it is dealt from spot."""
    value_date: date
    """Of a swap the near leg's; of a loan its start."""
    far_value_date: date | None = None
    """Swap: the far leg's. Loan: its maturity."""
    far_amount: Decimal | None = None
    """Swap: of the dealt currency on the far leg."""
    settlement_currency: str = ""
    fixing_index: str = ""
    fixing_date: date | None = None
    """NDF: the last three."""
    contract_code: str = ""
    """Loan: the contract it is dealt under, such as R007, where the market has codes."""
    collateral: tuple[Collateral, ...] = ()
    valid_until_ns: int
    replaces: QuoteId | None = None
    response_id: str = ""
    """Of their counter-offer that it answers (693)."""


class SendMassQuote(Wire, frozen=True, kw_only=True):
    """The prices of a stream (i), all sizes of it: what the set had before is dead with it."""

    mass_quote_id: str
    set_id: str
    pair: CurrencyPair
    quotes: tuple[SendQuote, ...]


class WithdrawQuote(Wire, frozen=True, kw_only=True):
    """A quote is no longer in force (Z)."""

    quote_id: QuoteId
    request_id: str
    """Empty = nobody asked for it: it was streamed."""
    pair: CurrencyPair
    reason: str


class WithdrawAllQuotes(Wire, frozen=True, kw_only=True):
    """No quote of ours is in force at this venue (Z, all)."""

    reason: str


class RefuseRfq(Wire, frozen=True, kw_only=True):
    """A request is not quoted (AG). `reason` is the code, `detail` the numbers behind it."""

    request_id: str
    rfq_id: RfqId
    pair: str
    amount: Decimal
    reason: str
    detail: str


class ConcludeDeal(Wire, frozen=True, kw_only=True):
    """Our execution report that makes the deal (8, trade)."""

    deal: Deal


class RefuseHit(Wire, frozen=True, kw_only=True):
    """Our execution report that refuses a hit (8, rejected)."""

    exec_id: ExecId
    order_id: str
    hit_id: HitId
    response_id: str | None = None
    quote_id: QuoteId
    counterparty: CounterpartyId | None = None
    pair: str
    side: Side
    amount: Decimal
    reason: str
    detail: str


Refused = RefuseRfq | RefuseHit
"""What the venue still waits for when the robot died before it was sent."""


class SendOrder(Wire, frozen=True, kw_only=True):
    """An order of ours (D). `side` is ours; `amount` of the dealt currency."""

    order_id: str
    pair: CurrencyPair
    side: Side
    amount: Decimal
    currency: str = ""
    """Dealt currency; empty = the base currency."""
    kind: OrderKind
    price: Decimal | None = None
    """LIMIT, PREVIOUSLY_QUOTED."""
    quote_id: str = ""
    """PREVIOUSLY_QUOTED: the maker's quote."""
    time_in_force: TimeInForce
    expires_ns: int = 0
    value_date: date


class CancelOrder(Wire, frozen=True, kw_only=True):
    """Take an order out of the market (F)."""

    order_id: str
    """Of this request."""
    original_id: str
    venue_order_id: str
    pair: CurrencyPair
    side: Side
    amount: Decimal


class ReplaceOrder(Wire, frozen=True, kw_only=True):
    """Change amount or price of a working order (G)."""

    order_id: str
    original_id: str
    venue_order_id: str
    pair: CurrencyPair
    side: Side
    amount: Decimal
    """The whole amount from now on, what is dealt already in it."""
    currency: str = ""
    """Dealt currency; empty = the base currency."""
    price: Decimal
    time_in_force: TimeInForce
    expires_ns: int = 0
    value_date: date


class AskOrder(Wire, frozen=True, kw_only=True):
    """What has become of an order (H)?"""

    order_id: str
    venue_order_id: str
    pair: CurrencyPair
    product: str = ProductKind.SPOT
    side: Side


class CancelAllOrders(Wire, frozen=True, kw_only=True):
    """Take every order of ours out of the market (q)."""

    request_id: str


class RejectMessage(Wire, frozen=True, kw_only=True):
    """A message of theirs is unacceptable (j)."""

    reference_sequence: int
    message_type: str
    text: str
    request_id: str = ""
    """Of a request."""


class QuoteEnded(Effect, frozen=True, kw_only=True):
    """A quote left the market: DEALT, EXPIRED, REPLACED, WITHDRAWN, PASSED …"""

    quote_id: QuoteId
    ending: str


class OrderEnded(Effect, frozen=True, kw_only=True):
    """An order of ours can deal no more, by the venue's word."""

    order_id: str
    """The first of its ids."""
    ending: str
    """FILLED, CANCELED, REJECTED, EXPIRED, UNKNOWN_THERE."""
    filled: Decimal


class OrderChanged(Effect, frozen=True, kw_only=True):
    """An order of ours works with another amount and limit, by the venue's word."""

    order_id: str
    """The first of its ids."""
    current_id: str
    """The id by which the venue knows it from now on."""
    amount: Decimal
    """The whole of it, what is dealt already in it."""
    price: Decimal


class Decided(Effect, frozen=True, kw_only=True):
    """One decision with everything it was based on: the record that explains a quote or a
    refusal.
    """

    subject: str
    """RfqId or HitId it answers."""
    kind: str
    """RFQ, REPLACE, COUNTER or HIT."""
    outcome: str
    """QUOTED, REFUSED, DEALT."""
    reason: str
    """Code of the refusal; empty when there was none."""
    detail: str
    venue: VenueId
    counterparty: str
    pair: str
    amount: Decimal
    side: str
    quote_id: QuoteId | None = None
    strategy: str = ""
    facts: dict[str, str]
    because: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    """Every limit that was looked at, in order; where one refused, it is the last."""
    row: tuple[int | str | bool | None, ...] = ()
    """All facts that the rule book looked at, by its slots: anybody can decide it again."""


class LimitMove(msgspec.Struct, frozen=True, gc=False):
    """One limit after a movement. `requested` is what this movement added (negative = gave
    back).
    """

    limit_id: LimitId
    requested: Decimal
    utilisation: Decimal
    reserved: Decimal
    maximum: Decimal


class LimitsMoved(Effect, frozen=True, kw_only=True):
    """Reservations changed: verb is reserve, commit, release or expire; a fact was amended, a loss
    valued, the day rolled, or a maximum was changed.
    """

    verb: str
    reservation_id: str
    moves: tuple[LimitMove, ...]


class Posting(msgspec.Struct, frozen=True):
    """One line of an entry; positive = debit, negative = credit."""

    account: str
    currency: Currency
    value_date: date
    amount: Decimal


class Entry(msgspec.Struct, frozen=True):
    """A balanced set of postings: per currency and value date they sum to zero."""

    entry_id: str
    deal_id: DealId
    postings: tuple[Posting, ...]


class PositionChange(msgspec.Struct, frozen=True):
    """Net position of the book after a deal; positive = long."""

    book: str
    currency: Currency
    value_date: date
    amount: Decimal


class DealBooked(Effect, frozen=True, kw_only=True):
    """A deal with its entries, the positions after it and the book's profit and loss against
    mid.
    """

    deal: Deal
    entry: Entry
    positions: tuple[PositionChange, ...]
    pnl: dict[str, str]
    """Per pair: realised and unrealised result against the mid, in the counter currency; of a kind
    of loans what they gained when they were dealt and the interest at the mid accrued since.
    """
    pnl_basis: dict[str, PnlBasis] = msgspec.field(default_factory=dict)
    """Of those that were not told at the market of this moment."""


class DealAmended(Effect, frozen=True, kw_only=True):
    """A deal became another by the venue's word: its entry mirrored, the next version booked."""

    deal: Deal
    """The next version; a void one says what was agreed before."""
    because: str
    reversal: Entry
    """The mirror of the entry in force so far."""
    entry: Entry | None = None
    """Of the corrected deal; None = it is void."""
    positions: tuple[PositionChange, ...]
    pnl: dict[str, str]
    pnl_basis: dict[str, PnlBasis] = msgspec.field(default_factory=dict)


DealTold = DealBooked | DealAmended
"""What middle and back office are told of a deal."""


class DayClosed(Effect, frozen=True, kw_only=True):
    """End of a trade date: what is carried."""

    trade_date: date
    next_trade_date: date
    positions: tuple[PositionChange, ...]
    pnl: dict[str, str]
    pnl_basis: dict[str, PnlBasis] = msgspec.field(default_factory=dict)


class BreakFound(Effect, frozen=True, kw_only=True):
    """Our record and the venue's differ; dealing there stops until a person has looked."""

    break_id: str
    venue: VenueId
    kind: str
    exec_id: ExecId
    detail: str


class BreakResolved(Effect, frozen=True, kw_only=True):
    """A person has settled a difference: what was found, and who says so."""

    break_id: str
    actor: str
    reason: str


class DealingStateChanged(Effect, frozen=True, kw_only=True):
    """What stops new dealing right now (empty = nothing)."""

    halts: tuple[str, ...] = ()


class AlertRaised(Effect, frozen=True, kw_only=True):
    """Something a person must know. `code` is stable, `text` says what to do."""

    code: str
    text: str


AnyEffect = (
    SubscribeMarket
    | SendOrder
    | CancelOrder
    | ReplaceOrder
    | AskOrder
    | CancelAllOrders
    | OrderEnded
    | OrderChanged
    | RequestTrades
    | SendQuote
    | SendMassQuote
    | AskQuote
    | TellQuoteStatus
    | AcknowledgeTrade
    | TellTradeCount
    | TellTrade
    | WithdrawQuote
    | WithdrawAllQuotes
    | RefuseRfq
    | ConcludeDeal
    | RefuseHit
    | RefuseCounter
    | RejectMessage
    | RefuseAllocation
    | QuoteEnded
    | Decided
    | LimitsMoved
    | DealBooked
    | DealAmended
    | DayClosed
    | BreakFound
    | BreakResolved
    | DealingStateChanged
    | AlertRaised
    | AskOpened
    | SendAsk
    | TakeQuote
    | PassQuote
    | CounterQuote
    | AskEnded
    | AskHost
    | AskPerson
    | ShadowDecided
    | ShadowWished
    | SuggestionMade
    | SuggestionEnded
    | ReleaseChanged
)
