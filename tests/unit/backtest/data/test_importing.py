"""Files into the store: what is good comes out again, what is not leaves the store as it was."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from backtest.data.blocks import LINE_MAX
from backtest.data.catalogue import DataError
from backtest.data.columns import Kind
from backtest.data.moments import Fold
from backtest.data.quality import trading_ns
from tests.kit.market_data import DAY_NS, SECOND_NS, files, imported, rows, ticks, written

MINUTE_NS = 60 * SECOND_NS


def test_quotes_come_out_as_they_were_written(tmp_path: Path) -> None:
    text = (
        "Gmt time;Ask;Bid;AskVolume;BidVolume;note\n"
        "01.05.2014 05:00:01.787;1.38729;1.38727;1.5;0.75;x\n"
        "01.05.2014 05:00:02;;1.387;;2;\n"
    )
    done = imported(tmp_path, written(tmp_path, text), zone="UTC", size_unit=Decimal(1_000_000))
    at_ns = DAY_NS + (5 * 3600 + 1) * SECOND_NS
    assert [
        (at_ns + 787_000_000, 0, 1_387_270_000, 1_387_290_000, 75_000_000, 150_000_000),
        (at_ns + SECOND_NS, 0, 1_387_000_000, None, 200_000_000, None),
    ] == list(rows(tmp_path))
    assert 1 == done.quality["quotes ALPHA EUR/USD"].one_sided
    assert ("columns not read: note",) == done.notes


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.csv.zst", "t.parquet", "floats.parquet"])
def test_every_form_of_a_file_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    text = ticks(500)
    path = tmp_path / name
    frame = pl.read_csv(text.encode(), infer_schema=name == "floats.parquet")
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(text.encode()))
    elif name.endswith(".zst"):
        half = len(text) // 2
        parts = [zstandard.compress(part.encode()) for part in (text[:half], text[half:])]
        path.write_bytes(b"".join(parts))
    elif name.endswith(".parquet"):
        times = pl.col("time").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="ns")
        frame.with_columns(times.dt.replace_time_zone("UTC")).write_parquet(path)
    else:
        path.write_bytes(b"\xef\xbb\xbf# made up\n\n" + text.replace("\n", "\r\n").encode())
    imported(tmp_path, path)
    found = list(rows(tmp_path))
    assert 500 == len(found)
    assert (DAY_NS + 7 * SECOND_NS, 0, 1_387_090_000, 1_387_290_000, None, None) == found[7]


def test_columns_and_pairs_are_found_or_told(tmp_path: Path) -> None:
    text = "EUR/USD,20130101 22:00:00.295,1.320,1.321\nUSDJPY,20130101 22:00:01,86.655,86.728\n"
    imported(
        tmp_path,
        written(tmp_path, text),
        pair="",
        zone="UTC",
        header=False,
        columns={"pair": "1", "at": "2", "bid": "3", "offer": "4"},
    )
    assert [(0, 1_320_000_000), (1, 86_655_000_000)] == [row[1:3] for row in rows(tmp_path)]
    assert [(86_655_000_000,)] == [row[2:3] for row in rows(tmp_path, pairs=["USD/JPY"])]


def test_date_and_time_may_be_two_columns_and_bars_are_known_at_their_end(tmp_path: Path) -> None:
    text = (
        "Date,Time,Open,High,Low,Close,Volume\n"
        "2014.05.01,00:00,1.10,1.13,1.09,1.12,7\n2014.05.01,00:05,1.12,1.10,1.11,1.12,8\n"
    )
    done = imported(tmp_path, written(tmp_path, text), zone="UTC", bar_side="mid")
    assert ["bars ALPHA EUR/USD 5m"] == list(done.quality)
    assert 1 == done.quality["bars ALPHA EUR/USD 5m"].broken
    (batch,) = [list(rows(tmp_path, columns={Kind.BARS: ("from_ns", "mid_high")}))]
    assert (DAY_NS + 5 * MINUTE_NS, 0, DAY_NS, 1_130_000_000) == batch[0]


def test_a_request_log_says_whose_sides_it_has(tmp_path: Path) -> None:
    text = (
        "time,client,pair,side,qty,outcome,our price,tenor\n"
        "2014-05-01T08:00:00Z,BANKA,EURUSD,BUY,1000000,done,1.3873,SPOT\n"
        "2014-05-01T08:00:05Z,BANKB,EUR/USD,two-way,5000000,Done Away,,1M\n"
    )
    path = written(tmp_path, text)
    with pytest.raises(DataError, match="--sides"):
        imported(tmp_path, path, pair="")
    done = imported(tmp_path, path, pair="", sides="client")
    names = ("counterparty", "side", "amount", "outcome", "price")
    found = [row[2:] for row in rows(tmp_path, columns={Kind.REQUESTS: names})]
    assert [
        ("BANKA", "SELL", 100_000_000, "DEALT", 1_387_300_000),
        ("BANKB", None, 500_000_000, "PASSED", None),
    ] == found
    assert {"DEALT": 1, "PASSED": 1} == done.quality["requests ALPHA"].outcomes


def test_fixings_and_curves_are_read_as_the_robot_reads_them(tmp_path: Path) -> None:
    fixings = "index,value_date,value,published_utc\nSOFR,2024-01-17,5.32,2024-01-18T13:00:00Z\n"
    imported(tmp_path, written(tmp_path, fixings, "f.csv"), venue="", pair="")
    curves = "kind,name,tenor,bid,offer,at_utc\nPOINTS,EUR/USD,1M,11.5,12,2024-01-18T14:00:00Z\n"
    imported(tmp_path, written(tmp_path, curves, "c.csv"), venue="", pair="")
    fixing, curve = list(rows(tmp_path))
    assert ("2024-01-17", 5_320_000_000) == fixing[2:4]
    assert ("1M", 11_500_000_000, 12_000_000_000) == curve[2:5]
    assert datetime(2024, 1, 18, 13, tzinfo=UTC).timestamp() * 1e9 == fixing[0]


def test_a_publishers_table_has_a_column_for_each_benchmark(tmp_path: Path) -> None:
    text = "Date,USDCNY_per100,JPYCNY_per100\n2021-09-01,646.8,N/A\n2021-08-31,646.79,5.8851\n"
    done = imported(
        tmp_path,
        written(tmp_path, text),
        venue="",
        pair="",
        kind=Kind.FIXINGS,
        columns={
            "PARITY USD/CNY": "USDCNY_per100*0.01",
            "PARITY JPY/CNY": "JPYCNY_per100*0.01",
        },
        missing=frozenset({"N/A"}),
    )
    assert ["fixings FILE PARITY JPY/CNY", "fixings FILE PARITY USD/CNY"] == list(done.quality)
    yen, first, second = list(rows(tmp_path))
    assert ("2021-08-31", 58_851_000) == yen[2:4]
    assert ("2021-08-31", 6_467_900_000, "2021-09-01", 6_468_000_000) == first[2:4] + second[2:4]
    nine = datetime(2021, 9, 1, 1, 15, tzinfo=UTC)
    assert nine.timestamp() * 1e9 == second[0], "09:15 in Beijing"
    with pytest.raises(DataError, match=r":2: JPYCNY_per100 'N/A' is no number \(--na N/A"):
        imported(
            tmp_path,
            tmp_path / "ticks.csv",
            kind=Kind.FIXINGS,
            columns={"PARITY JPY/CNY": "JPYCNY_per100"},
        )


def test_times_of_a_parquet_file_say_their_zone_or_are_told_it(tmp_path: Path) -> None:
    """Five in the morning UTC, as Tokyo's and as Tokyo's clock without saying so."""
    naive = pl.DataFrame({"time": [datetime(2014, 5, 1, 14)], "bid": [1.3], "ask": ["1.4"]})  # noqa: DTZ001
    naive.write_parquet(tmp_path / "naive.parquet")
    aware = naive.with_columns(pl.col("time").dt.replace_time_zone("Asia/Tokyo"))
    aware.write_parquet(tmp_path / "aware.parquet")
    with pytest.raises(DataError, match=r":1: .* do not say their zone"):
        imported(tmp_path, tmp_path / "naive.parquet")
    imported(tmp_path, tmp_path / "naive.parquet", zone="Asia/Tokyo")
    done = imported(tmp_path, tmp_path / "aware.parquet", venue="BETA")
    assert ("floats taken as their shortest decimals: bid",) == done.notes
    five_ns = DAY_NS + 5 * 3600 * SECOND_NS
    assert [(five_ns, n, 1_300_000_000) for n in (0, 1)] == [row[:3] for row in rows(tmp_path)]


def test_bid_above_offer_over_midnight_is_one_time(tmp_path: Path) -> None:
    lines = ["time,bid,ask", "2014-05-01T23:59:00Z,1.3,1.4"]
    lines += [f"2014-05-01T23:59:{second}Z,1.4,1.3" for second in (30, 50)]
    lines += ["2014-05-02T00:00:10Z,1.4,1.3", "2014-05-02T00:00:20Z,1.4,1.4"]
    lines += ["2014-05-02T00:00:25Z,1.3,1.4"]
    report = imported(tmp_path, written(tmp_path, "\n".join(lines))).quality["quotes ALPHA EUR/USD"]
    assert report.crossed is not None
    assert (1, 50_000, 55_000) == (
        report.crossed.runs,
        report.crossed.longest_ms,
        report.not_positive_ms,
    )


def test_a_little_disorder_is_sorted_and_told(tmp_path: Path) -> None:
    head, *lines = ticks(20).splitlines()
    lines[3], lines[7] = lines[7], lines[3]
    done = imported(tmp_path, written(tmp_path, "\n".join([head, *lines])))
    times = [row[0] for row in rows(tmp_path)]
    assert [DAY_NS + index * SECOND_NS for index in range(20)] == times
    report = done.quality["quotes ALPHA EUR/USD"]
    assert (4, 4000) == (report.out_of_order, report.disorder_ms)
    assert "4 rows out of order" in done.notes[0]


def test_the_quality_report_names_what_is_odd(tmp_path: Path) -> None:
    lines = ["time,bid,ask"]
    for index in range(200):
        time = f"2014-05-01T10:00:{index // 10:02d}.{index % 10}Z"
        lines.append(f"{time},1.300{index % 3},1.3004")
    lines[60] = "2014-05-01T10:00:05.9Z,1.3,1.3204"  # far off those around it
    lines += ["2014-05-01T10:30:00Z,1.41,1.40", "2014-05-01T10:30:02.5Z,1.4,1.4"]
    lines += ["2014-05-01T10:30:02.5Z,1.4,1.4", "2014-05-03T12:00:00Z,1.3,1.4"]  # a Saturday
    report = imported(tmp_path, written(tmp_path, "\n".join(lines))).quality["quotes ALPHA EUR/USD"]
    assert ((2, 1780), 1, 1) == (
        (report.gaps, report.longest_gaps[1].trading_s),
        report.duplicates,
        report.same_time,
    )
    assert ("2014-05-02",) == report.days_empty
    assert (2, 1) == (report.locked, report.weekend)
    assert ("2014-05-01T10:00:05.900Z", "1.3102") == (
        report.outlier_examples[0].at,
        report.outlier_examples[0].mid,
    )
    assert report.crossed is not None
    assert (1, 1, 2500) == (report.crossed.quotes, report.crossed.runs, report.crossed.longest_ms)
    assert (203, 1) == (report.by_hour[10], report.by_hour[12])


def test_a_weekend_is_no_gap() -> None:
    """Friday 16:00 to Sunday 18:00 in New York: two hours of it the market trades."""
    friday = int(datetime(2014, 5, 2, 20, tzinfo=UTC).timestamp()) * SECOND_NS
    sunday = int(datetime(2014, 5, 4, 22, tzinfo=UTC).timestamp()) * SECOND_NS
    assert 2 * 3600 * SECOND_NS == trading_ns(friday, sunday)


HEAD = "time,bid,ask\n"
ROW = "2014-05-01T05:00:01Z,1.38727,1.38729\n"
LATER = "2014-05-01T05:30:01Z,1.38727,1.38729\n"
CROSSED = "".join(f"2014-05-01T05:{m:02d}:00Z,1.39,1.38\n" for m in range(10))

BAD: list[tuple[str, str | bytes, dict[str, Any], str]] = [
    ("unsorted", HEAD + LATER + ROW, {}, r":3: time .* out of order by 30 min"),
    ("mixed zones", HEAD + ROW + ROW.replace("Z", ""), {}, r":3: .*mixed time zones"),
    ("no zone", HEAD + ROW.replace("Z", ""), {}, r":2: .*do not say their zone"),
    ("NaN", HEAD + ROW + "2014-05-01T05:00:02Z,NaN,1.4\n", {}, r":3: bid 'NaN' is no number"),
    ("no price", HEAD + ROW + "2014-05-01T05:00:02Z,,\n", {}, r":3: neither bid nor offer"),
    ("no time", HEAD + ROW + ",1.3,1.4\n", {}, r":3: at is empty"),
    ("zero", HEAD + ROW + "2014-05-01T05:00:02Z,0,1.4\n", {}, r":3: bid 0 is not above zero"),
    ("negative spread for long", HEAD + CROSSED, {}, "bid above offer for 9 min"),
    ("missing column", "time,bidd\n2014-05-01T05:00:01Z,1\n", {"kind": Kind.QUOTES},
     "missing column bid .*bid=bidd"),
    ("told column", HEAD + ROW, {"columns": {"bid": "Bit"}}, "no column 'Bit'; did you mean 'bid'"),
    ("our column", HEAD + ROW, {"columns": {"bd": "bid"}}, "have no 'bd'; did you mean 'bid'"),
    ("empty", "", {}, "the file is empty"),
    ("empty day", HEAD, {}, "no rows"),
    ("no conventions", HEAD + ROW, {"pair": "EUR/XAU"}, "EUR/XAU.*conventions"),
    ("turned pair", HEAD + ROW, {"pair": "USDEUR"}, "the market quotes EUR/USD"),
    ("no pair", HEAD + ROW, {"pair": ""}, "no column says the pair"),
    ("no venue", HEAD + ROW, {"venue": ""}, "no column says the venue"),
    ("garbage", HEAD.encode() + ROW.encode() + b"\x00\x01\xff\xfe" * 9, {}, r":3: byte 0x00"),
    ("latin-1", HEAD.encode() + b"2014-05-01T05:00:01Z,1.3\xe9,1.4\n", {}, r":2: byte 0xe9"),
    ("UTF-16", (HEAD + ROW).encode("utf-16"), {}, "UTF-16"),
    ("zip", b"PK\x03\x04" + b"0" * 50, {}, "zip archive"),
    ("endless line", HEAD + ROW + "1" * (LINE_MAX + 10_000_000), {}, ":3: a line of more than"),
    ("decimal comma", "time;bid;ask\n" + ROW.replace(",", ";").replace("1.", "1,"), {},
     r":2: bid '1,38727' has a comma"),
    ("comma among commas", HEAD + ROW.replace("1.3", "1,3"), {}, r":2: 5 columns .* header has 3"),
    ("short line", HEAD + ROW + "2014-05-01T05:00:02Z,1.3\n", {}, r":3: 2 columns"),
    ("line in a cell", HEAD + '2014-05-01T05:00:02Z,"1.3\n",1.4\n', {}, r":[23]: "),
    ("too fine", HEAD + ROW.replace("1.38727", "1.38727000001"), {}, r":2: bid .* is finer than"),
    ("no header", ROW + ROW, {}, "names no columns"),
    ("twice", "time,bid,bid,ask\n" + ROW, {}, "bid and bid are columns of one name"),
    ("what is it", "a,b\n1,2\n", {}, "do not say what it holds"),
    ("Parquet cut", b"PAR1" + b"\x00" * 40, {}, "no whole Parquet file"),
    ("gap of the clock", HEAD + "2014-03-30 01:30:00,1.3,1.4\n", {"zone": "Europe/London"},
     r":2: .*does not exist in Europe/London"),
    ("hour that comes twice", HEAD + "2014-10-26 01:30:00,1.3,1.4\n", {"zone": "Europe/London"},
     r":2: .*comes twice"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said", "says"), [row[1:] for row in BAD], ids=[b[0] for b in BAD]
)
def test_a_bad_file_is_refused_by_line_and_nothing_is_imported(
    tmp_path: Path, text: str | bytes, said: dict[str, Any], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        imported(tmp_path, written(tmp_path, text), **said)
    assert {} == files(tmp_path)


@pytest.mark.parametrize("form", ["gz", "zst"])
def test_a_cut_archive_is_refused(tmp_path: Path, form: str) -> None:
    text = ticks(2000).encode()
    packed = gzip.compress(text) if form == "gz" else zstandard.compress(text)
    with pytest.raises(DataError, match=r":\d+: the packed data is cut in or after this line"):
        imported(tmp_path, written(tmp_path, packed[: len(packed) // 2], f"t.{form}"))
    assert {} == files(tmp_path)


def test_what_is_refused_can_be_allowed_in_words(tmp_path: Path) -> None:
    text = HEAD + LATER + ROW + "2014-05-01T05:31:00Z,NaN,1.4\n" + CROSSED.replace("T05", "T06")
    imported(
        tmp_path,
        written(tmp_path, text),
        disorder_ns=-1,
        missing=frozenset({"NaN"}),
        crossed_max_ns=-1,
    )
    assert 13 == len(list(rows(tmp_path)))
    gap = "time,bid,ask\n2014-03-30 01:30:00,1.3,1.4\n"
    imported(tmp_path, written(tmp_path, gap, "gap.csv"), zone="Europe/London", fold=Fold.LATER)
    assert 14 == len(list(rows(tmp_path)))
