"""What is counted of a run."""

from __future__ import annotations

from decimal import Decimal

from backtest.run.figures import Counts
from robot.basics.ids import VenueId
from robot.messages.effects import Decided, OrderEnded
from robot.messages.events import TimeAdvanced

LOOK = TimeAdvanced()


def refused(kind: str, reason: str) -> Decided:
    return Decided(
        subject="C1",
        kind=kind,
        outcome="REFUSED",
        reason=reason,
        detail="",
        venue=VenueId("ALPHA"),
        counterparty="STREET",
        pair="EUR/USD",
        amount=Decimal(1_000_000),
        side="BUY",
        facts={},
    )


def test_orders_that_our_limits_refuse_are_counted_with_their_reason() -> None:
    counts = Counts()
    counts.hear(LOOK, [refused("ORDER", "COUNTERPARTY_LINE"), refused("RFQ", "STALE_MARKET")])
    assert (counts.orders, counts.refused_orders) == (0, 1)
    assert counts.refusals == {"COUNTERPARTY_LINE": 1}


def test_what_venues_made_of_our_orders_is_counted() -> None:
    counts = Counts()
    for ending, filled in (("FILLED", 3), ("CANCELED", 1), ("CANCELED", 0), ("REJECTED", 0)):
        ended = OrderEnded(order_id="C1", ending=ending, filled=Decimal(filled))
        counts.hear(LOOK, [ended])
    assert counts.order_endings == {"FILLED": 1, "CANCELED": 2, "REJECTED": 1}
    assert counts.orders_in_part == 1
