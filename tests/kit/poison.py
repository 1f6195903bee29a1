"""A strategy that brings a fault of the core with it: one request that no step survives.

Named in `strategy.factory` of a test's desk, so that it is in every process that loads the core.
"""

from __future__ import annotations

from collections.abc import Mapping

from robot.core import engine
from robot.core.state import Context
from robot.messages.events import RfqReceived
from strategies.two_way import TwoWay

REQUEST_ID = "R1-000061"

_on_rfq = engine.HANDLERS[RfqReceived]


class Poisoned(TwoWay):
    """The shipped strategy; where it is loaded, the core around it is poisoned."""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        super().__init__(parameters)
        engine.HANDLERS[RfqReceived] = _fail_on_one


def _fail_on_one(context: Context, event: RfqReceived) -> None:
    if event.request_id.endswith(REQUEST_ID):
        raise ZeroDivisionError("planted")
    _on_rfq(context, event)
