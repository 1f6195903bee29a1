"""The trader's end: tells the host what happens and what is asked, posts what it answers.

Told on the thread that turns, by a write that never waits; heard on a thread of its own. A host
that does not read what it is told for too long is let go, and comes back.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import sys
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path

import msgspec

from connectors.host.feed import strategy_of, told_of
from connectors.host.frames import (
    ANSWER_MAX,
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
    ToTrader,
    Welcome,
    framed,
    plain,
)
from robot.deals.reference import StrategyChoice
from robot.host_places import PLACES
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.messages.hosting import AskHost, HostChanged, HostDecided
from robot.ports import Poster

UNREAD_MAX = 16 * 1024 * 1024
"""Bytes told and not read; more, and the host is let go."""
READ_BYTES = 65_536
NO_MESSAGE = (NoFrame, msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError)
"""What reading of foreign bytes may raise; a float NaN where a decimal is due is an arithmetic
error."""
SOCKET = PLACES["host"]
"""Its name in the run folder, where there is one host."""


class _Peer:
    """One connected host."""

    def __init__(self, connection: socket.socket, strategy: str) -> None:
        self.socket = connection
        self.strategy = strategy
        """Name and version of what it runs."""
        self.frames = Frames(ANSWER_MAX)
        self.unsent = bytearray()
        self.watched = False
        """Whether it is waited for until it takes more."""
        self.wants: frozenset[str] | None = None
        """None = it does not follow yet."""
        self.ready = False
        self.asked: set[int] = set()
        """Questions that are not answered: so many answers may come, and no more."""
        self.broken = ""
        """Why it has to go: told when its connection is seen to end."""
        self.failed = True
        """Whether its going is a fault; an orderly good-bye is none."""


class HostLink:
    """The trader's end of one place; nobody is let in while no version has it."""

    def __init__(
        self, folder: Path, choice: StrategyChoice | None, seed: int, name: str = SOCKET
    ) -> None:
        self._path = folder / name
        self._choice = choice
        self._seed = seed
        self._number = 0
        self._lock = threading.Lock()
        self._peer: _Peer | None = None
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="strategy-host", daemon=True)

    def start(self, poster: Poster, number: int) -> None:
        """Listen; `number` is the last event of the core so far."""
        self._poster = poster
        self._number = number
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(self._path))
        self._path.chmod(0o600)
        self._listener.listen(4)
        self._wake.setblocking(False)
        for one in (self._listener, self._woken):
            one.setblocking(False)
            self._selector.register(one, selectors.EVENT_READ)
        self._thread.start()

    def follow(
        self, stamped: Stamped, effects: Sequence[AnyEffect], choice: StrategyChoice | None
    ) -> None:
        """An event was stepped, and what came of it is in the journal; `choice` is the version that
        has this place after it.
        """
        with self._lock:
            self._number = stamped.number
            peer = self._peer
            if choice is not self._choice and choice != self._choice:
                self._choice = choice
                if peer is not None:
                    self._send(peer, End())
                    self._break(peer, "the strategy was changed", failed=False)
                return
            if peer is None or peer.wants is None or peer.broken:
                return
            try:
                self._tell(peer, peer.wants, stamped, effects)
            except Exception as problem:  # whatever it is, the robot's turn is not held up by it
                traceback.print_exc(file=sys.stderr)
                self._break(peer, f"it cannot be told of event {stamped.number}: {problem}")

    def _tell(
        self, peer: _Peer, wants: frozenset[str], stamped: Stamped, effects: Sequence[AnyEffect]
    ) -> None:
        told = told_of(stamped, effects, wants, peer.strategy)
        if told is not None:
            peer.asked.update(item.ask for item in told.items if isinstance(item, AskHost))
            self._send(peer, told)

    def stop(self) -> None:
        """Let the host go."""
        with self._lock:
            if self._stopping:
                return
            self._stopping = True
            if self._peer is not None:
                self._send(self._peer, End())
        self._wake_up()
        self._thread.join(timeout=2)
        peers = [self._peer.socket] if self._peer is not None else []
        for one in (self._listener, self._woken, self._wake, *peers):
            one.close()
        self._selector.close()
        self._path.unlink(missing_ok=True)

    def _wake_up(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it has been called often enough
            self._wake.send(b"x")

    def _send(self, peer: _Peer, message: ToHost) -> None:
        """Never waits; what the host does not take at once is sent when it can be."""
        if peer.broken:
            return
        data = framed(message)
        if not peer.unsent:
            try:
                sent = peer.socket.send(data)
            except BlockingIOError:
                sent = 0
            except OSError as problem:
                self._break(peer, f"it cannot be told anything: {problem.strerror}")
                return
            data = data[sent:]
        if data:
            peer.unsent += data
            self._wake_up()
        if len(peer.unsent) > UNREAD_MAX:
            self._break(peer, f"it has not read {len(peer.unsent)} bytes of what it was told")

    def _break(self, peer: _Peer, text: str, *, failed: bool = True) -> None:
        """End the connection; the thread that hears sees it and tells."""
        if not peer.broken:
            peer.broken, peer.failed = text, failed
            peer.unsent.clear()
            with contextlib.suppress(OSError):  # it is gone already, and is seen to be
                peer.socket.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._look()
        except BaseException:  # without this thread no answer is heard: the trader starts again
            traceback.print_exc(file=sys.stderr)
            sys.stderr.flush()
            os._exit(70)

    def _look(self) -> None:
        self._watch_writing()
        for key, events in self._selector.select(timeout=0.5):
            if key.fileobj is self._listener:
                self._accept()
            elif key.fileobj is self._woken:
                self._woken.recv(READ_BYTES)
            else:
                self._serve(events)

    def _watch_writing(self) -> None:
        with self._lock:
            peer = self._peer
            if peer is not None and bool(peer.unsent) is not peer.watched:
                peer.watched = bool(peer.unsent)
                both = selectors.EVENT_READ | selectors.EVENT_WRITE
                wanted = both if peer.watched else selectors.EVENT_READ
                self._selector.modify(peer.socket, wanted)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        with self._lock:
            choice = self._choice
            if self._peer is not None or choice is None or choice.host is None or self._stopping:
                connection.close()
                return
            connection.setblocking(False)
            peer = self._peer = _Peer(connection, strategy_of(choice))
            self._selector.register(connection, selectors.EVENT_READ)
            self._send(peer, Welcome(choice=choice, seed=self._seed))

    def _serve(self, events: int) -> None:
        peer = self._peer
        assert peer is not None, "only this thread lets a host go"
        if events & selectors.EVENT_WRITE:
            self._write(peer)
        if not events & selectors.EVENT_READ:
            return
        try:
            data = peer.socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose(peer)
            return
        for message in self._read(peer, data):
            self._hear(peer, message)

    def _write(self, peer: _Peer) -> None:
        with self._lock:
            try:
                del peer.unsent[: peer.socket.send(peer.unsent)]
            except BlockingIOError:
                pass  # it takes nothing after all: later
            except OSError as problem:
                self._break(peer, f"it cannot be told anything: {problem.strerror}")

    def _read(self, peer: _Peer, data: bytes) -> list[ToTrader]:
        """What it said; something that is no message ends the connection."""
        found: list[ToTrader] = []
        try:
            for body in peer.frames.take(data):
                found.append(TO_TRADER.decode(body))
        except NO_MESSAGE as problem:
            with self._lock:
                self._break(peer, f"it said what is no message: {plain(str(problem))}")
        return found

    def _hear(self, peer: _Peer, message: ToTrader) -> None:
        match message:
            case Answer() if not self._was_asked(peer, message.ask):
                with self._lock:
                    text = f"it answers question {message.ask}, which it was not asked"
                    self._break(peer, text)
            case Answer():
                event = HostDecided(
                    ask=message.ask,
                    strategy=peer.strategy,
                    decision=message.decision,
                    failure=plain(message.failure),
                    took_us=message.took_us,
                )
                self._poster.post(event)
            case Follow() if peer.wants is None:
                with self._lock:
                    peer.wants = frozenset(message.wants)
                    self._send(peer, From(number=self._number))
            case Ready() if peer.wants is not None and not peer.ready:
                peer.ready = True
                told = plain(message.told)
                self._poster.post(HostChanged(ready=True, strategy=peer.strategy, told=told))
            case Bye():
                with self._lock:
                    told = plain(message.problem) or "it was asked to end"
                    self._break(peer, told, failed=bool(message.problem))
            case _:
                with self._lock:
                    what = type(message).__name__
                    self._break(peer, f"it said what is no message: {what} out of turn")

    def _was_asked(self, peer: _Peer, ask: int) -> bool:
        """Whether it is the first answer to a question it was asked."""
        with self._lock:
            known = ask in peer.asked and not peer.broken
            peer.asked.discard(ask)
            return known

    def _lose(self, peer: _Peer) -> None:
        self._selector.unregister(peer.socket)
        peer.socket.close()
        with self._lock:
            self._peer = None
        if self._stopping:
            return
        told = peer.broken or "its process ended without a word"
        gone = HostChanged(ready=False, strategy=peer.strategy, told=told, failed=peer.failed)
        self._poster.post(gone)
