"""What a new trade date makes of the figures that count cash by value date."""

from __future__ import annotations

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.deals.limit_rows import LADDERS
from robot.limits.gate import LimitGate
from robot.limits.limit import Reason
from robot.messages.effects import LimitMove, LimitsMoved

_REASONS = frozenset(Reason(kind.upper()) for kind in LADDERS)


def ladder_figures(gate: LimitGate) -> dict[LimitId, LimitMove]:
    """How these limits stand."""
    return {
        name: LimitMove(
            name,
            ZERO,
            account.utilisation,
            max(account.reserved_up, account.reserved_down),
            account.maximum,
        )
        for name, account in gate.accounts.items()
        if account.in_tree and account.reason in _REASONS
    }


def rolled(gate: LimitGate, before: dict[LimitId, LimitMove]) -> LimitsMoved | None:
    """What is otherwise than before, without anything having been dealt; None = nothing. An account
    that is not needed any more stands at nothing.
    """
    after = ladder_figures(gate)
    moves = []
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        used = was.utilisation if was is not None else ZERO
        if now is None:
            assert was is not None, "one of them has it"
            if was.utilisation or was.reserved:
                moves.append(LimitMove(name, -used, ZERO, ZERO, was.maximum))
        elif was is None or (was.utilisation, was.reserved) != (now.utilisation, now.reserved):
            figures = (now.utilisation, now.reserved, now.maximum)
            moves.append(LimitMove(name, now.utilisation - used, *figures))
    if not moves:
        return None
    return LimitsMoved(verb="roll", reservation_id="", moves=tuple(moves))
