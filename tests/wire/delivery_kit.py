"""What the tests of delivery share: brokers, the back office as a process, outboxes."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connectors.mqtt.broker import Broker, Kind, find_mosquitto
from connectors.mqtt.relay import Relay, run_relay
from connectors.mqtt.session import MqttSettings
from connectors.sim.bookings import Booking, read_bookings
from robot.clock import SystemClock
from robot.ports import AckOutcome, Outbox, OutboxRow
from tests.contract.memory_outbox import MemoryOutbox
from tests.unit.connectors.mqtt.sample import ENTITY, ENVIRONMENT, booked_deal, outbox_row

ROOT = Path(__file__).parents[2]
KINDS: tuple[Kind, ...] = ("mosquitto", "embedded")


def require(kind: Kind) -> None:
    """Skip where a broker is not installed; on the build machine that is a failure."""
    if (find_mosquitto() if kind == "mosquitto" else importlib.util.find_spec("amqtt")) is None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"the {kind} broker must be installed here")
        pytest.skip(f"the {kind} broker is not installed")


async def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Look until it is so; what is waited for happens in other processes and tells nobody."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def settings_for(broker: Broker, client_id: str = "fxr-relay-test") -> MqttSettings:
    return MqttSettings(
        host=broker.host,
        port=broker.port,
        environment=ENVIRONMENT,
        entity=ENTITY,
        client_id=client_id,
    )


def filled(count: int) -> MemoryOutbox:
    outbox = MemoryOutbox()
    add_deals(outbox, range(1, count + 1))
    return outbox


def add_deals(outbox: MemoryOutbox | FileOutbox, numbers: Sequence[int]) -> None:
    for number in numbers:
        outbox.add(outbox_row(number))


class BackOfficeProcess:
    """`fxrobot sim backoffice` as a child process; its database outlives it."""

    def __init__(self, folder: Path, broker: Broker, *options: str) -> None:
        self.database = folder / "backoffice.sqlite"
        self._status = folder / "backoffice.json"
        self._command = [sys.executable, "-m", "connectors.sim.backoffice", "--json"]
        self._command += ["--host", broker.host, "--port", str(broker.port)]
        self._command += ["--database", str(self.database), "--status", str(self._status)]
        self._command += ["--environment", ENVIRONMENT, *options]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._status.unlink(missing_ok=True)
        self._process = subprocess.Popen(self._command, cwd=ROOT, stdout=subprocess.PIPE)

    def status(self) -> dict[str, int]:
        if not self._status.exists():
            return {}
        status: dict[str, int] = json.loads(self._status.read_text())
        return status

    async def started(self) -> None:
        self.start()
        await wait_until(lambda: bool(self.status().get("connected")))

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.communicate()

    def stop(self) -> dict[str, int]:
        """End it by SIGTERM; its summary."""
        assert self._process is not None
        self._process.terminate()
        return self.summary()

    def summary(self) -> dict[str, int]:
        """Wait for its end; its summary."""
        assert self._process is not None
        output, _ = self._process.communicate(timeout=60)
        assert self._process.returncode == 0
        summary: dict[str, int] = json.loads(output)
        return summary

    def end(self) -> None:
        """Whatever state it is in, it is gone afterwards."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def bookings(self) -> tuple[Booking, ...]:
        return read_bookings(self.database)

    def booked_count(self) -> int:
        return len(self.bookings()) if self.database.exists() else 0

    async def booked(self, least: int) -> None:
        """Wait until it holds at least so many deals."""
        await wait_until(lambda: self.booked_count() >= least)

    def arrival_order(self) -> list[int]:
        with closing(sqlite3.connect(self.database)) as database:
            rows = database.execute("SELECT sequence FROM deals ORDER BY rowid")
            return [sequence for (sequence,) in rows]


def assert_booked_exactly(bookings: Sequence[Booking], count: int) -> None:
    """The back office holds deals 1 to `count`, each as it was booked, each once."""
    fields = ["deal_id", "exec_id", "pair", "side", "base_amount", "rate", "counter_amount"]
    fields += ["value_date", "counterparty"]
    deals = [booked_deal(number).deal for number in range(1, count + 1)]
    expected = [[getattr(deal, name) for name in fields] for deal in deals]
    assert expected == [[getattr(held, name) for name in fields] for held in bookings]


@dataclass
class Heard:
    """What a relay told."""

    alarms: list[tuple[str, str]] = field(default_factory=list)
    beats: list[dict[str, object]] = field(default_factory=list)

    def on_alarm(self, code: str, text: str) -> None:
        self.alarms.append((code, text))

    def on_beat(self, position: Mapping[str, object]) -> None:
        self.beats.append(dict(position))

    def codes(self) -> set[str]:
        return {code for code, _ in self.alarms}


@asynccontextmanager
async def relaying(outbox: Outbox, broker: Broker, heard: Heard) -> AsyncIterator[Relay]:
    """A relay in this process, cancelled at the end as abruptly as a task can be."""
    relay = Relay(
        outbox,
        settings_for(broker),
        SystemClock(),
        heard.on_alarm,
        heard.on_beat,
    )
    task = asyncio.create_task(relay.run())
    try:
        yield relay
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class FileOutbox:
    """An outbox in a SQLite file, for a relay in a process that gets killed."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=10
        )
        # Not synced at each commit: the tests kill processes, not the machine.
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS outbox (message_id TEXT PRIMARY KEY, sequence INTEGER,"
            " topic TEXT, payload TEXT, payload_hash TEXT, attempts INTEGER, sent_at_ns INTEGER,"
            " open INTEGER DEFAULT 1)"
        )

    def add(self, row: OutboxRow) -> None:
        values = [getattr(row, name) for name in row.__struct_fields__]
        self._database.execute("INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?, ?, 1)", values)

    def pending(self, after_sequence: int, count: int) -> Sequence[OutboxRow]:
        fields = ", ".join(OutboxRow.__struct_fields__)
        rows = self._database.execute(
            f"SELECT {fields} FROM outbox WHERE open AND sequence > ? ORDER BY sequence LIMIT ?",
            (after_sequence, count),
        )
        return [
            OutboxRow(**dict(zip(OutboxRow.__struct_fields__, row, strict=True))) for row in rows
        ]

    def mark_sent(self, message_ids: Sequence[str], at_ns: int) -> None:
        self._database.execute("BEGIN IMMEDIATE")
        self._database.executemany(
            "UPDATE outbox SET attempts = attempts + 1, sent_at_ns = ? WHERE message_id = ?",
            [(at_ns, message_id) for message_id in message_ids],
        )
        self._database.execute("COMMIT")

    def acknowledge(self, message_id: str, payload_hash: str, at_ns: int) -> AckOutcome:
        found = self._database.execute(
            "SELECT payload_hash, open FROM outbox WHERE message_id = ?", (message_id,)
        ).fetchone()
        if found is None:
            return AckOutcome.UNKNOWN_MESSAGE
        if found[0] != payload_hash:
            return AckOutcome.HASH_DIFFERS
        if not found[1]:
            return AckOutcome.ALREADY_CLOSED
        self._database.execute("UPDATE outbox SET open = 0 WHERE message_id = ?", (message_id,))
        return AckOutcome.CLOSED

    def open_count(self) -> int:
        count: int = self._database.execute("SELECT count(*) FROM outbox WHERE open").fetchone()[0]
        return count

    def close(self) -> None:
        self._database.close()


def relay_process(path: Path, port: int) -> subprocess.Popen[bytes]:
    """A relay on the `FileOutbox` at `path`, in a process of its own."""
    command = [sys.executable, "-m", "tests.wire.delivery_kit", str(path), str(port)]
    return subprocess.Popen(command, cwd=ROOT)


async def _relay_until_killed(path: Path, port: int) -> None:
    settings = MqttSettings(
        host="127.0.0.1",
        port=port,
        environment=ENVIRONMENT,
        entity=ENTITY,
        client_id="fxr-relay-test",
    )
    await run_relay(
        FileOutbox(path),
        settings,
        SystemClock(),
        asyncio.Event(),
        lambda _: None,
        lambda code, text: print(code, text, flush=True),
    )


if __name__ == "__main__":
    asyncio.run(_relay_until_killed(Path(sys.argv[1]), int(sys.argv[2])))
