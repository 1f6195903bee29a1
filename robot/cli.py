"""The command `fxrobot`. Further commands are found by the entry-point group `fxrobot.commands`.

Every command that prints a result also takes `--json`: one JSON object on standard output.
Exit codes: 0 what the command checks holds; 1 it does not; 2 wrong use or wrong configuration.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated, cast

import msgspec
import typer

from robot import urgent
from robot.basics.numbers import set_decimal_context
from robot.errors import ConfigurationError, RobotError

app = typer.Typer(
    name="fxrobot",
    help="Deals FX and money market without a human touching each deal.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
journal_app = typer.Typer(help="Look at and verify the journal.", no_args_is_help=True)
app.add_typer(journal_app, name="journal")

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
ScopeOption = Annotated[
    str,
    typer.Option(
        help="all, or a part: venue:ALPHA, counterparty:, product:, pair:, strategy:, trader:, "
        "book:, desk:, entity:"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Where to copy the configuration.")]) -> None:
    """Copy the shipped configuration into a new folder to edit."""
    import shutil

    from robot.package import configuration_folder

    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"{folder} is not empty; name a new folder")
    # Calendars stay behind: a copy would hide the newer ones that come with a newer version.
    left = shutil.ignore_patterns("calendars")
    shutil.copytree(configuration_folder(), folder, dirs_exist_ok=True, ignore=left)
    typer.echo(
        f"configuration copied to {folder}; edit desk.yaml, then: fxrobot run --config {folder}"
    )


@app.command()
def run(
    config: ConfigOption,
    demo: Annotated[
        bool, typer.Option("--demo", help="Approve its own configuration; not in production.")
    ] = False,
) -> None:
    """Run the robot: trader, projector, auditor and relay, supervised.

    What nobody approved is not run: docs/access.md.
    """
    from robot.approving import at_start
    from robot.clock import SystemClock
    from robot.process import on_signals
    from robot.settings import load_settings
    from robot.supervisor import Supervisor

    settings = load_settings(config.resolve())
    for line in at_start(settings, SystemClock().now_ns(), demo=demo).told:
        typer.echo(line, err=True)
    supervisor = Supervisor(settings, demo=demo)
    on_signals(supervisor.stop)
    supervisor.run()


@app.command()
def status(config: ConfigOption, as_json: JsonOption = False) -> None:
    """What the running robot is doing and what stops it from dealing."""
    raise typer.Exit(urgent.status(_run_folder(config), as_json=as_json))


@app.command()
def kill(
    config: ConfigOption,
    reason: Annotated[str, typer.Option(help="Why; it is journaled.")],
    actor: Annotated[str, typer.Option(help="Who; it is journaled.")],
    scope: ScopeOption = "all",
) -> None:
    """Pull the kill switch: no new quotes or deals, open quotes and orders taken out."""
    raise typer.Exit(urgent.kill(_run_folder(config), actor, reason, scope))


@app.command()
def present(
    config: ConfigOption,
    actor: Annotated[str, typer.Option(help="Who is there.")],
) -> None:
    """Say that somebody looks after the robot: `dead_man.operator_present_s` begins anew."""
    raise typer.Exit(urgent.present(_run_folder(config), actor))


@app.command()
def release(
    config: ConfigOption,
    reason: Annotated[str, typer.Option(help="Why; it is journaled.")],
    actor: Annotated[str, typer.Option(help="Who; it is journaled.")],
    scope: ScopeOption = "all",
) -> None:
    """Release the kill switch; where two persons do (docs/access.md): fxrobot approvals release."""
    _ask(config, "release", actor, reason, scope=scope)
    typer.echo("kill switch released")


@app.command()
def clear(
    halt: Annotated[str, typer.Argument(help="A break or fault as `fxrobot status` names it.")],
    config: ConfigOption,
    reason: Annotated[str, typer.Option(help="What was found; it is journaled.")],
    actor: Annotated[str, typer.Option(help="Who; it is journaled.")],
) -> None:
    """Clear a break or a fault after a person has looked at it."""
    answer = _ask(config, "clear", actor, reason, halt)
    left = cast(dict[str, str], answer.get("halts", {}))
    typer.echo("dealing is halted by: " + (", ".join(left) or "nothing"))
    raise typer.Exit(1 if halt in left else 0)


@app.command()
def replay(
    path: Annotated[Path, typer.Argument(help="A journal segment, or a folder of them.")],
    check: Annotated[bool, typer.Option("--check", help="Compare every turn's hash.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Step a recorded day again with the same core; with --check, report the first difference."""
    from robot.inspection import replay_path

    result = replay_path(path, compare=check)
    if as_json:
        typer.echo(msgspec.json.encode(result))
    else:
        typer.echo(result.told())
    raise typer.Exit(0 if result.equal else 1)


@journal_app.command("verify")
def journal_verify(path: Path, as_json: JsonOption = False) -> None:
    """Check checksums, sequence and hash chain of a segment or of a folder of them."""
    from robot.inspection import verify_path

    result = verify_path(path)
    typer.echo(msgspec.json.encode(result) if as_json else result.told())
    raise typer.Exit(0 if result.valid else 1)


@journal_app.command("show")
def journal_show(
    path: Path,
    first: Annotated[int, typer.Option("--from", help="First record to show.")] = 0,
    count: Annotated[int, typer.Option(help="How many records; 0 = all.")] = 50,
    kind: Annotated[str, typer.Option(help="Only records of this kind, e.g. EFFECTS.")] = "",
    find: Annotated[str, typer.Option(help="Only records that contain this text.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Print records readably; with --json one JSON object a record."""
    from robot.inspection import show_path

    for line in show_path(path, first=first, count=count, kind=kind, find=find, as_json=as_json):
        typer.echo(line)


def _ask(
    config: Path, command: str, actor: str, reason: str, halt: str = "", *, scope: str = ""
) -> dict[str, object]:
    from robot.control import Command, ask
    from robot.settings import load_settings

    settings = load_settings(config.resolve())
    wanted = Command(command=command, actor=actor, reason=reason, halt=halt, scope=scope)
    answer = ask(settings.run_folder / "control", wanted)
    if not answer.get("ok"):
        raise RobotError(str(answer.get("problem", answer)))
    return answer


def _run_folder(config: Path) -> str:
    from robot.kill_file import run_folder_of

    return str(run_folder_of(config.resolve()))


def _add_found_commands(arguments: list[str]) -> None:
    """Commands beside those above. Only the one that is called is imported; without one they are
    all named, and so imported.
    """
    wanted = next((text for text in arguments if not text.startswith("-")), "")
    if wanted in _OWN_COMMANDS:
        return  # no time is lost on looking for others
    if wanted in ("", "ask", "asks"):
        add_ask_commands()
    for found in entry_points(group="fxrobot.commands"):
        if found.name == wanted or not wanted:
            try:
                app.add_typer(found.load(), name=found.name)
            except (ImportError, AttributeError) as problem:
                sys.stderr.write(f"fxrobot: the command {found.name} cannot be loaded: {problem}\n")


def add_ask_commands() -> None:
    """`fxrobot ask` and `fxrobot asks`, once."""
    from robot import ask_command

    if any(group.name == "asks" for group in app.registered_groups):
        return
    app.command("ask")(ask_command.ask)
    app.add_typer(ask_command.asks_app, name="asks")


_OWN_COMMANDS = frozenset(
    {*(one.callback.__name__ for one in app.registered_commands if one.callback), "journal"}
)


def _warn_of_name_clash() -> None:
    owners = importlib.metadata.packages_distributions().get("robot", [])
    others = sorted(set(owners) - {"fxrobot"})
    if others:
        sys.stderr.write(
            f"fxrobot: {', '.join(others)} also installs a package named robot; "
            "use an environment of its own for fxrobot\n"
        )


def main() -> None:
    """Entry point."""
    if not __debug__:
        sys.exit("fxrobot does not run under python -O: its assertions are part of its safety")
    set_decimal_context()
    _add_found_commands(sys.argv[1:])
    try:
        app()
    except RobotError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2)
