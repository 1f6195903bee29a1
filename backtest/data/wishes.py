"""How a file is to be imported: what the user said, and limits on what is still taken as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from backtest.data.columns import Kind
from backtest.data.moments import Fold
from robot.basics.currency import CurrencyPair
from robot.catalogue import Catalogue as Conventions

NS = 1_000_000_000


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

    @property
    def options(self) -> dict[str, str]:
        """What of it makes the same bytes other data."""
        said = {
            "venue": self.venue,
            "pair": self.pair,
            "zone": self.zone,
            "fold": str(self.fold or ""),
            "format": self.time_format,
            "columns": ",".join(f"{ours}={theirs}" for ours, theirs in self.columns.items()),
            "size_unit": "" if self.size_unit == 1 else str(self.size_unit),
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
