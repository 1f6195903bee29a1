"""How the venue's clock runs: at a multiple of the wall clock, or as fast as the robot follows."""

from __future__ import annotations

import time

from connectors.sim.engine import Engine
from connectors.sim.link import MARKET_DATA
from connectors.sim.model import NS_PER_SECOND

CLOCK_EVERY_S = 0.09  # the robot hears the time at least every 100 ms
BARRIER_TIMEOUT_S = 5.0
ANSWER_TIMEOUT_S = 2.0
_STEP_NS = NS_PER_SECOND  # most venue time between two barriers
_STEP_TICKS = 64  # most ticks between two barriers
_NAP_S = 0.01
CLOCK_WORD, SYNC_WORD = "CLOCK", "SYNC"


class SpeedPacer:
    """Venue time = wall time x speed. Work that cannot be done in time makes the clock late."""

    def __init__(self, engine: Engine, speed: float) -> None:
        self._engine = engine
        self._speed = speed
        self._from_s = 0.0
        self._from_ns = 0
        self._told_s = 0.0

    def start(self) -> None:
        self._from_s, self._from_ns = time.monotonic(), self._engine.clock_ns

    def step(self) -> None:
        engine = self._engine
        target_ns = self._target_ns()
        for _ in range(_STEP_TICKS):
            due_ns = _earliest(engine.next_tick_ns(), engine.next_due_ns())
            if due_ns is None or due_ns > target_ns:
                engine.advance(target_ns)
                break
            engine.send_ticks(due_ns, 1)
            if (engine.next_due_ns() or due_ns + 1) <= due_ns:
                engine.advance(due_ns)
                engine.act()
        self._tell_clock()
        engine.pump(self._nap_s())

    def _target_ns(self) -> int:
        passed_s = time.monotonic() - self._from_s
        return self._from_ns + int(passed_s * self._speed * NS_PER_SECOND)

    def _tell_clock(self) -> None:
        now_s = time.monotonic()
        if now_s - self._told_s >= CLOCK_EVERY_S:
            self._told_s = now_s
            self._engine.tell_clock(self._engine.sessions(MARKET_DATA), CLOCK_WORD)

    def _nap_s(self) -> float:
        due_ns = _earliest(self._engine.next_tick_ns(), self._engine.next_due_ns())
        if due_ns is None:
            return _NAP_S
        wait_s = (due_ns - self._target_ns()) / self._speed / NS_PER_SECOND
        return min(_NAP_S, max(0.0, wait_s))


class MaxPacer:
    """Discrete events: the clock jumps to the next tick or action once the robot has caught up."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self) -> None:
        """Nothing to anchor: this clock does not follow the wall's."""

    def step(self) -> None:
        engine = self._engine
        if not engine.is_ready():
            engine.pump(0.02)  # without a robot the clock stands still
            return
        tick_ns, action_ns = engine.next_tick_ns(), engine.next_due_ns()
        if tick_ns is not None and (action_ns is None or tick_ns <= action_ns):
            until_ns = tick_ns + _STEP_NS
            engine.send_ticks(min(until_ns, action_ns or until_ns), _STEP_TICKS)
            self._market_barrier()
        elif action_ns is not None:
            engine.advance(action_ns)
            reacts = engine.act()
            if engine.floor.waits_for_answers():
                self._wait_for_answers()
            if reacts:
                self._dealing_barrier()
        engine.pump(0.0)

    def _market_barrier(self) -> None:
        keys = self._engine.take_touched()
        if keys:
            self._engine.tell_clock(keys, CLOCK_WORD)
            self._engine.wait_for_echoes(keys, BARRIER_TIMEOUT_S)
        self._dealing_barrier()

    def _dealing_barrier(self) -> None:
        """Replies the robot has already sent are read before time goes on."""
        engine = self._engine
        keys = engine.to_sync()
        if keys:
            engine.tell_clock(keys, SYNC_WORD)
            engine.wait_for_echoes(keys, BARRIER_TIMEOUT_S)

    def _wait_for_answers(self) -> None:
        engine = self._engine
        deadline = time.monotonic() + ANSWER_TIMEOUT_S
        while engine.floor.waits_for_answers() and not engine.stop.is_set():
            if time.monotonic() > deadline:
                engine.log.statistics.answer_timeouts += engine.floor.stop_waiting()
                return
            engine.pump(0.05)


Pacer = SpeedPacer | MaxPacer


def run(engine: Engine, pacer: Pacer) -> None:
    """From waiting for the robot to the end of the run."""
    while not engine.is_ready() and not engine.is_over():
        engine.pump(0.02)
    if not engine.is_over():
        engine.begin()
        pacer.start()
    while not engine.is_over():
        pacer.step()
    engine.finish()


def linger(engine: Engine, seconds: float) -> None:
    """Keeps answering for a while after the end, so that the robot can still reconcile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not engine.stop.is_set():
        engine.pump(0.05)


def _earliest(*times: int | None) -> int | None:
    return min((each for each in times if each is not None), default=None)
