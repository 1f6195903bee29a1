"""One search by Optuna: the same trials whoever evaluates, and after an interruption.

A batch of trials is suggested, then evaluated part by part, the next parts ahead while workers
have room. Results are taken in one order, by part and number of the trial; after each the figure so
far is reported and the trial may be given up; after the last all that are left are told.
Nothing is suggested while a trial is open, and the sampler is seeded anew for each trial by its
number. So a suggestion depends on the trials before its batch alone, not on workers or on time. The
size of the batch is part of the study: another one gives other trials.

All of it is in Optuna's storage, the results of each part too: what was open when the process ended
goes on where it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from backtest.honesty.sharpe import moments_of
from backtest.honesty.splits import Stretch
from backtest.stopping import Stopping
from backtest.studies.objective import Measured, Task
from backtest.studies.optuna_parts import distribution_of, pruner_of, sampler_of
from backtest.studies.settings import Axis, SearchSettings
from backtest.studies.workers import Workers

State = Literal["complete", "pruned", "failed"]
TaskMaker = Callable[[Mapping[str, str], Stretch], Task]
Told = Callable[["Tried"], None]
FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Tried:
    """One trial that has ended."""

    number: int
    state: State
    parameters: Mapping[str, str]
    value: float | None
    """What was searched for, over all parts; None = not complete."""
    returns: tuple[tuple[float, ...], ...]
    """Of each part that was evaluated, by period."""
    failure: str = ""

    @property
    def joined(self) -> tuple[float, ...]:
        """The results of all its parts, one after the other."""
        return tuple(value for part in self.returns for value in part)


@dataclass(frozen=True, slots=True)
class Searched:
    """What is searched, and where."""

    name: str
    """Of the search in the storage."""
    axes: Mapping[str, Axis]
    parts: Sequence[Stretch]
    settings: SearchSettings
    trials: int
    figure: str
    task: TaskMaker
    stopping: Stopping = field(default_factory=Stopping)


class Stopped(Exception):
    """Somebody asked to stop; what was under way is kept."""


class Search:
    """A search that goes on where its storage says it is."""

    def __init__(self, searched: Searched, storage: BaseStorage, workers: Workers) -> None:
        self._searched = searched
        self._workers = workers
        self._distributions = {name: distribution_of(axis) for name, axis in searched.axes.items()}
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(
            storage=storage,
            study_name=searched.name,
            direction="maximize",
            load_if_exists=True,
            pruner=pruner_of(searched.settings),
        )

    def run(self, told: Told | None = None) -> list[Tried]:
        """Until all trials are there; each is `told` when it ends, in the order of ending.
        `Stopped` where somebody asks for it.
        """
        while batch := self._open() or self._asked(self._size):
            for number in self._evaluated(batch, told):
                value = figure_of(self._searched.figure, _joined(self._frozen(number)))
                self._study.tell(number, value)
                self._tell(number, told)
        return self.tried()

    def tried(self) -> list[Tried]:
        """All trials that have ended, by number."""
        return [self._as_tried(trial) for trial in self._trials() if trial.state.is_finished()]

    def returns(self, what: str, tasks: Sequence[Task]) -> list[Measured]:
        """Of evaluations beside the trials, kept by `what` and their place."""
        kept: Mapping[str, list[float]] = self._study.user_attrs
        found = [Measured(tuple(kept.get(f"{what} {n}", ()))) for n in range(len(tasks))]
        due = [n for n, measured in enumerate(found) if not measured.returns]
        wanted = self._until_asked(tasks[n] for n in due)
        for n, measured in zip(due, self._workers.each(wanted), strict=False):
            found[n] = measured
            if not measured.failure:
                self._study.set_user_attr(f"{what} {n}", list(measured.returns))
        self._stop_if_asked()
        return found

    def _trials(self) -> list[FrozenTrial]:
        return self._study.get_trials(deepcopy=False)

    def _frozen(self, number: int) -> FrozenTrial:
        return self._trials()[number]

    def _until_asked(self, tasks: Iterator[Task]) -> Iterator[Task]:
        """All of them, or those before somebody asked to stop."""
        for task in tasks:
            if self._searched.stopping.asked:
                return
            yield task

    def _stop_if_asked(self) -> None:
        if self._searched.stopping.asked:
            raise Stopped

    # --- a batch

    def _open(self) -> list[Trial]:
        """What was suggested when the process ended, and has not ended itself; with it what was
        still to be suggested of its batch.
        """
        opened = [trial for trial in self._trials() if not trial.state.is_finished()]
        found = [self._reopened(trial) for trial in opened]
        return found + self._asked(-len(self._trials()) % self._size) if found else []

    def _reopened(self, frozen: FrozenTrial) -> Trial:
        """With what was still to be suggested of its parameters."""
        self._seed(frozen.number)
        # Optuna advises against making trials: it has no other way back to one that was asked for.
        trial = Trial(self._study, frozen._trial_id)
        for name, axis in self._searched.axes.items():
            distribution = self._distributions[name]
            if name in frozen.params:
                # Drawn once more and left: what follows it must be drawn after it, as it would be.
                if name not in trial.relative_params and not distribution.single():
                    sampler = self._study.sampler
                    sampler.sample_independent(self._study, frozen, name, distribution)
            elif axis.ordered:
                trial.suggest_int(name, 0, axis.count - 1)
            else:
                trial.suggest_categorical(name, tuple(range(axis.count)))
        return trial

    @property
    def _size(self) -> int:
        return self._searched.settings.batch

    def _asked(self, count: int) -> list[Trial]:
        """The next trials, as many as are left of them."""
        left = self._searched.trials - len(self._trials())
        return [self._ask() for _ in range(min(left, count))]

    def _ask(self) -> Trial:
        self._seed(len(self._trials()))
        return self._study.ask(self._distributions)

    def _seed(self, number: int) -> None:
        searched = self._searched
        self._study.sampler = sampler_of(searched.settings, searched.axes, searched.name, number)

    def _evaluated(self, batch: Sequence[Trial], told: Told | None) -> list[int]:
        """The numbers of those that are neither given up nor failed after the last part."""
        live = {trial.number: trial for trial in batch}
        for trial in batch:
            self._judge(trial, live, told)  # a process may have ended between result and verdict
        due: deque[tuple[Trial, int]] = deque()
        tasks = self._until_asked(self._tasks(batch, live, due))
        for measured in self._workers.each(tasks):
            trial, step = due.popleft()
            if trial.number in live:
                self._keep(trial, step, measured)
                self._judge(trial, live, told)
        self._stop_if_asked()
        return list(live)

    def _tasks(
        self,
        batch: Sequence[Trial],
        live: Mapping[int, Trial],
        due: deque[tuple[Trial, int]],
    ) -> Iterator[Task]:
        """What is to be evaluated, part by part; `due` says of which trial it is."""
        kept = {trial.number: len(_returns(self._attributes(trial))) for trial in batch}
        for step, stretch in enumerate(self._searched.parts):
            for trial in batch:
                if trial.number in live and step >= kept[trial.number]:
                    due.append((trial, step))
                    values = _values(self._searched.axes, self._frozen(trial.number).params)
                    yield self._searched.task(values, stretch)

    def _attributes(self, trial: Trial) -> Mapping[str, object]:
        return self._frozen(trial.number).user_attrs

    def _judge(self, trial: Trial, live: dict[int, Trial], told: Told | None) -> None:
        """End a trial that failed, or is to be given up by its last figure."""
        attributes = self._attributes(trial)
        parts = len(_returns(attributes))
        if FAILURE in attributes:
            self._end(trial, "failed", told)
        elif parts and self._last_step(trial) == parts - 1 and trial.should_prune():
            self._end(trial, "pruned", told)
        else:
            return
        del live[trial.number]

    def _keep(self, trial: Trial, step: int, measured: Measured) -> None:
        if measured.failure:
            trial.set_user_attr(FAILURE, f"part {step + 1}: {measured.failure}")
            return
        before = _joined(self._frozen(trial.number))
        value = figure_of(self._searched.figure, (*before, *measured.returns))
        # Kept last: when the process ends between the two, the part is evaluated again.
        if self._last_step(trial) < step:
            trial.report(value, step)
        trial.set_user_attr(_part(step), list(measured.returns))

    def _last_step(self, trial: Trial) -> int:
        """The last part whose figure was reported; a later one than now after an interruption."""
        step = self._frozen(trial.number).last_step
        return -1 if step is None else step

    def _end(self, trial: Trial, state: State, told: Told | None) -> None:
        ended = TrialState.PRUNED if state == "pruned" else TrialState.FAIL
        self._study.tell(trial.number, state=ended)
        self._tell(trial.number, told)

    def _tell(self, number: int, told: Told | None) -> None:
        if told is not None:
            told(self._as_tried(self._frozen(number)))

    def _as_tried(self, trial: FrozenTrial) -> Tried:
        states: dict[TrialState, State] = {
            TrialState.COMPLETE: "complete",
            TrialState.PRUNED: "pruned",
        }
        state = states.get(trial.state, "failed")
        return Tried(
            number=trial.number,
            state=state,
            parameters=_values(self._searched.axes, trial.params),
            value=trial.value if state == "complete" else None,
            returns=_returns(trial.user_attrs),
            failure=trial.user_attrs.get(FAILURE, ""),
        )


def figure_of(figure: str, returns: Sequence[float]) -> float:
    """What is searched for: of results that do not vary the Sharpe ratio is 0, they stood still."""
    if figure == "total":
        return float(sum(returns))
    if figure == "mean":
        return float(sum(returns) / len(returns))
    sharpe = moments_of(returns).sharpe
    return 0.0 if sharpe != sharpe else sharpe


def _values(axes: Mapping[str, Axis], params: Mapping[str, int]) -> dict[str, str]:
    return {name: axes[name].value(index) for name, index in params.items()}


def _part(step: int) -> str:
    return f"part-{step}"


def _returns(attributes: Mapping[str, object]) -> tuple[tuple[float, ...], ...]:
    found: list[tuple[float, ...]] = []
    while (part := attributes.get(_part(len(found)))) is not None:
        assert isinstance(part, list)
        found.append(tuple(part))
    return tuple(found)


def _joined(trial: FrozenTrial) -> tuple[float, ...]:
    return tuple(value for part in _returns(trial.user_attrs) for value in part)
