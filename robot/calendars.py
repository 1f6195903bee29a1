"""The files of `config/calendars`: one calendar each, comma separated, source and horizon on top.

    # calendar: CNY
    # about: China, foreign exchange (CFETS): closed on public holidays and on every weekend
    # source: chinesecalendar 1.11.0
    # licence: MIT
    # basis: notice of the State Council, each November for the next year
    # first official day: 2005-01-01
    # last official day: 2026-12-31
    # provisional until: 2032-12-31
    # weekend: Sat Sun
    # made by: fxrobot calendars build CNY
    date,kind,name
    2026-01-01,holiday,New Year's Day

Kinds: `holiday` (closed), `workday` (open although the week closes it), `provisional` (a holiday
after the last official day that is computed and not announced). A week that changed has a further
line, `# weekend from 2022-01-01: Sat Sun`. `parse_calendar` and `format_calendar` are inverses.
"""

from __future__ import annotations

import difflib
from datetime import date
from pathlib import Path

import msgspec

from robot.basics.holidays import CalendarId, HolidayCalendar, WeekPattern
from robot.errors import ConfigurationError
from robot.package import configuration_folder

COLUMNS = "date,kind,name"
KINDS = ("holiday", "workday", "provisional")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
KEYS = (
    "calendar",
    "about",
    "source",
    "licence",
    "basis",
    "first official day",
    "last official day",
    "provisional until",
    "weekend",
    "made by",
)
"""What stands on top of a file, in this order; `weekend from DATE` may follow `weekend`."""
OPTIONAL = frozenset({"about", "licence", "basis", "provisional until", "made by"})
REMARKS: tuple[str, ...] = ("about", "licence", "basis", "made by")
LINES_MAX = 20_000


class CalendarFile(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar with everything its file says, the provisional days included."""

    calendar: HolidayCalendar
    remarks: dict[str, str]
    """`about`, `licence`, `basis`, `made by`: for people."""


def calendar_path(folder: Path, name: CalendarId) -> Path:
    """The file of a calendar: the folder's own, else the shipped one."""
    own = folder / "calendars" / f"{name}.csv"
    return own if own.is_file() else configuration_folder() / "calendars" / f"{name}.csv"


def calendar_names(folder: Path) -> list[CalendarId]:
    """Every calendar there is a file for, the folder's own and the shipped ones."""
    folders = (folder / "calendars", configuration_folder() / "calendars")
    return sorted({CalendarId(path.stem) for place in folders for path in place.glob("*.csv")})


def load_calendar(folder: Path, name: CalendarId) -> CalendarFile:
    """The calendar of that name; ConfigurationError names the file and the line at fault."""
    path = calendar_path(folder, name)
    if not path.is_file():
        known = calendar_names(folder)
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(known)}"
        raise ConfigurationError(f"there is no calendar {name}: {path} is missing{hint}")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem}") from problem
    found = parse_calendar(text, str(path))
    if found.calendar.id != name:
        raise ConfigurationError(f"{path}:1: says it is calendar {found.calendar.id}, not {name}")
    return found


def parse_calendar(text: str, where: str) -> CalendarFile:
    """The content of one file; `where` is its name, for the errors."""
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        raise ConfigurationError(f"{where}:{LINES_MAX + 1}: more than {LINES_MAX} lines")
    count = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head = _Head(where, lines[:count])
    if count == len(lines) or lines[count] != COLUMNS:
        found = lines[count][:40] if count < len(lines) else "the end of the file"
        raise ConfigurationError(f"{where}:{count + 1}: {COLUMNS!r} is due here, found {found!r}")
    days = _days(head, lines[count + 1 :], count + 2)
    try:
        calendar = HolidayCalendar(
            id=CalendarId(head.text("calendar")),
            source=head.text("source"),
            first_official=head.date("first official day"),
            last_official=head.date("last official day"),
            provisional_until=head.date("provisional until") if head.has_extension else None,
            weeks=head.weeks(),
            holidays=days["holiday"],
            workdays=days["workday"],
            provisional=days["provisional"],
        )
    except ValueError as problem:
        raise ConfigurationError(f"{where}:1: {problem}") from problem
    told = (key for key in REMARKS if key in head.values)
    remarks = {key: head.text(key) for key in told}
    return CalendarFile(calendar=calendar, remarks=remarks)


def format_calendar(file: CalendarFile) -> str:
    """The text of a calendar's file."""
    calendar, remarks = file.calendar, file.remarks
    values = {
        "calendar": calendar.id,
        "source": calendar.source,
        "first official day": str(calendar.first_official),
        "last official day": str(calendar.last_official),
        "weekend": _days_text(calendar.weeks[0]),
        **remarks,
    }
    if calendar.provisional_until is not None:
        values["provisional until"] = str(calendar.provisional_until)
    lines = []
    for key in KEYS:
        if key in values:
            lines.append(f"# {key}: {values[key]}")
        if key == "weekend":
            later = calendar.weeks[1:]
            lines += [f"# weekend from {week.since}: {_days_text(week)}" for week in later]
    rows = sorted(
        (day, kind, name)
        for kind, days in (
            ("holiday", calendar.holidays),
            ("workday", calendar.workdays),
            ("provisional", calendar.provisional),
        )
        for day, name in days.items()
    )
    lines += [COLUMNS, *(f"{day},{kind},{name}" for day, kind, name in rows)]
    return "\n".join(lines) + "\n"


class _Head:
    """The lines on top: `# key: value`."""

    def __init__(self, where: str, lines: list[str]) -> None:
        self.where = where
        self.values: dict[str, tuple[int, str]] = {}
        self._later: list[tuple[int, str, str]] = []
        for number, line in enumerate(lines, 1):
            key, colon, value = line.removeprefix("#").strip().partition(": ")
            if key.startswith("weekend from "):
                self._later.append((number, key.removeprefix("weekend from "), value))
                continue
            if not colon or key not in KEYS:
                near = difflib.get_close_matches(key, KEYS, n=1)
                hint = f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(KEYS)}"
                raise ConfigurationError(f"{where}:{number}: {line[:40]!r} is not known here{hint}")
            if key in self.values:
                raise ConfigurationError(f"{where}:{number}: {key} is given twice")
            self.values[key] = (number, value)
        missing = [key for key in KEYS if key not in self.values and key not in OPTIONAL]
        if missing:
            raise ConfigurationError(f"{where}:1: no line '# {missing[0]}: ...' on top of the file")

    @property
    def has_extension(self) -> bool:
        """Whether the file holds computed days after the official ones."""
        return "provisional until" in self.values

    def text(self, key: str) -> str:
        """The value of a key."""
        return self.values[key][1]

    def date(self, key: str) -> date:
        """The value of a key as a date."""
        number, value = self.values[key]
        return _date(f"{self.where}:{number}", value)

    def weeks(self) -> tuple[WeekPattern, ...]:
        """The week patterns, oldest first."""
        number, value = self.values["weekend"]
        found = [WeekPattern(date.min, _weekdays(f"{self.where}:{number}", value))]
        for number, since, value in self._later:
            place = f"{self.where}:{number}"
            found.append(WeekPattern(_date(place, since), _weekdays(place, value)))
        return tuple(found)


def _days(head: _Head, lines: list[str], first: int) -> dict[str, dict[date, str]]:
    """The rows by kind. Dates must rise, so that a day cannot hide a second time."""
    days: dict[str, dict[date, str]] = {kind: {} for kind in KINDS}
    weeks, before = head.weeks(), date.min
    for number, line in enumerate(lines, first):
        place = f"{head.where}:{number}"
        text, comma, rest = line.partition(",")
        kind, comma_too, name = rest.partition(",")
        if not (comma and comma_too and name.strip()):
            raise ConfigurationError(f"{place}: {line[:60]!r} is not `{COLUMNS}`")
        if kind not in KINDS:
            raise ConfigurationError(f"{place}: kind {kind[:20]!r}; known: {', '.join(KINDS)}")
        day = _date(place, text)
        if day == before:
            kinds = [known for known in KINDS if day in days[known]]
            raise ConfigurationError(f"{place}: {day} is there before, as {kinds[0]}")
        if day < before:
            raise ConfigurationError(f"{place}: {day} comes after {before}: sort the dates")
        _check_kind(head, place, day, kind, weeks)
        days[kind][day] = name
        before = day
    return days


def _check_kind(
    head: _Head, place: str, day: date, kind: str, weeks: tuple[WeekPattern, ...]
) -> None:
    """A row says something that the week does not say already, within the days it may speak of."""
    closed = [week for week in weeks if week.since <= day][-1].closed
    if kind == "workday" and day.weekday() not in closed:
        raise ConfigurationError(f"{place}: {day} is a {DAYS[day.weekday()]}, a workday anyway")
    last = head.date("last official day")
    if kind == "provisional":
        until = head.date("provisional until") if head.has_extension else last
        if not last < day <= until:
            text = f"{day} is not after the last official day {last} and by {until}"
            raise ConfigurationError(f"{place}: {text}: it cannot be provisional")
    elif not head.date("first official day") <= day <= last:
        text = f"{day} is outside the official days, which end {last}"
        raise ConfigurationError(f"{place}: {text}: correct them, or call it provisional")


def _date(place: str, text: str) -> date:
    try:
        if len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(f"{place}: {text[:20]!r} is not a date (2026-01-31)") from None


def _weekdays(place: str, text: str) -> tuple[int, ...]:
    names = text.split()
    if any(name not in DAYS for name in names) or len(set(names)) != len(names) or len(names) > 3:
        raise ConfigurationError(f"{place}: weekend {text[:30]!r}: write it as Sat Sun")
    return tuple(sorted(DAYS.index(name) for name in names))


def _days_text(week: WeekPattern) -> str:
    return " ".join(DAYS[number] for number in week.closed)
