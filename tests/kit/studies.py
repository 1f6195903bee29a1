"""An objective with a known best, and studies of it: `x` earns most at 7, `y` does nothing."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from backtest.honesty.splits import Stretch
from backtest.studies.settings import StudySettings

BEST = 7.0
PERIODS = 6
KILLED_AT = "FXROBOT_TEST_KILLED_AT"
"""Environment: the process ends by SIGKILL at this evaluation of it."""
CALLS: list[tuple[Mapping[str, str], Stretch]] = []


def results(
    parameters: Mapping[str, str], stretch: Stretch, seed: int, options: Mapping[str, str]
) -> Sequence[float]:
    """Noise that is the same for every trial, and an edge that falls off around the best."""
    CALLS.append((parameters, stretch))
    if len(CALLS) == int(os.environ.get(KILLED_AT, "0")):
        os.kill(os.getpid(), signal.SIGKILL)
    if len(CALLS) > int(options.get("calls", 10**9)):
        raise KeyboardInterrupt
    if parameters.get("x") == options.get("fails_at"):
        raise ZeroDivisionError("cannot be worked out")
    chance = np.random.default_rng([seed, stretch.start_ns // 10**9])
    edge = float(options.get("edge", "1")) - 0.02 * (float(parameters["x"]) - BEST) ** 2
    return [float(value) for value in chance.normal(edge, 1.0, PERIODS)]


def study(**changes: Any) -> StudySettings:
    """Ten days, the last two of them for validation; 20 trials in batches of four."""
    content: dict[str, Any] = {
        "name": "planted",
        "objective": {"function": "tests.kit.studies:results"},
        "span": {"begin": "2014-05-01", "end": "2014-05-11", "parts": 10, "validation_parts": 2},
        "parameters": {
            "x": {"low": "0", "high": "20", "step": "0.5"},
            "y": {"choices": ["a", "b"]},
        },
        "search": {"trials": 20, "batch": 4, "seed": 3, "startup_trials": 6},
    }
    for key, value in changes.items():
        *above, last = key.split("__")
        place = content
        for name in above:
            place = place[name]
        place[last] = value
    return StudySettings.model_validate(content)
