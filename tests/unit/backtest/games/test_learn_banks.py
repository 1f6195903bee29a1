"""A game that asks banks learns from what they answered: its frozen file asks the better ones."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from statistics import fmean

import msgspec
import pytest
from typer.testing import CliRunner

from backtest.games.cli import app
from backtest.games.learning import learned
from backtest.games.learning_steps import learned_version
from backtest.games.own_asks import own_asks_of
from backtest.games.own_outcomes import own_day_of
from backtest.records.columns import TABLES, Value
from robot.messages.asks import SendAsk, TakeQuote
from robot.messages.orders import OrderReport
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import LearnedState, learned_of
from strategies.games.desk.terms import Applies
from tests.kit.asked_banks import GAME, GOOD, QUALITY, AskedDay
from tests.kit.asks import three_quotes
from tests.kit.recording import recorded

ALLOWED = set(QUALITY) - {"BANKG", "BANKH"}


class TwoDays:
    """Day 1 without learning; day 2 by the file that was learned from its journal and frozen."""

    def __init__(self, folder: Path) -> None:
        self.first = AskedDay(GAME)
        self.place = self.first.write(folder)
        self.text = learned_version(GAME, "x", [self.place], "", freeze=True, by="anna").text
        self.second = AskedDay(self.text, seed=2)


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> TwoDays:
    return TwoDays(tmp_path_factory.mktemp("asked"))


def state_of(text: str) -> LearnedState:
    found = learned_of(text, "x")
    assert found is not None
    return found


def test_the_next_day_asks_the_good_banks_and_deals_at_better_prices(days: TwoDays) -> None:
    assert days.first.share_of_good < 0.45
    assert days.second.share_of_good > 0.6  # of three asked one is left to the rotation
    assert fmean(days.second.costs) < 0.9 * fmean(days.first.costs)


def test_rotation_the_stop_list_and_the_lines_are_kept(days: TwoDays) -> None:
    assert {name for names in days.second.asked for name in names} == ALLOWED
    for name in ALLOWED:
        asked = [place for place, names in enumerate(days.second.asked) if name in names]
        assert max(after - before for before, after in pairwise(asked)) <= len(ALLOWED), name
    assert all(len(names) == 3 for names in days.second.asked)


def test_what_is_thought_of_banks_is_what_they_answered(days: TwoDays) -> None:
    banks = state_of(days.text).banks
    assert banks is not None and set(banks.banks) == ALLOWED
    for name, seen in banks.banks.items():
        assert seen.asks == sum(name in names for names in days.first.asked)
        assert (seen.answers < seen.asks) is (name == "BANKF")
        assert seen.cost / seen.answered == pytest.approx(QUALITY[name] + 0.5, abs=0.3)  # pips


def test_the_same_journal_gives_the_same_bytes_and_is_heard_once(days: TwoDays) -> None:
    again = learned_version(GAME, "x", [days.place], "", freeze=True, by="anna").text
    assert again == days.text
    thawed = learned_version(days.text, "x", [days.place], "", freeze=True, by="anna").text
    assert thawed == days.text


def test_no_bank_is_shown_anything_of_what_others_quoted(days: TwoDays) -> None:
    def asked(day: AskedDay) -> dict[str, SendAsk]:
        rows = day.scene.desk.history[::-1]
        sent = [one for row in rows for one in row if isinstance(one, SendAsk)]
        same = {"request_id": "", "ask_id": "", "open_until_ns": 0}
        return {one.maker: msgspec.structs.replace(one, **same) for one in sent}

    first, second = asked(days.first), asked(days.second)
    for name in GOOD:
        assert first[name] == second[name]


def test_explain_tells_what_is_thought_of_each_bank(days: TwoDays, tmp_path: Path) -> None:
    file = tmp_path / "x.game.yaml"
    file.write_text(days.text)
    told = CliRunner().invoke(app, ["explain", str(file)]).stdout
    lines = [line for line in told.splitlines() if line.startswith("- BANK")]
    assert [line[2:7] for line in lines[:2]] == list(GOOD)
    assert "bp worse than the middle (± 0.0" in lines[0] and "answered 29 of 29" in lines[0]
    assert "asked last 2014-05-01T09:35:" in lines[0]
    assert "answered 4 of 29" in lines[-1] and lines[-1].startswith("- BANKF")


def test_prices_of_banks_without_a_middle_beside_them_are_left_out_and_told(
    days: TwoDays,
) -> None:
    tables = recorded(days.first.scene.desk).tables()
    rows = tables["asks"]
    bare = [name == "BANKA" for name in rows["counterparty"]]
    for column in ("price", "mid", "distance"):
        rows[column] = [None if one else v for one, v in zip(bare, rows[column], strict=True)]
    rows["outcome"] = [
        "NO_MIDDLE" if one else v for one, v in zip(bare, rows["outcome"], strict=True)
    ]
    game = read_game(GAME, "x")
    state, told = learned(game, [own_day_of(tables, game.applies, "bp")])
    assert state.banks is not None and "BANKA" not in state.banks.banks
    assert told.without_middle == sum(bare) > 0


@pytest.mark.parametrize(
    ("product", "mid", "far", "unit", "cost"),
    [
        ("SPOT", 1_250_000_000, -125_000, "bp", 1.0),
        ("SPOT", 1_250_000_000, -125_000, "pip", 1.25),
        ("SWAP", 2_000_000, -125_000, "bp", 1.0),  # of the spot rate that the points stand on
        ("DEPOSIT", 1_800_000_000, 10_000_000, "bp", -1.0),  # better than the middle
    ],
)
def test_costs_are_from_our_middle_in_the_units_that_the_game_weighs_them_in(
    product: str, mid: int, far: int, unit: str, cost: float
) -> None:
    row: dict[str, Value] = {
        "ask_id": "A1", "counterparty": "BANKA", "product": product, "pair": "EUR/USD",
        "side": "BUY", "amount": 100, "quotes": 1, "mid": mid, "distance": far, "ended_ns": 5,
        "pip": 10_000_000 if product == "DEPOSIT" else 100_000, "spot_mid": 1_250_000_000,
        "outcome": "ANSWERED",
    }  # fmt: skip
    table = {name: [row.get(name)] for name in TABLES["asks"]}
    (ask,) = own_asks_of({"asks": table}, Applies(role="taker"), unit)
    assert ask.answers == {"BANKA": pytest.approx(cost)}


def test_a_bank_that_rejected_our_hit_gave_no_answer_whatever_it_quoted() -> None:
    scene = three_quotes()
    scene.report(scene.desk.one(TakeQuote), OrderReport.REJECTED)
    scene.later(5_000)
    tables = recorded(scene.desk).tables()
    (ask,) = own_asks_of(tables, Applies(role="taker"), "pip")
    assert ask.answers["BANKB"] is None
    assert ask.answers["BANKA"] == pytest.approx(0.5)
