"""Prices of a quoting game told as a table: read from what the core records of real games."""

from __future__ import annotations

from connectors.evidence.game_quotes import QuoteLine, quote_table, quotes_of
from connectors.evidence.talks import talk_of, what_of
from robot.messages.effects import SendQuote
from tests.unit.connectors.evidence.test_talks import steps
from tests.unit.strategies.games.desk.test_guarded_quotes import GUARD, HEAD, desk

LEAN = (
    HEAD
    + """
  lean: 0.1 bp per 1m
  lean at most: 0.03 bp
"""
)


def quoted(text: str, **asked: str) -> tuple[list[QuoteLine], str]:
    made = desk(text)
    made.rfq(open_ms=60_000, **asked)
    for price in ("1.10008", "1.10009"):
        live = made.all(SendQuote)
        if live and not asked:
            made.after(500).market()
            made.counter(live[0].quote_id, price)
    return [*quotes_of(steps(made))], what_of(steps(made))


def test_each_clamp_of_a_quote_is_told_before_and_after_it() -> None:
    lines, what = quoted(LEAN)

    line = lines[0]
    assert (line.did, line.tier, line.margin) == ("open", "gold", "0.5 bp")
    assert line.lean == "0.03 / 0.03" and line.far == "0.53 / 0.53 bp"
    lean, *ticks = line.held
    assert lean.startswith("lean: 0.05 / 0.05 -> 0.03 / 0.03 (lean at most 0.03)")
    assert ticks[0].startswith("tick: bid 1.09999") and ticks[0].endswith(" -> 1.09999")
    assert what == "two-way 1,000,000 EUR/USD spot"


def test_what_the_guard_adds_is_told_and_an_answer_says_what_they_said() -> None:
    (line, *_), _ = quoted(GUARD, client="BANKB")
    assert line.guard == ("the best of 5 errors costs 0.465186",)
    assert "guard adds 0.465186" in line.held

    answered = quoted(LEAN)[0][1]
    assert (answered.did, answered.theirs) == ("say", "1.10008")


def test_a_quoting_game_is_in_its_own_table_and_a_client_without_a_margin_is_told() -> None:
    made = desk(LEAN.replace("gold: 0.5 bp, ", ""))
    made.rfq()

    assert talk_of(steps(made)) == ()
    table = quote_table(quotes_of(steps(made)))
    assert table is not None
    assert "no margin for tier gold" in table.text()[2]
