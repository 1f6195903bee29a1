"""Costs against the market within a time (`collar_over_time`): looked at after each deal, and when
the oldest of them falls away.
"""

from __future__ import annotations

from robot.basics.ids import DealId
from robot.core.halting import pull_everything
from robot.core.state import Context
from robot.deals.limit_rows import LimitKind
from robot.limits.judging import refused_by
from robot.limits.limit import Reason
from robot.limits.spending import forget_spent
from robot.messages.effects import AlertRaised


def watch_costs(context: Context, deal: DealId) -> None:
    """A deal was made: where its costs are over a maximum, what is open is pulled, or what the row
    is about is stopped; nothing new fits until enough of them has fallen away.
    """
    state = context.state
    gate = state.gate
    if LimitKind.COLLAR_OVER_TIME not in gate.book.tree.kinds:
        return
    subject = gate.book.subjects[gate.book.deals[deal].subject].subject
    told = False
    for row in gate.book.tree.applied(subject).get(LimitKind.COLLAR_OVER_TIME, ()):
        account = gate.accounts.get(row.name)
        if account is None or account.utilisation <= account.maximum:
            continue
        cost = f"{account.utilisation} against the market within {row.row.within_s} s"
        text = f"{row.name}: deals cost {cost}, at most {account.maximum}"
        context.emit(AlertRaised(code="LIMIT_EXCEEDED", text=text))
        if row.stops:
            context.stopping += (refused_by(row, Reason.COLLAR_OVER_TIME, text),)
        told = True
    if told:
        pull_everything(context, Reason.COLLAR_OVER_TIME)
    state.look_at_costs()


def on_spent_look(context: Context, key: str) -> None:
    """The time of a cost is over."""
    state = context.state
    moved = forget_spent(state.gate.book, state.gate.accounts, state.now_ns)
    if moved is not None:
        context.emit(moved)
    state.look_at_costs()
