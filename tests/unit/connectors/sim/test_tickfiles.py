"""Tick files: what is read, what is refused, and what the refusal says."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.sim.model import parse_time
from connectors.sim.tickfiles import (
    TickFile,
    TickFileError,
    TickWindow,
    open_ticks,
    read_ticks,
    tick_file_of,
)

GOOD = (
    "ts_utc,bid,ask\n"
    "2014-05-01T00:00:00.292Z,1.38676,1.38686\n"
    "2014-05-01T00:00:00.292Z,1.38676,1.38686\n"
    "2014-05-01T00:00:01.000Z,1.38690,1.38680\n"
)


def _file(folder: Path, text: str | bytes, name: str = "oanda_eurusd_2014.csv") -> TickFile:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return tick_file_of(str(path))


def test_duplicates_and_crossed_quotes_are_passed_on_in_file_order(tmp_path: Path) -> None:
    ticks = list(read_ticks(_file(tmp_path, GOOD)))

    assert [tick.at_ns for tick in ticks] == [
        parse_time("2014-05-01T00:00:00.292Z"),
        parse_time("2014-05-01T00:00:00.292Z"),
        parse_time("2014-05-01T00:00:01.000Z"),
    ]
    assert ticks[0] == ticks[1]
    assert (ticks[2].bid, ticks[2].ask) == (Decimal("1.38690"), Decimal("1.38680"))


def test_gzip_files_with_sizes_are_read(tmp_path: Path) -> None:
    text = "ts_utc,bid,ask,bid_size,ask_size\n2019-02-04T00:00:00.994Z,1.1,1.2,2060000,1000000\n"
    file = _file(tmp_path, gzip.compress(text.encode()), "dukascopy_eurusd_2019.csv.gz")

    (tick,) = read_ticks(file)

    assert (tick.venue, tick.pair) == ("DUKASCOPY", "EUR/USD")
    assert (tick.bid_size, tick.ask_size) == (2_060_000, 1_000_000)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", "", "empty"),
        ("ts_utc,bid,ask\n", "", "no tick"),
        ("time,bid,ask\nx,1,2\n", ":1:", "missing column ts_utc"),
        (GOOD + "2014-05-01T00:00:00.999Z,1.1,1.2\n", ":5:", "earlier"),
        (GOOD + "2014-05-01T00:00:02.000Z,NaN,1.2\n", ":5:", "positive"),
        (GOOD + "2014-05-01T00:00:02.000Z,-1.1,1.2\n", ":5:", "positive"),
        (GOOD + "2014-05-01T00:00:02.000Z,1e999,1.2\n", ":5:", "positive"),
        (GOOD + "2014-05-01T00:00:02.000Z,abc,1.2\n", ":5:", "not a price"),
        (GOOD + "2014-05-01T00:00:02.000Z,1.1\n", ":5:", "columns"),
        (GOOD + "2014-13-01T00:00:02.000Z,1.1,1.2\n", ":5:", "not a UTC time"),
        (GOOD + "1398902402,1.1,1.2\n", ":5:", "not a UTC time"),
        (GOOD + "x" * 1000 + "\n", ":5:", "longer"),
        (GOOD.encode() + b"2014-05-01T00:00:02.000Z,\xff,1\n", "", "not UTF-8"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(
    tmp_path: Path, text: str | bytes, line: str, words: str
) -> None:
    file = _file(tmp_path, text)

    with pytest.raises(TickFileError) as caught:
        list(read_ticks(file))

    assert f"oanda_eurusd_2014.csv{line}" in str(caught.value)
    assert words in str(caught.value)


def test_a_cut_gzip_file_is_refused_where_it_ends(tmp_path: Path) -> None:
    rows = "".join(f"2014-05-01T00:00:{s:02d}.000Z,1.{s}1,1.{s}2\n" for s in range(60))
    packed = gzip.compress(("ts_utc,bid,ask\n" + rows).encode())
    file = _file(tmp_path, packed[: len(packed) // 2], "oanda_eurusd_2014.csv.gz")

    with pytest.raises(TickFileError, match=r"csv\.gz:\d+: the gzip data is cut"):
        list(read_ticks(file))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TickFileError, match="cannot be read"):
        list(read_ticks(tick_file_of(str(tmp_path / "oanda_eurusd.csv"))))


@pytest.mark.parametrize("name", ["oanda_eurxxx_2014.csv", "eurusd.csv", "oanda_2014.csv"])
def test_a_name_without_a_known_pair_is_refused(name: str) -> None:
    with pytest.raises(TickFileError, match="--ticks"):
        tick_file_of(name)


def test_venue_and_pair_can_be_given_with_the_file() -> None:
    expected = TickFile("ALPHA", "USD/JPY", Path("day:1.csv"))

    assert expected == tick_file_of("alpha:usdjpy:day:1.csv")


def test_several_files_are_merged_by_time_and_cut_to_the_window(tmp_path: Path) -> None:
    first = _file(tmp_path, GOOD)
    second = _file(
        tmp_path, "ts_utc,bid,ask\n2014-05-01T00:00:00.500Z,1.1,1.2\n", "fxcm_eurusd.csv"
    )
    window = TickWindow(parse_time("2014-05-01T00:00:00.300Z"), parse_time("2014-05-01T00:00:02Z"))

    ticks = list(open_ticks([first, second], window))

    assert [tick.venue for tick in ticks] == ["FXCM", "OANDA"]


def test_two_files_for_one_venue_and_pair_are_refused(tmp_path: Path) -> None:
    file = _file(tmp_path, GOOD)

    with pytest.raises(TickFileError, match="second file"):
        open_ticks([file, file], TickWindow())


def test_a_window_without_ticks_is_refused(tmp_path: Path) -> None:
    window = TickWindow(from_ns=parse_time("2015-01-01T00:00:00Z"))

    with pytest.raises(TickFileError, match="no tick between"):
        open_ticks([_file(tmp_path, GOOD)], window)
