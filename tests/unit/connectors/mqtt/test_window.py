"""What is due to be published, and when."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mqtt import window as window_module
from connectors.mqtt.window import (
    PARKED_RESEND_S,
    RESEND_SPAN,
    UNACKNOWLEDGED_MAX,
    DeliveryWindow,
    resend_delay_s,
)
from tests.contract.outbox_contract import make_row, sequences

MANY = 1000


def window_of(*numbers: int) -> DeliveryWindow:
    window = DeliveryWindow()
    window.take([make_row(number) for number in numbers])
    return window


def send_due(window: DeliveryWindow, now_s: float) -> list[int]:
    rows = window.due(now_s, MANY)
    window.sent(rows, now_s)
    return sequences(rows)


def identity(number: int) -> str:
    return make_row(number).message_id


def test_new_rows_are_due_at_once_and_in_order() -> None:
    assert sequences(window_of(1, 2, 3).due(0.0, MANY)) == [1, 2, 3]


def test_no_more_rows_are_due_than_asked_for() -> None:
    assert sequences(window_of(1, 2, 3).due(0.0, 2)) == [1, 2]


def test_rows_found_late_take_their_place_in_the_order() -> None:
    window = window_of(5, 7)
    window.take([make_row(6), make_row(5), make_row(2)])
    assert sequences(window.due(0.0, MANY)) == [2, 5, 6, 7]


def test_the_delays_double_up_to_thirty_seconds() -> None:
    delays = [resend_delay_s(attempts) for attempts in range(1, 9)]
    assert delays == [1, 2, 4, 8, 16, 30, 30, 30]
    assert resend_delay_s(100_000) == 30


def test_a_sent_row_is_due_again_after_the_delay() -> None:
    window = window_of(1)
    assert send_due(window, 10.0) == [1]
    assert send_due(window, 10.9) == []
    assert send_due(window, 11.0) == [1]
    assert send_due(window, 12.9) == []
    assert send_due(window, 13.0) == [1]


def test_a_row_whose_publishing_failed_is_still_due() -> None:
    window = window_of(1)
    window.due(0.0, MANY)
    assert sequences(window.due(0.0, MANY)) == [1]


def test_a_closed_row_is_never_due() -> None:
    window = window_of(1, 2)
    window.close(identity(1), 0.0)
    assert send_due(window, 0.0) == [2]
    assert window.hash_of(identity(1)) is None


def test_a_closed_row_makes_room() -> None:
    window = window_of(*range(1, UNACKNOWLEDGED_MAX + 1))
    assert window.room == 0
    window.close(identity(7), 0.0)
    assert window.room == 1


def test_only_the_oldest_are_resent_while_new_rows_still_go_out() -> None:
    window = window_of(*range(1, 101))
    send_due(window, 0.0)
    window.take([make_row(101)])
    assert send_due(window, 100.0) == [*range(1, RESEND_SPAN + 1), 101]


def test_what_waited_behind_the_oldest_is_due_once_they_are_closed() -> None:
    window = window_of(*range(1, 101))
    send_due(window, 0.0)
    for number in range(1, RESEND_SPAN + 1):
        window.close(identity(number), 100.0)
    assert send_due(window, 100.0) == list(range(RESEND_SPAN + 1, 101))


def test_a_back_office_that_is_usually_slow_is_given_more_time() -> None:
    window = DeliveryWindow()
    for number in range(1, 60):
        window.take([make_row(number)])
        send_due(window, 0.0)
        window.close(identity(number), 2.0)
    window.take([make_row(60)])
    send_due(window, 0.0)
    assert send_due(window, 5.0) == []
    assert send_due(window, 6.0) == [60]


def test_a_row_sent_twice_says_nothing_about_the_usual_time() -> None:
    window = window_of(1, 2)
    send_due(window, 0.0)
    send_due(window, 1.0)
    window.close(identity(1), 1000.0)
    assert send_due(window, 3.0) == [2]


def test_a_parked_row_waits_long_and_holds_up_nobody() -> None:
    window = window_of(*range(1, UNACKNOWLEDGED_MAX + 1))
    send_due(window, 0.0)
    window.park(identity(1), 0.0)
    assert window.room == 1
    assert window.parked_count == 1
    assert 1 not in send_due(window, PARKED_RESEND_S - 1)
    assert 1 in send_due(window, PARKED_RESEND_S)
    assert 1 not in send_due(window, PARKED_RESEND_S + 1)


def test_a_parked_row_can_still_be_closed() -> None:
    window = window_of(1)
    window.park(identity(1), 0.0)
    window.close(identity(1), 1.0)
    assert send_due(window, 1000.0) == []


def test_a_row_already_under_way_or_parked_is_not_taken_twice() -> None:
    window = window_of(1, 2)
    send_due(window, 0.0)
    window.park(identity(2), 0.0)
    window.take([make_row(1), make_row(2)])
    assert send_due(window, 0.5) == []


def test_with_too_many_parked_nothing_more_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window_module, "PARKED_MAX", 2)
    window = window_of(1, 2, 3)
    window.park(identity(1), 0.0)
    assert window.room > 0
    window.park(identity(2), 0.0)
    assert window.room == 0


def test_the_oldest_overdue_row_is_named_with_its_age() -> None:
    window = window_of(1, 2)
    send_due(window, 0.0)
    window.take([make_row(3)])
    assert window.overdue(30.0, 30.0) is None
    overdue = window.overdue(31.0, 30.0)
    assert overdue is not None
    assert (overdue.count, overdue.age_s) == (2, 31.0)


@given(st.lists(st.tuples(st.sampled_from(["send", "close", "take"]), st.integers(1, 40))))
def test_rows_are_always_due_in_order_and_never_after_they_closed(
    actions: list[tuple[str, int]],
) -> None:
    window, closed, now_s = DeliveryWindow(), set(), 0.0
    for action, number in actions:
        now_s += number
        if action == "take" and number not in closed:
            window.take([make_row(number)])
        elif action == "close":
            window.close(identity(number), now_s)
            closed.add(number)
        due = send_due(window, now_s) if action == "send" else sequences(window.due(now_s, MANY))
        assert due == sorted(due)
        assert not closed.intersection(due)
