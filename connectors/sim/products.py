"""What is dealt at the venue, and what the venue's own arithmetic says a deal amounts to.

Amounts are positive, rates counter per base, loan rates percent a year, dates `YYYYMMDD`. Money is
rounded once, half up, to the smallest amount that is paid.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from enum import StrEnum

from connectors.sim.model import minor_unit_of
from connectors.sim.rows import Terms


class Product(StrEnum):
    """The products the clients ask for; the names are those of `--products`, in capitals."""

    SPOT = "SPOT"
    FORWARD = "FORWARD"
    SWAP = "SWAP"
    NDF = "NDF"
    DEPOSIT = "DEPOSIT"
    REPO = "REPO"


LOANS = (Product.DEPOSIT, Product.REPO)
DATED = (Product.FORWARD, Product.SWAP, Product.NDF)  # dealt by points from spot
UNKNOWN_PRODUCT = "OPTION"

# Days of a year in the interest of a currency; 360 where nothing is written.
_YEAR_DAYS = {"GBP": 365, "HKD": 365, "AUD": 365, "CAD": 365, "NZD": 365, "SGD": 365}
# Other names of a fixing: the central parity of China is CNY01 in the terms of the market.
_FIXING_NAMES = {"PARITY USD/CNY": "CNY01", "CNY SAEC": "CNY01"}
_ANY_SIZE = Context(prec=80)  # a robot may say numbers that no bank has
_REPO_YEAR_DAYS = {"CNY": 365}


def known_fixing(name: str | None) -> str | None:
    """A fixing index under its own name, whichever of its names is said."""
    return None if name is None else _FIXING_NAMES.get(name, name)


def is_loan(product: str) -> bool:
    """Money of one currency against interest."""
    return product in LOANS


def dealt_currency(pair: str, terms: Terms) -> str:
    """The currency of the size: the one said, else the base currency (of a loan its own)."""
    return terms.currency or pair[:3]


def deals_at_offer(product: str, side: str) -> bool:
    """Whether a taker on this side deals at the offer.

    Who buys the near leg of a swap sells the far one, so he deals at the maker's bid for it.
    """
    return (side == "1") != (product == Product.SWAP)


def rounded(amount: Decimal, currency: str) -> Decimal:
    """To the smallest amount that is paid in the currency."""
    return amount.quantize(minor_unit_of(currency), ROUND_HALF_UP, _ANY_SIZE)


def other_currency(pair: str, currency: str) -> str:
    """The one of the pair that `currency` is not."""
    return pair[4:] if currency == pair[:3] else pair[:3]


def other_amount(pair: str, currency: str, size: Decimal, rate: Decimal) -> Decimal:
    """What is paid in the other currency for `size` of `currency`."""
    exact = size * rate if currency == pair[:3] else size / rate
    return rounded(exact, other_currency(pair, currency))


def day_of(text: str) -> date:
    """The day of `YYYYMMDD`."""
    return date(int(text[:4]), int(text[4:6]), int(text[6:8]))


def days_between(first: str, last: str) -> int:
    """Calendar days from one date to another."""
    return (day_of(last) - day_of(first)).days


def year_days(product: str, currency: str) -> int:
    """The days of a year that interest is counted with: ACT/360 or ACT/365."""
    table = _REPO_YEAR_DAYS if product == Product.REPO else _YEAR_DAYS
    return table.get(currency, 360)


def interest_of(
    product: str, currency: str, principal: Decimal, rate: Decimal, start: str, maturity: str
) -> Decimal:
    """Principal x rate x days / year days, rounded once."""
    days = days_between(start, maturity)
    exact = principal * rate * days / (100 * year_days(product, currency))
    return rounded(exact, currency)
