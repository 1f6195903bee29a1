"""What a bank can do in a talk with us, and what becomes of the ask that a game leads then.

We buy 1m with a limit of 1.10020; BANKA quotes 1.10010, BANKB 1.10008. An answer is waited for 3 s.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.core.ask_states import COUNTERED, OPEN
from robot.messages.asks import AskEnded, CounterQuote, QuoteRevoking, TakeQuote
from robot.messages.orders import OrderReport
from tests.kit.asks import Asking
from tests.kit.scripted_game import Scripted, game_desk

COUNTER = "counter Q-BANKB 1.10000"


def led(*lines: str, first: str = "ask BANKA BANKB", **said: Any) -> Asking:
    scene = Asking(**game_desk(first, *lines), asks={"hits_max": 3})
    scene.ask("1.10020", game="script", **said)
    return scene


def countered(*lines: str, **said: Any) -> tuple[Asking, CounterQuote]:
    """Our price is with BANKB, and then the game plays these lines."""
    scene = led(COUNTER, *lines, **said)
    scene.quote("BANKA", "1.09990", "1.10010")
    scene.quote("BANKB", "1.09990", "1.10008")
    return scene, scene.desk.one(CounterQuote)


def takes(scene: Asking) -> list[str]:
    """All quotes that were hit so far."""
    return [one.quote_id for one in scene.desk.history_of(TakeQuote)]


def seen(scene: Asking, maker: str) -> Any:
    """What the game was told of a bank last."""
    return next(one for one in Scripted.seen[-1].makers if one.maker == maker)


@pytest.mark.parametrize("by", ["quote", "request", "all"])
def test_a_bank_that_pulls_its_quote_while_it_has_our_price_has_answered(by: str) -> None:
    scene, _ = countered("take Q-BANKA")
    request = scene.requests["BANKB"].request_id
    said = {"quote": {"quote_id": "Q-BANKB"}, "request": {"request_id": request}, "all": {}}[by]
    if by == "all":
        scene.revoke("BANKB", QuoteRevoking.WITHDRAWN)
        assert takes(scene) == [] and seen(scene, "BANKA").price is None
        return

    scene.revoke("BANKB", QuoteRevoking.WITHDRAWN, **said)

    assert takes(scene) == ["Q-BANKA"], "at once, not when patience is over"
    assert seen(scene, "BANKB").price is None


@pytest.mark.parametrize("silent", [False, True])
def test_every_answer_of_a_bank_gives_the_game_the_word_at_once(silent: bool) -> None:
    """Also where another bank that was asked has said nothing at all."""
    scene = led(COUNTER, "take Q2")
    if not silent:
        scene.quote("BANKA", "1.09990", "1.10010")
    scene.quote("BANKB", "1.09990", "1.10008", life_ms=20_000)
    if silent:
        scene.later(3_000)
    sent = scene.desk.history_of(CounterQuote)[-1]

    scene.quote("BANKB", "1.09990", "1.10004", "Q2", response_id=sent.response_id)

    assert takes(scene) == ["Q2"]


@pytest.mark.parametrize("why", list(QuoteRevoking))
def test_only_a_price_that_is_turned_down_leaves_the_quote_standing(why: QuoteRevoking) -> None:
    scene, sent = countered("take Q-BANKA")

    scene.revoke("BANKB", why, response_id=sent.response_id, quote_id="Q-BANKB")

    assert (seen(scene, "BANKB").price is not None) is (why is QuoteRevoking.REJECTED)
    assert takes(scene) == ["Q-BANKA"]


def test_a_status_on_a_price_of_before_that_ends_the_newer_quote_is_heard() -> None:
    scene, sent = countered("wait 500", "take Q-BANKA")
    scene.quote("BANKB", "1.09990", "1.10004", "Q2", response_id=sent.response_id)
    said = {"response_id": sent.response_id, "quote_id": "Q2"}
    scene.revoke("BANKB", QuoteRevoking.REJECTED, **said)
    assert seen(scene, "BANKB").quote_id == "Q2", "a refusal of our price says nothing of theirs"

    scene.revoke("BANKB", QuoteRevoking.EXPIRED, **said)
    scene.later(600)

    assert takes(scene) == ["Q-BANKA"] and seen(scene, "BANKB").price is None


def test_a_bank_that_refuses_the_request_while_it_has_our_price_has_answered() -> None:
    scene, _ = countered("take Q-BANKA")

    scene.refuse("BANKB")

    assert takes(scene) == ["Q-BANKA"]


def test_a_quote_pulled_by_a_bank_that_has_our_price_and_a_later_answer_is_a_new_quote() -> None:
    scene, sent = countered("wait 500", "take Q2")
    scene.revoke("BANKB", QuoteRevoking.WITHDRAWN, quote_id="Q-BANKB")
    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=sent.response_id)
    assert takes(scene) == []

    scene.quote("BANKB", "1.09990", "1.10005", "Q2", response_id=sent.response_id)

    assert takes(scene) == ["Q2"]


def test_silence_then_a_late_answer_is_the_banks_quote_from_then_on() -> None:
    scene, sent = countered("wait 2000", "take Q2")
    scene.later(3_100)
    assert scene.state.asks[scene.ask_id].stage is OPEN

    scene.quote("BANKB", "1.09990", "1.10004", "Q2", response_id=sent.response_id)

    assert takes(scene) == ["Q2"]


def test_an_answer_to_a_price_of_before_is_kept_and_our_newer_price_stays_out() -> None:
    scene, first = countered("counter Q-BANKB 1.10001", "take Q2")
    scene.later(3_100)
    second = scene.desk.history_of(CounterQuote)[-1]
    assert second.price == D("1.10001")

    scene.quote("BANKB", "1.09990", "1.10006", "Q2", response_id=first.response_id)
    ask = scene.state.asks[scene.ask_id]
    assert ask.stage is COUNTERED and takes(scene) == []
    # it had replaced the quote that our second price was about
    scene.revoke("BANKB", QuoteRevoking.NOT_FOUND, response_id=second.response_id)

    assert takes(scene) == ["Q2"]


def test_of_two_answers_to_one_price_the_later_one_stands() -> None:
    scene, sent = countered("wait 500", "take Q3")
    scene.quote("BANKB", "1.09990", "1.10006", "Q2", response_id=sent.response_id)
    assert seen(scene, "BANKB").quote_id == "Q2"

    scene.quote("BANKB", "1.09990", "1.10007", "Q3", response_id=sent.response_id)

    assert takes(scene) == ["Q3"]


def test_a_second_answer_that_crosses_our_hit_is_there_when_the_hit_is_rejected() -> None:
    scene, sent = countered("take Q2", "take Q3")
    scene.quote("BANKB", "1.09990", "1.10006", "Q2", response_id=sent.response_id)
    hit = scene.desk.one(TakeQuote)
    scene.quote("BANKB", "1.09990", "1.10007", "Q3", response_id=sent.response_id)
    assert takes(scene) == ["Q2"]

    scene.report(hit, OrderReport.REJECTED, reason="99", text="REPLACED")
    scene.later(1)

    assert takes(scene) == ["Q2", "Q3"]


def test_the_quote_said_again_with_another_time_stands_to_the_earlier_one() -> None:
    """A second S of one name is no second quote, and its price is the same."""
    scene, sent = countered("wait 500")

    scene.quote("BANKB", "1.09990", "1.10008", response_id=sent.response_id, life_ms=20_000)

    told = seen(scene, "BANKB")
    assert told.quote_id == "Q-BANKB"
    assert told.valid_until_ns == scene.desk.at_ns + 5_000_000_000
    scene.quote("BANKB", "1.09990", "1.10008", life_ms=1_000)
    [quote] = scene.state.asks[scene.ask_id].makers[1].quotes
    assert quote.valid_until_ns == scene.desk.at_ns + 1_000_000_000


def test_the_quote_said_again_as_indicative_is_not_dealt_on() -> None:
    scene, sent = countered("take Q-BANKA")

    scene.quote("BANKB", "1.09990", "1.10008", response_id=sent.response_id, tradeable=False)

    assert seen(scene, "BANKB").price is None and takes(scene) == ["Q-BANKA"]


def test_another_price_under_the_name_of_a_former_quote_is_not_dealt_on() -> None:
    scene, sent = countered("take Q-BANKB", "take Q-BANKA")

    scene.quote("BANKB", "1.09990", "1.10004", response_id=sent.response_id)

    assert takes(scene) == []
    assert "no quote Q-BANKB stands" in scene.desk.one(AskEnded).because[-1]


def test_a_quote_that_was_hit_and_rejected_does_not_come_back_by_being_said_again() -> None:
    scene, sent = countered("take Q-BANKB", "wait 500", "take Q-BANKB")
    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=sent.response_id)
    until_ns = scene.state.asks[scene.ask_id].makers[1].quotes[0].valid_until_ns
    scene.report(scene.desk.one(TakeQuote), OrderReport.REJECTED, reason="99", text="LOST")
    scene.later(1)

    scene.quote("BANKB", "1.09990", "1.10008", valid_until_ns=until_ns)
    scene.later(600)

    assert takes(scene) == ["Q-BANKB"]


def test_a_quote_that_is_over_when_the_answer_comes_is_not_dealt_on() -> None:
    scene = led("counter Q-BANKB 1.10000", "wait 500", first="ask BANKB")
    scene.quote("BANKB", "1.09990", "1.10008", life_ms=2_000)
    sent = scene.desk.one(CounterQuote)
    scene.later(2_000)

    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=sent.response_id)

    assert seen(scene, "BANKB").price is None


def test_a_session_lost_with_our_price_out_leaves_the_word_to_the_game_at_once() -> None:
    scene = led(COUNTER, "take Q-BETA", venues=())
    scene.quote("BANKA", "1.09990", "1.10010")
    scene.quote("BANKB@BETA", "1.09990", "1.10012", "Q-BETA")
    scene.quote("BANKB", "1.09990", "1.10008")
    assert scene.desk.one(CounterQuote).venue == "ALPHA"

    scene.desk.log_out()
    scene.later(1)

    assert takes(scene) == ["Q-BETA"]


def test_a_session_lost_with_our_price_out_and_nobody_else_ends_the_ask() -> None:
    scene, sent = countered("take Q2")

    scene.desk.log_out()
    scene.desk.log_on()
    scene.quote("BANKB", "1.09990", "1.10000", "Q2", response_id=sent.response_id)

    [ended] = scene.desk.history_of(AskEnded)
    assert ended.outcome == "NOT_DEALT" and takes(scene) == []


def test_a_restart_with_our_price_out_ends_the_ask_and_its_answer_is_not_dealt_on() -> None:
    scene, sent = countered("take Q2")

    scene.desk.restart()
    scene.desk.log_on()
    scene.quote("BANKB", "1.09990", "1.10000", "Q2", response_id=sent.response_id)

    [ended] = scene.desk.history_of(AskEnded)
    assert ended.because[-1] == "RESTART" and takes(scene) == []


def test_an_acceptance_of_our_price_that_is_another_price_is_what_it_says() -> None:
    """It says that it answers 1.10000, and quotes worse than before: the game sees that."""
    scene, sent = countered("wait 500")

    scene.quote("BANKB", "1.09990", "1.10019", "Q2", response_id=sent.response_id)

    assert seen(scene, "BANKB").price == D("1.10019")
