"""From a game's file and records of days to the text of its next version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from backtest.games.learning import Told, learned, unit_learned
from backtest.games.own_outcomes import own_day
from robot.errors import RobotError
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import LearnedState, hash_of, with_learned


class LearnedReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a version knows now."""

    game: str
    hash: str
    frozen: bool
    since: str
    until: str
    outcomes: int
    frozen_by: str
    told: Told


@dataclass(frozen=True, slots=True)
class LearnedVersion:
    """The text of a file, and what is to be told of it."""

    text: str
    report: LearnedReport

    def lines(self) -> Iterator[str]:
        """In words."""
        one, told = self.report, self.report.told
        yield f"game {one.game!r}: {'; '.join(_heard_words(told)) or 'nothing new was heard'}"
        if told.heard_before:
            yield f"{told.heard_before} outcomes up to {one.until or 'then'} were heard before"
        if told.untold:
            yield f"{told.untold} requests left out: `asked with` does not name who asked"
        if told.without_middle:
            text = "no middle of our market stands beside what they said"
            yield f"{told.without_middle} requests to banks left out: {text}"
        yield f"in all {one.outcomes} outcomes from {one.since or '-'} to {one.until or '-'}"
        how = "frozen: it can be released" if one.frozen else "not frozen: it decides nothing yet"
        by = f", frozen by {one.frozen_by}" if one.frozen_by else ""
        yield f"{how} (hash {one.hash[:16]}{by})"


def _heard_words(told: Told) -> Iterator[str]:
    if told.requests:
        yield f"{told.requests} requests of ours heard, {told.won} won"
    if told.deals:
        yield f"{told.deals} deals followed"
    if told.asks:
        yield f"{told.asks} asks of ours heard, answered by or silent of {told.banks} banks"


def learned_version(
    text: str, file: str, places: Sequence[Path], day: str, *, freeze: bool, by: str = ""
) -> LearnedVersion:
    """The next version; without places the same one, frozen by somebody."""
    game = read_game(text, file)
    if not places and not (freeze and game.learned is not None):
        raise RobotError(f"{file}: nothing to learn from: name a run or a journal with --from")
    unit = unit_learned(game)
    if places:
        state, told = learned(game, [own_day(place, day, game.applies, unit) for place in places])
    else:
        assert game.learned is not None, "checked above"
        state, told = game.learned, Told()
    if freeze:
        state = state.frozen_now(by)
    written = with_learned(text, state)
    read_game(written, file, dealing=freeze)
    return LearnedVersion(written, _report(game.name, state, told))


def _report(name: str, state: LearnedState, told: Told) -> LearnedReport:
    return LearnedReport(
        game=name,
        hash=hash_of(state),
        frozen=state.frozen,
        since=state.since,
        until=state.until,
        outcomes=state.outcomes,
        frozen_by=state.frozen_by,
        told=told,
    )
