"""Facts out of recorded quotes: the live robot's definitions, and nothing of the future."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backtest.columns import Column
from backtest.honesty.lookahead import columns_for, look_ahead
from backtest.vectorised.facts import Pair, Quotes, facts_of, looks, research_of
from robot.core.rule_state import Seconds
from robot.errors import ConfigurationError
from tests.kit.market_data import DAY_NS, imported, ticks, written
from tests.kit.rule_books import book_of

S = 1_000_000_000
PAIR = Pair(pip=100_000, tick=10_000, stale_after_ms=5_000)


def _quotes(seed: int, count: int = 1_500, seconds: int = 2_400) -> Quotes:
    chance = np.random.default_rng(seed)
    at = np.sort(chance.integers(0, seconds * S, count))
    mid = 1_100_000_000 + np.cumsum(chance.integers(-5, 6, count)) * 5_000
    half = chance.integers(-1, 8, count) * 5_000  # now and then crossed
    return Quotes(at, mid - half, mid + half)


def _told(quotes: Quotes, at_ns: np.ndarray) -> dict[str, Column]:
    found = facts_of(quotes.tables(at_ns), PAIR)
    return {name: column for name, column in found.items() if isinstance(column, Column)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_windows_are_those_that_the_robot_keeps_second_by_second(seed: int) -> None:
    quotes = _quotes(seed)
    at = looks(0, 2_400 * S, 7_300)
    told = _told(quotes, at)
    seconds, place = Seconds(), 0
    for row, now_ns in enumerate(at.tolist()):
        while place < len(quotes.at_ns) and quotes.at_ns[place] <= now_ns:
            bid, offer = int(quotes.bid[place]), int(quotes.offer[place])
            second = int(quotes.at_ns[place]) // S
            if bid <= offer and not (seconds.at and seconds.at[-1] >= second):
                seconds.note(second, (bid + offer) // 2, 1)
            place += 1
        for window, window_s in (("1 min", 60), ("5 min", 300), ("15 min", 900)):
            now = now_ns // S
            known = bool(seconds.at)
            volatility = seconds.volatility(now, window_s) if known else None
            spread = seconds.range(now, window_s) if known else None
            assert told[f"realised volatility[{window}]"].at(row) == volatility, (row, window)
            assert told[f"range[{window}]"].at(row) == spread, (row, window)
            first = seconds.first(now, window_s) if known else None
            mid = told["mid"].at(row)
            move = None if first is None or mid is None else mid - first
            assert told[f"move[{window}]"].at(row) == move, (row, window)


def test_no_fact_knows_the_future() -> None:
    found = look_ahead(
        research_of(PAIR), _quotes(5).tables(looks(0, 2_400 * S, 5_000)), "looks", seed=1
    )
    assert found.clean, found.told()


def test_a_market_that_is_old_or_crossed_is_no_market() -> None:
    at = np.array([10 * S, 20 * S], np.int64)
    quotes = Quotes(at, np.array([1_100_000_000, 1_100_060_000]), np.full(2, 1_100_050_000))
    told = _told(quotes, np.array([9 * S, 10 * S, 15 * S, 15 * S + 1_000_000, 20 * S], np.int64))
    assert [told["bid"].at(row) for row in range(5)] == [
        None,
        1_100_000_000,
        1_100_000_000,
        None,
        None,
    ]
    assert [told["market age"].at(row) for row in range(5)] == [None, 0, 5_000, 5_001, 0]
    assert told["market is stale"].at(3) == 1
    assert told["mid"].at(1) == 1_100_025_000


def test_a_middle_between_two_units_goes_to_the_even_one() -> None:
    at = np.zeros(1, np.int64)
    for offer, mid in ((1_000_000_001, 1_000_000_000), (1_000_000_003, 1_000_000_002)):
        quotes = Quotes(at, np.array([1_000_000_000]), np.array([offer]))
        assert _told(quotes, at)["mid"].at(0) == mid


def test_no_quotes_are_no_market() -> None:
    none = np.zeros(0, np.int64)
    told = _told(Quotes(none, none, none), np.array([S], np.int64))
    assert told["bid"].at(0) is None and told["range[1 min]"].at(0) is None


def test_a_book_that_looks_at_what_quotes_do_not_tell_is_refused_with_the_fact() -> None:
    book = book_of(
        'book "b"\nfor spot in EUR/USD\nevery 1 min\n'
        'rule "a" when position > 1 mio then sell 1 mio at bid\n'
    )
    with pytest.raises(ValueError, match="'position', which is not given"):
        columns_for(book, facts_of(_quotes(1).tables(looks(0, S, 1_000)), PAIR))


def test_quotes_come_from_a_data_store_of_one_venue_and_pair_with_both_sides(
    tmp_path: Path,
) -> None:
    text = ticks(40).replace("00:00:07.000Z,1.38709,", "00:00:07.000Z,,")
    imported(tmp_path, written(tmp_path, text))
    imported(tmp_path, written(tmp_path, ticks(40), "b.csv"), venue="BETA")
    begin, end = DAY_NS + 2 * S, DAY_NS + 12 * S
    found = Quotes.of_store(tmp_path / "store", "ALPHA", "EUR/USD", begin, end)
    seconds = [second for second in range(2, 12) if second != 7]
    assert found.at_ns.tolist() == [DAY_NS + second * S for second in seconds]
    assert found.bid.tolist() == [(138_700 + second * 7 % 40) * 10_000 for second in seconds]
    assert (found.offer - found.bid).tolist() == [200_000] * 9


@pytest.mark.parametrize(("venue", "begin_s"), [("GAMMA", 0), ("ALPHA", 60)], ids=["venue", "time"])
def test_a_store_without_such_quotes_is_refused_by_name(
    tmp_path: Path, venue: str, begin_s: int
) -> None:
    imported(tmp_path, written(tmp_path, ticks(40)))
    begin = DAY_NS + begin_s * S
    told = rf"store: no quotes of {venue} in EUR/USD .* 2014-05-01T00:0{begin_s // 60}.*data list"
    with pytest.raises(ConfigurationError, match=told):
        Quotes.of_store(tmp_path / "store", venue, "EUR/USD", begin, begin + 60 * S)
