"""Signals of a book, against the obvious evaluator row by row; and grids of its parameters."""

from __future__ import annotations

import numpy as np
import pytest

from backtest.columns import Columns, Ints
from backtest.honesty.lookahead import columns_for
from backtest.vectorised.facts import Pair, Quotes, facts_of, looks
from backtest.vectorised.grid import Grid, book_of, values_of
from backtest.vectorised.signals import BUY, FLAT, NOTHING, SELL, SignalBook
from robot.errors import ConfigurationError
from robot.rules import oracle
from robot.rules.tree import Book, DealAt, Hedge
from robot.rules.types import Kind

S = 1_000_000_000
PAIR = Pair(pip=100_000, tick=10_000)
TEXT = """\
book "moves"
for spot in EUR/USD
every 5 s
parameter trigger = 0.5 pip, between 0.1 pip and 20 pip
parameter calm = 3 pip, between 0.1 pip and 50 pip
parameter clip = 1 mio, between 1 mio and 5 mio
rule "done for the day" priority 10
  when realised volatility[1 min] > calm
  then hedge
rule "up"
  when move[1 min] > trigger
  then buy clip at offer
rule "far up"
  when move[5 min] > trigger
  then buy 2 mio at bid + 0.4 pip
rule "down"
  when move[1 min] < -trigger
  then sell clip x (market spread / market spread) at bid
otherwise pass "quiet"
"""


def _market() -> tuple[Quotes, Ints]:
    chance = np.random.default_rng(4)
    at = np.sort(chance.integers(0, 3_000 * S, 2_000))
    mid = 1_100_000_000 + np.cumsum(chance.integers(-5, 6, 2_000)) * 5_000
    half = chance.integers(0, 8, 2_000) * 5_000
    return Quotes(at, mid - half, mid + half), looks(0, 3_000 * S, 5_000)


def _columns(book: Book, quotes: Quotes, at: Ints) -> Columns:
    return columns_for(book, facts_of(quotes.tables(at), PAIR))


def _dealt_at(quotes: Quotes, at: Ints) -> tuple[Ints, Ints]:
    place = np.maximum(np.searchsorted(quotes.at_ns, at, side="right") - 1, 0)
    return quotes.bid[place], quotes.offer[place]


def _by_hand(
    book: Book, columns: Columns, row: int, values: tuple[int, ...], bid: int, offer: int
) -> tuple[int, float]:
    """What the evaluator of one row says, and whether it can be dealt."""
    truths = {Kind.TRUTH}
    facts = [
        bool(number) if number is not None and oracle_type(book, slot) in truths else number
        for slot, number in enumerate(column.at(row) for column in columns.columns)
    ]
    ruling = oracle.decide(book, facts, values)
    said = {worked.name: worked.value for worked in ruling.values}
    if isinstance(ruling.action, Hedge):
        return FLAT, 0.0
    if not isinstance(ruling.action, DealAt) or ruling.refused:
        return NOTHING, 0.0
    limit, size = said["limit"], said["size"]
    assert isinstance(limit, int) and isinstance(size, int)
    if ruling.action.verb == "BUY":
        return (BUY, size / 100) if limit >= offer else (NOTHING, 0.0)
    return (SELL, size / 100) if limit <= bid else (NOTHING, 0.0)


def oracle_type(book: Book, slot: int) -> Kind:
    """Of a fact."""
    from robot.rules.facts import type_of

    return type_of(book.slots[slot]).kind


def test_signals_are_what_the_book_says_row_by_row() -> None:
    grid = Grid(TEXT, {"trigger": ["0.3 pip", "0.8 pip"], "calm": ["1.5 pip"], "clip": ["3 mio"]})
    quotes, at = _market()
    columns = _columns(grid.book, quotes, at)
    bid, offer = _dealt_at(quotes, at)
    found = SignalBook(grid.book).sweep(columns, bid, offer, grid.vectors)
    assert found.acts.shape == (len(at), 2) == found.sizes.shape
    for point, values in enumerate(grid.vectors):
        acts = set()
        for row in range(len(at)):
            market = int(bid[row]), int(offer[row])
            act, size = _by_hand(grid.book, columns, row, values, *market)
            assert found.acts[row, point] == act, (row, point)
            if size:
                assert found.sizes[row, point] == size, (row, point)
            acts.add(act)
        assert acts == {NOTHING, BUY, SELL, FLAT}


def test_one_size_for_all_is_one_number_for_each_point() -> None:
    text = TEXT.replace("buy 2 mio", "buy clip").replace(" x (market spread / market spread)", "")
    grid = Grid(text, {"clip": ["1 mio", "4 mio"]})
    quotes, at = _market()
    found = SignalBook(grid.book).sweep(
        _columns(grid.book, quotes, at), *_dealt_at(quotes, at), grid.vectors
    )
    assert found.sizes.tolist() == [[1e6, 4e6]]
    assert (found.buys.sum(), found.sells.sum(), found.flats.sum()) == tuple(
        int((found.acts == act).sum()) for act in (BUY, SELL, FLAT)
    )


def test_a_deal_beyond_its_limit_is_not_done() -> None:
    text = 'book "b"\nfor spot in EUR/USD\nevery 5 s\nrule "a" then buy 1 mio at mid\n'
    grid = Grid(text, {})
    quotes, at = _market()
    bid, offer = _dealt_at(quotes, at)
    found = SignalBook(grid.book).sweep(_columns(grid.book, quotes, at), bid, offer, grid.vectors)
    assert len(grid) == 1
    done = found.acts[:, 0] == BUY
    assert 0 < done.sum() < len(at) / 2
    assert (offer[done] == bid[done]).all()


@pytest.mark.parametrize(
    "action",
    ["hedge 1 mio", "hedge at bid", "ask 3 banks to buy 1 mio", 'hand to game "x"'],
)
def test_what_columns_cannot_tell_is_refused_with_its_rule(action: str) -> None:
    book = book_of(
        f'book "b"\nfor spot in EUR/USD\nevery 5 s\nrule "odd" then {action}\n', "b.rules"
    )
    with pytest.raises(ConfigurationError, match=r"b:4: rule 'odd' .*event-driven"):
        SignalBook(book)


def test_a_grid_is_every_combination_the_last_parameter_fastest() -> None:
    grid = Grid(TEXT, {"trigger": ["1 pip", "2 pip"], "calm": ["3 pip", "5 pip"]})
    assert grid.vectors == [
        (1_000_000, 3_000_000, 100_000_000),
        (1_000_000, 5_000_000, 100_000_000),
        (2_000_000, 3_000_000, 100_000_000),
        (2_000_000, 5_000_000, 100_000_000),
    ]
    assert dict(grid.points[1].said) == {"trigger": "1 pip", "calm": "5 pip"}


def test_a_value_out_of_bounds_of_another_unit_or_of_no_parameter_is_refused() -> None:
    for name, value, message in (
        ("trigger", "21 pip", "bounds"),
        ("trigger", "2 mio", "trigger is a distance, and 2 mio is none"),
        ("clap", "1 mio", "no parameter 'clap'"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            Grid(TEXT, {name: [value]})


def test_other_values_leave_the_rest_of_the_book_as_it_is() -> None:
    own = [parameter.value for parameter in book_of(TEXT, "b").parameters]
    assert values_of(TEXT, {"clip": "5 mio"}) == (*own[:2], 500_000_000)
