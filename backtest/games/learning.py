"""A game's learned state with further outcomes of our own: pure, without chance.

The same state and the same days give the same bytes. Days are heard once: what is not later than
the last outcome heard is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

import msgspec

from backtest.games.own_outcomes import OwnDay, OwnMove, OwnOutcome
from robot.errors import RobotError
from strategies.games.desk.guarding import Whom, named
from strategies.games.desk.learned import LearnedState
from strategies.games.desk.quote_file import unit_of_quote
from strategies.games.desk.terms import Game, Quoting
from strategies.games.informed.markout import Moves, moved
from strategies.games.sealed.heard import Grid, Heard, Learned, Outcome, hear

STEP_SHARE, PLACES_MOST = 25, 1_200
"""Places of a new grid in the smallest margin, at least; and in all, which comes first. A coarse
grid blurs what wins, and copies drift above the competitive margin on it.
"""
OUTER, PAD_SHARE = 0.01, 0.1
"""A new grid reaches as far as our quotes, but for so many of them at either end, and by so much of
that further. Where it reached beyond, requests that were won would speak for rivals far away.
"""
FIRST_LEAST = 50
"""Requests from which a grid is made."""
_SECOND_NS = 1_000_000_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned in one go, for the person who runs it."""

    requests: int
    won: int
    deals: int
    heard_before: int
    """Outcomes not later than the last one heard: left out."""
    untold: int
    """Requests of clients of whom the file does not say how many others they ask."""


def learns(game: Game) -> tuple[bool, bool]:
    """Whether it learns the chance to win, and what the market does after deals."""
    quoting = game.quoting
    if quoting is None:
        return False, False
    return quoting.win is not None, quoting.guard is not None


def learned(game: Game, days: Sequence[OwnDay]) -> tuple[LearnedState, Told]:
    """The state of the game's file with what came after it; RobotError where it learns nothing."""
    quoting, (wins, guards) = game.quoting, learns(game)
    if quoting is None or not (wins or guards):
        text = "it learns nothing: a quote game learns where it has `win` or `guard`"
        raise RobotError(f"game {game.name!r}: {text}")
    state = _begun(game, quoting)
    after_ns = _ns_of(state.until)
    outcomes = [one for day in days for one in day.outcomes] if wins else []
    moves = [one for day in days for one in day.moves] if guards else []
    new = [one for one in outcomes if one.at_ns >= after_ns]
    later = [one for one in moves if one.at_ns >= after_ns]
    told_of = [(one, others) for one in new if (others := _others(quoting, one)) is not None]
    win = state.win
    if win is None and told_of:
        grid = grid_of(quoting, [one.far for one, _ in told_of])
        win = Learned(grid=grid, second_told=False)
    heard = [_heard(one, others, win.grid) for one, others in told_of] if win is not None else []
    told = Told(
        requests=len(heard),
        won=sum(one.outcome is Outcome.DONE for one in heard),
        deals=len(later),
        heard_before=len(outcomes) + len(moves) - len(new) - len(later),
        untold=len(new) - len(heard),
    )
    clients = _clients(state.clients, later) if guards else state.clients
    win = hear(win, heard) if win is not None else None
    return _timed(state, [*new, *later], win, clients, len(heard) + len(later)), told


def _begun(game: Game, quoting: Quoting) -> LearnedState:
    """Of the file, thawed; or empty."""
    unit = unit_of_quote(quoting)
    state = game.learned or LearnedState(unit=unit)
    if state.unit != unit:
        raise RobotError(f"game {game.name!r}: learned in {state.unit}, and its file is in {unit}")
    return msgspec.structs.replace(state, frozen=False).canonical()


def grid_of(quoting: Quoting, quotes: Sequence[Decimal]) -> Grid:
    """Of a file that has learned nothing yet, from the distances that were quoted."""
    margins = [far.size for far in quoting.margins.values() if far.size > 0]
    if not margins or len(quotes) < FIRST_LEAST:
        text = f"{len(quotes)} requests of its kind: {FIRST_LEAST} are the least to begin with"
        raise RobotError("margin: all are 0: nothing to measure by" if not margins else text)
    ordered, outer = sorted(quotes), int(len(quotes) * OUTER)
    low, high = ordered[outer], ordered[-1 - outer]
    pad = max((high - low) * Decimal(str(PAD_SHARE)), min(margins) / 2)
    low, high = low - pad, high + pad
    step = _round_step(max(min(margins) / STEP_SHARE, (high - low) * 2 / PLACES_MOST))
    first = (low / step).to_integral_value(ROUND_CEILING)
    return Grid(low=first * step, tick=step, places=int((high - first * step) / step) + 1)


def _round_step(most: Decimal) -> Decimal:
    """The largest of 1, 2, 5 x 10^n that is no larger."""
    unit = Decimal(1).scaleb(most.adjusted())
    return max(digit * unit for digit in (1, 2, 5) if digit * unit <= most)


def _others(quoting: Quoting, one: OwnOutcome) -> int | None:
    return named(quoting.asked_with, Whom(one.counterparty, one.tier, None))


def _heard(one: OwnOutcome, others: int, grid: Grid) -> Heard:
    """Won or lost is all that we are told."""
    result = Outcome.DONE if one.won else Outcome.TRADED_AWAY
    return Heard(rivals=others, place=grid.place(one.far), outcome=result)


def _clients(before: dict[str, Moves], moves: Iterable[OwnMove]) -> dict[str, Moves]:
    clients = dict(before)
    for one in moves:
        known = clients.get(one.counterparty, Moves(0, 0.0, 0.0))
        clients[one.counterparty] = moved(known, one.moved)
    return clients


def _timed(
    state: LearnedState,
    new: Sequence[OwnOutcome | OwnMove],
    win: Learned | None,
    clients: dict[str, Moves],
    count: int,
) -> LearnedState:
    times = [one.at_ns for one in new]
    return msgspec.structs.replace(
        state,
        since=state.since or (_text_of(min(times)) if times else ""),
        until=_text_of(max(times)) if times else state.until,
        outcomes=state.outcomes + count,
        win=win,
        clients=clients,
    ).canonical()


def _text_of(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // _SECOND_NS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ns_of(text: str) -> int:
    """The first moment after a second."""
    if not text:
        return 0
    return (int(datetime.fromisoformat(text).timestamp()) + 1) * _SECOND_NS
