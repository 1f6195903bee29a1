"""Everything the desk configured that changes what the robot does, as one immutable value.

It enters the core as a journaled event, content and all: replay needs no configuration file.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.holidays import CalendarId, HolidayCalendar
from robot.basics.ids import BookId, CounterpartyId, VenueId
from robot.deals.convention import Convention
from robot.deals.party import Counterparty


class MarketPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a market may be dealt on. Durations in milliseconds."""

    stale_after_ms: int = 2_000
    crossed_tolerance_ms: int = 1_000
    """Crossed shorter than this is normal on an aggregated feed and is tolerated."""
    crossed_max_bp: Decimal = Decimal(5)
    """Crossed by more than this, in basis points, is never tolerated: a price is wrong."""


class QuotePolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long quotes live and how fast a streaming one is replaced. Durations in milliseconds."""

    life_ms: int = 3_000
    stream_life_max_ms: int = 120_000
    replace_interval_min_ms: int = 20


class StrategyChoice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The strategy that answers requests: where its code is, its version and its parameters."""

    name: str
    version: str
    factory: str
    parameters: dict[str, object]


class DealSizeLimit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Largest single deal of a pair for a tier, in base currency."""

    pair: CurrencyPair
    tier: str
    maximum: Decimal


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
    net_open_position: dict[Currency, Decimal]
    """Largest long or short position per currency, in that currency."""
    price_collar_bp: Decimal
    """Largest distance of a quoted price from the market mid, in basis points of the mid."""
    quotes_outstanding: int
    quotes_outstanding_per_counterparty: int
    messages_per_second: int
    """Quotes per venue and second of the core's time; refusals and cancels always pass."""


class VenueReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the core knows of a venue; sessions and dialect are the connector's."""

    id: VenueId
    pairs: tuple[CurrencyPair, ...]


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it."""

    entity: str
    book: BookId
    reporting_currency: Currency
    venues: tuple[VenueReference, ...]
    conventions: dict[CurrencyPair, Convention]
    """Of the pairs that are dealt."""
    calendars: dict[CalendarId, HolidayCalendar] = {}
    """All that those conventions need, as the desk allows and overrides them."""
    counterparties: dict[CounterpartyId, Counterparty]
    market: MarketPolicy
    quotes: QuotePolicy
    strategy: StrategyChoice
    limits: Limits
    seed: int
