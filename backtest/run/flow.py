"""Which clients a run has: the venue's own, those of a record, those of a fitted model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from backtest.data.columns import Kind, Outcome, amount_of, price_of
from backtest.data.reading import Stream
from backtest.run.asking import Asked, AskingClients, AsRecorded, request_event
from backtest.run.assumptions import flow_told, informed_told
from backtest.run.config import BacktestConfig
from backtest.run.feed import Feed
from backtest.run.flow_draw import ByModel, Requests, rivals_of, wants
from backtest.run.flow_model import FlowModel, read_model
from backtest.run.informed import Informed, inform, toxic
from backtest.run.rivals import Rivals, RivalTop
from backtest.run.simulated import SimulatedVenues
from robot.deals.party import BUY, SELL, Side
from robot.errors import ConfigurationError
from robot.messages.events import AnyEvent, RfqReceived
from robot.settings import Settings

_EVENT = msgspec.json.Decoder(AnyEvent)


class Clients(msgspec.Struct, frozen=True):
    """The venues of a run with their clients."""

    venues: SimulatedVenues
    digest: str = ""
    """Of the record or the model; empty = neither."""
    told: tuple[str, ...] = ()
    """What of them is taken for granted, beside what the configuration says."""


def clients_of(
    settings: Settings,
    config: BacktestConfig,
    keys: Sequence[tuple[str, str]],
    market: Callable[[], Feed],
) -> Clients:
    """As the configuration says. `market`: what clients of a model who know more than we do know;
    asked for only where there are some.
    """
    flow = config.flow
    if flow.mode in ("none", "habits"):
        return Clients(SimulatedVenues(settings, config, keys), told=flow_told(config, None))
    model = read_model(flow.model) if flow.model is not None else None
    by_model = ByModel(model, config.seed) if model is not None else None
    rivals = _rivals(config, model)
    told = flow_told(config, model)
    if flow.mode == "fitted":
        assert model is not None and by_model is not None, "checked by the configuration"
        asked, informed = modelled(model, settings, config, market)
        venues = AskingClients(settings, config, keys, asked, by_model, rivals)
        return Clients(venues, model.data_hash or "model", (*told, *informed_told(model, informed)))
    stream = _requests(config, settings)
    terms = by_model if flow.hits == "model" and by_model is not None else AsRecorded()
    clients = AskingClients(settings, config, keys, recorded(stream, config), terms, rivals)
    return Clients(clients, stream.data_hash, told)


def _rivals(config: BacktestConfig, model: FlowModel | None) -> Rivals | None:
    """Those of the model's log where the configuration draws none."""
    drawn = model is not None and not config.flow.rivals.count
    return Rivals(config.seed, rivals_of(model)) if drawn and model is not None else None


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
    """The requests of a record, of the pairs that are run. One without an id gets its place in
    the record: without any, the second one would pass for the first.
    """
    place = 0
    for batch in stream:
        for values in batch.rows():
            row = dict(zip(batch.names, values, strict=True))
            place += 1
            row["request_id"] = row["request_id"] or f"R{place:06d}"
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
        rivals=_rivals_seen(row),
    )


def _rivals_seen(row: dict[str, Any]) -> RivalTop | None:
    """What others showed, where the record says so."""
    bid, offer = (row[name] for name in ("rival_bid", "rival_offer"))
    if bid is None and offer is None:
        return None
    prices = [price_of(one) if one is not None else None for one in (bid, offer)]
    return RivalTop(row["rivals"] or 1, *prices)


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


def modelled(
    model: FlowModel, settings: Settings, config: BacktestConfig, market: Callable[[], Feed]
) -> tuple[Iterator[Asked], Informed]:
    """Requests that the model draws, at the venues and in the pairs that are run; and what their
    clients know of the market to come.
    """
    known_ns, end_ns = config.known_ns, config.span.end_ns
    wanted = [
        want
        for want in wants(model, config.span.begin_ns, known_ns, config.seed)
        if not config.pairs or want.share.pair in config.pairs or len(want.share.pair) == 3
        if not config.venues or want.share.venue in config.venues
    ]
    informed = Informed({}, (), 0)
    if toxic(model) and wanted:
        informed = inform(
            model,
            wanted,
            market(),
            config.seed,
            under_way_ns=_under_way_ns(config),
            stale_ns=settings.reference.market.stale_after_ms * 1_000_000,
        )
    requests = Requests(settings.reference, config.seed)
    asked = (
        requests.asked(want, informed.sides.get(want.number))
        for want in wanted
        if want.at_ns < end_ns
    )
    return asked, informed


def _under_way_ns(config: BacktestConfig) -> int:
    """Request, price and hit together."""
    conduct = config.conduct
    return int((2 * conduct.to_robot_ms + conduct.to_venue_ms) * 1_000_000)
