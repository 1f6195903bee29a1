"""What the choice of parameters is worth, by combinatorial purged cross-validation.

The parts that were searched on are put in groups. For every choice of some of the groups the best
of the completed trials on the other parts, purged and with an embargo, is looked up on those. Each
group is tested in several of the choices, so that the tests make several whole paths through time:
the spread of their ratios is what one path through the validation cannot show. Nothing is evaluated
for it: the search has kept the results of every part.

Source: M. López de Prado, "Advances in Financial Machine Learning", Wiley 2018, chapter 12.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from statistics import median

import msgspec

from backtest.honesty.sharpe import moments_of
from backtest.honesty.splits import GroupSplit, Stretch, combinatorial, grouped
from backtest.studies.search import Tried, figure_of
from backtest.studies.settings import StudySettings

NS = 1_000_000_000


class Crossed(msgspec.Struct, frozen=True, kw_only=True):
    """The paths of the tests; `why_not` where there are none. Ratios are per period."""

    groups: int = 0
    tested_groups: int = 0
    splits: int = 0
    purged: int = 0
    """Parts left out of the training because of the horizon, over all splits."""
    embargoed: int = 0
    """Besides because of the embargo."""
    paths: int = 0
    worst: float | None = None
    """Of the paths' Sharpe ratios."""
    middle: float | None = None
    best: float | None = None
    losing: float | None = None
    """The share of the paths that lose."""
    why_not: str = ""


def crossed_of(
    tried: Sequence[Tried], parts: Sequence[Stretch], settings: StudySettings
) -> Crossed:
    """Of the completed trials on the parts that were searched on."""
    cross, span = settings.cross_validation, settings.span
    complete = [trial for trial in tried if trial.state == "complete"]
    groups = min(cross.groups, len(parts))
    if len(complete) < 2:
        return Crossed(why_not=f"{len(complete)} trials were completed, two are due")
    if groups <= cross.tested:
        return Crossed(why_not=f"{len(parts)} parts, {cross.tested + 1} are due")
    splits = list(
        combinatorial(
            parts,
            groups,
            cross.tested,
            horizon_ns=span.horizon_seconds * NS,
            embargo_ns=span.embargo_seconds * NS,
        )
    )
    if not all(split.training for split in splits):
        return Crossed(why_not="horizon and embargo leave nothing to choose on")
    paths = _paths(splits, complete, groups, settings.objective.figure)
    ratios = [ratio for path in paths if isfinite(ratio := moments_of(path).sharpe)]
    return Crossed(
        groups=groups,
        tested_groups=cross.tested,
        splits=len(splits),
        purged=sum(split.purged for split in splits),
        embargoed=sum(split.embargoed for split in splits),
        paths=len(paths),
        worst=min(ratios, default=None),
        middle=median(ratios) if ratios else None,
        best=max(ratios, default=None),
        losing=sum(sum(path) < 0.0 for path in paths) / len(paths),
    )


def _paths(
    splits: Sequence[GroupSplit], trials: Sequence[Tried], groups: int, figure: str
) -> list[list[float]]:
    """The results of every group, once in each path, each by the trial chosen without it."""
    chosen: list[list[Tried]] = [[] for _ in range(groups)]
    for split in splits:
        best = max(trials, key=lambda trial: figure_of(figure, _on(trial, split.training)))
        for group in split.groups:
            chosen[group].append(best)
    members = grouped(len(trials[0].returns), groups)
    return [
        [value for group in range(groups) for value in _on(chosen[group][path], members[group])]
        for path in range(len(chosen[0]))
    ]


def _on(trial: Tried, places: Sequence[int]) -> list[float]:
    """Its results on some of the parts."""
    return [value for place in places for value in trial.returns[place]]
