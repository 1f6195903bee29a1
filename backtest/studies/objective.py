"""One evaluation: some values of the parameters on one stretch of time.

A function says `def results(parameters, stretch, seed, options)` and gives its results by period,
one or more. It gets the same seed for every trial, so that trials differ by their parameters alone,
and must decide by its arguments alone: it is called in any process, in any order.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from backtest.honesty.splits import Stretch
from backtest.studies.expected import Unlike, look_in

Results = Callable[[Mapping[str, str], Stretch, int, Mapping[str, str]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker is given: everything, so that any process can do it."""

    function: str
    """`module:name`; of a backtest `BACKTEST`."""
    options: Mapping[str, str]
    parameters: Mapping[str, str]
    stretch: Stretch
    seed: int
    paths: tuple[str, ...] = ()
    """Where this process looks for modules: so does the worker."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out."""

    returns: tuple[float, ...] = ()
    """By period, in order."""
    failure: str = ""


BACKTEST = "backtest.studies.running:results"


def task_of(
    function: str,
    options: Mapping[str, str],
    parameters: Mapping[str, str],
    stretch: Stretch,
    seed: int,
) -> Task:
    """With the places where this process finds its modules."""
    return Task(function, options, parameters, stretch, seed, tuple(sys.path))


def evaluate(task: Task) -> Measured:
    """Do it; whatever the function raises is a failure with its text, not an end of the study."""
    look_in(task.paths)
    try:
        found = named(task.function)(task.parameters, task.stretch, task.seed, task.options)
        returns = tuple(float(value) for value in found)
    except Unlike:
        raise
    except Exception as error:  # a study goes on over a trial that cannot be evaluated
        return Measured(failure=f"{type(error).__name__}: {error}")
    if not returns or not all(map(isfinite, returns)):
        return Measured(failure=f"gave {list(returns)[:5]}, not one or more finite numbers")
    return Measured(returns)


def named(function: str) -> Results:
    """The function `module:name`."""
    module, _, name = function.partition(":")
    found: Results = getattr(importlib.import_module(module), name)
    return found


def folder_first(folder: Path) -> None:
    """Functions beside the file of a study are found."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
