"""What is dealt, as it is said: tenors and amounts, no dates and no price yet.

Sides are ours. A value date is said as a tenor (`SPOT`, `3M`, `R007`) or, broken, as a date
(`2026-03-18`); `robot.deals.resolve` turns both into dates. The names are those on the wire and in
the journal: every product is a tagged struct.
"""

from __future__ import annotations

import enum
import re
from datetime import date
from decimal import Decimal
from typing import NewType

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import MoneyMarket
from robot.deals.collateral import BondPrice, Collateral
from robot.deals.party import CashSide, Side
from robot.errors import Fault, InvalidTerms

When = NewType("When", str)
"""A tenor such as `3M`, or a broken date such as `2026-03-18`."""

TODAY, TOM, SPOT = When("TODAY"), When("TOM"), When("SPOT")


class ProductKind(enum.StrEnum):
    """How a product is called on requests, in limits, dealing hours and deals."""

    SPOT = "SPOT"
    FORWARD = "FORWARD"
    SWAP = "SWAP"
    NDF = "NDF"
    DEPOSIT = "DEPOSIT"
    REPO = "REPO"

    @property
    def is_loan(self) -> bool:
        """Money of one currency against interest, not one currency against another."""
        return self in _LOANS

    @property
    def is_signed(self) -> bool:
        """Whether its price may be zero or negative: points and interest."""
        return self in _SIGNED


_LOANS = frozenset({ProductKind.DEPOSIT, ProductKind.REPO})
_SIGNED = _LOANS | {ProductKind.SWAP}
_NAMES = {kind.value: kind for kind in ProductKind}


def known_kind(product: str) -> ProductKind | None:
    """The kind of that name, None for what is not dealt."""
    return _NAMES.get(product)


def price_side(product: str, side: Side) -> Side:
    """Whether a deal is made at the bid (BUY) or at the offer (SELL).

    `side` is ours: of the base currency; of a swap's near leg, whose points are bid by whom buys
    the far leg; of money, BUY when we borrow it.
    """
    return side.opposite if product == ProductKind.SWAP else side


_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SHORT_SWAPS = {"ON": (TODAY, TOM), "TN": (TOM, SPOT)}


class Product(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    tag=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Base of all; the class name is the tag."""


class FxSpot(Product, frozen=True, kw_only=True):
    """Currencies exchanged on the spot date. `amount` is of `currency`, the dealt one."""

    pair: CurrencyPair
    side: Side
    currency: Currency
    amount: Decimal


class FxForward(Product, frozen=True, kw_only=True):
    """The same on any other date, before spot too."""

    pair: CurrencyPair
    side: Side
    currency: Currency
    amount: Decimal
    value: When


class FxSwap(Product, frozen=True, kw_only=True):
    """Bought on one date and sold back on a later one, or the other way round.

    `near_side` is our side of the near leg; the far leg's is the opposite. `far_amount` None =
    even: the same amount of the dealt currency both ways. Near after spot = forward-forward.
    """

    pair: CurrencyPair
    near_side: Side
    currency: Currency
    near_amount: Decimal
    far_amount: Decimal | None = None
    near: When = SPOT
    far: When


class FxNdf(Product, frozen=True, kw_only=True):
    """A forward whose gain or loss against a fixing is paid in `settlement_currency` alone."""

    pair: CurrencyPair
    side: Side
    currency: Currency
    amount: Decimal
    value: When
    fixing_index: str
    """Name in `robot.basics.index.INDICES`, e.g. `PARITY USD/CNY`."""
    settlement_currency: Currency


class Deposit(Product, frozen=True, kw_only=True):
    """Unsecured money between banks (同业拆借): LEND places it, BORROW takes it."""

    side: CashSide
    currency: Currency
    amount: Decimal
    term: When
    market: MoneyMarket = MoneyMarket.DOMESTIC


class Repo(Product, frozen=True, kw_only=True):
    """Money against pledged bonds (质押式回购): LEND = reverse repo, BORROW = repo."""

    side: CashSide
    currency: Currency
    amount: Decimal
    term: When
    collateral: tuple[Collateral, ...]
    market: MoneyMarket = MoneyMarket.DOMESTIC


class OutrightRepo(Product, frozen=True, kw_only=True):
    """Bonds sold and bought back at prices agreed now (买断式回购): title passes.

    LEND = we buy at `first` and sell back at `second`; BORROW the other way round.
    """

    side: CashSide
    currency: Currency
    term: When
    security: str
    face: Decimal
    first: BondPrice
    second: BondPrice
    market: MoneyMarket = MoneyMarket.DOMESTIC


AnyProduct = FxSpot | FxForward | FxSwap | FxNdf | Deposit | Repo | OutrightRepo


def broken_date(when: When) -> date | None:
    """The date that was said, or None when it was a tenor."""
    if not _DATE.fullmatch(when):
        return None
    try:
        return date.fromisoformat(when)
    except ValueError:
        raise InvalidTerms(Fault.OUT_OF_RANGE, f"no such date: {when!r}") from None


def swap_dates(tenor: When) -> tuple[When, When]:
    """Near and far of a swap said by one tenor: ON = today/tomorrow, TN = tomorrow/spot, else from
    spot.
    """
    return _SHORT_SWAPS.get(tenor, (SPOT, tenor))
