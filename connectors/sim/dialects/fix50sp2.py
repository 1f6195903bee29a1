"""FIX 5.0SP2 over FIXT.1.1: the product in 167, a swap as two legs priced by its points.

Tenors are in 63, of a leg in 587, in FIX's own form (M3); what that cannot say is text in 6215 and
6216, as in FIX 4.4. Points are in price units.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from connectors.sim import wire
from connectors.sim.dialects.fields import LOAN_MARKS, Fields, number
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.dialects.quoting import swap_of_legs
from connectors.sim.dialogue import ExecutionIn, PriceParts
from connectors.sim.makers.rows import MakerQuote
from connectors.sim.model import text_of
from connectors.sim.products import Product, is_loan
from connectors.sim.rows import Fill, HitLife, Terms
from connectors.sim.wire import SOH, Incoming, WireError

_CODES = {
    Product.SPOT: "FXSPOT",
    Product.FORWARD: "FXFWD",
    Product.SWAP: "FXSWAP",
    Product.NDF: "FXNDF",
}
_PRODUCTS = {code: product for product, code in _CODES.items()}
_UNKNOWN_CODE = "OPT"
_LEG_TAGS = frozenset(
    (609, 624, 687, 588, 587, 654, 681, 684, 637, 1067, 1068, 1073, 1074, 556, 566)
)
_SETTLEMENT = {"TODAY": "1", "TOM": "2", "SPOT": "0"}
_COUNTED = re.compile(r"([0-9]+)([DWMY])", re.ASCII)
_DAY_SESSION = "1"  # 336 has a list of values here
_OPPOSITE = {"1": "2", "2": "1", None: None}


def settlement_type(tenor: str | None) -> str | None:
    """63 or 587 of a tenor (M3 for 3M); None when FIX has no form for it."""
    if tenor is None:
        return None
    counted = _COUNTED.fullmatch(tenor)
    return f"{counted[2]}{counted[1]}" if counted else _SETTLEMENT.get(tenor)


def _far_type(terms: Terms) -> str | None:
    """587 of the far leg; spot is said in words there, for 0 is also what a leg without 587 has."""
    return None if terms.far_tenor == "SPOT" else settlement_type(terms.far_tenor)


class Fix50Sp2(Fix44):
    """See the module."""

    name = "fix50sp2"
    begin_string = "FIXT.1.1"
    application_version = "9"
    writes_points = True

    def marks(self, product: str) -> Fields:
        if is_loan(product):
            kind, security = LOAN_MARKS[product]
            return [(460, kind), (167, security)]
        known = [code for name, code in _CODES.items() if name == product]
        return [(167, known[0] if known else _UNKNOWN_CODE)]

    def product(self, message: Incoming) -> str:
        for product, (kind, security) in LOAN_MARKS.items():
            if message.get(167) == security or message.get(460) == kind:
                return product
        code = message.get(167)
        if code in (None, "FOR"):
            return Product.SPOT
        return _PRODUCTS.get(code or "", code or "")

    def _is_plain(self, terms: Terms) -> bool:
        return False

    def order_type(self, product: str) -> str:
        return "D"

    def dates(self, terms: Terms, value_date: str | None) -> Fields:
        if is_loan(terms.product):
            return super().dates(terms, value_date)
        if terms.product != Product.SWAP:
            said = settlement_type(terms.tenor)
            if value_date or not terms.tenor:
                return [(64, value_date)]
            return [(63, said), (6215, None if said else terms.tenor)]
        near = terms.tenor if not value_date and not settlement_type(terms.tenor) else None
        far = None if terms.far_date or _far_type(terms) else terms.far_tenor
        return [(6215, near), (6216, far)]

    def legs(
        self, pair: str, terms: Terms, value_date: str | None, size: Decimal, side: str | None
    ) -> str:
        if terms.product != Product.SWAP:
            return ""
        near_tenor = None if value_date else settlement_type(terms.tenor or "SPOT")
        far_tenor = None if terms.far_date else _far_type(terms)
        far_size = terms.far_size if terms.far_size is not None else size
        spot_leg = terms.tenor in (None, "SPOT")
        near = _leg(pair, "FXSPOT" if spot_leg else "FXFWD", side, size, "N")
        near += [(588, value_date), (587, near_tenor)]
        far = _leg(pair, "FXFWD", _OPPOSITE[side], far_size, "F")
        far += [(588, terms.far_date), (587, far_tenor)]
        return f"555=2{SOH}" + wire.body(near) + wire.body(far)

    def hit_price(self, hit: HitLife) -> Fields:
        return [(44, text_of(hit.price))]

    def priced(self, quote: MakerQuote) -> tuple[Fields, str]:
        if quote.product == Product.SWAP:
            return swap_of_legs(quote, self.points)
        return super().priced(quote)

    def hit_price_in(self, message: Incoming, product: str, pair: str) -> Decimal | None:
        return message.number(44)

    def traded_price(self, fill: Fill) -> str:
        return text_of(fill.points if fill.points is not None else fill.rate)

    def traded(self, fill: Fill) -> Fields:
        fields = super().traded(fill)
        if fill.product != Product.SWAP:
            return fields
        dropped = (195, 119, 120)
        return [field for field in fields if field[0] not in dropped] + [
            (1071, number(fill.points))
        ]

    def _far_traded(self, fill: Fill) -> Fields:
        return []

    def traded_legs(self, fill: Fill) -> str:
        if fill.product != Product.SWAP or fill.far_rate is None or fill.far_size is None:
            return ""
        in_base = fill.currency in (None, fill.pair[:3])
        size = fill.base_amount if in_base else fill.counter_amount or Decimal(0)
        other = fill.counter_amount if in_base else fill.base_amount
        far_other = fill.far_counter_amount if in_base else fill.far_base_amount
        spot = fill.spot_rate or Decimal(0)
        near = _leg(fill.pair, "FXSPOT" if fill.near_points == 0 else "FXFWD", fill.side, size, "N")
        near += _traded_leg(fill.value_date, fill.rate, fill.rate - spot, other)
        far = _leg(fill.pair, "FXFWD", _OPPOSITE[fill.side], fill.far_size, "F")
        far += _traded_leg(fill.far_date, fill.far_rate, fill.far_rate - spot, far_other)
        return f"555=2{SOH}" + wire.body(near) + wire.body(far)

    def session_status(self, status: str) -> str:
        return wire.body([(336, _DAY_SESSION), (340, status)])

    # Reading

    def _legs_in(self, message: Incoming) -> tuple[Incoming, Incoming]:
        """Near and far leg: by their names, else as they stand."""
        legs = message.members(555, 600, _LEG_TAGS)
        if len(legs) != 2:
            raise WireError(f"{message.type}: a swap with {len(legs)} legs")
        if legs[0].get(654) == "F":
            legs.reverse()
        return legs[0], legs[1]

    def value_date_in(self, message: Incoming, product: str) -> str | None:
        if product == Product.SWAP:
            return self._legs_in(message)[0].date(588)
        return super().value_date_in(message, product)

    def _swap_points(self, written: Decimal | None, parts: PriceParts) -> Decimal | None:
        return written

    def parts_in(self, message: Incoming, product: str, pair: str) -> tuple[PriceParts, PriceParts]:
        if product != Product.SWAP:
            return super().parts_in(message, product, pair)
        near, far = self._legs_in(message)
        bid, offer = message.number(1065), message.number(1066)
        return (
            PriceParts() if bid is None else _parts(message, near, far, (188, 681, 1067)),
            PriceParts() if offer is None else _parts(message, near, far, (190, 684, 1068)),
        )

    def terms_in(self, message: Incoming, product: str, pair: str) -> Terms:
        terms = super().terms_in(message, product, pair)
        if product == Product.SWAP:
            far = self._legs_in(message)[1]
            terms.far_date, terms.far_size = far.date(588), far.number(687)
        return terms

    def _dated_in(self, answer: ExecutionIn, message: Incoming) -> ExecutionIn:
        if answer.terms.product != Product.SWAP:
            return super()._dated_in(answer, message)
        near, far = self._legs_in(message)
        parts = PriceParts(
            spot=message.number(194),
            near_points=near.number(1073),
            far_points=far.number(1073),
            near_rate=near.number(637),
            far_rate=far.number(637),
        )
        points = message.number(1071)
        if points != answer.rate:
            raise WireError(f"8: 31={answer.rate} and 1071={points} differ")
        return replace(
            answer,
            rate=parts.near_rate,
            points=points,
            parts=parts,
            counter_amount=near.number(1074),
            far_counter_amount=far.number(1074),
        )


def _leg(pair: str, kind: str, side: str | None, size: Decimal, name: str) -> Fields:
    return [(600, pair), (609, kind), (624, side), (687, text_of(size)), (654, name)]


def _traded_leg(
    value_date: str | None, rate: Decimal, points: Decimal, other: Decimal | None
) -> Fields:
    return [(588, value_date), (637, text_of(rate)), (1073, text_of(points)), (1074, number(other))]


def _parts(
    message: Incoming, near: Incoming, far: Incoming, tags: tuple[int, int, int]
) -> PriceParts:
    spot, rate, points = tags
    return PriceParts(
        spot=message.number(spot),
        near_points=near.number(points),
        far_points=far.number(points),
        near_rate=near.number(rate),
        far_rate=far.number(rate),
    )
