"""The connection to the MQTT broker: settings, a client that acknowledges by hand, reconnecting.

MQTT 3.1.1, QoS 1, persistent session. aiomqtt 2.5 acknowledges a message before its receiver has
dealt with it and has no public way not to (measured: 1,588 of 4,936 messages lost when the
receiver was killed); `DeliveryClient` switches that off below it. What it relies on is pinned by
`tests/unit/connectors/mqtt/test_session.py`.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiomqtt
from paho.mqtt.client import Client as PahoClient
from paho.mqtt.client import MQTTMessage

from connectors.mqtt.topics import topic_part
from robot.errors import ConfigurationError

IN_FLIGHT_MAX = 64
"""Messages sent to the broker and not yet acknowledged by it."""

PUBLISH_TIMEOUT_S = 1.0
"""Without progress. aiomqtt does not notice a lost connection while it waits for the broker."""

CONNECT_TIMEOUT_S = 3.0
KEEPALIVE_S = 10

RECONNECT_FIRST_S = 0.1
RECONNECT_MAX_S = 5.0
STABLE_AFTER_S = 5.0
"""A connection that lived so long starts the back-off anew."""

INCOMING_MAX = 10_000
"""Messages received and not yet dealt with. What is dropped beyond it was not acknowledged to the
broker and comes again."""

_REFUSED = 128
"""A broker's answer to a subscription from here on means no."""

BATCH_MAX = 64
"""Messages handed over at once."""

# aiomqtt and paho warn once per call under load; what matters is counted and raised as alarms.
_LOGGER = logging.getLogger("fxrobot.mqtt")
_LOGGER.setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Where the broker is and who we are there. TLS is on when `ca_file` is given."""

    host: str
    port: int = 1883
    environment: str
    entity: str
    client_id: str
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    certificate_file: Path | None = None
    key_file: Path | None = None

    def __post_init__(self) -> None:
        topic_part(self.environment, "mqtt.environment")
        topic_part(self.entity, "mqtt.entity")
        topic_part(self.client_id, "mqtt.client_id")
        if not self.host:
            raise ConfigurationError("mqtt.host is empty; name the broker's host")
        if not 0 < self.port < 65536:
            raise ConfigurationError(f"mqtt.port {self.port} is not a port (1 to 65535)")
        if self.password_file is not None and self.username is None:
            raise ConfigurationError("mqtt.password_file is given without mqtt.username; add it")
        if (self.certificate_file is None) != (self.key_file is None):
            raise ConfigurationError("mqtt.certificate_file and mqtt.key_file go together")
        if self.certificate_file is not None and self.ca_file is None:
            raise ConfigurationError("mqtt.certificate_file needs mqtt.ca_file; add it")


def read_password(path: Path) -> str:
    """The first line of a file that only its owner may read."""
    try:
        if path.stat().st_mode & 0o077:
            raise ConfigurationError(f"{path}: others may read this password; run chmod 600 {path}")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: cannot read the MQTT password: {error}") from error
    if not lines or not lines[0]:
        raise ConfigurationError(f"{path}: the first line, the MQTT password, is empty")
    return lines[0]


def tls_context(settings: MqttSettings) -> ssl.SSLContext | None:
    """TLS 1.2 or newer with the host name checked; None when no authority is configured."""
    if settings.ca_file is None:
        return None
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.certificate_file is not None:
            context.load_cert_chain(settings.certificate_file, settings.key_file)
    except OSError as error:
        raise ConfigurationError(
            f"TLS of mqtt.ca_file {settings.ca_file} or mqtt.certificate_file: {error}"
        ) from error
    return context


class DeliveryClient(aiomqtt.Client):
    """aiomqtt with acknowledgement by hand and publishing in order."""

    def __init__(self, settings: MqttSettings) -> None:
        super().__init__(
            settings.host,
            settings.port,
            identifier=settings.client_id,
            username=settings.username,
            password=read_password(settings.password_file) if settings.password_file else None,
            protocol=aiomqtt.ProtocolVersion.V311,
            clean_session=False,
            keepalive=KEEPALIVE_S,
            timeout=CONNECT_TIMEOUT_S,
            max_inflight_messages=IN_FLIGHT_MAX,
            max_queued_incoming_messages=INCOMING_MAX,
            tls_context=tls_context(settings),
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            logger=_LOGGER,
        )
        self.pending_calls_threshold = IN_FLIGHT_MAX
        self._client.connect_timeout = CONNECT_TIMEOUT_S
        self._client.manual_ack_set(True)

    def acknowledge(self, messages: Iterable[aiomqtt.Message]) -> None:
        """Tell the broker that these are dealt with; what is not told comes again."""
        for message in messages:
            if message.qos:
                self._client.ack(message.mid, message.qos)

    async def next_messages(self) -> Sequence[aiomqtt.Message]:
        """Wait for the next message; it and what came with it, at most `BATCH_MAX`."""
        incoming = self.messages
        batch = [await anext(incoming)]
        while len(incoming) and len(batch) < BATCH_MAX:
            batch.append(await anext(incoming))
        return batch

    async def publish_in_order(self, messages: Sequence[tuple[str, str]]) -> None:
        """Publish (topic, payload) pairs at QoS 1 and return when the broker has all of them.

        On an error it is unknown which of them the broker has.
        """
        assert len(messages) <= IN_FLIGHT_MAX
        # The event loop starts tasks in the order they were made, and each writes to the socket
        # before it first waits: that keeps the order.
        publishing = [
            asyncio.create_task(self.publish(topic, payload, qos=1, timeout=math.inf))
            for topic, payload in messages
        ]
        try:
            await _finish_with_progress(publishing)
        finally:
            for task in publishing:
                task.cancel()
            outcomes = await asyncio.gather(*publishing, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def subscribe_all(self, topics: Iterable[str]) -> None:
        """Subscribe at QoS 1; a broker that refuses is an error."""
        for topic in topics:
            granted = await self.subscribe(topic, qos=1)
            codes = [code if isinstance(code, int) else code.value for code in granted]
            if any(code >= _REFUSED for code in codes):
                raise aiomqtt.MqttError(f"the broker refuses to subscribe {topic}; check its ACL")

    def close_socket(self) -> None:
        """Let go of the socket of a connection that failed half way; harmless otherwise."""
        self._client._reset_sockets()

    def _on_message(
        self,
        client: PahoClient,
        userdata: object,
        message: MQTTMessage,
    ) -> None:
        """As in aiomqtt, but a topic it cannot read does not end the connection."""
        try:
            super()._on_message(client, userdata, message)
        except ValueError:
            client.ack(message.mid, message.qos)


async def _finish_with_progress(publishing: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all, as long as the broker takes at least one in `PUBLISH_TIMEOUT_S`.

    A slow broker must not be taken for a lost one: reconnecting makes it slower still.
    """
    waiting = set(publishing)
    while waiting:
        done, waiting = await asyncio.wait(waiting, timeout=PUBLISH_TIMEOUT_S)
        if not done:
            raise aiomqtt.MqttError(f"the broker took no message for {PUBLISH_TIMEOUT_S:.0f} s")


@asynccontextmanager
async def connection(settings: MqttSettings) -> AsyncIterator[DeliveryClient]:
    """One connection to the broker; an `aiomqtt.MqttError` when it fails or is lost."""
    client = DeliveryClient(settings)
    try:
        async with client:
            yield client
    finally:
        client.close_socket()


def first_cause(error: BaseException) -> BaseException:
    """The failure itself, out of the groups that task groups wrap it in."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


Serve = Callable[[DeliveryClient], Awaitable[None]]
OnLink = Callable[[bool, str], None]
"""Told True when connected, False and the reason when not."""


async def keep_connected(
    settings: MqttSettings, topics: Sequence[str], serve: Serve, on_link: OnLink
) -> None:
    """Connect, subscribe and `serve`, again and again with back-off; ends by cancellation only."""
    loop = asyncio.get_running_loop()
    delay_s = RECONNECT_FIRST_S
    while True:
        started_s = loop.time()
        reason = await _serve_once(settings, topics, serve, on_link)
        on_link(False, reason)
        if loop.time() - started_s > STABLE_AFTER_S:
            delay_s = RECONNECT_FIRST_S
        await asyncio.sleep(delay_s)
        delay_s = min(delay_s * 2, RECONNECT_MAX_S)


async def _serve_once(
    settings: MqttSettings, topics: Sequence[str], serve: Serve, on_link: OnLink
) -> str:
    """Serve one connection until it is lost; returns why."""
    reason = "the connection was closed"
    try:
        async with connection(settings) as client:
            await client.subscribe_all(topics)
            on_link(True, "")
            await serve(client)
    except* aiomqtt.MqttError as group:
        reason = str(group.exceptions[0])
    return reason
