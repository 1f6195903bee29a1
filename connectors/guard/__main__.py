"""`python -m connectors.guard`: doors until standard input ends. Started by `process.py` only.

The doors are the first line of standard input, as JSON; their ports, or a problem, the only line
of standard output. Whoever started it holds the other end of standard input: when that process
ends, however it ends, so do the doors.
"""

from __future__ import annotations

import asyncio
import signal
import sys

import msgspec

from connectors.guard.limits import Door
from connectors.guard.relay import SWEEP_S, Guard

LAST_WORDS_S = 1.0
"""How long what was said last may take to get through."""


async def _serve(doors: list[Door]) -> int:
    guards = [Guard(door) for door in doors]
    try:
        ports = [await guard.listen() for guard in guards]
    except OSError as problem:
        sys.stdout.write(f"{problem}\n")
        return 1
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), over.set)
    sys.stdout.write(msgspec.json.encode(ports).decode() + "\n")
    sys.stdout.flush()
    while not over.is_set():
        for guard in guards:
            guard.sweep()
        try:
            async with asyncio.timeout(SWEEP_S):
                await over.wait()
        except TimeoutError:
            continue
    loop.remove_reader(sys.stdin.fileno())
    for guard in guards:
        guard.close()
    try:
        async with asyncio.timeout(LAST_WORDS_S):
            for guard in guards:
                await guard.emptied()
    except TimeoutError:
        pass
    return 0


if __name__ == "__main__":
    # Ctrl-C reaches the whole group; the process that holds us says its last words first.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    first = sys.stdin.buffer.readline()
    sys.exit(asyncio.run(_serve(msgspec.json.decode(first, type=list[Door]))))
