"""Game files drawn at random, with what their words allow worked out here, exactly and apart from
the code that plays them: `Written.breach` of a price at a market.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from robot.errors import ConfigurationError
from strategies.games.desk.file import read_game
from tests.fuzz.kinds import FIXING, LATER, TENOR, Kind, Market

STYLES = ("firm", "even", "eager", "match their move", "find their limit")
BANKS = ("BANKA", "BANKB", "BANKC")
AMOUNT = 10**6
"""Of every request and ask."""
WORDS_MAX = 3
"""Prices of ours to one counterparty that the desk allows, whatever the file says."""


@dataclass(frozen=True)
class WrittenLevel:
    """`anchor` empty = a distance to our favour from the middle."""

    anchor: str
    far: Decimal
    unit: str
    fixed: Decimal = Decimal(0)
    bound: str = ""
    limit: Decimal = Decimal(0)

    def words(self) -> str:
        if not self.anchor:
            return f"{self.far} {self.unit}"
        text = str(self.fixed) if self.anchor == "fixed" else self.anchor
        if self.far:
            text += f" {'-' if self.far < 0 else '+'} {abs(self.far)} {self.unit}"
        return text + (f", never {self.bound} {self.limit}" if self.bound else "")

    def at(self, market: Market, better: int) -> Fraction | None:
        """The price it means; None = none, for want of the benchmark."""
        far = Fraction(self.far) * market.unit(self.unit)
        if not self.anchor:
            return market.mid + better * far
        anchors = {
            "mid": market.mid,
            "bid": market.bid,
            "offer": market.offer,
            FIXING: market.fixing,
            "fixed": Fraction(self.fixed),
        }
        base = anchors[self.anchor]
        if base is None:
            return None
        price = base + far
        if self.bound == "below":
            return max(price, Fraction(self.limit))
        return min(price, Fraction(self.limit)) if self.bound else price


@dataclass(frozen=True)
class WrittenPackage:
    """Another amount may be asked for, and what more of it is worth."""

    least: int
    most: int
    step: int
    requests: int
    size: Decimal
    unit: str
    per: int
    less: bool
    later: Decimal | None = None
    """What `LATER` is worth more than `TENOR`; None = the tenor is as asked."""

    def words(self) -> str:
        """Two lines of `my terms`."""
        worth = f"{self.size} {self.unit} = {self.per}{' less' if self.less else ''}"
        tenors = ""
        if self.later is not None:
            tenors = f"tenor: [{TENOR}, {LATER}], "
            worth = f"{{amount: {worth}, tenor: {{{LATER}: {self.later} {self.unit}}}}}"
        return (
            f"  may also move: {{amount: {self.least} to {self.most} in {self.step}, {tenors}"
            f"at most: {self.requests}}}\n  worth: {worth}\n"
        )

    def worth(self, amount: Decimal, market: Market, *, later: bool) -> Fraction:
        """Of that amount and tenor instead of the ask's, in price."""
        more = (Fraction(amount) - AMOUNT) / self.per * Fraction(self.size)
        more *= -1 if self.less else 1
        if later:
            assert self.later is not None, "looked at with the request"
            more += Fraction(self.later)
        return more * market.unit(self.unit)


@dataclass(frozen=True)
class WrittenPanel:
    """Whom to ask."""

    banks: int
    at_most: int
    always: str
    never: str
    rotate: int
    every: str
    leak: Decimal

    def words(self) -> str:
        """The section."""
        said = [f"banks: {self.banks}", f"at most: {self.at_most}"]
        said += [f"always: {self.always}"] if self.always else []
        said += [f"never: [{self.never}]"] if self.never else []
        said += [f"at least longest not asked: {self.rotate}"] if self.rotate else []
        said += [f"at least every: {{{self.every}: 3 asks}}"] if self.every else []
        said += [f"leak cost: {self.leak} bp"] if self.leak else []
        return f"ask: {{{', '.join(said)}}}"


@dataclass(frozen=True)
class Written:
    """A negotiation as a trader writes it."""

    walk_away: WrittenLevel
    aim: WrittenLevel
    open_at: WrittenLevel
    style: str
    messages: int
    within_s: int
    by: str
    step: Decimal
    most: Decimal | None
    last_minute: bool
    at_aim: bool
    next_one: bool
    no_zone_s: int
    panel: WrittenPanel
    package: WrittenPackage | None = None
    product: str = ""

    def text(self, name: str) -> str:
        pace = [f"style: {self.style}", f"messages: {self.messages}", f"within: {self.within_s} s"]
        pace += [f"by: '{self.by}'"] if self.by else []
        pace += [f"smallest step: {self.step} pip"] if self.step else []
        pace += [f"most per step: {self.most} pip"] if self.most is not None else []
        applies = f"applies: {{product: {self.product}}}\n" if self.product else ""
        package = self.package.words() if self.package is not None else ""
        stop = f"\nstop: {{no zone after: {self.no_zone_s} s}}" if self.no_zone_s else ""
        return f"""
game: {{name: {name}, kind: negotiate}}
{applies}my terms:
  walk-away: {self.walk_away.words()}
  aim: {self.aim.words()}
  open at: {self.open_at.words()}
{package}pace: {{{", ".join(pace)}}}
accept:
  at aim: {_yes(self.at_aim)}
  better than my next offer: {_yes(self.next_one)}
  last minute anything inside walk-away: {_yes(self.last_minute)}{stop}
{self.panel.words()}
"""

    def breach(self, price: Decimal, market: Market, better: int) -> str:
        """How a price of ours is past the walk-away; empty = it is not. `better` +1 = we sell."""
        if not price.is_finite():
            return f"{price} is no price"
        worst = self.walk_away.at(market, better)
        if worst is None:
            return f"{price} without a walk-away"
        if better * (Fraction(price) - worst) < 0:
            return f"{price} is past the walk-away {float(worst)}"
        return ""


def _yes(told: bool) -> str:
    return "yes" if told else "no"


def drawn(chance: random.Random, kind: Kind) -> Written:
    """Terms for both sides, in any order that is not seen to be wrong before a market is known:
    those files are refused.
    """
    while True:
        found = _drawn(chance, kind)
        try:
            read_game(found.text("x"), "x")
        except ConfigurationError as problem:
            assert "my terms" in str(problem), problem
            continue
        return found


def _drawn(chance: random.Random, kind: Kind) -> Written:
    favour, unit = chance.random() < 0.4, chance.choice(("pip", "pip", "bp"))
    anchors = ("mid", "mid", "bid", "offer", "fixed", FIXING)

    def level(low: int, high: int) -> WrittenLevel:
        far = Decimal(chance.randint(low, high)) / 10
        if favour:
            return WrittenLevel("", far, unit)
        bound = chance.choice(("", "", "", "below", "above"))
        return WrittenLevel(
            chance.choice(anchors),
            far,
            unit,
            kind.near(chance, 40),
            bound,
            kind.near(chance, 40) if bound else Decimal(0),
        )

    package = _package(chance, kind) if chance.random() < 0.3 else None
    dated = package is not None and package.later is not None
    levels = [level(-30, 20), level(-10, 30), level(-5, 50)]
    if favour:  # in another order the file would be refused
        levels.sort(key=lambda one: one.far)
    return Written(
        walk_away=levels[0],
        aim=levels[1],
        open_at=levels[2],
        style=chance.choice(STYLES),
        messages=chance.randint(1, 8),
        within_s=chance.choice((2, 20, 60)),
        by=chance.choice(("", "", "", "09:31")),
        step=Decimal(chance.choice((0, 1, 5))) / 10,
        most=chance.choice((None, None, Decimal("0.5"), Decimal(3))),
        last_minute=chance.random() < 0.8,
        at_aim=chance.random() < 0.5,
        next_one=chance.random() < 0.8,
        no_zone_s=chance.choice((0, 0, 5)),
        panel=_panel(chance),
        package=package,
        product=kind.product.lower() if dated else "",
    )


def _panel(chance: random.Random) -> WrittenPanel:
    banks, names = chance.randint(1, 3), [*BANKS]
    chance.shuffle(names)
    return WrittenPanel(
        banks=banks,
        at_most=banks + chance.randint(0, 2),
        always=names[0] if chance.random() < 0.2 else "",
        never=names[1] if chance.random() < 0.2 else "",
        rotate=chance.choice((0, 0, 1)) if banks > 1 else 0,
        every=names[2] if chance.random() < 0.2 else "",
        leak=Decimal(chance.choice((0, 0, 1))) / 10,
    )


def _package(chance: random.Random, kind: Kind) -> WrittenPackage:
    later = Decimal(chance.randint(-20, 20)) / 10
    return WrittenPackage(
        least=chance.choice((500_000, 1_000_000)),
        most=chance.choice((2_000_000, 3_000_000)),
        step=chance.choice((500_000, 250_000)),
        requests=chance.randint(1, 3),
        size=Decimal(1),
        unit=chance.choice(("bp", "pip")),
        per=chance.choice((500_000, 2_000_000)),
        less=chance.random() < 0.3,
        later=later if kind.curve and chance.random() < 0.6 else None,
    )
