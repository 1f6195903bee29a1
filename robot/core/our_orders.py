"""What is kept of orders of ours: open ones, what they are to become, what is left of past ones."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, QuoteId, VenueId
from robot.basics.numbers import ZERO
from robot.core.order_states import OrderStage, OrderStep, next_order_stage
from robot.deals.agreed import Price
from robot.deals.party import Side
from robot.deals.resolved import AnyResolved
from robot.messages.orders import OrderKind, TimeInForce


class Replacement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order is to become, once the venue has said so; until then it may be either."""

    amount: Decimal
    """The whole of it, what is dealt already in it."""
    price: Decimal
    lost: bool = False
    """Whether the session was gone since it was sent: the venue may never have seen it."""


class PastOrder(msgspec.Struct, kw_only=True):
    """What is kept of an ended order, to judge a trade of it that is corrected later."""

    venue: VenueId
    amount: Decimal
    """Of the dealt currency, as `filled`."""
    filled: Decimal
    worst_price: Decimal | None
    """None = any price."""
    trade_date: date


class Flattening(msgspec.Struct, kw_only=True):
    """Orders of a venue that are to be gone: what was dealt meanwhile is told when all are."""

    request_id: str = ""
    """Of the mass cancel; empty = each order was canceled by itself."""
    asked_ns: int
    orders: dict[str, Decimal]
    """Still open, by first id -> what was dealt of it when it began."""
    dealt: dict[str, Decimal] = {}
    """What was dealt since then of those that have ended."""


class Answered(msgspec.Struct, kw_only=True):
    """What came of something a person wanted."""

    trade_date: date
    order_id: str = ""
    reason: str = ""
    """Code of the refusal; empty = it was done."""
    detail: str = ""
    repeated: int = 0
    """How often the same request came again."""


class HedgeTrouble(msgspec.Struct, kw_only=True):
    """Rejections in a row of a pair's hedges, and until when none is sent."""

    rejects: int = 0
    pauses: int = 0
    paused_until_ns: int = 0


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A maker's quote that we have dealt on: it is dealt whole, as quoted, or not at all."""

    ask_id: str
    request_id: str
    quote_id: QuoteId
    response_id: str
    price: Price


class Order(msgspec.Struct, kw_only=True):
    """An order of ours until the venue has said that it ended. `side` is ours."""

    order_id: str
    """The first of its ids; what it holds is reserved under it."""
    current_id: str
    """The id by which the venue knows it now: a replacement has a new one."""
    change_id: str = ""
    """Of the cancel or replacement that is on its way."""
    replacement: Replacement | None = None
    """What it is to become."""
    unwanted: bool = False
    """Whether it is to be taken out as soon as that can be said."""
    venue: VenueId
    venue_order_id: str = ""
    counterparty: CounterpartyId
    pair: CurrencyPair
    side: Side
    amount: Decimal
    """Of the dealt currency; of a swap on the near leg."""
    worst_price: Decimal
    """The worst at which it may deal, in the terms of its product; of a MARKET order what is held
    for it."""
    mid: Decimal | None = None
    """The middle of the market when it was held, in the terms of its product."""
    kind: OrderKind
    time_in_force: TimeInForce
    expires_ns: int = 0
    """GTD."""
    terms: AnyResolved
    """With our side."""
    taken: Taken | None = None
    """PREVIOUSLY_QUOTED: the quote that it deals on."""
    filled: Decimal = ZERO
    executions: dict[str, bool] = {}
    """ExecIDs of its reports so far: one that comes again says nothing new."""
    stage: OrderStage = OrderStage.SENT
    purpose: str
    trader: str = ""
    """The person whose it is; empty = the strategy's."""
    strategy: str = ""
    """Whose rule sent it; empty = a person's, or a hedge."""
    sent_ns: int
    heard_ns: int
    asked: int = 0
    """How often its fate was asked for."""
    asked_ns: int = 0
    """When last; 0 = not since the session came up."""
    look_ns: int = 0
    """When the venue's silence is looked at next."""
    cut_off: bool = False
    """Whether the session was gone and the venue has not told since how the order stands."""
    missing_ns: int = 0
    """Since when the venue tells of more dealt than it has reported; 0 = it does not."""

    @property
    def remaining(self) -> Decimal:
        """What it can still deal, of the dealt currency."""
        return self.amount - self.filled

    def advance(self, step: OrderStep) -> None:
        """Move along the table of orders."""
        self.stage = next_order_stage(self.stage, step)
