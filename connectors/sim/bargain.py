"""One who haggles with the robot, client or maker: its tactic, what it would like, what it would
still deal at.

Pure: what the robot says goes in, the next price comes out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum

from connectors.sim.rows import CounterOffer, QuoteLife

_EAGER, _FIRM = Decimal(5), Decimal("0.2")


class Tactic(StrEnum):
    """How one gives way from round to round, of `rounds` at most."""

    FIRM = "firm"  # hardly before the last
    EVEN = "even"  # by equal steps
    EAGER = "eager"  # nearly all at once
    TIT_FOR_TAT = "tit_for_tat"  # as much as the robot did
    WALK_AWAY = "walk_away"  # like firm, and passes when the second answer is no good
    SILENT = "silent"  # says one price and nothing more


class Word(StrEnum):
    """What is said to a price of the robot's."""

    NOTHING = "nothing"
    PRICE = "price"  # another one
    DEAL = "deal"
    LEAVE = "leave"  # nothing more is to come of it
    WALK_AWAY = "walk_away"  # told at once


class Flaw(StrEnum):
    """What is wrong with a counter-offer that the robot must turn down."""

    OFF_TICK = "off_tick"
    OTHER_SIDE = "other_side"  # of a one-way request; else of another size
    LARGER = "larger"
    NOT_BETTER = "not_better"  # for the client than the quote
    UNKNOWN_QUOTE = "unknown_quote"
    OTHER_CLIENT = "other_client"
    REPEATED = "repeated"  # the honest one once more, with its own id


@dataclass(slots=True)
class Bargain:
    """One party in one negotiation. `towards` is 1 where giving way is to pay more, else -1."""

    tactic: Tactic
    aim: Decimal
    limit: Decimal
    towards: int
    rounds: int
    unit: Decimal
    said: int = 0
    last: Decimal | None = None
    heard: list[Decimal] = field(default_factory=list)  # the robot's prices
    open: CounterOffer | None = None  # what the robot has not answered yet
    turned_down: bool = False

    def is_better(self, price: Decimal, than: Decimal) -> bool:
        """For this party."""
        return (than - price) * self.towards > 0

    def accepts(self, price: Decimal) -> bool:
        """Whether this party would deal at it in the end."""
        return not self.is_better(self.limit, price)

    def answer(self, price: Decimal) -> tuple[Word, Decimal]:
        """What this party says to a price of the robot's, and the price that it names or means."""
        accepts = self.accepts(price)
        if self.said and self.tactic is Tactic.SILENT:
            return Word.NOTHING, price
        if self.tactic is Tactic.WALK_AWAY and self.said > 1 and not accepts:
            return Word.WALK_AWAY, price
        wanted = self.next_price()
        over = self.said >= self.rounds or self.turned_down
        if not over and self.is_better(wanted, price):
            return Word.PRICE, wanted
        return (Word.DEAL if accepts else Word.LEAVE), price

    def next_price(self) -> Decimal:
        """What this party would say now."""
        if self.tactic is Tactic.TIT_FOR_TAT and self.last is not None and len(self.heard) > 1:
            moved = abs(self.heard[-2] - self.heard[-1])
            return self._bounded(self.last + self.towards * moved)
        share = Decimal(self.said) / max(1, self.rounds - 1)
        power = {Tactic.EVEN: Decimal(1), Tactic.EAGER: 1 / _EAGER}.get(self.tactic, 1 / _FIRM)
        return self._bounded(self.aim + (self.limit - self.aim) * min(Decimal(1), share) ** power)

    def _bounded(self, price: Decimal) -> Decimal:
        """To the unit, in its own favour; never past what it would deal at."""
        down = ROUND_FLOOR if self.towards > 0 else ROUND_CEILING
        rounded = (price / self.unit).quantize(Decimal(1), down) * self.unit
        return self.limit if self.is_better(self.limit, rounded) else rounded


def answer_problem(bargain: Bargain, standing: QuoteLife | None, price: Decimal | None) -> str:
    """What is wrong with the robot's answer to a price; empty = nothing. It gives way or stays
    where it was, and asks for no less than the client offers.
    """
    if price is None:
        return "it has no price on the client's side"
    if bargain.last is not None and bargain.is_better(price, bargain.last):
        return f"{price} is better than the {bargain.last} that was asked for"
    before = bargain.heard[-1] if bargain.heard else None
    live = standing is not None and standing.end == "live"
    if live and before is not None and bargain.is_better(before, price):
        return f"{price} is worse than the {before} that stands"
    return ""
