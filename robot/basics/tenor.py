"""Market names of maturities: TODAY, ON, 1W, 3M, IMM2, R007.

`parse_tenor` and `str` are exact inverses: only the written form of the glossary is taken, and the
error for anything else names the nearest one. A broken date is a date, not a tenor. What a tenor
means on a trade date is told by `robot/deals/dates.py`.
"""

from __future__ import annotations

import difflib
import enum
import re

import msgspec

from robot.errors import UnknownTenor


class Unit(enum.StrEnum):
    """What a tenor counts. Those from TODAY to SW stand alone; the others have a count."""

    TODAY = "TODAY"
    TOM = "TOM"
    SPOT = "SPOT"
    ON = "ON"
    """Overnight: today to tomorrow."""
    TN = "TN"
    """Tomorrow to spot."""
    SN = "SN"
    """Spot to the day after."""
    SW = "SW"
    """Spot to a week after."""
    DAY = "D"
    WEEK = "W"
    MONTH = "M"
    YEAR = "Y"
    IMM = "IMM"
    """The third Wednesday of a March, June, September or December."""
    TERM = "TERM"
    """A term of China's money market: R007, IBO001, OR1M."""


ALONE = (Unit.TODAY, Unit.TOM, Unit.SPOT, Unit.ON, Unit.TN, Unit.SN, Unit.SW)
MAXIMUM = {Unit.DAY: 365, Unit.WEEK: 104, Unit.MONTH: 360, Unit.YEAR: 50}
"""The longest count that is taken for a tenor and not for a typing error."""
TERM_MARKETS = ("R", "IBO", "OR")
"""Pledged repo, interbank lending (同业拆借), outright repo: the prefixes of their terms."""
TERM_DAYS = (1, 7, 14, 21)
TERM_MONTHS = (1, 2, 3, 4, 6, 9, 12)
IMM_MONTHS = (3, 6, 9, 12)
DAYS_OF_MONTH = 30
"""For ordering only: longer than 4W, so that 4W stands before 1M."""
SPOT_DAYS = 2
"""For ordering only: where spot stands between tomorrow and SN."""

_DAYS_ALONE = {
    Unit.TODAY: 0,
    Unit.ON: 1,
    Unit.TOM: 1,
    Unit.TN: SPOT_DAYS,
    Unit.SPOT: SPOT_DAYS,
    Unit.SN: SPOT_DAYS + 1,
    Unit.SW: SPOT_DAYS + 7,
}
_COUNTED = re.compile(r"([1-9][0-9]{0,2})([DWMY])", re.ASCII)
_IMM_NUMBER = re.compile(r"IMM([1-4])", re.ASCII)
_IMM_MONTH = re.compile(r"IMM (20[0-9]{2})-(03|06|09|12)", re.ASCII)
_TERM = re.compile(r"(R|IBO|OR)(001|007|014|021|1M|2M|3M|4M|6M|9M|1Y)", re.ASCII)
_SPOKEN = {
    "0D": "TODAY",
    "CASH": "TODAY",
    "TOD": "TODAY",
    "TODAY": "TODAY",
    "T/D": "TODAY",
    "TOMORROW": "TOM",
    "TOMNEXT": "TN",
    "T/N": "TN",
    "O/N": "ON",
    "OVERNIGHT": "ON",
    "S/N": "SN",
    "S/W": "SW",
    "SP": "SPOT",
    "S": "SPOT",
    "R1": "R001",
    "R7": "R007",
    "R14": "R014",
    "R1D": "R001",
    "R7D": "R007",
}
"""What people write -> what is written here; used to suggest, never to guess."""


class Tenor(msgspec.Struct, frozen=True):
    """One tenor. `count` is the number of days, weeks, months or years; of IMM which date from the
    trade date on (1 to 4), or year * 100 + month; of a TERM its days, or months above the days'.
    """

    unit: Unit
    count: int = 0
    market: str = ""
    """Of a TERM: R, IBO or OR."""
    in_months: bool = False
    """Of a TERM: whether `count` is months."""

    def __str__(self) -> str:
        if self.unit in ALONE:
            return self.unit.value
        if self.unit is Unit.IMM:
            year, month = divmod(self.count, 100)
            return f"IMM {year}-{month:02}" if year else f"IMM{self.count}"
        if self.unit is Unit.TERM:
            months = "1Y" if self.count == 12 else f"{self.count}M"
            return self.market + (months if self.in_months else f"{self.count:03}")
        return f"{self.count}{self.unit.value}"

    @property
    def approximate_days(self) -> int:
        """How far away it is, roughly, in days from the trade date: for ordering only."""
        if self.unit in _DAYS_ALONE:
            return _DAYS_ALONE[self.unit]
        if self.unit is Unit.IMM:
            raise TypeError(f"{self} has no place among the tenors: it depends on the trade date")
        if self.unit is Unit.TERM:
            return self.count * (DAYS_OF_MONTH if self.in_months else 1)
        days = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: DAYS_OF_MONTH, Unit.YEAR: 12 * DAYS_OF_MONTH}
        return SPOT_DAYS + self.count * days[self.unit]

    def __lt__(self, other: Tenor) -> bool:
        return (self.approximate_days, str(self)) < (other.approximate_days, str(other))


def parse_tenor(text: str) -> Tenor:
    """The tenor that is written exactly so; else UnknownTenor with the nearest one."""
    found = _alone(text) or _counted(text) or _imm(text) or _term(text)
    if found is None:
        near = _nearest(text)
        known = "TODAY TOM SPOT ON TN SN SW, 1D 1W 1M 1Y, IMM1 to IMM4, IMM 2026-03, R001 R1M"
        raise UnknownTenor(
            f"not a tenor: {text[:20]!r}"
            + (f"; did you mean {near}?" if near else f" (write it as one of: {known})")
        )
    return found


def _alone(text: str) -> Tenor | None:
    return Tenor(Unit(text)) if text in ALONE else None


def _counted(text: str) -> Tenor | None:
    match = _COUNTED.fullmatch(text)
    if match is None:
        return None
    unit, count = Unit(match[2]), int(match[1])
    return Tenor(unit, count) if count <= MAXIMUM[unit] else None


def _imm(text: str) -> Tenor | None:
    if match := _IMM_NUMBER.fullmatch(text):
        return Tenor(Unit.IMM, int(match[1]))
    if match := _IMM_MONTH.fullmatch(text):
        return Tenor(Unit.IMM, int(match[1]) * 100 + int(match[2]))
    return None


def _term(text: str) -> Tenor | None:
    match = _TERM.fullmatch(text)
    if match is None:
        return None
    if match[2].isdigit():
        return Tenor(Unit.TERM, int(match[2]), match[1])
    count = 12 if match[2] == "1Y" else int(match[2][0])
    return Tenor(Unit.TERM, count, match[1], in_months=True)


def _nearest(text: str) -> str:
    """What was probably meant; empty where nothing is near."""
    plain = "".join(text[:20].upper().split())
    plain = re.sub(r"^0+(?=[1-9])", "", plain)
    plain = re.sub(r"(?<=[0-9])(MONTHS?|MTHS?|MO)$", "M", plain)
    plain = re.sub(r"(?<=[0-9])(WEEKS?|WKS?)$", "W", plain)
    plain = re.sub(r"(?<=[0-9])(YEARS?|YRS?)$", "Y", plain)
    plain = re.sub(r"(?<=[0-9])(DAYS?)$", "D", plain)
    plain = re.sub(r"^([DWMY])([0-9]+)$", r"\2\1", plain)  # FIX writes M3
    plain = _SPOKEN.get(plain, plain)
    known = [unit.value for unit in ALONE]
    known += [f"{count}{unit}" for count in range(1, 13) for unit in "DWMY"]
    known += [f"IMM{count}" for count in range(1, 5)]
    known += [market + term for market in TERM_MARKETS for term in ("001", "007", "014", "021")]
    if _counted(plain) or plain in known:
        return plain
    return next(iter(difflib.get_close_matches(plain, known, n=1)), "")
