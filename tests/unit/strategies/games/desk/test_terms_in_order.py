"""Terms that cannot be meant are told with their line, before they are in force."""

from __future__ import annotations

import pytest

from robot.errors import ConfigurationError
from strategies.games.desk.file import read_game
from strategies.games.desk.read_back import read_back

LEND = """game: {name: placing, kind: negotiate}
applies: {product: deposit, currency: CNY, side: lend, tenor: 1W}
my terms:
  walk-away: DR007 - 3 bp, never below 1.62 %
  aim: DR007 + 4 bp
  open at: DR007 + 8 bp
"""
BORROW = """game: {name: taking, kind: negotiate}
applies: {product: deposit, currency: CNY, side: borrow}
my terms:
  walk-away: 1.95 %
  aim: 1.80 %
  open at: 1.75 %
"""
FAVOUR = """game: {name: spot, kind: negotiate}
applies: {product: spot}
my terms:
  walk-away: 0.2 pip
  aim: 0.8 pip
  open at: 1.4 pip
"""


def problems(text: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_game(text, "x.game.yaml")
    return str(caught.value)


@pytest.mark.parametrize("text", [LEND, BORROW, FAVOUR])
def test_terms_that_get_better_from_the_walk_away_on_are_read(text: str) -> None:
    assert read_game(text, "x.game.yaml").terms is not None


@pytest.mark.parametrize(
    ("text", "old", "new", "said"),
    [
        (LEND, "aim: DR007 + 4", "aim: DR007 - 4", "5: my terms.aim: DR007 - 4 bp is worse"),
        (LEND, "at: DR007 + 8", "at: DR007 + 1", "6: my terms.open at: DR007 + 1 bp is worse"),
        (BORROW, "aim: 1.80", "aim: 1.96", "5: my terms.aim: 1.96 is worse for us than walk-away"),
        (BORROW, "side: borrow", "side: lend", "5: my terms.aim: 1.80 is worse for us"),
        (FAVOUR, "away: 0.2", "away: 2", "5: my terms.aim: 0.8 pip better than mid is worse"),
    ],
)
def test_a_term_worse_than_the_one_before_is_told_with_its_line(
    text: str, old: str, new: str, said: str
) -> None:
    assert f"x.game.yaml:{said}" in problems(text.replace(old, new))


def test_an_order_that_hangs_on_the_market_is_not_judged() -> None:
    read_game(LEND.replace("aim: DR007 + 4 bp", "aim: 1.50 %"), "x.game.yaml")


@pytest.mark.parametrize(
    ("text", "old", "new", "right"),
    [
        (LEND, "never below", "never above", "never below"),
        (BORROW, "away: 1.95 %", "away: 1.95 %, never below 1.90 %", "never above"),
    ],
)
def test_a_bound_that_would_loosen_the_walk_away_is_refused(
    text: str, old: str, new: str, right: str
) -> None:
    told = problems(text.replace(old, new))

    assert "x.game.yaml:4: my terms.walk-away" in told
    assert f"write '{right}'" in told


@pytest.mark.parametrize("days", ["10 to 5 days", "0D", "0 days"])
def test_a_tenor_that_no_deal_has_is_refused(days: str) -> None:
    assert "x.game.yaml:2: applies.tenor" in problems(LEND.replace("tenor: 1W", f"tenor: {days}"))


def test_a_walk_away_that_only_a_benchmark_keeps_is_told_in_the_read_back() -> None:
    def told(text: str) -> bool:
        return any("a wrong DR007 moves it" in line for line in read_back(read_game(text, "x")))

    assert told(LEND.replace(", never below 1.62 %", ""))
    assert not told(LEND) and not told(BORROW)
