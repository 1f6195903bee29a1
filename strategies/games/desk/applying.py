"""Whether a game is meant for a request or an ask, and what its words mean at this moment."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from robot.bargaining import AskFacts
from robot.deals.party import BUY, Side
from robot.deals.product import ProductKind, price_side
from robot.strategy import Facts
from robot.walk_away import WalkAway
from strategies.games.desk.terms import Applies, Game
from strategies.games.desk.words import FAVOUR, Distance, Level, Span

_BASIS_POINT = Decimal("0.0001")


def why_not(applies: Applies, facts: Facts) -> str:
    """Why a request is not this game's; empty = it is."""
    if applies.role == "taker":
        return "it leads our own asks"
    problem = _why_not_terms(applies, facts.product, facts.pair, facts.amount)
    if problem:
        return problem
    if applies.tiers and facts.tier not in applies.tiers:
        return f"tier {facts.tier}"
    if applies.counterparties and facts.counterparty not in applies.counterparties:
        return f"counterparty {facts.counterparty}"
    side = _said_side(facts.product, facts.side)
    if applies.side is not None and side is not applies.side:
        return f"our side would be {side or 'two-way'}"
    return _why_not_days(applies.days, facts.value_date, facts.far_value_date)


def _said_side(product: ProductKind, side: Side | None) -> Side | None:
    """Ours as the market says it: of a swap the near leg's, whose points are at the other side."""
    return price_side(product, side) if side is not None else None


def why_not_ask(applies: Applies, facts: AskFacts) -> str:
    """The same of an ask of ours."""
    if applies.role == "maker":
        return "it answers requests of clients"
    problem = _why_not_terms(applies, facts.product, facts.pair, facts.amount)
    if problem:
        return problem
    if applies.side is not None and facts.side is not applies.side:
        return f"our side is {facts.side}"
    return _why_not_days(applies.days, facts.value_date, facts.far_value_date)


def why_not_settled(game: Game, facts: AskFacts) -> str:
    """The same of the day on which it settles or starts."""
    if game.package is None or not game.package.same_day or facts.value_date == facts.trade_date:
        return ""
    return f"it settles on {facts.value_date}, not on T+0"


def _why_not_terms(applies: Applies, product: ProductKind, market: str, amount: Decimal) -> str:
    if applies.products and product not in applies.products:
        return f"product {product}"
    if applies.markets and market not in applies.markets:
        return f"market {market}"
    span = applies.amount
    if span is not None and not span.least <= amount <= span.most:
        return f"amount {amount} is not between {span.least} and {span.most}"
    return ""


def _why_not_days(days: Span | None, near: date, far: date | None) -> str:
    if days is None:
        return ""
    if far is None:
        return "a tenor is given, and it has no second date"
    between = (far - near).days
    return "" if days.least <= between <= days.most else f"{between} days"


def unit_of(far: Distance, facts: Facts | AskFacts) -> Decimal:
    """What a distance of 1 is in the terms of the price: of loans, and in pips, the market's pip;
    else a basis point of the middle (of a swap of the spot rate it stands on).
    """
    if far.unit == "pip" or facts.product.is_loan:
        return facts.pip
    spot = facts.spot if facts.product is ProductKind.SWAP else None
    around = spot if spot is not None else facts.mid
    return abs(around) * _BASIS_POINT


def price_of(level: Level, facts: Facts | AskFacts, better: int) -> Decimal | str:
    """A level as a price, not rounded; text = why there is none. `better` +1 = a higher price is
    better for us.
    """
    base = _anchor(level, facts)
    if isinstance(base, str):
        return base
    towards = better if level.anchor == FAVOUR else 1
    price = base + towards * level.offset.size * unit_of(level.offset, facts)
    if level.never_below is not None:
        price = max(price, level.never_below)
    return min(price, level.never_above) if level.never_above is not None else price


def _anchor(level: Level, facts: Facts | AskFacts) -> Decimal | str:
    match level.anchor:
        case "":
            return level.fixed
        case "mid" | "favour":
            return facts.mid
        case "bid":
            return facts.bid
        case "offer":
            return facts.offer
        case name:
            fixed = facts.fixings.get(name)
            return fixed if fixed is not None else facts.no_fixings.get(name, f"no {name}")


def in_words(level: Level) -> WalkAway:
    """A level as the core works it out by itself."""
    favour = level.anchor == FAVOUR
    return WalkAway(
        anchor="mid" if favour else level.anchor,
        fixed=level.fixed,
        offset=level.offset.size,
        unit=level.offset.unit,
        to_favour=favour,
        never_below=level.never_below,
        never_above=level.never_above,
    )


def better_of(facts: Facts) -> int:
    """+1 = a higher price is better for us: at our offer; -1 at our bid; 0 = both are asked."""
    if facts.side is None:
        return 0
    return -1 if facts.side is BUY else 1


def indexes_of(levels: tuple[Level, ...]) -> tuple[str, ...]:
    """The benchmarks that levels name."""
    market = ("", "mid", "bid", "offer", FAVOUR)
    return tuple(dict.fromkeys(one.anchor for one in levels if one.anchor not in market))
