"""Fixing files: what is read, when it was public, and what is refused with its line."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connectors.market_files.fixings import Column, FixingLayout, publication_ns, read_fixings
from connectors.market_files.table import MarketFileError
from robot.basics.index import FixingIndex, fixing_index
from robot.clock import format_time
from robot.errors import FixingNotPublished, UnknownReference
from robot.market.fixing import Fixing, FixingBook

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"
HEADER = "index,value_date,value,published_utc\n"
GOOD = HEADER + "SHIBOR 3M,2026-01-14,1.5550,\n"


class Weekdays:
    """Every weekday is good."""

    def next_business_day(self, day: date) -> date:
        return self._step(day, 1)

    def previous_business_day(self, day: date) -> date:
        return self._step(day, -1)

    def _step(self, day: date, days: int) -> date:
        day += timedelta(days=days)
        while day.weekday() > 4:
            day += timedelta(days=days)
        return day


def weekdays(_: FixingIndex) -> Weekdays:
    return Weekdays()


def file(folder: Path, text: str | bytes, name: str = "fixings.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_shibor_is_public_at_eleven_in_beijing_on_its_own_day(tmp_path: Path) -> None:
    (found,) = read_fixings(file(tmp_path, GOOD))

    assert ("SHIBOR 3M", date(2026, 1, 14), D("1.5550")) == (
        found.index,
        found.value_date,
        found.value,
    )
    assert "2026-01-14T03:00:00.000Z" == format_time(found.published_ns)


def test_an_hour_that_was_later_once_counts_for_its_time() -> None:
    shibor_3m = fixing_index("SHIBOR 3M")
    times = [publication_ns(shibor_3m, day) for day in (date(2013, 6, 20), date(2014, 8, 1))]
    assert ["2013-06-20T03:30:00.000Z", "2014-08-01T03:00:00.000Z"] == [
        format_time(at_ns) for at_ns in times
    ]


def test_sofr_of_a_friday_is_public_on_monday_at_eight_in_new_york() -> None:
    """In winter 13:00, in summer 12:00 UTC."""
    sofr = fixing_index("SOFR")
    times = [publication_ns(sofr, day, weekdays) for day in (date(2026, 1, 16), date(2026, 7, 17))]
    assert ["2026-01-19T13:00:00.000Z", "2026-07-20T12:00:00.000Z"] == [
        format_time(at_ns) for at_ns in times
    ]


def test_a_time_of_publication_in_the_file_counts_before_the_rule(tmp_path: Path) -> None:
    text = HEADER + "KRW02,2026-01-14,1450.10,2026-01-14T06:35:00Z\n"
    (found,) = read_fixings(file(tmp_path, text))
    assert "2026-01-14T06:35:00.000Z" == format_time(found.published_ns)


def test_publishers_tables_are_read_with_their_own_columns_and_scales(tmp_path: Path) -> None:
    header = "# per 100 units\ndate,USDCNY_per100,JPYCNY_per100\n"
    text = header + "2020-10-09,677.96,6.4043\n2020-10-12,,6.3474\n"
    layout = FixingLayout(
        source="CFETS",
        columns={
            "USDCNY_per100": Column("PARITY USD/CNY", D("0.01")),
            "JPYCNY_per100": Column("PARITY JPY/CNY", D("0.01")),
        },
    )

    found = [
        (f.index, str(f.value_date), f.value) for f in read_fixings(file(tmp_path, text), layout)
    ]

    assert [
        ("PARITY USD/CNY", "2020-10-09", D("6.7796")),
        ("PARITY JPY/CNY", "2020-10-09", D("0.064043")),
        ("PARITY JPY/CNY", "2020-10-12", D("0.063474")),
    ] == found


def test_a_table_stamped_by_publication_is_dated_back(tmp_path: Path) -> None:
    """ORE stamps SONIA with the day it is published: the rate is of the business day before."""
    text = "date,index,value\n2024-01-08,GBP-SONIA,0.0518690000\n2024-01-08,USD-LIBOR-3M,0.05\n"
    layout = FixingLayout(
        source="ORE",
        name="index",
        value="value",
        columns={"GBP-SONIA": Column("SONIA", D(100))},
        dated_by_publication=frozenset({"SONIA"}),
    )

    (found,) = read_fixings(file(tmp_path, text), layout, weekdays)

    assert (date(2024, 1, 5), D("5.1869")) == (found.value_date, found.value)
    assert "2024-01-08T09:00:00.000Z" == format_time(found.published_ns)


BAD: list[tuple[str | bytes, str]] = [
    ("", "fixings.csv: the file is empty; expected value_date,index,value"),
    ("index,value\n", ":1: missing column value_date"),
    ("index,value_date,value,value\n", ":1: column value is there twice"),
    (GOOD + "SHIBOR 3M,2026-02-30,1.5,\n", ":3: value_date '2026-02-30' is not a date"),
    (GOOD + "SHIBOR 3M,20260114,1.5,\n", ":3: value_date '20260114' is not a date"),
    (GOOD + "SHIBOR 3M,2026-01-15,1.5.1,\n", ":3: value '1.5.1' is not a number"),
    (GOOD + "SHIBOR 3M,2026-01-15,NaN,\n", ":3: value 'NaN' is not a number"),
    (GOOD + "SHIBOR 3M,2026-01-15,,\n", ":3: column value is empty"),
    (GOOD + "SHIBOR 4M,2026-01-15,1.5,\n", ":3: unknown fixing index 'SHIBOR 4M'"),
    (GOOD + "SOFR,2026-01-15,4.3,\n", ":3: SOFR is published on another day"),
    (GOOD + "KRW02,2026-01-15,1450,\n", ":3: KRW02 has no rule for its publication"),
    (GOOD + "KRW02,2026-01-15,1450,10:00\n", ":3: published_utc '10:00' is not a UTC time"),
    (GOOD + "SHIBOR 3M,2026-01-15\n", ":3: 2 columns where the header has 4"),
    (GOOD + '"SHIBOR 3M,2026-01-15,1,\n', ":3: unexpected end of data"),
    (GOOD + "x" * 6000 + "\n", ":3: line longer than"),
    (GOOD.encode() + b"\xff\n", "not UTF-8 text"),
    (gzip.compress((GOOD + GOOD * 50).encode(), mtime=0)[:-40], "the gzip data is cut or damaged"),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[words for _, words in BAD])
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(MarketFileError) as caught:
        list(read_fixings(file(tmp_path, text)))
    assert words in str(caught.value)
    assert "fixings.csv" in str(caught.value)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.binary(max_size=60))
@example('SHIBOR 3M,2026-01-15,"1')
@example("SHIBOR 3M,9999-12-31,1,9999-12-31T23:59:59Z")
@example("SHIBOR 3M,0001-01-01,1,")
def test_any_further_line_is_read_or_refused_with_its_place(
    tmp_path: Path, line: str | bytes
) -> None:
    raw = line if isinstance(line, bytes) else line.encode("utf-8", "surrogatepass")
    path = file(tmp_path, GOOD.encode() + raw)
    try:
        found = list(read_fixings(path, calendar_of=weekdays))
    except MarketFileError as refused:
        assert str(path) in str(refused)
        return
    assert "SHIBOR 3M" == found[0].index


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MarketFileError, match="cannot be read"):
        list(read_fixings(tmp_path / "none.csv"))


def test_a_benchmark_of_another_day_needs_a_calendar() -> None:
    with pytest.raises(UnknownReference, match="SOFR is published on another day"):
        publication_ns(fixing_index("SOFR"), date(2026, 1, 16))


# --- what was really published, where it is at hand


def published(name: str, layout: FixingLayout) -> list[Fixing]:
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{path.name} is no part of the project and is not beside it")
    return list(read_fixings(path, layout, weekdays))


def shibor() -> FixingLayout:
    tenors = ["ON", "1W", "2W", "1M", "3M", "6M", "9M", "1Y"]
    return FixingLayout(source="CFETS", columns={t: Column(f"SHIBOR {t}") for t in tenors})


def test_fourteen_years_of_shibor_can_be_asked_for_day_by_day() -> None:
    book = FixingBook()
    for fixing in published("money_market_cny/shibor_20061008_20201231.csv.gz", shibor()):
        book.record(fixing)

    at_ns = publication_ns(fixing_index("SHIBOR ON"), date(2013, 6, 20))

    assert 3_559 == len(book.days["SHIBOR ON"])
    assert D("13.4440") == book.fixing("SHIBOR ON", date(2013, 6, 20), at_ns).value
    assert date(2013, 6, 19) == book.latest("SHIBOR ON", at_ns - 1).value_date
    with pytest.raises(FixingNotPublished):
        book.fixing("SHIBOR ON", date(2013, 6, 20), at_ns - 1)


OTHERS: list[tuple[str, FixingLayout, Callable[[list[Fixing]], bool]]] = [
    (
        "money_market_cny/lpr_monthly_201908_202605.csv",
        FixingLayout(
            source="CFETS",
            columns={"lpr_1y_pct": Column("LPR 1Y"), "lpr_5y_pct": Column("LPR 5Y")},
        ),
        lambda found: len(found) == 138 and found[0].value == D("4.25"),
    ),
    (
        "money_market_cny/repo_r001_r007_20160104_20170630.csv.gz",
        FixingLayout(
            source="CFETS",
            columns={
                "R001_weighted_rate_pct": Column("R001"),
                "R007_weighted_rate_pct": Column("R007"),
            },
        ),
        lambda found: len(found) == 748,
    ),
    (
        "money_market_other/rfr_g6_daily_20210802_20260806.csv.gz",
        FixingLayout(
            source="central banks",
            columns={name: Column(name) for name in ("SOFR", "ESTR", "SONIA", "CORRA", "TONA")},
        ),
        lambda found: {"SOFR", "ESTR", "SONIA", "CORRA", "TONA"} == {f.index for f in found},
    ),
    (
        "reference_rates/pboc_central_parity_20201009_20210901.csv.gz",
        FixingLayout(
            source="PBoC",
            columns={
                f"{code}CNY_per100": Column(f"PARITY {code}/CNY", D("0.01"))
                for code in ("USD", "EUR", "JPY", "HKD", "GBP", "AUD", "CAD", "NZD", "SGD", "CHF")
            },
        ),
        lambda found: len(found) == 2230 and found[0].value == D("6.7796"),
    ),
]


@pytest.mark.parametrize(("name", "layout", "holds"), OTHERS, ids=[row[0] for row in OTHERS])
def test_what_was_published_is_read_and_recorded(
    name: str, layout: FixingLayout, holds: Callable[[list[Fixing]], bool]
) -> None:
    found = published(name, layout)
    book = FixingBook()

    assert all(book.record(fixing) for fixing in found)
    assert holds(found)
