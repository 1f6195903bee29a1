"""Files that a strategy inside the core reads itself while it decides: what is in them has no
moment at which it was known. (One in a process of its own is looked at there.)
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from connectors.host.restraint import Restraint
from robot.assembly import load_strategy
from robot.core.state import StrategyLoader
from robot.deals.reference import Reference
from robot.strategy import Decision, Facts, Strategy

_running: list[Reads] = []
"""Whose strategy runs now, the innermost last."""


class Reads(Restraint):
    """Notes what is opened for reading while the strategy runs, and forbids nothing."""

    @contextmanager
    def strategy_runs(self) -> Iterator[None]:
        """What is called in here is the strategy's code."""
        _listen()
        _running.append(self)
        try:
            yield
        finally:
            _running.pop()

    def loader(self, load: StrategyLoader = load_strategy) -> StrategyLoader:
        """Strategies that are looked at."""

        def loaded(reference: Reference) -> Strategy:
            with self.strategy_runs():
                return _Watched(load(reference), self)

        return loaded

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """One thing that the code does."""
        if event == "open" and not self.writes(arguments):
            self.note(arguments[0])


class _Watched:
    def __init__(self, inner: Strategy, reads: Reads) -> None:
        self._inner, self._reads = inner, reads

    def decide(self, facts: Facts) -> Decision:
        with self._reads.strategy_runs():
            return self._inner.decide(facts)


@cache
def _listen() -> None:
    """For good: the language has no way to end it."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if _running:
            _running[-1].hear(event, arguments)

    sys.addaudithook(hook)
