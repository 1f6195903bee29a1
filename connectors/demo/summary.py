"""What a demo ends with: figures from the venue's and the back office's records, and the oracle's
verdict.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import msgspec

from connectors.demo.asking import Asked, asked
from connectors.demo.hedging import Hedged, hedged, standing
from connectors.demo.negotiated import Negotiated, negotiated
from connectors.demo.oracle import limit_breaches, race_of, reconcile
from connectors.demo.played import KINDS, Played, played
from connectors.demo.walk_aways import judge_walk_aways
from connectors.sim.bookings import read_bookings
from connectors.sim.model import percentile
from connectors.sim.record import VenueRecord, read_record
from connectors.sim.rows import QuoteLife
from connectors.store.queries import open_queries
from robot.inspection import replay_path
from robot.settings import Settings

MODEL_DEALS_PER_SECOND = 0.5
"""A bank's robot that did 22 deals in 44 seconds: the model of this product."""

SHOWN = 5
NS_PER_MS = 1_000_000
NS_PER_S = 1_000_000_000


class Summary(msgspec.Struct, kw_only=True):
    """One demo. Latencies in milliseconds of wall time, measured at the venue."""

    ok: bool = False
    problems: list[str] = []
    deals: int
    deals_by_product: dict[str, int] = {}
    requests: int
    quotes: int
    hits: int
    refusals: int
    refusals_by_reason: dict[str, int]
    deals_per_second: float
    model_deals_per_second: float = MODEL_DEALS_PER_SECOND
    hit_ratio: float
    latency_ms: dict[str, dict[str, float]]
    pnl: dict[str, str]
    pnl_incomplete: dict[str, str] = {}
    """Of which results something is not known, and what."""
    hedging: dict[str, Hedged] = {}
    asked: Asked | None = None
    negotiated: Negotiated | None = None
    played: Played | None = None
    reconciled: bool
    lost: int
    doubled: int
    different: int
    replay_equal: bool
    limits_breached: int
    anomalies: int
    """What the venue saw that no robot may do, e.g. filling a hit that had to be refused."""
    quotes_stepped: int = 0
    quotes_conflated: int = 0
    kills: int = 0
    kills_by_process: dict[str, int] = {}
    venue_deals: int
    """With clients and, as taker, with the venues themselves."""
    ledger_deals: int
    backoffice_deals: int
    rss_mb: dict[str, float] = {}
    seconds: float
    longest_pause_s: float = 0.0
    """Longest time without a deal, from the first request to the last."""
    venue_time: dict[str, str] = {}
    folder: str = ""


def summarise(settings: Settings, venue_path: Path, bookings_path: Path) -> Summary:
    """Read all three records and judge them."""
    record = read_record(venue_path)
    bookings = read_bookings(bookings_path)
    with open_queries(settings.database_url) as queries:
        deals = queries.deals()
        results = queries.pnl()
        hedging = hedged(queries, deals, settings.reference.hedges)
        decisions = queries.decisions_of(*KINDS) if settings.reference.strategy.games else []
    judged = replace(record, fills=standing(record))
    verdict = reconcile(judged.fills, deals, bookings)
    breaches = limit_breaches(judged, settings.reference, race_of(record))
    replayed = replay_path(settings.journal_folder, compare=True)
    problems = [*verdict.lost[:SHOWN], *verdict.doubled[:SHOWN], *verdict.different[:SHOWN]]
    problems += breaches[:SHOWN]
    games = played(record, decisions) if decisions else None
    if games is not None:
        problems += judge_walk_aways(games, record, decisions, settings.folder)[:SHOWN]
    problems += [f"{row.kind}: {row.text}" for row in record.anomalies[:SHOWN]]
    if not replayed.equal:
        problems.append(replayed.told())
    seconds = _dealing_seconds(record)
    reasons = Counter(row.text.split(" ")[0] for row in record.refusals)
    quoted = {(quote.request_id, quote.entry) for quote in _in_time(record)}
    return Summary(
        deals=len(record.fills),
        deals_by_product=dict(Counter(fill.product for fill in record.fills).most_common()),
        requests=len(record.entries),
        quotes=len(record.quotes),
        hits=len(record.hits),
        refusals=len(record.refusals),
        refusals_by_reason=dict(reasons.most_common()),
        deals_per_second=round(len(record.fills) / seconds, 1) if seconds else 0.0,
        hit_ratio=round(len(record.fills) / len(quoted), 3) if quoted else 0.0,
        latency_ms=_latencies(record),
        pnl={row.pair: str(row.result) for row in results},
        pnl_incomplete={row.pair: row.incomplete for row in results if row.incomplete},
        hedging=hedging,
        asked=asked(record),
        negotiated=negotiated(record),
        played=games,
        reconciled=verdict.agrees,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        different=len(verdict.different),
        replay_equal=replayed.equal,
        limits_breached=len(breaches),
        anomalies=len(record.anomalies),
        venue_deals=verdict.deals,
        ledger_deals=len(deals),
        backoffice_deals=len(bookings),
        seconds=round(seconds, 1),
        longest_pause_s=round(_longest_pause(record), 1),
        problems=problems,
    )


def _in_time(record: VenueRecord) -> list[QuoteLife]:
    """Quotes of requests that were still open; the venue files the others under entry -1."""
    return [quote for quote in record.quotes if quote.entry >= 0]


def _dealing_seconds(record: VenueRecord) -> float:
    """Wall time from the first request to the last deal."""
    if not record.fills or not record.requests:
        return 0.0
    first = min(row.sent_wall_ns for row in record.requests)
    last = max(row.received_wall_ns for row in record.fills)
    return max(last - first, 1) / NS_PER_S


def _longest_pause(record: VenueRecord) -> float:
    """Wall time in seconds."""
    asked = [row.sent_wall_ns for row in record.requests]
    dealt = [row.received_wall_ns for row in record.fills]
    moments = sorted([*asked[:1], *dealt, *asked[-1:]])
    return max((after - before for before, after in pairwise(moments)), default=0) / NS_PER_S


def _latencies(record: VenueRecord) -> dict[str, dict[str, float]]:
    sent = {row.request_id: row.sent_wall_ns for row in record.requests}
    first: dict[tuple[str, int], int] = {}
    requotes = []
    for quote in _in_time(record):
        key = (quote.request_id, quote.entry)
        first[key] = min(first.get(key, quote.received_wall_ns), quote.received_wall_ns)
        if quote.market_wall_ns is not None:
            requotes.append(quote.received_wall_ns - quote.market_wall_ns)
    quoted = [at - sent[key[0]] for key, at in first.items() if key[0] in sent]
    answered = [
        hit.answered_wall_ns - hit.sent_wall_ns
        for hit in record.hits
        if hit.answered_wall_ns is not None
    ]
    return {
        "request_to_quote": _percentiles(quoted),
        "hit_to_answer": _percentiles(answered),
        "tick_to_requote": _percentiles(requotes),
    }


def _percentiles(nanoseconds: list[int]) -> dict[str, float]:
    values = [value / NS_PER_MS for value in nanoseconds]
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    found = {name: round(percentile(values, share), 2) for name, share in shares.items()}
    return {"count": len(values), **found, "max": round(max(values, default=0.0), 2)}
