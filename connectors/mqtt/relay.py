"""Outbox to MQTT: publishes open rows in order until the back office itself has acknowledged them.

A broker's acknowledgement is not delivery, so a row closes only on the back office's own, with the
hash of the payload it holds. Until then the row is sent again, with back-off. Killed at any point
the relay starts over with all open rows: receivers see a message twice, never not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import TypeVar, assert_never

import aiomqtt

from connectors.mqtt.acknowledgement import (
    Acknowledgement,
    AckStatus,
    UnusableAcknowledgement,
    parse_acknowledgement,
)
from connectors.mqtt.alarms import Alarm, AlarmGate, OnAlarm
from connectors.mqtt.session import (
    IN_FLIGHT_MAX,
    DeliveryClient,
    MqttSettings,
    first_cause,
    keep_connected,
)
from connectors.mqtt.topics import acknowledgement_filter, usable_topic
from connectors.mqtt.window import DeliveryWindow
from robot.clock import Clock
from robot.errors import InvariantViolated
from robot.ports import AckOutcome, Outbox, OutboxRow

IDLE_POLL_S = 0.02
BEAT_S = 1.0
PAGE = 256
"""Rows read from the outbox at once."""

SWEEP_S = 60.0
"""How often the outbox is read again from its first open row."""

BROKER_AWAY_ALARM_S = 5.0
OVERDUE_ALARM_S = 30.0
RETRY_FIRST_S = 0.1
RETRY_MAX_S = 5.0

Position = Mapping[str, object]
OnBeat = Callable[[Position], None]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayStatistics:
    """Counts since this process started; `open` and `parked` are of the moment."""

    sent: int = 0
    """Messages the broker took for the first time."""
    resent: int = 0
    acknowledged: int = 0
    """Rows closed by the back office's acknowledgement."""
    duplicate_acks: int = 0
    hash_alarms: int = 0
    rejected: int = 0
    ignored_acks: int = 0
    """Unusable, retained or of an unknown message."""
    connections: int = 0
    open: int = 0
    parked: int = 0


@dataclass(slots=True)
class _Counts:
    sent: int = 0
    resent: int = 0
    acknowledged: int = 0
    duplicate_acks: int = 0
    hash_alarms: int = 0
    rejected: int = 0
    ignored_acks: int = 0
    connections: int = 0
    open: int = 0


def _no_beat(_: Position) -> None:
    """For a relay nobody supervises."""


class Relay:
    """Takes open rows from `outbox` to the broker, and acknowledgements from it to `outbox`."""

    def __init__(
        self,
        outbox: Outbox,
        settings: MqttSettings,
        clock: Clock,
        on_alarm: OnAlarm,
        on_beat: OnBeat = _no_beat,
    ) -> None:
        self._outbox = outbox
        self._settings = settings
        self._clock = clock
        self._alarms = AlarmGate(on_alarm)
        self._on_beat = on_beat
        self._window = DeliveryWindow()
        self._counts = _Counts()
        self._cursor = 0
        self._sequence_sent = 0
        self._swept_s = 0.0
        self._away_since_s: float | None = None
        self._away_reason = "not connected yet"
        # One thread: the outbox's calls block, and are made one after the other.
        self._outbox_thread = ThreadPoolExecutor(1, thread_name_prefix="outbox")

    def statistics(self) -> RelayStatistics:
        """A snapshot of the counts."""
        return RelayStatistics(**asdict(self._counts), parked=self._window.parked_count)

    async def run(self) -> None:
        """Deliver until cancelled."""
        self._away_since_s = self._now_s()
        topics = [acknowledgement_filter(self._settings.environment)]
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._beat())
                tasks.create_task(
                    keep_connected(self._settings, topics, self._serve, self._on_link)
                )
        finally:
            self._outbox_thread.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, client: DeliveryClient) -> None:
        """Both directions of one connection; ends with the error that ends the connection."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._receive(client))
            tasks.create_task(self._deliver(client))

    async def _deliver(self, client: DeliveryClient) -> None:
        while True:
            await self._refill()
            rows = self._window.due(self._now_s(), IN_FLIGHT_MAX)
            if rows:
                await self._publish(client, rows)
            else:
                await asyncio.sleep(IDLE_POLL_S)

    async def _refill(self) -> None:
        """Take further open rows from the outbox; now and then start again from the first."""
        if self._now_s() - self._swept_s >= SWEEP_S:
            self._swept_s = self._now_s()
            self._cursor = 0
        count = min(self._window.room, PAGE)
        if count == 0:
            return
        rows = await self._call_outbox(partial(self._outbox.pending, self._cursor, count))
        if rows:
            self._cursor = rows[-1].sequence
            self._window.take(rows)
            self._park_damaged(rows)

    def _park_damaged(self, rows: Sequence[OutboxRow]) -> None:
        """The hash was computed when the deal was booked: a row that differs now was altered."""
        for row in rows:
            actual = hashlib.sha256(row.payload.encode("utf-8", "surrogatepass")).hexdigest()
            if actual != row.payload_hash or not usable_topic(row.topic):
                self._window.park(row.message_id, float("inf"))
                self._tell(
                    Alarm.OUTBOX_ROW_DAMAGED,
                    f"outbox row {row.sequence} ({row.message_id}): payload or topic is not what"
                    " was booked; it is not sent. Rebuild the database from the journal.",
                )

    async def _publish(self, client: DeliveryClient, rows: Sequence[OutboxRow]) -> None:
        # Counted before: an acknowledgement may take a row out of the window while it is published.
        resent = sum(self._window.was_sent(row) for row in rows)
        await client.publish_in_order([(row.topic, row.payload) for row in rows])
        self._counts.resent += resent
        self._counts.sent += len(rows) - resent
        self._sequence_sent = max(self._sequence_sent, rows[-1].sequence)
        self._window.sent(rows, self._now_s())
        message_ids = [row.message_id for row in rows]
        await self._call_outbox(partial(self._outbox.mark_sent, message_ids, self._clock.now_ns()))

    async def _receive(self, client: DeliveryClient) -> None:
        while True:
            messages = await client.next_messages()
            usable = [ack for message in messages if (ack := self._read(message))]
            await self._apply(usable)
            # Only now: an acknowledgement lost with this process comes again from the broker.
            client.acknowledge(messages)

    def _read(self, message: aiomqtt.Message) -> Acknowledgement | None:
        """The acknowledgement in a message; None, counted and told, when it cannot be used."""
        if message.retain:
            self._ignore(f"{message.topic.value[:150]!a}: retained; publish without retain")
            return None
        topic, environment = message.topic.value, self._settings.environment
        parsed = parse_acknowledgement(topic, message.payload, environment)
        if isinstance(parsed, UnusableAcknowledgement):
            self._ignore(parsed.reason)
            return None
        return parsed

    def _ignore(self, reason: str) -> None:
        self._counts.ignored_acks += 1
        self._tell(Alarm.ACK_UNUSABLE, f"acknowledgement ignored: {reason}. Check who sent it.")

    async def _apply(self, acknowledgements: Iterable[Acknowledgement]) -> None:
        """Close what the back office has."""
        booked = [ack for ack in acknowledgements if not self._is_plain_rejection(ack)]
        outcomes: list[AckOutcome] = []

        def apply_rest() -> None:
            for ack in booked[len(outcomes) :]:
                at_ns = self._clock.now_ns()
                outcomes.append(self._outbox.acknowledge(ack.message_id, ack.payload_hash, at_ns))

        if booked:
            await self._call_outbox(apply_rest)
        for ack, outcome in zip(booked, outcomes, strict=True):
            self._on_outcome(ack, outcome)

    def _is_plain_rejection(self, ack: Acknowledgement) -> bool:
        """Whether it is a rejection of what we sent, which must never close the row.

        One that carries another hash is the back office holding something else under our id: that
        goes on to the outbox, which records the conflict.
        """
        if ack.status is not AckStatus.REJECTED:
            return False
        expected = self._window.hash_of(ack.message_id)
        if expected is not None and expected != ack.payload_hash:
            return False
        self._counts.rejected += 1
        self._window.park(ack.message_id, self._now_s())
        self._tell(
            Alarm.BACK_OFFICE_REJECTED,
            f"the back office rejects {ack.message_id}: {ack.text!a}. The deal stands; settle it"
            " with the back office, the row stays open.",
        )
        return True

    def _on_outcome(self, ack: Acknowledgement, outcome: AckOutcome) -> None:
        match outcome:
            case AckOutcome.CLOSED:
                self._counts.acknowledged += 1
                self._window.close(ack.message_id, self._now_s())
            case AckOutcome.ALREADY_CLOSED:
                self._counts.duplicate_acks += 1
                self._window.close(ack.message_id, self._now_s())
            case AckOutcome.HASH_DIFFERS:
                self._counts.hash_alarms += 1
                self._window.park(ack.message_id, self._now_s())
                self._tell(
                    Alarm.HASH_DIFFERS,
                    f"the back office holds {ack.message_id} with another hash"
                    f" ({ack.payload_hash[:12]}…): compare both records, the row stays open.",
                )
            case AckOutcome.UNKNOWN_MESSAGE:
                self._counts.ignored_acks += 1
                self._tell(
                    Alarm.ACK_UNKNOWN,
                    f"the back office acknowledges {ack.message_id!a}, which we never sent."
                    " Check which robot or which database it belongs to.",
                )
            case _:
                assert_never(outcome)

    async def _beat(self) -> None:
        """Each second: count, watch for what takes too long, tell the supervisor."""
        while True:
            self._counts.open = await self._call_outbox(self._outbox.open_count)
            self._watch()
            self._on_beat(
                {
                    "connected": self._away_since_s is None,
                    "sequence": self._sequence_sent,
                    **asdict(self.statistics()),
                }
            )
            await asyncio.sleep(BEAT_S)

    def _watch(self) -> None:
        now_s = self._now_s()
        away_s = 0.0 if self._away_since_s is None else now_s - self._away_since_s
        if away_s > BROKER_AWAY_ALARM_S:
            self._tell(
                Alarm.BROKER_AWAY,
                f"no MQTT broker at {self._settings.host}:{self._settings.port} for"
                f" {away_s:.0f} s: {self._away_reason}. {self._counts.open} messages wait.",
            )
        if overdue := self._window.overdue(now_s, OVERDUE_ALARM_S):
            self._tell(
                Alarm.DELIVERY_OVERDUE,
                f"{overdue.count} messages unacknowledged, the oldest {overdue.message_id} for"
                f" {overdue.age_s:.0f} s. Check that the back office is running.",
            )
        if self._window.room == 0 and self._window.parked_count:
            self._tell(
                Alarm.TOO_MANY_PARKED,
                f"{self._window.parked_count} messages are refused or damaged and the window is"
                " full; nothing new is sent. Settle them with the back office.",
            )

    def _on_link(self, connected: bool, reason: str) -> None:
        if connected:
            self._counts.connections += 1
            self._away_since_s = None
            return
        self._away_reason = reason
        if self._away_since_s is None:
            self._away_since_s = self._now_s()

    async def _call_outbox(self, call: Callable[[], _T]) -> _T:
        """Run a call of the outbox on its thread; one that fails is tried again until it works."""
        loop = asyncio.get_running_loop()
        delay_s = RETRY_FIRST_S
        while True:
            try:
                return await loop.run_in_executor(self._outbox_thread, call)
            except (InvariantViolated, AssertionError):
                raise
            except Exception as error:
                # Whatever the database raises: the rows are safe there, so waiting loses nothing.
                kind = type(error).__name__
                self._tell(
                    Alarm.OUTBOX_UNAVAILABLE,
                    f"the outbox cannot be read or written: {kind}: {str(error)[:300]}."
                    " Check the database; delivery waits for it.",
                )
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, RETRY_MAX_S)

    def _tell(self, alarm: Alarm, text: str) -> None:
        self._alarms.tell(alarm, text, self._now_s())

    def _now_s(self) -> float:
        return asyncio.get_running_loop().time()


async def run_relay(
    outbox: Outbox,
    settings: MqttSettings,
    clock: Clock,
    stop: asyncio.Event,
    on_beat: OnBeat,
    on_alarm: OnAlarm,
) -> RelayStatistics:
    """Run a relay until `stop` is set; raises when the relay fails. Returns its last counts."""
    relay = Relay(outbox, settings, clock, on_alarm, on_beat)
    running = asyncio.create_task(relay.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    if not running.cancelled() and (error := running.exception()) is not None:
        raise first_cause(error)
    return relay.statistics()
