"""A desk that deals every product, with its points and money-market rates quoted.

Trade date Thursday 2014-05-01, calendars know weekends only: spot of EUR/USD is Monday 5 May, 1M
from it Thursday 5 June, 3M Tuesday 5 August.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.basics.ids import VenueId
from robot.deals.collateral import Collateral
from robot.deals.product import ProductKind
from robot.messages.events import CurveUpdated, DealingOpened
from tests.kit.desk import Desk
from tests.kit.reference import CURRENCIES, weekends_only

ALL_PRODUCTS = [str(kind) for kind in ProductKind]
LADDER = [{"up_to": "25000000", "margin": "1"}]
CURVES = (
    ("EUR/USD", "TN", "-0.20", "-0.10"),
    ("EUR/USD", "1M", "-5.20", "-5.00"),
    ("EUR/USD", "3M", "-15.60", "-15.20"),
    ("USD/CNY", "1M", "10", "14"),
    ("USD DEPOSIT", "1M", "4.10", "4.20"),
    ("CNY DEPOSIT", "1W", "1.50", "1.60"),
    ("CNY REPO", "R007", "1.45", "1.55"),
)
"""Points and rates: curve, tenor, bid, offer."""
BONDS = (Collateral(security="170013", face=D(11_000_000), price=D(100), haircut=D(5)),)


def desk_of_all_products(**changes: Any) -> Desk:
    """A desk that deals everything, its points and rates known."""
    made = Desk()
    content = made.changed(
        venues=[
            {
                "id": "ALPHA",
                "pairs": ["EUR/USD", "USD/JPY", "USD/CNY"],
                "products": ALL_PRODUCTS,
                "currencies": ["USD", "CNY"],
                "makers": ["BANKA", "BANKB"],
            },
            {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"]},
        ],
        conventions={
            "USD/CNY": {
                "pair": "USD/CNY",
                "spot_lag": 2,
                "pip": "0.0001",
                "tick": "0.0001",
                "ndf": {"index": "CNY01", "lag": 2, "calendars": ["CNY"]},
                **changes.pop("usd_cny", {}),
            }
        },
        calendars=weekends_only(*CURRENCIES, "CNY"),
        money_markets={
            "USD DEPOSIT": {"currency": "USD", "product": "DEPOSIT", "lag": 2},
            "CNY DEPOSIT": {"currency": "CNY", "product": "DEPOSIT", "lag": 0, "code": "IBO"},
            "CNY REPO": {"currency": "CNY", "product": "REPO", "lag": 0, "code": "R"},
        },
        strategy={
            "parameters": {
                "lean_max": "0",
                "products": {name: {"gold": LADDER} for name in ALL_PRODUCTS if name != "SPOT"},
            },
            **changes.pop("strategy", {}),
        },
        limits=_limits(changes.pop("limits", {})),
        **changes,
    )
    content.start()
    for venue in content.reference.venues:
        content.log_on(venue.id)
    open_all(content)
    content.market("1.10000", "1.10010")
    content.market("7.0010", "7.0014", pair="USD/CNY")
    for curve, tenor, bid, offer in CURVES:
        curve_quote(content, curve, tenor, bid, offer)
    return content


def open_all(of: Desk) -> None:
    """The schedule opens every product everywhere."""
    for venue in of.reference.venues:
        for kind in venue.products:
            of.step(DealingOpened(venue=venue.id, product=kind))


def curve_quote(of: Desk, curve: str, tenor: str, bid: str | None, offer: str | None) -> None:
    of.step(
        CurveUpdated(
            venue=VenueId("ALPHA"),
            curve=curve,
            tenor=tenor,
            bid=D(bid) if bid is not None else None,
            offer=D(offer) if offer is not None else None,
        )
    )


def _limits(changes: dict[str, Any]) -> dict[str, Any]:
    fx = [name for name in ALL_PRODUCTS if name not in ("DEPOSIT", "REPO")]
    sizes = [
        {"pair": pair, "tier": "gold", "maximum": "20000000", "products": fx}
        for pair in ("EUR/USD", "USD/CNY")
    ]
    sizes += [
        {"pair": currency, "tier": "gold", "maximum": "20000000", "products": ["DEPOSIT", "REPO"]}
        for currency in ("USD", "CNY")
    ]
    return {
        "deal_size": sizes,
        "forward_add_ons": [{"days": 35, "share": "0.03"}, {"days": 95, "share": "0.05"}],
        "rate_collar_bp": "10",
        "haircut_min": "2",
        "line_rates": {"CNY": "0.14"},
        "net_open_position": {"CNY": "500000000"},
        **changes,
    }
