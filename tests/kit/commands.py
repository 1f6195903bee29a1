"""Commands of `fxrobot` without the half second that each takes to import: forks of one process.

Each runs in a process of its own with its own folder, arguments and output, as if started by a
shell. `python -m tests.kit.commands` is that one process; it takes a request a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Commands:
    """Runs commands one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.commands"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, arguments: list[str], folder: Path, output: Path) -> int:
        """The exit code; what it says goes to `output`."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps([arguments, str(folder), str(output)]), file=self._process.stdin)
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the process that runs the commands has ended"
        return int(answer)

    def close(self) -> None:
        """No more commands."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        assert self._process.wait(30) == 0
        self._process.stdout.close()


def serve() -> None:
    """Fork for each request; threads there are none yet, so that a fork is sound."""
    import robot.cli  # noqa: F401  # what every command imports

    for found in entry_points(group="fxrobot.commands"):
        found.load()
    for line in sys.stdin:
        arguments, folder, output = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_run(arguments, folder, output))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(arguments: list[str], folder: str, output: str) -> int:
    """As the interpreter does it for `python -m robot`."""
    from robot.__main__ import main

    with open(output, "wb") as said, open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    os.chdir(folder)
    sys.argv = ["fxrobot", *arguments]
    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


if __name__ == "__main__":
    serve()
