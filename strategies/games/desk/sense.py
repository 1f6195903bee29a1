"""Whether the terms of a game file can be meant: their order, and what bounds the walk-away."""

from __future__ import annotations

import itertools
from decimal import Decimal

from robot.basics.index import FixingKind, fixing_index
from robot.basics.numbers import ZERO
from robot.deals.party import BUY
from robot.deals.product import ProductKind
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import Applies, Pace, Terms
from strategies.games.desk.words import FAVOUR, MARKET, Level

_RANK = {"bid": 0, "mid": 1, "offer": 2}


def check_terms(part: Section, applies: Applies, terms: Terms) -> None:
    """The `my terms` section; what cannot be meant is a problem of the file."""
    if part.failed:
        return
    _check_benchmarks(part, applies, terms)
    if terms.walk_away.anchor != FAVOUR and applies.side is None:
        _check_one_sided(part, terms)
        return
    better = _better(part, applies, terms)
    if better:
        _check_order(part, terms, better)
        _check_bound(part, terms.walk_away, better)


def check_room(part: Section, terms: Terms, pace: Pace) -> None:
    """The `pace` section against the way from the opening to the walk-away, where that is fixed."""
    room = _apart(terms.open_at, terms.walk_away)
    units = {one.offset.unit for one in (terms.open_at, terms.walk_away) if one.offset.size}
    if room is None or len(units) != 1 or pace.step is None or pace.step.unit not in units:
        return
    if pace.step.size > abs(room):
        told = f"{abs(room)} {pace.step.unit}"
        text = f"{pace.step} is more than the whole way from open at to walk-away, {told}"
        part.doubt("smallest step", f"{text}: nothing but the opening would ever be said")


def _check_benchmarks(part: Section, applies: Applies, terms: Terms) -> None:
    """A benchmark is of the currency or the pair that is dealt."""
    rows = (("walk-away", terms.walk_away), ("aim", terms.aim), ("open at", terms.open_at))
    for key, level in rows:
        if level.anchor in ("", FAVOUR, *MARKET):
            continue
        of = fixing_index(level.anchor)
        loans = of.kind is FixingKind.RATE
        if applies.markets and of.currency not in applies.markets:
            text = (
                f"{level.anchor} is of {of.currency}, and applies has {', '.join(applies.markets)}"
            )
            part.wrong(key, f"{text}: take a benchmark of what is dealt, or mid")
        elif applies.products and not any(kind.is_loan is loans for kind in applies.products):
            what = "a rate of money" if loans else f"a price of {of.currency}"
            part.wrong(key, f"{level.anchor} is {what}, which is not what applies has")


def _check_one_sided(part: Section, terms: Terms) -> None:
    """Levels are of one side; only three equal ones serve both."""
    rows = (terms.walk_away, terms.aim, terms.open_at)
    far = [_apart(level, than) for than, level in itertools.pairwise(rows)]
    signs = {one > ZERO for one in far if one}
    text = "levels are of one side, and applies has none"
    if len(signs) > 1:
        part.wrong("", "walk-away, aim and open at go to and fro: each is better for us than the"
                       " one before")  # fmt: skip
    elif signs and None not in far:
        words = "sell or lend" if True in signs else "buy or borrow"
        text = f"{text}: add `side: ...` there ({words})"
        part.wrong("", f"{text}, or write distances to our favour that serve both (`aim: 2 bp`)")
    elif None in far:
        part.doubt("", f"{text}: on the other side they would be held to the walk-away")


def _better(part: Section, applies: Applies, terms: Terms) -> int:
    """+1 = higher is better for us, -1 = lower is, 0 = nobody can say."""
    if terms.walk_away.anchor == FAVOUR:
        return 1
    better = -1 if applies.side is BUY else 1
    if ProductKind.SWAP not in applies.products:
        return better
    if len(applies.products) > 1:
        text = "the points of a swap are bought with the far leg, other prices not"
        part.wrong("", f"{text}: levels for swaps need a game of their own (product: swap)")
        return 0
    return -better


def _check_order(part: Section, terms: Terms, better: int) -> None:
    """Each is no worse for us than the one before."""
    rows = (("walk-away", terms.walk_away), ("aim", terms.aim), ("open at", terms.open_at))
    for (other, than), (key, level) in itertools.pairwise(rows):
        far = _apart(level, than)
        if far is not None and better * far < ZERO:
            part.wrong(key, f"{level} is worse for us than {other}, {than}")


def _apart(level: Level, than: Level) -> Decimal | None:
    """How much higher a level is, bounds aside; None = that hangs on the market. Of bid, mid and
    offer at least by so much, where both go the same way.
    """
    fars = [one.offset for one in (level, than) if one.offset.size]
    if len({far.unit for far in fars}) > 1:
        return None
    offset = level.offset.size - than.offset.size
    if level.anchor != than.anchor:
        if level.anchor not in MARKET or than.anchor not in MARKET:
            return None
        rank = Decimal(_RANK[level.anchor] - _RANK[than.anchor])
        return offset + rank if rank * offset >= ZERO else None
    if level.fixed != than.fixed and fars:
        return None
    return level.fixed - than.fixed + offset


def _check_bound(part: Section, walk_away: Level, better: int) -> None:
    """A bound of the walk-away holds it where the market moves against us."""
    loose = walk_away.never_above if better > 0 else walk_away.never_below
    if loose is not None:
        wrong, right = ("above", "below") if better > 0 else ("below", "above")
        text = f"'never {wrong}' lets it go to prices worse for us; write 'never {right}'"
        part.wrong("walk-away", text)
