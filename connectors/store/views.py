"""What `queries.py` returns: one immutable row type per question. Signs as in `schema.py`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.deals.collateral import Collateral
from robot.deals.deal import Deal
from robot.deals.flow import Leg
from robot.messages.effects import Entry


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Base of the rows; `msgspec.to_builtins` makes JSON of them, with decimals as text."""


class Position(View, frozen=True, kw_only=True):
    """Net amount of a book per currency and value date; positive = long."""

    book: str
    currency: str
    value_date: date
    amount: Decimal
    at_ns: int


class Pnl(View, frozen=True, kw_only=True):
    """Result of a pair against the mid, in its counter currency; positive = gain."""

    pair: str
    result: Decimal
    at_ns: int
    mid_age_ms: int
    """Age of the middle it was told at where there was none fit to deal on; 0 = there was."""
    points_age_ms: int
    """Of the oldest points to forwards' dates that nobody quoted freshly then; 0 = all were."""
    incomplete: str | None
    """What of it is not known and not counted."""


class LimitUse(View, frozen=True, kw_only=True):
    """One limit after its last movement, all amounts in the limit's own unit."""

    limit_id: str
    utilisation: Decimal
    reserved: Decimal
    maximum: Decimal
    at_ns: int

    @property
    def headroom(self) -> Decimal:
        """What may still be added."""
        return self.maximum - self.utilisation - self.reserved


class QuoteLife(View, frozen=True, kw_only=True):
    """A quote from when it was sent; `ending` None = in the market as far as is projected."""

    quote_id: str
    request_id: str
    rfq_id: str
    venue: str
    counterparty: str
    product: str
    pair: str
    amount: Decimal
    """Of the dealt currency; of a swap on the near leg."""
    currency: str | None
    """Dealt currency; None = the base currency."""
    bid: Decimal | None
    offer: Decimal | None
    """Rates; of a swap points, far minus near, in price units; of a loan percent a year."""
    bid_spot: Decimal | None
    offer_spot: Decimal | None
    near_points: Decimal | None
    value_date: date
    far_value_date: date | None
    far_amount: Decimal | None
    at_ns: int
    valid_until_ns: int
    replaces: str | None
    ending: str | None
    ended_at_ns: int | None


class OrderLife(View, frozen=True, kw_only=True):
    """An order of ours from when it was sent; `ending` None = open as far as is projected."""

    order_id: str
    venue: str
    pair: str
    side: str
    amount: Decimal
    """Of the dealt currency, as it is now."""
    currency: str | None
    """Dealt currency; None = the base currency."""
    kind: str
    price: Decimal | None
    """Its limit as it is now."""
    time_in_force: str
    expires_ns: int | None
    value_date: date
    at_ns: int
    ending: str | None
    ended_at_ns: int | None
    dealt: Decimal
    """Of the dealt currency: what stands, without what was taken back."""


class Decision(View, frozen=True, kw_only=True):
    """One decision with what it was based on; segment and sequence find it in the journal."""

    segment: str
    sequence: int
    number: int
    at_ns: int
    subject: str
    kind: str
    outcome: str
    reason: str
    detail: str
    venue: str
    counterparty: str
    pair: str
    amount: Decimal
    side: str
    quote_id: str | None
    strategy: str
    facts: dict[str, str]
    because: tuple[str, ...]


class RefusalCount(View, frozen=True, kw_only=True):
    """How often a kind of request was refused for one reason."""

    kind: str
    reason: str
    count: int


class BookedEntry(View, frozen=True, kw_only=True):
    """An entry as it stands in the ledger."""

    entry: Entry
    version: int
    at_ns: int


TERMS = (
    "settlement_currency",
    "fixing_index",
    "fixing_date",
    "contract_code",
    "day_count",
    "interest",
)
"""Columns of `deals` that are no fields of `Deal`."""


class WholeDeal(View, frozen=True, kw_only=True):
    """A deal with everything there is of it; None where the product has none.

    `interest` is what is paid for the whole term, in the loan's currency, negative for a negative
    rate. The ledger entries are those of this version.
    """

    deal: Deal
    legs: tuple[Leg, ...]
    settlement_currency: str | None
    fixing_index: str | None
    fixing_date: date | None
    contract_code: str | None
    day_count: str | None
    interest: Decimal | None
    collateral: tuple[Collateral, ...]
    entries: tuple[BookedEntry, ...]


class Break(View, frozen=True, kw_only=True):
    """A difference between our record and the venue's; the last three are None while it is open."""

    at_ns: int
    break_id: str
    venue: str
    kind: str
    exec_id: str
    detail: str
    resolved_by: str | None
    resolution: str | None
    resolved_at_ns: int | None


class Alert(View, frozen=True, kw_only=True):
    """Something a person had to know."""

    at_ns: int
    code: str
    text: str


class DealingState(View, frozen=True, kw_only=True):
    """What stops new dealing (nothing, when `halts` is empty), and since when."""

    at_ns: int
    halts: tuple[str, ...]


class Day(View, frozen=True, kw_only=True):
    """A closed trade date."""

    trade_date: date
    next_trade_date: date
    at_ns: int


class OpenMessage(View, frozen=True, kw_only=True):
    """A message not acknowledged; `conflicts` counts acknowledgements with another hash."""

    sequence: int
    message_id: str
    topic: str
    at_ns: int
    attempts: int
    sent_at_ns: int
    conflicts: int


class Delivery(View, frozen=True, kw_only=True):
    """A message with what became of it; `sent_at_ns` 0 = never sent."""

    sequence: int
    message_id: str
    topic: str
    payload_hash: str
    at_ns: int
    attempts: int
    sent_at_ns: int
    acknowledged_at_ns: int | None
    ack_hash: str | None
    conflicts: int


class Counts(View, frozen=True, kw_only=True):
    """How much there is, and how far the journal is applied."""

    segment: str
    sequence: int
    at_ns: int
    deals: int
    quotes: int
    decisions: int
    refusals: int
    breaks: int
    alerts: int
    outbox: int
    outbox_open: int
    outbox_conflicts: int
