"""What one live quote or order holds, and how two of them compare."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from robot.basics.numbers import ZERO
from robot.deals.flow import Leg
from robot.deals.limit_rows import LADDERS, LimitKind
from robot.deals.party import SELL, Side
from robot.limits.exposure import Quoted, in_line_currency, line_limit, position_limit
from robot.limits.ladders import Ladder
from robot.limits.limit import Use
from robot.limits.measures import Measure, Priced, measures_of, worst_of
from robot.limits.tree import Subject

_LINE, _POSITION = LimitKind.COUNTERPARTY_LINE, LimitKind.NET_OPEN_POSITION

COUNTED_OF_ORDER = 1
"""An order counts once among what is in the market: the last of its uses."""


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """Headroom held by one live quote or order; `exposures`: its use of the counterparty's line if
    it is dealt on that side.
    """

    uses: tuple[Use, ...]
    exposures: dict[Side, Decimal]
    line_rate: Decimal
    """What one base was worth in the line currency when it was reserved."""
    subject: Subject = Subject()
    measures: tuple[Measure, ...] = ()
    """Its worst case by kind, whatever rows of the tree apply to it."""
    cases: tuple[tuple[Leg, ...], ...] = ()
    """What is exchanged if one side or another of it is dealt on."""


def measures_quoted(
    quoted: Quoted, worths: Sequence[Decimal], line_rate: Decimal, today: str
) -> tuple[Measure, ...]:
    """The worst case of its sides by kind; `worths`: the exposure of each in line currency."""
    kind = quoted.kind
    return worst_of(
        [
            measures_of(case.agreed, kind, case.side is SELL, today, Priced(line_rate, worth))
            for case, worth in zip(quoted.cases, worths, strict=True)
        ]
    )


def measured_anew(held: Reservation, ladder: Ladder | None) -> Reservation:
    """The same with what it comes to by value date under other rows or on another day."""
    kept = tuple(one for one in held.measures if one.kind not in LADDERS)
    of_ladder = ladder.worst(held.subject.product, held.cases) if ladder is not None else ()
    return msgspec.structs.replace(held, measures=(*kept, *of_ladder))


def own_uses(quoted: Quoted, measures: tuple[Measure, ...]) -> tuple[Use, ...]:
    """What it would use of the limits of the tables, but for what is counted."""
    uses: list[Use] = []
    for one in measures:
        kind = one.kind
        if kind is _LINE:
            uses.insert(0, Use(line_limit(quoted.counterparty), one.up, one.down))
        elif kind is _POSITION:
            uses.append(Use(position_limit(one.key), one.up, one.down))
    return tuple(uses)


def exposures_of(quoted: Quoted, worths: Sequence[Decimal]) -> dict[Side, Decimal]:
    """By side; of several cases of one side the worst."""
    found: dict[Side, Decimal] = {}
    for case, worth in zip(quoted.cases, worths, strict=True):
        found[case.side] = max(worth, found.get(case.side, ZERO))
    return found


def worths_of(quoted: Quoted, line_rate: Decimal) -> list[Decimal]:
    """The exposure of each case in line currency; that of most is the same."""
    found: list[Decimal] = []
    for case in quoted.cases:
        same = bool(found) and case.exposure == quoted.cases[len(found) - 1].exposure
        found.append(found[-1] if same else in_line_currency(case.exposure, line_rate))
    return found


def larger(first: Reservation, second: Reservation) -> Reservation:
    """What covers both; `line_rate` is the second's."""
    uses = {use.limit_id: use for use in first.uses}
    for use in second.uses:
        known = uses.get(use.limit_id, Use(use.limit_id, ZERO, ZERO))
        uses[use.limit_id] = Use(use.limit_id, max(known.up, use.up), max(known.down, use.down))
    # what counts it among the orders stays last
    ordered = sorted(uses.values(), key=lambda use: use.limit_id == second.uses[-1].limit_id)
    sides = {**first.exposures, **second.exposures}
    exposures = {
        side: max(first.exposures.get(side, ZERO), second.exposures.get(side, ZERO))
        for side in sides
    }
    return Reservation(
        uses=tuple(ordered),
        exposures=exposures,
        line_rate=second.line_rate,
        subject=second.subject,
        measures=worst_of((first.measures, second.measures)),
        cases=(*first.cases, *second.cases),
    )


def difference(more: tuple[Use, ...], held: tuple[Use, ...]) -> tuple[Use, ...]:
    """What has to be added to `held` for it to be `more`."""
    known = {use.limit_id: use for use in held}
    added = []
    for use in more:
        had = known.get(use.limit_id, Use(use.limit_id, ZERO, ZERO))
        if use.up > had.up or use.down > had.down:
            added.append(Use(use.limit_id, use.up - had.up, use.down - had.down))
    return tuple(added)
