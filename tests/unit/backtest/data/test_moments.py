"""Texts as times: each says its zone, or all are of one that is told."""

from __future__ import annotations

import polars as pl
import pytest

from backtest.data.moments import Fold, UnreadableTime, time_reader
from tests.kit.market_data import DAY_NS

FIVE_NS = DAY_NS + (5 * 3600 + 1) * 1_000_000_000


def read(texts: list[str], wanted: str = "", zone: str = "", fold: Fold | None = None) -> list[int]:
    """The times in nanoseconds."""
    reader = time_reader(texts[0], wanted=wanted, zone=zone, fold=fold)
    return reader.read(pl.Series(texts)).to_list()


@pytest.mark.parametrize(
    ("text", "wanted", "zone"),
    [
        ("2014-05-01T05:00:01.787Z", "", ""),
        ("2014-05-01 05:00:01.787", "", "UTC"),
        ("2014-05-01T06:00:01.787", "", "Europe/London"),
        ("2014-05-01 07:00:01.787000+02:00", "", ""),
        ("2014-05-01T01:00:01.787-0400", "", ""),
        ("20140501 050001787", "", "UTC"),
        ("20140501 05:00:01.787", "", "UTC"),
        ("01.05.2014 05:00:01.787", "", "UTC"),
        ("2014.05.01 05:00:01.787", "", "UTC"),
        ("05/01/2014 05:00:01.787", "%m/%d/%Y %H:%M:%S%.f", "UTC"),
        ("1398920401787", "", ""),
        ("1398920401787000", "", "UTC"),
        ("1398920401787000000", "epoch-ns", ""),
    ],
)
def test_a_time_is_read_in_the_ways_it_is_written(text: str, wanted: str, zone: str) -> None:
    assert [FIVE_NS + 787_000_000] == read([text], wanted, zone)


def test_nanoseconds_are_kept_and_mixed_lengths_of_fractions_are_read() -> None:
    texts = ["2014-05-01T05:00:01.000000001Z", "2014-05-01T05:00:01Z", "2014-05-01 05:00:01.5Z"]
    assert [FIVE_NS + 1, FIVE_NS, FIVE_NS + 500_000_000] == read(texts)


@pytest.mark.parametrize(
    ("texts", "zone", "row", "says"),
    [
        (["2014-10-26 02:00:00", "2014-10-26 01:30:00"], "Europe/London", 1, "comes twice"),
        (["2014-03-30 00:30:00", "2014-03-30 01:30:00"], "Europe/London", 1, "does not exist"),
        (["2014-05-01T05:00:01Z", "2014-05-01T05:00:01"], "", 1, "mixed time zones"),
        (["2014-05-01 05:00", "2014-05-01 05:00Z"], "UTC", 1, "mixed time zones"),
        (["2014-05-01 05:00", "01.05.2014 05:00"], "UTC", 1, "not like the first one"),
        (["2014-05-01 05:00", "2014-02-30 05:00"], "UTC", 1, "not like the first one"),
        (["1398920401787", "soon"], "", 1, "no time in epoch-ms"),
    ],
)
def test_a_time_that_cannot_be_read_is_named(
    texts: list[str], zone: str, row: int, says: str
) -> None:
    with pytest.raises(UnreadableTime, match=says) as found:
        read(texts, zone=zone)
    assert row == found.value.row


@pytest.mark.parametrize(
    ("text", "wanted", "zone", "says"),
    [
        ("2014-05-01 05:00", "", "", "do not say their zone"),
        ("2014-05-01T05:00Z", "", "Europe/London", "leave out --zone"),
        ("1398920401787", "", "Europe/London", "are UTC"),
        ("2014-05-01 05:00", "", "Europe/Lndon", "is not known"),
        ("05/01/2014 05:00", "", "UTC", "day first or month first"),
        ("yesterday", "", "UTC", "in no way that is known"),
        ("5", "epoch-days", "", "epoch-ms"),
    ],
)
def test_what_is_not_said_is_asked_for(text: str, wanted: str, zone: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        time_reader(text, wanted=wanted, zone=zone)


@pytest.mark.parametrize(
    ("fold", "hours"), [(Fold.EARLIER, (1.5, 0.5)), (Fold.LATER, (0.5, 1.5))], ids=str
)
def test_a_fold_says_by_which_clock(fold: Fold, hours: tuple[float, float]) -> None:
    """London, 2014: forward on 30 March at 1:00, back on 26 October at 2:00."""
    gap, twice = read(
        ["2014-03-30 01:30:00", "2014-10-26 01:30:00"], zone="Europe/London", fold=fold
    )
    midnights = read(["2014-03-30T00:00:00Z", "2014-10-26T00:00:00Z"])
    assert hours == ((gap - midnights[0]) / 3.6e12, (twice - midnights[1]) / 3.6e12)
