"""What differs from venue to venue, as data.

The defaults are the preset `fix44`; the presets are files, `config/fix/dialects/*.yaml`, and a
venue in `desk.yaml` overrides what it writes otherwise. Sides on the wire (54) are the taker's.
"""

from __future__ import annotations

import enum
from decimal import Decimal
from functools import cached_property

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.numbers import ZERO
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind

Marker = dict[int, str]
"""Tags and values that say, all of them together, which product a message is about."""

_CFI_CODE, _SECURITY_TYPE, _PRODUCT = 461, 167, 460
_CURRENCY_PRODUCT = "4"
_PIPS_PLACES = Decimal("0.01")


class Version(enum.StrEnum):
    """The messages spoken; 5.0SP2 goes over a FIXT.1.1 session."""

    FIX44 = "FIX.4.4"
    FIX50SP2 = "FIX.5.0SP2"


class SwapStyle(enum.StrEnum):
    """Where the legs of a swap are written."""

    FAR_LEG = "FAR_LEG"
    """The far leg in tags of its own: 192, 193, 640 to 643."""
    LEGS = "LEGS"
    """Both in a group: 555."""


class SwapSide(enum.StrEnum):
    """Which leg's side is in 54."""

    NEAR = "NEAR"
    FAR = "FAR"


class SwapHit(enum.StrEnum):
    """What a hit on a swap says in 44."""

    RATES = "RATES"
    """The near leg's rate, with the far leg's in 640."""
    POINTS = "POINTS"
    """The swap points, far minus near."""


class TakeBy(enum.StrEnum):
    """How we deal on a maker's quote."""

    ORDER = "order"
    """D, previously quoted."""
    RESPONSE = "response"
    """AJ, a hit."""


class PointsUnit(enum.StrEnum):
    """How points are written."""

    PRICE = "PRICE"
    """In price units: 0.00552."""
    PIPS = "PIPS"
    """Price units times the pair's factor: 55.20."""


class LoanSymbol(enum.StrEnum):
    """What 55 of a loan is."""

    CURRENCY = "CURRENCY"
    """Its currency; a contract code goes to 48."""
    CONTRACT = "CONTRACT"
    """Its contract code (R007), in 48 too; the currency only where there is no code."""


class LoanAmounts(enum.StrEnum):
    """What a fill says of a loan's money besides the principal (38)."""

    REPAYMENT = "REPAYMENT"
    """119 what is paid back, 738 the interest in it."""
    PRINCIPAL = "PRINCIPAL"
    """119 what is paid at the start, 10002 the interest, 10289 what is paid back."""


class HaircutForm(enum.StrEnum):
    """How the haircut of a pledged security is written."""

    HAIRCUT = "HAIRCUT"
    """In percent of the value, with the price in 882."""
    CONVERSION_RATIO = "CONVERSION_RATIO"
    """What is lent per 100 face, in percent: the price is in it."""


_PRODUCTS: dict[ProductKind, tuple[Marker, ...]] = {
    ProductKind.SPOT: (
        {_SECURITY_TYPE: "FOR"},
        {},
        {_SECURITY_TYPE: "FXSPOT"},
        {_SECURITY_TYPE: "FOR", _CFI_CODE: "SPOT"},
        {_CFI_CODE: "SPOT"},
    ),
    ProductKind.FORWARD: (
        {_SECURITY_TYPE: "FOR", _CFI_CODE: "FORWARD"},
        {_CFI_CODE: "FORWARD"},
    ),
    ProductKind.SWAP: ({_SECURITY_TYPE: "FOR", _CFI_CODE: "SWAP"}, {_CFI_CODE: "SWAP"}),
    ProductKind.NDF: ({_SECURITY_TYPE: "FOR", _CFI_CODE: "NDF"}, {_CFI_CODE: "NDF"}),
    ProductKind.DEPOSIT: (
        {_PRODUCT: "9", _SECURITY_TYPE: "TD"},
        {_SECURITY_TYPE: "TD"},
    ),
    ProductKind.REPO: (
        {_PRODUCT: "13", _SECURITY_TYPE: "REPO"},
        {_SECURITY_TYPE: "REPO"},
    ),
}
_AGREEMENTS = {"CNY": "NAFMII", "*": "GMRA"}
_SETTL_TYPES = {"1": "TODAY", "2": "TOM"}


class Dialect(msgspec.Struct, frozen=True, kw_only=True, dict=True, forbid_unknown_fields=True):
    """How one venue writes what the standard leaves open."""

    version: Version = Version.FIX44
    simulated: bool = False
    """Only our own simulated venue speaks so."""
    counterparty_roles: tuple[str, ...] = ("3", "17", "13")
    """PartyRole (452) values that name the counterparty, the first one present counts."""
    takes_orders: bool = True
    """Whether we may send orders (D, F, G, H, q) and are told of them (8, 9, r)."""
    trades_live: bool = False
    """Whether trades are reported as they are made, once asked for (AD 263=1)."""
    trades_since: bool = False
    """Whether trades can be asked for from a time on (AD with 60)."""
    maker_roles: tuple[str, ...] = ("17", "35")
    """PartyRole (452) values that name whom we dealt with in a report on an order of ours, the
    first one present counts: contra firm, liquidity provider."""
    take_quote: TakeBy = TakeBy.ORDER
    counters: bool = True
    """Whether our quotes may be answered with a price of theirs (AJ 694=2)."""
    counter_quote_type: str = "3"
    """QuoteType (537) of a quote of ours that answers one: 3 = counter, firm as 1 is."""
    robot_marks: Marker = {}
    """Fields by which our prices, asks and orders say that a robot sends them; empty = none do."""
    entity: str = ""
    """Who we are (448) on requests and hits of ours. Filled in from the desk."""
    streaming_seconds_tag: int = 6065
    """User tag on a request (R): seconds for which the price is to be kept fresh."""
    party_source: str = "D"
    """PartyIDSource (447) we write."""
    counterparty_role_out: str = "3"
    """PartyRole (452) we write for the counterparty."""
    symbol_separator: str = "/"
    """Between the currencies of a pair in 55."""
    products: dict[ProductKind, tuple[Marker, ...]] = msgspec.field(
        default_factory=lambda: dict(_PRODUCTS)
    )
    """How each product is told: the first marker is written, any of them is read. What has none of
    them is refused as an unknown product."""
    curves: dict[ProductKind, Marker] = {}
    """Markers of market data (V) where they are not those of `products`."""
    swap_style: SwapStyle = SwapStyle.FAR_LEG
    swap_side: SwapSide = SwapSide.NEAR
    swap_hit: SwapHit = SwapHit.RATES
    swap_order_type: str = "G"
    """OrdType (40) of a swap that we write."""
    points_unit: PointsUnit = PointsUnit.PRICE
    points_factors: dict[CurrencyPair, Decimal] = {}
    """Points in pips = price units times this. Filled in from the conventions."""
    near_tenor_tag: int = 6215
    far_tenor_tag: int = 6216
    """User tags for a tenor as text, such as 3M, IMM1, R007: of the near or only leg, of the far
    leg or of a loan."""
    settl_types: dict[str, str] = msgspec.field(default_factory=lambda: dict(_SETTL_TYPES))
    """SettlType (63, of a leg 587) -> tenor; `0` and an absent one say nothing."""
    settl_type_periods: bool = False
    """Whether 63 and 587 may also be a period, unit first: M3."""
    settl_type_informs_only: bool = False
    """63 is the speed of settlement, T+0 (1) or T+1 (2), beside the dates: not read, written in
    fills of loans."""
    fixing_index_tag: int = 6217
    fixing_date_tag: int = 6218
    far_contra_tag: int = 6219
    """User tags: an NDF's fixing, and what the far leg of a swap is worth in the other currency."""
    lend_side: str = "F"
    borrow_side: str = "G"
    """Side (54) of a taker who lends, who borrows."""
    loan_symbol: LoanSymbol = LoanSymbol.CURRENCY
    loan_currency: Currency = Currency("CNY")
    """Of a loan that names only a contract code."""
    loan_amounts: LoanAmounts = LoanAmounts.REPAYMENT
    contract_days_tag: int = 0
    """User tag for the days of a contract code (R007: 7); 0 = not written."""
    haircut_form: HaircutForm = HaircutForm.HAIRCUT
    haircut_tag: int = 6898
    repo_agreements: dict[str, str] = msgspec.field(default_factory=lambda: dict(_AGREEMENTS))
    """AgreementDesc (914) by currency, `*` for all others."""

    @cached_property
    def product_tags(self) -> tuple[int, ...]:
        """Every tag that a marker may have."""
        markers = (marker for kind in self.products.values() for marker in kind)
        return tuple(sorted({tag for marker in markers for tag in marker}))

    @property
    def tags(self) -> frozenset[int]:
        """Every tag that the dialect itself names."""
        own = (
            self.streaming_seconds_tag,
            self.near_tenor_tag,
            self.far_tenor_tag,
            self.fixing_index_tag,
            self.fixing_date_tag,
            self.far_contra_tag,
            self.contract_days_tag,
            self.haircut_tag,
        )
        return frozenset((*own, *self.product_tags)) - {0}

    @cached_property
    def _product_of(self) -> dict[tuple[str | None, ...], ProductKind]:
        kinds = ((kind, marker) for kind, markers in self.products.items() for marker in markers)
        return {tuple(map(marker.get, self.product_tags)): kind for kind, marker in kinds} | {
            tuple(map(marker.get, self.product_tags)): kind for kind, marker in self.curves.items()
        }

    def product(self, said: dict[int, str]) -> ProductKind | None:
        """The product that a message's markers tell; None for one that nobody knows here."""
        known = self._product_of.get(tuple(map(said.get, self.product_tags)))
        if known is None and said.get(_PRODUCT) == _CURRENCY_PRODUCT:  # any FX: says nothing more
            return self._product_without(said, _PRODUCT)
        return known

    def market_product(self, said: dict[int, str]) -> ProductKind | None:
        """The same of market data, where a CFI code that is no marker says nothing: venues write
        the standard's own with spot.
        """
        known = self.product(said)
        return self._product_without(said, _CFI_CODE) if known is None else known

    def _product_without(self, said: dict[int, str], ignored: int) -> ProductKind | None:
        key = (None if tag == ignored else said.get(tag) for tag in self.product_tags)
        return self._product_of.get(tuple(key))

    @cached_property
    def _markers(self) -> dict[str, tuple[tuple[int, str], ...]]:
        return {kind: tuple(markers[0].items()) for kind, markers in self.products.items()}

    def marker(self, product: str) -> tuple[tuple[int, str], ...]:
        """The fields by which we tell a product."""
        return self._markers[product]

    def curve_marker(self, product: ProductKind) -> tuple[tuple[int, str], ...]:
        """The same for market data."""
        marker = self.curves.get(product)
        return self.marker(product) if marker is None else tuple(marker.items())

    def symbol(self, pair: str) -> str:
        """A pair as 55 has it here."""
        return pair if self.symbol_separator == "/" else pair.replace("/", self.symbol_separator)

    def pair(self, symbol: str) -> str:
        """What 55 says, with our own separator; whether it is a pair is seen later."""
        if self.symbol_separator == "/" or len(symbol) != 6 + len(self.symbol_separator):
            return symbol
        return symbol.replace(self.symbol_separator, "/")

    @cached_property
    def _loan_sides(self) -> dict[str, Side]:
        return {self.lend_side: BUY, self.borrow_side: SELL}

    def our_loan_side(self, taker: str) -> Side | None:
        """Ours of a loan from what 54 says: a taker who lends makes us borrow (BUY)."""
        return self._loan_sides.get(taker)

    def taker_loan_side(self, ours: Side) -> str:
        """54 of a loan."""
        return self.lend_side if ours is BUY else self.borrow_side

    def points_in(self, pair: str, written: Decimal) -> Decimal | None:
        """Points of a message in price units; None when the pair's factor is not known."""
        if self.points_unit is PointsUnit.PRICE:
            return written
        factor = self.points_factors.get(CurrencyPair(pair), ZERO)
        return written / factor if factor else None

    def points_out(self, pair: CurrencyPair, points: Decimal) -> Decimal:
        """Points in price units as they are written here, exactly: in pips with two decimals, with
        more where two would say something else.
        """
        if self.points_unit is PointsUnit.PRICE:
            return points
        pips = points * self.points_factors[pair]
        rounded = pips.quantize(_PIPS_PLACES)
        return rounded if rounded == pips else pips
