"""What the strategy is to do: run with `python -m pytest test_inventory.py`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from connectors.host.samples import begin, deal, facts

FILE = Path(__file__).with_name("inventory.py")
PARAMETERS = {"margin": "0.5", "lean_max": "2", "full": "10000000"}


def test_flat_it_quotes_around_the_middle() -> None:
    decision = begin(FILE, PARAMETERS).decide(facts(bid="1.10000", offer="1.10010"))
    assert (decision.bid, decision.offer) == (Decimal("1.10000"), Decimal("1.10010"))


def test_long_it_lowers_both_prices() -> None:
    strategy = begin(FILE, PARAMETERS, events=[deal(side="BUY", base_amount="5000000")])
    decision = strategy.decide(facts(bid="1.10000", offer="1.10010"))
    assert (decision.bid, decision.offer) == (Decimal("1.09990"), Decimal("1.10000"))


def test_a_deal_that_is_taken_back_counts_no_more() -> None:
    taken_back = deal(side="BUY", base_amount="5000000", version=2, void=True)
    strategy = begin(FILE, PARAMETERS, events=[deal(base_amount="5000000"), taken_back])
    assert strategy.decide(facts()) == begin(FILE, PARAMETERS).decide(facts())
