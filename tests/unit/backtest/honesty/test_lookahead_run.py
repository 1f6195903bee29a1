"""A run whose prices were made of the future is found; one on prices as they came passes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

import connectors.host.templates.basic as basic
import strategies.two_way
from backtest.data.official import calendars_of
from backtest.data.places import known_of
from backtest.honesty.lookahead_run import (
    NEVER_NS,
    Run,
    Taken,
    check_run,
    decisions_of,
    first_difference,
)
from backtest.run.feed import ListFeed, Prices
from backtest.run.runner import run
from backtest.studies.early import Delayed, early_facts
from backtest.studies.lookahead_cli import checked
from backtest.studies.running import moment_text
from connectors.sim.model import parse_time
from robot.basics.ids import VenueId
from robot.messages.events import CurveUpdated, FixingPublished
from robot.strategy import Decision, Facts
from strategies.two_way import TwoWay
from tests.kit.backtests import BEGIN, hosted_desk, ruled_desk, small_config, small_feed

FLOW = {"mode": "habits", "requests_per_second": "0.5"}
BOOK = """\
book "two-way"
for spot in EUR/USD
rule "usual"
  when market spread < 5 pip
  then quote margin 0.5 pip
otherwise pass "no"
"""


def _until(feed: ListFeed, cut_ns: int | None) -> ListFeed:
    """What was known before a moment."""
    if cut_ns is None:
        return feed
    parts = []
    for part in feed.parts:
        assert isinstance(part, Prices)
        inside = [n for n, at in enumerate(part.at_ns) if at < cut_ns]
        parts.append(Prices(*([column[n] for n in inside] for column in part)))
    return ListFeed(feed.keys, [part for part in parts if part.at_ns])


def _smoothed(feed: ListFeed) -> ListFeed:
    """Each bid and offer the mean of the two before it, of itself and of the two after it."""
    parts = []
    for part in feed.parts:
        assert isinstance(part, Prices)
        kernel = np.ones(5) / 5
        columns = []
        for values in (part.bids, part.offers):
            padded = np.pad(np.array(values, np.float64), 2, mode="edge")
            ticks = np.convolve(padded, kernel, "valid") // 10_000 * 10_000
            columns.append([int(value) for value in ticks])
        parts.append(part._replace(bids=columns[0], offers=columns[1]))
    return ListFeed(feed.keys, parts)


def _runs(folder: Path, *, smooth: bool, desk: Path | None = None) -> Run:
    config = small_config(1, flow=FLOW, **({"desk": desk} if desk is not None else {}))

    def until(cut_ns: int | None) -> list[Taken]:
        feed = _until(small_feed(1), cut_ns)
        overrides: dict[str, object] = {"journal": "full"}
        if cut_ns is not None:
            overrides["span.end"] = moment_text(cut_ns)
        run(config, overrides, folder=folder / "run", feed=_smoothed(feed) if smooth else feed)
        return decisions_of(folder / "run" / "journal")

    return until


def test_a_run_on_prices_as_they_came_passes(tmp_path: Path) -> None:
    found = check_run(_runs(tmp_path, smooth=False), seed=2, samples=1)
    assert found.clean, found.told()
    assert found.decisions > 5 and found.cuts == 1
    assert "no look-ahead found" in found.told()
    assert "not from the files" in found.told()


def test_a_run_on_smoothed_prices_is_found_and_the_rule_is_named(tmp_path: Path) -> None:
    desk = ruled_desk(tmp_path / "desk", BOOK)
    found = check_run(_runs(tmp_path, smooth=True, desk=desk), seed=2, samples=1)
    assert not found.clean
    difference = found.differences[0]
    assert difference.fact in ("market spread", "bid", "offer")
    assert difference.had != difference.known
    assert difference.at_ns < difference.cut_ns
    assert "decided by rule 'usual' (moves.rules:3)" in found.told()


def _taken(at_ns: int, outcome: str = "QUOTED", **facts: object) -> Taken:
    return Taken(at_ns, f"R{at_ns}", "RFQ", outcome, facts, "two_way")


def test_the_first_fact_that_differs_is_named() -> None:
    whole = [_taken(1, mid="1.1"), _taken(2, mid="1.2", size="5"), _taken(3, mid="1.3")]
    cut = [_taken(1, mid="1.1"), _taken(2, mid="1.2", size="6")]
    found = first_difference(whole, cut, 3)
    assert found is not None
    assert (found.fact, found.had, found.known, found.subject) == ("size", "5", "6", "R2")


def test_decisions_after_the_moment_are_not_compared() -> None:
    whole = [_taken(1), _taken(2), _taken(3)]
    assert first_difference(whole, [_taken(1), _taken(2), _taken(9)], 3) is None


@pytest.mark.parametrize("swap", [False, True])
def test_a_decision_that_is_not_there_is_a_difference(swap: bool) -> None:
    whole, cut = [_taken(1), _taken(2)], [_taken(1)]
    found = first_difference(*((cut, whole) if swap else (whole, cut)), 3)
    assert found is not None and found.subject == "R2" and found.fact == ""
    assert {found.had, found.known} == {"QUOTED", "not decided at all"}


def test_another_outcome_of_the_same_facts_is_a_difference() -> None:
    one = _taken(1, mid="1.1")
    found = first_difference([one], [replace(one, outcome="REFUSED")], 2)
    assert found is not None and "RFQ REFUSED" in str(found.known)
    assert "it was RFQ QUOTED" in found.told()


def test_a_run_that_decides_nothing_is_not_clean() -> None:
    found = check_run(lambda cut_ns: [], seed=1)
    assert not found.clean and "nothing could be checked" in found.told()


# --- what a run is told too soon, and what it reads itself

RATES = """\
book "two-way"
for spot in EUR/USD
rule "dear money"
  when SHIBOR ON > 2 %
  then quote margin 2 pip
otherwise quote margin 0.5 pip
"""


def _with_fixing(feed: ListFeed, index: str, day: date) -> ListFeed:
    """Published half a minute after the beginning, for a day."""
    at_ns = parse_time(BEGIN) + 30_000_000_000
    fixing = FixingPublished(
        index=index, value_date=day, value=Decimal("2.5"), published_at_ns=at_ns, source="FILE"
    )
    before, after = (_between(feed, limits) for limits in ((0, at_ns), (at_ns, NEVER_NS)))
    return ListFeed(feed.keys, [*before, [(at_ns, fixing)], *after])


def _between(feed: ListFeed, limits: tuple[int, int]) -> list[Prices]:
    found = []
    for part in feed.parts:
        assert isinstance(part, Prices)
        inside = [n for n, at in enumerate(part.at_ns) if limits[0] <= at < limits[1]]
        found.append(Prices(*([column[n] for n in inside] for column in part)))
    return [part for part in found if part.at_ns]


def test_a_fixing_before_its_publication_is_named_with_what_was_decided_by_it(
    tmp_path: Path,
) -> None:
    config = small_config(1, flow=FLOW, desk=ruled_desk(tmp_path / "desk", RATES))
    feed = _with_fixing(small_feed(1), "SHIBOR ON", date(2026, 10, 22))
    found = checked(config, seed=2, samples=1, feed=feed)
    assert not found.clean and not found.differences
    (told,) = found.early
    assert told.startswith("SHIBOR ON of 2026-10-22 = 2.5 is in the data from 2026-10-21T08:00:30")
    assert "was not known before 2026-10-22T03:00:00" in told
    assert re.search(r"; \S*SHIBOR ON\S* of \S+ at \S+ was 2.5 %, in time it is None;", told), told
    assert "decided by rule 'dear money' (moves.rules:3)" in told
    assert told in found.told()


@pytest.mark.parametrize(
    ("index", "day", "early"),
    [
        ("SHIBOR ON", date(2026, 10, 21), False),
        ("SHIBOR ON", date(2026, 10, 22), True),
        ("SOFR", date(2026, 10, 21), True),
        ("MADE UP", date(2026, 10, 21), False),
        ("MADE UP", date(2026, 10, 22), True),
    ],
)
def test_a_fixing_is_early_before_its_benchmarks_own_hour(
    index: str, day: date, *, early: bool
) -> None:
    feed = _with_fixing(small_feed(1), index, day)
    found = early_facts(feed, calendars_of(known_of(None).conventions))
    assert bool(found) is early


def test_a_delayed_market_is_the_same_but_for_the_early_fact() -> None:
    feed = _with_fixing(small_feed(1), "SHIBOR ON", date(2026, 10, 21))
    due_ns = parse_time(BEGIN) + 45_000_000_000
    curve = CurveUpdated(venue=VenueId("ALPHA"), curve="EUR/USD", tenor="1M", as_of_ns=due_ns)
    feed = ListFeed(feed.keys, [[(parse_time(BEGIN), curve)], *feed.parts])
    told, prices = [], 0
    for batch in Delayed(feed).batches():
        if isinstance(batch, Prices):
            prices += len(batch.at_ns)
            told += [(at_ns, "") for at_ns in batch.at_ns]
        else:
            told += [(at_ns, type(event).__name__) for at_ns, event in batch]
    assert prices == sum(
        len(part.at_ns) for part in small_feed(1).parts if isinstance(part, Prices)
    )
    assert told == sorted(told, key=lambda row: row[0])
    assert (due_ns, "CurveUpdated") in told and len(told) == prices + 2


class Reading:
    """A strategy in the core that looks into a file."""

    path = ""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        self._inner = TwoWay(parameters)

    def decide(self, facts: Facts) -> Decision:
        """As the file says."""
        with open(self.path) as file:
            return self._inner.decide(facts) if file.read() else Decision(passed="NO")


def test_a_file_that_a_strategy_reads_is_named_until_somebody_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "tomorrow.csv"
    path.write_text("1")
    monkeypatch.setattr(Reading, "path", str(path))
    monkeypatch.setattr(strategies.two_way, "Reading", Reading, raising=False)
    changes = {"strategy.factory": "strategies.two_way:Reading"}
    config = small_config(1, flow=FLOW, changes=changes)
    found = checked(config, seed=2, samples=1, feed=small_feed(1))
    assert found.files == (str(path),) and not found.clean
    assert f"the strategy reads the file {path} itself" in found.told()
    assert checked(config, seed=2, samples=1, feed=small_feed(1), known=[path]).clean


def test_a_file_that_a_hosted_strategy_reads_is_named(tmp_path: Path) -> None:
    path = tmp_path / "tomorrow.csv"
    path.write_text("1")
    code = (
        Path(basic.__file__)
        .read_text()
        .replace(
            "    def decide(self, facts: Facts) -> Decision:",
            f"    def decide(self, facts: Facts) -> Decision:\n        open({str(path)!r}).close()",
        )
    )
    config = small_config(1, flow=FLOW, desk=hosted_desk(tmp_path / "desk", code))
    found = checked(config, seed=2, samples=1, feed=small_feed(1))
    assert found.files == (str(path),) and not found.clean and found.decisions > 5
