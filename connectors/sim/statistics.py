"""What the venue counts: numbers of messages, refusals by reason, and wall-clock latencies."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from connectors.sim.model import percentile

_SAMPLES_MAX = 100_000


class Latencies:
    """The last samples of one wall-clock latency, in milliseconds."""

    def __init__(self) -> None:
        self._samples = array("d")
        self.count = 0

    def add_ns(self, nanoseconds: int) -> None:
        """Adds one sample; beyond the maximum the oldest is overwritten."""
        value = nanoseconds / 1e6
        if self.count < _SAMPLES_MAX:
            self._samples.append(value)
        else:
            self._samples[self.count % _SAMPLES_MAX] = value
        self.count += 1

    def summary(self) -> dict[str, float]:
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
        figures = {name: round(percentile(self._samples, of), 3) for name, of in shares.items()}
        return {"count": self.count, **figures}


@dataclass(slots=True)
class Statistics:
    """Counters of one run. `quotes` counts every S, `quoted` each size asked for and quoted."""

    requests: int = 0
    answered: int = 0  # requests with an answer to each of their sizes
    unanswered: int = 0
    quotes: int = 0
    quoted: int = 0
    hits: int = 0
    misbehaviours: int = 0
    fills: int = 0
    counter_offers: int = 0  # of clients; below what became of them
    counter_quotes: int = 0
    counter_refusals: int = 0
    haggled_fills: int = 0  # of `fills`: on a quote that answered one
    orders: int = 0  # D of the robot; below what became of them
    order_fills: int = 0
    order_rejects: int = 0
    order_cancels: int = 0
    order_expiries: int = 0
    order_cancel_rejects: int = 0
    order_mischiefs: int = 0
    asks: int = 0  # R of the robot to makers; below what became of them
    maker_quotes: int = 0
    takes: int = 0
    take_rejects: int = 0
    maker_deals: int = 0
    maker_deals_by_product: Counter[str] = field(default_factory=Counter)
    trade_reports: int = 0  # AE to subscribers, and AR for them
    trade_acknowledgements: int = 0
    drop_copies: int = 0
    mass_quotes: int = 0
    streamed: int = 0  # entries of mass quotes that were taken
    stream_fills: int = 0  # of `fills`
    duplicates: int = 0
    anomalies: int = 0
    ticks_sent: int = 0
    curves_sent: int = 0
    fills_by_product: Counter[str] = field(default_factory=Counter)
    barriers: int = 0
    barrier_timeouts: int = 0
    answer_timeouts: int = 0
    refusals: Counter[str] = field(default_factory=Counter)
    anomaly_kinds: Counter[str] = field(default_factory=Counter)
    request_to_quote: Latencies = field(default_factory=Latencies)
    hit_to_answer: Latencies = field(default_factory=Latencies)
    tick_to_requote: Latencies = field(default_factory=Latencies)

    @property
    def asked_fills(self) -> int:
        """Deals on quotes that were asked for."""
        return self.fills - self.stream_fills

    def counters(self) -> dict[str, Any]:
        """The plain numbers, for the status file and the summary."""
        return {
            "requests": self.requests,
            "answered": self.answered,
            "unanswered": self.unanswered,
            "quotes": self.quotes,
            "quoted": self.quoted,
            "hits": self.hits,
            "misbehaviours": self.misbehaviours,
            "fills": self.fills,
            "hit_ratio": round(self.asked_fills / self.quoted, 4) if self.quoted else 0.0,
            "counter_offers": self.counter_offers,
            "counter_quotes": self.counter_quotes,
            "counter_refusals": self.counter_refusals,
            "haggled_fills": self.haggled_fills,
            "refusals": sum(self.refusals.values()),
            "refusals_by_reason": dict(sorted(self.refusals.items())),
            "orders": self.orders,
            "order_fills": self.order_fills,
            "order_rejects": self.order_rejects,
            "order_cancels": self.order_cancels,
            "order_expiries": self.order_expiries,
            "order_cancel_rejects": self.order_cancel_rejects,
            "order_mischiefs": self.order_mischiefs,
            "asks": self.asks,
            "maker_quotes": self.maker_quotes,
            "takes": self.takes,
            "take_rejects": self.take_rejects,
            "maker_deals": self.maker_deals,
            "maker_deals_by_product": dict(sorted(self.maker_deals_by_product.items())),
            "trade_reports": self.trade_reports,
            "trade_acknowledgements": self.trade_acknowledgements,
            "drop_copies": self.drop_copies,
            "mass_quotes": self.mass_quotes,
            "streamed": self.streamed,
            "stream_fills": self.stream_fills,
            "duplicates": self.duplicates,
            "anomalies": self.anomalies,
            "anomalies_by_kind": dict(sorted(self.anomaly_kinds.items())),
            "ticks_sent": self.ticks_sent,
            "curves_sent": self.curves_sent,
            "fills_by_product": dict(sorted(self.fills_by_product.items())),
            "barriers": self.barriers,
            "barrier_timeouts": self.barrier_timeouts,
            "answer_timeouts": self.answer_timeouts,
        }

    def summary(self) -> dict[str, Any]:
        """Counters and latencies."""
        latencies = {
            "request_to_quote": self.request_to_quote.summary(),
            "hit_to_answer": self.hit_to_answer.summary(),
            "tick_to_requote": self.tick_to_requote.summary(),
        }
        return {**self.counters(), "latency_ms": latencies}
