"""Handlers of the market beyond spot: points, money-market rates, fixings."""

from __future__ import annotations

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import CashProduct
from robot.basics.index import fixing_index, parity_index
from robot.basics.tenor import parse_tenor
from robot.core.losses import watch_prices
from robot.core.negotiation import refresh_stream
from robot.core.ordering import cancel_meant
from robot.core.quoting import withdraw_meant, withdraw_quote
from robot.core.state import Context, RobotState
from robot.core.stops import Subject
from robot.core.streaming import refresh_streams
from robot.deals.limit_rows import LimitKind
from robot.deals.product import ProductKind
from robot.errors import InvalidTerms, UnknownReference
from robot.limits.limit import Reason
from robot.market.curve import PointsQuote, RateQuote
from robot.market.fixing import Fixing
from robot.market.snapshot import NoMarket
from robot.messages.effects import AlertRaised
from robot.messages.events import CurveUpdated, FixingPublished


def on_curve(context: Context, event: CurveUpdated) -> None:
    """Take one tenor; pull or replace what stands on the curve."""
    state = context.state
    if event.bid is None or event.offer is None:
        state.curves.forget(event.venue, event.curve, event.tenor)
    else:
        problem = take_tenor(state, event)
        if problem:
            text = f"{event.venue} {event.curve} {event.tenor}: {problem}"
            context.emit(AlertRaised(code="CURVE_REFUSED", text=text))
            return
    watch_prices(context, event.curve)
    for quote_id in tuple(state.quotes_of_market.get(event.curve, ())):
        negotiation = state.negotiations[state.quotes[quote_id].negotiation]
        market = context.priced(negotiation.terms)
        if isinstance(market, NoMarket):
            withdraw_quote(context, quote_id, market.reason)
    for key in tuple(state.streams_of_market.get(event.curve, ())):
        if state.negotiations[key].kind is not ProductKind.SPOT:
            refresh_stream(context, key)
    refresh_streams(context, event.curve, spot=False)


def on_fixing(context: Context, event: FixingPublished) -> None:
    """Keep an official rate; one that contradicts what was published is told, not taken."""
    fixing = Fixing(
        index=event.index,
        value_date=event.value_date,
        value=event.value,
        published_ns=event.published_at_ns,
        source=event.source,
    )
    try:
        new = context.state.fixings.record(fixing)
    except (InvalidTerms, UnknownReference) as problem:
        context.emit(AlertRaised(code="FIXING_REFUSED", text=str(problem)))
        return
    index = fixing_index(event.index)
    banded = LimitKind.OFFICIAL_BAND in context.state.gate.book.tree.kinds
    if new and banded and index.name == parity_index(index.currency):
        _pull_pair(context, index.currency)


def _pull_pair(context: Context, pair: str) -> None:
    """The band around its parity is another one: what was let through by the old one is pulled."""

    def is_meant(subject: Subject) -> bool:
        return subject.pair == pair

    withdraw_meant(context, Reason.OFFICIAL_BAND, is_meant)
    cancel_meant(context, is_meant)


def take_tenor(state: RobotState, event: CurveUpdated) -> str:
    """Put a quote into its curve; what is wrong with it, or nothing."""
    reference = state.configured()
    assert event.bid is not None and event.offer is not None, "the caller has looked"
    quote: PointsQuote | RateQuote
    at_ns = event.as_of_ns or state.now_ns
    if at_ns > state.now_ns:
        return f"quoted at {at_ns}, which is not yet: {state.now_ns}"
    try:
        parse_tenor(event.tenor)
        pair = CurrencyPair(event.curve)
        if pair in reference.conventions:
            convention = reference.conventions[pair]
            factors = convention.provider_points_factors
            quote = PointsQuote(
                pair=pair,
                tenor=event.tenor,
                bid=event.bid,
                offer=event.offer,
                factor=factors.get(event.venue, convention.points_factor),
                at_ns=at_ns,
                source=event.venue,
            )
        elif event.curve in reference.money_markets:
            currency, _, product = event.curve.partition(" ")
            quote = RateQuote(
                currency=Currency(currency),
                product=CashProduct(product),
                tenor=event.tenor,
                bid=event.bid,
                offer=event.offer,
                at_ns=at_ns,
                source=event.venue,
            )
        else:
            return "nobody deals on this curve"
        if not state.curves.update(quote):
            return f"older than what is known, as of {at_ns}"
    except (InvalidTerms, UnknownReference) as problem:
        return str(problem)
    return ""
