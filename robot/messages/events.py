"""What enters the core. Connectors translate the world into these and nothing else gets in.

Sides are ours: a client who buys makes us SELL. A swap's side is that of its near leg. Money has
sides too: BUY = we borrow it (at our bid), SELL = we lend it (at our offer). Times are nanoseconds
UTC; `sent_at_ns` is the time the sender wrote on the message (0 where it wrote none), the core's
own time is in the stamp.
"""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import CounterpartyId, ExecId, HitId, QuoteId, RfqId, VenueId
from robot.deals.collateral import Collateral
from robot.deals.party import Side
from robot.deals.reference import Reference
from robot.messages.allocations import AllocationReceived
from robot.messages.asks import (
    AskCountered,
    AskRefused,
    AskTaken,
    AskWanted,
    AskWithdrawn,
    QuoteReceived,
    QuoteRevoked,
)
from robot.messages.base import Event, Origin
from robot.messages.counters import CounterReceived
from robot.messages.governing import OverrideGranted, ReferenceChanged
from robot.messages.hosting import HostChanged, HostDecided, RequestAnswered
from robot.messages.orders import (
    CancelRefused,
    OrderCancelWanted,
    OrderChangeWanted,
    OrderReported,
    OrdersCancelled,
    OrderWanted,
)
from robot.messages.releases import StrategyRolledBack, SuggestionAnswered
from robot.messages.stops import StopScope
from robot.messages.streams import (
    MassQuoteAnswered,
    OrderCopied,
    QuoteStatusAsked,
    QuoteStatusTold,
    TradeAcknowledged,
    TradesAsked,
)


class RobotStarted(Event, frozen=True, kw_only=True):
    """First event of every run: the trade date it starts in and what it is allowed to do."""

    trade_date: date
    reference: Reference
    code_version: str
    configuration_hash: str
    approvals: dict[str, int] = msgspec.field(default_factory=dict)
    """LIMITS, COUNTERPARTIES, STRATEGY -> number of the record that approved what is in force."""


class RobotStopping(Event, frozen=True, kw_only=True):
    """Last event of an orderly run: the gate closes, open quotes are withdrawn."""


class MarketUpdated(Event, frozen=True, kw_only=True):
    """Top of one venue's book, whole; a missing side is None. `conflated` older ones were dropped
    for it.
    """

    venue: VenueId
    pair: CurrencyPair
    bid: Decimal | None = None
    offer: Decimal | None = None
    bid_size: Decimal | None = None
    offer_size: Decimal | None = None
    sent_at_ns: int = 0
    conflated: int = 0


class CurveUpdated(Event, frozen=True, kw_only=True):
    """One tenor of a curve, by a venue or another source; a missing side is None = it is quoted no
    more.

    `curve` = a pair (its swap points, as the venue writes them: its own factor) or a currency and a
    product, `CNY REPO` (percent a year).
    """

    venue: VenueId
    curve: str
    tenor: str
    bid: Decimal | None = None
    offer: Decimal | None = None
    as_of_ns: int = 0
    """When it was quoted, where that is not now: of quotes from a file."""
    sent_at_ns: int = 0
    conflated: int = 0
    """So many older ones were dropped for it."""


class FixingPublished(Event, frozen=True, kw_only=True):
    """An official rate: for which day it is (`value_date`) and when the world could know it."""

    index: str
    """Name in `robot.basics.index.INDICES`."""
    value_date: date
    value: Decimal
    published_at_ns: int
    source: str


class RfqReceived(Event, frozen=True, kw_only=True):
    """A request for a price. `side` None = two-way. `streaming_ns` > 0 = keep the price fresh for
    so long. Dates are said as a tenor or as a date; where both are, both must agree.
    """

    origin: Origin
    venue: VenueId
    request_id: str
    rfq_id: RfqId
    counterparty: CounterpartyId | None
    pair: str
    """Of a loan: its currency."""
    product: str
    """A `robot.deals.product.ProductKind`; anything else is what the request says that is unknown.
    """
    side: Side | None = None
    amount: Decimal
    """Of the dealt currency; of a swap on the near leg."""
    currency: str | None = None
    """Dealt currency as written on the request; None = the base currency."""
    tenor: str = ""
    value_date: date | None = None
    """Spot, forward, NDF: the value date. Swap: the near leg's. Loan: its start."""
    far_tenor: str = ""
    far_value_date: date | None = None
    """Swap: the far leg. Loan: its maturity; `far_tenor` may be a contract code, such as R007."""
    far_amount: Decimal | None = None
    """Swap: of the dealt currency on the far leg; None = as on the near leg."""
    settlement_currency: str | None = None
    """NDF."""
    fixing_index: str = ""
    """NDF: as the request names it; empty = the convention's."""
    collateral: tuple[Collateral, ...] = ()
    """Repo: what is pledged."""
    open_until_ns: int = 0
    streaming_ns: int = 0
    sent_at_ns: int = 0
    overloaded: bool = False
    """The inbox was full: answer with a refusal, decide nothing."""


class HitReceived(Event, frozen=True, kw_only=True):
    """A counterparty deals on one of our quotes, by quote response or by a previously quoted
    order.
    """

    origin: Origin
    venue: VenueId
    hit_id: HitId
    response_id: str | None = None
    quote_id: QuoteId
    counterparty: CounterpartyId | None = None
    pair: str
    product: str = ""
    """Empty = not said."""
    side: Side
    amount: Decimal
    price: Decimal | None = None
    """What was quoted: the rate; of a swap the points (far minus near, in price units); of a loan
    percent a year.
    """
    near_rate: Decimal | None = None
    """Swap: the near leg's rate, where the hit says it."""
    far_rate: Decimal | None = None
    """Swap: the far leg's."""
    currency: str | None = None
    value_date: date | None = None
    far_value_date: date | None = None
    far_amount: Decimal | None = None
    sent_at_ns: int = 0


class RfqEnding(enum.StrEnum):
    """How the other side ended a request."""

    PASSED = "PASSED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"


class RfqEnded(Event, frozen=True, kw_only=True):
    """The other side ended conversations: named by our quote, by their request, or all of them."""

    origin: Origin
    venue: VenueId
    ending: RfqEnding
    quote_id: QuoteId | None = None
    request_id: str | None = None
    text: str = ""


class MessageRefused(Event, frozen=True, kw_only=True):
    """The peer rejected a message of ours (3, j): whatever it carried is not in force there."""

    origin: Origin
    venue: VenueId
    message_type: str
    reference: str = ""
    """Business id the peer names (379), where it names one."""
    reference_sequence: int = 0
    text: str = ""


class MessageQuarantined(Event, frozen=True, kw_only=True):
    """A message of theirs that could not be understood; kept, answered with a reject, not acted
    on.
    """

    origin: Origin
    venue: VenueId
    message_type: str
    problem: str
    request_id: str = ""
    """Of a request (R) that said which it is: so that whoever asked knows that no quote comes."""
    answered: bool = True
    """Whether a reject is due; prices that cannot be read are only dropped."""


class SessionKind(enum.StrEnum):
    """The FIX sessions of a venue."""

    MARKET_DATA = "MARKET_DATA"
    DEALING = "DEALING"
    DROP_COPY = "DROP_COPY"
    """Copies of what the venue says on the dealing session; only read."""


class SessionUp(Event, frozen=True, kw_only=True):
    """Logged on."""

    venue: VenueId
    kind: SessionKind
    sent_at_ns: int = 0


class SessionDown(Event, frozen=True, kw_only=True):
    """Logged out or connection lost: that venue's market or quotes are void."""

    venue: VenueId
    kind: SessionKind


class VenueTrading(enum.StrEnum):
    """Trading session status (340)."""

    OPEN = "OPEN"
    HALTED = "HALTED"
    CLOSED = "CLOSED"


class VenueStatusChanged(Event, frozen=True, kw_only=True):
    """The venue opened, halted or closed."""

    origin: Origin
    venue: VenueId
    status: VenueTrading
    sent_at_ns: int = 0


class TradesCounted(Event, frozen=True, kw_only=True):
    """Answer to our trade capture request: so many reports follow."""

    origin: Origin
    venue: VenueId
    request_id: str
    total: int
    accepted: bool = True


class TradeWord(enum.StrEnum):
    """What a venue's trade report says of the trade."""

    DONE = "DONE"
    BUSTED = "BUSTED"
    """An earlier trade is void."""
    CORRECTED = "CORRECTED"
    """An earlier trade was other than reported: it is as this report says."""


class TradeReported(Event, frozen=True, kw_only=True):
    """One trade as the venue recorded it. `side` is ours."""

    origin: Origin
    venue: VenueId
    request_id: str
    report_id: str = ""
    """Of the report itself (571); of a copied fill empty."""
    word: TradeWord = TradeWord.DONE
    exec_id: ExecId
    reference_exec_id: str = ""
    """BUSTED, CORRECTED: the trade that is meant (19)."""
    live: bool = False
    """Whether it was made after our question (325)."""
    copied: bool = False
    """Whether it came on the drop copy session."""
    pair: str
    product: str = ""
    """Empty = not said."""
    side: Side
    base_amount: Decimal
    """In base currency, of a swap on the near leg; of a loan its principal."""
    rate: Decimal
    """Of a swap the near leg's; of a loan percent a year."""
    trade_date: date
    value_date: date | None = None
    far_value_date: date | None = None
    far_rate: Decimal | None = None
    counterparty: CounterpartyId | None = None
    currency: Currency | None = None
    is_last: bool = False


class DealingOpened(Event, frozen=True, kw_only=True):
    """The desk's schedule opens dealing of a product at a venue."""

    venue: VenueId
    product: str


class DealingClosed(Event, frozen=True, kw_only=True):
    """The desk's schedule closes dealing of a product at a venue: its quotes are pulled."""

    venue: VenueId
    product: str


class OvernightBegun(Event, frozen=True, kw_only=True):
    """From now until the day rolls the limits on what is carried overnight hold."""


class DayRolled(Event, frozen=True, kw_only=True):
    """A new trade date begins: counters start again, positions are carried."""

    trade_date: date


class TimeAdvanced(Event, frozen=True, kw_only=True):
    """Nothing happened but time: lets due timers fire."""

    sent_at_ns: int = 0


class KillSwitchPulled(Event, frozen=True, kw_only=True):
    """No new quotes or deals of the part that is named; what is open there is withdrawn. A part
    that nobody knows is everything.
    """

    actor: str
    reason: str
    scope: StopScope = StopScope.ALL
    value: str = ""


class KillSwitchReleased(Event, frozen=True, kw_only=True):
    """Dealing may resume. `approver` agreed to what `actor` asked for, where two are required."""

    actor: str
    reason: str
    scope: StopScope = StopScope.ALL
    value: str = ""
    approver: str = ""
    proposal: int = 0
    """Its number in the approvals log; one releases once."""
    released: str = ""
    """What it was asked to end, as `halts` showed it; something else since is not ended."""


class HaltCleared(Event, frozen=True, kw_only=True):
    """A person has looked at a break or a fault: what it stopped may go on."""

    halt: str
    actor: str
    reason: str
    approver: str = ""
    proposal: int = 0
    released: str = ""
    """As of `KillSwitchReleased`."""


class FollowersLagging(Event, frozen=True, kw_only=True):
    """Projector or auditor are too far behind or have stopped (empty = all are well again)."""

    names: tuple[str, ...] = ()
    detail: str = ""


AnyEvent = (
    RobotStarted
    | RobotStopping
    | MarketUpdated
    | CurveUpdated
    | FixingPublished
    | RfqReceived
    | HitReceived
    | CounterReceived
    | OrderReported
    | CancelRefused
    | OrdersCancelled
    | AllocationReceived
    | RfqEnded
    | MessageRefused
    | MessageQuarantined
    | SessionUp
    | SessionDown
    | VenueStatusChanged
    | TradesCounted
    | TradeReported
    | MassQuoteAnswered
    | QuoteStatusTold
    | QuoteStatusAsked
    | TradesAsked
    | TradeAcknowledged
    | OrderCopied
    | DealingOpened
    | DealingClosed
    | OvernightBegun
    | DayRolled
    | TimeAdvanced
    | KillSwitchPulled
    | KillSwitchReleased
    | FollowersLagging
    | HaltCleared
    | OrderWanted
    | OrderChangeWanted
    | OrderCancelWanted
    | AskWanted
    | AskTaken
    | AskCountered
    | AskWithdrawn
    | QuoteReceived
    | QuoteRevoked
    | AskRefused
    | ReferenceChanged
    | OverrideGranted
    | HostDecided
    | HostChanged
    | RequestAnswered
    | StrategyRolledBack
    | SuggestionAnswered
)


class Stamped(msgspec.Struct, frozen=True):
    """An event with its place and time in the one order of all events."""

    number: int
    """1, 2, 3 … without gaps over the life of the journal."""
    at_ns: int
    event: AnyEvent
