"""Facts of the market, each worked out of a `View`; what they mean is in `robot.rules`."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from robot.basics.currency import Currency, CurrencyPair, base_of, counter_of
from robot.basics.daycount import CashProduct, MoneyMarket, day_count
from robot.basics.ids import VenueId
from robot.basics.index import parity_index
from robot.basics.rate import InterestRate
from robot.core.benchmarks import former_fixing, latest_fixing
from robot.core.rule_books import Getter
from robot.core.rule_state import Seconds
from robot.core.rule_view import MILLISECOND_NS, SECOND_NS, View, in_amount, in_price, in_rate
from robot.core.said import value_dates
from robot.deals.convention import Convention
from robot.deals.forwards import Funding, implied_base_yield, implied_counter_yield
from robot.deals.product import SPOT, ProductKind, When, swap_dates
from robot.errors import FixingNotPublished, RobotError
from robot.market.curve import CurvePoints, RateQuote
from robot.market.fixing import Fixing
from robot.market.snapshot import Mid, PairMarket, VenueTop
from robot.rules.fact import OUTRIGHT
from robot.rules.types import Value

Maker = Callable[..., Getter]
"""Given the arguments of the fact: a text each, empty = not said."""

WINDOW_S = {"": 300, "1 min": 60, "5 min": 300, "15 min": 900}
_HALF = Decimal("0.5")
_DAY_S = 86_400
_EPOCH = 719_163
"""Ordinal of 1970-01-01."""


# --- spot and what is asked


def spot_of(view: View, named: str) -> Mid | None:
    """The spot market of a pair, fit to deal on."""
    pair = view.pair(named)
    if pair is None:
        return None
    state = view.state
    found = state.market.mid(pair, state.now_ns, state.configured().market)
    return found if isinstance(found, Mid) else None


def _pair_market(view: View, named: str) -> PairMarket | None:
    pair = view.pair(named)
    return None if pair is None else view.state.market.pairs.get(pair)


def _top(view: View, pair: str, venue: str) -> VenueTop | None:
    market = _pair_market(view, pair)
    return market.tops.get(VenueId(venue)) if market is not None else None


def _asked(view: View) -> bool:
    """Whether the price asked is one of a pair: points and rates are no prices."""
    return view.market is not None and view.kind in OUTRIGHT


def _price(name: str) -> Maker:
    def make(pair: str, venue: str) -> Getter:
        def of_venue(view: View) -> Value:
            top = _top(view, pair, venue)
            if top is None or (not pair and view.kind is not ProductKind.SPOT):
                return None
            if name == "mid":
                both = top.bid is not None and top.offer is not None
                return in_price((top.bid + top.offer) * _HALF) if both else None  # type: ignore[operator]
            return in_price(getattr(top, name))

        def of_all(view: View) -> Value:
            if pair or view.market is None:
                return in_price(getattr(spot_of(view, pair), name, None))
            return in_price(getattr(view.market, name)) if _asked(view) else None

        return of_venue if venue else of_all

    return make


def _spot_mid(pair: str) -> Getter:
    def get(view: View) -> Value:
        if view.market is not None and not pair:
            return in_price(view.market.spot)
        return in_price(getattr(spot_of(view, pair), "mid", None))

    return get


def _sides(view: View, pair: str, venue: str) -> tuple[Decimal, Decimal] | None:
    """Bid and offer of what is meant; None = one is missing."""
    if venue:
        top = _top(view, pair, venue)
        if top is None or top.bid is None or top.offer is None:
            return None
        return top.bid, top.offer
    found = view.market if view.market is not None and not pair else spot_of(view, pair)
    return (found.bid, found.offer) if found is not None else None


def _spread(pair: str, venue: str) -> Getter:
    def get(view: View) -> Value:
        sides = _sides(view, pair, venue)
        return in_price(sides[1] - sides[0]) if sides is not None else None

    return get


def _crossed(pair: str, venue: str) -> Getter:
    def get(view: View) -> Value:
        sides = _sides(view, pair, venue)
        return sides[0] > sides[1] if sides is not None else None

    return get


def _size(side: str) -> Maker:
    def make(pair: str, venue: str) -> Getter:
        def get(view: View) -> Value:
            if venue:
                top = _top(view, pair, venue)
                return in_amount(getattr(top, f"{side}_size")) if top is not None else None
            best, market = spot_of(view, pair), _pair_market(view, pair)
            if best is None or market is None:
                return None
            price, stale_ns = getattr(best, side), view.state.now_ns - _stale_ns(view)
            sizes = [
                getattr(top, f"{side}_size")
                for top in market.tops.values()
                if getattr(top, side) == price and top.updated_ns >= stale_ns
            ]
            return in_amount(sum(sizes)) if sizes and None not in sizes else None

        return get

    return make


def _stale_ns(view: View) -> int:
    return view.state.configured().market.stale_after_ms * MILLISECOND_NS


def _age(pair: str, venue: str) -> Getter:
    def get(view: View) -> Value:
        if view.market is not None and not pair and not venue:
            return view.market.age_ms
        market = _pair_market(view, pair)
        if market is None or not market.tops:
            return None
        if not venue:
            return (view.state.now_ns - market.updated_ns) // MILLISECOND_NS
        top = market.tops.get(VenueId(venue))
        return (view.state.now_ns - top.updated_ns) // MILLISECOND_NS if top is not None else None

    return get


def _stale(pair: str, venue: str) -> Getter:
    age = _age(pair, venue)

    def get(view: View) -> Value:
        if view.market is not None and not pair and not venue:
            return False  # what is asked has a market that is dealt on
        found = age(view)
        most = view.state.configured().market.stale_after_ms
        return found > most if isinstance(found, int) else None

    return get


def _jumping(pair: str) -> Getter:
    def get(view: View) -> Value:
        market = _pair_market(view, pair)
        return market.jump is not None if market is not None else None

    return get


def _fresh(pair: str) -> Getter:
    def get(view: View) -> Value:
        market = _pair_market(view, pair)
        since_ns = view.state.now_ns - _stale_ns(view)
        tops = market.tops.values() if market is not None else ()
        return sum(
            top.updated_ns >= since_ns and top.bid is not None and top.offer is not None
            for top in tops
        )

    return get


def _convention(name: str) -> Maker:
    def make(pair: str) -> Getter:
        def get(view: View) -> Value:
            if name == "tick" and not pair and view.market is not None:
                return in_price(view.market.tick)
            found = view.pair(pair)
            known = view.state.configured().conventions.get(found) if found else None
            return in_price(getattr(known, name)) if known is not None else None

        return get

    return make


# --- curves


def _points(side: str) -> Maker:
    def make(pair: str, tenor: str) -> Getter:
        def get(view: View) -> Value:
            found = _curve_points(view, pair, tenor)
            if found is None:
                return None
            if side == "age":
                return found.age_ms
            return in_price(getattr(found.points.prices, side))

        return get

    return make


def _curve_points(view: View, named: str, tenor: str) -> CurvePoints | None:
    pair, context = view.pair(named), view.context
    if pair is None:
        return None
    try:
        if tenor:
            day = context.dates.far(pair, tenor, view.state.today()).day
        elif view.request is not None:
            near, far = value_dates(view.request.terms)
            day = far or near
        else:
            return None
        return context.points_at(pair, day)
    except RobotError:
        return None  # a tenor that the pair does not have, or a day that no calendar knows


def _rate(side: str) -> Maker:
    def make(currency: str, tenor: str) -> Getter:
        def get(view: View) -> Value:
            if view.market is not None and view.kind.is_loan and not currency and not tenor:
                market = view.market
                return market.age_ms if side == "age" else in_rate(getattr(market, side))
            quote = _rate_quote(view, currency or view.base, tenor)
            if quote is None:
                return None
            if side == "age":
                return (view.state.now_ns - quote.at_ns) // MILLISECOND_NS
            if side == "mid":
                return in_rate((quote.bid + quote.offer) * _HALF)
            return in_rate(getattr(quote, side))

        return get

    return make


def _rate_quote(view: View, currency: str, tenor: str) -> RateQuote | None:
    """The newest quote of a term, if it is fresh: of repo where repo is asked, else of deposits."""
    product = CashProduct.REPO if view.kind is ProductKind.REPO else CashProduct.DEPOSIT
    wanted = tenor or (view.request.tenor if view.request is not None else "")
    return _newest_rate(view, currency, product, wanted)


def _newest_rate(view: View, currency: str, product: CashProduct, tenor: str) -> RateQuote | None:
    quote = view.state.curves.rates.get(f"{currency} {product}", {}).get(tenor)
    stale_ns = view.state.configured().market.curve_stale_after_ms * MILLISECOND_NS
    fresh = quote is not None and view.state.now_ns - quote.at_ns <= stale_ns
    return quote if fresh else None


# --- what a swap implies

_DOLLAR = "USD"


def _implied(currency: str, tenor: str) -> Getter:
    """r = ((1 + r_other t_other) F_far / F_near - 1) / t of a counter currency, of a base currency
    with F_near / F_far (`domain.md` 3.4): the outrights from the middles of spot and points.
    """

    def get(view: View) -> Value:
        wanted = tenor or (view.request.tenor if view.request is not None else "")
        raised = Currency(currency or view.base)
        convention = _against_the_dollar(view, raised)
        if convention is None or not wanted:
            return None
        try:
            found = _implied_rate(view, convention, raised, wanted)
        except RobotError:
            return None  # a tenor that a market does not have, a day that no calendar knows
        return in_rate(found.percent) if found is not None else None

    return get


def _against_the_dollar(view: View, raised: Currency) -> Convention | None:
    """Of the pair with the dollar, of the dollar that with the renminbi."""
    known, other = view.state.configured().conventions, "CNY" if raised == _DOLLAR else _DOLLAR
    pairs = (CurrencyPair(f"{other}/{raised}"), CurrencyPair(f"{raised}/{other}"))
    return next((known[pair] for pair in pairs if pair in known), None)


def _implied_rate(
    view: View, convention: Convention, raised: Currency, tenor: str
) -> InterestRate | None:
    pair, dates, today = convention.pair, view.context.dates, view.state.today()
    base, counter = base_of(pair), counter_of(pair)
    spot, other = spot_of(view, pair), counter if raised == base else base
    quote = _newest_rate(view, other, CashProduct.DEPOSIT, tenor)
    days, rates = [], []
    for when in swap_dates(When(tenor)):
        dated = dates.spot(pair, today) if when == SPOT else dates.far(pair, when, today)
        points = view.context.points_at(pair, dated.day)
        if spot is None or points is None:
            return None
        days.append(dated.day)
        rates.append(spot.mid + points.points.prices.mid)
    if quote is None:
        return None
    of_pair = {base: convention.base_implied, counter: convention.counter_implied}
    counts = of_pair[raised] or day_count(raised, MoneyMarket.DOMESTIC, CashProduct.DEPOSIT)
    lent = day_count(other, MoneyMarket.DOMESTIC, CashProduct.DEPOSIT)
    funding = Funding(InterestRate((quote.bid + quote.offer) * _HALF), lent.ratio(*days))
    implied = implied_base_yield if raised == base else implied_counter_yield
    return implied(rates[0], rates[1], funding, counts.ratio(*days))


# --- reference rates


def _latest(view: View, index: str) -> Fixing | None:
    try:
        return view.state.fixings.latest(index, view.state.now_ns)
    except (FixingNotPublished, RobotError):
        return None


def _fixing(index: str) -> Getter:
    def get(view: View) -> Value:
        found = latest_fixing(view.state, index)
        return None if isinstance(found, str) else in_rate(found.value)

    return get


def _change(index: str) -> Getter:
    def get(view: View) -> Value:
        found = latest_fixing(view.state, index)
        former = None if isinstance(found, str) else former_fixing(view.state, found)
        if isinstance(found, str) or former is None:
            return None
        return in_rate(found.value - former.value)

    return get


def _published_today(index: str) -> Getter:
    def get(view: View) -> Value:
        found = _latest(view, index)
        if found is None:
            return None
        local_s = view.state.configured().zone.local_s(found.published_ns)
        if local_s is None:
            return None
        return local_s // _DAY_S + _EPOCH == view.state.today().toordinal()

    return get


def _parity(pair: str) -> Getter:
    def get(view: View) -> Value:
        found = view.pair(pair)
        if found is None:
            return None
        state = view.state
        try:
            fixing = state.fixings.fixing(parity_index(found), state.today(), state.now_ns)
        except RobotError:
            return None
        return in_price(fixing.value)

    return get


# --- from second to second


def _seconds(view: View, pair: str) -> Seconds | None:
    found = view.pair(pair)
    seconds = view.state.rules.seconds.get(CurrencyPair(found)) if found else None
    return seconds if seconds is not None and seconds.at else None


def _windowed(name: str) -> Maker:
    def make(pair: str, window: str) -> Getter:
        window_s = WINDOW_S[window]

        def get(view: View) -> Value:
            seconds = _seconds(view, pair)
            if seconds is None:
                return None
            second = view.state.now_ns // SECOND_NS
            if name == "volatility":
                return seconds.volatility(second, window_s)
            if name == "range":
                return seconds.range(second, window_s)
            first, now = seconds.first(second, window_s), spot_of(view, pair)
            mid = in_price(now.mid) if now is not None else None
            return mid - first if mid is not None and first is not None else None

        return get

    return make


def _of_day(name: str) -> Maker:
    def make(pair: str) -> Getter:
        def get(view: View) -> Value:
            seconds = _seconds(view, pair)
            if seconds is None or seconds.day != view.state.today().toordinal():
                return None
            if name == "range":
                return seconds.high - seconds.low
            return seconds.high if name == "high" else seconds.low

        return get

    return make


MARKET_MAKERS: dict[str, Maker] = {
    "bid": _price("bid"),
    "offer": _price("offer"),
    "mid": _price("mid"),
    "spot mid": _spot_mid,
    "market spread": _spread,
    "bid size": _size("bid"),
    "offer size": _size("offer"),
    "market age": _age,
    "market is crossed": _crossed,
    "market is stale": _stale,
    "market is jumping": _jumping,
    "fresh venues": _fresh,
    "pip": _convention("pip"),
    "tick": _convention("tick"),
    "points bid": _points("bid"),
    "points offer": _points("offer"),
    "points mid": _points("mid"),
    "points age": _points("age"),
    "rate bid": _rate("bid"),
    "rate offer": _rate("offer"),
    "rate mid": _rate("mid"),
    "rate age": _rate("age"),
    "implied rate": _implied,
    "fixing": _fixing,
    "change": _change,
    "published today": _published_today,
    "parity": _parity,
    "realised volatility": _windowed("volatility"),
    "range": _windowed("range"),
    "move": _windowed("move"),
    "day range": _of_day("range"),
    "day high": _of_day("high"),
    "day low": _of_day("low"),
}
"""By the name in the registry."""
