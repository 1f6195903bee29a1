"""The demo's live view."""

from __future__ import annotations

from decimal import Decimal

import pytest
from rich.console import Console

from connectors.demo.view import _counters, _deals, _hedging, _talks
from robot.basics.currency import parse_pair
from robot.deals.reference import HedgePolicy
from tests.kit.deals import every_product
from tests.unit.connectors.demo.test_played import DECIDED, NAMED, decision

BAND = Decimal(100)


@pytest.mark.parametrize(("kills", "shown"), [(0, False), (3, True)])
def test_kills_are_shown_as_soon_as_there_are_some(kills: int, shown: bool) -> None:
    console = Console(width=300)
    with console.capture() as text:
        console.print(_counters({"fills": 5}, {"booked": 4}, kills))
    assert ("processes killed 3" in text.get()) is shown


def test_both_legs_of_a_swap_are_shown() -> None:
    console = Console(width=300)
    with console.capture() as text:
        console.print(_deals([every_product()["swap"]]))
    for shown in ("SWAP", "7.0012 / 6.9536", "2026-01-16 / 2026-04-16"):
        assert shown in text.get()


def test_a_position_outside_its_band_is_shown_first() -> None:
    policies = [
        HedgePolicy(pair=parse_pair(pair), band=BAND, clip=BAND, slippage_bp=BAND)
        for pair in ("EUR/USD", "GBP/USD")
    ]
    used = {"net_open_position:EUR": "-40", "net_open_position:GBP": "150"}
    limits = [{"limit_id": name, "utilisation": amount} for name, amount in used.items()]
    console = Console(width=200)
    with console.capture() as text:
        console.print(*_hedging(policies, {"limits": limits}))
    shown = text.get()
    assert shown.index("GBP/USD, outside") < shown.index("EUR/USD ") and "-40, band 100" in shown


def test_a_desk_that_does_not_hedge_shows_no_hedging() -> None:
    assert _hedging((), {}) == []


def test_each_ask_that_a_game_leads_is_shown_with_what_it_said_last() -> None:
    taken = {"facts": {"ask": "A1", "price": "1.10005"}, "quote_id": "S2"}
    rows = [
        *DECIDED[:2],
        decision("TAKE", "SENT", "C1", because=("game 'own spot'", NAMED), **taken),
        decision("TAKE", "SENT", "C2", because=("the best of all",), facts={"ask": "A2"}),
    ]
    console = Console(width=200)
    with console.capture() as text:
        console.print(*_talks(rows))
    (line,) = (line for line in text.get().splitlines() if "A1" in line)
    assert ["own spot", "LPFIRM", "takes", "1.10005"] == [
        word for word in ("own spot", "LPFIRM", "takes", "countered", "1.10005") if word in line
    ]
    assert "A2" not in text.get()
