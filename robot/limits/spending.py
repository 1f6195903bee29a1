"""What deals cost against the middle of the market within so many seconds: `collar_over_time`.

The cost of a deal is what it is worse than the same at the middle, in line currency, at least 0: a
deal that gains takes nothing of what another cost. It is held in its worst case before (a limit far
from the middle), is what the deal came to afterwards, and falls away when its time is over. Costs
are kept for as long as the rows in force look back, and not at all where there are none.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import ROUND_CEILING, Decimal

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.limit_rows import LimitKind
from robot.deals.product import ProductKind
from robot.limits.book import TreeBook
from robot.limits.exposure import Quoted
from robot.limits.limit import LimitAccount
from robot.limits.measures import FOR_EVER, Measure
from robot.limits.reserved import Reservation
from robot.limits.tree import Subject
from robot.limits.windows import Spent
from robot.messages.effects import LimitMove, LimitsMoved

KEPT_S = 86_400
"""No row may look further back."""
_SECOND_NS = 1_000_000_000
_CENT = Decimal("0.01")
_YEAR_DAYS = Decimal(36_000)
"""Of a rate in percent; the shorter of the two years, so that a cost is never too small."""
_KIND = LimitKind.COLLAR_OVER_TIME

Accounts = dict[LimitId, LimitAccount]


def worst_cost(quoted: Quoted, line_rate: Decimal) -> Measure:
    """What the worst of its sides would cost against the middle of the market now."""
    worst = ZERO
    for case in quoted.cases:
        away = case.side.sign * (case.price - quoted.mid)
        agreed = case.agreed
        if quoted.spot is None:
            cost = away * agreed.base_amount * quoted.days / _YEAR_DAYS
        elif quoted.kind is ProductKind.SWAP:
            cost = away * (agreed.far_base_amount or agreed.base_amount) / quoted.spot
        else:
            cost = away * agreed.base_amount / quoted.spot
        worst = max(worst, cost)
    return Measure(_KIND, "", FOR_EVER, _in_cents(worst * line_rate), ZERO)


def spend(
    book: TreeBook, deal: Deal, held: Reservation, accounts: Accounts, *, measured: bool
) -> dict[LimitId, Decimal]:
    """What a deal has cost, into every account of a row that applies."""
    if _KIND not in book.tree.kinds:
        return {}
    windows = book.windows
    windows.spent_ns = max(windows.spent_ns, deal.at_ns)
    amount = _cost_of(deal, held) if measured else _held_cost(held)
    if not amount:
        return {}
    name = held.subject.name
    windows.spenders[name] = held.subject
    windows.spent.append(Spent(deal.at_ns, name, amount))
    changes = {}
    for limit_id in _accounts_of(book, held.subject, accounts):
        accounts[limit_id].utilisation += amount
        accounts[limit_id].note_excess()  # a fact, whatever the maximum is
        changes[limit_id] = amount
    return changes


def _accounts_of(book: TreeBook, subject: Subject, accounts: Accounts) -> list[LimitId]:
    rows, one = book.tree.applied(subject), Measure(_KIND, "", FOR_EVER, ZERO, ZERO)
    return [use.limit_id for use in book.uses(rows, (one,), accounts)]


def _cost_of(deal: Deal, held: Reservation) -> Decimal:
    """In line currency, rounded up to a cent."""
    if not deal.edge < ZERO:
        return ZERO
    if deal.kind.is_loan:
        return _in_cents(-deal.edge * held.line_rate)
    return _in_cents(-deal.edge / (deal.spot_rate or deal.rate) * held.line_rate)


def _held_cost(held: Reservation) -> Decimal:
    """What was held, of a deal that came when there was no market to measure it by."""
    return sum((one.up for one in held.measures if one.kind is _KIND), ZERO)


def figures_of_spent(book: TreeBook, accounts: Accounts) -> dict[LimitId, Decimal]:
    """What the costs come to in every account, made anew; made where there is none."""
    found: dict[LimitId, Decimal] = {}
    windows = book.windows
    for spent in windows.spent if _KIND in book.tree.kinds else ():
        subject = windows.spenders[spent.subject]
        _accounts_of(book, subject, accounts)
        for row in book.tree.applied(subject).get(_KIND, ()):
            if spent.at_ns + row.row.within_s * _SECOND_NS > windows.spent_ns:
                found[row.name] = found.get(row.name, ZERO) + spent.amount
    return found


def forget_spent(book: TreeBook, accounts: Accounts, at_ns: int) -> LimitsMoved | None:
    """What was dealt too long ago counts no more in the rows whose time it is out of."""
    windows = book.windows
    gone: dict[LimitId, Decimal] = {}
    for within_s in _times(book):
        first, last = (_place(book, moment, within_s) for moment in (windows.spent_ns, at_ns))
        for spent in windows.spent[first:last]:
            for row in book.tree.applied(windows.spenders[spent.subject]).get(_KIND, ()):
                if row.row.within_s == within_s:
                    gone[row.name] = gone.get(row.name, ZERO) - spent.amount
    windows.spent_ns = at_ns
    longest = max(_times(book), default=0)
    del windows.spent[: _place(book, at_ns, longest)]
    if not windows.spent:
        windows.spenders.clear()
    moves = []
    for name, change in gone.items():
        account = accounts[name]
        account.utilisation += change
        account.work_off()
        figures = account.utilisation, account.reserved_up, account.maximum
        moves.append(LimitMove(name, change, *figures))
    if not moves:
        return None
    return LimitsMoved(verb="expire", reservation_id="", moves=tuple(moves))


def next_end_ns(book: TreeBook) -> int:
    """When the next of the costs falls out of the time of a row; 0 = none does."""
    spent, ends = book.windows.spent, []
    for within_s in _times(book):
        place = _place(book, book.windows.spent_ns, within_s)
        if place < len(spent):
            ends.append(spent[place].at_ns + within_s * _SECOND_NS)
    return min(ends, default=0)


def _times(book: TreeBook) -> list[int]:
    """How far the rows look back, in seconds."""
    if _KIND not in book.tree.kinds:
        return []
    return sorted({row.within_s for row in book.tree.rows[_KIND]})


def _place(book: TreeBook, at_ns: int, within_s: int) -> int:
    """Of the first cost that is within the time at a moment."""
    since_ns = at_ns - within_s * _SECOND_NS
    return bisect_right(book.windows.spent, since_ns, key=lambda one: one.at_ns)


def _in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_CEILING)
