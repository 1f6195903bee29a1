"""Facts of our own: position, gap, what is outstanding, the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from robot.basics.currency import Currency, CurrencyPair, base_of
from robot.basics.daycount import CashProduct
from robot.basics.holidays import CalendarId, JointCalendar, joint
from robot.basics.zone import Zone
from robot.core.rule_books import Getter
from robot.core.rule_facts_market import Maker
from robot.core.rule_view import MILLISECOND_NS, SECOND_NS, View, in_amount
from robot.core.said import dealt_currency, value_dates
from robot.core.state import RobotState
from robot.errors import RobotError
from robot.limits.exposure import position_limit
from robot.rules.types import DAY_MS, Value, divided

WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_SHARE = 1_000_000
_HOLIDAY_DAYS = 400
_DAY_S, _EPOCH_DAY = 86_400, date(1970, 1, 1).toordinal()
_TOKYO, _LONDON, _NEW_YORK = "Asia/Tokyo", "Europe/London", "America/New_York"


# --- position


def _position(currency: str) -> Getter:
    def get(view: View) -> Value:
        return in_amount(view.state.ledger.net_position(Currency(currency or view.base)))

    return get


def _limit(currency: str) -> Getter:
    def get(view: View) -> Value:
        account = view.state.gate.accounts.get(position_limit(currency or view.base))
        return in_amount(account.maximum) if account is not None else None

    return get


def _share(currency: str) -> Getter:
    position, limit = _position(currency), _limit(currency)

    def get(view: View) -> Value:
        held, most = position(view), limit(view)
        if not isinstance(held, int) or not isinstance(most, int):
            return None
        return divided(held * _SHARE, most)

    return get


def _gap(currency: str, tenor: str) -> Getter:
    def get(view: View) -> Value:
        day = _day_of(view, currency, tenor)
        if day is None:
            return None
        state = view.state
        book = state.configured().book
        return in_amount(state.ledger.gap(book, Currency(currency or view.base), day))

    return get


def _day_of(view: View, currency: str, tenor: str) -> date | None:
    """The last value date asked, or that of a tenor: by the pair asked, else by deposits of the
    currency.
    """
    if not tenor:
        if view.request is None:
            return None
        near, far = value_dates(view.request.terms)
        return far or near
    dates, today = view.context.dates, view.state.today()
    pair = view.pair("")
    try:
        if pair is not None and currency in ("", view.base, view.counter):
            return dates.far(pair, tenor, today).day
        named = Currency(currency or view.base)
        markets = view.state.configured().money_markets
        found = [row for name, row in markets.items() if name.startswith(f"{named} ")]
        return (
            dates.deposit(named, CashProduct(found[0].product), tenor, today).maturity
            if found
            else None
        )
    except RobotError:
        return None


# --- cash


def _cash(view: View, currency: str, until: date) -> Decimal | None:
    """What is on our accounts at the end of a date: from the balance before the first deal, all
    flows until then; None = nobody said that balance.
    """
    state = view.state
    reference = state.configured()
    total = reference.nostro.get(Currency(currency))
    if total is None:
        return None
    head, last = f"{reference.book} {currency} ", until.isoformat()
    for key, amount in state.ledger.positions.items():
        if key.startswith(head) and key[len(head) :] <= last:
            total += amount
    return total


def _surplus(currency: str, tenor: str) -> Getter:
    def get(view: View) -> Value:
        day = _day_of(view, currency, tenor) if tenor else view.state.today()
        return in_amount(_cash(view, currency or view.base, day)) if day is not None else None

    return get


def _need(currency: str, tenor: str) -> Getter:
    surplus = _surplus(currency, tenor)

    def get(view: View) -> Value:
        found = surplus(view)
        return max(0, -found) if isinstance(found, int) else None

    return get


def _days_to_need(currency: str) -> Getter:
    def get(view: View) -> Value:
        state, named = view.state, currency or view.base
        head = f"{state.configured().book} {named} "
        today = state.today()
        later = {key[len(head) :] for key in state.ledger.positions if key.startswith(head)}
        for text in sorted({today.isoformat(), *later}):
            day = date.fromisoformat(text)
            cash = _cash(view, named, day)
            if day >= today and cash is not None and cash < 0:
                return (day - today).days
        return None

    return get


# --- outstanding


def _quotes(view: View) -> Value:
    return len(view.state.quotes)


def _quotes_with(view: View) -> Value:
    state = view.state
    assert view.request is not None, "a fact of a request"
    party = view.request.counterparty
    return sum(
        state.negotiations[quote.negotiation].counterparty == party
        for quote in state.quotes.values()
    )


def _amount_quoted(pair: str) -> Getter:
    def get(view: View) -> Value:
        wanted = pair or view.instrument
        base, total = base_of(CurrencyPair(wanted)), 0
        for quote in view.state.quotes.values():
            negotiation = view.state.negotiations[quote.negotiation]
            if negotiation.pair != wanted:
                continue
            amount = in_amount(negotiation.amount)
            if dealt_currency(negotiation.terms) != base or amount is None:
                return None
            total += amount
        return total

    return get


def _orders(view: View) -> Value:
    return len(view.state.orders)


def _asks(view: View) -> Value:
    return len(view.state.asks)


# --- time


def _time(view: View) -> Value:
    local_s = view.state.configured().zone.local_s(view.state.now_ns)
    if local_s is None:
        return None
    return local_s * 1000 % DAY_MS + view.state.now_ns // MILLISECOND_NS % 1000


def _instant(view: View) -> Value:
    return view.state.now_ns // MILLISECOND_NS


def _trade_date(view: View) -> Value:
    return view.state.today().toordinal()


def _weekday(view: View) -> Value:
    return WEEKDAYS[view.state.today().weekday()]


def session_at(at_ns: int, zones: Mapping[str, Zone]) -> str | None:
    """Which of the day's markets began last, and whether New York has not closed yet; None = how
    their clocks go is not known.
    """
    at_s, here = at_ns // SECOND_NS, at_ns // SECOND_NS // _DAY_S
    for day in (here + 1, here):
        asia, london, afternoon, closing = (
            _at(zones.get(zone), day, hour)
            for zone, hour in ((_TOKYO, 7), (_LONDON, 8), (_NEW_YORK, 13), (_NEW_YORK, 17))
        )
        if asia is None or london is None or afternoon is None or closing is None:
            return None
        if (day + _EPOCH_DAY - 1) % 7 >= 5 or not asia <= at_s < closing:
            continue
        if at_s >= afternoon:
            return "new york"
        return "london" if at_s >= london else "asia"
    return "closed"


def _at(zone: Zone | None, day: int, hour: int) -> int | None:
    return zone.moment_s(day * _DAY_S + hour * 3_600) if zone is not None else None


def _session(view: View) -> Value:
    return session_at(view.state.now_ns, view.state.configured().zones)


def _to_cutoff(currency: str) -> Getter:
    def get(view: View) -> Value:
        state, named = view.state, currency or view.base
        reference, today = state.configured(), state.today()
        cutoff = reference.cutoffs.get(Currency(named))
        calendar = reference.calendars.get(CalendarId(named))
        if cutoff is None or not (calendar is None or calendar.is_business_day(today)):
            return None
        clock = reference.zones.get(cutoff.zone)
        local_s = (today.toordinal() - _EPOCH_DAY) * _DAY_S + cutoff.time_s
        at_s = clock.moment_s(local_s) if clock is not None else None
        return at_s * 1000 - state.now_ns // MILLISECOND_NS if at_s is not None else None

    return get


def _to_holiday(currency: str) -> Getter:
    def get(view: View) -> Value:
        state = view.state
        calendar = state.configured().calendars.get(CalendarId(currency or view.base))
        local_s = state.configured().zone.local_s(state.now_ns)
        if calendar is None or local_s is None:
            return None
        today = state.today()
        try:
            for days in range(1, _HOLIDAY_DAYS):
                day = today + timedelta(days=days)
                if not calendar.is_business_day(day) and not calendar.is_weekend(day):
                    midnight_s = (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400
                    return (midnight_s - local_s) * 1000
        except RobotError:
            pass  # the calendar does not go as far
        return None

    return get


def _calendars(view: View) -> JointCalendar | None:
    """Those of what is asked."""
    reference, state = view.state.configured(), view.state
    pair = view.pair("")
    if pair is not None:
        names = reference.conventions[pair].all_calendars if pair in reference.conventions else ()
    else:
        rows = state.configured().money_markets.items()
        names = tuple(row.calendar_id for name, row in rows if name.startswith(view.base))
    found = [reference.calendars[name] for name in names if name in reference.calendars]
    return joint(found) if found else None


def _end_of(months: int) -> Getter:
    def get(view: View) -> Value:
        today, calendar = view.state.today(), _calendars(view)
        if calendar is None:
            return None
        try:
            last = calendar.is_last_business_day_of_month(today)
        except RobotError:
            return None
        return last and today.month % months == 0

    return get


def _chance(view: View) -> Value:
    return int(view.chance * _SHARE)


def _plain(get: Callable[[View], Value]) -> Maker:
    return lambda: get


def now_of(state: RobotState) -> int:
    """Minutes since 1970."""
    return state.now_ns // 60_000_000_000


DESK_MAKERS: dict[str, Maker] = {
    "position": _position,
    "position limit": _limit,
    "position share": _share,
    "gap": _gap,
    "surplus": _surplus,
    "need": _need,
    "days to next need": _days_to_need,
    "quotes outstanding": _plain(_quotes),
    "quotes outstanding with counterparty": _plain(_quotes_with),
    "amount quoted": _amount_quoted,
    "orders outstanding": _plain(_orders),
    "asks open": _plain(_asks),
    "time": _plain(_time),
    "instant": _plain(_instant),
    "trade date": _plain(_trade_date),
    "weekday": _plain(_weekday),
    "session": _plain(_session),
    "time to cutoff": _to_cutoff,
    "time to holiday": _to_holiday,
    "month end": _plain(_end_of(1)),
    "quarter end": _plain(_end_of(3)),
    "year end": _plain(_end_of(12)),
    "chance": _plain(_chance),
}
"""By the name in the registry."""
