"""Kill switches as the status tells of them, and what a person's words for a part mean here."""

from __future__ import annotations

from robot.clock import format_time
from robot.core.state import RobotState
from robot.core.stops import known_value, values_of
from robot.messages.events import KillSwitchPulled, KillSwitchReleased
from robot.messages.stops import KILL_SWITCH, read_part, stop_name


def stop_views(state: RobotState) -> dict[str, dict[str, object]]:
    """Those in force by name: who, why and when, and how many orders of the part are left."""
    emptying = dict(state.emptying)
    return {
        name: {
            "text": stop.text,
            "actor": stop.actor,
            "reason": stop.reason,
            "at": format_time(stop.at_ns),
            "event": stop.event,
            "open_orders": len(emptying[stop.key].orders) if stop.key in emptying else 0,
        }
        for name, stop in dict(state.stops).items()
    }


def wanted_stop(
    state: RobotState | None, command: str, scope_text: str, actor: str, reason: str
) -> KillSwitchPulled | KillSwitchReleased | str:
    """What a person wants pulled or released; a text says why it means nothing here."""
    try:
        scope, value = read_part(scope_text)
    except ValueError as problem:
        return f"{problem}; nothing was done"
    reference = state.reference if state is not None else None
    if reference is not None and known_value(reference, scope, value) is None:
        known = ", ".join(values_of(reference, scope))
        return f"there is no {scope} {value!r}; nothing was done; known: {known}"
    kind = KillSwitchPulled if command == "kill" else KillSwitchReleased
    return kind(actor=actor, reason=reason, scope=scope, value=value)


def name_of(scope_text: str) -> str:
    """How the status calls the stop of a part."""
    try:
        return stop_name(*read_part(scope_text))
    except ValueError:
        return KILL_SWITCH
