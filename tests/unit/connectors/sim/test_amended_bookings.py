"""Later versions of deals on their way to the back office: told, checked and booked once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors.mqtt.payload import deal_message
from connectors.sim.bookings import Books, Receipt, read_bookings
from robot.ledger.posting import entry_for, reversal_of
from robot.messages.effects import DealAmended, DealBooked
from tests.kit.deals import every_product

DEALS = every_product()
Told = DealBooked | DealAmended


def booked(name: str) -> DealBooked:
    deal = DEALS[name]
    return DealBooked(deal=deal, entry=entry_for(deal), positions=(), pnl={})


def void(name: str) -> DealAmended:
    """The venue took it back."""
    deal = msgspec.structs.replace(DEALS[name], version=2, void=True)
    reversal = reversal_of(DEALS[name], 2)
    return DealAmended(deal=deal, because="BUSTED", reversal=reversal, positions=(), pnl={})


def corrected() -> DealAmended:
    """Spot at 0.00010 less."""
    first = DEALS["spot"]
    rate = first.rate - Decimal("0.00010")
    counter = (first.base_amount * rate).quantize(Decimal("0.01"))
    deal = msgspec.structs.replace(first, version=2, rate=rate, counter_amount=counter)
    reversal, entry = reversal_of(first, 2), entry_for(deal)
    return DealAmended(
        deal=deal, because="CORRECTED", reversal=reversal, entry=entry, positions=(), pnl={}
    )


def message(told: Told) -> tuple[str, bytes]:
    made = deal_message(told, 1, "BANKCN", "test")
    return made.topic, made.payload.encode()


@pytest.fixture
def books(tmp_path: Path) -> Iterator[Books]:
    made = Books(tmp_path / "backoffice.sqlite")
    yield made
    made.close()


@pytest.mark.parametrize("name", DEALS)
def test_a_deal_of_any_product_that_is_taken_back_stands_no_more(
    books: Books, tmp_path: Path, name: str
) -> None:
    received = books.receive([message(booked(name)), message(void(name)), message(void(name))], 5)
    kinds = [Receipt.BOOKED, Receipt.BOOKED, Receipt.REDELIVERED]
    assert kinds == [one.receipt for one in received], received
    path = tmp_path / "backoffice.sqlite"
    assert () == read_bookings(path)
    assert ["NEW", "CANCEL"] == [row.op for row in read_bookings(path, every_version=True)]


def test_a_corrected_deal_stands_as_it_is_now_whichever_version_came_first(
    books: Books, tmp_path: Path
) -> None:
    books.receive([message(corrected()), message(booked("spot"))], 5)
    (row,) = read_bookings(tmp_path / "backoffice.sqlite")
    assert (2, "AMEND", corrected().deal.rate) == (row.version, row.op, row.rate)


def test_a_later_version_says_what_it_replaces_and_why() -> None:
    told = json.loads(message(corrected())[1])
    deal_id = DEALS["spot"].deal_id
    assert ("fxrobot.deal.amended.v1", f"{deal_id}.v2") == (told["type"], told["id"])
    data = told["data"]
    assert ("AMEND", f"{deal_id}.v1", "CORRECTED") == (
        data["op"],
        data["replaces"],
        data["because"],
    )
    gone = json.loads(message(void("spot"))[1])["data"]
    assert "CANCEL" == gone["op"] and "entry" not in gone


@pytest.mark.parametrize(
    "wrong",
    [
        {"op": "NEW"},
        {"replaces": "D1.v1"},
        {"version": 1},
        {"entry": None},
        {"reversal": {"entry_id": "x", "postings": []}},
    ],
)
def test_a_later_version_that_contradicts_itself_is_refused(
    books: Books, wrong: dict[str, Any]
) -> None:
    topic, payload = message(void("spot"))
    told = json.loads(payload)
    told["data"] |= wrong
    (received,) = books.receive([(topic, json.dumps(told).encode())], 5)
    assert Receipt.REFUSED is received.receipt


def test_a_reversal_that_is_not_the_mirror_is_refused(books: Books) -> None:
    """The entry itself instead of its opposite: it balances, and doubles the deal."""
    told = void("spot")
    wrong = msgspec.structs.replace(told, reversal=entry_for(DEALS["spot"]))
    (received,) = books.receive([message(wrong)], 5)
    assert Receipt.REFUSED is received.receipt
