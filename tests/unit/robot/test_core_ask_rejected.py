"""A hit of ours that its maker turns down: the ask goes on with what stands, or ends.

We buy 1m EUR/USD with a limit of 1.10020; the market is 1.10000/1.10010. BANKB was first with
1.10008, then BANKA with the same price, then BANKC with 1.10011. Three quotes may be dealt on in
turn.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from robot.core.ask_states import OPEN, TAKING
from robot.messages.asks import AskEnded, PassQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import AskOrder, BreakFound, DealBooked, Decided
from robot.messages.events import KillSwitchPulled
from robot.messages.orders import OrderReport
from robot.messages.stops import StopScope
from tests.kit.asks import Asking, held, passed
from tests.kit.scripted_game import Scripted, game_desk

REJECTED = OrderReport.REJECTED


def quoted(limit: str | None = "1.10020", *, hits: int = 3, **said: Any) -> Asking:
    scene = Asking(asks={"hits_max": hits})
    scene.ask(limit, **said)
    for maker, offer in (("BANKB", "1.10008"), ("BANKA", "1.10008"), ("BANKC", "1.10011")):
        if maker in scene.requests:
            scene.later(1)
            scene.quote(maker, "1.09990", offer)
    return scene


def led(*lines: str) -> Asking:
    scene = Asking(**game_desk("ask BANKA BANKB", *lines), asks={"hits_max": 3})
    scene.ask("1.10020", game="script")
    scene.quote("BANKA", "1.10000", "1.10010")
    scene.quote("BANKB", "1.09998", "1.10008")
    return scene


def takes(scene: Asking) -> list[str]:
    """All quotes that were hit so far."""
    return [one.quote_id for one in scene.desk.history_of(TakeQuote)]


def turned_down(scene: Asking, **said: Any) -> TakeQuote:
    """The maker rejects the hit of this moment; a moment later the ask is looked at again."""
    hit = scene.desk.history_of(TakeQuote)[-1]
    scene.report(hit, REJECTED, reason="99", text="price moved", **said)
    scene.later(1)
    return hit


def test_after_a_rejected_hit_another_quote_at_no_worse_a_price_is_dealt_on() -> None:
    scene = quoted()
    assert passed(scene) == [], "the others stand until the maker's word is there"

    turned_down(scene)

    assert takes(scene) == ["Q-BANKB", "Q-BANKA"]
    assert held(scene) == D(1_000_000), "for one deal, never for two"
    scene.report(scene.desk.history_of(TakeQuote)[-1])
    assert scene.ended().outcome == "DEALT"
    assert scene.rows() == {"BANKA": "TAKEN", "BANKB": "TAKE_REFUSED", "BANKC": "WORSE"}
    assert passed(scene) == ["Q-BANKC"]
    assert len(scene.desk.history_of(DealBooked)) == 1
    assert any("99 price moved" in one for one in scene.ended().because)
    assert "price moved" in scene.ended().quotes[1].detail


def test_a_worse_price_is_dealt_on_after_a_rejected_hit_by_a_person_only() -> None:
    """F-12: nothing is tried again at a worse price by itself, of no maker."""
    scene = quoted(hits=3)
    turned_down(scene)
    turned_down(scene)

    assert takes(scene) == ["Q-BANKB", "Q-BANKA"], "BANKC's 1.10011 is within the limit, and worse"
    scene.later(3_000)
    assert scene.ask_id in scene.state.asks, "as long as it stands somebody may choose it"
    scene.take("Q-BANKC")
    assert takes(scene) == ["Q-BANKB", "Q-BANKA", "Q-BANKC"]


def test_nothing_past_the_limit_is_dealt_on_after_a_rejected_hit() -> None:
    scene = quoted("1.10008")

    turned_down(scene)
    turned_down(scene)

    assert takes(scene) == ["Q-BANKB", "Q-BANKA"]
    scene.later(3_000)
    [ended] = scene.desk.history_of(AskEnded)
    assert ended.outcome == "NOT_DEALT"
    assert [row.outcome for row in ended.quotes] == ["TAKE_REFUSED", "TAKE_REFUSED", "BEYOND_LIMIT"]


def test_no_more_quotes_are_dealt_on_than_the_desk_says() -> None:
    scene = quoted(hits=2)
    turned_down(scene)
    assert sorted(one.quote_id for one in scene.desk.history_of(PassQuote)) == ["Q-BANKC"]

    turned_down(scene)

    assert takes(scene) == ["Q-BANKB", "Q-BANKA"]
    [ended] = scene.desk.history_of(AskEnded)
    assert ended.outcome == "NOT_DEALT" and held(scene) == D(0)


def test_a_maker_that_did_not_deal_is_not_hit_at_a_worse_price_of_its_own() -> None:
    """F-12: the replaced quote is rejected, and its maker's new one is worse."""
    scene = quoted(makers=("BANKB",))
    scene.quote("BANKB", "1.09990", "1.10009", "Q2")

    turned_down(scene)

    assert takes(scene) == ["Q-BANKB"]
    scene.later(31_000)
    [ended] = scene.desk.history_of(AskEnded)
    assert "did not deal at 1.10008" in ended.earlier[0].detail


def test_a_maker_that_did_not_deal_may_be_dealt_with_at_a_price_that_is_no_worse() -> None:
    scene = quoted(makers=("BANKB",))
    scene.quote("BANKB", "1.09990", "1.10008", "Q2")

    turned_down(scene)

    assert takes(scene) == ["Q-BANKB", "Q2"]


def test_while_the_fate_of_a_hit_is_not_known_nothing_else_is_dealt_on() -> None:
    scene = quoted()
    hit = scene.desk.one(TakeQuote)

    scene.later(3_000)
    assert scene.desk.history_of(AskOrder) and scene.state.asks[scene.ask_id].stage is TAKING
    assert takes(scene) == ["Q-BANKB"] and held(scene) == D(1_000_000)
    scene.report(hit, REJECTED)
    scene.later(1)

    assert takes(scene) == ["Q-BANKB", "Q-BANKA"]


def test_a_hit_that_the_venue_does_not_know_may_be_on_its_way_and_ends_the_ask() -> None:
    scene = quoted()
    hit = scene.desk.one(TakeQuote)
    scene.later(3_000)

    scene.report(hit, OrderReport.STATUS, venue_order_id="", last_amount=None)

    assert scene.ended().outcome == "NOT_DEALT"
    scene.later(1_000)
    assert takes(scene) == ["Q-BANKB"]


def test_a_hit_of_which_a_part_was_dealt_ends_the_ask() -> None:
    scene = quoted()
    hit = scene.desk.one(TakeQuote)
    scene.state.orders[hit.order_id].filled = D(400_000)

    scene.report(hit, OrderReport.CANCELED, filled=D(400_000))
    scene.later(1)

    assert takes(scene) == ["Q-BANKB"] and not scene.state.asks


def test_a_maker_that_deals_after_it_said_no_is_a_break_and_nothing_more_is_hit() -> None:
    """Its trade came after the next hit had left: dealing stops, and that hit is the last."""
    scene = quoted()
    refused = turned_down(scene)
    second = scene.desk.history_of(TakeQuote)[-1]

    scene.report(refused)
    assert scene.desk.one(BreakFound).kind == "ORPHAN"
    scene.report(second, REJECTED)
    scene.later(1_000)

    assert takes(scene) == ["Q-BANKB", "Q-BANKA"] and not scene.state.asks


@pytest.mark.parametrize("how", ["kill", "roll", "withdraw"])
def test_what_was_stopped_while_a_hit_was_on_its_way_does_not_go_on(how: str) -> None:
    scene = quoted()
    hit = scene.desk.one(TakeQuote)
    if how == "kill":
        scene.desk.kill()
        assert passed(scene) == ["Q-BANKA", "Q-BANKC"]
        scene.desk.release()
    elif how == "roll":
        scene.desk.roll()
    else:
        scene.withdraw()
        assert scene.desk.one(Decided).reason == "QUOTE_USED"
    scene.later(1)

    scene.report(hit, REJECTED)
    scene.later(1_000)

    [ended] = scene.desk.history_of(AskEnded)
    assert ended.outcome == "NOT_DEALT" and takes(scene) == ["Q-BANKB"]


def test_a_maker_stopped_while_a_hit_was_on_its_way_is_not_dealt_with_after_it() -> None:
    scene = quoted()
    hit = scene.desk.one(TakeQuote)
    scene.step(KillSwitchPulled(actor="x", reason="y", scope=StopScope.COUNTERPARTY, value="BANKA"))
    scene.quote("BANKC", "1.09990", "1.10008", "alike")

    scene.report(hit, REJECTED)
    scene.later(1)

    assert takes(scene) == ["Q-BANKB", "alike"]


def test_quotes_that_changed_while_a_hit_was_on_its_way_are_dealt_on_as_they_are_now() -> None:
    scene = quoted()
    scene.quote("BANKC", "1.09990", "1.10007", "better")
    scene.revoke("BANKA", QuoteRevoking.WITHDRAWN, quote_id="Q-BANKA")

    turned_down(scene)
    scene.later(3_000)  # BANKA may quote again

    assert takes(scene) == ["Q-BANKB", "better"]


def test_a_session_lost_with_a_hit_out_voids_the_others_and_the_makers_word_still_counts() -> None:
    scene = Asking(asks={"hits_max": 3})
    scene.ask("1.10020", venues=())
    for maker, offer in (("BANKA", "1.10008"), ("BANKB", "1.10009"), ("BANKB@BETA", "1.10008")):
        scene.quote(maker, "1.09990", offer)
    scene.refuse("BANKC")
    scene.desk.log_out()
    scene.desk.log_on()

    turned_down(scene)

    assert [one.venue for one in scene.desk.history_of(TakeQuote)] == ["ALPHA", "BETA"]


def test_after_a_restart_a_rejected_hit_ends_its_ask() -> None:
    scene = quoted()
    scene.desk.restart()
    scene.desk.log_on()

    turned_down(scene)

    [ended] = scene.desk.history_of(AskEnded)
    assert ended.outcome == "NOT_DEALT" and takes(scene) == ["Q-BANKB"]


def test_without_a_limit_a_person_chooses_anew_after_a_rejected_hit() -> None:
    scene = quoted(None)
    scene.take("Q-BANKB")

    turned_down(scene)

    assert scene.state.asks[scene.ask_id].stage is OPEN and takes(scene) == ["Q-BANKB"]
    scene.take("Q-BANKA")
    assert takes(scene) == ["Q-BANKB", "Q-BANKA"]


def test_a_game_is_asked_again_after_a_rejected_hit_and_sees_why() -> None:
    scene = led("take Q-BANKB", "take Q-BANKA")
    hit = scene.desk.one(TakeQuote)

    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=hit.response_id, text="WALKED_AWAY")
    scene.later(1)

    told = Scripted.seen[-1].makers[1]
    assert told.price is None and "TAKE_REFUSED: REJECTED WALKED_AWAY" in told.closed
    assert takes(scene) == ["Q-BANKB", "Q-BANKA"]
    [said] = [one for one in scene.desk.history_of(Decided) if one.outcome == "TURNED_DOWN"]
    assert (said.kind, said.strategy, said.counterparty) == ("GAME", "script", "BANKB")
    assert said.detail == "at 1.10008: REJECTED WALKED_AWAY"
    scene.report(scene.desk.history_of(TakeQuote)[-1])
    assert scene.ended().outcome == "DEALT"


def test_a_game_may_ask_others_after_a_rejected_hit() -> None:
    scene = led("take Q-BANKB", "ask BANKC")

    turned_down(scene)

    assert [one.maker for one in scene.desk.history_of(SendAsk)] == ["BANKA", "BANKB", "BANKC"]


def test_a_rejected_hit_after_the_time_of_the_ask_ends_it() -> None:
    scene = led("take Q-BANKB", "take Q-BANKA")
    scene.later(31_000)

    turned_down(scene)

    [ended] = scene.desk.history_of(AskEnded)
    assert ended.outcome == "NOT_DEALT" and takes(scene) == ["Q-BANKB"]
