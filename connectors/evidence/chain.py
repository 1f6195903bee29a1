"""The chain of one deal, request, quote, hit, order, ask or refusal: every step in time order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from connectors.evidence.game_quotes import QuoteLine, quote_table, quotes_of
from connectors.evidence.governance import Governance
from connectors.evidence.linking import Id, ids_of, named, parts_of
from connectors.evidence.market import market_steps
from connectors.evidence.records import SegmentView, Turn, segments_of, views_of
from connectors.evidence.steps import Step, cause_step, effect_step, event_step, is_beside
from connectors.evidence.talks import GameTable, TalkLine, talk_of, talk_table, what_of
from robot.basics.ids import letter_of
from robot.core.ordering import HEDGE
from robot.errors import RobotError
from robot.messages.base import Effect, Event, Wire
from robot.messages.effects import AnyEffect, DealBooked, Decided, SendMassQuote, SendOrder
from robot.messages.events import Stamped
from robot.replay import effect_id

TURNS_MAX = 400
"""So many turns of one chain are shown: a stream of prices may have thousands."""
PASSES_MAX = 12
DAYS_AFTER = 3
"""Trade dates on which something of one id may happen: venues change deals of the last day, too."""
_HEDGES_LOOKED_AT = 40

Progress = Callable[[str], None]


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """Everything there is about one id."""

    id: str
    journal: str
    segments: tuple[str, ...]
    """Where something of it was found."""
    names: tuple[str, ...]
    """All ids that belong to it."""
    deals: tuple[str, ...]
    outcome: str
    """What became of it, in a line."""
    in_force: tuple[Step, ...]
    """Limits, strategy and overrides in force, and who approved them."""
    steps: tuple[Step, ...]
    talk: tuple[TalkLine, ...] = ()
    """What game strategies said and decided in its negotiations."""
    quoted: tuple[QuoteLine, ...] = ()
    """What quoting game strategies said in it."""
    what: str = ""
    """The deal that it is about, from our side."""
    left_out: int = 0
    """Turns that are not shown: more than `TURNS_MAX` belong to it."""
    others: tuple[str, ...] = ()
    """Venues at which the same id names something else."""
    problems: tuple[str, ...] = ()

    def tables(self) -> list[GameTable]:
        """What game strategies did in it, as it is shown."""
        found = (talk_table(self.talk, self.what), quote_table(self.quoted, self.what))
        return [one for one in found if one is not None]


class _Found:
    """Turns of a segment that name one of the ids, and the segment's open view."""

    def __init__(self) -> None:
        self.turns: dict[tuple[str, int], Turn] = {}
        self.ids: set[Id] = set()
        self.problems: list[str] = []


def explain(
    folder: Path,
    wanted: str,
    *,
    data: Path | None = None,
    database_url: str = "",
    venue: str = "",
    day: str = "",
    progress: Progress | None = None,
) -> Chain:
    """The chain of an id; RobotError where the journal does not name it."""
    paths = _likely(folder, wanted, day, database_url)
    found, venues = _gathered(folder, paths, wanted, venue, progress)
    if not found.turns and not day:
        paths = segments_of(folder)
        found, venues = _gathered(folder, paths, wanted, venue, progress)
    if not found.turns:
        where = f"of {day} " if day else ""
        raise RobotError(f"{wanted!r} is named nowhere in the journal {where}in {folder}")
    kept = sorted(found.turns)[:TURNS_MAX]
    steps, in_force = _told(folder, paths, found, kept, data)
    names = sorted({text for _, text in found.ids})
    deals = tuple(name for name in names if letter_of(name) == "D")
    if database_url:
        from connectors.evidence.delivery import delivery_steps

        added, problem = delivery_steps(database_url, deals)
        steps += added
        found.problems += [problem] if problem else []
    return Chain(
        id=wanted,
        journal=str(folder),
        segments=tuple(dict.fromkeys(name for name, _ in kept)),
        names=tuple(names),
        deals=deals,
        outcome=_outcome(steps),
        in_force=tuple(in_force),
        steps=tuple(sorted(steps, key=lambda step: step.order)),
        talk=talk_of(steps),
        quoted=quotes_of(steps),
        what=what_of(steps),
        left_out=len(found.turns) - len(kept),
        others=tuple(venues),
        problems=tuple(dict.fromkeys(found.problems)),
    )


# --- which turns belong to it


def _likely(folder: Path, wanted: str, day: str, database_url: str) -> list[Path]:
    """The segments where it is looked for first: our own ids have their date in them, the database
    knows in which segment others were decided on. A deal may be changed on the following days.
    """
    if day:
        return segments_of(folder, since=day, until=day)
    since = wanted[1:9] if letter_of(wanted) else _day_known(database_url, wanted)
    paths = segments_of(folder, since=since)
    days = sorted({path.stem[:8] for path in paths})[:DAYS_AFTER]
    return [path for path in paths if not since or path.stem[:8] in days]


def _day_known(database_url: str, wanted: str) -> str:
    if not database_url:
        return ""
    from connectors.evidence.delivery import first_decided

    return first_decided(database_url, wanted)[:8]


def _gathered(
    folder: Path, paths: list[Path], wanted: str, venue: str, progress: Progress | None
) -> tuple[_Found, list[str]]:
    """Everything that names the id, what that names, and so on until nothing is new."""
    found = _Found()
    seeds, venues = _seeds(folder, paths, wanted, venue)
    if not seeds:
        return found, venues
    found.ids = set(seeds)
    searched: set[Id] = set()
    for _ in range(PASSES_MAX):
        new = found.ids - searched
        if not new or len(found.turns) > TURNS_MAX:
            break
        for view in views_of(folder, paths):
            if progress is not None:
                progress(f"{view.name}: {len(new)} ids looked for")
            _search(view, new, found)
        searched |= new
    return found, venues


def _seeds(
    folder: Path, paths: list[Path], wanted: str, venue: str
) -> tuple[frozenset[Id], list[str]]:
    """The id as it is known; of several venues the one asked for, else the first, the rest told."""
    if letter_of(wanted):
        return frozenset({("", wanted)}), []
    ids: dict[Id, bool] = {}
    for view in views_of(folder, paths):
        for index in view.find(wanted):
            at = view.turn_at(index)
            for message in _messages(at[1]) if at is not None else ():
                if named(message, wanted):
                    ids.update({one: True for one in ids_of(message) if one[1] == wanted})
    matching = [one for one in ids if venue in ("", one[0])]
    others = [place for place, _ in ids if (place, wanted) not in matching[:1]]
    return frozenset(matching[:1]), others


def _messages(turn: Turn) -> Iterable[Event | Effect]:
    for stamped, effects in turn.pairs():
        yield stamped.event
        for effect in effects:
            yield from parts_of(effect)


def _search(view: SegmentView, new: set[Id], found: _Found) -> None:
    if view.problem:
        found.problems.append(view.problem)
    for one in sorted(new):
        for index in view.find(one[1]):
            at = view.turn_at(index)
            if at is None or (view.name, at[0]) in found.turns:
                continue
            messages = [message for message in _messages(at[1]) if ids_of(message) & found.ids]
            if messages:
                found.turns[view.name, at[0]] = at[1]
                for message in messages:
                    found.ids |= ids_of(message)
            if len(found.turns) > 4 * TURNS_MAX:
                return


# --- what is told of them


def _told(
    folder: Path,
    paths: list[Path],
    found: _Found,
    kept: list[tuple[str, int]],
    data: Path | None,
) -> tuple[list[Step], list[Step]]:
    steps: list[Step] = []
    in_force: list[Step] = []
    names = {name for name, _ in kept}
    for view in views_of(folder, [path for path in paths if path.stem in names]):
        indices = [index for name, index in kept if name == view.name]
        governance = Governance(view, data)
        for index in indices:
            steps += _turn_steps(view, index, found, governance.venues(index))
        if not in_force:
            decisive = _decisive(view, indices, found)
            in_force = governance.steps(decisive)
        steps += _hedges(view, indices, found)
        found.problems += governance.problems
    return steps, in_force


def _decisive(view: SegmentView, indices: list[int], found: _Found) -> int:
    """The first turn in which something was decided: what was in force then is told."""
    for index in indices:
        turn = found.turns[view.name, index]
        if any(isinstance(one, Decided) for one in _messages(turn)):
            return index
    return indices[0]


def _turn_steps(view: SegmentView, index: int, found: _Found, venues: Iterable[str]) -> list[Step]:
    turn = found.turns[view.name, index]
    steps: list[Step] = []
    for stamped, effects in turn.pairs():
        matched = [
            (place, part)
            for place, effect in enumerate(effects)
            for part in parts_of(effect)
            if ids_of(part) & found.ids
        ]
        decided = [part for _, part in matched if isinstance(part, Decided)]
        named_here = bool(ids_of(stamped.event) & found.ids)
        if decided:
            steps += market_steps(view, index, turn, stamped, decided[0].pair, venues)
        if named_here:
            steps.append(event_step(turn, stamped))
        elif matched:
            steps.append(cause_step(turn, stamped))
        if stamped.number in turn.quarantined and named_here:
            steps.append(Step.of(turn, stamped, 90, "quarantined", "The core failed on it"))
        for place, part in matched:
            steps.append(_with_number(view, index, turn, stamped, place, part, effects))
    return steps


def _with_number(
    view: SegmentView,
    index: int,
    turn: Turn,
    stamped: Stamped,
    place: int,
    part: Event | Effect,
    effects: list[AnyEffect],
) -> Step:
    """An effect; of a message also when it got its FIX number."""
    step = effect_step(turn, stamped, place, part)
    if not isinstance(part, Wire) and not isinstance(effects[place], SendMassQuote):
        return step
    sent = view.sent(effect_id(stamped.number, place), index)
    if sent is None:
        return step.with_lines("given to no FIX session")
    at_ns, mark = sent
    return step.with_lines(f"sent as number {mark.sequence} of {mark.session}", sent_ns=at_ns)


def _hedges(view: SegmentView, indices: list[int], found: _Found) -> list[Step]:
    """The next order that the desk's hedge of the pair sent after a deal of ours was booked.

    A hedge works on the position of the pair, not on one deal: that is said with it.
    """
    steps = []
    for index in indices:
        turn = found.turns[view.name, index]
        for effect in (one for row in turn.effects for one in row):
            if isinstance(effect, DealBooked) and not effect.deal.as_taker:
                hedged = _next_hedge(view, index, effect.deal.pair)
                if hedged is not None:
                    steps.append(hedged)
    return steps[:1]


def _next_hedge(view: SegmentView, index: int, pair: str) -> Step | None:
    for looked, at in enumerate(view.find('"type":"SendOrder"', index)):
        if looked >= _HEDGES_LOOKED_AT:
            return None
        found = view.turn_at(at)
        if found is None:
            continue
        for stamped, effects in found[1].pairs():
            orders = {one.order_id: one for one in effects if isinstance(one, SendOrder)}
            for decided in effects:
                order = orders.get(decided.subject) if isinstance(decided, Decided) else None
                if order is None or order.pair != pair or not _is_hedge(decided):
                    continue
                step = effect_step(found[1], stamped, 0, order)
                note = "the next hedge of the pair's position, of which this deal is a part"
                return step.with_lines(note, *getattr(decided, "because", ())).in_group("hedge")
    return None


def _is_hedge(decided: object) -> bool:
    return isinstance(decided, Decided) and decided.strategy == HEDGE


def _outcome(steps: list[Step]) -> str:
    """The last decision, or what the last step was; what was only compared comes last of all."""
    decided = [step for step in steps if step.group == "decision"]
    chosen = [step for step in decided if not is_beside(step)] or decided or steps
    return max(chosen, key=lambda step: step.order).title if chosen else ""
