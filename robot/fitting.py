"""Whether a proposed content fits the rest of what the robot has, so that it can be in force.

A file that loads may still name a counterparty, pair or tenor that the desk has not, or be refused
by the core when two persons have agreed to it and everybody relies on it. So the same is looked at
when it is proposed and when it is approved, against the newest approved contents of the other
kinds, and told with its place.
"""

from __future__ import annotations

import difflib
import importlib.util
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

import robot
from robot.approvals import CONTENTS, Approvals, Kind
from robot.assembly import load_strategy
from robot.clock import NANOS_PER_SECOND, utc_datetime
from robot.contents import with_content
from robot.core.engine import Engine
from robot.core.games import version_of
from robot.core.release_state import ReleaseState
from robot.core.staging import why_not_released
from robot.core.state import RobotState
from robot.deals.reference import GAME_FACTORY, Limits, Reference
from robot.errors import RobotError
from robot.limit_settings import Known, unknown_names
from robot.limits.overriding import why_unknown
from robot.messages.events import RobotStarted, Stamped
from robot.settings import Settings, names_of
from robot.strategy import Strategy
from robot.strategy_settings import game_hedges
from robot.yamlfile import Path_, line_in

_FACTORY = re.compile(r"([A-Za-z_]\w*)(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")


class Misfit(msgspec.Struct, frozen=True, kw_only=True):
    """What does not fit, and where in the content it stands."""

    place: Path_ = ()
    text: str

    def told(self, source: Path | None) -> str:
        """With file and line where a file is known."""
        key = ".".join(str(part) for part in self.place)
        text = f"{key}: {self.text}" if key else self.text
        return text if source is None else f"{source}:{line_in(source, self.place)}: {text}"


def misfit(
    settings: Settings,
    approvals: Approvals,
    kind: Kind,
    content: Mapping[str, object],
    at_ns: int,
) -> Misfit | None:
    """The first thing that keeps a content from being in force; None = nothing does."""
    if kind not in (*CONTENTS, Kind.OVERRIDE):
        return None
    reference = settings.reference
    for other in CONTENTS:
        newest = approvals.newest(other, demo=True)
        if newest is not None:
            reference = with_content(reference, other, newest.content)
    if kind is Kind.OVERRIDE:
        return _of_override(reference, str(content["limit_id"]), at_ns)
    known = {*programs_of(settings.reference), *programs_of(reference)}
    wanted = with_content(reference, kind, content)
    found = next(_misfits(wanted, kind, names_of(wanted, settings.catalogue)), None)
    return found or _cannot_begin(wanted, reference, known, at_ns)


def stage_problem(
    settings: Settings,
    approvals: Approvals,
    content: Mapping[str, object],
    known: ReleaseState | None,
) -> str:
    """Why a strategy content would not be released as the approved ones stand; empty = nothing.

    The core judges by `known`, what it has seen itself; without a robot that runs (None) nothing
    goes forward that takes figures.
    """
    newest = approvals.newest(Kind.STRATEGY, demo=True)
    before = None
    if newest is not None:
        before = with_content(settings.reference, Kind.STRATEGY, newest.content)
    wanted = with_content(before or settings.reference, Kind.STRATEGY, content)
    state = RobotState(reference=before)
    state.releases = known or ReleaseState(days=1 << 62, decisions=1 << 62)
    problem = why_not_released(state, wanted)
    if not problem and known is None and before is not None and before.candidate is not None:
        state.releases = ReleaseState()
        if why_not_released(state, wanted):
            return "no robot runs, and what the candidate has done is for the running one to say"
    return problem


def is_known_program(
    settings: Settings, approvals: Approvals, content: Mapping[str, object]
) -> bool:
    """Whether the program of a proposed strategy is the desk's own, or was approved before."""
    reference = settings.reference
    newest = approvals.newest(Kind.STRATEGY, demo=True)
    known = {*programs_of(reference)}
    if newest is not None:
        known |= {*programs_of(with_content(reference, Kind.STRATEGY, newest.content))}
    wanted = with_content(reference, Kind.STRATEGY, content)
    return known.issuperset(programs_of(wanted))


def programs_of(reference: Reference) -> tuple[str, ...]:
    """The code that strategy and candidate run in the core: their own, and what their rule books
    hand to.
    """
    tried = reference.candidate
    choices = [reference.strategy, *([tried.strategy] if tried is not None else [])]
    named = [
        (one.factory, one.game_factory, *(hand.factory for hand in one.hands.values()))
        for one in choices
    ]
    ours = ("", GAME_FACTORY)
    return tuple(dict.fromkeys(name for row in named for name in row if name not in ours))


def _misfits(wanted: Reference, kind: Kind, known: Known) -> Iterator[Misfit]:
    for place, text in unknown_names(wanted.limits.tree, known):
        if kind is Kind.LIMITS:
            yield Misfit(place=place, text=text)
        else:
            key = ".".join(str(part) for part in place)
            yield Misfit(text=f"the limits name it in {key}: {text}; change the limits first")
    if kind is Kind.LIMITS:
        yield from _of_tables(wanted.limits, known)
    elif kind is Kind.COUNTERPARTIES:
        yield from _of_parties(wanted)
    else:
        yield from _of_hedges(wanted)


def _of_tables(limits: Limits, known: Known) -> Iterator[Misfit]:
    """Names in the tables: a row about nobody limits nobody."""
    seen: set[tuple[str, ...]] = set()
    for number, row in enumerate(limits.deal_size):
        place: Path_ = ("deal_size", number)
        yield from _unknown(place, "pair", row.pair, known["pairs"])
        yield from _unknown(place, "tier", row.tier, known["tier"])
        keys = {(product, row.pair, row.tier) for product in row.products}
        if keys & seen:
            yield Misfit(place=place, text=f"given twice: {' '.join(min(keys & seen))}")
        seen |= keys
    for name in limits.counterparty_lines:
        place = ("counterparty_lines", name)
        yield from _unknown(place, "counterparty", name, known["counterparty"])
    for currency in limits.net_open_position:
        place = ("net_open_position", currency)
        yield from _unknown(place, "currency", currency, known["currencies"])


def _of_parties(wanted: Reference) -> Iterator[Misfit]:
    """Whom orders and streams are dealt with must stay."""
    for venue in wanted.venues:
        for name in (venue.counterparty, *venue.makers):
            if name is not None and name not in wanted.counterparties:
                yield Misfit(text=f"{name} is left out, and is dealt with at {venue.id}")
    for stream in wanted.streams:
        if stream.counterparty not in wanted.counterparties:
            yield Misfit(text=f"{stream.counterparty} is left out, and is streamed prices")


def _of_hedges(wanted: Reference) -> Iterator[Misfit]:
    pairs = [policy.pair for policy in wanted.hedges]
    for number, pair in enumerate(pairs):
        yield from _unknown(("hedges", number), "pair that is dealt", pair, wanted.conventions)
        if pair in pairs[:number]:
            yield Misfit(place=("hedges", number), text=f"given twice: {pair}")
    tried = wanted.candidate
    for choice in (wanted.strategy, *([tried.strategy] if tried is not None else [])):
        for game in choice.games:
            for policy in game_hedges(choice, game):
                if policy not in wanted.hedges:
                    text = f"game {game.name!r} hedges {policy.pair} otherwise than the desk does"
                    yield Misfit(place=("hedges",), text=f"{text}: propose both together")


def _of_override(reference: Reference, limit_id: str, at_ns: int) -> Misfit | None:
    """A maximum of a limit that nobody has can never be granted. Rows of any date count: which of
    them hold is the trade date's, which the core knows.
    """
    tree = {
        kind: tuple(msgspec.structs.replace(row, from_date=None, until_date=None) for row in rows)
        for kind, rows in reference.limits.tree.items()
    }
    limits = msgspec.structs.replace(reference.limits, tree=tree)
    dateless = msgspec.structs.replace(reference, limits=limits)
    try:
        state = _begun(load_strategy, dateless, at_ns).state
    except RobotError as problem:
        return Misfit(text=str(problem))
    gate = state.gate
    unknown = why_unknown(state.configured(), gate.book.tree, gate.accounts, limit_id)
    return Misfit(text=unknown) if unknown else None


def _begun(load: Callable[[Reference], Strategy], wanted: Reference, at_ns: int) -> Engine:
    """A core that began with it; RobotError where none can."""
    started = RobotStarted(
        trade_date=utc_datetime(at_ns).date(),
        reference=wanted,
        code_version=robot.__version__,
        configuration_hash="",
    )
    engine = Engine(load)
    engine.step(Stamped(1, max(at_ns, NANOS_PER_SECOND), started))
    return engine


def _unknown(place: Path_, what: str, name: str, among: Iterable[str]) -> Iterator[Misfit]:
    names = sorted(among)
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        yield Misfit(place=place, text=f"no {what} is called {name}{hint}")


def _cannot_begin(
    wanted: Reference, reference: Reference, known: set[str], at_ns: int
) -> Misfit | None:
    """Why a core could not begin with it.

    A strategy's program is only run when one that was approved names it: to look at a proposal is
    not to run what one person wrote. Of another one its name is looked at.
    """
    for factory in programs_of(wanted):
        place: Path_ = ("strategy", "hands" if wanted.strategy.hands else "factory")
        parts = _FACTORY.fullmatch(factory)
        if parts is None:
            return Misfit(place=place, text=f"{factory!r} is not written module:name")
        if factory not in known and importlib.util.find_spec(parts[1]) is None:
            return Misfit(place=place, text=f"{factory}: no package is called {parts[1]}")

    def load(asked: Reference) -> Strategy:
        safe = ("", GAME_FACTORY, *known)
        chosen = asked.strategy if asked.strategy.factory in safe else reference.strategy
        return load_strategy(msgspec.structs.replace(asked, strategy=chosen))

    try:
        if wanted.candidate is not None:
            tried = wanted.with_parts({"strategy": wanted.candidate.strategy})
            version_of(tried, load)
        _begun(load, wanted, at_ns)
    except RobotError as problem:
        return Misfit(text=str(problem))
    return None
