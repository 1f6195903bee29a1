"""An ask that a game leads: its moves are carried out, and looked at again before they leave."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.bargaining import Said
from robot.core.ask_states import COUNTERED
from robot.messages.asks import AskEnded, CounterQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import AlertRaised, Decided
from robot.messages.events import KillSwitchPulled
from robot.messages.stops import StopScope
from tests.kit.asks import Asking
from tests.kit.scripted_game import Scripted, game_desk


def led(*lines: str, limit: str | None = "1.10020", **said: Any) -> Asking:
    """We buy; BANKA and BANKB quote 1.10010 and 1.10008 where they are asked."""
    scene = Asking(**game_desk(*lines))
    scene.ask(limit, game="script", **said)
    return scene


def quoted(*lines: str, limit: str | None = "1.10020") -> Asking:
    scene = led("ask BANKA BANKB", *lines, limit=limit)
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.09998", "1.10008")
    return scene


def failure(scene: Asking) -> str:
    """Why the ask ended without a deal."""
    ended = scene.desk.one(AskEnded)
    assert ended.outcome == "NOT_DEALT"
    assert not scene.desk.all(CounterQuote) and not scene.desk.all(TakeQuote)
    return ended.because[-1]


def test_the_game_says_whom_to_ask_first_and_the_others_are_not_asked() -> None:
    scene = led("ask BANKA BANKC", "end")

    assert [one.maker for one in scene.desk.all(SendAsk)] == ["BANKA", "BANKC"]
    scene.refuse("BANKA")
    scene.refuse("BANKC")
    assert scene.rows() == {"BANKA": "REFUSED", "BANKB": "NOT_ASKED", "BANKC": "REFUSED"}


def test_where_all_who_were_asked_refuse_the_game_may_ask_others() -> None:
    scene = led("ask BANKA", "ask BANKB", "end")

    scene.refuse("BANKA")
    assert [one.maker for one in scene.desk.all(SendAsk)] == ["BANKB"]


def test_where_nobody_is_left_to_ask_the_ask_ends_without_asking_the_game() -> None:
    scene = led("ask BANKA BANKB BANKC")

    for name in ("BANKA", "BANKB", "BANKC"):
        scene.refuse(name)
    assert scene.ended().because[-1] == "no maker quotes"


def test_the_game_is_told_how_long_ago_each_bank_was_asked() -> None:
    scene = led("ask BANKA BANKC", "end", "ask BANKA", "end", "ask BANKB", "end")
    for _ in range(2):
        for name in [one.maker for one in scene.desk.all(SendAsk)]:
            scene.refuse(name)
        scene.ask(None, game="script")

    told = Scripted.seen[-1]
    assert told.asks_before == 2
    assert {one.maker: one.asked_ago for one in told.makers} == {"BANKA": 1, "BANKB": 0, "BANKC": 2}


def test_a_game_that_asks_nobody_refuses_the_ask() -> None:
    scene = led("end")

    refused = scene.desk.one(Decided)
    assert (refused.outcome, refused.reason) == ("REFUSED", "STRATEGY_PASSED")
    assert not scene.desk.all(SendAsk) and not scene.state.asks


def test_it_is_asked_when_all_have_answered_and_sees_every_price() -> None:
    scene = led("ask BANKA BANKB", "take Q-BANKB")

    scene.quote("BANKA", "1.10000", "1.10010")
    assert len(Scripted.seen) == 1, "BANKB has not answered yet"
    scene.quote("BANKB", "1.09998", "1.10008")

    told = {one.maker: one.price for one in Scripted.seen[-1].makers}
    assert told == {"BANKA": D("1.10010"), "BANKB": D("1.10008"), "BANKC": None}
    assert Scripted.seen[-1].better == -1
    assert scene.desk.one(TakeQuote).quote_id == "Q-BANKB"


def test_a_negotiation_ends_in_a_deal_at_the_makers_new_price() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "take Q2")
    sent = scene.desk.one(CounterQuote)
    assert (sent.maker, sent.price) == ("BANKB", D("1.10000"))

    scene.quote("BANKB", "1.09998", "1.10004", "Q2", response_id=sent.response_id)

    hit = scene.desk.one(TakeQuote)
    assert (hit.quote_id, hit.price) == ("Q2", D("1.10004"))
    talk = [(one.ours, one.price) for one in Scripted.seen[-1].makers[1].said]
    assert talk == [(False, D("1.10008")), (True, D("1.10000")), (False, D("1.10004"))]
    scene.report(hit)
    assert scene.desk.one(AskEnded).outcome == "DEALT"


def test_where_the_maker_refuses_our_price_the_game_decides_on_the_quote_that_stands() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "take Q-BANKB")
    sent = scene.desk.one(CounterQuote)

    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=sent.response_id)

    assert scene.desk.one(TakeQuote).price == D("1.10008")


def test_silence_on_our_price_gives_the_word_back_to_the_game() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "end")

    assert scene.state.asks[scene.ask_id].stage is COUNTERED
    scene.later(3_100)

    ends = [one for row in scene.desk.history for one in row if isinstance(one, AskEnded)]
    assert "game 'script' walks away" in ends[-1].because


def test_it_may_ask_further_banks_in_the_same_ask() -> None:
    scene = quoted("ask BANKC", "take Q-BANKC")

    assert [one.maker for one in scene.desk.all(SendAsk)] == ["BANKC"]
    scene.requests["BANKC"] = scene.desk.one(SendAsk)
    scene.quote("BANKC", "1.10001", "1.10006")

    assert scene.desk.one(TakeQuote).quote_id == "Q-BANKC"


@pytest.mark.parametrize(
    ("line", "limit", "told"),
    [
        ("counter Q-BANKB 1.10007", "1.10005", "1.10007 is past the walk-away 1.10005"),
        ("counter Q-BANKB 1.10007 1.10006", "1.10020", "1.10007 is past the walk-away 1.10006"),
        ("counter Q-BANKB 1.10007 1.10020", "1.10006", "1.10007 is past the walk-away 1.10006"),
        ("counter Q-BANKB 1.10009", "1.10020", "no better for us than 1.10008"),
        ("counter Q-BANKB NaN", "1.10020", "NaN is not a price"),
        ("counter Q-BANKB 1.100051234", "1.10020", "is not a multiple of the tick"),
        ("counter Q-OTHER 1.10000", "1.10020", "no quote Q-OTHER stands"),
        ("take Q-OTHER", "1.10020", "no quote Q-OTHER stands"),
        ("take Q-BANKA", "1.10009", "1.10010 is worse than the limit of the ask"),
        ("ask BANKA", "1.10020", "BANKA cannot be asked now"),
        ("ask BANKX", "1.10020", "BANKX cannot be asked now"),
        ("wait -5", "1.10020", "a move is one of"),
        ("nonsense", "1.10020", "ValueError: nonsense"),
    ],
)
def test_a_move_that_cannot_be_meant_ends_the_ask_and_nothing_leaves(
    line: str, limit: str, told: str
) -> None:
    scene = quoted(line, line, limit=limit)

    assert told in failure(scene)


def test_what_is_past_the_walk_away_raises_an_alert() -> None:
    scene = quoted("counter Q-BANKB 1.10007", limit="1.10005")

    assert scene.desk.one(AlertRaised).code == "WALK_AWAY"


def test_nothing_said_to_a_maker_is_made_worse_for_it_later() -> None:
    scene = quoted("counter Q-BANKB 1.10004", "counter Q2 1.10001")
    sent = scene.desk.one(CounterQuote)

    scene.quote("BANKB", "1.09998", "1.10007", "Q2", response_id=sent.response_id)

    assert scene.desk.one(CounterQuote).price == D("1.10004")
    assert any("1.10001 is worse for them" in one for one in scene.desk.one(Decided).because)


def test_a_maker_hears_no_more_prices_than_the_policy_says() -> None:
    scene = Asking(**game_desk("ask BANKA", *["counter Q 1.10000"] * 4), asks={"counters_max": 2})
    scene.ask("1.10020", game="script")
    scene.quote("BANKA", "1.10000", "1.10010", "Q")
    for _ in range(2):
        sent = scene.desk.one(CounterQuote)
        scene.revoke("BANKA", QuoteRevoking.REJECTED, response_id=sent.response_id)

    assert "2 prices were said to BANKA" in failure(scene)


def test_a_quote_that_the_limits_refuse_is_told_to_the_game() -> None:
    scene = Asking(
        **game_desk("ask BANKA BANKB", "take Q-BANKB", "take Q-BANKA"),
        limits={"counterparty_lines": {"BANKA": "9000000", "BANKB": "1", "BANKC": "9000000"}},
    )
    scene.ask("1.10020", game="script")
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.09998", "1.10008")

    assert "COUNTERPARTY_LINE" in Scripted.seen[-1].makers[1].refused
    assert scene.desk.one(TakeQuote).quote_id == "Q-BANKA"


def test_a_game_that_goes_round_in_circles_ends_its_ask() -> None:
    scene = quoted(*["wait 10"] * 300)

    for _ in range(250):
        if not scene.state.asks:
            break
        scene.later(20)

    assert not scene.state.asks
    said = [one for row in scene.desk.history for one in row if isinstance(one, AskEnded)]
    assert "more than 200 moves" in said[-1].because[-1]


def test_a_person_takes_over_and_the_game_says_nothing_more() -> None:
    scene = quoted("wait 1000", "take Q-BANKA")

    scene.counter("Q-BANKB", "1.10001")
    sent = scene.desk.one(CounterQuote)
    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=sent.response_id)
    scene.later(2_000)

    ask = scene.state.asks[scene.ask_id]
    assert ask.game == "" and not scene.desk.all(TakeQuote)
    assert "trader took over from game 'script'" in ask.because


def test_a_game_that_is_stopped_says_nothing_and_deals_nothing() -> None:
    scene = Asking(**game_desk("ask BANKA BANKB", "take Q-BANKB"))
    scene.step(
        KillSwitchPulled(
            actor="compliance", reason="test", scope=StopScope.STRATEGY, value="script"
        )
    )
    scene.ask("1.10020", game="script")

    assert not scene.desk.all(SendAsk)


def test_an_unknown_game_is_refused() -> None:
    scene = Asking(**game_desk("ask BANKA"))

    scene.ask("1.10020", game="nobody")

    refused = next(one for one in scene.desk.all(Decided) if one.outcome == "REFUSED")
    assert "no game strategy 'nobody' is in force" in refused.detail


def test_the_same_events_give_the_same_moves() -> None:
    def effects() -> list[Any]:
        return quoted("counter Q-BANKB 1.10000").desk.history

    assert effects() == effects()


def test_what_was_said_carries_its_time() -> None:
    scene = quoted("counter Q-BANKB 1.10000")

    said = scene.state.asks[scene.ask_id].makers[1].said
    assert said[-1] == Said(at_ns=scene.desk.at_ns, ours=True, price=D("1.10000"))


def test_a_price_beyond_all_prices_is_none() -> None:
    scene = Asking(**game_desk("ask BANKA BANKB"))
    scene.ask("1.10020", game="script")
    scene.quote("BANKA", "1.09990", "1e30")
    scene.quote("BANKB", "1.09990", "1.10008")
    scene.withdraw()

    assert scene.rows()["BANKA"] == "INVALID"
