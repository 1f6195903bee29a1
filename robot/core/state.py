"""RobotState: all that changes, in one object that can be snapshotted, restored and hashed.

It changes only inside `Engine.step`. Time in it is the stamp of the event being stepped.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, ExecId, QuoteId, RfqId, VenueId, numbered
from robot.core.lifecycle import ASKED, Stage, Step, next_stage
from robot.deals.deal import Deal
from robot.deals.party import Side
from robot.deals.reference import Reference
from robot.ledger.ledger import Ledger
from robot.limits.gate import LimitGate
from robot.market.snapshot import Market
from robot.messages.effects import AnyEffect
from robot.messages.events import VenueTrading
from robot.strategy import Strategy

ENDED_QUOTES_MAX = 20_000
"""How many ended quotes are remembered to tell a late hit exactly why it is refused."""

NEGOTIATIONS_MAX = 5_000
"""Open negotiations; one more request is refused as overloaded."""


class Negotiation(msgspec.Struct, kw_only=True):
    """One conversation from request to deal, refusal or end. `side` is ours, None = two-way."""

    key: str
    venue: VenueId
    request_id: str
    rfq_id: RfqId
    counterparty: CounterpartyId
    tier: str
    pair: CurrencyPair
    side: Side | None
    amount: Decimal
    value_date: date
    provisional: bool = False
    """Whether `value_date` rests on days that are computed and not announced."""
    open_until_ns: int
    streaming_until_ns: int
    stage: Stage = ASKED
    quote_id: QuoteId | None = None
    replaced_ns: int = 0
    replace_due: bool = False

    @property
    def streaming(self) -> bool:
        """Whether the counterparty wants the price kept fresh."""
        return self.streaming_until_ns > 0

    def advance(self, step: Step) -> None:
        """Move along the life-cycle table."""
        self.stage = next_stage(self.stage, step)


class LiveQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote of ours that is firm right now."""

    quote_id: QuoteId
    negotiation: str
    bid: Decimal | None
    offer: Decimal | None
    valid_until_ns: int


class EndedQuote(msgspec.Struct, frozen=True):
    """Why a quote of ours is no longer firm, and whose it was."""

    ending: str
    negotiation: str


class TradeRequest(msgspec.Struct):
    """A reconciliation under way: how many reports the venue announced (-1 = not yet) and what
    came.
    """

    trade_date: date
    total: int = -1
    seen: dict[ExecId, bool] = {}


class VenueState(msgspec.Struct):
    """What is known of a venue: sessions, its own trading status, our schedule, reconciliation."""

    dealing_up: bool = False
    market_up: bool = False
    trading: VenueTrading = VenueTrading.OPEN
    products_open: dict[str, bool] = {}
    reconciled: bool = False
    requests: dict[str, TradeRequest] = {}
    heard_ns: int = 0
    """When trades were last asked for or reported."""


class Timer(msgspec.Struct, frozen=True, order=True):
    """Something to look at when its time comes; `kind` names the handler in the engine."""

    due_ns: int
    number: int
    kind: str
    key: str


class RobotState(msgspec.Struct, kw_only=True):
    """Everything the core knows."""

    stepped: int = 0
    """Number of the last event stepped."""
    now_ns: int = 0
    trade_date: date | None = None
    reference: Reference | None = None
    numbers: dict[str, int] = {}
    market: Market = msgspec.field(default_factory=Market)
    gate: LimitGate = msgspec.field(default_factory=LimitGate)
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    venues: dict[VenueId, VenueState] = {}
    negotiations: dict[str, Negotiation] = {}
    quotes: dict[QuoteId, LiveQuote] = {}
    quotes_of_pair: dict[CurrencyPair, dict[QuoteId, bool]] = {}
    streams_of_pair: dict[CurrencyPair, dict[str, bool]] = {}
    stale_checks: dict[CurrencyPair, bool] = {}
    ended_quotes: dict[QuoteId, EndedQuote] = {}
    seen_requests: dict[str, bool] = {}
    answered_hits: dict[str, str] = {}
    """`venue hit-id` -> ExecId of the deal it made, or "" when it was refused."""
    deals: dict[ExecId, Deal] = {}
    """Deals of this and the previous trade date."""
    halts: dict[str, str] = {}
    """What stops new dealing everywhere: name -> text."""
    breaks: dict[str, str] = {}
    """Open differences with a venue: BreakId -> kind and what differs."""
    resolved_breaks: dict[str, str] = {}
    """The same of those that a person has resolved: told again, they are no news."""
    timers: list[Timer] = []
    timers_made: int = 0

    def configured(self) -> Reference:
        """The reference data in force; an event that needs it before the start is a programming
        error.
        """
        assert self.reference is not None, "no RobotStarted was stepped yet"
        return self.reference

    def today(self) -> date:
        """The trade date in force."""
        assert self.trade_date is not None, "no RobotStarted was stepped yet"
        return self.trade_date

    def next_id(self, letter: str) -> str:
        """The next identifier of a kind for this trade date."""
        self.numbers[letter] = self.numbers.get(letter, 0) + 1
        return numbered(letter, self.today(), self.numbers[letter])

    def schedule(self, due_ns: int, kind: str, key: str) -> None:
        """Have the engine look at `key` when the core's time reaches `due_ns`."""
        self.timers_made += 1
        heapq.heappush(self.timers, Timer(due_ns, self.timers_made, kind, key))

    def due_timer(self, at_ns: int) -> Timer | None:
        """Take the earliest timer that is due, if any."""
        if self.timers and self.timers[0].due_ns <= at_ns:
            return heapq.heappop(self.timers)
        return None

    def remember_ended(self, quote: LiveQuote, ending: str) -> None:
        """Keep why a quote ended, for a bounded number of quotes."""
        self.ended_quotes[quote.quote_id] = EndedQuote(ending, quote.negotiation)
        if len(self.ended_quotes) > ENDED_QUOTES_MAX:
            del self.ended_quotes[next(iter(self.ended_quotes))]


class Context:
    """What a handler works with: the state, the strategy in force, and where effects go."""

    __slots__ = ("effects", "state", "strategy")

    def __init__(self, state: RobotState, strategy: Strategy | None) -> None:
        self.state = state
        self.strategy = strategy
        self.effects: list[AnyEffect] = []

    def emit(self, effect: AnyEffect) -> None:
        """Add one effect, in order."""
        self.effects.append(effect)


StrategyLoader = Callable[[Reference], Strategy]
"""Makes the strategy that a reference names; given to the engine by whoever assembles it."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(RobotState)


def snapshot(state: RobotState) -> bytes:
    """The whole state as bytes that `restore` reads back; equal states give equal bytes."""
    return _ENCODER.encode(state)


def restore(data: bytes) -> RobotState:
    """The state that `snapshot` wrote."""
    return _DECODER.decode(data)


def state_hash(state: RobotState) -> str:
    """SHA-256 of the snapshot, hexadecimal."""
    return hashlib.sha256(snapshot(state)).hexdigest()
