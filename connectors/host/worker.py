"""Runs one strategy: tells it what it wants to know, asks it, takes whatever it does."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TypeVar

from connectors.host.frames import Answer, Told, framed, plain
from connectors.host.loading import wants_of
from robot.messages.hosting import AskHost, HostDecided
from robot.strategy import AnswerSeen, Facts, Hosted, Seen, foreign_problem

T = TypeVar("T")
QUESTIONS_MAX = 10_000
"""Questions whose answer is not journaled yet; older ones were never answered."""


class StrategyBroken(Exception):
    """Its state is not known any more: the process has to end, and begin anew."""


class Worker:
    """One strategy, begun. `calls` moves with every call of its code, and `since_ns` is when the
    running one began (0 = none runs).
    """

    def __init__(
        self,
        made: type[Hosted],
        send: Callable[[bytes], None],
        runs: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._send = send
        self._runs = runs
        self._facts: dict[int, Facts] = {}
        self.wants = frozenset(wants_of(made))
        self.since_ns = 0
        self.events = self.questions = self.failures = 0
        self._strategy = self._call(made)

    def start(self, parameters: Mapping[str, object], seed: int) -> None:
        """Begin it."""
        self._call(lambda: self._strategy.start(parameters, seed))

    def tell(self, told: Told, *, live: bool) -> None:
        """One event of the core. Questions of before are not asked again: their answers follow."""
        for item in told.items:
            if isinstance(item, AskHost):
                self._remember(item)
                if live:
                    self._send(framed(self.answer(item)))
            elif isinstance(item, HostDecided):
                self._tell_answer(item, told.at_ns)
            else:
                self._on_event(item)

    def answer(self, question: AskHost) -> Answer:
        """Ask; whatever comes of it is an answer."""
        self.questions += 1
        begun_ns = time.perf_counter_ns()
        try:
            decision = self._call(lambda: self._strategy.decide(question.facts))
            problem = foreign_problem(decision, question.facts)
        except MemoryError:
            raise StrategyBroken("it is out of memory") from None
        except BaseException as error:  # also SystemExit: it is the strategy's, not ours
            problem, decision = raised(error), None
            traceback.print_exc(file=sys.stderr)
        took_us = (time.perf_counter_ns() - begun_ns) // 1_000
        if not problem:
            made = Answer(ask=question.ask, decision=decision, took_us=took_us)
            try:
                framed(made)
            except UnicodeEncodeError:
                problem = "passed or because hold characters that cannot be written"
            else:
                return made
        self.failures += 1
        return Answer(ask=question.ask, failure=plain(problem), took_us=took_us)

    def _remember(self, question: AskHost) -> None:
        self._facts[question.ask] = question.facts
        if len(self._facts) > QUESTIONS_MAX:
            del self._facts[next(iter(self._facts))]

    def _tell_answer(self, item: HostDecided, at_ns: int) -> None:
        facts = self._facts.pop(item.ask, None)
        if facts is not None and "answers" in self.wants:
            seen = AnswerSeen(
                at_ns=at_ns, facts=facts, decision=item.decision, failure=item.failure
            )
            self._on_event(seen)

    def _on_event(self, event: Seen) -> None:
        self.events += 1
        try:
            self._call(lambda: self._strategy.on_event(event))  # type: ignore[attr-defined]
        except BaseException as error:
            traceback.print_exc(file=sys.stderr)
            what = f"on_event({type(event).__name__}) raised {raised(error)}"
            raise StrategyBroken(plain(what)) from None

    def _call(self, work: Callable[[], T]) -> T:
        self.since_ns = time.monotonic_ns()
        try:
            with self._runs():
                return work()
        finally:
            self.since_ns = 0


def raised(error: BaseException) -> str:
    """What it raised, and in which line of its own file."""
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if "/connectors/host/" not in frame.filename:
            place = f" ({Path(frame.filename).name}:{frame.lineno})"
    try:
        text = str(error)
    except Exception:
        text = "its text cannot be read"
    return f"{type(error).__name__}: {text}{place}"
