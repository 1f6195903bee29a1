"""How good a series is: what is odd in it, measured as it is stored.

Rows come in order, one partition after the other; only the last row is carried over, so memory is
that of one partition. Nothing is mended here: the report says what there is.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import polars as pl

from backtest.data.columns import PRICE_SCALE, Kind, Series, price_of
from backtest.data.periods import parse_period
from robot.clock import format_time, nanoseconds, utc_datetime

_NS = 1_000_000_000
_QUOTE_LIFE_NS = 60 * _NS
"""A quote counts as crossed for no longer than this: after it nobody knows."""
_SHOWN = 5
_WINDOW = 21
"""Mids around a mid that it is compared with; half of them must agree on a jump."""
_SIGMAS = 10
_SPREADS = 5
_SPREAD_UNIT = 1_000
"""Spreads are counted in 1e-6: a hundredth of a point of EUR/USD."""
_NEW_YORK = ZoneInfo("America/New_York")
_CLOSES = 17
"""The week of FX: Sunday to Friday, 17:00 in New York."""


class Gap(msgspec.Struct, frozen=True):
    """Silence between two rows, while the market traded for `trading_s` of it."""

    after: str
    until: str
    trading_s: int


class Outlier(msgspec.Struct, frozen=True):
    """A mid far from those around it."""

    at: str
    mid: str
    around: str


class Crossed(msgspec.Struct, frozen=True, kw_only=True):
    """Bid above offer."""

    quotes: int
    share: float
    runs: int
    longest_ms: int
    total_ms: int
    longest_from: str = ""
    """When the longest time began."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """One series. Counts of rows, unless a name says otherwise."""

    rows: int
    first: str
    last: str
    days: int
    """Dates (UTC) with rows; of bars, here and below, by their middle: a day in Shanghai is one."""
    days_empty: tuple[str, ...]
    """Mondays to Fridays between first and last without any."""
    gaps: int
    """Silences of more than `gap_s` while the market traded."""
    gap_s: int
    longest_gaps: tuple[Gap, ...]
    duplicates: int
    """Rows that say what another row of the same time says."""
    same_time: int
    """Rows of the time of the row before."""
    out_of_order: int
    """Rows that stood after a later one in the file; they are stored in order."""
    disorder_ms: int
    """By how much at most."""
    weekend: int
    by_hour: tuple[int, ...]
    """Rows by hour of the day, UTC."""
    empty: int = 0
    """Quotes with neither side."""
    one_sided: int = 0
    locked: int = 0
    """Bid equal to offer."""
    crossed: Crossed | None = None
    not_positive_ms: int = 0
    """The longest time for which bid was not below offer."""
    outliers: int = 0
    outlier_examples: tuple[Outlier, ...] = ()
    spread: dict[str, str] = {}
    """Of quotes that are not crossed: median, p95, max; in points of the pair where those are
    known, else in price units.
    """
    broken: int = 0
    """Bars whose high or low is not the highest or lowest."""
    outcomes: dict[str, int] = {}
    """Of requests."""
    values: tuple[str, ...] = ()
    """Of fixings: the lowest and the highest, in percent or as a rate of exchange."""
    rounded: int = 0
    """Rows with a price that was rounded when they were imported (`--round-to`)."""


class Runs:
    """For how long something holds, over rows that come piece by piece."""

    def __init__(self) -> None:
        self.count = self.longest_ns = self.total_ns = 0
        self.longest_since_ns = 0
        self._now_ns = self._since_ns = 0
        self._is_open = False

    def add(self, times: pl.Series, holds: pl.Series, lives_ns: pl.Series) -> None:
        """When, whether it holds in each row, and how long the row counted."""
        if not holds.any():
            self._is_open = self._is_open and not len(holds)
            return
        runs = pl.DataFrame({"at": times, "holds": holds, "life": lives_ns}).with_columns(
            run=pl.col("holds").rle_id()
        )
        sums = runs.group_by("run", maintain_order=True).agg(
            pl.col("at", "holds").first(), pl.col("life").sum()
        )
        for at_ns, is_held, length_ns in sums.select("at", "holds", "life").iter_rows():
            if is_held:
                if not self._is_open:
                    self.count += 1
                    self._now_ns, self._since_ns = 0, at_ns
                self._now_ns += length_ns
                self.total_ns += length_ns
                if self._now_ns > self.longest_ns:
                    self.longest_ns, self.longest_since_ns = self._now_ns, self._since_ns
            self._is_open = is_held


class Measure:
    """Measures one series."""

    def __init__(self, series: Series, *, gap_ns: int, pip_units: int | None = None) -> None:
        self._series = series
        period = parse_period(series.period) if series.period else 0
        self._gap_ns = max(gap_ns, period * 3 // 2)
        self._pip_units = pip_units
        self._last: pl.DataFrame | None = None
        self._rows = self._first_ns = 0
        self._counts: Counter[str] = Counter()
        self._days: set[date] = set()
        self._gaps: list[tuple[int, int, int]] = []
        self._hours = [0] * 24
        self._spreads: Counter[int] = Counter()
        self._outcomes: Counter[str] = Counter()
        self._outliers: list[Outlier] = []
        self._crossed, self._not_positive = Runs(), Runs()
        self._values: list[int] = []

    @property
    def crossed_longest_ns(self) -> int:
        """The longest time for which bid was above offer."""
        return self._crossed.longest_ns

    @property
    def crossed_since_ns(self) -> int:
        """When that time began."""
        return self._crossed.longest_since_ns

    def add(self, rows: pl.DataFrame) -> None:
        """The next rows, in order."""
        if not self._rows:
            self._first_ns = rows["at_ns"][0]
        self._rows += rows.height
        self._measure_times(rows)
        values = [name for name in rows.columns if name != "number"]
        self._counts["duplicates"] += rows.height - rows.select(values).n_unique()
        if self._series.kind is Kind.QUOTES:
            self._measure_quotes(rows)
        elif self._series.kind is Kind.BARS:
            self._counts["broken"] += _broken(rows)
        elif self._series.kind is Kind.FIXINGS:
            own = [int(rows["value"].min()), int(rows["value"].max())]  # type: ignore[arg-type]  # whole
            self._values = [min([*self._values, *own]), max([*self._values, *own])]
        elif self._series.kind is Kind.REQUESTS:
            self._outcomes.update(dict(rows["outcome"].value_counts().iter_rows()))
        self._last = rows.tail(1)

    def report(self, *, out_of_order: int = 0, disorder_ns: int = 0, rounded: int = 0) -> Report:
        """What was measured so far; at least one row."""
        assert self._last is not None
        counts, last_ns = self._counts, self._last["at_ns"][0]
        gaps = sorted(self._gaps, key=lambda gap: (-gap[2], gap[0]))
        return Report(
            rows=self._rows,
            first=format_time(self._first_ns),
            last=format_time(last_ns),
            days=len(self._days),
            days_empty=tuple(str(day) for day in self._empty_days()),
            gaps=len(gaps),
            gap_s=self._gap_ns // _NS,
            longest_gaps=tuple(
                Gap(format_time(first), format_time(last), trading_ns // _NS)
                for first, last, trading_ns in gaps[:_SHOWN]
            ),
            duplicates=counts["duplicates"],
            same_time=counts["same_time"],
            out_of_order=out_of_order,
            disorder_ms=disorder_ns // 1_000_000,
            weekend=counts["weekend"],
            by_hour=tuple(self._hours),
            empty=counts["empty"],
            one_sided=counts["one_sided"],
            locked=counts["locked"],
            crossed=self._crossed_figures() if counts["crossed"] else None,
            not_positive_ms=self._not_positive.longest_ns // 1_000_000,
            outliers=counts["outliers"],
            outlier_examples=tuple(self._outliers),
            spread=self._spread(),
            broken=counts["broken"],
            outcomes=dict(sorted(self._outcomes.items())),
            values=tuple(str(price_of(value)) for value in self._values),
            rounded=rounded,
        )

    # --- times

    def _measure_times(self, rows: pl.DataFrame) -> None:
        times = rows["at_ns"]
        if self._last is not None:
            times = pl.concat([self._last["at_ns"], times])
        steps = times.diff().drop_nulls()
        self._counts["same_time"] += int((steps == 0).sum())
        if self._series.kind not in (Kind.REQUESTS, Kind.EVENTS, Kind.FIXINGS):
            for index in (steps > self._gap_ns).arg_true().to_list():
                first, last = times[index], times[index + 1]
                if (trading := trading_ns(first, last)) > self._gap_ns:
                    self._gaps.append((first, last, trading))
        whens = rows["at_ns"]
        if self._series.kind is Kind.BARS:
            whens = rows["from_ns"] + (whens - rows["from_ns"]) // 2
        moments = pl.from_epoch(whens, time_unit="ns").dt.replace_time_zone("UTC")
        local = moments.dt.convert_time_zone("America/New_York")
        week = local.dt.weekday().cast(pl.Int64) * 24 + local.dt.hour().cast(pl.Int64)
        opens, closes = 7 * 24 + _CLOSES, 5 * 24 + _CLOSES
        self._counts["weekend"] += int(((week >= closes) & (week < opens)).sum())
        self._days.update(moments.dt.date().unique().to_list())
        for hour, count in moments.dt.hour().value_counts().iter_rows():
            self._hours[hour] += count

    def _empty_days(self) -> list[date]:
        if self._series.kind in (Kind.FIXINGS, Kind.EVENTS):
            return []
        day, last = min(self._days), max(self._days)
        found = []
        while day <= last:
            if day.isoweekday() <= 5 and day not in self._days:
                found.append(day)
            day += timedelta(days=1)
        return found

    # --- quotes

    def _measure_quotes(self, rows: pl.DataFrame) -> None:
        bid, offer = rows["bid"], rows["offer"]
        neither = bid.is_null() & offer.is_null()
        self._counts["empty"] += int(neither.sum())
        self._counts["one_sided"] += int(((bid.is_null() | offer.is_null()) & ~neither).sum())
        spread = (offer - bid).drop_nulls()
        self._counts["locked"] += int((spread == 0).sum())
        self._counts["crossed"] += int((spread < 0).sum())
        counted = (spread.filter(spread >= 0) // _SPREAD_UNIT).value_counts()
        self._spreads.update(dict(counted.iter_rows()))
        self._measure_runs(rows)
        self._measure_outliers(rows)

    def _measure_runs(self, rows: pl.DataFrame) -> None:
        """How long bid was above offer: from a quote to the next one that says otherwise."""
        whole = rows.select("at_ns", "bid", "offer")
        if self._last is not None:
            whole = pl.concat([self._last.select("at_ns", "bid", "offer"), whole])
        lives = whole["at_ns"].diff().shift(-1).clip(upper_bound=_QUOTE_LIFE_NS)[:-1]
        spread = (whole["offer"] - whole["bid"])[:-1]
        times = whole["at_ns"][:-1]
        self._crossed.add(times, (spread < 0).fill_null(False), lives)
        self._not_positive.add(times, (spread <= 0).fill_null(False), lives)

    def _crossed_figures(self) -> Crossed:
        return Crossed(
            quotes=self._counts["crossed"],
            share=round(self._counts["crossed"] / self._rows, 6),
            runs=max(1, self._crossed.count),
            longest_ms=self._crossed.longest_ns // 1_000_000,
            total_ms=self._crossed.total_ns // 1_000_000,
            longest_from=format_time(self._crossed.longest_since_ns) if self._crossed.count else "",
        )

    def _measure_outliers(self, rows: pl.DataFrame) -> None:
        """Mids off the median of those around them by far more than is usual in this series. In
        floats: nothing but a report hangs on it.
        """
        mids = rows.select("at_ns", mid=pl.col("bid") / 2 + pl.col("offer") / 2).drop_nulls()
        if mids.height < _WINDOW:
            return
        around = mids["mid"].rolling_median(_WINDOW, center=True, min_samples=_WINDOW // 2)
        off = (mids["mid"] - around).abs()
        usual = off.median()
        spread = (rows["offer"] - rows["bid"]).drop_nulls().clip(lower_bound=0).median()
        assert isinstance(usual, float) and isinstance(spread, float)
        far = (off > max(_SIGMAS * 1.4826 * usual, _SPREADS * spread, 1.0)).arg_true().to_list()
        self._counts["outliers"] += len(far)
        for row in far[: max(0, _SHOWN - len(self._outliers))]:
            self._outliers.append(
                Outlier(
                    format_time(mids["at_ns"][row]),
                    _price(mids["mid"][row]),
                    _price(around[row]),
                )
            )

    def _spread(self) -> dict[str, str]:
        total = sum(self._spreads.values())
        if not total:
            return {}
        unit = "points" if self._pip_units else "price"
        found = {"unit": unit}
        for name, share in (("median", 0.5), ("p95", 0.95), ("max", 1.0)):
            found[name] = self._spread_text(_quantile(self._spreads, total, share))
        return found

    def _spread_text(self, counted: int) -> str:
        units = counted * _SPREAD_UNIT
        if self._pip_units:
            return f"{units / self._pip_units:.2f}".rstrip("0").rstrip(".")
        return _price(units)


def _quantile(counts: Counter[int], total: int, share: float) -> int:
    seen = 0
    for value in sorted(counts):
        seen += counts[value]
        if seen >= share * total:
            return value
    return max(counts)


def _broken(rows: pl.DataFrame) -> int:
    wrong = pl.lit(False)
    for side in ("bid", "offer", "mid"):
        high, low = pl.col(f"{side}_high"), pl.col(f"{side}_low")
        for name in ("open", "close"):
            price = pl.col(f"{side}_{name}")
            wrong = wrong | ((price > high) | (price < low)).fill_null(False)
    return int(rows.select(wrong.sum()).item())


def _price(units: Any) -> str:
    return f"{units / PRICE_SCALE:.6f}".rstrip("0").rstrip(".")


def trading_ns(first_ns: int, last_ns: int) -> int:
    """How much of a time the FX market traded: without Friday 17:00 to Sunday 17:00 in New York."""
    traded = last_ns - first_ns
    local = utc_datetime(first_ns).astimezone(_NEW_YORK)
    friday = local.date() + timedelta(days=(5 - local.isoweekday()) % 7 - 7)
    while True:
        closes = _at_close(friday)
        if closes >= last_ns:
            return traded
        opens = _at_close(friday + timedelta(days=2))
        traded -= max(0, min(opens, last_ns) - max(closes, first_ns))
        friday += timedelta(days=7)


def _at_close(day: date) -> int:
    moment = datetime(day.year, day.month, day.day, _CLOSES, tzinfo=_NEW_YORK)
    return nanoseconds(moment.astimezone(UTC))
