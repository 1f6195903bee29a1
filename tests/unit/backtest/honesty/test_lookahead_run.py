"""A run whose prices were made of the future is found; one on prices as they came passes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from backtest.honesty.lookahead_run import Run, Taken, check_run, decisions_of, first_difference
from backtest.run.feed import ListFeed, Prices
from backtest.run.runner import run
from backtest.studies.running import moment_text
from tests.kit.backtests import ruled_desk, small_config, small_feed

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
