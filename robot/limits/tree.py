"""The limit tree as it is looked up: from who, where and what to the rows that apply.

Rows are found by (kind, scope, value), and what was found is remembered for each combination, so
that the cost of a check grows with the limits that apply and not with the tree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.deals.limit_rows import (
    BY_BUCKET,
    EACH,
    LADDERS,
    TENOR_BUCKETS,
    AtMaximum,
    LimitKind,
    LimitRow,
    TenorBucket,
    bucket_of,
    row_id,
)
from robot.errors import InvariantViolated
from robot.limits.ladders import Ladder

MEMO_MAX = 20_000
"""Combinations remembered; when there are more they are looked up anew."""
NAMED_MAX = 1_000
"""Keys (dates, currencies, directions) whose accounts are remembered of one combination."""

_OF_POSITION = frozenset({LimitKind.NET_OPEN_POSITION, LimitKind.OVERNIGHT_POSITION})
TWO_SIDED = _OF_POSITION | BY_BUCKET | {LimitKind.DV01_TOTAL}
_BY_CURRENCY = _OF_POSITION | LADDERS
"""Their currencies are looked at for each by itself."""
COUNTED = frozenset(
    {
        LimitKind.COUNTERPARTY_LINE,
        LimitKind.SETTLEMENT,
        LimitKind.QUOTA,
        LimitKind.DAILY_VOLUME,
        LimitKind.NET_OPEN_POSITION,
        LimitKind.QUOTES_OUTSTANDING,
        LimitKind.ORDERS_OUTSTANDING,
    }
)
"""Kinds that add up; the others look at one deal alone."""


class Subject(NamedTuple):
    """Who deals what with whom and where; empty = not known, and no row names it."""

    everyone: str = "all"
    entity: str = ""
    desk: str = ""
    book: str = ""
    trader: str = ""
    strategy: str = ""
    country: str = ""
    group: str = ""
    type: str = ""
    tier: str = ""
    counterparty: str = ""
    venue: str = ""
    product: str = ""
    pair: str = ""
    tenor: str = ""

    @property
    def name(self) -> str:
        """As one text."""
        return "|".join(self)


_SCOPES = Subject._fields[:12]


class Ours(msgspec.Struct, frozen=True):
    """Our own side of every deal."""

    entity: str = ""
    desk: str = ""
    book: str = ""
    trader: str = ""
    strategy: str = ""


class Applied(msgspec.Struct, frozen=True):
    """A row that applies to a subject. `name` is its accounts' without their key."""

    kind: LimitKind
    row: LimitRow
    name: LimitId
    maximum: Decimal
    value: str = ""
    """Whose it is: that of the row's scope, of `*` the one that is meant."""
    keyed: bool = True
    """Whether it depends on the key what counts."""
    until: str = ""
    """The last date that `liquidity_gap` looks at."""

    @property
    def alert(self) -> bool:
        """Whether a refusal by it is told at once."""
        return self.row.at_maximum is not AtMaximum.REFUSE

    @property
    def stops(self) -> str:
        """`scope value` of what it stops when something does not fit; empty = nothing."""
        if self.row.at_maximum is not AtMaximum.STOP:
            return ""
        return f"{self.row.scope[0]} {self.value}"

    def counts(self, key: str) -> bool:
        """Whether what has this key is limited by it."""
        if not self.keyed:
            return True
        row, (currency, _, place) = self.row, key.partition(":")
        if row.currencies and currency not in row.currencies:
            return False
        if self.kind in BY_BUCKET:
            return not row.tenors or place in row.tenors
        return not self.until or place <= self.until

    def account(self, key: str) -> LimitId:
        """The account of a key."""
        return LimitId(f"{self.name}:{key}") if key else self.name


class Rows(dict[LimitKind, tuple[Applied, ...]]):
    """The rows that apply to a subject by their kind, and their accounts as they were asked for."""

    def __init__(self, rows: Mapping[LimitKind, tuple[Applied, ...]]) -> None:
        super().__init__(rows)
        self._accounts: dict[tuple[LimitKind, str], tuple[tuple[LimitId, Applied], ...]] = {}

    def accounts(self, kind: LimitKind, key: str) -> tuple[tuple[LimitId, Applied], ...]:
        """What limits that much of a kind with this key: the names, and whose they are."""
        known = self._accounts.get((kind, key))
        if known is None:
            if len(self._accounts) >= NAMED_MAX:
                self._accounts.clear()
            rows = self.get(kind, ())
            known = tuple((row.account(key), row) for row in rows if row.counts(key))
            self._accounts[kind, key] = known
        return known


class LimitTree:
    """The rows in force, and what was looked up of them."""

    def __init__(
        self,
        rows: dict[LimitKind, tuple[LimitRow, ...]],
        day: date | None,
        buckets: tuple[TenorBucket, ...] = TENOR_BUCKETS,
        granted: Mapping[LimitId, Decimal] = MappingProxyType({}),
        overnight: bool = True,
    ) -> None:
        self.timed = any(row.timed for given in rows.values() for row in given)
        """Whether a row lets something through at some times only."""
        self.granted = granted
        """Other maxima for a time, of rows or of single accounts."""
        self.rows = rows
        self.day = day
        self.buckets = buckets
        self._index: dict[tuple[LimitKind, str, str], list[LimitRow]] = {}
        self._memo: dict[Subject, Rows] = {}
        self.kinds: frozenset[LimitKind] = frozenset()
        dated = any(row.from_date or row.until_date for given in rows.values() for row in given)
        for kind, given in rows.items():
            for row in given:
                if row.holds_on(day) and (overnight or kind is not LimitKind.OVERNIGHT_POSITION):
                    self._index.setdefault((kind, *row.scope), []).append(row)
                    self.kinds |= {kind}
        self.ladder: Ladder | None = None
        """What its rows count by value date; None = nothing."""
        if self.kinds & LADDERS:
            if day is None:
                raise InvariantViolated("limits by value date need a trade date")
            self.ladder = Ladder(rows, self.kinds, day, buckets)
        self.daily = dated or self.ladder is not None or LimitKind.OVERNIGHT_POSITION in rows
        """Whether another day has other rows or figures."""

    def tenor(self, days: int) -> str:
        """The bucket of a deal so long."""
        return bucket_of(self.buckets, days)

    def applied(self, subject: Subject) -> Rows:
        """All rows that apply, by kind."""
        known = self._memo.get(subject)
        if known is not None:
            return known
        found = {kind: tuple(self._found(kind, subject)) for kind in LimitKind}
        of_night = found.pop(LimitKind.OVERNIGHT_POSITION)  # they count what positions count
        found[LimitKind.NET_OPEN_POSITION] += of_night
        made = Rows({kind: rows for kind, rows in found.items() if rows})
        if len(self._memo) >= MEMO_MAX:
            self._memo.clear()
        self._memo[subject] = made
        return made

    def _found(self, kind: LimitKind, subject: Subject) -> Iterator[Applied]:
        if kind not in self.kinds:
            return
        for scope, value in zip(_SCOPES, subject[:12], strict=True):
            for wanted in (value, EACH) if value else ():
                for row in self._index.get((kind, scope, wanted), ()):
                    if _concerns(kind, row, subject):
                        name = row_id(kind, row)
                        if wanted == EACH and row.id:
                            name = f"{name}:{value}"
                        elif wanted == EACH:
                            name = name.replace(f"={EACH}", f"={value}", 1)
                        own = row.maximum if row.maximum is not None else ZERO
                        maximum = self.granted.get(LimitId(name), own)
                        keyed, until = kind in _BY_CURRENCY, self._until(row)
                        yield Applied(kind, row, LimitId(name), maximum, value, keyed, until)

    def _until(self, row: LimitRow) -> str:
        if not row.horizon_days or self.day is None:
            return ""
        return (self.day + timedelta(days=row.horizon_days)).isoformat()


def _concerns(kind: LimitKind, row: LimitRow, subject: Subject) -> bool:
    """Whether the filters let it through; those of `permitted` are what is permitted, and the
    currencies of a position, the tenors of a ladder are looked at for each by itself.
    """
    if kind is LimitKind.PERMITTED:
        return True
    return _passes(row, subject, currencies=kind not in _BY_CURRENCY, tenors=kind not in BY_BUCKET)


def permits(row: LimitRow, subject: Subject) -> bool:
    """Whether a row of `permitted` lists the product, the pair, both currencies and the tenor."""
    both = subject.pair.split("/")
    return _passes(row, subject, currencies=False) and (
        not row.currencies or all(name in row.currencies for name in both)
    )


def _passes(row: LimitRow, subject: Subject, *, currencies: bool, tenors: bool = True) -> bool:
    return (
        (not row.products or subject.product in row.products)
        and (not row.pairs or subject.pair in row.pairs)
        and (not tenors or not row.tenors or subject.tenor in row.tenors)
        and (
            not currencies
            or not row.currencies
            or any(name in row.currencies for name in subject.pair.split("/"))
        )
    )
