"""Small pictures for notebooks: SVG that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 640, 260, 70, 28, 24
_COLOURS = ("#1f6f8b", "#c8553d", "#6b8f3a", "#7a5195")


@dataclass(frozen=True, slots=True)
class Picture:
    """What a notebook shows of a value that it is given last in a cell."""

    svg: str = field(repr=False)

    def _repr_svg_(self) -> str:
        return self.svg


def lines(title: str, series: Mapping[str, Sequence[float]]) -> Picture:
    """Lines over their places, zero in sight."""
    every = [0.0, *(value for values in series.values() for value in values)]
    low, high = min(every), max(every)
    longest = max((len(values) for values in series.values()), default=0)
    parts = [_axis(low, high)]
    for number, (name, values) in enumerate(series.items()):
        points = " ".join(
            f"{_across(place, longest - 1):.1f},{_up(value, low, high):.1f}"
            for place, value in enumerate(values)
        )
        colour = _COLOURS[number % len(_COLOURS)]
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
        parts.append(_text(_WIDTH - 8, _TOP + 14 * number, name, "end", colour))
    return _picture(title, parts)


def bars(title: str, values: Sequence[float], low: float, high: float, count: int = 30) -> Picture:
    """How often values fall into equal stretches from one number to another."""
    width = (high - low) / count
    places = [min(max(int((value - low) / width), 0), count - 1) for value in values]
    heights = [places.count(place) for place in range(count)]
    most = max([1, *heights])
    parts = [_axis(0.0, float(most))]
    for place, height in enumerate(heights):
        top, left = _up(height, 0.0, most), _across(place, count)
        span = _across(place + 1, count) - left - 1
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{span:.1f}" '
            f'height="{_HEIGHT - _BOTTOM - top:.1f}" fill="{_COLOURS[0]}"/>'
        )
    for edge, anchor, at in ((low, "start", _LEFT), (high, "end", _WIDTH - 8)):
        parts.append(_text(at, _HEIGHT - 8, f"{edge:.3g}", anchor))
    return _picture(title, parts)


def _axis(low: float, high: float) -> str:
    marks = "".join(
        _text(_LEFT - 6, _up(value, low, high) + 4, f"{value:.3g}", "end")
        for value in dict.fromkeys((low, 0.0, high))
    )
    zero = _up(0.0, low, high)
    line = f'<line x1="{_LEFT}" x2="{_WIDTH - 8}" y1="{zero:.1f}" y2="{zero:.1f}" stroke="#999"/>'
    return marks + line


def _across(place: float, last: float) -> float:
    return _LEFT + (_WIDTH - 8 - _LEFT) * place / max(last, 1)


def _up(value: float, low: float, high: float) -> float:
    share = (value - low) / (high - low) if high > low else 0.0
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)


def _text(x: float, y: float, text: str, anchor: str, colour: str = "#444") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}"'
    return f'<text {place} font-size="11" font-family="sans-serif">{escape(text)}</text>'


def _picture(title: str, parts: Sequence[str]) -> Picture:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{_HEIGHT}">'
    ground = f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>'
    return Picture("".join([head, ground, _text(_LEFT, 16, title, "start"), *parts, "</svg>"]))
