"""Pictures of notebooks are whole SVG, whatever they show."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from backtest.studies.pictures import Picture, bars, lines

SVG = "{http://www.w3.org/2000/svg}"


def _parsed(picture: Picture) -> ElementTree.Element:
    return ElementTree.fromstring(picture._repr_svg_())


def test_each_bar_is_as_high_as_values_fall_into_it() -> None:
    shown = _parsed(bars("ratios", [0.1, 0.1, 0.9, -5.0, 5.0], 0.0, 1.0, count=10))
    heights = [float(bar.get("height") or 0) for bar in shown.iter(f"{SVG}rect")][1:]
    assert len(heights) == 10
    # 0.1 twice, 0.9 and 5.0 in the last, -5.0 in the first.
    assert heights[1] == heights[9] == 2 * heights[0] > 0
    assert heights[2:9] == [0.0] * 7


def test_every_line_has_its_points_and_its_name() -> None:
    shown = _parsed(lines("results", {"a <b>": [0.0, 1.0, -1.0], "c": [2.0]}))
    points = [len((one.get("points") or "").split()) for one in shown.iter(f"{SVG}polyline")]
    assert points == [3, 1]
    assert "a <b>" in {text.text for text in shown.iter(f"{SVG}text")}


@pytest.mark.parametrize("picture", [lines("none", {}), bars("none", [], 0.0, 1.0)])
def test_nothing_is_a_picture_too(picture: Picture) -> None:
    assert _parsed(picture).tag == f"{SVG}svg"
