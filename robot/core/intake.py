"""Understanding a request: may anything be dealt at all, and which known things does it name?

The ladder of checks that need no market, said then dated; the first reason wins.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec

from robot.basics.currency import (
    Currency,
    CurrencyPair,
    base_of,
    counter_of,
    parse_pair,
    round_amount,
)
from robot.basics.ids import CounterpartyId
from robot.basics.numbers import ZERO
from robot.core.quoting import dealing_refusal, stop_refusal
from robot.core.state import NEGOTIATIONS_MAX, Context, RobotState
from robot.core.stops import Subject
from robot.deals.agreed import cash_side
from robot.deals.party import BUY, SELL, Counterparty
from robot.deals.product import (
    AnyProduct,
    Deposit,
    FxForward,
    FxNdf,
    FxSpot,
    FxSwap,
    ProductKind,
    Repo,
    When,
    known_kind,
    swap_dates,
)
from robot.deals.reference import Reference, VenueReference
from robot.deals.resolve import Unresolved, resolve_request
from robot.deals.resolved import (
    AnyResolved,
    ResolvedFxSwap,
    ResolvedLoan,
    ResolvedOutrightRepo,
)
from robot.errors import Fault, UnknownReference
from robot.limits.limit import Reason, Refusal
from robot.messages.asks import AskWanted
from robot.messages.events import RfqReceived

Saying = RfqReceived | AskWanted
"""What says a product: a client who asks us, or we who ask others."""


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """A request that names known things: said, then dated."""

    counterparty: Counterparty
    pair: CurrencyPair
    """Of a loan its currency."""
    terms: AnyResolved
    """On the side asked; of a two-way request as if hit at our bid."""


class SaidTerms(msgspec.Struct, frozen=True):
    """A product in known terms."""

    pair: CurrencyPair
    """Of a loan its currency."""
    terms: AnyResolved


_UNDATED = {
    "BeyondHorizon": Reason.BEYOND_HORIZON,
    "NotAValueDate": Reason.UNKNOWN_VALUE_DATE,
    "UnknownTenor": Reason.UNKNOWN_VALUE_DATE,
    "UnknownReference": Reason.UNKNOWN_CALENDAR,
    Fault.DATES_NOT_ORDERED: Reason.UNKNOWN_VALUE_DATE,
}
"""What the reasons of `resolve_request` are called here; the others are INVALID_TERMS."""


class _Said(Exception):
    """A reason against a request, on its way out of the functions that read it."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(reason=reason, detail=detail)


def understand(context: Context, event: RfqReceived) -> Understood | Refusal:
    """The request in known terms, or the first reason against it."""
    state = context.state
    if event.overloaded or len(state.negotiations) >= NEGOTIATIONS_MAX:
        return Refusal(reason=Reason.OVERLOADED, detail="too many requests at once, ask again")
    subject = Subject(
        venue=event.venue,
        product=_hours_of(state, event),
        counterparty=event.counterparty or "",
        strategy=state.configured().strategy.name,
    )
    refusal = dealing_refusal(state, subject)
    if refusal is not None:
        return refusal
    counterparty = state.configured().counterparties.get(event.counterparty or CounterpartyId(""))
    if counterparty is None:
        detail = f"counterparty {event.counterparty or '(none given)'} is not admitted"
        return Refusal(reason=Reason.UNKNOWN_COUNTERPARTY, detail=detail)
    venue = next(row for row in state.configured().venues if row.id == event.venue)
    said = said_terms(context, venue, event)
    if isinstance(said, Refusal):
        return said
    stopped = stop_refusal(state, msgspec.structs.replace(subject, pair=said.pair))
    return (
        stopped
        or _check_request(state, event)
        or Understood(counterparty=counterparty, pair=said.pair, terms=said.terms)
    )


def said_terms(context: Context, venue: VenueReference, event: Saying) -> SaidTerms | Refusal:
    """The product that is said, dated, if it is dealt at the venue; else the first reason."""
    try:
        product, pair = _said(context.state.configured(), venue, event)
        return SaidTerms(pair, _dated(context, event, product))
    except _Said as said:
        return said.refusal


def _hours_of(state: RobotState, event: RfqReceived) -> ProductKind:
    """Whose hours count: a product that is not dealt there has none of its own, and that it is not
    dealt is said further down.
    """
    kind = known_kind(event.product)
    for venue in state.configured().venues:
        if venue.id == event.venue and kind in venue.products:
            return kind
    return ProductKind.SPOT


def _said(
    reference: Reference, venue: VenueReference, event: Saying
) -> tuple[AnyProduct, CurrencyPair]:
    """The product that is asked for, and its pair (of a loan its currency)."""
    kind = known_kind(event.product)
    if kind is None or kind not in venue.products:
        raise _Said(Reason.UNKNOWN_PRODUCT, f"product {event.product} is not dealt")
    if kind.is_loan:
        return _loan(reference, venue, event, kind)
    pair = _pair(reference, venue, event)
    base = base_of(pair)
    if event.currency not in (None, base, counter_of(pair)):
        detail = f"dealt currency {event.currency}: {pair} is dealt in one of its own"
        raise _Said(Reason.UNKNOWN_CURRENCY, detail)
    _check_amounts(event, Currency(event.currency or base))
    return _FX[kind](reference, event, pair), pair


def _pair(reference: Reference, venue: VenueReference, event: Saying) -> CurrencyPair:
    try:
        pair = parse_pair(event.pair)
    except UnknownReference as problem:
        raise _Said(Reason.UNKNOWN_PAIR, str(problem)) from None
    if pair not in reference.conventions or pair not in venue.pairs:
        raise _Said(Reason.UNKNOWN_PAIR, f"{pair} is not dealt at {venue.id}")
    return pair


def _check_amounts(event: Saying, currency: Currency) -> None:
    for amount in (event.amount, event.far_amount):
        if amount is None:
            continue
        if not (amount.is_finite() and amount > ZERO):
            raise _Said(Reason.MALFORMED, f"amount {amount} is not positive")
        if amount != round_amount(amount, currency):
            detail = f"amount {amount} is finer than the smallest {currency} amount"
            raise _Said(Reason.MALFORMED, detail)


def _spot(reference: Reference, event: Saying, pair: CurrencyPair) -> FxSpot:
    currency = Currency(event.currency or base_of(pair))
    return FxSpot(pair=pair, side=event.side or BUY, currency=currency, amount=event.amount)


def _forward(reference: Reference, event: Saying, pair: CurrencyPair) -> FxForward:
    return FxForward(
        pair=pair,
        side=event.side or BUY,
        currency=Currency(event.currency or base_of(pair)),
        amount=event.amount,
        value=_when(event.tenor, event.value_date, "value date"),
    )


def _swap(reference: Reference, event: Saying, pair: CurrencyPair) -> FxSwap:
    far = _when(event.far_tenor, event.far_value_date, "far date")
    near, far_alone = swap_dates(far)  # ON and TN name both dates, all else begins at spot
    if event.tenor or event.value_date:
        near = _when(event.tenor, event.value_date, "near date")
    else:
        far = far_alone
    return FxSwap(
        pair=pair,
        near_side=event.side or SELL,
        currency=Currency(event.currency or base_of(pair)),
        near_amount=event.amount,
        far_amount=event.far_amount,
        near=near,
        far=far,
    )


def _ndf(reference: Reference, event: Saying, pair: CurrencyPair) -> FxNdf:
    convention = reference.conventions[pair].ndf
    if convention is None:
        raise _Said(Reason.UNKNOWN_PRODUCT, f"{pair} is not dealt as NDF")
    settled = event.settlement_currency or base_of(pair)
    if settled not in (base_of(pair), counter_of(pair)):
        detail = f"settlement currency {settled} is no currency of {pair}"
        raise _Said(Reason.UNKNOWN_CURRENCY, detail)
    return FxNdf(
        pair=pair,
        side=event.side or BUY,
        currency=Currency(event.currency or base_of(pair)),
        amount=event.amount,
        value=_when(event.tenor, event.value_date, "value date"),
        fixing_index=event.fixing_index or convention.index,
        settlement_currency=Currency(settled),
    )


_FX: dict[ProductKind, Callable[[Reference, Saying, CurrencyPair], AnyProduct]] = {
    ProductKind.SPOT: _spot,
    ProductKind.FORWARD: _forward,
    ProductKind.SWAP: _swap,
    ProductKind.NDF: _ndf,
}


def _loan(
    reference: Reference, venue: VenueReference, event: Saying, kind: ProductKind
) -> tuple[AnyProduct, CurrencyPair]:
    currency = Currency(event.pair)
    market = f"{currency} {kind}"
    if currency not in venue.currencies or market not in reference.money_markets:
        raise _Said(Reason.UNKNOWN_CURRENCY, f"{market} is not dealt at {venue.id}")
    if event.currency not in (None, currency):
        detail = f"dealt currency {event.currency} of a loan in {currency}"
        raise _Said(Reason.UNKNOWN_CURRENCY, detail)
    _check_amounts(event, currency)
    term = _when(event.far_tenor, event.far_value_date, "maturity")
    side = cash_side(event.side or BUY)
    if kind is ProductKind.DEPOSIT:
        deposit = Deposit(side=side, currency=currency, amount=event.amount, term=term)
        return deposit, CurrencyPair(currency)
    haircut_min = reference.limits.haircut_min
    for row in event.collateral:
        if not row.haircut >= haircut_min and event.side is not BUY:
            detail = f"{row.security} with a haircut of {row.haircut} %, at least {haircut_min} %"
            raise _Said(Reason.HAIRCUT, detail)
    repo = Repo(
        side=side,
        currency=currency,
        amount=event.amount,
        term=term,
        collateral=event.collateral,
    )
    return repo, CurrencyPair(currency)


def _when(tenor: str, day: date | None, what: str) -> When:
    """The tenor where one is said; a date beside it is compared later."""
    if tenor:
        return When(tenor)
    if day is None:
        raise _Said(Reason.MALFORMED, f"neither a tenor nor a {what} is given")
    return When(day.isoformat())


def _dated(context: Context, event: Saying, product: AnyProduct) -> AnyResolved:
    """The product with its dates; a calendar that does not know is a refusal, never a guess."""
    state = context.state
    terms = resolve_request(product, state.today(), state.configured().conventions, context.dates)
    if isinstance(terms, Unresolved):
        raise _Said(_UNDATED.get(terms.reason, Reason.INVALID_TERMS), terms.detail)
    _check_dates(event, terms)
    return terms


def _check_dates(event: Saying, terms: AnyResolved) -> None:
    """Whatever date the request gives is the one that its tenor, or the market, leads to."""
    if isinstance(terms, ResolvedFxSwap):
        found = (terms.near.value_date, terms.far.value_date)
    elif isinstance(terms, ResolvedLoan | ResolvedOutrightRepo):
        found = (terms.start, terms.maturity)
    else:
        if event.value_date not in (None, terms.leg.value_date):
            what = "the spot date" if event.product == ProductKind.SPOT else event.tenor
            detail = f"value date {event.value_date} is not {what} {terms.leg.value_date}"
            raise _Said(Reason.UNKNOWN_VALUE_DATE, detail)
        return
    for said, day in zip((event.value_date, event.far_value_date), found, strict=True):
        if said not in (None, day):
            detail = f"{said} is asked for, the market deals {day}"
            raise _Said(Reason.UNKNOWN_VALUE_DATE, detail)


def _check_request(state: RobotState, event: RfqReceived) -> Refusal | None:
    if f"{event.venue} {event.rfq_id}" in state.seen_requests:
        return Refusal(
            reason=Reason.DUPLICATE_REQUEST, detail=f"request {event.rfq_id} came before"
        )
    if 0 < event.open_until_ns <= state.now_ns:
        return Refusal(reason=Reason.REQUEST_EXPIRED, detail="the request's own time is over")
    return None
