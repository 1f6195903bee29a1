"""What a dealer says, and what is meant."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from robot.ask_words import read_words
from robot.deals.party import BUY, SELL
from robot.errors import RobotError

SAID: dict[str, dict[str, Any]] = {
    "buy 5 mio EUR/USD spot": {
        "side": BUY,
        "amount": D(5_000_000),
        "pair": "EUR/USD",
        "product": "SPOT",
    },
    "sell 1.5m EUR/USD": {
        "side": SELL,
        "amount": D(1_500_000),
        "pair": "EUR/USD",
        "product": "SPOT",
    },
    "buy 500k USD EUR/USD 3m": {
        "side": BUY,
        "amount": D(500_000),
        "currency": "USD",
        "pair": "EUR/USD",
        "product": "FORWARD",
        "tenor": "3M",
    },
    "sell 5,000,000 EUR/USD swap 1M": {
        "side": SELL,
        "amount": D(5_000_000),
        "pair": "EUR/USD",
        "product": "SWAP",
        "far_tenor": "1M",
    },
    "buy 1bn USD/CNY swap 1M 2026-07-09": {
        "side": BUY,
        "amount": D(1_000_000_000),
        "pair": "USD/CNY",
        "product": "SWAP",
        "tenor": "1M",
        "far_value_date": date(2026, 7, 9),
    },
    "lend 100 million CNY repo R007": {
        "side": SELL,
        "amount": D(100_000_000),
        "pair": "CNY",
        "product": "REPO",
        "far_tenor": "R007",
    },
    "borrow 10m USD 1W": {
        "side": BUY,
        "amount": D(10_000_000),
        "pair": "USD",
        "product": "DEPOSIT",
        "far_tenor": "1W",
    },
}


@pytest.mark.parametrize("text", SAID)
def test_words_say_a_product(text: str) -> None:
    assert SAID[text] == read_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "buy",
        "hit 5m EUR/USD",
        "buy five EUR/USD",
        "buy 5x EUR/USD",
        "buy 5m EURUSD",
        "buy 5m EUR/USD spot 1M",
        "buy 5m EUR/USD forward",
        "buy 5m EUR/USD forward 1M 2M",
        "buy 5m EUR/USD deposit 1M",
        "lend 5m EUR/USD",
        "buy 5m CNY 1W",
        "buy 5m EUR/USD 2026-02-30",
        "buy nan EUR/USD",
    ],
)
def test_what_cannot_be_meant_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(RobotError, match=r"cannot read .*e\.g\. 'buy 5 mio EUR/USD spot'"):
        read_words(text)
