"""From a trade date and a tenor to value dates, with every step told.

Spot: `domain.md` 3.2 (the rules of londonfx.co.uk/valdates as coded in ObjectLabKit); tenors: 3.3;
China's money market: 0.7 and 3.3. `spot_date`, `value_date`, `swap_dates`, `deposit_dates` and
`fixing_date` are what the rest of the robot asks; `_Path` below walks the days and keeps the steps.
"""

from __future__ import annotations

import calendar as months_of
from collections.abc import Mapping
from datetime import date, timedelta

import msgspec

from robot.basics.currency import Currency, base_of, counter_of
from robot.basics.holidays import ONE_DAY, CalendarId, HolidayCalendar, last_day_of_month
from robot.basics.tenor import IMM_MONTHS, TERM_DAYS, TERM_MONTHS, Tenor, Unit
from robot.deals.convention import USD, Convention, MoneyMarketConvention
from robot.errors import BeyondHorizon, Fault, InvalidTerms, NotAValueDate, UnknownReference

Calendars = Mapping[CalendarId, HolidayCalendar]


class Closed(msgspec.Struct, frozen=True):
    """A day that was passed over, and the holiday (or day of the week) that closed it."""

    day: date
    calendar: CalendarId
    name: str


class Step(msgspec.Struct, frozen=True):
    """One rule applied: from which day to which, and what was in the way."""

    rule: str
    start: date
    end: date
    closed: tuple[Closed, ...] = ()


class Dated(msgspec.Struct, frozen=True):
    """A date and how it was found."""

    day: date
    steps: tuple[Step, ...] = ()
    provisional: bool = False
    """Whether a day that was looked at on the way is computed and not announced."""


class DepositDates(msgspec.Struct, frozen=True, kw_only=True):
    """The dates of a deposit or repo. What it is called, what it says and what it lasts differ:
    an IBO007 may be agreed for 5 days and earn 10 (`domain.md` 0.7).
    """

    start: Dated
    maturity: Dated
    contract_code: str
    """R007, IBO001; empty where the market has no codes."""
    contract_days: int
    """Calendar days as agreed, before holidays move the maturity."""

    @property
    def occupied_days(self) -> int:
        """Calendar days from start to maturity: what interest is paid for."""
        return (self.maturity.day - self.start.day).days


def spot_date(convention: Convention, trade_date: date, calendars: Calendars) -> Dated:
    """The value date of a spot deal agreed on `trade_date`."""
    path = _Path(calendars)
    return path.dated(_spot(path, convention, _trade_day(path, convention, trade_date)))


def value_date(
    convention: Convention, tenor: Tenor | date, trade_date: date, calendars: Calendars
) -> Dated:
    """The value date of an outright for `tenor`; of a swap tenor (ON TN SN SW) its far date.

    A date instead of a tenor is a broken date: it is checked, never moved. NotAValueDate where the
    pair has no such tenor or the date is not good.
    """
    path = _Path(calendars)
    if isinstance(tenor, date):
        return path.dated(_broken(path, convention, tenor, trade_date))
    if tenor.unit in (Unit.ON, Unit.TN, Unit.SN):
        return swap_dates(convention, tenor, trade_date, calendars)[1]
    today = _trade_day(path, convention, trade_date)
    if tenor.unit is Unit.TODAY:
        return path.dated(today)
    if tenor.unit is Unit.TOM:
        return path.dated(_tomorrow(path, convention, today))
    spot = _spot(path, convention, today)
    if tenor.unit is Unit.SPOT:
        return path.dated(spot)
    return path.dated(_from_spot(path, convention, tenor, spot))


def swap_dates(
    convention: Convention, tenor: Tenor, trade_date: date, calendars: Calendars
) -> tuple[Dated, Dated]:
    """Near and far date of a swap for `tenor`: ON, TN, SN, else from spot to the tenor's date."""
    path = _Path(calendars)
    today = _trade_day(path, convention, trade_date)
    if tenor.unit is Unit.ON:
        near = path.dated(today)
        far = path.dated(_tomorrow(path, convention, today))
    elif tenor.unit is Unit.TN:
        if convention.spot_lag < 2:
            text = f"{convention.pair} has no TN: its spot is T+{convention.spot_lag}"
            raise NotAValueDate(text)
        far = path.dated(_spot(path, convention, today))
        path = _Path(calendars)
        _trade_day(path, convention, trade_date)
        near = path.dated(_tomorrow(path, convention, today))
    else:
        near = path.dated(_spot(path, convention, today))
        far = path.dated(_swap_end(path, convention, tenor, near.day))
    if not near.day < far.day:
        text = f"{convention.pair} {tenor} of {trade_date} has no length: both dates are {far.day}"
        raise NotAValueDate(f"{text} (holidays make the two dates one)")
    return near, far


def _swap_end(path: _Path, convention: Convention, tenor: Tenor, spot: date) -> date:
    """The far date of a swap that begins at spot."""
    if tenor.unit is not Unit.SN:
        return _from_spot(path, convention, tenor, spot)
    where = convention.settlement_calendars
    return path.after(f"next day good for {_named(where)}", spot, where)


def fixing_date(convention: Convention, value_date: date, calendars: Calendars) -> Dated:
    """When a non-deliverable forward with this value date is fixed: `lag` business days before."""
    ndf = convention.ndf
    if ndf is None:
        text = f"{convention.pair} has no fixing: give it `ndf` in conventions.yaml"
        raise NotAValueDate(text)
    path, day = _Path(calendars), value_date
    for number in range(ndf.lag):
        rule = f"{ndf.index} is fixed {number + 1} day(s) good for {_named(ndf.calendars)} before"
        day = path.before(rule, day, ndf.calendars)
    return path.dated(day)


def deposit_dates(
    convention: MoneyMarketConvention, term: Tenor | date, trade_date: date, calendars: Calendars
) -> DepositDates:
    """Start, maturity and contract of a deposit or repo said as a tenor.

    A date instead of a tenor is a broken maturity: it is checked, never moved, starts when the
    market's loans do, and is agreed for the calendar days to it.
    """
    begun = _loan_start(convention, term, trade_date, calendars)
    start, path, where = begun.day, _Path(calendars), (convention.calendar_id,)
    if isinstance(term, date):
        agreed = end = _broken_maturity(path, convention, term, start)
    else:
        agreed, in_months = _agreed_end(convention, term, start, calendars)
        rule = f"{term} from the start"
        if in_months and convention.modified:
            end = path.modified_following(rule, agreed, where, since=start)
        else:
            end = path.following(rule, agreed, where, since=start)
    return DepositDates(
        start=begun,
        maturity=path.dated(end),
        contract_code=_contract_code(convention, start, agreed),
        contract_days=(agreed - start).days,
    )


# --- foreign exchange -----------------------------------------------------------------------------


def _trade_day(path: _Path, convention: Convention, trade_date: date) -> date:
    """The day that the lag is counted from."""
    where = convention.calendars
    if not convention.trade_date_rolls:
        return path.stay("trade date", trade_date, where)
    return path.following("trade date", trade_date, where)


def _spot(path: _Path, convention: Convention, today: date) -> date:
    """The later of the two currencies' own dates, then good for both and USD."""
    if convention.spot_lag == 0:
        return path.following("spot: T+0", today, convention.settlement_calendars)
    base, counter = convention.calendars
    dates = (
        _settled(path, convention, base_of(convention.pair), base, today),
        _settled(path, convention, counter_of(convention.pair), counter, today),
    )
    where = convention.settlement_calendars
    return path.following(f"spot: good for {_named(where)}", max(dates), where)


def _settled(
    path: _Path, convention: Convention, currency: Currency, own: CalendarId, today: date
) -> date:
    """`spot_lag` days of one currency. A USD holiday does not block the days before the last one,
    unless the other currency of the rule's exceptions (`dollar_blocks`) says so.
    """
    day = today
    for number in range(1, convention.spot_lag + 1):
        rule = f"{currency} T+{number}"
        if number == convention.spot_lag:
            day = path.after(rule, day, (own,))
        elif currency == USD:
            day = path.after_weekend(f"{rule}, USD holidays do not count", day, own)
        elif currency in convention.dollar_blocks:
            day = path.after(f"{rule}, good for USD too", day, (own, convention.dollar_calendar))
        else:
            day = path.after(rule, day, (own,))
    return day


def _tomorrow(path: _Path, convention: Convention, today: date) -> date:
    where = convention.settlement_calendars
    return path.after(f"TOM: next day good for {_named(where)}", today, where)


def _from_spot(path: _Path, convention: Convention, tenor: Tenor, spot: date) -> date:
    """Days and weeks: following. From 1M: modified following, and end-end where agreed."""
    where = convention.settlement_calendars
    if tenor.unit is Unit.TERM:
        raise NotAValueDate(f"{tenor} is a term of the money market, not of {convention.pair}")
    if tenor.unit is Unit.IMM:
        wanted = _imm_date(tenor, spot)
        return path.following(f"{tenor}: the third Wednesday", wanted, where, since=spot)
    if tenor.unit in (Unit.DAY, Unit.WEEK, Unit.SW):
        days = 7 if tenor.unit is Unit.SW else tenor.count * (7 if tenor.unit is Unit.WEEK else 1)
        ahead = spot + timedelta(days=days)
        return path.following(f"spot + {days} days, following", ahead, where, since=spot)
    count = tenor.count * (12 if tenor.unit is Unit.YEAR else 1)
    ahead = _add_months(spot, count)
    if convention.end_end and path.is_last_of_month(spot, where):
        rule = f"spot + {count} months, end to end"
        return path.preceding(rule, last_day_of_month(ahead), where, since=spot)
    rule = f"spot + {count} months, modified following"
    return path.modified_following(rule, ahead, where, since=spot)


def _broken(path: _Path, convention: Convention, day: date, trade_date: date) -> date:
    """A date said as a date: good for both currencies (a USD holiday does not stop a cross)."""
    today = _trade_day(path, convention, trade_date)
    if day < today:
        raise NotAValueDate(f"{convention.pair} value {day} is before {today}, the trade date")
    path.check_good(f"{convention.pair} value", day, convention.calendars, not_before=today)
    return path.stay("broken date, as said", day, convention.calendars)


def _imm_date(tenor: Tenor, spot: date) -> date:
    """IMM1 is the first one after spot; `IMM 2026-03` must be after spot."""
    year, month = divmod(tenor.count, 100)
    if year:
        wanted = third_wednesday(year, month)
        if wanted <= spot:
            raise NotAValueDate(f"{tenor} is {wanted}, not after the spot date {spot}")
        return wanted
    quarters = (
        third_wednesday(year, month)
        for year in range(spot.year, spot.year + 3)
        for month in IMM_MONTHS
    )
    return [day for day in quarters if day > spot][tenor.count - 1]


def third_wednesday(year: int, month: int) -> date:
    """The IMM date of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(2 - first.weekday()) % 7 + 14)


def _add_months(day: date, count: int) -> date:
    """The same day of the month `count` months on, or that month's last day."""
    years, month = divmod(day.month - 1 + count, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, months_of.monthrange(year, month + 1)[1]))


# --- money market ---------------------------------------------------------------------------------


def _check_term(convention: MoneyMarketConvention, tenor: Tenor) -> None:
    """The tenor is one that this market deals in."""
    what = f"{convention.currency} {convention.product}"
    if tenor.unit is Unit.TERM and tenor.market != convention.code:
        known = f"its terms begin with {convention.code}" if convention.code else "it has no codes"
        raise NotAValueDate(f"{tenor} is not a term of {what}: {known}")
    if tenor.unit in (Unit.TODAY, Unit.TOM, Unit.SPOT, Unit.IMM):
        raise NotAValueDate(f"{tenor} is not a term of {what}: it has no length")
    shortest = {Unit.TN: 2, Unit.SN: 1}.get(tenor.unit, 0)
    if convention.lag < shortest:
        raise NotAValueDate(f"{what} has no {tenor}: it starts at T+{convention.lag}")


def _loan_start(
    convention: MoneyMarketConvention, term: Tenor | date, trade_date: date, calendars: Calendars
) -> Dated:
    """ON starts today and TN tomorrow, all else after the lag of the market."""
    path, where, lag = _Path(calendars), (convention.calendar_id,), convention.lag
    if isinstance(term, Tenor):
        _check_term(convention, term)
        lag = {Unit.ON: 0, Unit.TN: 1}.get(term.unit, lag)
    start = path.following("trade date", trade_date, where)
    for number in range(lag):
        start = path.after(f"start: T+{number + 1}", start, where)
    return path.dated(start)


def _broken_maturity(
    path: _Path, convention: MoneyMarketConvention, day: date, start: date
) -> date:
    """A maturity said as a date: after the start, and good."""
    what, where = f"{convention.currency} {convention.product}", (convention.calendar_id,)
    if day <= start:
        raise InvalidTerms(
            Fault.DATES_NOT_ORDERED, f"{what} maturity {day} must be after its start, {start}"
        )
    path.check_good(f"{what} maturity", day, where, not_before=start + ONE_DAY)
    return path.stay("broken date, as said", day, where)


def _agreed_end(
    convention: MoneyMarketConvention, tenor: Tenor, start: date, calendars: Calendars
) -> tuple[date, bool]:
    """The maturity as agreed, before holidays, and whether it was counted in months."""
    unit, count = tenor.unit, tenor.count
    if unit in (Unit.MONTH, Unit.YEAR) or tenor.in_months:
        count *= 12 if unit is Unit.YEAR else 1
        ahead = _add_months(start, count)
        ends = _Path(calendars).is_last_of_month(start, (convention.calendar_id,))
        return (last_day_of_month(ahead) if convention.end_end and ends else ahead), True
    days = {Unit.WEEK: 7 * count, Unit.SW: 7, Unit.DAY: count, Unit.TERM: count}.get(unit, 1)
    return start + timedelta(days=days), False


def _contract_code(convention: MoneyMarketConvention, start: date, agreed: date) -> str:
    """The contract by agreed days (not by days that holidays add): 1; 2-7; 8-14; 15-21; months."""
    if not convention.code:
        return ""
    for days in TERM_DAYS:
        if (agreed - start).days <= days:
            return str(Tenor(Unit.TERM, days, convention.code))
    for count in TERM_MONTHS:
        if agreed <= _add_months(start, count):
            return str(Tenor(Unit.TERM, count, convention.code, in_months=True))
    text = f"{convention.currency} {convention.product} from {start} to {agreed} is over one year"
    raise NotAValueDate(f"{text}: no contract of this market is so long")


# --- the walk -------------------------------------------------------------------------------------


class _Path:
    """Walks from day to day and keeps what it met."""

    __slots__ = ("_calendars", "_provisional", "_steps")

    def __init__(self, calendars: Calendars) -> None:
        self._calendars = calendars
        self._steps: list[Step] = []
        self._provisional = False

    def dated(self, day: date) -> Dated:
        """The date found, with the steps so far."""
        return Dated(day, tuple(self._steps), self._provisional)

    def calendar(self, name: CalendarId) -> HolidayCalendar:
        """A calendar by its name; an unknown one is an error, never a day without holidays."""
        found = self._calendars.get(name)
        if found is None:
            known = ", ".join(sorted(self._calendars)) or "none"
            raise UnknownReference(f"no calendar {name} is loaded; there are: {known}")
        return found

    def stay(self, rule: str, day: date, where: tuple[CalendarId, ...]) -> date:
        """Not moved, whatever the calendars say; they must know the day."""
        self._closing(day, where)
        return self._step(rule, day, day, [])

    def following(
        self, rule: str, day: date, where: tuple[CalendarId, ...], since: date | None = None
    ) -> date:
        """`day` or the first good day after it; `since` is where the step began."""
        return self._walk(rule, since or day, day, ONE_DAY, where)

    def preceding(
        self, rule: str, day: date, where: tuple[CalendarId, ...], since: date | None = None
    ) -> date:
        """`day` or the last good day before it."""
        return self._walk(rule, since or day, day, -ONE_DAY, where)

    def after(self, rule: str, day: date, where: tuple[CalendarId, ...]) -> date:
        """The first good day strictly after `day`."""
        return self._walk(rule, day, day + ONE_DAY, ONE_DAY, where)

    def before(self, rule: str, day: date, where: tuple[CalendarId, ...]) -> date:
        """The last good day strictly before `day`."""
        return self._walk(rule, day, day - ONE_DAY, -ONE_DAY, where)

    def after_weekend(self, rule: str, day: date, where: CalendarId) -> date:
        """The first day strictly after `day` that the week does not close; holidays do not tell."""
        found, passed, ahead = self.calendar(where), [], day + ONE_DAY
        while found.is_weekend(ahead):
            passed.append(Closed(ahead, where, found.closed_by(ahead)))
            ahead += ONE_DAY
        return self._step(rule, day, ahead, passed)

    def modified_following(
        self, rule: str, day: date, where: tuple[CalendarId, ...], since: date
    ) -> date:
        """Following, unless that leaves the month: then the last good day of the month."""
        mark = len(self._steps)
        found = self.following(rule, day, where, since)
        if found.month == day.month:
            return found
        del self._steps[mark:]
        return self.preceding(f"{rule}: back into the month", day, where, since)

    def check_good(
        self, what: str, day: date, where: tuple[CalendarId, ...], not_before: date
    ) -> None:
        """NotAValueDate where `day` is closed, with the nearest days that are good everywhere."""
        closed = self._closing(day, where)
        if closed is None:
            return
        near = [self._near(day, step, where, not_before) for step in (-ONE_DAY, ONE_DAY)]
        found = " or ".join(str(good) for good in near if good is not None)
        text = f"{what} {day} is closed for {closed.calendar} ({closed.name})"
        raise NotAValueDate(f"{text}: take {found}" if found else text)

    def _near(
        self, day: date, step: timedelta, where: tuple[CalendarId, ...], not_before: date
    ) -> date | None:
        """The nearest good day on one side; None where the calendars or `not_before` end first."""
        try:
            while self._closing(day, where) is not None:
                day += step
        except BeyondHorizon:
            return None
        return day if day >= not_before else None

    def is_last_of_month(self, day: date, where: tuple[CalendarId, ...]) -> bool:
        """Whether no later day of the month is good."""
        ahead, last = day + ONE_DAY, last_day_of_month(day)
        while ahead <= last:
            if self._closing(ahead, where) is None:
                return False
            ahead += ONE_DAY
        return True

    def _walk(
        self, rule: str, start: date, day: date, step: timedelta, where: tuple[CalendarId, ...]
    ) -> date:
        passed: list[Closed] = []
        while (closed := self._closing(day, where)) is not None:
            passed.append(closed)
            day += step
        return self._step(rule, start, day, passed)

    def _closing(self, day: date, where: tuple[CalendarId, ...]) -> Closed | None:
        """The first of the calendars that closes the day; all of them must know it."""
        closed: Closed | None = None
        for name in where:
            found = self.calendar(name)
            if not found.is_business_day(day) and closed is None:
                closed = Closed(day, name, found.closed_by(day))
            if found.is_provisional(day):
                self._provisional = True
        return closed

    def _step(self, rule: str, start: date, end: date, passed: list[Closed]) -> date:
        self._steps.append(Step(rule, start, end, tuple(passed)))
        return end


def _named(calendars: tuple[CalendarId, ...]) -> str:
    return ", ".join(calendars)
