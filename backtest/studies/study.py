"""A study from its file to its result, in a folder: `studies/NAME`.

    study.json       the settings, and the hashes of what they refer to
    optuna.journal   Optuna's storage: every trial with the results of every part
    result.json      what it says

The same settings, code and data give the same result, on any number of workers, interrupted or
not. A folder whose hashes are not those of today is not gone on with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from optuna.storages import BaseStorage
from pydantic import ValidationError

import robot
from backtest.honesty.splits import SpanSplit, Stretch, purged, walk_forward
from backtest.stopping import Stopping
from backtest.studies.assumptions import assumptions_of
from backtest.studies.crossing import crossed_of
from backtest.studies.expected import expected_of, hashes_of
from backtest.studies.objective import BACKTEST, Task, folder_first, task_of
from backtest.studies.result import (
    Counts,
    Fold,
    StudyResult,
    deflation_of,
    figures_of,
    overfit_of,
    write_result,
)
from backtest.studies.search import Search, Searched, Tried
from backtest.studies.settings import StudySettings, load_settings
from backtest.studies.storage import storage_of
from backtest.studies.workers import Here, Workers
from robot.errors import ConfigurationError

MANIFEST = "study.json"
NS = 1_000_000_000

Told = Callable[[str, Tried], None]
"""Called with the name of the search when a trial ends."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a study was begun with."""

    settings: dict[str, object]
    beside: str
    """Folder of the study's file: where its functions are looked for."""
    code_version: str
    config_hash: str
    data_hashes: dict[str, str]


def planned(path: Path) -> tuple[Path, Manifest]:
    """The folder that a study will have, and what it begins with; an existing one is refused, and
    so is a study that could not be evaluated.
    """
    settings = load_settings(path)
    folder_first(path.resolve().parent)
    folder = settings.studies / settings.name
    if (folder / MANIFEST).exists():
        text = f"{folder}: this study was begun; go on with it by fxrobot backtest study resume"
        raise ConfigurationError(f"{text} {folder}, or give it another name")
    manifest = _manifest(settings, path.resolve().parent)
    if settings.objective.run is not None:
        from backtest.studies.running import check_parameters

        check_parameters(settings.objective.run, settings.parameters, manifest.data_hashes)
    return folder, manifest


def begin(path: Path, workers: Workers | None = None) -> Path:
    """Make the folder of a study, if the workers can evaluate it."""
    return begin_planned(planned(path), workers)


def begin_planned(plan: tuple[Path, Manifest], workers: Workers | None = None) -> Path:
    """The same of one that was planned."""
    folder, manifest = plan
    if workers is not None:
        settings = StudySettings.model_validate(manifest.settings)
        workers.expect(expected_of(settings, manifest.data_hashes))
    folder.mkdir(parents=True, exist_ok=True)
    content = msgspec.json.format(msgspec.json.encode(manifest), indent=2)
    (folder / MANIFEST).write_bytes(content + b"\n")
    return folder


def go_on(
    folder: Path,
    workers: Workers | None = None,
    told: Told | None = None,
    stopping: Stopping | None = None,
) -> StudyResult:
    """Search, validate and walk forward from where it is; the result is written too."""
    settings, manifest = _read(folder)
    workers = workers if workers is not None else Here()
    workers.expect(expected_of(settings, manifest.data_hashes))
    with storage_of(folder) as storage:
        result = conclude(settings, manifest, storage, workers, told, stopping)
    write_result(result, folder)
    return result


def conclude(
    settings: StudySettings,
    manifest: Manifest,
    storage: BaseStorage,
    workers: Workers,
    told: Told | None = None,
    stopping: Stopping | None = None,
) -> StudyResult:
    """The result, however much of it is in the storage; `Stopped` where `stopping` asks for it."""
    stopping = stopping if stopping is not None else Stopping()
    study = _Study(settings, storage, workers, told, stopping, manifest.data_hashes)
    split, left_out = study.split()
    search = study.search("search", split.training, settings.search.trials)
    tried = study.tried(search, "search")
    best = best_of(tried, "search")
    folds = tuple(study.fold(number, each) for number, each in enumerate(study.folds(), 1))
    validation = study.parts[-settings.span.validation_parts :]
    found = study.results(search, "validated", best.parameters, validation)
    walked = [value for _, returns in folds for value in returns]
    states = [trial.state for trial in tried]
    return StudyResult(
        name=settings.name,
        figure=settings.objective.figure,
        seed=settings.search.seed,
        code_version=manifest.code_version,
        config_hash=manifest.config_hash,
        data_hashes=manifest.data_hashes,
        counts=Counts(
            complete=states.count("complete"),
            pruned=states.count("pruned"),
            failed=states.count("failed"),
        ),
        walk_forward_trials=sum(fold.trials for fold, _ in folds),
        training=_edges(split.training),
        purged=_edges(left_out),
        validation=_edges(validation),
        best_trial=best.number,
        parameters=dict(best.parameters),
        train=figures_of(best.joined, settings.statistics),
        validated=figures_of(found, settings.statistics),
        folds=tuple(fold for fold, _ in folds),
        walked=figures_of(walked, settings.statistics) if walked else None,
        deflated=deflation_of(best, tried, settings.statistics),
        overfit=overfit_of(tried, settings.statistics.blocks),
        crossed=crossed_of(tried, split.training, settings),
        assumptions=assumptions_of(settings, len(tried)),
    )


class Kept(NamedTuple):
    """How far a study is that was stopped."""

    ended: int
    """Trials, of all its searches."""
    trials: int
    """All that it will have."""
    opened: int
    """Trials that have begun."""
    parts: int
    """Evaluated of them."""


def kept_of(folder: Path) -> Kept:
    """What is in the storage."""
    ended = opened = parts = 0
    with storage_of(folder) as storage:
        for study in storage.get_all_studies():
            for trial in storage.get_all_trials(study._study_id, deepcopy=False):
                finished = trial.state.is_finished()
                ended += finished
                opened += not finished
                parts += 0 if finished else len(trial.user_attrs)
    return Kept(ended, trials_of(folder), opened, parts)


def trials_of(folder: Path) -> int:
    """All that the study will have, those of the walk forward too."""
    settings, _ = _begun(folder)
    walk = settings.walk_forward
    return settings.search.trials + (walk.folds * walk.trials if walk is not None else 0)


class _Study:
    """What the searches of one study share."""

    def __init__(
        self,
        settings: StudySettings,
        storage: BaseStorage,
        workers: Workers,
        told: Told | None,
        stopping: Stopping,
        hashes: Mapping[str, str],
    ) -> None:
        self.parts = settings.span.stretches()
        self._settings = settings
        self._storage = storage
        self._workers = workers
        self._told = told
        self._stopping = stopping
        objective = settings.objective
        self._options: Mapping[str, str] = objective.options
        if objective.run is not None:
            from backtest.studies.running import options_of

            self._options = {**objective.options, **options_of(objective.run, hashes)}

    def split(self) -> tuple[SpanSplit, tuple[Stretch, ...]]:
        """What is searched on and validated, and what is left out between them."""
        span = self._settings.span
        before = self.parts[: -span.validation_parts]
        tested = Stretch(self.parts[-span.validation_parts].start_ns, self.parts[-1].until_ns)
        found = purged(before, tested, span.horizon_seconds * NS)
        if not found.training:
            text = f"a horizon of {span.horizon_seconds} s leaves no part to search on"
            raise ConfigurationError(f"study {self._settings.name}: {text}")
        return found, tuple(part for part in before if part not in found.training)

    def folds(self) -> tuple[SpanSplit, ...]:
        """Of the walk forward."""
        walk, span = self._settings.walk_forward, self._settings.span
        if walk is None:
            return ()
        try:
            return walk_forward(
                self.parts,
                walk.folds,
                training_parts=walk.training_parts,
                horizon_ns=span.horizon_seconds * NS,
            )
        except ValueError as problem:
            text = f"study {self._settings.name}: walk_forward: {problem}"
            raise ConfigurationError(text) from problem

    def search(self, name: str, parts: Sequence[Stretch], trials: int) -> Search:
        """One of its searches, where its storage says it is."""
        settings = self._settings
        searched = Searched(
            name=name,
            axes=settings.parameters,
            parts=parts,
            settings=settings.search,
            trials=trials,
            figure=settings.objective.figure,
            task=self._task,
            stopping=self._stopping,
        )
        return Search(searched, self._storage, self._workers)

    def tried(self, search: Search, name: str) -> list[Tried]:
        """All its trials."""
        told = self._told
        return search.run(None if told is None else lambda tried: told(name, tried))

    def fold(self, number: int, split: SpanSplit) -> tuple[Fold, list[float]]:
        """A search of its own on what came before, its best on what follows."""
        walk, statistics = self._settings.walk_forward, self._settings.statistics
        assert walk is not None
        name = f"fold {number}"
        search = self.search(name, split.training, walk.trials)
        tried = self.tried(search, name)
        best = best_of(tried, name)
        returns = self.results(search, "tested", best.parameters, (split.tested,))
        fold = Fold(
            training=_edges(split.training),
            tested=(split.tested.start_ns, split.tested.until_ns),
            purged=self._purged_before(split.tested),
            trials=len(tried),
            parameters=dict(best.parameters),
            train=figures_of(best.joined, statistics),
            test=figures_of(returns, statistics),
        )
        return fold, returns

    def _purged_before(self, tested: Stretch) -> int:
        """How many parts end before a test and have outcomes in it."""
        before = [part for part in self.parts if part.until_ns <= tested.start_ns]
        horizon_ns = self._settings.span.horizon_seconds * NS
        return len(before) - len(purged(before, tested, horizon_ns).training)

    def results(
        self, search: Search, what: str, parameters: Mapping[str, str], parts: Sequence[Stretch]
    ) -> list[float]:
        """By period, of the best of a search on these parts."""
        found = search.returns(what, [self._task(parameters, part) for part in parts])
        for part, measured in zip(parts, found, strict=True):
            if measured.failure:
                text = f"the best of a search fails on {part}: {measured.failure}"
                raise ConfigurationError(f"study {self._settings.name}: {text}")
        return [value for measured in found for value in measured.returns]

    def _task(self, parameters: Mapping[str, str], stretch: Stretch) -> Task:
        objective = self._settings.objective
        return task_of(
            objective.function or BACKTEST,
            self._options,
            parameters,
            stretch,
            self._settings.search.seed,
        )


def best_of(tried: Sequence[Tried], name: str) -> Tried:
    """The complete trial with the highest value; of equal ones the first."""
    complete = [trial for trial in tried if trial.value is not None]
    if not complete:
        why = next((trial.failure for trial in tried if trial.failure), "all were given up")
        raise ConfigurationError(f"{name}: none of {len(tried)} trials was completed: {why}")
    return max(complete, key=lambda trial: (trial.value, -trial.number))


def _manifest(settings: StudySettings, beside: Path) -> Manifest:
    return Manifest(
        settings=settings.model_dump(mode="json"),
        beside=str(beside),
        code_version=robot.__version__,
        config_hash=settings.hash,
        data_hashes=hashes_of(settings),
    )


def _begun(folder: Path) -> tuple[StudySettings, Manifest]:
    """What a study was begun with."""
    path = folder / MANIFEST
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        settings = StudySettings.model_validate(manifest.settings)
    except OSError as problem:
        text = f"{path}: cannot be read: {problem.strerror}; is {folder} the folder of a study?"
        raise ConfigurationError(text) from problem
    except (msgspec.ValidationError, msgspec.DecodeError, ValidationError) as problem:
        raise ConfigurationError(f"{path}: was not written by a study: {problem}") from problem
    return settings, manifest


def _read(folder: Path) -> tuple[StudySettings, Manifest]:
    """The same, if everything it refers to is as it was."""
    settings, manifest = _begun(folder)
    path = folder / MANIFEST
    folder_first(Path(manifest.beside))
    today = _manifest(settings, Path(manifest.beside))
    for name in ("code_version", "config_hash", "data_hashes"):
        before, now = getattr(manifest, name), getattr(today, name)
        if before != now:
            text = f"{path}: the study was begun with {name} {before}, now it is {now}"
            raise ConfigurationError(f"{text}; begin another one: its trials would not compare")
    return settings, manifest


def _edges(parts: Sequence[Stretch]) -> tuple[tuple[int, int], ...]:
    return tuple((part.start_ns, part.until_ns) for part in parts)
