"""The command `fxrobot doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.doctor.check import Check, Finding, Report, State, examine, ok, problem
from connectors.doctor.installation import installation_checks

app = typer.Typer(add_completion=False)

_COLOURS = {State.OK: "green", State.WARNING: "yellow", State.PROBLEM: "red"}
_NAME_WIDTH = 22


@app.callback(invoke_without_command=True)
def doctor(
    config: Annotated[
        Path | None,
        typer.Option(
            help="Folder with desk.yaml and the rest; without it only the installation.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, not text.")] = False,
) -> None:
    """Say what is missing or wrong and what to do. Exit code 0: no problems; 1: problems."""
    report = examine_all(config.resolve() if config is not None else None)
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        for finding in report.checks:
            tell(finding)
        typer.echo(summary(report))
    raise typer.Exit(0 if report.ok else 1)


def examine_all(folder: Path | None) -> Report:
    """Installation first, then the configuration, then what the desk stands on and talks to."""
    parts = [examine(installation_checks())]
    try:
        parts += _examine_folder(folder)
    except Exception as error:  # a package that is missing or broken: the first checks say which
        text = f"{type(error).__name__}: {error}"
        advice = "nothing more can be checked: mend what the lines above name"
        parts.append(examine([Check("fxrobot", lambda: [problem("fxrobot", text, advice)])]))
    checks = tuple(finding for part in parts for finding in part.checks)
    return Report(ok=all(part.ok for part in parts), checks=checks)


def tell(finding: Finding) -> None:
    """One finding on one line; further lines of a text are indented under it."""
    state = typer.style(f"{finding.state.value:<8}", fg=_COLOURS[finding.state])
    text = finding.text.replace("\n", "\n" + " " * (10 + _NAME_WIDTH))
    advice = f" -> {finding.advice}" if finding.advice else ""
    typer.echo(f"{state} {finding.name:<{_NAME_WIDTH}} {text}{advice}")


def summary(report: Report) -> str:
    """How it stands, in one line."""
    counts = {state: sum(check.state is state for check in report.checks) for state in State}
    problems, warnings = counts[State.PROBLEM], counts[State.WARNING]
    verdict = f"{problems} problem(s)" if problems else "no problems"
    return f"{verdict}, {warnings} warning(s), {counts[State.OK]} ok"


def _examine_folder(folder: Path | None) -> list[Report]:
    """All that needs the configuration; without a folder the shipped one, and nothing around it."""
    # Imported here: a broken package must not keep the installation's own checks from running.
    from connectors.doctor.audit import audit_checks
    from connectors.doctor.configuration import configuration_checks, load
    from connectors.doctor.machine import machine_checks
    from connectors.doctor.peers import peer_checks, secrets_of
    from robot.package import configuration_folder

    settings, findings = load(folder or configuration_folder())
    parts = [examine([Check("configuration", lambda: findings)])]
    if settings is not None:
        checks = configuration_checks(settings)
        if folder is not None:
            checks += machine_checks(settings) + audit_checks(settings) + peer_checks(settings)
        parts.append(examine(checks, secrets_of(settings)))
    if folder is None:
        text = "machine and connections of a desk were not checked: name its folder with --config"
        parts.append(examine([Check("desk", lambda: [ok("desk", text)])]))
    return parts
