"""What the dialogues are about: a pair's spot, forward or NDF, money at rates above, at and below
nothing; and the market of each, as the desk is told it and as the judge computes it.

Prices are drawn in grains, so that the same draws serve all: a tenth of a pip, where that can be
quoted.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from robot.basics.ids import VenueId
from robot.messages.events import CurveUpdated
from tests.kit.desk import Desk
from tests.kit.reference import CURRENCIES, weekends_only

FIXING = "SOFR"
TENOR, LATER = "1M", "2M"
"""Of whatever has one: as it is asked for, and what a game may ask for instead."""


@dataclass(frozen=True)
class Market:
    """What the desk was shown last in the terms of the price, and the benchmark if published."""

    bid: Fraction
    offer: Fraction
    fixing: Fraction | None
    pip: Fraction
    tick: Fraction
    is_loan: bool
    spot: tuple[Decimal, Decimal] | None = None
    """Bid and offer that a forward stands on."""
    later: Fraction = Fraction(0)
    """How far the same for `LATER` is from it, both sides."""

    def of(self, *, later: bool) -> Market:
        """For the tenor that is asked for, or for the later one."""
        if not later:
            return self
        return replace(self, bid=self.bid + self.later, offer=self.offer + self.later)

    @property
    def mid(self) -> Fraction:
        return (self.bid + self.offer) / 2

    def unit(self, name: str) -> Fraction:
        """What 1 `pip` or 1 `bp` is: of loans both are a hundredth of a percent."""
        return self.pip if name == "pip" or self.is_loan else abs(self.mid) / 10_000


@dataclass(frozen=True)
class Kind:
    """One of them."""

    name: str
    pair: str
    product: str
    middle: int
    """In grains."""
    grain: Decimal
    tick: Decimal
    pip: Decimal
    dates: dict[str, Any] = field(default_factory=dict)
    """How requests say them."""
    curve: str = ""
    points: int = 0
    """Of a forward, about so many grains."""
    more: dict[str, Any] = field(default_factory=dict)
    """What else a request, and a maker's quote, say."""

    @property
    def is_loan(self) -> bool:
        return self.product == "DEPOSIT"

    @property
    def said(self) -> dict[str, Any]:
        """Market and product of a request."""
        return {"pair": self.pair, "product": self.product, **self.dates}

    def price(self, grains: int) -> Decimal:
        """So many grains."""
        return self.grain * grains

    def near(self, chance: random.Random, far: int) -> Decimal:
        """A price near the usual middle."""
        return self.price(self.middle + chance.randint(-far, far))

    def show(self, desk: Desk, chance: random.Random, fixing: Fraction | None) -> Market:
        """A new top, at times a wild one; every part of it is told again, so that it is fresh."""
        mid = self.middle + chance.randint(-30, 30)
        half = chance.choice((1, 3, 5, 5, 20))
        bid, offer = self.price(mid - half), self.price(mid + half)
        spot, later = None, self.price(chance.randint(-8, 8))
        if self.is_loan:
            self._tell(desk, bid, offer)
            self._tell(desk, bid + later, offer + later, LATER)
        elif self.curve:
            points = self.points + chance.randint(-5, 5), self.points + chance.randint(6, 9)
            self._tell(desk, *(self.price(one) / self.pip for one in points))
            self._tell(desk, *((self.price(one) + later) / self.pip for one in points), LATER)
            spot = bid - self.price(points[0]), offer - self.price(points[1])
            if spot[0] > spot[1]:
                spot = spot[0], spot[0]
                offer = spot[0] + self.price(points[1])
            desk.market(str(spot[0]), str(spot[1]), pair=self.pair)
        else:
            desk.market(str(bid), str(offer), pair=self.pair)
        return Market(
            bid=Fraction(bid),
            offer=Fraction(offer),
            fixing=fixing,
            pip=Fraction(self.pip),
            tick=Fraction(self.tick),
            is_loan=self.is_loan,
            spot=spot,
            later=Fraction(later),
        )

    def hide(self, desk: Desk) -> None:
        """Nobody shows anything."""
        if self.is_loan:
            self._tell(desk, None, None)
            self._tell(desk, None, None, LATER)
        else:
            desk.market(None, None, pair=self.pair)

    def _tell(
        self, desk: Desk, bid: Decimal | None, offer: Decimal | None, tenor: str = TENOR
    ) -> None:
        told = CurveUpdated(
            venue=VenueId("ALPHA"), curve=self.curve, tenor=tenor, bid=bid, offer=offer
        )
        desk.step(told)

    def desk_changes(self) -> dict[str, Any]:
        """What of the desk's facts the product needs."""
        return {} if self.product == "SPOT" else _MORE


def _loan(name: str, middle: int) -> Kind:
    return Kind(
        name,
        "USD",
        "DEPOSIT",
        middle,
        grain=Decimal("0.001"),
        tick=Decimal("0.0001"),
        pip=Decimal("0.01"),
        dates={"far_tenor": TENOR},
        curve="USD DEPOSIT",
    )


_EURO: dict[str, Any] = {
    "pair": "EUR/USD",
    "middle": 110_005,
    "grain": Decimal("0.00001"),
    "tick": Decimal("0.00001"),
    "pip": Decimal("0.0001"),
}
KINDS = (
    *[Kind("spot", product="SPOT", **_EURO)] * 5,
    Kind(
        "forward",
        product="FORWARD",
        dates={"tenor": TENOR},
        curve="EUR/USD",
        points=-52,
        **_EURO,
    ),
    Kind(
        "ndf",
        "USD/CNY",
        "NDF",
        70_024,
        grain=Decimal("0.0001"),
        tick=Decimal("0.0001"),
        pip=Decimal("0.0001"),
        dates={"tenor": TENOR},
        curve="USD/CNY",
        points=12,
    ),
    _loan("deposit", 4_150),
    _loan("deposit at nothing", 0),
    _loan("deposit below nothing", -480),
)
"""As often as they stand here."""

_PRODUCTS = ["SPOT", "FORWARD", "NDF", "DEPOSIT"]
_MORE: dict[str, Any] = {
    "venues": [
        {
            "id": "ALPHA",
            "pairs": ["EUR/USD", "USD/CNY"],
            "products": _PRODUCTS,
            "currencies": ["USD"],
            "makers": ["BANKA", "BANKB", "BANKC"],
        },
        {"id": "BETA", "pairs": ["EUR/USD"], "counterparty": "BANKB"},
    ],
    "calendars": weekends_only(*CURRENCIES, "CNY"),
    "conventions": {
        "USD/CNY": {
            "pair": "USD/CNY",
            "spot_lag": 2,
            "pip": "0.0001",
            "tick": "0.0001",
            "ndf": {"index": "CNY01", "lag": 2, "calendars": ["CNY"]},
        }
    },
    "money_markets": {"USD DEPOSIT": {"currency": "USD", "product": "DEPOSIT", "lag": 2}},
    "limits": {
        "deal_size": [
            {"pair": pair, "tier": tier, "maximum": "20000000", "products": products}
            for pair, products in (
                ("EUR/USD", ["SPOT", "FORWARD"]),
                ("USD/CNY", ["NDF"]),
                ("USD", ["DEPOSIT"]),
            )
            for tier in ("gold", "silver")
        ],
        "forward_add_ons": [{"days": 35, "share": "0.03"}, {"days": 95, "share": "0.05"}],
        "rate_collar_bp": "10",
        "line_rates": {"CNY": "0.14"},
        "net_open_position": {"CNY": "9000000000"},
    },
}
