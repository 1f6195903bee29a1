"""Limits of losses: the results of every part of ours, and the accounts of the rows that look at
them.

A holding is what one of ours (entity, desk, book, trader, strategy) has in one pair; it is kept
whatever rows there are. The result of a row is the sum of the holdings it is about. Its account's
utilisation is what was lost: negative = won. What cannot be valued lets nothing through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.currency import base_of, counter_of
from robot.basics.ids import DealId, LimitId
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.limit_rows import OF_LOSS, AtMaximum, LimitKind
from robot.limits.exposure import Quoted, position_limit
from robot.limits.limit import LimitAccount, Reason, Refusal
from robot.limits.results import (
    Average,
    Rate,
    Traded,
    Worth,
    currency_of,
    result_name,
    traded_of,
    worth_of,
)
from robot.limits.tree import Applied, LimitTree, Subject
from robot.messages.checks import Check

LOSS_REASONS = frozenset({Reason.LOSS_DAY, Reason.LOSS_MONTH, Reason.DRAWDOWN})
FAR_OVER = Decimal("1.2")
"""So many times the maximum stops the desk (C-28)."""
_CLEARLY = Decimal("0.95")
"""A level that was reached is told again only after the figure was below this part of it."""
_TOLD_SHARE = Decimal("0.01")
"""A figure is recorded when it has moved by this part of the maximum."""

Rows = Mapping[LimitKind, tuple[Applied, ...]]
Accounts = dict[LimitId, LimitAccount]


class Holding(msgspec.Struct, kw_only=True):
    """What one of ours has in one pair, and what it was worth when the day and the month began."""

    subject: Subject
    name: str
    """The pair; of loans currency and product."""
    opening: Average = msgspec.field(default_factory=Average)
    """Before the first of `deals`."""
    deals: dict[DealId, Traded] = {}
    """Those that may still be taken back or corrected, in their order."""
    now: Average = msgspec.field(default_factory=Average)
    day: Worth | None = Worth()
    month: Worth | None = Worth()
    """None = what it is worth when it is valued next."""

    def again(self, today: date | None) -> Average:
        """Worked out anew from the opening and the deals."""
        made = msgspec.structs.replace(
            self.opening, forward=dict(self.opening.forward), points=dict(self.opening.points)
        )
        for traded in self.deals.values():
            made.take(traded, self.name)
        if today is not None:
            made.settle(today)
        return made


class Mark(msgspec.Struct, frozen=True):
    """The middle of a pair, and when it was fit to deal on."""

    mid: Decimal
    at_ns: int


class Marks(msgspec.Struct):
    """At what the holdings were valued last; part of the state, so that anybody can do it again."""

    mids: dict[str, Mark] = {}
    points: dict[str, dict[date, Decimal]] = {}
    rates: dict[str, Rate] = {}
    missing: dict[str, str] = {}
    """Pair or currency -> why it has no price now."""
    asked: dict[str, bool] = {}
    """Pairs whose price was looked at."""


class Watched(msgspec.Struct):
    """What is remembered of an account."""

    peak: Decimal | None = None
    """The highest result since the row came into force, for `drawdown`."""
    level: int = 0
    """1 = the maximum was reached, 2 = `FAR_OVER` of it."""
    told: Decimal = ZERO
    """The figure as it was recorded last."""
    unknown: bool = False
    unknown_told_ns: int = 0
    """When it was told last that it cannot be valued."""


class Planned(msgspec.Struct, frozen=True):
    """An account: the row that makes it, and the holdings it is about."""

    row: Applied
    keys: list[str]


class News(msgspec.Struct, frozen=True):
    """Something happened to an account that the core acts on."""

    planned: Planned
    what: str
    """WARNING, REACHED, FAR_OVER or NOT_VALUED."""


class LossBook(msgspec.Struct, dict=True):
    """All holdings, and what is remembered of the accounts. The tree is no state."""

    line_currency: str = ""
    today: date | None = None
    holdings: dict[str, Holding] = {}
    marks: Marks = msgspec.field(default_factory=Marks)
    watched: dict[LimitId, Watched] = {}
    valued_ns: int = 0
    """When they were valued last; 0 = they have to be as soon as there is a price."""
    soon: bool = False
    expiring: bool = False
    """Which timers are set: to value again soon, and when the oldest price is too old."""

    # --- the rows

    @property
    def in_force(self) -> bool:
        """Whether any row looks at results."""
        found: bool = self.__dict__.get("rows_in_force", False)
        return found

    def attach(self, tree: LimitTree) -> None:
        """Look rows up in this tree from now on."""
        in_force = any(kind in tree.kinds for kind in OF_LOSS)
        self.__dict__.update(tree=tree, plan=None, rows_in_force=in_force)

    @property
    def plan(self) -> list[Planned]:
        """Every account that there is something to value for."""
        plan: list[Planned] | None = self.__dict__.get("plan")
        if plan is None:
            plan = self.__dict__["plan"] = self._planned() if self.in_force else []
        return plan

    def _planned(self) -> list[Planned]:
        tree: LimitTree = self.__dict__["tree"]
        found: dict[LimitId, Planned] = {}
        for key, holding in self.holdings.items():
            applied = tree.applied(holding.subject)
            for kind in OF_LOSS:
                for row in applied.get(kind, ()):
                    found.setdefault(row.name, Planned(row, [])).keys.append(key)
        return list(found.values())

    def remake(self, accounts: Accounts, line_currency: str) -> None:
        """The accounts of the rows in force. In another line currency every loss begins anew."""
        if self.line_currency not in ("", line_currency):
            self.marks, self.watched = Marks(), {}
            for holding in self.holdings.values():
                holding.day = holding.month = None
        self.line_currency = line_currency
        names = {planned.row.name for planned in self.plan}
        self.watched = {name: one for name, one in self.watched.items() if name in names}
        self.value(accounts)
        self.valued_ns = 0

    def account(self, accounts: Accounts, row: Applied) -> LimitAccount:
        """A row's account, made when it is first needed."""
        known = accounts.get(row.name)
        if known is None:
            known = accounts[row.name] = LimitAccount(
                limit_id=row.name,
                reason=Reason(row.kind.upper()),
                maximum=row.maximum,
                two_sided=False,
                in_tree=True,
                warn=row.row.warn,
                alert=row.alert,
            )
        return known

    # --- what was dealt

    def note(self, subject: Subject, deal: Deal, accounts: Accounts) -> None:
        """A deal was made."""
        name = result_name(deal)
        ours = subject[1:6]
        key = "|".join((*ours, name))
        holding = self.holdings.get(key)
        if holding is None:
            whose = Subject("all", *ours, pair=deal.pair)
            holding = self.holdings[key] = Holding(subject=whose, name=name)
            self.__dict__["plan"] = None
            self.value(accounts)  # before it: what a new drawdown is measured from
        traded = traded_of(deal)
        holding.deals[deal.deal_id] = traded
        holding.now.take(traded, name)

    def amend(self, after: Deal) -> None:
        """A deal became another, or none: as if it had been so from the start."""
        for holding in self.holdings.values():
            if after.deal_id in holding.deals:
                holding.deals[after.deal_id] = traded_of(after)
                holding.now = holding.again(self.today)

    def close(self, *, month: bool) -> list[str]:
        """A day is over, and perhaps a month: from here on it is counted anew. Names what could not
        be valued; that goes on counting from where it began before.
        """
        left = []
        for key, holding in self.holdings.items():
            worth = self._worth(holding.now, holding.name)
            if isinstance(worth, str):
                left.append(f"{key}: {worth}")
                continue
            holding.day = worth
            holding.month = worth if month else holding.month
        return left

    def begin(self, today: date, kept: Iterable[DealId]) -> None:
        """A new day: value dates have passed, and only these deals may still be changed."""
        self.today = today
        known = frozenset(kept)
        for holding in self.holdings.values():
            for deal in [deal for deal in holding.deals if deal not in known]:
                holding.opening.take(holding.deals.pop(deal), holding.name)
            holding.opening.settle(today)
            holding.now.settle(today)

    # --- what it is worth

    def needed(self) -> Iterator[Holding]:
        """Those that have a result."""
        return (one for one in self.holdings.values() if not one.now.is_nothing)

    def _worth(self, held: Average, name: str) -> Worth | str:
        """In line currency, or why that is not known."""
        if held.is_nothing:
            return Worth()
        marks, currency = self.marks, currency_of(name)
        rate = Rate() if currency == self.line_currency else marks.rates.get(currency)
        if rate is None:
            return marks.missing.get(currency) or f"no rate for {currency} yet"
        mid, points = ZERO, marks.points.get(name, {})
        if held.is_open:
            mark = marks.mids.get(name)
            if mark is None or name in marks.missing:
                return marks.missing.get(name) or f"no price of {name} yet"
            if any(amount and day not in points for day, amount in held.forward.items()):
                return f"no points of {name} to all dates it is held for"
            mid = mark.mid
        return worth_of(held, mid, points, rate)

    def value(self, accounts: Accounts) -> None:
        """Every account's figure by the marks of now."""
        if not self.in_force:
            return
        worths = {key: self._worth(one.now, one.name) for key, one in self.holdings.items()}
        for key, worth in worths.items():
            holding = self.holdings[key]
            if isinstance(worth, Worth):
                holding.day = worth if holding.day is None else holding.day
                holding.month = worth if holding.month is None else holding.month
        for planned in self.plan:
            account = self.account(accounts, planned.row)
            result = self._result(planned, worths)
            if isinstance(result, str):
                account.unknown = result
                continue
            watched = self.watched.setdefault(account.limit_id, Watched())
            if planned.row.kind is LimitKind.DRAWDOWN:
                peak = watched.peak
                watched.peak = result if peak is None or peak < result else peak
            account.unknown = ""
            account.utilisation = self._figure(planned, result, watched)

    def _result(self, planned: Planned, worths: Mapping[str, Worth | str]) -> Decimal | str:
        total = ZERO
        for key in planned.keys:
            worth = worths[key]
            if isinstance(worth, str):
                return worth
            total += worth.counted(planned.row.row.counts)
        return total

    def _figure(self, planned: Planned, result: Decimal, watched: Watched) -> Decimal:
        """What was lost: the result when it began less that of now."""
        if planned.row.kind is LimitKind.DRAWDOWN:
            assert watched.peak is not None, "a drawdown has its peak when it is valued"
            return watched.peak - result
        began = ZERO
        for key in planned.keys:
            holding = self.holdings[key]
            worth = holding.day if planned.row.kind is LimitKind.LOSS_DAY else holding.month
            assert worth is not None, "it began when it was valued first"
            began += worth.counted(planned.row.row.counts)
        return began - result

    def news(self, accounts: Accounts) -> list[News]:
        """What has become of the accounts since it was asked last."""
        found = []
        for planned in self.plan:
            account = accounts[planned.row.name]
            watched = self.watched.setdefault(account.limit_id, Watched())
            if account.unknown:
                if not watched.unknown:
                    found.append(News(planned, "NOT_VALUED"))
                watched.unknown = True
                continue
            watched.unknown = False
            if account.warn and account.crosses():
                found.append(News(planned, "WARNING"))
            reached = _level(account, watched.level)
            if reached > watched.level:
                found.append(News(planned, "FAR_OVER" if reached > 1 else "REACHED"))
            watched.level = reached
        return found

    def moved(self, accounts: Accounts, *, closely: bool) -> list[tuple[LimitAccount, Decimal]]:
        """The accounts whose figure is to be recorded, and by how much it moved: `closely` by
        anything, else by a hundredth of the maximum.
        """
        found = []
        for planned in self.plan:
            account = accounts[planned.row.name]
            watched = self.watched.setdefault(account.limit_id, Watched())
            change = account.utilisation - watched.told
            if change and (closely or abs(change) >= account.maximum * _TOLD_SHARE):
                watched.told = account.utilisation
                found.append((account, change))
        return found

    # --- what is to be dealt

    def judge(
        self, quoted: Quoted, rows: Rows, accounts: Accounts, *, order: bool
    ) -> Iterator[Check | Refusal]:
        """Whether anything new may be dealt. At the maximum nothing may but an order of ours that
        only brings a position back, and that not where the row stops.
        """
        for kind in OF_LOSS:
            for row in rows.get(kind, ()):
                account = self.account(accounts, row)
                unknown = account.unknown or self._unpriced(quoted)
                reached = self.is_reached(account)
                fine = not (unknown or reached) or (
                    order
                    and row.row.at_maximum is not AtMaximum.STOP
                    and only_reduces(quoted, accounts, self.line_currency)
                )
                yield _check(account, fine=fine)
                if not fine:
                    yield _refusal(account, unknown)

    def is_reached(self, account: LimitAccount) -> bool:
        """Whether it is at its maximum, or has been and is not clearly below it yet."""
        watched = self.watched.get(account.limit_id)
        far = watched is not None and _level(account, watched.level) > 0
        return far or account.utilisation >= account.maximum

    def _unpriced(self, quoted: Quoted) -> str:
        """Why the result of what is asked for could not be worked out; empty = it could."""
        currency = quoted.pair[-3:]
        if currency == self.line_currency or currency in self.marks.rates:
            return ""
        return self.marks.missing.get(currency) or f"no rate for {currency} yet"

    # --- whether all of it is so

    def differences(
        self, accounts: Accounts, results: Mapping[str, tuple[Decimal, Decimal]]
    ) -> list[str]:
        """What is not as it comes out of the deals, the marks and the ledger (`results`: base and
        counter by name) when it is worked out anew.
        """
        told, sums = [], dict.fromkeys(results, (ZERO, ZERO))
        worths: dict[str, Worth | str] = {}
        for key, holding in self.holdings.items():
            again = holding.again(self.today)
            worths[key] = self._worth(again, holding.name)
            if _plain(again) != _plain(holding.now):
                told.append(f"{key}: {holding.now} held, {again} recomputed")
            base, counter = sums.get(holding.name, (ZERO, ZERO))
            sums[holding.name] = (base + again.base, counter + again.cash)
        for name, summed in sums.items():
            if summed != results.get(name):
                told.append(f"{name}: {summed} held, {results.get(name)} in the ledger")
        for planned in self.plan:
            account = accounts.get(planned.row.name)
            result = self._result(planned, worths)
            if isinstance(result, str) or (account is not None and account.unknown):
                continue
            name, used = planned.row.name, account.utilisation if account is not None else None
            wanted = self._figure(planned, result, self.watched[name])
            if wanted != used:
                told.append(f"{name}: {used} counted, {wanted} recomputed")
        return told


def only_reduces(quoted: Quoted, accounts: Accounts, line_currency: str) -> bool:
    """Whether everything outstanding and this only bring positions back: the one in the base
    currency (in the counter currency where the base is the line's) gets smaller and is not turned,
    the other does not end larger. One in the line currency has no result.
    """
    if quoted.kind.is_loan:
        return False
    first, second = base_of(quoted.pair), counter_of(quoted.pair)
    if first == line_currency:
        first, second = second, first
    for case in quoted.cases:
        nets = case.agreed.nets
        before, after = _ends(accounts, first, nets[first])
        if not before * nets[first] < ZERO or before * after < ZERO:
            return False
        if second != line_currency:
            before, after = _ends(accounts, second, nets[second])
            if abs(after) > abs(before):
                return False
    return True


def _ends(accounts: Accounts, currency: str, amount: Decimal) -> tuple[Decimal, Decimal]:
    """The position now, and with everything outstanding on the amount's side."""
    account = accounts.get(position_limit(currency))
    if account is None:
        return ZERO, amount  # nothing may be dealt in it: the table refuses
    used = account.utilisation
    held = account.reserved_up if amount > ZERO else -account.reserved_down
    return used, used + held + amount


def _level(account: LimitAccount, before: int) -> int:
    """How far it has gone; a level is left only clearly below it."""
    lost, maximum = account.utilisation, account.maximum
    levels = (maximum, maximum * FAR_OVER)
    reached = sum(lost >= level for level in levels) if lost > ZERO else 0
    near = sum(lost >= level * _CLEARLY for level in levels) if lost > ZERO else 0
    return max(reached, min(before, near))


def _check(account: LimitAccount, *, fine: bool) -> Check:
    """It asks for nothing: what was lost against the most that may be."""
    lost, maximum = account.utilisation, account.maximum
    result = "ok" if fine else "refused"
    kind = str(account.reason)
    return Check(account.limit_id, kind, lost, ZERO, ZERO, maximum, maximum - lost, result)


def _refusal(account: LimitAccount, unknown: str) -> Refusal:
    name = account.limit_id
    if unknown:
        detail = f"{name} maximum {account.maximum} cannot be valued: {unknown}"
        return Refusal(reason=Reason.NOT_VALUED, detail=detail, alert=account.alert)
    detail = f"{name} maximum {account.maximum}, lost {account.utilisation}"
    return Refusal(reason=account.reason, detail=detail, alert=account.alert)


def _plain(held: Average) -> tuple[object, ...]:
    """Without amounts that have become zero."""
    open_ = {day: amount for day, amount in held.forward.items() if amount}
    points = {day: amount for day, amount in held.points.items() if amount}
    return held.base, held.counter, held.cost, open_, points
