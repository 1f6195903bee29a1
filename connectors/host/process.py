"""The strategy's own process: comes to the trader, rebuilds its state from the journal, answers.

It ends when its strategy's state is not known any more, when a call of it hangs, and when the
trader goes; the supervisor starts it again, later and later.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from connectors.host.feed import told_of
from connectors.host.link import SOCKET
from connectors.host.talking import LOOK_S, Gone, Talk, end_if_hanging, leave_after
from connectors.host.worker import Worker
from robot.assembly import make_tail
from robot.clock import SystemClock
from robot.errors import RobotError
from robot.host_places import PLACES
from robot.journal import Record, RecordKind, decode_effects, decode_inputs, decode_turn
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.settings import Settings
from robot.status import Beat, write_beat

OnReady = Callable[[Callable[[], None]], None]
BEAT_S = 0.25
WAIT_S = 0.02
REBUILD_PATIENCE_S = 30.0
"""How long the journal may take to show what the trader says is in it."""
REBUILD_RECORDS = 1_000


class Host(Talk):
    """One run of it: from the connection to its end."""

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        connection: socket.socket,
        name: str = SOCKET,
    ) -> None:
        super().__init__(stop, connection)
        self._settings = settings
        self._place = name

    @property
    def folder(self) -> Path:
        """Of the settings."""
        return self._settings.folder

    def _connect(self) -> None:
        path = self._settings.run_folder / self._place
        while not self._stop.is_set():
            try:
                self._socket.connect(str(path))
                self._socket.settimeout(LOOK_S)
                return
            except OSError:
                self._stop.wait(LOOK_S)
        raise Gone

    def _rebuild(self, worker: Worker, number: int, days: int) -> None:
        """Tell the strategy all it was told before in so many trade dates, up to an event."""
        first = first_segment(self._settings.journal_folder, days)
        if number == 0 or not first:
            return
        for stamped, effects in self._recorded(first):
            if stamped.number <= number:
                told = told_of(stamped, effects, worker.wants, self._strategy)
                if told is not None:
                    worker.tell(told, live=False)
            if stamped.number >= number:
                return

    def _recorded(self, first: str) -> Iterator[tuple[Stamped, list[AnyEffect]]]:
        """What is in the journal, and what comes to be there."""
        tail, turn = make_tail(self._settings, first, 0), _Turn()
        deadline = time.monotonic() + REBUILD_PATIENCE_S
        while not self._stop.is_set():
            records = tail.poll(REBUILD_RECORDS)
            self._hear(wait=False)
            for record in records:
                yield from turn.take(record)
            if records:
                deadline = time.monotonic() + REBUILD_PATIENCE_S
            elif time.monotonic() > deadline:
                raise RobotError("the journal does not show what the trader has stepped")
            else:
                self._stop.wait(WAIT_S)
        raise Gone


class _Turn:
    """Pairs the inputs of a turn with its effects."""

    def __init__(self) -> None:
        self._inputs: list[Stamped] = []

    def take(self, record: Record) -> Iterator[tuple[Stamped, list[AnyEffect]]]:
        """The events that were stepped, when their effects are there."""
        if record.kind is RecordKind.INPUTS:
            self._inputs = decode_inputs(record.payload)
        elif record.kind is RecordKind.EFFECTS:
            turn = decode_turn(record.payload)
            for stamped, effects in zip(self._inputs, decode_effects(turn), strict=True):
                if stamped.number not in turn.quarantined:
                    yield stamped, effects


def first_segment(folder: Path, days: int) -> str:
    """Name of the journal segment that the newest `days` trade dates begin with."""
    names = sorted(path.stem for path in folder.glob("*.fxj"))
    dates = sorted({name[:8] for name in names})[-days:]
    return next((name for name in names if dates and name[:8] == dates[0]), "")


class Heart:
    """Signs of life, as long as no call of the strategy hangs; one that does ends the process."""

    def __init__(self, settings: Settings, host: Host, stop: threading.Event, name: str) -> None:
        self._name = name
        self._folder = settings.run_folder
        self._host = host
        self._stop = stop
        self._clock = SystemClock()
        threading.Thread(target=self._run, name="heart", daemon=True).start()

    def _run(self) -> None:
        beat_s = 0.0
        while True:
            worker = self._host.worker
            end_if_hanging(worker, self._stop)
            if time.monotonic() - beat_s > BEAT_S:
                beat_s = time.monotonic()
                self._beat(worker)
            time.sleep(LOOK_S)

    def _beat(self, worker: Worker | None) -> None:
        figures: dict[str, float | int | str] = {}
        if worker is not None:
            figures = {
                "events": worker.events,
                "questions": worker.questions,
                "failures": worker.failures,
            }
        beat = Beat(name=self._name, at_ns=self._clock.now_ns(), pid=os.getpid(), figures=figures)
        try:
            write_beat(self._folder, beat)
        except OSError as problem:
            sys.stderr.write(f"host: no sign of life can be written: {problem}\n")


def run(settings: Settings, on_ready: OnReady, name: str = "host") -> None:
    """The process, from its start to its end; `name` is its own, of `robot.host_places`."""
    stop = threading.Event()
    on_ready(stop.set)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    host = Host(settings, stop, connection, PLACES[name])
    Heart(settings, host, stop, name)

    def talk() -> None:
        with contextlib.suppress(Gone):
            host.run()
        host.bye()

    leave_after(talk)
