"""Files of kind `quote` drawn at random, with how far from the middle their words allow a price to
be, worked out here apart from the code that plays them.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from strategies.games.desk.learned import LearnedState, with_learned
from strategies.games.sealed.heard import Grid, Heard, Learned, Outcome, hear
from tests.fuzz.kinds import Market
from tests.fuzz.written_games import AMOUNT, WORDS_MAX

TIERS = {"BANKA": "gold", "BANKB": "gold", "BANKC": "silver"}


@dataclass(frozen=True)
class WrittenQuote:
    """One, in bp."""

    margins: dict[str, Decimal]
    more: Decimal
    """At the amount that is asked for."""
    lean: Decimal
    lean_most: Decimal
    flat_for: str
    cost_of: str
    cost: Decimal
    guard_most: Decimal
    win: tuple[Decimal, Decimal] | None
    """Least and most margin."""
    learned: bool
    by: str = ""
    messages: int = WORDS_MAX + 1
    within_s: int = 10**6

    def text(self, name: str) -> str:
        margins = ", ".join(f"{tier}: {far} bp" for tier, far in self.margins.items())
        rows = [f"margin: {{{margins}}}"]
        rows += [f"by size: {{over 500k: {self.more} bp}}"] if self.more else []
        if self.lean:
            rows += [f"lean: {self.lean} bp per 1m", f"lean at most: {self.lean_most} bp"]
        rows += [f"no lean for: {self.flat_for}"] if self.flat_for else []
        if self.guard_most:
            rows.append(
                f"guard: {{costs: {{{self.cost_of}: {self.cost} bp}}, "
                f"at most: {self.guard_most} bp}}"
            )
        if self.win is not None:
            rows.append("asked with: 3 others")
            least, most = self.win
            rows.append(
                f"win: {{target: 25 % to 45 %, least margin: {least} bp, most margin: {most} bp}}"
            )
        told = "\n  ".join(rows)
        text = f"\ngame: {{name: {name}, kind: quote}}\nquote:\n  {told}\n"
        return with_learned(text, _learned()) if self.learned else text

    def breach(self, price: Decimal, market: Market, better: int, client: str) -> str:
        """How a price that opens is out of what the words allow; empty = it is not."""
        if not price.is_finite():
            return f"{price} is no price"
        margin = self.margins[TIERS[client]] + self.more
        least, most = (margin, margin) if self.win is None else self.win
        lean = self.lean_most if self.lean and client != self.flat_for else Decimal(0)
        guard = min(self.cost, self.guard_most) if client == self.cost_of else Decimal(0)
        unit = market.unit("bp")
        far = better * (Fraction(price) - market.mid) / unit
        step = Fraction(1, 10_000) + market.tick / unit  # rounded away from the middle
        if far < Fraction(least - lean):
            return f"{price} is {float(far)} bp from the middle, at least {least} - {lean} are due"
        if far > Fraction(most + lean + guard) + step:
            return f"{price} is {float(far)} bp away, at most {most} + {lean} + {guard} are due"
        return ""


def drawn_quote(chance: random.Random) -> WrittenQuote:
    """Any of its words."""

    def tenths(low: int, high: int) -> Decimal:
        return Decimal(chance.randint(low, high)) / 10

    least = tenths(0, 5)
    win = (least, least + tenths(1, 30)) if chance.random() < 0.4 else None
    return WrittenQuote(
        margins={"gold": tenths(0, 20), "silver": tenths(0, 20)},
        more=tenths(1, 5) if chance.random() < 0.3 else Decimal(0),
        lean=chance.choice((Decimal(0), Decimal("0.05"), Decimal("0.5"))),
        lean_most=tenths(1, 10),
        flat_for=chance.choice(("", "BANKB")),
        cost_of=chance.choice(("BANKA", "BANKC")),
        cost=tenths(1, 40),
        guard_most=tenths(1, 20) if chance.random() < 0.5 else Decimal(0),
        win=win,
        learned=win is not None and chance.random() < 0.5,
    )


@lru_cache(maxsize=1)
def _learned() -> LearnedState:
    """Of three rivals who quote around 1.5 bp."""
    grid, chance = Grid(low=Decimal("-1"), tick=Decimal("0.1"), places=60), random.Random(7)
    heard = []
    for _ in range(1_500):
        place = chance.randrange(8, 40)
        rivals = [round((chance.gauss(1.5, 0.3) + 1) / 0.1) for _ in range(3)]
        if place < min(rivals):
            heard.append(Heard(rivals=3, place=place, outcome=Outcome.DONE, cover=min(rivals)))
        else:
            better = sum(one < place for one in rivals)
            lost = Outcome.COVERED if better == 1 else Outcome.TRADED_AWAY
            heard.append(Heard(rivals=3, place=place, outcome=lost))
    win = hear(Learned(grid=grid), heard)
    return LearnedState(win=win, outcomes=len(heard)).frozen_now()


assert AMOUNT > 500_000, "over the size from which more is added"
