"""Orders of the robot at a venue: taken, dealt in parts, refused, forgotten, taken back.

Everything it knows came as FIX text, everything it says goes out as FIX text. Sides are the
robot's. What it does of its own will is drawn from its own stream of chance.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from msgspec.structs import replace

from connectors.sim.model import parse_time
from connectors.sim.wire import Incoming
from robot.basics.ids import VenueId
from robot.deals.party import BUY, SELL
from robot.messages.events import TradeReported
from robot.messages.orders import OrderReport, OrderReported, OrdersCancelled
from tests.simulation.book import COUNTERPARTIES, TICKS, Trade, What, Worked
from tests.simulation.codec import NO_ORIGIN, Said
from tests.simulation.makers import SimMakers
from tests.simulation.words import bounced, cancel_refused, report_of, trade_of, unknown_there

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000
SECOND_NS = 1_000 * MS
ZERO = Decimal(0)
LOT = Decimal(1_000)
TIMES = {"0": "DAY", "3": "IOC", "4": "FOK", "6": "GTD"}
PARTS = (Decimal("0.2"), Decimal("0.5"), Decimal("0.8"))
LATE_MAX_NS = 2_000 * MS


class SimFloor:
    """The orders of one venue."""

    def __init__(self, world: World, name: VenueId) -> None:
        self._world = world
        self._book = world.book
        self._chance = world.chance(f"floor {name}")
        self.name = name
        self.halted = False
        self.makers = SimMakers(world, name)
        self.by_name: dict[str, Worked] = {}
        self.pending: dict[str, Callable[[], None]] = {}
        """Replacements that have come and are not decided, by the order's first id."""
        self.late: dict[str, list[tuple[Trade, OrderReported]]] = {}
        """Reports of fills that are held back."""
        self._numbers = 0

    @property
    def orders(self) -> list[Worked]:
        """Those that have not ended."""
        return [one for one in self._book.orders.values() if one.venue == self.name and _open(one)]

    @property
    def late_ids(self) -> list[str]:
        """Reports of fills that were not told yet."""
        return [trade.exec_id for rows in self.late.values() for trade, _ in rows]

    # --- what the robot says

    def receive(self, message: Incoming, resent: bool) -> None:
        """D, F, G, H or q."""
        if resent:
            self._world.breach("I3", f"{message.type} {message.need(11)} was sent again")
            return
        match message.type:
            case "D":
                self._on_order(message)
            case "F":
                self._on_cancel(message)
            case "G":
                self._on_replace(message)
            case "H":
                self._on_question(message)
            case _:
                self._on_mass_cancel(message.need(11))

    def _on_order(self, message: Incoming) -> None:
        world, order_id = self._world, message.need(11)
        if order_id in self.by_name:
            world.breach("I3", f"{self.name}: order {order_id} came twice")
            return
        order = self.by_name[order_id] = self._read(message)
        self._book.come(order, world.now_ns)
        if self.halted:
            self._reject(order, "halted")
        elif world.happens("order_bounced"):
            world.mark("order refused by a business reject")
            self._forget(order)
            self._send(bounced(self.name, order_id))
        elif world.happens("order_parked"):
            order.parked = True
            world.mark("order not answered")
            self._later(self._chance.randrange(1_000, 9_000) * MS, lambda: self._unpark(order))
        else:
            self._later(self._chance.randrange(1, 30) * MS, lambda: self._accept(order))

    def _read(self, message: Incoming) -> Worked:
        price, until = message.number(44), message.get(126)
        return Worked(
            venue=self.name,
            order_id=message.need(11),
            pair=message.need(55),
            side=BUY if message.need(54) == "1" else SELL,
            size=message.number(38) or ZERO,
            price=price,
            currency=message.need(15),
            time_in_force=TIMES[message.need(59)],
            expires_ns=parse_time(until) if until else 0,
            value_date=_day(message.need(64)),
            client=self.makers.maker_of(message.get(117) or "") or COUNTERPARTIES[self.name],
            quote_id=message.get(117) or "",
            venue_id=f"{self.name[0]}V{len(self.by_name) + 1}",
            current=message.need(11),
        )

    def _accept(self, order: Worked) -> None:
        world = self._world
        if order.status:
            return
        order.parked = False
        over = self.makers.why_not(order, order.quote_id) if order.quote_id else ""
        if self.halted or over:
            self._reject(order, over or "halted")
        elif world.happens("order_rejected"):
            world.mark("order rejected")
            self._reject(order, "not today")
        else:
            if world.happens("order_pending"):
                self._report(order, OrderReport.PENDING)
            order.accepted = True
            if order.quote_id:
                world.mark("quote of a maker dealt on")
                self.deal(order, order.remaining)
                return
            self._report(order, OrderReport.NEW)
            world.work_order(self, order)

    def _unpark(self, order: Worked) -> None:
        if order.parked:
            self._accept(order)

    def work(self, order: Worked) -> None:
        """What becomes of an order by itself."""
        chance, faulty = self._chance, self._world.faulty
        if order.time_in_force in ("IOC", "FOK"):
            draw = chance.random() if faulty else 0.0
            self._later(chance.randrange(1, 20) * MS, lambda: self._at_once(order, draw))
            return
        for _ in range(chance.randint(0, 3)):
            self._later(chance.randrange(50, 8_000) * MS, lambda: self.deal(order))
        if chance.random() < 0.2:
            end = self._world.mark
            self._later(
                chance.randrange(200, 4_000) * MS,
                lambda: self._end_by_itself(order, "4", lambda: end("order canceled unasked")),
            )
        if order.time_in_force == "GTD":
            left_ns = max(1, order.expires_ns - self._world.now_ns)
            self._later(left_ns, lambda: self._end_by_itself(order, "C"))

    def _at_once(self, order: Worked, draw: float) -> None:
        """IOC and FOK: dealt now, or never."""
        if order.status or self.halted:
            self._end_by_itself(order, "4")
            return
        if draw < 0.65:
            self.deal(order, order.remaining)
        elif draw < 0.85 and order.time_in_force == "IOC":
            self.deal(order)
        if order.remaining and draw >= 0.75 and not order.status:
            self._later(self._chance.randrange(1, 300) * MS, lambda: self._rest(order))
        else:
            self._end_by_itself(order, "4")

    def _rest(self, order: Worked) -> None:
        """The last word on an IOC order, some of it perhaps dealt at the last moment."""
        if order.time_in_force == "IOC" and self._chance.random() < 0.3:
            self.deal(order)
        self._end_by_itself(order, "4")

    def _end_by_itself(
        self, order: Worked, status: str, also: Callable[[], None] | None = None
    ) -> None:
        if order.status:
            return
        if also is not None:
            also()
        self._end(order, status)

    def _on_cancel(self, message: Incoming) -> None:
        world, asked = self._world, message.need(11)
        order = self.by_name.get(message.need(41))
        if order is None or not order.known:
            self._send(
                cancel_refused(self.name, asked, message.need(41), False, True, "no such order")
            )
            return
        if world.happens("cancel_lost"):
            world.mark("cancel not answered")
            return
        self._race(order, "a cancel")
        if order.status:
            world.mark("cancel came too late")
            self._send(cancel_refused(self.name, asked, order.current, False, True, "too late"))
        elif world.happens("cancel_refused"):
            world.mark("cancel refused")
            self._send(cancel_refused(self.name, asked, order.current, False, False, "not now"))
        else:
            if world.happens("order_pending"):
                self._report(order, OrderReport.PENDING, asked=asked)
            self._end(order, "4", asked=asked)

    def _on_replace(self, message: Incoming) -> None:
        asked, order = message.need(11), self.by_name.get(message.need(41))
        if asked in self.by_name:
            self._world.breach("I3", f"{self.name}: replacement {asked} came twice")
            return
        size, price = message.number(38) or ZERO, message.number(44) or ZERO
        if order is None or not order.known:
            self._send(
                cancel_refused(self.name, asked, message.need(41), True, True, "no such order")
            )
            return
        self.by_name[asked] = order
        self._book.note(What.CHANGE_COME, self._world.now_ns, order)
        self.pending[order.order_id] = lambda: self._replace(order, asked, size, price)
        delay_ns = self._chance.randrange(1, 800) * MS if self._world.faulty else 2 * MS
        self._later(delay_ns, lambda: self._decide(order))

    def _decide(self, order: Worked) -> None:
        """A replacement that has come is done now, if it was not yet."""
        pending = self.pending.pop(order.order_id, None)
        if pending is not None:
            pending()

    def _replace(self, order: Worked, asked: str, size: Decimal, price: Decimal) -> None:
        world = self._world
        raced = self._race(order, "a replacement")
        why = ""
        if order.status:
            why = "too late"
        elif size <= order.filled:
            why = "so much is dealt already"
        elif world.happens("replace_refused"):
            why = "not now"
        if why:
            world.mark("replacement refused" + (" after a fill" if raced else ""))
            self._book.note(What.NOT_CHANGED, world.now_ns, order)
            self._send(
                cancel_refused(self.name, asked, order.current, True, bool(order.status), why)
            )
            return
        self._tell_late(order)  # dealt on what it was
        before, order.current = order.current, asked
        order.size, order.price = size, price
        self._book.note(What.CHANGED, world.now_ns, order)
        world.mark("order replaced")
        self._report(order, OrderReport.REPLACED, asked=asked, original=before)
        if world.intents is not None:
            world.intents.orders.on_replaced(self, order)

    def _on_question(self, message: Incoming) -> None:
        """What has become of it: the venue tells in order, what it had not decided first."""
        world, name = self._world, message.need(11)
        order = self.by_name.get(name)
        if order is not None:
            self._decide(order)
        if order is not None and order.parked and self._chance.random() < 0.5:
            self._forget(order)
        if order is None or not order.known:
            world.mark("asked for an order: unknown there")
            self._send(unknown_there(self.name, message))
            return
        stands = "dealt" if order.status and order.filled else order.status or "works"
        world.mark(f"asked for an order: {stands}")
        self._report(order, OrderReport.STATUS)
        self._unpark(order)

    def _on_mass_cancel(self, request_id: str) -> None:
        world = self._world
        if world.happens("cancel_lost"):
            world.mark("mass cancel not answered")
            return
        accepted = not world.happens("cancel_refused")
        answer = OrdersCancelled(
            origin=NO_ORIGIN, venue=self.name, request_id=request_id, accepted=accepted
        )
        self._send(answer)
        if not accepted:
            world.mark("mass cancel refused")
            return
        for order in self.orders:
            self._race(order, "a mass cancel")
            delay_ns = self._chance.randrange(1, 50) * MS
            self._later(delay_ns, lambda order=order: self._end_by_itself(order, "4"))

    def _race(self, order: Worked, what: str) -> bool:
        """Whether some of it, or all, was dealt at the last moment."""
        may = order.accepted and order.remaining and not self.halted
        if not may or not self._world.happens("fill_races"):
            return False
        self._world.mark(f"fill raced {what}")
        self.deal(order, order.remaining if self._chance.random() < 0.5 else None)
        return True

    # --- what happens by itself

    def deal(self, order: Worked, size: Decimal | None = None) -> None:
        """Some of it, or so much, at its limit or better."""
        if order.status or self.halted or not order.accepted:
            return
        if size is None:
            size = (order.remaining * self._chance.choice(PARTS)) // LOT * LOT or order.remaining
        self._numbers += 1
        trade = Trade(
            order,
            f"{self.name[0]}T{self._numbers}",
            size,
            self._price(order),
            self._world.trade_date,
            self._world.now_ns,
            (size, ZERO),
        )
        trade.first = (size, trade.price)
        order.trades.append(trade)
        self._book.note(What.TRADE, trade.at_ns, order, trade)
        if not order.remaining:
            order.status = "2"
            self._book.note(What.ENDED, trade.at_ns, order)
        said = self._said(order, OrderReport.TRADE, trade=trade)
        self.late.setdefault(order.order_id, []).append((trade, said))
        if self._world.happens("report_late"):
            self._world.late_reports.add(order.order_id)
            delay_ns = self._chance.randrange(1, LATE_MAX_NS // MS) * MS
            self._later(delay_ns, lambda: self._tell_late(order))
        else:
            self._tell_late(order, trade)

    def _tell_late(self, order: Worked, only: Trade | None = None) -> None:
        """Reports that were held back, or the one."""
        waiting = self.late.get(order.order_id, [])
        for trade, said in tuple(waiting):
            if only in (None, trade):
                waiting.remove((trade, said))
                self._world.mark("a later report came first" if only and waiting else "fill told")
                self._tell(trade, said)

    def _tell(self, trade: Trade, said: OrderReported) -> None:
        world = self._world
        trade.told = True
        self._send(said)
        if world.happens("report_twice"):
            world.mark("report of a fill sent twice")
            self._later(self._chance.randrange(1, 900) * MS, lambda: self._send(said))
        if world.happens("trade_amended"):
            delay_ns = self._chance.randrange(20, 4_000) * MS
            self._later(delay_ns, lambda: self.amend(trade, bust=self._chance.random() < 0.6))

    def amend(self, trade: Trade, *, bust: bool) -> None:
        """The trade is void, or was at another price, or smaller."""
        order, world = trade.order, self._world
        if trade.amended or any(not one.told for one in order.trades):
            return  # it tells in order what it dealt and what it takes back
        trade.amended = True
        self._numbers += 1
        trade.amended_by = f"{self.name[0]}C{self._numbers}"
        if bust:
            trade.size = ZERO
        else:
            trade.price = self._price(order)
            if order.status and trade.size > LOT and self._chance.random() < 0.5:
                trade.size = max(LOT, trade.size * Decimal("0.5") // LOT * LOT)
        if order.status == "2" and order.filled < order.size:
            order.status = "4"
        world.mark("trade taken back" if bust else "trade corrected")
        self._book.note(What.AMENDED, world.now_ns, order, trade)
        report = OrderReport.BUSTED if bust else OrderReport.CORRECTED
        said = self._said(order, report, trade=trade)
        self._send(said)
        if world.happens("report_twice"):
            world.mark("bust or correction sent twice")
            self._later(self._chance.randrange(1, 900) * MS, lambda: self._send(said))

    def disconnected(self, cancels: bool) -> None:
        """The robot is gone: the venue takes its orders out, or lets them work."""
        for order in self.orders:
            if not cancels:
                self._world.mark("order works while logged out")
                continue
            self._world.mark("order canceled at a log-out")
            delay_ns = self._chance.randrange(1, 60) * MS
            if self._chance.random() < 0.3 and self._world.intents is None:
                self.deal(order)
            self._later(delay_ns, lambda order=order: self._end_by_itself(order, "4"))

    def close_day(self) -> None:
        """Nothing works on."""
        for order in self.orders:
            self._world.mark("order expired at the end of the day")
            order.parked = False
            self._end_by_itself(order, "C")

    def trades_of(self, day: str) -> list[TradeReported]:
        """What the venue has of a date: trades that stand and were told."""
        return [
            trade_of(trade)
            for trade in self._book.trades
            if trade.order.venue == self.name
            and trade.told
            and trade.size
            and f"{trade.trade_date:%Y%m%d}" == day
        ]

    def _price(self, order: Worked) -> Decimal:
        """At the limit or a few ticks better; without a limit about the middle."""
        tick, better = TICKS[order.pair], self._chance.choice((0, 0, 1, 3))
        if self._world.intents is not None or order.quote_id:
            better = 0
        if order.price is not None:
            return order.price - order.side.sign * better * tick
        mid = self._world.mids[order.pair].quantize(tick)
        return mid + order.side.sign * (4 + better) * tick

    # --- what it says

    def _reject(self, order: Worked, why: str) -> None:
        order.status = "8"
        self._book.note(What.ENDED, self._world.now_ns, order)
        said = self._said(order, OrderReport.REJECTED)
        self._send(replace(said, reason="99", text=why))

    def _forget(self, order: Worked) -> None:
        """The venue never took it."""
        order.status, order.known, order.parked = "8", False, False
        self._book.note(What.ENDED, self._world.now_ns, order)

    def _end(self, order: Worked, status: str, asked: str = "") -> None:
        order.status = status
        self._book.note(What.ENDED, self._world.now_ns, order)
        kind = OrderReport.EXPIRED if status == "C" else OrderReport.CANCELED
        if status == "C":
            self._world.mark("order expired")
        self._report(order, kind, asked=asked)

    def _report(
        self, order: Worked, report: OrderReport, *, asked: str = "", original: str = ""
    ) -> None:
        said = self._said(order, report)
        if asked:
            said = replace(said, order_id=asked, original_id=original or order.current)
        self._send(said)
        if report is OrderReport.CANCELED and self._world.happens("report_twice"):
            self._later(self._chance.randrange(1, 900) * MS, lambda: self._send(said))

    def _said(
        self, order: Worked, report: OrderReport, trade: Trade | None = None
    ) -> OrderReported:
        self._numbers += 1
        return report_of(order, report, f"{self.name[0]}8{self._numbers}", trade)

    def _send(self, said: Said) -> None:
        self._world.links[self.name].to_robot(said)

    def _later(self, delay_ns: int, what: Callable[[], None]) -> None:
        self._world.at(max(1, delay_ns), what, relative=True)


def _open(order: Worked) -> bool:
    return not order.status


def _day(text: str) -> date:
    return date.fromisoformat(text)
