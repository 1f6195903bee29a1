"""How many examples a property is tried with: few in the suite and always the same, many on demand.

`EXAMPLES_TIMES=20` is what `make check` sets.
"""

from __future__ import annotations

import os

from hypothesis import settings

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))


def few(examples: int, steps: int) -> settings:
    """So many of a state machine in the suite, so many times more where that is asked for."""
    return settings(
        max_examples=examples * TIMES, stateful_step_count=steps, derandomize=TIMES == 1
    )
