"""What is handed to vectorbt and taken from it; with vectorbt itself: `tests/research`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backtest.vectorised.portfolio import CASH, Costs, Market, results_by_period
from backtest.vectorised.signals import BUY, SELL, Floats, Signals

MARKET = Market(
    at_ns=np.array([10, 20, 30, 40], np.int64),
    bid=np.array([1_100_000_000, 1_100_100_000, 1_100_300_000, 1_100_200_000]),
    offer=np.array([1_100_020_000, 1_100_100_000, 1_100_200_000, 1_100_240_000]),
)


class Valued:
    """A portfolio, as far as it is looked at."""

    def __init__(self, results: list[list[float]]) -> None:
        self._value = np.array(results) + CASH

    def value(self) -> Floats:
        return self._value


def test_deals_at_the_middle_and_half_the_spread_are_deals_at_bid_and_offer() -> None:
    mid, half = MARKET.mid, MARKET.half_spread
    assert mid.shape == half.shape == (4, 1)
    assert (mid * (1 + half))[0, 0] == pytest.approx(1.10002)
    assert (mid * (1 - half))[0, 0] == pytest.approx(1.1)
    assert half[1, 0] == 0.0 and half[2, 0] == 0.0, (
        "a crossed market costs nothing, and pays nothing"
    )


def test_results_are_changes_from_period_to_period_of_each_point() -> None:
    found: Any = Valued([[1.0, 0.0], [4.0, -1.0], [2.0, -1.0], [7.0, 5.0]])
    results = results_by_period(found, MARKET, [0, 25, 30, 50])
    # Before the first look nothing was earned; the look at 30 belongs to the period from 30 on.
    assert results == pytest.approx(np.array([[4.0, -1.0], [0.0, 0.0], [3.0, 6.0]]), abs=1e-3)


def test_some_of_the_looks() -> None:
    rows = np.array([True, False, False, True])
    assert MARKET.taken(rows).at_ns.tolist() == [10, 40]
    acts = np.array([[BUY], [SELL], [SELL], [SELL]], np.int8)
    for sizes, left in ((np.full((1, 1), 5.0), 1), (np.full((4, 1), 5.0), 2)):
        found = Signals(acts, sizes).taken(rows)
        assert found.acts[:, 0].tolist() == [BUY, SELL] and len(found.sizes) == left


def test_costs_are_said() -> None:
    assert "slippage of 0.0000100" in Costs(slippage=1e-5).told()


def test_a_market_of_several_lengths_is_refused() -> None:
    with pytest.raises(ValueError, match="for each look"):
        Market(np.zeros(2, np.int64), np.zeros(2, np.int64), np.zeros(1, np.int64))
