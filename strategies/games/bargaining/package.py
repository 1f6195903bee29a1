"""Several terms at once: rate, amount, tenor. The trader says what each is worth; what is talked
about is then one number, our worth of a package, and `negotiate` decides how much of it to give.

Of all packages of that worth the one is said that the other side is thought to like best (an
iso-utility trade-off, Faratin, Sierra and Jennings 2002); their taste is learned from their own
prices. A hard term has one value and is in no trade.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from functools import lru_cache
from itertools import product

import msgspec
import numpy as np
from numpy.typing import NDArray

from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.taste import Axis, Taste, learned
from strategies.games.bargaining.terms import Dialogue, Move, MoveKind, Offer, Style, Terms

PACKAGES_MAX = 20_000
BAND = 25
"""Packages within this part of our room are as good as one another."""
Numbers = NDArray[np.float64]
Choice = tuple[int, ...]
"""A package: which value of each issue, by its place."""


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """One term: its values in order, and what each is worth to us."""

    name: str
    worth: tuple[Decimal, ...]
    """Of each value, all issues in one unit: bp of the rate, say."""
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
    """Worth is told in multiples of it; packages that differ by less are alike."""
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
    """To us; never under the walk-away."""
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
    problem = _problem(terms)
    if problem:
        return PackageMove(kind=MoveKind.WAIT, reasons=(f"the terms are wrong: {problem}",))
    space = _space(terms)
    liked = space.liked(_taste(offers, space, terms))
    asked = tuple(_as_price(one, space, liked) for one in offers)
    move = negotiate(Dialogue(asked, now_ns), space.line)
    if move.kind is MoveKind.ACCEPT:
        return _said(move, offers[-1].choice, terms)
    if move.kind is MoveKind.OFFER and move.price is not None:
        return _said(move, _chosen(offers, int(move.price), space, liked), terms)
    return PackageMove(kind=move.kind, reasons=move.reasons)


class _Space:
    """All packages that may be said, flat in the order of their places, with their worth in steps,
    and the talk about worth.
    """

    def __init__(self, terms: PackageTerms) -> None:
        self.places = tuple(_places(issue) for issue in terms.issues)
        self.choices: list[Choice] = list(product(*self.places))
        self.at = {choice: at for at, choice in enumerate(self.choices)}
        self.steps = np.array([int(worth_of(one, terms) // terms.step) for one in self.choices])
        self.best_first = np.argsort(-self.steps, kind="stable")
        best = Decimal(int(self.steps.max()))
        walk_away = (terms.walk_away / terms.step).to_integral_value(ROUND_CEILING)
        self.line = Terms(
            higher_is_better=True,
            open_at=best,
            aim=min(best, max(walk_away, terms.aim / terms.step)),
            walk_away=walk_away,
            tick=Decimal(1),
            style=terms.style,
            by_ns=terms.by_ns,
            messages_max=terms.messages_max,
            take_at_aim=terms.take_at_aim,
            take_better_than_next=terms.take_better_than_next,
            take_at_end=terms.take_at_end,
            no_zone_ns=terms.no_zone_ns,
        )

    def liked(self, taste: Taste) -> Numbers:
        """By the other side, of all packages."""
        rows: Numbers = np.zeros(1)
        for share, table, places in zip(taste.shares, taste.tables, self.places, strict=True):
            row = share * np.array([table[place] for place in places])
            rows = np.add.outer(rows, row).ravel()
        return rows


@lru_cache(maxsize=64)
def _space(terms: PackageTerms) -> _Space:
    return _Space(terms)


def _as_price(offer: PackageOffer, space: _Space, liked: Numbers) -> Offer:
    """A package as its worth to us. One of theirs means the best that we could have for what they
    ask; one that may not be talked about is no price.
    """
    at = space.at.get(offer.choice)
    if at is None:
        return Offer(offer.ours, Decimal("NaN"), offer.at_ns)
    worth, means = Decimal(int(space.steps[at])), None
    if not offer.ours:
        as_good = np.maximum.accumulate(liked[space.best_first]) >= liked[at] - 1e-9
        means = Decimal(int(space.steps[space.best_first[int(as_good.argmax())]]))
    return Offer(offer.ours, worth, offer.at_ns, means)


def _places(issue: Issue) -> tuple[int, ...]:
    return (issue.hard,) if issue.hard is not None else tuple(range(len(issue.worth)))


def worth_of(choice: Choice, terms: PackageTerms) -> Decimal:
    """To us, of all its terms."""
    return sum(
        (issue.worth[place] for issue, place in zip(terms.issues, choice, strict=True)), Decimal(0)
    )


def _problem(terms: PackageTerms) -> str:
    size = 1
    for issue in terms.issues:
        size *= len(_places(issue))
        if not issue.worth or not all(worth.is_finite() for worth in issue.worth):
            return f"{issue.name}: every value needs a worth"
        if issue.hard is not None and not 0 <= issue.hard < len(issue.worth):
            return f"{issue.name}: hard value {issue.hard} is not one of {len(issue.worth)}"
    if not terms.issues or size > PACKAGES_MAX:
        return f"{size if terms.issues else 0} packages: 1 to {PACKAGES_MAX} can be looked at"
    if not (terms.step.is_finite() and terms.step > 0 and terms.walk_away.is_finite()):
        return f"step {terms.step} must be above 0 and walk_away {terms.walk_away} a number"
    return ""


def _chosen(offers: tuple[PackageOffer, ...], least: int, space: _Space, liked: Numbers) -> Choice:
    """Of the packages worth about `least` to us the one that they like best; never one worth less,
    and none that is worth more than what we have given already, unless there is no other.
    """
    ours = [one.choice for one in offers if one.ours and one.choice in space.at]
    given = min((int(space.steps[space.at[one]]) for one in ours), default=int(space.steps.max()))
    band = max(1, int(space.steps.max() - int(space.line.walk_away)) // BAND)
    near = (space.steps >= least) & (space.steps <= max(least, min(least + band, given)))
    if not near.any():
        above = int(space.steps[space.steps >= least].min())
        if above > given:
            return ours[-1]
        near = space.steps == above
    return space.choices[int(np.where(near, liked, -1.0).argmax())]


def _taste(offers: tuple[PackageOffer, ...], space: _Space, terms: PackageTerms) -> Taste:
    axes = tuple(Axis(len(issue.worth), issue.they_like) for issue in terms.issues)
    theirs = [one.choice for one in offers if not one.ours and one.choice in space.at]
    return learned(axes, theirs)


def _said(move: Move, choice: Choice, terms: PackageTerms) -> PackageMove:
    worth = worth_of(choice, terms)
    names = ", ".join(
        f"{issue.name} {place + 1} of {len(issue.worth)}"
        for issue, place in zip(terms.issues, choice, strict=True)
    )
    reasons = (*move.reasons, f"{names}: worth {worth} to us")
    return PackageMove(kind=move.kind, choice=choice, worth=worth, reasons=reasons)
