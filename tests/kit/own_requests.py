"""Records of a run in which clients whose truth is known asked for prices."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from backtest.records.columns import TABLES, Kind, Tables, Value, empty
from backtest.records.parts import write_part
from benchmarks.games.calibrator import request_log
from strategies.games.calibration.request_log import RequestLog

TIERS = ("gold", "silver")
MID = 1.25
SIGMA = 50.0
BEGIN_NS = 1_792_569_600_000_000_000
MINUTE_NS = 60_000_000_000
LOAN: dict[str, Value] = {"product": "DEPOSIT", "pair": "CNY"}
_USUAL: dict[Kind, Value] = {Kind.TEXT: "", Kind.FLAG: False}


def record_of(
    log: RequestLog, folder: Path, *, sides: str = "BUY SELL", minutes: int = 1440
) -> Path:
    """A run's folder; prices moved SIGMA bp a day."""
    tables: Tables = {name: empty(name) for name in TABLES}
    for place in range(len(log.tier)):
        _ask(tables, log, place, sides.split()[place % len(sides.split())])
    steps = np.random.default_rng(5).normal(0, SIGMA / 1440**0.5, minutes)
    for minute, level in enumerate(MID * np.exp(np.cumsum(steps) / 1e4)):
        _add(tables, "mids", at_ns=BEGIN_NS + minute * MINUTE_NS, pair="EUR/USD", mid=_price(level))
    _add(tables, "about", key="begun_ns", value=str(BEGIN_NS))
    write_part(folder / "records", 1, tables)
    return folder


def loans_of(log: RequestLog, folder: Path) -> Path:
    """The same clients asking for week deposits in CNY: a run's folder."""
    tables: Tables = {name: empty(name) for name in TABLES}
    for place in range(len(log.tier)):
        _ask(tables, log, place, ("BUY", "SELL")[place % 2], LOAN)
    _add(tables, "about", key="begun_ns", value=str(BEGIN_NS))
    write_part(folder / "records", 1, tables)
    return folder


def known_log(requests: int, seed: int = 1) -> RequestLog:
    """The published clients'."""
    return request_log(requests, seed)


def _ask(
    tables: Tables, log: RequestLog, place: int, side: str, of: dict[str, Value] | None = None
) -> None:
    name, tier = f"R{place}", TIERS[int(log.tier[place])]
    at_ns = BEGIN_NS + int(log.at[place] * 86_400e9)
    distance, dealt = float(log.distance[place]), bool(log.dealt[place])
    shared = {"rfq_id": name, "request_id": name, "venue": "ALPHA", "tier": tier}
    terms: dict[str, Value] = {"product": "SPOT", "pair": "EUR/USD"} if of is None else of
    about: dict[str, Value] = {**shared, "counterparty": f"BANK{tier}", **terms}
    bp, pip = (MID / 1e4, 100_000) if of is None else (0.01, 10_000_000)
    running: dict[str, Value] = {} if of is None else {"far_tenor": "1W"}
    size = int(log.size[place] * 100_000_000)
    outcome = "DEALT" if dealt else "EXPIRED"
    priced = np.isfinite(distance)
    of_request = {"at_ns": at_ns, "side": side, "size": size, "outcome": outcome}
    _add(tables, "requests", **about, **running, **of_request)
    if not priced:
        return
    far = _price(distance * bp)
    _add(
        tables,
        "quotes",
        **about,
        at_ns=at_ns,
        quote_id=f"Q{place}",
        size=size,
        mid=_price(MID),
        pip=pip,
        first=True,
        deal_id=f"D{place}" if dealt else "",
        outcome=outcome,
        **{"bid" if side == "BUY" else "offer": _price(MID)},
        **{"bid_distance" if side == "BUY" else "offer_distance": far},
    )


def _price(value: float) -> int:
    return round(value * 1e9)


def _add(tables: Tables, name: str, **row: Value) -> None:
    for column, kind in TABLES[name].items():
        tables[name][column].append(row.get(column, _USUAL.get(kind)))
