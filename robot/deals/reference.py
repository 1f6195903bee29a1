"""Everything the desk configured that changes what the robot does, as one immutable value.

It enters the core as a journaled event, content and all: replay needs no configuration file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.holidays import CalendarId, HolidayCalendar
from robot.basics.ids import BookId, CounterpartyId, VenueId
from robot.basics.zone import Zone
from robot.deals.convention import Convention, MoneyMarketConvention
from robot.deals.limit_rows import TENOR_BUCKETS, LimitKind, LimitRow, TenorBucket
from robot.deals.party import Counterparty
from robot.deals.product import ProductKind
from robot.deals.releases import ANSWERING, Bounds, ReleasePolicy, ReleaseStage


class MarketPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a market may be dealt on. Durations in milliseconds."""

    stale_after_ms: int = 2_000
    crossed_tolerance_ms: int = 1_000
    """Crossed shorter than this is normal on an aggregated feed and is tolerated."""
    crossed_max_bp: Decimal = Decimal(5)
    """Crossed by more than this, in basis points, is never tolerated: a price is wrong."""
    jump_max_bp: Decimal = Decimal(200)
    """A middle further than this from the last accepted one, in basis points of it, has to hold
    before it is dealt on."""
    jump_window_ms: int = 1_000
    """How often the accepted middle moves on with the market."""
    jump_confirm_ms: int = 5_000
    """How long a jump must hold where two venues show it."""
    jump_alone_ms: int = 60_000
    """How long a jump must hold where one venue shows it."""
    curve_stale_after_ms: int = 60_000
    """Points and money-market rates older than this are not dealt on."""
    fixing_days: int | None = None
    """A benchmark counts until its next value is due and for so many business days of its own
    calendar beyond; None = for ever, as in journals of before there was a choice.
    """


class QuotePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long quotes live and how fast a streaming one is replaced. Durations in milliseconds."""

    life_ms: int = 3_000
    stream_life_max_ms: int = 120_000
    replace_interval_min_ms: int = 20
    counters_max: int = 8
    """How many prices of theirs are answered in one negotiation; 0 = none is."""
    counter_time_max_ms: int = 120_000
    """How long after their first price we still answer, and our last quote is firm at most."""


class HostPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient the core is with a strategy that runs in a process of its own."""

    deadline_ms: int = 50
    """A request is answered or refused within it."""
    stop_after: str = "3 failures in 60 s"
    """So many failures in so long, and the strategy is stopped as by a kill switch of its own."""
    move_max_pips: Decimal = Decimal(1)
    """How far bid or offer may have moved between the question and the answer; what moved further
    is asked again, once."""
    memory_mb: int = 1_024
    """Address space of the process."""
    rebuild_days: int = 1
    """Trade dates of the journal from which its state is rebuilt; the newest is the first."""


class StopAfter(NamedTuple):
    """`3 failures in 60 s`, read."""

    failures: int
    window_ms: int


def read_stop_after(text: str) -> StopAfter:
    """ValueError, with what is due, where the text says something else."""
    words = text.split()
    numbers = words[0::3] if len(words) == 5 else []
    if (
        len(numbers) != 2
        or words[1] not in ("failure", "failures")
        or (words[2], words[4]) != ("in", "s")
        or not all(word.isascii() and word.isdigit() and 0 < len(word) < 6 for word in numbers)
        or 0 in map(int, numbers)
    ):
        raise ValueError("write it as: 3 failures in 60 s")
    return StopAfter(int(numbers[0]), int(numbers[1]) * 1_000)


class RuleFile(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A rule book as traders wrote it."""

    file: str
    """Relative to the configuration folder; what problems are told with."""
    text: str
    parameters: tuple[tuple[str, int], ...] = ()
    """Values in place of those in the text, in units of their types' scales."""


GAME_FACTORY = "strategies.games.desk.loading:load_game"
"""What reads game strategies that are shipped: it runs nothing that a trader wrote."""


class GameFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A game strategy as its trader wrote it (`*.game.yaml`)."""

    name: str
    """As rule books and asks call it."""
    file: str
    """Relative to the configuration folder; what problems are told with."""
    text: str


class Hand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A strategy inside the core that a rule book may hand a request to."""

    factory: str
    """`module:function`."""
    parameters: dict[str, object] = {}


class StrategyChoice(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """The strategy that answers requests: where its code is, its version and its parameters."""

    name: str
    version: str
    factory: str = ""
    """`module:function`; empty where it is a file."""
    parameters: dict[str, object]
    file: str = ""
    """Of a hosted one: the Python file, relative to the configuration folder."""
    code_hash: str = ""
    """SHA-256 of that file, hexadecimal: other code than this is not run."""
    host: HostPolicy | None = None
    """None = it runs inside the core."""
    rules: tuple[RuleFile, ...] = ()
    """Rule books; then a `file` is what they may hand a request to, called by the file's name."""
    hands: dict[str, Hand] = {}
    """What else they may hand a request to, by its name."""
    games: tuple[GameFile, ...] = ()
    """Game strategies: of rule books what they may hand to; else the first that answers a request
    does, and after them the strategy of `factory`, if there is one. Asks may name them.
    """
    game_factory: str = GAME_FACTORY
    """What makes one of its text; `module:function`."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another version of the strategy, beside the live one, in a stage of its release."""

    strategy: StrategyChoice
    stage: ReleaseStage = ReleaseStage.SHADOW
    bounds: Bounds = Bounds()

    @property
    def problem(self) -> str:
        """What cannot be meant; empty = nothing."""
        if self.stage not in (ReleaseStage.SHADOW, *ANSWERING):
            return f"a candidate is in SHADOW, SUGGEST or CANARY, not in {self.stage}"
        if self.strategy.rules and self.strategy.file:
            return "rule books that hand requests to a Python file cannot be a candidate yet"
        if self.stage in ANSWERING and self.bounds.size_max is None:
            return f"{self.stage} needs size_max: the largest request that it answers"
        return self.bounds.problem


def fingerprint(choice: StrategyChoice) -> str:
    """SHA-256 of a strategy's whole content, hexadecimal: two of them are one version if equal."""
    plain = msgspec.json.encode(msgspec.to_builtins(choice), order="sorted")
    return hashlib.sha256(plain).hexdigest()


class DealSizeLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Largest single deal of a pair for a tier, in base currency; of a loan, of its currency.

    A product that is not among `products` has no headroom.
    """

    pair: CurrencyPair
    """Of a loan its currency."""
    tier: str
    maximum: Decimal
    products: tuple[ProductKind, ...] = (ProductKind.SPOT,)


class AddOn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Share of a deal's amount that counts as pre-settlement exposure up to so many days."""

    days: int
    share: Decimal


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The compliance officer's limits. What is not listed has no headroom: it is refused."""

    deal_size: tuple[DealSizeLimit, ...]
    line_currency: Currency
    counterparty_lines: dict[CounterpartyId, Decimal]
    """Pre-settlement exposure allowed per counterparty, in `line_currency`."""
    line_rates: dict[Currency, Decimal] = {}
    """What one unit of a currency is worth in `line_currency` where the market does not tell."""
    spot_add_on: Decimal
    """Share of a spot deal's amount that counts as pre-settlement exposure until its value date."""
    forward_add_ons: tuple[AddOn, ...] = ()
    """The same of forwards, NDFs and swaps by days from trade to last value date, rising; longer
    than the last one is refused. A loan counts with all that is lent (`docs/limits.md`).
    """
    haircut_min: Decimal = Decimal(0)
    """Least haircut, in percent of its value, at which a bond is taken as collateral."""
    rate_collar_bp: Decimal | None = None
    """Largest distance of a loan's rate from the market mid, in hundredths of a percent; None = no
    loan is dealt.
    """
    net_open_position: dict[Currency, Decimal]
    """Largest long or short position per currency, in that currency."""
    price_collar_bp: Decimal
    """Largest distance of a quoted price from the market mid, in basis points of the mid."""
    quotes_outstanding: int
    quotes_outstanding_per_counterparty: int
    orders_outstanding: int = 0
    """Orders of ours in the market at the same time; 0 = none."""
    messages_per_second: int
    """Quotes and orders per venue and second of the core's time; refusals and cancels always
    pass.
    """
    tree: dict[LimitKind, tuple[LimitRow, ...]] = {}
    """Further limits by kind; all that apply must hold, those above too."""
    tenor_buckets: tuple[TenorBucket, ...] = TENOR_BUCKETS
    """By rising days; what is longer than the last is `BEYOND`."""


class VenueReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the core knows of a venue; sessions and dialect are the connector's."""

    id: VenueId
    pairs: tuple[CurrencyPair, ...]
    products: tuple[ProductKind, ...] = (ProductKind.SPOT,)
    """What is dealt there."""
    currencies: tuple[Currency, ...] = ()
    """Of the loans that are dealt there."""
    counterparty: CounterpartyId | None = None
    """With whom our own orders there are dealt; None = no order is sent there."""
    mass_cancel: bool = False
    """Whether the venue takes all our orders out on one message (q)."""
    cancel_on_disconnect: bool = True
    """Whether it takes them out by itself when we are gone."""
    trades_live: bool = False
    """Whether it reports each trade when it is made, once it was asked to."""
    trades_since: bool = False
    """Whether it can be asked for the trades from a time on."""
    drop_copy: bool = False
    """Whether it copies its reports to a session of their own."""
    makers: tuple[CounterpartyId, ...] = ()
    """Whom we may ask for prices there; empty = `counterparty`."""

    @property
    def asked(self) -> tuple[CounterpartyId, ...]:
        """Whom we may ask for prices there."""
        if self.makers or self.counterparty is None:
            return self.makers
        return (self.counterparty,)

    @property
    def curves(self) -> tuple[str, ...]:
        """What its products are priced from: the points of its pairs, the rates of its loans."""
        forwards = {ProductKind.FORWARD, ProductKind.SWAP, ProductKind.NDF}
        points = self.pairs if forwards & {*self.products} else ()
        loans = [kind for kind in self.products if kind.is_loan]
        return (*points, *(f"{currency} {kind}" for kind in loans for currency in self.currencies))


class HedgePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When and how a position in the base currency of `pair` is brought back."""

    pair: CurrencyPair
    band: Decimal
    """Net position either way, in base currency, that is left alone."""
    target: Decimal = Decimal(0)
    """Size of the position, on the side it is on, to which it is brought back; below the band."""
    clip: Decimal
    """Largest single order, in base currency."""
    slippage_bp: Decimal
    """How far over the market's offer or under its bid an order may deal, in basis points."""
    interval_ms: int = 1_000
    """Shortest time between two orders of the pair."""
    currency: Currency = Currency("")
    """Whose position it is, base or counter; empty = the base currency. All amounts are of it."""
    kind: str = "LIMIT"
    """LIMIT or MARKET; a MARKET order has no slippage bound."""
    time_in_force: str = "IOC"
    """IOC or FOK."""
    rejects_max: int = 3
    """So many rejections in a row stop hedging of the pair for a while."""
    pause_ms: int = 60_000
    """For how long the first time; twice as long each further time until one is dealt."""
    overnight_band: Decimal | None = None
    """Instead of the band from the overnight moment until the day rolls."""
    widen_from: Decimal | None = None
    """Net position from which requests that would make it larger are not quoted any more."""
    shown_share: Decimal | None = None
    """Of the size that the venue shows at its best price, 0 to 1: no order is larger, and where no
    size is shown none is sent. None = whatever is shown.
    """


class OrderPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient we are with a venue. Durations in milliseconds."""

    answer_patience_ms: int = 3_000
    """Silence after which the venue is asked what became of an order."""
    age_max_ms: int = 600_000
    """A working order older than this is canceled."""


class StreamPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Prices shown at a venue without being asked for. Durations in milliseconds."""

    venue: VenueId
    pair: CurrencyPair
    product: ProductKind = ProductKind.SPOT
    """SPOT or FORWARD."""
    tenor: str = ""
    """FORWARD: how far."""
    amounts: tuple[Decimal, ...]
    """The sizes, in base currency, each with a price of its own."""
    counterparty: CounterpartyId
    """Whose line and tier count: who it is that deals on them there."""
    life_ms: int = 5_000
    """How long a price stands that is not replaced."""
    interval_min_ms: int = 100
    """Shortest time between two messages of the stream."""


class RecordPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How patient we are where a venue's record and ours do not meet."""

    grace_ms: int = 60_000
    """How long the report of a trade may be under way."""
    drop_copy_patience_s: int = 0
    """How long dealing goes on without the drop copy session; 0 = for ever."""


class AskPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How others are asked for prices. Durations in milliseconds."""

    patience_ms: int = 3_000
    """How long quotes are collected before they are compared."""
    open_ms: int = 30_000
    """How long a request stays open at most: a person decides within it."""
    margin_ms: int = 100
    """A quote that lives no longer than this is not dealt on: the hit would come too late."""
    makers_max: int = 16
    """Requests of one ask."""
    outstanding_max: int = 10
    """Asks at the same time."""
    counters_max: int = 8
    """How many prices of ours a game may say to one maker in one ask."""
    hits_max: int = 1
    """On how many quotes one ask may deal in turn, each only when the maker of the one before has
    said that it did not deal; journals of before there was a choice have one.
    """


class Cutoff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when payments of a currency are taken that are to be made on the same day."""

    time_s: int
    """Seconds after midnight by the clock of `zone`, one of `Reference.zones`."""
    zone: str


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it."""

    entity: str
    desk: str = ""
    book: BookId
    trader: str = ""
    """Who answers for what the strategy does."""
    zone: Zone = Zone()
    """By whose clock hours of limits are meant."""
    zones: dict[str, Zone] = {}
    """The clocks of the zones that schedules of rule books may name."""
    reporting_currency: Currency
    venues: tuple[VenueReference, ...]
    conventions: dict[CurrencyPair, Convention]
    """Of the pairs that are dealt."""
    money_markets: dict[str, MoneyMarketConvention] = {}
    """`CNY REPO` -> how these loans are dated; of the loans that are dealt."""
    calendars: dict[CalendarId, HolidayCalendar] = {}
    """All that those conventions need, as the desk allows and overrides them."""
    counterparties: dict[CounterpartyId, Counterparty]
    market: MarketPolicy
    quotes: QuotePolicy
    strategy: StrategyChoice
    candidate: Candidate | None = None
    """What may become the strategy one day; at most one at a time."""
    releases: ReleasePolicy = ReleasePolicy()
    limits: Limits
    hedges: tuple[HedgePolicy, ...] = ()
    orders: OrderPolicy = OrderPolicy()
    streams: tuple[StreamPolicy, ...] = ()
    reconciliation: RecordPolicy = RecordPolicy()
    asks: AskPolicy = AskPolicy()
    cutoffs: dict[Currency, Cutoff] = {}
    """Until when payments for the same day are taken; of a currency that is not here nobody knows.
    """
    nostro: dict[Currency, Decimal] = {}
    """What was on our accounts before the first deal of these books; of a currency that is not
    here nobody knows.
    """
    four_eyes: bool = False
    """Whether dealing resumes after a kill or a halt only with a second person's approval; journals
    of before there was a choice have none.
    """
    overnight: bool = False
    """Whether the schedule tells when the limits on what is carried overnight begin to hold; where
    it does not they always do.
    """
    seed: int

    def with_parts(self, parts: Mapping[str, object]) -> Reference:
        """The same with these in place of its own, and the very objects else."""
        mine = {name: getattr(self, name) for name in self.__struct_fields__}
        return Reference(**{**mine, **parts})
