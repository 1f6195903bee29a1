"""Losses watched while prices move: valued again soon after a price, at once after a deal, and when
a price grows too old.

At its maximum a limit of losses lets nothing new through: what is open of its part is withdrawn and
canceled, and the kill switch of its scope is pulled where the row says so; far over it the desk's
is, whatever the row says. A result that cannot be valued does the same as one at its maximum, but
for the kill switch.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from robot.basics.currency import Currency, CurrencyPair, counter_of
from robot.basics.ids import DealId
from robot.basics.numbers import ZERO
from robot.core.asking_ends import withdraw_makers
from robot.core.halting import pull_everything, stop_scope
from robot.core.ordering import cancel_meant
from robot.core.quoting import MILLISECOND_NS, withdraw_meant
from robot.core.state import Context, RobotState
from robot.core.stops import Subject, values_of
from robot.deals.deal import Deal
from robot.errors import RobotError
from robot.limits.limit import LimitAccount
from robot.limits.losses import FAR_OVER, LossBook, Mark, News
from robot.limits.results import Rate, currency_of
from robot.limits.tree import Applied
from robot.market.snapshot import Mid
from robot.messages.effects import AlertRaised, LimitMove, LimitsMoved
from robot.messages.stops import StopScope

LOSSES = "losses"
SOON, EXPIRY = "soon", "expiry"
"""Why they are looked at: a price moved, or one may be too old."""
VALUED_EVERY_NS = 250 * MILLISECOND_NS
"""Shortest time between two valuations that prices alone are the reason of."""
PRICE_AGE_MAX_NS = 60_000 * MILLISECOND_NS
"""A middle older than this values nothing any more."""
TOLD_EVERY_NS = 60_000 * MILLISECOND_NS
"""Shortest time between two alerts that the same limit cannot be valued."""
_HALF = Decimal("0.5")
_AGED = frozenset({"STALE_MARKET", "NO_MARKET", "CROSSED_MARKET"})
"""Then the last middle serves for a while; one that jumps is worth nobody knows what."""


def note_deal(context: Context, deal: Deal) -> None:
    """A deal was booked; `look` says what it means, once all else is in step."""
    gate = context.state.gate
    dealt = gate.book.subjects[gate.book.deals[deal.deal_id].subject].subject
    gate.losses.note(dealt, deal, gate.accounts)


def note_amended(context: Context, after: Deal) -> None:
    """A deal was taken back or corrected."""
    context.state.gate.losses.amend(after)
    look(context)


def look(context: Context) -> None:
    """Value everything now, and act on it."""
    if context.state.gate.losses.in_force:
        _value(context, closely=True)


def watch_prices(context: Context, market: str) -> None:
    """A price moved: value what hangs on it, not too often."""
    state, losses = context.state, context.state.gate.losses
    if not losses.in_force or (losses.valued_ns and market not in losses.marks.asked):
        return
    due_ns = losses.valued_ns + VALUED_EVERY_NS
    if not losses.valued_ns or state.now_ns >= due_ns or _is_found(state, market):
        _value(context, closely=False)
    elif not losses.soon:
        losses.soon = True
        state.schedule(due_ns, LOSSES, SOON)


def _is_found(state: RobotState, market: str) -> bool:
    """Whether a price that was missing is there now: what waits for it does so no longer."""
    if market not in state.gate.losses.marks.missing:
        return False
    policy = state.configured().market
    return isinstance(state.market.mid(CurrencyPair(market), state.now_ns, policy), Mid)


def on_losses_due(context: Context, why: str) -> None:
    """A price moved a moment ago, or one may be too old by now."""
    losses = context.state.gate.losses
    if why == SOON:
        losses.soon = False
    else:
        losses.expiring = False
    if losses.in_force:
        _value(context, closely=False)


def restart_losses(context: Context) -> None:
    """A run begins: no price of before counts."""
    state, losses = context.state, context.state.gate.losses
    losses.today = state.today()
    losses.marks.mids = {name: Mark(one.mid, 0) for name, one in losses.marks.mids.items()}
    losses.marks.points.clear()
    if not losses.in_force:
        return
    _value(context, closely=True, quietly=True)
    losses.valued_ns = 0


def close_losses(context: Context, following: date) -> None:
    """The trade date ends: valued at the last middles, however old, and counted anew from there."""
    state, losses = context.state, context.state.gate.losses
    if not losses.holdings:
        return
    _mark(context, closing=True)
    month = (following.year, following.month) != (state.today().year, state.today().month)
    left = losses.close(month=month)
    if left and losses.in_force:
        text = f"at the end of {state.today()} not valued, counted on: {'; '.join(left)}"
        context.emit(AlertRaised(code="LIMIT_NOT_VALUED", text=text))


def begin_losses(state: RobotState, today: date, kept: list[DealId]) -> None:
    """The next one begins."""
    state.gate.losses.begin(today, kept)


# --- at what


def _mark(context: Context, *, closing: bool = False) -> None:
    """Take the prices of now for everything that has a result, and for what could get one."""
    state, marks = context.state, context.state.gate.losses.marks
    marks.missing, marks.rates = {}, {}
    marks.asked = {}
    open_ = [one for one in state.gate.losses.needed() if one.now.is_open]
    for holding in open_:
        _mid(context, holding.name, closing=closing)
        days = [day for day, amount in holding.now.forward.items() if amount]
        if days:
            _mark_points(context, holding.name, days)
    currencies = [currency_of(one.name) for one in state.gate.losses.needed()]
    currencies += [counter_of(pair) for pair in state.configured().conventions]
    for currency in dict.fromkeys(currencies):
        _mark_rate(context, currency, closing=closing)


def _mid(context: Context, name: str, *, closing: bool) -> str:
    """Note the middle of a pair; empty, or why it has none."""
    state, marks = context.state, context.state.gate.losses.marks
    if name in marks.asked:
        return marks.missing.get(name, "")
    pair = CurrencyPair(name)
    found = state.market.mid(pair, state.now_ns, state.configured().market)
    marks.asked[name] = True
    if isinstance(found, Mid):
        marks.mids[name] = Mark(found.mid, state.now_ns)
        return ""
    known = marks.mids.get(name)
    if closing:
        known = last_middle(state, pair, known)
    if known is not None and (
        closing or (found.reason in _AGED and state.now_ns - known.at_ns <= PRICE_AGE_MAX_NS)
    ):
        marks.mids[name] = known
        return ""
    marks.missing[name] = found.detail
    return found.detail


def last_middle(state: RobotState, pair: CurrencyPair, known: Mark | None) -> Mark | None:
    """The newest of what was marked, the middle that was accepted last and those that venues showed
    since then, as far as they are not jumps.
    """
    market = state.market.pairs.get(pair)
    if market is None or market.anchor is None:
        return known
    found = [] if known is None else [known]
    found.append(Mark(market.anchor, market.anchored_ns))
    for top in market.tops.values():
        if top.bid is not None and top.offer is not None and top.bid <= top.offer:
            middle = (top.bid + top.offer) * _HALF
            if market.low <= middle <= market.high:
                found.append(Mark(middle, top.updated_ns))
    return max(found, key=lambda mark: mark.at_ns)


def _mark_rate(context: Context, currency: str, *, closing: bool) -> None:
    """What a currency is worth in line currency: by its pair with it, else the official rate."""
    losses, marks = context.state.gate.losses, context.state.gate.losses.marks
    line = losses.line_currency
    if currency == line:
        return
    direct, inverse = f"{currency}/{line}", f"{line}/{currency}"
    problem = _mid(context, direct, closing=closing)
    if not problem:
        marks.rates[currency] = Rate(times=marks.mids[direct].mid)
        return
    if not _mid(context, inverse, closing=closing):
        marks.rates[currency] = Rate(over=marks.mids[inverse].mid)
        return
    official = context.state.configured().limits.line_rates.get(Currency(currency))
    if official is not None:
        marks.rates[currency] = Rate(times=official)
        return
    marks.missing[currency] = f"no rate for {currency} in {line}: {marks.missing[inverse]}"


def _mark_points(context: Context, name: str, days: list[date]) -> None:
    """Points from spot to these dates, as far as they are quoted; up to spot none are needed."""
    spot = _spot_date(context, name)
    found = context.state.gate.losses.marks.points[name] = {}
    for day in days:
        points = context.points_to(name, day)
        if points is None and spot is not None and day <= spot:
            points = ZERO
        if points is not None:
            found[day] = points


def _spot_date(context: Context, name: str) -> date | None:
    try:
        return context.dates.spot(CurrencyPair(name), context.state.today()).day
    except RobotError:
        return None  # the calendars do not say


# --- what follows


def _value(context: Context, *, closely: bool, quietly: bool = False) -> None:
    state, gate = context.state, context.state.gate
    losses = gate.losses
    _mark(context)
    losses.valued_ns = state.now_ns
    losses.value(gate.accounts)
    news = losses.news(gate.accounts)
    _record(context, losses, closely=closely or bool(news))
    for one in news:
        if not (quietly and one.what == "NOT_VALUED"):
            _act(context, one)
    _expect_expiry(state, losses)


def _record(context: Context, losses: LossBook, *, closely: bool) -> None:
    moves = tuple(
        LimitMove(
            limit_id=account.limit_id,
            requested=change,
            utilisation=account.utilisation,
            reserved=account.reserved_up,
            maximum=account.maximum,
        )
        for account, change in losses.moved(context.state.gate.accounts, closely=closely)
    )
    if moves:
        context.emit(LimitsMoved(verb="value", reservation_id="result", moves=moves))


def _act(context: Context, news: News) -> None:
    """Tell it; what is at its maximum, or cannot be valued, is pulled; then stopped where due."""
    planned = news.planned
    account = context.state.gate.accounts[planned.row.name]
    text = f"{account.limit_id} maximum {account.maximum}, lost {account.utilisation}"
    if news.what == "WARNING":
        context.emit(AlertRaised(code="LIMIT_WARNING", text=text))
        return
    if news.what == "NOT_VALUED":
        _tell_unknown(context, account)
        _pull_part(context, planned.row, "NOT_VALUED")
        return
    context.emit(AlertRaised(code="LIMIT_REACHED", text=f"{text}; nothing new is dealt"))
    _pull_part(context, planned.row, account.reason)
    row = planned.row
    if row.stops:
        stop_scope(context, row.name, row.row.scope[0], row.value, text)
    if news.what == "FAR_OVER":
        desk = values_of(context.state.configured(), StopScope.DESK)[0]
        stop_scope(context, row.name, StopScope.DESK, desk, f"{text}, {FAR_OVER} times as much")


def _tell_unknown(context: Context, account: LimitAccount) -> None:
    """At most once a minute: a market may jump to and fro."""
    watched, now_ns = context.state.gate.losses.watched[account.limit_id], context.state.now_ns
    if not watched.unknown_told_ns or now_ns - watched.unknown_told_ns >= TOLD_EVERY_NS:
        watched.unknown_told_ns = now_ns
        text = f"{account.limit_id} maximum {account.maximum} cannot be valued: {account.unknown}"
        context.emit(AlertRaised(code="LIMIT_NOT_VALUED", text=f"{text}; nothing new is dealt"))


def _pull_part(context: Context, applied: Applied, reason: str) -> None:
    """Everything open that the row is about."""
    is_meant = meant(context.state, applied)
    row = applied.row
    if row.scope[0] != "trader" and not row.pairs and not row.currencies:
        if is_meant(Subject(venue="")):
            pull_everything(context, reason)
        return
    withdraw_meant(context, reason, is_meant)
    withdraw_makers(context, reason, is_meant)
    cancel_meant(context, is_meant)


def meant(state: RobotState, applied: Applied) -> Callable[[Subject], bool]:
    """What a row is about: one of ours, and the pairs and currencies it names."""
    row, ours = applied.row, state.gate.book.ours
    scope = row.scope[0]

    def is_meant(subject: Subject) -> bool:
        whose = applied.value
        if scope == "trader":
            whose = subject.trader or ours.trader
        elif scope != "everyone":
            whose = getattr(ours, scope)
        named = not row.pairs or subject.pair in row.pairs
        both = subject.pair.split("/")
        moved = not row.currencies or any(name in row.currencies for name in both)
        return whose == applied.value and named and moved

    return is_meant


def _expect_expiry(state: RobotState, losses: LossBook) -> None:
    """Have the prices looked at when the oldest in use is too old."""
    marks = losses.marks
    used = [marks.mids[name].at_ns for name in marks.asked if name in marks.mids]
    used = [at_ns for at_ns in used if state.now_ns - at_ns <= PRICE_AGE_MAX_NS]
    if used and not losses.expiring:
        losses.expiring = True
        state.schedule(min(used) + PRICE_AGE_MAX_NS + MILLISECOND_NS, LOSSES, EXPIRY)
