"""How a file is to be imported: what the user said, and limits on what is still taken as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from backtest.data.catalogue import DataError
from backtest.data.columns import PRICE_DIGITS, Kind
from backtest.data.moments import Fold
from robot.basics.currency import CurrencyPair
from robot.catalogue import Catalogue as Conventions

NS = 1_000_000_000
SIZE_UNIT_MAX = 10**12
STEPS = tuple(Decimal(1).scaleb(-places) for places in range(PRICE_DIGITS + 1))
"""What prices can be rounded to."""


def pair_text(text: str) -> str:
    """A pair in one spelling: `eur_usd` as `EUR/USD`. What cannot be one is only made plain."""
    plain = re.sub(r"[-_. /]", "", text).upper()
    return f"{plain[:3]}/{plain[3:]}" if len(plain) == 6 and plain.isalpha() else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One import as it was asked for. Empty texts = not said."""

    kind: Kind | None = None
    venue: str = ""
    pair: str = ""
    zone: str = ""
    fold: Fold | None = None
    time_format: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    separator: str = ""
    header: bool = True
    decimal_comma: bool = False
    missing: frozenset[str] = frozenset()
    """Texts that mean "not there", beside the empty one."""
    round_to: Decimal | None = None
    """Prices are rounded to a multiple of this, half to even; a power of ten. Else finer ones than
    the store's unit are refused.
    """
    one_sided: bool = False
    """That a file has bids alone, or offers alone, is meant."""
    size_unit: Decimal = Decimal(1)
    """An amount of 1 in the file is so much."""
    bar_side: str = ""
    """bid, offer or mid: of bars with one price."""
    bar_period: str = ""
    bars_at_end: bool = False
    """Whether a bar's time in the file is its end; else its start."""
    sides: str = ""
    """Whose BUY and SELL a request log has: ours or client."""
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """The log's word -> `Outcome`."""
    disorder_ns: int = 60 * NS
    """Rows are sorted where they are later than one after them by no more; -1 = by anything."""
    crossed_max_ns: int = 300 * NS
    """Bid above offer for longer refuses the file; -1 = never."""
    gap_ns: int = 600 * NS
    """Silence for longer, while the market trades, is reported."""
    replace: bool = False
    source: str = ""
    licence: str = ""

    def __post_init__(self) -> None:
        """What cannot be meant is refused before a file is opened."""
        unit, step = self.size_unit, self.round_to
        if not unit.is_finite() or not 1 <= unit <= SIZE_UNIT_MAX or unit % 1:
            raise DataError(f"--size-unit {unit}: a whole number up to 10^12, as 1000000")
        if step is not None and step not in STEPS:
            raise DataError(f"--round-to {step}: a power of ten from 1 to 0.000000001, as 0.00001")
        char = self.separator
        if char and (len(char) != 1 or not char.isascii() or char.isalnum() or char in "\"'\r\n#."):
            raise DataError(
                f"--separator {char!r}: one sign that is no letter, digit, quote, # or point, as ;"
            )

    @property
    def options(self) -> dict[str, str]:
        """What of it makes the same bytes other data."""
        said = {
            "venue": self.venue,
            "pair": pair_text(self.pair),
            "zone": self.zone,
            "fold": str(self.fold or ""),
            "format": self.time_format,
            "columns": ",".join(f"{ours}={theirs}" for ours, theirs in self.columns.items()),
            "size_unit": "" if self.size_unit == 1 else str(self.size_unit),
            "round_to": "" if self.round_to is None else f"{self.round_to:f}",
            "one_sided": "yes" if self.one_sided else "",
            "bar_side": self.bar_side,
            "bar_period": self.bar_period,
            "bars_at_end": "yes" if self.bars_at_end else "",
            "sides": self.sides,
        }
        return {name: text for name, text in said.items() if text}


@dataclass(frozen=True, slots=True)
class Known:
    """What the desk's conventions know: pairs with their pip, calendars of fixings."""

    conventions: Conventions

    @property
    def pairs(self) -> Mapping[CurrencyPair, object]:
        """Pairs that can be dealt."""
        return self.conventions.conventions

    def pip(self, pair: str) -> Decimal | None:
        """One point of the market; None where the pair is not known."""
        found = self.conventions.conventions.get(CurrencyPair(pair))
        return found.pip if found else None


Progress = Callable[[int], None]
"""Told how many rows were read so far."""


def nothing(rows: int) -> None:
    """No progress is shown."""
