"""Evidence for the HTTP API: asked of processes, few at a time, each with an end.

What-ifs take minutes, so they are jobs: one at work, a few waiting, the newest kept. Jobs are gone
when the API restarts; nothing depends on them.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from connectors.evidence.use import account_of, fullest_first
from connectors.evidence.worker import Both, Head, Request
from robot.errors import RobotError, TemporarilyUnavailable
from robot.settings import Settings

READ_S = 60.0
"""How long an explanation or a report may take."""
WHAT_IF_S = 900.0
READS_MAX = 2
WAITING_MAX = 4
KEPT_MAX = 20
_WORKER = "connectors.evidence.worker"

Work = Callable[[Request, float], bytes]


class Busy(TemporarilyUnavailable):
    """So much is being asked already."""


class Job(msgspec.Struct, kw_only=True):
    """A what-if, at work or done."""

    id: str
    asked_by: str
    about: str
    """Which day under what."""
    state: str = "WAITING"
    """WAITING, RUNNING, DONE or FAILED."""
    asked_ns: int
    ended_ns: int = 0
    problem: str = ""
    same: bool | None = None
    """Whether nothing would have been otherwise; None = not known yet."""


class Serving:
    """Of one robot."""

    def __init__(
        self, settings: Settings, now_ns: Callable[[], int], work: Work | None = None
    ) -> None:
        self._settings = settings
        self._now_ns = now_ns
        self._work = work or in_a_process
        self._reading = threading.Semaphore(READS_MAX)
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._results: dict[str, Both] = {}
        self._waiting: list[tuple[Job, Request]] = []
        self._count = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def accounts(self, rows: Iterable[Mapping[str, object]]) -> list[object]:
        """The gate's figures as `fxrobot limits show` has them, the fullest first."""
        return [msgspec.to_builtins(one) for one in fullest_first(account_of(row) for row in rows)]

    def read(self, what: str, form: str, wanted: str = "", venue: str = "", day: str = "") -> bytes:
        """explain, history, report or compare; RobotError where there is nothing, `Busy` where it
        waits.
        """
        if not self._reading.acquire(blocking=False):
            raise Busy(f"{READS_MAX} are being read already: ask again")
        try:
            request = self._request(what, form=form, wanted=wanted, venue=venue, day=day)
            return self._work(request, READ_S)
        finally:
            self._reading.release()

    def begin(
        self,
        asked_by: str,
        about: str,
        day: str,
        limits: dict[str, object] | None = None,
        strategy: dict[str, object] | None = None,
    ) -> Job:
        """Have a what-if worked on; `Busy` where too many wait."""
        with self._changed:
            if len(self._waiting) >= WAITING_MAX:
                raise Busy(f"{WAITING_MAX} what-ifs are waiting already: ask again")
            self._count += 1
            job = Job(id=str(self._count), asked_by=asked_by, about=about, asked_ns=self._now_ns())
            request = self._request("what-if", day=day, limits=limits, strategy=strategy)
            self._jobs[job.id] = job
            self._waiting.append((job, request))
            self._forget()
            if self._thread is None:
                self._thread = threading.Thread(target=self._go_on, name="what-if", daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return msgspec.structs.replace(job)

    def jobs(self) -> list[Job]:
        """All that are kept, oldest first."""
        with self._changed:
            return [msgspec.structs.replace(job) for job in self._jobs.values()]

    def job(self, name: str) -> Job | None:
        """One of them."""
        return next((job for job in self.jobs() if job.id == name), None)

    def result(self, name: str) -> tuple[bytes, str] | None:
        """What it found, as JSON and as page; None as long as there is nothing."""
        with self._changed:
            found = self._results.get(name)
        return (bytes(found.data), found.html) if found is not None else None

    def wait(self, name: str, timeout_s: float) -> Job | None:
        """The job when it has ended, or as it is after so long."""
        with self._changed:
            self._changed.wait_for(
                lambda: name not in self._jobs or self._jobs[name].ended_ns > 0, timeout_s
            )
        return self.job(name)

    def _request(self, what: str, **more: Any) -> Request:
        settings = self._settings
        return Request(
            what=what,
            data=str(settings.data),
            journal=str(settings.journal_folder),
            database_url=settings.database_url,
            **more,
        )

    def _go_on(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                job, request = self._waiting.pop(0)
                job.state = "RUNNING"
            problem, found = "", None
            try:
                found = msgspec.json.decode(self._work(request, WHAT_IF_S), type=Both)
            except (RobotError, msgspec.MsgspecError) as why:
                problem = str(why)
            with self._changed:
                if found is not None:
                    self._results[job.id] = found
                    job.same = found.same
                job.state, job.problem = "FAILED" if problem else "DONE", problem
                job.ended_ns = max(self._now_ns(), 1)
                self._changed.notify_all()

    def _forget(self) -> None:
        """The oldest that have ended."""
        for name in [one.id for one in self._jobs.values() if one.ended_ns]:
            if len(self._jobs) > KEPT_MAX:
                del self._jobs[name]
                self._results.pop(name, None)


def in_a_process(request: Request, timeout_s: float) -> bytes:
    """The body that a worker gives; RobotError where it gives none, in time or at all."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", _WORKER],
            input=msgspec.json.encode(request),
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise RobotError(f"it took longer than {timeout_s:.0f} s and was ended") from problem
    line, _, body = done.stdout.partition(b"\n")
    try:
        head = msgspec.json.decode(line, type=Head)
    except msgspec.MsgspecError as problem:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        text = f"it ended with code {done.returncode}: {last[:300]}"
        raise RobotError(text) from problem
    if not head.ok:
        raise RobotError(head.problem)
    return body
