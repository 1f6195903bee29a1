"""`fxrobot run`: starts trader, projector, auditor, relay and, if configured, the HTTP API, and the
hosts of strategies as processes of their own and keeps them alive.

Alive means a sign of life, not a pid: a process that is silent for too long is killed and started
again,
with back-off. Stopping goes down the stream: the trader first, then those who follow it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading

from robot.clock import NANOS_PER_SECOND, steady_ns
from robot.daily_report import DailyReport
from robot.dead_man import leave_note
from robot.host_places import PLACES, forget_wanted, wanted
from robot.settings import Settings
from robot.status import read_beat

NAMES = ("projector", "auditor", "relay", "trader")
STOP_ORDER = ("api", "trader", *PLACES, "projector", "auditor", "relay")
SILENT_S = 10.0
TRADER_SHARE = 2 / 3
"""Of `dead_man.stall_s`: the trader itself is silent when its loop has stood still for the rest."""
LOOK_S = 0.1
BACK_OFF_FIRST_S = 0.1
BACK_OFF_MAX_S = 5.0
QUIET_AGAIN_S = 30.0
STOP_PATIENCE_S = 20.0
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have this process asked to end when the one that started it is gone (Linux; else nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Watched:
    """One process under supervision."""

    def __init__(self, name: str, settings: Settings, *options: str) -> None:
        self.name = name
        self._options = options
        self._settings = settings
        self._silent_s = SILENT_S
        if name == "trader":
            self._silent_s = settings.desk.dead_man.stall_s * TRADER_SHARE
        self._lived = False
        self._stalled = ""
        self.process: subprocess.Popen[bytes] | None = None
        self.started_ns = 0
        self.starts = 0
        self._beat_at_ns = 0
        self._moved_ns = 0
        self._pause_s = 0.0
        self._not_before_ns = 0
        self.leaving_ns = 0
        """Since when it is to end for good."""

    def look(self) -> None:
        """Start it when it is not running, kill it when it is silent."""
        now_ns = steady_ns()
        if self.leaving_ns:
            return
        if self.process is None:
            if now_ns >= self._not_before_ns and not self._owes_note():
                self._start(now_ns)
            return
        code = self.process.poll()
        if code is not None:
            self._ended(code, now_ns)
        elif self._silent(now_ns):
            sys.stderr.write(f"supervisor: {self.name} gives no sign of life, killed\n")
            if self.name == "trader" and self._lived:
                stall_s = self._settings.desk.dead_man.stall_s
                self._stalled = f"the trader stood still for {stall_s:g} s"
                self._owes_note()
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """Ask it to end, then make it end."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def let_go(self) -> bool:
        """Have it end, without waiting for it; whether it has."""
        begun_ns, self.leaving_ns = self.leaving_ns, self.leaving_ns or steady_ns()
        if self.process is None or self.process.poll() is not None:
            return True
        if not begun_ns:
            self.process.send_signal(signal.SIGTERM)
        elif steady_ns() - begun_ns > STOP_PATIENCE_S * NANOS_PER_SECOND:
            self.process.kill()
        return False

    def _owes_note(self) -> bool:
        """Whether a stall is not noted yet: until it is, no trader starts that would deal on."""
        if self._stalled:
            try:
                leave_note(self._settings.run_folder, self._stalled)
                self._stalled = ""
            except OSError as problem:
                sys.stderr.write(
                    f"supervisor: {self._stalled}, and no note can be left: {problem}\n"
                )
        return bool(self._stalled)

    def _start(self, now_ns: int) -> None:
        command = [sys.executable, "-m", "robot.process", self.name, str(self._settings.folder)]
        command += self._options
        log = self._settings.data / "log"
        log.mkdir(parents=True, exist_ok=True)
        with (log / f"{self.name}.log").open("ab") as file:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
        self.started_ns = self._moved_ns = now_ns
        self._lived = False
        self.starts += 1

    def _ended(self, code: int, now_ns: int) -> None:
        lived_s = (now_ns - self.started_ns) / NANOS_PER_SECOND
        # What was killed from outside, or had lived for long, is back at once; what ends by itself
        # right after its start is given more and more time.
        from_outside = lived_s > QUIET_AGAIN_S or code == -signal.SIGKILL
        longer_s = min(max(self._pause_s * 2, BACK_OFF_FIRST_S), BACK_OFF_MAX_S)
        self._pause_s = 0.0 if from_outside else longer_s
        self._not_before_ns = now_ns + int(self._pause_s * NANOS_PER_SECOND)
        log = self._settings.data / "log" / f"{self.name}.log"
        sys.stderr.write(
            f"supervisor: {self.name} ended with code {code} after {lived_s:.1f} s, "
            f"started again in {self._pause_s:.1f} s (its log: {log})\n"
        )
        self.process = None
        if from_outside and not self._owes_note():
            self._start(now_ns)

    def _silent(self, now_ns: int) -> bool:
        """Measured here, by when a new sign came: the machine's clock may jump meanwhile."""
        beat = read_beat(self._settings.run_folder, self.name)
        if beat is not None and beat.at_ns != self._beat_at_ns:
            self._beat_at_ns, self._moved_ns = beat.at_ns, now_ns
            self._lived |= self.process is not None and beat.pid == self.process.pid
        limit_s = self._silent_s if self._lived else max(self._silent_s, SILENT_S)  # it recovers
        return now_ns - self._moved_ns > limit_s * NANOS_PER_SECOND


class Supervisor:
    """All processes of one robot."""

    def __init__(self, settings: Settings, *, demo: bool = False) -> None:
        self._settings = settings
        self.watched = {name: Watched(name, settings) for name in NAMES}
        if settings.desk.api is not None:
            self.watched["api"] = Watched("api", settings)
        if settings.reference.strategy.host is not None:
            self.watched["host"] = Watched("host", settings)
        if demo:
            self.watched["trader"] = Watched("trader", settings, "--demo")
        self._report = DailyReport(settings)
        self._stop = threading.Event()

    def stop(self) -> None:
        """End `run`; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Start everything and keep it alive until `stop`."""
        pid_file = self._settings.run_folder / "supervisor.pid"
        pid_file.parent.mkdir(parents=True, exist_ok=True)
        pid_file.write_text(str(os.getpid()), encoding="ascii")
        forget_wanted(self._settings.run_folder)
        try:
            while not self._stop.is_set():
                self._see_to_hosts()
                for watched in self.watched.values():
                    watched.look()
                self._write_pids()
                self._report.look(steady_ns())
                self._stop.wait(LOOK_S)
        finally:
            for name in STOP_ORDER:
                if name in self.watched:
                    self.watched[name].stop()
            self._report.stop()
            pid_file.unlink(missing_ok=True)

    def _see_to_hosts(self) -> None:
        """Those that the trader wants live; others go."""
        names = wanted(self._settings.run_folder)
        if names is None:
            return
        for name in PLACES:
            known = self.watched.get(name)
            ended = known is None or ((known.leaving_ns or name not in names) and known.let_go())
            if not ended:
                continue
            if name in names:
                self.watched[name] = Watched(name, self._settings)
            elif known is not None:
                del self.watched[name]

    def _write_pids(self) -> None:
        """Who runs under which pid, for the demo's kills and for operators."""
        lines = [
            f"{name} {watched.process.pid} {watched.starts}"
            for name, watched in self.watched.items()
            if watched.process is not None
        ]
        path = self._settings.run_folder / "processes"
        temporary = path.with_suffix(".tmp")
        temporary.write_text("\n".join(lines) + "\n", encoding="ascii")
        os.replace(temporary, path)
