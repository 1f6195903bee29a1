"""`fxrobot requests` against a desk behind a control socket."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from robot.ask_views import request_views
from robot.cli import add_ask_commands, app
from robot.control import Answer, Command, ControlServer
from robot.messages.effects import RefuseRfq, SendQuote
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.ruled import RulesDesk, book

add_ask_commands()
BY = ("--actor", "ann", "--reason", "known client")


class Served:
    """A desk whose rule leaves everything to a person."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        rule = 'large: size > 5 mio then ask a person "over 5 mio" within 20 s'
        self.desk = RulesDesk(book(rule)).ready()
        self.desk.rfq(6_000_000)
        self.server = ControlServer(load_settings(folder).run_folder / "control", self._answer)

    def _answer(self, command: Command) -> Answer:
        if command.answer is not None:
            self.desk.step(command.answer)
        return {"ok": True, "requests": request_views(self.desk.state)}

    def run(self, *words: str) -> tuple[int, str]:
        found = CliRunner().invoke(app, ["requests", *words, "--config", str(self.folder)])
        return found.exit_code, found.output + str(found.exception or "")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = tmp_path / "desk"
    shutil.copytree(configuration_folder(), made, ignore=shutil.ignore_patterns("calendars"))
    running = Served(made)
    yield running
    running.server.close()


def test_what_waits_is_listed_and_a_price_answers_it(served: Served) -> None:
    code, text = served.run("list")
    assert code == 0
    assert "1    20.0 s  BANKA         gold  two-way  6000000  EUR/USD  SPOT     over 5 mio" in text
    assert '1: rule "large" (eur.rules:5): ask a person, over 5 mio within 20 s' in text
    assert "size 6,000,000" in text
    code, text = served.run("quote", "1", "--bid", "1.1", *BY)
    assert (code, "not taken" in text) == (1, True)
    code, text = served.run("quote", "1", "--bid", "1.0999", "--offer", "1.1002", *BY, "--json")
    assert (code, json.loads(text)["taken"]) == (0, True)
    assert served.desk.one(SendQuote).rfq_id == "R1"
    assert served.run("list") == (0, "no request waits for a person\n")


def test_a_request_is_passed_and_an_unknown_one_is_told(served: Served) -> None:
    code, text = served.run("pass", "7", *BY)
    assert code != 0 and "no request 7 waits" in text
    assert served.run("pass", "1", *BY)[0] == 0
    assert served.desk.one(RefuseRfq).detail == "ann passes: known client"
    assert "no price" in served.run("quote", "1", "--bid", "1,1", *BY)[1]
