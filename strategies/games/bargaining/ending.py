"""The last words of a talk: what to ask where there is one more answer, and when to take theirs.

Who is to speak last decides. With two messages left ours is an ultimatum: they take it or nothing
is dealt. With three they may answer with a last price of their own, which we then take or leave.
Before, time is cheap: who gives way by the clock gives more later, who waits does so too.
"""

from __future__ import annotations

from typing import NamedTuple

from strategies.games.bargaining.rivals import TUNED, Manner, Rival, chances
from strategies.games.bargaining.talk import Talk

LAST, ULTIMATUM, LAST_BUT_TWO = 1, 2, 3
"""Messages left."""


class Ending(NamedTuple):
    """Tuned as `Manner` is."""

    deal_worth: float = 3.0
    """Of a deal at the walk-away itself, in `Talk.unit`: no deal costs more than the price."""
    comes_half_way: float = 0.5
    """Who waits us out says in the last turn a price so far between theirs and ours."""
    better: float = 0.5
    """By how much, in `Talk.unit`, taking theirs must beat asking once more."""
    candidates: int = 400
    """Prices that are looked at."""


TUNED_ENDING = Ending()


class Word(NamedTuple):
    """What is best to say: `take` theirs, or ask `price`."""

    take: bool
    price: int
    chance: float
    """That they take the price."""


def last_words(
    talk: Talk,
    rival: Rival,
    furthest: int,
    manner: Manner = TUNED,
    ending: Ending = TUNED_ENDING,
) -> Word:
    """The price from what we have given up to `furthest` that is worth most, or theirs."""
    asks, theirs, given = chances(talk, rival, manner), talk.theirs[-1], talk.given
    answered = talk.left >= LAST_BUT_TWO
    fixed, waits, mirrors = _their_last(talk, rival, manner) if answered else (0.0, 0.0, 0.0)
    best, worth, extra = given, -1.0, ending.deal_worth * talk.unit
    last = max(given, min(furthest, max(theirs, talk.standing or theirs)))
    for price in range(given, last + 1, 1 + (last - given) // ending.candidates):
        room = talk.limit - price + extra
        chance = asks[price]
        value = chance * room
        if answered:
            near = theirs - ending.comes_half_way * (theirs - price)
            later = fixed + waits * max(0.0, talk.limit - near)
            later += mirrors * max(0, talk.limit - max(price, theirs - (price - given)))
            value += (1.0 - chance) * later
        if value > worth + 1e-9:
            best, worth = price, value
    if talk.standing is None or talk.standing > talk.limit:
        return Word(False, best, asks[min(best, len(asks) - 1)])
    now = talk.limit - talk.standing + extra
    take = now > worth + ending.better * talk.unit if answered else now >= worth
    return Word(take or best >= talk.standing, best, asks[min(best, len(asks) - 1)])


def _their_last(talk: Talk, rival: Rival, manner: Manner) -> tuple[float, float, float]:
    """What their own last price is worth to us if they do not take ours: from those who go by time
    or creep, and the shares of those who wait and of those who mirror.
    """
    theirs, fixed, waits = talk.theirs[-1], 0.0, 0.0
    for weight, _, exponent, last in rival.paths:
        if exponent < manner.patient:
            fixed += weight * max(0.0, talk.limit - min(theirs, last))
        else:
            waits += weight
    fixed += rival.creeps * max(0, talk.limit - theirs + 1)
    return fixed / rival.total, waits / rival.total, rival.mirrors / rival.total
