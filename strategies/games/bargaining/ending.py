"""The last words of a talk: what to ask where there is one more answer, and when to take theirs.

Who is to speak last decides. With two messages left ours is an ultimatum: they take it or nothing
is dealt. With three they may answer with a last price of their own, which we then take or leave.
Before, time is cheap: who gives way by the clock gives more later, who waits does so too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from strategies.games.bargaining.rivals import TUNED, Manner, Numbers, Rival, chances
from strategies.games.bargaining.talk import Talk

LAST, ULTIMATUM, LAST_BUT_TWO = 1, 2, 3
"""Messages left."""
Places = NDArray[np.int64]


class Ending(NamedTuple):
    """Tuned as `Manner` is."""

    deal_worth: float = 3.0
    """Of a deal at the walk-away itself, in `Talk.unit`: no deal costs more than the price."""
    package_worth: float = 6.0
    """The same where packages are talked about."""
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
    asks, given = chances(talk, rival, manner), talk.given
    a_deal = ending.deal_worth if talk.named is None else ending.package_worth
    extra = a_deal * talk.unit
    last = max(given, min(furthest, max(talk.theirs[-1], talk.taken_surely)))
    prices = np.arange(given, last + 1, 1 + (last - given) // ending.candidates)
    chance = asks[np.maximum(prices, 0)]  # what was said in another market may be over the opening
    values = chance * (talk.limit - prices + extra)
    answered = talk.left >= LAST_BUT_TWO
    if answered:
        values += (1.0 - chance) * _later(talk, rival, prices, manner, ending)
    at = int((values > values.max() - 1e-9).argmax())
    best, worth = int(prices[at]), float(values[at])
    asked = float(chance[at])
    if talk.standing is None or talk.standing > talk.limit:
        return Word(False, best, asked)
    now = talk.limit - talk.standing + extra
    take = now > worth + ending.better * talk.unit if answered else now >= worth
    return Word(take or best >= talk.standing, best, asked)


def _later(talk: Talk, rival: Rival, prices: Places, manner: Manner, ending: Ending) -> Numbers:
    """What their own last price is worth to us if they do not take ours, for each of ours."""
    theirs = talk.theirs[-1]
    soon = sum(exponent < manner.patient for exponent in manner.exponents)
    lasts = np.minimum(rival.lasts[:soon], theirs)
    fixed = float((rival.weights[:soon] * np.maximum(0.0, talk.limit - lasts)).sum())
    fixed += rival.creeps * max(0, talk.limit - theirs + 1)
    waits = float(rival.weights[soon:].sum())
    near = theirs - ending.comes_half_way * (theirs - prices)
    mirrored = np.maximum(prices, theirs - (prices - talk.given))
    later: Numbers = (
        fixed
        + waits * np.maximum(0.0, talk.limit - near)
        + rival.mirrors * np.maximum(0.0, talk.limit - mirrored)
    ) / rival.total
    return later
