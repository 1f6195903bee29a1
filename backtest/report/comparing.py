"""Two tear sheets side by side, with what differs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from backtest.report import layout
from backtest.report.attribution import SOURCES
from backtest.report.charts import Series, times
from backtest.report.scales import amount, moment
from backtest.report.sheet import Headline, Ratio, Sheet
from backtest.report.tearsheet import figure
from connectors.evidence.page import escaped


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of both."""

    part: str
    """Of the sheet: headline, pair, tier, hits by tier, refusals."""
    name: str
    unit: str
    a: float
    b: float

    @property
    def difference(self) -> float:
        """Of the second from the first."""
        return self.b - self.a


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """What `--json` prints."""

    a: str
    b: str
    same_basis: bool
    """Whether both are of the same time and data."""
    differs: dict[str, tuple[str, str]]
    """Of what they rest on: seed, hashes, versions, changes."""
    rows: tuple[Row, ...]


def compared(a: Sheet, b: Sheet) -> Comparison:
    """All figures that both could have."""
    names = dict.fromkeys((*a.about, *b.about))
    differs = {
        name: (a.about.get(name, "-"), b.about.get(name, "-"))
        for name in names
        if a.about.get(name) != b.about.get(name)
    }
    same = (a.begin_ns, a.end_ns, a.currency) == (b.begin_ns, b.end_ns, b.currency)
    same = same and not any(name.startswith("data ") for name in differs)
    return Comparison(
        a=a.title, b=b.title, same_basis=same, differs=differs, rows=tuple(_rows(a, b))
    )


def _rows(a: Sheet, b: Sheet) -> Iterator[Row]:
    other = {one.name: float(one.value) for one in b.headlines}
    for one in a.headlines:
        value = other.get(one.name, 0.0)
        yield Row(part="headline", name=one.name, unit=one.unit, a=float(one.value), b=value)
    for by in ("pair", "tier"):
        mine = {line.key: float(line.total) for line in a.by[by]}
        theirs = {line.key: float(line.total) for line in b.by[by]}
        yield from _joined(f"result by {by}", a.currency, mine, theirs)
    for name, of in _HITS:
        mine = {one.key: one.ratio for one in of(a)}
        theirs = {one.key: one.ratio for one in of(b)}
        yield from _joined(f"hit ratio by {name}", "share", mine, theirs)
    mine, theirs = _reasons(a), _reasons(b)
    yield from _joined("refusals", "count", mine, theirs)


def _joined(part: str, unit: str, a: dict[str, float], b: dict[str, float]) -> Iterator[Row]:
    for name in dict.fromkeys((*a, *b)):
        yield Row(part=part, name=name, unit=unit, a=a.get(name, 0.0), b=b.get(name, 0.0))


_HITS: tuple[tuple[str, Callable[[Sheet], Sequence[Ratio]]], ...] = (
    ("tier", lambda sheet: sheet.hit_by_tier),
    ("size", lambda sheet: sheet.hit_by_size),
)


def _reasons(sheet: Sheet) -> dict[str, float]:
    counts: dict[str, float] = {}
    for one in sheet.refusals:
        counts[one.reason] = counts.get(one.reason, 0.0) + one.count
    return counts


def comparison_lines(found: Comparison) -> Iterator[str]:
    """As text."""
    yield f"A: {found.a}"
    yield f"B: {found.b}"
    if not found.same_basis:
        yield "A and B are of different times, currencies or data: differences mean little"
    for name, (mine, theirs) in found.differs.items():
        yield f"differs: {name}: {mine} / {theirs}"
    part = ""
    for row in found.rows:
        if row.part != part:
            part = row.part
            yield f"{part:<34} {'A':>16} {'B':>16} {'B - A':>16}"
        yield f"  {row.name:<32} {_told(row, row.a):>16} {_told(row, row.b):>16}" + (
            f" {_told(row, row.difference):>16}"
        )


def comparison_page(a: Sheet, b: Sheet) -> str:
    """As one page of HTML."""
    found = compared(a, b)
    head = [
        f"<header><h1>A {escaped(a.title)} · B {escaped(b.title)}</h1>",
        layout.paragraph(f"A: {_span(a)}", "quiet"),
        layout.paragraph(f"B: {_span(b)}", "quiet"),
        "</header><main>",
    ]
    if not found.same_basis:
        text = "A and B are of different times, currencies or data: differences mean little."
        head.append(layout.paragraph(text, "problem"))
    parts = [
        layout.section("headlines", "Headline figures", _table(found, "headline")),
        layout.section("equity", "Result over time", _equity(a, b)),
        layout.section(
            "results", "Results", _table(found, "result by pair"), _table(found, "result by tier")
        ),
        layout.section(
            "hits",
            "Hit ratios",
            layout.beside(_table(found, "hit ratio by tier"), _table(found, "hit ratio by size")),
        ),
        layout.section("refusals", "Refusals", _table(found, "refusals")),
        layout.section("basis", "What they rest on", _basis(found, a, b)),
    ]
    return layout.page(f"{a.title} and {b.title}", [*head, *parts, "</main>"])


def _span(sheet: Sheet) -> str:
    return f"{moment(sheet.begin_ns)} to {moment(sheet.end_ns)} UTC, {sheet.currency}"


def _table(found: Comparison, part: str) -> str:
    rows = []
    for row in found.rows:
        if row.part != part:
            continue
        kind = ""
        if row.difference and (part.startswith("result") or row.name in ("result", *SOURCES)):
            kind = "good" if row.difference > 0 else "bad"
        told = (_told(row, row.a), _told(row, row.b), (_told(row, row.difference), kind))
        rows.append((row.name, row.unit, *told))
    return layout.table(part.capitalize(), ("figure", "unit", "A", "B", "B − A"), rows, texts=2)


def _told(row: Row, value: float) -> str:
    if row.unit == "share" or row.name == "hit ratio":
        return f"{value:.1%}".replace("-", "−")
    if row.part == "headline":
        return figure(Headline(name=row.name, value=value, unit=row.unit))
    return amount(value, 2 if row.part.startswith("result") else 0)


def _equity(a: Sheet, b: Sheet) -> str:
    lines = [
        Series(name=f"A {a.title}", points=[(float(x), y) for x, y in a.equity], colour="c1"),
        Series(name=f"B {b.title}", points=[(float(x), y) for x, y in b.equity], colour="c3"),
    ]
    apart = ""
    if a.begin_ns != b.begin_ns:  # days apart: side by side from their beginnings
        lines = [
            msgspec.structs.replace(one, points=[(x - start, y) for x, y in one.points])
            for one, start in zip(lines, (a.begin_ns, b.begin_ns), strict=True)
        ]
        apart = layout.paragraph("Both from their own beginning.", "quiet")
    return times("Result over time of both", a.currency, lines) + apart


def _basis(found: Comparison, a: Sheet, b: Sheet) -> str:
    rows = [(name, mine, theirs) for name, (mine, theirs) in found.differs.items()]
    only = [f"only A: {text}" for text in a.assumptions if text not in b.assumptions]
    only += [f"only B: {text}" for text in b.assumptions if text not in a.assumptions]
    both = [text for text in a.assumptions if text in b.assumptions]
    return "".join(
        (
            layout.table("What differs", ("what", "A", "B"), rows, texts=3),
            layout.heading("Assumptions"),
            layout.notes([*only, *both]),
        )
    )
