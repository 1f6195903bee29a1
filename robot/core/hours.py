"""When the hours of a limit end: what is outstanding of it is withdrawn and canceled."""

from __future__ import annotations

from robot.basics.ids import QuoteId
from robot.core.ordering import cancel_order
from robot.core.quoting import local_s, withdraw_quotes
from robot.core.state import HOURS_LOOK, MINUTE_NS, Context
from robot.limits.hours import closed
from robot.limits.limit import Reason


def on_hours_look(context: Context, key: str) -> None:
    """A full minute has come: hours end at nothing else. While nothing is open there is nothing to
    look at, so the minutes until the event that is stepped are passed over.
    """
    state = context.state
    tree = state.gate.book.tree
    if not tree.timed:
        state.hours_looked_at = False
        return
    today, clock = state.today(), local_s(state)
    quotes, orders = [], []
    for name, held in state.gate.reservations.items():
        first = held.cases[0][0].value_date if held.cases else today  # of before it was kept
        if any(closed(tree.applied(held.subject), (first - today).days, clock)):
            if name in state.quotes:
                quotes.append(QuoteId(name))
            elif name in state.orders:
                orders.append(state.orders[name])
    withdraw_quotes(context, quotes, Reason.HOURS)
    for order in orders:
        cancel_order(context, order)
    since_ns = state.now_ns if state.gate.reservations else max(state.now_ns, context.at_ns)
    state.schedule(since_ns // MINUTE_NS * MINUTE_NS + MINUTE_NS, HOURS_LOOK, "")
