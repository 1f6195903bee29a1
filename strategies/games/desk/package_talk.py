"""A package, rate and amount, negotiated with one bank in an ask of ours.

What a package is worth is told in the trader's unit over the walk-away price at the amount of the
ask (`strategies.games.bargaining.package`). No price past the walk-away is in any package, however
large the amount. A bank hears of another amount by a request of its own for it, its quote on that
is its word on the package; of all that stands one quote is dealt on.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
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
from strategies.games.bargaining.terms import MoveKind, Terms
from strategies.games.desk.applying import unit_of
from strategies.games.desk.terms import Game, Package
from strategies.games.desk.words import Distance

RATES_MAX = 150
STEPS = 2_000
"""Of worth, between the walk-away and the best package."""
_STEP = Decimal("0.0001")
"""Of worth: finer is alike."""
_MILLISECOND_NS = 1_000_000


class _Scale(NamedTuple):
    """The packages of this moment."""

    opens: Decimal
    """Our opening price: the rates go from it on, each worse for us by `stride`."""
    places: int
    amounts: tuple[Decimal, ...]
    stride: Decimal
    better: int

    def place(self, price: Decimal) -> int:
        """Of a price; one between two places is the one that is worse for us."""
        away = self.better * (self.opens - price) / self.stride
        found = int(away.to_integral_value(ROUND_CEILING))
        return max(0, min(self.places - 1, found))

    def rate(self, place: int) -> Decimal:
        """At a place."""
        return self.opens - self.better * place * self.stride


class PackageTalk:
    """Made once of its file."""

    def __init__(self, game: Game, package: Package) -> None:
        self._game, self._package = game, package
        self._one = Distance(Decimal(1), package.worth.unit)
        self.unit = package.worth.unit
        """In which worth is told."""

    def move(
        self, facts: AskFacts, live: list[MakerSeen], terms: Terms, by_ns: int
    ) -> AskMove | None:
        """What to say to the bank whose quote is worth most; None = nothing more to it."""
        best = max(live, key=lambda one: self._rank(one, facts, terms))
        talk = [one for one in facts.makers if (one.venue, one.maker) == (best.venue, best.maker)]
        words = self._words(facts, talk, best, by_ns)
        asked_for = sum(one.amount is not None for one in talk)
        open_ = asked_for < self._package.requests and words > 0
        found = self._next(facts, best, talk, terms, words, by_ns, open_=open_)
        if found is None and open_:  # what it would say needs an amount that does not stand
            found = self._next(facts, best, talk, terms, words, by_ns, open_=False)
        return found

    def at_its_worth(self, one: MakerSeen, facts: AskFacts) -> MakerSeen:
        """A quote as one for the amount of the ask: its price as good as the package is."""
        assert one.price is not None, "a quote that stands has a price"
        worth = self._amount_worth(_amount_of(one, facts), facts)
        far = facts.better * worth * unit_of(self._one, facts)
        return msgspec.structs.replace(one, price=one.price + far)

    def _next(
        self,
        facts: AskFacts,
        best: MakerSeen,
        talk: list[MakerSeen],
        terms: Terms,
        words: int,
        by_ns: int,
        *,
        open_: bool,
    ) -> AskMove | None:
        scale = self._scale(facts, talk, terms, open_=open_)
        offers = _offers(facts, best, talk, scale)
        packages = self._packages(facts, terms, scale, by_ns, len(offers) + 2 * words + 1)
        found = negotiate_package(offers, facts.now_ns, packages)
        worth = self._worth_of(best, facts, terms)
        told = (
            f"{best.maker}: {best.price} for {_amount_of(best, facts)}, worth {_told(worth)} "
            f"{self._package.worth.unit} over the walk-away, the most of what stands",
            *found.reasons,
        )
        inside = self._is_inside(best, facts, terms, worth)
        if found.kind is MoveKind.ACCEPT and inside:
            return AskMove(take=best.quote_id, because=told)
        if found.kind is MoveKind.OFFER:
            return self._say(facts, best, talk, scale, found, told, words)
        if inside and self._game.accept.last_minute:
            return AskMove(take=best.quote_id, because=(*told, "it is inside the walk-away"))
        return None

    def _say(
        self,
        facts: AskFacts,
        best: MakerSeen,
        talk: list[MakerSeen],
        scale: _Scale,
        found: PackageMove,
        told: tuple[str, ...],
        words: int,
    ) -> AskMove | None:
        """A price of ours on the quote for that amount, or a request for it."""
        assert found.choice is not None, "an offer is a package"
        price, amount = scale.rate(found.choice[0]), scale.amounts[found.choice[1]]
        told = (*told, f"next: {price} for {amount}")
        stands = [one for one in talk if _amount_of(one, facts) == amount and one.asked]
        quote = next((one for one in stands if one.price is not None and not one.refused), None)
        if quote is not None and quote.price is not None:
            if facts.better * (quote.price - price) >= 0:
                return AskMove(take=quote.quote_id, because=(*told, "they say so already"))
            return AskMove(counter=quote.quote_id, price=price, because=told) if words else None
        if stands or amount == facts.amount:
            return None
        asks = f"asks {best.maker} for {amount}"
        return AskMove(ask=(best.maker,), amount=amount, because=(*told, asks))

    def _words(self, facts: AskFacts, talk: list[MakerSeen], best: MakerSeen, by_ns: int) -> int:
        """Prices of ours that can still be answered."""
        most = min(facts.answers_left, self._game.pace.messages)
        left_ns = min(best.valid_until_ns, by_ns) - facts.now_ns
        if left_ns <= facts.patience_ms * _MILLISECOND_NS:
            return 0
        return max(0, most - sum(one.counters for one in talk))

    def _scale(
        self, facts: AskFacts, talk: list[MakerSeen], terms: Terms, *, open_: bool
    ) -> _Scale:
        theirs = [said.price for one in talk for said in one.said if not said.ours]
        worst = min((*theirs, terms.walk_away), key=lambda price: facts.better * price)
        ticks = facts.better * (terms.open_at - worst) / facts.tick
        stride = max(1, int((ticks / RATES_MAX).to_integral_value(ROUND_CEILING)))
        count = min(RATES_MAX, int((ticks / stride).to_integral_value(ROUND_CEILING))) + 1
        asked = {_amount_of(one, facts) for one in talk if one.asked}
        stand = {_amount_of(one, facts) for one in talk if one.price is not None}
        amounts = stand | ({*self._package.amounts} - asked if open_ else set())
        moving = tuple(sorted(amounts))
        return _Scale(terms.open_at, count, moving, stride * facts.tick, facts.better)

    def _packages(
        self, facts: AskFacts, terms: Terms, scale: _Scale, by_ns: int, messages: int
    ) -> PackageTerms:
        amounts = [int(self._amount_worth(one, facts) / _STEP) for one in scale.amounts]
        never = max(amounts) - min(amounts) + 1  # no amount makes up for a price past the walk-away
        after_ms = self._game.stop.no_zone_after_ms
        rates = self._rate_worths(facts, terms, scale, never)
        return PackageTerms(
            issues=(
                Issue(name="rate", worth=tuple(rates), they_like=1),
                Issue(name="amount", worth=tuple(amounts)),
            ),
            walk_away=ZERO,
            aim=self._rate_worth(terms.aim, facts, terms) / _STEP,
            step=max(Decimal(1), (Decimal(max(rates) + max(amounts)) / STEPS).to_integral_value()),
            unit=_STEP,
            style=terms.style,
            by_ns=by_ns,
            messages_max=messages,
            take_at_aim=terms.take_at_aim,
            take_better_than_next=terms.take_better_than_next,
            take_at_end=terms.take_at_end,
            no_zone_ns=facts.begun_ns + after_ms * _MILLISECOND_NS if after_ms else None,
        )

    def _rate_worths(self, facts: AskFacts, terms: Terms, scale: _Scale, never: int) -> list[int]:
        """Of all rates, as `_rate_worth`, in `_STEP`: whole numbers, as there are many of them.
        Those past the walk-away are worth `never` less.
        """
        first = facts.better * (scale.opens - terms.walk_away)
        one = unit_of(self._one, facts) * _STEP
        parts = (first, scale.stride, one)
        digits = max(0, *(-int(part.as_tuple().exponent) for part in parts))
        away, each, of = (int(part.scaleb(digits)) for part in parts)
        inside = min(scale.places, away // each + 1)
        worths = [left // of for left in range(away, away - inside * each, -each)]
        past = range(away - inside * each, away - scale.places * each, -each)
        return worths + [left // of - never for left in past]

    def _rate_worth(self, price: Decimal, facts: AskFacts, terms: Terms) -> Decimal:
        """Over the walk-away price, in the trader's unit; rounded against us."""
        one = unit_of(self._one, facts)
        return (facts.better * (price - terms.walk_away) / one).quantize(_STEP, ROUND_FLOOR)

    def _amount_worth(self, amount: Decimal, facts: AskFacts) -> Decimal:
        """Over the amount of the ask."""
        more = (amount - facts.amount) / self._package.per
        return (more * self._package.worth.size).quantize(_STEP, ROUND_FLOOR)

    def _worth_of(self, one: MakerSeen, facts: AskFacts, terms: Terms) -> Decimal:
        assert one.price is not None, "a quote that stands has a price"
        amount = self._amount_worth(_amount_of(one, facts), facts)
        return self._rate_worth(one.price, facts, terms) + amount

    def _rank(self, one: MakerSeen, facts: AskFacts, terms: Terms) -> tuple[bool, Decimal]:
        """Those that may be dealt on first."""
        worth = self._worth_of(one, facts, terms)
        return self._is_inside(one, facts, terms, worth), worth

    def _is_inside(self, one: MakerSeen, facts: AskFacts, terms: Terms, worth: Decimal) -> bool:
        """Neither the price nor the whole package past the walk-away."""
        assert one.price is not None, "a quote that stands has a price"
        return facts.better * (one.price - terms.walk_away) >= 0 and worth >= ZERO


def _amount_of(one: MakerSeen, facts: AskFacts) -> Decimal:
    return one.amount if one.amount is not None else facts.amount


def _offers(
    facts: AskFacts, best: MakerSeen, talk: list[MakerSeen], scale: _Scale
) -> tuple[PackageOffer, ...]:
    """All that was said, as packages; a quote that stands after our word says itself again."""
    said = [
        (one.at_ns, one.ours, one.price, _amount_of(row, facts))
        for row in talk
        for one in row.said
        if _amount_of(row, facts) in scale.amounts
    ]
    said.sort(key=lambda row: row[0])
    assert best.price is not None, "a quote that stands has a price"
    now = (False, best.price, _amount_of(best, facts))
    if not said or said[-1][1:] != now:
        said.append((facts.now_ns, *now))
    return tuple(
        PackageOffer(ours, (scale.place(price), scale.amounts.index(amount)), at_ns)
        for at_ns, ours, price, amount in said
    )


def _told(worth: Decimal) -> str:
    return f"{worth.normalize():f}"
