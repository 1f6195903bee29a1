"""What deals use of the limit tree, added up by who dealt what with whom.

The sums do not depend on the rows: when the tree changes, the accounts of the new rows are made of
them, and at any moment the running figures must be equal to what is recomputed of them
(`robot.limits.recompute`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

import msgspec

from robot.basics.ids import DealId, LimitId
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.limit_rows import LimitKind
from robot.limits.exposure import Quoted, in_line_currency
from robot.limits.judging import refused_by
from robot.limits.ladders import FlowSums, drop_past, flows_of, put_flows
from robot.limits.limit import LimitAccount, Reason, Refusal, Use
from robot.limits.measures import Measure, cell_parts
from robot.limits.tree import COUNTED, TWO_SIDED, Applied, LimitTree, Ours, Rows, Subject
from robot.limits.windows import Windows

_EMPTY = LimitTree({}, None)


class SubjectCells(msgspec.Struct):
    """The sums of one subject by `kind|key|until`."""

    subject: Subject
    cells: dict[str, Decimal] = {}
    flows: FlowSums = {}
    """Cash by currency and value date, of dates that have not passed."""


class DealCells(msgspec.Struct, frozen=True):
    """What one deal added to the cells of its subject."""

    subject: str
    cells: dict[str, Decimal]


class Place(NamedTuple):
    """A subject, and the rows that apply to it."""

    subject: Subject
    rows: Rows


class TreeBook(msgspec.Struct, dict=True):
    """The sums, and the tree in force (which is no state: it follows from the reference)."""

    ours: Ours = Ours()
    today: str = ""
    overnight: bool = False
    """Whether the limits on what is carried overnight hold."""
    subjects: dict[str, SubjectCells] = {}
    """By the subject's name."""
    deals: dict[DealId, DealCells] = {}
    """Of the deals that may still be taken back or corrected."""
    windows: Windows = msgspec.field(default_factory=Windows)

    @property
    def tree(self) -> LimitTree:
        """The rows in force."""
        found: LimitTree = self.__dict__.get("rows", _EMPTY)
        return found

    def attach(self, tree: LimitTree) -> None:
        """Look rows up in this tree from now on."""
        self.__dict__["rows"] = tree

    def place_of(self, quoted: Quoted) -> Place:
        """Who deals what with whom and where, and the rows that apply to it."""
        subject = self._subject_of(quoted)
        return Place(subject, self.tree.applied(subject))

    def _subject_of(self, quoted: Quoted) -> Subject:
        ours = self.ours
        return Subject(
            "all",
            ours.entity,
            ours.desk,
            ours.book,
            quoted.trader or ours.trader,
            ours.strategy,
            quoted.country,
            quoted.group,
            quoted.type,
            quoted.tier,
            quoted.counterparty,
            quoted.venue,
            str(quoted.kind),
            quoted.pair,
            self.tree.tenor(quoted.days),
        )

    def uses(
        self,
        rows: Rows,
        measures: Iterable[Measure],
        accounts: dict[LimitId, LimitAccount],
    ) -> tuple[Use, ...]:
        """What the measures would use of each row that applies; accounts are made as they are
        needed.
        """
        if not rows:
            return ()
        found: dict[LimitId, Use] = {}
        for one in measures:
            for name, row in rows.accounts(one.kind, one.key):
                if name not in accounts:
                    _make_account(accounts, name, row, one.key, self.tree.granted)
                up, down = one.up, one.down
                known = found.get(name)
                if known is not None:
                    up, down = up + known.up, down + known.down
                found[name] = Use(name, up, down)
        return tuple(found.values())

    def add(
        self,
        deal: Deal,
        subject: Subject,
        measures: Iterable[Measure],
        accounts: dict[LimitId, LimitAccount],
    ) -> dict[LimitId, Decimal]:
        """A deal was made: its use of the accounts, which is theirs from now on."""
        cells: dict[str, Decimal] = {}
        for one in measures:
            if one.kind in COUNTED:
                cells[one.cell] = cells.get(one.cell, ZERO) + one.up - one.down
        name = subject.name
        self.subjects.setdefault(name, SubjectCells(subject))
        known = self.deals.get(deal.deal_id)
        kept = dict(known.cells) if known is not None else {}
        for cell, amount in cells.items():
            kept[cell] = kept.get(cell, ZERO) + amount
        self.deals[deal.deal_id] = DealCells(name, kept)
        changes = self._change(name, cells, accounts)
        return changes | self._flow(name, deal, 1, accounts)

    def executed(self, deal: DealId, at_ns: int) -> list[Refusal]:
        """A deal was made: the rows that say that these are too many in their time."""
        subject = self.subjects[self.deals[deal].subject].subject
        told: list[Refusal] = []
        for row in self.tree.applied(subject).get(LimitKind.REPEATED_EXECUTION, ()):
            count = self.windows.add(row, "", at_ns)
            if count > row.maximum:
                text = f"{row.name}: {count} deals within {row.row.within_s} s"
                text = f"{text}, at most {row.maximum}"
                told.append(refused_by(row, Reason.REPEATED_EXECUTION, text))
        return told

    def repeated(self, quoted: Quoted, at_ns: int) -> Refusal | None:
        """Whether an order is alike to too many before it."""
        key = _likeness(quoted)
        for row in self._duplicates(quoted):
            count = self.windows.forget(row, key, at_ns) + 1
            if count > row.maximum:
                text = f"{row.name}: number {count} of {key} within {row.row.within_s} s"
                return refused_by(row, Reason.DUPLICATE, text)
        return None

    def sent(self, quoted: Quoted, at_ns: int) -> None:
        """An order was let through: the next one like it may be one too many."""
        for row in self._duplicates(quoted):
            self.windows.add(row, _likeness(quoted), at_ns)

    def _duplicates(self, quoted: Quoted) -> tuple[Applied, ...]:
        return self.place_of(quoted).rows.get(LimitKind.DUPLICATE, ())

    def replace(
        self, deal: DealId, wanted: dict[str, Decimal], accounts: dict[LimitId, LimitAccount]
    ) -> dict[LimitId, Decimal]:
        """A deal became another, or none: by how much its use of the accounts changes."""
        known = self.deals.pop(deal, None)
        if known is None:
            return {}
        changes = {
            cell: wanted.get(cell, ZERO) - known.cells.get(cell, ZERO)
            for cell in dict.fromkeys((*known.cells, *wanted))
        }
        if wanted:
            self.deals[deal] = DealCells(known.subject, wanted)
        return self._change(known.subject, changes, accounts)

    def amend_flows(
        self, before: Deal, after: Deal, accounts: dict[LimitId, LimitAccount]
    ) -> dict[LimitId, Decimal]:
        """The cash of a deal became another's, or nobody's: how the use of accounts changes."""
        known = self.deals.get(before.deal_id)
        if known is None:
            return {}
        changes = self._flow(known.subject, before, -1, accounts)
        for name, amount in (
            {} if after.void else self._flow(known.subject, after, 1, accounts)
        ).items():
            changes[name] = changes.get(name, ZERO) + amount
        return changes

    def settle(self, before: date, accounts: dict[LimitId, LimitAccount]) -> dict[LimitId, Decimal]:
        """What counted until a date before this one counts no more."""
        self.today = before.isoformat()
        self.windows.forget_all()
        changes: dict[LimitId, Decimal] = {}
        for name, held in self.subjects.items():
            past = {cell: -held.cells[cell] for cell in held.cells if self._is_past(cell)}
            for limit_id, amount in self._change(name, past, accounts).items():
                changes[limit_id] = changes.get(limit_id, ZERO) + amount
            for cell in past:
                del held.cells[cell]
            drop_past(held.flows, self.today)
        for deal, known in self.deals.items():
            kept = {cell: v for cell, v in known.cells.items() if not self._is_past(cell)}
            self.deals[deal] = DealCells(known.subject, kept)
        self.subjects = {
            name: held for name, held in self.subjects.items() if held.cells or held.flows
        }
        return changes

    def cells_of(self, before: Deal, after: Deal) -> dict[str, Decimal]:
        """What the deal counts in the tree from now on: positions by its flows, the rest in
        proportion to the base amount.
        """
        known = self.deals.get(before.deal_id)
        if known is None or after.void:
            return {}
        share = after.base_amount / before.base_amount
        positions = f"{LimitKind.NET_OPEN_POSITION}|"
        cells = {
            cell: in_line_currency(amount, share)
            for cell, amount in known.cells.items()
            if not cell.startswith(positions)
        }
        for flow in after.flows:
            cell = f"{positions}{flow.currency}|"
            cells[cell] = cells.get(cell, ZERO) + flow.amount
        return cells

    def forget(self, kept: Iterable[DealId]) -> None:
        """Only these deals may still be taken back or corrected."""
        known = frozenset(kept)
        self.deals = {deal: cells for deal, cells in self.deals.items() if deal in known}

    def used(self, accounts: dict[LimitId, LimitAccount]) -> dict[LimitId, Decimal]:
        """What the sums come to for every account of the tree; made where there is none."""
        found: dict[LimitId, Decimal] = {}
        for held in self.subjects.values():
            for cell, amount in held.cells.items():
                for limit_id in self._accounts_of(held.subject, cell, accounts):
                    found[limit_id] = found.get(limit_id, ZERO) + amount
            for limit_id, amount in self._counted(held.subject, held.flows, accounts).items():
                found[limit_id] = found.get(limit_id, ZERO) + amount
        return found

    def _is_past(self, cell: str) -> bool:
        until = cell.rpartition("|")[2]
        return bool(until) and until < self.today

    def _change(
        self, name: str, cells: dict[str, Decimal], accounts: dict[LimitId, LimitAccount]
    ) -> dict[LimitId, Decimal]:
        held = self.subjects[name]
        changes: dict[LimitId, Decimal] = {}
        for cell, amount in cells.items():
            held.cells[cell] = held.cells.get(cell, ZERO) + amount
            for limit_id in self._accounts_of(held.subject, cell, accounts):
                changes[limit_id] = changes.get(limit_id, ZERO) + amount
        for limit_id, amount in changes.items():
            accounts[limit_id].utilisation += amount
        return changes

    def _flow(
        self, name: str, deal: Deal, sign: int, accounts: dict[LimitId, LimitAccount]
    ) -> dict[LimitId, Decimal]:
        """The cash of a deal is added, or taken out."""
        held = self.subjects[name]
        moved = put_flows(held.flows, flows_of(deal.legs, loan=deal.kind.is_loan), sign, self.today)
        changes = self._counted(held.subject, moved, accounts)
        for limit_id, amount in changes.items():
            accounts[limit_id].utilisation += amount
        return changes

    def _counted(
        self, subject: Subject, flows: FlowSums, accounts: dict[LimitId, LimitAccount]
    ) -> dict[LimitId, Decimal]:
        """What cash comes to in the accounts of the rows that count it by value date."""
        ladder = self.tree.ladder
        if ladder is None:
            return {}
        found: dict[LimitId, Decimal] = {}
        for (kind, key), amount in ladder.figures(subject.product, flows).items():
            for name in self._accounts_at(subject, kind, key, accounts):
                found[name] = found.get(name, ZERO) + amount
        return found

    def _accounts_of(
        self, subject: Subject, cell: str, accounts: dict[LimitId, LimitAccount]
    ) -> Iterable[LimitId]:
        return self._accounts_at(subject, *cell_parts(cell), accounts)

    def _accounts_at(
        self, subject: Subject, kind: LimitKind, key: str, accounts: dict[LimitId, LimitAccount]
    ) -> Iterable[LimitId]:
        for name, row in self.tree.applied(subject).accounts(kind, key):
            if name not in accounts:
                _make_account(accounts, name, row, key, self.tree.granted)
            yield name


def _likeness(quoted: Quoted) -> str:
    """What makes two orders the same."""
    case = quoted.cases[0]
    who = f"{quoted.venue} {quoted.counterparty} {quoted.pair} {case.side}"
    return f"{who} {case.agreed.base_amount} {case.price}"


def _make_account(
    accounts: dict[LimitId, LimitAccount],
    name: LimitId,
    row: Applied,
    key: str,
    granted: Mapping[LimitId, Decimal],
) -> None:
    """The account of a row and key, when it is first needed."""
    accounts[name] = LimitAccount(
        limit_id=name,
        reason=Reason(row.kind.upper()),
        maximum=granted.get(name, row.maximum),
        two_sided=row.kind in TWO_SIDED,
        in_tree=True,
        key=key,
        warn=row.row.warn,
        alert=row.alert,
        stops=row.stops,
    )
