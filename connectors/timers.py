"""The desk's schedule on APScheduler: its jobs post events and do nothing else.

With the system's clock a background scheduler fires the jobs; with the venue's clock the same
triggers
are asked for their next time, because APScheduler reads the machine's clock itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from robot.basics.holidays import roll_over_weekend
from robot.basics.ids import VenueId
from robot.clock import nanoseconds, utc_datetime
from robot.deals.product import ProductKind
from robot.desk import DealingHours, Moment, ScheduleSettings
from robot.messages.events import (
    AnyEvent,
    DayRolled,
    DealingClosed,
    DealingOpened,
    OvernightBegun,
)
from robot.ports import Poster

MISFIRE_GRACE_S = 300
"""A job that could not run in time (the machine slept) still runs when it is at most so late."""

_WEEK_NS = 7 * 86_400 * 1_000_000_000
EventAt = Callable[[datetime], AnyEvent]


class Job(msgspec.Struct):
    """A recurring event, and when it comes next (for the venue's clock)."""

    trigger: CronTrigger
    event: EventAt
    next_ns: int = 0


class _Schedule:
    """What both clocks share: the jobs, the trade date, and what is open at a moment."""

    def __init__(self, settings: ScheduleSettings, venues: Sequence[str]) -> None:
        self._settings = settings
        self._zone = ZoneInfo(settings.time_zone)
        self._hours = [
            (VenueId(venue), row.model_copy(update={"product": product}))
            for row in settings.dealing
            for venue in (venues if row.venue == "*" else (row.venue,))
            for product in (ProductKind if row.product == "*" else (row.product,))
        ]
        self.jobs = [Job(self._cron(settings.day_roll), self._rolled)]
        if settings.overnight is not None:
            self.jobs.append(Job(self._cron(settings.overnight), _overnight))
        for venue, row in self._hours:
            self.jobs.append(Job(self._cron(row.open), _opened(venue, row.product)))
            self.jobs.append(Job(self._cron(row.close), _closed(venue, row.product)))

    def trade_date(self, at_ns: int) -> date:
        """The date in the desk's zone, the next one from the roll on, never a weekend."""
        local = utc_datetime(at_ns).astimezone(self._zone)
        roll = self._settings.day_roll
        rolled = (local.hour, local.minute) >= (roll.hour, roll.minute)
        return roll_over_weekend(local.date() + timedelta(days=1 if rolled else 0))

    def state_events(self, at_ns: int) -> list[AnyEvent]:
        """One event per venue and product: open or closed at this moment; and whether what is
        carried overnight is limited now.
        """
        events: list[AnyEvent] = [
            DealingOpened(venue=venue, product=row.product)
            if self._is_open(row, at_ns)
            else DealingClosed(venue=venue, product=row.product)
            for venue, row in self._hours
        ]
        return [*events, OvernightBegun()] if self._is_overnight(at_ns) else events

    def _is_overnight(self, at_ns: int) -> bool:
        """Whether the last overnight moment was of this trade date."""
        if self._settings.overnight is None:
            return False
        trigger, last_ns = self._cron(self._settings.overnight), 0
        next_ns = self.next_ns(trigger, at_ns - _WEEK_NS)
        while next_ns <= at_ns:
            last_ns, next_ns = next_ns, self.next_ns(trigger, next_ns)
        return self.trade_date(last_ns) == self.trade_date(at_ns)

    def _is_open(self, row: DealingHours, at_ns: int) -> bool:
        return self.next_ns(self._cron(row.close), at_ns) < self.next_ns(
            self._cron(row.open), at_ns
        )

    def next_ns(self, trigger: CronTrigger, after_ns: int) -> int:
        """When the trigger fires next, strictly after a moment."""
        after = utc_datetime(after_ns).astimezone(self._zone) + timedelta(microseconds=1)
        found = trigger.get_next_fire_time(None, after)
        assert found is not None, "a weekly trigger always fires again"
        return nanoseconds(found)

    def _cron(self, moment: Moment) -> CronTrigger:
        return CronTrigger(
            day_of_week=moment.day, hour=moment.hour, minute=moment.minute, timezone=self._zone
        )

    def _rolled(self, at: datetime) -> AnyEvent:
        return DayRolled(trade_date=self.trade_date(nanoseconds(at)))


class SystemTimers:
    """The schedule on the machine's clock."""

    def __init__(self, settings: ScheduleSettings, venues: Sequence[str]) -> None:
        self._schedule = _Schedule(settings, venues)
        self._scheduler = BackgroundScheduler(
            job_defaults={"misfire_grace_time": MISFIRE_GRACE_S, "coalesce": True}
        )

    def trade_date(self, at_ns: int) -> date:
        """The trade date in force at a moment."""
        return self._schedule.trade_date(at_ns)

    def start(self, poster: Poster, at_ns: int) -> None:
        """Post what is open now, and every change from now on."""
        for event in self._schedule.state_events(at_ns):
            poster.post(event)
        for job in self._schedule.jobs:
            self._scheduler.add_job(_post_job, job.trigger, args=(poster, job))
        self._scheduler.start()

    def due(self, at_ns: int) -> Sequence[AnyEvent]:
        """Nothing: the scheduler posts by itself."""
        return ()

    def stop(self) -> None:
        """Stop posting."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)


class VenueTimers:
    """The schedule on the simulated venue's clock; asked by the core's loop."""

    def __init__(self, settings: ScheduleSettings, venues: Sequence[str]) -> None:
        self._schedule = _Schedule(settings, venues)
        self._next_ns = 0
        self._started = threading.Event()

    def trade_date(self, at_ns: int) -> date:
        """The trade date in force at a moment."""
        return self._schedule.trade_date(at_ns)

    def start(self, poster: Poster, at_ns: int) -> None:
        """Post what is open now; `due` tells the changes."""
        for event in self._schedule.state_events(at_ns):
            poster.post(event)
        for job in self._schedule.jobs:
            job.next_ns = self._schedule.next_ns(job.trigger, at_ns)
        self._next_ns = min(job.next_ns for job in self._schedule.jobs)
        self._started.set()

    def due(self, at_ns: int) -> Sequence[AnyEvent]:
        """The events that fell due up to `at_ns`, in order of their time."""
        if not self._started.is_set() or at_ns < self._next_ns:
            return ()
        due: list[tuple[int, AnyEvent]] = []
        for job in self._schedule.jobs:
            while job.next_ns <= at_ns:
                due.append((job.next_ns, job.event(utc_datetime(job.next_ns))))
                job.next_ns = self._schedule.next_ns(job.trigger, job.next_ns)
        self._next_ns = min(job.next_ns for job in self._schedule.jobs)
        return [event for _, event in sorted(due, key=lambda pair: pair[0])]

    def next_due_ns(self) -> int:
        """When the next change is due."""
        return self._next_ns

    def stop(self) -> None:
        """Nothing runs."""


def _post_job(poster: Poster, job: Job) -> None:
    poster.post(job.event(datetime.now(job.trigger.timezone)))


def _opened(venue: VenueId, product: str) -> EventAt:
    return lambda at: DealingOpened(venue=venue, product=product)


def _overnight(at: datetime) -> AnyEvent:
    return OvernightBegun()


def _closed(venue: VenueId, product: str) -> EventAt:
    return lambda at: DealingClosed(venue=venue, product=product)
