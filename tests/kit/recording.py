"""Records of a desk's day, as a running backtest and as a reader of journals make them."""

from __future__ import annotations

from backtest.records import Recorder
from robot.messages.effects import AnyEffect, SendOrder
from robot.messages.events import Stamped
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.losses import mid


def recorded(desk: Desk) -> Recorder:
    """The finished record of all that a desk was told."""
    recorder = Recorder()
    for stamped, effects in zip(desk.stepped, desk.history, strict=True):
        record_one(recorder, stamped, effects)
    recorder.finish(desk.at_ns)
    return recorder


def record_one(recorder: Recorder, stamped: Stamped, effects: tuple[AnyEffect, ...]) -> None:
    """One event, as whoever steps the engine gives it."""
    if stamped.at_ns >= recorder.due_ns:
        recorder.mark(stamped.at_ns)
    recorder.take(stamped.at_ns, stamped.event, effects)


def hedged_day(of: Desk | None = None) -> Desk:
    """Clients buy 5m at 1.10008 (the middle is 1.10005); the market rises a pip; 2m of it are
    bought back at 1.10020, half a pip over the middle; it rises two pips more.
    """
    of = of if of is not None else taker.desk(hedge={"interval_ms": 1})
    taker.short(of)
    (first,) = of.all(SendOrder)
    mid(of, "1.10015")
    taker.trade(of, first, "X1", 2_000_000, "1.10020")
    mid(of, "1.10035")
    return of
