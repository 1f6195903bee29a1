"""Planted bugs in what officers decide: stops of parts, rows that change, overrides."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

from robot.core import controls, engine, governing, halting, quoting
from robot.limits.book import TreeBook
from robot.messages.events import RobotStarted
from robot.messages.governing import Agreed

Planter = Callable[[ExitStack], None]


def _patch(stack: ExitStack, target: object, name: str, value: object) -> None:
    stack.enter_context(patch.object(target, name, value))


def _nothing(*_: Any, **__: Any) -> None:
    """What was to be done is not."""


def _quotes_of_a_stopped_part_stay(stack: ExitStack) -> None:
    _patch(stack, halting, "withdraw_meant", _nothing)


def _orders_of_a_stopped_part_stay(stack: ExitStack) -> None:
    _patch(stack, halting, "cancel_meant", _nothing)


def _stops_of_parts_are_not_asked(stack: ExitStack) -> None:
    _patch(stack, quoting, "first_over", lambda stops, subject: None)


def _stops_forgotten_at_a_restart(stack: ExitStack) -> None:
    honest = controls.on_started

    def started(context: Any, event: Any) -> None:
        context.state.stops.clear()
        honest(context, event)

    _patch(stack, engine, "HANDLERS", {**engine.HANDLERS, RobotStarted: started})


def _released_by_one_person(stack: ExitStack) -> None:
    _patch(stack, halting, "_problem_of", lambda state, event, halt: "")


def _changed_by_one_person(stack: ExitStack) -> None:
    _patch(stack, Agreed, "by_two", True)


def _rows_of_before_stay_in_force(stack: ExitStack) -> None:
    _patch(stack, governing, "_reload_limits", _nothing)


def _what_is_out_stays_when_limits_change(stack: ExitStack) -> None:
    _patch(stack, governing, "pull_everything", _nothing)


def _overrides_never_end(stack: ExitStack) -> None:
    handlers = {**engine.TIMER_HANDLERS, governing.OVERRIDE_END: _nothing}
    _patch(stack, engine, "TIMER_HANDLERS", handlers)


def _new_rows_forget_what_was_dealt(stack: ExitStack) -> None:
    _patch(stack, TreeBook, "used", lambda self, accounts: {})


LIMIT_MUTANTS: dict[str, Planter] = {
    "quotes of a stopped part stay": _quotes_of_a_stopped_part_stay,
    "orders of a stopped part stay": _orders_of_a_stopped_part_stay,
    "stops of parts are not asked": _stops_of_parts_are_not_asked,
    "stops of parts are forgotten at a restart": _stops_forgotten_at_a_restart,
    "one person lets go what was stopped": _released_by_one_person,
    "one person changes limits": _changed_by_one_person,
    "rows of before stay in force": _rows_of_before_stay_in_force,
    "what is out stays when limits change": _what_is_out_stays_when_limits_change,
    "overrides never end": _overrides_never_end,
    "new rows forget what was dealt": _new_rows_forget_what_was_dealt,
}
