"""Events of the core as rows of the store, and rows as the events they were.

Quotes, points and rates, and fixings have columns of their own; a value that cannot be kept exactly
in them goes, as every other event does, as the journal's own JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from backtest.data.columns import (
    AMOUNT_DIGITS,
    PRICE_DIGITS,
    TABLES,
    Kind,
    Outcome,
    Series,
    amount_of,
    price_of,
)
from backtest.data.exactly import as_written, stored
from backtest.data.reading import Batch, Stream
from robot.basics.currency import CurrencyPair
from robot.basics.ids import VenueId
from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    FixingPublished,
    MarketUpdated,
    RfqReceived,
    Stamped,
)

DESK = "DESK"
"""Whose events those are that no venue sent."""
WHOLE: dict[Kind, tuple[str, ...]] = {kind: table.names for kind, table in TABLES.items()}
"""For `Stream(columns=...)`: what `events_of` needs."""

_QUOTE_SCALES = (PRICE_DIGITS, PRICE_DIGITS, AMOUNT_DIGITS, AMOUNT_DIGITS)
_SIDES_SCALES = (PRICE_DIGITS, PRICE_DIGITS)
_DECODER = msgspec.json.Decoder(AnyEvent)
_ENCODER = msgspec.json.Encoder()

Row = dict[str, Any]


def row_of(stamped: Stamped) -> tuple[Series, Row]:
    """Whose row an event is, and the row."""
    event = stamped.event
    stamp: Row = {"at_ns": stamped.at_ns, "number": stamped.number}
    found: tuple[Series, Row] | None = None
    match event:
        case MarketUpdated():
            found = _quote_row(event)
        case CurveUpdated():
            found = _curve_row(event)
        case FixingPublished():
            found = _fixing_row(event)
        case RfqReceived():
            found = Series(Kind.REQUESTS, event.venue), _request_row(event)
        case _:
            pass
    if found is None:
        venue = getattr(event, "venue", None) or DESK
        found = (
            Series(Kind.EVENTS, str(venue)),
            {"type": type(event).__name__, "payload": _ENCODER.encode(event).decode()},
        )
    series, row = found
    return series, {**stamp, **row}


def _quote_row(event: MarketUpdated) -> tuple[Series, Row] | None:
    kept = stored((event.bid, event.offer, event.bid_size, event.offer_size), _QUOTE_SCALES)
    if kept is None:
        return None
    units, written = kept
    names = ("bid", "offer", "bid_size", "offer_size")
    return Series(Kind.QUOTES, event.venue, event.pair), {
        **dict(zip(names, units, strict=True)),
        "sent_at_ns": event.sent_at_ns,
        "conflated": event.conflated,
        "digits": written,
    }


def _curve_row(event: CurveUpdated) -> tuple[Series, Row] | None:
    kept = stored((event.bid, event.offer), _SIDES_SCALES)
    if kept is None:
        return None
    (bid, offer), written = kept
    return Series(Kind.CURVES, event.venue, event.curve), {
        "tenor": event.tenor,
        "bid": bid,
        "offer": offer,
        "as_of_ns": event.as_of_ns,
        "sent_at_ns": event.sent_at_ns,
        "conflated": event.conflated,
        "digits": written,
    }


def _fixing_row(event: FixingPublished) -> tuple[Series, Row] | None:
    kept = stored((event.value,), (PRICE_DIGITS,))
    if kept is None:
        return None
    (value,), written = kept
    return Series(Kind.FIXINGS, event.source or DESK, event.index), {
        "value_date": str(event.value_date),
        "value": value,
        "source": event.source,
        "published_ns": event.published_at_ns,
        "digits": written,
    }


def _request_row(event: RfqReceived) -> Row:
    return {
        "request_id": event.request_id,
        "rfq_id": event.rfq_id,
        "counterparty": event.counterparty,
        "product": event.product,
        "pair": event.pair,
        "side": None if event.side is None else str(event.side),
        "amount": _units(event.amount, AMOUNT_DIGITS),
        "currency": event.currency,
        "tenor": event.tenor or None,
        "value_date": None if event.value_date is None else str(event.value_date),
        "far_tenor": event.far_tenor or None,
        "far_value_date": None if event.far_value_date is None else str(event.far_value_date),
        "far_amount": _units(event.far_amount, AMOUNT_DIGITS),
        "outcome": str(Outcome.OPEN),
        "payload": _ENCODER.encode(event).decode(),
    }


def _units(value: Decimal | None, scale: int) -> int | None:
    """A figure for people and statistics: the event itself is in the payload."""
    kept = stored((value,), (scale,)) if value is not None else None
    return kept[0][0] if kept is not None else None


# --- back


def events_of(folder: Path) -> Iterator[Stamped]:
    """Everything that was recorded into a store, as the core took it in; imported quotes, curves
    and fixings too, with number 0.
    """
    stream = Stream(folder, columns=WHOLE)
    for batch in stream:
        yield from stamped_of(batch, stream.series)


def stamped_of(batch: Batch, series: tuple[Series, ...]) -> Iterator[Stamped]:
    """The events of a batch that was read with `WHOLE` columns; of bars and of imported requests
    there are none.
    """
    make = {
        Kind.QUOTES: _market,
        Kind.CURVES: _curve,
        Kind.FIXINGS: _fixing,
        Kind.REQUESTS: _payload,
        Kind.EVENTS: _payload,
    }.get(batch.kind)
    if make is None:
        return
    for values in batch.rows():
        row = dict(zip(batch.names, values, strict=True))
        event = make(series[row["series"]], row)
        if event is not None:
            yield Stamped(row["number"], row["at_ns"], event)


def _market(series: Series, row: Mapping[str, Any]) -> AnyEvent:
    units = [row["bid"], row["offer"], row["bid_size"], row["offer_size"]]
    bid, offer, bid_size, offer_size = _values(units, row["digits"], _QUOTE_SCALES)
    return MarketUpdated(
        venue=VenueId(series.venue),
        pair=CurrencyPair(series.name),
        bid=bid,
        offer=offer,
        bid_size=bid_size,
        offer_size=offer_size,
        sent_at_ns=row["sent_at_ns"] or 0,
        conflated=row["conflated"] or 0,
    )


def _curve(series: Series, row: Mapping[str, Any]) -> AnyEvent:
    bid, offer = _values([row["bid"], row["offer"]], row["digits"], _SIDES_SCALES)
    return CurveUpdated(
        venue=VenueId(series.venue),
        curve=series.name,
        tenor=row["tenor"],
        bid=bid,
        offer=offer,
        as_of_ns=row["as_of_ns"] or 0,
        sent_at_ns=row["sent_at_ns"] or 0,
        conflated=row["conflated"] or 0,
    )


def _fixing(series: Series, row: Mapping[str, Any]) -> AnyEvent:
    (value,) = _values([row["value"]], row["digits"], (PRICE_DIGITS,))
    assert value is not None, "a fixing has a value"
    return FixingPublished(
        index=series.name,
        value_date=date.fromisoformat(row["value_date"]),
        value=value,
        published_at_ns=row["published_ns"],
        source=row["source"],
    )


def _payload(series: Series, row: Mapping[str, Any]) -> AnyEvent | None:
    text = row["payload"]
    event: AnyEvent | None = _DECODER.decode(text) if text else None
    return event


def _values(
    units: list[int | None], written: int | None, scales: tuple[int, ...]
) -> list[Decimal | None]:
    """As they were written; of imported rows, which do not keep that, without zeros at the end."""
    if written is not None:
        return as_written(units, written, scales)
    return [
        None if unit is None else (price_of(unit) if scale == PRICE_DIGITS else amount_of(unit))
        for unit, scale in zip(units, scales, strict=True)
    ]
