"""Fixings: what each benchmark was, for which day, and since when it could be known.

Looking a fixing up needs the time of asking: a backtest that knew SONIA a day early would be wrong
by a day's profit. Rates are percent a year, FX fixings counter units per base unit.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from robot.basics.index import FixingKind, fixing_index
from robot.basics.numbers import ZERO, round_half_up
from robot.errors import Fault, FixingNotPublished, InvalidTerms

_RATE_STEP = Decimal("0.0001")
"""Benchmark rates have four decimals of a percent."""
_SECOND_NS = 1_000_000_000
_LPR_STEP = Decimal("0.05")


class Fixing(msgspec.Struct, frozen=True, kw_only=True):
    """One value. `value_date` is the day it is for, `published_ns` when it became public (UTC)."""

    index: str
    value_date: date
    value: Decimal
    published_ns: int
    source: str


class FixingBook(msgspec.Struct):
    """All fixings by index (its own name) and value date; later publications of one day
    (corrections) are kept beside the first. Part of the robot's state.
    """

    fixings: dict[str, dict[date, tuple[Fixing, ...]]] = {}
    days: dict[str, list[date]] = {}
    """Value dates of each index, in order."""

    def record(self, fixing: Fixing) -> bool:
        """Keep a fixing; False when exactly it is known already.

        Another value for the same day published at the same moment is a contradiction.
        """
        name = _checked(fixing)
        by_day = self.fixings.setdefault(name, {})
        known = by_day.get(fixing.value_date, ())
        for earlier in known:
            if earlier.published_ns == fixing.published_ns:
                if earlier.value != fixing.value:
                    raise InvalidTerms(
                        Fault.CONTRADICTION,
                        f"{fixing.index} of {fixing.value_date} is {earlier.value} by "
                        f"{earlier.source} and {fixing.value} by {fixing.source}, published at "
                        "the same moment",
                    )
                return False
        if not known:
            insort(self.days.setdefault(name, []), fixing.value_date)
        ordered = sorted((*known, fixing), key=lambda item: item.published_ns)
        by_day[fixing.value_date] = tuple(ordered)
        return True

    def fixing(self, index: str, value_date: date, at_ns: int) -> Fixing:
        """The fixing of `value_date` as it was public at `at_ns`; `FixingNotPublished` if it was
        not.
        """
        name = fixing_index(index).name
        published = self.fixings.get(name, {}).get(value_date, ())
        if not published:
            raise FixingNotPublished(f"no {index} for {value_date} is recorded")
        found = _public(published, at_ns)
        if found is None:
            first = published[0].published_ns
            raise FixingNotPublished(
                f"{index} for {value_date} was published at {_shown(first)}, "
                f"asked for as of {_shown(at_ns)}"
            )
        return found

    def latest(self, index: str, at_ns: int, *, not_after: date | None = None) -> Fixing:
        """The fixing of the latest value date (not after that day) that was public at `at_ns`."""
        name = fixing_index(index).name
        days = self.days.get(name, [])
        end = len(days) if not_after is None else bisect_right(days, not_after)
        for day in reversed(days[:end]):
            found = _public(self.fixings[name][day], at_ns)
            if found is not None:
                return found
        until = f" up to {not_after}" if not_after is not None else ""
        raise FixingNotPublished(f"no {index}{until} was public at {_shown(at_ns)}")


def _public(published: Sequence[Fixing], at_ns: int) -> Fixing | None:
    """The last of one day's publications that was out at `at_ns`."""
    known = [fixing for fixing in published if fixing.published_ns <= at_ns]
    return known[-1] if known else None


def _shown(at_ns: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at_ns // _SECOND_NS)
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _checked(fixing: Fixing) -> str:
    """The benchmark's own name, whatever it was called, of a fixing that can be one."""
    index = fixing_index(fixing.index)
    if not fixing.value.is_finite() or (index.kind is FixingKind.FX and not fixing.value > ZERO):
        raise InvalidTerms(
            Fault.RATE_NOT_POSITIVE,
            f"{fixing.index} of {fixing.value_date}: {fixing.value} cannot be a fixing",
        )
    return index.name


# --- how benchmarks are made (`domain.md` 2.4)


class RepoTrade(msgspec.Struct, frozen=True):
    """One repo of the fixing window. `rate` in percent."""

    counterparties: str
    rate: Decimal


def repo_fixing(trades: Iterable[RepoTrade], shibor: Decimal) -> Decimal:
    """FR and FDR: the rate at position N/2 (rounded down) + 1 of all rates in rising order.

    Trades between the same parties at the same rate count once. Without a trade: SHIBOR of the same
    term x 365/360, since repo counts ACT/365 and SHIBOR ACT/360 (chinamoney's rule).
    """
    distinct = dict.fromkeys((trade.counterparties, trade.rate) for trade in trades)
    rates = sorted(rate for _, rate in distinct)
    if not rates:
        return round_half_up(shibor * 365 / 360, _RATE_STEP)
    return rates[len(rates) // 2]


def trimmed_mean(quotes: Sequence[Decimal], drop: int = 4) -> Decimal:
    """SHIBOR: the mean without the `drop` highest and lowest quotes, four decimals.

    18 banks, 4 and 4 dropped now; 16 banks, 2 and 2 at the beginning.
    """
    if drop < 0 or len(quotes) <= 2 * drop:
        raise InvalidTerms(
            Fault.OUT_OF_RANGE, f"{len(quotes)} quotes: none left without {drop} at each end"
        )
    kept = sorted(quotes)[drop : len(quotes) - drop]
    return round_half_up(sum(kept, ZERO) / len(kept), _RATE_STEP)


def loan_prime_rate(quotes: Sequence[Decimal]) -> Decimal:
    """LPR: the mean without the highest and the lowest quote, to the nearest 0.05 percent."""
    if len(quotes) < 3:
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"{len(quotes)} quotes: an LPR needs three")
    kept = sorted(quotes)[1:-1]
    mean = sum(kept, ZERO) / len(kept)
    return round_half_up(mean / _LPR_STEP, Decimal(1)) * _LPR_STEP


def weighted_average(trades: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """R and DR: rates weighted by amounts, four decimals; trades are (rate, amount)."""
    total, weighted = ZERO, ZERO
    for rate, amount in trades:
        total += amount
        weighted += rate * amount
    if not total > ZERO:
        raise InvalidTerms(Fault.AMOUNT_NOT_POSITIVE, f"amounts add up to {total}: no average")
    return round_half_up(weighted / total, _RATE_STEP)
