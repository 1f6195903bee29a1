"""`fxrobot sim backoffice`: a back office that books deals from MQTT and is awkward as a real one.

It books first, acknowledges to the broker next, and answers the robot last: sometimes late,
sometimes twice, sometimes not before it is asked again or restarted. Killed at any moment it has
lost nothing and doubled nothing. Its database is in `bookings`, its parser in `deal_notice`.
"""

from __future__ import annotations

import asyncio
import heapq
import json
import os
import random
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from connectors.mqtt.session import (
    IN_FLIGHT_MAX,
    DeliveryClient,
    MqttSettings,
    first_cause,
    keep_connected,
)
from connectors.sim.bookings import Answer, Booking, Books, Receipt, Received, read_bookings
from robot.errors import RobotError

__all__ = ["BackOffice", "Booking", "Manners", "backoffice", "read_bookings"]

STATUS_EVERY_S = 0.2
ANSWER_POLL_S = 0.005
DEADLINE_VARIABLE = "FXROBOT_BACKOFFICE_DEADLINE_NS"
"""Set across a restart of itself, so that `--seconds` counts from the first start."""

TOPICS = "fxr/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How awkward it is: shares of all bookings, 0 to 1."""

    late_share: float = 0.0
    late_ms: int = 300
    twice_share: float = 0.0
    forget_share: float = 0.0
    """Booked, and not acknowledged before a redelivery or a restart."""


class BackOffice:
    """Books what arrives and answers it. `chance` decides when it is awkward."""

    def __init__(
        self, settings: MqttSettings, books: Books, manners: Manners, chance: random.Random
    ) -> None:
        self._settings = settings
        self._books = books
        self._manners = manners
        self._chance = chance
        self._answers: list[tuple[float, int, Answer]] = []
        self._answer_number = 0
        self._forgotten: set[str] = set()
        self.connected = False

    async def run(self) -> None:
        """Book and answer until cancelled."""
        topics = [f"{TOPICS}/{self._settings.environment}/deal/#"]
        await keep_connected(self._settings, topics, self._serve, self._on_link)

    def status(self) -> dict[str, int]:
        """The counters, for the status file and the summary."""
        waiting = len(self._answers) + len(self._forgotten)
        return {**asdict(self._books.counts), "answers_waiting": waiting}

    async def _serve(self, client: DeliveryClient) -> None:
        # What an earlier run or connection booked and did not answer; what was waiting is among it.
        self._answers.clear()
        for answer in self._books.unanswered():
            if answer.message_id not in self._forgotten:
                self._answer_in(0.0, answer)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._receive(client))
            tasks.create_task(self._answer(client))

    async def _receive(self, client: DeliveryClient) -> None:
        while True:
            messages = await client.next_messages()
            payloads = [(message.topic.value, message.payload) for message in messages]
            for received in self._books.receive(payloads, time.time_ns()):
                self._plan(received)
            client.acknowledge(messages)

    def _plan(self, received: Received) -> None:
        """Decide when and how often to answer."""
        answer, manners = received.answer, self._manners
        if answer is None:
            return
        if received.receipt is not Receipt.BOOKED:
            self._forgotten.discard(answer.message_id)
            self._answer_in(0.0, answer)
            return
        # Always three draws, so that one share does not change what the others decide.
        forget, late, twice = (self._chance.random() for _ in range(3))
        if forget < manners.forget_share:
            self._forgotten.add(answer.message_id)
            return
        delay_s = manners.late_ms / 1000 if late < manners.late_share else 0.0
        self._answer_in(delay_s, answer)
        if twice < manners.twice_share:
            self._answer_in(delay_s, answer)

    def _answer_in(self, delay_s: float, answer: Answer) -> None:
        self._answer_number += 1
        heapq.heappush(self._answers, (time.monotonic() + delay_s, self._answer_number, answer))

    async def _answer(self, client: DeliveryClient) -> None:
        while True:
            due = self._take_due()
            if not due:
                await asyncio.sleep(ANSWER_POLL_S)
                continue
            await client.publish_in_order([self._encoded(answer) for answer in due])
            self._books.count_answers(due)

    def _take_due(self) -> list[Answer]:
        now_s = time.monotonic()
        due: list[Answer] = []
        while self._answers and self._answers[0][0] <= now_s and len(due) < IN_FLIGHT_MAX:
            due.append(heapq.heappop(self._answers)[2])
        return due

    def _encoded(self, answer: Answer) -> tuple[str, str]:
        topic = f"{TOPICS}/{self._settings.environment}/ack/{answer.message_id}"
        body = {
            "message_id": answer.message_id,
            "payload_hash": answer.payload_hash,
            "status": answer.status,
            "text": answer.text[:500],
        }
        return topic, json.dumps(body)

    def _on_link(self, connected: bool, reason: str) -> None:
        self.connected = connected


Share = Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of bookings, 0 to 1.")]


def backoffice(
    database: Annotated[Path, typer.Option(help="SQLite file of its own; kept across restarts.")],
    host: Annotated[str, typer.Option(help="MQTT broker.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 1883,
    environment: Annotated[str, typer.Option(help="The environment in the topics.")] = "demo",
    late_share: Share = 0.05,
    late_ms: Annotated[int, typer.Option(min=0, help="How late a late answer is.")] = 300,
    twice_share: Share = 0.02,
    forget_share: Share = 0.0,
    restart_every: Annotated[float, typer.Option(min=0, help="Seconds; 0 = never.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Decides which answers are awkward.")] = 7,
    status: Annotated[Path | None, typer.Option(help="Counters as JSON, every 200 ms.")] = None,
    seconds: Annotated[float, typer.Option(min=0, help="End by itself; 0 = never.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Summary as one JSON object.")] = False,
) -> None:
    """Book deals from MQTT; acknowledge late, twice, or only when asked again or restarted."""
    manners = Manners(
        late_share=late_share, late_ms=late_ms, twice_share=twice_share, forget_share=forget_share
    )
    try:
        settings = MqttSettings(
            host=host,
            port=port,
            environment=environment,
            entity="backoffice",
            client_id=f"fxr-backoffice-{environment}",
        )
        books = Books(database)
        # Each run draws anew: the same awkwardness after each restart would hide the rest.
        chance = random.Random(f"{seed}/{books.begin_run(time.time_ns())}")
        office = BackOffice(settings, books, manners, chance)
        asyncio.run(_run(office, status, restart_every, _deadline_ns(seconds)))
        books.close()
    except (sqlite3.Error, OSError, RobotError) as error:
        typer.echo(f"back office with database {database}: {error}", err=True)
        raise typer.Exit(2) from error
    counts = office.status()
    plain = ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items())
    typer.echo(json.dumps(counts) if as_json else plain)


async def _run(
    office: BackOffice, status: Path | None, restart_every_s: float, deadline_ns: int
) -> None:
    """Run until a signal or the deadline; a part that fails ends the whole."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    parts: list[Coroutine[Any, Any, object]] = [office.run(), stop.wait()]
    if status is not None:
        parts.append(_keep_writing(status, office))
    if restart_every_s > 0:
        parts.append(_after(restart_every_s, _restart_self))
    if deadline_ns:
        parts.append(_after(max(0.0, (deadline_ns - time.time_ns()) / 1e9), stop.set))
    tasks = [asyncio.create_task(part) for part in parts]
    while not stop.is_set():
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done() and (error := task.exception()) is not None:
                raise first_cause(error)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    if status is not None:
        _write_status(status, office)


async def _keep_writing(path: Path, office: BackOffice) -> None:
    while True:
        _write_status(path, office)
        await asyncio.sleep(STATUS_EVERY_S)


def _write_status(path: Path, office: BackOffice) -> None:
    """Replace the status file in one step, so that a reader never sees half of it."""
    status = {"pid": os.getpid(), "connected": office.connected, **office.status()}
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(json.dumps(status), encoding="utf-8")
    fresh.replace(path)


async def _after(seconds: float, act: Callable[[], None]) -> None:
    await asyncio.sleep(seconds)
    act()


def _restart_self() -> None:
    """Become a new process in place, abruptly: nothing is closed, as after a crash."""
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _deadline_ns(seconds: float) -> int:
    """When to end, 0 for never; a restart of itself keeps it."""
    if seconds <= 0:
        return 0
    kept = int(os.environ.get(DEADLINE_VARIABLE, "0"))
    deadline_ns = kept or time.time_ns() + int(seconds * 1e9)
    os.environ[DEADLINE_VARIABLE] = str(deadline_ns)
    return deadline_ns


if __name__ == "__main__":
    typer.run(backoffice)
