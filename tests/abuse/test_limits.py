"""Orders of the robot under the rows of the tree; alike orders; what is told of reservations.

The rest of the abuse suite: `test_caps.py` (too much, at once and in pieces), `test_sides.py` (both
sides, reduce-only), `test_failing.py`, `test_files.py`, `test_time.py` (restarts and clocks),
`test_cuts.py`, `test_kills.py`. `test_phrases.py` says which test answers which phrase.
"""

from __future__ import annotations

from typing import Any

import pytest

from robot.invariants import check_state
from robot.messages.effects import Decided, LimitsMoved, SendOrder
from tests.kit import taker
from tests.kit.desk import Desk


@pytest.mark.parametrize(
    ("kind", "row", "refused"),
    [
        ("clip", {"everyone": "all", "maximum": "1999999"}, "CLIP"),
        ("order_value", {"trader": "*", "maximum": "1"}, ""),  # no person's order: nobody's row
        ("order_value", {"counterparty": "BANKB", "maximum": "2200000"}, "ORDER_VALUE"),
        ("orders_outstanding", {"venue": "ALPHA", "maximum": "0"}, "ORDERS_OUTSTANDING"),
        ("settlement", {"counterparty": "BANKB", "maximum": "2200000"}, "SETTLEMENT"),
    ],
)
def test_an_order_of_the_robot_meets_the_same_rows(
    kind: str, row: dict[str, Any], refused: str
) -> None:
    of = taker.short(taker.desk(limits={"tree": {kind: [row]}}))
    orders = [one for one in of.history_of(Decided) if one.kind == "ORDER"]
    assert [one.reason for one in orders][:1] == [refused]
    assert bool(of.history_of(SendOrder)) is not bool(refused)
    check_state(of.state)


def test_the_reservations_that_are_told_are_those_that_were_made() -> None:
    row = {"counterparty": "*", "maximum": "1100050"}
    of = Desk(limits={"tree": {"settlement": [row]}}).open()
    of.market()
    of.quoted(side="buy")
    moved = of.one(LimitsMoved)
    assert "settlement:counterparty=BANKA:2014-05-05" in {one.limit_id for one in moved.moves}


def test_the_same_order_again_within_its_time_is_one_too_many() -> None:
    row = {"trader": "*", "maximum": "1", "within_s": 5}
    of = taker.desk(limits={"tree": {"duplicate": [row]}})
    taker.working(of)
    of.after(4_999)
    of.market()
    assert taker.placed(of) is None
    assert of.one(Decided).reason == "DUPLICATE"
    of.after(2)
    of.market()
    assert taker.placed(of) is not None
