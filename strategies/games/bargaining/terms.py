"""What a negotiation is given and what it says: the trader's terms, the talk so far, the next move.

Prices are Decimals here and nowhere behind it: inside, everything is ticks given away from our
opening price, so that a lender and a borrower, a buyer and a seller are one case.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import msgspec

PRICE_MAX = Decimal(10) ** 9
TICKS_MAX = 20_000
"""Between the opening and any price that is listened to; what is further away is no price."""
MESSAGES_MAX = 1_000
"""Of one talk that are read; a longer one is at its end."""


class Style(StrEnum):
    """How we give way."""

    FIRM = "firm"  # little before the end
    EVEN = "even"  # by equal steps
    EAGER = "eager"  # nearly all at once
    MATCH = "match their move"  # as much as they did
    FIND = "find their limit"  # by what their prices tell about their limit


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the trader allows in one negotiation of one price."""

    higher_is_better: bool
    """For us: we lend or sell."""
    walk_away: Decimal
    """The worst price for us that is ever said or taken."""
    aim: Decimal
    """Taken at once, where `take_at_aim`."""
    open_at: Decimal
    tick: Decimal
    """All prices are multiples of it."""
    style: Style = Style.FIND
    by_ns: int | None = None
    """Nothing is said from here on; None = no such time."""
    messages_max: int | None = None
    """Prices of both sides, one after the other, the last of which can only be an answer."""
    smallest_step: Decimal = Decimal(0)
    """We move by this at least, or not at all."""
    most_per_step: Decimal | None = None
    take_at_aim: bool = True
    take_better_than_next: bool = True
    """What is no worse for us than the price that we would say now."""
    take_at_end: bool = True
    """In our last word: whatever is inside the walk-away."""
    no_zone_ns: int | None = None
    """From here on we walk away where they have named nothing inside the walk-away."""


class Estimate(msgspec.Struct, frozen=True):
    """Where their limit is thought to be before they speak: an interval that holds it in 8 of 10
    cases, in prices.
    """

    low: Decimal
    high: Decimal


class Offer(msgspec.Struct, frozen=True):
    """A price that was named."""

    ours: bool
    price: Decimal
    at_ns: int
    means: Decimal | None = None
    """Of theirs: the price that tells how far they have come, where that is another than the one
    that can be taken (a package that is clumsy for us); None = the same.
    """


class Dialogue(msgspec.Struct, frozen=True):
    """The talk so far: all the state there is."""

    offers: tuple[Offer, ...]
    """In the order in which they were heard."""
    now_ns: int


class MoveKind(StrEnum):
    """What is done now."""

    OFFER = "offer"
    ACCEPT = "accept"  # their last price
    WAIT = "wait"  # nothing is said
    WALK_AWAY = "walk away"


class Move(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, with what a trader reads about it."""

    kind: MoveKind
    price: Decimal | None = None
    """Of an offer, or their price that is accepted; never past the walk-away."""
    reasons: tuple[str, ...] = ()
    low: Decimal | None = None
    """Their limit is between `low` and `high` in 8 of 10 cases; None = not estimated."""
    high: Decimal | None = None


def problem_of(terms: Terms) -> str:
    """What is wrong with terms; empty = nothing."""
    for name in ("walk_away", "aim", "open_at", "tick", "smallest_step", "most_per_step"):
        value = getattr(terms, name)
        if value is not None and not (value.is_finite() and abs(value) <= PRICE_MAX):
            return f"{name} {value} is not a price"
    if terms.tick <= 0 or terms.smallest_step < 0:
        return f"tick {terms.tick} must be above 0 and smallest_step {terms.smallest_step} not less"
    if terms.most_per_step is not None and terms.most_per_step < terms.smallest_step:
        return f"most_per_step {terms.most_per_step} is under smallest_step {terms.smallest_step}"
    sign = 1 if terms.higher_is_better else -1
    if not sign * terms.open_at >= sign * terms.aim >= sign * terms.walk_away:
        return (
            f"open_at {terms.open_at}, aim {terms.aim}, walk_away {terms.walk_away}: "
            "each must be no better for us than the one before"
        )
    if abs(terms.open_at - terms.walk_away) > TICKS_MAX * terms.tick:
        return f"more than {TICKS_MAX} ticks between open_at and walk_away"
    if terms.open_at % terms.tick:
        return f"open_at {terms.open_at} is not a multiple of the tick {terms.tick}"
    return ""
