"""A message to be built by the session, and how its values are written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from connectors.fix.dialect import Dialect, HaircutForm, LoanSymbol
from connectors.fix.fields import Fields
from robot.deals.collateral import Collateral
from robot.deals.party import SELL, Side

_HUNDRED = Decimal(100)


class Group(msgspec.Struct, frozen=True):
    """A repeating group: the tag that counts, and the fields of each entry (first one delimits)."""

    count_tag: int
    entries: list[Fields]


class Encoded(msgspec.Struct, frozen=True):
    """A message to be built by the session: type, fields and groups."""

    type: str
    fields: Fields
    groups: tuple[Group, ...] = ()

    def parts(self) -> list[str]:
        """Its body, `tag=value` by `tag=value`."""
        parts = [f"{tag}={value}" for tag, value in self.fields]
        for group in self.groups:
            parts.append(f"{group.count_tag}={len(group.entries)}")
            parts += [f"{tag}={value}" for entry in group.entries for tag, value in entry]
        return parts


def plain(value: Decimal) -> str:
    """A decimal as FIX writes it: no exponent."""
    return format(value, "f")


def day(value: date) -> str:
    """LocalMktDate: `20260109`."""
    return f"{value:%Y%m%d}"


def taker_side(side: Side) -> str:
    """Side (54) is the taker's: when we sell, the taker buys."""
    return "1" if side is SELL else "2"


def loan_fields(currency: str, code: str, start: date, maturity: date, dialect: Dialect) -> Fields:
    """What quotes and fills of deposits and repos both say of their terms."""
    by_contract = bool(code) and dialect.loan_symbol is LoanSymbol.CONTRACT
    fields: Fields = [
        (55, code if by_contract else currency),
        (64, day(start)),
        (541, day(maturity)),
        (15, currency),
        (120, currency),
        (423, "1"),
    ]
    if code:
        fields.append((48, code))
    return fields


def repo_fields(currency: str, start: date, maturity: date, dialect: Dialect) -> Fields:
    """The financing of a repo: agreement, term repo, its two dates."""
    agreement = dialect.repo_agreements.get(currency) or dialect.repo_agreements["*"]
    return [(914, agreement), (788, "2"), (916, day(start)), (917, day(maturity))]


def collateral_group(collateral: Iterable[Collateral], dialect: Dialect) -> Group:
    """What a repo pledges."""
    return Group(711, [_pledged(item, dialect) for item in collateral])


def _pledged(item: Collateral, dialect: Dialect) -> Fields:
    fields: Fields = [(311, item.security), (309, item.security), (879, plain(item.face))]
    if dialect.haircut_form is HaircutForm.CONVERSION_RATIO:
        ratio = item.price * (_HUNDRED - item.haircut) / _HUNDRED
        return [*fields, (dialect.haircut_tag, plain(ratio))]
    return [*fields, (882, plain(item.price)), (dialect.haircut_tag, plain(item.haircut))]
