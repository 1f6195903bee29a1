"""What a game that asks banks may learn from: what each answered to our own asks, from a record.

Read are our own requests and what was said to us on them. A price of another day, another desk or
another taker is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import groupby

import msgspec

from backtest.games.own_rows import Row, as_decimal, days_fit, distance_unit, rows_of
from backtest.records.asks import ANSWERED, DEALT, DECLINED, NO_MIDDLE, REJECTED, SILENT, UNFIT
from backtest.records.columns import Tables
from strategies.games.desk.terms import Applies

PRICED, UNPRICED = (DEALT, ANSWERED), (DECLINED, SILENT, REJECTED, UNFIT)
"""Of any other outcome a bank had no chance to answer: it counts as not asked."""
_DIGITS = Decimal("0.000001")
_AMOUNT = Decimal("0.01")


class OwnAsk(msgspec.Struct, frozen=True, kw_only=True):
    """One ask of ours."""

    at_ns: int
    """When it was over."""
    name: str
    answers: dict[str, float | None]
    """By bank how far its best price was from our middle when it came, in the unit that is asked
    for, positive = against us; None = nothing that could be dealt on, or it did not deal after all.
    """


def own_asks_of(tables: Tables, applies: Applies, unit: str) -> tuple[OwnAsk, ...]:
    """By the time at which they were over; who led them makes no difference."""
    rows = [row for row in rows_of(tables["asks"]) if _is_meant(applies, row)]
    rows.sort(key=lambda row: str(row["ask_id"]))
    found = [
        _ask(name, tuple(group), unit)
        for name, group in groupby(rows, key=lambda row: str(row["ask_id"]))
    ]
    return tuple(sorted((one for one in found if one.answers), key=lambda o: (o.at_ns, o.name)))


def without_middle(tables: Tables, applies: Applies) -> int:
    """Prices of banks that nothing can be learned from: the record does not say where the middle
    was.
    """
    rows = [row for row in rows_of(tables["asks"]) if _is_meant(applies, row)]
    return sum(row["outcome"] == NO_MIDDLE for row in rows)


def _ask(name: str, rows: tuple[Row, ...], unit: str) -> OwnAsk:
    banks = {str(row["counterparty"]): _answer(row, rows, unit) for row in rows if _told(row)}
    at_ns = max(int(row["ended_ns"] or row["at_ns"] or 0) for row in rows)
    return OwnAsk(at_ns=at_ns, name=name, answers=banks)


def _told(row: Row) -> bool:
    return row["outcome"] in PRICED or row["outcome"] in UNPRICED


def _answer(row: Row, rows: tuple[Row, ...], unit: str) -> float | None:
    """Of all requests to one bank in one ask the best; nothing where it did not deal on it."""
    own = [one for one in rows if one["counterparty"] == row["counterparty"]]
    costs = [cost for cost in (_cost(one, unit) for one in own) if cost is not None]
    rejected = any(one["outcome"] == REJECTED for one in own)
    return min(costs) if costs and not rejected else None


def _cost(row: Row, unit: str) -> float | None:
    far, one = as_decimal(row["distance"]), distance_unit(row, unit, "spot_mid")
    if row["outcome"] not in PRICED or far is None or one is None:
        return None
    return float((-far / one).quantize(_DIGITS, ROUND_HALF_EVEN))


def _is_meant(applies: Applies, row: Row) -> bool:
    """As `applying.why_not_ask`, on a row."""
    if applies.role == "maker" or (applies.products and row["product"] not in applies.products):
        return False
    if applies.markets and row["pair"] not in applies.markets:
        return False
    if applies.side is not None and row["side"] != applies.side:
        return False
    amount, span = as_decimal(row["amount"]), applies.amount
    if span is not None and (amount is None or not span.least <= amount * _AMOUNT <= span.most):
        return False
    return days_fit(applies, row)


def names_of(asks: tuple[OwnAsk, ...]) -> Iterator[str]:
    """Every bank that had a chance to answer, once."""
    yield from sorted({bank for one in asks for bank in one.answers})
