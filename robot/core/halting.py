"""What stops dealing: breaks with a venue's record, and telling what stops it."""

from __future__ import annotations

from robot.basics.ids import ExecId, VenueId
from robot.core.asking_ends import withdraw_asks
from robot.core.ordering import cancel_orders
from robot.core.quoting import withdraw_everything
from robot.core.state import Context
from robot.messages.effects import BreakFound, DealingStateChanged


def pull_everything(context: Context, reason: str, venue: VenueId | None = None) -> None:
    """Every quote withdrawn, every ask ended, every order canceled, everywhere or at one venue."""
    withdraw_everything(context, reason, venue)
    withdraw_asks(context, reason, venue)
    cancel_orders(context, venue)


def find_break(context: Context, venue: VenueId, kind: str, exec_id: ExecId, problem: str) -> None:
    """Note a difference with a venue's record; dealing stops until a person has looked."""
    state = context.state
    break_id = f"{venue} {exec_id}"
    found = f"{kind}: {problem}"
    if break_id in state.breaks or state.resolved_breaks.get(break_id) == found:
        return  # the venue tells its trades at every log-on
    state.breaks[break_id] = found
    state.halts[f"break {break_id}"] = f"{venue} trade {exec_id}: {problem}"
    context.emit(
        BreakFound(break_id=break_id, venue=venue, kind=kind, exec_id=exec_id, detail=problem)
    )
    pull_everything(context, "BREAK")
    tell_state(context)


def tell_state(context: Context) -> None:
    """Say what stops new dealing."""
    halts = tuple(f"{name}: {text}" for name, text in context.state.halts.items())
    context.emit(DealingStateChanged(halts=halts))
