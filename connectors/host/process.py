"""The strategy's own process: comes to the trader, rebuilds its state from the journal, answers.

It ends when its strategy's state is not known any more, when a call of it hangs, and when the
trader goes; the supervisor starts it again, later and later.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import select
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from connectors.host.feed import strategy_of, told_of
from connectors.host.frames import (
    TO_HOST,
    Bye,
    End,
    Follow,
    Frames,
    From,
    Ready,
    ToHost,
    Told,
    ToTrader,
    Welcome,
    framed,
    plain,
)
from connectors.host.link import READ_BYTES, SOCKET
from connectors.host.loading import load_class
from connectors.host.restraint import Restraint
from connectors.host.worker import StrategyBroken, Worker, raised
from robot.assembly import make_tail
from robot.clock import NANOS_PER_SECOND, SystemClock
from robot.deals.reference import HostPolicy
from robot.errors import RobotError
from robot.host_places import PLACES
from robot.journal import Record, RecordKind, decode_effects, decode_inputs, decode_turn
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.settings import Settings
from robot.status import Beat, write_beat

T = TypeVar("T")
OnReady = Callable[[Callable[[], None]], None]
LOOK_S = 0.1
BEAT_S = 0.25
WAIT_S = 0.02
HANGS_S = 2.0
"""A call of the strategy that takes longer ends the process."""
REBUILD_PATIENCE_S = 30.0
"""How long the journal may take to show what the trader says is in it."""
REBUILD_RECORDS = 1_000
DRAIN_READS = 100
"""Reads of what the trader has sent between two looks at the journal: it may send without end."""
FAULT_EXIT = 70


class Gone(Exception):
    """The trader let go of us, or we were asked to end."""


class Host:
    """One run of it: from the connection to its end."""

    def __init__(
        self,
        settings: Settings,
        stop: threading.Event,
        connection: socket.socket,
        name: str = SOCKET,
    ) -> None:
        self._settings = settings
        self._place = name
        self._strategy = ""
        self._stop = stop
        self._socket = connection
        self._frames = Frames()
        self._waiting: list[ToHost] = []
        self.worker: Worker | None = None

    def run(self) -> None:
        """Until asked to end; raises StrategyBroken, RobotError, Gone."""
        self._connect()
        welcome = self._next(Welcome)
        try:
            worker = self._begin(welcome)
            self._say(Follow(wants=tuple(sorted(worker.wants))))
            number = self._next(From).number
            begun = time.monotonic()
            policy = welcome.choice.host or HostPolicy()
            self._rebuild(worker, number, policy.rebuild_days)
            self._go_on(worker, number, begun)
        except (StrategyBroken, RobotError) as problem:
            self._say(Bye(problem=plain(str(problem))))
            raise

    def bye(self) -> None:
        """An orderly end is no fault."""
        with contextlib.suppress(OSError, Gone):  # the trader is gone, too
            self._say(Bye(problem=""))

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

    def _begin(self, welcome: Welcome) -> Worker:
        """The strategy that the trader has in force, begun."""
        choice, restraint = welcome.choice, Restraint()
        assert choice.host is not None, "the trader welcomes a host of a hosted strategy only"
        self._strategy = strategy_of(choice)
        restraint.bound(choice.host.memory_mb)
        path = self._settings.folder / choice.file
        try:
            with restraint.strategy_runs():
                made = load_class(path, choice.code_hash)
            self.worker = Worker(made, self._socket_send, restraint.strategy_runs)
            self.worker.start(choice.parameters, welcome.seed)
        except RobotError:
            raise
        except BaseException as error:
            traceback.print_exc(file=sys.stderr)
            raise StrategyBroken(f"{path.name} does not start: {raised(error)}") from None
        return self.worker

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

    def _go_on(self, worker: Worker, number: int, begun: float) -> None:
        """What was told meanwhile, then ready, then one by one."""
        self._hear(wait=False)
        self._tell(worker, number)
        seconds = time.monotonic() - begun
        self._say(Ready(told=f"ready: rebuilt from {worker.events} events in {seconds:.2f} s"))
        while not self._stop.is_set():
            self._hear(wait=True)
            self._tell(worker, number)

    def _tell(self, worker: Worker, number: int) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            if isinstance(message, End):
                raise Gone
            if isinstance(message, Told) and message.number > number:
                worker.tell(message, live=True)

    def _next(self, kind: type[T]) -> T:
        """The first message of a kind; what comes before it is none of ours."""
        while not self._stop.is_set():
            for index, message in enumerate(self._waiting):
                if isinstance(message, End):
                    raise Gone
                if isinstance(message, kind):
                    del self._waiting[: index + 1]
                    return message
            self._hear(wait=True)
        raise Gone

    def _hear(self, *, wait: bool) -> None:
        """Take what the trader has sent: wait a little for something, or only what is there."""
        for _ in range(1 if wait else DRAIN_READS):
            if not wait and not select.select([self._socket], [], [], 0)[0]:
                return
            try:
                data = self._socket.recv(READ_BYTES)
            except TimeoutError:
                return
            except OSError:
                data = b""
            if not data:
                raise Gone
            self._waiting += [TO_HOST.decode(body) for body in self._frames.take(data)]

    def _say(self, message: ToTrader) -> None:
        self._socket_send(framed(message))

    def _socket_send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except TimeoutError:
            raise Gone from None  # the trader stands still; it will not want this answer


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
            since_ns = worker.since_ns if worker is not None else 0
            if since_ns:
                hangs_s = (time.monotonic_ns() - since_ns) / NANOS_PER_SECOND
                if hangs_s > (LOOK_S if self._stop.is_set() else HANGS_S):
                    _end_hanging(hangs_s)
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


def _end_hanging(seconds: float) -> None:
    sys.stderr.write(f"host: a call of the strategy has taken {seconds:.1f} s: the process ends\n")
    faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
    sys.stderr.flush()
    os._exit(FAULT_EXIT)


def run(settings: Settings, on_ready: OnReady, name: str = "host") -> None:
    """The process, from its start to its end; `name` is its own, of `robot.host_places`."""
    stop = threading.Event()
    on_ready(stop.set)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    host = Host(settings, stop, connection, PLACES[name])
    Heart(settings, host, stop, name)
    code = 0
    try:
        host.run()
        host.bye()
    except Gone:
        host.bye()
    except (StrategyBroken, RobotError) as problem:
        sys.stderr.write(f"host: {problem}\n")
        code = FAULT_EXIT
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads that a strategy may have begun do not hold it up
