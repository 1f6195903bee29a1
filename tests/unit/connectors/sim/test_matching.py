"""The book in depth: drawn from seed and tick alone, and emptied by what is taken."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.sim.matching import DepthBook, Level, average_of, commit
from connectors.sim.model import Tick

TICK = Tick(7, "ALPHA", "USD/JPY", Decimal("151.202"), Decimal("151.207"), 1_000_000, 2_000_000)
BUY, SELL = "1", "2"


def _book(seed: str = "1", tick: Tick = TICK) -> DepthBook:
    book = DepthBook(seed)
    book.put(tick)
    return book


def _prices(book: DepthBook, side: str) -> list[Decimal]:
    return [level.price for level in book.levels("ALPHA", "USD/JPY", side)]


@pytest.mark.parametrize(("side", "top", "size"), [(BUY, "151.207", 2), (SELL, "151.202", 1)])
def test_the_top_is_the_tick_and_worse_prices_follow(side: str, top: str, size: int) -> None:
    for seed in map(str, range(50)):
        levels = _book(seed).levels("ALPHA", "USD/JPY", side)
        prices = [level.price for level in levels]
        assert Level(Decimal(top), Decimal(size * 1_000_000)) == levels[0]
        assert 3 <= len(levels) <= 5
        assert prices == sorted(set(prices), reverse=side == SELL)
        assert abs(prices[-1] - prices[0]) <= Decimal("0.016")
        assert all(500_000 <= level.size <= 5_000_000 for level in levels)


def test_equal_seeds_and_ticks_give_equal_books_whoever_asks_first() -> None:
    first, second = _book(), _book()
    sold = _prices(first, SELL)
    assert (_prices(second, BUY), _prices(second, SELL)) == (_prices(first, BUY), sold)
    depths = {tuple(_prices(_book(str(seed)), BUY)) for seed in range(20)}
    assert len(depths) > 5


def test_what_is_taken_is_gone_until_the_next_tick() -> None:
    book = _book()
    ask = Decimal("151.207")

    def plan() -> list[Decimal]:
        size = Decimal(3_000_000)
        takes = book.plan("ALPHA", "USD/JPY", BUY, size=size, currency="USD", limit=ask)
        for take in takes:
            commit(take)
        return [take.size for take in takes]

    assert [Decimal(2_000_000)] == plan()
    assert [] == plan()
    book.put(TICK)
    assert [Decimal(2_000_000)] == plan()


def test_a_plan_takes_nothing_yet() -> None:
    book = _book()
    plans = [
        book.plan("ALPHA", "USD/JPY", SELL, size=Decimal(9), currency="USD", limit=None)
        for _ in range(2)
    ]
    assert plans[0] == plans[1]


def test_a_size_of_0_is_unknown_and_not_nothing() -> None:
    book = _book(tick=TICK._replace(ask_size=0))
    assert book.levels("ALPHA", "USD/JPY", BUY)[0].size >= 500_000


def test_a_halted_venue_has_no_prices() -> None:
    book = _book()
    book.drop("ALPHA")
    assert ([], None) == (_prices(book, BUY), book.mid("ALPHA", "USD/JPY"))


def test_the_average_is_exact_to_nine_decimals() -> None:
    assert Decimal("1.333333333") == average_of(Decimal(4), Decimal(3))
    assert "1.1701" == str(average_of(Decimal("1170100.00000"), Decimal(1_000_000)))
    assert "151" == f"{average_of(Decimal(151_000_000), Decimal(1_000_000)):f}"
    assert Decimal(0) == average_of(Decimal(0), Decimal(0))
