"""Research that looks ahead is found, and the fact is named; research that does not passes."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.columns import Column
from backtest.honesty.lookahead import Checked, columns_for, look_ahead, of_book
from backtest.honesty.research import Array, Found, Research, Table, Tables
from tests.kit.rule_books import book_of

MINUTE = 60_000_000_000
BARS = 300


def _bars(bars: int = BARS) -> dict[str, Table]:
    """Bars stamped at their open, whose close is known a minute later."""
    chance = np.random.default_rng(5)
    at = np.arange(bars, dtype=np.int64) * MINUTE
    closes = 1.1 + chance.normal(0, 1e-4, bars).cumsum()
    opens = np.concatenate(([1.1], closes[:-1]))
    holes = np.where(chance.random(bars) < 0.1, np.nan, opens)
    columns = {"open": opens, "close": closes, "sparse": holes}
    return {"bars": Table(at, columns, {"close": at + MINUTE})}


def _mean(values: Array, width: int) -> Array:
    """Of the last so many; of fewer at the start."""
    sums = np.concatenate(([0.0], np.cumsum(values)))
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - width, 0)
    found: Array = (sums[ends] - sums[starts]) / (ends - starts)
    return found


def _clean(tables: Tables) -> Found:
    opens = tables["bars"]["open"]
    last_close = np.concatenate(([np.nan], tables["bars"]["close"][:-1]))
    return {"fast": _mean(opens, 5), "slow": _mean(opens, 20), "last close": last_close}


def _centred(tables: Tables) -> Found:
    opens = tables["bars"]["open"]
    kernel = np.ones(5) / 5
    return {"fast": _mean(opens, 5), "smooth": np.convolve(opens, kernel, "same")}


def _filled_backwards(tables: Tables) -> Found:
    sparse = tables["bars"]["sparse"]
    places = np.where(np.isnan(sparse), len(sparse) - 1, np.arange(len(sparse)))
    nearest = np.minimum.accumulate(places[::-1])[::-1]
    return {"filled": sparse[nearest]}


def _close_at_open(tables: Tables) -> Found:
    bars = tables["bars"]
    return {"gain": bars["close"] > bars["open"], "open": bars["open"]}


def _scaled_by_the_whole(tables: Tables) -> Found:
    opens = tables["bars"]["open"]
    return {"score": (opens - opens.mean()) / opens.std()}


def _check(research: Research) -> Checked:
    return look_ahead(research, _bars(), "bars", seed=3, samples=40)


def test_research_that_looks_back_only_passes() -> None:
    found = _check(_clean)
    assert found.clean
    assert found.told() == "no look-ahead found at 40 moments"


@pytest.mark.parametrize(
    ("research", "fact"),
    [
        (_centred, "smooth"),
        (_filled_backwards, "filled"),
        (_close_at_open, "gain"),
        (_scaled_by_the_whole, "score"),
    ],
)
def test_a_fact_that_knew_the_future_is_named_and_no_other(research: Research, fact: str) -> None:
    found = _check(research)
    assert not found.clean
    assert [leak.fact for leak in found.leaks] == [fact]
    (leak,) = found.leaks
    assert leak.decided_ns <= leak.cut_ns
    assert leak.had != leak.known
    assert leak.where.startswith(__file__)
    assert f"{fact} at row {leak.row}" in found.told()


def test_a_close_used_a_bar_later_is_known() -> None:
    def late(tables: Tables) -> Found:
        closes = tables["bars"]["close"]
        return {"last": np.concatenate(([np.nan], closes[:-1]))}

    assert _check(late).clean


def test_research_that_cannot_be_done_on_little_data_says_where() -> None:
    def demanding(tables: Tables) -> Found:
        opens = tables["bars"]["open"]
        if len(opens) < 100:
            raise IndexError("too short")
        return {"slow": _mean(opens, 20)}

    found = _check(demanding)
    assert found.clean
    assert 10 < len(found.failed) < 15
    assert "too short" in found.told()


def test_what_could_be_checked_nowhere_is_not_clean() -> None:
    def only_whole(tables: Tables) -> Found:
        if len(tables["bars"].at_ns) < BARS:
            raise IndexError("not the whole day")
        return {"open": tables["bars"]["open"]}

    assert not look_ahead(only_whole, _bars(), "bars", seed=3, samples=20).clean


def test_the_same_seed_looks_at_the_same_moments() -> None:
    assert _check(_filled_backwards) == _check(_filled_backwards)


def test_research_without_a_row_for_each_decision_is_refused() -> None:
    with pytest.raises(ValueError, match="a row for each decision"):
        _check(lambda tables: {"one": np.array([1.0])})


BOOK = """\
book "b"
for spot in EUR/USD
rule "wide" when realised volatility[5 min] > 3 pip then quote margin 1 pip
rule "gold"
  when tier is gold and position share < 50 %
  then quote margin 0.5 pip
otherwise pass "no"
"""


def _book_facts(volatility: Array, bars: int) -> Found:
    names = ("gold", "silver")
    return {
        "realised volatility[5 min]": Column(volatility),
        "pip": Column(np.full(bars, 100_000)),
        "tier": Column(np.arange(bars) % 2, None, names),
        "position share": Column(np.zeros(bars, np.int64), np.arange(bars) > 3),
    }


def test_the_rules_that_look_at_a_fact_that_knew_the_future_are_named() -> None:
    def research(tables: Tables) -> Found:
        opens = tables["bars"]["open"]
        moves = np.abs(np.diff(opens, append=opens[-1:]))
        return _book_facts((moves * 1e9).astype(np.int64), len(opens))

    found = of_book(book_of(BOOK), research, _bars(), "bars", seed=1, file="desk.rules")
    (leak,) = found.leaks
    assert leak.fact == "realised volatility[5 min]"
    assert leak.rules == ("rule 'wide' (desk.rules:3)",)
    assert "rule 'wide' (desk.rules:3)" in found.told()


def test_decisions_that_come_out_otherwise_are_counted() -> None:
    def research(tables: Tables) -> Found:
        opens = tables["bars"]["open"]
        ahead = np.where(np.arange(len(opens)) >= len(opens) - 2, 0, 400_000)
        return _book_facts(ahead.astype(np.int64), len(opens))

    found = of_book(book_of(BOOK), research, _bars(), "bars", seed=1)
    assert found.decisions_changed > 10
    assert f"{found.decisions_changed} decisions come out otherwise" in found.told()


def test_a_name_that_changes_without_the_future_is_found() -> None:
    def research(tables: Tables) -> Found:
        opens = tables["bars"]["open"]
        found = dict(_book_facts(np.zeros(len(opens), np.int64), len(opens)))
        later = np.concatenate((opens[1:], opens[-1:]))
        found["tier"] = Column((later > opens).astype(np.int64), None, ("silver", "gold"))
        return found

    found = of_book(book_of(BOOK), research, _bars(), "bars", seed=1)
    (leak,) = found.leaks
    assert (leak.fact, leak.had, leak.known) == ("tier", "gold", "silver")
    assert leak.rules == ("rule 'gold' (b:4)",)


def test_a_fact_that_research_does_not_give_is_named() -> None:
    with pytest.raises(ValueError, match="'position share'"):
        columns_for(
            book_of(BOOK),
            {"pip": Column(np.zeros(2, np.int64))}
            | {
                name: Column(np.zeros(2, np.int64))
                for name in ("realised volatility[5 min]", "tier")
            },
        )


def test_whole_numbers_that_are_not_known_yet_are_what_was_last_known() -> None:
    at = np.array([0, 10, 20], np.int64)
    table = Table(at, {"size": np.array([5, 6, 7])}, {"size": at + 10})
    assert table.until(20)["size"].tolist() == [5, 6, 6]
    assert table.until(5)["size"].tolist() == [0]


@pytest.mark.parametrize(
    ("columns", "known", "message"),
    [
        ({"a": np.zeros(2)}, {}, "rows"),
        ({"a": np.zeros(3)}, {"b": np.zeros(3, np.int64)}, "no such column"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    columns: dict[str, Array], known: dict[str, Array], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Table(np.arange(3, dtype=np.int64), columns, known)


def test_a_table_out_of_order_is_refused() -> None:
    with pytest.raises(ValueError, match="order"):
        Table(np.array([2, 1], np.int64), {})
