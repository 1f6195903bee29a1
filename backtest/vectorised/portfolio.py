"""Signals in vectorbt: one portfolio column for each point of a grid.

A deal is done at the bid or the offer of its row (the middle, and half the spread as slippage of
that row), the position is valued at the middle. There is no market impact, no delay, no rejection,
no limit of the desk: that is what the event-driven run is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backtest.columns import Bools, Ints
from backtest.vectorised.grid import Point
from backtest.vectorised.signals import BUY, FLAT, NOTHING, SELL, Floats, Signals

if TYPE_CHECKING:
    import vectorbt

PRICE = 1e9
CASH = 1e12
"""So much of the counter currency that no deal is cut for the want of it."""
_AMOUNT, _TARGET = 0, 3
"""vectorbt's numbers of its size types Amount and TargetAmount."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What a deal costs beside the spread, as shares of its value. Said on every report."""

    slippage: float = 0.0
    fee: float = 0.0

    def told(self) -> str:
        """In one sentence."""
        return (
            f"Deals are done at the bid or the offer of the look, with a slippage of "
            f"{self.slippage:.7f} and a fee of {self.fee:.7f} of their value."
        )


@dataclass(frozen=True, slots=True)
class Market:
    """What is dealt at, and what positions are valued at, at each look."""

    at_ns: Ints
    bid: Ints
    offer: Ints

    def __post_init__(self) -> None:
        if not len(self.at_ns) == len(self.bid) == len(self.offer):
            raise ValueError("a market has a time, a bid and an offer for each look")

    @property
    def mid(self) -> Floats:
        """As a column of floats."""
        found: Floats = ((self.bid + self.offer) / (2.0 * PRICE))[:, None]
        return found

    @property
    def half_spread(self) -> Floats:
        """As a share of the middle; nothing where the market is crossed."""
        spread = np.maximum(self.offer - self.bid, 0) / (2.0 * PRICE)
        found: Floats = spread[:, None] / self.mid
        return found

    def taken(self, rows: Bools) -> Market:
        """Some of the looks."""
        return Market(self.at_ns[rows], self.bid[rows], self.offer[rows])


def portfolio(
    market: Market,
    signals: Signals,
    costs: Costs,
    points: Sequence[Point] = (),
    **options: Any,
) -> vectorbt.Portfolio:
    """The portfolio of all points; its columns are named by their values. Every signal is an order
    that adds to the position, as the robot deals. `options` go to `vectorbt.Portfolio.from_orders`.
    """
    import pandas as pd
    from vectorbt import Portfolio

    wanted: dict[str, Any] = {
        "direction": "both",
        "slippage": market.half_spread + costs.slippage,
        "fees": costs.fee,
        "init_cash": CASH,
        **options,
    }
    found = Portfolio.from_orders(market.mid, **_orders(signals), **wanted)
    # Times in UTC, without saying so: vectorbt makes an object of each time that has a zone.
    names: dict[str, Any] = {"index": pd.to_datetime(market.at_ns, unit="ns")}
    if points:
        rows = [tuple(point.said.values()) for point in points]
        names["columns"] = pd.MultiIndex.from_tuples(rows, names=[*points[0].said])
    return found.replace(wrapper=found.wrapper.replace(**names))


def _orders(signals: Signals) -> dict[str, Any]:
    """Signed sizes, nothing where there is no signal; a whole hedge is the order to be flat."""
    signs = np.array([np.nan, 1.0, -1.0, 0.0])
    assert (NOTHING, BUY, SELL, FLAT) == (0, 1, 2, 3)
    # A point's column lies together, as vectorbt goes through it.
    wanted: dict[str, Any] = {"size": np.asfortranarray(signs[signals.acts] * signals.sizes)}
    if (flats := signals.flats).any():
        wanted["size_type"] = np.asfortranarray(np.where(flats, _TARGET, _AMOUNT))
    return wanted


def results_by_period(found: vectorbt.Portfolio, market: Market, edges_ns: Sequence[int]) -> Floats:
    """Results in the counter currency, by period (rows) and point (columns): the value at the last
    look before the end of each period less that before its beginning.
    """
    value = np.asarray(found.value()).reshape(len(market.at_ns), -1) - CASH
    places = np.searchsorted(market.at_ns, np.asarray(edges_ns, np.int64), side="left") - 1
    at_edges = np.where(places[:, None] >= 0, value[np.maximum(places, 0)], 0.0)
    results: Floats = np.diff(at_edges, axis=0)
    return results
