"""What clients who haggled said in a demo, and what came of it."""

from __future__ import annotations

from collections import Counter

import msgspec

from connectors.sim.record import VenueRecord


class Negotiated(msgspec.Struct, kw_only=True):
    """Counter-offers of the venue's clients, by the venue's record."""

    offers: int
    answered: int
    """With a quote."""
    turned_down: int
    wrong: int
    """Of those turned down: the robot had to."""
    accepted: int
    """Answered with exactly their price."""
    deals: int
    """On a quote that answered one."""
    by_tactic: dict[str, int]
    """Negotiations that ended in a deal."""


def negotiated(record: VenueRecord) -> Negotiated | None:
    """None = nobody haggled."""
    offers = record.counter_offers
    if not offers:
        return None
    answers = {row.answer_quote_id: row for row in offers if row.answer == "quote"}
    dealt = [answers[fill.quote_id] for fill in record.fills if fill.quote_id in answers]
    refused = [row for row in offers if row.answer == "refused"]
    return Negotiated(
        offers=len(offers),
        answered=len(answers),
        turned_down=len(refused),
        wrong=sum(row.flaw is not None for row in refused),
        accepted=sum(row.answer_price == row.price for row in answers.values()),
        deals=len(dealt),
        by_tactic=dict(sorted(Counter(row.tactic for row in dealt).items())),
    )
