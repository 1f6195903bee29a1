"""What the figures of a study take for granted, in sentences."""

from __future__ import annotations

from backtest.studies.settings import StudySettings


def assumptions_of(settings: StudySettings, trials: int) -> tuple[str, ...]:
    """Printed with the result."""
    span, search = settings.span, settings.search
    found = [
        f"Each of {span.parts} parts is evaluated by itself and begins flat: nothing is carried "
        "from one to the next.",
        f"Parts that end less than {span.horizon_seconds} s before what is tested are not trained "
        "on; longer outcomes would reach into the test.",
        "The cross-validation trains after its tests too: from "
        f"{span.horizon_seconds + span.embargo_seconds} s after them on.",
        f"The Sharpe ratio is deflated by all {trials} trials of this search as if they were "
        "independent, and by the variance of their ratios; trials of other studies are not known "
        "to it.",
        "The probability of overfitting is that of the completed trials: what the pruner gave up "
        "was bad already.",
        "Ratios are per period; annual ones are times the root of "
        f"{settings.statistics.periods_per_year} periods, which holds of independent results.",
        f"Trials are suggested in batches of {search.batch} by {search.sampler} with seed "
        f"{search.seed}; every trial meets the same chance.",
        "The validation was looked at once. Choosing again after seeing it makes it training.",
    ]
    if settings.walk_forward is not None:
        found.append(
            f"Each fold of the walk forward was searched by itself with "
            f"{settings.walk_forward.trials} trials, on parts before its test alone."
        )
    if settings.objective.run is not None:
        found.append("Costs, latency and fills are those of the backtest; see its assumptions.")
    else:
        found.append(
            "Costs and slippage are what the function takes off its results, and nothing else."
        )
    return tuple(found)
