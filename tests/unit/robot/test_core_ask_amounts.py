"""Another amount in an ask that a game leads: a request of its own, one deal in all."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.messages.asks import AskEnded, CounterQuote, PassQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import AlertRaised, DealBooked, Decided
from tests.kit.asks import Asking, held
from tests.kit.scripted_game import Scripted, game_desk

BOUNDS = "amounts 500000 3000000"


def led(*lines: str, **said: Any) -> Asking:
    """We buy 1m; BANKA quotes 1.10010 for it."""
    scene = Asking(**game_desk("ask BANKA", *lines))
    scene.ask("1.10020", game="script", **said)
    scene.quote("BANKA", "1.10000", "1.10010", life_ms=20_000)
    return scene


def other(scene: Asking, amount: int = 2_000_000) -> None:
    """BANKA quotes for another amount that it was asked for."""
    (sent,) = scene.desk.all(SendAsk)
    assert sent.terms.amount == amount
    scene.requests["BANKA"] = sent
    scene.quote("BANKA", "1.09998", "1.10008", "Q-2M", life_ms=20_000)


def test_the_same_bank_is_asked_for_another_amount_and_dealt_with_on_that() -> None:
    scene = led(BOUNDS, "ask BANKA @2000000", "take Q-2M")
    first = scene.requests["BANKA"].request_id

    other(scene)

    taken = scene.desk.one(TakeQuote)
    assert (taken.terms.amount, taken.price) == (D(2_000_000), D("1.10008"))
    assert taken.request_id == scene.requests["BANKA"].request_id != first
    assert [one.quote_id for one in scene.desk.all(PassQuote)] == ["Q-BANKA"]
    assert held(scene) == D(2_000_000)
    assert scene.state.orders[taken.order_id].terms.leg.amount == D(2_000_000)
    told = {one.amount: one.price for one in Scripted.seen[-1].makers if one.maker == "BANKA"}
    assert told == {None: D("1.10010"), D(2_000_000): D("1.10008")}
    scene.report(taken)
    assert scene.desk.one(DealBooked).deal.base_amount == D(2_000_000)
    assert [row.amount for row in scene.ended().quotes if row.maker == "BANKA"] == [
        None,
        D(2_000_000),
    ]


def test_a_bank_at_two_venues_is_on_the_record_once_for_another_amount() -> None:
    scene = Asking(**game_desk("ask BANKB", BOUNDS, "ask BANKB @2000000"))
    scene.ask("1.10020", game="script", venues=())
    for name in ("BANKB", "BANKB@BETA"):
        scene.quote(name, "1.10000", "1.10010", life_ms=20_000)

    assert [one.venue for one in scene.desk.all(SendAsk)] == ["ALPHA", "BETA"]
    told = [one for one in scene.desk.history_of(Decided) if one.outcome == "ASKED"]
    assert [(one.counterparty, one.facts["amount"]) for one in told] == [("BANKB", "2000000")]


def test_whatever_stands_one_quote_is_dealt_on() -> None:
    scene = led(BOUNDS, "ask BANKA @2000000", "take Q-2M", "take Q-BANKA")
    other(scene)
    scene.later(3_000)

    taken = [one for row in scene.desk.history for one in row if isinstance(one, TakeQuote)]
    assert [one.quote_id for one in taken] == ["Q-2M"]


def test_a_quote_for_another_amount_than_that_request_was_for_is_not_dealt_on() -> None:
    scene = led(BOUNDS, "ask BANKA @2000000", "take Q-2M")

    (sent,) = scene.desk.all(SendAsk)
    scene.requests["BANKA"] = sent
    scene.quote("BANKA", "1.09998", "1.10008", "Q-2M", amount=D(1_000_000), life_ms=20_000)

    assert not scene.desk.all(TakeQuote)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("ask BANKA @2000000",), "the game has no bounds"),
        ((BOUNDS, "ask BANKA @4000000"), "is not between 500000 and 3000000"),
        ((BOUNDS, "ask BANKA @400000"), "is not between 500000 and 3000000"),
        ((BOUNDS, "ask BANKA @1000000"), "the ask's own"),
        ((BOUNDS, "ask BANKA @2000000.001"), "2000000.001"),
        ((BOUNDS, "ask BANKA @NaN"), "is no amount"),
    ],
)
def test_an_amount_that_is_not_within_the_games_own_bounds_ends_the_ask(
    lines: tuple[str, ...], told: str
) -> None:
    scene = led(*lines)

    ended = scene.desk.one(AskEnded)
    assert ended.outcome == "NOT_DEALT" and told in ended.because[-1]
    assert not scene.desk.all(SendAsk)
    assert any(one.code == "STRATEGY_FAILED" for one in scene.desk.all(AlertRaised))


def test_where_a_rule_asks_no_amount_is_more_than_the_rule_wants() -> None:
    scene = led(BOUNDS, "ask BANKA @2000000", strategy="book 1")

    assert "is more than 1000000" in scene.desk.one(AskEnded).because[-1]
    assert not scene.desk.all(SendAsk)


def test_a_bank_hears_no_more_prices_because_it_was_asked_for_two_amounts() -> None:
    lines = ("counter Q-BANKA 1.10000", "ask BANKA @2000000", "counter Q-2M 1.10001", "end")
    scene = Asking(asks={"counters_max": 1}, **game_desk("ask BANKA", BOUNDS, *lines))
    scene.ask("1.10020", game="script")
    scene.quote("BANKA", "1.10000", "1.10010", life_ms=20_000)
    (said,) = scene.desk.all(CounterQuote)
    scene.revoke("BANKA", QuoteRevoking.REJECTED, response_id=said.response_id)
    other(scene)

    assert not scene.desk.all(CounterQuote)
    assert "1 prices were said to BANKA" in scene.desk.one(AskEnded).because[-1]


def test_the_limits_are_looked_at_for_the_amount_that_is_dealt() -> None:
    lines = ("ask BANKA @3000000", "take Q-2M", "take Q-BANKA")
    limits = {"net_open_position": {"EUR": "2500000"}}
    scene = Asking(limits=limits, **game_desk("ask BANKA", BOUNDS, *lines))
    scene.ask("1.10020", game="script")
    scene.quote("BANKA", "1.10000", "1.10010", life_ms=20_000)
    other(scene, amount=3_000_000)

    taken = scene.desk.one(TakeQuote)
    assert (taken.quote_id, taken.terms.amount) == ("Q-BANKA", D(1_000_000))


def test_a_bank_that_calls_its_quotes_for_two_amounts_the_same_is_told_apart() -> None:
    scene = led(BOUNDS, "ask BANKA @2000000", "wait 10")
    (sent,) = scene.desk.all(SendAsk)
    scene.requests["BANKA"] = sent
    scene.quote("BANKA", "1.09998", "1.10008", "Q-BANKA", life_ms=20_000)

    names = [one.quote_id for one in Scripted.seen[-1].makers if one.maker == "BANKA"]
    assert len({*names}) == 2
    scene.take(next(name for name in names if name.endswith(sent.request_id)))
    assert scene.desk.one(TakeQuote).terms.amount == D(2_000_000)
