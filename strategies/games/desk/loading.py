"""A game file made into the strategy that plays it (`strategy.games` of desk.yaml)."""

from __future__ import annotations

from collections.abc import Mapping

from robot.strategy import Decision, Facts
from strategies.games.desk.applying import why_not
from strategies.games.desk.file import read_game
from strategies.games.desk.quote_game import QuoteGame

NOT_MINE = "NOT_MINE"
"""How a game says that a request is not meant for it (`robot.core.games`)."""


class QuoteStrategy:
    """Answers requests with a tiered quote."""

    def __init__(self, text: str, file: str) -> None:
        self.game = read_game(text, file)
        assert self.game.quoting is not None, "a game of this kind quotes"
        self._quotes = QuoteGame(self.game.quoting)

    def decide(self, facts: Facts) -> Decision:
        """Prices, where the request is one of those the game is for."""
        problem = why_not(self.game.applies, facts)
        if problem:
            return Decision(passed=NOT_MINE, because=(problem,))
        return self._quotes.decide(facts)


def load_game(parameters: Mapping[str, object]) -> QuoteStrategy:
    """The strategy of one file; ConfigurationError with all that is wrong with it, by line."""
    text, file = str(parameters["text"]), str(parameters["file"])
    return QuoteStrategy(text, file)
