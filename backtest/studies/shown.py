"""A study's result as text."""

from __future__ import annotations

from collections.abc import Iterator

from backtest.studies.crossing import Crossed
from backtest.studies.result import Figures, StudyResult
from robot.clock import format_time

_HEAD = ("", "periods", "total", "mean", "Sharpe/yr", "worst", "drawdown", "P(SR>0)")


def lines_of(result: StudyResult) -> Iterator[str]:
    """For a person, top to bottom: what was chosen, what it is worth, what was assumed."""
    counts = result.counts
    yield (
        f"study {result.name}: {counts.total} trials ({counts.complete} complete, "
        f"{counts.pruned} given up, {counts.failed} failed), seed {result.seed}"
    )
    yield f"best by {result.figure}: trial {result.best_trial}"
    for name, value in result.parameters.items():
        yield f"  {name} = {value}"
    yield ""
    yield from _table(result)
    yield ""
    yield from _honest(result)
    yield _crossed(result.crossed)
    yield ""
    yield from _splits(result)
    yield "assumptions:"
    yield from (f"  - {text}" for text in result.assumptions)
    yield f"code {result.code_version}, settings {result.config_hash[:12]}, data " + (
        ", ".join(f"{name} {found[:12]}" for name, found in result.data_hashes.items()) or "none"
    )


def _table(result: StudyResult) -> Iterator[str]:
    rows = [_HEAD, _row("training", result.train), _row("validation", result.validated)]
    if result.walked is not None:
        rows.append(_row("walk forward", result.walked))
    widths = [max(len(row[n]) for row in rows) for n in range(len(_HEAD))]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(cells)


def _row(name: str, figures: Figures) -> tuple[str, ...]:
    money = (figures.total, figures.mean)
    rest = (figures.sharpe_annual, figures.worst, figures.drawdown, figures.probability)
    return (name, str(figures.periods), *map(said, (*money, *rest)))


def _honest(result: StudyResult) -> Iterator[str]:
    deflated, overfit = result.deflated, result.overfit
    yield (
        f"deflated Sharpe ratio: {said(deflated.probability)} (the probability that the true "
        f"ratio is above zero after {deflated.trials} trials; {said(deflated.benchmark)} per "
        "period is what as many worthless ones show)"
    )
    yield (
        f"  by the variance of worthless results alone: {said(deflated.noise_probability)} "
        f"({said(deflated.noise_benchmark)} per period)"
    )
    needed = deflated.track_record
    yield "minimum track record: " + (
        "no length is enough"
        if needed is None
        else f"{needed:.0f} periods, there are {result.train.periods}"
    )
    if overfit.why_not:
        yield f"probability of backtest overfitting: cannot be said, {overfit.why_not}"
        return
    yield (
        f"probability of backtest overfitting: {said(overfit.probability)} "
        f"({overfit.choices} choices of {overfit.blocks} blocks, {overfit.trials} trials; the best "
        f"loses outside in {said(overfit.probability_of_loss)})"
    )


def _crossed(crossed: Crossed) -> str:
    if crossed.why_not:
        return f"combinatorial cross-validation: cannot be done, {crossed.why_not}"
    return (
        f"combinatorial cross-validation: chosen on {crossed.groups - crossed.tested_groups} of "
        f"{crossed.groups} groups of parts, tested on the others: Sharpe ratio per period from "
        f"{said(crossed.worst)} to {said(crossed.best)}, middle {said(crossed.middle)}, over "
        f"{crossed.paths} paths ({said(crossed.losing)} of them lose); in {crossed.splits} "
        f"splits {crossed.purged} parts purged, {crossed.embargoed} embargoed"
    )


def _splits(result: StudyResult) -> Iterator[str]:
    yield (
        f"searched on {_stretch(result.training)}, validated on {_stretch(result.validation)}; "
        f"purged between: {_stretch(result.purged) if result.purged else 'nothing'}"
    )
    for number, fold in enumerate(result.folds, 1):
        chosen = ", ".join(f"{name} = {value}" for name, value in fold.parameters.items())
        yield (
            f"  fold {number}: {chosen}; {said(fold.train.mean)} a period where it was chosen, "
            f"{said(fold.test.mean)} on {_stretch((fold.tested,))}; "
            f"{fold.purged} parts purged"
        )


def _stretch(parts: tuple[tuple[int, int], ...]) -> str:
    count = f"{len(parts)} part" + ("" if len(parts) == 1 else "s")
    return f"{format_time(parts[0][0])} to {format_time(parts[-1][1])} ({count})"


def said(value: float | None) -> str:
    """Four digits that count; `-` where it cannot be said."""
    return "-" if value is None else f"{value:.4g}"
