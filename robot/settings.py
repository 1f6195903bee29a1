"""The desk's configuration: pydantic models of `config/*.yaml`, and the only code that reads those
files.

Numbers are read as text and become exact decimals. Every error names file, line and key, and for a
key
that is not known the nearest one that is.
"""

from __future__ import annotations

import difflib
import hashlib
import warnings
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import msgspec
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from robot.basics.currency import parse_currency, parse_pair
from robot.basics.numbers import parse_decimal
from robot.deals.reference import Reference
from robot.errors import ConfigurationError
from robot.package import fix_dictionary

NODES_MAX = 100_000
"""Keys and values of one file, repeated ones counted each time: aliases multiply."""
DIGITS_MAX = 18


def _exact(value: object) -> Decimal:
    """A number as written: digits and at most one point; no exponent, underscore or NaN."""
    return parse_decimal(str(value))


def _whole(value: object) -> object:
    """A whole number as written: digits only, which is less than `int` takes."""
    text = str(value)
    digits = text[1:] if text[:1] == "-" else text
    if not (digits.isascii() and digits.isdigit()) or len(digits) > DIGITS_MAX:
        raise ValueError(f"not a whole number of at most {DIGITS_MAX} digits")
    return int(text)


Exact = Annotated[Decimal, BeforeValidator(_exact)]
Positive = Annotated[Exact, Field(gt=0)]
NotNegative = Annotated[Exact, Field(ge=0)]
CurrencyCode = Annotated[str, AfterValidator(parse_currency)]
Pair = Annotated[str, AfterValidator(parse_pair)]
Whole = Annotated[int, BeforeValidator(_whole)]
Count = Annotated[Whole, Field(ge=1)]
Path_ = tuple[str | int, ...]


_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
"""Letters, digits, dot, underscore, hyphen: safe in ids, topics and file names."""


class Model(BaseModel):
    """Strict about keys, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DialectSettings(Model):
    """What the venue writes differently: see `connectors/fix/dialect.py`."""

    counterparty_roles: tuple[str, ...] = ("3", "17", "13")
    streaming_seconds_tag: int = 6065
    party_source: str = "D"
    counterparty_role_out: str = "3"


class VenueSettings(Model):
    """One venue: where it is, how we are called there, what is dealt."""

    id: Name
    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)]
    sender: Name
    target: Name
    heartbeat_s: Annotated[Whole, Field(ge=1, le=300)] = 30
    guard: bool = False
    frame_bytes_max: Annotated[Whole, Field(ge=1_024, le=16 * 1024 * 1024)] = 65_536
    pairs: tuple[Pair, ...] = Field(min_length=1)
    dialect: DialectSettings = DialectSettings()


class MarketSettings(Model):
    """When a market may be dealt on."""

    stale_after_ms: Count = 2_000
    crossed_tolerance_ms: Annotated[Whole, Field(ge=0)] = 1_000
    crossed_max_bp: NotNegative = Decimal(5)
    jump_max_bp: Positive = Decimal(200)
    jump_window_ms: Count = 1_000
    jump_confirm_ms: Annotated[Whole, Field(ge=0)] = 5_000
    jump_alone_ms: Annotated[Whole, Field(ge=0)] = 60_000


class QuoteSettings(Model):
    """How long quotes live."""

    life_ms: Count = 3_000
    stream_life_max_ms: Count = 120_000
    replace_interval_min_ms: Annotated[Whole, Field(ge=0)] = 20


class StrategySettings(Model):
    """Which strategy answers requests, and its parameters."""

    name: Name
    version: Name
    factory: str
    parameters: dict[str, object] = {}


class MqttSettings(Model):
    """Where the broker is and how to log on. The password comes from a file, never from here."""

    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)] = 1883
    username: str | None = None
    password_file: Path | None = None
    client_id: str = "fxrobot-relay"
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None


class Moment(Model):
    """A weekly recurring time: `day` as cron writes it (`sun`, `mon-fri`, `*`)."""

    day: Annotated[str, Field(pattern=rf"^(\*|{_DAY}([-,]{_DAY})*)$")] = "*"
    hour: Annotated[Whole, Field(ge=0, le=23)]
    minute: Annotated[Whole, Field(ge=0, le=59)] = 0


class DealingHours(Model):
    """When a product is dealt at a venue."""

    venue: str
    product: str = "SPOT"
    open: Moment
    close: Moment


class ScheduleSettings(Model):
    """The desk's day: when it rolls and when it deals, in one time zone."""

    time_zone: str
    day_roll: Moment
    dealing: tuple[DealingHours, ...]

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError("no such time zone; write it as America/New_York")
        return name


class FollowerSettings(Model):
    """How far projector and auditor may be behind before new dealing stops."""

    behind_bytes_max: Count = 32 * 1024 * 1024
    silent_s_max: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 5.0


class FactorySettings(Model):
    """Which connectors are used, as `module:function`; a bank's own is named here."""

    venues: str = "connectors.assembly:make_venues"
    journal: str = "connectors.assembly:make_journal"
    tail: str = "connectors.assembly:make_tail"
    timers: str = "connectors.assembly:make_timers"
    store: str = "connectors.assembly:make_store"
    relay: str = "connectors.assembly:run_relay"


class Desk(Model):
    """`desk.yaml`."""

    entity: Name
    environment: Name
    book: Name
    reporting_currency: CurrencyCode
    clock: Literal["system", "venue"] = "system"
    data: Path
    database: str = ""
    seed: Whole = 0
    venues: tuple[VenueSettings, ...] = Field(min_length=1)
    market: MarketSettings = MarketSettings()
    quotes: QuoteSettings = QuoteSettings()
    strategy: StrategySettings
    mqtt: MqttSettings = MqttSettings()
    schedule: ScheduleSettings
    followers: FollowerSettings = FollowerSettings()
    factories: FactorySettings = FactorySettings()


class DealSize(Model):
    """Largest deal of a pair for a tier, in base currency."""

    pair: Pair
    tier: Name
    maximum: Positive


class LimitsFile(Model):
    """`limits.yaml`."""

    deal_size: tuple[DealSize, ...]
    line_currency: CurrencyCode
    line_rates: dict[CurrencyCode, Positive] = {}
    counterparty_lines: dict[str, NotNegative]
    spot_add_on: Annotated[Exact, Field(gt=0, le=1)]
    net_open_position: dict[CurrencyCode, NotNegative]
    price_collar_bp: Positive
    quotes_outstanding: Count
    quotes_outstanding_per_counterparty: Count
    messages_per_second: Count


class PartyRow(Model):
    """One counterparty."""

    id: Name
    name: str
    tier: Name


class CounterpartiesFile(Model):
    """`counterparties.yaml`."""

    counterparties: tuple[PartyRow, ...]


class ConventionRow(Model):
    """One pair's conventions."""

    pair: Pair
    spot_lag: Annotated[Whole, Field(ge=0, le=5)]
    pip: Positive
    tick: Positive


class ConventionsFile(Model):
    """`conventions.yaml`."""

    conventions: tuple[ConventionRow, ...]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything loaded from one configuration folder."""

    folder: Path
    desk: Desk
    reference: Reference
    hash: str
    """SHA-256 over the content of the files, hexadecimal."""

    @property
    def data(self) -> Path:
        """The data folder; a relative one is relative to the configuration folder."""
        return (self.folder / self.desk.data).resolve()

    @property
    def database_url(self) -> str:
        """Where the projection lives; an SQLite file in the data folder by default."""
        return self.desk.database or f"sqlite:///{self.data / 'fxrobot.sqlite'}"

    @property
    def dictionary(self) -> Path:
        """The FIX dictionary: the folder's own, else the shipped one."""
        own = self.folder / "fix" / "FIX44.xml"
        return own if own.is_file() else fix_dictionary()

    @property
    def journal_folder(self) -> Path:
        """Where the journal segments are."""
        return self.data / "journal"

    @property
    def run_folder(self) -> Path:
        """Heartbeats, control socket, kill file."""
        return self.data / "run"


FILES: dict[str, type[Model]] = {
    "desk.yaml": Desk,
    "limits.yaml": LimitsFile,
    "counterparties.yaml": CounterpartiesFile,
    "conventions.yaml": ConventionsFile,
}


def load_settings(folder: Path) -> Settings:
    """All four files of a configuration folder; raises ConfigurationError with everything at
    fault.
    """
    loaded: dict[str, Model] = {}
    problems: list[str] = []
    for name, model in FILES.items():
        try:
            loaded[name] = load_file(folder / name, model)
        except ConfigurationError as problem:
            problems.append(str(problem))
    if problems:
        raise ConfigurationError("\n".join(problems))
    content = b"\0".join((folder / name).read_bytes() for name in FILES)
    desk = loaded["desk.yaml"]
    assert isinstance(desk, Desk), "desk.yaml is loaded as a Desk"
    reference = _reference(folder, desk, loaded)
    digest = hashlib.sha256(content).hexdigest()
    return Settings(folder=folder, desk=desk, reference=reference, hash=digest)


def load_file(path: Path, model: type[Model]) -> Model:
    """One YAML file as its model."""
    lines: dict[Path_, int] = {}
    try:
        text = path.read_text(encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("error", ReusedAnchorWarning)  # which of the two is meant?
            node = YAML(typ="rt").compose(text)
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise ConfigurationError(f"{path}: is not UTF-8 text ({problem.reason})") from problem
    except RecursionError as problem:
        raise ConfigurationError(f"{path}: is nested too deeply, or refers to itself") from problem
    except MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 1
        raise ConfigurationError(f"{path}:{line}: {problem.problem}") from problem
    except (YAMLError, ReusedAnchorWarning) as problem:
        raise ConfigurationError(f"{path}: cannot be read as YAML: {problem}") from problem
    if not isinstance(node, MappingNode):
        raise ConfigurationError(f"{path}:1: a mapping (`key: value` lines) is due")
    try:
        data = _plain(path, node, (), lines)
    except RecursionError as problem:
        raise ConfigurationError(f"{path}: is nested too deeply, or refers to itself") from problem
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        raise ConfigurationError(_told(path, problem, lines, model)) from problem


def _plain(path: Path, node: Node, at: Path_, lines: dict[Path_, int]) -> object:
    """A YAML node as plain data, every number still as text; remembers the line of each key."""
    lines[at] = node.start_mark.line + 1
    if len(lines) > NODES_MAX:
        raise ConfigurationError(f"{path}: holds more than {NODES_MAX} values")
    if isinstance(node, ScalarNode):
        if not node.style and node.value in ("", "~", "null"):
            return None
        return node.value
    if isinstance(node, SequenceNode):
        return [_plain(path, item, (*at, i), lines) for i, item in enumerate(node.value)]
    result: dict[str, object] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in result:
            line = key.start_mark.line + 1
            raise ConfigurationError(f"{path}:{line}: {name} is given twice")
        result[name] = _plain(path, value, (*at, name), lines)
        lines[(*at, name)] = key.start_mark.line + 1
    return result


def _told(
    path: Path, problem: ValidationError, lines: dict[Path_, int], model: type[BaseModel]
) -> str:
    """All errors of a file, one line each: file, line, key, what is wrong, did-you-mean."""
    told = []
    for error in problem.errors():
        place: Path_ = tuple(error["loc"])
        known = place
        while known and known not in lines:
            known = known[:-1]
        key = ".".join(str(part) for part in place)
        text = f"{path}:{lines.get(known, 1)}: {key}: {error['msg']}"
        if error["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(place[-1]), _keys(model), n=1)
            text = f"{path}:{lines.get(known, 1)}: {key}: this key is not known"
            text += f"; did you mean '{near[0]}'?" if near else ""
        elif isinstance(error["input"], str):
            text += f" (found {error['input'][:60]!r})"
        told.append(text)
    return "\n".join(told)


def _keys(model: type[BaseModel]) -> list[str]:
    """Every key that may occur anywhere in a file."""
    keys: list[str] = []
    for name, field in model.model_fields.items():
        keys.append(name)
        for candidate in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                keys += _keys(candidate)
    return keys


def _reference(folder: Path, desk: Desk, loaded: dict[str, Model]) -> Reference:
    """What the core needs of the files, checked against each other."""
    limits = loaded["limits.yaml"].model_dump(mode="json")
    parties = loaded["counterparties.yaml"].model_dump(mode="json")["counterparties"]
    conventions = loaded["conventions.yaml"].model_dump(mode="json")["conventions"]
    content = {
        "entity": desk.entity,
        "book": desk.book,
        "reporting_currency": desk.reporting_currency,
        "venues": [{"id": venue.id, "pairs": venue.pairs} for venue in desk.venues],
        "conventions": {row["pair"]: row for row in conventions},
        "counterparties": {row["id"]: row for row in parties},
        "market": desk.market.model_dump(mode="json"),
        "quotes": desk.quotes.model_dump(),
        "strategy": desk.strategy.model_dump(mode="json"),
        "limits": limits,
        "seed": desk.seed,
    }
    for name, rows, key in (
        ("desk.yaml", [venue.id for venue in desk.venues], "venues"),
        ("counterparties.yaml", [row["id"] for row in parties], "counterparties"),
        ("conventions.yaml", [row["pair"] for row in conventions], "conventions"),
        (
            "limits.yaml",
            [f"{row['pair']} {row['tier']}" for row in limits["deal_size"]],
            "deal_size",
        ),
    ):
        repeated = sorted({row for row in rows if rows.count(row) > 1})
        if repeated:
            raise ConfigurationError(f"{folder / name}: {key}: given twice: {', '.join(repeated)}")
    reference = msgspec.convert(content, Reference, strict=False)
    for venue in reference.venues:
        for pair in venue.pairs:
            if pair not in reference.conventions:
                text = (
                    f"{folder / 'desk.yaml'}: {pair} at {venue.id} has no row in conventions.yaml"
                )
                raise ConfigurationError(text)
    hours = {row.venue for row in desk.schedule.dealing}
    unknown = hours - {venue.id for venue in desk.venues} - {"*"}
    if unknown:
        raise ConfigurationError(
            f"{folder / 'desk.yaml'}: schedule.dealing names unknown venues: {sorted(unknown)}"
        )
    return reference
