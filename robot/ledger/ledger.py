"""The books: positions per book, currency and value date, and the result against the market mid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from robot.basics.currency import Currency, base_of, round_amount
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.product import ProductKind
from robot.errors import InvariantViolated
from robot.ledger.posting import entry_for, reversal_of
from robot.market.pricing import LastPoints
from robot.messages.effects import Entry, PositionChange

PointsTo = Callable[[date], LastPoints | None]
"""Points from spot to a date as they were known last; None = they never were."""


class Valued(NamedTuple):
    """A result, and what it stands on."""

    result: Decimal
    points_age_ms: int = 0
    """Of the oldest points in it that are not of the market of the moment; 0 = all are."""
    without_points: tuple[date, ...] = ()
    """Dates that forwards are held for to which points were never known: counted at spot."""


class PairResult(msgspec.Struct):
    """Running result of one pair: net base bought and the counter cash it cost.

    Of one kind of loans `counter` is what they gained against the market mid when they were dealt,
    and the rest of their interest accrues from day to day.
    """

    base: Decimal = ZERO
    counter: Decimal = ZERO
    forward: dict[date, Decimal] = {}
    """Of the base, what is not spot, by value date."""
    interest: dict[str, Decimal] = {}
    """`start maturity` -> interest of all loans of these dates at the mid when they were dealt;
    positive = we receive.
    """
    earned: Decimal = ZERO
    """The same of loans that have ended."""

    def add(self, deal: Deal, sign: int = 1) -> None:
        """Count a deal; `sign` -1 = take it out again."""
        if deal.kind.is_loan:
            self.counter += sign * deal.edge
            term = f"{deal.value_date} {deal.last_value_date}"
            self.interest[term] = self.interest.get(term, ZERO) + sign * interest_at_mid(deal)
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

    def against(self, mid: Decimal, points_to: PointsTo, today: date) -> Valued:
        """Realised plus unrealised result at the spot `mid`, in the counter currency. What is not
        spot is worth the mid and the points to its date, undiscounted.
        """
        result, age_ms = self.counter + self.base * mid + self.accrued(today), 0
        missing = []
        for day, amount in self.forward.items():
            if not amount or day < today:
                continue  # what was exchanged is spot
            found = points_to(day)
            if found is None:
                missing.append(day)
                continue
            result += amount * found.points
            age_ms = max(age_ms, found.age_ms)
        return Valued(result, age_ms, tuple(missing))

    def accrued(self, today: date) -> Decimal:
        """Interest at the mid from the start of each loan until `today`, in equal parts a day."""
        total = self.earned
        for term, amount in self.interest.items():
            start, maturity = map(date.fromisoformat, term.split(" "))
            total += accrued_interest(amount, start, maturity, today)
        return total

    def settle(self, today: date) -> None:
        """A trade date begins: what ended before it is worth the same on every later date."""
        for day in [day for day in self.forward if day < today]:
            del self.forward[day]
        for term in [term for term in self.interest if term[-10:] < today.isoformat()]:
            self.earned += self.interest.pop(term)


def interest_at_mid(deal: Deal) -> Decimal:
    """What a loan pays in all (positive = to us), less what it gained against the mid."""
    return sum((flow.amount for flow in deal.flows), ZERO) - deal.edge


def accrued_interest(amount: Decimal, start: date, maturity: date, today: date) -> Decimal:
    """The part of a loan's interest that belongs to the days until `today`."""
    days = min(max((today - start).days, 0), (maturity - start).days)
    return amount * days / (maturity - start).days


_NOTHING = PairResult()


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

    def begin_day(self, today: date) -> None:
        """A trade date begins."""
        for result in self.results.values():
            result.settle(today)

    def all_positions(self) -> tuple[PositionChange, ...]:
        """Every position, in order of first use."""
        return tuple(self._change(key) for key in self.positions)

    def net_position(self, currency: Currency) -> Decimal:
        """Net amount of a currency; positive = long."""
        return self.net.get(currency, ZERO)

    def gap(self, book: str, currency: Currency, value_date: date) -> Decimal:
        """Net amount of a currency that moves on a date; positive = we receive."""
        return self.positions.get(f"{book} {currency} {value_date}", ZERO)

    def result(self, name: str, mid: Decimal, points_to: PointsTo, today: date) -> Valued:
        """Profit (positive) or loss of a pair at the spot `mid`, in its counter currency; of a kind
        of loans in their currency. To the smallest amount of it.
        """
        known = self.results.get(name, _NOTHING)
        valued = known.against(mid, points_to, today)
        currency = Currency(name[4:] if name[3:4] == "/" else name[:3])
        return valued._replace(result=round_amount(valued.result, currency))

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
