"""Orders at the simulated venue in virtual time, as tables.

Left of `|` stands what happens, right of it what the venue says. Each line also checks what must
hold of any report: 14 + 151 = 38 while the order works, the sum of the trades that stand = 14,
their average = 6, and no 17 twice but for a copy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from connectors.sim.log import FromOne, Log
from connectors.sim.matching import average_of
from connectors.sim.model import NS_PER_MS, NS_PER_SECOND, Moment, Tick, parse_time
from connectors.sim.order_answers import Said
from connectors.sim.order_floor import OrderFloor, OrderSettings
from connectors.sim.order_rows import OrderAnswer, OrderFill, OrderLife
from connectors.sim.orders import AskIn, CancelAllIn, CancelIn, OrderIn, OrderWord, ReplaceIn
from connectors.sim.statistics import Statistics
from connectors.sim.tables import Row

START_NS = parse_time("2026-10-30T08:00:00Z")
PAIRS = {"ALPHA": frozenset({"EUR/USD", "USD/JPY"})}
SETTINGS = OrderSettings(PAIRS, id_prefix="1-", seed="7")
KINDS = {"MARKET": "1", "LIMIT": "2", "QUOTED": "D", "STOP": "3"}
TIMES = {"DAY": "0", "GTC": "1", "IOC": "3", "FOK": "4", "GTD": "6"}
UNITS = {"m": 1_000_000, "k": 1_000}
R = TypeVar("R")
WAIT_NS = {"ms": NS_PER_MS, "s": NS_PER_SECOND, "h": 3600 * NS_PER_SECOND}


def _size(text: str) -> Decimal:
    return Decimal(text[:-1]) * UNITS[text[-1]] if text[-1] in UNITS else Decimal(text)


def _short(size: Decimal | None) -> str:
    return "-" if size is None else f"{size / 1_000_000:.6f}".rstrip("0").rstrip(".") + "m"


@dataclass
class Scene:
    """A floor with one venue; words of the table become calls."""

    settings: OrderSettings = SETTINGS
    known: tuple[OrderLife, ...] = ()
    at_ns: int = START_NS
    rows: dict[int, Row] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.statistics = Statistics()
        log = Log(self._put, self.statistics, FromOne())
        used = {("ALPHA", row.order_id) for row in self.known}
        self.floor = OrderFloor(self.settings, log, self.known, used)
        self.do("tick 1.11718 1.11722 9m 9m")

    def _put(self, row: Row) -> None:
        self.rows[id(row)] = row

    def do(self, line: str) -> list[str]:
        """Carries out one line and gives back what was said, in short."""
        word, *rest = line.split()
        said = self._call(word, rest)
        self.said += said
        return [told_of(each) for each in said]

    def _call(self, word: str, rest: list[str]) -> list[Said]:
        floor, now = self.floor, Moment(self.at_ns, self.at_ns)
        match word:
            case "tick":
                bid, ask, *sizes = rest
                bid_size, ask_size = (int(_size(each)) for each in sizes or ("1m", "1m"))
                prices = Decimal(bid), Decimal(ask)
                tick = Tick(self.at_ns, "ALPHA", "EUR/USD", *prices, bid_size, ask_size)
                return floor.on_tick(tick, now)
            case "wait":
                return self._wait(rest[0])
            case "halt":
                return floor.halt("ALPHA", now)
            case "open":
                return floor.open_venue("ALPHA", now)
            case "logout":
                return floor.disconnect("ALPHA", now)
            case "finish":
                return floor.finish(now)
        return floor.say("ALPHA", self._word(word, rest), now)

    def _wait(self, text: str) -> list[Said]:
        unit = text.lstrip("0123456789")
        end_ns = self.at_ns + int(text.removesuffix(unit)) * WAIT_NS[unit]
        said: list[Said] = []
        while (due_ns := self.floor.next_due_ns()) is not None and due_ns <= end_ns:
            said += self.floor.act(Moment(due_ns, due_ns))
        self.at_ns = end_ns
        return said

    def _word(self, word: str, rest: list[str]) -> OrderWord:
        if word == "D":
            return self._order(rest)
        if word == "F":
            return CancelIn(order_id=rest[0], original_id=rest[1])
        if word == "G":
            size, price = _size(rest[2]), Decimal(rest[3])
            return ReplaceIn(order_id=rest[0], original_id=rest[1], size=size, price=price)
        if word == "H":
            return AskIn(order_id=rest[0], pair="EUR/USD", side="1")
        return CancelAllIn(request_id=rest[0], scope=rest[1] if len(rest) > 1 else "7")

    def _order(self, rest: list[str]) -> OrderIn:
        order_id, side, size, kind, *more = rest
        price = Decimal(more.pop(0)) if kind == "LIMIT" else None
        time, *more = more
        lasts_ms = next((int(each[4:-2]) for each in more if each.startswith("for=")), None)
        named = dict(each.split("=") for each in more)
        return OrderIn(
            order_id=order_id,
            product=named.get("product", "SPOT"),
            pair=named.get("pair", "EUR/USD"),
            side={"BUY": "1", "SELL": "2"}[side],
            size=_size(size),
            currency=named.get("in", "EUR"),
            kind=KINDS[kind],
            price=price,
            time_in_force=TIMES[time],
            expires_ns=None if lasts_ms is None else self.at_ns + lasts_ms * NS_PER_MS,
            value_date=named.get("date"),
        )

    def check(self) -> None:
        answers = [each.answer for each in self.said if not each.repeated]
        exec_ids = [answer.exec_id for answer in answers if answer.message == "8"]
        assert len(exec_ids) == len(set(exec_ids))
        for answer in answers:
            if answer.message == "8" and answer.status in ("0", "1"):
                assert answer.size == (answer.filled or 0) + (answer.remaining or 0)
        for row in self.of(OrderLife):
            standing = [
                fill
                for fill in self.of(OrderFill)
                if fill.venue_order_id == row.venue_order_id and fill.state != "busted"
            ]
            value = sum((fill.size * fill.rate for fill in standing), Decimal(0))
            assert row.filled == sum((fill.size for fill in standing), Decimal(0))
            assert average_of(row.value, row.filled) == average_of(value, row.filled)

    def of(self, kind: type[R]) -> list[R]:
        return [row for row in self.rows.values() if isinstance(row, kind)]

    def trades(self) -> list[OrderAnswer]:
        return [each.answer for each in self.said if each.answer.report == "F"]


NAMES = {
    "A": "PENDING",
    "0": "NEW",
    "F": "TRADE",
    "4": "CANCELED",
    "5": "REPLACED",
    "8": "REJECTED",
    "C": "EXPIRED",
    "I": "STATUS",
    "G": "CORRECTED",
    "H": "BUSTED",
}


def told_of(said: Said) -> str:
    """`8 A1 TRADE 39=1 1m@1.11722 14=1m 151=2m`; without what does not matter there."""
    answer = said.answer
    first = (answer.text or "").split()
    reason = f" {first[0].rstrip(':')}" if first else ""
    if answer.message == "9":
        return f"9 {answer.order_id} 434={answer.responds_to} 102={answer.code} 39={answer.status}"
    if answer.message == "r":
        return f"r {answer.order_id} 531={answer.code} 533={answer.count}"
    parts = [f"8 {answer.order_id} {NAMES[answer.report or '']} 39={answer.status}"]
    if answer.original_id:
        parts.append(f"41={answer.original_id}")
    if answer.code:
        parts.append(f"103={answer.code}")
    if answer.last_size:
        parts.append(f"{_short(answer.last_size)}@{answer.last_price}")
    if answer.filled or answer.remaining:
        parts.append(f"14={_short(answer.filled)} 151={_short(answer.remaining)}")
    return ("copy of " if said.repeated else "") + " ".join(parts) + reason


def play(table: str, scene: Scene | None = None) -> Scene:
    """Plays a table. `...` after what was said lets more follow."""
    scene = scene or Scene()
    for number, line in enumerate(table.strip().splitlines(), start=1):
        happens, _, expected = (part.strip() for part in line.partition("|"))
        told = scene.do(happens) if happens else []
        wanted = [each.strip() for each in expected.split(";") if each.strip()]
        assert wanted == told, f"line {number}: {line.strip()}"
        scene.check()
    return scene
