"""Deals reach the back office exactly once, whatever is killed: real broker, real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from connectors.mqtt import relay as relay_module
from connectors.mqtt.broker import Broker, Kind, start_broker
from connectors.mqtt.relay import Relay, run_relay
from connectors.mqtt.session import MqttSettings, connection
from robot.clock import SystemClock
from robot.errors import InvariantViolated
from robot.ports import OutboxRow
from tests.contract.memory_outbox import MemoryOutbox
from tests.contract.outbox_contract import OutboxContract
from tests.unit.connectors.mqtt.sample import ENVIRONMENT, outbox_row
from tests.wire.delivery_kit import (
    KINDS,
    BackOfficeProcess,
    FileOutbox,
    Heard,
    add_deals,
    assert_booked_exactly,
    filled,
    relay_process,
    relaying,
    require,
    settings_for,
    wait_until,
)

pytestmark = [pytest.mark.wire, pytest.mark.slow]

ACKS = f"fxr/v1/{ENVIRONMENT}/ack"
AWKWARD = ("--late-share", "0.2", "--late-ms", "100", "--twice-share", "0.2")


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    require(request.param)
    with start_broker(tmp_path / "broker", prefer=request.param) as running:
        yield running


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    require("mosquitto")
    with start_broker(tmp_path / "broker", prefer="mosquitto") as running:
        yield running


@pytest.fixture
def make_back_office(tmp_path: Path) -> Iterator[Callable[..., BackOfficeProcess]]:
    with ExitStack() as started:

        def make(broker: Broker, *options: str) -> BackOfficeProcess:
            office = BackOfficeProcess(tmp_path, broker, *options)
            started.callback(office.end)
            return office

        yield make


MakeBackOffice = Callable[..., BackOfficeProcess]


def publish(broker: Broker, messages: Sequence[tuple[str, bytes | str, bool]]) -> None:
    """(topic, payload, retain) from somebody else than relay and back office."""

    async def whole() -> None:
        async with connection(settings_for(broker, "somebody")) as client:
            for topic, payload, retain in messages:
                await client.publish(topic, payload, qos=1, retain=retain, timeout=5)

    asyncio.run(whole())


class TestFileOutbox(OutboxContract):
    """The killed relay's outbox keeps the contract too."""

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> Iterator[None]:
        self._path = tmp_path / "outbox.sqlite"
        self._opened: list[FileOutbox] = []
        yield
        for outbox in self._opened:
            outbox.close()

    def create_outbox(self) -> FileOutbox:
        self._opened.append(FileOutbox(self._path))
        return self._opened[-1]


class TestNothingWrong:
    def test_every_deal_is_booked_once_in_order_and_acknowledged(
        self, broker: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office, outbox, heard = make_back_office(broker, *AWKWARD), filled(300), Heard()

        async def scenario() -> None:
            await office.started()
            async with relaying(outbox, broker, heard) as relay:
                await wait_until(lambda: outbox.open_count() == 0)
                add_deals(outbox, range(301, 331))
                await wait_until(lambda: relay.statistics().acknowledged == 330)
                assert outbox.open_count() == 0

        asyncio.run(scenario())
        assert_booked_exactly(office.bookings(), 330)
        assert office.arrival_order() == list(range(1, 331))
        assert heard.alarms == []
        summary = office.stop()
        assert (summary["booked"], summary["conflicts"], summary["refused"]) == (330, 0, 0)
        assert summary["acks_sent"] > 330

    def test_the_relay_tells_its_position_and_stops_when_asked(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office, outbox, heard = make_back_office(mosquitto), filled(5), Heard()

        async def scenario() -> None:
            await office.started()
            stop = asyncio.Event()
            running = asyncio.create_task(
                run_relay(
                    outbox,
                    settings_for(mosquitto),
                    SystemClock(),
                    stop,
                    heard.on_beat,
                    heard.on_alarm,
                )
            )
            await wait_until(lambda: any(beat["acknowledged"] == 5 for beat in heard.beats))
            stop.set()
            counts = await asyncio.wait_for(running, 30)
            assert (counts.acknowledged, counts.hash_alarms) == (5, 0)

        asyncio.run(scenario())
        last = heard.beats[-1]
        assert (last["connected"], last["sequence"], last["open"]) == (True, 5, 0)


class TestKills:
    def test_a_relay_killed_between_publishing_and_marking_sends_again(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        class NeverMarked(MemoryOutbox):
            def mark_sent(self, message_ids: Sequence[str], at_ns: int) -> None:
                raise InvariantViolated("killed here")

        office, first_life = make_back_office(mosquitto), NeverMarked()
        add_deals(first_life, range(1, 51))
        second_life = filled(50)

        async def scenario() -> None:
            killed = Relay(first_life, settings_for(mosquitto), SystemClock(), Heard().on_alarm)
            with pytest.raises(ExceptionGroup):
                await asyncio.wait_for(killed.run(), 30)
            assert killed.statistics().sent == 50
            await office.started()
            async with relaying(second_life, mosquitto, Heard()) as relay:
                await wait_until(lambda: second_life.open_count() == 0)
                assert relay.statistics().acknowledged == 50

        asyncio.run(scenario())
        assert_booked_exactly(office.bookings(), 50)

    def test_a_relay_killed_again_and_again_loses_and_doubles_nothing(
        self, mosquitto: Broker, make_back_office: MakeBackOffice, tmp_path: Path
    ) -> None:
        office, path = make_back_office(mosquitto, *AWKWARD), tmp_path / "outbox.sqlite"
        outbox = FileOutbox(path)
        add_deals(outbox, range(1, 501))

        async def scenario() -> None:
            await office.started()
            for kill_after in (1, 120, 300):
                process = relay_process(path, mosquitto.port)
                try:
                    await office.booked(kill_after)
                finally:
                    process.kill()
                    process.wait()
            process = relay_process(path, mosquitto.port)
            try:
                await wait_until(lambda: outbox.open_count() == 0)
            finally:
                process.kill()
                process.wait()

        asyncio.run(scenario())
        outbox.close()
        assert_booked_exactly(office.bookings(), 500)

    def test_a_broker_killed_in_the_middle_loses_nothing(
        self, broker: Broker, make_back_office: MakeBackOffice, tmp_path: Path
    ) -> None:
        office, outbox, heard = make_back_office(broker, *AWKWARD), filled(300), Heard()

        async def scenario() -> None:
            await office.started()
            again = broker
            async with relaying(outbox, broker, heard) as relay:
                for booked in (50, 150):
                    await office.booked(booked)
                    os.kill(again.pid, signal.SIGKILL)
                    again.stop()
                    again = start_broker(tmp_path / "broker", broker.port, broker.kind)
                    killed.callback(again.stop)
                await wait_until(lambda: outbox.open_count() == 0, 40)
                assert relay.statistics().connections >= 2

        with ExitStack() as killed:
            asyncio.run(scenario())
        assert_booked_exactly(office.bookings(), 300)

    def test_a_back_office_killed_in_the_middle_books_everything_once(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office = make_back_office(mosquitto, *AWKWARD, "--forget-share", "0.05")
        outbox, heard = filled(300), Heard()

        async def scenario() -> None:
            await office.started()
            async with relaying(outbox, mosquitto, heard):
                for booked in (1, 150):
                    await office.booked(booked)
                    office.kill()
                    office.start()
                await wait_until(lambda: outbox.open_count() == 0, 40)

        asyncio.run(scenario())
        assert_booked_exactly(office.bookings(), 300)
        assert office.stop()["runs"] == 3

    def test_a_back_office_that_comes_later_gets_what_it_missed(
        self, broker: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office, outbox, heard = make_back_office(broker), filled(20), Heard()

        async def scenario() -> None:
            async with relaying(outbox, broker, heard) as relay:
                await wait_until(lambda: relay.statistics().sent == 20)
                await office.started()
                await wait_until(lambda: outbox.open_count() == 0)
                assert relay.statistics().resent >= 20

        asyncio.run(scenario())
        assert_booked_exactly(office.bookings(), 20)

    def test_a_broker_that_hangs_does_not_hang_the_relay(
        self, mosquitto: Broker, make_back_office: MakeBackOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay_module, "BROKER_AWAY_ALARM_S", 0.2)
        office, outbox, heard = make_back_office(mosquitto), filled(10), Heard()

        async def scenario() -> None:
            await office.started()
            async with relaying(outbox, mosquitto, heard):
                await wait_until(lambda: outbox.open_count() == 0)
                os.kill(mosquitto.pid, signal.SIGSTOP)
                try:
                    add_deals(outbox, range(11, 21))
                    beats = len(heard.beats)
                    await wait_until(lambda: "BROKER_AWAY" in heard.codes())
                    assert len(heard.beats) > beats
                finally:
                    os.kill(mosquitto.pid, signal.SIGCONT)
                await wait_until(lambda: outbox.open_count() == 0)

        asyncio.run(scenario())
        assert_booked_exactly(office.bookings(), 20)

    def test_without_a_broker_the_relay_alarms_waits_and_uses_little(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(relay_module, "BROKER_AWAY_ALARM_S", 0.2)
        outbox, heard = filled(3), Heard()
        nobody = MqttSettings(
            host="127.0.0.1", port=1, environment=ENVIRONMENT, entity="X", client_id="relay"
        )
        reads: list[int] = []

        def pending(after_sequence: int, count: int) -> Sequence[OutboxRow]:
            reads.append(after_sequence)
            return []

        monkeypatch.setattr(outbox, "pending", pending)

        async def scenario() -> None:
            stop = asyncio.Event()
            running = asyncio.create_task(
                run_relay(outbox, nobody, SystemClock(), stop, heard.on_beat, heard.on_alarm)
            )
            await wait_until(lambda: len(heard.beats) >= 3)
            stop.set()
            await running

        asyncio.run(scenario())
        assert reads == []
        (code, text), *further = heard.alarms
        assert code == "BROKER_AWAY"
        assert "3 messages wait" in text
        assert further == []


class TestWrongAnswers:
    def test_an_acknowledgement_with_another_hash_keeps_the_row_open_and_alarms(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office, outbox, heard = make_back_office(mosquitto), filled(10), Heard()
        held = json.dumps(json.loads(outbox_row(4).payload), indent=1)

        async def scenario() -> None:
            await office.started()
            await asyncio.to_thread(publish, mosquitto, [(outbox_row(4).topic, held, False)])
            await wait_until(lambda: office.booked_count() == 1)
            async with relaying(outbox, mosquitto, heard) as relay:
                await wait_until(lambda: outbox.open_count() == 1)
                await wait_until(lambda: relay.statistics().parked == 1)
                resent = relay.statistics().resent
                await asyncio.sleep(1.5)
                assert relay.statistics().resent == resent

        asyncio.run(scenario())
        assert [row.sequence for row in outbox.pending(0, 10)] == [4]
        assert outbox.hash_differences >= 1
        assert ("HASH_DIFFERS" in heard.codes()) and "D20140502-000004.v1" in heard.alarms[0][1]
        assert office.stop()["conflicts"] == 1
        assert len(office.bookings()) == 10

    def test_a_rejection_of_what_we_sent_does_not_close_the_row(self, mosquitto: Broker) -> None:
        outbox, heard, row = filled(1), Heard(), outbox_row(1)
        body = {"message_id": row.message_id, "payload_hash": row.payload_hash}
        rejection = json.dumps(body | {"status": "REJECTED", "text": "no such book"})

        async def scenario() -> None:
            async with relaying(outbox, mosquitto, heard) as relay:
                await wait_until(lambda: relay.statistics().sent == 1)
                topic = f"{ACKS}/{row.message_id}"
                await asyncio.to_thread(publish, mosquitto, [(topic, rejection, False)])
                await wait_until(lambda: relay.statistics().rejected == 1)

        asyncio.run(scenario())
        assert outbox.open_count() == 1
        assert heard.codes() == {"BACK_OFFICE_REJECTED"}
        assert "no such book" in heard.alarms[0][1]

    def test_poisonous_acknowledgements_are_ignored_counted_and_told_once(
        self, broker: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office, outbox, heard = make_back_office(broker), MemoryOutbox(), Heard()
        row = outbox_row(1)
        good = {"message_id": row.message_id, "payload_hash": row.payload_hash, "status": "BOOKED"}
        topic = f"{ACKS}/{row.message_id}"
        unknown = good | {"message_id": "D20990101-000001.v1"}
        retained = (topic, json.dumps(good), True)
        poison: list[tuple[str, bytes | str, bool]] = [
            (topic, b"\xff\x00junk", False),
            (topic, json.dumps(good)[:-1] + ',"status":"BOOKED"}', False),
            (topic, '{"message_id":NaN}', False),
            (topic, "[" * 60_000, False),
            (topic, " " * 70_000, False),
            (topic, json.dumps(good | {"message_id": "#"}), False),
            (f"{ACKS}/D2.v1", json.dumps(good), False),
            (f"{ACKS}/{unknown['message_id']}", json.dumps(unknown), False),
        ]

        async def scenario() -> None:
            await office.started()
            await asyncio.to_thread(publish, broker, [retained])
            async with relaying(outbox, broker, heard) as relay:
                await wait_until(lambda: relay.statistics().ignored_acks == 1)
                await asyncio.to_thread(publish, broker, poison * 20)
                await wait_until(lambda: relay.statistics().ignored_acks == 1 + 20 * len(poison))
                add_deals(outbox, [1])
                await wait_until(lambda: outbox.open_count() == 0)

        asyncio.run(scenario())
        assert [code for code, _ in heard.alarms] == ["ACK_UNUSABLE", "ACK_UNKNOWN"]
        assert_booked_exactly(office.bookings(), 1)

    def test_poisonous_deals_do_not_end_the_back_office(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office, outbox, heard = make_back_office(mosquitto), filled(3), Heard()
        deals = f"fxr/v1/{ENVIRONMENT}/deal"
        poison: list[tuple[str, bytes | str, bool]] = [
            (f"{deals}/MM1/D1", b"\xff\x00junk", False),
            (f"{deals}/MM1/D1", "[" * 60_000, False),
            (f"{deals}/a/b/c/d", '{"id":"\\ud800"}', False),
            (f"{deals}/MM1/D1", '{"id":"D1.v1"}', False),
        ]

        async def scenario() -> None:
            await office.started()
            await asyncio.to_thread(publish, mosquitto, poison)
            async with relaying(outbox, mosquitto, heard):
                await wait_until(lambda: outbox.open_count() == 0)

        asyncio.run(scenario())
        assert office.stop()["refused"] == 4
        assert_booked_exactly(office.bookings(), 3)

    def test_a_row_altered_in_the_outbox_is_not_sent(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        office, outbox, heard = make_back_office(mosquitto), MemoryOutbox(), Heard()
        outbox.add(msgspec.structs.replace(outbox_row(1), payload="{}"))
        outbox.add(msgspec.structs.replace(outbox_row(2), topic="fxr/v1/+/deal"))
        outbox.add(outbox_row(3))

        async def scenario() -> None:
            await office.started()
            async with relaying(outbox, mosquitto, heard):
                await wait_until(lambda: outbox.open_count() == 2)

        asyncio.run(scenario())
        assert heard.codes() == {"OUTBOX_ROW_DAMAGED"}
        assert office.stop()["received"] == 1
        assert [booking.deal_id for booking in office.bookings()] == ["D20140502-000003"]


class TestOutboxFailures:
    def test_a_database_that_fails_for_a_while_delays_and_loses_nothing(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        class Locked(MemoryOutbox):
            failures = 6

            def pending(self, after_sequence: int, count: int) -> Sequence[OutboxRow]:
                self._fail_for_a_while()
                return super().pending(after_sequence, count)

            def mark_sent(self, message_ids: Sequence[str], at_ns: int) -> None:
                self._fail_for_a_while()
                super().mark_sent(message_ids, at_ns)

            def _fail_for_a_while(self) -> None:
                self.failures -= 1
                if self.failures % 2:
                    raise OSError("database is locked")

        office, outbox, heard = make_back_office(mosquitto), Locked(), Heard()
        add_deals(outbox, range(1, 21))

        async def scenario() -> None:
            await office.started()
            async with relaying(outbox, mosquitto, heard):
                await wait_until(lambda: outbox.open_count() == 0)

        asyncio.run(scenario())
        assert "database is locked" in dict(heard.alarms)["OUTBOX_UNAVAILABLE"]
        assert_booked_exactly(office.bookings(), 20)


class TestBackOfficeCommand:
    def test_what_it_forgot_to_acknowledge_it_acknowledges_after_a_restart_of_itself(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        forgetful = ("--forget-share", "1", "--restart-every", "1")
        office, outbox, heard = make_back_office(mosquitto, *forgetful), filled(1), Heard()

        async def scenario() -> None:
            await office.started()
            async with relaying(outbox, mosquitto, heard):
                await wait_until(lambda: office.booked_count() == 1)
            # Without a relay nothing is sent again, so only the restart can bring the answer.
            await wait_until(lambda: office.status().get("acks_sent", 0) > 0)
            async with relaying(outbox, mosquitto, heard):
                await wait_until(lambda: outbox.open_count() == 0)

        asyncio.run(scenario())
        assert office.stop()["runs"] >= 2

    def test_it_ends_by_itself_and_on_sigterm_with_a_summary(
        self, mosquitto: Broker, make_back_office: MakeBackOffice
    ) -> None:
        by_itself = make_back_office(mosquitto, "--seconds", "0.5")
        by_itself.start()
        assert by_itself.summary()["booked"] == 0
        asyncio.run(by_itself.started())
        assert by_itself.stop()["runs"] == 2


def test_the_kinds_of_broker_tested_are_all_there_are() -> None:
    assert set(KINDS) == set(Kind.__args__)  # type: ignore[attr-defined]
