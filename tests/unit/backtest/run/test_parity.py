"""A recorded day again, from what came in from outside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from backtest.data.catalogue import DataError
from backtest.data.recorded import events_of
from backtest.run.day import Day
from backtest.run.inside import NoTimers, Robot
from backtest.run.journals import RunJournal
from backtest.run.parity import examine, examine_rows, undisturbed
from backtest.run.parity_cli import lines_of, show_parity
from backtest.run.runner import run
from robot.assembly import load_strategy
from robot.deals.reference import Reference
from robot.errors import RobotError
from robot.messages.events import (
    AnyEvent,
    MarketUpdated,
    RfqReceived,
    RobotStarted,
    SessionUp,
    Stamped,
)
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
    assert found.causes[0].startswith("code: what came in until then is the same in both")
    assert f"  cause: {found.causes[0]}" in lines_of(found)


def test_a_day_that_is_not_there_is_an_error(day: Path) -> None:
    with pytest.raises(RobotError, match="no segment of the trade date 20261022"):
        Day(day, "20261022")


@pytest.fixture(scope="module")
def rows(day: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Stamped]:
    """The day out of its data."""
    store = tmp_path_factory.mktemp("data") / "store"
    assert examine(Day(day), keep=store).proven
    return list(events_of(store))


def place_of(rows: list[Stamped], what: type[AnyEvent], after: int = 0) -> int:
    return next(n for n, row in enumerate(rows) if n > after and isinstance(row.event, what))


def test_a_price_that_is_not_in_the_data_is_a_conflation(day: Path, rows: list[Stamped]) -> None:
    asked = place_of(rows, RfqReceived, len(rows) // 2)
    prices = [n for n in range(asked) if isinstance(rows[n].event, MarketUpdated)][-6:]
    data = [row for n, row in enumerate(rows) if n not in prices]
    found = examine_rows(Day(day), lambda: data)
    assert not found.proven
    assert re.match(
        r"conflation: the price .* of EUR/USD at .* is not in the data;", found.causes[0]
    )
    assert found.causes[0].endswith("with it mended the difference is gone")


def test_a_request_that_came_at_another_moment_is_latency(day: Path, rows: list[Stamped]) -> None:
    asked = place_of(rows, RfqReceived, len(rows) // 2)
    late = Stamped(rows[asked].number, rows[asked].at_ns + 3_000_000_000, rows[asked].event)
    data = sorted([*rows[:asked], *rows[asked + 1 :], late], key=lambda row: row.at_ns)
    found = examine_rows(Day(day), lambda: data)
    assert not found.proven
    assert found.causes[0].startswith("latency: RfqReceived ")
    assert "3000 ms sooner than in the data; with it mended the difference" in found.causes[0]


def test_a_restart_on_one_side_alone_is_named(day: Path, rows: list[Stamped]) -> None:
    middle = len(rows) // 2
    first = [row.event for row in rows if isinstance(row.event, RobotStarted | SessionUp)]
    again = [Stamped(rows[middle].number, rows[middle].at_ns, event) for event in first]
    data = rows[:middle] + again + rows[middle:]
    found = examine_rows(Day(day), lambda: data)
    assert not found.proven
    assert found.causes[0].startswith("restart: RobotStarted at ")
    assert "of the data was not taken live" in found.causes[0] and "is gone" in found.causes[0]
    assert list(undisturbed(data)) == list(undisturbed(rows)) == rows


def recorded(rows: list[Stamped], folder: Path) -> Path:
    """A journal of a robot that took these in."""
    journal = RunJournal(folder, {})
    robot = Robot({"ALPHA": "A", "BETA": "B"}, lambda *_: None, timers=NoTimers(), journal=journal)
    assert isinstance(rows[0].event, RobotStarted)
    robot.begin(rows[0].at_ns, rows[0].event)
    for row in rows[1:]:
        robot.turn(row.at_ns, [row.event])
        robot.said.clear()
    journal.close()
    return folder


def test_a_day_with_a_restart_is_proven_and_the_restart_is_what_it_differs_by_alone(
    rows: list[Stamped], tmp_path: Path
) -> None:
    middle = place_of(rows, MarketUpdated, len(rows) // 2)
    first = [row.event for row in rows if isinstance(row.event, RobotStarted | SessionUp)]
    again = [Stamped(0, rows[middle].at_ns, event) for event in first]
    found = examine(Day(recorded(rows[:middle] + again + rows[middle:], tmp_path / "journal")))
    assert found.proven and len(found.restarts) == 1
    assert found.alone is not None and not found.alone.proven
    assert found.alone_causes[0].startswith("restart: ") and "is gone" in found.alone_causes[0]
    assert any("without the live robot's restarts" in line for line in lines_of(found))


def test_of_two_kinds_the_one_that_made_the_difference_is_proven(
    day: Path, rows: list[Stamped]
) -> None:
    asked = place_of(rows, RfqReceived, len(rows) // 2)
    prices = [n for n in range(asked) if isinstance(rows[n].event, MarketUpdated)]
    data = [row for n, row in enumerate(rows) if n not in prices[-6:]]
    early = rows[prices[0]]
    data[prices[0]] = Stamped(early.number, early.at_ns + 1, early.event)
    found = examine_rows(Day(day), lambda: data)
    assert not found.proven
    first, second = found.causes
    assert first.startswith("conflation: ") and first.endswith("the difference is gone")
    assert second.startswith("latency: the price ") and "gone" not in second


def test_the_export_is_kept_and_can_be_run_over_again(day: Path, tmp_path: Path) -> None:
    store, runner, app = tmp_path / "store", CliRunner(), typer.Typer()
    app.command()(show_parity)
    assert runner.invoke(app, [str(day), "--keep", str(store)]).exit_code == 0
    again = runner.invoke(app, [str(day), "--data", str(store)])
    assert again.exit_code == 0 and "of clients" in again.output
    both = runner.invoke(app, [str(day), "--keep", str(store)])
    assert isinstance(both.exception, RobotError) and "is not empty" in str(both.exception)
    part = next(store.rglob("*.parquet"))
    part.write_bytes(part.read_bytes() + b"0")
    changed = runner.invoke(app, [str(day), "--data", str(store)])
    assert isinstance(changed.exception, DataError)
    assert "is not the file that was written" in str(changed.exception)
