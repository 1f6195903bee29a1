"""What to do now in a negotiation of one price: `negotiate`, a pure function of the talk so far.

Whatever a style wants goes through `_offer`, the one place where a price is made: there it is held
inside the walk-away and the trader's steps, and never below what we have given already.
"""

from __future__ import annotations

from decimal import Decimal

from strategies.games.bargaining.ending import LAST, LAST_BUT_TWO, last_words
from strategies.games.bargaining.pace import planned
from strategies.games.bargaining.rivals import Rival, interval, seen
from strategies.games.bargaining.talk import Talk, price_of, read
from strategies.games.bargaining.terms import (
    Dialogue,
    Estimate,
    Move,
    MoveKind,
    Style,
    Terms,
    problem_of,
)

_SPREADS = Decimal("2.563")
"""Standard deviations between the ends of an interval that holds 8 of 10."""


def negotiate(dialogue: Dialogue, terms: Terms, estimate: Estimate | None = None) -> Move:
    """The next move, with reasons. The same talk gives the same move; there is no chance in it."""
    problem = problem_of(terms)
    if problem:
        return _say(MoveKind.WAIT, f"the terms are wrong: {problem}")
    return answer(read(dialogue, terms), dialogue, terms, estimate)


def answer(talk: Talk, dialogue: Dialogue, terms: Terms, estimate: Estimate | None = None) -> Move:
    """The next move in a talk that was read already; of `dialogue` the clock is looked at."""
    closed = _why_silent(talk, dialogue, terms)
    if closed:
        return _say(MoveKind.WAIT, closed)
    if _no_zone(talk, dialogue, terms):
        return _say(MoveKind.WALK_AWAY, "no price inside the walk-away by the time to stop")
    rival, low, high = None, None, None
    told: tuple[str, ...] = ()
    if terms.style is Style.FIND and talk.theirs:
        rival = seen(talk, _guess(estimate, terms))
        low, high = _limits(rival, terms)
        told = (f"their limit is thought to be {low} to {high}",)
    move = _ended(talk, terms) or _decided(talk, terms, rival)
    reasons = (*_situation(talk, terms), *told, *move.reasons)
    return Move(kind=move.kind, price=move.price, reasons=reasons, low=low, high=high)


def _say(kind: MoveKind, why: str) -> Move:
    return Move(kind=kind, reasons=(why,))


def _why_silent(talk: Talk, dialogue: Dialogue, terms: Terms) -> str:
    """Why nothing is said; empty = something is."""
    if terms.by_ns is not None and dialogue.now_ns >= terms.by_ns:
        return "the time for this talk is over"
    if talk.left < LAST:
        return "all messages of this talk have been said"
    if not talk.our_turn:
        return "it is their turn"
    if talk.given > talk.limit:
        return "we have said a price past the walk-away: a person must see to it"
    return ""


def _no_zone(talk: Talk, dialogue: Dialogue, terms: Terms) -> bool:
    late = terms.no_zone_ns is not None and dialogue.now_ns >= terms.no_zone_ns
    return late and min(talk.theirs, default=talk.limit + 1) > talk.limit


def _ended(talk: Talk, terms: Terms) -> Move | None:
    """Moves that no style decides: the trader's accept rules and the last word."""
    theirs = talk.standing
    inside = theirs is not None and theirs <= talk.limit
    if inside and theirs is not None:
        if theirs <= talk.given and talk.ours:
            return _take(theirs, terms, "it is no worse than what we asked for")
        if terms.take_at_aim and theirs <= talk.aim:
            return _take(theirs, terms, "it is at the aim or better")
        if talk.left == LAST and terms.take_at_end:
            return _take(theirs, terms, "it is inside the walk-away, and nothing follows")
    if talk.left == LAST:
        return _say(MoveKind.WALK_AWAY, "nothing on the table is inside the walk-away or wanted")
    return None


def _decided(talk: Talk, terms: Terms, rival: Rival | None) -> Move:
    """What the style wants."""
    if not talk.ours:
        wanted, why = 0, "we open"
    elif rival is not None and talk.left <= LAST_BUT_TWO:
        word = last_words(talk, rival, _furthest(talk, terms))
        if word.take and talk.standing is not None and terms.take_at_end:
            return _take(talk.standing, terms, "a better one is not likely enough")
        wanted, why = word.price, f"last words, taken with a chance of {word.chance:.0%}"
    else:
        wanted, why = planned(talk, terms.style), f"{terms.style}, {talk.time:.0%} of the talk over"
    offer, reasons = _offer(talk, terms, wanted)
    theirs = talk.standing
    if (
        terms.take_better_than_next
        and theirs is not None
        and theirs <= min(offer, talk.limit)
        and talk.ours
    ):
        return _take(theirs, terms, "it is no worse than what we would ask now")
    price = price_of(offer, terms)
    return Move(kind=MoveKind.OFFER, price=price, reasons=(why, *reasons, f"we say {price}"))


def _take(ticks: int, terms: Terms, why: str) -> Move:
    price = price_of(ticks, terms)
    return Move(kind=MoveKind.ACCEPT, price=price, reasons=(f"we take {price}: {why}",))


def _furthest(talk: Talk, terms: Terms) -> int:
    """The most that may be given now."""
    if terms.most_per_step is None or not talk.ours:
        return talk.limit
    return min(talk.limit, talk.given + int(terms.most_per_step / terms.tick))


def _offer(talk: Talk, terms: Terms, wanted: int) -> tuple[int, tuple[str, ...]]:
    """What may be said of what is wanted, with each clamp that moved it."""
    price, told = wanted, []
    smallest = -int(-terms.smallest_step // terms.tick)
    if price < talk.given:
        price = talk.given
    elif talk.ours and 0 < price - talk.given < smallest:
        price = talk.given + (smallest if 2 * (price - talk.given) >= smallest else 0)
    furthest = _furthest(talk, terms)
    if price > furthest:
        price = furthest if furthest - talk.given >= smallest else talk.given
    if price != wanted:
        told.append(f"{price_of(wanted, terms)} became {price_of(price, terms)} by the terms")
    return price, tuple(told)


def _guess(estimate: Estimate | None, terms: Terms) -> tuple[float, float] | None:
    """Middle and standard deviation in ticks."""
    if estimate is None or not (estimate.low.is_finite() and estimate.high.is_finite()):
        return None
    sign = -1 if terms.higher_is_better else 1
    middle = sign * ((estimate.low + estimate.high) / 2 - terms.open_at) / terms.tick
    spread = abs(estimate.high - estimate.low) / _SPREADS / terms.tick
    return float(middle), max(0.5, float(spread))


def _limits(rival: Rival, terms: Terms) -> tuple[Decimal, Decimal]:
    """The interval of their limit, the lower price first."""
    near, far = interval(rival)
    ends = price_of(int(near), terms), price_of(round(far + 0.5), terms)
    return min(ends), max(ends)


def _situation(talk: Talk, terms: Terms) -> tuple[str, ...]:
    told = [f"{talk.left} messages left of {talk.total}"]
    if talk.theirs:
        told.append(f"they say {price_of(talk.theirs[-1], terms)}")
    if talk.ours:
        told.append(f"we said {price_of(talk.ours[-1], terms)}")
    if talk.heard_wrong:
        told.append(f"{talk.heard_wrong} messages of theirs were no price")
    return tuple(told)
