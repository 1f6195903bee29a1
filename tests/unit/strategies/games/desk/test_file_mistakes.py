"""Game files as traders get them wrong: each is told with its line and with what to write instead,
and what has no effect, or is seldom meant, is told where the file is read back.
"""

from __future__ import annotations

import pytest

from robot.errors import ConfigurationError
from strategies.games.desk.file import read_game
from strategies.games.desk.read_back import read_back
from strategies.games.desk.terms import Accept
from tests.kit.games import refuse_changed

TALK = """game: {name: week money, kind: negotiate, version: 3}
applies: {role: taker, product: deposit, currency: CNY, side: lend, tenor: 1W, amount: 50m to 500m}
my terms:
  walk-away: DR007 - 3 bp, never below 1.62 %
  aim: DR007 + 4 bp
  open at: DR007 + 8 bp
pace:
  style: firm
  messages: 8
  within: 10 min
  smallest step: 0.5 bp
ask:
  banks: 3
  at most: 5
"""
QUOTE = """game: {name: franchise, kind: quote}
applies: {role: maker, product: spot, pair: EUR/USD, tiers: [gold, silver]}
quote:
  margin: {gold: 0.13 bp, silver: 0.27 bp}
  by size: {over 10m: 0.1 bp}
  lean: 0.010 bp per 1m
  lean at most: 1.5 bp
  asked with: 3 others
  guard: {error of our middle: 0.05 bp, at most: 0.4 bp}
  win: {target: 25-45 %, least margin: 0.05 bp, most margin: 1 bp}
"""
HEDGE = """game: {name: hold, kind: hedge}
hedge:
  pair: EUR/USD
  comfortable within: 20m
  clip: 5m
  no worse than: 0.5 bp
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("side: lend, ", "", 3, "levels are of one side, and applies has none: add `side: ...`"),
        ("aim: DR007 + 4", "aim: DR007 + 9", 6, "DR007 + 8 bp is worse for us than aim"),
        ("currency: CNY", "pair: EUR/USD", 2, "write currency: CNY, not a pair"),
        ("currency: CNY", "currency: USD", 4, "DR007 is of CNY, and applies has USD"),
        ("product: deposit", "product: spot", 2, "spot is bought and sold: write buy or sell"),
        ("product: deposit", "product: forward", 2, "has one date, and a tenor runs between two"),
        ("side: lend", "side: sell", 2, "money is borrowed and lent: write lend"),
        ("role: taker", "role: maker", 12, "is for asks of ours, and this game has role: maker"),
        ("role: taker", "role: taker, tiers: [A]", 2, "banks are chosen under ask"),
        ("50m to 500m", "50 to 500", 2, "no deal is as small as 50: fifty million is written 50m"),
        ("50m to 500m", "50-500 mn CNY", 2, "write currency: CNY"),
        ("DR007 + 4 bp", "DR007 + 4 %", 5, "a distance is in bp or pips: 4 % would be 400 bp"),
        ("DR007 + 4 bp", "1,85 %", 5, "decimals have a point: 1.95, not 1,95"),
        ("DR007 + 4 bp", "DR7 + 4 bp", 5, "did you mean DR007?"),
        ("DR007 + 4 bp", "4 bp", 5, "are not mixed: aim is a distance"),
        ("walk-away:", "底价:", 4, "did you mean 'walk-away'?"),
        ("  aim: ", "  aim：", 6, "not with a full-width one"),
        ("within: 10 min", "within: 600", 10, "the unit is missing: write 600 s"),
        ("messages: 8", "by: 16:20 (or 8 messages)", 9, "and nothing else with it"),
        ("at most: 5", "at least longest not asked: 6", 14, "6 of 3 banks"),
        ("at most: 5", "always: [BANKA, BANKA]", 14, "BANKA is named twice"),
        ("ask:\n  banks: 3\n  at most: 5\n", "ask: 3 banks\n", 12, "the keys: banks, at most"),
        (
            "pace:\n",
            "quote: {}\npace:\n",
            7,
            "is of kind: quote, and this game's kind is negotiate",
        ),
    ],
)
def test_a_negotiation_that_cannot_be_meant_is_refused(
    old: str, new: str, line: int, told: str
) -> None:
    refuse_changed(TALK, old, new, line, told)


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("role: maker", "role: taker", 2, "write maker, or kind: negotiate"),
        ("gold: 0.13 bp", "gold: 0.13", 4, "the unit is missing: write 0.13 bp"),
        ("gold: 0.13 bp", "bronze: 0.13 bp", 4, "none for gold, which applies.tiers has"),
        ("3 others", "'>=5 others'", 8, "write it as: 3 others"),
    ],
)
def test_a_quote_that_cannot_be_meant_is_refused(old: str, new: str, line: int, told: str) -> None:
    refuse_changed(QUOTE, old, new, line, told)


def test_a_mistake_is_told_once() -> None:
    """What follows from it is not told beside it."""
    for text, old, new in (
        (HEDGE, "within: 20m", "within: 20"),
        (TALK, "side: lend", "side: offer"),
        (QUOTE, "3 others", "many"),
    ):
        with pytest.raises(ConfigurationError) as refused:
            read_game(text.replace(old, new), "f")
        assert len(str(refused.value).splitlines()) == 1, refused.value


@pytest.mark.parametrize(
    ("text", "old", "new", "told"),
    [
        (TALK, "DR007 + 8 bp", "DR007 + 800 bp", "line 6, my terms.open at: 800 bp = 8 % away"),
        (TALK, "below 1.62 %", "below 0.0162", "line 4, my terms.walk-away: 0.0162 is 0.0162 %"),
        (TALK, "messages: 8", "messages: 1", "line 8, pace.style: has no effect"),
        (TALK, "step: 0.5 bp", "step: 20 bp", "nothing but the opening would ever be said"),
        (TALK, "ask:", "stop: {no zone after: 15 min}\nask:", "line 12, stop.no zone after"),
        (TALK, "at most: 5", "leak cost: 0.1 bp", "line 14, ask.leak cost: is never weighed"),
        (TALK, "role: taker", "tiers: [A]", "this holds for clients' requests only"),
        (QUOTE, "EUR/USD", "EUR/USD, amount: up to 5m", "over 10000000 is never reached"),
        (
            QUOTE,
            "0.010 bp per 1m\n",
            "0 bp per 1m\n",
            "line 7, quote.lean at most: there is no lean",
        ),
        (QUOTE, "gold: 0.13", "gold: 13", "line 4, quote.margin: gold 13 bp is a spread of 26 bp"),
        (QUOTE, "gold: 0.13", "gold: 1.3", "margin gold 1.3 bp is over win's most margin, 1 bp"),
        (HEDGE, "0.5 bp", "50 bp", "line 6, hedge.no worse than: an order may deal 50 bp"),
    ],
)
def test_what_is_seldom_meant_or_has_no_effect_is_told_where_it_is_read_back(
    text: str, old: str, new: str, told: str
) -> None:
    assert old in text and not [line for line in read_back(read_game(text, "f")) if "twice" in line]

    lines = read_back(read_game(text.replace(old, new), "f"))

    assert any(line.startswith("- Look twice: ") and told in line for line in lines), lines


def test_market_words_in_chinese_and_ranges_with_a_hyphen_are_read() -> None:
    found = read_game(
        TALK.replace("50m to 500m", "5000万 至 5亿")
        .replace("style: firm", "style: 坚定")
        .replace("within: 10 min", "within: 10 分钟")
        .replace("DR007 + 4 bp", "DR007 + 4 个基点"),
        "f",
    )
    assert found == read_game(TALK, "f")
    assert read_game(TALK.replace("50m to 500m", "50-500 mn"), "f") == found


def test_accepting_in_words_takes_what_is_named_and_nothing_else() -> None:
    said = "accept: at once if at or better than aim | last minute: anything inside walk-away\n"
    quoted = said.replace("accept: ", "accept: '").replace("\n", "'\n")

    assert read_game(TALK + quoted, "f").accept == Accept(better_than_next=False)
    refuse_changed(TALK + quoted, "anything inside", "whatever", 15, "is not known here")
