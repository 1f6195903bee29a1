"""Reading a FIX message in one pass, and its values strictly.

QuickFIX does not check values inside repeating groups and Python's number parsers accept more than
FIX
allows (`1_000`, `NaN`, full-width digits), so every value goes through a reader here.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from robot.basics.numbers import parse_decimal
from robot.errors import RemoteProtocolError

SOH = "\x01"
ID_CHARACTERS_MAX = 80
GROUP_ENTRIES_MAX = 64
PRICE_MAX = Decimal(10) ** 8
PERCENT_MAX = Decimal(1_000)
AMOUNT_MAX = Decimal(10) ** 13
DIGITS_MAX = 18
"""Characters of a price or an amount: their product then fits the 28 digits of exact decimals."""
_DAY_NS = 86_400_000_000_000
_SECOND_NS = 1_000_000_000
_KNOWN_MAX = 10_000
_days: dict[str, int] = {}
_day_texts: dict[int, str] = {}
_tags: dict[str, int] = {}

Fields = list[tuple[int, str]]


class FixMessage:
    """A parsed message: all fields in order, and the first value of each tag."""

    __slots__ = ("fields", "raw", "values")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        self.fields: Fields = []
        for part in raw.split(SOH):
            tag, _, value = part.partition("=")
            number = _tags.get(tag) or _tag_number(tag)
            if number is not None:
                self.fields.append((number, value))
        self.values: dict[int, str] = dict(reversed(self.fields))

    @property
    def type(self) -> str:
        """MsgType (35)."""
        return self.values.get(35, "")

    @property
    def sequence(self) -> int:
        """MsgSeqNum (34); 0 for what is none, so that every message can be kept with its origin."""
        value = self.values.get(34, "")
        plain = value.isascii() and value.isdigit() and len(value) <= DIGITS_MAX
        return int(value) if plain else 0

    @property
    def possibly_duplicate(self) -> bool:
        """PossDupFlag (43)."""
        return self.values.get(43) == "Y"

    def required(self, tag: int) -> str:
        """A value that must be there and must not be empty."""
        value = self.values.get(tag)
        if not value:
            raise RemoteProtocolError(f"tag {tag} is missing in a {self.type}", tag=tag)
        return value

    def group(self, count_tag: int, first_tag: int) -> list[Fields]:
        """Entries of a repeating group, each starting with `first_tag`, up to the message's end."""
        return group_of(self.fields, count_tag, first_tag)


def group_of(fields: Fields, count_tag: int, first_tag: int) -> list[Fields]:
    """Entries of a repeating group among `fields`, each starting with `first_tag`.

    The last one goes on to the end of `fields`: read only tags of it that stand nowhere else.
    """
    try:
        start = next(i for i, (tag, _) in enumerate(fields) if tag == count_tag)
    except StopIteration:
        return []
    announced = integer(fields[start][1], count_tag)
    entries: list[Fields] = []
    for tag, value in fields[start + 1 :]:
        if tag == first_tag:
            entries.append([])
        if entries:
            entries[-1].append((tag, value))
    if announced != len(entries) or len(entries) > GROUP_ENTRIES_MAX:
        text = f"tag {count_tag} announces {announced} entries, {len(entries)} came"
        raise RemoteProtocolError(text, tag=count_tag)
    return entries


def _tag_number(tag: str) -> int | None:
    """The number of a tag, remembered; None for what is no tag."""
    if not (tag.isascii() and tag.isdigit()):
        return None
    number = int(tag[:10])
    if len(tag) < 6 and len(_tags) < _KNOWN_MAX:
        _tags[tag] = number
    return number


def identifier(value: str, tag: int) -> str:
    """An id: printable ASCII of bounded length, without blanks at the ends."""
    plain = value.isascii() and value.isprintable() and value == value.strip()
    if not value or len(value) > ID_CHARACTERS_MAX or not plain:
        raise RemoteProtocolError(f"tag {tag} is not an id: {value[:20]!a}", tag=tag)
    return value


def text(value: str) -> str:
    """Free text of a peer, made safe to store and show: escaped, at most 200 characters."""
    return value[:200].encode("unicode_escape").decode("ascii")


def integer(value: str, tag: int) -> int:
    """A non-negative whole number of at most 12 digits."""
    if not (value.isascii() and value.isdigit()) or len(value) > 12:
        raise RemoteProtocolError(f"tag {tag} is not a whole number: {value[:20]!a}", tag=tag)
    return int(value)


def number(value: str, tag: int) -> Decimal:
    """A plain decimal."""
    try:
        return parse_decimal(value)
    except ValueError as problem:
        raise RemoteProtocolError(f"tag {tag}: {problem}", tag=tag) from problem


def price(value: str, tag: int) -> Decimal:
    """A rate: above zero and no more than any market has, so that amounts stay exact."""
    return _between(value, tag, PRICE_MAX)


def amount(value: str, tag: int) -> Decimal:
    """An amount: above zero and no more than any bank deals."""
    return _between(value, tag, AMOUNT_MAX)


def quantity(value: str, tag: int) -> Decimal:
    """A total: as an amount, or zero."""
    result = number(value, tag)
    if result.is_signed() or result > AMOUNT_MAX or len(value) > DIGITS_MAX:
        text_ = f"tag {tag} must be between 0 and {AMOUNT_MAX}: {value[:20]!a}"
        raise RemoteProtocolError(text_, tag=tag)
    return result


def points(value: str, tag: int) -> Decimal:
    """Swap or forward points: of any sign, no larger than a rate may be."""
    return _signed(value, tag, PRICE_MAX)


def percent(value: str, tag: int) -> Decimal:
    """An interest rate in percent a year, of any sign."""
    return _signed(value, tag, PERCENT_MAX)


def _signed(value: str, tag: int, maximum: Decimal) -> Decimal:
    result = number(value, tag)
    if not abs(result) <= maximum or len(value) > DIGITS_MAX:
        text_ = f"tag {tag} must be between -{maximum} and {maximum}: {value[:20]!a}"
        raise RemoteProtocolError(text_, tag=tag)
    return result


def _between(value: str, tag: int, maximum: Decimal) -> Decimal:
    result = number(value, tag)
    if not 0 < result <= maximum or len(value) > DIGITS_MAX:
        text_ = f"tag {tag} must be over 0 and at most {maximum}: {value[:20]!a}"
        raise RemoteProtocolError(text_, tag=tag)
    return result


def local_date(value: str, tag: int) -> date:
    """LocalMktDate, `YYYYMMDD`."""
    try:
        if len(value) != 8 or not (value.isascii() and value.isdigit()):
            raise ValueError("eight digits are due")
        return date(int(value[:4]), int(value[4:6]), int(value[6:8]))
    except ValueError as problem:
        raise RemoteProtocolError(f"tag {tag} is not a date: {value[:20]!a}", tag=tag) from problem


def timestamp(value: str, tag: int) -> int:
    """UTCTimestamp `YYYYMMDD-HH:MM:SS[.fraction]` in nanoseconds."""
    if value[8:9] != "-":
        raise RemoteProtocolError(f"tag {tag} is not a UTC time stamp: {value[:30]!a}", tag=tag)
    return _day_ns(value[:8], tag) + time_of_day(value[9:], tag)


def time_of_day(value: str, tag: int) -> int:
    """UTCTimeOnly `HH:MM:SS[.fraction]` in nanoseconds since midnight."""
    whole, _, fraction = value.partition(".")
    plain = whole.replace(":", "") + fraction
    shaped = len(whole) == 8 and whole[2] == whole[5] == ":" and len(plain) == 6 + len(fraction)
    if not shaped or not (plain.isascii() and plain.isdigit()) or len(fraction) > 9:
        raise RemoteProtocolError(f"tag {tag} is not a UTC time: {value[:30]!a}", tag=tag)
    hours, minutes, seconds = int(whole[:2]), int(whole[3:5]), int(whole[6:8])
    if hours > 23 or minutes > 59 or seconds > 60:
        raise RemoteProtocolError(f"tag {tag} is not a UTC time: {value[:30]!a}", tag=tag)
    nanos = int(fraction.ljust(9, "0")) if fraction else 0
    return (hours * 3600 + minutes * 60 + seconds) * _SECOND_NS + nanos


def _day_ns(value: str, tag: int) -> int:
    known = _days.get(value)
    if known is None:
        if len(_days) > _KNOWN_MAX:
            _days.clear()
        epoch = date(1970, 1, 1)
        known = _days[value] = (local_date(value, tag) - epoch).days * _DAY_NS
    return known


def day_and_time(day: str, moment: str) -> int:
    """MDEntryDate (272) and MDEntryTime (273) together, in nanoseconds."""
    return _day_ns(day, 272) + time_of_day(moment, 273)


def format_timestamp(at_ns: int) -> str:
    """`20140502-12:30:01.500`, UTC, milliseconds."""
    day, of_day_ns = divmod(at_ns, _DAY_NS)
    text_ = _day_texts.get(day)
    if text_ is None:
        if len(_day_texts) > _KNOWN_MAX:
            _day_texts.clear()
        text_ = _day_texts[day] = f"{date(1970, 1, 1) + timedelta(days=day):%Y%m%d}"
    seconds, rest_ns = divmod(of_day_ns, _SECOND_NS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{text_}-{hour:02d}:{minute:02d}:{second:02d}.{rest_ns // 1_000_000:03d}"


def first(entry: Fields, tag: int) -> str | None:
    """First value of a tag inside a group entry."""
    for found, value in entry:
        if found == tag:
            return value
    return None
