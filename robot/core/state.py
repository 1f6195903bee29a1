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
from robot.basics.ids import CounterpartyId, ExecId, LimitId, QuoteId, RfqId, VenueId, numbered
from robot.basics.numbers import ZERO
from robot.core.asked import Ask
from robot.core.counter_state import Bargain
from robot.core.host_asks import HostState
from robot.core.lifecycle import ASKED, Stage, Step, next_stage
from robot.core.our_orders import Answered, Flattening, HedgeTrouble, Order, PastOrder
from robot.core.release_state import ReleaseState
from robot.core.rule_books import RuleBooks, Wish
from robot.core.rule_state import RuleState
from robot.core.stops import Emptying, Stop
from robot.core.stream_state import Pause as Pause
from robot.core.stream_state import StreamSet as StreamSet
from robot.core.venue_state import VenueState
from robot.core.versions import Version
from robot.deals.agreed import Price, kind_of
from robot.deals.calendar_dates import CalendarDates
from robot.deals.deal import Deal
from robot.deals.party import BUY, Side
from robot.deals.product import ProductKind
from robot.deals.reference import Reference
from robot.deals.resolved import AnyResolved
from robot.ledger.ledger import Ledger
from robot.limits.gate import LimitGate
from robot.limits.limit import Refusal
from robot.limits.spending import next_end_ns
from robot.limits.tree import Ours
from robot.market.curve import CurvePoints, CurveQuotes
from robot.market.fixing import FixingBook
from robot.market.pricing import LastPoints, Priced, Pricer, market_of
from robot.market.snapshot import Market, NoMarket
from robot.messages.asks import AskEnded
from robot.messages.effects import AnyEffect
from robot.messages.governing import OverrideGranted, ReferenceChanged
from robot.strategy import Strategy

ENDED_QUOTES_MAX = 20_000
"""How many ended quotes are remembered to tell a late hit exactly why it is refused."""

NEGOTIATIONS_MAX = 5_000
"""Open negotiations; one more request is refused as overloaded."""


HOURS_LOOK = "hours_look"
SPENT_LOOK = "spent_look"
MINUTE_NS = 60_000_000_000

ID_BLOCK = 1_000
"""Ids of quotes, trade requests and cancels come in blocks: one sync each, and a start begins a new
one."""

_IN_BLOCKS = ("F", "Q", "T")
"""Quotes, trade requests and cancels are sent before they are synced. All other ids leave in turns
that are synced anyway."""


class Negotiation(msgspec.Struct, kw_only=True):
    """One conversation from request to deal, refusal or end. `side` is ours (of a swap on its near
    leg; BUY = we borrow), None = two-way.
    """

    key: str
    venue: VenueId
    request_id: str
    rfq_id: RfqId
    counterparty: CounterpartyId
    tier: str
    pair: CurrencyPair
    """Of a loan its currency."""
    side: Side | None
    amount: Decimal
    """Of the dealt currency; of a swap on the near leg."""
    terms: AnyResolved
    """What is asked for, dated; of a two-way request as if hit at our bid."""
    open_until_ns: int
    streaming_until_ns: int
    stream: str = ""
    """Of a price nobody asked for: the set it is streamed in. Each such price is a conversation of
    its own."""
    stage: Stage = ASKED
    quote_id: QuoteId | None = None
    replaced_ns: int = 0
    replace_due: bool = False
    host_ask: int = 0
    """The question to the strategy's host that it waits for; 0 = none."""
    tenor: str = ""
    """As asked, of a swap the far leg's; empty = a date was said, or nothing."""
    rounds: int = 0
    """Prices of ours and theirs so far."""
    person_ask: int = 0
    """The question to a person that it waits for; 0 = none."""
    ask_again: bool = False
    """Whether the market moved meanwhile."""
    trial: str = ""
    """Name and version of the candidate that answers it; empty = the live strategy does."""
    suggestion: int = 0
    """The suggestion to a person that it waits for; 0 = none."""
    bargain: Bargain | None = None
    """Since they said a price of their own."""
    walk_away: Decimal | None = None
    """The worst price for us, as the strategy said last; None = it said none."""
    game: str = ""
    """The game strategy that priced it last; empty = none did."""

    @property
    def wanted_side(self) -> Side | None:
        """`side`, or the one that they have shown since."""
        return self.bargain.side if self.bargain is not None else self.side

    @property
    def kind(self) -> ProductKind:
        """What is asked for."""
        return kind_of(self.terms)

    @property
    def market(self) -> str:
        """What moves its price: the pair, or the currency and product of a loan."""
        return market_of(self.terms)

    @property
    def streaming(self) -> bool:
        """Whether the counterparty wants the price kept fresh."""
        return self.streaming_until_ns > 0

    def advance(self, step: Step) -> None:
        """Move along the life-cycle table."""
        self.stage = next_stage(self.stage, step)


class LiveQuote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A quote of ours that is firm right now."""

    quote_id: QuoteId
    negotiation: str
    bid: Decimal | None
    offer: Decimal | None
    bid_spot: Decimal | None = None
    """Forward, NDF and swap: the spot rate that goes with the bid."""
    offer_spot: Decimal | None = None
    near_points: Decimal = ZERO
    """Swap: near rate minus spot rate."""
    valid_until_ns: int

    def price(self, side: Side) -> Price | None:
        """What is dealt at: BUY = our bid; None = that side is not quoted."""
        value, spot = (self.bid, self.bid_spot) if side is BUY else (self.offer, self.offer_spot)
        return Price(value, spot, self.near_points) if value is not None else None


class EndedAsk(msgspec.Struct, frozen=True):
    """How an ask ended; `ask` None = it never began."""

    record: AskEnded
    ask: Ask | None = None


class EndedQuote(msgspec.Struct, frozen=True):
    """Why a quote of ours is no longer firm, and whose it was."""

    ending: str
    negotiation: str
    at_ns: int = 0


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
    id_blocks: int = 0
    """Blocks of ids begun so far. The turn that begins one is on the disk before it is sent."""
    market: Market = msgspec.field(default_factory=Market)
    gate: LimitGate = msgspec.field(default_factory=LimitGate)
    ledger: Ledger = msgspec.field(default_factory=Ledger)
    venues: dict[VenueId, VenueState] = {}
    curves: CurveQuotes = msgspec.field(default_factory=CurveQuotes)
    fixings: FixingBook = msgspec.field(default_factory=FixingBook)
    negotiations: dict[str, Negotiation] = {}
    quotes: dict[QuoteId, LiveQuote] = {}
    quotes_of_market: dict[str, dict[QuoteId, bool]] = {}
    """By what moves them: a pair, or the currency and product of loans."""
    streams_of_market: dict[str, dict[str, bool]] = {}
    stale_checks: dict[CurrencyPair, bool] = {}
    host: HostState = msgspec.field(default_factory=HostState)
    rules: RuleState = msgspec.field(default_factory=RuleState)
    releases: ReleaseState = msgspec.field(default_factory=ReleaseState)
    stream_sets: dict[str, StreamSet] = {}
    """By the number of the desk's stream, from 1."""
    ended_quotes: dict[QuoteId, EndedQuote] = {}
    orders: dict[str, Order] = {}
    """By the first id; until the venue's word that it ended."""
    order_names: dict[str, str] = {}
    """Every id of an order -> its first."""
    past_orders: dict[str, PastOrder] = {}
    """Of this and the previous trade date, by the first id."""
    flattening: dict[VenueId, Flattening] = {}
    wanted: dict[str, Answered] = {}
    """What persons asked for on this and the previous trade date, by their own name for it."""
    asks: dict[str, Ask] = {}
    """Open ones, by their id."""
    ask_of_request: dict[str, str] = {}
    """Every request of ours of this trade date -> its ask."""
    seen_asks: dict[str, bool] = {}
    """What the askers called them, this trade date."""
    ended_asks: dict[str, EndedAsk] = {}
    """The last ones that ended, for whoever asks how."""
    hedged_ns: dict[CurrencyPair, int] = {}
    """When an order to hedge the pair was last sent."""
    hedge_trouble: dict[CurrencyPair, HedgeTrouble] = {}
    seen_requests: dict[str, bool] = {}
    answered_hits: dict[str, str] = {}
    """`venue hit-id` -> ExecId of the deal it made, or "" when it was refused."""
    seen_counters: dict[str, bool] = {}
    """`venue response-id` of counter-offers of this trade date."""
    deals: dict[ExecId, Deal] = {}
    """Deals of this and the previous trade date, in their newest version."""
    amendments: dict[ExecId, ExecId] = {}
    """Reports that took back or corrected a deal -> the deal's key in `deals`."""
    halts: dict[str, str] = {}
    """What stops new dealing everywhere: name -> text."""
    stops: dict[str, Stop] = {}
    """Kill switches by their name; the one of everything stands in `halts`, too."""
    emptying: dict[str, Emptying] = {}
    """By the stop's key: orders that were open when it was pulled."""
    breaks: dict[str, str] = {}
    """Open differences with a venue: BreakId -> kind and what differs."""
    resolved_breaks: dict[str, str] = {}
    """The same of those that a person has resolved: told again, they are no news."""
    governed: dict[str, int] = {}
    """Kind of reference -> number of the approval that is in force."""
    coming_changes: dict[int, ReferenceChanged] = {}
    """By proposal: approved, in force later."""
    overrides: dict[LimitId, OverrideGranted] = {}
    used_proposals: dict[int, bool] = {}
    """Those that released or granted something, the newest of them."""
    spent_look_ns: int = 0
    """When a timer looks at what costs have fallen away."""
    hours_looked_at: bool = False
    """Whether a timer looks every minute at what hours of limits have ended."""
    timers: list[Timer] = []
    timers_made: int = 0

    def load_limits(self) -> None:
        """Put the reference's limits in force, and the overrides that still hold."""
        reference = self.configured()
        ours = Ours(
            entity=reference.entity,
            desk=reference.desk,
            book=reference.book,
            trader=reference.trader,
            strategy=reference.strategy.name,
        )
        if not self.hours_looked_at and any(
            row.timed for rows in reference.limits.tree.values() for row in rows
        ):
            self.hours_looked_at = True
            self.schedule(self.now_ns // MINUTE_NS * MINUTE_NS + MINUTE_NS, HOURS_LOOK, "")
        granted = {limit_id: one.maximum for limit_id, one in self.overrides.items()}
        self.gate.load(reference.limits, ours, self.trade_date, granted)
        self.look_at_costs()

    def look_at_costs(self) -> None:
        """Have it looked at when the next of the costs that count falls away."""
        due_ns = next_end_ns(self.gate.book)
        if due_ns and not self.now_ns < self.spent_look_ns <= due_ns:
            self.spent_look_ns = max(due_ns, self.now_ns + 1)
            self.schedule(self.spent_look_ns, SPENT_LOOK, "")

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
        used = self.numbers.get(letter, 0)
        if letter in _IN_BLOCKS and used % ID_BLOCK == 0:
            self.id_blocks += 1
        self.numbers[letter] = used + 1
        return numbered(letter, self.today(), self.numbers[letter])

    def leave_out_ids(self) -> None:
        """A power cut may have taken the record of ids that were sent, all of them of blocks whose
        beginning is recorded: none of these is used again.
        """
        for letter in _IN_BLOCKS:
            if letter in self.numbers:
                self.numbers[letter] = -(-self.numbers[letter] // ID_BLOCK) * ID_BLOCK

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
        self.ended_quotes[quote.quote_id] = EndedQuote(ending, quote.negotiation, self.now_ns)
        if len(self.ended_quotes) > ENDED_QUOTES_MAX:
            del self.ended_quotes[next(iter(self.ended_quotes))]


class Means:
    """What follows from the reference alone: made anew with it, no state."""

    __slots__ = (
        "candidate",
        "candidate_problem",
        "dates",
        "horizons",
        "live",
        "looks",
        "pricer",
        "watched",
    )

    def __init__(
        self, reference: Reference, live: Version, candidate: Version | str | None = None
    ) -> None:
        self.live = live
        self.candidate = None if isinstance(candidate, str) else candidate
        self.candidate_problem = candidate if isinstance(candidate, str) else ""
        """Why the candidate could not be made."""
        books = [one.books for one in (live, self.candidate) if one is not None]
        self.watched = frozenset(pair for one in books for pair in one.watched)
        """Pairs whose seconds some book asks about."""
        self.horizons = frozenset(horizon for one in books for horizon in one.horizons)
        """After which times some book asks what the market did."""
        self.looks = any(books)
        """Whether some book may want to do something by itself."""
        self.dates = CalendarDates(
            reference.conventions, reference.money_markets, reference.calendars
        )
        self.pricer = Pricer(reference.conventions, self.dates, reference.market)


class Context:
    """What a handler works with: the state, the means of its reference, and where effects go."""

    __slots__ = ("_make", "at_ns", "effects", "means", "state", "stopping", "wishes")

    def __init__(
        self,
        state: RobotState,
        means: Means | None,
        at_ns: int,
        make: Callable[[Reference], Means] | None = None,
    ) -> None:
        self.state = state
        self.at_ns = at_ns
        """Time of the event that is stepped; the state's is before it while timers are fired."""
        self.means = means
        self._make = make
        self.effects: list[AnyEffect] = []
        self.stopping: tuple[Refusal, ...] = ()
        """By limits that stop what they are about, not yet carried out."""
        self.wishes: tuple[Wish, ...] = ()
        """What rules want done beside an answer, once the event has been handled."""

    @property
    def live(self) -> Version:
        """What answers requests."""
        return self._of_reference().live

    @property
    def books(self) -> RuleBooks:
        """The rule books in force."""
        return self._of_reference().live.books

    @property
    def candidate(self) -> Version | None:
        """What may answer requests one day; None = nothing is tried."""
        return self._of_reference().candidate

    @property
    def horizons(self) -> frozenset[str]:
        """After which times some book asks what the market did."""
        return self._of_reference().horizons

    @property
    def watched(self) -> frozenset[CurrencyPair]:
        """Pairs whose seconds some book asks about."""
        return self._of_reference().watched

    @property
    def candidate_problem(self) -> str:
        """Why there is none, though one was released."""
        return self._of_reference().candidate_problem

    @property
    def dates(self) -> CalendarDates:
        """The calendars in force."""
        return self._of_reference().dates

    def priced(self, terms: AnyResolved) -> Priced | NoMarket:
        """The market of a product at this moment, or why it must not be dealt on."""
        state = self.state
        return self._of_reference().pricer.priced(state.market, state.curves, terms, state.now_ns)

    def last_points_to(self, name: str, day: date) -> LastPoints | None:
        """Mid points of a pair from spot to a date as they were known last: what results are valued
        at, nothing is dealt on it. None = they never were.
        """
        state, pricer, pair = self.state, self._of_reference().pricer, CurrencyPair(name)
        return pricer.last_points_to(state.curves, pair, day, state.today(), state.now_ns)

    def points_to(self, name: str, day: date) -> Decimal | None:
        """Mid points of a pair from spot to a date, however old; None = nobody quotes them."""
        state, pricer, pair = self.state, self._of_reference().pricer, CurrencyPair(name)
        return pricer.points_to(state.curves, pair, day, state.today(), state.now_ns)

    def points_at(self, pair: CurrencyPair, day: date) -> CurvePoints | None:
        """Points of a pair from spot to a date, if they are fresh enough to deal on."""
        state, pricer = self.state, self._of_reference().pricer
        return pricer.points_at(state.curves, pair, day, state.today(), state.now_ns)

    def _of_reference(self) -> Means:
        assert self.means is not None, "no RobotStarted was stepped yet"
        return self.means

    def made(self, reference: Reference) -> Means:
        """The means of another reference; RobotError when a strategy of it cannot be made."""
        assert self._make is not None, "this context cannot make means"
        return self._make(reference)

    def adopt(self, reference: Reference, means: Means) -> None:
        """It is in force from here on."""
        self.means, self.state.reference = means, reference

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
    state = _DECODER.decode(data)
    if state.reference is not None:
        state.gate.attach(state.reference.limits, state.trade_date)
    return state


def state_hash(state: RobotState) -> str:
    """SHA-256 of the snapshot, hexadecimal."""
    return hashlib.sha256(snapshot(state)).hexdigest()
