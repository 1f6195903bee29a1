"""A strategy's own process in a backtest: the live one, told and asked over a pipe, and waited for.

All that it was told is kept in a file of the run. A run that goes on from a checkpoint tells it to
a new process and asks all questions anew, so that its state is what it was, whatever changed it;
each answer is compared with the one that was dealt on.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from connectors.host.feed import strategy_of, told_of
from connectors.host.frames import (
    ANSWER_MAX,
    TO_HOST,
    TO_TRADER,
    Answer,
    Bye,
    End,
    Follow,
    Frames,
    From,
    NoFrame,
    Ready,
    ToHost,
    Told,
    ToTrader,
    Used,
    Welcome,
    framed,
    plain,
)
from connectors.host.link import NO_MESSAGE, READ_BYTES
from robot.clock import format_time
from robot.deals.reference import StrategyChoice
from robot.errors import RobotError
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.messages.hosting import AskHost, HostDecided

T = TypeVar("T", Follow, Ready, Answer, Used, Bye)
PATIENCE_S = 60.0
"""Of the machine's clock: a process that says nothing for so long is given up. A call that hangs
ends it long before."""
OUTPUT = "host.log"
"""In the run's folder: what the strategy prints, and its tracebacks."""


class HostProcess:
    """One process, from its start to its end. Raises RobotError where it does not do its part: a
    run whose strategy hangs or dies has no result.
    """

    def __init__(
        self, choice: StrategyChoice, folder: Path, seed: int, output: Path, *, hash_seed: int = 0
    ) -> None:
        """`folder`: the desk's configuration; `hash_seed`: by which the language orders sets."""
        self.strategy = strategy_of(choice)
        self.files: tuple[str, ...] = ()
        """What its code read itself; known when it has ended."""
        self._frames = Frames(ANSWER_MAX)
        self._heard: list[ToTrader] = []
        self._over = False
        self._until = "before the first event"
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(PATIENCE_S)
        with theirs, output.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "connectors.host.piped", str(theirs.fileno()), str(folder)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={**os.environ, "PYTHONHASHSEED": str(hash_seed)},
            )
        try:
            self._send(Welcome(choice=choice, seed=seed))
            self.wants = frozenset(self._next(Follow).wants)
            self._send(From(number=0))
            self._next(Ready)
        except BaseException:
            self.kill()
            raise

    def tell(self, told: Told) -> list[Answer]:
        """One event of the core, and what it answers to the questions in it."""
        self._until = f"told up to event {told.number} of {format_time(told.at_ns)}"
        self._send(told)
        asked = [item.ask for item in told.items if isinstance(item, AskHost)]
        answers = [self._next(Answer) for _ in asked]
        if [answer.ask for answer in answers] != asked:
            raise self._problem(f"it was asked {asked} and answered {[a.ask for a in answers]}")
        return answers

    def end(self) -> None:
        """Let it go; raises RobotError where it had failed before, unnoticed."""
        if self._over:
            return
        try:
            self._send(End())
            self.files = self._next(Used).files
        finally:
            self.kill()

    def kill(self) -> None:
        """Whatever it is doing."""
        self._over = True
        self._socket.close()
        self._process.kill()
        self._process.wait()

    def _send(self, message: ToHost) -> None:
        try:
            self._socket.sendall(framed(message))
        except OSError as problem:
            self._last_words()
            raise self._problem(f"it cannot be told anything: {problem}") from None

    def _last_words(self) -> None:
        """It may have said why before it went; raises RobotError with it."""
        while True:
            self._next(Bye)

    def _next(self, kind: type[T]) -> T:
        while not self._heard:
            self._read()
        message = self._heard.pop(0)
        if isinstance(message, Bye):
            raise self._problem(message.problem or "it ended")
        if not isinstance(message, kind):
            raise self._problem(f"it said {type(message).__name__} out of turn")
        return message

    def _read(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except TimeoutError:
            raise self._problem(f"it has said nothing for {PATIENCE_S:g} s") from None
        except OSError:
            data = b""
        if not data:
            raise self._problem("its process ended without a word (killed, or a call hung)")
        try:
            self._heard += [TO_TRADER.decode(body) for body in self._frames.take(data)]
        except NO_MESSAGE as problem:
            text = f"it said what is no message: {plain(str(problem))}"
            raise self._problem(text) from None

    def _problem(self, text: str) -> RobotError:
        return RobotError(
            f"the process of strategy {self.strategy}, {self._until}: {text}; live it "
            "would be started again and the strategy stopped, a backtest ends; "
            f"see {OUTPUT} in the run's folder"
        )


class ToldLog:
    """The file of what one process was told, as it went over the wire."""

    def __init__(self, path: Path, keep_bytes: int) -> None:
        """What is beyond `keep_bytes` is of a part that is run again."""
        self.path = path
        self._file = path.open("ab")
        if self._file.tell() < keep_bytes:
            raise RobotError(f"{path}: shorter than its checkpoint says; run it from the beginning")
        os.truncate(path, keep_bytes)
        self._file.seek(keep_bytes)

    def note(self, told: Told) -> None:
        """One event."""
        self._file.write(framed(told))

    def flush(self) -> int:
        """How long it is now."""
        self._file.flush()
        return self._file.tell()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def told_before(path: Path, length: int) -> Iterator[Told]:
    """What is in such a file."""
    frames = Frames()
    with path.open("rb") as file:
        while file.tell() < length:
            data = file.read(min(READ_BYTES, length - file.tell()))
            if not data:
                raise RobotError(f"{path}: is shorter than {length} bytes")
            try:
                messages = [TO_HOST.decode(body) for body in frames.take(data)]
            except (NoFrame, *NO_MESSAGE) as problem:
                raise RobotError(f"{path}: is damaged: {problem}") from problem
            yield from (message for message in messages if isinstance(message, Told))


def ask_again(process: HostProcess, told: Iterator[Told]) -> list[tuple[int, Answer]]:
    """Tell a new process what another was told, and compare its answers with those that were dealt
    on; those that nobody has dealt on yet, each with the moment of its question.
    """
    open_: dict[int, tuple[int, Answer]] = {}
    for one in told:
        for item in one.items:
            if isinstance(item, HostDecided) and item.ask in open_:
                _compare(process.strategy, item, open_.pop(item.ask)[1])
        for answer in process.tell(one):
            open_[answer.ask] = (one.at_ns, answer)
    return list(open_.values())


def _compare(strategy: str, before: HostDecided, now: Answer) -> None:
    was, is_ = (before.decision, before.failure), (now.decision, plain(now.failure))
    if was != is_:
        raise RobotError(
            f"strategy {strategy} is not repeatable: told and asked the same again, it answers "
            f"question {before.ask} with {_said(*is_)}; before it was {_said(*was)}; chance comes "
            "from facts.chance or the seed of start(), time from the events, order from lists"
        )


def _said(decision: object, failure: str) -> str:
    return failure or str(decision)


def told_for(process: HostProcess, stamped: Stamped, effects: Sequence[AnyEffect]) -> Told | None:
    """As live."""
    return told_of(stamped, effects, process.wants, process.strategy)
