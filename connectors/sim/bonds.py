"""Bonds that are pledged in a repo: what the clients offer, and how the record keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from random import Random

_HUNDRED = Decimal(100)
_NAMES = ("240210.IB", "230205.IB", "220014.IB", "250401.IB", "112403110.IB")
_LOT = 100_000  # face amounts are whole lots


@dataclass(frozen=True, slots=True)
class Bond:
    """Face amount, dirty price per 100 face, haircut in percent of the value."""

    security: str
    face: Decimal
    price: Decimal
    haircut: Decimal

    @property
    def market_value(self) -> Decimal:
        return self.face * self.price / _HUNDRED

    @property
    def lending_value(self) -> Decimal:
        """What may be lent on it."""
        return self.market_value * (_HUNDRED - self.haircut) / _HUNDRED


def text_of_bonds(bonds: Iterable[Bond]) -> str | None:
    """JSON text, equal for equal bonds; None when there are none."""
    rows = [
        {
            "security": bond.security,
            "face": _plain(bond.face),
            "price": _plain(bond.price),
            "haircut": _plain(bond.haircut),
        }
        for bond in bonds
    ]
    return json.dumps(rows) if rows else None


def bonds_of(text: str | None) -> tuple[Bond, ...]:
    """The inverse of `text_of_bonds`."""
    return tuple(
        Bond(row["security"], Decimal(row["face"]), Decimal(row["price"]), Decimal(row["haircut"]))
        for row in json.loads(text or "[]")
    )


def draw_bonds(amount: Decimal, chance: Random, *, at_par: bool, short: bool) -> tuple[Bond, ...]:
    """One to three bonds that carry a loan of `amount`, or, `short`, only some of it.

    `at_par`: priced at 100, as where a conversion ratio says all.
    """
    names = chance.sample(_NAMES, chance.randint(1, 3))
    share = amount * (Decimal("0.6") if short else Decimal("1.02")) / len(names)
    bonds = []
    for name in names:
        price = _HUNDRED if at_par else Decimal(chance.randint(9600, 10400)) / 100
        haircut = Decimal(chance.choice((2, 3, 5, 10)))
        face = share / (price / _HUNDRED) / ((_HUNDRED - haircut) / _HUNDRED)
        lots = int(face / _LOT) + (0 if short else 1)
        bonds.append(Bond(name, Decimal(max(1, lots) * _LOT), price, haircut))
    return tuple(bonds)


def _plain(number: Decimal) -> str:
    """Without exponent and without zeros at the end, so that 5 and 5.00 are the same text."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
