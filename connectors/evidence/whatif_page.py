"""A what-if as a page, and as other programs and people are sent it: no longer than bounded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from connectors.evidence.page import escaped, heading, page, paragraph, table
from connectors.evidence.use import LimitUse, percent
from connectors.evidence.whatif import Differs, Other, WhatIf
from robot.clock import format_time
from robot.contents import StrategyContent
from robot.deals.reference import Limits

LISTS = {
    "newly_refused": "Quoted on the day, refused now",
    "newly_quoted": "Refused on the day, quoted now",
    "deals_lost": "Deals not made",
    "deals_gained": "Hits refused on the day, dealt on now",
    "requoted": "Answered with another price or reason",
    "apart": "Hits on quotes that would be worse for the client, not judged",
}


class Bounded(msgspec.Struct, frozen=True, kw_only=True):
    """A what-if of which the longest lists are cut."""

    found: WhatIf
    counts: dict[str, int]
    """Of each list how many there are, shown or not."""
    same: bool


def other_of(limits: Mapping[str, object] | None, strategy: Mapping[str, object] | None) -> Other:
    """What is to be otherwise, from contents as they are proposed; None = as on the day."""
    made = Other()
    if limits is not None:
        made = msgspec.structs.replace(made, limits=msgspec.convert(limits, Limits, strict=False))
    if strategy is not None:
        parts = msgspec.convert(strategy, StrategyContent, strict=False)
        made = msgspec.structs.replace(made, strategy=parts.strategy, hedges=parts.hedges)
    return made


def bounded(found: WhatIf, rows_max: int) -> Bounded:
    """The same with at most so many rows in each list."""
    lists = {name: getattr(found, name) for name in LISTS}
    cut = {name: rows[:rows_max] for name, rows in lists.items()}
    return Bounded(
        found=msgspec.structs.replace(found, **cut),
        counts={name: len(rows) for name, rows in lists.items()},
        same=found.same,
    )


def what_if_page(told: Bounded) -> str:
    """As HTML."""
    found = told.found
    verdict = "Nothing would have been otherwise." if told.same else "Something would have been."
    parts = [
        f"<h1>What if: {escaped(found.day)}</h1>",
        paragraph(f"{found.requests} requests and {found.deals} deals on quotes. {verdict}"),
        paragraph(f"segments {', '.join(found.segments)}", "quiet"),
    ]
    if found.problem:
        parts.append(paragraph(f"Not to the end of the day: {found.problem}", "problem"))
    parts += [heading("Assumed"), table(("Assumption",), [(text,) for text in found.assumptions])]
    parts += [heading("In figures"), _figures(told)]
    for name, title in LISTS.items():
        parts += _list(title, getattr(found, name), told.counts[name])
    if found.results:
        parts += [heading("Deals and what they brought, on the day and now"), _results(found)]
    parts += [heading("Peaks, on the day and now"), _peaks(found.peaks)]
    return page(f"What if: {found.day}", parts)


def _results(found: WhatIf) -> str:
    rows = [
        (then.pair, then.deals, f"{then.edge:f}", then.pnl, now.deals, f"{now.edge:f}", now.pnl)
        for then, now in found.results
    ]
    names = ("Pair", "Deals", "Edge", "Result", "Deals now", "Edge now", "Result now")
    return table(names, rows, numbers=6)


def _figures(told: Bounded) -> str:
    found = told.found
    rows: list[tuple[str, object]] = [(LISTS[name], count) for name, count in told.counts.items()]
    rows += [
        ("Refused on the day and now, for another reason", found.refused_otherwise),
        ("Quoted on the day and now, at another price", found.quoted_otherwise),
        ("Orders of ours that would be others", found.own_orders_otherwise),
        ("Changes of the day that are left out", found.changes_left_out),
    ]
    return table(("What", "Count"), rows, numbers=1)


def _list(title: str, rows: Sequence[Differs], count: int) -> list[str]:
    if not rows:
        return []
    names = ("Time", "Venue", "What", "Counterparty", "Limit", "On the day", "Now", "Amount")
    cells = [
        (
            format_time(one.at_ns),
            one.venue,
            f"{one.subject} {one.side} {one.pair}",
            one.counterparty,
            one.limit_id,
            one.recorded,
            one.now,
            f"{one.amount:f}",
        )
        for one in rows
    ]
    more = [paragraph(f"{count - len(rows)} more, not shown", "quiet")] if count > len(rows) else []
    return [heading(f"{title}: {count}"), table(names, cells, numbers=1), *more]


def _peaks(peaks: Sequence[tuple[LimitUse | None, LimitUse | None]]) -> str:
    rows = []
    for then, now in peaks:
        one = now or then
        assert one is not None, "one of them has it"
        before = (f"{then.peak:f}", percent(then.peak_share)) if then else ("unused", "")
        after = (f"{now.peak:f}", percent(now.peak_share)) if now else ("unused", "")
        rows.append((one.limit_id, *before, *after, f"{one.maximum:f}"))
    names = ("Limit", "Peak on the day", "Share", "Peak now", "Share", "Maximum")
    return table(names, rows, numbers=5)
