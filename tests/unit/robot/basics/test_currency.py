"""What is paid: minor units of each currency, and amounts that can be paid."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from robot.basics.currency import (
    Currency,
    CurrencyPair,
    check_amount,
    check_pair,
    contra_amount,
    minor_unit,
    round_amount,
)
from robot.errors import Fault, InvalidTerms, UnknownReference

USD_JPY, KWD_JPY = CurrencyPair("USD/JPY"), CurrencyPair("KWD/JPY")


@pytest.mark.parametrize(
    ("codes", "unit"),
    [
        ("JPY KRW CLP VND ISK XAF", "1"),
        ("USD EUR CNY CNH HKD GBP CAD AUD NZD CHF SGD SEK NOK DKK HUF TWD IDR", "0.01"),
        ("KWD BHD JOD OMR TND IQD", "0.001"),
    ],
)
def test_minor_units_are_those_of_iso_4217(codes: str, unit: str) -> None:
    assert {D(unit)} == {minor_unit(Currency(code)) for code in codes.split()}


def test_a_currency_that_is_in_no_list_is_refused() -> None:
    with pytest.raises(UnknownReference, match="'XTS'"):
        round_amount(D(1), Currency("XTS"))


def test_halves_are_rounded_away_from_zero() -> None:
    found = [str(round_amount(D(text), Currency("JPY"))) for text in ("0.5", "-0.5", "1.4999")]
    assert ["1", "-1", "1"] == found


def test_the_contra_amount_is_of_the_other_currency() -> None:
    assert D("150126") == contra_amount(USD_JPY, Currency("USD"), D("1000.00"), D("150.1255"))
    assert D("6661.09") == contra_amount(USD_JPY, Currency("JPY"), D(1_000_000), D("150.1255"))
    assert D("2026.137") == contra_amount(KWD_JPY, Currency("JPY"), D(1_000_000), D("493.55"))
    with pytest.raises(InvalidTerms, match="EUR is no currency of USD/JPY"):
        contra_amount(USD_JPY, Currency("EUR"), D(1), D(1))


@pytest.mark.parametrize(
    ("amount", "code", "fault"),
    [
        ("0", "USD", Fault.AMOUNT_NOT_POSITIVE),
        ("-0.01", "USD", Fault.AMOUNT_NOT_POSITIVE),
        ("NaN", "USD", Fault.AMOUNT_NOT_POSITIVE),
        ("Infinity", "USD", Fault.AMOUNT_NOT_POSITIVE),
        ("0.5", "JPY", Fault.AMOUNT_NOT_PAYABLE),
        ("1.0001", "KWD", Fault.AMOUNT_NOT_PAYABLE),
        ("1e16", "USD", Fault.OUT_OF_RANGE),
        ("1e400", "USD", Fault.OUT_OF_RANGE),
    ],
)
def test_an_amount_that_cannot_be_paid_is_refused(amount: str, code: str, fault: Fault) -> None:
    with pytest.raises(InvalidTerms) as caught:
        check_amount(D(amount), Currency(code))
    assert fault is caught.value.fault
    assert str(D(amount)) in caught.value.text and code in caught.value.text


def test_a_text_that_is_no_pair_is_refused() -> None:
    with pytest.raises(UnknownReference, match="'EURUSD'"):
        check_pair(CurrencyPair("EURUSD"))
