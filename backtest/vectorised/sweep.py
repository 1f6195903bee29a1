"""A sweep from a backtest's configuration: every point in vectorbt, the best again event by event.

swept = sweep(load_config(path), {"trigger": ["1 pip", "2 pip"], "far": ["8 pip", "16 pip"]})
found = confirmed(swept, count=3)
print("\\n".join(lines_of(found)))

The book is that of the desk, the market that of the data store. Never the first figure without the
second: what a sweep reports is what was confirmed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from backtest.columns import Column
from backtest.honesty.lookahead import columns_for
from backtest.honesty.sharpe import deflated_sharpe, moments_of, variance_of
from backtest.run.changes import RULES, changed_reference
from backtest.run.config import BacktestConfig
from backtest.run.feed import Feed, check_names
from backtest.run.runner import run
from backtest.vectorised.confirm import Confirmation, Figure, confirm
from backtest.vectorised.facts import Pair, Quotes, facts_of, looks_of
from backtest.vectorised.grid import Grid
from backtest.vectorised.portfolio import Costs, Market, portfolio, results_by_period
from backtest.vectorised.signals import SignalBook
from robot.basics.currency import parse_pair
from robot.deals.product import ProductKind
from robot.deals.reference import Reference, RuleFile
from robot.errors import ConfigurationError
from robot.rules.tree import Book
from robot.settings import Settings, load_settings

if TYPE_CHECKING:
    import vectorbt

NANO = 10**9
NO_COSTS = Costs()
PERIODS = 32
"""Equal parts of the span, whose results tell how much of the best figure is choice."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What the columns say of every point. `found` is the `vectorbt.Portfolio`."""

    config: BacktestConfig
    pair: str
    grid: Grid
    market: Market
    costs: Costs
    found: vectorbt.Portfolio
    profits: tuple[float, ...]
    deals: tuple[int, ...]

    @property
    def best(self) -> list[int]:
        """Points by falling profit; of equal ones the first of the grid first."""
        return sorted(range(len(self.grid)), key=lambda point: -self.profits[point])


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The best points of a sweep, each with both figures."""

    book: str
    pair: str
    points: int
    looks: int
    deflated: float | None
    """The probability that the best point's Sharpe ratio is above zero, after so many points were
    tried; None where results say nothing.
    """
    winners: tuple[Confirmation, ...]
    """By falling vectorised profit."""


def sweep(
    config: BacktestConfig,
    values: Mapping[str, Sequence[str]],
    costs: Costs = NO_COSTS,
    *,
    quotes: Quotes | None = None,
    **options: Any,
) -> Swept:
    """Every combination of these values of the book's parameters, over the market of one pair at
    one venue. `quotes` in place of the data store; `options` go to `portfolio`.
    """
    settings = load_settings(config.desk)
    reference = changed_reference(settings.reference, config)
    venue, pair = _place(config, settings)
    row = _book_of(reference)
    grid = Grid(row.text, {**_fixed(config, values), **values}, row.file)
    _check(grid.book, row.file, pair)
    span = config.span
    if quotes is None:
        shown = config.prices.get(venue, venue)
        quotes = Quotes.of_store(config.data, shown, pair, span.begin_ns, span.end_ns)
    looks_ns = looks_of(grid.book, span.begin_ns, span.end_ns)
    facts = facts_of(quotes.tables(looks_ns), _pair_of(reference, pair))
    bid, offer = _column(facts["bid"]), _column(facts["offer"])
    signals = SignalBook(grid.book).sweep(
        columns_for(grid.book, facts), bid.values, offer.values, grid.vectors
    )
    assert bid.known is not None
    if not bid.known.any():
        raise ConfigurationError(f"{config.name}: no look of {row.file} finds a fresh price")
    market = Market(looks_ns, bid.values, offer.values).taken(bid.known)
    found = portfolio(market, signals.taken(bid.known), costs, grid.points, **options)
    profits = np.asarray(found.total_profit(), np.float64).reshape(-1).tolist()
    deals = np.asarray(found.orders.count(), np.int64).reshape(-1).tolist()
    return Swept(config, pair, grid, market, costs, found, tuple(profits), tuple(deals))


def confirmed(
    swept: Swept, count: int = 1, *, folder: Path | None = None, feed: Feed | None = None
) -> Report:
    """The best points again by the event-driven run, one after the other. Runs are kept in
    `folder`, one for each, else thrown away; `feed` in place of the data store.
    """
    with TemporaryDirectory(prefix="fxrobot-sweep-") as scratch:
        where = folder if folder is not None else Path(scratch)
        winners = []
        for number, point in enumerate(swept.best[: max(1, count)], 1):
            place = where / f"{swept.config.name}-{number}"
            winners.append(
                confirm(
                    swept.grid.points[point].said,
                    Figure(profit=swept.profits[point], deals=swept.deals[point]),
                    swept.costs.told(),
                    lambda said, place=place: run(  # type: ignore[misc]
                        swept.config,
                        {f"desk.{name}": value for name, value in said.items()},
                        folder=place,
                        feed=feed,
                    ),
                    swept.pair,
                )
            )
    return Report(
        book=swept.grid.book.name,
        pair=swept.pair,
        points=len(swept.grid),
        looks=len(swept.market.at_ns),
        deflated=_deflated(swept),
        winners=tuple(winners),
    )


def lines_of(report: Report) -> Iterator[str]:
    """For a person: both figures and the difference of each, then what was taken for granted."""
    points = f"{report.points} points, {report.looks} looks with a price"
    yield f"{report.book} in {report.pair}: {points}; profits in {report.pair.partition('/')[2]}"
    names = list(report.winners[0].parameters)
    widths = [
        max(len(name), *(len(each.parameters[name]) for each in report.winners)) for name in names
    ]
    head = [name.ljust(width) for name, width in zip(names, widths, strict=True)]
    yield "  ".join([*head, f"{'vectorised':>14}{'deals':>7}{'event-driven':>15}{'deals':>7}"]) + (
        f"{'difference':>14}"
    )
    for each in report.winners:
        said = [
            each.parameters[name].ljust(width) for name, width in zip(names, widths, strict=True)
        ]
        first, second = each.vectorised, each.event_driven
        figures = f"{first.profit:>14,.2f}{first.deals:>7}{second.profit:>15,.2f}{second.deals:>7}"
        word = "confirmed" if each.confirmed else "not confirmed"
        yield "  ".join([*said, f"{figures}{each.difference:>14,.2f}", word])
    yield "the event-driven figure counts: it has the delays, rejections, limits and the venue"
    if report.deflated is not None:
        yield (
            f"deflated Sharpe ratio of the first: {report.deflated:.2f} (the probability that it "
            f"is above zero after {report.points} points; by {PERIODS} parts of the span)"
        )
    yield "assumptions:"
    yield from (f"  - {text}" for text in report.winners[0].assumptions)


def _place(config: BacktestConfig, settings: Settings) -> tuple[str, str]:
    """The one venue and the one pair."""
    check_names(config, settings)
    venues = config.venues or tuple(str(venue.id) for venue in settings.desk.venues)
    if len(venues) != 1 or len(config.pairs) != 1:
        told = f"venues: {', '.join(venues)}; pairs: {', '.join(config.pairs) or 'all'}"
        text = "a sweep is of one pair at one venue"
        raise ConfigurationError(f"{config.name}: {text} ({told}): name one of each")
    return venues[0], str(config.pairs[0])


def _book_of(reference: Reference) -> RuleFile:
    books = reference.strategy.rules
    if len(books) != 1:
        there = ", ".join(row.file for row in books) or "none"
        raise ConfigurationError(f"strategy: a sweep is of one rule book; the desk has: {there}")
    return books[0]


def _fixed(config: BacktestConfig, values: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Parameters that the configuration itself sets, and the sweep does not."""
    said = {
        key.removeprefix(RULES): value
        for key, value in config.changes.items()
        if key.startswith(RULES)
    }
    return {name: [value] for name, value in said.items() if name not in values}


def _check(book: Book, file: str, pair: str) -> None:
    if not book.every:
        text = "answers requests; columns can only tell what looks by the clock (every 1 min)"
        raise ConfigurationError(f"{file}: {text}")
    scopes = [scope for scope in book.scope if scope.product is ProductKind.SPOT]
    if all(pair not in scope.instruments for scope in scopes):
        raise ConfigurationError(f"{file}: is not for spot in {pair}")


def _pair_of(reference: Reference, pair: str) -> Pair:
    known = reference.conventions[parse_pair(pair)]
    return Pair(
        pip=round(known.pip * NANO),
        tick=round(known.tick * NANO),
        stale_after_ms=reference.market.stale_after_ms,
    )


def _column(found: object) -> Column:
    assert isinstance(found, Column)
    return found


def _deflated(swept: Swept) -> float | None:
    """Of the best point, after all points."""
    span = swept.config.span
    edges = [span.begin_ns + (span.end_ns - span.begin_ns) * n // PERIODS for n in range(PERIODS)]
    results = results_by_period(swept.found, swept.market, [*edges, span.end_ns])
    moments = [moments_of(results[:, point]) for point in range(len(swept.grid))]
    best = moments[swept.best[0]]
    if not isfinite(best.sharpe):
        return None
    found = deflated_sharpe(best, len(moments), variance_of([each.sharpe for each in moments]))
    return found.probability
