"""Facts of the request, of who asks, and of what was before with them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from robot.basics.tenor import Unit, parse_tenor
from robot.core.rule_books import Getter
from robot.core.rule_facts_desk import now_of
from robot.core.rule_facts_market import Maker
from robot.core.rule_state import DAY, HOUR, Happened
from robot.core.rule_view import MILLISECOND_NS, View, in_amount, in_price, in_rate
from robot.core.said import dealt_currency, value_dates
from robot.core.state import Negotiation
from robot.deals.party import BUY, Counterparty, Side
from robot.deals.product import ProductKind
from robot.errors import RobotError
from robot.rules.fact import OUTRIGHT
from robot.rules.types import HORIZON, Value, divided, tenor_code

_SHARE = 1_000_000
SPANS = {"": DAY, "1 h": HOUR, "1 d": DAY}


def _asked(view: View) -> Negotiation:
    assert view.request is not None, "a fact of a request in a book that looks by the clock"
    return view.request


def side_name(kind: ProductKind, side: Side | None) -> str:
    """What we would do, as rules say it."""
    if side is None:
        return "BOTH"
    if kind.is_loan:
        return "BORROW" if side is BUY else "LEND"
    return str(side)


def _size(view: View) -> Value:
    return in_amount(view.facts.amount) if view.facts is not None else None


def _side(view: View) -> Value:
    return side_name(view.kind, _asked(view).wanted_side)


def _product(view: View) -> Value:
    return str(view.kind)


def _pair(view: View) -> Value:
    return view.pair("")


def _currency(view: View) -> Value:
    return view.base


def _counter_currency(view: View) -> Value:
    return view.counter


def _tenor(view: View) -> Value:
    said = _asked(view).tenor
    if not said:
        return None
    try:
        tenor = parse_tenor(said)
    except RobotError:
        return None
    return None if tenor.unit is Unit.IMM else tenor_code(tenor)


def _days(view: View) -> Value:
    terms = _asked(view).terms
    near, far = value_dates(terms)
    first = near if view.kind not in OUTRIGHT else view.state.today()
    return ((far or near) - first).days


def _value_date(view: View) -> Value:
    return value_dates(_asked(view).terms)[0].toordinal()


def _far_value_date(view: View) -> Value:
    far = value_dates(_asked(view).terms)[1]
    return far.toordinal() if far is not None else None


def _broken(view: View) -> Value:
    return view.kind is not ProductKind.SPOT and not _asked(view).tenor


def _in_counter(view: View) -> Value:
    if view.kind.is_loan:
        return None
    return dealt_currency(_asked(view).terms) != view.base


def _streaming(view: View) -> Value:
    return _asked(view).streaming


def _venue(view: View) -> Value:
    return _asked(view).venue


def _channel(view: View) -> Value:
    return "fix"


def _time_left(view: View) -> Value:
    until_ns = _asked(view).open_until_ns
    return (until_ns - view.state.now_ns) // MILLISECOND_NS if until_ns > 0 else None


def _rounds(view: View) -> Value:
    return _asked(view).rounds


# --- what they and we said last


def _theirs(unit: Callable[[Decimal | None], int | None]) -> Maker:
    def get(view: View) -> Value:
        bargain = _asked(view).bargain
        return unit(bargain.theirs) if bargain is not None else None

    return lambda: get


def _ours(unit: Callable[[Decimal | None], int | None]) -> Maker:
    def get(view: View) -> Value:
        bargain = _asked(view).bargain
        return unit(bargain.ours) if bargain is not None else None

    return lambda: get


# --- who asks


def _party(view: View) -> Counterparty | None:
    return view.state.configured().counterparties.get(_asked(view).counterparty)


def _counterparty(view: View) -> Value:
    return _asked(view).counterparty


def _tier(view: View) -> Value:
    return _asked(view).tier


def _of_party(name: str) -> Maker:
    def get(view: View) -> Value:
        found = _party(view)
        return (getattr(found, name) or None) if found is not None else None

    return _plain(get)


# --- what was before


def _count(what: Happened) -> Maker:
    def make(span: str) -> Getter:
        window = SPANS[span]

        def get(view: View) -> Value:
            found = view.state.rules.history.get(_asked(view).counterparty)
            return found.count(what, window, now_of(view.state)) if found is not None else 0

        return get

    return make


def _hit_ratio(span: str) -> Getter:
    hits, quoted = _count(Happened.HIT)(span), _count(Happened.QUOTED)(span)

    def get(view: View) -> Value:
        dealt, asked = hits(view), quoted(view)
        assert isinstance(dealt, int) and isinstance(asked, int), "counts"
        return divided(dealt * _SHARE, asked)

    return get


def _since_deal(view: View) -> Value:
    found = view.state.rules.history.get(_asked(view).counterparty)
    if found is None or not found.deal_ns:
        return None
    return (view.state.now_ns - found.deal_ns) // MILLISECOND_NS


def _last_side(view: View) -> Value:
    found = view.state.rules.history.get(_asked(view).counterparty)
    return (found.deal_side or None) if found is not None else None


def _markout(span: str, horizon: str) -> Getter:
    window, horizon = SPANS[span], horizon or HORIZON

    def get(view: View) -> Value:
        key = f"{_asked(view).counterparty} {view.instrument} {horizon}"
        found = view.state.rules.markouts.get(key)
        return found.mean(window, now_of(view.state)) if found is not None else None

    return get


def _plain(get: Callable[[View], Value]) -> Maker:
    return lambda: get


REQUEST_MAKERS: dict[str, Maker] = {
    "size": _plain(_size),
    "side": _plain(_side),
    "product": _plain(_product),
    "pair": _plain(_pair),
    "currency": _plain(_currency),
    "counter currency": _plain(_counter_currency),
    "tenor": _plain(_tenor),
    "days": _plain(_days),
    "value date": _plain(_value_date),
    "far value date": _plain(_far_value_date),
    "broken date": _plain(_broken),
    "counter currency dealt": _plain(_in_counter),
    "streaming": _plain(_streaming),
    "venue": _plain(_venue),
    "channel": _plain(_channel),
    "time left": _plain(_time_left),
    "rounds": _plain(_rounds),
    "their price": _theirs(in_price),
    "their points": _theirs(in_price),
    "their rate": _theirs(in_rate),
    "our price": _ours(in_price),
    "our points": _ours(in_price),
    "our rate": _ours(in_rate),
    "counterparty": _plain(_counterparty),
    "counterparty name": _of_party("name"),
    "tier": _plain(_tier),
    "group": _of_party("group"),
    "country": _of_party("country"),
    "counterparty type": _of_party("type"),
    "requests": _count(Happened.REQUEST),
    "deals": _count(Happened.DEAL),
    "hit ratio": _hit_ratio,
    "rejects": _count(Happened.REJECT),
    "expired quotes": _count(Happened.EXPIRED),
    "time since last deal": _plain(_since_deal),
    "last deal side": _plain(_last_side),
    "markout": _markout,
}
"""By the name in the registry."""
