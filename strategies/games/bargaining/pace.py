"""How far to have gone by now, in ticks given away, before the last words."""

from __future__ import annotations

from typing import NamedTuple

from strategies.games.bargaining.tactics import EAGER, EVEN, FIRM, absolute_answer, polynomial_share
from strategies.games.bargaining.talk import Talk
from strategies.games.bargaining.terms import Style

_BETA = {Style.FIRM: FIRM, Style.EVEN: EVEN, Style.EAGER: EAGER}


WINDOWS = 10
"""Of a talk: over one of them it is seen whether they move."""


class Probing(NamedTuple):
    """The pace of `find their limit`, as shares of our whole room over the talk."""

    still: float = 0.7
    """While they stand: each new price is small, and one of them meets their limit."""
    with_them: float = 0.37
    """While they move about as we do."""
    against_them: float = 0.0
    """While they move more than we: they come to us."""
    moves: float = 1.4
    """From how many `Talk.unit` in half a tenth of the talk on they move."""
    more: float = 0.6


TUNED_PROBING = Probing()


def planned(talk: Talk, style: Style, probing: Probing = TUNED_PROBING) -> int:
    """The price of the style, before any step or limit is looked at."""
    if style is Style.MATCH:
        if not talk.ours:
            return 0
        given, theirs = float(talk.given), [float(price) for price in talk.theirs[-2:]]
        return int(absolute_answer(given, theirs, given, max(given, float(talk.limit))))
    if style is Style.FIND:
        return probed(talk, probing)
    return int(talk.limit * polynomial_share(talk.time, _BETA[style]) + 0.5)


def probed(talk: Talk, probing: Probing = TUNED_PROBING) -> int:
    """Slower the more they come to us: what stands still is probed, what moves is waited for."""
    ours, theirs, least = talk.ours, talk.theirs, probing.moves * talk.unit
    unit, more = talk.limit / max(1, talk.turns - 2), probing.more * talk.unit
    behind = 0 if len(ours) >= len(theirs) else 1
    window = max(2, round(talk.turns / WINDOWS))
    far = 0.0
    for turn in range(len(ours)):
        heard = min(turn + 1 + behind, len(theirs))
        share = probing.still
        if heard > window:
            moved = (theirs[heard - 1 - window] - theirs[heard - 1]) / 2.0
            own = (ours[turn] - ours[max(0, turn - window)]) / 2.0
            if moved >= least:
                towards_us = moved > own + more
                share = probing.against_them if towards_us else probing.with_them
        far += share * unit
    return round(far)
