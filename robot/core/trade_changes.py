"""A trade of an order of ours that the venue takes back (150=H) or corrects (150=G): which deal is
meant, and whether it may become what the venue says.

Only the amount and the price may change, within what was ordered. Anything else, or a trade that we
do not have, is a break: nothing is changed for it.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, base_of
from robot.basics.ids import ExecId
from robot.basics.numbers import ZERO
from robot.core.amending import amend
from robot.core.halting import find_break
from robot.core.our_orders import Order, PastOrder
from robot.core.state import Context, RobotState
from robot.deals.deal import Deal
from robot.deals.product import ProductKind
from robot.deals.resolved import FxLeg
from robot.messages.orders import OrderKind, OrderReport, OrderReported

_CENT = Decimal("0.01")


def change_trade(context: Context, event: OrderReported, order: Order | None) -> bool:
    """Take the venue's word on a trade of before; whether a deal was changed. `order`: if it is
    still open; what was dealt of it follows.
    """
    state = context.state
    said = _key(event, event.exec_id)
    if said in state.amendments:
        return False  # said before, so after a gap or twice by mistake
    key = _deal_key(state, event)
    deal = state.deals.get(key)
    if deal is None:
        return _break(context, event, f"{event.report} of {event.reference_exec_id}, not ours")
    bounds = order or state.past_orders.get(deal.order_id)
    problem = _not_a_change(deal, event, bounds)
    if problem:
        return _break(context, event, f"{event.report} of {deal.deal_id}: {problem}")
    state.amendments[said] = key
    after = _amended(deal, event)
    if after == deal:
        return False  # as it was told already
    assert bounds is not None, "looked at before"
    amend(context, key, after, f"{event.report} by {event.exec_id}: {event.text}")
    bounds.filled += _dealt(after) - _dealt(deal)
    if bounds.filled != event.filled:
        text = f"{event.filled} of {deal.order_id} is dealt, we know of {bounds.filled}"
        find_break(context, event.venue, "FILL_MISSING", ExecId(deal.order_id), text)
    return True


def _deal_key(state: RobotState, event: OrderReported) -> ExecId:
    """Of the deal that is meant, by its own report or by the last that changed it."""
    named = _key(event, event.reference_exec_id)
    return state.amendments.get(named, named)


def _key(event: OrderReported, exec_id: str) -> ExecId:
    return ExecId(f"{event.venue} {exec_id}")


def _break(context: Context, event: OrderReported, problem: str) -> bool:
    told = f"{problem} {event.text}".strip()
    find_break(context, event.venue, str(event.report), event.exec_id, told)
    return False


def _not_a_change(deal: Deal, event: OrderReported, bounds: Order | PastOrder | None) -> str:
    """Why a deal of ours cannot become what the venue says; empty = it can."""
    if not deal.as_taker or bounds is None:
        return "not dealt by an order of ours that is known"
    if event.side is not deal.side or event.pair.replace("/", "") != deal.pair.replace("/", ""):
        return f"{event.side} {event.pair}, dealt {deal.side} {deal.pair}"
    if event.value_date not in (None, deal.value_date):
        return f"value {event.value_date}, dealt for {deal.value_date}"
    if event.report is OrderReport.BUSTED:
        return ""
    if deal.void:
        return "it was taken back before"
    if deal.product != ProductKind.SPOT:
        return f"the price of a {deal.product} is more than one number"
    return _not_ordered(deal, event, bounds)


def _not_ordered(deal: Deal, event: OrderReported, bounds: Order | PastOrder) -> str:
    """What of a correction is outside of what was ordered."""
    assert event.last_amount is not None and event.last_price is not None, "the decoder has looked"
    filled = bounds.filled - _dealt(deal) + event.last_amount
    if filled > bounds.amount:
        return f"{filled} dealt, {bounds.amount} ordered"
    worst = _worst_price(bounds)
    if worst is not None and deal.side.sign * (event.last_price - worst) > ZERO:
        return f"at {event.last_price}, worse than the limit {worst}"
    return ""


def _worst_price(bounds: Order | PastOrder) -> Decimal | None:
    if isinstance(bounds, Order) and bounds.kind is OrderKind.MARKET:
        return None
    return bounds.worst_price


def _dealt(deal: Deal) -> Decimal:
    """What stands of it, of the dealt currency."""
    if deal.void:
        return ZERO
    in_base = deal.currency in ("", base_of(deal.pair))
    return deal.base_amount if in_base else deal.counter_amount


def _amended(deal: Deal, event: OrderReported) -> Deal:
    if event.report is OrderReport.BUSTED:
        return msgspec.structs.replace(deal, void=True)
    assert event.last_amount is not None and event.last_price is not None, "looked at before"
    currency = Currency(deal.currency or base_of(deal.pair))
    leg = FxLeg(
        pair=deal.pair,
        side=deal.side,
        currency=currency,
        amount=event.last_amount,
        value_date=deal.value_date,
    ).at(event.last_price)
    base = abs(leg.flows[0].amount)
    return msgspec.structs.replace(
        deal,
        base_amount=base,
        counter_amount=abs(leg.flows[1].amount),
        rate=event.last_price,
        edge=(deal.side.sign * (deal.mid - event.last_price) * base).quantize(_CENT),
    )
