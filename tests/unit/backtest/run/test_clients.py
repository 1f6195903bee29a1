"""Clients of a record, through the data store; and prices that go past FIX text."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from backtest.data.places import known_of
from backtest.data.recording import export_journal
from backtest.run.asking import Asked, AsRecorded, Seen, request_event
from backtest.run.inside import NoTimers, Robot
from backtest.run.runner import run
from connectors.fix.dialect import Dialect
from connectors.fix.fields import FixMessage
from connectors.fix.top import VenueBook
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.model import Tick
from robot.basics.currency import CurrencyPair
from robot.basics.ids import VenueId
from robot.deals.party import BUY, SELL
from robot.errors import ConfigurationError
from robot.messages.effects import SendQuote
from robot.messages.events import MarketUpdated
from tests.kit.backtests import small_config, small_feed

NOW_NS = 1_800_000_000_000_000_000


def test_a_recorded_day_asks_again_and_deals_where_it_dealt(tmp_path: Path) -> None:
    live = run(small_config(4, journal="full"), feed=small_feed(4), folder=tmp_path / "live")
    store = tmp_path / "store"
    export_journal(store, tmp_path / "live" / "journal", known_of(None), now_ns=NOW_NS)
    changed = {"data": store, "flow": {"mode": "recorded"}, "pairs": []}
    again = run(small_config(4, **changed), folder=tmp_path / "again")
    assert again.number("requests") == live.number("requests")
    assert again.number("prices") == live.number("prices")
    assert again.number("deals") == live.number("deals") > 10
    assert again.figures["profit"] == live.figures["profit"]
    assert set(again.data_hashes) == {"market", "flow"}
    dearer = {"desk.strategy.parameters.tiers.gold.0.margin": "2"}
    less = run(small_config(4, **changed), dearer, folder=tmp_path / "dearer")
    lost = again.number("deals") - less.number("deals")
    assert lost > 0
    (told,) = [line for line in less.assumptions if "recorded deals" in line]
    figures = [int(figure) for figure in re.findall(r"(?:Of |deals |won: |, |; )(\d+) ", told)]
    assert figures[:3] == [again.number("deals"), less.number("deals"), lost], told
    assert sum(figures[1:]) == figures[0], "every one has its cause"


def test_a_store_without_requests_cannot_be_asked_by(tmp_path: Path) -> None:
    changed = {"data": tmp_path, "flow": {"mode": "recorded"}}
    with pytest.raises(ConfigurationError, match="no requests at ALPHA, BETA"):
        run(small_config(2, **changed), feed=small_feed(2), folder=tmp_path / "run")


@pytest.mark.parametrize(
    ("side", "dealt_at", "deals"),
    [
        (SELL, "1.1002", True),
        (SELL, "1.1001", False),
        (BUY, "1.1000", True),
        (BUY, "1.1001", False),
    ],
)
def test_a_deal_stands_at_a_price_as_good_for_the_client(
    side: object, dealt_at: str, deals: bool
) -> None:
    event = request_event("ALPHA", "R1", "BANKA", "EUR/USD", "", str(side), Decimal(1_000_000))
    asked = Asked(at_ns=1, event=event, dealt=True, price=Decimal(dealt_at))
    quote = SendQuote(
        venue=VenueId("ALPHA"),
        quote_id="Q1",
        request_id="R1",
        rfq_id="R1",
        counterparty="BANKA",
        pair="EUR/USD",
        amount=Decimal(1_000_000),
        bid=Decimal("1.1000"),
        offer=Decimal("1.1002"),
        valid_until_ns=9,
        value_date=None,
    )
    assert AsRecorded().deals(asked, quote, event.side or SELL, Seen()) is deals


def test_a_price_past_text_is_the_event_that_its_text_makes() -> None:
    seen: list[MarketUpdated] = []

    robot = Robot({"ALPHA": "S"}, lambda at_ns, event, effects: None, timers=NoTimers())
    robot.turn = lambda at_ns, events: seen.append(events[0])  # type: ignore
    robot._journals = True
    robot.price = robot._taking()
    book = VenueBook(VenueId("ALPHA"), Dialect())
    for bid, offer in ((1_387_010_000, 1_387_030_000), (1_400_000_000, 102_125_000_000)):
        robot.price(5, VenueId("ALPHA"), CurrencyPair("EUR/USD"), bid, offer, 10**8, 25 * 10**7)
        tick = Tick(5, "ALPHA", "EUR/USD", _text(bid), _text(offer), 10**6, 25 * 10**5)
        body = Fix44().snapshot("M1", tick, 1)
        (told,) = book.apply(FixMessage(f"35=W\x0134=1\x01{body}"))
        assert isinstance(told, MarketUpdated)
        assert seen[-1] == msgspec.structs.replace(told, sent_at_ns=0)


def _text(price: int) -> Decimal:
    return Decimal(price).scaleb(-9).normalize()
