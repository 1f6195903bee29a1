"""Games as a candidate: they decide on what they would see if they were live."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from robot.deals.reference import GameFile, StrategyChoice
from robot.messages.effects import SendQuote
from robot.messages.releases import ShadowDecided, SuggestionMade
from tests.kit.releases import ReleaseDesk

TEXT = """
game: {name: spot, kind: negotiate}
my terms: {walk-away: 0.2 pip, aim: 1 pip, open at: 9 pips}
pace: {by: "23:59"}
"""
OFFER = D("1.10095")


def released(stage: str) -> ReleaseDesk:
    """A desk whose live strategy is no game, in New York's morning."""
    game = GameFile(name="spot", file="spot.game.yaml", text=TEXT)
    tried = StrategyChoice(name="games", version="9", factory="", parameters={}, games=(game,))
    made = ReleaseDesk().begin().climb(stage, tried)
    made.rfq(side="buy")
    return made


def test_a_game_that_shadows_knows_the_time_of_day() -> None:
    assert released("SHADOW").one(ShadowDecided).offer == OFFER


@pytest.mark.parametrize(("stage", "kind"), [("SUGGEST", SuggestionMade), ("CANARY", SendQuote)])
def test_a_game_on_trial_knows_the_time_of_day(stage: str, kind: type) -> None:
    assert released(stage).one(kind).offer == OFFER
