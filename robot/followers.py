"""The processes beside the trader: projector, auditor, relay and HTTP API, each with its sign of
life.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import cast

from robot.assembly import load_factory, load_strategy, make_heads, make_store, make_tail
from robot.clock import SystemClock
from robot.errors import RobotError
from robot.settings import Settings
from robot.status import Beat, write_beat

BEAT_S = 0.25
IDLE_S = 0.01

OnReady = Callable[[Callable[[], None]], None]
"""Given the function that stops the process."""


def _set_soon(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    loop.call_soon_threadsafe(stop.set)


class _Heart:
    """Writes a process's sign of life from a thread of its own, as long as `move` is called."""

    def __init__(self, settings: Settings, name: str, describe: Callable[[], Beat]) -> None:
        self._folder = settings.run_folder
        self._describe = describe
        self._name = name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heart", daemon=True)
        self._thread.start()

    def _beat(self) -> None:
        while True:
            try:
                write_beat(self._folder, self._describe())
            except OSError as problem:
                sys.stderr.write(f"{self._name}: no sign of life can be written: {problem}\n")
            if self._stop.wait(BEAT_S):
                return

    def close(self) -> None:
        """Stop."""
        self._stop.set()
        self._thread.join(timeout=1)


def run_projector(settings: Settings, on_ready: OnReady) -> None:
    """Follow the journal into the database until stopped."""
    from robot.projector import Projector  # with the core, which the others have no use for

    store = make_store(settings)
    segment, sequence = store.applied()
    projector = Projector(make_tail(settings, segment, sequence), store, segment, sequence)
    stop = threading.Event()
    on_ready(stop.set)
    clock = SystemClock()

    def describe() -> Beat:
        return Beat(
            name="projector",
            at_ns=clock.now_ns(),
            pid=os.getpid(),
            healthy=not projector.problem,
            problem=projector.problem,
            segment=projector.segment,
            sequence=projector.sequence,
            behind_bytes=projector.behind(),
        )

    heart = _Heart(settings, "projector", describe)
    try:
        projector.run(stop)
        write_beat(settings.run_folder, describe())
    finally:
        heart.close()
        store.close()


def run_auditor(settings: Settings, on_ready: OnReady) -> None:
    """Step a copy of the core behind the trader until stopped."""
    from robot.auditor import BATCH_RECORDS, Auditor, newest_snapshot

    folder = settings.data / "snapshots"
    saved = newest_snapshot(folder)
    segment, sequence = (saved.segment, saved.sequence) if saved else ("", 0)
    heads = make_heads(settings)
    tail = make_tail(settings, segment, sequence)
    auditor = Auditor(tail, load_strategy, folder, saved, heads)
    stop = threading.Event()
    on_ready(stop.set)
    clock = SystemClock()

    def describe() -> Beat:
        return Beat(
            name="auditor",
            at_ns=clock.now_ns(),
            pid=os.getpid(),
            healthy=not auditor.problem,
            problem=auditor.problem,
            segment=auditor.replayer.segment,
            sequence=auditor.replayer.sequence,
            behind_bytes=auditor.behind(),
            figures={
                "turns": auditor.replayer.turns,
                "events": auditor.replayer.events,
                **heads.figures(),
            },
        )

    heart = _Heart(settings, "auditor", describe)
    try:
        while not stop.is_set():
            followed = auditor.catch_up()
            auditor.sign_if_due(clock.now_ns(), settings.desk.audit.every_minutes)
            if followed < BATCH_RECORDS:
                stop.wait(IDLE_S)  # after a small batch, too: what comes meanwhile is one more
        while auditor.catch_up():
            pass
        auditor.sign("stop")
        heads.close()
        write_beat(settings.run_folder, describe())
    finally:
        heart.close()


def run_api(settings: Settings, on_ready: OnReady) -> None:
    """Serve the HTTP API until stopped."""
    factory = load_factory(settings.desk.factories.api, "factories.api")
    stop = threading.Event()
    on_ready(stop.set)
    clock = SystemClock()

    def describe() -> Beat:
        return Beat(name="api", at_ns=clock.now_ns(), pid=os.getpid())

    heart = _Heart(settings, "api", describe)
    try:
        factory(settings, stop)
    finally:
        heart.close()


def run_host(settings: Settings, on_ready: OnReady, name: str = "host") -> None:
    """Run a strategy in this process until stopped; `name` says which place it has."""
    factory = load_factory(settings.desk.factories.host_process, "factories.host_process")
    factory(settings, on_ready, name)


def run_relay(settings: Settings, on_ready: OnReady) -> None:
    """Deliver the outbox until stopped."""
    factory = load_factory(settings.desk.factories.relay, "factories.relay")
    clock = SystemClock()

    def on_beat(position: Mapping[str, object]) -> None:
        figures: dict[str, float | int | str] = {
            key: int(value) if isinstance(value, bool) else value
            for key, value in position.items()
            if isinstance(value, int | float | str)
        }
        beat = Beat(name="relay", at_ns=clock.now_ns(), pid=os.getpid(), figures=figures)
        write_beat(settings.run_folder, beat)

    def on_alarm(code: str, text: str) -> None:
        sys.stderr.write(f"relay: {code}: {text}\n")
        sys.stderr.flush()

    async def deliver() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        on_ready(partial(_set_soon, loop, stop))
        running = factory(settings, stop, on_beat, on_alarm)
        await cast(Coroutine[object, object, object], running)

    try:
        asyncio.run(deliver())
    except ConnectionError as problem:
        raise RobotError(f"relay: {problem}") from problem
