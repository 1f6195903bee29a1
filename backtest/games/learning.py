"""A game's learned state with further outcomes of our own: pure, without chance.

The same state and the same days give the same bytes. Days are heard once: what is not later than
the last outcome heard is left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal

import msgspec

from backtest.games.own_asks import OwnAsk
from backtest.games.own_outcomes import OwnDay, OwnMove, OwnOutcome
from robot.errors import RobotError
from strategies.games.asking import panel
from strategies.games.desk.guarding import Whom, named
from strategies.games.desk.learned import HeardFrom, LearnedState
from strategies.games.desk.quote_file import unit_of_quote
from strategies.games.desk.terms import Game, Panel, Quoting
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
PRICES_MOST = 200
"""Of banks, kept for what one more may say."""
HEARD_MOST = 1_000
"""Records of days in one section."""
_SECOND_NS = 1_000_000_000


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What was learned in one go, for the person who runs it."""

    requests: int = 0
    won: int = 0
    deals: int = 0
    asks: int = 0
    """Of ours."""
    banks: int = 0
    """Asked in them."""
    heard_before: int = 0
    """Outcomes not later than the last one heard: left out."""
    untold: int = 0
    """Requests of clients of whom the file does not say how many others they ask."""
    without_middle: int = 0
    """Prices of banks beside which the record has no middle: left out."""


class _New(msgspec.Struct, frozen=True):
    """What of one record of days counts and was not heard before."""

    day: OwnDay
    """Only that."""
    heard_before: int
    untold: int

    @property
    def count(self) -> int:
        """Outcomes of all kinds."""
        return len(self.day.outcomes) + len(self.day.moves) + len(self.day.asks)


def learns(game: Game) -> tuple[bool, bool, bool]:
    """Whether it learns the chance to win, what the market does after deals, what banks say."""
    quoting = game.quoting
    wins = quoting is not None and quoting.win is not None
    guards = quoting is not None and quoting.guard is not None
    return wins, guards, game.panel is not None


def unit_learned(game: Game) -> str:
    """In which distances are learned: `bp` or `pip`."""
    return unit_of_quote(game.quoting) if game.quoting is not None else "bp"


def terms_of(game: Game) -> str:
    """SHA-256 over what of a file decides what is learned from a record."""
    parts = (game.applies, game.quoting, game.panel)
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()


def learned(game: Game, days: Sequence[OwnDay]) -> tuple[LearnedState, Told]:
    """The state of the game's file with what came after it; RobotError where it learns nothing."""
    if not any(learns(game)):
        text = "it learns nothing: a quote game learns where it has `win` or `guard`"
        raise RobotError(f"game {game.name!r}: {text}, a negotiation where it has `ask`")
    state = _begun(game)
    news = [_new(game, day, _ns_of(state.until)) for day in days]
    outcomes = [one for new in news for one in new.day.outcomes]
    moves = [one for new in news for one in new.day.moves]
    asks = sorted((one for new in news for one in new.day.asks), key=lambda o: (o.at_ns, o.name))
    state = msgspec.structs.replace(
        _timed(state, [*outcomes, *moves, *asks]),
        outcomes=state.outcomes + sum(new.count for new in news),
        win=_win(game.quoting, state.win, outcomes),
        clients=_clients(state.clients, moves),
        banks=_banks(game.panel, state.banks, asks),
        prices=_prices(state.prices, asks),
        heard=_heard_from(game, state.heard, news),
    )
    told = Told(
        requests=len(outcomes),
        won=sum(one.won for one in outcomes),
        deals=len(moves),
        asks=len(asks),
        banks=len(dict.fromkeys(bank for one in asks for bank in one.answers)),
        heard_before=sum(new.heard_before for new in news),
        untold=sum(new.untold for new in news),
        without_middle=sum(new.day.prices_without_middle for new in news),
    )
    return state.canonical(), told


def _begun(game: Game) -> LearnedState:
    """Of the file, thawed; or empty."""
    unit = unit_learned(game)
    state = game.learned or LearnedState(unit=unit)
    if state.unit != unit:
        raise RobotError(f"game {game.name!r}: learned in {state.unit}, and its file is in {unit}")
    return msgspec.structs.replace(state, frozen=False, frozen_by="").canonical()


def _new(game: Game, day: OwnDay, after_ns: int) -> _New:
    wins, guards, asks = learns(game)
    whole = OwnDay(
        outcomes=day.outcomes if wins else (),
        moves=day.moves if guards else (),
        asks=day.asks if asks else (),
        prices_without_middle=day.prices_without_middle if asks else 0,
        source=day.source,
    )
    later = msgspec.structs.replace(
        whole,
        outcomes=tuple(one for one in whole.outcomes if one.at_ns >= after_ns),
        moves=tuple(one for one in whole.moves if one.at_ns >= after_ns),
        asks=tuple(one for one in whole.asks if one.at_ns >= after_ns),
    )
    told = tuple(one for one in later.outcomes if _others(game.quoting, one) is not None)
    before = _count(whole) - _count(later)
    untold = len(later.outcomes) - len(told)
    return _New(msgspec.structs.replace(later, outcomes=told), before, untold)


def _count(day: OwnDay) -> int:
    return len(day.outcomes) + len(day.moves) + len(day.asks)


def _heard_from(
    game: Game, before: tuple[HeardFrom, ...], news: Sequence[_New]
) -> tuple[HeardFrom, ...]:
    """One row for each record that something new was heard from."""
    go = max((one.go for one in before), default=0) + 1
    terms = terms_of(game)
    rows = [
        HeardFrom(
            go=go,
            first=source.first,
            last=source.last,
            record=source.record,
            chain=source.chain,
            seed=source.seed,
            outcomes=new.count,
            digest=_digest(new.day),
            terms=terms,
        )
        for new in news
        if (source := new.day.source) is not None and new.count
    ]
    twice = [one.first for one in rows if [row.digest for row in rows].count(one.digest) > 1]
    if twice:
        raise RobotError(f"{twice[0]}: the same outcomes were given twice (--from)")
    if len(before) + len(rows) > HEARD_MOST:
        raise RobotError(f"more than {HEARD_MOST} records of days: begin a game's file anew")
    return (*before, *rows)


def _digest(day: OwnDay) -> str:
    heard = (day.outcomes, day.moves, day.asks)
    return hashlib.sha256(msgspec.json.encode(heard, order="sorted")).hexdigest()


def _win(
    quoting: Quoting | None, before: Learned | None, outcomes: Sequence[OwnOutcome]
) -> Learned | None:
    """Requests won and lost; a first time makes the grid."""
    if quoting is None or not outcomes:
        return before
    if before is None:
        grid = grid_of(quoting, [one.far for one in outcomes])
        before = Learned(grid=grid, second_told=False)
    return hear(before, [_heard(quoting, one, before.grid) for one in outcomes])


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


def _others(quoting: Quoting | None, one: OwnOutcome) -> int | None:
    if quoting is None:
        return None
    return named(quoting.asked_with, Whom(one.counterparty, one.tier, None))


def _heard(quoting: Quoting, one: OwnOutcome, grid: Grid) -> Heard:
    """Won or lost is all that we are told."""
    others = _others(quoting, one)
    assert others is not None, "those without were left out"
    result = Outcome.DONE if one.won else Outcome.TRADED_AWAY
    return Heard(rivals=others, place=grid.place(one.far), outcome=result)


def _clients(before: dict[str, Moves], moves: Iterable[OwnMove]) -> dict[str, Moves]:
    clients = dict(before)
    for one in moves:
        known = clients.get(one.counterparty, Moves(0, 0.0, 0.0))
        clients[one.counterparty] = moved(known, one.moved)
    return clients


def _banks(
    written: Panel | None, before: panel.Learned | None, asks: Sequence[OwnAsk]
) -> panel.Learned | None:
    """What banks say, each ask by itself: what was seen before fades with it."""
    if written is None or not asks:
        return before
    rules = panel.Panel(size=written.banks, cap=written.at_most)
    learned_ = before if before is not None else panel.Learned()
    for one in asks:
        costs = {bank: cost for bank, cost in one.answers.items() if cost is not None}
        learned_ = panel.learn(learned_, sorted(one.answers), costs, rules, _text_of(one.at_ns))
    return learned_


def _prices(before: tuple[float, ...], asks: Sequence[OwnAsk]) -> tuple[float, ...]:
    """What banks said last, whichever it was."""
    new = [cost for one in asks for _, cost in sorted(one.answers.items()) if cost is not None]
    return (*before, *new)[-PRICES_MOST:]


def _timed(state: LearnedState, new: Sequence[OwnOutcome | OwnMove | OwnAsk]) -> LearnedState:
    times = [one.at_ns for one in new]
    return msgspec.structs.replace(
        state,
        since=state.since or (_text_of(min(times)) if times else ""),
        until=_text_of(max(times)) if times else state.until,
    )


def _text_of(at_ns: int) -> str:
    return datetime.fromtimestamp(at_ns // _SECOND_NS, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ns_of(text: str) -> int:
    """The first moment after a second."""
    if not text:
        return 0
    return (int(datetime.fromisoformat(text).timestamp()) + 1) * _SECOND_NS
