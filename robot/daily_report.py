"""The report of limits of each trade date that is over, written by a process of its own.

The supervisor looks now and then whether a later day has begun. Nothing waits for the report, and
one that fails is told in `log/report.log` and left to `fxrobot limits report`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

from robot.clock import NANOS_PER_SECOND
from robot.settings import Settings

LOOK_EVERY_S = 30
FOLDER = "reports"
_WRITER = "connectors.evidence.report"


class DailyReport:
    """Of one robot."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._next_ns = 0
        self._tried = ""
        self.process: subprocess.Popen[bytes] | None = None

    def look(self, now_ns: int) -> None:
        """Have the last day that is over reported, once, unless it is."""
        if now_ns < self._next_ns:
            return
        self._next_ns = now_ns + LOOK_EVERY_S * NANOS_PER_SECOND
        if self.process is not None and self.process.poll() is None:
            return
        day = self._last_day_over()
        folder = self._settings.data / FOLDER
        if day and day != self._tried and not (folder / f"limits-{day}.html").exists():
            self._tried = day
            self._start(day)

    def stop(self) -> None:
        """End a report that is being written; what is there of it is never half a file."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait()

    def _last_day_over(self) -> str:
        """As segments are named; empty where the journal has one day only."""
        names = {path.stem[:8] for path in self._settings.journal_folder.glob("*.fxj")}
        return sorted(names)[-2] if len(names) > 1 else ""

    def _start(self, day: str) -> None:
        command = [sys.executable, "-m", _WRITER, str(self._settings.journal_folder), day]
        command.append(str(self._settings.data / FOLDER))
        polite = shutil.which("nice")
        if polite is not None:
            command = [polite, "-n", "10", *command]
        log = self._settings.data / "log"
        log.mkdir(parents=True, exist_ok=True)
        with (log / "report.log").open("ab") as file:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True
            )
