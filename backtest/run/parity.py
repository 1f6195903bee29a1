"""Parity: a live day again through the backtest, from what came in from outside alone.

The day is exported into a data store, and the robot of a backtest begins where the day began, with
the day's own reference data. Out of the store it is given the market, in whole numbers, and what
clients, makers, venues and persons said, each at the moment the live robot took it. Everything the
robot does itself is done anew: prices, refusals, reservations, deals, entries, results, orders, and
its own timers. It is compared, in its order, with what the live robot did; at the first difference
it ends, because what others said after that was an answer to something else.

Names of ours are part of what is compared: a client's hit is on a quote that this run has made, or
the day differs.

Two more passes take away what a backtest from scratch does not have, one each: the live robot's
looks at its clock, and its restarts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

import robot
from backtest.data.places import known_of
from backtest.data.recorded import events_of
from backtest.data.recording import export_journal
from backtest.data.store import check_store
from backtest.run.causes import LATENCY, Causes, causes_of, unlike_before
from backtest.run.day import Day
from backtest.run.rerun import Compared, Rerun
from robot.assembly import load_strategy
from robot.basics.numbers import set_decimal_context
from robot.clock import format_time
from robot.core.state import StrategyLoader
from robot.errors import RobotError
from robot.messages.events import (
    FollowersLagging,
    RobotStarted,
    RobotStopping,
    SessionDown,
    SessionKind,
    SessionUp,
    Stamped,
)

Rows = Callable[[], Iterable[Stamped]]


class Parity(msgspec.Struct, frozen=True, kw_only=True):
    """What was found out about a day."""

    day: str
    compared: Compared
    """With the moments at which the live robot looked at its clock."""
    exact_timers: Compared | None = None
    """The same with timers as a backtest has them, which fire to the nanosecond."""
    alone: Compared | None = None
    """As `compared`, without the live robot's restarts and halts; None = there were none."""
    late_ms: int = 0
    """How late a timer fired live, at most."""
    causes: tuple[str, ...] = ()
    """Why it is not the same; the one that is proven first."""
    exact_causes: tuple[str, ...] = ()
    alone_causes: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    """When the live robot started again; the backtest does at the same moments."""
    happened: dict[str, int] = {}
    """What of the day came from outside beside market and clients, and was taken as it was."""
    taken: dict[str, int] = {}
    """Events out of the data, by kind."""
    carried: bool = False
    """Whether the day began with positions or deals of before."""

    @property
    def proven(self) -> bool:
        """The backtest does what the live robot did."""
        return self.compared.proven


def examine(
    day: Day,
    loader: StrategyLoader = load_strategy,
    *,
    data: Path | None = None,
    keep: Path | None = None,
) -> Parity:
    """A whole day. `data`: a store that has the day already, in place of a fresh export; `keep`:
    where the fresh export stays.
    """
    set_decimal_context()
    if data is not None:
        check_store(data)
        return examine_rows(day, lambda: _within(day, events_of(data)), loader)
    if keep is not None and keep.exists() and any(keep.iterdir()):
        raise RobotError(f"{keep}: is not empty; name a new folder, or run over it with --data")
    with TemporaryDirectory() as folder:
        store = keep if keep is not None else Path(folder) / "store"
        export_journal(store, day.place, known_of(None), now_ns=0, day=day.name)
        return examine_rows(day, lambda: events_of(store), loader)


def _within(day: Day, rows: Iterable[Stamped]) -> Iterator[Stamped]:
    """Of a store that holds more than the day, the day's."""
    first_ns = last_ns = 0
    for step in day.steps():
        last_ns = step.stamped.at_ns
        first_ns = first_ns or last_ns
    if not last_ns:
        raise RobotError(f"{day.paths[0]}: holds no event")
    yield from (one for one in rows if first_ns <= one.at_ns <= last_ns)


def examine_rows(day: Day, rows: Rows, loader: StrategyLoader = load_strategy) -> Parity:
    """A day, by what came out of its data."""

    def rerun(data: Iterable[Stamped], *, live_clock: bool = False) -> Rerun:
        return Rerun(day, loader, data, live_clock=live_clock)

    first = rerun(rows(), live_clock=True)
    compared = first.run()
    about = Parity(
        day=day.name,
        compared=compared,
        happened={name: count for name, count in first.happened.items() if count},
        taken=dict(first.taken),
        restarts=tuple(format_time(at_ns) for at_ns in first.restarts),
        carried=first.carried,
    )
    if not compared.proven:
        causes = _causes(day, rows, compared, lambda data: rerun(data, live_clock=True).run())
        told = causes.told or (_not_the_data(day), *first.happened_before())
        return msgspec.structs.replace(about, causes=told)
    exact = rerun(rows())
    exact_found = exact.run()
    about = msgspec.structs.replace(
        about,
        exact_timers=exact_found,
        exact_causes=_lateness(exact, exact_found),
        late_ms=exact.late_ns // 1_000_000,
    )
    if not first.restarts and "halts by a follower" not in first.happened:
        return about
    alone = rerun(undisturbed(rows()), live_clock=True).run()
    causes = _causes(
        day,
        lambda: undisturbed(rows()),
        alone,
        lambda data: rerun(data, live_clock=True).run(),
    )
    return msgspec.structs.replace(about, alone=alone, alone_causes=causes.told)


def undisturbed(rows: Iterable[Stamped]) -> Iterator[Stamped]:
    """The day of a robot that was never started again, lost no session and was halted by no
    follower.
    """
    started, up = False, set[tuple[str, SessionKind]]()
    last: Stamped | None = None
    for stamped in rows:
        last, event = stamped, stamped.event
        if isinstance(event, RobotStarted):
            if started:
                continue
            started = True
        elif isinstance(event, SessionUp):
            if (event.venue, event.kind) in up:
                continue
            up.add((event.venue, event.kind))
        elif isinstance(event, RobotStopping | SessionDown | FollowersLagging):
            continue
        yield stamped
    if last is not None and isinstance(last.event, RobotStopping):
        yield last


def _causes(
    day: Day, rows: Rows, found: Compared, again: Callable[[Iterable[Stamped]], Compared]
) -> Causes:
    difference = found.difference
    if difference is None:
        return Causes()
    live = (step.stamped for step in day.steps())
    unlike = unlike_before(live, rows(), difference.until_ns)

    def gone(data: list[Stamped]) -> bool:
        mended = again(data)
        return mended.proven or mended.matched > found.matched

    return causes_of(unlike, rows(), gone)


def _lateness(exact: Rerun, found: Compared) -> tuple[str, ...]:
    """Nothing came in otherwise: only timers fired at other moments."""
    late = exact.last_late
    if found.difference is None or late is None:
        return ()
    by_ms = (late.fired_ns - late.due_ns) / 1_000_000
    return (
        f"{LATENCY}: the timer due at {format_time(late.due_ns)} fired {by_ms:g} ms late live, the "
        "last one before the difference",
    )


def _not_the_data(day: Day) -> str:
    """All came in as it did live."""
    versions = {
        step.stamped.event.code_version
        for step in day.steps()
        if isinstance(step.stamped.event, RobotStarted)
    }
    mine = robot.__version__
    text = "what came in until then is the same in both: the code decides otherwise"
    ran = ", ".join(sorted(versions - {mine}))
    return f"code: {text}" + (f" (live it was version {ran}, here {mine})" if ran else "")
