"""Other maxima that were granted for a time: which limits there are to grant one of, by their ids.

A grant names an account (`settlement:counterparty=BANKA:2026-10-23`), all of a row
(`settlement:counterparty=BANKA`), a row that counts nothing (`clip:everyone=all`) or a figure of
the tables. What is permitted has no maximum, so nothing to grant.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

import msgspec

from robot.basics.ids import LimitId
from robot.deals.limit_rows import EACH, LimitKind, LimitRow, row_id
from robot.deals.reference import Limits, Reference
from robot.limits.lines import MESSAGE_RATE, PRICE_COLLAR, RATE_COLLAR, deal_size_limit
from robot.limits.tree import COUNTED, LimitTree
from robot.messages.checks import Check

OVERRIDDEN = "overridden"
"""In the result of a check whose maximum is another than the limit's own."""
_NEAR_MAX = 500


def why_unknown(
    reference: Reference, tree: LimitTree, accounts: Iterable[LimitId], name: str
) -> str:
    """Why nothing can be granted under a name; empty = it is a limit in force."""
    known = [*accounts, *_of_tables(reference.limits)]
    if name in known or _is_of_row(reference, tree, name):
        return ""
    kind = name.partition(":")[0]
    names = [*known, *_of_rows(tree)]
    alike = [one for one in names if one.partition(":")[0] == kind] or names
    near = difflib.get_close_matches(name, alike[:_NEAR_MAX], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    return f"no limit is called {name}{hint}"


def with_granted(limits: Limits, granted: Mapping[LimitId, Decimal]) -> Limits:
    """The limits with what was granted of figures of the tables that count nothing."""
    if not granted:
        return limits
    rate_collar = limits.rate_collar_bp
    return msgspec.structs.replace(
        limits,
        price_collar_bp=granted.get(PRICE_COLLAR, limits.price_collar_bp),
        rate_collar_bp=rate_collar and granted.get(RATE_COLLAR, rate_collar),
        messages_per_second=int(granted.get(MESSAGE_RATE, Decimal(limits.messages_per_second))),
        deal_size=tuple(
            msgspec.structs.replace(
                row,
                products=(product,),
                maximum=granted.get(deal_size_limit(product, row.pair, row.tier), row.maximum),
            )
            for row in limits.deal_size
            for product in row.products
        ),
    )


def marked(checks: tuple[Check, ...], granted: Mapping[LimitId, object]) -> tuple[Check, ...]:
    """The checks, those against another maximum than the limit's own so told."""
    return tuple(
        msgspec.structs.replace(one, result=f"{one.result}, {OVERRIDDEN}")
        if any(_is_under(one.limit_id, name) for name in granted)
        else one
        for one in checks
    )


def _is_under(limit_id: str, name: str) -> bool:
    return limit_id == name or limit_id.startswith(f"{name}:")


def _of_tables(limits: Limits) -> Iterator[LimitId]:
    """Figures of the tables that count nothing."""
    yield PRICE_COLLAR
    if limits.rate_collar_bp is not None:
        yield RATE_COLLAR
    yield MESSAGE_RATE
    for row in limits.deal_size:
        for product in row.products:
            yield deal_size_limit(product, row.pair, row.tier)


def _of_rows(tree: LimitTree) -> Iterator[str]:
    for kind, row in _rows(tree):
        yield row_id(kind, row)


def _rows(tree: LimitTree) -> Iterator[tuple[LimitKind, LimitRow]]:
    for kind, rows in tree.rows.items():
        for row in rows:
            if row.maximum is not None and row.holds_on(tree.day):
                yield kind, row


def _is_of_row(reference: Reference, tree: LimitTree, name: str) -> bool:
    """Whether it is a row's, or of one of its accounts."""
    for kind, row in _rows(tree):
        own = row_id(kind, row)
        for full in _names(reference, row, own, name):
            if name == full or (kind in COUNTED and name.startswith(f"{full}:")):
                return True
    return False


def _names(reference: Reference, row: LimitRow, own: str, wanted: str) -> Iterator[str]:
    """What a row is called for those it is about; of `*` only where the name can be one of them."""
    scope, value = row.scope
    if value != EACH:
        yield own
        return
    before, after = (own, "") if row.id else own.split(EACH, 1)
    if not wanted.startswith(before):
        return
    for one in _values(reference, scope, wanted[len(before) :].lstrip(":")):
        yield f"{before}:{one}" if row.id else f"{before}{one}{after}"


def _values(reference: Reference, scope: str, rest: str) -> Iterator[str]:
    """Whom `*` of a scope stands for; traders are persons, so any name may be one."""
    parties = reference.counterparties.values()
    if scope in ("entity", "desk", "book"):
        yield getattr(reference, scope)
    elif scope == "strategy":
        yield reference.strategy.name
    elif scope == "venue":
        yield from (venue.id for venue in reference.venues)
    elif scope == "counterparty":
        yield from reference.counterparties
    elif scope == "trader":
        yield rest.partition(":")[0].partition("[")[0]
    else:
        yield from dict.fromkeys(getattr(party, scope) for party in parties)
