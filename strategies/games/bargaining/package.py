"""Several terms at once: rate, amount, tenor. The trader says what each is worth; what is talked
about is then one number, our worth of a package, and `negotiate` decides how much of it to give.

Of all packages of that worth the one is said that the other side is thought to like best (an
iso-utility trade-off, Faratin, Sierra and Jennings 2002); their taste is learned from their own
prices. A hard term has one value and is in no trade.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from math import prod

import msgspec
import numpy as np

from strategies.games.bargaining.negotiator import answer
from strategies.games.bargaining.spaces import ALIKE, Choice, Likes, Numbers, Product, Space
from strategies.games.bargaining.talk import Word, heard
from strategies.games.bargaining.taste import Axis, learned
from strategies.games.bargaining.terms import (
    MESSAGES_MAX,
    TICKS_MAX,
    Dialogue,
    Move,
    MoveKind,
    Style,
    Terms,
    problem_of,
)

PACKAGES_MAX = 20_000
BAND = 25
"""Packages within this part of our room are as good as one another."""


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One term: its values in order, and what each is worth to us."""

    name: str
    worth: tuple[Decimal | int, ...]
    """Of each value, all issues in one unit: `PackageTerms.unit`."""
    hard: int | None = None
    """The only value that is ever said or taken; None = it may be traded."""
    they_like: int = 0
    """1 = they are known to like later values, -1 = earlier ones, 0 = it is learned."""


class PackageTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the trader allows in one negotiation of a package; `Terms` says what the rest is."""

    issues: tuple[Issue, ...]
    walk_away: Decimal
    """The least worth that is ever said or taken."""
    aim: Decimal
    step: Decimal
    """Worth is talked about in multiples of it; packages that differ by less are alike."""
    unit: Decimal = Decimal(1)
    """What worth, walk-away, aim and step are told in, where it is not what a trader reads."""
    style: Style = Style.FIND
    by_ns: int | None = None
    messages_max: int | None = None
    take_at_aim: bool = True
    take_better_than_next: bool = True
    take_at_end: bool = True
    no_zone_ns: int | None = None


class PackageOffer(msgspec.Struct, frozen=True):
    """A package that was named."""

    ours: bool
    choice: Choice
    at_ns: int


class PackageMove(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    kind: MoveKind
    choice: Choice | None = None
    worth: Decimal | None = None
    """To us, as a trader reads it; never under the walk-away."""
    reasons: tuple[str, ...] = ()


def linear_worth(values: tuple[Decimal, ...], per_unit: Decimal) -> tuple[Decimal, ...]:
    """What values are worth where each unit is worth the same: with 1 bp = 80 mn of size, amounts
    in mn are worth `Decimal(1) / 80` bp each.
    """
    return tuple(value * per_unit for value in values)


def negotiate_package(
    offers: tuple[PackageOffer, ...], now_ns: int, terms: PackageTerms
) -> PackageMove:
    """The next move, with reasons; a pure function, as `negotiate` is."""
    found = _space(_Same(terms))
    if isinstance(found, str):
        return PackageMove(kind=MoveKind.WAIT, reasons=(f"the terms are wrong: {found}",))
    move, choice = negotiate_among(offers, now_ns, *found)
    return (
        PackageMove(kind=move.kind, reasons=move.reasons)
        if choice is None
        else _said(move, choice, terms)
    )


def negotiate_among(
    offers: tuple[PackageOffer, ...], now_ns: int, space: Space, line: Terms
) -> tuple[Move, Choice | None]:
    """The next move in the talk about worth, a step of which is a tick of `line`, and the package
    that is said or taken. `line` opens at the best of the packages.
    """
    said, offers = len(offers), offers[-MESSAGES_MAX:]
    ats = [space.at(one.choice) for one in offers]
    theirs = [at for one, at in zip(offers, ats, strict=True) if not one.ours and at is not None]
    likes = space.liked(learned(space.axes, space.values(theirs)))
    talk = heard(_words(offers, ats, space, likes, now_ns), said, now_ns, line)
    named = max(theirs, key=lambda at: int(space.steps[at]), default=None)
    talk.named = None if named is None else space.best - int(space.steps[named])
    move = answer(talk, Dialogue((), now_ns), line)
    if move.kind is MoveKind.ACCEPT:
        return move, offers[-1].choice
    if move.kind is not MoveKind.OFFER or move.price is None:
        return move, None
    ours = [at for one, at in zip(offers, ats, strict=True) if one.ours and at is not None]
    given = min((int(space.steps[at]) for at in ours), default=space.best)
    least = int(move.price / line.tick)
    if named is not None and least <= space.steps[named] <= given:
        return move, space.choice(named)  # they said it themselves: nothing is taken sooner
    return move, space.choice(_chosen(ours, given, least, space, line, likes.flat))


class _Same:
    """Terms as a key that is quickly looked up: equal only to the very same."""

    __slots__ = ("terms",)

    def __init__(self, terms: PackageTerms) -> None:
        self.terms = terms

    def __hash__(self) -> int:
        return object.__hash__(self.terms)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.terms is self.terms


@lru_cache(maxsize=64)
def _space(same: _Same) -> tuple[Product, Terms] | str:
    """What is looked at again at each move of a talk; text = what is wrong with the terms."""
    terms = same.terms
    problem = _problem(terms)
    if problem:
        return problem
    rows, step = [], float(terms.step)
    for issue in terms.issues:
        row = _worth_row(issue)
        if row is None:
            return f"{issue.name}: every value needs a worth"
        rows.append(row / step)
    places = [_places(issue) for issue in terms.issues]
    bounds = [(one[0], len(one)) for one in places]
    axes = [Axis(len(issue.worth), issue.they_like) for issue in terms.issues]
    space = Product(rows, bounds, axes)
    line = _line(terms, space.best)
    return problem_of(line) or (space, line)


def _words(
    offers: Sequence[PackageOffer],
    ats: Sequence[int | None],
    space: Space,
    likes: Likes,
    now_ns: int,
) -> list[Word]:
    """What was said in steps given away; of theirs also what it means: the best that we could have
    for what they ask. A package that may not be talked about is no price.
    """
    theirs = {at for one, at in zip(offers, ats, strict=True) if not one.ours}
    asked = sorted(at for at in theirs if at is not None)
    means = dict(zip(asked, space.means(asked, likes) if asked else (), strict=True))
    words: list[Word] = []
    for one, at in zip(offers, ats, strict=True):
        ticks = None if at is None else space.best - int(space.steps[at])
        if at is None or ticks is None or ticks > TICKS_MAX or one.at_ns > now_ns:
            words.append((one.ours, None, None, one.at_ns))
        elif one.ours:
            words.append((True, ticks, None, one.at_ns))
        else:
            words.append((False, ticks, space.best - means[at], one.at_ns))
    return words


def _line(terms: PackageTerms, best: int) -> Terms:
    """The talk about worth, a tick of which is a step."""
    tick = terms.step * terms.unit
    opens = best * tick
    walk_away = (terms.walk_away / terms.step).to_integral_value(ROUND_CEILING) * tick
    return Terms(
        higher_is_better=True,
        open_at=opens,
        aim=min(opens, max(walk_away, terms.aim * terms.unit)),
        walk_away=walk_away,
        tick=tick,
        style=terms.style,
        by_ns=terms.by_ns,
        messages_max=terms.messages_max,
        take_at_aim=terms.take_at_aim,
        take_better_than_next=terms.take_better_than_next,
        take_at_end=terms.take_at_end,
        no_zone_ns=terms.no_zone_ns,
    )


def _worth_row(issue: Issue) -> Numbers | None:
    """Of all its values; None = one of them is no number."""
    try:
        row = np.array(issue.worth, dtype=float)
    except (ValueError, OverflowError):  # a signalling NaN, a number that no float is
        return None
    return row if np.isfinite(row).all() else None


def _places(issue: Issue) -> tuple[int, ...]:
    return (issue.hard,) if issue.hard is not None else tuple(range(len(issue.worth)))


def worth_of(choice: Choice, terms: PackageTerms) -> Decimal:
    """To us, of all its terms, in the unit of the terms."""
    return sum(
        (Decimal(issue.worth[at]) for issue, at in zip(terms.issues, choice, strict=True)),
        Decimal(0),
    )


def _problem(terms: PackageTerms) -> str:
    for issue in terms.issues:
        if not issue.worth:
            return f"{issue.name}: every value needs a worth"
        if issue.hard is not None and not 0 <= issue.hard < len(issue.worth):
            return f"{issue.name}: hard value {issue.hard} is not one of {len(issue.worth)}"
    size = prod(1 if issue.hard is not None else len(issue.worth) for issue in terms.issues)
    if not terms.issues or size > PACKAGES_MAX:
        return f"{size if terms.issues else 0} packages: 1 to {PACKAGES_MAX} can be looked at"
    if not (_is_positive(terms.step) and _is_positive(terms.unit)):
        return f"step {terms.step} and unit {terms.unit} must be above 0"
    if not (terms.walk_away.is_finite() and terms.aim.is_finite()):
        return f"walk_away {terms.walk_away} and aim {terms.aim} must be numbers"
    return ""


def _is_positive(number: Decimal) -> bool:
    return number.is_finite() and number > 0


def _chosen(
    ours: Sequence[int], given: int, least: int, space: Space, line: Terms, liked: Numbers
) -> int:
    """Of the packages worth about `least` to us the one that they like best, of several such the
    one that is worth most; never one worth less, and none that is worth more than what we have
    given already, unless there is no other.
    """
    steps = space.steps
    band = max(1, int((line.open_at - line.walk_away) / line.tick) // BAND)
    near = (steps >= least) & (steps <= max(least, min(least + band, given)))
    if not near.any():
        above = int(steps[steps >= least].min())
        if above > given:
            return ours[-1]
        near = steps == above
    found = near.nonzero()[0]
    likes = liked[found]
    found = found[likes >= likes.max() - ALIKE]
    return int(found[steps[found].argmax()])


def _said(move: Move, choice: Choice, terms: PackageTerms) -> PackageMove:
    worth = worth_of(choice, terms)
    if worth < terms.walk_away:  # floats took it for as good as the walk-away
        why = f"its worth {worth} is under the walk-away {terms.walk_away}"
        return PackageMove(kind=MoveKind.WAIT, reasons=(*move.reasons, why))
    names = ", ".join(
        f"{issue.name} {place + 1} of {len(issue.worth)}"
        for issue, place in zip(terms.issues, choice, strict=True)
    )
    worth *= terms.unit
    reasons = (*move.reasons, f"{names}: worth {worth} to us")
    return PackageMove(kind=move.kind, choice=choice, worth=worth, reasons=reasons)
