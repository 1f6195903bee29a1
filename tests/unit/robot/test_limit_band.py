"""`official_band`: no price of a pair outside the band around the parity of the trade date."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from robot.basics.ids import VenueId
from robot.deals.party import BUY
from robot.invariants import check_state
from robot.messages.effects import AlertRaised, CancelOrder, Decided, SendOrder, WithdrawQuote
from robot.messages.events import FixingPublished
from robot.messages.orders import OrderKind, OrderWanted, TimeInForce
from tests.kit.desk import Desk, time_ns
from tests.kit.limit_desk import restored
from tests.kit.products import desk_of_all_products

BAND = {"everyone": "all", "pairs": ["USD/CNY"], "maximum": "2"}


def desk(parity: str | None = "7.0000", **row: Any) -> Desk:
    """USD/CNY at 7.0010/7.0014; the parity of 1 May is out since 01:15 UTC."""
    tree = {"official_band": [{**BAND, **row}]}
    of = desk_of_all_products(
        market={"jump_max_bp": "1000"},
        limits={"orders_outstanding": 9, "price_collar_bp": "2000", "tree": tree},
    )
    if parity is not None:
        publish(of, parity)
    return of


def publish(of: Desk, value: str, day: date = date(2014, 5, 1), at_ns: int = 0) -> None:
    of.step(
        FixingPublished(
            index="PARITY USD/CNY",
            value_date=day,
            value=D(value),
            published_at_ns=at_ns or time_ns("01:15:00", day),
            source="CFETS",
        )
    )


def reason(of: Desk, **asked: Any) -> str:
    of.rfq(**{"pair": "USD/CNY", **asked})
    check_state(of.state)
    return of.one(Decided).reason


@pytest.mark.parametrize(
    ("market", "side", "parity", "fits"),
    [
        # mid 7.1399, gold, 1m: our offer is 7.1400, which is 2 % over 7.0000
        ("7.1399", "buy", "7.0000", True),
        ("7.1399", "buy", "6.9999", False),
        ("7.1399", "buy", "7.1400", True),
        # mid 6.8601: our bid is 6.8600, 2 % under it
        ("6.8601", "sell", "7.0000", True),
        ("6.8601", "sell", "7.0001", False),
        ("6.8601", None, "7.0001", False),
    ],
)
def test_a_price_at_the_edge_of_the_band_passes_and_a_tick_further_does_not(
    market: str, side: str | None, parity: str, fits: bool
) -> None:
    of = desk(parity)
    of.market(market, market, pair="USD/CNY")
    assert reason(of, side=side) == ("" if fits else "OFFICIAL_BAND")
    last = next(one for one in reversed(of.one(Decided).checks) if one.kind == "OFFICIAL_BAND")
    assert last.maximum == 2 and (last.requested <= 2) is fits


def test_without_a_parity_of_the_trade_date_nothing_is_dealt() -> None:
    of = desk(None)
    assert reason(of) == "OFFICIAL_BAND"
    assert "no parity of USD/CNY for the trade date is known" in of.one(Decided).detail
    publish(of, "7.0000", date(2014, 4, 30))
    assert reason(of) == "OFFICIAL_BAND", "yesterday's is none"
    publish(of, "7.0000")
    assert reason(of) == ""
    of.rfq()
    assert of.one(Decided).reason == "", "another pair has no band"
    of.roll()
    of.market("7.0010", "7.0014", pair="USD/CNY")
    assert reason(of) == "OFFICIAL_BAND", "today's is yesterday's tomorrow"


def test_one_that_is_not_public_yet_is_not_known() -> None:
    of = desk(None)
    publish(of, "7.0000", at_ns=of.at_ns + 10**9)
    assert reason(of) == "OFFICIAL_BAND"
    of.after(1_000).market("7.0010", "7.0014", pair="USD/CNY")
    assert reason(of) == ""


def test_it_is_known_after_a_restart() -> None:
    of = desk()
    assert reason(restored(of)) == ""


@pytest.mark.parametrize(
    ("product", "asked"),
    [("FORWARD", {"tenor": "1M"}), ("NDF", {"tenor": "1M"}), ("SWAP", {"far_tenor": "1M"})],
)
def test_of_other_products_the_spot_rate_they_stand_on_is_looked_at(
    product: str, asked: dict[str, str]
) -> None:
    assert reason(desk("7.0012"), product=product, **asked) == ""
    assert reason(desk("6.8600"), product=product, **asked) == "OFFICIAL_BAND"
    assert reason(desk("6.8600", products=["SPOT"]), product=product, **asked) == ""


def order(of: Desk, price: str) -> list[Any]:
    of.step(
        OrderWanted(
            actor="wang",
            reason="test",
            request=f"P{of.state.stepped}",
            venue=VenueId("ALPHA"),
            pair="USD/CNY",
            side=BUY,
            amount=D(1_000_000),
            kind=OrderKind.LIMIT,
            price=D(price),
            time_in_force=TimeInForce.DAY,
        )
    )
    check_state(of.state)
    return of.all(SendOrder)


def test_orders_of_ours_meet_it_and_a_corrected_parity_pulls_what_the_old_one_let_through() -> None:
    of = desk()
    facts = of.state.reference
    alpha = msgspec.structs.replace(facts.venues[0], counterparty="BANKB")
    of.state.reference = msgspec.structs.replace(facts, venues=(alpha, *facts.venues[1:]))
    assert not order(of, "6.8599"), "though a tick worse is held, which is in the band"
    assert of.one(Decided).reason == "OFFICIAL_BAND"
    assert order(of, "6.8600")
    assert reason(of) == "" and of.state.quotes
    publish(of, "7.1000", at_ns=time_ns("01:20:00"))
    assert not of.state.quotes and all(one.unwanted for one in of.state.orders.values())
    assert [one.reason for one in of.all(WithdrawQuote)] == ["OFFICIAL_BAND"]
    of.step(of.stepped[-1].event)  # told again, it is no news
    assert not of.all(WithdrawQuote) and not of.all(CancelOrder) and not of.all(AlertRaised)
