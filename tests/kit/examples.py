"""How many examples a property is tried with: few in the suite and always the same, many on demand.

`EXAMPLES_TIMES=20` is what `make check` sets; its examples are others each time.
"""

from __future__ import annotations

import os

from hypothesis import settings

TIMES = int(os.environ.get("EXAMPLES_TIMES", "1"))
SAME_EACH_TIME = TIMES == 1
"""In the suite: a red test is a change of the code, not of the dice."""


def few(examples: int, steps: int = 50) -> settings:
    """So many (of a state machine: so many steps each) in the suite, so many times more where that
    is asked for.
    """
    return settings(
        max_examples=examples * TIMES,
        stateful_step_count=steps,
        derandomize=SAME_EACH_TIME,
        deadline=None,
    )
