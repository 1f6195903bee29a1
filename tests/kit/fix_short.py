"""FIX messages in short, as scenario tables have them, completed to what a venue really sends.

`8 150=F 32=1000000` is MsgType and fields; what is left out is filled in from what the robot sent
before, as a venue would know it: ids, instrument, totals. `!15` leaves a field out on purpose.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.fix.dialect import Dialect
from connectors.fix.fields import Fields, FixMessage, group_of
from robot.deals.product import ProductKind

_HEADER = (43, 97, 122)
_REQUEST = (131, 6065)
"""What of a request (R) stands above its entries."""
_OF_A_QUOTE = (55, 15, 38, 64, 193, 192, 541, 48, 120, 167, 461, 460)
"""What a hit repeats of the quote."""
_OF_A_FILL = (55, 15, 32, 31, 64, 75, 193, 192, 641, 541, 48, 167, 461, 460)
"""What the venue's record of a trade repeats of the fill."""
_STATUS = {"0": "0", "4": "4", "5": "0", "6": "6", "8": "8", "A": "A", "C": "C", "E": "E"}
"""OrdStatus (39) of a report (150) where the table leaves it out."""


@dataclass
class Short:
    """One message as a table has it."""

    type: str
    named: Fields
    left_out: frozenset[int] = frozenset()

    @property
    def values(self) -> dict[int, str]:
        """The first value of each tag."""
        return dict(reversed(self.named))


def read_short(text: str) -> Short:
    """`8 150=F 58='two words' !15`."""
    kind, *parts = shlex.split(text)
    left_out = frozenset(int(part[1:]) for part in parts if part.startswith("!"))
    pairs = [part.partition("=") for part in parts if not part.startswith("!")]
    assert all(tag.isdigit() for tag, _, _ in pairs), f"not MsgType and tag=value: {text}"
    return Short(kind, [(int(tag), value) for tag, _, value in pairs], left_out)


@dataclass
class Working:
    """An order of the robot's as its venue keeps it."""

    sent: dict[int, str]
    number: int
    filled: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    trades: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    maker: str = ""
    """Whose quote it takes (452=35)."""
    changes: dict[str, dict[int, str]] = field(default_factory=dict)
    """Replacements (G) that the robot asks for, by their ids."""


class Venue:
    """What one venue remembers of the conversation so as to write whole messages."""

    def __init__(self, dialect: Dialect, clock: Callable[[], str]) -> None:
        self.dialect = dialect
        self._clock = clock
        self._number = 0
        self._sent: dict[str, list[FixMessage]] = {}
        self._orders: dict[str, Working] = {}
        self._quotes: dict[str, dict[int, str]] = {}
        self._asked: dict[str, FixMessage] = {}
        self._fills: dict[str, dict[int, str]] = {}

    def heard(self, message: FixMessage) -> None:
        """The robot said this."""
        values = message.values
        self._sent.setdefault(message.type, []).append(message)
        if message.type == "D" or (message.type == "AJ" and values.get(694) == "1"):
            number, maker = len(self._orders) + 1, _maker(message)
            self._orders[values[11]] = Working(values, number, maker=maker)
        elif message.type == "R":
            self._asked[values[131]] = message
        elif message.type == "G" and values[41] in self._orders:
            changed = self._orders[values[11]] = self._orders[values[41]]
            changed.changes[values[11]] = values
        elif message.type == "S":
            self._quotes[values[117]] = values
        elif message.type == "i":
            self._quotes |= _streamed(message)
        elif message.type == "8" and values.get(150) == "F":
            self._fills[values[17]] = values

    def complete(self, short: Short, client: str) -> tuple[Fields, Fields]:
        """Header fields and the whole body of a message that the venue (or a client through it)
        sends.
        """
        head = [pair for pair in short.named if pair[0] in _HEADER]
        told = Short(
            short.type, [pair for pair in short.named if pair[0] not in _HEADER], short.left_out
        )
        writer = _WRITERS.get(short.type)
        body = writer(self, told, client) if writer is not None else told.named
        return head, [pair for pair in body if pair[0] not in short.left_out]

    def _id(self, letter: str) -> str:
        self._number += 1
        return f"{letter}{self._number}"

    def _last(self, kind: str, tag: int, unknown: str = "?") -> str:
        sent = self._sent.get(kind)
        return sent[-1].values.get(tag, unknown) if sent else unknown

    def _snapshot(self, told: Short, client: str) -> Fields:
        return _with(told, [(262, self._last("V", 262))])

    def _request(self, told: Short, client: str) -> Fields:
        if 146 in told.values:
            return _with(told, [])
        top = [pair for pair in told.named if pair[0] in _REQUEST]
        entry = [pair for pair in told.named if pair[0] not in _REQUEST]
        values, symbol = told.values, told.values.get(55, "")
        usual: Fields = [(15, symbol[:3])] if len(symbol) > 3 else []
        if not set(self.dialect.product_tags) & set(values):
            usual += self.dialect.marker(ProductKind.SPOT)
        usual += [(60, self._clock())]
        entry += [pair for pair in usual if pair[0] not in values]
        first = [pair for pair in entry if pair[0] == 55] + [p for p in entry if p[0] != 55]
        return [*top, (146, "1"), *first, *self._party(client, told)]

    def _hit(self, told: Short, client: str) -> Fields:
        quote = self._quotes.get(told.values.get(117, ""))
        usual: Fields = [(11, self._id("hit")), (60, self._clock()), (40, "D")]
        if told.type == "AJ":
            usual += [(693, self._id("response"))]
        else:
            usual += [(59, "4")]
        if quote is not None:
            usual += [(tag, quote[tag]) for tag in _OF_A_QUOTE if tag in quote]
            price = quote.get(133 if told.values.get(54) in ("1", "G") else 132)
            usual += [(44, price)] if price else []
        return _with(told, usual) + self._party(client, told)

    def _party(self, client: str, told: Short) -> Fields:
        if not client or 453 in told.left_out or 453 in told.values:
            return []
        return [(453, "1"), (448, client), (447, "D"), (452, "3")]

    def _report(self, told: Short, client: str) -> Fields:
        values = told.values
        order_id = values.get(11) or self._last("D", 11)
        order = self._orders.get(order_id) or self._orders.get(values.get(41, ""))
        exec_id = values.get(17) or self._id("X")
        if order is None:
            return _with(told, [(11, order_id), (17, exec_id), (60, self._clock())])
        if values.get(150) == "5":
            order.sent = order.sent | order.changes.get(order_id, {})
        sent = order.sent
        self._count(order, told, exec_id)
        ordered = Decimal(values.get(38) or sent[38])
        status = values.get(39) or _STATUS.get(values.get(150, ""), "")
        if not status:
            status = "2" if order.filled == ordered else "1" if order.filled else "0"
        over = status in ("2", "4", "8", "C")
        left = Decimal(0) if over else ordered - order.filled
        average = order.value / order.filled if order.filled else Decimal(0)
        usual: Fields = [(37, f"V{order.number}"), (11, order_id), (17, exec_id), (39, status)]
        usual += [(tag, sent[tag]) for tag in (55, 54, 38, 40, 44, 15, 64) if tag in sent]
        usual += [(14, f"{order.filled:f}"), (151, f"{left:f}"), (60, self._clock())]
        usual += [(6, f"{average:.7f}".rstrip("0").rstrip("."))]
        if values.get(150) in ("F", "G"):
            usual += [(31, sent.get(44, "0")), (75, self._clock()[:8])]
        body = _with(told, usual)
        if order.maker and 453 not in told.values:
            body += [(453, "1"), (448, order.maker), (447, "D"), (452, "17")]
        if values.get(150) == "F":
            self._fills[exec_id] = dict(body)
        return body

    def _count(self, order: Working, told: Short, exec_id: str) -> None:
        """Keep the order's totals; a trade that is told again counts once."""
        values, kind = told.values, told.values.get(150)
        if kind == "F" and 32 in values and exec_id not in order.trades:
            price = Decimal(values.get(31) or order.sent[44])
            order.trades[exec_id] = Decimal(values[32]), price
        elif kind == "H":
            order.trades.pop(values.get(19, ""), None)
        elif kind == "G" and values.get(19) in order.trades:
            amount, price = order.trades[values[19]]
            amount, price = Decimal(values.get(32, amount)), Decimal(values.get(31, price))
            order.trades[values[19]] = amount, price
        order.filled = sum((amount for amount, _ in order.trades.values()), Decimal(0))
        order.value = sum((amount * price for amount, price in order.trades.values()), Decimal(0))

    def _quote(self, told: Short, client: str) -> Fields:
        """A maker's quote to a request of the robot's."""
        asked = self._asked.get(told.values.get(131, ""))
        if asked is None:
            return _with(told, [(117, self._id("s")), (537, "1")])
        said = asked.values
        usual: Fields = [(117, self._id("s")), (537, "1"), (60, self._clock())]
        usual += [(tag, said[tag]) for tag in _OF_A_QUOTE if tag in said]
        for price, size in ((132, 134), (133, 135)):
            usual += [(size, said[38])] if price in told.values else []
        maker: Fields = [(453, "1"), (448, _maker(asked)), (447, "D"), (452, "35")]
        return _with(told, usual) + ([] if 453 in told.values else maker)

    def _request_refused(self, told: Short, client: str) -> Fields:
        asked = self._asked.get(told.values.get(131, ""))
        symbol = asked.values[55] if asked is not None else "EUR/USD"
        return [*told.named, (146, "1"), (55, symbol)]

    def _cancel_refused(self, told: Short, client: str) -> Fields:
        kind = "G" if told.values.get(434) == "2" else "F"
        usual: Fields = [(37, "V1"), (11, self._last(kind, 11)), (41, self._last(kind, 41))]
        return _with(told, [*usual, (434, "1"), (39, "0")])

    def _orders_cancelled(self, told: Short, client: str) -> Fields:
        return _with(told, [(11, self._last("q", 11)), (37, "NONE"), (530, "7"), (531, "7")])

    def _trades(self, told: Short, client: str) -> Fields:
        usual: Fields = [(568, self._last("AD", 568)), (569, "0"), (749, "0"), (750, "0")]
        return _with(told, [*usual, (55, "[N/A]")])

    def _trade(self, told: Short, client: str) -> Fields:
        values = told.values
        fill = self._fills.get(values.get(17, ""), {})
        usual: Fields = [(571, self._id("T")), (570, "N"), (60, self._clock())]
        usual += [(568, self._last("AD", 568))]
        usual += [(tag, fill[tag]) for tag in _OF_A_FILL if tag in fill]
        usual += [(75, self._clock()[:8])] if 75 not in fill else []
        kept = Short("AE", [p for p in told.named if p[0] not in (54, 37)], told.left_out)
        side = values.get(54) or fill.get(54, "1")
        party = self._party(client or values.get(448, ""), told)
        order = values.get(37) or fill.get(37, "V1")
        return [*_with(kept, usual), (552, "1"), (54, side), (37, order), *party]

    def _status(self, told: Short, client: str) -> Fields:
        quote = self._quotes.get(told.values.get(117, ""))
        return _with(told, [(55, quote[55] if quote is not None else "EUR/USD")])

    def _session(self, told: Short, client: str) -> Fields:
        return _with(told, [(336, "FX")])


def _streamed(message: FixMessage) -> dict[str, dict[int, str]]:
    """The entries of a mass quote by their ids (299), each in the words of a quote."""
    found: dict[str, dict[int, str]] = {}
    for entry in group_of(message.fields, 295, 299):
        values = dict(reversed(entry))
        found[values[299]] = values | {38: values.get(134) or values.get(135) or ""}
    return found


def _maker(message: FixMessage) -> str:
    """The party in the role of a liquidity provider (452=35); empty = none."""
    party = ""
    for tag, value in message.fields:
        if tag == 448:
            party = value
        elif tag == 452 and value == "35":
            return party
    return ""


def _with(told: Short, usual: Fields) -> Fields:
    """The usual fields that the table does not name, then those that it does (its groups end the
    message).
    """
    named = {tag for tag, _ in told.named}
    seen: set[int] = set()
    kept: Fields = []
    for tag, value in usual:
        if tag not in named and tag not in seen and value:
            kept.append((tag, value))
        seen.add(tag)
    return kept + told.named


_WRITERS: dict[str, Callable[[Venue, Short, str], Fields]] = {
    "W": Venue._snapshot,
    "X": Venue._snapshot,
    "Y": Venue._snapshot,
    "R": Venue._request,
    "AJ": Venue._hit,
    "D": Venue._hit,
    "S": Venue._quote,
    "AG": Venue._request_refused,
    "8": Venue._report,
    "9": Venue._cancel_refused,
    "r": Venue._orders_cancelled,
    "AQ": Venue._trades,
    "AE": Venue._trade,
    "AI": Venue._status,
    "h": Venue._session,
}


class Names:
    """The `$names` of a scenario: bound where the robot first says them, then they stand for it."""

    _NAME = re.compile(r"\$[a-z]\w*")

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def filled(self, text: str) -> str:
        """A text with every name put in; one that nobody bound is an error of the table."""
        missing = [name for name in self._NAME.findall(text) if name not in self.known]
        assert not missing, f"{' '.join(missing)} was never said by the robot"
        return self._NAME.sub(lambda found: self.known[found[0]], text)

    def difference(self, expected: Short, said: FixMessage) -> str:
        """What the robot's message has otherwise than the table; empty = nothing. Binds names."""
        if expected.type != said.type:
            return f"a {expected.type} is due"
        for tag in expected.left_out:
            if tag in said.values:
                return f"{tag}={said.values[tag]} should not be there"
        bound: dict[str, str] = {}
        for tag in dict.fromkeys(tag for tag, _ in expected.named):
            wanted = [value for named, value in expected.named if named == tag]
            found = [value for named, value in said.fields if named == tag]
            for value, real in zip(wanted, found, strict=False):
                if self._NAME.fullmatch(value) and value not in self.known:
                    bound[value] = real
            wanted = [bound.get(value, self.known.get(value, value)) for value in wanted]
            if found[: len(wanted)] != wanted:
                return f"{tag} is {', '.join(found) or 'not there'}, not {', '.join(wanted)}"
        self.known |= bound
        return ""
