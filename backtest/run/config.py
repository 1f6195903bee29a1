"""`*.backtest.yaml` as a model: which desk, which data, which clients, which venue.

Paths are relative to the file. Times are UTC: `2014-05-01T08:00:00Z`, or a day.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, field_validator, model_validator

from connectors.sim.makers.styles import parse_makers
from connectors.sim.model import parse_time
from connectors.sim.options import OptionError
from robot.deals.reference import Reference
from robot.errors import ConfigurationError
from robot.yamlfile import Exact, Model, Name, NotNegative, Pair, Whole, load_file, place_of

_DAY = "2014-05-01"


def nanoseconds(text: str) -> int:
    """A moment of a file, or the beginning of a day, UTC."""
    return parse_time(text if len(text) > len(_DAY) else f"{text}T00:00:00Z")


def _moment(text: str) -> str:
    nanoseconds(text)
    return text


MomentText = Annotated[str, AfterValidator(_moment)]
Share = Annotated[Exact, Field(ge=0, le=1)]
Milliseconds = Annotated[NotNegative, Field(le=60_000, decimal_places=6)]
_YEARS = "1971", "2262"
_REQUESTS_MAX = 1000
_OPEN = (["prices"], ["changes"])
"""Where keys are names that the file chooses."""


class Span(Model):
    """From the first moment to before the second one."""

    begin: MomentText
    end: MomentText

    @model_validator(mode="after")
    def _check_order(self) -> Span:
        for moment in (self.begin, self.end):
            if not _YEARS[0] <= moment[:4] < _YEARS[1]:
                raise ValueError(f"{moment} is before 1971 or after 2261: no market has such times")
        if not self.begin_ns < self.end_ns:
            raise ValueError(f"the span from {self.begin} to {self.end} is empty")
        return self

    @property
    def begin_ns(self) -> int:
        """UTC."""
        return nanoseconds(self.begin)

    @property
    def end_ns(self) -> int:
        """UTC; no longer within."""
        return nanoseconds(self.end)


class RivalSettings(Model):
    """Others whom a client asks too: each shows a price with a margin of its own around the middle,
    normal, in the product's own terms (basis points of the middle; of swaps and loans pips).
    """

    count: Annotated[Whole, Field(ge=0, le=100)] = 0
    """0 = none are drawn: then those of the record or of the fitted model are all there are."""
    margin: Exact = Decimal("0.5")
    deviation: NotNegative = Decimal("0.3")


class Flow(Model):
    """Who asks us, and who deals."""

    mode: Literal["none", "habits", "recorded", "fitted"] = "habits"
    model: Path | None = None
    """Of `fitted`, and of `recorded` with `hits: model`: what `backtest flow fit` wrote."""
    hits: Literal["recorded", "model"] = "recorded"
    """Of `recorded`: a deal of the record stands when our price is at least as good as that it was
    dealt at, and what did not deal does not; or the model says who deals.
    """
    requests_per_second: Annotated[NotNegative, Field(le=_REQUESTS_MAX)] = Decimal("0.1")
    """Of `habits`: of all venues together."""
    hit_ratio: Share = Decimal("0.35")
    misbehaviour: Share = Decimal(0)
    counter_share: Share = Decimal(0)
    """Of `habits`: of requests for one size whose client answers our price with one of its own."""
    clients: Annotated[Whole, Field(ge=1, le=26)] = 8
    rivals: RivalSettings = RivalSettings()
    informed_until: MomentText | None = None
    """Of `fitted`: up to when clients who know more than we do know the market; None = the end of
    the span.
    """

    @model_validator(mode="after")
    def _check_model(self) -> Flow:
        needed = self.mode == "fitted" or (self.mode == "recorded" and self.hits == "model")
        if needed and self.model is None:
            raise ValueError("name the fitted model: model: flow.json")
        return self


class Conduct(Model):
    """What the simulated venues do with us."""

    to_robot_ms: Milliseconds = Decimal(0)
    """How long prices and messages take from the venue to the robot."""
    to_venue_ms: Milliseconds = Decimal(0)
    strategy_ms: Milliseconds = Decimal(2)
    """How long a strategy in a process of its own takes to answer."""
    strategy_again: bool = False
    """Ask such a strategy everything once more at the end: the same answers, or no result."""
    last_look: Share = Decimal("0.02")
    """Share of our orders that are rejected although the price is there."""
    cancel_on_disconnect: bool = True
    makers: str = ""
    """Who answers our own requests for prices, as `fxrobot sim venue --makers` has them: `honest`,
    `LPA=tight,LPB=last_look`; empty = nobody.
    """

    @field_validator("makers")
    @classmethod
    def _check_makers(cls, text: str) -> str:
        try:
            parse_makers(text or "honest")
        except OptionError as problem:
            raise ValueError(str(problem)) from problem
        return text


class BacktestConfig(Model):
    """The whole file."""

    name: Name
    desk: Path
    """Configuration folder of the desk."""
    data: Path
    """Folder of the data store."""
    runs: Path = Path("runs")
    """Where the folder of the run is made, `runs/NAME`."""
    span: Span
    pairs: tuple[Pair, ...] = ()
    """Empty = all that the desk deals at these venues."""
    venues: tuple[Name, ...] = ()
    """Empty = all of the desk."""
    prices: dict[Name, Name] = Field(default_factory=dict)
    """Venue of the desk -> the one of the data store whose prices it shows; else its own."""
    flow: Flow = Flow()
    conduct: Conduct = Conduct()
    seed: Whole = 1
    journal: Literal["none", "full"] = "none"
    checkpoint_minutes: Annotated[Whole, Field(ge=1, le=100_000)] = 240
    """Of the market's time, between two points from which a run can be resumed."""
    changes: dict[str, str] = Field(default_factory=dict)
    """What of the desk is otherwise in this run: `strategy.parameters.lean_max: "2"`."""

    @property
    def known_ns(self) -> int:
        """Up to when informed clients know the market, at least to the end of the span."""
        until = self.flow.informed_until
        return max(self.span.end_ns, nanoseconds(until) if until else 0)

    @property
    def hash(self) -> str:
        """SHA-256 over what it says, hexadecimal. Where things are kept is no part of it: desk and
        data have hashes of their own.
        """
        said = self.model_dump_json(
            exclude={"name": True, "desk": True, "data": True, "runs": True, "flow": {"model"}}
        )
        return hashlib.sha256(said.encode()).hexdigest()


def load_config(path: Path) -> BacktestConfig:
    """The file, with its paths made absolute; ConfigurationError with file and line."""
    config = load_file(path, BacktestConfig)
    beside = path.resolve().parent
    changed: dict[str, object] = {
        name: _beneath(beside, getattr(config, name)) for name in ("desk", "data", "runs")
    }
    if config.flow.model is not None:
        model = _beneath(beside, config.flow.model)
        changed["flow"] = config.flow.model_copy(update={"model": model})
    return config.model_copy(update=changed)


def _beneath(folder: Path, path: Path) -> Path:
    """As a person would write it: without `..` in the middle."""
    return Path(os.path.normpath(folder / path))


def overridden(config: BacktestConfig, overrides: Mapping[str, object]) -> BacktestConfig:
    """The same with other values by dotted keys; `desk.` begins one of the desk's own:
    `{"seed": 2, "flow.hit_ratio": "0.3", "desk.strategy.parameters.lean_max": "2"}`.
    """
    if not overrides:
        return config
    content = config.model_dump()
    for key, value in overrides.items():
        if key.startswith("desk."):
            content["changes"][key.removeprefix("desk.")] = str(value)
            continue
        *above, last = key.split(".")
        place: Any = content
        for name in above:
            place = place.get(name, {}) if isinstance(place, dict) else {}
        is_open = above in _OPEN
        if not isinstance(place, dict) or (last not in place and not is_open):
            raise ConfigurationError(f"override {key}: a backtest has no such key{_hint(key)}")
        place[last] = _listed(value) if isinstance(place.get(last), tuple) else value
    try:
        return BacktestConfig.model_validate(content)
    except ValidationError as problem:
        told = "; ".join(
            f"{'.'.join(str(part) for part in place_of(error))}: {error['msg']}"
            for error in problem.errors()
        )
        said = ", ".join(f"{key}={value}" for key, value in overrides.items())
        raise ConfigurationError(f"override {said}: {told}") from problem


def _hint(key: str) -> str:
    """What was probably meant by a key that there is not."""
    first = key.partition(".")[0]
    ours = first == "rules" or first in Reference.__struct_fields__
    if ours and first not in BacktestConfig.model_fields:
        return f"; did you mean desk.{key}?"
    known = [
        f"{name}.{inner}" if inner else name
        for name, field in BacktestConfig.model_fields.items()
        for inner in getattr(field.annotation, "model_fields", ("",))
    ]
    near = difflib.get_close_matches(key, known, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there is {', '.join(known)}"


def _listed(value: object) -> object:
    """A list as a command line has it: `EUR/USD,GBP/USD`."""
    if not isinstance(value, str):
        return value
    return tuple(part for part in value.split(",") if part)
