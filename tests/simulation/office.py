"""Behind the journal: database, outbox, relay, broker, back office; each may die or lose things.

The projector is the product's own, so are the messages and the window of what is under way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.mqtt.payload import deal_message, hash_of
from connectors.mqtt.window import DeliveryWindow
from connectors.sim.bookings import Booking
from connectors.sim.deal_notice import parse_deal
from robot.deals.deal import Deal
from robot.errors import TemporarilyUnavailable
from robot.messages.effects import DealAmended, DealBooked, DealTold
from robot.ports import AckOutcome, OutboxRow, ProjectedTurn
from robot.projector import Projector
from tests.contract.memory_outbox import MemoryOutbox
from tests.simulation.disk import SimTail
from tests.simulation.faults import Crash, Death

if TYPE_CHECKING:
    from tests.simulation.world import World

MS = 1_000_000
SECOND_NS = 1_000 * MS
PROJECTOR_EVERY_NS = 100 * MS
RELAY_EVERY_NS = 200 * MS


class MemoryStore:
    """`robot.ports.Store` with an outbox, in memory; its commits survive everything."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._applied = ("", 0)
        self.deals: list[Deal] = []
        """In the order and the version in which they were booked first."""
        self.versions: list[Deal] = []
        """Later versions."""
        self.outbox = MemoryOutbox()
        self.messages = 0

    def applied(self) -> tuple[str, int]:
        return self._applied

    def project(self, turns: Sequence[ProjectedTurn]) -> None:
        self._world.store_point("commit")
        new = self.not_yet_applied(turns)
        for turn in new:
            for effect in turn.effects:
                if isinstance(effect, DealBooked | DealAmended):
                    self._book(effect)
        if new:
            self._applied = (new[-1].segment, new[-1].sequence)
        self._world.store_point("committed")
        if self._world.happens("commit_unknown"):
            self._world.mark("commit of unknown fate repeated")
            raise TemporarilyUnavailable("the connection was lost during the commit")

    def not_yet_applied(self, turns: Sequence[ProjectedTurn]) -> Sequence[ProjectedTurn]:
        """The turns after the applied position."""
        return [turn for turn in turns if (turn.segment, turn.sequence) > self._applied]

    @property
    def standing(self) -> list[Deal]:
        """Deals in their newest version, but for those that were taken back."""
        newest = {deal.deal_id: deal for deal in (*self.deals, *self.versions)}
        return [deal for deal in newest.values() if not deal.void]

    def close(self) -> None:
        pass

    def _book(self, booked: DealTold) -> None:
        self.messages += 1
        if isinstance(booked, DealBooked):
            self.deals.append(booked.deal)
        else:
            self.versions.append(booked.deal)
        message = deal_message(booked, self.messages, "BANKCNBJ", "sim")
        self.outbox.add(
            OutboxRow(
                message_id=message.message_id,
                sequence=self.messages,
                topic=message.topic,
                payload=message.payload,
                payload_hash=message.payload_hash,
                attempts=0,
                sent_at_ns=0,
            )
        )


class _NeverWaits:
    """In place of the event that stops a projector: time passes elsewhere."""

    def is_set(self) -> bool:
        return False

    def wait(self, seconds: float) -> bool:
        return False


class Followers:
    """Projector, relay, broker and back office, each with its own lives."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._chance = world.chance("office")
        self.store = MemoryStore(world)
        self.bookings: dict[str, Booking] = {}
        self._projector: Projector | None = None
        self._window = DeliveryWindow()
        self._cursor = 0
        self._swept_ns = 0
        self._relay_life = 0
        self._broker_life = 0
        self._closed_lately: list[tuple[int, OutboxRow]] = []
        world.at(PROJECTOR_EVERY_NS, self._project, relative=True)
        world.at(RELAY_EVERY_NS, self._relay, relative=True)

    def power_cut(self) -> None:
        """Followers die with the machine; the relay's last commits were not synced."""
        self._projector = None
        self.relay_restarts()
        outbox = self.store.outbox
        for at_ns, row in self._closed_lately:
            if self._world.now_ns - at_ns < 500 * MS and self._chance.random() < 0.5:
                outbox._closed.pop(row.message_id, None)
                outbox.add(row)
                self._world.mark("acknowledgement undone by a power cut")

    def relay_restarts(self) -> None:
        """All that is under way is forgotten; the outbox is not."""
        if self._window.hash_of("") is None and self.store.outbox.open_count():
            self._world.mark("outbox continued by a new relay")
        self._window, self._cursor = DeliveryWindow(), 0
        self._relay_life += 1

    def broker_restarts(self) -> None:
        """What the broker had taken and not yet passed on is gone."""
        self._broker_life += 1
        self._world.mark("broker restarted")

    def done(self) -> bool:
        """Whether everything projected is with the back office."""
        tail = self._projector
        return tail is not None and tail.behind() == 0 and self.store.outbox.open_count() == 0

    @property
    def standing(self) -> list[Booking]:
        """What the back office has of each deal now."""
        newest: dict[str, Booking] = {}
        for row in self.bookings.values():
            if row.deal_id not in newest or row.version > newest[row.deal_id].version:
                newest[row.deal_id] = row
        return [row for row in newest.values() if row.op != "CANCEL"]

    # --- projector

    def _project(self) -> None:
        world = self._world
        world.at(PROJECTOR_EVERY_NS, self._project, relative=True)
        if world.happens("projector_dies"):
            self._projector = None
        if not world.disk.segments:
            return
        try:
            if self._projector is None:
                segment, sequence = self.store.applied()
                tail = SimTail(world.disk, segment, sequence)
                self._projector = Projector(tail, self.store, segment, sequence)
            self._projector.catch_up(_NeverWaits())  # type: ignore[arg-type]
        except Crash as crash:
            self._projector = None
            world.mark(f"projector died at {crash.point}")
            if crash.death is not Death.KILL:
                world.power_cut(crash.death)

    # --- relay and broker

    def _relay(self) -> None:
        world = self._world
        world.at(RELAY_EVERY_NS, self._relay, relative=True)
        if world.happens("relay_dies"):
            self.relay_restarts()
        if world.now_ns - self._swept_ns > 60 * SECOND_NS:
            self._swept_ns, self._cursor = world.now_ns, 0
        rows = self.store.outbox.pending(self._cursor, min(self._window.room, 64))
        if rows:
            self._cursor = rows[-1].sequence
            self._window.take(rows)
        due = self._window.due(self._now_s(), 64)
        for row in due:
            if self._window.was_sent(row):
                world.mark("outbox row sent again")
            self._publish(row)
        self._window.sent(due, self._now_s())
        self.store.outbox.mark_sent([row.message_id for row in due], world.now_ns)

    def _publish(self, row: OutboxRow) -> None:
        """At least once, in any order, or taken by the broker and lost there."""
        self.taken_by_broker(row)
        world = self._world
        copies = 0 if world.happens("message_lost") else 2 if world.happens("message_twice") else 1
        if copies == 0:
            world.mark("message lost at the broker")
        life = self._broker_life
        for _ in range(copies):
            world.at(self._delay(), lambda: self._receive(row, life), relative=True)

    def taken_by_broker(self, row: OutboxRow) -> None:
        """The broker's own acknowledgement: not delivery, so nothing happens."""

    def _delay(self) -> int:
        return self._world.latency_ns(self._chance) * self._chance.choice((1, 1, 5))

    # --- back office

    def _receive(self, row: OutboxRow, life: int) -> None:
        world = self._world
        if life != self._broker_life:
            return
        if world.happens("office_dies"):
            world.mark("back office died before its commit")
            return
        payload = row.payload.encode()
        held = self.bookings.get(row.message_id)
        if held is None:
            self.bookings[row.message_id] = self._booking(row, payload)
        elif held.payload_hash != hash_of(row.payload):
            world.breach("I2", f"{row.message_id} came with other bytes")
        if world.happens("office_dies"):
            world.mark("back office died before its answer")
            return
        self._answer(row)

    def _booking(self, row: OutboxRow, payload: bytes) -> Booking:
        notice = parse_deal(row.topic, payload)
        data = json.loads(payload)["data"]
        return Booking(
            message_id=row.message_id,
            payload_hash=notice.payload_hash,
            deal_id=notice.deal_id,
            exec_id=notice.exec_id,
            pair=notice.pair,
            side=notice.side,
            base_amount=notice.base_amount,
            rate=notice.rate,
            counter_amount=notice.counter_amount,
            value_date=notice.value_date,
            counterparty=data["counterparty"],
            times_received=1,
            version=notice.version,
            op=notice.op,
        )

    def _answer(self, row: OutboxRow) -> None:
        world = self._world
        if world.happens("ack_lost"):
            world.mark("acknowledgement lost")
            return
        wrong = world.happens("ack_wrong")
        told = "0" * 64 if wrong else row.payload_hash
        for _ in range(2 if world.happens("ack_twice") else 1):
            world.at(self._delay(), lambda: self._acknowledged(row, told), relative=True)

    def _acknowledged(self, row: OutboxRow, told: str) -> None:
        outbox, world = self.store.outbox, self._world
        match outbox.acknowledge(row.message_id, told, world.now_ns):
            case AckOutcome.CLOSED:
                self._window.close(row.message_id, self._now_s())
                self._closed_lately.append((world.now_ns, row))
            case AckOutcome.ALREADY_CLOSED:
                world.mark("duplicate acknowledgement")
                self._window.close(row.message_id, self._now_s())
            case AckOutcome.HASH_DIFFERS:
                world.mark("hash conflict")
                self._window.park(row.message_id, self._now_s())
            case AckOutcome.UNKNOWN_MESSAGE:
                world.breach("I2", f"{row.message_id} acknowledged and unknown to the outbox")

    def _now_s(self) -> float:
        return self._world.now_ns / SECOND_NS
