"""A fault that repeats is told once in a while."""

from __future__ import annotations

from connectors.mqtt.alarms import QUIET_S, Alarm, AlarmGate


def test_the_first_alarm_is_told_at_once_and_repetitions_are_counted() -> None:
    told: list[tuple[str, str]] = []
    gate = AlarmGate(lambda code, text: told.append((code, text)))
    for _ in range(1000):
        gate.tell(Alarm.ACK_UNUSABLE, "junk", 5.0)
    assert told == [("ACK_UNUSABLE", "junk")]
    gate.tell(Alarm.ACK_UNUSABLE, "junk", 5.0 + QUIET_S)
    assert told[1:] == [("ACK_UNUSABLE", "junk (999 more since the last)")]


def test_another_kind_of_alarm_is_not_held_back() -> None:
    told: list[str] = []
    gate = AlarmGate(lambda code, _: told.append(code))
    gate.tell(Alarm.ACK_UNUSABLE, "junk", 0.0)
    gate.tell(Alarm.HASH_DIFFERS, "D1", 0.0)
    assert told == ["ACK_UNUSABLE", "HASH_DIFFERS"]
