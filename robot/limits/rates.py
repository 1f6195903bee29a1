"""Messages of a scope within so many seconds, as the rows of `message_rate` allow them."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.numbers import ZERO
from robot.deals.limit_rows import LimitKind
from robot.limits.book import TreeBook
from robot.limits.gate import LimitGate
from robot.limits.judging import refused_by
from robot.limits.limit import LimitAccount, Reason, Refusal
from robot.limits.tree import Subject
from robot.limits.windows import PARTS
from robot.messages.checks import Check

_ONE = Decimal(1)


def count_message(book: TreeBook, subject: Subject, at_ns: int) -> Refusal | None:
    """Count one more message in every row that applies, unless one of them has no room."""
    found = []
    for row in book.tree.applied(subject).get(LimitKind.MESSAGE_RATE, ()):
        rate, count = book.windows.rate(row, at_ns)
        if not count + 1 <= row.maximum:
            text = f"{row.name}: {count} messages within {row.row.within_s} s already"
            refusal = refused_by(row, Reason.MESSAGE_RATE, f"{text}, at most {row.maximum}")
            used, left = Decimal(count), row.maximum - count - 1
            check = Check(row.name, refusal.reason, used, ZERO, _ONE, row.maximum, left, "refused")
            return msgspec.structs.replace(refusal, checks=(check,))
        found.append(rate)
    for rate in found:
        rate.add(at_ns)
    return None


def figures(gate: LimitGate, at_ns: int) -> list[LimitAccount]:
    """Every running figure: the accounts, and the rates of this moment."""
    found = list(gate.accounts.values())
    for name, rate in tuple(gate.book.windows.rates.items()):
        first = at_ns // rate.width_ns - PARTS
        pairs = tuple(zip(rate.parts, rate.counts, strict=False))
        found.append(
            LimitAccount(
                limit_id=name,
                reason=Reason.MESSAGE_RATE,
                maximum=rate.maximum,
                two_sided=False,
                utilisation=Decimal(sum(count for part, count in pairs if part >= first)),
                in_tree=True,
            )
        )
    return found
