"""What the documents say holds: commands run, names exist, tables are complete, examples add up.

Commands stand in ```console blocks after `$ `. Each document's are run in order in a fresh folder;
what a command is not run for is said in `NOT_RUN` and `COVERED`. A command of another kind fails.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from pydantic import BaseModel

from robot.basics.currency import Currency, parse_pair
from robot.basics.ids import CounterpartyId, QuoteId
from robot.cli import add_ask_commands, app
from robot.control import Command, ask
from robot.deals.agreed import Price, agree
from robot.deals.limit_rows import LimitKind, LimitRow
from robot.deals.party import Side
from robot.deals.product import ProductKind
from robot.deals.reference import Limits
from robot.deals.resolved import FxLeg, ResolvedFxSpot
from robot.desk import Desk
from robot.errors import RobotError
from robot.limits.exposure import Case, Quoted, exposure_of, line_limit, position_limit
from robot.limits.gate import LimitGate
from robot.limits.limit import Reason, Refusal
from robot.messages.effects import LimitsMoved
from robot.package import configuration_folder
from robot.settings import LimitsFile, load_settings
from tests.kit.commands import Commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
PATIENCE_S = 60.0

NOT_RUN = {
    "apt-get": "installs into the operating system",
    "install": "needs the robot's own user and /etc",
    "nano": "is for a person",
}
"""Programs of the operating system that a page may show."""

ON_A_DAY = ("coverage", "what-if", "explain REQUEST")
RECORDED_DAY = "tests/unit/connectors/rules/test_recorded_day.py"
STEPS = "release approve promote rollback show compare history"
COVERED = {
    "backtest sweep": ("tests/research/test_sweep.py", "def test_winners_of_a_sweep"),
    "backtest study": ("tests/unit/backtest/studies/test_study.py", "def test_the_command_says"),
    "calendars build": (
        "tests/unit/connectors/calendars/test_compare.py",
        "is_shipped_as_quantlib",
    ),
    "calendars compare": ("tests/unit/connectors/calendars/test_compare.py", "is_explained"),
    "ask": ("tests/unit/robot/test_ask_command.py", "def test_the_best_price_is_dealt_on"),
    **dict.fromkeys(
        ("asks list", "asks take", "asks counter", "asks withdraw"),
        ("tests/unit/robot/test_ask_command.py", "def test_without_a_limit"),
    ),
    **dict.fromkeys(
        [f"requests {word}" for word in ("list", "quote", "confirm", "pass", "decline")],
        (
            "tests/unit/connectors/access/test_requests.py",
            "def test_every_answer_works_on_a_suggestion",
        ),
    ),
    "games calibrate": ("tests/unit/backtest/games/test_calibrate.py", "test_the_command_writes"),
    "games learn": ("tests/unit/backtest/games/test_learn.py", '["learn", str(own)'),
    "backtest resume": ("tests/unit/backtest/run/test_runner.py", "that_is_resumed_gives"),
    "explain": ("tests/unit/connectors/evidence/test_chain.py", "def test_the_command_writes_"),
    "limits what-if": ("tests/unit/connectors/evidence/test_whatif.py", "def test_the_command_"),
    **{f"strategy {name}": ("tests/wire/test_releases.py", "def test_") for name in STEPS.split()},
    **{f"rules {name}": (RECORDED_DAY, "def test_") for name in ON_A_DAY},
    "users": ("tests/unit/connectors/access/test_commands.py", "users.app"),
    "limits propose": ("tests/unit/connectors/access/test_commands.py", "proposals.limits_app"),
    "limits approve": ("tests/unit/connectors/access/test_commands.py", "proposals.limits_app"),
    "approvals": ("tests/unit/connectors/access/test_commands.py", "proposals.app"),
    "demo": ("tests/wire/test_kill_trader.py", "test_a_killed_trader_loses_and_doubles_nothing"),
    "sim venue": ("tests/wire/test_sim_venue.py", "def test_"),
    "sim backoffice": ("tests/wire/test_delivery.py", "def test_"),
}
"""Commands that run for long, or need an extra: their options are looked up here, and that test
runs them."""

PATH = re.compile(
    r"(?<![\w/.-])((?:robot|connectors|strategies|backtest|config|docs|tests)/[\w./-]+\.\w+)"
)


def page(name: str) -> str:
    """The text of a page."""
    return (ROOT / name).read_text(encoding="utf-8")


def console(text: str) -> list[str]:
    """The commands of a page's console blocks, without prompt and remark."""
    lines = "\n".join(re.findall(r"^```console\n(.*?)^```", text, re.M | re.S)).splitlines()
    return [re.sub(r"\s{2,}#.*", "", line[2:]).strip() for line in lines if line[:2] == "$ "]


def fxrobot_arguments(command: str) -> list[str] | None:
    """What follows `fxrobot`, or None when it is another program."""
    words = shlex.split(command)
    return words[1:] if words[0].rpartition("/")[2] == "fxrobot" else None


# --- the commands are there, with their options


@pytest.fixture(scope="module")
def commands() -> dict[str, set[str]]:
    """Every command as `journal show`, with its options."""
    add_ask_commands()
    whole = typer.Typer()
    whole.registered_commands += app.registered_commands
    whole.registered_groups += app.registered_groups
    for found in entry_points(group="fxrobot.commands"):
        whole.add_typer(found.load(), name=found.name)
    return dict(walk(typer.main.get_command(whole), ()))


def walk(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, set[str]]]:
    """A command and all below it."""
    options = {
        name
        for parameter in command.params
        for name in (*parameter.opts, *parameter.secondary_opts)
    }
    yield " ".join(path), {*options, "--help"}
    for name, below in getattr(command, "commands", {}).items():
        yield from walk(below, (*path, name))


def unknown_in(arguments: list[str], commands: dict[str, set[str]]) -> list[str]:
    """What of `arguments` fxrobot does not know: the command itself, or options of it."""
    path = ""
    for word in arguments:
        longer = f"{path} {word}".strip()
        if longer not in commands:
            break
        path = longer
    if not path:
        return arguments[:1]
    named = [word.partition("=")[0] for word in arguments if word.startswith("--")]
    return [name for name in named if name not in commands[path]]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_named_exists(path: Path, commands: dict[str, set[str]]) -> None:
    text = path.read_text(encoding="utf-8")
    inline = re.findall(r"`((?:\.venv/bin/)?fxrobot [^`]+)`", text)
    for command in [*inline, *console(text)]:
        arguments = fxrobot_arguments(command.replace("...", "").replace("…", ""))
        if arguments:
            assert unknown_in(arguments, commands) == [], command


def test_an_unknown_command_or_option_would_be_found(commands: dict[str, set[str]]) -> None:
    assert unknown_in(["dance"], commands) == ["dance"]
    assert unknown_in(["journal", "show", "x", "--fined", "y"], commands) == ["--fined"]
    assert unknown_in(["replay", "--check", "x"], commands) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    links = [name for name in re.findall(r"\]\(([^)#:]+)\)", text) if "://" not in name]
    missing = [name for name in PATH.findall(text) if not (ROOT / name).exists()]
    missing += [name for name in links if not (path.parent / name).exists()]
    assert missing == []


# --- the commands work


class Scene:
    """A fresh folder in which a page's commands are run one after the other."""

    def __init__(self, folder: Path, commands: dict[str, set[str]], runner: Commands) -> None:
        self.folder = folder
        self.runner = runner
        self.commands = commands
        self.running: list[subprocess.Popen[bytes]] = []
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        (folder / "backup").mkdir()

    def play(self, command: str) -> None:
        """Run a command, or look it up where running is out of the question."""
        arguments = fxrobot_arguments(command)
        program = shlex.split(command)[0]
        if arguments is not None:
            self.play_fxrobot(arguments, command)
        elif program == "make":
            self.play_make(command)
        elif program == "cp":
            self.run(["bash", "-c", command], command)
        else:
            assert program in NOT_RUN, f"{command}: say in NOT_RUN or COVERED how it is tested"

    def play_make(self, command: str) -> None:
        """The target exists; what it hands on to the demo is known to the demo."""
        words = shlex.split(command)
        self.run(["make", "-n", "-C", str(ROOT), *words[1:]], command)
        for word in words:
            if word.startswith("ARGS="):
                arguments = ["demo", *shlex.split(word.removeprefix("ARGS="))]
                assert unknown_in(arguments, self.commands) == [], command

    def play_fxrobot(self, arguments: list[str], command: str) -> None:
        long = next((name for name in COVERED if " ".join(arguments).startswith(name)), None)
        if long is not None:
            file, name = COVERED[long]
            assert name in (ROOT / file).read_text(encoding="utf-8"), f"{command}: {file}"
            return
        if arguments[0] == "run":
            run = [sys.executable, "-m", "robot", *arguments]
            self.start(run, self.folder / arguments[arguments.index("--config") + 1])
            return
        said = self.folder / "said"
        code = self.runner.run(arguments, self.folder, said)
        assert code == 0, f"{command}\n{said.read_text(encoding='utf-8', errors='replace')}"
        if arguments[0] == "init":
            keep_to_ourselves(self.folder / arguments[1])

    def run(self, run: list[str], command: str) -> None:
        done = subprocess.run(
            run,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"

    def start(self, run: list[str], desk: Path) -> None:
        """Start the robot and wait until it answers."""
        process = subprocess.Popen(run, cwd=self.folder, env=self.environment)
        self.running.append(process)
        control = load_settings(desk).run_folder / "control"
        deadline = time.monotonic() + PATIENCE_S
        while not trades_today(control):
            assert process.poll() is None, "the robot ended"
            assert time.monotonic() < deadline, "the robot does not answer"
            time.sleep(0.1)

    def end(self) -> None:
        """End what was started, and see it go."""
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        for process in self.running:
            assert process.wait(PATIENCE_S) == 0


def trades_today(control: Path) -> bool:
    """Whether a trader answers and has begun its day."""
    try:
        return bool(ask(control, Command(command="status")).get("trade_date"))
    except RobotError:
        return False


def keep_to_ourselves(desk: Path) -> None:
    """Point the configuration at a port where nobody listens, whatever runs on this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = probe.getsockname()[1]
    path = desk / "desk.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"port: \d+", f"port: {closed}", text), encoding="utf-8")


@pytest.fixture(scope="module")
def runner() -> Iterator[Commands]:
    """What runs the commands of all pages."""
    runner = Commands()
    yield runner
    runner.close()


@pytest.mark.slow
@pytest.mark.wire
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if console(path.read_text(encoding="utf-8"))],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_the_commands_of_a_page_work_in_their_order(
    path: Path, tmp_path: Path, commands: dict[str, set[str]], runner: Commands
) -> None:
    scene = Scene(tmp_path, commands, runner)
    try:
        for command in console(path.read_text(encoding="utf-8")):
            scene.play(command)
    finally:
        scene.end()


def test_a_command_of_an_unknown_kind_would_fail(
    tmp_path: Path, commands: dict[str, set[str]], runner: Commands
) -> None:
    scene = Scene(tmp_path, commands, runner)
    with pytest.raises(AssertionError, match="NOT_RUN"):
        scene.play("curl somewhere")
    with pytest.raises(AssertionError, match="No rule"):
        scene.play("make dance")
    with pytest.raises(AssertionError, match="--deal"):
        scene.play('make demo ARGS="--deal 22"')
    with pytest.raises(AssertionError, match=r"nowhere|no such|not"):
        scene.play("fxrobot journal verify nowhere")


# --- the tables are complete


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Every key of a settings model, dotted."""
    for name, field in model.model_fields.items():
        yield prefix + name
        for candidate in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                yield from keys_of(candidate, f"{prefix}{name}.")


def test_every_key_of_desk_yaml_is_explained() -> None:
    text = page("docs/operations.md")
    elsewhere = ("venues.dialect.", "schedule.day_roll.", "schedule.dealing.")
    elsewhere += ("schedule.overnight.", "calendars.overrides.", "hedges.", "streams.")
    wanted = [key for key in keys_of(Desk) if not key.startswith(elsewhere)]
    blocks = ("market", "quotes", "strategy", "mqtt", "schedule", "followers", "factories")
    blocks += ("calendars", "orders", "asks", "api", "audit", "reconciliation", "dead_man")
    assert [key for key in wanted if key not in blocks and f"`{key}`" not in text] == []


def test_the_defaults_of_desk_yaml_are_told_as_they_are() -> None:
    text = page("docs/operations.md")
    for block in ("market", "quotes", "orders", "followers"):
        for name, field in Desk.model_fields[block].default.__class__.model_fields.items():
            row = next(line for line in text.splitlines() if f"| `{block}.{name}`" in line)
            assert row.split("|")[2].strip() == f"{Decimal(str(field.default)).normalize():f}"


def test_every_limit_is_explained_with_its_reason_code() -> None:
    text = page("docs/limits.md")
    assert [key for key in LimitsFile.model_fields if f"`{key}`" not in text] == []
    reasons = list(Reason)
    of_the_gate = reasons[reasons.index(Reason.PRICE_COLLAR) : reasons.index(Reason.DUPLICATE_HIT)]
    assert [reason for reason in of_the_gate if f"`{reason}`" not in text] == []
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", text))
    assert named <= {str(reason) for reason in Reason}


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=str)
def test_a_decision_says_what_why_and_what_it_costs(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(rf"# {path.name[:4]} \w", text)
    for heading in ("**What.**", "**Why.**", "**What it costs.**"):
        assert heading in text


# --- the examples for the compliance officer, on the gate itself with the shipped limits


@pytest.fixture(scope="module")
def limits() -> Limits:
    """The limits that the examples are about: those that are shipped."""
    return load_settings(configuration_folder()).reference.limits


@pytest.fixture
def gate(limits: Limits) -> LimitGate:
    """The gate with them."""
    gate = LimitGate()
    gate.load(limits)
    return gate


def asked(amount: int, *, two_way: bool = True, bid: str = "1.0850") -> Quoted:
    """A quote on EUR/USD for BANKG (bronze) as in the examples; one-sided = we sell."""
    prices = {Side.BUY: bid, Side.SELL: "1.0850"} if two_way else {Side.SELL: "1.0850"}
    return Quoted(
        counterparty=CounterpartyId("BANKG"),
        tier="bronze" if amount < 15_000_000 else "gold",
        kind=ProductKind.SPOT,
        pair=parse_pair("EUR/USD"),
        cases=tuple(_case(amount, side, Decimal(price)) for side, price in prices.items()),
        mid=Decimal("1.0850"),
        spot=Decimal("1.0850"),
    )


def _case(amount: int, side: Side, price: Decimal) -> Case:
    limits = load_settings(configuration_folder()).reference.limits
    day = date(2026, 10, 21)
    leg = FxLeg(
        pair=parse_pair("EUR/USD"),
        side=side,
        currency=Currency("EUR"),
        amount=Decimal(amount),
        value_date=day + timedelta(days=2),
    )
    terms = ResolvedFxSpot(trade_date=day, leg=leg)
    agreed = agree(terms, Price(price))
    exposure = exposure_of(terms, agreed, limits)
    assert exposure is not None, "spot has an add-on"
    return Case(side=side, price=price, agreed=agreed, exposure=exposure)


def answer(gate: LimitGate, quoted: Quoted) -> LimitsMoved | Refusal:
    """What the gate says to it."""
    return gate.reserve(QuoteId("Q1"), quoted, Decimal("1.0850"))


def refused(answered: LimitsMoved | Refusal) -> Reason | None:
    """The reason of a refusal."""
    return answered.reason if isinstance(answered, Refusal) else None


@pytest.mark.parametrize(("amount", "reason"), [(5_000_000, None), (5_000_001, Reason.DEAL_SIZE)])
def test_the_example_of_the_deal_size(gate: LimitGate, amount: int, reason: Reason | None) -> None:
    answered = answer(gate, asked(amount))
    assert reason is refused(answered)
    if isinstance(answered, Refusal):
        assert f'"{answered.detail}"' in page("docs/limits.md")


@pytest.mark.parametrize(
    ("used", "reason"), [("11891500.00", None), ("11891500.01", Reason.COUNTERPARTY_LINE)]
)
def test_the_example_of_the_line(gate: LimitGate, used: str, reason: Reason | None) -> None:
    account = gate.accounts[line_limit("BANKG")]
    account.utilisation = Decimal(used)
    assert reason is refused(answer(gate, asked(5_000_000)))
    assert account.reserved_up == (Decimal("108500.00") if reason is None else 0)


@pytest.mark.parametrize(("two_way", "reason"), [(True, Reason.NET_OPEN_POSITION), (False, None)])
def test_the_example_of_the_position(gate: LimitGate, two_way: bool, reason: Reason | None) -> None:
    gate.accounts[position_limit("EUR")].utilisation = Decimal(240_000_000)
    answered = answer(gate, asked(15_000_000, two_way=two_way))
    assert reason is refused(answered)
    if isinstance(answered, Refusal):
        assert "short by 5000000" in answered.detail


def test_the_example_of_the_tree(limits: Limits) -> None:
    gate = LimitGate()
    row = LimitRow(counterparty="*", maximum=Decimal(2_000_000))
    gate.load(msgspec.structs.replace(limits, tree={LimitKind.SETTLEMENT: (row,)}))
    assert isinstance(answer(gate, asked(1_000_000)), LimitsMoved)
    answered = gate.reserve(QuoteId("Q2"), asked(1_000_000), Decimal("1.0850"))
    assert refused(answered) is Reason.SETTLEMENT
    assert isinstance(answered, Refusal) and "short by 170000.00" in answered.detail


@pytest.mark.parametrize(
    ("bid", "reason"), [("1.0822875", None), ("1.0822874", Reason.PRICE_COLLAR)]
)
def test_the_example_of_the_collar(gate: LimitGate, bid: str, reason: Reason | None) -> None:
    assert reason is refused(answer(gate, asked(1_000_000, bid=bid)))


def test_every_row_of_the_bad_inputs_names_a_test_that_is_there() -> None:
    """`file::test`, a case of `bad_fix.py` by the beginning of its id, or a scenario's title."""
    from tests.wire.bad_fix import CASES

    rows = re.findall(r"^\|.*\|$", page("tests/wire/README.md"), re.M)
    named = [name for row in rows for name in re.findall(r"`([^`]+)`", row.rsplit("|", 2)[1])]
    assert len(named) > 40
    missing = []
    for name in named:
        file, _, test = name.partition("::")
        if name.startswith("== "):
            found = any(name in p.read_text() for p in (ROOT / "tests/scenarios").glob("*.txt"))
        elif name.endswith((".py", ".txt")) or test:
            path = ROOT / file if "/" in file else ROOT / "tests/wire" / file
            found = path.is_file() and (not test or f"def {test}(" in path.read_text("utf-8"))
        else:
            found = any(case.id.startswith(name.rstrip("…")) for case in CASES)
        if not found:
            missing.append(name)
    assert missing == []
