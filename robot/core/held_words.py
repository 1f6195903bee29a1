"""The walk-away of a game in its own words, worked out by the core for each price that leaves.

A game says its walk-away with each move, and could say a looser one later. What its program
declared once, for all moves, it cannot: a price past that at this moment is not sent.
"""

from __future__ import annotations

from decimal import Decimal

from robot.core.asked import Ask, AskedMaker
from robot.core.games import fixing_of
from robot.core.state import Context
from robot.deals.agreed import kind_of
from robot.deals.resolved import AnyResolved
from robot.limits.limit import Reason, Refusal
from robot.market.pricing import Priced
from robot.market.snapshot import NoMarket
from robot.walk_away import WalkAway, price_of_words


def words_refusal(context: Context, ask: Ask, maker: AskedMaker, price: Decimal) -> Refusal | None:
    """Why a price of an ask that a game leads is past the words of that game."""
    if ask.words is None:
        return None
    return past_words(context, ask.words, ask.terms_of(maker), -ask.direction, price)


def past_words(
    context: Context, words: WalkAway, terms: AnyResolved, better: int, price: Decimal
) -> Refusal | None:
    """Why a price is past these words at this moment, or why nobody can say whether it is."""

    def market() -> Priced | str:
        found = context.priced(terms)
        return f"{found.reason}: {found.detail}" if isinstance(found, NoMarket) else found

    def fixing(index: str) -> Decimal | str:
        return fixing_of(context, index)

    worst = price_of_words(words, kind_of(terms), better, market, fixing)
    if isinstance(worst, str):
        return Refusal(reason=Reason.WALK_AWAY, detail=f"walk-away {words}: {worst}")
    if better * (price - worst) < 0:
        text = f"{price} is past the walk-away {worst.normalize():f}, which is {words}"
        return Refusal(reason=Reason.WALK_AWAY, detail=text)
    return None
