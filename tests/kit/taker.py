"""A desk that hedges EUR/USD, and the venue ALPHA that deals its orders.

More than 3m either way is brought back to 1m in clips of 2m, at most 2 bp from the price shown.
Market 1.10000/1.10010.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.basics.ids import ExecId, VenueId
from robot.deals.party import BUY
from robot.invariants import check_state
from robot.messages.effects import ReplaceOrder, SendOrder, SendQuote
from robot.messages.orders import (
    CancelRefused,
    OrderCancelWanted,
    OrderChangeWanted,
    OrderKind,
    OrderReport,
    OrderReported,
    OrderWanted,
    TimeInForce,
)
from tests.kit.desk import ORIGIN, Desk

HEDGE = {
    "pair": "EUR/USD",
    "band": "3000000",
    "target": "1000000",
    "clip": "2000000",
    "slippage_bp": "2",
    "interval_ms": 1000,
}


def desk(**changes: Any) -> Desk:
    """`mass_cancel`, `cancel_on_disconnect` and `trades_live` are of ALPHA."""
    of_venue = ("mass_cancel", "cancel_on_disconnect", "trades_live")
    names = [name for name in of_venue if name in changes]
    own = {name: changes.pop(name) for name in names}
    made = Desk().changed(
        venues=[
            {"id": "ALPHA", "pairs": ["EUR/USD", "USD/JPY"], "counterparty": "BANKB", **own},
            {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"]},
        ],
        hedges=[{**HEDGE, **changes.pop("hedge", {})}],
        limits={
            "orders_outstanding": 4,
            "counterparty_lines": {"BANKA": "9000000", "BANKB": "9000000"},
            **changes.pop("limits", {}),
        },
        **changes,
    )
    made.open()
    made.market()
    return made


def short(of: Desk, millions: int = 5) -> Desk:
    """Clients buy from us until we are short so many millions."""
    quote = of.one(SendQuote, of.rfq(millions * 1_000_000))
    of.hit(quote.quote_id, "buy", millions * 1_000_000)
    return of


def report(of: Desk, order: SendOrder, kind: OrderReport, exec_id: str, **said: Any) -> None:
    """The venue speaks of an order."""
    values: dict[str, Any] = {
        "order_id": order.order_id,
        "venue_order_id": "V1",
        "ended": kind in ("CANCELED", "REJECTED", "EXPIRED"),
        "pair": order.pair,
        "side": order.side,
        "filled": D(0),
        "remaining": order.amount,
    }
    of.step(
        OrderReported(
            origin=ORIGIN,
            venue=VenueId("ALPHA"),
            exec_id=ExecId(exec_id),
            report=kind,
            **{**values, **said},
        )
    )
    check_state(of.state)


def trade(of: Desk, order: SendOrder, exec_id: str, amount: int, price: str, **said: Any) -> None:
    of_order = of.state.orders.get(order.order_id)
    before = of_order.filled if of_order is not None else D(0)
    filled = before + amount
    report(
        of,
        order,
        OrderReport.TRADE,
        exec_id,
        **{
            "last_amount": D(amount),
            "last_price": D(price),
            "filled": filled,
            "remaining": order.amount - filled,
            "ended": filled == order.amount,
            **said,
        },
    )


def placed(of: Desk, **said: Any) -> SendOrder | None:
    """A person places an order at ALPHA: buy 1m EUR/USD at 1.09990 for the day, or as `said`."""
    values: dict[str, Any] = {
        "actor": "wang.fang",
        "reason": "client flow",
        "request": f"P{of.state.stepped}",
        "venue": VenueId("ALPHA"),
        "pair": "EUR/USD",
        "side": BUY,
        "amount": D(1_000_000),
        "kind": OrderKind.LIMIT,
        "price": D("1.09990"),
        "time_in_force": TimeInForce.DAY,
    }
    of.step(OrderWanted(**{**values, **said}))
    check_state(of.state)
    sent = of.all(SendOrder)
    return sent[0] if sent else None


def working(of: Desk, **said: Any) -> SendOrder:
    """The same, and the venue says that it works."""
    order = placed(of, **said)
    assert order is not None, of.effects
    report(of, order, OrderReport.NEW, f"N{order.order_id}")
    return order


def changed(of: Desk, order: SendOrder, **said: Any) -> ReplaceOrder | None:
    """A person changes an order."""
    request = f"G{of.state.stepped}"
    of.step(
        OrderChangeWanted(
            actor="wang.fang", reason="fill", request=request, order_id=order.order_id, **said
        )
    )
    check_state(of.state)
    sent = of.all(ReplaceOrder)
    return sent[0] if sent else None


def canceled(of: Desk, order_id: str = "", venue: str = "") -> None:
    """A person takes one out, or all."""
    wanted = OrderCancelWanted(
        actor="wang.fang",
        reason="no longer",
        request=f"F{of.state.stepped}",
        order_id=order_id,
        venue=venue,
    )
    of.step(wanted)
    check_state(of.state)


def not_done(of: Desk, request_id: str, order: SendOrder, **said: Any) -> None:
    """The venue does not cancel or replace (9)."""
    values: dict[str, Any] = {"replacing": False, "ended": False, "text": "TOO_LATE"}
    of.step(
        CancelRefused(
            origin=ORIGIN,
            venue=VenueId("ALPHA"),
            order_id=request_id,
            original_id=order.order_id,
            **{**values, **said},
        )
    )
    check_state(of.state)


def refused(of: Desk) -> tuple[str, str]:
    """Reason and numbers of the last request of a person."""
    answered = list(of.state.wanted.values())[-1]
    return answered.reason, answered.detail
