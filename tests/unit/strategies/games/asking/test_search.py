"""Take it or ask on: the reservation price, and what runs out meanwhile."""

from __future__ import annotations

import random

import pytest

from strategies.games.asking.search import (
    Need,
    Next,
    Quoted,
    Seen,
    Step,
    even_price,
    next_step,
    reservation_price,
)

EVEN = [(step + 0.5) / 10_000 for step in range(10_000)]
NEED = Need(worst=2.0, ask_cost=0.02, answer_ns=10, by_ns=1000)


def step(*quotes: Quoted, left: int = 3, now_ns: int = 0, taken: bool = False) -> Next:
    return next_step(quotes, NEED, left, EVEN, now_ns, taken)


def quoted(cost: float, until_ns: int = 500, bank: str = "BANKA") -> Quoted:
    return Quoted(bank=bank, cost=cost, until_ns=until_ns)


@pytest.mark.parametrize("cost", [0.005, 0.02, 0.125, 0.5])
def test_even_prices_have_the_published_reservation_price(cost: float) -> None:
    assert even_price(cost) == pytest.approx((2 * cost) ** 0.5)
    assert reservation_price(EVEN, cost) == pytest.approx(even_price(cost), abs=2e-4)


def test_where_asking_is_dear_the_first_price_is_taken() -> None:
    assert reservation_price(EVEN, 0.8) == pytest.approx(even_price(0.8), abs=2e-4) == 1.3


def test_the_reservation_price_balances_cost_and_gain_for_any_prices() -> None:
    chance = random.Random(4)
    prices = [chance.expovariate(1.0) for _ in range(500)]
    price = reservation_price(prices, 0.1)
    gain = sum(max(0.0, price - one) for one in prices) / len(prices)
    assert gain == pytest.approx(0.1, abs=1e-12)


def test_the_rule_costs_what_its_reservation_price_says() -> None:
    chance, cost, total = random.Random(2), 0.02, 0.0
    needs = 60_000
    for _ in range(needs):
        price = 1.0
        while price > 0.2:
            price = chance.random()
            total += cost
        total += price
    assert total / needs == pytest.approx(even_price(cost), rel=0.01)


def test_prices_that_were_seen_are_a_good_enough_estimate() -> None:
    chance, seen = random.Random(3), Seen()
    for _ in range(400):
        seen.note(chance.random())
    assert len(seen.latest) == 200 and sorted(seen.latest) == seen.ordered
    assert reservation_price(seen.ordered, 0.02) == pytest.approx(0.2, abs=0.03)


def test_what_is_no_number_is_not_noted() -> None:
    seen = Seen()
    for price in (float("nan"), float("inf"), -1e300):
        seen.note(price)
    assert not seen.latest


@pytest.mark.parametrize("cost", [0.0, -1.0, float("nan")])
def test_asking_for_nothing_would_never_end(cost: float) -> None:
    with pytest.raises(ValueError, match="must cost something"):
        reservation_price(EVEN, cost)


def test_a_good_price_is_taken_and_a_bad_one_is_asked_on() -> None:
    assert step(quoted(0.19)).step is Step.TAKE
    assert step(quoted(0.25)).step is Step.ASK_ON


def test_a_quote_that_has_run_out_is_never_taken() -> None:
    assert step(quoted(0.01, until_ns=100), now_ns=100).step is Step.ASK_ON
    taken = step(quoted(0.01, until_ns=100), quoted(0.15, bank="BANKB"), now_ns=100)
    assert taken.quote is not None and taken.quote.bank == "BANKB"


def test_what_is_beyond_the_worst_price_is_never_taken() -> None:
    assert step(quoted(2.01), left=0).step is Step.STOP


def test_one_need_is_dealt_once() -> None:
    assert step(quoted(0.01), taken=True).step is Step.STOP


def test_the_best_in_hand_is_taken_when_nobody_can_answer_in_time() -> None:
    late = step(quoted(0.6, until_ns=2000), quoted(0.5, 2000, "BANKB"), now_ns=995)
    assert late.quote is not None and late.quote.bank == "BANKB"
    assert step(quoted(0.6), left=0).step is Step.TAKE
    assert step(quoted(0.1, until_ns=2000), now_ns=1000).step is Step.STOP


def test_a_price_that_runs_out_while_we_ask_is_taken_earlier_than_one_that_stays() -> None:
    assert step(quoted(0.4, until_ns=500)).step is Step.ASK_ON
    assert step(quoted(0.4, until_ns=5)).step is Step.TAKE
    assert step(quoted(0.6, until_ns=5)).step is Step.ASK_ON
