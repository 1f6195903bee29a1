"""Tear sheets and comparisons: what they say is what the records say, and nobody acts in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal as D
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner

from backtest.cli import app
from backtest.report.building import build
from backtest.report.charts import Bar, Series, bars, curves, histogram, times
from backtest.report.cli import lines_of
from backtest.report.comparing import compared, comparison_page
from backtest.report.figures import mean_distances
from backtest.report.scales import thinned, ticks, time_ticks
from backtest.report.sheet import Sheet
from backtest.report.source import Source, open_source, read_study
from backtest.report.tearsheet import tear_sheet
from robot.errors import RobotError
from tests.kit.days import write_day
from tests.kit.desk import Desk
from tests.kit.products import desk_of_all_products
from tests.kit.recording import hedged_day, recorded


def sheet_of(desk: Desk, name: str = "a day") -> Sheet:
    tables = recorded(desk).tables()
    return build(Source(name=name, kind="journal", folder=Path("."), tables=tables))


@pytest.fixture(scope="module")
def hedged() -> Sheet:
    return sheet_of(hedged_day())


class Reader(HTMLParser):
    """Tags, and whether each is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "rect", "line", "path", "circle"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    assert not reader.open
    return reader


def test_a_tear_sheet_says_where_the_result_came_from(hedged: Sheet) -> None:
    sources = hedged.sources
    assert (float(sources.margin), float(sources.hedging)) == (150, -100)
    assert (float(sources.inventory), float(sources.total)) == (-1100, -1050)
    assert hedged.headline("result") == -1050
    (tier, own) = hedged.by["tier"]
    assert (tier.key, own.key) == ("gold", "our own orders")
    assert float(tier.total + own.total) == -1050
    (orders,) = hedged.hedging
    assert (orders.orders, orders.in_part, orders.rejected, orders.deals) == (1, 0, 0, 1)


@pytest.mark.parametrize("last_ms", [0, 1, 59_999])
def test_the_line_of_the_result_ends_with_the_result(last_ms: int) -> None:
    desk = hedged_day()
    left = 60_000 - desk.at_ns // 1_000_000 % 60_000
    desk.pass_time(left)
    desk.pass_time(last_ms)
    sheet = sheet_of(desk)
    moments = [at_ns for at_ns, _ in sheet.equity]
    assert moments == sorted(set(moments))
    assert sheet.equity[-1] == (desk.at_ns, pytest.approx(sheet.headline("result")))
    assert len(moments) == (1 if last_ms == 0 else 2)


def test_a_tear_sheet_has_every_part_and_asks_nobody(hedged: Sheet) -> None:
    page = tear_sheet(hedged)
    reader = read(page)
    tags = {tag for tag, _ in reader.seen}
    assert not tags & {"script", "img", "iframe", "object", "link", "base", "form"}
    for _, attributes in reader.seen:
        assert not any(name.startswith("on") for name in attributes)
        href = attributes.get("href")
        assert href is None or href.startswith("#")
    assert "url(" not in page and "@import" not in page and "http:" not in page
    named = {attributes["id"] for tag, attributes in reader.seen if tag == "section"}
    assert {"result", "equity", "hits", "markouts", "limits", "refusals", "basis"} <= named
    for tag, attributes in reader.seen:
        if tag == "svg" and attributes.get("class") == "chart":
            assert attributes["role"] == "img" and attributes["aria-label"]


def test_what_a_peer_wrote_cannot_be_markup(hedged: Sheet) -> None:
    evil = '<script>alert(1)</script>"onload=x'
    sheet = msgspec.structs.replace(hedged, title=evil, assumptions=(evil,), remarks=(evil,))
    curve = msgspec.structs.replace(hedged.markouts_by_counterparty[0], key=evil)
    sheet = msgspec.structs.replace(sheet, markouts_by_counterparty=[curve])
    for page in (tear_sheet(sheet), comparison_page(sheet, hedged)):
        assert "<script" not in page
        assert not any(tag == "script" for tag, _ in read(page).seen)


def test_a_day_without_anything_has_a_sheet_too() -> None:
    desk = Desk().open()
    desk.market()
    sheet = sheet_of(desk)
    assert sheet.headline("result") == 0
    assert "nothing to show" in tear_sheet(sheet)


def test_json_is_the_whole_sheet(hedged: Sheet) -> None:
    again = msgspec.json.decode(msgspec.json.encode(hedged), type=Sheet)
    assert again == hedged


def test_a_sheet_says_what_is_missing(hedged: Sheet) -> None:
    told = " ".join(hedged.remarks)
    assert "no benchmark was run" in told
    assert "number of trials unknown" in told
    assert "markouts are missing" in told


def test_markouts_begin_with_the_margin_and_follow_the_market(hedged: Sheet) -> None:
    (curve,) = hedged.markouts_by_tier
    at_deal, after_1s = curve.marks[0], curve.marks[1]
    assert at_deal.bp == pytest.approx(150 / 5e6 / 1.10005 * 1e4)
    # A pip up half a second after we sold 5m, two more after another half: at 1 s before the last.
    assert after_1s.horizon_s == 1
    assert after_1s.bp == pytest.approx((150 - 500) / 5e6 / 1.10005 * 1e4)
    assert (at_deal.deals, at_deal.low) == (1, None)


def test_hit_ratios_have_their_counts_and_intervals() -> None:
    desk = Desk().open()
    desk.market()
    for place in range(8):
        quote = desk.quoted(side="buy")
        if place < 2:
            desk.hit(quote)
        else:
            desk.end_rfq(quote=quote)
    (gold,) = sheet_of(desk).hit_by_tier
    assert (gold.quoted, gold.dealt, gold.ratio) == (8, 2, 0.25)
    assert (gold.low, gold.high) == pytest.approx((0.0715, 0.5907), abs=1e-4)  # Wilson, 2 of 8
    assert mean_distances(recorded(desk).tables()) == {"SPOT": pytest.approx(gold.distance_pips)}


def test_two_days_are_compared_figure_by_figure(hedged: Sheet) -> None:
    desk = hedged_day()
    desk.after(500).market("1.10050", "1.10060")
    other = sheet_of(desk, "another")
    found = compared(hedged, other)
    result = next(row for row in found.rows if row.name == "result")
    assert result.difference == pytest.approx(-3_000_000 * 0.0002)
    assert not found.same_basis  # the other is half a second longer
    assert "Result over time of both" in comparison_page(hedged, other)


def test_the_commands_write_page_and_figures(tmp_path: Path) -> None:
    write_day(tmp_path / "journal", hedged_day())
    page, runner = tmp_path / "day.html", CliRunner()
    done = runner.invoke(app, ["report", str(tmp_path), "--html", str(page), "--json"])
    assert done.exit_code == 0, done.output
    told = msgspec.json.decode(done.stdout)
    assert told["sources"]["total"] == "-1050.00"
    assert page.read_text().startswith("<!doctype html>")
    text = runner.invoke(app, ["compare", str(tmp_path), str(tmp_path)])
    assert text.exit_code == 0, text.output
    assert re.search(r"result +−1,050 +−1,050 +0", text.stdout)


def test_benchmarks_of_a_journal_are_refused(tmp_path: Path) -> None:
    write_day(tmp_path / "journal", hedged_day())
    done = CliRunner().invoke(app, ["report", str(tmp_path), "--benchmarks"])
    assert isinstance(done.exception, RobotError)
    assert "benchmarks are of runs" in str(done.exception)


def test_what_is_no_run_and_no_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(RobotError, match="no journal there"):
        open_source(tmp_path)
    with pytest.raises(RobotError, match="no such folder"):
        open_source(tmp_path / "nowhere")


def test_a_study_says_how_many_were_tried(tmp_path: Path) -> None:
    told = {
        "name": "grid",
        "train": {"sharpe": 0.3},
        "deflated": {"trials": 40, "probability": 0.61},
        "overfit": {"probability": None},
    }
    (tmp_path / "result.json").write_bytes(msgspec.json.encode(told))
    study = read_study(tmp_path)
    assert (study.trials, study.deflated_sharpe) == (40, 0.61)
    sheet = build(
        Source(name="a", kind="run", folder=tmp_path, tables=recorded(hedged_day()).tables()),
        study=study,
    )
    assert "among 40 trials" in tear_sheet(sheet)
    assert "among 40 trials" in lines_of(sheet)[1]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 17), (0, 1e9), (-0.004, 0.0), (5, 5)])
def test_axes_have_round_numbers_around_the_line(low: float, high: float) -> None:
    marks = ticks(low, high)
    assert marks[0] <= low and marks[-1] >= high
    assert 2 <= len(marks) <= 12


def test_axes_of_time_have_round_times() -> None:
    hour = 3_600_000_000_000
    assert time_ticks(hour + 5, 5 * hour) == [2 * hour, 3 * hour, 4 * hour, 5 * hour]


def test_a_long_line_keeps_its_peaks() -> None:
    points = [(at, 100.0 if at == 4_321 else 0.0) for at in range(10_000)]
    kept = thinned(points, 200)
    assert len(kept) <= 210
    assert (4_321, 100.0) in kept
    assert [x for x, _ in kept] == sorted(x for x, _ in kept)


_SHAPE = re.compile(r"<(rect|circle|line|path|text)\b([^>]*)>(?:([^<]*)</text>)?")
_GIVEN = re.compile(r'([a-z0-9-]+)="([^"]*)"')


def _ends(picture: str) -> Iterator[tuple[float, float]]:
    """Corners of everything that a picture draws: bars with their far edge, each point of a path,
    both ends of a text.
    """
    for kind, given, text in _SHAPE.findall(picture):
        a = dict(_GIVEN.findall(given))
        n = {name: float(value) for name, value in a.items() if re.fullmatch(r"-?[\d.]+", value)}
        if kind == "path":
            points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", a["d"])
            assert points, f"a path that goes nowhere: {a['d']}"
            yield from ((float(x), float(y)) for x, y in points)
        elif kind == "rect":
            yield from ((n["x"], n["y"]), (n["x"] + n["width"], n["y"] + n["height"]))
        elif kind == "circle":
            yield from ((n["cx"] - n["r"], n["cy"] - n["r"]), (n["cx"] + n["r"], n["cy"] + n["r"]))
        elif kind == "line":
            yield from ((n["x1"], n["y1"]), (n["x2"], n["y2"]))
        else:
            wide = 6.0 * len(text)
            begin = {"start": 0.0, "middle": wide / 2, "end": wide}[a["text-anchor"]]
            yield from ((n["x"] - begin, n["y"]), (n["x"] - begin + wide, n["y"]))


def _pictures() -> list[str]:
    row = Bar(name="N" * 60, value=-5, text="−5", low=-9, high=3)
    gains = [(0.0, 1e-9), (1.0, -40.0)]
    band = [(0.0, -3.0, 2.0), (1.0, -90.0, 70.0)]
    return [
        bars("b", "u", [row]),
        bars("b", "u", [Bar(name="n", value=1e9, text="1,000,000,000.00 (100.0%)")]),
        times(
            "t", "u", [Series(name="s", points=[(0, -1.0), (60e9, 9.0)], colour="c1", fill=True)]
        ),
        times("t", "u", [Series(name="s", points=[(7, 3.0)], colour="c1")]),
        times("t", "u", [Series(name="s", points=[(0, 1e12), (86_400e9, -1e12)], colour="c1")]),
        curves(
            "c", "bp", [Series(name="s", points=gains, band=band, colour="c2")], ["0 s", "10 min"]
        ),
        histogram("h", "EUR", [-2e6, -1e6, 0.0, 1e6], [1, 0, 40]),
    ]


@pytest.mark.parametrize("number", range(7))
def test_no_picture_draws_outside_itself(number: int) -> None:
    picture = _pictures()[number].split("</svg>")[0]
    wide, high = map(float, re.search(r'viewBox="0 0 (\d+) (\d+)"', picture).groups())  # type: ignore[union-attr]
    ends = list(_ends(picture))
    assert len(ends) > 10
    for x, y in ends:
        assert -0.5 <= x <= wide + 0.5 and 0 <= y <= high, (x, y, wide, high)


def test_a_swap_has_no_markout_against_the_spot_middle() -> None:
    desk = desk_of_all_products()
    desk.hit(desk.quoted())
    uneven = {"far_tenor": "1M", "far_amount": D(1_500_000)}
    desk.hit(desk.quoted(product="SWAP", **uneven), "buy", far_amount=D(1_500_000))
    sheet = sheet_of(desk)
    assert next(one.value for one in sheet.headlines if one.name == "deals") == 2
    (curve,) = sheet.markouts_by_tier
    assert curve.marks[0].deals == 1


def lone_days() -> dict[str, Desk]:
    empty = Desk().open()
    empty.pass_time(90_000)
    one = Desk().open()
    one.market()
    one.hit(one.quoted(), "buy")
    refused = Desk().open()
    for _ in range(3):
        refused.after(500).rfq(client="BANKA")  # no market
    return {"empty": empty, "one deal": one, "refusals": refused}


@pytest.mark.parametrize("name", ["empty", "one deal", "refusals"])
def test_a_day_of_little_has_a_whole_page(name: str) -> None:
    sheet = sheet_of(lone_days()[name], name)
    page = tear_sheet(sheet)
    read(page)
    deals, refused = {"empty": (0, 0), "one deal": (1, 0), "refusals": (0, 3)}[name]
    assert (sheet.headline("deals"), sheet.headline("refused")) == (deals, refused)
    assert not re.search(r"\b(nan|inf|None)\b", page)
    assert comparison_page(sheet, sheet)
