"""Facts of our result, in the desk's reporting currency: since the trade date or the month began.

Valued as the ledger values (`robot.core.valuing`), at the spot middle of now and the points to each
date that were known last. What has no market now, or had none when the day began, is not known, nor
is what holds forwards to whose dates points never were.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robot.basics.currency import CurrencyPair, round_amount
from robot.basics.numbers import ZERO
from robot.core.losses import last_middle
from robot.core.rule_books import Getter
from robot.core.rule_facts_market import Maker
from robot.core.rule_state import Opened
from robot.core.rule_view import View, in_amount
from robot.core.state import Context
from robot.core.valuing import result_at
from robot.limits.results import currency_of
from robot.market.snapshot import Mid
from robot.rules.types import Value


def note_day(context: Context, following: date) -> None:
    """A trade date begins: what each result is now, at the last middle that was accepted, however
    old, is where it and perhaps the month begins.
    """
    state = context.state
    month = (following.year, following.month) != (state.today().year, state.today().month)
    for name in (*state.ledger.results, *state.rules.by_strategy):
        now = _worth(context, name, old=True)
        known = state.rules.opened.get(name, Opened(ZERO, ZERO))
        state.rules.opened[name] = Opened(now, now if month else known.month)


def _worth(context: Context, key: str, *, old: bool = False) -> Decimal | None:
    """The running result of a pair, or of a kind of loans, in its own currency; `STRATEGY|NAME` =
    of that strategy's deals alone.
    """
    state, name = context.state, _name(key)
    if "/" not in name:
        return _result(context, key, ZERO)
    market = state.market.mid(CurrencyPair(name), state.now_ns, state.configured().market)
    if isinstance(market, Mid):
        return _result(context, key, market.mid)
    last = last_middle(state, CurrencyPair(name), None) if old else None
    return _result(context, key, last.mid) if last is not None else None


def _name(key: str) -> str:
    """The ledger's name of a result."""
    return key.rpartition("|")[2]


def _result(context: Context, key: str, mid: Decimal) -> Decimal | None:
    name, own = _name(key), context.state.rules.by_strategy.get(key)
    if own is None:
        found = result_at(context, name, mid)
    else:
        today = context.state.today()
        found = own.against(mid, lambda day: context.last_points_to(name, day), today)
    return None if found.without_points else round_amount(found.result, currency_of(name))


def _since(context: Context, name: str, *, month: bool) -> Decimal | None:
    """What it has changed by, in the reporting currency."""
    state = context.state
    opened = state.rules.opened.get(name, Opened(ZERO, ZERO))
    before, now = opened.month if month else opened.day, _worth(context, name)
    if before is None or now is None:
        return None
    change = now - before
    currency = currency_of(_name(name))
    home = state.configured().reporting_currency
    if change == ZERO or currency == home:
        return change
    rate = state.market.conversion_rate(currency, home, state.now_ns, state.configured().market)
    return change * rate if rate is not None else None


def _desk(*, month: bool) -> Maker:
    def get(view: View) -> Value:
        total = ZERO
        for name in view.state.ledger.results:
            found = _since(view.context, name, month=month)
            if found is None:
                return None
            total += found
        return in_amount(total)

    return lambda: get


def _of_strategy(*, month: bool) -> Maker:
    def get(view: View) -> Value:
        head, total = f"{view.state.configured().strategy.name}|", ZERO
        for key in view.state.rules.by_strategy:
            if key.startswith(head):
                found = _since(view.context, key, month=month)
                if found is None:
                    return None
                total += found
        return in_amount(total)

    return lambda: get


def _of_pair(*, month: bool) -> Maker:
    def make(named: str) -> Getter:
        def get(view: View) -> Value:
            pair = view.pair(named)
            if pair is None:
                return None
            if pair not in view.state.ledger.results:
                return 0
            return in_amount(_since(view.context, pair, month=month))

        return get

    return make


RESULT_MAKERS: dict[str, Maker] = {
    "desk result today": _desk(month=False),
    "desk result this month": _desk(month=True),
    "strategy result today": _of_strategy(month=False),
    "strategy result this month": _of_strategy(month=True),
    "pair result today": _of_pair(month=False),
    "pair result this month": _of_pair(month=True),
}
"""By the name in the registry."""
