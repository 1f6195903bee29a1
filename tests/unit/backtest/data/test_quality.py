"""Each figure of a quality report on data made to have it."""

from __future__ import annotations

from pathlib import Path

from tests.kit.market_data import imported, written

DAY = "2014-05-01T"
HEAD = "time,bid,ask\n"


def quotes(*rows: tuple[str, str, str]) -> str:
    """Quotes of the day."""
    return HEAD + "".join(f"{DAY}{at}Z,{bid},{ask}\n" for at, bid, ask in rows)


def test_crossed_by_duration_says_from_when(tmp_path: Path) -> None:
    text = quotes(
        ("08:00:00", "1.30", "1.31"),
        ("08:00:10", "1.32", "1.31"),
        ("08:00:11", "1.30", "1.31"),
        ("08:00:20", "1.32", "1.31"),
        ("08:00:30", "1.33", "1.31"),
        ("08:01:50", "1.31", "1.31"),
        ("08:02:00", "1.30", "1.31"),
        ("08:09:00", "1.33", "1.31"),
    )
    found = imported(tmp_path, written(tmp_path, text)).quality["quotes ALPHA EUR/USD"]
    crossed = found.crossed
    assert crossed is not None
    assert (4, 0.5, 2) == (crossed.quotes, crossed.share, crossed.runs)
    assert (70_000, 71_000) == (crossed.longest_ms, crossed.total_ms), "60 s of a quote at most"
    assert f"{DAY}08:00:20.000Z" == crossed.longest_from
    assert (80_000, 1) == (found.not_positive_ms, found.locked)


def test_duplicates_same_times_order_gaps_and_outliers_are_counted(tmp_path: Path) -> None:
    rows = [(f"08:{n // 60:02d}:{n % 60:02d}", "1.30000", "1.30010") for n in range(120)]
    rows[60] = (rows[60][0], "1.40000", "1.40010")
    rows[10:10] = [rows[10]]
    rows[20:20] = [(rows[20][0], "1.29990", "1.30000")]
    rows[30], rows[31] = rows[31], rows[30]
    rows.append(("08:20:00", "1.30000", "1.30010"))
    rows.append(("08:30:00", "1.30000", "1.30010"))
    found = imported(tmp_path, written(tmp_path, quotes(*rows))).quality["quotes ALPHA EUR/USD"]
    assert (124, 1, 2) == (found.rows, found.duplicates, found.same_time)
    assert (1, 1000) == (found.out_of_order, found.disorder_ms)
    assert 1 == found.gaps, "ten minutes are no gap of more than ten"
    gap = found.longest_gaps[0]
    assert (f"{DAY}08:01:59.000Z", 1081) == (gap.after, gap.trading_s)
    assert (1, f"{DAY}08:01:00.000Z") == (found.outliers, found.outlier_examples[0].at)


def test_a_mid_beyond_64_bits_is_an_outlier_and_no_overflow(tmp_path: Path) -> None:
    rows = [(f"08:00:{n:02d}", "1.30", "1.31") for n in range(40)]
    rows[20] = ("08:00:20", "9223372036", "9223372036")
    text = quotes(*rows)
    found = imported(tmp_path, written(tmp_path, text)).quality["quotes ALPHA EUR/USD"]
    assert 1 == found.outliers
    assert found.outlier_examples[0].mid.startswith("9223372036")


def test_bars_are_counted_on_the_day_and_the_week_of_their_middle(tmp_path: Path) -> None:
    """The last of a week ends as the market closes; it is none of the weekend."""
    text = (
        "time,open,high,low,close\n2014-05-01T20:00:00Z,1,1,1,1\n2014-05-01T21:00:00Z,1,1,1,1\n"
        "2014-05-02T20:00:00Z,1,1,1,1\n2014-05-04T20:00:00Z,1,1,1,1\n"
    )
    done = imported(tmp_path, written(tmp_path, text), bar_side="bid")
    found = done.quality["bars ALPHA EUR/USD 1h"]
    assert (3, 1) == (found.days, found.weekend), "an hour before Sunday 17:00 in New York"
    assert (3, 1) == (found.by_hour[20], found.by_hour[21])


def test_a_day_in_shanghai_is_one_day(tmp_path: Path) -> None:
    text = "date,close\n2014-05-05,1\n2014-05-06,1\n2014-05-07,1\n2014-05-08,1\n2014-05-09,1\n"
    done = imported(
        tmp_path, written(tmp_path, text), bar_side="mid", zone="Asia/Shanghai", bar_period="1d"
    )
    found = done.quality["bars ALPHA EUR/USD 1d"]
    assert (5, (), 0) == (found.days, found.days_empty, found.weekend)


def test_fixings_say_their_lowest_and_highest(tmp_path: Path) -> None:
    """So that 0.053 where 5.3 percent is due is seen."""
    text = "index,value_date,value\nSOFR,2024-01-17,0.0532\nSOFR,2024-01-18,0.0531\n"
    found = imported(tmp_path, written(tmp_path, text), venue="", pair="").quality
    assert ("0.0531", "0.0532") == found["fixings FILE SOFR"].values
