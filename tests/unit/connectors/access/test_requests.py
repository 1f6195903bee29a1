"""`fxrobot requests`: one queue of what waits for persons, and who may answer what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
from argon2 import PasswordHasher
from typer.testing import CliRunner

from connectors import passwords
from connectors.access import login, requests
from connectors.assembly import make_access
from robot import control
from robot.access import Access
from robot.approvals import Role
from robot.ask_views import request_views
from robot.control import Answer, Command, answer_line
from robot.messages.effects import AlertRaised, Decided, RefuseRfq, SendQuote
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from tests.kit.releases import ReleaseDesk, books_choice
from tests.kit.ruled import book, rules

PASSWORD = "correct horse battery"
PEOPLE = {"chen": Role.ADMINISTRATOR, "ann": Role.TRADER, "li.wei": Role.RISK, "zhou": Role.VIEWER}
WHY = ("--reason", "known client")
ASKS = book(
    'large: size > 4 mio then ask a person "over 4 mio" within 20 s',
    "rest: always then quote margin 0.2 pip",
)


class Served:
    """A desk whose rule leaves the large to a person, and whose candidate suggests the rest."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        wide = book("wide: always then quote margin 1 pip")
        self.desk = ReleaseDesk(strategy=rules(ASKS)).begin()
        self.desk.climb("SUGGEST", books_choice("2", wide), size_max="4000000")
        self.desk.rfq(6_000_000)
        self.desk.rfq()
        self.heard: list[Command] = []

    def ask(self, _: Path, command: Command) -> Answer:
        """Over the socket's lines."""
        line = answer_line(msgspec.json.encode(command), self._answer)
        return msgspec.json.decode(line, type=Answer)

    def _answer(self, command: Command) -> Answer:
        """As the trader does, without its inbox."""
        self.heard.append(command)
        said, state = command.answer, self.desk.state
        if said is None:
            return {"ok": True, "requests": request_views(state)}
        if all(view["ask"] != said.ask for view in request_views(state)):
            return {"ok": False, "problem": f"{said.ask} does not wait"}
        self.desk.step(said)
        outcome = state.rules.ended.get(said.ask)
        return {"ok": outcome is not None, "waits": True, "problem": "no price", "outcome": outcome}

    def run(self, *words: str, by: str = "ann") -> tuple[int, str]:
        who = ["--as", by] if by else []
        arguments = [*words, *who, "--config", str(self.settings.folder)]
        found = CliRunner().invoke(requests.app, arguments, input=f"{PASSWORD}\n")
        return found.exit_code, found.output + str(found.exception or "")

    def list(self) -> str:
        arguments = ["list", "--config", str(self.settings.folder)]
        return CliRunner().invoke(requests.app, arguments).output


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("requests") / "desk"
    shutil.copytree(configuration_folder(), folder, ignore=shutil.ignore_patterns("calendars"))
    patch = pytest.MonkeyPatch()
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    patch.setattr(passwords, "PasswordHasher", lambda: cheap)
    patch.setattr(login, "load_settings", cache(load_settings))
    found = login.desk_of(folder)
    access = make_access(found)
    for name, role in PEOPLE.items():
        by = None if name == "chen" else access.by_password("chen", PASSWORD)
        access.add_user(by, name, role, PASSWORD)  # type: ignore[arg-type]
    access.store.close()
    yield found
    patch.undo()


@pytest.fixture
def served(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Served:
    running = Served(settings)
    monkeypatch.setattr(control, "ask", running.ask)
    return running


def refusals(settings: Settings) -> list[tuple[str, str]]:
    access: Access = make_access(settings)
    found = [(one.user, one.code) for one in access.store.attempts(3) if one.code]
    access.store.close()
    return found


def test_one_queue_has_what_a_rule_leaves_to_a_person_and_what_a_candidate_suggests(
    served: Served,
) -> None:
    text = served.list()
    head, rule, suggestion = text.splitlines()[:3]
    assert head.split()[:4] == ["no.", "kind", "left", "counterparty"]
    assert rule.split()[:4] == ["1", "RULE", "20.0", "s"] and rule.endswith("over 4 mio")
    words = suggestion.split()
    assert words[:4] == ["2", "SUGGESTION", "10.0", "s"]
    assert "1.09995/1.10015  suggested by book 2" in suggestion
    assert '1: rule "large" (eur.rules:5): ask a person, over 4 mio within 20 s' in text
    assert '2: rule "wide" (eur.rules:5): quote margin 1 pip' in text


def test_a_price_answers_what_a_rule_left_and_a_slip_loses_nothing(served: Served) -> None:
    code, text = served.run("quote", "1", "--bid", "1.1", *WHY)
    assert (code, "not taken: NOT_TAKEN" in text) == (1, True)
    code, text = served.run("confirm", "1")
    assert (code, "NOTHING_SUGGESTED" in text) == (1, True)
    assert "no price" in served.run("quote", "1", "--bid", "1,1", *WHY)[1]
    code, text = served.run("quote", "1", "--bid", "1.0999", "--offer", "1.1002", *WHY, "--json")
    assert (code, json.loads(text)["detail"]) == (0, "QUOTED")
    assert served.desk.one(SendQuote).rfq_id == "R1"
    assert served.heard[-1].actor == "ann", "somebody is there"
    answered = served.desk.stepped[-1].event
    assert (answered.actor, answered.how) == ("ann", "password")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("words", "outcome", "bid"),
    [
        (("confirm", "2"), "CONFIRMED", "1.09995"),
        (("decline", "2"), "DECLINED", "1.10003"),
        (("quote", "2", "--bid", "1.0998", "--offer", "1.1003", *WHY), "QUOTED", "1.0998"),
        (("pass", "2", *WHY), "PASSED: known client", ""),
    ],
)
def test_every_answer_works_on_a_suggestion(
    served: Served, words: tuple[str, ...], outcome: str, bid: str
) -> None:
    code, text = served.run(*words)
    assert (code, text.strip()) == (0, f"request 2: {outcome}")
    sent = served.desk.all(SendQuote)
    assert [str(one.bid) for one in sent] == ([bid] if bid else [])
    assert sent or served.desk.one(RefuseRfq).detail == "ann passes: known client"
    by = "book 2" if words[0] == "confirm" else "book 1"
    assert served.desk.one(Decided).strategy == by
    assert served.desk.state.releases.decisions == 1
    code, text = served.run("confirm", "2")
    assert (code, "NOT_WAITING" in text) == (1, True)


def test_the_market_that_moved_is_told_to_who_confirms(served: Served) -> None:
    served.desk.market("1.10020", "1.10030")
    code, text = served.run("confirm", "2")
    assert code == 0 and "MOVED: the market was 1.10000/1.10010" in text


def test_who_answers_is_known_has_the_role_and_is_recorded_if_not(
    served: Served, settings: Settings
) -> None:
    for words, by, code in (
        (("confirm", "2"), "zhou", "ROLE"),
        (("confirm", "2"), "li.wei", "ROLE"),
        (("quote", "1", "--bid", "1.1", *WHY), "li.wei", "ROLE"),
        (("pass", "1", *WHY), "chen", "ROLE"),
        (("pass", "1", "--reason", " "), "ann", "NO_REASON"),
    ):
        found, text = served.run(*words, by=by)
        assert found == 1 and code in text, text
        assert (by, code) in refusals(settings)
    assert "say who you are" in served.run("confirm", "2", by="")[1]
    assert "NOT_AUTHENTICATED" in served.run("confirm", "2", by="nobody")[1]
    assert all(one.answer is None for one in served.heard)
    assert served.run("decline", "2", by="li.wei")[0] == 0, "to send no price takes less"
    assert not served.desk.all(AlertRaised)
