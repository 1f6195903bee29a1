"""What the relay tells a person, and how seldom: a fault that repeats is told once in a while.

An alarm is a stable code and a text that says what to do.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass

OnAlarm = Callable[[str, str], None]
"""Takes the code and the text of an alarm. Called on the event loop; must not block."""

QUIET_S = 10.0
"""Seconds in which further alarms of one code are only counted."""


class Alarm(enum.StrEnum):
    """The codes, as they are shown and as `docs/delivery.md` explains them."""

    BROKER_AWAY = "BROKER_AWAY"
    DELIVERY_OVERDUE = "DELIVERY_OVERDUE"
    HASH_DIFFERS = "HASH_DIFFERS"
    BACK_OFFICE_REJECTED = "BACK_OFFICE_REJECTED"
    ACK_UNUSABLE = "ACK_UNUSABLE"
    ACK_UNKNOWN = "ACK_UNKNOWN"
    OUTBOX_UNAVAILABLE = "OUTBOX_UNAVAILABLE"
    OUTBOX_ROW_DAMAGED = "OUTBOX_ROW_DAMAGED"
    TOO_MANY_PARKED = "TOO_MANY_PARKED"


@dataclass(slots=True)
class _Told:
    at_s: float
    suppressed: int = 0


class AlarmGate:
    """Lets the first alarm of a code through, then one in `QUIET_S` with the number left out."""

    def __init__(self, on_alarm: OnAlarm) -> None:
        self._on_alarm = on_alarm
        self._told: dict[Alarm, _Told] = {}

    def tell(self, alarm: Alarm, text: str, now_s: float) -> None:
        """Pass on an alarm, or count it when its kind was told a moment ago."""
        told = self._told.get(alarm)
        if told is not None and now_s - told.at_s < QUIET_S:
            told.suppressed += 1
            return
        more = f" ({told.suppressed} more since the last)" if told and told.suppressed else ""
        self._told[alarm] = _Told(now_s)
        self._on_alarm(alarm.value, text + more)
