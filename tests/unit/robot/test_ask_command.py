"""`fxrobot ask` and `fxrobot asks` against a desk behind a control socket."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from robot.ask_views import ask_views
from robot.cli import add_ask_commands, app
from robot.control import Answer, Command, ControlServer
from robot.messages.asks import AskWanted, SendAsk, TakeQuote
from robot.messages.orders import OrderReport
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.asks import Asking

add_ask_commands()


class Served:
    """A desk whose makers answer at once what the test says."""

    def __init__(self, folder: Path) -> None:
        self.scene = Asking()
        self.quotes: dict[str, str] = {}
        self.fills = True
        self.said: list[Command] = []
        self.server = ControlServer(load_settings(folder).run_folder / "control", self._answer)

    def _answer(self, command: Command) -> Answer:
        self.said.append(command)
        if command.wish is not None:
            self.scene.step(command.wish)
            self._play()
        elif self.scene.state.asks:
            self.scene.later(1_000)
            self._play()
        return {"ok": True, "asks": ask_views(self.scene.state)}

    def _play(self) -> None:
        for sent in self.scene.desk.all(SendAsk):
            self.scene.requests[sent.maker] = sent
        if self.scene.desk.all(SendAsk):
            for maker, offer in self.quotes.items():
                self.scene.quote(maker, "1.09990", offer)
        for hit in self.scene.desk.all(TakeQuote):
            kind = OrderReport.TRADE if self.fills else OrderReport.REJECTED
            self.scene.report(hit, kind)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "desk"
    shutil.copytree(configuration_folder(), made, ignore=shutil.ignore_patterns("calendars"))
    return made


@pytest.fixture
def served(folder: Path) -> Iterator[Served]:
    made = Served(folder)
    yield made
    made.server.close()


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    options = ["--config", str(folder)]
    if arguments[:2] != ("asks", "list"):
        options += ["--actor", "trader", "--reason", "test"]
    result = CliRunner().invoke(app, [*arguments, *options])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        return 2, str(result.exception)
    return result.exit_code, result.stdout


def test_the_best_price_is_dealt_on_and_the_comparison_shown(folder: Path, served: Served) -> None:
    served.quotes = {"BANKA": "1.10012", "BANKB": "1.10008", "BANKC": "1.10020"}
    words = ("ask", "buy 1 mio EUR/USD spot", "--venue", "ALPHA", "--limit", "1.10015")
    code, text = run(folder, *words)
    assert 0 == code, text
    lines = [line.split() for line in text.splitlines()]
    assert "DEALT" in lines[0]
    assert ["BANKB", "ALPHA", "1.10008", "Q-BANKB", "TAKEN"] in lines
    assert {"WORSE", "BEYOND_LIMIT"} == {line[4] for line in lines[2:5]} - {"TAKEN"}
    wish = served.said[0].wish
    assert isinstance(wish, AskWanted) and wish.two_way and wish.actor == "trader"


def test_json_is_one_object_with_the_same(folder: Path, served: Served) -> None:
    served.quotes = {"BANKA": "1.10012"}
    code, text = run(
        folder, "ask", "buy 1m EUR/USD", "--maker", "BANKA", "--limit", "1.10015", "--json"
    )
    told: dict[str, Any] = json.loads(text)
    assert (0, "DEALT", "TAKEN") == (code, told["outcome"], told["quotes"][0]["outcome"])


def test_without_a_limit_the_quotes_wait_for_a_person(folder: Path, served: Served) -> None:
    served.quotes = {"BANKA": "1.10012", "BANKB": "1.10008", "BANKC": "1.10020"}
    code, text = run(folder, "ask", "buy 1m EUR/USD", "--venue", "ALPHA")
    assert 0 == code and "deal on one: fxrobot asks take" in text
    ask_id = text.split()[0]
    code, text = run(folder, "asks", "counter", ask_id, "Q-BANKA", "1.10001")
    assert 0 == code and "COUNTERED" in text
    code, text = run(folder, "asks", "take", ask_id, "Q-BANKB")
    assert 0 == code and "DEALT" in text
    code, text = run(folder, "asks", "list")
    assert 0 == code and ask_id in text


def test_what_is_not_dealt_is_a_failure(folder: Path, served: Served) -> None:
    served.quotes, served.fills = {"BANKA": "1.10012"}, False
    code, text = run(folder, "ask", "buy 1m EUR/USD", "--maker", "BANKA", "--limit", "1.10015")
    assert 1 == code and "TAKE_REFUSED" in text
    code, text = run(folder, "ask", "buy 1m EUR/XXX", "--limit", "1.1")
    assert 1 == code and "UNKNOWN_PAIR" in text


def test_a_person_ends_an_ask(folder: Path, served: Served) -> None:
    served.quotes = {"BANKA": "1.10012"}
    _, text = run(folder, "ask", "buy 1m EUR/USD", "--maker", "BANKA")
    code, text = run(folder, "asks", "withdraw", text.split()[0])
    assert 0 == code and "WITHDRAWN" in text
    code, text = run(folder, "asks", "withdraw", "A1")
    assert 2 == code and "no ask A1" in text


def test_a_wish_is_read_back_as_it_was_sent() -> None:
    wish = AskWanted(
        actor="a",
        reason="r",
        request="q",
        pair="EUR/USD",
        side="BUY",  # type: ignore[arg-type]
        amount=1,  # type: ignore[arg-type]
    )
    raw = msgspec.json.encode({"command": "ask", "wish": msgspec.to_builtins(wish)})
    assert "q" == getattr(msgspec.json.decode(raw, type=Command).wish, "request", "")
