"""A package, rate and amount and tenor, negotiated with one bank in an ask of ours.

What a package is worth is told in the trader's unit over the walk-away at the amount and tenor of
the ask (`package_worth`; the mathematics is `strategies.games.bargaining.package`). No price past
the walk-away is in any package, whatever the amount or tenor. A bank hears of another amount or
tenor by a request of its own for it, its quote on that is its word on the package; of all that
stands one quote is dealt on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple

import msgspec

from robot.bargaining import AskFacts, AskMove, MakerSeen
from robot.basics.numbers import ZERO
from strategies.games.bargaining.package import (
    Issue,
    PackageMove,
    PackageOffer,
    PackageTerms,
    negotiate_package,
)
from strategies.games.bargaining.spaces import Choice
from strategies.games.bargaining.terms import MoveKind, Terms
from strategies.games.desk.negotiate_game import no_zone_ns
from strategies.games.desk.package_worth import (
    STEP,
    What,
    Worths,
    other_tenors,
    what_of,
    worths_of,
)
from strategies.games.desk.terms import Game, Package

RATES_MAX = 150
PACKAGES_MAX = 9_000
"""Of a moment: where many amounts and tenors may move, fewer rates are looked at."""
STEPS = 2_000
"""Of worth, between the walk-away and the best package."""
_MILLISECOND_NS = 1_000_000


class _Scale(NamedTuple):
    """The packages of this moment. A rate is a distance from the walk-away of its tenor, better for
    us where it is larger, so that it says as much of every tenor.
    """

    opens: Decimal
    """The best rate for us: as far as our opening price is from the walk-away."""
    rates: int
    """How many."""
    stride: Decimal
    amounts: tuple[Decimal, ...]
    tenors: tuple[str, ...]
    whats: tuple[What, ...] = ()
    """Where only these pairs of amount and tenor are talked about, else all of them are."""

    def rate(self, place: int) -> Decimal:
        """At a place."""
        return self.opens - place * self.stride

    def place(self, rate: Decimal) -> int:
        """Of a rate; one between two places is the one that is worse for us."""
        found = int(((self.opens - rate) / self.stride).to_integral_value(ROUND_CEILING))
        return max(0, min(self.rates - 1, found))

    def has(self, what: What) -> bool:
        """Whether it is talked about."""
        if self.whats:
            return what in self.whats
        return what.amount in self.amounts and what.tenor in self.tenors

    def choice(self, rate: Decimal, what: What) -> Choice:
        """A package by the places of its terms."""
        place = self.place(rate)
        if self.whats:
            return (place, self.whats.index(what))
        return (place, self.amounts.index(what.amount), self.tenors.index(what.tenor))

    def what(self, choice: Choice) -> What:
        """What a package is for."""
        if self.whats:
            return self.whats[choice[1]]
        return What(self.amounts[choice[1]], self.tenors[choice[2]])


class PackageTalk:
    """Made once of its file."""

    def __init__(
        self, game: Game, package: Package, walk_away: Callable[[AskFacts, str], Decimal]
    ) -> None:
        """`walk_away`: the worst price at this moment, of a tenor; empty = of the ask's own."""
        self._game, self._package, self._walk_away = game, package, walk_away
        self.unit = package.worth.unit
        """In which worth is told."""
        self._last: Worths | None = None

    def move(
        self, facts: AskFacts, live: list[MakerSeen], terms: Terms, by_ns: int
    ) -> AskMove | None:
        """What to say to the bank whose quote is worth most; None = nothing more to it."""
        worths = self.worths(facts)
        best = max(live, key=lambda one: (worths.is_inside(one), worths.of_quote(one)))
        talk = [one for one in facts.makers if (one.venue, one.maker) == (best.venue, best.maker)]
        words = self._words(facts, talk, best, by_ns)
        asked_for = sum(what_of(one, facts) != What(facts.amount) for one in talk)
        open_ = asked_for < self._package.requests and words > 0
        found = self._next(worths, best, talk, terms, words, by_ns, open_=open_)
        if found is None and open_:  # what it would say needs a quote that does not stand
            found = self._next(worths, best, talk, terms, words, by_ns, open_=False)
        return found

    def at_its_worth(self, one: MakerSeen, facts: AskFacts) -> MakerSeen:
        """A quote as one for what the ask is for: its price as good as the package is."""
        return msgspec.structs.replace(one, price=self.worths(facts).price_alike(one))

    def worths(self, facts: AskFacts) -> Worths:
        """What packages are worth at this moment; worked out once for the same facts."""
        if self._last is None or self._last.facts is not facts:
            names = ("", *other_tenors(facts, same_day=self._package.same_day))
            found = {name: self._walk_away(facts, name) for name in names}
            self._last = worths_of(facts, self._package, found)
        return self._last

    def _next(
        self,
        worths: Worths,
        best: MakerSeen,
        talk: list[MakerSeen],
        terms: Terms,
        words: int,
        by_ns: int,
        *,
        open_: bool,
    ) -> AskMove | None:
        scale = self._scale(worths, talk, terms, open_=open_)
        offers = _offers(worths, best, talk, scale)
        packages = self._packages(worths, terms, scale, by_ns, len(offers) + 2 * words + 1)
        found = negotiate_package(offers, worths.facts.now_ns, packages)
        told = (
            f"{best.maker}: {best.price} for {what_of(best, worths.facts)}, worth "
            f"{_told(worths.of_quote(best))} {self._package.worth.unit} over the walk-away, the "
            "most of what stands",
            *found.reasons,
        )
        inside = worths.is_inside(best)
        if found.kind is MoveKind.ACCEPT and inside:
            return AskMove(take=best.quote_id, because=told)
        if found.kind is MoveKind.OFFER:
            return self._say(worths, best, talk, scale, found, told, words)
        if inside and self._game.accept.last_minute:
            return AskMove(take=best.quote_id, because=(*told, "it is inside the walk-away"))
        return None

    def _say(
        self,
        worths: Worths,
        best: MakerSeen,
        talk: list[MakerSeen],
        scale: _Scale,
        found: PackageMove,
        told: tuple[str, ...],
        words: int,
    ) -> AskMove | None:
        """A price of ours on the quote for that amount and tenor, or a request for it."""
        assert found.choice is not None, "an offer is a package"
        facts, what = worths.facts, scale.what(found.choice)
        price = worths.walk_aways[what.tenor] + facts.better * scale.rate(found.choice[0])
        told = (*told, f"next: {price} for {what}")
        stands = [one for one in talk if what_of(one, facts) == what and one.asked]
        quote = next((one for one in stands if one.price is not None and not one.refused), None)
        if quote is not None and quote.price is not None:
            if facts.better * (quote.price - price) >= 0:
                return AskMove(take=quote.quote_id, because=(*told, "they say so already"))
            return AskMove(counter=quote.quote_id, price=price, because=told) if words else None
        if stands or what == What(facts.amount):
            return None
        return AskMove(
            ask=(best.maker,),
            amount=what.amount if what.amount != facts.amount else None,
            tenor=what.tenor,
            because=(*told, f"asks {best.maker} for {what}"),
        )

    def _words(self, facts: AskFacts, talk: list[MakerSeen], best: MakerSeen, by_ns: int) -> int:
        """Prices of ours that can still be answered."""
        most = min(facts.answers_left, self._game.pace.messages)
        left_ns = min(best.valid_until_ns, by_ns) - facts.now_ns
        if left_ns <= facts.patience_ms * _MILLISECOND_NS:
            return 0
        return max(0, most - sum(one.counters for one in talk))

    def _scale(self, worths: Worths, talk: list[MakerSeen], terms: Terms, *, open_: bool) -> _Scale:
        """All that may be asked for, or only what stands."""
        facts = worths.facts
        asked = {what_of(one, facts) for one in talk if one.asked}
        stand = {what_of(one, facts) for one in talk if one.price is not None}
        whats = {one for one in stand if one.tenor in worths.walk_aways}
        if open_:
            most = facts.amount_most
            amounts = {one for one in self._package.amounts if most is None or one <= most}
            amounts.add(facts.amount)
            whats |= {What(a, t) for a in amounts for t in worths.walk_aways} - asked
        inside = tuple(sorted(whats))
        opens, stride, count = self._rates(worths, talk, terms, len(inside))
        tenors = tuple(one for one in worths.walk_aways if any(one == w.tenor for w in inside))
        amounts_ = tuple(sorted({one.amount for one in inside}))
        is_grid = open_ and len(tenors) > 1 and len(amounts_) > 1
        return _Scale(opens, count, stride, amounts_, tenors, () if is_grid else inside)

    def _rates(
        self, worths: Worths, talk: list[MakerSeen], terms: Terms, whats: int
    ) -> tuple[Decimal, Decimal, int]:
        """The best rate, the step to the next worse one, and how many there are: from our opening
        to the worst that they said, or the walk-away.
        """
        facts = worths.facts
        opens = facts.better * (terms.open_at - terms.walk_away)
        theirs = [
            facts.better * (said.price - worths.walk_aways[one.tenor])
            for one in talk
            if one.tenor in worths.walk_aways
            for said in one.said
            if not said.ours
        ]
        most = min(RATES_MAX, max(2, PACKAGES_MAX // max(1, whats)))
        ticks = (opens - min(*theirs, ZERO)) / facts.tick if theirs else opens / facts.tick
        stride = max(1, int((ticks / most).to_integral_value(ROUND_CEILING)))
        count = min(most, int((ticks / stride).to_integral_value(ROUND_CEILING))) + 1
        return opens, stride * facts.tick, count

    def _packages(
        self, worths: Worths, terms: Terms, scale: _Scale, by_ns: int, messages: int
    ) -> PackageTerms:
        facts = worths.facts
        others = _other_issues(worths, scale)
        best = sum(max(issue.worth) for issue in others)
        # nothing makes up for a price past the walk-away
        never = int(best - sum(min(issue.worth) for issue in others)) + 1
        rates = worths.of_rates(scale.opens, scale.stride, scale.rates, never)
        stop = self._game.stop
        return PackageTerms(
            issues=(Issue(name="rate", worth=tuple(rates), they_like=1), *others),
            walk_away=ZERO,
            aim=worths.of_price(terms.aim, "") / STEP,
            step=max(Decimal(1), (Decimal(max(rates) + best) / STEPS).to_integral_value()),
            unit=STEP,
            style=terms.style,
            by_ns=by_ns,
            messages_max=messages,
            take_at_aim=terms.take_at_aim,
            take_better_than_next=terms.take_better_than_next,
            take_at_end=terms.take_at_end,
            no_zone_ns=no_zone_ns(stop, facts.begun_ns, facts.now_ns, facts.clock_s),
        )


def _other_issues(worths: Worths, scale: _Scale) -> tuple[Issue, ...]:
    """Amount and tenor each for itself; where only some pairs are talked about, as one."""
    if scale.whats:
        both = (worths.of_amount(one.amount) + worths.of_tenor(one.tenor) for one in scale.whats)
        return (_issue("what", both),)
    return (
        _issue("amount", map(worths.of_amount, scale.amounts)),
        _issue("tenor", map(worths.of_tenor, scale.tenors)),
    )


def _issue(name: str, worth: Iterable[Decimal]) -> Issue:
    return Issue(name=name, worth=tuple(int(one / STEP) for one in worth))


def _offers(
    worths: Worths, best: MakerSeen, talk: list[MakerSeen], scale: _Scale
) -> tuple[PackageOffer, ...]:
    """All that was said, as packages; a quote that stands after our word says itself again."""
    facts = worths.facts
    said = [
        (one.at_ns, one.ours, one.price, what_of(row, facts))
        for row in talk
        for one in row.said
        if scale.has(what_of(row, facts))
    ]
    said.sort(key=lambda row: row[0])
    assert best.price is not None, "a quote that stands has a price"
    now = (False, best.price, what_of(best, facts))
    if not said or said[-1][1:] != now:
        said.append((facts.now_ns, *now))
    return tuple(
        PackageOffer(
            ours,
            scale.choice(facts.better * (price - worths.walk_aways[what.tenor]), what),
            at_ns,
        )
        for at_ns, ours, price, what in said
    )


def _told(worth: Decimal) -> str:
    return f"{worth.normalize():f}"
