"""One of the robot's processes, as the supervisor starts it: `python -m robot.process NAME FOLDER`
(`--demo` for a trader that approves its own configuration).

Not a command of `fxrobot`: what that imports to read its arguments takes longer than the recovery
of a killed trader may be made to wait.
"""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from robot.basics.numbers import set_decimal_context
from robot.errors import ConfigurationError, RobotError
from robot.host_places import PLACES


def run_process(name: str, folder: Path, *, demo: bool = False) -> None:
    """Run it until it is told to end. `demo`: the trader approves its own configuration."""
    from robot.settings import load_settings
    from robot.supervisor import end_with_parent

    end_with_parent()
    settings = load_settings(folder.resolve())
    if name == "trader":
        from robot.trader import run_trader

        run_trader(settings, on_signals, demo=demo)
        return
    from robot import followers

    gc.enable()
    runs: dict[str, Callable[..., None]] = {
        "projector": followers.run_projector,
        "auditor": followers.run_auditor,
        "relay": followers.run_relay,
        "api": followers.run_api,
        **{place: partial(followers.run_host, name=place) for place in PLACES},
    }
    if name not in runs:
        raise ConfigurationError(f"no process is called {name}; known: trader, {', '.join(runs)}")
    runs[name](settings, on_signals)


def on_signals(stop: Callable[[], None]) -> None:
    """Have SIGTERM and SIGINT call `stop`."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())


def main(arguments: list[str]) -> None:
    """NAME and FOLDER; what is wrong with the configuration goes to standard error, exit code 2."""
    if not __debug__:
        sys.exit("fxrobot does not run under python -O: its assertions are part of its safety")
    if len(arguments) not in (2, 3) or arguments[2:] not in ([], ["--demo"]):
        sys.exit("usage: python -m robot.process NAME FOLDER [--demo]")
    set_decimal_context()
    gc.disable()  # till it is started: what is imported and recovered stays, to look at it is waste
    try:
        run_process(arguments[0], Path(arguments[1]), demo=len(arguments) == 3)
    except RobotError as problem:
        sys.stderr.write(f"{problem}\n")
        sys.exit(2)


if __name__ == "__main__":
    main(sys.argv[1:])
