"""`desk.yaml` as models: who we are, where and how we deal, where things are kept."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from robot.basics.zone import Zone
from robot.catalogue import CalendarSettings
from robot.deals.product import ProductKind
from robot.dialects import DialectSettings
from robot.machine_zones import machine_zone
from robot.rules.vocabulary import ZONES
from robot.strategy_settings import StrategySettings
from robot.streaming_settings import (
    ReconciliationSettings,
    StreamSettings,
)
from robot.yamlfile import (
    Count,
    CurrencyCode,
    Exact,
    Model,
    Name,
    NotNegative,
    Pair,
    Positive,
    Whole,
)

_DAY = "(mon|tue|wed|thu|fri|sat|sun)"


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
    products: tuple[ProductKind, ...] = Field((ProductKind.SPOT,), min_length=1)
    currencies: tuple[CurrencyCode, ...] = ()
    counterparty: Name | None = None
    mass_cancel: bool = False
    cancel_on_disconnect: bool = True
    drop_copy: bool = False
    makers: tuple[Name, ...] = ()
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
    curve_stale_after_ms: Count = 60_000
    fixing_days: Annotated[Whole, Field(ge=0, le=250)] = 1


class QuoteSettings(Model):
    """How long quotes live."""

    life_ms: Count = 3_000
    stream_life_max_ms: Count = 120_000
    replace_interval_min_ms: Annotated[Whole, Field(ge=0)] = 20
    counters_max: Annotated[Whole, Field(ge=0, le=100)] = 8
    counter_time_max_ms: Count = 120_000


class LeastSettings(Model):
    """What a stage asks of every candidate before the next one."""

    days: Annotated[Whole, Field(ge=0, le=1_000)] = 0
    decisions: Annotated[Whole, Field(ge=0, le=10_000_000)] = 0


class ReleaseSettings(Model):
    """How the desk releases its strategies: see `docs/releases.md`."""

    staged: bool = True
    shadow: LeastSettings = LeastSettings()
    suggest: LeastSettings = LeastSettings()
    canary: LeastSettings = LeastSettings()
    canary_size_max: Positive | None = None
    failures_max: Annotated[Whole, Field(ge=1, le=1_000)] = 3


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


class HedgeSettings(Model):
    """When and how a position is brought back: see `robot.deals.reference.HedgePolicy`."""

    pair: Pair
    band: NotNegative
    target: NotNegative = Decimal(0)
    clip: Positive
    slippage_bp: NotNegative
    interval_ms: Count = 1_000
    currency: CurrencyCode | Literal[""] = ""
    kind: Literal["LIMIT", "MARKET"] = "LIMIT"
    time_in_force: Literal["IOC", "FOK"] = "IOC"
    rejects_max: Count = 3
    pause_ms: Count = 60_000
    overnight_band: NotNegative | None = None
    widen_from: Positive | None = None
    shown_share: Annotated[Positive, Field(le=1)] | None = None

    @model_validator(mode="after")
    def _check_target(self) -> HedgeSettings:
        if not self.target <= self.band:
            raise ValueError("the target lies within the band")
        if self.currency and self.currency not in (self.pair[:3], self.pair[-3:]):
            raise ValueError(f"{self.currency} is no currency of {self.pair}")
        return self


class OrderSettings(Model):
    """How patient we are with a venue that has an order of ours."""

    answer_patience_ms: Count = 3_000
    age_max_ms: Count = 600_000


class AskSettings(Model):
    """How others are asked for prices: see `robot.deals.reference.AskPolicy`."""

    patience_ms: Count = 3_000
    open_ms: Count = 30_000
    margin_ms: Annotated[Whole, Field(ge=0)] = 100
    makers_max: Count = 16
    outstanding_max: Count = 10
    counters_max: Count = 8
    hits_max: Count = 3

    @model_validator(mode="after")
    def _check_patience(self) -> AskSettings:
        if not self.patience_ms <= self.open_ms:
            raise ValueError("patience_ms lies within open_ms")
        return self


class CutoffSettings(Model):
    """Until when payments of a currency are taken that are to be made on the same day."""

    time: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    zone: str

    @field_validator("zone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        if name not in ZONES:
            raise ValueError(f"no zone of rules; there are {', '.join(ZONES)}")
        return name

    def content(self) -> dict[str, object]:
        """As the core gets it."""
        hours, minutes = map(int, self.time.split(":"))
        return {"time_s": hours * 3_600 + minutes * 60, "zone": self.zone}


class DealingHours(Model):
    """When a product is dealt at a venue."""

    venue: str
    product: ProductKind | Literal["*"] = ProductKind.SPOT
    open: Moment
    close: Moment


def _is_zone(name: str) -> bool:
    """Whether there is such a time zone. Not by the list of all: that reads each of their files."""
    try:
        return not name.startswith(("posix", "right/")) and bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False  # none, no name at all, or a folder of them


class ScheduleSettings(Model):
    """The desk's day: when it rolls and when it deals, in one time zone."""

    time_zone: str
    day_roll: Moment
    overnight: Moment | None = None
    dealing: tuple[DealingHours, ...]

    @field_validator("time_zone")
    @classmethod
    def _check_zone(cls, name: str) -> str:
        if not _is_zone(name):
            raise ValueError("no such time zone; write it as America/New_York")
        return name

    def zone(self) -> Zone:
        """Its clock, as far as it is known now."""
        return machine_zone(self.time_zone)


class FollowerSettings(Model):
    """How far projector and auditor may be behind before new dealing stops."""

    behind_bytes_max: Count = 32 * 1024 * 1024
    silent_s_max: Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)] = 5.0


class DeadManSettings(Model):
    """How long the core may stand still, and how long nobody need be heard of (0 = for ever)."""

    stall_s: Annotated[float, Field(ge=1, le=600, allow_inf_nan=False)] = 15.0
    operator_present_s: Annotated[Whole, Field(ge=0, le=604_800)] = 0


LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ApiSettings(Model):
    """Where the HTTP API listens. Beyond loopback it needs the two TLS files (PEM; relative to the
    desk's folder, or absolute).
    """

    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)]
    certificate_file: Path | None = None
    key_file: Path | None = None

    @model_validator(mode="after")
    def _check_encrypted(self) -> ApiSettings:
        if (self.certificate_file is None) is not (self.key_file is None):
            raise ValueError("certificate_file and key_file go together: name both or none")
        if self.host not in LOOPBACK and self.certificate_file is None:
            text = f"host {self.host}: passwords would go over the network unencrypted; name"
            raise ValueError(f"{text} certificate_file and key_file, or use 127.0.0.1")
        return self


class AuditSettings(Model):
    """Who signs the heads of the logs, how often, and where their copy is."""

    key_file: Path | None = None
    copy_to: Path | None = None
    every_minutes: Annotated[Whole, Field(ge=0, le=1_440)] = 60


class FactorySettings(Model):
    """Which connectors are used, as `module:function`; a bank's own is named here."""

    venues: str = "connectors.assembly:make_venues"
    journal: str = "connectors.assembly:make_journal"
    tail: str = "connectors.assembly:make_tail"
    timers: str = "connectors.assembly:make_timers"
    store: str = "connectors.assembly:make_store"
    relay: str = "connectors.assembly:run_relay"
    api: str = "connectors.assembly:run_api"
    heads: str = "connectors.assembly:make_heads"
    host: str = "connectors.assembly:make_host"
    host_process: str = "connectors.assembly:run_host"


class Desk(Model):
    """`desk.yaml`."""

    entity: Name
    environment: Name
    desk: Name | Literal[""] = ""
    book: Name
    trader: Name | Literal[""] = ""
    reporting_currency: CurrencyCode
    clock: Literal["system", "venue"] = "system"
    clock_error_ms_max: Annotated[Whole, Field(ge=0, le=60_000)] = 0
    data: Path
    database: str = ""
    seed: Whole = 0
    four_eyes: bool = True
    venues: tuple[VenueSettings, ...] = Field(min_length=1)
    market: MarketSettings = MarketSettings()
    quotes: QuoteSettings = QuoteSettings()
    orders: OrderSettings = OrderSettings()
    asks: AskSettings = AskSettings()
    hedges: tuple[HedgeSettings, ...] = ()
    streams: tuple[StreamSettings, ...] = ()
    reconciliation: ReconciliationSettings = ReconciliationSettings()
    cutoffs: dict[CurrencyCode, CutoffSettings] = Field(default_factory=dict)
    nostro: dict[CurrencyCode, Exact] = Field(default_factory=dict)
    strategy: StrategySettings
    releases: ReleaseSettings = ReleaseSettings()
    mqtt: MqttSettings = MqttSettings()
    schedule: ScheduleSettings
    followers: FollowerSettings = FollowerSettings()
    dead_man: DeadManSettings = DeadManSettings()
    audit: AuditSettings = AuditSettings()
    calendars: CalendarSettings = CalendarSettings()
    api: ApiSettings | None = None
    factories: FactorySettings = FactorySettings()
