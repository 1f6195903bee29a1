"""A tiered quote with lean, written in market words and played through the core."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.messages.effects import DealBooked, Decided, RefuseRfq, SendQuote
from tests.kit.desk import Desk
from tests.kit.games import game_strategy, refuse_changed

GAME = """
game: {name: franchise, kind: quote}
applies: {product: spot, pair: EUR/USD}
quote:
  margin: {gold: 0.5 bp, silver: 1 bp}
  by size: {over 3m: 0.25 bp}
  lean: 0.1 bp per 1m
  lean at most: 0.3 bp
  no lean for: BANKB
  guard: {costs: {BANKC: 2 bp}, at most: 1.5 bp}
"""
"""At a middle of 1.10005 a basis point is 0.000110005."""


def desk(text: str = GAME, **changes: Any) -> Desk:
    made = Desk(strategy=game_strategy(text, "franchise"), **changes).open()
    made.market()  # 1.10000/1.10010
    return made


def long_of(made: Desk, amount: int) -> Desk:
    """We have bought so much: a client sold it to us."""
    quote = made.quoted(amount)
    made.hit(quote, side="sell", amount=amount)
    assert made.one(DealBooked)
    return made


def test_margin_and_half_the_size_of_lean_away_from_the_middle_rounded_from_it() -> None:
    made = desk()
    made.rfq()
    quote = made.one(SendQuote)

    # 0.5 bp + 0.1 bp/M x 0.5 M = 0.55 bp = 0.0000605: 1.0999895 and 1.1001105
    assert (quote.bid, quote.offer) == (D("1.09998"), D("1.10012"))


def test_a_larger_deal_costs_its_step_more() -> None:
    made = desk()
    made.rfq(amount=5_000_000)

    because = " ".join(made.one(Decided).because)
    assert "margin 0.75 bp for tier gold at 5000000" in because


def test_a_long_position_moves_both_prices_down_and_never_further_than_the_cap() -> None:
    made = long_of(desk(), 2_000_000)

    made.rfq()

    because = made.one(Decided).because
    # 2 M long: bid 0.1 x 2.5 = 0.25 away, offer 0.1 x (0.5 - 2) = -0.15
    assert "position 2000000 moves bid 0.25 and offer -0.15 away" in because


def test_the_cap_of_the_lean_is_told_with_what_it_was_before() -> None:
    made = long_of(desk(GAME.replace("lean at most: 0.3 bp", "lean at most: 0.1 bp")), 4_000_000)

    made.rfq()

    told = next(line for line in made.one(Decided).because if line.startswith("position"))
    assert "kept to" in told and "(lean at most 0.1)" in told


def test_a_client_who_reads_positions_sees_no_lean() -> None:
    made = long_of(desk(), 2_000_000)

    made.rfq(client="BANKB")

    assert "no lean shown to BANKB" in made.one(Decided).because


def test_informed_flow_is_surcharged_up_to_the_cap_and_no_further() -> None:
    made = desk()

    made.rfq(client="BANKC")

    because = made.one(Decided).because
    assert "informed flow of BANKC costs 2 bp" in because
    assert "guard adds 1.5 of 2 needed: the cap" in because


def test_a_tier_without_a_margin_is_refused() -> None:
    made = desk(GAME.replace("gold: 0.5 bp, ", ""))

    made.rfq(client="BANKA")

    assert "no margin for tier gold" in made.one(RefuseRfq).detail


def test_what_the_game_is_not_meant_for_is_refused_with_the_reason() -> None:
    made = desk()
    made.market(pair="USD/JPY", bid="110.00", offer="110.01")

    made.rfq(pair="USD/JPY")

    assert "not of game 'franchise': market USD/JPY" in made.one(RefuseRfq).detail


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("kind: quote", "kind: qoute", 2, "one of negotiate, quote, hedge is due"),
        ("margin: {gold", "margin: {gold: 0.5, x", 5, "the unit is missing: write 0.5 bp"),
        ("over 3m", "3m", 6, "write a size as: over 10m"),
        ("0.1 bp per 1m", "0.1 bp", 7, "write a lean as: 0.010 bp per 1m"),
        ("  lean at most: 0.3 bp\n", "", 4, "a lean has its largest"),
        (", at most: 1.5 bp", "", 10, "guard.at most: is missing"),
        ("at most: 1.5 bp}", "at most: 0 bp}", 10, "nothing is added with a largest addition of 0"),
        ("costs:", "error of our middle: 1 bp, costs:", 10, "asked with is missing"),
        ("costs:", "informed: 10 %, costs:", 10, "how far what they know moves the market"),
        ("lean at most: 0.3 bp", "lean at most: -0.3 bp", 8, "a margin is not below 0"),
        ("silver: 1 bp", "silver: 1 pip", 4, "one unit for the whole file"),
        ("no lean for", "no leen for", 9, "did you mean 'no lean for'"),
        ("pair: EUR/USD", "pair: EUR", 3, "EUR"),
        ("quote:", "quotes:", 4, "did you mean 'quote'"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(old: str, new: str, line: int, told: str) -> None:
    refuse_changed(GAME, old, new, line, told)
