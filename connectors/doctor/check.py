"""A check is a function that gives findings. It neither raises, nor hangs, nor tells a secret."""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterable, Sequence

import msgspec

PATIENCE_S = 12.0
"""How long one check may take: a dead network disk or name server must not hold up the others."""


class State(enum.StrEnum):
    """How bad it is: only a problem makes the command fail."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the answer. `advice` says what to do; empty where nothing is to be done."""

    name: str
    state: State
    text: str
    advice: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole answer; `ok` means that nothing in it is a problem."""

    ok: bool
    checks: tuple[Finding, ...]


class Check(msgspec.Struct, frozen=True):
    """One thing to look at; `name` is what its findings are called when it fails itself."""

    name: str
    look: Callable[[], Iterable[Finding]]


def ok(name: str, text: str) -> Finding:
    """As it should be."""
    return Finding(name=name, state=State.OK, text=text)


def warning(name: str, text: str, advice: str) -> Finding:
    """The robot runs, yet somebody should know."""
    return Finding(name=name, state=State.WARNING, text=text, advice=advice)


def problem(name: str, text: str, advice: str) -> Finding:
    """The robot does not start, or must not be started, before this is mended."""
    return Finding(name=name, state=State.PROBLEM, text=text, advice=advice)


def examine(
    checks: Iterable[Check], secrets: Sequence[str] = (), patience_s: float = PATIENCE_S
) -> Report:
    """Run all checks, one after the other."""
    found = [finding for check in checks for finding in _guarded(check, patience_s)]
    told = tuple(_without(secrets, finding) for finding in found)
    return Report(ok=all(finding.state is not State.PROBLEM for finding in told), checks=told)


def _guarded(check: Check, patience_s: float) -> Sequence[Finding]:
    """The findings of a check; its failure or its silence is a finding too."""
    found: list[Finding] = []

    def look() -> None:
        try:
            found.extend(check.look())
        except Exception as error:  # whatever a check trips over is what the user asked to be told
            found.append(_failed(check.name, error))

    worker = threading.Thread(target=look, name=f"doctor-{check.name}", daemon=True)
    worker.start()
    worker.join(patience_s)
    if worker.is_alive():
        text = f"no answer within {patience_s:.0f} s"
        return [problem(check.name, text, "see whether the disk or the network hangs")]
    return found


def _failed(name: str, error: Exception) -> Finding:
    text = str(error) or type(error).__name__
    if not type(error).__module__.startswith(("robot.", "connectors.")):
        text = f"{type(error).__name__}: {error}"
    return problem(name, text, "mend what the text names, then run doctor again")


def _without(secrets: Sequence[str], finding: Finding) -> Finding:
    """The finding with every known secret blotted out."""
    text, advice = finding.text, finding.advice
    for secret in secrets:
        text, advice = text.replace(secret, "***"), advice.replace(secret, "***")
    return msgspec.structs.replace(finding, text=text, advice=advice)
