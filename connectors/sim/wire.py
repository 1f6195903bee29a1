"""The venue's own FIX 4.4: text to words and words to text. Shares nothing with the robot's codec.

Here is what all dialects share, and spot in the plain one; `dialects/` has the rest.

Bodies are built as text without header and trailer, fields in the order of the dictionary (groups
need it). Reading is one pass over the text QuickFIX hands over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation

from connectors.sim.dialogue import (
    AskOut,
    CounterOut,
    CounterRefusalIn,
    ExecutionIn,
    HitOut,
    Out,
    PassOut,
    QuoteIn,
    QuoteStatusOut,
    RefusalIn,
    WithdrawalIn,
    WithdrawOut,
)
from connectors.sim.model import Tick, fix_time, parse_time, text_of
from connectors.sim.rows import EntryLife, Fill, HitLife

SOH = "\x01"
HIT, COUNTER = "1", "2"  # 694
Fields = list[tuple[int, str | None]]
_DIGITS_MAX = 18


class WireError(Exception):
    """A message the venue cannot understand; the text names the field."""


class Incoming:
    """One received message: the first value of each tag, and all values of repeated ones."""

    __slots__ = ("_first", "_pairs", "raw")

    def __init__(self, raw: str) -> None:
        self.raw = raw
        pairs = [part.partition("=") for part in raw.split(SOH) if part]
        self._pairs = [(tag, value) for tag, _, value in pairs]
        self._first: dict[str, str] = {}
        for tag, value in self._pairs:
            self._first.setdefault(tag, value)

    @property
    def type(self) -> str:
        return self._first.get("35", "")

    @property
    def poss_dup(self) -> bool:
        return self._first.get("43") == "Y"

    def get(self, tag: int) -> str | None:
        return self._first.get(str(tag))

    def need(self, tag: int) -> str:
        value = self._first.get(str(tag))
        if not value:
            raise WireError(f"{self.type} without {tag}")
        return value

    def all(self, tag: int) -> list[str]:
        """Every value of a tag, in order: the members of a repeating group."""
        wanted = str(tag)
        return [value for name, value in self._pairs if name == wanted]

    def members(self, count_tag: int, first_tag: int, tags: frozenset[int]) -> list[Incoming]:
        """The members of a repeating group: each begins with `first_tag` and has only `tags`."""
        found: list[list[tuple[str, str]]] = []
        named, inside = {str(tag) for tag in tags}, False
        for tag, value in self._pairs:
            if tag == str(count_tag):
                inside = True
            elif inside and tag == str(first_tag):
                found.append([(tag, value)])
            elif inside and found and tag in named:
                found[-1].append((tag, value))
            else:
                inside = False
        return [Incoming(body(((int(tag), value) for tag, value in each))) for each in found]

    def number(self, tag: int) -> Decimal | None:
        """A decimal, or None when the tag is absent."""
        text = self._first.get(str(tag))
        if text is None:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            raise WireError(f"{self.type}: {tag}={text[:40]!r} is not a number") from None
        digits = len(value.as_tuple().digits)
        if not value.is_finite() or digits > _DIGITS_MAX or abs(value.adjusted()) > _DIGITS_MAX:
            raise WireError(f"{self.type}: {tag}={text[:40]!r} is out of range")
        return value

    def date(self, tag: int) -> str | None:
        """A day as `YYYYMMDD`, or None when the tag is absent."""
        text = self._first.get(str(tag))
        if text is None:
            return None
        try:
            plain = len(text) == 8 and text.isascii() and text.isdigit()
            day = date.fromisoformat(text if plain else "")
        except ValueError:
            raise WireError(f"{self.type}: {tag}={text[:40]!r} is not a date") from None
        return f"{day:%Y%m%d}"

    def time(self, tag: int) -> int | None:
        """A moment, or None when the tag is absent."""
        times = self.times(tag)
        return times[0] if times else None

    def times(self, tag: int) -> list[int]:
        """Every moment of a tag, in order."""
        found = []
        for text in self.all(tag):
            try:
                found.append(parse_time(text))
            except ValueError:
                raise WireError(f"{self.type}: {tag}={text[:40]!r} is not a UTC time") from None
        return found


# What the robot says


def quote_in(message: Incoming) -> QuoteIn:
    """S."""
    size = message.number(38)
    if size is None:
        raise WireError("S without 38")
    return QuoteIn(
        quote_id=message.need(117),
        request_id=message.need(131),
        pair=message.need(55),
        size=size,
        bid=message.number(132),
        offer=message.number(133),
        bid_size=message.number(134),
        offer_size=message.number(135),
        value_date=message.get(64),
        valid_until_ns=message.time(62),
        response_id=message.get(693),
        quote_type=message.get(537),
    )


def counter_refusal_in(message: Incoming) -> CounterRefusalIn:
    """AI with 693."""
    return CounterRefusalIn(
        response_id=message.need(693),
        quote_id=message.need(117),
        code=message.need(297),
        text=message.get(58) or "",
    )


def refusal_in(message: Incoming) -> RefusalIn:
    """AG."""
    return RefusalIn(
        request_id=message.need(131),
        pair=message.get(55),
        size=message.number(38),
        code=message.get(658),
        text=message.get(58) or "",
    )


def withdrawal_in(message: Incoming) -> WithdrawalIn:
    """Z."""
    quote_id = message.need(117)
    every = message.get(298) == "4" or quote_id == "*"
    return WithdrawalIn(None if every else quote_id, message.get(131))


def execution_in(message: Incoming) -> ExecutionIn | None:
    """8; None for execution reports that are neither a deal nor a rejection."""
    kind = message.need(150)
    if kind not in ("F", "8"):
        return None
    return ExecutionIn(
        exec_id=message.need(17),
        order_id=message.need(37),
        hit_id=message.need(11),
        response_id=message.get(693),
        filled=kind == "F",
        client=message.get(448),
        pair=message.need(55),
        side=message.get(54) or "",
        size=message.number(32) if kind == "F" else message.number(38),
        rate=message.number(31),
        counter_amount=message.number(119),
        counter_currency=message.get(120),
        value_date=message.get(64),
        trade_date=message.get(75),
        transact_at_ns=message.time(60),
        code=message.get(103),
        text=message.get(58) or "",
        poss_dup=message.poss_dup,
    )


# What the venue says


def body(fields: Iterable[tuple[int, str | None]]) -> str:
    """Fields as FIX text; absent ones (None) are left out."""
    return "".join(f"{tag}={value}{SOH}" for tag, value in fields if value is not None)


def encode(out: Out, at_ns: int) -> tuple[str, str]:
    """Message type and body of something said on the dealing session."""
    match out:
        case AskOut():
            return "R", _ask(out, at_ns)
        case HitOut():
            return out.hit.message, (_hit_order if out.hit.message == "D" else _hit)(out.hit, at_ns)
        case CounterOut():
            return "AJ", _hit(out.hit, at_ns, COUNTER)
        case PassOut():
            return "AJ", _pass(out, at_ns)
        case WithdrawOut():
            fields = [(131, out.request_id), (117, out.quote_id), (298, "1"), (295, "1")]
            return "Z", body([*fields, (55, out.pair)])
        case QuoteStatusOut():
            return "AI", body(
                [
                    (131, out.request_id),
                    (117, out.quote_id),
                    (55, out.pair),
                    (60, fix_time(at_ns)),
                    (297, out.status),
                    (58, out.text),
                ]
            )


def party(client: str) -> Fields:
    return [(453, "1"), (448, client), (447, "D"), (452, "3")]


def _ask(out: AskOut, at_ns: int) -> str:
    row = out.request
    group = "".join(_asked(entry, out, at_ns) for entry in out.entries)
    seconds = f"6065={row.stream_seconds}{SOH}" if row.stream_seconds is not None else ""
    return f"131={row.request_id}{SOH}146={len(out.entries)}{SOH}{group}{seconds}"


def _asked(entry: EntryLife, out: AskOut, at_ns: int) -> str:
    return body(
        [
            (55, entry.pair),
            (167, "FOR"),
            (303, "2"),
            (537, "1"),
            (54, entry.side),
            (38, text_of(entry.size)),
            (64, entry.value_date),
            (15, entry.currency or entry.pair[:3]),
            (126, fix_time(out.request.open_until_ns)),
            (60, fix_time(at_ns)),
            *party(out.request.client),
        ]
    )


def _hit(hit: HitLife, at_ns: int, kind: str = HIT) -> str:
    return body(
        [
            (693, hit.response_id),
            (117, hit.quote_id),
            (694, kind),
            (11, hit.hit_id),
            *party(hit.client),
            (55, hit.pair),
            (167, "FOR"),
            (54, hit.side),
            (38, text_of(hit.size)),
            (64, hit.value_date),
            (15, hit.currency or hit.pair[:3]),
            (60, fix_time(at_ns)),
            (40, "D"),
            (44, text_of(hit.price)),
        ]
    )


def _hit_order(hit: HitLife, at_ns: int) -> str:
    return body(
        [
            (11, hit.hit_id),
            *party(hit.client),
            (64, hit.value_date),
            (55, hit.pair),
            (167, "FOR"),
            (54, hit.side),
            (60, fix_time(at_ns)),
            (38, text_of(hit.size)),
            (40, "D"),
            (44, text_of(hit.price)),
            (15, hit.currency or hit.pair[:3]),
            (117, hit.quote_id),
            (59, "4"),
        ]
    )


def _pass(out: PassOut, at_ns: int) -> str:
    quote = out.quote
    return body(
        [
            (693, out.response_id),
            (117, quote.quote_id),
            (694, "6"),
            *party(quote.client),
            (55, quote.pair),
            (167, "FOR"),
            (54, out.side),
            (38, text_of(quote.size)),
            (64, quote.value_date),
            (15, quote.currency or quote.pair[:3]),
            (60, fix_time(at_ns)),
        ]
    )


def snapshot(subscription: str, tick: Tick, entry_no: int, at_ns: int) -> str:
    """Body of W: both sides. `entry_no` numbers the quote entry ids of the venue."""
    day, clock = fix_time(at_ns).split("-")
    sides = (("0", tick.bid, tick.bid_size, "b"), ("1", tick.ask, tick.ask_size, "o"))
    group = "".join(
        f"269={kind}{SOH}270={text_of(price)}{SOH}15={tick.pair[:3]}{SOH}271={size}{SOH}"
        f"272={day}{SOH}273={clock}{SOH}276=A{SOH}299=q{entry_no}{letter}{SOH}"
        for kind, price, size, letter in sides
    )
    return f"262={subscription}{SOH}55={tick.pair}{SOH}268=2{SOH}{group}"


def increment(
    subscription: str, tick: Tick, sides: str, action: str, entry_no: int, at_ns: int
) -> str:
    """Body of X for the sides named (`B`, `O` or `BO`); action 0 new, 1 change, 2 delete."""
    day, clock = fix_time(at_ns).split("-")
    entries = []
    for letter in sides:
        kind, price, size = (
            ("0", tick.bid, tick.bid_size) if letter == "B" else ("1", tick.ask, tick.ask_size)
        )
        entry_id = f"{tick.venue}-{tick.pair.replace('/', '')}-{letter}"
        head = f"279={action}{SOH}269={kind}{SOH}278={entry_id}{SOH}55={tick.pair}{SOH}"
        prices = f"270={text_of(price)}{SOH}15={tick.pair[:3]}{SOH}271={size}{SOH}"
        stamp = f"272={day}{SOH}273={clock}{SOH}"
        tail = "" if action == "2" else f"299=q{entry_no}{letter.lower()}{SOH}"
        entries.append(head + ("" if action == "2" else prices) + stamp + tail)
    return f"262={subscription}{SOH}268={len(entries)}{SOH}{''.join(entries)}"


def market_data_reject(subscription: str, reason: str, text: str) -> str:
    """Body of Y: 0 unknown symbol, 1 duplicate id, 4/5/6/8 unsupported."""
    return body([(262, subscription), (281, reason), (58, text)])


def session_status(status: str) -> str:
    """Body of h: 1 halted, 2 open, 3 closed."""
    return body([(336, "FX"), (340, status)])


def business_reject(message: Incoming, reason: str, text: str, reference: str | None = None) -> str:
    """Body of j for a message the venue cannot process; `reference` is its own id."""
    fields = [(45, message.get(34)), (372, message.type), (379, reference)]
    return body([*fields, (380, reason), (58, text)])


def test_request(text: str) -> str:
    """Body of a TestRequest; the counterparty echoes the text in its Heartbeat."""
    return f"112={text}{SOH}"


def trade_capture_ack(request_id: str, count: int) -> str:
    """Body of AQ: how many reports follow."""
    return body(
        [
            (568, request_id),
            (569, "0"),
            (748, str(count)),
            (749, "0"),
            (750, "0"),
            (55, "[N/A]"),
        ]
    )


def history_head(exec_id: str, request_id: str, number: int, count: int) -> Fields:
    """What says that an AE is number so of so many that were asked for; the last one is marked."""
    return [
        (571, f"{request_id}-{number}"),
        (487, "0"),
        (568, request_id),
        (150, "F"),
        (748, str(count)),
        (912, "Y" if number == count else None),
        (17, exec_id),
    ]


def trade_capture_report(fill: Fill, request_id: str, number: int, count: int) -> str:
    """Body of AE: one deal of the record."""
    return trade_body(fill, history_head(fill.exec_id, request_id, number, count))


def trade_body(fill: Fill, head: Fields) -> str:
    """Body of AE; `head` says which report it is, and on what."""
    at_ns = fill.transact_at_ns if fill.transact_at_ns is not None else fill.received_at_ns
    return body(
        [
            *head,
            (570, "N"),
            (55, fill.pair),
            (167, "FOR"),
            (32, text_of(fill.base_amount)),
            (31, text_of(fill.rate)),
            (75, fill.trade_date),
            (60, fix_time(at_ns)),
            (64, fill.value_date),
            (552, "1"),
            (54, fill.side),
            (37, fill.order_id),
            (11, fill.hit_id),
            *party(fill.client),
            (15, fill.pair[:3]),
            (119, text_of(fill.counter_amount) if fill.counter_amount is not None else None),
            (120, fill.counter_currency),
        ]
    )
