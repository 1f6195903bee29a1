"""All that a tear sheet says, as one value: what `--json` prints and what the page is made of.

Money is in the reporting currency unless a name says otherwise. Shares are fractions of 1. Lists of
points are [time in ns UTC, value].
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from backtest.report.attribution import Line

Points = list[tuple[int, float]]


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """One figure at the top."""

    name: str
    value: float | int
    unit: str
    note: str = ""


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """How often we were dealt on, of requests that got a price."""

    key: str
    quoted: int
    dealt: int
    ratio: float
    low: float
    high: float
    """95 % interval."""
    distance_pips: float | None
    """Mean distance of the first price from the middle."""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """The mean of deals some time after they were made."""

    horizon_s: int
    deals: int
    bp: float
    """Gain against the price dealt at, in 1/10000 of the middle; positive = in our favour."""
    low: float | None
    high: float | None


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """Markouts of one group of deals."""

    key: str
    marks: tuple[Mark, ...]


class LimitPeak(msgspec.Struct, frozen=True, kw_only=True):
    """One limit over the record."""

    limit_id: str
    peak_share: float | None
    peak_ns: int
    maximum: float
    """In its own unit, at the end."""
    points: Points
    """Peak share of each part of the record."""


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """Refusals for one reason."""

    decided: str
    reason: str
    refused_by: str
    count: int


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """Positions of a pair at the end of each minute, in its base currency."""

    pair: str
    minutes: int
    low: float
    p5: float
    median: float
    p95: float
    high: float
    flat: float
    """Share of the minutes without a position."""
    edges: list[float]
    counts: list[int]


class Hedging(msgspec.Struct, frozen=True, kw_only=True):
    """Deals on orders of ours, of one pair."""

    pair: str
    orders: int
    rejected: int
    """Orders that the venue turned down, as by last look."""
    in_part: int
    """Orders of which a part was dealt, and no more."""
    deals: int
    volume: float
    """Base currency."""
    cost: float
    """In the counter currency; negative = it cost."""
    currency: str
    cost_bp: float | None
    """Of the volume."""
    share: float
    """Of all volume of the pair."""


class Conversations(msgspec.Struct, frozen=True, kw_only=True):
    """From requests to deals."""

    requests: int
    quoted: int
    refused: int
    dealt: int
    prices: int
    """Sent, replacements and streams too."""
    streamed: int
    """Of these unasked."""
    deals: int
    prices_per_deal: float | None
    outcomes: dict[str, int]
    """Of requests."""


class Benchmark(msgspec.Struct, frozen=True, kw_only=True):
    """The same run with one thing otherwise."""

    name: str
    what: str
    figures: dict[str, float]
    """By the names of the headlines."""


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """The search that a run was the winner of."""

    name: str
    trials: int
    sharpe: float | None
    deflated_sharpe: float | None
    """Probability that the true Sharpe ratio is above 0, after so many trials."""
    overfitting: float | None
    """Probability of backtest overfitting."""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A whole tear sheet."""

    title: str
    kind: str
    """run or journal."""
    currency: str
    begin_ns: int
    end_ns: int
    about: dict[str, str]
    """Seed, hashes, versions, strategy, trade dates."""
    assumptions: tuple[str, ...]
    costs: tuple[str, ...]
    remarks: tuple[str, ...]
    """What the reader must know of what is missing."""
    headlines: tuple[Headline, ...]
    sources: Line
    by: dict[str, list[Line]]
    rates: dict[str, Decimal]
    equity: Points
    by_source: dict[str, Points]
    drawdown: Points
    drawdown_from_ns: int
    drawdown_to_ns: int
    conversations: Conversations
    hit_by_tier: list[Ratio]
    hit_by_size: list[Ratio]
    hit_by_distance: list[Ratio]
    hit_by_rival: list[Ratio]
    """Empty = what others showed is not known."""
    markouts_by_tier: list[Curve]
    markouts_by_counterparty: list[Curve]
    limits: list[LimitPeak]
    refusals: list[Refused]
    inventory: list[Inventory]
    hedging: list[Hedging]
    benchmarks: list[Benchmark]
    benchmarks_missing: list[str]
    """What could not be compared with, and why."""
    study: Study | None

    def headline(self, name: str) -> float | None:
        """A figure by its name."""
        return next((float(one.value) for one in self.headlines if one.name == name), None)
