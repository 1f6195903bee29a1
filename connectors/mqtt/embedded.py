"""The embedded broker: `python -m connectors.mqtt.embedded HOST PORT`; ends when its input ends.

amqtt, for demo and tests only: it loses what is under way when a client reconnects and keeps
nothing for a subscriber that is away. The parent holds the other end of standard input, so this
process ends with it, however the parent ends.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from amqtt.broker import Broker


async def serve(host: str, port: int) -> None:
    """Run the broker until standard input closes or a signal asks to stop."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    # A pipe or a file that has ended is readable; nothing is ever written to it.
    loop.add_reader(sys.stdin.fileno(), stop.set)
    broker = Broker(_configuration(host, port))
    await broker.start()
    await stop.wait()
    loop.remove_reader(sys.stdin.fileno())
    await broker.shutdown()


def _configuration(host: str, port: int) -> dict[str, object]:
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}", "max_connections": 100}},
        "plugins": {
            "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True},
        },
    }


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
