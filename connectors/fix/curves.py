"""Curves of one venue: swap points of a pair, rates of a money market, a full message (W) a tenor.

Nothing is kept but which tenors there are: a message says all there is to say of its tenor.
"""

from __future__ import annotations

from decimal import Decimal

from connectors.fix.dialect import Dialect
from connectors.fix.fields import Fields, FixMessage, day_and_time, first, percent, points
from connectors.fix.terms import is_contract_code
from robot.basics.currency import parse_currency, parse_pair
from robot.basics.ids import VenueId
from robot.basics.tenor import parse_tenor
from robot.deals.product import ProductKind
from robot.errors import RemoteProtocolError, UnknownReference, UnknownTenor
from robot.messages.events import CurveUpdated

TENORS_MAX = 64
"""Of one curve; more than any market quotes."""
CURVES_MAX = 256
ENTRIES_MAX = 8
"""Of one tenor: a bid and an offer, and room for what is no price."""
CURVE_PRODUCTS = frozenset({ProductKind.SWAP, ProductKind.DEPOSIT, ProductKind.REPO})
NOT_FIRM = frozenset({"B", "I", "F"})
"""QuoteCondition (276) closed, non-firm, crossed: not a price to deal on."""
_BID, _OFFER = "0", "1"


class VenueCurves:
    """Which tenors a venue quotes; `apply` turns a message into one tenor's prices."""

    def __init__(self, venue: VenueId, dialect: Dialect) -> None:
        self._venue = venue
        self._dialect = dialect
        self._tenors: dict[str, set[str]] = {}

    def clear(self) -> None:
        """Forget everything: the session is gone."""
        self._tenors.clear()

    def void(self, message: FixMessage, product: ProductKind) -> list[CurveUpdated]:
        """A message could not be read: the tenor it is about counts no more, where it is known."""
        try:
            curve, tenor = self._named(message, product)
        except RemoteProtocolError:
            return []
        if tenor not in self._tenors.get(curve, ()):
            return []
        return [CurveUpdated(venue=self._venue, curve=curve, tenor=tenor)]

    def apply(self, message: FixMessage, product: ProductKind) -> CurveUpdated:
        """The tenor that a W says anew."""
        curve, tenor = self._named(message, product)
        entries = message.group(268, 269)
        if len(entries) > ENTRIES_MAX:
            problem = f"tag 268: {len(entries)} entries of {curve} {tenor}, at most {ENTRIES_MAX}"
            raise RemoteProtocolError(problem, tag=268)
        read = points if product is ProductKind.SWAP else percent
        prices = [(first(entry, 269), _firm(entry)) for entry in entries]
        bids = [read(price, 270) for kind, price in prices if kind == _BID and price]
        offers = [read(price, 270) for kind, price in prices if kind == _OFFER and price]
        sent_at_ns = max(map(_sent_at, entries), default=0)
        self._remember(curve, tenor)
        return self._updated(curve, tenor, bids, offers, sent_at_ns)

    def _updated(
        self, curve: str, tenor: str, bids: list[Decimal], offers: list[Decimal], sent_at_ns: int
    ) -> CurveUpdated:
        return CurveUpdated(
            venue=self._venue,
            curve=curve,
            tenor=tenor,
            bid=max(bids, default=None),
            offer=min(offers, default=None),
            sent_at_ns=sent_at_ns,
        )

    def _named(self, message: FixMessage, product: ProductKind) -> tuple[str, str]:
        """Curve and tenor: `EUR/USD` and `3M`, `CNY REPO` and `R007`."""
        symbol, tenor = message.required(55), message.required(762)
        try:
            parse_tenor(tenor)
        except UnknownTenor as problem:
            raise RemoteProtocolError(f"tag 762: {problem}", tag=762) from problem
        try:
            if product is ProductKind.SWAP:
                return parse_pair(symbol), tenor
            named = self._dialect.loan_currency if is_contract_code(symbol) else symbol
            return f"{parse_currency(named)} {product.value}", tenor
        except UnknownReference as problem:
            raise RemoteProtocolError(f"tag 55: {problem}", tag=55) from problem

    def _remember(self, curve: str, tenor: str) -> None:
        if curve not in self._tenors and len(self._tenors) >= CURVES_MAX:
            raise RemoteProtocolError(f"tag 55: more than {CURVES_MAX} curves: {curve}", tag=55)
        tenors = self._tenors.setdefault(curve, set())
        if tenor not in tenors and len(tenors) >= TENORS_MAX:
            problem = f"tag 762: more than {TENORS_MAX} tenors of {curve}: {tenor}"
            raise RemoteProtocolError(problem, tag=762)
        tenors.add(tenor)


def _firm(entry: Fields) -> str | None:
    """The price of an entry as written; None when it is none to deal on."""
    if NOT_FIRM.intersection((first(entry, 276) or "").split()):
        return None
    return first(entry, 270)


def _sent_at(entry: Fields) -> int:
    day, moment = first(entry, 272), first(entry, 273)
    return day_and_time(day, moment) if day and moment else 0
