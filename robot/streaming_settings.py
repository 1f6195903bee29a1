"""Keys of `desk.yaml` about streamed prices, and about the venues' record of our trades."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from robot.basics.tenor import parse_tenor
from robot.deals.product import ProductKind
from robot.deals.reference import Reference
from robot.errors import ConfigurationError, UnknownTenor
from robot.yamlfile import Count, Model, Name, Pair, Positive, Whole


class StreamSettings(Model):
    """Prices shown without being asked for: see `robot.deals.reference.StreamPolicy`."""

    venue: Name
    pair: Pair
    product: ProductKind = ProductKind.SPOT
    tenor: str = ""
    amounts: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=20)]
    counterparty: Name | None = None
    life_ms: Count = 5_000
    interval_min_ms: Count = 100

    @model_validator(mode="after")
    def _check(self) -> StreamSettings:
        if list(self.amounts) != sorted(set(self.amounts)):
            raise ValueError("list the amounts rising, without repeats")
        if self.product not in (ProductKind.SPOT, ProductKind.FORWARD):
            raise ValueError(f"{self.product} is not streamed, only SPOT and FORWARD are")
        if (self.product is ProductKind.FORWARD) is not bool(self.tenor):
            raise ValueError("a FORWARD has a tenor, SPOT has none")
        if self.interval_min_ms >= self.life_ms:
            raise ValueError("the interval is shorter than the life of a price")
        try:
            parse_tenor(self.tenor or "SPOT")
        except UnknownTenor as problem:
            raise ValueError(str(problem)) from None
        return self


class ReconciliationSettings(Model):
    """How patient we are: see `robot.deals.reference.RecordPolicy`."""

    grace_ms: Count = 60_000
    drop_copy_patience_s: Annotated[Whole, Field(ge=0)] = 0


def stream_rows(
    where: Path, streams: Sequence[StreamSettings], counterparties: Mapping[str, str | None]
) -> list[dict[str, Any]]:
    """The streams as the core gets them; whose line counts where the row does not say is the
    venue's counterparty.
    """
    rows = []
    for stream in streams:
        row = stream.model_dump(mode="json")
        row["counterparty"] = stream.counterparty or counterparties.get(stream.venue)
        if row["counterparty"] is None:
            text = f"streams: {stream.pair} at {stream.venue}: no counterparty, here or there"
            raise ConfigurationError(f"{where}: {text}")
        rows.append(row)
    return rows


def check_streams(where: Path, reference: Reference) -> None:
    """What is streamed is dealt there, with somebody we know, and once."""
    venues = {venue.id: venue for venue in reference.venues}
    seen: set[tuple[str, str, str]] = set()
    for row in reference.streams:
        name = f"{where}: streams: {row.pair} at {row.venue}"
        venue = venues.get(row.venue)
        if venue is None or row.pair not in venue.pairs or row.product not in venue.products:
            raise ConfigurationError(f"{name}: {row.product} is not dealt there")
        if row.counterparty not in reference.counterparties:
            text = f"counterparty {row.counterparty} is not in counterparties.yaml"
            raise ConfigurationError(f"{name}: {text}")
        key = (row.venue, row.pair, row.tenor)
        if key in seen:
            raise ConfigurationError(f"{name}: given twice")
        seen.add(key)
