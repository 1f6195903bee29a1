"""Pictures as SVG within the page: no script, no library, coloured by the page's own styles.

Series are told apart by colour and by their name at the line's end or above it; every picture has
a title and a text of what it shows, and the page has its numbers in a table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from backtest.report.scales import short, thinned, ticks, time_text, time_ticks
from connectors.evidence.page import escaped

WIDE, HALF, HEIGHT = 1_080, 540, 300
"""Of pictures over the whole page, and of two beside each other; in units of the screen."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 14, 22, 30
_ROW = 26
_LETTER, _CAPITAL = 6.6, 9.0
"""Widths of letters of the text in pictures, about."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a picture; `x` in ns or in any unit, None in `y` = a gap."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    """A class of the page: c1 to c8, ink, fall."""
    band: Sequence[tuple[float, float, float]] = ()
    """x, low, high: how sure the line is."""
    fill: bool = False
    dashed: bool = False
    """So that a line that lies on another shows it."""


class Bar(msgspec.Struct, frozen=True, kw_only=True):
    """One row of a picture of bars."""

    name: str
    value: float
    text: str
    """What is written beside it."""
    low: float | None = None
    high: float | None = None
    colour: str = "c1"


def times(title: str, unit: str, lines: Sequence[Series], height: int = HEIGHT) -> str:
    """Lines over time, with 0 in sight."""
    lines = [msgspec.structs.replace(one, points=_thin(one.points)) for one in lines]
    every = [point for one in lines for point in one.points]
    if not every:
        return _nothing(title)
    begin, end = min(x for x, _ in every), max(x for x, _ in every)
    if end <= begin:
        begin, end = begin - 30e9, end + 30e9
    frame = _Frame(begin, end, [y for _, y in every], height)
    span = int(end - begin)
    marks = [(x, time_text(x, span)) for x in time_ticks(int(begin), int(end))]
    parts = [frame.grid(marks, unit), *(frame.line(one) for one in lines)]
    return _svg(title, WIDE, height, "".join(parts)) + legend(lines)


def curves(title: str, unit: str, lines: Sequence[Series], names: Sequence[str]) -> str:
    """Lines over places 0, 1, 2 … that have names, as markouts have their horizons; half a page."""
    ys = [y for one in lines for _, y in one.points]
    ys += [y for one in lines for _, low, high in one.band for y in (low, high)]
    if not ys:
        return _nothing(title)
    frame = _Frame(0, max(1, len(names) - 1), ys, HEIGHT, HALF)
    marks = [(place, name) for place, name in enumerate(names)]
    parts = [frame.grid(marks, unit), *(frame.band(one) for one in lines)]
    parts += [frame.line(one, dots=True) for one in lines]
    return _svg(title, HALF, HEIGHT, "".join(parts)) + legend(lines)


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A point of a picture, with how sure it is."""

    name: str
    x: float
    y: float
    colour: str
    low: float | None = None
    high: float | None = None
    large: bool = False
    """To be seen among the others, with its name beside it."""


def plane(
    title: str, unit: str, x_unit: str, lines: Sequence[Series], marks: Sequence[Mark] = ()
) -> str:
    """Lines and points over numbers; half a page wide."""
    places = [point for one in lines for point in one.points]
    places += [(one.x, one.y) for one in marks]
    if not places:
        return _nothing(title)
    ys = [y for _, y in places]
    ys += [y for one in lines for _, low, high in one.band for y in (low, high)]
    ys += [y for one in marks for y in (one.low, one.high) if y is not None]
    at = ticks(min(x for x, _ in places), max(x for x, _ in places))
    frame = _Frame(at[0], at[-1], ys, HEIGHT, HALF)
    parts = [frame.grid([(x, short(x)) for x in at], unit)]
    parts += [frame.band(one) + frame.line(one) for one in lines]
    parts += [frame.mark(one) for one in marks]
    parts.append(_text(HALF - _RIGHT, HEIGHT + 2, x_unit, "end", "unit"))
    parts.append(_text(HALF - _RIGHT, 9, title, "end", "unit"))
    return _svg(title, HALF, HEIGHT + 10, "".join(parts)) + legend(lines)


def bars(title: str, unit: str, rows: Sequence[Bar], *, least: float | None = None) -> str:
    """Rows of bars from 0, with the interval of each where there is one."""
    if not rows:
        return _nothing(title)
    left = min(230, int(16 + max(_width(_cut(one.name, 30)) for one in rows)))
    right = int(16 + max(_width(one.text) for one in rows))
    values = [0.0, *(one.value for one in rows), *(one.high or 0.0 for one in rows)]
    values += [one.low or 0.0 for one in rows]
    marks = ticks(min(values), max(*values, least or 0.0))
    low, high = marks[0], marks[-1]
    height = _ROW * len(rows) + 40

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (HALF - left - right)

    parts = [_unit(unit)]
    for mark in marks:
        kind = "zero" if mark == 0 else "grid"
        parts.append(_rule(x(mark), 16, x(mark), height - 22, kind))
        parts.append(_text(x(mark), height - 8, short(mark), "middle", "tick"))
    for place, one in enumerate(rows):
        top = 20 + place * _ROW
        begin, end = sorted((x(0), x(one.value)))
        parts.append(_text(left - 8, top + 13, _cut(one.name, 30), "end", "label"))
        parts.append(
            f'<rect class="bar {one.colour}" x="{begin:.1f}" y="{top}" '
            f'width="{max(1.0, end - begin):.1f}" height="{_ROW - 9}" rx="2"/>'
        )
        if one.low is not None and one.high is not None:
            middle = top + (_ROW - 9) / 2
            parts.append(_rule(x(one.low), middle, x(one.high), middle, "whisker"))
            for edge in (one.low, one.high):
                parts.append(_rule(x(edge), middle - 4, x(edge), middle + 4, "whisker"))
        parts.append(_text(HALF - 4, top + 13, one.text, "end", "value"))
    return _svg(title, HALF, height, "".join(parts))


def histogram(title: str, unit: str, edges: Sequence[float], counts: Sequence[int]) -> str:
    """How often a number lay between each two edges; columns left of 0 have another colour."""
    if not counts or not any(counts):
        return _nothing(title)
    total, height = sum(counts), 220
    shares = [100 * count / total for count in counts]
    frame = _Frame(edges[0], edges[-1], [0.0, *shares], height, HALF)
    step = -(-len(edges) // 8)
    marks = [(edge, short(edge)) for edge in edges[::step]]
    parts = [frame.grid(marks, "% of the minutes")]
    for place, share in enumerate(shares):
        if not share:
            continue
        begin, end, top = frame.x(edges[place]), frame.x(edges[place + 1]), frame.y(share)
        colour = "c1" if edges[place] >= 0 else "c3"
        parts.append(
            f'<rect class="bar {colour}" x="{begin + 1:.1f}" y="{top:.1f}" '
            f'width="{max(1.0, end - begin - 2):.1f}" height="{frame.y(0) - top:.1f}"/>'
        )
    parts.append(_text(HALF - _RIGHT, height - 2, unit, "end", "unit"))
    return _svg(title, HALF, height + 10, "".join(parts))


def legend(lines: Sequence[Series]) -> str:
    """The names of the lines with their colours."""
    if len(lines) < 2:
        return ""
    items = "".join(
        f'<li><svg width="18" height="10" aria-hidden="true"><path class="{_line(one)}" '
        f'd="M1 5H17"/></svg>{escaped(one.name)}</li>'
        for one in lines
    )
    return f'<ul class="legend">{items}</ul>'


class _Frame:
    """Where numbers lie in a picture."""

    def __init__(
        self, begin: float, end: float, ys: Sequence[float], height: int, width: int = WIDE
    ) -> None:
        self._begin, self._end = begin, end
        self._marks = ticks(min(0.0, *ys), max(0.0, *ys))
        self._height, self._width = height, width

    def x(self, value: float) -> float:
        width = self._width - _LEFT - _RIGHT
        return _LEFT + (value - self._begin) / (self._end - self._begin) * width

    def y(self, value: float) -> float:
        low, high = self._marks[0], self._marks[-1]
        return _TOP + (high - value) / (high - low) * (self._height - _TOP - _BOTTOM)

    def grid(self, marks: Sequence[tuple[float, str]], unit: str) -> str:
        parts = [_unit(unit)]
        for mark in self._marks:
            kind = "zero" if mark == 0 else "grid"
            parts.append(_rule(_LEFT, self.y(mark), self._width - _RIGHT, self.y(mark), kind))
            parts.append(_text(_LEFT - 6, self.y(mark) + 4, short(mark), "end", "tick"))
        bottom = self._height - _BOTTOM
        for at, name in marks:
            anchor = "end" if self.x(at) > self._width - 24 else "middle"
            parts.append(_rule(self.x(at), bottom, self.x(at), bottom + 4, "grid"))
            parts.append(_text(self.x(at), bottom + 17, name, anchor, "tick"))
        return "".join(parts)

    def line(self, one: Series, *, dots: bool = False) -> str:
        places = [f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in one.points]
        if not places:
            return ""
        path = "M" + "L".join(places)
        made = ""
        if one.fill:
            first, last = self.x(one.points[0][0]), self.x(one.points[-1][0])
            zero = self.y(0)
            made = f'<path class="area {one.colour}" d="{path}L{last:.1f} {zero:.1f}'
            made += f'L{first:.1f} {zero:.1f}Z"/>'
        made += f'<path class="{_line(one)}" d="{path}"/>'
        if dots or len(places) == 1:
            made += "".join(
                f'<circle class="dot {one.colour}" r="3" '
                f'cx="{self.x(x):.1f}" cy="{self.y(y):.1f}"/>'
                for x, y in one.points
            )
        return made

    def mark(self, one: Mark) -> str:
        x, y = self.x(one.x), self.y(one.y)
        made = ""
        if one.low is not None and one.high is not None:
            made = _rule(x, self.y(one.low), x, self.y(one.high), "whisker")
        radius = 6 if one.large else 3
        made += f'<circle class="dot {one.colour}" r="{radius}" cx="{x:.1f}" cy="{y:.1f}"/>'
        if one.large:
            right = x < self._width * 0.7
            side = ("start", 9.0) if right else ("end", -9.0)
            made += _text(x + side[1], y - 8, one.name, side[0], "label")
        return made

    def band(self, one: Series) -> str:
        if not one.band:
            return ""
        up = [f"{self.x(x):.1f} {self.y(high):.1f}" for x, _, high in one.band]
        down = [f"{self.x(x):.1f} {self.y(low):.1f}" for x, low, _ in reversed(one.band)]
        return f'<path class="band {one.colour}" d="M{"L".join(up + down)}Z"/>'


def _line(one: Series) -> str:
    return f"line {one.colour} dashed" if one.dashed else f"line {one.colour}"


def _thin(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in thinned([(int(x), y) for x, y in points])]


def _svg(title: str, width: int, height: int, content: str) -> str:
    name = escaped(title)
    kind = "chart wide" if width == WIDE else "chart"
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{name}">'
        f'<svg class="{kind}" viewBox="0 0 {width} {height}" role="img" aria-label="{name}">'
        f"<title>{name}</title>{content}</svg></div>"
    )


def _nothing(title: str) -> str:
    return f'<p class="quiet">{escaped(title)}: nothing to show</p>'


def _unit(unit: str) -> str:
    return _text(0, 9, unit, "start", "unit")


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escaped(text)}</text>"
    )


def _rule(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _width(text: str) -> float:
    return sum(_CAPITAL if sign.isupper() or sign == "_" else _LETTER for sign in text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
