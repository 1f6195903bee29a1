"""How much the limits would still take of what is asked, at the middle of the market.

Worked out where a book names it only; the gate is asked, so nothing here knows a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import ROUND_FLOOR, Decimal

from robot.basics.currency import base_of, minor_unit
from robot.core.quoting import line_rate_of, quoted_of
from robot.core.rule_facts_market import Maker
from robot.core.rule_view import View, in_amount
from robot.core.said import dealt_currency
from robot.deals.agreed import Price, with_amount
from robot.deals.party import BUY, SELL
from robot.errors import InvalidTerms
from robot.limits.exposure import Quoted, line_limit
from robot.limits.headroom import Room, alone, room, would_refuse
from robot.limits.limit import Reason, Refusal
from robot.rules.types import Value

_CENT = Decimal("0.01")
_SHARE = 1_000_000

Judge = Callable[[Quoted, Decimal | None], Refusal | None]


def _quoted(view: View, amount: Decimal) -> Quoted | Refusal:
    """What the gate would judge if so much of the dealt currency were quoted at the middle."""
    request, market, facts = view.request, view.market, view.facts
    assert request is not None and market is not None and facts is not None, "a fact of a request"
    spots = {BUY: market.bid_spot, SELL: market.offer_spot}
    prices = {
        side: Price(market.mid, spots[side], market.near_points)
        for side in (BUY, SELL)
        if facts.side in (None, side)
    }
    try:
        terms = with_amount(request.terms, amount)
        return quoted_of(view.state, request, terms, prices, market)
    except InvalidTerms as problem:
        return Refusal(reason=Reason.INVALID_TERMS, detail=problem.text)


@contextmanager
def _own_quote_aside(view: View) -> Iterator[None]:
    """Without what the request's own live quote holds: it ends where another one is shown."""
    gate, request = view.state.gate, view.request
    held = gate.reservations.get(request.quote_id or "") if request is not None else None
    uses = [(gate.accounts[use.limit_id], use) for use in held.uses] if held is not None else []
    for account, use in uses:
        account.reserved_up -= use.up
        account.reserved_down -= use.down
    try:
        yield
    finally:
        for account, use in uses:
            account.reserved_up += use.up
            account.reserved_down += use.down


def _room(view: View, judge: Judge) -> Room:
    request, market = view.request, view.market
    assert request is not None and market is not None, "a fact of a request"
    rate = line_rate_of(view.state, request.pair, market)

    def ask(amount: Decimal) -> Refusal | None:
        quoted = _quoted(view, amount)
        return quoted if isinstance(quoted, Refusal) else judge(quoted, rate)

    with _own_quote_aside(view):
        return room(ask, minor_unit(dealt_currency(request.terms)))


def _of_all(view: View) -> Room:
    """Of all limits together; asked once for a request."""
    if view.room is None:
        gate = view.state.gate
        view.room = _room(view, lambda quoted, rate: would_refuse(gate, quoted, rate))
    return view.room


def _in_base(view: View, amount: Decimal) -> Value:
    assert view.request is not None and view.market is not None, "a fact of a request"
    spot, dealt = view.market.spot, dealt_currency(view.request.terms)
    if spot is not None and dealt != base_of(view.request.pair):
        amount = (amount / spot).quantize(_CENT, ROUND_FLOOR)
    return in_amount(amount)


def _headroom(view: View) -> Value:
    return _in_base(view, _of_all(view).amount)


def _headroom_share(view: View) -> Value:
    found = _of_all(view).share
    return int(found * _SHARE) if found is not None else None


def _alone(reason: Reason) -> Callable[[View], Value]:
    """Of the limits of one reason; without any of them it is not known."""

    def get(view: View) -> Value:
        assert view.request is not None, "a fact of a request"
        gate, missing = view.state.gate, False
        if reason is Reason.COUNTERPARTY_LINE and line_limit(view.request.counterparty) not in (
            gate.accounts
        ):
            return 0  # no line: nothing is allowed

        def judge(quoted: Quoted, rate: Decimal | None) -> Refusal | None:
            nonlocal missing
            if rate is None:
                return Refusal(reason=Reason.NO_CONVERSION_RATE, detail="")
            found = alone(gate, quoted, rate, reason)
            missing = found is False
            return None if isinstance(found, bool) else found

        found = _room(view, judge)
        return None if missing else _in_base(view, found.amount)

    return get


def _plain(get: Callable[[View], Value]) -> Maker:
    return lambda: get


ROOM_MAKERS: dict[str, Maker] = {
    "headroom": _plain(_headroom),
    "headroom share": _plain(_headroom_share),
    "line headroom": _plain(_alone(Reason.COUNTERPARTY_LINE)),
    "settlement headroom": _plain(_alone(Reason.SETTLEMENT)),
}
"""By the name in the registry."""
