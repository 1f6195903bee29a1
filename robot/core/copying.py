"""The drop copy session: a venue's copies of its own reports, only ever compared.

Copied trades are compared where the others are (`reconciling`); here is what happens when the
session goes and comes, and what a copy says of an order that dealt nothing.
"""

from __future__ import annotations

from robot.basics.ids import VenueId
from robot.core.halting import pull_everything, tell_state
from robot.core.quoting import COPY_PATIENCE
from robot.core.reconciling import expect_end, forget_live, venue_reference
from robot.core.state import Context
from robot.messages.effects import AlertRaised
from robot.messages.streams import OrderCopied

_SECOND_NS = 1_000_000_000


def begin_copies(context: Context) -> None:
    """A run begins: no copy session is up yet, and each has its time to come."""
    for venue in context.state.configured().venues:
        context.state.halts.pop(_halt(venue.id), None)
        if venue.drop_copy:
            _miss(context, venue.id)


def copies_up(context: Context, venue_id: VenueId) -> None:
    """Logged on: what it copies from now on is compared."""
    state = context.state
    if not venue_reference(state, venue_id).drop_copy:
        return
    state.venues[venue_id].copy_up = True
    if state.halts.pop(_halt(venue_id), None) is not None:
        tell_state(context)


def copies_down(context: Context, venue_id: VenueId) -> None:
    """Lost: dealing goes on for as long as the desk says."""
    venue = context.state.venues[venue_id]
    if not venue.copy_up:
        return
    venue.copy_up = False
    forget_live(venue, "COPY")
    text = f"the drop copy session of {venue_id} is lost: deals there are not checked by it"
    context.emit(AlertRaised(code="DROP_COPY_LOST", text=text))
    _miss(context, venue_id)


def on_copy_patience(context: Context, venue_id: str) -> None:
    """The session may have been away for as long as the desk deals without it."""
    state = context.state
    venue = state.venues.get(VenueId(venue_id))
    if venue is None or venue.copy_up or not venue_reference(state, VenueId(venue_id)).drop_copy:
        return
    patience_s = state.configured().reconciliation.drop_copy_patience_s
    if state.now_ns < venue.copy_lost_ns + patience_s * _SECOND_NS or not patience_s:
        return  # it was back in the meantime: a later look is due
    text = f"no drop copy session of {venue_id} for {patience_s} s"
    state.halts[_halt(VenueId(venue_id))] = text
    context.emit(AlertRaised(code="DROP_COPY_LOST", text=f"{text}: dealing halts"))
    pull_everything(context, "DROP_COPY_LOST")
    tell_state(context)


def on_order_copied(context: Context, event: OrderCopied) -> None:
    """It has ended there: our own report of that is due, or is asked for when the grace is over."""
    state = context.state
    order = state.orders.get(state.order_names.get(event.order_id, ""))
    if order is not None and event.ended and order.venue == event.venue:
        expect_end(context, order)


def _miss(context: Context, venue_id: VenueId) -> None:
    state = context.state
    state.venues[venue_id].copy_lost_ns = state.now_ns
    patience_s = state.configured().reconciliation.drop_copy_patience_s
    if patience_s:
        due_ns = state.now_ns + patience_s * _SECOND_NS
        state.schedule(due_ns, COPY_PATIENCE, venue_id)


def _halt(venue_id: VenueId) -> str:
    return f"drop_copy {venue_id}"
