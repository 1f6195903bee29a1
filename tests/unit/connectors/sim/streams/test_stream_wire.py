"""Streamed quotes in FIX: what the venue says is valid, what the robot says is read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.sim.dialects.choice import dialect_of
from connectors.sim.streams.wire import encode, word_of
from connectors.sim.streams.words import MassIn, MassOut, StatusAskOut, StatusOut
from tests.kit.sim_fix import checked

NAMES = ("fix44", "cfets_like")
MARKS = {"fix44": "167=FOR|461=FORWARD|", "fix50sp2": "167=FXFWD|", "cfets_like": "10176=14|"}


@pytest.mark.parametrize("name", NAMES)
def test_answers_and_status_messages_are_valid_by_the_dictionary(name: str) -> None:
    for out in (
        MassOut("V", "M1", "0"),
        MassOut("V", "M1", "5", "2", "HALTED"),
        MassOut("V", "M1", "0", rejected=(("S1", "E1", "7"), ("S1", "E2", "1"), ("S2", "E3", "8"))),
        StatusOut("V", "S1", "E1", "EUR/USD", "0"),
        StatusAskOut("V", "S1", "E1", "EUR/USD"),
    ):
        checked(name, *encode(out, dialect_of(name), 0))


@pytest.mark.parametrize("name", NAMES)
def test_a_mass_quote_of_forwards_is_read_in_every_dialect(name: str) -> None:
    symbol = "USD.CNY" if name == "cfets_like" else "USD/CNY"
    points = ("12.50", "13.00") if name == "cfets_like" else ("0.00125", "0.00130")
    entry = f"55={symbol}|{MARKS[name]}132=7.12125|133=7.12230|134=1000000|135=1000000|"
    entry += f"188=7.12000|190=7.12100|189={points[0]}|191={points[1]}|64=20270125|15=USD|"
    text = "117=M1|301=2|453=1|448=BANKA|447=D|452=3|296=2|"
    text += f"302=A|304=1|295=1|299=E1|{entry}302=B|304=2|295=2|299=E2|{entry}299=E3|{entry}"
    message = checked(name, "i", text.replace("|", "\x01"))

    word = word_of(message, dialect_of(name))

    assert isinstance(word, MassIn)
    assert ("M1", "2", "BANKA") == (word.quote_id, word.answer_wanted, word.client)
    assert [("A", "E1"), ("B", "E2"), ("B", "E3")] == [
        (each.set_id, each.quote.quote_id) for each in word.entries
    ]
    quote = word.entries[-1].quote
    assert ("USD/CNY", "FORWARD", "20270125") == (quote.pair, quote.terms.product, quote.value_date)
    assert (Decimal("0.00125"), Decimal("7.12100")) == (
        quote.bid_parts.near_points,
        quote.offer_parts.spot,
    )
