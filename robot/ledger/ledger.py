"""The books: positions per book, currency and value date, and the result against the market mid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, base_of, round_amount
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.product import ProductKind
from robot.errors import InvariantViolated
from robot.ledger.posting import entry_for, reversal_of
from robot.messages.effects import Entry, PositionChange

PointsTo = Callable[[date], Decimal | None]
"""Points from spot to a date in price units; None = nobody quotes them."""


class PairResult(msgspec.Struct):
    """Running result of one pair: net base bought and the counter cash it cost.

    Of one kind of loans, only what they gained against the market mid when they were dealt.
    """

    base: Decimal = ZERO
    counter: Decimal = ZERO
    forward: dict[date, Decimal] = {}
    """Of the base, what is not spot, by value date."""

    def add(self, deal: Deal, sign: int = 1) -> None:
        """Count a deal; `sign` -1 = take it out again."""
        if deal.kind.is_loan:
            self.counter += sign * deal.edge
            return
        base = base_of(deal.pair)
        for flow in deal.flows:
            amount = sign * flow.amount
            if flow.currency != base:
                self.counter += amount
                continue
            self.base += amount
            if deal.kind is not ProductKind.SPOT:
                known = self.forward.get(flow.value_date, ZERO)
                self.forward[flow.value_date] = known + amount

    def against(self, mid: Decimal, points_to: PointsTo) -> Decimal:
        """Realised plus unrealised result at the spot `mid`, in the counter currency. What is not
        spot is worth the mid and the points to its date, undiscounted; without points the mid.
        """
        result = self.counter + self.base * mid
        for day, amount in self.forward.items():
            if amount:
                result += amount * (points_to(day) or ZERO)
        return result


class Ledger(msgspec.Struct):
    """Positions and results; part of the robot's state. Entries leave it as effects."""

    positions: dict[str, Decimal] = {}
    """`book currency value-date` -> net amount; positive = long."""
    net: dict[Currency, Decimal] = {}
    """Net amount per currency over all books and dates."""
    results: dict[str, PairResult] = {}
    """By pair; of loans by currency and product."""
    entries: int = 0

    def post(self, deal: Deal) -> tuple[Entry, tuple[PositionChange, ...]]:
        """Book a deal: its entry (asserted to balance) and the positions after it."""
        return self._enter(entry_for(deal), deal, 1)

    def reverse(self, deal: Deal, version: int) -> tuple[Entry, tuple[PositionChange, ...]]:
        """Take a deal out again, by the mirror of its entry: positions and result are as before
        it.
        """
        return self._enter(reversal_of(deal, version), deal, -1)

    def _enter(
        self, entry: Entry, deal: Deal, sign: int
    ) -> tuple[Entry, tuple[PositionChange, ...]]:
        _assert_balanced(entry)
        self.entries += 1
        for flow in deal.flows:
            key, amount = f"{deal.book} {flow.currency} {flow.value_date}", sign * flow.amount
            self.positions[key] = self.positions.get(key, ZERO) + amount
            self.net[flow.currency] = self.net.get(flow.currency, ZERO) + amount
        self.results.setdefault(self.result_name(deal), PairResult()).add(deal, sign)
        keys = (f"{deal.book} {flow.currency} {flow.value_date}" for flow in deal.flows)
        return entry, tuple(self._change(key) for key in dict.fromkeys(keys))

    def result_name(self, deal: Deal) -> str:
        """Under which name its result is kept."""
        return f"{deal.pair} {deal.product}" if deal.kind.is_loan else deal.pair

    def all_positions(self) -> tuple[PositionChange, ...]:
        """Every position, in order of first use."""
        return tuple(self._change(key) for key in self.positions)

    def net_position(self, currency: Currency) -> Decimal:
        """Net amount of a currency; positive = long."""
        return self.net.get(currency, ZERO)

    def gap(self, book: str, currency: Currency, value_date: date) -> Decimal:
        """Net amount of a currency that moves on a date; positive = we receive."""
        return self.positions.get(f"{book} {currency} {value_date}", ZERO)

    def result(self, name: str, mid: Decimal, points_to: PointsTo) -> Decimal:
        """Profit (positive) or loss of a pair at the spot `mid`, in its counter currency; of a kind
        of loans in their currency. To the smallest amount of it.
        """
        known = self.results.get(name)
        result = known.against(mid, points_to) if known is not None else ZERO
        return round_amount(result, Currency(name[4:] if name[3:4] == "/" else name[:3]))

    def _change(self, key: str) -> PositionChange:
        book, currency, value_date = key.split(" ")
        return PositionChange(
            book, Currency(currency), date.fromisoformat(value_date), self.positions[key]
        )


def _assert_balanced(entry: Entry) -> None:
    sums: dict[tuple[str, date], Decimal] = {}
    for posting in entry.postings:
        key = (posting.currency, posting.value_date)
        sums[key] = sums.get(key, ZERO) + posting.amount
    if any(total != ZERO for total in sums.values()):
        raise InvariantViolated(f"entry {entry.entry_id} does not balance: {sums}")
