"""A game cannot go past its own walk-away, not even by saying a looser one later.

We buy 1m with a limit of 1.10020, or sell to a client; the market is 1.10000/1.10010. BANKB quotes
1.10008.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from decimal import Decimal as D
from types import SimpleNamespace
from typing import Any

import pytest

from robot.deals.product import ProductKind
from robot.messages.asks import AskEnded, CounterQuote, QuoteRevoking, TakeQuote
from robot.messages.effects import AlertRaised, Decided, RefuseRfq, SendQuote
from robot.messages.events import FixingPublished
from robot.strategy import Decision, Facts
from robot.walk_away import WalkAway, price_of_words
from strategies.games.desk.applying import in_words, price_of
from strategies.games.desk.words import Level, level
from tests.kit.asks import Asking
from tests.kit.desk import THURSDAY, Desk
from tests.kit.scripted_game import Scripted, game_desk

INDEX = "DR007"


class Quoting(Scripted):
    """To clients it quotes at the price of its last line, whatever it declared."""

    def decide(self, facts: Facts) -> Decision:
        return Decision(offer=D(self._lines[-1]), walk_away=D(1))


class Meant(Scripted):
    """What it declares is no price."""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        super().__init__(parameters)
        self.walk_away = WalkAway(fixed=D("NaN"))


def desk_of(*lines: str, by: type = Scripted) -> dict[str, Any]:
    changes: dict[str, Any] = dict(game_desk(*lines))
    changes["strategy"]["game_factory"] = f"{by.__module__}:{by.__name__}"
    return changes


def led(*lines: str, limit: str | None = "1.10020", by: type = Scripted) -> Asking:
    scene = Asking(**desk_of("ask BANKB", *lines, by=by))
    scene.ask(limit, game="script")
    if scene.requests:
        scene.quote("BANKB", "1.09990", "1.10008", life_ms=60_000)
    return scene


def alerts(of: Any) -> list[str]:
    return [one.code for one in of.history_of(AlertRaised)]


def turn_down(scene: Asking) -> None:
    sent = scene.desk.history_of(CounterQuote)[-1]
    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=sent.response_id)


def said(scene: Asking) -> list[D]:
    return [one.price for one in scene.desk.history_of(CounterQuote)]


def test_a_walk_away_that_a_game_said_once_cannot_be_loosened_by_a_later_move() -> None:
    scene = led("counter Q-BANKB 1.10001 1.10003", "counter Q-BANKB 1.10005 1.10007")

    turn_down(scene)

    assert said(scene) == [D("1.10001")] and "WALK_AWAY" in alerts(scene.desk)
    assert "1.10005 is past the walk-away 1.10003" in scene.ended().because[-1]


def test_a_later_move_may_tighten_it() -> None:
    scene = led("counter Q-BANKB 1.10001 1.10007", "counter Q-BANKB 1.10005 1.10003")

    turn_down(scene)

    assert said(scene) == [D("1.10001")]


def test_what_was_declared_to_follow_the_middle_follows_it_and_nothing_past_it_is_said() -> None:
    """The middle is 1.10005, then 1.10002: 1.10004 was inside, and is not any more."""
    scene = led(
        "words mid + 0.1 pip",
        "counter Q-BANKB 1.10001 1.10006",
        "counter Q-BANKB 1.10004 1.10006",
    )
    assert said(scene) == [D("1.10001")]
    scene.desk.market(bid="1.09997", offer="1.10007")

    turn_down(scene)

    assert said(scene) == [D("1.10001")]
    assert "is past the walk-away 1.10003, which is mid + 0.1 pip" in scene.ended().because[-1]


def test_nothing_past_what_was_declared_is_dealt_on_whatever_the_game_says_now() -> None:
    scene = led("words 1.10007", "take Q-BANKB", "end")

    assert scene.desk.history_of(TakeQuote) == [] and "WALK_AWAY" in alerts(scene.desk)
    assert "past the walk-away 1.10007" in Scripted.seen[-1].makers[1].refused


def test_the_fixed_part_holds_whatever_the_benchmark_says() -> None:
    """The benchmark is published wrongly, at 1.2: the fixed rate still holds."""
    scene = led(f"words {INDEX}, never above 1.10004", "wait 500", "counter Q-BANKB 1.10006")
    publish(scene, "1.2")

    scene.later(600)

    assert said(scene) == []
    assert "past the walk-away 1.10004" in scene.desk.history_of(AskEnded)[-1].because[-1]


def publish(scene: Asking, value: str) -> None:
    scene.step(
        FixingPublished(
            index=INDEX,
            value_date=THURSDAY,
            value=D(value),
            published_at_ns=scene.desk.at_ns,
            source="test",
        )
    )


def test_where_nobody_knows_the_benchmark_nothing_is_said_or_dealt_on() -> None:
    scene = led(f"words {INDEX}", "counter Q-BANKB 1.10001")

    assert said(scene) == []
    assert f"nobody published {INDEX}" in scene.desk.history_of(AskEnded)[-1].because[-1]


def test_a_person_who_takes_over_is_held_to_the_limit_of_the_ask_only() -> None:
    scene = led("words 1.10003", "wait 5000")

    scene.take("Q-BANKB")

    assert scene.desk.one(TakeQuote).price == D("1.10008")


def test_a_declaration_that_cannot_be_meant_refuses_the_ask() -> None:
    scene = led("take Q-BANKB", by=Meant)

    refused = next(one for one in scene.desk.all(Decided) if one.outcome == "REFUSED")
    assert (refused.reason, "walk_away: NaN" in refused.detail) == ("STRATEGY_FAILED", True)


@pytest.mark.parametrize(("price", "sent"), [("1.10012", False), ("1.10016", True)])
def test_to_clients_nothing_past_what_was_declared_is_shown(price: str, sent: bool) -> None:
    """We sell; a pip over the middle is 1.10015. What the decision calls its walk-away is 1."""
    made = Desk(**desk_of("words mid + 1 pip", price, by=Quoting)).open()
    made.market()

    made.rfq(side="buy")

    assert bool(made.all(SendQuote)) is sent
    assert sent or (made.one(RefuseRfq) and "WALK_AWAY" in alerts(made))


def test_the_core_works_words_out_as_the_games_do() -> None:
    """Two implementations of one rule, over random words, markets and products."""
    chance = random.Random(5)
    anchors = ("mid", "bid", "offer", "DR007", "1.85", "")
    for _ in range(400):
        anchor = chance.choice(anchors)
        far = f"{chance.randint(0, 40) / 10} {chance.choice(('bp', 'pip'))}"
        bound = chance.choice(("", ", never below 1.7", ", never above 1.9"))
        written = level(f"{anchor} {chance.choice('+-')} {far}{bound}" if anchor else f"-{far}")
        kind = chance.choice((ProductKind.SPOT, ProductKind.DEPOSIT, ProductKind.SWAP))
        facts: Any = SimpleNamespace(
            product=kind,
            bid=D(chance.randint(15_000, 19_000)) / 10_000,
            offer=D(chance.randint(19_000, 20_000)) / 10_000,
            mid=D(chance.randint(15_000, 20_000)) / 10_000,
            pip=D("0.01") if kind.is_loan else D("0.0001"),
            spot=None if kind.is_loan else D("7.1"),
            fixings={"DR007": D("1.8")} if chance.random() < 0.8 else {},
            no_fixings={"DR007": "nobody published DR007"},
        )
        better = chance.choice((1, -1))

        assert _by_the_core(written, facts, better) == price_of(written, facts, better)


def _by_the_core(written: Level, facts: Any, better: int) -> D | str:
    return price_of_words(
        in_words(written),
        facts.product,
        better,
        lambda: facts,
        lambda name: facts.fixings.get(name, f"nobody published {name}"),
    )
