"""A game file made into the strategy that plays it (`strategy.games` of desk.yaml)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from robot.bargaining import AskFacts, AskMove
from robot.strategy import NOT_MINE, Decision, Facts
from strategies.games.desk.applying import in_words, why_not, why_not_ask, why_not_settled
from strategies.games.desk.ask_game import AskGame
from strategies.games.desk.file import NEGOTIATE, QUOTE, read_game
from strategies.games.desk.hedge_file import policy_of
from strategies.games.desk.negotiate_game import NegotiateGame
from strategies.games.desk.quote_game import QuoteGame
from strategies.games.desk.terms import Game


class _Plays(Protocol):
    fixings: tuple[str, ...]

    def decide(self, facts: Facts) -> Decision: ...


class HedgeGame:
    """Answers nothing: what it says is carried out by the core."""

    fixings: tuple[str, ...] = ()

    def decide(self, facts: Facts) -> Decision:
        """No request is its business."""
        return Decision(
            passed=NOT_MINE, because=(f"it hedges, {facts.pair} is answered by others",)
        )


class GameStrategy:
    """Answers requests that its game is meant for."""

    def __init__(self, game: Game) -> None:
        self.game = game
        self._plays: _Plays = _played(game)
        self.hedges = (policy_of(game.hedge),) if game.hedge is not None else ()
        """Positions that the core brings back as this game says."""
        self.fixings = self._plays.fixings
        """Benchmarks that the core has to tell."""

    def decide(self, facts: Facts) -> Decision:
        """What the game says, where the request is one of those it is for."""
        problem = why_not(self.game.applies, facts)
        if problem:
            return Decision(passed=NOT_MINE, because=(problem,))
        return self._plays.decide(facts)


class BargainStrategy(GameStrategy):
    """The same, which also leads asks of ours."""

    def __init__(self, game: Game) -> None:
        super().__init__(game)
        package = game.package
        amounts = package.amounts if package is not None else ()
        self.amounts = (amounts[0], amounts[-1]) if amounts else None
        """Least and most that it may ask for instead of an ask's own amount."""
        assert game.terms is not None, "a game of this kind has terms"
        self.walk_away = in_words(game.terms.walk_away)
        """What the core holds every price against, whatever is said of it later."""
        self.tenors = package.tenors if package is not None else ()
        """Among which it may move the tenor of an ask."""
        self._asks = AskGame(game, NegotiateGame(game))

    def choose(self, facts: AskFacts) -> AskMove:
        """Whom to ask first, where the ask is one of those the game is for."""
        problem = why_not_ask(self.game.applies, facts) or why_not_settled(self.game, facts)
        if problem:
            return AskMove(end=True, because=(f"the game is not meant for it: {problem}",))
        return self._asks.choose(facts)

    def bargain(self, facts: AskFacts) -> AskMove:
        """What to do now."""
        return self._asks.bargain(facts)


def load_game(parameters: Mapping[str, object]) -> GameStrategy:
    """The strategy of one file; ConfigurationError with all that is wrong with it, by line."""
    text, file = str(parameters["text"]), str(parameters["file"])
    game = read_game(text, file, dealing=True)
    return BargainStrategy(game) if game.kind == NEGOTIATE else GameStrategy(game)


def _played(game: Game) -> _Plays:
    if game.kind == QUOTE:
        assert game.quoting is not None, "a game of this kind quotes"
        return QuoteGame(game.quoting, game.learned)
    return NegotiateGame(game) if game.kind == NEGOTIATE else HedgeGame()
