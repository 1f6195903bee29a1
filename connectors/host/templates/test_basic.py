"""What the strategy is to do: run with `python -m pytest test_basic.py`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from connectors.host.samples import begin, facts

FILE = Path(__file__).with_name("basic.py")
PARAMETERS = {"margins": {"gold": "0.3"}}


def test_the_prices_are_the_margin_away_from_the_middle() -> None:
    strategy = begin(FILE, PARAMETERS)
    decision = strategy.decide(facts(bid="1.10000", offer="1.10010", tier="gold"))
    assert decision.bid == Decimal("1.10002")
    assert decision.offer == Decimal("1.10008")


def test_only_the_side_that_is_asked_is_priced() -> None:
    strategy = begin(FILE, PARAMETERS)
    assert strategy.decide(facts(side="BUY")).offer is None
    assert strategy.decide(facts(side="SELL")).bid is None


def test_a_tier_without_a_margin_is_passed() -> None:
    assert begin(FILE, PARAMETERS).decide(facts(tier="bronze")).passed == "NO_MARGIN"
