"""A deal that the venue took back or corrected: the entry is mirrored, the next version booked.

Positions, results and the use of limits are then what they would be had the deal been so from the
start. Who calls this has seen that the venue means a deal of ours and may change it so.
"""

from __future__ import annotations

import msgspec

from robot.basics.ids import ExecId
from robot.core.halting import pull_everything
from robot.core.losses import note_amended
from robot.core.markouts import amend_result
from robot.core.state import Context
from robot.core.valuing import result_told
from robot.deals.deal import Deal
from robot.messages.effects import AlertRaised, DealAmended, Entry, PositionChange


def amend(context: Context, key: ExecId, after: Deal, because: str) -> None:
    """Make the deal under `key` of `RobotState.deals` what `after` says: void, or with other
    amounts or another price. Its version is set here.
    """
    state = context.state
    before = state.deals[key]
    assert not before.void, f"{before.deal_id} is void already"
    after = msgspec.structs.replace(after, version=before.version + 1)
    state.deals[key] = after
    context.emit(state.gate.amend(before, after))
    reversal, positions = state.ledger.reverse(before, after.version)
    entry: Entry | None = None
    if not after.void:
        entry, changed = state.ledger.post(after)
        positions = _last(positions, changed)
    amend_result(context, before, after)
    told = result_told(context, after)
    context.emit(
        DealAmended(
            deal=after,
            because=because,
            reversal=reversal,
            entry=entry,
            positions=positions,
            pnl=told.pnl,
            pnl_basis=told.basis,
        )
    )
    done = "is void" if after.void else f"is corrected to {after.base_amount} at {after.rate}"
    text = f"{after.deal_id} ({after.venue} {after.exec_id}) {done}: {because}"
    context.emit(AlertRaised(code="DEAL_AMENDED", text=text))
    pull_what_is_over(context)
    note_amended(context, after)


def _last(
    first: tuple[PositionChange, ...], then: tuple[PositionChange, ...]
) -> tuple[PositionChange, ...]:
    """Each position once, as it is at the end."""
    found = {(row.book, row.currency, row.value_date): row for row in (*first, *then)}
    return tuple(found.values())


def pull_what_is_over(context: Context) -> None:
    """A limit that is over its maximum by the venue's word: whatever could add to it is pulled."""
    over = [account for account in context.state.gate.accounts.values() if account.excess]
    if over:
        told = ", ".join(f"{account.limit_id} by {account.excess}" for account in over)
        context.emit(AlertRaised(code="LIMIT_EXCEEDED", text=f"over the maximum: {told}"))
        pull_everything(context, "LIMIT_EXCEEDED")
