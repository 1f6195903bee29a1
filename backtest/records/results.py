"""The ledger's result of every pair, split into where it came from.

    margin     gain of each deal against the middle when it was made, of deals on our quotes
    hedging    the same of deals on orders of ours: what it cost to deal at the market's price
    inventory  what the positions gained by the spot middle moving between deals
    carry      what forward positions gained by their points moving and running off, and the
               interest of loans at the market's rate, day by day

Of one deal that bought b (net, base currency) for c (what the counter currency receives, negative),
made at the spot middle m0 and valued at the spot middle m and the points p to each of its dates:

    edge      = gain against the middle then, as booked                 -> margin or hedging
    inventory = spot: c + b m - edge;   else: b (m - m0)
    carry     = spot: 0;                else: c + b m + sum of b_d p_d - edge - b (m - m0)

The three add up to c + b m + sum of b_d p_d, which is what the ledger says the deal is worth: so
they do in sum, whatever was dealt in between. A loan is worth its edge and the interest accrued
since: what it pays in all, less the edge, in equal parts for each day from its start.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec

from backtest.records.market import MarketSource
from robot.basics.currency import base_of, round_amount
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.flow import Flow, Leg
from robot.deals.product import ProductKind
from robot.ledger.ledger import Ledger, PairResult, interest_at_mid
from robot.ledger.posting import CONTRA
from robot.limits.results import currency_of
from robot.market.pricing import LastPoints
from robot.messages.effects import Entry


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What one deal adds to its pair."""

    name: str
    """Of the result: a pair, of loans currency and product."""
    base: Decimal
    counter: Decimal
    forward: dict[date, Decimal]
    interest: dict[str, Decimal] = {}
    """Of a loan, as the ledger has it."""
    edge: Decimal
    at_start: Decimal
    """What `base` was worth at the spot middle when it was dealt, as `inventory` counts."""
    as_taker: bool
    spot_mid: Decimal | None
    net: dict[str, Decimal]
    """What it moves of each currency, all dates."""


class PairBook(msgspec.Struct):
    """One pair since the record began."""

    result: PairResult
    """As the ledger has it, what it had before the record began too."""
    margin: Decimal = ZERO
    hedging: Decimal = ZERO
    at_start: Decimal = ZERO
    """Sum over deals, and over what was there before."""
    brought: Decimal = ZERO
    """The ledger's result when the record began."""
    before: PairResult | None = None
    """What was there when it began, as long as there was no middle to value it at."""


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """A result and where it came from; the four add up to `total`."""

    mid: Decimal
    margin: Decimal
    hedging: Decimal
    inventory: Decimal
    carry: Decimal
    total: Decimal


class Books(msgspec.Struct):
    """All pairs, and the deals whose part may still be taken out again."""

    pairs: dict[str, PairBook] = {}
    parts: dict[str, Part] = {}
    """By deal, of this and the previous trade date."""
    older: dict[str, Part] = {}
    net: dict[str, Decimal] = {}
    """Net amount of each currency; positive = long."""
    loans: dict[str, bool] = {}
    """Names of results that are of loans."""

    def open(self, ledger: Ledger) -> None:
        """What was there when the record began; it is valued at the first middle there is, loans at
        the interest accrued by then.
        """
        self.net = {str(currency): amount for currency, amount in ledger.net.items()}
        for name, known in ledger.results.items():
            loan = "/" not in name
            book = PairBook(result=_copy(known), before=_copy(known))
            self.pairs[name], self.loans[name] = book, loan

    def value_begun(self, market: MarketSource, at_ns: int) -> None:
        """Value what was there when the record began, as far as there are middles by now."""
        for name, book in self.pairs.items():
            if book.before is not None:
                self.value(name, market, at_ns)

    def add(self, deal: Deal, spot_mid: Decimal | None) -> Part:
        """A deal was booked; with the spot middle of that moment."""
        part = part_of(deal, spot_mid)
        self.loans[part.name] = deal.kind.is_loan
        self._enter(part, 1)
        self.parts[deal.deal_id] = part
        return part

    def amend(self, after: Deal, reversal: Entry) -> Part | None:
        """A deal became another; None where it is void now. What one from before the record was
        worth goes out of the inventory: what it gained when it was made is not of this record.
        """
        known = self.parts.pop(after.deal_id, None) or self.older.pop(after.deal_id, None)
        if known is None:
            known = _part_before(after, reversal)
        self._enter(known, -1)
        return None if after.void else self.add(after, known.spot_mid)

    def close_day(self, following: date) -> None:
        """A trade date ended, and another begins."""
        self.older, self.parts = self.parts, {}
        for book in self.pairs.values():
            book.result.settle(following)

    def value(self, name: str, market: MarketSource, at_ns: int) -> Split | None:
        """The result of a pair now; None where it never had a middle."""
        book, today = self.pairs[name], market.trade_date
        mid = ZERO if self.loans[name] else market.last_spot(name, at_ns)
        if mid is None or today is None:
            return None

        def points_to(day: date) -> LastPoints | None:
            return market.points(name, day, at_ns)

        if book.before is not None:
            book.brought = book.before.against(mid, points_to, today).result
            book.at_start += book.before.base * mid
            book.before = None
        worth = book.result.against(mid, points_to, today).result
        if self.loans[name]:
            return _split_of_loans(name, book, worth)
        return _split(name, book, mid, worth)

    def _enter(self, part: Part, sign: int) -> None:
        book = self.pairs.setdefault(part.name, PairBook(result=PairResult()))
        result = book.result
        result.base += sign * part.base
        result.counter += sign * part.counter
        for day, amount in part.forward.items():
            result.forward[day] = result.forward.get(day, ZERO) + sign * amount
        for term, amount in part.interest.items():
            result.interest[term] = result.interest.get(term, ZERO) + sign * amount
        if part.as_taker:
            book.hedging += sign * part.edge
        else:
            book.margin += sign * part.edge
        book.at_start += sign * part.at_start
        for currency, amount in part.net.items():
            self.net[currency] = self.net.get(currency, ZERO) + sign * amount


def part_of(deal: Deal, spot_mid: Decimal | None) -> Part:
    """What a deal adds; without a spot middle of then it counts from the rate it was dealt at."""
    kind = deal.kind
    if kind.is_loan:
        return Part(
            name=f"{deal.pair} {deal.product}",
            base=ZERO,
            counter=deal.edge,
            forward={},
            interest={f"{deal.value_date} {deal.last_value_date}": interest_at_mid(deal)},
            edge=deal.edge,
            at_start=ZERO,
            as_taker=deal.as_taker,
            spot_mid=None,
            net=_net_of(deal),
        )
    base, counter, forward = _flows_of(deal)
    if spot_mid is None:
        spot_mid = deal.spot_rate or deal.rate
    spot = kind is ProductKind.SPOT
    return Part(
        name=deal.pair,
        base=base,
        counter=counter,
        forward=forward,
        edge=deal.edge,
        at_start=deal.edge - counter if spot else base * spot_mid,
        as_taker=deal.as_taker,
        spot_mid=spot_mid,
        net=_net_of(deal),
    )


def _part_before(after: Deal, reversal: Entry) -> Part:
    """The version that an entry takes back, of a deal from before the record."""
    flows = [
        Flow(one.currency, -one.amount, one.value_date)
        for one in reversal.postings
        if one.account != CONTRA
    ]
    dealt = msgspec.structs.replace(after, agreed_legs=(_leg(flows),))
    part = part_of(dealt, None)
    if after.kind.is_loan:
        return part
    # All that it is worth now is taken for inventory: b m - at_start = c + b m.
    return msgspec.structs.replace(part, edge=ZERO, at_start=-part.counter)


def _leg(flows: list[Flow]) -> Leg:
    return Leg(value_date=flows[0].value_date, rate=ZERO, flows=tuple(flows))


def _net_of(deal: Deal) -> dict[str, Decimal]:
    net: dict[str, Decimal] = {}
    for flow in deal.flows:
        net[str(flow.currency)] = net.get(str(flow.currency), ZERO) + flow.amount
    return net


def _flows_of(deal: Deal) -> tuple[Decimal, Decimal, dict[date, Decimal]]:
    base, counter = ZERO, ZERO
    forward: dict[date, Decimal] = {}
    currency = base_of(deal.pair)
    for flow in deal.flows:
        if flow.currency != currency:
            counter += flow.amount
            continue
        base += flow.amount
        if deal.kind is not ProductKind.SPOT:
            forward[flow.value_date] = forward.get(flow.value_date, ZERO) + flow.amount
    return base, counter, forward


def _split(name: str, book: PairBook, mid: Decimal, worth: Decimal) -> Split:
    total = _rounded(name, worth) - _rounded(name, book.brought)
    moved = book.result.base * mid - book.at_start
    carry = _rounded(name, worth - book.brought - book.margin - book.hedging - moved)
    return Split(
        mid=mid,
        margin=book.margin,
        hedging=book.hedging,
        inventory=total - book.margin - book.hedging - carry,
        carry=carry,
        total=total,
    )


def _split_of_loans(name: str, book: PairBook, worth: Decimal) -> Split:
    """They have no market to move: what is not their edge is interest."""
    total = _rounded(name, worth) - _rounded(name, book.brought)
    return Split(
        mid=ZERO,
        margin=book.margin,
        hedging=book.hedging,
        inventory=ZERO,
        carry=total - book.margin - book.hedging,
        total=total,
    )


def _copy(result: PairResult) -> PairResult:
    forward, interest = dict(result.forward), dict(result.interest)
    return msgspec.structs.replace(result, forward=forward, interest=interest)


def _rounded(name: str, amount: Decimal) -> Decimal:
    return round_amount(amount, currency_of(name))
