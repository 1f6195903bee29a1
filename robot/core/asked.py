"""What an ask is: whom we asked, every quote that came, and what became of each.

Part of the robot's state. Sides and prices are ours: `price` is the one that we would deal at.
"""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from robot.bargaining import Said
from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, VenueId
from robot.basics.numbers import ZERO
from robot.core.ask_states import AskStage, AskStep, next_ask_stage
from robot.deals.agreed import Price, kind_of
from robot.deals.party import Side
from robot.deals.product import ProductKind, price_side
from robot.deals.resolved import AnyResolved
from robot.walk_away import WalkAway


class Outcome(enum.StrEnum):
    """What became of a quote, or why there is none."""

    LIVE = "LIVE"
    """It may be dealt on until its time is over."""
    COUNTERED = "COUNTERED"
    """A price of ours is with the maker: it is not dealt on meanwhile."""
    TAKEN = "TAKEN"
    TAKE_REFUSED = "TAKE_REFUSED"
    """We dealt on it, and the maker did not."""
    WORSE = "WORSE"
    """Than the one that was taken."""
    BEYOND_LIMIT = "BEYOND_LIMIT"
    """Worse than the ask's own limit."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """The limits refuse it."""
    PASSED = "PASSED"
    """Nothing was dealt."""
    REPLACED = "REPLACED"
    """By a newer one of the same maker."""
    EXPIRED = "EXPIRED"
    WITHDRAWN = "WITHDRAWN"
    """By the maker or the venue."""
    VOID = "VOID"
    """The session was gone."""
    INDICATIVE = "INDICATIVE"
    INVALID = "INVALID"
    """It contradicts itself or is not on what we asked for."""
    LATE = "LATE"
    """It came when all was decided."""
    REFUSED = "REFUSED"
    """The maker does not quote."""
    SILENT = "SILENT"
    NOT_ASKED = "NOT_ASKED"


class MakerQuote(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One quote as it came."""

    quote_id: str
    received_ns: int
    price: Price | None = None
    """On our side; None = the maker does not quote it."""
    valid_until_ns: int
    outcome: Outcome = Outcome.LIVE
    detail: str = ""
    refusal: str = ""
    """Why we could not deal on it when we would have."""
    mid: Decimal | None = None
    """Of our market when it came, in the terms of the price; None = it could not be dealt on then,
    or no market was fit.
    """
    order_id: str = ""
    """Of our hit on it."""
    word: str = ""
    """What its maker said to that."""
    behind: str = ""
    """The hit that was on its way when it came."""

    @property
    def live(self) -> bool:
        """Whether it may be dealt on, its time apart."""
        return self.outcome is Outcome.LIVE

    def end(self, outcome: Outcome, detail: str = "") -> None:
        """It can no longer be dealt on."""
        self.outcome = outcome
        self.detail = "; ".join(part for part in (self.detail, detail) if part)


class Countered(msgspec.Struct, frozen=True, kw_only=True):
    """A price of ours that is with a maker."""

    quote_id: str
    response_id: str
    price: Decimal


class AskedMaker(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One maker at one venue, with all quotes that came, oldest first."""

    venue: VenueId
    maker: CounterpartyId
    request_id: str = ""
    """Empty = not asked, for the reason in `detail`, or not yet."""
    closed: Outcome | None = None
    """Why no quote is to come any more: REFUSED, VOID, WITHDRAWN or NOT_ASKED."""
    detail: str = ""
    quotes: list[MakerQuote] = []
    counter: Countered | None = None
    said: tuple[Said, ...] = ()
    """Its prices on our side and ours, oldest first."""
    terms: AnyResolved | None = None
    """What it is asked for where that is another amount or tenor than the ask's."""
    amount: Decimal | None = None
    """That amount."""
    tenor: str = ""
    """What it is asked for where that is another tenor than the ask's."""

    @property
    def asked(self) -> bool:
        """Whether it has a request of ours."""
        return bool(self.request_id)

    @property
    def live(self) -> MakerQuote | None:
        """The quote that may be dealt on, if there is one; its time may be over."""
        last = self.quotes[-1] if self.quotes else None
        return last if last is not None and last.live else None

    @property
    def turned_down(self) -> MakerQuote | None:
        """The quote on which it did not deal after all, where nothing came after it."""
        last = self.quotes[-1] if self.quotes else None
        return last if last is not None and last.outcome is Outcome.TAKE_REFUSED else None

    def close(self, outcome: Outcome, detail: str) -> None:
        """No quote of it is in force any more, and none is to come."""
        for quote in self.quotes:
            if quote.outcome in (Outcome.LIVE, Outcome.COUNTERED, Outcome.INDICATIVE):
                quote.end(Outcome.VOID if outcome is Outcome.VOID else Outcome.WITHDRAWN, detail)
        self.closed, self.detail, self.counter = outcome, detail, None


class Ask(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One ask, from the first request to its end."""

    ask_id: str
    request: str
    """The asker's own name for it."""
    actor: str
    pair: CurrencyPair
    """Of a loan its currency."""
    side: Side
    amount: Decimal
    """Of the dealt currency; of a swap on the near leg."""
    terms: AnyResolved
    """With our side."""
    two_way: bool
    limit_price: Decimal | None
    """The worst price to deal at without asking a person; None = only a person deals."""
    decide_ns: int
    open_until_ns: int
    makers: list[AskedMaker]
    stage: AskStage = AskStage.COLLECTING
    order_id: str = ""
    """Of the quote that was taken, of several the last one."""
    hits: int = 0
    """On how many quotes we have dealt so far, whatever came of it."""
    no_more: str = ""
    """Why nothing else is dealt on where the hit that is on its way comes to nothing."""
    strategy: str = ""
    """Whose rule asks; empty = the actor is a person."""
    game: str = ""
    """The game strategy that leads it; empty = none, or a person took over."""
    walk_away: Decimal | None = None
    """The worst price for us, as its game said last."""
    walk_aways: dict[str, Decimal] = {}
    """The same of other tenors, by tenor."""
    words: WalkAway | None = None
    """The worst price for us in the words that the game's program declared when the ask began."""
    moves: int = 0
    """Of its game so far."""
    begun_ns: int = 0
    because: list[str] = []

    def worst_of(self, maker: AskedMaker) -> Decimal | None:
        """The worst price that may be dealt at with a maker, or said to it: the asker's limit or
        the walk-away that the game said last, of that tenor where it said one.
        """
        by_game = self.walk_aways.get(maker.tenor, self.walk_away)
        told = [one for one in (self.limit_price, by_game) if one is not None]
        return min(told, key=lambda one: self.direction * one, default=None)

    def tighten(self, walk_away: Decimal | None, others: dict[str, Decimal]) -> None:
        """What the game says of its walk-away now. It follows the market only where its program has
        declared the words by which it does; else it may become better for us, never worse.
        """
        fixed = self.words is None
        if walk_away is not None:
            kept = self.walk_away if fixed else None
            self.walk_away = self._stricter(walk_away, kept)
        for tenor, worst in others.items():
            if not tenor:
                continue  # the ask's own is told by `walk_away`
            kept = self.walk_aways.get(tenor) if fixed else None
            self.walk_aways = {**self.walk_aways, tenor: self._stricter(worst, kept)}

    def _stricter(self, price: Decimal, former: Decimal | None) -> Decimal:
        return former if former is not None and self.is_worse(price, former) else price

    @property
    def trader(self) -> str:
        """The person whose it is; empty = the strategy's."""
        return "" if self.strategy else self.actor

    @property
    def kind(self) -> ProductKind:
        """What is asked for."""
        return kind_of(self.terms)

    @property
    def direction(self) -> int:
        """+1 where a higher price is worse for us, -1 where it is better."""
        return price_side(self.kind, self.side).sign

    def terms_of(self, maker: AskedMaker) -> AnyResolved:
        """What a maker is asked for."""
        return maker.terms if maker.terms is not None else self.terms

    def amount_of(self, maker: AskedMaker) -> Decimal:
        """Of the dealt currency."""
        return maker.amount if maker.amount is not None else self.amount

    def asked_otherwise(self, maker: AskedMaker) -> dict[str, str]:
        """What a maker is asked for where it is not the ask's own, in words."""
        amount = {"amount": f"{maker.amount:f}"} if maker.amount is not None else {}
        return amount | ({"tenor": maker.tenor} if maker.tenor else {})

    def is_worse(self, price: Decimal, than: Decimal) -> bool:
        """Whether `price` is worse for us."""
        return self.direction * (price - than) > ZERO

    def advance(self, step: AskStep) -> None:
        """Move along the table of asks."""
        self.stage = next_ask_stage(self.stage, step)

    def quote_taken(self) -> MakerQuote | None:
        """The quote that was dealt on, of several the last one, whatever came of it."""
        for maker in self.makers:
            for quote in maker.quotes:
                if self.order_id and quote.order_id == self.order_id:
                    return quote
        return None

    def maker_of(self, request_id: str) -> AskedMaker:
        """Whom a request of ours went to."""
        return next(one for one in self.makers if one.request_id == request_id)

    def quotes_named(self, name: str) -> list[tuple[AskedMaker, MakerQuote]]:
        """Every quote that a name may mean, those that may be dealt on first, the newest first.
        `name` = the maker's own, or as `name_of` says it.
        """
        found = [
            (maker, quote)
            for maker in self.makers
            for quote in reversed(maker.quotes)
            if name in (quote.quote_id, _full_name(maker, quote), _only_name(maker, quote))
        ]
        return sorted(found, key=lambda pair: (not pair[1].live, -pair[1].received_ns))

    def name_of(self, maker: AskedMaker, quote: MakerQuote) -> str:
        """The maker's own name for a live quote; where another maker's has the same, with whose."""
        same = [
            one
            for one in self.makers
            if one is not maker and one.live is not None and one.live.quote_id == quote.quote_id
        ]
        if any((one.venue, one.maker) == (maker.venue, maker.maker) for one in same):
            return _only_name(maker, quote)  # on two requests, for two amounts
        return _full_name(maker, quote) if same else quote.quote_id


def _full_name(maker: AskedMaker, quote: MakerQuote) -> str:
    return f"{quote.quote_id}@{maker.maker}@{maker.venue}"


def _only_name(maker: AskedMaker, quote: MakerQuote) -> str:
    return f"{_full_name(maker, quote)}@{maker.request_id}"
