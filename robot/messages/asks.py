"""Asking others for a price: what is wanted, what makers answer, what we say to them.

An ask goes to one or more makers; each gets a request (R) of its own. Sides are ours, as in
`robot.messages.events`: money BUY = we borrow. A quote's `bid` is what the maker pays: we SELL at
it, and lend to no maker but at its bid for money.
"""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, VenueId
from robot.basics.numbers import ZERO
from robot.deals.collateral import Collateral
from robot.deals.party import Side
from robot.deals.product import ProductKind
from robot.messages.base import Effect, Event, Origin, Wire


class AskWanted(Event, frozen=True, kw_only=True):
    """A person or a strategy wants prices of others; the product is said as in `RfqReceived`."""

    actor: str
    reason: str
    request: str
    """The asker's own name for it: one that comes again is refused."""
    venues: tuple[VenueId, ...] = ()
    """Whom to ask: every maker of these venues; empty = of all venues."""
    makers: tuple[CounterpartyId, ...] = ()
    """Only these makers; empty = all."""
    two_way: bool = True
    """Whether makers see a two-way request, so that our side stays hidden until we deal."""
    limit_price: Decimal | None = None
    """The worst price to deal at by itself; None = nothing is dealt until a person takes one."""
    patience_ms: int = 0
    """How long quotes are collected; 0 = as the desk's policy says."""
    strategy: str = ""
    """Whose rule asks; empty = the actor is a person."""
    game: str = ""
    """The game strategy that leads it; empty = none."""
    pair: str
    product: str = ProductKind.SPOT
    side: Side
    amount: Decimal
    currency: str | None = None
    tenor: str = ""
    value_date: date | None = None
    far_tenor: str = ""
    far_value_date: date | None = None
    far_amount: Decimal | None = None
    settlement_currency: str | None = None
    fixing_index: str = ""
    collateral: tuple[Collateral, ...] = ()


class AskTaken(Event, frozen=True, kw_only=True):
    """A person deals on a quote of an ask."""

    actor: str
    reason: str
    ask_id: str
    quote_id: str


class AskCountered(Event, frozen=True, kw_only=True):
    """A person answers a quote with a price of ours."""

    actor: str
    reason: str
    ask_id: str
    quote_id: str
    price: Decimal


class AskWithdrawn(Event, frozen=True, kw_only=True):
    """A person ends an ask without a deal: every quote is passed."""

    actor: str
    reason: str
    ask_id: str


class QuoteReceived(Event, frozen=True, kw_only=True):
    """A maker's quote on a request of ours (S); a new one on the same request replaces the last."""

    origin: Origin
    venue: VenueId
    request_id: str
    quote_id: str
    maker: CounterpartyId | None = None
    response_id: str = ""
    """Of our counter that it answers (693)."""
    tradeable: bool = True
    """False = indicative or restricted (537 is not 1): nothing can be dealt on it."""
    pair: str
    product: str = ""
    """Empty = not said."""
    bid: Decimal | None = None
    offer: Decimal | None = None
    """Rates; of a swap the points, far minus near, in price units; of a loan percent a year."""
    bid_spot: Decimal | None = None
    offer_spot: Decimal | None = None
    bid_near_points: Decimal | None = None
    offer_near_points: Decimal | None = None
    """Swap: near leg's rate minus the spot rate, in price units."""
    amount: Decimal | None = None
    currency: str | None = None
    value_date: date | None = None
    far_value_date: date | None = None
    far_amount: Decimal | None = None
    settlement_currency: str | None = None
    fixing_index: str = ""
    """NDF: the last two."""
    collateral: tuple[Collateral, ...] = ()
    contradiction: str = ""
    """Which of its prices do not add up, as spot and points to the all-in rate; empty = none."""
    valid_until_ns: int = 0
    """0 = the maker wrote none."""
    sent_at_ns: int = 0


class QuoteRevoking(enum.StrEnum):
    """Why a maker's quote can no longer be dealt on."""

    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    """Our hit or counter was refused."""
    NOT_FOUND = "NOT_FOUND"
    PASSED = "PASSED"


class QuoteRevoked(Event, frozen=True, kw_only=True):
    """A maker's quote is no longer in force (Z, AI): one, all of a request, or all of a venue."""

    origin: Origin
    venue: VenueId
    request_id: str = ""
    quote_id: str = ""
    response_id: str = ""
    """Of our hit or counter that it answers (693)."""
    why: QuoteRevoking
    text: str = ""


class AskRefused(Event, frozen=True, kw_only=True):
    """A maker does not quote (AG), or the venue cannot take the request (j)."""

    origin: Origin
    venue: VenueId
    request_id: str
    reason: str
    """The code (658, 380)."""
    text: str = ""


class AskedTerms(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an ask is about, dated, without our side: in every message of ours on it."""

    pair: CurrencyPair
    """Of a loan its currency."""
    product: str = ProductKind.SPOT
    amount: Decimal
    """Of the dealt currency; of a swap on the near leg."""
    currency: str = ""
    """Dealt currency; empty = the base currency."""
    value_date: date
    """Of a swap the near leg's; of a loan its start."""
    far_value_date: date | None = None
    """Swap: the far leg's. Loan: its maturity."""
    far_amount: Decimal | None = None
    """Swap: of the dealt currency on the far leg."""
    spot_date: date | None = None
    """Swap."""
    settlement_currency: str = ""
    fixing_index: str = ""
    fixing_date: date | None = None
    """NDF: the last three."""
    contract_code: str = ""
    collateral: tuple[Collateral, ...] = ()


class SendAsk(Wire, frozen=True, kw_only=True):
    """A request of ours to one maker (R). `side` None = two-way: the maker does not see ours."""

    ask_id: str
    request_id: str
    maker: CounterpartyId
    terms: AskedTerms
    side: Side | None = None
    open_until_ns: int


class TakeQuote(Wire, frozen=True, kw_only=True):
    """We deal on a maker's quote: a hit (AJ) or a previously quoted order (D), as the dialect says.

    It is an order of ours from here on: the maker's report on `order_id` makes the deal.
    """

    ask_id: str
    request_id: str
    order_id: str
    response_id: str
    quote_id: str
    maker: CounterpartyId
    terms: AskedTerms
    side: Side
    price: Decimal
    """As quoted: the rate; of a swap the points; of a loan percent a year."""
    spot: Decimal | None = None
    near_points: Decimal = ZERO
    valid_until_ns: int
    """It is not sent later than this."""


class PassQuote(Wire, frozen=True, kw_only=True):
    """We do not deal on a maker's quote (AJ, pass): it need not stand any longer."""

    request_id: str
    response_id: str
    quote_id: str
    maker: CounterpartyId
    terms: AskedTerms
    side: Side | None = None
    """As on the request: None = it stays hidden."""


class CounterQuote(Wire, frozen=True, kw_only=True):
    """A price of ours on which the maker may come back (AJ, counter); it shows our side."""

    request_id: str
    response_id: str
    quote_id: str
    maker: CounterpartyId
    terms: AskedTerms
    side: Side
    price: Decimal
    spot: Decimal | None = None
    near_points: Decimal = ZERO


class AskOpened(Effect, frozen=True, kw_only=True):
    """An ask begins: who wants what, from whom, how long."""

    ask_id: str
    request: str
    actor: str
    reason: str
    terms: AskedTerms
    side: Side
    two_way: bool
    limit_price: Decimal | None = None
    asked: int
    """How many requests leave."""
    decide_ns: int
    open_until_ns: int
    game: str = ""


class ComparedQuote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One quote, or why there is none, in the record of best execution."""

    venue: VenueId
    maker: CounterpartyId
    request_id: str = ""
    quote_id: str = ""
    price: Decimal | None = None
    """On our side."""
    received_ns: int = 0
    outcome: str
    """A `robot.core.asked.Outcome`."""
    detail: str = ""
    amount: Decimal | None = None
    """Where it was asked for another amount than the ask's."""
    mid: Decimal | None = None
    """Of our market when it came, in the terms of the price."""
    tenor: str = ""
    """The same of the tenor."""


class AskEnded(Effect, frozen=True, kw_only=True):
    """An ask is over: every answer that came, which was taken and why."""

    ask_id: str
    request: str
    outcome: str
    """DEALT, NOT_DEALT, WITHDRAWN, REFUSED."""
    order_id: str = ""
    quotes: tuple[ComparedQuote, ...]
    """One for each maker: the last word."""
    earlier: tuple[ComparedQuote, ...] = ()
    """All other quotes, in the order of their makers."""
    because: tuple[str, ...] = ()
