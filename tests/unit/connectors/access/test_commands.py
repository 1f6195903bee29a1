"""The commands of people with a name, from the first administrator to a start that is allowed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import msgspec
import pytest
import typer
from argon2 import PasswordHasher
from typer.testing import CliRunner, Result

from connectors import passwords
from connectors.access import login, proposals, users
from robot.approving import at_start
from robot.errors import ConfigurationError, RobotError
from robot.package import configuration_folder
from robot.settings import load_settings

GOOD = {name: f"long and good {number}" for number, name in enumerate(("chen", "li.wei", "he.yu"))}
NOW = 1 << 61


class Desk:
    """A folder and what is typed there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "desk"
        left = shutil.ignore_patterns("calendars")
        shutil.copytree(configuration_folder(), self.folder, ignore=left)

    def type(self, app: typer.Typer, *words: str, lines: tuple[str, ...] = ()) -> Result:
        arguments = [*words, "--config", str(self.folder)]
        return CliRunner().invoke(app, arguments, input="".join(f"{line}\n" for line in lines))

    def token(self, name: str) -> list[str]:
        return ["--token-file", str(self.folder.parent / name)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three users, two of them for risk, with tokens."""
    patch = pytest.MonkeyPatch()
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    patch.setattr(passwords, "PasswordHasher", lambda: cheap)
    patch.setattr(login, "load_settings", cache(load_settings))
    made = Desk(tmp_path_factory.mktemp("commands"))
    first = made.type(users.app, "add", "chen", "--first", lines=(GOOD["chen"],))
    assert first.output.strip().endswith("chen is administrator")
    for name in ("li.wei", "he.yu"):
        words = ("add", name, "--role", "risk", "--as", "chen")
        made.type(users.app, *words, lines=(GOOD["chen"], GOOD[name]))
        more = ("token", "create", "-o", str(made.folder.parent / name), "--as", name)
        assert made.type(users.app, *more, lines=(GOOD[name],)).exit_code == 0
    yield made
    patch.undo()


def test_two_persons_approve_what_a_start_needs(desk: Desk) -> None:
    settings = load_settings(desk.folder)
    apps = {
        "limits.yaml": proposals.limits_app,
        "counterparties.yaml": proposals.counterparties_app,
        "desk.yaml": proposals.strategy_app,
    }
    for name, app in apps.items():
        with pytest.raises(ConfigurationError, match="nobody approved"):
            at_start(settings, NOW)
        file = str(desk.folder / name)
        words = ("propose", file, "--reason", "first", "--json", *desk.token("li.wei"))
        told = msgspec.json.decode(desk.type(app, *words).stdout)
        number = str(told["proposal"]["number"])
        own = desk.type(app, "approve", number, *desk.token("li.wei"), lines=("y",))
        assert (own.exit_code, "SELF_APPROVAL" in own.output) == (1, True)
        done = desk.type(app, "approve", number, *desk.token("he.yu"), lines=("y",))
        assert done.exit_code == 0 and "APPROVED" in done.output
        assert desk.type(app, "diff", file).exit_code == 0
    assert at_start(settings, NOW).told == ()
    listed = desk.type(proposals.app, "list").stdout.splitlines()
    assert [line.split()[1] for line in listed] == ["LIMITS", "COUNTERPARTIES", "STRATEGY"]
    assert desk.type(proposals.app, "refused").stdout.count("SELF_APPROVAL") == 3


def test_an_approver_sees_the_lines_that_change_and_may_say_no(desk: Desk) -> None:
    file = desk.folder.parent / "wanted.yaml"
    text = (desk.folder / "limits.yaml").read_text()
    file.write_text(text.replace("price_collar_bp: 25", "price_collar_bp: 26"))
    words = ("propose", str(file), "--reason", "wider", "--json", *desk.token("li.wei"))
    made = msgspec.json.decode(desk.type(proposals.limits_app, *words).stdout)
    number = str(made["proposal"]["number"])
    shown = desk.type(proposals.app, "approve", number, *desk.token("he.yu"), lines=("n",))
    assert '+price_collar_bp: "26"' in shown.output and shown.exit_code == 1
    assert desk.type(proposals.limits_app, "diff", str(file)).exit_code == 1
    file.write_text(text.replace("price_collar_bp: 25", "price_collar_bp: 27"))
    words = ("revise", number, str(file), "--reason", "wider still", *desk.token("li.wei"))
    assert "OPEN" in desk.type(proposals.limits_app, *words).output
    words = ("approve", number, "--yes", "--seen", made["proposal"]["content_hash"])
    old = desk.type(proposals.limits_app, *words, *desk.token("he.yu"))
    assert "CONTENT_CHANGED" in old.output
    said = desk.type(proposals.limits_app, "reject", number, "--reason", "no", *desk.token("he.yu"))
    assert "REJECTED" in said.output
    again = desk.type(proposals.app, "approve", number, *desk.token("he.yu"), lines=("y",))
    assert "NOT_OPEN" in again.output
    assert "wider still" in desk.type(proposals.limits_app, "proposals").output
    assert '"27"' in desk.type(proposals.app, "show", number, "--json").stdout


def test_who_says_no_name_or_a_wrong_password_is_not_let_in(desk: Desk) -> None:
    for words, lines in ((("apply", "1"), ()), (("apply", "1", "--as", "li.wei"), ("wrong",))):
        result = desk.type(proposals.app, *words, lines=lines)
        assert isinstance(result.exception, RobotError)
    assert "NOT_AUTHENTICATED" in desk.type(users.app, "attempts").output


def test_a_token_file_that_others_may_read_is_refused(desk: Desk) -> None:
    path = desk.folder.parent / "li.wei"
    path.chmod(0o644)
    result = desk.type(proposals.app, "apply", "1", *desk.token("li.wei"))
    path.chmod(0o600)
    assert "others may read it" in str(result.exception)


def test_a_release_and_an_override_are_proposals(desk: Desk) -> None:
    words = ("override", "net_open_position:EUR", "7", "--until", "2100-01-01T00:00:00Z")
    done = desk.type(proposals.app, *words, "--reason", "client", *desk.token("li.wei"))
    assert "(OVERRIDE) is OPEN" in done.output
    wrong = desk.type(proposals.app, *words[:-1], "tomorrow", "--reason", "?")
    assert "2026-11-30T22:00:00Z" in str(wrong.exception)
    asked = desk.type(proposals.app, "release", "--reason", "over", *desk.token("li.wei"))
    assert "no trader answers" in str(asked.exception)


def test_what_a_proposer_wrote_cannot_act_on_the_approvers_screen(desk: Desk) -> None:
    words = ("override", "counterparty_line:BANKA", "7", "--until", "2100-01-01T00:00:00Z")
    desk.type(proposals.app, *words, "--reason", "ok\x1b[2K\u202egood", *desk.token("li.wei"))
    listed = desk.type(proposals.app, "list").output
    number = listed.splitlines()[-1].split()[0]
    for said in (listed, desk.type(proposals.app, "show", number).output):
        assert "\x1b" not in said and "\u202e" not in said
        assert r"ok\u001b[2K\u202egood" in said


def test_users_are_listed_without_secrets_changed_and_disabled(desk: Desk) -> None:
    by = ("--as", "chen")
    words = ("add", "zhou", "--role", "viewer", *by)
    desk.type(users.app, *words, lines=(GOOD["chen"], "a password for zhu"))
    assert (
        "zhou is trader"
        in desk.type(
            users.app, "role", "zhou", "--role", "trader", *by, lines=(GOOD["chen"],)
        ).output
    )
    desk.type(users.app, "password", "zhou", lines=("a password for zhu", "another for zhu 2"))
    assert desk.type(users.app, "disable", "zhou", *by, lines=(GOOD["chen"],)).exit_code == 0
    shown = desk.type(users.app, "list", "--json").stdout
    rows = {row["name"]: row for row in msgspec.json.decode(shown)["users"]}
    assert rows["zhou"]["disabled"] and rows["li.wei"]["tokens_good"] == 1
    assert "hash" not in shown
    token = rows["he.yu"]["tokens"][0]["token_id"]
    ended = desk.type(users.app, "token", "revoke", token, *by, lines=(GOOD["chen"],))
    assert ended.exit_code == 0
    result = desk.type(proposals.app, "apply", "1", *desk.token("he.yu"))
    assert "TOKEN_REVOKED" in str(result.exception)
