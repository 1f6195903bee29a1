"""Words of the simulated venue: moments, ticks, pairs, sides and reasons.

Everything here is a plain value. Times are integer nanoseconds since the epoch, UTC (`at_ns` is the
venue's clock, `wall_ns` the computer's). Rates and amounts are `Decimal`. A side is always the
taker's (the client's): BUY means the client buys the base currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

NS_PER_MS = 1_000_000
NS_PER_SECOND = 1_000_000_000
NS_PER_DAY = 86_400 * NS_PER_SECOND

_EPOCH = date(1970, 1, 1).toordinal()
_TWO_DECIMAL_COUNTERS = ("JPY", "INR", "THB", "HUF", "KRW")
_NO_MINOR_UNIT = ("JPY", "KRW", "CLP", "VND", "ISK", "HUF")

CURRENCIES = frozenset(
    (
        *("EUR", "USD", "GBP", "JPY", "CHF", "AUD", "NZD", "CAD", "CNH", "CNY", "HKD", "SGD"),
        *("SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "TRY", "ZAR", "MXN", "INR", "KRW", "THB"),
        *("IDR", "MYR", "PHP", "ILS", "RON", "BRL", "ISK"),
    )
)


class Side(StrEnum):
    """The taker's side, as FIX writes it in 54."""

    BUY = "1"
    SELL = "2"


class Moment(NamedTuple):
    """When something happened: on the venue's clock and on the computer's."""

    at_ns: int
    wall_ns: int


class Tick(NamedTuple):
    """One top-of-book quote of one venue. Sizes are in units of the base currency."""

    at_ns: int
    venue: str
    pair: str
    bid: Decimal
    ask: Decimal
    bid_size: int
    ask_size: int


class Instrument(NamedTuple):
    """What prices are of: SPOT or SWAP (its points) of a pair, DEPOSIT or REPO of a currency."""

    product: str
    name: str


class CurveTick(NamedTuple):
    """Both sides of one tenor of a curve, as the venue writes them: points in pips, or percent."""

    at_ns: int
    venue: str
    instrument: Instrument
    tenor: str
    bid: Decimal
    ask: Decimal


def pair_of(text: str) -> str | None:
    """`EUR/USD` for `eurusd`, `EURUSD`, `EUR/USD`; None when it names no two known currencies."""
    letters = text.replace("/", "").upper()
    if len(letters) != 6 or letters[:3] == letters[3:]:
        return None
    if letters[:3] not in CURRENCIES or letters[3:] not in CURRENCIES:
        return None
    return f"{letters[:3]}/{letters[3:]}"


def pip_of(pair: str) -> Decimal:
    """The pip of a pair: 0.01 where the counter currency is JPY and the like, else 0.0001."""
    return Decimal("0.01") if pair[4:] in _TWO_DECIMAL_COUNTERS else Decimal("0.0001")


def minor_unit_of(currency: str) -> Decimal:
    """The smallest amount of a currency that is paid: 1 JPY, 0.01 USD."""
    return Decimal(1) if currency in _NO_MINOR_UNIT else Decimal("0.01")


class MarketBook:
    """The latest tick of every venue and pair; the venue's own market."""

    def __init__(self) -> None:
        self._latest: dict[tuple[str, str], Tick] = {}
        self._sent_wall_ns: dict[tuple[str, str], int] = {}
        self._curves: dict[tuple[str, Instrument], dict[str, CurveTick]] = {}

    def put_curve(self, tick: CurveTick) -> None:
        """Keeps one tenor of a curve."""
        self._curves.setdefault((tick.venue, tick.instrument), {})[tick.tenor] = tick

    def curve(self, venue: str, instrument: Instrument) -> dict[str, CurveTick]:
        """The latest price of each tenor of a curve."""
        return self._curves.get((venue, instrument), {})

    def put(self, tick: Tick) -> Tick | None:
        """Keeps the tick and returns the one it replaces."""
        key = (tick.venue, tick.pair)
        former = self._latest.get(key)
        self._latest[key] = tick
        return former

    def mark_sent(self, tick: Tick, wall_ns: int) -> None:
        """Remembers when the tick left, so that a re-quote's reaction time can be measured."""
        self._sent_wall_ns[(tick.venue, tick.pair)] = wall_ns

    def sent_wall_ns(self, venue: str, pair: str) -> int | None:
        return self._sent_wall_ns.get((venue, pair))

    def latest(self, venue: str, pair: str) -> Tick | None:
        return self._latest.get((venue, pair))

    def pairs(self, venue: str) -> list[str]:
        """Pairs that have a price at the venue, in alphabetical order."""
        return sorted(pair for (name, pair) in self._latest if name == venue)

    def mid(self, venue: str, pair: str) -> Decimal | None:
        """Half-way between the venue's best bid and ask, also when they are crossed."""
        tick = self._latest.get((venue, pair))
        return None if tick is None else (tick.bid + tick.ask) / 2


@lru_cache(maxsize=4096)
def _second_text(second: int) -> str:
    days, rest = divmod(second, 86_400)
    day = date.fromordinal(days + _EPOCH)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{day:%Y%m%d}-{hours:02d}:{minutes:02d}:{seconds:02d}"


def fix_time(at_ns: int) -> str:
    """`20261030-08:00:00.123`: how FIX writes a moment, cut to milliseconds."""
    second, rest = divmod(at_ns, NS_PER_SECOND)
    return f"{_second_text(second)}.{rest // NS_PER_MS:03d}"


@lru_cache(maxsize=64)
def _days_of(text: str) -> int:
    return date.fromisoformat(text).toordinal() - _EPOCH


def parse_time(text: str) -> int:
    """Nanoseconds of `2026-10-30T08:00:00[.fraction]Z` or of FIX's `20261030-08:00:00[.fraction]`.

    Raises `ValueError` for anything else; a time without `Z` is taken as UTC.
    """
    day, clock = (text[:8], text[9:]) if text[8:9] == "-" else (text[:10], text[11:])
    clock = clock.removesuffix("Z").removesuffix("+00:00")
    seconds, _, fraction = clock.partition(".")
    if len(seconds) != 8 or seconds[2] != ":" or seconds[5] != ":" or len(fraction) > 9:
        raise ValueError(f"{text!r} is not a UTC time such as 2026-10-30T08:00:00.123Z")
    digits = seconds[0:2] + seconds[3:5] + seconds[6:8] + fraction
    hours, minutes, whole = int(seconds[0:2]), int(seconds[3:5]), int(seconds[6:8])
    if not (digits.isascii() and digits.isdigit()) or hours > 23 or minutes > 59 or whole > 60:
        raise ValueError(f"{text!r} is not a UTC time such as 2026-10-30T08:00:00.123Z")
    since_midnight = (hours * 3600 + minutes * 60 + whole) * NS_PER_SECOND
    part = int(fraction.ljust(9, "0")) if fraction else 0
    return _days_of(day) * NS_PER_DAY + since_midnight + part


def text_of(number: Decimal) -> str:
    """A decimal as FIX wants it: no exponent."""
    return format(number, "f")


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which `share` (0 to 1) of the values lie; 0.0 when there are none."""
    ordered = sorted(values)
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
