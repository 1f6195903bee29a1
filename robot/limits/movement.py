"""The inner loops of the gate: headroom asked for, reserved, given back, account by account.

They run for every limit that applies to every price, so each figure is read and added up once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.errors import InvariantViolated
from robot.limits.limit import LimitAccount, Reason, Refusal, Use
from robot.messages.checks import Check
from robot.messages.effects import LimitMove

Accounts = Mapping[LimitId, LimitAccount]
Told = Callable[[LimitAccount], None]
"""What is done where a figure may have passed a share of its maximum to warn from."""

_TEXT = {reason: str(reason) for reason in Reason}
_REASON_OF_KIND = {
    "net_open_position": Reason.NET_OPEN_POSITION,
    "counterparty_line": Reason.COUNTERPARTY_LINE,
    "quotes_outstanding": Reason.QUOTES_OUTSTANDING,
    "orders_outstanding": Reason.ORDERS_OUTSTANDING,
}


def refusal_of(accounts: Accounts, uses: Iterable[Use], checks: list[Check]) -> Refusal | None:
    """The first account that has no headroom for its use; what was looked at is added to `checks`,
    the one that refuses last.
    """
    for use in uses:
        name, up, down = use.limit_id, use.up, use.down
        account = accounts.get(name)
        if account is None:
            detail = f"no limit is set for {name}: nothing is allowed"
            return Refusal(reason=_REASON_OF_KIND[name.partition(":")[0]], detail=detail)
        used, maximum = account.utilisation, account.maximum
        reserved, asked = account.reserved_up, up
        if account.two_sided or not up:
            short_by = account.shortfall(up, down)
        else:
            short_by = used + reserved + up - maximum
        if down and (not up or short_by > used + reserved + up - maximum):
            reserved, asked = account.reserved_down, down  # the side that has less room is told
        fits = short_by <= ZERO
        result = "ok" if fits else "refused"
        kind = _TEXT[account.reason]
        checks.append(Check(name, kind, used, reserved, asked, maximum, -short_by, result))
        if not fits:
            return _refused(account, use, checks[-1])
    return None


def _refused(account: LimitAccount, use: Use, check: Check) -> Refusal:
    detail = (
        f"{use.limit_id} maximum {account.maximum}, utilisation {account.utilisation}, "
        f"reserved +{account.reserved_up}/-{account.reserved_down}, "
        f"requested +{use.up}/-{use.down}, short by {-check.headroom}"
    )
    return account.refusal(detail)


def hold(
    accounts: Accounts, uses: Iterable[Use], tell: Told, *, within: bool = True
) -> tuple[LimitMove, ...]:
    """Reserve it. `within`: asserted that no account is over its maximum by it."""
    moves = []
    for use in uses:
        name, more_up, more_down = use.limit_id, use.up, use.down
        account = accounts[name]
        up = account.reserved_up = account.reserved_up + more_up
        down = account.reserved_down
        if more_down is not ZERO:
            down = account.reserved_down = down + more_down
        used, maximum = account.utilisation, account.maximum
        if account.excess:
            account.work_off()
        worst = used + up
        if within and (worst > maximum or account.two_sided):
            assert_within(account)
        loud = account.warn_from
        if account.warn and (loud is None or worst >= loud or account.warned or account.two_sided):
            tell(account)
        asked = more_up if more_up > more_down else more_down
        moves.append(LimitMove(name, asked, used, up if up > down else down, maximum))
    return tuple(moves)


def give_back(accounts: Accounts, uses: Iterable[Use], tell: Told) -> tuple[LimitMove, ...]:
    """Reserve it no more; asserted that it was reserved."""
    moves = []
    for use in uses:
        name, less_up, less_down = use.limit_id, use.up, use.down
        account = accounts[name]
        up = account.reserved_up = account.reserved_up - less_up
        down = account.reserved_down
        if less_down is not ZERO:
            down = account.reserved_down = down - less_down
        if up < ZERO or down < ZERO:
            raise InvariantViolated(f"{name} gave back more than was reserved")
        if account.excess:
            account.work_off()
        if account.warned:
            tell(account)
        asked = -(less_up if less_up > less_down else less_down)
        held = up if up > down else down
        moves.append(LimitMove(name, asked, account.utilisation, held, account.maximum))
    return tuple(moves)


def assert_within(account: LimitAccount) -> None:
    """Nothing that was let through put it over its maximum."""
    short_by = account.shortfall(ZERO, ZERO)
    if not short_by <= account.excess:
        raise InvariantViolated(
            f"{account.limit_id} is over its maximum by {short_by} after a reservation"
        )


def assert_kept(accounts: Accounts, limit_ids: Iterable[LimitId]) -> None:
    """None gave back more than was reserved."""
    for limit_id in limit_ids:
        account = accounts[limit_id]
        if account.reserved_up < ZERO or account.reserved_down < ZERO:
            raise InvariantViolated(f"{limit_id} gave back more than was reserved")
