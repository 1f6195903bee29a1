"""Files that look like something else: refused by what they are, with what to do."""

from __future__ import annotations

import gzip
import io
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import zstandard

from backtest.data.catalogue import DataError
from backtest.data.columns import Kind
from backtest.data.wishes import Wish
from tests.kit.market_data import DAY_NS, SECOND_NS, files, imported, rows, ticks, written

HEAD = "time,bid,ask\n"
ROW = "2014-05-01T05:00:01Z,1.38727,1.38729\n"
SIZED = HEAD.replace("ask", "ask,bid_size")
JUNK = bytes(range(256)) * 4


def day(time: str, row: str = ",1.3,1.4\n") -> str:
    """A good row and one of this time."""
    return HEAD + ROW + time + row


BAD: list[tuple[str, str | bytes, dict[str, Any], str]] = [
    ("beyond 2262", day("2263-01-01T00:00:00Z"), {}, r":3: time .* before 1971 or after 2261"),
    ("before 1678", day("1677-01-01T00:00:00Z"), {}, r":3: time .* before 1971 or after 2261"),
    ("year 9999", day("9999-12-31T23:59:59Z"), {}, r":3: time .* before 1971 or after 2261"),
    ("before 1971", day("1970-12-31T23:59:59Z"), {}, r":3: time .* before 1971 or after 2261"),
    ("unit of time", "time,bid,ask\n1398902400,1.3,1.4\n", {"time_format": "epoch-ms"},
     r":2: .*is its unit right"),
    ("no time at all", day("NaN"), {}, r":3: time 'NaN' is not like the first one"),
    ("offset", HEAD + ROW.replace("Z", "+25:00"), {}, r":2: .*\+25:00 is no offset"),
    ("minutes of offset", HEAD + ROW.replace("Z", "-00:61"), {}, r":2: .*-00:61 is no offset"),
    ("day of a sheet", "time,bid,ask\n41760.5,1.3,1.4\n", {"zone": "UTC"}, ":2: .*spreadsheet"),
    ("zone in a format", HEAD + ROW, {"time_format": "%Y-%m-%dT%H:%M:%S%z"}, "leave out its zone"),
    ("zone in small", HEAD + ROW.replace("Z", ""), {"zone": "europe/london"},
     "did you mean Europe/London"),
    ("fixed offset", HEAD + ROW.replace("Z", ""), {"zone": "+08:00"}, "Etc/GMT-8"),
    ("no offer", "time,bid,volume\n" + ROW, {},
     r"no column for the offer \(columns not read: volume\).*--one-sided"),
    ("name twice", "time,bid,BID\n" + ROW, {}, ":1: bid and BID are columns of one name"),
    ("one for both", HEAD + ROW, {"columns": {"bid": "bid", "offer": "bid"}}, "cannot be both"),
    ("thousands", SIZED + ROW.strip() + ',"1,000,000"\n', {}, ":2: .* separates thousands"),
    ("which comma", SIZED.replace(",", ";") + "2014-05-01T05:00:01Z;1.3;1.4;1,000\n", {},
     "thousands.*--decimal-comma if it is 1.000"),
    ("other digits", HEAD + ROW.replace("1.38727", "１.３"), {}, ":2: bid .* digits from 0 to 9"),
    ("underscore", HEAD + ROW.replace("1.38727", "1_3"), {}, ":2: bid '1_3' is no number"),
    ("noise", HEAD + ROW.replace("1.38727", "1.3872700000000002"), {},
     r":2: bid .*--round-to 0.00001 takes it as 1.38727\)"),
    ("finer", HEAD + ROW.replace("1.38727", "1.387271234567"), {}, "--round-to 0.000000001 rounds"),
    ("separator at the end", HEAD + ROW.replace("\n", ",\n"), {}, ":2: .*a separator ends the row"),
    ("dates alone", "date,index,value\n2024-01-17,SOFR,5.3\n", {"kind": Kind.FIXINGS},
     "--columns value_date=date if that is the day that the rate is for"),
    ("two values", "index,value_date,value\nSOFR,2024-01-17,5.3\nSOFR,2024-01-17,5.4\n", {},
     "SOFR of 2024-01-17 is given as 5.3 and as 5.4"),
    ("known before its day", "index,value_date,value,published_utc\nSOFR,2024-01-17,5.3,"
     "2024-01-01T00:00:00Z\n", {}, ":2: SOFR is published at .* long before its day"),
    ("before the calendar", "index,value_date,value\nSOFR,1998-02-24,5.3\n", {},
     ":2: calendar USD .*a column published_utc"),
    ("no such benchmark", "date,x\n2024-01-17,5.3\n",
     {"kind": Kind.FIXINGS, "columns": {"SOFRX": "x"}}, "SOFRX=.*did you mean SOFR"),
    ("a spot for nothing", "time,client,pair,side,qty,price\n2014-05-01T08:00:00Z,BANKA,EURUSD,BUY,"
     "1000000,0\n", {"pair": "", "sides": "client"}, ":2: price of a spot is not above zero"),
    ("venue in a row", HEAD.replace("ask", "ask,lp") + ROW.strip() + ",../x\n", {"venue": ""},
     ":2: venue '../x'"),
    ("line ends", (HEAD + ROW).replace("\n", "\r"), {}, ":1: its lines end by CR alone"),
    ("a page", "<!DOCTYPE html><html>403", {}, "a web page"),
    ("JSON", '[{"time": 1, "bid": 2}]', {}, "JSON"),
    ("Feather", b"ARROW1\0\0" + b"\0" * 200, {}, "an Arrow or Feather file"),
    ("tar", b"t.csv" + b"\0" * 252 + b"ustar\0" + b"0" * 300, {}, "a tar archive"),
    ("bzip2", b"BZh91AY" + b"\0" * 60, {}, "packed by bzip2"),
    ("packed twice", gzip.compress(gzip.compress((HEAD + ROW).encode())), {}, "packed twice"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said", "says"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
def test_what_would_pass_for_something_else_is_refused(
    tmp_path: Path, text: str | bytes, said: dict[str, Any], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        imported(tmp_path, written(tmp_path, text), **said)
    assert {} == files(tmp_path)


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ({"size_unit": Decimal("Infinity")}, "--size-unit Infinity"),
        ({"size_unit": Decimal("1e999999")}, "--size-unit"),
        ({"size_unit": Decimal("1.5")}, "--size-unit 1.5"),
        ({"round_to": Decimal("0.00002")}, "--round-to 0.00002: a power of ten"),
        ({"round_to": Decimal("1e-10")}, "--round-to"),
        ({"separator": "::"}, "--separator '::'"),
        ({"separator": "1"}, "--separator '1'"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_before_a_file_is_opened(
    said: dict[str, Any], says: str
) -> None:
    with pytest.raises(DataError, match=says):
        Wish(**said)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_times_counted_with_decimals_are_read_exactly(tmp_path: Path, unit: str) -> None:
    text = {
        "s": "1398902400.292000001",
        "ms": "1398902400292.000001",
        "us": "1398902400292000.001",
        "ns": "1398902400292000001.0",
    }[unit]
    imported(tmp_path, written(tmp_path, f"time,bid,ask\n{text},1.3,1.4\n"))
    assert [DAY_NS + 292_000_001] == [row[0] for row in rows(tmp_path)]


def test_bids_alone_are_imported_when_that_is_said(tmp_path: Path) -> None:
    done = imported(tmp_path, written(tmp_path, "time,bid,volume\n" + ROW), one_sided=True)
    assert 1 == done.quality["quotes ALPHA EUR/USD"].one_sided


def test_prices_with_noise_are_rounded_as_told_and_counted(tmp_path: Path) -> None:
    frame = pl.read_csv(ticks(50).encode()).with_columns(
        bid=pl.when(pl.col("time") < "2014-05-01T00:00:10").then(pl.col("bid") + 2e-16),
        ask=pl.col("ask") + 1e-15,
    )
    plain = pl.read_csv(ticks(50).encode())
    path = tmp_path / "noise.parquet"
    frame.with_columns(bid=pl.coalesce(frame["bid"], plain["bid"])).write_parquet(path)
    done = imported(tmp_path, path, round_to=Decimal("0.00001"))
    expected = [(round(b * 10**5), round(a * 10**5)) for _, b, a in plain.iter_rows()]
    assert expected == [(row[2] // 10_000, row[3] // 10_000) for row in rows(tmp_path)]
    assert all(row[2] % 10_000 == row[3] % 10_000 == 0 for row in rows(tmp_path))
    assert 50 == done.quality["quotes ALPHA EUR/USD"].rounded


def test_rounding_is_half_to_even_from_every_spelling(tmp_path: Path) -> None:
    texts = ["1.00005", "1.00015", "1.000150000000000001", "1.00014999999999999", "100015e-5"]
    lines = [
        f"2014-05-01T05:00:0{second}Z,{text},2\n" for second, text in enumerate(texts, start=1)
    ]
    done = imported(tmp_path, written(tmp_path, HEAD + "".join(lines)), round_to=Decimal("0.0001"))
    found = [row[2] // 100_000 for row in rows(tmp_path)]
    assert [10_000, 10_002, 10_002, 10_001, 10_002] == found
    assert 5 == done.quality["quotes ALPHA EUR/USD"].rounded


def test_a_columns_name_that_holds_lists_is_not_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "lists.parquet"
    frame = pl.read_csv(ticks(5).encode())
    frame.with_columns(bid=pl.concat_list("bid")).write_parquet(path)
    with pytest.raises(DataError, match="no column for the bid"):
        imported(tmp_path, path)


def test_a_damaged_archive_says_by_which_line(tmp_path: Path) -> None:
    """Of more than one packed piece, so that what comes before the fault was read."""
    chance = random.Random(5)
    prices = [f"1.{chance.randrange(10**5):05d},2" for _ in range(20_000)]
    begin = datetime(2014, 5, 1, tzinfo=UTC)
    lines = [f"{(begin + timedelta(seconds=n)).isoformat()},{row}" for n, row in enumerate(prices)]
    text = (HEAD + "\n".join(lines) + "\n").encode()
    packed = gzip.compress(text)
    cut = packed[: len(packed) * 3 // 4]
    whole = zstandard.compress(text)
    seen = gzip.GzipFile(fileobj=io.BytesIO(cut)).read1
    read = b""
    with pytest.raises(EOFError):
        while True:
            read += seen(1000)
    with pytest.raises(DataError, match=rf":{read.count(10) + 1}: the packed data is cut"):
        imported(tmp_path, written(tmp_path, cut, "cut.gz"))
    for name, data in (("sum.gz", packed[:-8] + bytes(4) + packed[-4:]), ("x.gz", packed + JUNK)):
        with pytest.raises(DataError, match=r":20002: the packed data is damaged"):
            imported(tmp_path, written(tmp_path, data, name))
    with pytest.raises(DataError, match=r":\d+: the packed data is"):
        imported(tmp_path, written(tmp_path, whole + JUNK, "x.zst"))
    assert {} == files(tmp_path)


@pytest.mark.parametrize("seed", range(40))
def test_no_damage_to_a_file_ends_in_anything_but_an_import_or_a_refusal(
    tmp_path: Path, seed: int
) -> None:
    """Bytes turned, left out, doubled, put in; packed and plain."""
    chance = random.Random(seed)
    text = bytearray(ticks(60).encode())
    if seed % 4 == 1:
        text = bytearray(gzip.compress(bytes(text)))
    if seed % 4 == 2:
        path = tmp_path / "whole.parquet"
        pl.read_csv(ticks(60).encode()).write_parquet(path)
        text = bytearray(path.read_bytes())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(text))
        kind = chance.randrange(4)
        if kind == 0:
            text[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            del text[at : at + chance.randint(1, 20)]
        elif kind == 2:
            text[at:at] = text[at : at + chance.randint(1, 90)]
        else:
            text[at:at] = chance.choice([b",", b'"', b"\n", b"\r", b"\0", b"NaN", b"-", b"\xff"])
    path = written(tmp_path, bytes(text), "damaged.csv")
    try:
        done = imported(tmp_path, path)
    except DataError as problem:
        assert str(path) in str(problem)
        assert {} == files(tmp_path)
    else:
        assert done.rows == len(list(rows(tmp_path)))


@pytest.mark.parametrize(
    ("zone", "text", "utc_s"),
    [
        ("America/New_York", "2014-03-09 01:59:59", 6 * 3600 + 59 * 60 + 59),
        ("America/New_York", "2014-03-09 03:00:00", 7 * 3600),
        ("Asia/Tokyo", "2014-03-09 09:00:00", 0),
        ("Asia/Shanghai", "2014-03-09 08:00:01", 1),
    ],
)
def test_wall_times_are_read_by_their_zone_across_a_change_of_the_clock(
    tmp_path: Path, zone: str, text: str, utc_s: int
) -> None:
    imported(tmp_path, written(tmp_path, HEAD + f"{text},1.3,1.4\n"), zone=zone)
    begin_ns = DAY_NS - 53 * 86_400 * SECOND_NS
    assert [begin_ns + utc_s * SECOND_NS] == [row[0] for row in rows(tmp_path)]
