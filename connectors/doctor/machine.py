"""Checks of the machine under a desk: its clock, its disk, the path of its control socket."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from connectors.doctor.check import Check, Finding, ok, problem, warning
from connectors.journal.file import segment_paths
from robot.machine_clock import clock_problem, clock_state
from robot.settings import Settings

FSYNC_SLOW_MS = 10.0
FSYNC_TIMES = 9
FREE_WARNING_BYTES = 2 * 1024**3
FREE_PROBLEM_BYTES = 200 * 1024**2
LOOKS = 20_000
SOCKET_PATH_MAX = 107
"""Longest path of a Unix socket on Linux, in bytes."""

_SYNC_COMMANDS = (
    (["timedatectl", "show", "-p", "NTPSynchronized", "--value"], "yes"),
    (["chronyc", "-n", "tracking"], "Normal"),
)


def machine_checks(settings: Settings) -> tuple[Check, ...]:
    """What the processes of this desk stand on."""
    return (
        Check("clock", check_clock),
        Check("clock synchronisation", check_synchronised),
        Check("clock error", lambda: check_clock_error(settings)),
        Check("clock and journal", lambda: check_clock_and_journal(settings)),
        Check("disk", lambda: check_disk(settings.data)),
        Check("control socket", lambda: check_socket_path(settings.run_folder / "control")),
    )


def check_clock() -> Iterator[Finding]:
    """Time does not go back while we look. Whether it is right cannot be told without another
    clock.
    """
    last_ns, back_ns = time.time_ns(), 0
    for _ in range(LOOKS):
        now_ns = time.time_ns()
        back_ns = max(back_ns, last_ns - now_ns)
        last_ns = now_ns
    told = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if back_ns > 0:
        text = f"{told}; it went back by {back_ns / 1e6:.3f} ms"
        yield warning("clock", text, "let the clock be slewed, not stepped (chrony does)")
    else:
        yield ok("clock", f"{told}, does not go back")


def check_synchronised() -> Iterator[Finding]:
    """Whether the machine's time service says that it follows a time source."""
    name = "clock synchronisation"
    for command, wanted in _SYNC_COMMANDS:
        answer = _answer_of(command)
        if answer and wanted in answer:
            yield ok(name, f"{command[0]} says that the clock follows a time source")
            return
        if answer:
            text = f"{command[0]} says that the clock follows no time source"
            yield warning(name, text, "set up chrony or systemd-timesyncd")
            return
    yield ok(name, "not known: neither timedatectl nor chronyc answers here")


def check_clock_error(settings: Settings) -> Iterator[Finding]:
    """Whether the desk could deal with this clock, where it sets a bound."""
    name, most, state = "clock error", settings.desk.clock_error_ms_max, clock_state()
    wrong = clock_problem(state, most)
    if wrong:
        yield problem(name, wrong, "set up chrony, or change clock_error_ms_max in desk.yaml")
    elif most == 0:
        known = f"at most {state.error_ms:.0f} ms" if state.synchronised else "not known"
        yield ok(name, f"{known}; dealing does not depend on it (clock_error_ms_max)")
    else:
        yield ok(name, f"at most {state.error_ms:.0f} ms, within {most} ms")


def check_clock_and_journal(settings: Settings) -> Iterator[Finding]:
    """A clock before the newest segment's trade date would stop the start."""
    segment = next((path.stem for path in reversed(segment_paths(settings.journal_folder))), "")
    if not segment or settings.desk.clock == "venue":
        yield ok("clock and journal", f"newest segment: {segment or 'none yet'}")
        return
    # A trade date runs ahead of the calendar by a weekend at most.
    latest = time.strftime("%Y%m%d", time.gmtime(time.time() + 4 * 86_400))
    if segment[:8] > latest:
        text = f"the newest journal segment {segment} is of a date to come"
        advice = (
            "correct the clock; if it is right, this folder was used with a simulated venue's clock"
        )
        yield problem("clock and journal", text, advice)
    else:
        yield ok("clock and journal", f"newest segment {segment} is not after the clock")


def check_disk(data: Path) -> Iterator[Finding]:
    """The data folder (or where it will be made) can be written, has room, and syncs fast."""
    folder = next(path for path in (data, *data.parents) if path.exists())
    if not folder.is_dir():
        yield problem("disk", f"{folder} is no folder", "correct `data` in desk.yaml")
        return
    free = shutil.disk_usage(folder).free
    yield _room(folder, free)
    try:
        took_ms = _sync_time_ms(folder)
    except OSError as error:
        who = f"the user {os.getuid()} who runs the robot"
        yield problem("disk", f"{folder} cannot be written: {error.strerror}", f"give it to {who}")
        return
    text = f"{data} can be written, fsync takes {took_ms:.2f} ms (median of {FSYNC_TIMES})"
    if took_ms > FSYNC_SLOW_MS:
        advice = "every deal waits for one fsync: use a local SSD, not a network disk"
        yield warning("disk", f"{text}, over {FSYNC_SLOW_MS:.0f} ms", advice)
    else:
        yield ok("disk", text)


def check_socket_path(path: Path) -> Iterator[Finding]:
    """The path of the control socket is short enough for the kernel."""
    length = len(os.fsencode(path))
    if length > SOCKET_PATH_MAX:
        text = f"{path} has {length} bytes; a Unix socket may have {SOCKET_PATH_MAX}"
        yield problem("control socket", text, "set `data` in desk.yaml to a shorter path")
    else:
        yield ok("control socket", f"{path}")


def _room(folder: Path, free: int) -> Finding:
    text = f"{free / 1024**3:.1f} GiB free at {folder}"
    advice = "free space: a journal that cannot be written stops trading"
    if free < FREE_PROBLEM_BYTES:
        return problem("disk space", text, advice)
    if free < FREE_WARNING_BYTES:
        return warning("disk space", text, advice)
    return ok("disk space", text)


def _sync_time_ms(folder: Path) -> float:
    """Median time of writing 4 kB and syncing it; the file is gone afterwards."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".fxrobot-doctor-") as file:
        for _ in range(FSYNC_TIMES):
            os.write(file.fileno(), bytes(4096))
            started_s = time.perf_counter()
            os.fsync(file.fileno())
            times.append((time.perf_counter() - started_s) * 1000)
    return statistics.median(times)


def _answer_of(command: list[str]) -> str:
    """What a program says; empty when it is not there or does not work here."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
