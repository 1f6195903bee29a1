"""`*.study.yaml` as a model: what is searched, over which parameters, on which stretches of time.

Paths are relative to the file. Times are UTC: `2014-05-01T08:00:00Z`, or a day. A parameter's name
is the key under which the objective takes it: of a backtest a dotted key of its configuration
(`desk.strategy.parameters.lean_max`), of a function whatever the function says.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from backtest.honesty.overfitting import BLOCKS, BLOCKS_MAX
from backtest.honesty.splits import Stretch, cut
from backtest.run.config import MomentText, nanoseconds
from robot.basics.numbers import parse_decimal
from robot.yamlfile import Count, Exact, Model, Name, Positive, Whole, load_file

VALUES_MAX = 100_000
PARTS_MAX = 10_000
GRID_MAX = 1_000_000
GROUPS_MAX = 12
"""924 choices at most."""
Seconds = Annotated[Whole, Field(ge=0, le=10 * 366 * 86_400)]
Share = Annotated[Exact, Field(gt=0, lt=1)]


class Axis(Model):
    """The values of one parameter: steps from a lowest to a highest, a list in order, or choices
    that have none.
    """

    low: Exact | None = None
    high: Exact | None = None
    step: Positive | None = None
    values: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    unit: str = ""
    """Written behind each step: `pip`, `%`."""

    @model_validator(mode="after")
    def _check_kind(self) -> Axis:
        steps = [value is not None for value in (self.low, self.high, self.step)]
        kinds = [any(steps), bool(self.values), bool(self.choices)]
        if sum(kinds) != 1 or (any(steps) and not all(steps)):
            raise ValueError("one of: low, high and step; values; choices")
        if self.count < 1 or self.count > VALUES_MAX:
            raise ValueError(f"has {self.count} values, must be 1 to {VALUES_MAX}")
        if len({*self.values}) < len(self.values) or len({*self.choices}) < len(self.choices):
            raise ValueError("says a value twice")
        return self

    @property
    def count(self) -> int:
        """How many values there are."""
        if self.low is None or self.high is None or self.step is None:
            return len(self.values or self.choices)
        return int((self.high - self.low) / self.step) + 1 if self.low <= self.high else 0

    @property
    def ordered(self) -> bool:
        """Whether neighbours are alike."""
        return not self.choices

    def value(self, index: int) -> str:
        """One of them as it is written in a rule book or a file: steps are exact."""
        if self.low is None or self.step is None:
            return (self.values or self.choices)[index]
        said = format(self.low + index * self.step, "f")
        return f"{said} {self.unit}" if self.unit else said

    def index(self, value: str) -> int:
        """The place of a value; ValueError where it is none of them."""
        if self.low is None or self.step is None:
            return (self.values or self.choices).index(value)
        number = parse_decimal(value.removesuffix(self.unit).strip())
        steps = (number - self.low) / self.step
        if steps != steps.to_integral_value() or not 0 <= steps < self.count:
            raise ValueError(f"{value} is none of the values")
        return int(steps)


class Objective(Model):
    """What is evaluated: a backtest, or a function `module:name` of this machine's Python."""

    run: Path | None = None
    """A `*.backtest.yaml`."""
    function: str = Field(default="", pattern=r"^$|^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")
    options: dict[str, str] = Field(default_factory=dict)
    """Given to the function as they are; of a run `period_minutes`."""
    data: tuple[Path, ...] = ()
    """Files that the function reads: their hashes are kept with the study."""
    figure: Literal["sharpe", "mean", "total"] = "sharpe"
    """Of the results by period; the higher, the better."""

    @model_validator(mode="after")
    def _check_one(self) -> Objective:
        if (self.run is None) is (not self.function):
            raise ValueError("one of: run (a backtest), function (module:name)")
        if self.run is not None:
            self._check_options()
        return self

    def _check_options(self) -> None:
        for name, value in self.options.items():
            if name != "period_minutes":
                raise ValueError(f"options: a run has no {name!r}, only period_minutes")
            if not value.isdecimal() or not int(value):
                raise ValueError(f"options: period_minutes {value!r}: whole minutes from 1 on")


class Span(Model):
    """From the first moment to before the second one, in equal parts: an evaluation each."""

    begin: MomentText
    end: MomentText
    parts: Annotated[Count, Field(ge=2, le=PARTS_MAX)]
    validation_parts: Count
    """The last so many are not searched on; the winner is tried on them once."""
    horizon_seconds: Seconds = 0
    """Until what was decided has its outcome: parts that end less than this before what is tested,
    or begin less than this after it, are left out of the training (purged).
    """
    embargo_seconds: Seconds = 0
    """Parts that begin less than this after that are left out too: in the cross-validation, where
    training follows a test. Search and walk forward train before their tests alone.
    """

    @model_validator(mode="after")
    def _check_parts(self) -> Span:
        if not nanoseconds(self.begin) < nanoseconds(self.end):
            raise ValueError(f"the span from {self.begin} to {self.end} is empty")
        if self.validation_parts >= self.parts:
            raise ValueError(f"{self.validation_parts} of {self.parts} parts leave none to search")
        return self

    def stretches(self) -> tuple[Stretch, ...]:
        """The parts in order."""
        return cut(Stretch(nanoseconds(self.begin), nanoseconds(self.end)), self.parts)


class Pruner(Model):
    """When a trial is given up before its last part."""

    kind: Literal["none", "median"] = "median"
    startup_trials: Count = 8
    """So many are completed first."""
    warm_up_parts: Whole = 2
    """Before which none is given up."""


class SearchSettings(Model):
    """How trials are chosen. A batch is suggested and told as one, whoever evaluates it."""

    trials: Count
    batch: Annotated[Count, Field(le=256)] = 8
    seed: Whole
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    startup_trials: Count = 10
    """Drawn at random before the sampler learns."""
    pruner: Pruner = Pruner()


class WalkForward(Model):
    """A search of its own before each of the last parts, tried on that part."""

    folds: Count
    trials: Count
    training_parts: Whole = 0
    """Only the last so many are searched on; 0 = all since the first."""


class CrossValidation(Model):
    """In how many groups the searched parts are put, and how many of them are tested at a time."""

    groups: Annotated[Count, Field(ge=2, le=GROUPS_MAX)] = 6
    tested: Count = 2

    @model_validator(mode="after")
    def _check_tested(self) -> CrossValidation:
        if self.tested >= self.groups:
            raise ValueError(f"{self.tested} of {self.groups} groups leave none to choose on")
        return self


class Statistics(Model):
    """How results are shown and judged."""

    periods_per_year: Positive = Decimal(252)
    """Of the results that the objective gives, for annual figures. Where a file does not say it of
    a run, as many as week days of 24 hours have (`_yearly`).
    """
    confidence: Share = Decimal("0.95")
    blocks: Annotated[Count, Field(ge=2, le=BLOCKS_MAX, multiple_of=2)] = BLOCKS
    """Of the cross-validation; fewer where there are too few periods."""


class StudySettings(Model):
    """The whole file."""

    name: Name
    studies: Path = Path("studies")
    """Where the folder of the study is made, `studies/NAME`."""
    objective: Objective
    span: Span
    parameters: Annotated[dict[str, Axis], Field(min_length=1, max_length=50)]
    search: SearchSettings
    walk_forward: WalkForward | None = None
    cross_validation: CrossValidation = CrossValidation()
    statistics: Statistics = Statistics()

    @model_validator(mode="after")
    def _check_whole(self) -> StudySettings:
        walk, span = self.walk_forward, self.span
        if walk is not None and walk.folds >= span.parts:
            raise ValueError(f"{walk.folds} folds of {span.parts} parts leave none to search")
        wanted = max(self.search.trials, walk.trials if walk is not None else 0)
        if self.search.sampler == "grid" and not wanted <= self.combinations <= GRID_MAX:
            text = f"a grid of {self.combinations} points for {wanted} trials"
            raise ValueError(f"{text}: it must have as many, and {GRID_MAX} at most")
        return self

    @property
    def combinations(self) -> int:
        """Of all values of all parameters."""
        found = 1
        for axis in self.parameters.values():
            found *= axis.count
        return found

    @property
    def hash(self) -> str:
        """SHA-256 over what decides the result, hexadecimal: not the name, not where it is kept."""
        said = self.model_dump_json(
            exclude={"name": True, "studies": True, "objective": {"run", "data"}}
        )
        return hashlib.sha256(said.encode()).hexdigest()


def load_settings(path: Path) -> StudySettings:
    """The file, with its paths made absolute; ConfigurationError with file and line."""
    settings = load_file(path, StudySettings)
    beside = path.resolve().parent
    objective = settings.objective
    changed = objective.model_copy(
        update={
            "run": beside / objective.run if objective.run is not None else None,
            "data": tuple(beside / file for file in objective.data),
        }
    )
    places = {"studies": beside / settings.studies, "objective": changed}
    return settings.model_copy(update={**places, "statistics": _yearly(settings)})


_WEEK_DAYS_S = 260 * 86_400
"""Of a year."""


def _yearly(settings: StudySettings) -> Statistics:
    """With how many results of a run make a year, where the file does not say it."""
    statistics, objective = settings.statistics, settings.objective
    minutes = objective.options.get("period_minutes", "0")
    if objective.run is None or "periods_per_year" in statistics.model_fields_set:
        return statistics
    part = settings.span.stretches()[0]
    whole_s = (part.until_ns - part.start_ns) / 1e9
    count = max(1, round(_WEEK_DAYS_S / (60 * int(minutes) or whole_s)))
    return statistics.model_copy(update={"periods_per_year": Decimal(count)})
