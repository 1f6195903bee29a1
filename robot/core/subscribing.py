"""Asking a venue for its prices: at the log-on, and anew after one that could not be followed.

What follows on such a message stands on a book that is not the venue's, so all of it is asked for
again; a venue that goes on like this is asked no more often than every few seconds.
"""

from __future__ import annotations

from robot.basics.ids import VenueId
from robot.core.state import Context
from robot.messages.effects import SubscribeMarket

RESUBSCRIBE = "resubscribe"
RESUBSCRIBE_INTERVAL_NS = 5_000_000_000


def subscribe(context: Context, venue_id: VenueId) -> None:
    """All pairs and curves of the venue, under an id of their own."""
    venue = context.state.venues[venue_id]
    venue.subscription = f"M{context.state.stepped}"
    context.emit(_message(context, venue_id))


def resubscribe(context: Context, venue_id: VenueId) -> None:
    """End the subscription and make another, now or as soon as it is allowed."""
    state = context.state
    venue = state.venues[venue_id]
    if venue.resubscribing or not venue.market_up:
        return
    allowed_ns = venue.resubscribed_ns + RESUBSCRIBE_INTERVAL_NS
    if venue.resubscribed_ns and state.now_ns < allowed_ns:
        venue.resubscribing = True
        state.schedule(allowed_ns, RESUBSCRIBE, venue_id)
        return
    _renew(context, venue_id)


def on_resubscribe(context: Context, venue_id: str) -> None:
    """The shortest time between two subscriptions is over."""
    venue = context.state.venues.get(VenueId(venue_id))
    if venue is not None and venue.resubscribing:
        venue.resubscribing = False
        if venue.market_up:
            _renew(context, VenueId(venue_id))


def _renew(context: Context, venue_id: VenueId) -> None:
    context.state.venues[venue_id].resubscribed_ns = context.state.now_ns
    context.emit(_message(context, venue_id, ends=True))
    subscribe(context, venue_id)


def _message(context: Context, venue_id: VenueId, *, ends: bool = False) -> SubscribeMarket:
    reference = context.state.configured()
    known = next(row for row in reference.venues if row.id == venue_id)
    markets = {*reference.conventions, *reference.money_markets}
    return SubscribeMarket(
        venue=venue_id,
        subscription_id=context.state.venues[venue_id].subscription,
        pairs=known.pairs,
        curves=tuple(curve for curve in known.curves if curve in markets),
        ends=ends,
    )
