"""The doctor tells of names in games that the desk has not."""

from __future__ import annotations

from connectors.doctor.games import check_games, check_names
from robot.desk import DealingHours
from robot.package import configuration_folder
from robot.settings import load_settings
from strategies.games.desk.loading import load_game

TEXT = """game: {name: own, kind: negotiate}
applies: {tiers: [gold, golden]}
my terms: {walk-away: -1 pip, aim: 0.1 pip, open at: 0.5 pip}
ask: {banks: 1, never: [BANKA, BANKX]}
"""


def test_a_bank_or_tier_that_nobody_has_is_told_with_the_nearest() -> None:
    reference = load_settings(configuration_folder()).reference
    game = load_game({"text": TEXT, "file": "own.game.yaml"})

    told = [one.text for one in check_names(reference, {"own": game})]

    assert len(told) == 2
    assert "applies.tiers: golden is not" in told[0] and "did you mean gold?" in told[0]
    assert "ask.never: BANKX is not" in told[1]


def test_a_game_that_could_never_play_on_this_desk_is_told() -> None:
    reference = load_settings(configuration_folder()).reference
    text = (
        TEXT.replace("{tiers: [gold, golden]}", "{pair: EUR/ZAR}").replace(", BANKX", "")
        + 'pace: {by: "07:30", messages: 1, style: firm}\n'
    )
    game = load_game({"text": text, "file": "own.game.yaml"})

    def told(opens: str) -> list[str]:
        hours = {"day": "mon-fri", "hour": opens}, {"day": "mon-fri", "hour": "17"}
        row = DealingHours.model_validate({"venue": "*", "open": hours[0], "close": hours[1]})
        return [one.text for one in check_games(reference, [row], {"own": game})]

    doubt, market, by = told("8")
    assert "line 5, pace.style: has no effect with messages: 1" in doubt
    assert "EUR/ZAR is dealt at no venue" in market
    assert "pace.by 07:30 is before anything is dealt" in by
    assert len(told("7")) == 2
