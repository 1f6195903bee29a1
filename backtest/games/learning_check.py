"""Whether a `learned` section is what came of the records that it names: made again from them.

Every journal is verified against its hash chain as far as it was heard, each go of learning is done
again in order, and what differs is told by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from backtest.games.learning import learned, terms_of, unit_learned
from backtest.games.own_outcomes import OwnDay, own_day_of
from backtest.games.own_sources import Source, find_source, read_source
from robot.errors import JournalError, RobotError
from strategies.games.desk.file import read_game
from strategies.games.desk.learned import HeardFrom, LearnedState, hash_of
from strategies.games.desk.terms import Game

DIFFERENCES_MOST = 20


class CheckReport(msgspec.Struct, frozen=True, kw_only=True):
    """What was made again, and whether it is the same."""

    game: str
    equal: bool
    hash: str
    """Of the section."""
    frozen: bool
    frozen_by: str
    goes: int
    """Of learning, made again."""
    records: tuple[str, ...]
    """That they came of, in words."""
    outcomes: int
    differences: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """In words."""
        yield f"game {self.game!r}, learned section {self.hash[:16]}:"
        for one in self.records:
            yield f"  from {one}"
        for one in self.differences:
            yield f"  DIFFERENT: {one}"
        if self.equal:
            goes = "1 go" if self.goes == 1 else f"{self.goes} goes"
            yield f"equal: {self.outcomes} outcomes, heard in {goes}, give this section"
            by = f" by {self.frozen_by}" if self.frozen_by else ""
            yield f"frozen{by}" if self.frozen else "not frozen: it decides nothing yet"


class _Unlike(RobotError):
    """The records do not give what is said of them; the rest is not made again."""


def checked(text: str, file: str, places: Sequence[Path], before: str = "") -> CheckReport:
    """Of a game's file; `before` is the text of the version that it was begun from, where that is
    not one that has learned nothing.
    """
    game = read_game(text, file)
    state = game.learned
    if state is None or not state.heard:
        what = "has learned nothing" if state is None else "does not say what it was learned from"
        raise RobotError(f"{file}: the game {what}: nothing can be made again")
    begun = read_game(before, "--before").learned if before else None
    found, differences = begun or LearnedState(unit=unit_learned(game)), []
    try:
        found = _again(game, state, found, places)
        differences = list(_differences(state, found))[:DIFFERENCES_MOST]
    except (_Unlike, JournalError) as problem:
        differences = [str(problem)]
    return CheckReport(
        game=game.name,
        equal=not differences,
        hash=hash_of(state),
        frozen=state.frozen,
        frozen_by=state.frozen_by,
        goes=max(one.go for one in state.heard),
        records=tuple(_told(one) for one in state.heard),
        outcomes=state.outcomes,
        differences=tuple(differences),
    )


def _again(
    game: Game, said: LearnedState, begun: LearnedState, places: Sequence[Path]
) -> LearnedState:
    """All goes after those of the version that it begins with."""
    if said.heard[: len(begun.heard)] != begun.heard:
        raise _Unlike("the version of --before has heard something that this one has not")
    runs = iter([place for place in places if (place / "records").is_dir()])
    found = begun
    for go, group in groupby(said.heard[len(begun.heard) :], key=lambda one: one.go):
        rows = tuple(group)
        _check_terms(game, go, rows)
        days = [_day(game, row, places, runs) for row in rows]
        found, _ = learned(msgspec.structs.replace(game, learned=found), days)
        _check_rows(rows, found.heard[-len(rows) :])
    return found


def _check_terms(game: Game, go: int, rows: Sequence[HeardFrom]) -> None:
    if any(row.terms != terms_of(game) for row in rows):
        raise _Unlike(
            f"in go {go} the file had other terms (applies, quote or ask) than it has now: name "
            "the version that came of that go with --before"
        )


def _day(game: Game, row: HeardFrom, places: Sequence[Path], runs: Iterator[Path]) -> OwnDay:
    wanted = Source(
        first=row.first, last=row.last, record=row.record, chain=row.chain, seed=row.seed
    )
    if not row.last:
        run = next(runs, None)
        if run is None:
            raise _Unlike(f"{wanted}: in none of the places given (--from)")
        found = read_source(run)
    else:
        again = find_source(places, wanted)
        if isinstance(again, str):
            raise _Unlike(again)
        found = again
    source, tables = found
    return own_day_of(tables, game.applies, unit_learned(game), source)


def _check_rows(said: Sequence[HeardFrom], found: Sequence[HeardFrom]) -> None:
    for row, again in zip(said, found, strict=False):
        if row != again:
            raise _Unlike(
                f"outcomes of {_told(row)}: {row.outcomes} are said to have been heard (sha256 "
                f"{row.digest[:16]}), the record gives {again.outcomes} ({again.digest[:16]})"
            )
    if len(said) != len(found):
        raise _Unlike(f"{len(said)} records are said to have been heard, {len(found)} have news")


def _differences(said: LearnedState, found: LearnedState) -> Iterator[str]:
    """By name and value; whether it is frozen is not learned."""
    plain = {"frozen": False, "frozen_by": ""}
    ours = msgspec.to_builtins(msgspec.structs.replace(said, **plain).canonical())
    again = msgspec.to_builtins(msgspec.structs.replace(found, **plain).canonical())
    yield from _unlike("", ours, again)


def _unlike(name: str, said: Any, found: Any) -> Iterator[str]:
    if isinstance(said, dict) and isinstance(found, dict):
        for key in dict.fromkeys((*said, *found)):
            yield from _unlike(f"{name} {key}".strip(), said.get(key), found.get(key))
    elif said != found:
        yield f"{name}: {_short(said)} is said, {_short(found)} comes of the records"


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _told(row: HeardFrom) -> str:
    name = "a backtest's run (which no journal proves)"
    if row.last:
        days = row.first if row.first == row.last else f"{row.first} to {row.last}"
        name = f"journal {days}, record {row.record}, hash {row.chain[:16]}"
    return f"{name}: {row.outcomes} outcomes"
