"""Requests that the core does not survive: one kind ends the process, one makes the core raise."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from robot.core import engine
from robot.messages.events import RfqReceived
from tests.simulation.faults import Crash, Death

KILLS = "POISON-KILLS"
RAISES = "POISON-RAISES"


class Poisoned(Exception):
    """The core's failure on a request that was planted."""


def in_the_core() -> Any:
    """While this lasts, the core fails on such requests as a bug in it would have it fail."""
    handlers = {**engine.HANDLERS, RfqReceived: _fail_on_poison}
    return patch.object(engine, "HANDLERS", handlers)


_on_rfq = engine.HANDLERS[RfqReceived]


def _fail_on_poison(context: Any, event: RfqReceived) -> None:
    if event.request_id.startswith(KILLS):
        raise Crash(Death.POISON, "stepping a poisoned request")
    if event.request_id.startswith(RAISES):
        raise Poisoned("planted")
    _on_rfq(context, event)
