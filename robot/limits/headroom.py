"""The largest amount that the gate would still take: it is asked itself, again and again.

What it says of an amount tells how much of the limit that refuses is left, and so the next amount
to try: one question for each limit that is tighter than the one before, and two or three to be sure
to the smallest unit. No limit is worked out here.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_FLOOR, Decimal

import msgspec

from robot.basics.numbers import ZERO
from robot.limits.exposure import Quoted
from robot.limits.gate import LimitGate
from robot.limits.limit import Reason, Refusal
from robot.limits.movement import refusal_of
from robot.limits.reserved import Reservation
from robot.messages.checks import Check

CHECKS_MAX = 20
"""Questions for one figure; after that the largest amount known to pass is said."""
_BEGIN = Decimal(10**14)
"""More than any limit takes."""

Ask = Callable[[Decimal], Refusal | None]
"""Why an amount would be refused; None = it would not."""


class Room(msgspec.Struct, frozen=True):
    """What there is room for."""

    amount: Decimal
    """The largest that passes; 0 = nothing does; 10^14 = no limit counts it."""
    tightest: Check | None
    """What refuses one unit more; None = not the figure of a limit."""
    questions: int

    @property
    def share(self) -> Decimal | None:
        """What is left of the tightest limit, of its maximum; None = it has no figure."""
        if self.tightest is None or not self.tightest.maximum > ZERO:
            return None
        return max(ZERO, _free(self.tightest)) / self.tightest.maximum


def room(ask: Ask, tick: Decimal) -> Room:
    """The largest amount, in whole `tick`s, that is not refused: whatever refuses an amount refuses
    every larger one.
    """
    passing, over, asked = ZERO, _BEGIN, 1
    refusal = ask(over)
    if refusal is None:
        return Room(over, None, asked)
    tightest = _failed(refusal)
    while refusal is not None and asked < CHECKS_MAX:
        under = min(_taken(refusal, over, tick), over - tick)
        if not under >= tick:
            return Room(ZERO, _failed(refusal), asked)
        refusal, asked = ask(under), asked + 1
        tightest = _failed(refusal) or tightest
        passing, over = (under, over) if refusal is None else (ZERO, under)
    step = tick
    while passing and passing + tick < over and asked < CHECKS_MAX:
        tried = min(passing + step, over - tick)
        refusal, asked = ask(tried), asked + 1
        tightest = _failed(refusal) or tightest
        if refusal is None:
            passing, step = tried, step * 2
        else:
            over, step = tried, max(tick, ((tried - passing) / 2).quantize(tick, ROUND_FLOOR))
    return Room(passing, tightest, asked)


def _failed(refusal: Refusal | None) -> Check | None:
    """The check that refused; None = it was none of a figure."""
    last = refusal.checks[-1] if refusal is not None and refusal.checks else None
    return last if last is not None and last.result == "refused" else None


def _free(check: Check) -> Decimal:
    """What was left of the limit before it was asked."""
    return check.headroom + check.requested


def _taken(refusal: Refusal, amount: Decimal, tick: Decimal) -> Decimal:
    """The amount that the limit which refuses would take, if its use grows with the amount."""
    check = _failed(refusal)
    if check is None or not check.requested > ZERO:
        return ZERO
    return (amount * _free(check) / check.requested).quantize(tick, ROUND_FLOOR)


# --- what is asked


def would_refuse(gate: LimitGate, quoted: Quoted, line_rate: Decimal | None) -> Refusal | None:
    """What the gate would say of a quote now, with what it looked at; nothing is held."""
    checks: list[Check] = []
    found = gate.judge(quoted, line_rate, None, checks)
    if isinstance(found, Reservation):
        return None
    return msgspec.structs.replace(found, checks=tuple(checks))


def alone(
    gate: LimitGate, quoted: Quoted, line_rate: Decimal, reason: Reason
) -> Refusal | bool | None:
    """The same of the limits of one reason, as if there were no others; False = there is none."""
    found = [
        use
        for use in gate.held_by(quoted, line_rate)
        if use.limit_id in gate.accounts and gate.accounts[use.limit_id].reason is reason
    ]
    checks: list[Check] = []
    refusal = refusal_of(gate.accounts, found, checks)
    if refusal is None:
        return None if found else False
    return msgspec.structs.replace(refusal, checks=tuple(checks))
