"""What people decided, put in force by the core: by two of them, whole, at its time, once."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from robot.basics.ids import LimitId
from robot.core.engine import Engine
from robot.core.state import restore, snapshot, state_hash
from robot.deals.reference import HedgePolicy, Reference
from robot.errors import ConfigurationError
from robot.invariants import check_state
from robot.messages.effects import (
    AlertRaised,
    CancelOrder,
    LimitsMoved,
    SendOrder,
    SendQuote,
    WithdrawQuote,
)
from robot.messages.events import HaltCleared, KillSwitchReleased
from robot.messages.governing import Agreed, OverrideGranted, ReferenceChanged
from robot.strategy import Strategy
from tests.kit.desk import SECOND_NS, Desk, started
from tests.kit.reference import reference

EUR = LimitId("net_open_position:EUR")


def agreed(number: int = 2, *, approver: str = "he.yu") -> Agreed:
    return Agreed(
        proposal=number - 1,
        approval=number,
        proposer="li.wei",
        approver=approver,
        content_hash="ab",
        proposed_ns=1,
        approved_ns=2,
    )


def limits(number: int = 2, *, at_ns: int = 0, approver: str = "he.yu", **figures: Any) -> Any:
    """An approved change of the limits."""
    return ReferenceChanged(
        kind="LIMITS",
        agreed=agreed(number, approver=approver),
        effective_ns=at_ns,
        limits=reference(limits=figures).limits,
    )


def override(maximum: str, until_ns: int, number: int = 2, approver: str = "he.yu") -> Any:
    return OverrideGranted(
        agreed=agreed(number, approver=approver),
        limit_id=EUR,
        maximum=D(maximum),
        until_ns=until_ns,
    )


def desk(**changes: Any) -> Desk:
    made = Desk(**changes).open()
    made.market()
    return made


def alerts(of: Desk) -> list[str]:
    return [effect.code for effect in of.effects if isinstance(effect, AlertRaised)]


def net_eur(of: Desk) -> D:
    return D(of.state.gate.accounts[EUR].maximum)


def test_new_limits_are_in_force_at_once_and_quotes_of_before_are_withdrawn() -> None:
    of = desk()
    of.rfq()
    of.step(limits(net_open_position={"EUR": "500000"}))
    assert any(isinstance(effect, WithdrawQuote) for effect in of.effects)
    assert net_eur(of) == D(500_000)
    assert "NET_OPEN_POSITION" in str(of.rfq())
    check_state(of.state)


def test_a_limit_cut_below_its_use_is_a_breach_and_nothing_new_fits() -> None:
    of = desk()
    of.hit(of.quoted())
    of.step(limits(net_open_position={"EUR": "400000"}))
    assert alerts(of) == ["REFERENCE_CHANGED", "LIMIT_BREACHED"]
    (told,) = [one for one in of.effects if isinstance(one, LimitsMoved) and one.verb == "maximum"]
    (move,) = [one for one in told.moves if one.limit_id == "net_open_position:EUR"]
    assert (move.maximum, move.requested) == (400_000, 0)
    assert abs(move.utilisation) > move.maximum, "what is used stands against the new maximum"
    assert "NET_OPEN_POSITION" in str(of.rfq(10_000))
    check_state(of.state)


def test_a_limit_cut_below_what_is_ordered_cancels_the_orders() -> None:
    policy = HedgePolicy(pair="EUR/USD", band=D(0), clip=D(2_000_000), slippage_bp=D(2))  # type: ignore[arg-type]
    of = Desk(
        venues=[{"id": "ALPHA", "pairs": ["EUR/USD"], "counterparty": "BANKB"}],
        limits={"orders_outstanding": 4},
        hedges=[msgspec.to_builtins(policy)],
    ).open()
    of.market()
    of.hit(of.quoted())
    of.after(2000)
    of.market()
    assert len(of.state.orders) == 1
    of.step(limits(orders_outstanding=4, net_open_position={"EUR": "400000"}))
    assert any(isinstance(effect, CancelOrder) for effect in of.effects)
    assert not any(isinstance(effect, SendOrder) for effect in of.effects)
    check_state(of.state)


@pytest.mark.parametrize("approver", ["", "li.wei", "LI.WEI"])
def test_what_no_second_person_approved_is_refused(approver: str) -> None:
    of = desk()
    before = net_eur(of)
    of.step(limits(approver=approver, net_open_position={"EUR": "1"}))
    assert alerts(of) == ["REFERENCE_REFUSED"]
    of.step(override("1", of.at_ns + SECOND_NS, approver=approver))
    assert alerts(of) == ["OVERRIDE_REFUSED"]
    assert net_eur(of) == before


def test_a_change_of_tomorrow_comes_by_the_cores_own_timer_also_after_a_restart() -> None:
    of = desk()
    event = limits(at_ns=of.at_ns + 10 * SECOND_NS, net_open_position={"EUR": "7"})
    of.step(event)
    of.step(event)  # told again
    assert alerts(of) == []
    of.engine = Engine(of.engine._load_strategy, restore(snapshot(of.state)))
    of.start()
    of.pass_time(9_000)
    assert net_eur(of) == D(50_000_000)
    of.pass_time(2_000)
    assert net_eur(of) == D(7)


def test_a_newer_approval_stays_in_force_when_the_time_of_an_older_one_comes() -> None:
    of = desk()
    of.step(limits(2, at_ns=of.at_ns + SECOND_NS, net_open_position={"EUR": "7"}))
    of.step(limits(4, net_open_position={"EUR": "9"}))
    of.pass_time(2_000)
    assert net_eur(of) == D(9)


def test_a_start_knows_which_approval_its_reference_comes_from() -> None:
    of = desk()
    of.step(limits(2, at_ns=of.at_ns + SECOND_NS, net_open_position={"EUR": "7"}))
    of.step(msgspec.structs.replace(started(of.reference), approvals={"LIMITS": 4}))
    of.pass_time(2_000)
    assert net_eur(of) == D(50_000_000)


def test_an_override_ends_by_itself() -> None:
    of = desk()
    of.step(override("60000000", of.at_ns + SECOND_NS))
    assert net_eur(of) == D(60_000_000)
    of.start()
    assert net_eur(of) == D(60_000_000)
    of.pass_time(1_000)
    assert alerts(of) == ["OVERRIDE_ENDED"]
    assert net_eur(of) == D(50_000_000)


def test_a_counterparty_that_is_left_out_is_not_dealt_with_any_more() -> None:
    of = desk()
    of.rfq()
    left = {name: row for name, row in of.reference.counterparties.items() if name != "BANKA"}
    of.step(ReferenceChanged(kind="COUNTERPARTIES", agreed=agreed(), counterparties=left))
    assert not of.state.quotes
    assert "UNKNOWN_COUNTERPARTY" in str(of.rfq())


def test_one_that_venues_deal_our_orders_with_cannot_be_left_out() -> None:
    venues = [{"id": "ALPHA", "pairs": ["EUR/USD"], "counterparty": "BANKB"}]
    of = desk(venues=venues)
    of.step(ReferenceChanged(kind="COUNTERPARTIES", agreed=agreed(), counterparties={}))
    assert alerts(of) == ["REFERENCE_NOT_APPLIED"]


def test_another_strategy_prices_from_here_on_also_when_it_is_replayed() -> None:
    of = desk()
    first = of.one(SendQuote, of.rfq())
    tiers = {"gold": [{"up_to": "1000000", "margin": "5"}]}
    parameters = {"lean_max": "2", "tiers": tiers}
    choice = msgspec.structs.replace(of.reference.strategy, version="2", parameters=parameters)
    of.step(ReferenceChanged(kind="STRATEGY", agreed=agreed(), strategy=choice, hedges=()))
    assert of.one(SendQuote, of.rfq()).bid < first.bid  # type: ignore[operator]
    again = Engine(of.engine._load_strategy)
    assert [again.step(stamped) for stamped in of.stepped] == of.history
    assert state_hash(again.state) == state_hash(of.state)


def test_a_strategy_that_cannot_be_made_leaves_the_old_one() -> None:
    of = desk()
    make = of.engine._load_strategy

    def load(wanted: Reference) -> Strategy:
        if wanted.strategy.version == "broken":
            raise ConfigurationError("no such factory")
        return make(wanted)

    of.engine._load_strategy = load
    choice = msgspec.structs.replace(of.reference.strategy, version="broken")
    of.step(ReferenceChanged(kind="STRATEGY", agreed=agreed(), strategy=choice))
    assert alerts(of) == ["REFERENCE_NOT_APPLIED"]
    assert of.state.reference.strategy.version == "1"
    of.one(SendQuote, of.rfq())


# --- dealing resumes by two persons


def released(of: Desk, proposal: int = 1, approver: str = "he.yu", **changes: Any) -> list[str]:
    values = {"released": of.state.halts.get("kill_switch", ""), **changes}
    event = KillSwitchReleased(
        actor="li.wei", reason="over", approver=approver, proposal=proposal, **values
    )
    of.step(event)
    return alerts(of)


def test_a_kill_is_released_by_two_persons_and_by_a_proposal_once() -> None:
    of = desk(four_eyes=True)
    of.kill()
    for wrong in ("", "li.wei", "Li.Wei"):
        assert released(of, approver=wrong) == ["RELEASE_REFUSED"]
    assert released(of, proposal=0) == ["RELEASE_REFUSED"]
    assert released(of, released="another kill") == ["RELEASE_REFUSED"]
    assert released(of) == ["KILL_RELEASED"]
    of.kill()
    assert released(of) == ["RELEASE_REFUSED"]
    assert "KILL_SWITCH" in str(of.rfq())
    assert released(of, proposal=7) == ["KILL_RELEASED"]


def test_a_halt_is_cleared_by_two_persons() -> None:
    of = desk(four_eyes=True)
    of.report_trade("E1")
    halt = next(name for name in of.state.halts if name.startswith("break"))
    one = HaltCleared(halt=halt, actor="li.wei", reason="seen")
    of.step(one)
    assert halt in of.state.halts
    two = msgspec.structs.replace(one, approver="he.yu", proposal=3, released=of.state.halts[halt])
    of.step(two)
    assert halt not in of.state.halts


def test_one_person_is_enough_where_the_desk_says_so() -> None:
    of = desk(four_eyes=False)
    of.kill()
    of.release()
    assert not of.state.halts
