"""The desk's configuration: pydantic models of `config/*.yaml`, and what the core gets of them.

`yamlfile.py` reads the files and tells errors with their lines; `catalogue.py` has the conventions
and the calendars.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field, field_validator, model_validator

from robot.basics.currency import CurrencyPair, parse_pair
from robot.calendars import calendar_path
from robot.catalogue import Catalogue, ConventionsFile
from robot.deals.convention import Convention, MoneyMarketConvention
from robot.deals.limit_rows import BEYOND, TENOR_BUCKETS
from robot.deals.product import ProductKind
from robot.deals.reference import Reference, VenueReference
from robot.desk import Desk, VenueSettings
from robot.dialects import DialectFile, load_dialect, preset_paths
from robot.errors import ConfigurationError
from robot.limit_settings import BucketRow, Tree, check_kinds, check_names
from robot.machine_zones import machine_zones
from robot.package import fix_dictionary
from robot.strategy_settings import hedge_rows, strategy_row
from robot.streaming_settings import (
    check_streams,
    stream_rows,
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
    load_file,
)


class DealSize(Model):
    """Largest deal of a pair for a tier, in base currency; or of a currency's loans."""

    pair: Pair | CurrencyCode
    tier: Name
    maximum: Positive
    products: tuple[ProductKind, ...] = Field((ProductKind.SPOT,), min_length=1)

    @model_validator(mode="after")
    def _check_products(self) -> DealSize:
        loan = "/" not in self.pair
        for product in self.products:
            if product.is_loan is not loan:
                raise ValueError(f"{product} is not dealt in {self.pair}")
        return self


class AddOnRow(Model):
    """Share of the amount that counts as exposure, up to so many days."""

    days: Count
    share: Annotated[Exact, Field(gt=0, le=1)]


class LimitsFile(Model):
    """`limits.yaml`."""

    deal_size: tuple[DealSize, ...]
    line_currency: CurrencyCode
    line_rates: dict[CurrencyCode, Positive] = Field(default_factory=dict)
    counterparty_lines: dict[str, NotNegative]
    spot_add_on: Annotated[Exact, Field(gt=0, le=1)]
    forward_add_ons: tuple[AddOnRow, ...] = ()
    haircut_min: Annotated[Exact, Field(ge=0, lt=100)] = Decimal(0)
    rate_collar_bp: Positive | None = None
    net_open_position: dict[CurrencyCode, NotNegative]
    price_collar_bp: Positive
    quotes_outstanding: Count
    quotes_outstanding_per_counterparty: Count
    orders_outstanding: Annotated[Whole, Field(ge=0)] = 0
    messages_per_second: Count
    tree: Tree = Field(default_factory=dict)
    tenor_buckets: tuple[BucketRow, ...] = Field(
        tuple(BucketRow(name=row.name, days=row.days) for row in TENOR_BUCKETS), min_length=1
    )

    @field_validator("tree")
    @classmethod
    def _check_tree(cls, tree: Tree) -> Tree:
        check_kinds(tree)
        return tree

    @field_validator("tenor_buckets")
    @classmethod
    def _check_buckets(cls, rows: tuple[BucketRow, ...]) -> tuple[BucketRow, ...]:
        days, names = [row.days for row in rows], {row.name for row in rows}
        if days != sorted(set(days)) or len(names) < len(rows) or BEYOND in names:
            raise ValueError(f"list the buckets by rising days, without repeats or {BEYOND}")
        return rows

    @field_validator("forward_add_ons")
    @classmethod
    def _check_rising(cls, rows: tuple[AddOnRow, ...]) -> tuple[AddOnRow, ...]:
        days = [row.days for row in rows]
        if days != sorted(set(days)):
            raise ValueError("list the add-ons by rising days, without repeats")
        return rows


class PartyRow(Model):
    """One counterparty."""

    id: Name
    name: str
    tier: Name
    group: Name | Literal[""] = ""
    country: Name | Literal[""] = ""
    type: Name | Literal[""] = ""


class CounterpartiesFile(Model):
    """`counterparties.yaml`."""

    counterparties: tuple[PartyRow, ...]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything loaded from one configuration folder."""

    folder: Path
    desk: Desk
    reference: Reference
    catalogue: Catalogue
    """Conventions and calendars of everything that could be dealt."""
    dialects: dict[str, dict[str, object]]
    """Venue -> how it writes FIX, for its connector."""
    hash: str
    """SHA-256 over the content of the files and of the calendars in use, hexadecimal."""

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
        """The dictionary of FIX 4.4."""
        return self.fix_file("FIX44.xml")

    def fix_file(self, name: str) -> Path:
        """A FIX dictionary: the folder's own, else the shipped one."""
        own = self.folder / "fix" / name
        return own if own.is_file() else fix_dictionary(name)

    @property
    def journal_folder(self) -> Path:
        """Where the journal segments are."""
        return self.data / "journal"

    @property
    def audit_folder(self) -> Path:
        """The heads of the logs, and the public keys that belong to them."""
        return self.data / "audit"

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
    desk, conventions = loaded["desk.yaml"], loaded["conventions.yaml"]
    assert isinstance(desk, Desk), "desk.yaml is loaded as a Desk"
    assert isinstance(conventions, ConventionsFile), "conventions.yaml is loaded as one"
    catalogue = Catalogue.of(folder, conventions, desk.calendars)
    read: dict[Path, DialectFile] = {}
    dialects = {
        venue.id: load_dialect(folder, venue.id, venue.dialect, read) for venue in desk.venues
    }
    reference = _reference(folder, desk, catalogue, loaded, dialects)
    paths = [folder / name for name in FILES]
    paths += [calendar_path(folder, name) for name in sorted(reference.calendars)]
    for venue in desk.venues:
        if venue.counterparty is not None and not dialects[venue.id]["takes_orders"]:
            text = f"{folder / 'desk.yaml'}: venue {venue.id}: a counterparty for our orders, but"
            raise ConfigurationError(f"{text} its dialect takes none (takes_orders)")
    presets = (preset_paths(folder, venue.dialect.preset) for venue in desk.venues)
    paths += sorted({path for found in presets for path in found})
    paths += [folder / desk.strategy.file] if desk.strategy.file else []
    paths += [folder / rules for rules in desk.strategy.rules if isinstance(rules, str)]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()
    return Settings(
        folder=folder,
        desk=desk,
        reference=reference,
        catalogue=catalogue,
        dialects=dialects,
        hash=digest,
    )


def _conventions(folder: Path, desk: Desk, catalogue: Catalogue) -> dict[CurrencyPair, Convention]:
    """Of every pair that is dealt somewhere."""
    dealt = {parse_pair(pair): venue.id for venue in desk.venues for pair in venue.pairs}
    for pair, venue_id in dealt.items():
        if pair not in catalogue.conventions:
            text = f"{folder / 'desk.yaml'}: {pair} at {venue_id} has no row in conventions.yaml"
            raise ConfigurationError(text)
    return {pair: catalogue.conventions[pair] for pair in dealt}


def _reference(
    folder: Path,
    desk: Desk,
    catalogue: Catalogue,
    loaded: dict[str, Model],
    dialects: Mapping[str, Mapping[str, object]],
) -> Reference:
    """What the core needs of the files, checked against each other."""
    limits = loaded["limits.yaml"].model_dump(mode="json")
    parties = loaded["counterparties.yaml"].model_dump(mode="json")["counterparties"]
    content = {
        "entity": desk.entity,
        "desk": desk.desk,
        "book": desk.book,
        "trader": desk.trader,
        "reporting_currency": desk.reporting_currency,
        "venues": [_venue_row(venue, dialects[venue.id]) for venue in desk.venues],
        "conventions": {},
        "counterparties": {row["id"]: row for row in parties},
        "market": desk.market.model_dump(mode="json"),
        "quotes": desk.quotes.model_dump(),
        **_strategy_parts(folder / "desk.yaml", desk),
        "releases": desk.releases.model_dump(mode="json"),
        "limits": limits,
        "orders": desk.orders.model_dump(),
        "asks": desk.asks.model_dump(),
        "streams": stream_rows(
            folder / "desk.yaml",
            desk.streams,
            {venue.id: venue.counterparty for venue in desk.venues},
        ),
        "reconciliation": desk.reconciliation.model_dump(),
        "cutoffs": {currency: row.content() for currency, row in desk.cutoffs.items()},
        "nostro": desk.model_dump(mode="json", include={"nostro"})["nostro"],
        "four_eyes": desk.four_eyes,
        "overnight": desk.schedule.overnight is not None,
        "seed": desk.seed,
    }
    _check_once(folder, desk, limits["deal_size"], [row["id"] for row in parties])
    conventions = _conventions(folder, desk, catalogue)
    reference = msgspec.convert(content, Reference, strict=False)
    loans = _money_markets(folder, catalogue, reference.venues)
    needed = [name for row in conventions.values() for name in row.all_calendars]
    needed += [market.calendar_id for market in loans.values()]
    reference = msgspec.structs.replace(
        reference,
        zone=desk.schedule.zone(),
        zones=machine_zones(),
        conventions=conventions,
        money_markets=loans,
        calendars=catalogue.calendars(dict.fromkeys(needed)),
    )
    _check_orders(folder, desk, reference)
    check_names(folder / "limits.yaml", reference.limits.tree, names_of(reference, catalogue))
    check_streams(folder / "desk.yaml", reference)
    hours = {row.venue for row in desk.schedule.dealing}
    unknown = hours - {venue.id for venue in desk.venues} - {"*"}
    if unknown:
        raise ConfigurationError(
            f"{folder / 'desk.yaml'}: schedule.dealing names unknown venues: {sorted(unknown)}"
        )
    return reference


def names_of(reference: Reference, catalogue: Catalogue) -> dict[str, frozenset[str]]:
    """What a row of the limit tree may name. Traders are persons, who are not listed here."""
    parties = reference.counterparties.values()
    loans = {name.split()[0] for name in catalogue.money_markets}
    pairs = {str(pair) for pair in catalogue.conventions}
    return {
        "entity": frozenset({reference.entity}),
        "desk": frozenset({reference.desk} - {""}),
        "book": frozenset({reference.book}),
        "strategy": frozenset({reference.strategy.name}),
        "counterparty": frozenset(reference.counterparties),
        "group": frozenset(party.group for party in parties if party.group),
        "country": frozenset(party.country for party in parties if party.country),
        "type": frozenset(party.type for party in parties if party.type),
        "tier": frozenset(party.tier for party in parties),
        "venue": frozenset(venue.id for venue in reference.venues),
        "pairs": frozenset(pairs | loans),
        "currencies": frozenset(name for pair in pairs for name in pair.split("/")) | loans,
        "tenors": frozenset(row.name for row in reference.limits.tenor_buckets) | {BEYOND},
    }


def _venue_row(venue: VenueSettings, dialect: Mapping[str, object]) -> dict[str, Any]:
    """A venue as the core gets it; what it can tell of our trades is a matter of its dialect."""
    row = {name: getattr(venue, name) for name in ("id", "pairs", "products", "currencies")}
    told = ("counterparty", "mass_cancel", "cancel_on_disconnect", "drop_copy", "makers")
    row |= {name: getattr(venue, name) for name in told}
    return row | {name: dialect[name] for name in ("trades_live", "trades_since")}


def _strategy_parts(path: Path, desk: Desk) -> dict[str, object]:
    """What answers requests, and the hedges of the desk and of its game strategies."""
    strategy = strategy_row(path, desk.strategy)
    written = [row.model_dump(mode="json") for row in desk.hedges]
    return {"strategy": strategy, "hedges": hedge_rows(path, written, strategy)}


def _check_orders(folder: Path, desk: Desk, reference: Reference) -> None:
    """Whom our orders are dealt with, and what is hedged, must be known."""
    where = folder / "desk.yaml"
    for venue in reference.venues:
        if venue.counterparty is not None and venue.counterparty not in reference.counterparties:
            text = f"venue {venue.id}: counterparty {venue.counterparty} is not in"
            raise ConfigurationError(f"{where}: {text} counterparties.yaml")
        for maker in venue.makers:
            if maker not in reference.counterparties:
                text = f"venue {venue.id}: maker {maker} is not in counterparties.yaml"
                raise ConfigurationError(f"{where}: {text}")
            if venue.makers.count(maker) > 1:
                raise ConfigurationError(f"{where}: venue {venue.id}: makers: twice {maker}")
    pairs = [row.pair for row in reference.hedges]
    for pair in pairs:
        if pair not in reference.conventions:
            raise ConfigurationError(f"{where}: hedges: {pair} is dealt at no venue")
        if pairs.count(pair) > 1:
            raise ConfigurationError(f"{where}: hedges: given twice: {pair}")
        if not any(pair in venue.pairs and venue.counterparty for venue in reference.venues):
            text = f"no venue that deals {pair} has a counterparty for our orders"
            raise ConfigurationError(f"{where}: hedges: {text}: none would be sent")
    if desk.schedule.overnight is None and any(
        row.overnight_band is not None for row in reference.hedges
    ):
        raise ConfigurationError(f"{where}: hedges: overnight_band needs schedule.overnight")


def _check_once(
    folder: Path, desk: Desk, deal_size: Sequence[Mapping[str, Any]], parties: Sequence[str]
) -> None:
    """No row may be given twice: which of the two counts would be a guess."""
    sizes = [
        f"{product} {row['pair']} {row['tier']}" for row in deal_size for product in row["products"]
    ]
    for name, rows, key in (
        ("desk.yaml", [venue.id for venue in desk.venues], "venues"),
        ("counterparties.yaml", parties, "counterparties"),
        ("limits.yaml", sizes, "deal_size"),
    ):
        repeated = sorted({row for row in rows if rows.count(row) > 1})
        if repeated:
            raise ConfigurationError(f"{folder / name}: {key}: given twice: {', '.join(repeated)}")


def _money_markets(
    folder: Path, catalogue: Catalogue, venues: Iterable[VenueReference]
) -> dict[str, MoneyMarketConvention]:
    """How the loans that are dealt anywhere are dated."""
    found: dict[str, MoneyMarketConvention] = {}
    for venue in venues:
        loans = [kind for kind in venue.products if kind.is_loan]
        if loans and not venue.currencies:
            text = f"{folder / 'desk.yaml'}: {venue.id} deals {loans[0]} in no currency: list them"
            raise ConfigurationError(f"{text} under currencies")
        known = [name for name in venue.curves if name in catalogue.money_markets]
        found |= {name: catalogue.money_markets[name] for name in known}
        for currency in venue.currencies:
            if not any(name.startswith(f"{currency} ") for name in known):
                text = f"{currency} at {venue.id} has no money_market row in conventions.yaml"
                raise ConfigurationError(f"{folder / 'desk.yaml'}: {text} for {loans or 'loans'}")
    return found
