"""`fxrobot doctor`: what it finds, what it says to do, and that nothing makes it fail itself."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from connectors.doctor import app, cli, installation, machine
from connectors.doctor.check import Check, Finding, Report, State, examine, ok
from connectors.doctor.configuration import check_approved, check_dictionary, check_limits
from connectors.doctor.installation import check_owners, check_packages, fits
from robot.package import configuration_folder
from robot.settings import load_settings
from tests.kit.fix_products import PRESETS, dialect


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A copy of the shipped configuration whose venues and broker are surely not there."""
    folder = tmp_path / "desk"
    shutil.copytree(configuration_folder(), folder)
    closed = str(closed_port())
    edit(folder, "desk.yaml", "port: 9878", f"port: {closed}")
    edit(folder, "desk.yaml", "port: 1883", f"port: {closed}")
    return folder


@pytest.fixture
def no_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the checks of what is installed, which take a second."""
    monkeypatch.setattr(cli, "installation_checks", tuple)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that must be there."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask_doctor(*arguments: str) -> tuple[int, Report]:
    """The exit code and the answer of `fxrobot doctor ARGUMENTS --json`."""
    result = CliRunner().invoke(app, [*arguments, "--json"])
    return result.exit_code, msgspec.json.decode(result.stdout, type=Report)


def only(findings: Iterator[Finding]) -> Finding:
    """The one finding there is."""
    (found,) = findings
    return found


def named(report: Report, name: str) -> Finding:
    """The finding of a name."""
    return next(finding for finding in report.checks if finding.name == name)


# --- the command


@pytest.mark.slow
@pytest.mark.wire
def test_a_sound_desk_has_no_problems_and_warns_of_what_is_not_started(desk: Path) -> None:
    code, report = ask_doctor("--config", str(desk))
    told = {finding.name: finding.state for finding in report.checks}
    assert (code, report.ok) == (0, True)
    # Whether a calendar is near its horizon hangs on today's date: test_doctor_calendars.py
    warned = [name for name, state in told.items() if state is State.WARNING]
    assert [name for name in warned if name != "calendars"] == [
        "approvals",
        "audit key",
        "venue ALPHA",
        "venue BETA",
        "broker",
    ]
    assert {"python", "packages", "import name robot", "quickfix", "calendars"} <= told.keys()
    assert {"strategy", "limits", "disk", "database", "running robot"} <= told.keys()


@pytest.mark.usefixtures("no_installation")
@pytest.mark.wire
def test_doctor_changes_nothing_in_the_desks_folder(desk: Path) -> None:
    before = sorted(desk.rglob("*"))
    ask_doctor("--config", str(desk))
    assert before == sorted(desk.rglob("*"))


@pytest.mark.usefixtures("no_installation")
@pytest.mark.wire
def test_the_text_has_one_line_a_check_and_a_verdict(desk: Path) -> None:
    result = CliRunner().invoke(app, ["--config", str(desk)])
    *lines, verdict = result.stdout.splitlines()
    assert all(line.startswith(("ok ", "warning ", "problem ")) for line in lines)
    warned = sum(line.startswith("warning ") for line in lines)
    assert verdict == f"no problems, {warned} warning(s), {len(lines) - warned} ok"
    assert warned >= 3
    assert all(" -> " in line for line in lines if not line.startswith("ok "))


@pytest.mark.usefixtures("no_installation")
def test_json_has_the_promised_keys() -> None:
    result = CliRunner().invoke(app, ["--json"])
    answer = json.loads(result.stdout)
    assert {"ok", "checks"} == answer.keys()
    for check in answer["checks"]:
        assert {"name", "state", "text", "advice"} == check.keys()


def test_without_a_folder_only_the_installation_is_looked_at() -> None:
    _, report = ask_doctor()
    names = {finding.name for finding in report.checks}
    assert "configuration" in names
    assert not {"disk", "database", "broker", "running robot"} & names


def test_a_folder_that_is_not_there_is_wrong_use(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--config", str(tmp_path / "none")])
    assert result.exit_code == 2


@pytest.mark.usefixtures("no_installation")
def test_every_error_of_every_file_is_told_with_its_line(desk: Path) -> None:
    edit(desk, "desk.yaml", "seed: 7", "seed: seven")
    edit(desk, "desk.yaml", "life_ms: 3000", "live_ms: 3000")
    edit(desk, "limits.yaml", "price_collar_bp: 25", "price_collar_bp: -1")
    code, report = ask_doctor("--config", str(desk))
    problems = [finding for finding in report.checks if finding.state is State.PROBLEM]
    assert code == 1
    assert not report.ok
    assert len(problems) == 3
    for finding, expected in zip(
        problems, ("seed", "did you mean 'life_ms'?", "price_collar_bp"), strict=True
    ):
        assert expected in finding.text
        assert ".yaml:" in finding.text


@pytest.mark.usefixtures("no_installation")
def test_a_file_that_is_missing_is_a_problem(desk: Path) -> None:
    (desk / "limits.yaml").unlink()
    code, report = ask_doctor("--config", str(desk))
    assert code == 1
    assert "limits.yaml: cannot be read" in named(report, "configuration").text


@pytest.mark.usefixtures("no_installation")
def test_what_nobody_approved_is_told_with_the_commands(desk: Path) -> None:
    (found,) = check_approved(load_settings(desk))
    assert found.state is State.WARNING
    assert "nobody approved" in found.text and found.advice.startswith("fxrobot limits propose")


def test_a_strategy_that_does_not_take_its_parameters_is_a_problem(desk: Path) -> None:
    edit(desk, "desk.yaml", "lean_max: 1.5", "lean_most: 1.5")
    _, report = ask_doctor("--config", str(desk))
    assert named(report, "strategy").state is State.PROBLEM
    assert "lean_most" in named(report, "strategy").text


# --- what holds for every check


def test_a_check_that_raises_is_a_problem_and_the_others_go_on() -> None:
    def broken() -> Iterator[Finding]:
        raise ZeroDivisionError("by nothing")

    report = examine([Check("one", broken), Check("two", lambda: [ok("two", "fine")])])
    assert [finding.state for finding in report.checks] == [State.PROBLEM, State.OK]
    assert report.checks[0].text == "ZeroDivisionError: by nothing"


def test_what_a_check_found_before_it_raised_is_kept() -> None:
    def broken() -> Iterator[Finding]:
        yield ok("first", "fine")
        raise OSError("then not")

    report = examine([Check("one", broken)])
    assert [finding.name for finding in report.checks] == ["first", "one"]


def test_a_check_that_hangs_is_a_problem() -> None:
    never = threading.Event()
    report = examine([Check("slow", lambda: [ok("slow", str(never.wait(30)))])], patience_s=0.05)
    never.set()
    assert report.checks[0].state is State.PROBLEM
    assert "no answer" in report.checks[0].text


def test_a_secret_is_never_told() -> None:
    report = examine([Check("db", lambda: [ok("db", "user:hunter2@host")])], ["hunter2"])
    assert report.checks[0].text == "user:***@host"


@pytest.mark.slow
@pytest.mark.usefixtures("no_installation")
@pytest.mark.wire
def test_the_passwords_of_broker_and_database_do_not_show(desk: Path) -> None:
    secret = desk / "secret"
    secret.write_text("hunter2-canary\n", encoding="utf-8")
    secret.chmod(0o644)
    edit(desk, "desk.yaml", "  # username: fxrobot", "  username: fxrobot")
    edit(desk, "desk.yaml", "  # password_file: /etc/fxrobot/mqtt.password", "")
    edit(
        desk, "desk.yaml", "  username: fxrobot", f"  username: fxrobot\n  password_file: {secret}"
    )
    line = "# database: postgresql+pg8000://user@host/fxrobot"
    url = f"postgresql+pg8000://user:pg-canary@127.0.0.1:{closed_port()}/x"
    edit(desk, "desk.yaml", line, f"database: {url}")
    for mode in (0o600, 0o644):
        secret.chmod(mode)
        result = CliRunner().invoke(app, ["--config", str(desk)])
        assert "canary" not in result.output


# --- installation


@pytest.mark.parametrize(
    ("installed", "bounds", "expected"),
    [
        ("2.5.1", "<3,>=2.5", True),
        ("2.4", "<3,>=2.5", False),
        ("3.0.0a1", "<3,>=2.5", False),
        ("2.5", ">=2.5.0", True),
        ("1.16.0.1rc1", ">=1.16", True),
        ("1.15.1", ">=1.16", False),
        ("1.0", "", True),
        ("2.0", "==2", True),
        ("2.0", "!=2", False),
    ],
)
def test_versions_are_compared_number_by_number(
    installed: str, bounds: str, expected: bool
) -> None:
    assert expected is fits(installed, bounds)


def test_a_package_that_is_missing_or_too_old_is_a_problem() -> None:
    found = only(check_packages(["msgspec>=99", "no-such-package>=1", "typer>=0.1"]))
    assert found.state is State.PROBLEM
    assert "msgspec" in found.text
    assert "no-such-package is not installed" in found.text
    assert "make setup" in found.advice


def test_packages_of_extras_are_not_asked_for() -> None:
    found = only(check_packages(["msgspec>=0.1", "no-such-package>=1; extra == 'research'"]))
    assert found.state is State.OK


def test_two_owners_of_quickfix_are_a_problem() -> None:
    found = list(check_owners({"quickfix": ["quickfix", "quickfix-tls"], "robot": ["fxrobot"]}))
    assert [finding.state for finding in found] == [State.PROBLEM, State.OK]
    assert "quickfix and quickfix-tls" in found[0].text
    assert "remove all of them" in found[0].advice


def test_no_quickfix_is_a_problem() -> None:
    assert next(iter(check_owners({}))).state is State.PROBLEM


def test_robot_framework_in_the_same_environment_is_a_problem() -> None:
    owners = {"quickfix": ["quickfix"], "robot": ["robotframework", "fxrobot"]}
    found = list(check_owners(owners))[1]
    assert found.state is State.PROBLEM
    assert "robotframework also installs a package named robot" in found.text
    assert "environment of its own" in found.advice


def test_a_quickfix_that_does_not_load_is_told_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quickfix.py").write_text("raise ImportError('wrong libstdc++')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = only(installation.check_quickfix())
    assert found.state is State.PROBLEM
    assert "wrong libstdc++" in found.text


def test_the_installed_quickfix_says_whether_it_can_do_tls() -> None:
    found = only(installation.check_quickfix())
    assert found.state is State.OK
    assert "with TLS" in found.text or "without TLS" in found.text


# --- configuration


@pytest.mark.parametrize("name", ["FIX44.xml", "FIX50SP2.xml", "FIXT11.xml"])
def test_the_shipped_dictionaries_have_no_data_field(name: str) -> None:
    assert only(check_dictionary(configuration_folder() / "fix" / name)).state is State.OK


@pytest.mark.parametrize("preset", PRESETS)
def test_the_shipped_dictionaries_know_the_tags_of_the_shipped_dialects(preset: str) -> None:
    name = "FIX50SP2.xml" if preset == "fix50sp2" else "FIX44.xml"
    path = configuration_folder() / "fix" / name
    assert only(check_dictionary(path, dialect(preset).tags)).state is State.OK
    found = only(check_dictionary(path, frozenset({6215, 9876})))
    assert found.state is State.PROBLEM and "tag(s) 9876 of" in found.text


@pytest.mark.parametrize("text", ["", "<fix>", "<fix></fix>"])
def test_a_dictionary_that_is_none_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "FIX44.xml"
    path.write_text(text)
    assert only(check_dictionary(path)).state is State.PROBLEM


def test_a_dictionary_with_a_data_field_is_a_problem(tmp_path: Path) -> None:
    shipped = (configuration_folder() / "fix" / "FIX44.xml").read_text(encoding="utf-8")
    path = tmp_path / "FIX44.xml"
    path.write_text(shipped.replace("name='RawData' type='STRING'", "name='RawData' type='DATA'"))
    found = only(check_dictionary(path))
    assert found.state is State.PROBLEM
    assert "RawData" in found.text


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("  JPY: 30000000000\n", "", "JPY has no net_open_position: every request"),
        ("  JPY: 30000000000\n", "  JPY: 0\n", "JPY has no net_open_position: every request"),
        ("  BANKA: 60000000\n", "", "BANKA has no line: every request of it"),
        (
            "  - {pair: USD/CNH, tier: bronze,",
            "  - {pair: USD/SGD, tier: bronze,",
            "tier bronze has no deal_size for USD/CNH",
        ),
        ("line_currency: USD", "line_currency: KWD", "no pair dealt gives USD in KWD"),
    ],
)
def test_what_is_dealt_without_a_limit_is_a_warning(
    desk: Path, old: str, new: str, expected: str
) -> None:
    edit(desk, "limits.yaml", old, new)
    found = list(check_limits(load_settings(desk).reference))
    assert any(expected in finding.text for finding in found)
    assert {State.WARNING} == {finding.state for finding in found}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("forward_add_ons:\n", "forward_add_ons: []\nnot_these:\n", "no forward_add_ons: every"),
        ("rate_collar_bp: 25\n", "", "no rate_collar_bp: every loan is refused"),
        ("{pair: CNY, tier: gold", "{pair: JPY, tier: gold", "no deal_size for CNY as DEPOSIT"),
        ("  CNY: 1500000000\n", "", "CNY has no net_open_position"),
    ],
)
def test_a_product_without_its_limits_is_a_warning(
    desk: Path, old: str, new: str, expected: str
) -> None:
    products = "    products: [SPOT, FORWARD, DEPOSIT, REPO]\n    currencies: [CNY]\n"
    edit(desk, "desk.yaml", "    products: [SPOT]        #", products + "    #")
    edit(desk, "limits.yaml", old, new)
    if "not_these" in new:
        lines = (desk / "limits.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if "days:" not in line and "not_these" not in line]
        (desk / "limits.yaml").write_text("".join(kept), encoding="utf-8")
    found = [finding.text for finding in check_limits(load_settings(desk).reference)]
    assert any(expected in text for text in found)


# --- the machine


def test_a_data_folder_below_a_file_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = only(machine.check_disk(tmp_path / "file" / "data"))
    assert found.state is State.PROBLEM
    assert "is no folder" in found.text


def test_a_slow_disk_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "FSYNC_SLOW_MS", 0.0)
    found = list(machine.check_disk(tmp_path / "data"))[-1]
    assert found.state is State.WARNING
    assert "fsync takes" in found.text


@pytest.mark.parametrize(
    ("name", "state"),
    [("FREE_WARNING_BYTES", State.WARNING), ("FREE_PROBLEM_BYTES", State.PROBLEM)],
)
def test_a_disk_that_is_nearly_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, state: State
) -> None:
    monkeypatch.setattr(machine, name, 2**62)
    assert next(machine.check_disk(tmp_path)).state is state


def test_a_control_socket_path_beyond_the_kernels_limit_is_a_problem(tmp_path: Path) -> None:
    fitting = tmp_path / ("a" * (machine.SOCKET_PATH_MAX - len(str(tmp_path)) - 1))
    assert only(machine.check_socket_path(fitting)).state is State.OK
    too_long = fitting.with_name(fitting.name + "a")
    assert only(machine.check_socket_path(too_long)).state is State.PROBLEM
    with socket.socket(socket.AF_UNIX) as probe:
        probe.bind(str(fitting))
        with pytest.raises(OSError, match="too long"):
            probe.bind(str(too_long))


def test_a_journal_of_a_date_to_come_is_a_problem(desk: Path) -> None:
    settings = load_settings(desk)
    settings.journal_folder.mkdir(parents=True)
    (settings.journal_folder / "20250102-0001.fxj").touch()
    assert only(machine.check_clock_and_journal(settings)).state is State.OK
    (settings.journal_folder / "29990102-0001.fxj").touch()
    assert only(machine.check_clock_and_journal(settings)).state is State.PROBLEM


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        (["echo", "yes"], State.OK, "follows a time source"),
        (["echo", "no"], State.WARNING, "follows no time source"),
        (["false"], State.OK, "not known"),
        (["no-such-program-here"], State.OK, "not known"),
    ],
)
def test_the_time_service_is_asked_and_may_be_absent(
    monkeypatch: pytest.MonkeyPatch, answer: list[str], state: State, said: str
) -> None:
    monkeypatch.setattr(machine, "_SYNC_COMMANDS", ((answer, "yes"),))
    found = only(machine.check_synchronised())
    assert (found.state, said in found.text) == (state, True)


def test_the_clock_does_not_go_back() -> None:
    assert only(machine.check_clock()).state is State.OK


def test_a_clock_that_goes_back_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([2_000_000_000, 1_000_000_000])
    monkeypatch.setattr(time, "time_ns", lambda: next(times, 3_000_000_000))
    found = only(machine.check_clock())
    assert found.state is State.WARNING
    assert "went back by 1000.000 ms" in found.text
