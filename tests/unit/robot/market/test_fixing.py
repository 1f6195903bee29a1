"""Fixings: nobody knows one before it is public; names are kept apart; how they are made."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import msgspec
import pytest

from robot.basics.index import INDICES, FixingKind, fixing_index
from robot.errors import Fault, FixingNotPublished, InvalidTerms, UnknownReference
from robot.market.fixing import (
    Fixing,
    FixingBook,
    RepoTrade,
    loan_prime_rate,
    repo_fixing,
    trimmed_mean,
    weighted_average,
)

FRIDAY, MONDAY = date(2026, 1, 16), date(2026, 1, 19)
HOUR = 3_600_000_000_000
MONDAY_8_NY = 1_768_827_600 * 1_000_000_000
"""2026-01-19 13:00 UTC."""


def sofr(value: str = "4.30", published_ns: int = MONDAY_8_NY, day: date = FRIDAY) -> Fixing:
    return Fixing(
        index="SOFR", value_date=day, value=D(value), published_ns=published_ns, source="NY Fed"
    )


def book_of(*fixings: Fixing) -> FixingBook:
    book = FixingBook()
    for fixing in fixings:
        book.record(fixing)
    return book


def test_a_fixing_asked_for_before_it_is_public_is_refused_with_both_times() -> None:
    book = book_of(sofr())

    with pytest.raises(FixingNotPublished) as caught:
        book.fixing("SOFR", FRIDAY, MONDAY_8_NY - 1)

    assert "SOFR for 2026-01-16 was published at 2026-01-19 13:00 UTC" in str(caught.value)
    assert "asked for as of 2026-01-19 12:59 UTC" in str(caught.value)
    assert sofr() == book.fixing("SOFR", FRIDAY, MONDAY_8_NY)


@pytest.mark.parametrize("written", ["CNY01", "PARITY USD/CNY"])
@pytest.mark.parametrize("asked", ["CNY01", "PARITY USD/CNY"])
def test_a_fixing_is_found_under_each_of_its_names(written: str, asked: str) -> None:
    parity = msgspec.structs.replace(sofr("7.0080"), index=written)
    book = book_of(parity)

    assert parity == book.fixing(asked, FRIDAY, MONDAY_8_NY)
    assert parity == book.latest(asked, MONDAY_8_NY)
    with pytest.raises(InvalidTerms, match="published at the same moment"):
        book.record(msgspec.structs.replace(parity, index=asked, value=D("7.0090")))


def test_the_latest_fixing_is_the_latest_that_was_public_then() -> None:
    thursday = sofr("4.25", MONDAY_8_NY - 72 * HOUR, date(2026, 1, 15))
    book = book_of(sofr(), thursday)

    assert thursday == book.latest("SOFR", MONDAY_8_NY - 1)
    assert sofr() == book.latest("SOFR", MONDAY_8_NY)
    assert thursday == book.latest("SOFR", MONDAY_8_NY, not_after=date(2026, 1, 15))
    with pytest.raises(FixingNotPublished, match="no SOFR up to 2026-01-14 was public"):
        book.latest("SOFR", MONDAY_8_NY, not_after=date(2026, 1, 14))


def test_a_correction_counts_from_its_own_publication() -> None:
    corrected = sofr("4.31", MONDAY_8_NY + HOUR)
    book = book_of(corrected, sofr())

    assert D("4.30") == book.fixing("SOFR", FRIDAY, MONDAY_8_NY).value
    assert D("4.31") == book.fixing("SOFR", FRIDAY, MONDAY_8_NY + HOUR).value


def test_the_same_fixing_again_changes_nothing_and_another_value_is_a_contradiction() -> None:
    book = book_of(sofr())

    assert not book.record(sofr())
    with pytest.raises(InvalidTerms, match=r"SOFR of 2026-01-16 is 4\.30 .* and 4\.31") as caught:
        book.record(sofr("4.31"))
    assert Fault.CONTRADICTION is caught.value.fault


def test_what_nobody_recorded_is_refused() -> None:
    with pytest.raises(FixingNotPublished, match="no SOFR for 2026-01-19 is recorded"):
        book_of(sofr()).fixing("SOFR", MONDAY, MONDAY_8_NY)
    with pytest.raises(UnknownReference, match="unknown fixing index 'LIBOR'"):
        book_of().latest("LIBOR", MONDAY_8_NY)


@pytest.mark.parametrize(
    ("index", "value"), [("SOFR", "NaN"), ("PARITY USD/CNY", "0"), ("PARITY USD/CNY", "-7")]
)
def test_what_cannot_be_a_fixing_is_refused(index: str, value: str) -> None:
    with pytest.raises(InvalidTerms, match=f"{index} of 2026-01-16: {value}"):
        book_of(msgspec.structs.replace(sofr(), index=index, value=D(value)))


def test_a_negative_rate_is_a_fixing() -> None:
    assert book_of(sofr("-0.05")).record(sofr("-0.04", MONDAY_8_NY + 1))


def test_the_book_passes_through_a_snapshot_of_the_state() -> None:
    book = book_of(sofr(), sofr("4.31", MONDAY_8_NY + HOUR))
    assert book == msgspec.json.decode(msgspec.json.encode(book), type=FixingBook)


def test_the_four_seven_day_repo_rates_are_four_benchmarks() -> None:
    names = ["FR007", "FDR007", "R007", "DR007"]
    assert 4 == len({fixing_index(name).source for name in names})
    assert {"ACT/365F"} == {str(fixing_index(name).day_count) for name in names}


@pytest.mark.parametrize("index", INDICES.values(), ids=lambda index: index.name)
def test_a_benchmark_says_what_it_is_and_when_it_is_public(index: object) -> None:
    known = fixing_index(index.name)  # type: ignore[attr-defined]
    assert known.name in INDICES and known.source and known.zone
    assert (known.kind is FixingKind.RATE) == (known.day_count is not None)
    assert known.published_days in (0, 1)


def test_contracts_may_name_a_benchmark_otherwise() -> None:
    assert "PARITY USD/CNY" == fixing_index("CNY01").name


def test_an_unknown_name_is_refused_with_those_like_it() -> None:
    with pytest.raises(UnknownReference, match="did you mean FR001, FR007, FR014"):
        fixing_index("FR0")
    with pytest.raises(UnknownReference, match="unknown fixing index ''"):
        fixing_index("")


def test_a_repo_fixing_counts_the_same_parties_at_one_rate_once() -> None:
    """Five trades, two of them alike: of 1.40 1.42 1.45 1.50 it is the third."""
    rates = [("A-B", "1.42"), ("A-B", "1.42"), ("A-C", "1.40"), ("B-C", "1.50"), ("A-D", "1.45")]
    assert D("1.45") == repo_fixing([RepoTrade(who, D(rate)) for who, rate in rates], D(9))


def test_a_morning_without_repos_falls_back_on_shibor() -> None:
    assert D("1.5208") == repo_fixing([], shibor=D("1.50"))


def test_shibor_leaves_out_the_highest_and_the_lowest_quotes() -> None:
    """18 banks, 4 and 4 left out: the mean of 1.05 ... 1.14 is 1.095; 16 banks, 2 and 2: 1.085."""
    quotes = [D("1.01") + D("0.01") * number for number in range(18)]
    assert D("1.0950") == trimmed_mean(list(reversed(quotes)))
    assert D("1.0850") == trimmed_mean(quotes[:16], drop=2)
    with pytest.raises(InvalidTerms, match="8 quotes: none left without 4 at each end"):
        trimmed_mean(quotes[:8])


def test_the_lpr_goes_in_steps_of_five_basis_points() -> None:
    assert D("3.45") == loan_prime_rate(
        [D(text) for text in ("3.40", "3.45", "3.50", "3.4", "3.45")]
    )
    with pytest.raises(InvalidTerms, match="2 quotes"):
        loan_prime_rate([D(1), D(2)])


def test_a_day_average_is_weighted_by_amount() -> None:
    assert D("1.6000") == weighted_average([(D("1.5"), D(300)), (D("1.9"), D(100))])
    with pytest.raises(InvalidTerms, match="add up to 0"):
        weighted_average([])
