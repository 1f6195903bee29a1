"""An ask that a game leads when things come late, twice, together, or from the wrong maker."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.bargaining import AskMove
from robot.basics.ids import CounterpartyId
from robot.core.ask_states import COUNTERED, OPEN
from robot.journal import encode_effects
from robot.limits.exposure import line_limit
from robot.messages.asks import AskEnded, CounterQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import Decided
from robot.messages.events import KillSwitchPulled
from robot.messages.stops import StopScope
from robot.replay import recorded_effects
from robot.strategy import NOT_MINE, Decision
from tests.kit.asks import Asking
from tests.kit.scripted_game import Scripted, game_desk

ALL = "ask BANKA BANKB BANKC"


def led(*lines: str, **changes: object) -> Asking:
    scene = Asking(**game_desk(*lines), **changes)
    scene.ask("1.10020", game="script")
    return scene


def quoted(*lines: str) -> Asking:
    """We buy; A 1.10010, B 1.10008, C 1.10011."""
    scene = led(ALL, *lines)
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.09998", "1.10008")
    scene.quote("BANKC", "1.10001", "1.10011")
    return scene


def test_what_one_message_withdraws_is_not_dealt_on_while_it_is_read() -> None:
    scene = quoted("wait 2000", "take Q-BANKB", "take Q-BANKC")

    scene.revoke("BANKA", QuoteRevoking.WITHDRAWN)

    assert not scene.desk.all(TakeQuote)
    scene.later(2_100)
    assert all(one.price is None for one in Scripted.seen[-1].makers)
    assert not scene.desk.history_of(TakeQuote)


def test_a_quote_that_the_maker_calls_expired_in_answer_to_our_price_is_not_dealt_on() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "take Q-BANKA")
    sent = scene.desk.one(CounterQuote)

    scene.revoke("BANKB", QuoteRevoking.EXPIRED, response_id=sent.response_id)

    scene.later(3_100)
    assert Scripted.seen[-1].makers[1].price is None
    assert scene.desk.history_of(TakeQuote)[-1].quote_id == "Q-BANKA"


@pytest.mark.parametrize("later", ["BANKA", "BANKB"])
def test_two_makers_may_call_their_quotes_the_same_and_the_one_that_is_meant_is_taken(
    later: str,
) -> None:
    scene = led("ask BANKA BANKB", "take Q1@BANKB@ALPHA")
    for maker, offer in sorted({"BANKA": "1.10010", "BANKB": "1.10008"}.items()):
        if maker != later:
            scene.quote(maker, "1.09990", offer, "Q1")
    scene.desk.after(1)
    scene.quote(later, "1.09990", {"BANKA": "1.10010", "BANKB": "1.10008"}[later], "Q1")

    hit = scene.desk.one(TakeQuote)
    assert (hit.maker, hit.price) == ("BANKB", D("1.10008"))


def test_a_person_who_names_a_quote_that_two_makers_have_is_told_how_to_say_whose() -> None:
    scene = Asking()
    scene.ask(None)
    scene.quote("BANKA", "1.10000", "1.10010", "Q1")
    scene.quote("BANKB", "1.10000", "1.10008", "Q1")

    scene.take("Q1")

    assert "Q1@BANKA@ALPHA" in scene.desk.one(Decided).detail
    scene.take("Q1@BANKB@ALPHA")
    assert scene.desk.one(TakeQuote).maker == "BANKB"


def test_a_maker_that_names_its_quote_as_another_s_is_told_apart_is_not_dealt_with() -> None:
    scene = led(ALL, "take Q1@BANKB@ALPHA", "take Q1@BANKB@ALPHA")
    scene.quote("BANKA", "1.10000", "1.10010", "Q1")
    scene.quote("BANKB", "1.10000", "1.10008", "Q1")
    scene.quote("BANKC", "1.10000", "1.10015", "Q1@BANKB@ALPHA")

    assert not scene.desk.all(TakeQuote)
    assert "2 quotes are called" in scene.desk.one(AskEnded).because[-1]


def test_the_same_quote_said_again_is_an_answer_to_our_price() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "take Q-BANKB")
    sent = scene.desk.one(CounterQuote)

    scene.quote("BANKB", "1.09998", "1.10008", response_id=sent.response_id)

    assert scene.desk.one(TakeQuote).quote_id == "Q-BANKB"


def test_an_answer_to_a_former_price_of_ours_is_not_one_to_the_price_that_is_out() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "counter Q-BANKB 1.10001")
    first = scene.desk.one(CounterQuote)
    scene.later(3_100)
    ask = scene.state.asks[scene.ask_id]
    assert ask.makers[1].counter.price == D("1.10001")

    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=first.response_id)

    assert ask.stage is COUNTERED and not scene.desk.all(TakeQuote)


def test_an_answer_is_waited_for_as_long_as_the_policy_says_whatever_the_game_waited_before() -> (
    None
):
    scene = led("ask BANKA", "wait 20000", "counter Q2 1.10000", "end")
    scene.quote("BANKA", "1.10000", "1.10010", life_ms=20_000)
    scene.quote("BANKA", "1.10000", "1.10009", "Q2", life_ms=20_000)
    assert scene.desk.one(CounterQuote)

    scene.later(3_100)

    assert not scene.state.asks


def test_where_a_maker_is_stopped_while_it_has_our_price_the_others_are_decided_on() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "take Q-BANKA")

    scene.step(KillSwitchPulled(actor="x", reason="y", scope=StopScope.COUNTERPARTY, value="BANKB"))

    assert scene.state.asks[scene.ask_id].stage is OPEN
    scene.later(3_100)
    assert scene.desk.history_of(TakeQuote)[-1].quote_id == "Q-BANKA"


def test_a_maker_that_was_stopped_and_quotes_again_is_not_dealt_with() -> None:
    scene = quoted("wait 100", "take Q2", "end")
    scene.step(KillSwitchPulled(actor="x", reason="y", scope=StopScope.COUNTERPARTY, value="BANKB"))

    scene.quote("BANKB", "1.09998", "1.10005", "Q2")

    assert not scene.desk.history_of(TakeQuote)


def test_the_kill_switch_while_our_price_is_out_ends_the_ask() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "take Q2")
    sent = scene.desk.one(CounterQuote)

    scene.desk.kill()
    assert scene.desk.one(AskEnded).outcome == "WITHDRAWN"
    scene.quote("BANKB", "1.09998", "1.10004", "Q2", response_id=sent.response_id)

    assert not scene.state.asks and not scene.desk.all(TakeQuote)


def test_a_worse_quote_in_answer_takes_the_place_of_the_better_one() -> None:
    scene = quoted("counter Q-BANKB 1.10000", "take Q-BANKB", "end")
    sent = scene.desk.one(CounterQuote)

    scene.quote("BANKB", "1.09998", "1.10012", "Q2", response_id=sent.response_id)

    assert "no quote Q-BANKB stands" in scene.desk.one(AskEnded).because[-1]


def test_a_maker_that_refused_and_quotes_after_all_is_dealt_with() -> None:
    scene = led("ask BANKA BANKB", "take Q-BANKA")
    scene.refuse("BANKA")
    scene.quote("BANKA", "1.10000", "1.10007")
    scene.quote("BANKB", "1.10000", "1.10008")

    assert scene.desk.one(TakeQuote).maker == "BANKA"


def test_a_bank_whose_line_was_cut_since_is_not_asked_later() -> None:
    scene = led("ask BANKA", "ask BANKB", "end")
    scene.state.gate.accounts[line_limit("BANKB")].maximum = D(0)

    scene.quote("BANKA", "1.10000", "1.10010")

    assert not scene.desk.all(SendAsk)
    maker = scene.state.asks[scene.ask_id].makers[1]
    assert "COUNTERPARTY_LINE" in maker.detail


def test_a_game_that_is_no_longer_in_force_after_a_restart_says_nothing_more() -> None:
    scene = quoted("wait 2000", "take Q-BANKB")
    scene.desk.changed(venues=scene.desk.reference.venues)

    scene.desk.restart()

    assert not scene.desk.all(TakeQuote)
    scene.later(2_100)
    assert not scene.desk.history_of(TakeQuote)


WILD: list[AskMove] = []


class Wild:
    """A game that returns what its test puts into `WILD`, of whatever types."""

    def __init__(self, parameters: object) -> None:
        self._asked = False

    def decide(self, facts: object) -> Decision:
        return Decision(passed=NOT_MINE)

    def choose(self, facts: object) -> AskMove:
        return AskMove(ask=(CounterpartyId("BANKA"),))

    def bargain(self, facts: object) -> AskMove:
        return WILD[-1]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"take": "Q-BANKA", "walk_away": 1.1}, "walk_away 1.1 is not a price"),
        ({"take": "Q-BANKA", "walk_away": D("NaN")}, "walk_away NaN is not a price"),
        ({"take": "Q-BANKA", "because": ("x", 5)}, "texts of at most"),
        ({"take": "Q-BANKA", "because": ["x"]}, "no tuple"),
        ({"take": "Q-BANKA", "because": ("x" * 501,)}, "texts of at most"),
        ({"take": 5}, "take is a int"),
        ({"wait_ms": "5"}, "wait_ms is a str"),
        ({"ask": "BANKB"}, "ask is a str"),
        ({"ask": ({},)}, "TypeError"),
        ({"counter": "Q-BANKA", "price": 1.1}, "a price is a Decimal"),
        ({"counter": "Q-BANKA", "price": D("1e-19")}, "not a multiple"),
        ({"end": "yes"}, "end is a str"),
    ],
)
def test_a_move_of_wrong_types_ends_the_ask_and_what_is_journaled_can_be_read(
    fields: dict[str, Any], told: str
) -> None:
    changes = game_desk("")
    changes["strategy"]["game_factory"] = f"{__name__}:Wild"  # type: ignore[index]
    scene = Asking(**changes)
    scene.ask("1.10020", game="script")
    WILD.append(AskMove(**fields))

    scene.quote("BANKA", "1.10000", "1.10010")

    assert told in scene.desk.one(AskEnded).because[-1]
    assert not scene.desk.all(TakeQuote) and not scene.desk.all(CounterQuote)
    kept = encode_effects([scene.desk.effects])
    assert recorded_effects(kept) == [list(scene.desk.effects)]
