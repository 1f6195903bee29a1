"""Which clients a run has: the venue's own, those of a record, those of a fitted model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from backtest.data.columns import Kind, Outcome, amount_of, price_of
from backtest.data.reading import Stream
from backtest.run.asking import Asked, AskingClients, AsRecorded, request_event
from backtest.run.config import BacktestConfig
from backtest.run.flow_model import FlowModel, arrivals, drawn, read_model
from backtest.run.simulated import SimulatedVenues
from robot.deals.party import BUY, SELL, Side
from robot.errors import ConfigurationError
from robot.messages.effects import SendQuote
from robot.messages.events import AnyEvent, RfqReceived
from robot.settings import Settings

_BASIS_POINTS = 10_000.0
_EVENT = msgspec.json.Decoder(AnyEvent)
_LIFE_NS = 30_000_000_000
"""How long a request of a model is open."""


class ByModel:
    """Deals with the probability that the model gives our price."""

    def __init__(self, model: FlowModel, seed: int) -> None:
        self._model = model
        self._chance = Random(f"{seed}/deals")

    def decides_ns(self, asked: Asked, quoted_ns: int) -> int:
        """After a while that is exponential around the model's mean."""
        return quoted_ns + 1 + int(self._chance.expovariate(1e-6 / self._model.waited_ms))

    def deals(self, asked: Asked, quote: SendQuote, side: Side, mid: Decimal | None) -> bool:
        """Drawn."""
        price = quote.bid if side is BUY else quote.offer
        chance = self._chance.random()
        if price is None or not mid:
            return False
        away = mid - price if side is BUY else price - mid
        return chance < self._model.hits.probability(float(away / mid) * _BASIS_POINTS)


def clients_of(
    settings: Settings, config: BacktestConfig, keys: Sequence[tuple[str, str]]
) -> tuple[SimulatedVenues, str]:
    """The venues with their clients, and a digest of the record or the model; empty = neither."""
    flow = config.flow
    if flow.mode in ("none", "habits"):
        return SimulatedVenues(settings, config, keys), ""
    model = read_model(flow.model) if flow.model is not None else None
    by_model = ByModel(model, config.seed) if model is not None else None
    if flow.mode == "fitted":
        assert model is not None and by_model is not None, "checked by the configuration"
        asked = modelled(model, config)
        return AskingClients(settings, config, keys, asked, by_model), model.data_hash or "model"
    stream = _requests(config, settings)
    terms = by_model if flow.hits == "model" and by_model is not None else AsRecorded()
    clients = AskingClients(settings, config, keys, recorded(stream, config), terms)
    return clients, stream.data_hash


def _requests(config: BacktestConfig, settings: Settings) -> Stream:
    venues = config.venues or tuple(venue.id for venue in settings.desk.venues)
    span = config.span
    stream = Stream(
        config.data,
        kinds=(Kind.REQUESTS,),
        venues=venues,
        first_ns=span.begin_ns,
        end_ns=span.end_ns,
    )
    if not stream.parts:
        text = f"{config.data}: no requests at {', '.join(venues)} from {span.begin} to {span.end}"
        raise ConfigurationError(f"{text}; import a log or a journal: fxrobot data import")
    return stream


def recorded(stream: Stream, config: BacktestConfig) -> Iterator[Asked]:
    """The requests of a record, of the pairs that are run."""
    for batch in stream:
        for values in batch.rows():
            row = dict(zip(batch.names, values, strict=True))
            if config.pairs and row["pair"] not in config.pairs:
                continue
            yield _asked(row, stream.series[row["series"]].venue)


def _asked(row: dict[str, Any], venue: str) -> Asked:
    at_ns, price = row["at_ns"], row["price"]
    ended_ns = row["ended_ns"] or 0
    return Asked(
        at_ns=at_ns,
        event=_event(row, venue),
        dealt=row["outcome"] == Outcome.DEALT,
        price=price_of(price) if price is not None else None,
        side=_dealt_side(row),
        decides_ns=ended_ns if ended_ns > at_ns else 0,
    )


def _dealt_side(row: dict[str, Any]) -> Side | None:
    """Of a two-way request: the side of the price that was dealt; None = it cannot be told."""
    price, bid, offer = row["price"], row["bid"], row["offer"]
    if row["side"] or price is None or bid == offer:
        return None
    return BUY if price == bid else SELL if price == offer else None


def _event(row: dict[str, Any], venue: str) -> RfqReceived:
    if row["payload"]:
        found = _EVENT.decode(row["payload"])
        assert isinstance(found, RfqReceived), "a request is stored as one"
        return found
    names = ("currency", "tenor", "far_tenor", "value_date", "far_value_date")
    terms = {name: str(row[name] or "") for name in names}
    return request_event(
        venue,
        row["request_id"],
        row["counterparty"] or "",
        row["pair"],
        row["product"] or "",
        row["side"] or "",
        amount_of(row["amount"]),
        **terms,
    )


def modelled(model: FlowModel, config: BacktestConfig) -> Iterator[Asked]:
    """Requests that the model draws, at the venues and in the pairs that are run."""
    chance = Random(f"{config.seed}/requests")
    span = config.span
    for number, at_ns in enumerate(arrivals(model, span.begin_ns, span.end_ns, chance), start=1):
        share, size = drawn(model, chance)
        left_out = (config.pairs and share.pair not in config.pairs) or (
            config.venues and share.venue not in config.venues
        )
        if left_out:
            continue
        event = request_event(
            share.venue,
            f"M{config.seed}-{number:06d}",
            share.counterparty,
            share.pair,
            "SPOT",
            share.side,
            amount_of(size),
        )
        event = msgspec.structs.replace(event, open_until_ns=at_ns + _LIFE_NS)
        yield Asked(at_ns=at_ns, event=event)
