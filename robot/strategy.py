"""The contract of every strategy: decide(facts) -> decision, with reasons.

A strategy sees the facts it is given and nothing else. One that runs inside the core is pure, so
that replay gives the same answer. One that is hosted runs in a process of its own, may keep a state
of its own (`Hosted`), and what it answers is journaled. What either returns is checked by the core
again: a decision never overrides a limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

import msgspec

from robot.bargaining import LINE_MAX, Talk, texts_problem
from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, QuoteId, VenueId
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a strategy may know about one request."""

    pair: CurrencyPair
    """Of a loan its currency."""
    product: ProductKind
    side: Side | None
    """Which price is asked: BUY = our bid, SELL = our offer, None = both. A rate; of a swap points,
    far minus near (at our bid we sell near and buy far); of a loan percent a year (at our bid we
    borrow).
    """
    amount: Decimal
    """Base currency; of a loan its own."""
    counterparty: CounterpartyId
    tier: str
    bid: Decimal
    """Best market bid over all fresh venues, in the terms of the price asked."""
    offer: Decimal
    mid: Decimal
    market_age_ms: int
    pip: Decimal
    """What a margin of 1 is worth: a pip of the pair; of a loan a hundredth of a percent."""
    tick: Decimal
    """Smallest step of our own price."""
    value_date: date
    """Of a swap the near leg's; of a loan its start."""
    far_value_date: date | None
    """Of a swap the far leg's; of a loan its maturity."""
    spot: Decimal | None
    """Middle of the spot market; None for loans."""
    position: Decimal
    """Net position of the base currency, positive = long; 0 for loans."""
    position_limit: Decimal
    """Largest net position of the base currency allowed either way; 0 for loans."""
    gap: Decimal
    """Net amount of the base currency (of a loan its own) that we receive on the last value date of
    what is asked; negative = we pay.
    """
    chance: float
    """A number in [0, 1) drawn from the journaled seed for this request; the only chance there is.
    """
    their_price: Decimal | None = None
    """What they want to deal at, on `side`, where they have answered a quote with a price of their
    own; None = they have not. The core quotes nothing that is better for them than it.
    """
    our_price: Decimal | None = None
    """What we quoted last on that side. While it is firm the core quotes nothing worse for them."""
    rounds: int = 0
    """Prices of ours and theirs so far."""
    talk: Talk | None = None
    """All that was said on that side since they said a price of their own."""
    fixings: dict[str, Decimal] = {}
    """Of the benchmarks that the games of the desk name: the latest that is public; percent a year,
    of a pair counter units per base unit. One that nobody published, or that is too old, is not
    here.
    """
    fixing_days: dict[str, date] = {}
    """The days that these are for."""
    no_fixings: dict[str, str] = {}
    """Why the others are not there."""
    clock_s: int | None = None
    """Seconds after midnight by the desk's clock, told to desks with games; None = nobody knows."""


NOT_MINE = "NOT_MINE"
"""`Decision.passed` of a game that is not meant for a request: the next one is asked."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Prices to quote, or none with the reason. `because` is what the trader reads."""

    bid: Decimal | None = None
    offer: Decimal | None = None
    passed: str = ""
    because: tuple[str, ...] = ()
    walk_away: Decimal | None = None
    """The worst price for us in this negotiation, where one side is asked: from here on the core
    lets nothing past it. None = as it was said before, if it was.
    """
    game: str = ""
    """The game strategy that decided, where one did."""
    walk_aways: tuple[Decimal, Decimal] | None = None
    """The same of two prices: the highest bid and the lowest offer; only of this decision."""


PRICE_MAX = Decimal(10) ** 9
DIGITS_MAX = 20
"""Of a price; what is larger or finer is none."""


def problem_of(decision: Decision, facts: Facts) -> str:
    """What is wrong with a decision; empty = nothing."""
    if decision.passed:
        return ""
    wanted = (facts.side in (None, BUY), facts.side in (None, SELL))
    for price, needed in zip((decision.bid, decision.offer), wanted, strict=True):
        if (price is not None) != needed:
            return (
                f"prices {decision.bid}/{decision.offer} do not fit side {facts.side or 'two-way'}"
            )
        signed = facts.product.is_signed
        if price is not None and not (price.is_finite() and (signed or price > 0)):
            return f"{price!r} is not a price"
    if (
        decision.bid is not None
        and decision.offer is not None
        and not decision.bid <= decision.offer
    ):
        return f"bid {decision.bid} is over offer {decision.offer}"
    return _walk_away_problem(decision, facts)


def _walk_away_problem(decision: Decision, facts: Facts) -> str:
    worst, both = decision.walk_away, decision.walk_aways
    if worst is not None and facts.side is None:
        return f"walk_away {worst} with two prices: it is of one side"
    if both is not None and (facts.side is not None or len(both) != 2):
        return f"walk_aways {both} with one price: they are of a bid and an offer"
    for one in (worst, *(both or ())):
        if one is not None and not one.is_finite():
            return f"walk_away {one} is not a price"
    return ""


def foreign_problem(answer: object, facts: Facts) -> str:
    """The same of what foreign code returned, which may be anything."""
    if not isinstance(answer, Decision):
        return f"a {type(answer).__name__} was returned: return a Decision"
    problem = texts_problem(answer.because)
    if problem:
        return problem
    passed: object = answer.passed
    if not isinstance(passed, str) or len(passed) > LINE_MAX:
        return f"passed: texts of at most {LINE_MAX} characters are due"
    if answer.passed:
        return ""
    told = (("bid", answer.bid), ("offer", answer.offer), ("walk_away", answer.walk_away))
    for name, price in told:
        problem = price_problem(price, facts.tick)
        if problem:
            return f"{name} {problem}"
    return problem_of(answer, facts)


def price_problem(price: object, tick: Decimal) -> str:
    """What is wrong with a price of anybody's; empty = nothing, also where there is none."""
    if price is None:
        return ""
    if not isinstance(price, Decimal):
        return f"{str(price)[:40]} is a {type(price).__name__}: a price is a Decimal"
    if price.same_quantum(tick) and abs(price) < PRICE_MAX and price % tick == 0:
        return ""  # the usual one, written as finely as a tick, is soon told
    if not price.is_finite():
        return f"{price} is not a price"
    _, digits, exponent = price.as_tuple()
    if len(digits) > DIGITS_MAX or abs(int(exponent)) > DIGITS_MAX or not abs(price) < PRICE_MAX:
        return f"{price:.3e} is too large or too fine for a price"
    return "" if price % tick == 0 else f"{price} is not a multiple of the tick {tick}"


class Strategy(Protocol):
    """What the core asks for a price."""

    def decide(self, facts: Facts) -> Decision:
        """Both prices, or those of the one side asked; or pass with a reason."""
        ...


class Elsewhere:
    """Stands in the core for what is not asked here: a strategy that is hosted, rule books."""

    def decide(self, facts: Facts) -> Decision:
        """Pass: whoever calls this has not looked where the strategy runs."""
        return Decision(passed="HOSTED", because=("the strategy runs in its host",))


class MarketSeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Top of one venue's book; a missing side is None."""

    at_ns: int
    venue: VenueId
    pair: CurrencyPair
    bid: Decimal | None
    offer: Decimal | None


class QuoteSeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A quote of ours is shown, in the terms of `Facts`."""

    at_ns: int
    quote_id: QuoteId
    counterparty: CounterpartyId
    product: ProductKind
    pair: CurrencyPair
    amount: Decimal
    """Of the dealt currency."""
    bid: Decimal | None
    offer: Decimal | None


class QuoteOver(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A quote of ours left the market: DEALT, EXPIRED, REPLACED, WITHDRAWN, PASSED ..."""

    at_ns: int
    quote_id: QuoteId
    ending: str


class DealSeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A deal of ours is booked, or became another by the venue's word (`version` > 1)."""

    at_ns: int
    deal_id: str
    version: int
    void: bool
    """The venue took it back: what the fields say was agreed before, and nothing of it is owed."""
    quote_id: QuoteId
    counterparty: CounterpartyId
    product: ProductKind
    pair: CurrencyPair
    side: Side
    """Ours: BUY = we bought the base currency; of a loan we borrowed."""
    base_amount: Decimal
    rate: Decimal
    value_date: date


class AnswerSeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What this strategy answered, as it was journaled; `failure` says what was wrong with it."""

    at_ns: int
    facts: Facts
    decision: Decision | None
    failure: str = ""


class DaySeen(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A run of the robot begins in this trade date, or the trade date begins."""

    at_ns: int
    trade_date: date


Seen = MarketSeen | QuoteSeen | QuoteOver | DealSeen | AnswerSeen | DaySeen
"""What a hosted strategy may be told, all of it from the journal and in its order."""

WANTS: dict[str, tuple[type[Seen], ...]] = {
    "market": (MarketSeen,),
    "quotes": (QuoteSeen, QuoteOver),
    "deals": (DealSeen,),
    "answers": (AnswerSeen,),
    "days": (DaySeen,),
}
"""What `Hosted.wants` may name."""


class Hosted(Protocol):
    """A strategy in a process of its own. Its class may also have

    - `wants: tuple[str, ...]`, names of `WANTS`: what it is told. Without it, nothing;
    - `on_event(self, event: Seen) -> None`: keeps its state. State changes here and nowhere else:
      after a restart it is rebuilt by telling it the same again, without a call of `decide`.
    """

    def start(self, parameters: Mapping[str, object], seed: int) -> None:
        """Called once, first. Parameters as desk.yaml has them, every number as text; chance comes
        from `facts.chance` or from a generator made of `seed`.
        """
        ...

    def decide(self, facts: Facts) -> Decision:
        """Both prices, or those of the one side asked; or pass with a reason."""
        ...
