"""Used, reserved, requested, maximum and headroom of a check add up, on the side that is told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from robot.basics.ids import LimitId
from robot.limits.judging import check_of_deal
from robot.limits.limit import LimitAccount, Reason, Use
from robot.limits.movement import refusal_of
from robot.messages.checks import Check


def position(used: int, up: int, down: int, maximum: int = 250) -> LimitAccount:
    return LimitAccount(
        limit_id=LimitId("net_open_position:EUR"),
        reason=Reason.NET_OPEN_POSITION,
        maximum=Decimal(maximum),
        two_sided=True,
        utilisation=Decimal(used),
        reserved_up=Decimal(up),
        reserved_down=Decimal(down),
    )


@pytest.mark.parametrize(
    ("used", "up", "down", "reserved", "headroom"),
    [
        (-10, 10, 10, 5, 250 - 10 - 5 - 10),  # short: what we could sell has less room
        (10, 10, 10, 2, 250 - 10 - 2 - 10),
        (100, 10, 11, 2, 250 - 100 - 2 - 10),
        (-10, 10, 0, 2, 250 + 10 - 2 - 10),
        (-10, 0, 10, 5, 250 - 10 - 5 - 10),
    ],
)
def test_a_check_of_a_quote_tells_the_side_that_has_less_room(
    used: int, up: int, down: int, reserved: int, headroom: int
) -> None:
    account = position(used, 2, 5)
    checks: list[Check] = []
    use = Use(account.limit_id, Decimal(up), Decimal(down))
    assert refusal_of({account.limit_id: account}, (use,), checks) is None
    assert (checks[0].reserved, checks[0].headroom) == (reserved, headroom)


@pytest.mark.parametrize(
    ("now", "amount", "headroom", "result"),
    [
        (10, 5, 250 - 10 - 2, "ok"),
        (-10, -5, 250 - 10 - 5, "ok"),
        (251, 5, 250 - 251 - 2, "over"),
    ],
)
def test_a_check_of_a_deal_leaves_what_is_still_held_out_of_its_headroom(
    now: int, amount: int, headroom: int, result: str
) -> None:
    check = check_of_deal(position(now, 2, 5), Decimal(amount))
    assert (check.headroom, check.result) == (headroom, result)
    assert check.used == now - amount
