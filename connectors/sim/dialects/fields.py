"""Fields that all dialects build and read alike."""

from __future__ import annotations

from decimal import Decimal

from connectors.sim import wire
from connectors.sim.bonds import Bond, bonds_of, text_of_bonds
from connectors.sim.model import fix_time, pip_of, text_of
from connectors.sim.wire import SOH, Incoming, WireError

Fields = wire.Fields

LOAN_MARKS = {"DEPOSIT": ("9", "TD"), "REPO": ("13", "REPO")}  # 460 and 167
LEND, BORROW = "F", "G"  # 54 of a loan; here the lender is side 2, the borrower side 1
_LENDING = {"1": BORROW, "2": LEND}
_LENT = {LEND: "2", BORROW: "1"}
_BOND_TAGS = frozenset((309, 310, 810, 879, 882, 6898, 10325))
_HUNDRED = Decimal(100)


def number(value: Decimal | None) -> str | None:
    """A decimal as FIX wants it, None when there is none."""
    return None if value is None else text_of(value)


def loan_side(side: str | None) -> str | None:
    """54 of a loan."""
    return None if side is None else _LENDING[side]


def side_of_loan(text: str | None) -> str:
    """The side of a loan that 54 means; as it is when it means none."""
    return _LENT.get(text or "", text or "")


def factor_of(pair: str) -> Decimal:
    """Points are price units times this: 10000, or 100 where the pip is 0.01."""
    return 1 / pip_of(pair)


def collateral(text: str | None, *, ratio: bool = False) -> str:
    """The group of pledged bonds (711), empty without any.

    `ratio`: the haircut is written as conversion ratio in percent (10325) on a price of 100.
    """
    bonds = bonds_of(text)
    if not bonds:
        return ""
    return f"711={len(bonds)}{SOH}" + "".join(
        wire.body(
            [
                (311, bond.security),
                (309, bond.security),
                (879, text_of(bond.face)),
                (882, text_of(bond.price)),
                (6898, None if ratio else text_of(bond.haircut)),
                (10325, text_of(_HUNDRED - bond.haircut) if ratio else None),
            ]
        )
        for bond in bonds
    )


def collateral_in(message: Incoming) -> str | None:
    """The group of pledged bonds as the record keeps it."""
    bonds = []
    for member in message.members(711, 311, _BOND_TAGS):
        face, price = member.number(879), member.number(882)
        haircut, ratio = member.number(6898), member.number(10325)
        if haircut is None and ratio is not None:
            haircut = _HUNDRED - ratio
        if face is None or haircut is None:
            raise WireError(f"{message.type}: a bond without 879, or without 6898 and 10325")
        bonds.append(Bond(member.need(311), face, price or _HUNDRED, haircut))
    return text_of_bonds(bonds)


def curve_body(
    subscription: str,
    instrument: Fields,
    tenor: str,
    prices: tuple[Decimal | None, Decimal | None],
    at_ns: int,
) -> str:
    """Body of W for one tenor of a curve; without any price all of it is gone."""
    day, clock = fix_time(at_ns).split("-")
    sides = [(kind, price) for kind, price in zip("01", prices, strict=True) if price is not None]
    group = "".join(
        f"269={kind}{SOH}270={text_of(price)}{SOH}272={day}{SOH}273={clock}{SOH}"
        for kind, price in sides
    )
    head = wire.body([(262, subscription), *instrument, (762, tenor), (268, str(len(sides)))])
    return head + group


def added(*parts: Decimal | None) -> Decimal | None:
    """The sum, None when a part is missing."""
    known = [part for part in parts if part is not None]
    return sum(known, Decimal(0)) if len(known) == len(parts) else None


def less(whole: Decimal | None, part: Decimal | None) -> Decimal | None:
    """The difference, None when one is missing."""
    return None if whole is None or part is None else whole - part
