"""Games of a desk: which of them answers a request, what a rule book may hand to, what they see."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest

from robot.assembly import load_strategy
from robot.bargaining import Talk
from robot.core.games import version_of
from robot.errors import ConfigurationError
from robot.messages.effects import Decided, RefuseRfq, SendQuote, WithdrawQuote
from robot.messages.events import KillSwitchPulled
from robot.messages.stops import StopScope
from robot.strategy import NOT_MINE, Decision, Facts
from robot.strategy_settings import StrategySettings, strategy_row
from tests.kit.desk import Desk
from tests.kit.ruled import RulesDesk, book

HERE = "tests.unit.robot.test_core_games"
USUAL = "quote margin 0.2 pip valid 3 s"
TALKS: list[Talk | None] = []


class Fixed:
    """Quotes 1.10000/1.10010 to the clients its text names, a better price where they answer."""

    def __init__(self, parameters: dict[str, object]) -> None:
        self._clients = str(parameters["text"]).split()

    def decide(self, facts: Facts) -> Decision:
        TALKS.append(facts.talk)
        if facts.counterparty not in self._clients:
            return Decision(passed=NOT_MINE, because=(f"not for {facts.counterparty}",))
        if facts.their_price is not None:
            assert facts.our_price is not None
            return Decision(offer=facts.our_price - facts.tick, walk_away=D("1.10002"))
        return Decision(bid=D("1.10000"), offer=D("1.10010"), because=("fixed",))


def games(*texts: str) -> list[dict[str, str]]:
    return [
        {"name": f"game {number}", "file": f"g{number}.game.yaml", "text": text}
        for number, text in enumerate(texts, 1)
    ]


def desk(*texts: str, factory: str = "", parameters: object = None) -> Desk:
    strategy = {
        "name": "desk",
        "version": "1",
        "factory": factory,
        "parameters": parameters or {},
        "games": games(*texts),
        "game_factory": f"{HERE}:Fixed",
    }
    made = Desk(strategy=strategy).open()
    made.market()
    return made


def test_the_first_game_that_is_meant_for_a_request_answers_it() -> None:
    made = desk("BANKB", "BANKA BANKB")

    made.rfq(client="BANKA")

    decided = made.one(Decided)
    assert decided.outcome == "QUOTED"
    assert decided.because[:2] == ("game 'game 2'", "fixed")


def test_a_request_that_no_game_is_meant_for_is_refused_with_each_reason() -> None:
    made = desk("BANKB", "BANKC")

    made.rfq(client="BANKA")

    refused = made.one(RefuseRfq)
    assert refused.reason == "STRATEGY_PASSED"
    assert "not of game 'game 1': not for BANKA" in refused.detail
    assert "not of game 'game 2'" in refused.detail


def test_a_game_that_is_stopped_quotes_nothing_and_what_it_quoted_is_pulled() -> None:
    made = desk("BANKA", "BANKB")
    made.rfq(client="BANKA")
    quote = made.one(SendQuote).quote_id

    made.step(KillSwitchPulled(actor="head", reason="x", scope=StopScope.STRATEGY, value="game 1"))

    assert made.one(WithdrawQuote).quote_id == quote
    made.rfq(client="BANKA")
    assert made.one(RefuseRfq).reason == "KILL_SWITCH"
    made.rfq(client="BANKB")
    assert made.one(SendQuote), "the other game goes on"


def test_the_strategy_beside_the_games_answers_what_they_do_not() -> None:
    two_way = {"lean_max": "0", "tiers": {"gold": [{"up_to": "5000000", "margin": "0.5"}]}}
    made = desk("BANKB", factory="strategies.two_way:TwoWay", parameters=two_way)

    made.rfq(client="BANKA")

    assert any("margin 0.5 pips" in line for line in made.one(Decided).because)


def test_a_rule_book_may_hand_to_a_game_by_its_name() -> None:
    made = RulesDesk(
        book('they buy: their price is known then hand to game "game 1"', otherwise=USUAL),
        more={"games": games("BANKA"), "game_factory": f"{HERE}:Fixed"},
    ).ready()
    first = made.quoted()

    made.counter(first, "1.10000")

    assert made.one(SendQuote).offer == D("1.10006")


def test_a_rule_book_that_hands_to_a_game_that_is_not_there_is_refused_with_the_names() -> None:
    text = book('x: always then hand to game "patient seller"', otherwise=USUAL)

    with pytest.raises(ConfigurationError, match=r"no strategy 'patient seller'.*game 1"):
        RulesDesk(text, more={"games": games("BANKA"), "game_factory": f"{HERE}:Fixed"}).ready()


def test_a_game_sees_all_that_was_said_with_its_times() -> None:
    made = desk("BANKA")
    made.rfq(client="BANKA")
    quote, quoted_ns = made.one(SendQuote).quote_id, made.at_ns
    assert TALKS[-1] is None

    made.after(200).counter(quote, "1.10004")
    made.after(200).counter(made.one(SendQuote).quote_id, "1.10005")

    talk = TALKS[-1]
    assert talk is not None
    prices = [(one.ours, one.price) for one in talk.said]
    assert prices == [
        (True, D("1.10010")), (False, D("1.10004")), (True, D("1.10009")), (False, D("1.10005")),
    ]  # fmt: skip
    assert [one.at_ns - quoted_ns for one in talk.said] == [
        0,
        200_000_000,
        200_000_000,
        400_000_000,
    ]
    assert talk.answers_left == made.reference.quotes.counters_max - 1
    assert talk.now_ns < talk.until_ns


DESK_YAML = """strategy:
  name: games
  version: "1"
  games: placing.game.yaml
"""


def test_a_game_file_is_journaled_with_its_name_and_text(tmp_path: Path) -> None:
    (tmp_path / "placing.game.yaml").write_text("game: {name: 7-day placing}\nanything: else\n")

    row = strategy_row(tmp_path / "desk.yaml", _settings("placing.game.yaml"))

    assert row["games"] == [
        {
            "name": "7-day placing",
            "file": "placing.game.yaml",
            "text": "game: {name: 7-day placing}\nanything: else\n",
        }
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("games: {name: x}\n", "placing.game.yaml:1: game: Field required"),
        ("game:\n  kind: negotiate\n", "placing.game.yaml:1: game.name: Field required"),
        ("game: [1\n", "placing.game.yaml:2"),
        ("", "a mapping"),
    ],
)
def test_a_game_file_without_a_name_is_refused_with_its_line(
    tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "placing.game.yaml").write_text(text)

    with pytest.raises(ConfigurationError) as refused:
        strategy_row(tmp_path / "desk.yaml", _settings("placing.game.yaml"))

    assert told in str(refused.value)


def test_a_game_file_that_is_not_there_is_told_with_the_line_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(DESK_YAML)

    with pytest.raises(ConfigurationError, match=r"desk.yaml:4: strategy.games: .*placing"):
        strategy_row(tmp_path / "desk.yaml", _settings("placing.game.yaml"))


def test_two_games_of_one_name_are_refused(tmp_path: Path) -> None:
    (tmp_path / "desk.yaml").write_text(DESK_YAML)
    for name in ("a.game.yaml", "b.game.yaml"):
        (tmp_path / name).write_text("game: {name: same}\n")

    with pytest.raises(ConfigurationError, match="'same' is a name twice"):
        strategy_row(tmp_path / "desk.yaml", _settings("a.game.yaml", "b.game.yaml"))


def test_a_version_knows_its_games_by_their_names() -> None:
    made = desk("BANKB", "BANKA")

    assert list(version_of(made.reference, load_strategy).games) == ["game 1", "game 2"]


def _settings(*files: str) -> StrategySettings:
    return StrategySettings(name="games", version="1", games=files)
