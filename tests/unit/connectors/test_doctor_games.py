"""The doctor tells of names in games that the desk has not."""

from __future__ import annotations

from connectors.doctor.games import check_names
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
