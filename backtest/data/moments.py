"""Texts of times as nanoseconds UTC, whole columns at a time.

A time says its zone itself (`Z`, `+01:00`, a count since 1970), or the whole file is read in one
zone. In a zone whose clock is put back one hour comes twice, and when it is put forward one hour
does not exist: both are errors unless a fold is chosen.
"""

from __future__ import annotations

import difflib
import enum
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from backtest.data.figures import scaled

_NS = 1_000_000_000
_OFFSET = r"(?i)(Z|UTC|GMT|[+-]\d\d:?\d\d)$"
_EPOCH_DIGITS_OF = {"s": 9, "ms": 6, "us": 3, "ns": 0}
"""Decimals down to a nanosecond."""
_EPOCH_DIGITS = {10: "s", 13: "ms", 16: "us", 19: "ns"}
_TIME = r"(\d\d:\d\d(:\d\d(\.\d{1,9})?)?)"

_EPOCH = re.compile(r"(\d+)(\.\d+)?")
_OFFSET_MAX_S = 14 * 3600 + 59 * 60
_FIRST_NS = 31_536_000 * _NS
_FIRST_YEAR, _LAST_YEAR = 1970, 2261
_SHEET_DIGITS = 5
_ZONE_FORM = re.compile(r"%[:#]*[zZ]")
_OUTSIDE = (
    "before 1971 or after 2261: no market has such times (is its unit right? --format epoch-s, "
    "epoch-ms, epoch-us or epoch-ns)"
)

_FORMATS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (rf"^\d{{4}}-\d\d-\d\d[T ]{_TIME}$", ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")),
    (r"^\d{4}-\d\d-\d\d$", ("%Y-%m-%d",)),
    (rf"^\d{{4}}\.\d\d\.\d\d[T ]{_TIME}$", ("%Y.%m.%dT%H:%M:%S%.f", "%Y.%m.%dT%H:%M")),
    (rf"^\d\d\.\d\d\.\d{{4}}[T ]{_TIME}$", ("%d.%m.%YT%H:%M:%S%.f", "%d.%m.%YT%H:%M")),
    (rf"^\d{{8}}[T ]{_TIME}$", ("%Y%m%dT%H:%M:%S%.f", "%Y%m%dT%H:%M")),
    (r"^\d{8}[T ]\d{9}$", ("%Y%m%dT%H%M%S%3f",)),
    (r"^\d{8}[T ]\d{6}$", ("%Y%m%dT%H%M%S",)),
    (r"^\d\d\.\d\d\.\d{4}$", ("%d.%m.%Y",)),
)
"""What a text looks like -> how it may be read; a blank between date and time is read as T."""
_SLASHED = r"^\d{1,2}/\d{1,2}/\d{4}"


class Fold(enum.StrEnum):
    """Which of two readings of a local time is meant when a clock is changed (as of PEP 495)."""

    EARLIER = "earlier"
    """By the clock as it was before the change."""
    LATER = "later"
    """By the clock as it was after it."""


class UnreadableTime(Exception):
    """A row whose time cannot be read: which one of the column, and why."""

    def __init__(self, row: int, text: str) -> None:
        super().__init__(text)
        self.row = row
        self.text = text


@dataclass(frozen=True, slots=True)
class TimeReader:
    """How the times of one file are read. `formats` one or more to be tried, or `epoch-ms`;
    `zone` empty = each says its own.
    """

    formats: tuple[str, ...]
    zone: str = ""
    fold: Fold | None = None
    has_offsets: bool = False

    def read(self, texts: pl.Series) -> pl.Series:
        """Nanoseconds UTC; UnreadableTime names the first row that has none."""
        found = self._read(texts)
        if not (found >= _FIRST_NS).all():
            row = _first(found < _FIRST_NS)
            raise UnreadableTime(row, f"time {texts[row]!r} is {_OUTSIDE}")
        return found

    def _read(self, texts: pl.Series) -> pl.Series:
        if self.formats[0].startswith("epoch-"):
            return self._counted(texts)
        own = texts.str.contains(_OFFSET)
        if self.has_offsets != own.all() or (own.any() and not own.all()):
            row = _first(own if not self.has_offsets else ~own)
            self._local(texts[row : row + 1].str.replace(_OFFSET, ""), row)
            says = "no zone" if self.has_offsets else "its own zone"
            others = "the others say theirs" if self.has_offsets else "the others say none"
            raise UnreadableTime(
                row, f"time {texts[row]!r} says {says}, {others}: mixed time zones"
            )
        local = self._local(texts.str.replace(_OFFSET, "").str.strip_chars_end())
        if self.has_offsets:
            return local.dt.epoch("ns") - _offsets_ns(texts)
        return self._in_zone(texts, local)

    def _local(self, texts: pl.Series, first: int = 0) -> pl.Series:
        """Local times; `first` is the number of the first text in an error."""
        plain = texts.str.replace(" ", "T", literal=True)
        found: pl.Series | None = None
        for wanted in self.formats:
            form = wanted.replace(" ", "T", 1)
            rest = plain if found is None else plain.set(found.is_not_null(), None)
            _check_years(texts, rest.str.to_datetime(form, time_unit="us", strict=False), first)
            read = rest.str.to_datetime(form, time_unit="ns", strict=False)
            found = read if found is None else found.zip_with(found.is_not_null(), read)
            if not found.has_nulls():
                return found
        assert found is not None
        row = _first(found.is_null())
        text = "is empty" if not texts[row] else f"{texts[row]!r} is not like the first one"
        forms = " or ".join(self.formats)
        raise UnreadableTime(first + row, f"time {text} ({forms}; see --format)")

    def _counted(self, texts: pl.Series) -> pl.Series:
        """Exactly, whole or with decimals: 1398902400.292 seconds."""
        values = scaled(texts, _EPOCH_DIGITS_OF[self.formats[0].removeprefix("epoch-")])
        if values.has_nulls():
            row = _first(values.is_null())
            raise UnreadableTime(row, f"time {texts[row]!r} is no time in {self.formats[0]}")
        return values

    def _in_zone(self, texts: pl.Series, local: pl.Series) -> pl.Series:
        if self.zone == "UTC":
            return local.dt.epoch("ns")
        ambiguous = {None: "null", Fold.EARLIER: "earliest", Fold.LATER: "latest"}[self.fold]
        frame = pl.DataFrame({"local": local})
        placed = frame.select(
            pl.col("local").dt.replace_time_zone(
                self.zone,
                ambiguous=ambiguous,  # type: ignore[arg-type]  # polars names them as literals
                non_existent="null",
            )
        ).to_series()
        found = placed.dt.epoch("ns")
        rows = found.is_null().arg_true()
        if rows.is_empty():
            return found
        if self.fold is None:
            row = int(rows[0])
            raise UnreadableTime(row, self._why(texts[row], local[row]))
        fold = 1 if self.fold is Fold.LATER else 0
        values = [
            _in_gap(moment, self.zone, fold)
            for moment in local.gather(rows).dt.epoch("ns").to_list()
        ]
        return found.scatter(rows, pl.Series(values, dtype=pl.Int64))

    def _why(self, text: str, local: datetime) -> str:
        zone = ZoneInfo(self.zone)
        before, after = (local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
        assert before is not None and after is not None
        what = "comes twice" if before > after else "does not exist"
        return (
            f"time {text!r} {what} in {self.zone}: the clock is changed "
            "(--fold earlier or later says how to read it; is the zone right?)"
        )


def time_reader(
    text: str, *, wanted: str = "", zone: str = "", fold: Fold | None = None
) -> TimeReader:
    """How to read the times of a file whose first one is `text`. ValueError says what is missing:
    a zone, a format.
    """
    if zone:
        _check_zone(zone)
    if _ZONE_FORM.search(wanted):
        raise ValueError(
            f"format {wanted!r}: leave out its zone: an offset at the end (Z, +01:00) is read by "
            "itself, and --zone says what the times do not"
        )
    formats = (wanted,) if wanted else _formats(text)
    if formats[0].startswith("epoch-"):
        if formats[0].removeprefix("epoch-") not in _EPOCH_DIGITS_OF:
            raise ValueError(f"format {wanted!r}: epoch-s, epoch-ms, epoch-us or epoch-ns")
        if zone not in ("", "UTC"):
            raise ValueError(f"times counted since 1970 are UTC; --zone {zone} cannot be meant")
        return TimeReader(formats)
    has_offsets = _has_offset(text)
    if has_offsets and zone:
        raise ValueError(f"times like {text!r} say their zone themselves: leave out --zone {zone}")
    if not has_offsets and not zone:
        raise ValueError(
            f"times like {text!r} do not say their zone: give it, as --zone UTC or "
            "--zone Europe/London; a wrong one moves every decision of a backtest"
        )
    return TimeReader(formats, zone, fold, has_offsets)


def _has_offset(text: str) -> bool:
    return bool(pl.Series([text]).str.contains(_OFFSET)[0])


def _formats(text: str) -> tuple[str, ...]:
    plain = str(pl.Series([text]).str.replace(_OFFSET, "")[0]).strip()
    counted = _EPOCH.fullmatch(plain)
    if counted is not None and len(counted[1]) in _EPOCH_DIGITS:
        return (f"epoch-{_EPOCH_DIGITS[len(counted[1])]}",)
    if counted is not None and len(counted[1]) == _SHEET_DIGITS:
        raise ValueError(
            f"time {text!r} looks like the number of a day in a spreadsheet: have the column "
            "written as 2014-05-01 12:30:00.000 there"
        )
    for looks, formats in _FORMATS:
        if pl.Series([plain]).str.contains(looks)[0]:
            return formats
    if pl.Series([plain]).str.contains(_SLASHED)[0]:
        raise ValueError(
            f"time {text!r}: day first or month first? "
            "(--format '%d/%m/%Y %H:%M:%S%.f' or '%m/%d/%Y %H:%M:%S%.f')"
        )
    raise ValueError(
        f"time {text[:40]!r} is written in no way that is known: say it, as --format "
        "'%Y-%m-%d %H:%M:%S%.f' or --format epoch-ms"
    )


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        known = {name.lower(): name for name in available_timezones()}
        near = difflib.get_close_matches(zone.lower(), known, n=1)
        hint = f"; did you mean {known[near[0]]}?" if near else " (as Europe/London, UTC)"
        if re.fullmatch(r"[+-]\d\d?(:?\d\d)?", zone):
            turned = {"+": "-", "-": "+"}[zone[0]]
            hours = int(re.split(":", zone[1:])[0][:2])
            hint = f"; a fixed offset is named Etc/GMT{turned}{hours}, its sign the other way round"
        raise ValueError(f"zone {zone[:40]!r} is not known{hint}") from None


def _check_years(texts: pl.Series, read: pl.Series, first: int) -> None:
    """Nanoseconds of 64 bits end in 2262: what is beyond would come out as another time."""
    wrong = (~read.dt.year().is_between(_FIRST_YEAR, _LAST_YEAR)).fill_null(False)
    if wrong.any():
        row = _first(wrong)
        raise UnreadableTime(first + row, f"time {texts[row]!r} is {_OUTSIDE}")


def _offsets_ns(texts: pl.Series) -> pl.Series:
    offsets = texts.str.extract(_OFFSET).str.to_uppercase()
    known = {text: _parsed_offset(text) for text in offsets.unique().to_list()}
    for text, offset_ns in known.items():
        if abs(offset_ns) > _OFFSET_MAX_S * _NS or (text[-2:].isdigit() and int(text[-2:]) > 59):
            row = _first(offsets == text)
            raise UnreadableTime(row, f"time {texts[row]!r}: {text} is no offset from UTC")
    return offsets.replace_strict(known, return_dtype=pl.Int64)


def _parsed_offset(text: str) -> int:
    if text in ("Z", "UTC", "GMT"):
        return 0
    digits = text[1:].replace(":", "")
    seconds = int(digits[:2]) * 3600 + int(digits[2:]) * 60
    return (-seconds if text[0] == "-" else seconds) * _NS


def _in_gap(local_ns: int, zone: str, fold: int) -> int:
    """A local time that does not exist, by the clock of before (0) or after (1) the change."""
    local = datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(seconds=local_ns // _NS)
    offset = local.replace(fold=fold).utcoffset()
    assert offset is not None
    return local_ns - offset // timedelta(seconds=1) * _NS


def _first(rows: pl.Series) -> int:
    """The first row for which it holds (null = it does)."""
    found = rows.fill_null(True).arg_true()
    return int(found[0]) if len(found) else 0
