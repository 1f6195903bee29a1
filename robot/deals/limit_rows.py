"""Rows of the limit tree: for whom, on what, how much; the content of `tree` in limits.yaml."""

from __future__ import annotations

import enum
from datetime import date
from decimal import Decimal

import msgspec

from robot.deals.product import ProductKind

EACH = "*"
"""A scope's value that stands for every one of them, each with an account of its own."""


class LimitKind(enum.StrEnum):
    """What a row limits. The reason code of a refusal is its name in capitals."""

    PERMITTED = "permitted"
    """Only these products, pairs, currencies and tenors; no maximum."""
    HOURS = "hours"
    """Only at these times of the desk's clock; no maximum."""
    PRICE_COLLAR = "price_collar"
    """Basis points of the spot rate, of a loan's rate hundredths of a percent."""
    WRONG_DIGITS = "wrong_digits"
    """Basis points as of `price_collar`: what is nearer is not asked whether its digits are."""
    COLLAR_OVER_TIME = "collar_over_time"
    """Line currency: what deals within `within_s` cost against the middle of the market."""
    OFFICIAL_BAND = "official_band"
    """Percent of the central parity of the trade date, either way, of the pairs that are named."""
    DEAL_SIZE = "deal_size"
    """Base currency, of a loan its own; the largest leg."""
    CLIP = "clip"
    """The same of one order of ours."""
    ORDER_VALUE = "order_value"
    """Line currency; the largest leg of a quote or an order."""
    TERM_CAP = "term_cap"
    """Days from the trade date to the last value date."""
    COUNTERPARTY_LINE = "counterparty_line"
    """Line currency; pre-settlement exposure."""
    SETTLEMENT = "settlement"
    """Line currency, for each value date: what is paid before the other side's is there."""
    QUOTA = "quota"
    """Line currency: principal lent, and principal borrowed, each by itself."""
    DAILY_VOLUME = "daily_volume"
    """Line currency, of one trade date."""
    NET_OPEN_POSITION = "net_open_position"
    """For each currency in that currency, either way."""
    OVERNIGHT_POSITION = "overnight_position"
    """The same from the overnight moment of the schedule until the day rolls."""
    GROSS_POSITION = "gross_position"
    """For each currency in that currency: all that was bought and all that was sold, not netted."""
    TENOR_GAP = "tenor_gap"
    """For each currency and tenor bucket in that currency, either way: net cash."""
    LIQUIDITY_GAP = "liquidity_gap"
    """For each currency and date in that currency: cash that is missing by then."""
    DV01 = "dv01"
    """For each currency and tenor bucket in that currency, either way: one basis point."""
    DV01_TOTAL = "dv01_total"
    """The same over all buckets."""
    DUPLICATE = "duplicate"
    """Orders of ours alike in all but their time, within `within_s`."""
    REPEATED_EXECUTION = "repeated_execution"
    """Deals within `within_s`; one more stops dealing until two persons have looked."""
    MESSAGE_RATE = "message_rate"
    """Messages within `within_s`: quotes, orders, their changes, requests for prices."""
    AGED_ORDER = "aged_order"
    """Seconds since an order of ours was sent; what is older is taken out."""
    QUOTES_OUTSTANDING = "quotes_outstanding"
    """Quotes."""
    ORDERS_OUTSTANDING = "orders_outstanding"
    """Orders."""
    LOSS_DAY = "loss_day"
    """Line currency: what was lost since the trade date began."""
    LOSS_MONTH = "loss_month"
    """Line currency: what was lost since the trade date's month began."""
    DRAWDOWN = "drawdown"
    """Line currency: how far the result is below its highest since the row came into force."""


OF_TIME = frozenset(
    {
        LimitKind.DUPLICATE,
        LimitKind.REPEATED_EXECUTION,
        LimitKind.MESSAGE_RATE,
        LimitKind.COLLAR_OVER_TIME,
    }
)
"""Kinds whose rows say `within_s`."""

WITHOUT_MAXIMUM = frozenset({LimitKind.PERMITTED, LimitKind.HOURS})
"""Kinds that let something through or not, however much it is."""

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

BY_BUCKET = frozenset({LimitKind.TENOR_GAP, LimitKind.DV01})
"""Kinds whose `tenors` are those of the cash; of the others they are the deal's."""
LADDERS = BY_BUCKET | {LimitKind.GROSS_POSITION, LimitKind.LIQUIDITY_GAP, LimitKind.DV01_TOTAL}
"""Kinds that count cash by value date, made anew each trade date."""
OF_LOSS = (LimitKind.LOSS_DAY, LimitKind.LOSS_MONTH, LimitKind.DRAWDOWN)
"""Kinds that look at a result; their rows may say what `counts`."""
LOSS_SCOPES = ("everyone", "entity", "desk", "book", "trader", "strategy")
"""Whose results are kept: our own side of the deals."""


class Counts(enum.StrEnum):
    """Which part of a result a limit of losses looks at."""

    REALISED = "realised"
    UNREALISED = "unrealised"
    BOTH = "both"


WITHOUT_TENOR = (LADDERS - BY_BUCKET) | {LimitKind.MESSAGE_RATE}
"""Kinds of what does not say how long it runs, or that count over all of it: no filter by tenor."""


class AtMaximum(enum.StrEnum):
    """What happens to what does not fit, besides that it is refused."""

    REFUSE = "refuse"
    REFUSE_AND_ALERT = "refuse_and_alert"
    STOP = "stop"
    """It is told, and the kill switch of the row's scope is pulled."""


class LimitRow(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """One limit. Exactly one of the scopes is set; an empty filter is all of them."""

    everyone: str = ""
    entity: str = ""
    desk: str = ""
    book: str = ""
    trader: str = ""
    strategy: str = ""
    counterparty: str = ""
    group: str = ""
    country: str = ""
    type: str = ""
    tier: str = ""
    venue: str = ""
    products: tuple[ProductKind, ...] = ()
    pairs: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    tenors: tuple[str, ...] = ()
    maximum: Decimal | None = None
    """In the unit of the kind; None of `WITHOUT_MAXIMUM`."""
    at_maximum: AtMaximum = AtMaximum.REFUSE
    warn: tuple[Decimal, ...] = (Decimal("0.75"), Decimal("0.9"))
    """Shares of the maximum from which an alert is raised, once each."""
    from_date: date | None = None
    until_date: date | None = None
    """The first and the last trade date on which it holds."""
    within_s: int = 0
    """Seconds, of the kinds that look at a stretch of time."""
    horizon_days: int = 0
    """Days from the trade date that `liquidity_gap` looks ahead."""
    counts: Counts = Counts.BOTH
    """Of the kinds that look at a result."""
    hours: tuple[str, ...] = ()
    """Times of day, `08:00-16:50`; of `permitted` and `hours`. Empty = at any."""
    weekdays: tuple[str, ...] = ()
    """`mon` to `sun`, of the same kinds. Empty = on any."""
    settles_within: int | None = None
    """Of `hours`: only about what moves money so many days after the trade date or sooner."""
    owner: str = ""
    id: str = ""
    """Made of the other fields where it is not given."""

    @property
    def scope(self) -> tuple[str, str]:
        """Which one is set, and to what."""
        for name in SCOPES:
            value = getattr(self, name)
            if value:
                return name, value
        return "", ""

    @property
    def timed(self) -> bool:
        """Whether it lets something through at some times only."""
        return bool(self.hours or self.weekdays)

    def holds_on(self, day: date | None) -> bool:
        """Whether it is in force on a trade date."""
        if day is None:
            return self.from_date is None
        early = self.from_date is not None and day < self.from_date
        late = self.until_date is not None and day > self.until_date
        return not (early or late)


SCOPES = (
    "everyone",
    "entity",
    "desk",
    "book",
    "trader",
    "strategy",
    "country",
    "group",
    "type",
    "tier",
    "counterparty",
    "venue",
)
"""Ours from the widest to the narrowest, then theirs, then where."""


class TenorBucket(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Deals of up to so many days from trade date to last value date, by name."""

    name: str
    days: int


BEYOND = "BEYOND"
"""The bucket of what is longer than the last of them."""

TENOR_BUCKETS = tuple(
    TenorBucket(name=name, days=days)
    for name, days in (("1W", 7), ("1M", 31), ("3M", 92), ("6M", 184), ("1Y", 366))
)


def bucket_of(buckets: tuple[TenorBucket, ...], days: int) -> str:
    """The first bucket that reaches so far."""
    for bucket in buckets:
        if days <= bucket.days:
            return bucket.name
    return BEYOND


def row_id(kind: LimitKind, row: LimitRow) -> str:
    """Its own id, or what it is about: `settlement:counterparty=BANKA`; filters in brackets."""
    if row.id:
        return row.id
    scope, value = row.scope
    filters = (
        *row.products,
        *row.pairs,
        *(() if kind is LimitKind.NET_OPEN_POSITION else row.currencies),
        *row.tenors,
        *(() if row.counts is Counts.BOTH else (str(row.counts),)),
    )
    shown = f"[{','.join(filters)}]" if filters else ""
    return f"{kind}:{scope}={value}{shown}"
