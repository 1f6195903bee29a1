"""Messages recorded from real venues: none crashes the reader, and their prices come out right."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.fix.decode import events_from
from connectors.fix.dialect import Dialect
from connectors.fix.fields import SOH, FixMessage
from connectors.fix.top import VenueBook
from robot.errors import RemoteProtocolError
from robot.messages.events import MarketUpdated
from tests.kit.fix import ALPHA

FOLDER = Path(__file__).resolve().parents[5] / "shared" / "data" / "fix_messages"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the recorded messages are not part of the project"
)


def recorded() -> Iterator[dict[str, Any]]:
    with (FOLDER / "fx_and_cfets_messages.jsonl").open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def stream(name: str) -> Iterator[str]:
    """Messages of a gzip file, one after another."""
    with gzip.open(FOLDER / name, "rt", encoding="latin-1") as file:
        text = file.read().replace("\n", "")
    for part in text.split("8=FIX")[1:]:
        yield f"8=FIX{part}"


def read(raw: str) -> list[Any]:
    """What either session makes of a message; a refusal counts as an answer."""
    message = FixMessage(raw)
    try:
        if message.type in ("W", "X"):
            return list(VenueBook(ALPHA, Dialect()).apply(message))
        return list(events_from(message, ALPHA, Dialect(), "session"))
    except RemoteProtocolError as refused:
        return [refused]


def top(name: str) -> MarketUpdated:
    """The top of book in a recorded full refresh."""
    raw = next(row["raw"] for row in recorded() if row["id"] == name)
    (found,) = VenueBook(ALPHA, Dialect()).apply(FixMessage(raw))
    return found


def test_no_recorded_message_crashes_the_reader() -> None:
    answers = [read(row["raw"]) for row in recorded()]
    assert len(answers) == 51


def test_no_message_of_other_versions_crashes_the_reader() -> None:
    files = ("sungard_fix42_100_orders_executions", "hffix_fixt11_jse_index_stream_20111124")
    counts = [sum(1 for raw in stream(f"{name}.fix.gz") if read(raw) is not None) for name in files]
    assert counts == [100, 13_888]


def test_every_recorded_message_cut_anywhere_is_read_or_refused() -> None:
    for row in recorded():
        parts = row["raw"].split(SOH)
        for kept in range(0, len(parts), 3):
            read(SOH.join(parts[:kept]))


def test_the_top_of_book_of_fxcm_is_right() -> None:
    found = top("fxcm-04")
    assert (found.pair, found.bid, found.offer) == (
        "EUR/JPY",
        Decimal("126.085"),
        Decimal("126.093"),
    )
    assert found.bid_size == 0, "no size told is still a market"


def full_refreshes() -> list[dict[str, Any]]:
    if not FOLDER.is_dir():
        return []
    return [row for row in recorded() if row["msg_type"] == "W"]


@pytest.mark.parametrize("row", full_refreshes(), ids=lambda row: row["id"])
def test_the_top_of_every_recorded_book_is_its_best_bid_and_offer(row: dict[str, Any]) -> None:
    (found,) = read(row["raw"])
    if isinstance(found, RemoteProtocolError):
        assert found.tag == 55, f"{row['id']}: {found}"  # an instrument by number, or no pair
        return
    sides: dict[str, list[Decimal]] = {"0": [], "1": []}
    entries = row["raw"].split(f"{SOH}269=")[1:]
    for entry in entries:
        fields = dict(part.split("=", 1) for part in f"269={entry}".split(SOH) if "=" in part)
        firm = not {"B", "I", "F"} & set(fields.get("276", "").split())
        if fields["269"] in sides and "270" in fields and firm:
            sides[fields["269"]].append(Decimal(fields["270"]))
    assert found.bid == max(sides["0"], default=None)
    assert found.offer == min(sides["1"], default=None)
