"""What a game has learned, in plain words: from whom and when, and what is thought of each bank.

Expected prices are those that `strategies.games.asking.panel` asks by, so a trader reads what the
game decides by.
"""

from __future__ import annotations

from collections.abc import Iterator

from strategies.games.asking import panel
from strategies.games.desk.learned import LearnedState
from strategies.games.desk.terms import Game, Panel

FADED_AFTER = 100
"""Asks after which it is told how much of what was seen is left."""


def learned_lines(game: Game) -> Iterator[str]:
    """Of the `learned` section, if there is one."""
    state = game.learned
    if state is None:
        return
    yield _whole(state)
    if state.heard:
        yield _from(state)
    if state.banks is not None and state.banks.banks:
        yield from _banks(state, state.banks, game.panel or Panel())


def _whole(state: LearnedState) -> str:
    parts = []
    if state.win is not None:
        parts.append(f"{state.win.total} requests won and lost")
    if state.clients:
        parts.append(f"the market after deals with {len(state.clients)} clients")
    if state.banks is not None:
        needs = state.banks.needs
        parts.append(f"what {len(state.banks.banks)} banks said when we asked, {needs} times")
    times = f", from {state.since} to {state.until}" if state.since else ""
    by = f" by {state.frozen_by}" if state.frozen_by else ""
    how = f"frozen{by}" if state.frozen else "not frozen: it cannot decide yet"
    return f"Learned from our own outcomes{times}: {'; '.join(parts) or 'nothing'} ({how})."


def _from(state: LearnedState) -> str:
    """What proves it."""
    journals = [one for one in state.heard if one.last]
    goes = max(one.go for one in state.heard)
    told = f"It came of {_many(len(journals), 'record')} of a journal, heard in {_many(goes, 'go')}"
    if journals:
        told += f", the last as far as record {journals[-1].record} of {journals[-1].last}"
    others = len(state.heard) - len(journals)
    unproven = f"; and of {_many(others, 'run')} of a backtest, which no journal proves"
    return f"{told}{unproven if others else ''} (fxrobot games learn --check)."


def _banks(state: LearnedState, known: panel.Learned, written: Panel) -> Iterator[str]:
    unit, memory = state.unit, 1.0 - panel.FADES * min(written.banks, 20)
    yield (
        f"What is thought of the banks, the one that is thought to cost least first. What was seen "
        f"fades: {FADED_AFTER} asks later {100 * memory**FADED_AFTER:.0f} % of it counts."
    )

    def cost(name: str) -> float:
        one = panel.thought(known.banks[name])
        return one.answering * one.price + (1 - one.answering) * float(written.no_answer.size)

    for name in sorted(known.banks, key=cost):
        yield f"{name}: {_bank(known, known.banks[name], unit)}."


def _bank(known: panel.Learned, seen: panel.Seen, unit: str) -> str:
    one = panel.thought(seen)
    side = "worse than the middle" if one.price >= 0 else "better than the middle"
    ago = known.needs - 1 - seen.last
    last = f"asked last {seen.at or 'at a time not told'}"
    before = f", {_many(ago, 'ask')} before the last one heard" if ago > 0 else ""
    return (
        f"expected {abs(one.price):.2f} {unit} {side} (± {one.error:.2f}; one price ± "
        f"{one.spread:.2f}), answered {seen.answers} of {seen.asks}, {last}{before}"
    )


def _many(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
