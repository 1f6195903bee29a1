"""Own requests of one instrument from a record, as a calibration looks at them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from backtest.data.catalogue import FILE as STORE
from backtest.games.own_outcomes import moves_of
from backtest.games.own_sources import HORIZON_S
from backtest.games.tenors import tenor_days
from backtest.records.columns import Tables
from backtest.records.recorder import RecordSettings
from backtest.run.flow_log import asked_rows, tables_of
from backtest.run.flow_model import AskedRow
from robot.deals.product import ProductKind
from robot.errors import RobotError
from strategies.games.calibration.request_log import RequestLog
from strategies.games.desk.terms import Applies
from strategies.games.informed.markout import Moves, moved

CALIBRATED = (ProductKind.SPOT, ProductKind.FORWARD, ProductKind.NDF)
"""Products of which a position in the base currency is held, leaned on and hedged."""
LOANS = (ProductKind.DEPOSIT, ProductKind.REPO)
"""Products of which margins alone are calibrated."""
MINUTE_NS = 60_000_000_000
MINUTES_A_DAY = 1_440.0
SIZE_UNITS = 100_000_000.0
"""Units of 0.01 in a million."""
PRICE_UNITS = 1e9
BASIS_POINTS = 10_000.0
_QUOTES = RecordSettings(horizons_s=(), entries=False, limits=False)
_SHORT = RecordSettings(horizons_s=(HORIZON_S,), entries=False, limits=False)
"""What a calibration needs of a journal."""
STEPS_LEAST = 30
"""Minutes of prices without which their movement is not estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRequests:
    """Of one product of one pair."""

    product: ProductKind
    pair: str
    tiers: tuple[str, ...]
    """By their places in the log."""
    log: RequestLog
    sigma: float | None
    """Movement of the middle, bp in a day; None = too few prices."""
    sigma_error: float
    mid: float
    pip_bp: float
    """A pip in basis points of the middle."""
    at_bid: int
    """One-sided requests that were at our bid."""
    at_offer: int
    left_out: tuple[str, ...]
    digest: str
    """Of the requests, so that a proposal names what it was made of."""
    clients: tuple[str, ...] = ()
    """Of each request of the log."""
    moves: dict[str, Moves] = field(default_factory=dict)
    """By client how the middle moved after spot deals of ours, bp; positive = in our favour."""


def own_requests(
    place: Path,
    day: str = "",
    *,
    product: str = "",
    pair: str = "",
    tiers: Sequence[str] = (),
) -> OwnRequests:
    """From a run's folder or a journal; RobotError where nothing can be calibrated. Without a
    product and pair those that were asked for most; `tiers` come first, in that order.
    """
    _check_place(place)
    tables = tables_of(place, day, ("mids",), _SHORT)
    rows = asked_rows(tables)
    kind, market = _chosen(place, rows, product.upper(), pair.upper())
    mine = [row for row in rows if (row.product, row.pair) == (kind, market)]
    usable = _usable(place, mine)
    names = _tier_names(usable, tiers)
    minutes, sigma, error, mid = _market(tables, market)
    sides = Counter(row.side for row in usable)
    return OwnRequests(
        product=kind,
        pair=market,
        tiers=names,
        log=_log(usable, names, minutes),
        sigma=sigma,
        sigma_error=error,
        mid=mid,
        pip_bp=_pip_bp(tables, market, mid),
        at_bid=sides["BUY"],
        at_offer=sides["SELL"],
        left_out=_left_out(rows, mine, usable),
        digest=hashlib.sha256(msgspec.json.encode(usable)).hexdigest(),
        clients=tuple(row.counterparty for row in usable),
        moves=_moved_after(tables, kind, market),
    )


def _moved_after(tables: Tables, kind: ProductKind, pair: str) -> dict[str, Moves]:
    """By client, of our deals in this instrument."""
    applies = Applies(role="maker", products=(kind,), markets=(pair,))
    found: dict[str, Moves] = {}
    for one in moves_of(tables, applies, "bp"):
        found[one.counterparty] = moved(found.get(one.counterparty, Moves(0, 0.0, 0.0)), one.moved)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnLoans:
    """Of one kind of loans in one currency; distances in bp of the rate."""

    product: ProductKind
    currency: str
    tiers: tuple[str, ...]
    log: RequestLog
    tenor_days: npt.NDArray[np.float64]
    """Of each request of the log."""
    left_out: tuple[str, ...]
    digest: str


def own_loans(
    place: Path, day: str, product: str, currency: str, tiers: Sequence[str] = ()
) -> OwnLoans:
    """From a run's folder or a journal; without a currency that which was asked for most."""
    _check_place(place)
    rows = asked_rows(tables_of(place, day, (), _QUOTES))
    kind, market = _most_asked(place, rows, (ProductKind(product),), currency)
    mine = [row for row in rows if (row.product, row.pair) == (kind, market)]
    usable = [row for row in _usable(place, mine) if tenor_days(row) is not None]
    if not usable:
        raise RobotError(f"{place}: {len(mine)} {kind} requests for {market}, none with a tenor")
    names = _tier_names(usable, tiers)
    return OwnLoans(
        product=kind,
        currency=market,
        tiers=names,
        log=_log(usable, names, 0.0),
        tenor_days=np.array([tenor_days(row) for row in usable], np.float64),
        left_out=_left_out(rows, mine, usable),
        digest=hashlib.sha256(msgspec.json.encode(usable)).hexdigest(),
    )


def _check_place(place: Path) -> None:
    if not place.exists():
        raise RobotError(f"{place}: no such folder; name the folder of a run, or a journal's")
    if (place / STORE).exists():
        text = f"{place}: a data store holds what clients asked, not what we answered"
        raise RobotError(f"{text}; run it first (fxrobot backtest run) and name the run's folder")


def _chosen(
    place: Path, rows: Sequence[AskedRow], product: str, pair: str
) -> tuple[ProductKind, str]:
    """The instrument that is meant, or the one asked for most."""
    if product and product not in CALIBRATED:
        text = f"--product {product}: known are {', '.join((*CALIBRATED, *LOANS))}"
        raise RobotError(f"{text}; of swaps no position is held that prices lean on")
    return _most_asked(place, rows, (ProductKind(product),) if product else CALIBRATED, pair)


def _most_asked(
    place: Path, rows: Sequence[AskedRow], kinds: tuple[ProductKind, ...], pair: str
) -> tuple[ProductKind, str]:
    counts = Counter(
        (row.product, row.pair) for row in rows if row.product in kinds and pair in ("", row.pair)
    )
    if not counts:
        meant = " ".join(filter(None, (kinds[0] if len(kinds) == 1 else "", pair)))
        meant = meant or ", ".join(kinds)
        there = sorted({row.product for row in rows} & {*CALIBRATED, *LOANS})
        others = f"; there are {', '.join(there)} (--product)" if there else ""
        raise RobotError(f"{place}: no request for {meant} is recorded there{others}")
    (kind, market), _ = counts.most_common(1)[0]
    return ProductKind(kind), market


def _usable(place: Path, mine: Sequence[AskedRow]) -> list[AskedRow]:
    """With a tier, a size, and beside a deal the price it was made at."""
    usable = [row for row in mine if row.tier and row.size > 0 and _told(row)]
    if not usable:
        text = f"{len(mine)} {mine[0].product} requests for {mine[0].pair}, none with a tier"
        raise RobotError(f"{place}: {text}")
    return usable


def _tier_names(usable: Sequence[AskedRow], first: Sequence[str]) -> tuple[str, ...]:
    names = [name for name in first if any(row.tier == name for row in usable)]
    return (*names, *sorted({row.tier for row in usable} - set(names)))


def _told(row: AskedRow) -> bool:
    """A deal without a price of ours beside it says nothing."""
    return not row.dealt or row.distance is not None


def _log(rows: Sequence[AskedRow], tiers: Sequence[str], minutes: float) -> RequestLog:
    at_ns = np.array([row.at_ns for row in rows], np.int64)
    span = float(at_ns.max() - at_ns.min()) / (MINUTE_NS * MINUTES_A_DAY)
    known = [np.nan if row.distance is None else row.distance for row in rows]
    return RequestLog(
        tier=np.array([tiers.index(row.tier) for row in rows], np.int64),
        size=np.array([row.size / SIZE_UNITS for row in rows]),
        distance=np.array(known, np.float64),
        dealt=np.array([row.dealt for row in rows], np.bool_),
        at=(at_ns - at_ns.min()) / (MINUTE_NS * MINUTES_A_DAY),
        tiers=len(tiers),
        days=max(minutes / MINUTES_A_DAY, span, 1 / MINUTES_A_DAY),
    )


def _market(tables: Tables, pair: str) -> tuple[float, float | None, float, float]:
    """Minutes of the record with prices; movement of the middle and its error; the middle."""
    found = tables["mids"]
    points = [
        (int(at or 0) // MINUTE_NS, float(mid))
        for at, name, mid in zip(found["at_ns"], found["pair"], found["mid"], strict=True)
        if name == pair and isinstance(mid, int) and mid > 0
    ]
    if not points:
        raise RobotError(f"no middle of {pair} is recorded: nothing can be told of its market")
    minute = np.array([place for place, _ in points])
    level = np.array([mid for _, mid in points])
    steps: npt.NDArray[np.float64] = np.diff(np.log(level))[np.diff(minute) == 1] * BASIS_POINTS
    middle = float(np.median(level)) / PRICE_UNITS
    if len(steps) < STEPS_LEAST or not steps.any():
        return float(len(points)), None, 0.0, middle
    sigma = sqrt(float(np.mean(steps**2)) * MINUTES_A_DAY)
    return float(len(points)), sigma, sigma / sqrt(2 * len(steps)), middle


def _pip_bp(tables: Tables, pair: str, mid: float) -> float:
    found = tables["quotes"]
    for name, pip in zip(found["pair"], found["pip"], strict=True):
        if name == pair and isinstance(pip, int) and pip > 0:
            return pip / PRICE_UNITS / mid * BASIS_POINTS
    return 1.0


def _left_out(
    rows: Sequence[AskedRow], mine: Sequence[AskedRow], usable: Sequence[AskedRow]
) -> tuple[str, ...]:
    others = Counter(f"{row.product} {row.pair}" for row in rows)
    own = f"{mine[0].product} {mine[0].pair}"
    told = [f"{count} requests for {name}" for name, count in others.most_common() if name != own]
    if len(mine) > len(usable):
        told.append(f"{len(mine) - len(usable)} requests without tier, size or price")
    return tuple(told)
