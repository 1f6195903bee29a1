"""Signals become the deals that the robot would have done at the same quotes, and their result."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.vectorised.grid import Grid, Point
from backtest.vectorised.portfolio import Costs, Market, portfolio, results_by_period
from backtest.vectorised.signals import BUY, FLAT, SELL, Floats, Signals

ROWS, POINTS = 400, 3
POINTS_SAID = [Point({"trigger": f"{number} pip"}, (number,)) for number in range(POINTS)]


def _market(chance: np.random.Generator) -> Market:
    mid = 1_100_000_000 + np.cumsum(chance.integers(-5, 6, ROWS)) * 10_000
    half = chance.integers(0, 4, ROWS) * 5_000
    return Market(np.arange(ROWS, dtype=np.int64) * 10**9, mid - half, mid + half)


def _by_hand(market: Market, signals: Signals, costs: Costs) -> tuple[Floats, list[int]]:
    """Value at each look and number of deals, point by point: what is bought is paid at the offer,
    what is sold at the bid, what is held is worth the middle.
    """
    values, deals = np.zeros(signals.acts.shape), []
    for point in range(signals.acts.shape[1]):
        cash, position, count = 0.0, 0.0, 0
        sizes = np.broadcast_to(signals.sizes, signals.acts.shape)[:, point]
        for row, act in enumerate(signals.acts[:, point].tolist()):
            size = {BUY: sizes[row], SELL: -sizes[row], FLAT: -position}.get(act, 0.0)
            if size:
                price = (market.offer if size > 0 else market.bid)[row] / 1e9
                price *= 1 + np.sign(size) * costs.slippage
                cash -= size * price + abs(size) * price * costs.fee
                position, count = position + size, count + 1
            values[row, point] = cash + position * market.mid[row, 0]
        deals.append(count)
    return values, deals


@pytest.mark.parametrize("each_its_size", [True, False], ids=["sizes by look", "one size"])
def test_a_portfolio_is_what_the_deals_come_to_by_hand(each_its_size: bool) -> None:
    chance = np.random.default_rng(3)
    acts = chance.choice([0, BUY, SELL, FLAT], (ROWS, POINTS), p=[0.7, 0.13, 0.13, 0.04])
    shape = (ROWS if each_its_size else 1, POINTS)
    signals = Signals(
        np.asfortranarray(acts.astype(np.int8)), chance.integers(1, 6, shape).astype(float) * 1e6
    )
    market, costs = _market(chance), Costs(slippage=1e-5, fee=2e-5)
    found = portfolio(market, signals, costs, POINTS_SAID)
    values, deals = _by_hand(market, signals, costs)
    assert found.orders.count().tolist() == deals and min(deals) > 50
    assert found.total_profit().to_numpy() == pytest.approx(values[-1], abs=0.05)
    edges = [0, 100 * 10**9, 250 * 10**9, ROWS * 10**9]
    results = results_by_period(found, market, edges)
    at_ends = values[[99, 249, 399]]
    assert results == pytest.approx(np.diff(at_ends, axis=0, prepend=0.0), abs=0.1)


def test_columns_are_named_by_the_values_of_their_point() -> None:
    grid = Grid(
        'book "b"\nfor spot in EUR/USD\nevery 5 s\n'
        "parameter near = 1 pip, between 0 pip and 9 pip\n"
        "parameter far = 1 pip, between 0 pip and 9 pip\n"
        'rule "a" when market spread > near + far then buy 1 mio at offer\n',
        {"near": ["1 pip", "2 pip"], "far": ["3 pip", "4 pip"]},
    )
    market = _market(np.random.default_rng(1))
    nothing = Signals(np.zeros((ROWS, 4), np.int8, order="F"), np.full((1, 4), 1e6))
    profit = portfolio(market, nothing, Costs(), grid.points).total_profit()
    assert profit.index.names == ["near", "far"] and profit.loc[("2 pip", "3 pip")] == 0.0
