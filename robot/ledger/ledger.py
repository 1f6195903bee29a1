"""The books: positions per book, currency and value date, and the result against the market mid."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.errors import InvariantViolated
from robot.ledger.posting import entry_for
from robot.messages.effects import Entry, PositionChange


class PairResult(msgspec.Struct):
    """Running result of one pair: net base bought and the counter cash it cost."""

    base: Decimal = ZERO
    counter: Decimal = ZERO

    def against(self, mid: Decimal) -> Decimal:
        """Realised plus unrealised result at `mid`, in the counter currency."""
        return self.counter + self.base * mid


class Ledger(msgspec.Struct):
    """Positions and results; part of the robot's state. Entries leave it as effects."""

    positions: dict[str, Decimal] = {}
    """`book currency value-date` -> net amount; positive = long."""
    net: dict[Currency, Decimal] = {}
    """Net amount per currency over all books and dates."""
    results: dict[CurrencyPair, PairResult] = {}
    entries: int = 0

    def post(self, deal: Deal) -> tuple[Entry, tuple[PositionChange, ...]]:
        """Book a deal: its entry (asserted to balance) and the positions after it."""
        entry = entry_for(deal)
        _assert_balanced(entry)
        self.entries += 1
        for flow in deal.flows:
            key = f"{deal.book} {flow.currency} {flow.value_date}"
            self.positions[key] = self.positions.get(key, ZERO) + flow.amount
            self.net[flow.currency] = self.net.get(flow.currency, ZERO) + flow.amount
        base, counter = deal.flows
        result = self.results.setdefault(deal.pair, PairResult())
        result.base += base.amount
        result.counter += counter.amount
        keys = (f"{deal.book} {flow.currency} {flow.value_date}" for flow in deal.flows)
        return entry, tuple(self._change(key) for key in keys)

    def all_positions(self) -> tuple[PositionChange, ...]:
        """Every position, in order of first use."""
        return tuple(self._change(key) for key in self.positions)

    def net_position(self, currency: Currency) -> Decimal:
        """Net amount of a currency; positive = long."""
        return self.net.get(currency, ZERO)

    def result(self, pair: CurrencyPair, mid: Decimal) -> Decimal:
        """Profit (positive) or loss of a pair at `mid`, in its counter currency."""
        known = self.results.get(pair)
        return known.against(mid) if known is not None else ZERO

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
