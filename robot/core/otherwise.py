"""The same need otherwise: an ask for another amount or tenor, as far as its game may ask for it.

What may move are the amount and the tenor, within the bounds that the game's program says
(`robot.core.games`); every other term is the ask's own, and none is traded for a price.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from robot.bargaining import OtherTenor
from robot.core.asked import Ask
from robot.core.games import amounts_of, tenors_of
from robot.core.said import value_dates
from robot.core.state import Context
from robot.deals.agreed import with_amount
from robot.deals.resolve import Unresolved, with_tenor
from robot.deals.resolved import AnyResolved
from robot.errors import InvalidTerms
from robot.market.snapshot import NoMarket


class Otherwise(NamedTuple):
    """What banks are asked for instead of the ask's own terms."""

    terms: AnyResolved
    amount: Decimal | None
    """None = the ask's own."""
    tenor: str
    """Empty = the ask's own."""


def otherwise(context: Context, ask: Ask, amount: Decimal | None, tenor: str) -> Otherwise | str:
    """The terms over another amount, for another tenor; why they may not be asked for."""
    terms = _for_tenor(context, ask, tenor) if tenor else ask.terms
    if isinstance(terms, str) or amount is None:
        return terms if isinstance(terms, str) else Otherwise(terms, None, tenor)
    problem = _amount_problem(context, ask, amount)
    if problem:
        return problem
    try:
        return Otherwise(with_amount(terms, amount), amount, tenor)
    except InvalidTerms as refused:
        return f"amount {amount}: {refused}"


def tenors_seen(context: Context, ask: Ask) -> tuple[OtherTenor, ...]:
    """The tenors among which the game of an ask may move, with their dates and markets; none where
    the ask's own is not one of them.
    """
    found, own = [], value_dates(ask.terms)
    for tenor in tenors_of(context.live, ask.game):
        terms = with_tenor(ask.terms, tenor, context.dates)
        market = None if isinstance(terms, Unresolved) else context.priced(terms)
        if isinstance(terms, Unresolved) or market is None or isinstance(market, NoMarket):
            continue
        near, far = value_dates(terms)
        if _is_later(ask, (near, far)):
            continue
        found.append(
            OtherTenor(
                tenor=tenor,
                value_date=near,
                far_value_date=far,
                bid=market.bid,
                offer=market.offer,
                mid=market.mid,
            )
        )
    is_among = any((one.value_date, one.far_value_date) == own for one in found)
    return tuple(found) if is_among else ()


def _for_tenor(context: Context, ask: Ask, tenor: str) -> AnyResolved | str:
    """The ask's own terms for another tenor; why it may not be asked for."""
    known = tenors_of(context.live, ask.game)
    if tenor not in known:
        return f"tenor {tenor}: the game may ask for {', '.join(known) or 'no other tenor'}"
    terms = with_tenor(ask.terms, tenor, context.dates)
    if isinstance(terms, Unresolved):
        return f"tenor {tenor}: {terms.reason}: {terms.detail}"
    own, found = value_dates(ask.terms), value_dates(terms)
    if found == own:
        return f"tenor {tenor} is the ask's own"
    if not _is_own_among(context, ask, known):
        return f"tenor {tenor}: the ask's own dates are those of none of {', '.join(known)}"
    if _is_later(ask, found):
        ends, most = _end(found), _end(own)
        return f"tenor {tenor} ends on {ends}, the rule of {ask.strategy} wants {most}"
    return terms


def _is_later(ask: Ask, dates: tuple[date, date | None]) -> bool:
    """Whether these dates end later than a rule wants that asks."""
    return bool(ask.strategy) and _end(dates) > _end(value_dates(ask.terms))


def _end(dates: tuple[date, date | None]) -> date:
    return dates[1] or dates[0]


def _is_own_among(context: Context, ask: Ask, known: tuple[str, ...]) -> bool:
    """Whether the ask has one of these tenors itself: it moves among them, from nowhere else."""
    dated = (with_tenor(ask.terms, one, context.dates) for one in known)
    own = value_dates(ask.terms)
    return any(not isinstance(one, Unresolved) and value_dates(one) == own for one in dated)


def _amount_problem(context: Context, ask: Ask, amount: Decimal) -> str:
    """Why an amount may not be asked for; empty = it may."""
    bounds = amounts_of(context.live, ask.game)
    if bounds is None:
        return f"amount {amount}: the game has no bounds for another amount than {ask.amount}"
    least, most = bounds
    if not least <= amount <= most:
        return f"amount {amount} is not between {least} and {most}"
    if ask.strategy and amount > ask.amount:
        return f"amount {amount} is more than {ask.amount}, which the rule of {ask.strategy} wants"
    return ""
