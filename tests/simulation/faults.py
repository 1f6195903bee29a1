"""What may go wrong in a simulated day, drawn per seed; and where a process can die."""

from __future__ import annotations

import enum
from dataclasses import dataclass, fields
from random import Random


class Death(enum.StrEnum):
    """How the trader dies."""

    KILL = "KILL"
    POWER_LOST = "POWER_LOST"
    """The machine stops: what was not synced is gone."""
    POWER_TORN = "POWER_TORN"
    """The same, and the last record is half there."""
    DISK = "DISK"
    """The journal cannot be written: trading stops by itself."""
    FAULT = "FAULT"
    """The core failed: a breach, unless it was poisoned."""
    POISON = "POISON"
    """An input ended the process."""


class Crash(BaseException):
    """A process ends here and now; nothing below may catch it."""

    def __init__(self, death: Death, point: str) -> None:
        super().__init__(f"{death} at {point}")
        self.death = death
        self.point = point


@dataclass(frozen=True, slots=True)
class Faults:
    """The mix of one day. Shares are of 1; a day has some kinds and not others."""

    crash_at_write: float
    crash_at_deal: float
    power_share: float
    kills: int
    cuts: int
    cut_at_send: float
    disk_full: int
    halts: int
    orphans: int
    day_rolls: int
    lags: int
    silent_on_trades: float
    projector_dies: float
    commit_unknown: float
    relay_dies: float
    message_lost: float
    message_twice: float
    ack_lost: float
    ack_twice: float
    ack_wrong: float
    office_dies: float
    broker_restarts: int
    gap_fill_requests: bool
    quote_refused: float
    garbage: int
    clock_jumps: int
    poison: int
    report_refused: float
    hedging: int
    persons: int
    order_rejected: float
    order_bounced: float
    order_parked: float
    order_pending: float
    fill_races: float
    cancel_lost: float
    cancel_refused: float
    replace_refused: float
    report_late: float
    report_twice: float
    trade_amended: float
    orphan_fills: int
    asks: int
    stops: int
    limit_changes: int


def no_faults() -> Faults:
    """A day on which nothing goes wrong."""
    return Faults(**{one.name: 0 for one in fields(Faults)})  # type: ignore[arg-type]


def draw(chance: Random) -> Faults:
    """The mix of a seed: each kind is off on about half of the days."""

    def share(most: float) -> float:
        return chance.choice((0.0, chance.uniform(0, most)))

    def count(most: int) -> int:
        return chance.choice((0, chance.randint(0, most)))

    return Faults(
        crash_at_write=share(0.008),
        crash_at_deal=share(0.3),
        power_share=chance.choice((0.0, 0.3, 0.7)),
        kills=count(4),
        cuts=count(4),
        cut_at_send=share(0.05),
        disk_full=chance.choice((0, 0, 0, 1)),
        halts=count(2),
        orphans=chance.choice((0, 0, 0, 1)),
        day_rolls=chance.choice((0, 0, 1)),
        lags=chance.choice((0, 0, 1)),
        silent_on_trades=share(0.3),
        projector_dies=share(0.1),
        commit_unknown=share(0.1),
        relay_dies=share(0.1),
        message_lost=share(0.3),
        message_twice=share(0.3),
        ack_lost=share(0.3),
        ack_twice=share(0.3),
        ack_wrong=chance.choice((0.0, 0.0, 0.05)),
        office_dies=share(0.2),
        broker_restarts=count(2),
        gap_fill_requests=chance.random() < 0.5,
        quote_refused=share(0.1),
        garbage=count(3),
        clock_jumps=chance.choice((0, 0, chance.randint(1, 3))),
        poison=chance.choice((0, 0, 0, 0, 1)),
        report_refused=chance.choice((0.0, 0.0, 0.0, 0.1)),
        hedging=chance.choice((0, 1, 2, 3)),
        persons=count(24),
        order_rejected=share(0.2),
        order_bounced=share(0.1),
        order_parked=share(0.25),
        order_pending=share(0.3),
        fill_races=share(0.6),
        cancel_lost=share(0.2),
        cancel_refused=share(0.3),
        replace_refused=share(0.3),
        report_late=share(0.2),
        report_twice=share(0.3),
        trade_amended=share(0.25),
        orphan_fills=chance.choice((0, 0, 0, 1)),
        asks=count(10),
        stops=count(4),
        limit_changes=count(3),
    )
