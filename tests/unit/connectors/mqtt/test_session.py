"""The connection: settings, and what it relies on in aiomqtt and paho (the pins)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import aiomqtt
import pytest
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import MQTTMessage

from connectors.mqtt.broker import Broker, start_broker
from connectors.mqtt.session import (
    DeliveryClient,
    MqttSettings,
    connection,
    keep_connected,
    read_password,
    tls_context,
)
from robot.errors import ConfigurationError

SETTINGS = MqttSettings(host="127.0.0.1", environment="test", entity="BANKCN", client_id="me")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with start_broker(tmp_path_factory.mktemp("broker")) as running:
        yield running


def run(broker: Broker, client_id: str, use: Callable[[DeliveryClient], Awaitable[None]]) -> None:
    """One connection of `client_id`, used and closed."""

    async def whole() -> None:
        settings = replace(SETTINGS, port=broker.port, client_id=client_id)
        async with connection(settings) as client:
            await client.subscribe_all(["t/#"])
            await use(client)

    asyncio.run(asyncio.wait_for(whole(), 10))


class TestSettings:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"host": ""}, "mqtt.host"),
            ({"port": 0}, "port"),
            ({"port": 65536}, "port"),
            ({"environment": "a/b"}, "mqtt.environment"),
            ({"entity": "#"}, "mqtt.entity"),
            ({"client_id": ""}, "mqtt.client_id"),
            ({"password_file": Path("x")}, "username"),
            ({"certificate_file": Path("x"), "ca_file": Path("y")}, "go together"),
            ({"certificate_file": Path("x"), "key_file": Path("y")}, "ca_file"),
        ],
    )
    def test_settings_that_cannot_work_are_refused(
        self, changes: dict[str, object], words: str
    ) -> None:
        with pytest.raises(ConfigurationError, match=words):
            replace(SETTINGS, **changes)  # type: ignore[arg-type]

    def test_a_password_is_the_first_line_of_a_private_file(self, tmp_path: Path) -> None:
        path = tmp_path / "password"
        path.write_text("s3cret\n")
        path.chmod(0o600)
        assert read_password(path) == "s3cret"

    def test_a_password_that_others_may_read_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "password"
        path.write_text("s3cret\n")
        path.chmod(0o640)
        with pytest.raises(ConfigurationError, match="chmod 600") as refusal:
            read_password(path)
        assert "s3cret" not in str(refusal.value)

    def test_a_missing_or_empty_password_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationError, match="cannot read"):
            read_password(tmp_path / "none")
        (tmp_path / "empty").touch(mode=0o600)
        with pytest.raises(ConfigurationError, match="empty"):
            read_password(tmp_path / "empty")

    def test_without_an_authority_there_is_no_tls_and_a_wrong_one_is_refused(
        self, tmp_path: Path
    ) -> None:
        assert tls_context(SETTINGS) is None
        (tmp_path / "ca.pem").write_text("no certificate")
        with pytest.raises(ConfigurationError, match=r"ca\.pem"):
            tls_context(replace(SETTINGS, ca_file=tmp_path / "ca.pem"))


@pytest.mark.wire
class TestPins:
    """Fail when an update of aiomqtt or paho takes away what `DeliveryClient` builds on."""

    def test_what_is_not_acknowledged_comes_again(self, broker: Broker) -> None:
        seen: list[bytes] = []

        async def publish_and_leave(client: DeliveryClient) -> None:
            await client.publish_in_order([("t/1", "first")])
            seen.append((await client.next_messages())[0].payload)

        async def take_again(client: DeliveryClient) -> None:
            messages = await client.next_messages()
            seen.append(messages[0].payload)
            client.acknowledge(messages)

        async def find_nothing(client: DeliveryClient) -> None:
            await client.publish_in_order([("t/2", "second")])
            seen.append((await client.next_messages())[0].payload)

        if broker.kind == "embedded":
            reason = "amqtt keeps nothing for a client that went away: mosquitto is not installed"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        for step in (publish_and_leave, take_again, find_nothing):
            run(broker, "pin-ack", step)
        assert seen == [b"first", b"first", b"second"]

    def test_messages_arrive_in_the_order_they_were_published(self, broker: Broker) -> None:
        seen: list[str] = []

        async def use(client: DeliveryClient) -> None:
            for start in range(0, 640, 64):
                await client.publish_in_order([("t/o", str(n)) for n in range(start, start + 64)])
            while len(seen) < 640:
                messages = await client.next_messages()
                seen.extend(message.payload.decode() for message in messages)
                client.acknowledge(messages)

        run(broker, "pin-order", use)
        assert seen == [str(number) for number in range(640)]

    def test_an_unreadable_topic_does_not_end_the_connection(
        self, broker: Broker, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(self: object, client: PahoClient, userdata: object, message: MQTTMessage) -> None:
            if message.payload == b"bad":
                raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
            plain(self, client, userdata, message)  # type: ignore[arg-type]

        async def use(client: DeliveryClient) -> None:
            await client.publish_in_order([("t/1", "bad"), ("t/1", "good")])
            assert [message.payload for message in await client.next_messages()] == [b"good"]

        plain = aiomqtt.Client._on_message
        monkeypatch.setattr(aiomqtt.Client, "_on_message", fail)
        run(broker, "pin-topic", use)


def test_nobody_listening_is_told_and_tried_again_with_growing_pauses() -> None:
    told: list[tuple[bool, str]] = []

    async def never(_: DeliveryClient) -> None:
        raise AssertionError("connected to nobody")

    async def whole() -> None:
        settings = replace(SETTINGS, port=1)
        trying = keep_connected(settings, [], never, lambda *link: told.append(link))
        await asyncio.wait_for(trying, 0.75)

    with pytest.raises(TimeoutError):
        asyncio.run(whole())
    # Tries at 0, 0.1, 0.3 and 0.7 seconds; a loaded machine manages fewer.
    assert 2 <= len(told) <= 4
    assert told[0][0] is False
    assert "refused" in told[0][1]
