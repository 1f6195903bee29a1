"""What a package is worth at this moment: its price over the walk-away, its amount, its tenor.

A price is measured from the walk-away of its own tenor, in the market of that tenor; what the
amount and the tenor add is what the trader's file says. All of it is told in the unit of the file.
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from robot.bargaining import AskFacts, MakerSeen
from robot.basics.numbers import ZERO
from strategies.games.desk.applying import unit_of
from strategies.games.desk.terms import Package
from strategies.games.desk.words import Distance

STEP = Decimal("0.0001")
"""Of worth: finer is alike."""


class What(NamedTuple):
    """What a request is for."""

    amount: Decimal
    tenor: str = ""
    """Empty = the ask's own."""

    def __str__(self) -> str:
        return f"{self.amount} {self.tenor}".rstrip()


class Worths(NamedTuple):
    """Of one ask at one moment. Rounded against us."""

    facts: AskFacts
    package: Package
    walk_aways: dict[str, Decimal]
    """The worst price by tenor, of the ask's own under the empty name."""
    own: str
    """What the ask's own tenor is called in the file; empty = none there is."""
    one: Decimal
    """What a worth of 1 is in the terms of the price."""

    def of_price(self, price: Decimal, tenor: str) -> Decimal:
        """Over the walk-away of that tenor."""
        over = self.facts.better * (price - self.walk_aways[tenor])
        return (over / self.one).quantize(STEP, ROUND_FLOOR)

    def of_rates(self, opens: Decimal, stride: Decimal, count: int, never: int) -> list[int]:
        """Of so many distances from the walk-away, from `opens` on each `stride` less, in `STEP`:
        whole numbers, as there are many of them. Those past the walk-away are worth `never` less.
        """
        parts = (opens, stride, self.one * STEP)
        digits = max(0, *(-int(part.as_tuple().exponent) for part in parts))
        away, each, of = (int(part.scaleb(digits)) for part in parts)
        inside = min(count, away // each + 1)
        worths = [left // of for left in range(away, away - inside * each, -each)]
        past = range(away - inside * each, away - count * each, -each)
        return worths + [left // of - never for left in past]

    def of_amount(self, amount: Decimal) -> Decimal:
        """Over the amount of the ask."""
        more = (amount - self.facts.amount) / self.package.per
        return (more * self.package.worth.size).quantize(STEP, ROUND_FLOOR)

    def of_tenor(self, tenor: str) -> Decimal:
        """Over the tenor of the ask."""
        if not tenor:
            return ZERO
        told = self.package.tenor_worth
        return (told[tenor].size - told[self.own].size).quantize(STEP, ROUND_FLOOR)

    def of_quote(self, one: MakerSeen) -> Decimal:
        """Of all of it."""
        assert one.price is not None, "a quote that stands has a price"
        what = what_of(one, self.facts)
        whole = self.of_amount(what.amount) + self.of_tenor(what.tenor)
        return self.of_price(one.price, what.tenor) + whole

    def is_inside(self, one: MakerSeen) -> bool:
        """Neither the price nor the whole package past the walk-away."""
        assert one.price is not None, "a quote that stands has a price"
        price_ok = self.facts.better * (one.price - self.walk_aways[one.tenor]) >= 0
        return price_ok and self.of_quote(one) >= ZERO

    def price_alike(self, one: MakerSeen) -> Decimal:
        """The price for what the ask is for that is as good as this quote."""
        assert one.price is not None, "a quote that stands has a price"
        what = what_of(one, self.facts)
        more = (self.of_amount(what.amount) + self.of_tenor(what.tenor)) * self.one
        apart = self.walk_aways[what.tenor] - self.walk_aways[""]
        return one.price - apart + self.facts.better * more


def worths_of(facts: AskFacts, package: Package, walk_aways: dict[str, Decimal]) -> Worths:
    """Of this moment."""
    one = unit_of(Distance(Decimal(1), package.worth.unit), facts)
    return Worths(facts, package, walk_aways, own_tenor(facts), one)


def what_of(one: MakerSeen, facts: AskFacts) -> What:
    """What a bank was asked for."""
    return What(one.amount if one.amount is not None else facts.amount, one.tenor)


def own_tenor(facts: AskFacts) -> str:
    """What the ask's own tenor is called among those that may be asked for; empty = there is none,
    and nothing else may be asked for.
    """
    own = (facts.value_date, facts.far_value_date)
    return next(
        (one.tenor for one in facts.tenors if (one.value_date, one.far_value_date) == own), ""
    )


def other_tenors(facts: AskFacts, *, same_day: bool = False) -> tuple[str, ...]:
    """Those that may be asked for beside the ask's own, the first to end first. `same_day` = only
    those that settle or start on the trade date.
    """
    own = (facts.value_date, facts.far_value_date)
    others = [one for one in facts.tenors if (one.value_date, one.far_value_date) != own]
    if same_day:
        others = [one for one in others if one.value_date == facts.trade_date]
    others.sort(key=lambda one: one.far_value_date or one.value_date)
    return tuple(one.tenor for one in others)
