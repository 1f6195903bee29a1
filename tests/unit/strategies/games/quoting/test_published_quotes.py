"""Closed forms and solutions are those of the papers, to the digits that are printed."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from benchmarks.games.five_currencies import EIGENVALUE, LARGEST, PUBLISHED
from strategies.games.quoting import avellaneda_stoikov as stoikov
from strategies.games.quoting import gueant_lehalle_fernandez_tapia as glft
from strategies.games.quoting.franchise import Tier
from strategies.games.quoting.several_pairs import BP, CurrencyBook, best_distance, solve

BOOK = glft.Book(sigma=0.3, arrivals=0.9, decay=0.3, risk_aversion=0.01, position_max=30)


@pytest.mark.parametrize(("gamma", "average"), [(0.1, 1.49), (0.01, 1.35), (1.0, 3.02)])
def test_the_average_spread_of_avellaneda_and_stoikov(gamma: float, average: float) -> None:
    lefts = [1 - place * 0.005 for place in range(200)]
    found = sum(stoikov.spread(gamma, 4.0, left, 1.5) for left in lefts) / len(lefts)
    assert found == pytest.approx(average, abs=0.015)  # printed to 0.01, of the middle step


def test_a_long_position_lowers_both_prices_by_the_risk_it_carries() -> None:
    terms = {"risk_aversion": 0.1, "variance": 4.0, "left": 0.5, "decay": 1.5}
    flat, long = stoikov.quotes(100.0, 0, **terms), stoikov.quotes(100.0, 3, **terms)
    assert long.bid - flat.bid == pytest.approx(-3 * 0.1 * 4.0 * 0.5)
    assert long.ask - flat.ask == pytest.approx(-3 * 0.1 * 4.0 * 0.5)


@pytest.mark.parametrize(
    ("position", "bid"), [(0, 3.31305), (1, 3.38117), (5, 3.65348), (10, 3.99293), (20, 4.66554)]
)
def test_the_exact_distances_of_gueant_lehalle_and_fernandez_tapia(
    position: int, bid: float
) -> None:
    found = glft.exact(BOOK, 600.0)
    assert found[30 + position].bid == pytest.approx(bid, abs=5e-6)
    assert found[30 - position].ask == pytest.approx(bid, abs=5e-6)  # the other side mirrors it
    assert glft.closed_form(BOOK, position).bid == pytest.approx(bid, abs=5e-3)


def test_the_spread_without_a_position_is_the_printed_one() -> None:
    bid, ask = glft.exact(BOOK, 600.0)[30]
    assert bid is not None and ask is not None
    assert bid + ask == pytest.approx(6.62609, abs=5e-6)
    assert sum(map(float, glft.closed_form(BOOK, 0))) == pytest.approx(6.62583, abs=5e-6)


def test_far_from_the_end_the_time_left_does_not_matter() -> None:
    near, far = glft.exact(BOOK, 600.0)[35].bid, glft.exact(BOOK, inf)[35].bid
    assert near == pytest.approx(far, abs=1e-6)


def test_at_the_largest_position_nothing_makes_it_larger() -> None:
    found = glft.exact(BOOK, 600.0)
    assert (found[-1].bid, found[0].ask) == (None, None)
    assert found[-1].ask is not None and found[0].bid is not None


def test_impact_widens_by_half_of_it_and_steepens_the_lean() -> None:
    plain, moved = glft.closed_form(BOOK, 4), glft.closed_form(BOOK, 4, impact=0.2)
    assert all(a is not None and b is not None for a, b in zip(plain, moved, strict=True))
    assert sum(map(float, moved)) > sum(map(float, plain)) + 0.2
    assert float(moved.bid) - float(moved.ask) == pytest.approx(
        (float(plain.bid) - float(plain.ask)) * np.exp(0.3 * 0.2 / 4)
    )


def test_the_matrix_of_five_currencies_is_the_replicated_one() -> None:
    found = solve(PUBLISHED) * BP
    assert np.abs(found).max() == pytest.approx(LARGEST, rel=1e-7)
    assert np.linalg.eigvalsh(found).max() == pytest.approx(EIGENVALUE, rel=1e-7)


@pytest.fixture(scope="module")
def book() -> CurrencyBook:
    return CurrencyBook(PUBLISHED, solve(PUBLISHED))


def test_a_position_in_one_currency_leans_the_others_that_move_with_it(book: CurrencyBook) -> None:
    flat, long = (book.quote({"EUR": held}, ("GBP", "USD"), 0, 1.0) for held in (0.0, 40.0))
    assert flat.bid == pytest.approx(flat.ask)
    assert long.bid > flat.bid and long.ask < flat.ask


def test_hedges_of_a_pair_make_every_position_they_touch_smaller(book: CurrencyBook) -> None:
    assert (
        book.speed({"EUR": 100.0}, ("EUR", "USD")) < 0 < book.speed({"EUR": -100.0}, ("EUR", "USD"))
    )
    # Pounds lose what euros gain; selling them short against a euro position is no hedge of ours.
    assert book.speed({"EUR": 100.0}, ("GBP", "USD")) == 0
    assert book.speed({"EUR": 100.0}, ("EUR", "GBP")) == 0
    assert book.speed({"EUR": 100.0, "GBP": -60.0}, ("EUR", "GBP")) < 0
    assert book.speed({"EUR": 1.0}, ("EUR", "USD")) == 0


def test_what_is_too_large_or_no_amount_is_not_quoted(book: CurrencyBook) -> None:
    for size in (0.0, -1.0, 51.0, float("nan")):
        assert book.quote({}, ("EUR", "USD"), 0, size) == (None, None)


@pytest.mark.parametrize("value", [-100.0, -3.0, -0.1, 0.0, 0.1, 5.0, 200.0])
def test_one_best_distance_is_the_one_of_many(value: float) -> None:
    tier = Tier(-0.3, 5.0)
    assert best_distance(tier, value) == pytest.approx(float(tier.best(np.array(value))), abs=1e-12)
