"""What cannot wait for the whole command line: `fxrobot kill`, `status` and `present`.

Importing what reads arguments and settings takes longer than anything that these commands do. So
here is the standard library only, and the one key of desk.yaml that says where the robot is: a
mistake anywhere else in it keeps nobody from looking or stopping. Words that are not understood
here (`--help`, an option that is missing or unknown) are left to the whole command line, which
tells.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
from collections.abc import Mapping, Sequence

PATIENCE_S = 5.0
ANSWER_BYTES_MAX = 1024 * 1024
_PLAIN_DATA = re.compile(r"data:[ ]+([A-Za-z0-9._/][A-Za-z0-9._/+=@-]*)[ ]*(?:[ ]#.*)?")
"""A value of `data` that is the same text by every rule of YAML. Anything else YAML itself reads"""
_UNUSUAL = ("data", "'", '"', "?", "---", "...", "{", "%")
"""How the line of the key begins, and any line in which YAML could say something else of it."""
_NO_TEXT = frozenset({"null", "Null", "NULL", "..."})

_OPTIONS: dict[str, frozenset[str]] = {
    "kill": frozenset({"--config", "--reason", "--actor", "--scope"}),
    "present": frozenset({"--config", "--actor"}),
    "status": frozenset({"--config"}),
}
_DUE: dict[str, frozenset[str]] = {
    "kill": frozenset({"--config", "--reason", "--actor"}),
    "present": frozenset({"--config", "--actor"}),
    "status": frozenset({"--config"}),
}
_FLAGS: dict[str, frozenset[str]] = {"status": frozenset({"--json"})}


class NoAnswer(Exception):
    """No trader answered."""


def run(arguments: Sequence[str]) -> int | None:
    """Carry the command out and give its exit code; None where it is none of these."""
    command = arguments[0] if arguments else ""
    options = read_options(arguments[1:], _OPTIONS.get(command, frozenset()), _flags(command))
    if command not in _OPTIONS or options is None or not _DUE[command] <= options.keys():
        return None
    run_folder = run_folder_of(options["--config"])
    if run_folder is None:
        return None
    if command == "kill":
        scope = options.get("--scope", "all")
        return kill(run_folder, options["--actor"], options["--reason"], scope)
    if command == "present":
        return present(run_folder, options["--actor"])
    return status(run_folder, as_json="--json" in options)


def kill(run_folder: str, actor: str, reason: str, scope: str) -> int:
    """Pull the kill switch by the trader's socket, else by the signal file; the exit code."""
    asked = {"command": "kill", "actor": actor, "reason": reason, "scope": scope}
    try:
        answer = ask(run_folder, asked)
    except NoAnswer as problem:
        return _kill_by_file(run_folder, scope, str(problem))
    if not answer.get("ok"):
        return _failed(str(answer.get("problem", answer)))
    part = scope.strip().replace(" ", ":", 1)
    what = "kill switch" if part.lower() in ("", "all") else f"kill switch {part}"
    print(f"{what} pulled: open quotes are withdrawn, nothing new is dealt")
    return 0


def status(run_folder: str, *, as_json: bool) -> int:
    """Print what the trader says of itself; the exit code."""
    try:
        answer = ask(run_folder, {"command": "status"})
    except NoAnswer as problem:
        return _failed(str(problem))
    if not answer.get("ok"):
        return _failed(str(answer.get("problem", answer)))
    lines = [f"{key}: {_json(value)}" for key, value in answer.items()]
    try:
        print(_json(answer) if as_json else "\n".join(lines), flush=True)
    except BrokenPipeError:  # `| head` has what it wants
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def present(run_folder: str, actor: str) -> int:
    """Say that somebody is there; the exit code."""
    try:
        answer = ask(run_folder, {"command": "present", "actor": actor})
    except NoAnswer as problem:
        return _failed(str(problem))
    if not answer.get("ok"):
        return _failed(str(answer.get("problem", answer)))
    left_s = answer.get("present_s")
    text = f"dealing stops in {left_s:.0f} s" if isinstance(left_s, float) else "nobody need be"
    print(f"{actor} is present; {text}")
    return 0


def ask(run_folder: str, command: Mapping[str, str]) -> dict[str, object]:
    """One command to the trader's control socket, and its answer; `NoAnswer` where there is none.

    Signs that are no text (from a terminal that is not UTF-8) are sent as their codes.
    """
    path = os.path.join(run_folder, "control")
    plain = {
        key: value.encode(errors="backslashreplace").decode() for key, value in command.items()
    }
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(PATIENCE_S)
            connection.connect(path)
            connection.sendall(json.dumps(plain).encode() + b"\n")
            data = b""
            while not data.endswith(b"\n") and len(data) < ANSWER_BYTES_MAX:
                piece = connection.recv(65536)
                if not piece:
                    break
                data += piece
        answer = json.loads(data)
    except (OSError, ValueError, RecursionError) as problem:
        raise NoAnswer(
            f"no trader answers at {path} ({problem}); is `fxrobot run` running with this folder?"
        ) from problem
    return answer if isinstance(answer, dict) else {}


def run_folder_of(configuration: str) -> str | None:
    """The run folder of a robot by one key of its desk.yaml; None where only YAML can tell."""
    try:
        with open(os.path.join(configuration, "desk.yaml"), encoding="utf-8") as file:
            data = plain_data(file.read())
    except (OSError, ValueError):
        return None
    if data is None:
        return None
    return os.path.join(os.path.realpath(os.path.join(configuration, data)), "run")


def plain_data(text: str) -> str | None:
    """The value of the key `data` of a desk.yaml that is written plainly; None where it is not."""
    lines = [line for line in text.splitlines() if line.strip()]
    at = [index for index, line in enumerate(lines) if line.startswith(_UNUSUAL)]
    found = _PLAIN_DATA.fullmatch(lines[at[0]]) if len(at) == 1 else None
    if len(at) == 1 and lines[at[0] + 1 : at[0] + 2] and lines[at[0] + 1][0] in " \t":
        return None  # the value goes on
    if found is None or found[1] in _NO_TEXT:
        return None
    return found[1]


def read_options(
    arguments: Sequence[str], names: frozenset[str], flags: frozenset[str]
) -> dict[str, str] | None:
    """`--name value`, `--name=value` and flags; None where a word is not understood."""
    found: dict[str, str] = {}
    words = iter(arguments)
    for word in words:
        name, has_value, value = word.partition("=")
        if name in flags and not has_value:
            found[name] = ""
        elif name in names:
            given = value if has_value else next(words, None)
            if given is None or (not has_value and given.startswith("-")):
                return None
            found[name] = given
        else:
            return None
    return found


def _kill_by_file(run_folder: str, scope: str, why: str) -> int:
    from pathlib import Path

    from robot.errors import RobotError
    from robot.kill_file import pull_by_file
    from robot.messages.stops import read_part

    try:
        path = pull_by_file(Path(run_folder), read_part(scope))
    except ValueError as problem:
        return _failed(f"{problem}; nothing was done")
    except RobotError as problem:
        return _failed(str(problem))
    print(f"{why}\nthe signal file does it: {path} (remove it before the release)")
    return 0


def _flags(command: str) -> frozenset[str]:
    return _FLAGS.get(command, frozenset())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _failed(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 2
