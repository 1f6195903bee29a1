"""What each decision of a negotiation tells beside its tactic's own reasons: how much of the talk
is over, and where the other side's limit is thought to be. No tactic but `find their limit` uses
that estimate; it is told for all, so that a person can see what a talk was about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from decimal import Decimal

import msgspec

from robot.bargaining import AskFacts, MakerSeen
from robot.basics.numbers import ZERO, round_down_to, round_up_to
from strategies.games.bargaining.rivals import interval, seen
from strategies.games.bargaining.talk import price_of, read
from strategies.games.bargaining.terms import (
    Dialogue,
    Move,
    Offer,
    Style,
    Terms,
    problem_of,
)

_OVER = "of the talk over"
_NUMBER = r"-?[\d.]+"
_WORTHS = re.compile(
    rf"they say {_NUMBER}|we said {_NUMBER}|we say {_NUMBER}"
    rf"|{_NUMBER} became {_NUMBER} by the terms"
    rf"|their limit is thought to be {_NUMBER} to {_NUMBER}"
)
_TAKE_WORTH = re.compile(rf"we take {_NUMBER}: (.+)")
_PLACES = re.compile(r"\w+ \d+ of \d+(?:, \w+ \d+ of \d+)*: worth (.+) to us")


def told_beside(
    dialogue: Dialogue, terms: Terms, reasons: tuple[str, ...], *, estimated: bool = False
) -> tuple[str, ...]:
    """Time used and their limit (80 %), as far as `reasons` do not tell them. `estimated` = the
    limit is told there already; before they have said a price there is none.
    """
    if problem_of(terms):
        return ()
    talk, told = read(dialogue, terms), []
    if not any(_OVER in reason for reason in reasons):
        told.append(f"{talk.time:.0%} {_OVER}")
    if talk.theirs and not estimated:
        near, far = interval(seen(talk, None))
        best = min(talk.theirs)  # where they went already: their limit is no nearer to them
        ends = (
            price_of(min(int(near), best), terms),
            price_of(min(round(far + 0.5), best), terms),
        )
        used = "" if terms.style is Style.FIND else f" ({terms.style} does not use it)"
        told.append(f"their limit is thought to be {min(ends)} to {max(ends)}{used}")
    return tuple(told)


def with_beside(dialogue: Dialogue, terms: Terms, move: Move) -> tuple[str, ...]:
    """What is told beside the reasons of a move, and these: the last says what was decided."""
    beside = told_beside(dialogue, terms, move.reasons, estimated=move.low is not None)
    return (*beside, *move.reasons)


def on_tick(offers: tuple[Offer, ...], terms: Terms) -> tuple[Offer, ...]:
    """Their prices on our tick, rounded against us: a bank may quote finer than we speak. What is
    dealt at is its own price, which is no worse for us.
    """
    rounded = round_down_to if terms.higher_is_better else round_up_to
    return tuple(
        one
        if one.ours
        else Offer(ours=False, price=rounded(one.price, terms.tick), at_ns=one.at_ns)
        for one in offers
    )


def package_reasons(reasons: tuple[str, ...], unit: str) -> tuple[str, ...]:
    """Reasons of a package as a trader reads them: what is told as a bare worth, or in places of a
    table, is left out or told in the unit of the file.
    """
    told = []
    for reason in reasons:
        places, taken = _PLACES.fullmatch(reason), _TAKE_WORTH.fullmatch(reason)
        if places is not None:
            worth = f"{Decimal(places[1]).normalize():f}"
            told.append(f"worth {worth} {unit} over the walk-away")
        elif taken is not None:
            told.append(f"we take it: {taken[1]}")
        elif _WORTHS.fullmatch(reason) is None:
            told.append(reason)
    return tuple(told)


def at_ask_amount(
    talk: Iterable[MakerSeen], facts: AskFacts, alike: Callable[[MakerSeen, AskFacts], MakerSeen]
) -> tuple[Offer, ...]:
    """What was said of other amounts as prices for the amount of the ask that are as good for us,
    in order; rounded against us. `alike` does that for one price.
    """
    said: list[Offer] = []
    rounded = round_down_to if facts.better > 0 else round_up_to
    for row in talk:
        more = alike(msgspec.structs.replace(row, price=ZERO), facts).price
        assert isinstance(more, Decimal), "a price goes in"
        said += [
            Offer(ours=one.ours, price=rounded(one.price + more, facts.tick), at_ns=one.at_ns)
            for one in row.said
        ]
    return tuple(sorted(said, key=lambda one: one.at_ns))
