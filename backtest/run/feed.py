"""What a run reads: prices in batches of plain numbers, everything else as events by time."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import NamedTuple, Protocol

from backtest.data.columns import Kind, Series, price_of
from backtest.data.reading import Batch, Stream
from backtest.run.config import BacktestConfig
from robot.basics.ids import VenueId
from robot.errors import ConfigurationError
from robot.messages.events import CurveUpdated, FixingPublished
from robot.settings import Settings

Numbers = Sequence[int | None]
Other = tuple[int, CurveUpdated | FixingPublished]
"""When, and what: of a curve at its venue, of a fixing when it is published."""


class Prices(NamedTuple):
    """A stretch of tops of book by time, one sequence per column; units 1e-9 and 0.01."""

    at_ns: Sequence[int]
    keys: Sequence[int]
    """Places in the feed's `keys`."""
    bids: Numbers
    offers: Numbers
    bid_sizes: Numbers
    offer_sizes: Numbers


class Feed(Protocol):
    """The market of a run; gives the same each time it is asked."""

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """Venue and pair of everything that is priced."""
        ...

    def batches(self) -> Iterator[Prices | list[Other]]:
        """All of the span, by time."""
        ...


@dataclass(frozen=True)
class ListFeed:
    """A market that is in memory."""

    keys: Sequence[tuple[str, str]]
    parts: Sequence[Prices | list[Other]]

    def batches(self) -> Iterator[Prices | list[Other]]:
        return iter(self.parts)


class StoreFeed:
    """A market of the data store, under the names of the desk's venues."""

    def __init__(self, stream: Stream, shown_by: dict[str, str]) -> None:
        """`shown_by`: venue of the data -> the desk's venue that shows its prices."""
        self._stream = stream
        self._shown_by = shown_by
        self.keys = tuple((self._venue(row), row.name) for row in stream.series)

    def _venue(self, row: Series) -> str:
        return self._shown_by.get(row.venue, row.venue)

    def batches(self) -> Iterator[Prices | list[Other]]:
        for batch in self._stream:
            if batch.kind is Kind.QUOTES:
                yield Prices(*batch.columns)
            else:
                yield list(self._others(batch))

    def _others(self, batch: Batch) -> Iterable[Other]:
        fixings = batch.kind is Kind.FIXINGS
        for at_ns, place, *values in batch.rows():
            series = self._stream.series[place]
            made = _fixing(series, at_ns, values) if fixings else self._curve(series, values)
            yield at_ns, made

    def _curve(self, series: Series, values: list[object]) -> CurveUpdated:
        tenor, bid, offer, as_of_ns = values
        return CurveUpdated(
            venue=VenueId(self._venue(series)),
            curve=series.name,
            tenor=str(tenor),
            bid=price_of(bid) if isinstance(bid, int) else None,
            offer=price_of(offer) if isinstance(offer, int) else None,
            as_of_ns=as_of_ns if isinstance(as_of_ns, int) else 0,
        )


def _fixing(series: Series, at_ns: int, values: list[object]) -> FixingPublished:
    value_date, value, source = values
    assert isinstance(value, int), "a fixing without a value is not stored"
    return FixingPublished(
        index=series.name,
        value_date=date.fromisoformat(str(value_date)),
        value=price_of(value),
        published_at_ns=at_ns,
        source=str(source),
    )


def open_feed(config: BacktestConfig, settings: Settings) -> tuple[StoreFeed, str]:
    """The market that a configuration asks for, and a digest of the files behind it."""
    check_names(config, settings)
    venues = config.venues or tuple(venue.id for venue in settings.desk.venues)
    data_venues = {config.prices.get(name, name): name for name in venues}
    stream = open_stream(config.data, config, tuple(data_venues))
    if not any(row.kind is Kind.QUOTES for row in stream.series):
        there = ", ".join(data_venues)
        text = f"{config.data}: no quotes of {there} between {config.span.begin} and"
        raise ConfigurationError(f"{text} {config.span.end}; see fxrobot data list")
    return StoreFeed(stream, data_venues), stream.data_hash


def check_names(config: BacktestConfig, settings: Settings) -> None:
    """Venues and pairs that the desk does not have: a run without them would pass for one with."""
    venues = {str(venue.id): venue.pairs for venue in settings.desk.venues}
    for where, names in (("venues", config.venues), ("prices", tuple(config.prices))):
        for name in names:
            _check_name(where, name, "venue", venues)
    chosen = config.venues or tuple(venues)
    dealt = {str(pair): None for name in chosen for pair in venues[name]}
    for name in config.pairs:
        _check_name("pairs", name, f"pair at {', '.join(chosen)}", dealt)


def _check_name(where: str, name: str, what: str, known: Iterable[str]) -> None:
    if name in known:
        return
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there is {', '.join(known)}"
    raise ConfigurationError(f"{where}: the desk has no {what} of the name {name}{hint}")


def open_stream(folder: Path, config: BacktestConfig, venues: Sequence[str]) -> Stream:
    """Prices, curves and fixings of the span."""
    return Stream(
        folder,
        kinds=(Kind.QUOTES, Kind.CURVES, Kind.FIXINGS),
        venues=venues,
        pairs=config.pairs or None,
        first_ns=config.span.begin_ns,
        end_ns=config.span.end_ns,
    )
