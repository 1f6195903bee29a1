"""What a strategy's process and whoever asks it say to each other, from the process's side."""

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
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from connectors.host.feed import strategy_of
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
from connectors.host.link import READ_BYTES
from connectors.host.loading import load_class
from connectors.host.restraint import Restraint
from connectors.host.worker import StrategyBroken, Worker, raised
from robot.clock import NANOS_PER_SECOND
from robot.deals.reference import HostPolicy
from robot.errors import RobotError

T = TypeVar("T")
LOOK_S = 0.1
HANGS_S = 2.0
"""A call of the strategy that takes longer ends the process."""
DRAIN_READS = 100
"""Reads of what the trader has sent between two looks at the journal: it may send without end."""
FAULT_EXIT = 70


class Gone(Exception):
    """The trader let go of us, or we were asked to end."""


def leave_after(run: Callable[[], None]) -> NoReturn:
    """Do it, and end this process: with an exit code where the strategy is at fault."""
    code = 0
    try:
        run()
    except (StrategyBroken, RobotError) as problem:
        sys.stderr.write(f"host: {problem}\n")
        code = FAULT_EXIT
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # threads that a strategy may have begun do not hold it up


class Talk(ABC):
    """From the connection to its end."""

    def __init__(self, stop: threading.Event, connection: socket.socket) -> None:
        self._strategy = ""
        self._stop = stop
        self._socket = connection
        self._frames = Frames()
        self._waiting: list[ToHost] = []
        self.restraint = Restraint()
        self.worker: Worker | None = None

    @property
    @abstractmethod
    def folder(self) -> Path:
        """The configuration folder, in which the strategy's file is."""

    @abstractmethod
    def _connect(self) -> None:
        """Come to the trader."""

    @abstractmethod
    def _rebuild(self, worker: Worker, number: int, days: int) -> None:
        """Tell the strategy all it was told before in so many trade dates, up to an event."""

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

    def _begin(self, welcome: Welcome) -> Worker:
        """The strategy that the trader has in force, begun."""
        choice, restraint = welcome.choice, self.restraint
        assert choice.host is not None, "the trader welcomes a host of a hosted strategy only"
        self._strategy = strategy_of(choice)
        restraint.bound(choice.host.memory_mb)
        path = self.folder / choice.file
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


def end_if_hanging(worker: Worker | None, stop: threading.Event) -> None:
    """End the process where a call of the strategy does not return."""
    since_ns = worker.since_ns if worker is not None else 0
    if not since_ns:
        return
    hangs_s = (time.monotonic_ns() - since_ns) / NANOS_PER_SECOND
    if hangs_s > (LOOK_S if stop.is_set() else HANGS_S):
        _end_hanging(hangs_s)


def _end_hanging(seconds: float) -> None:
    sys.stderr.write(f"host: a call of the strategy has taken {seconds:.1f} s: the process ends\n")
    faulthandler.dump_traceback(file=sys.stderr, all_threads=True)
    sys.stderr.flush()
    os._exit(FAULT_EXIT)
