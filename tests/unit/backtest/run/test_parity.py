"""A recorded day again, from what came in from outside."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from backtest.run.day import Day
from backtest.run.parity import examine
from backtest.run.parity_cli import lines_of
from backtest.run.runner import run
from robot.assembly import load_strategy
from robot.deals.reference import Reference
from robot.errors import RobotError
from robot.strategy import Decision, Facts, Strategy
from tests.kit.backtests import small_config, small_feed


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A day in the journal's own format."""
    folder = tmp_path_factory.mktemp("days") / "day"
    run(small_config(3, journal="full"), feed=small_feed(3), folder=folder)
    yield folder / "journal"


class Dearer:
    """The desk's strategy with one pip more on what BANKC asks for."""

    def __init__(self, inner: Strategy) -> None:
        self._inner = inner

    def decide(self, facts: Facts) -> Decision:
        decision = self._inner.decide(facts)
        if facts.counterparty != "BANKC" or decision.offer is None:
            return decision
        return Decision(bid=decision.bid, offer=decision.offer + Decimal("0.0001"))


def test_a_day_is_proven_from_its_market_and_its_clients(day: Path) -> None:
    found = examine(Day(day))
    assert found.proven and found.compared.deals > 5 and found.compared.refusals > 0
    assert found.exact_timers is not None and found.exact_timers.proven
    assert lines_of(found)[0] == "20261021: proven: the backtest did what the live robot did:"


def test_another_price_is_the_first_difference(day: Path) -> None:
    def dearer(reference: Reference) -> Strategy:
        return Dearer(load_strategy(reference))

    found = examine(Day(day), dearer)
    assert not found.proven and found.compared.difference is not None
    live, backtest = found.compared.difference.live, found.compared.difference.backtest
    assert live.startswith("SendQuote Q") and backtest.startswith("SendQuote Q")
    prices = [Decimal(text.split("offer ")[1].split(",")[0]) for text in (live, backtest)]
    assert prices[1] - prices[0] == Decimal("0.0001")
    assert "before it: not known" in "\n".join(lines_of(found))


def test_a_day_that_is_not_there_is_an_error(day: Path) -> None:
    with pytest.raises(RobotError, match="no segment of the trade date 20261022"):
        Day(day, "20261022")
