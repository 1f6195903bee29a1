"""The running figures of the limits, made anew of what deals and reservations come to.

No running figure is read here: positions are the ledger's, lines the sums by value date, the tree's
figures the sums by subject and what each reservation measures, losses the deals at average cost and
the marks. Where the two differ somebody's headroom is wrong, and dealing on it must stop.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal

import msgspec

from robot.basics.currency import Currency
from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.deals.limit_rows import LimitKind
from robot.limits.exposure import line_limit, position_limit
from robot.limits.gate import LimitGate
from robot.limits.losses import LOSS_REASONS
from robot.limits.measures import Measure, cell_parts
from robot.limits.reserved import Reservation, measured_anew
from robot.limits.spending import figures_of_spent


class Figures(msgspec.Struct):
    """One account's: of deals, and the worst case either way of what is outstanding."""

    used: Decimal = ZERO
    up: Decimal = ZERO
    down: Decimal = ZERO


def recompute(gate: LimitGate, positions: Mapping[Currency, Decimal]) -> dict[LimitId, Figures]:
    """Every account that is not zero. `positions`: the ledger's net position by currency."""
    found: defaultdict[LimitId, Figures] = defaultdict(Figures)
    for currency, amount in positions.items():
        found[position_limit(currency)].used = amount
    for counterparty, line in gate.lines.items():
        found[line_limit(counterparty)].used = sum(line.by_value_date.values(), ZERO)
    applied = gate.book.tree.applied
    for held in gate.book.subjects.values():
        rows = applied(held.subject)
        for cell, amount in held.cells.items():
            for limit_id, _ in rows.accounts(*cell_parts(cell)):
                found[limit_id].used += amount
        ladder = gate.book.tree.ladder
        figures = ladder.figures(held.subject.product, held.flows) if ladder is not None else {}
        for (counted, key), amount in figures.items():
            for limit_id, _ in rows.accounts(counted, key):
                found[limit_id].used += amount
    for limit_id, amount in figures_of_spent(gate.book, dict(gate.accounts)).items():
        found[limit_id].used += amount
    for reservation in gate.reservations.values():
        rows = applied(reservation.subject)
        for one in _measures(gate, reservation):
            for limit_id, _ in rows.accounts(one.kind, one.key):
                found[limit_id].up += one.up
                found[limit_id].down += one.down
        for use in reservation.uses:
            if not gate.accounts[use.limit_id].in_tree:
                found[use.limit_id].up += use.up
                found[use.limit_id].down += use.down
    return dict(found)


def differences(
    gate: LimitGate,
    positions: Mapping[Currency, Decimal],
    results: Mapping[str, tuple[Decimal, Decimal]],
) -> list[str]:
    """What differs from the running figures, and what the sums do not tell as the ledger does.
    `results`: its base and counter amounts by pair, or by currency and kind of loans.
    """
    nothing, told = Figures(), gate.losses.differences(gate.accounts, results)
    found = recompute(gate, positions)
    for limit_id in dict.fromkeys((*found, *gate.accounts)):
        wanted, account = found.get(limit_id, nothing), gate.accounts.get(limit_id)
        if account is not None and account.reason in LOSS_REASONS:
            continue
        if account is None:
            running = nothing
        elif (
            wanted.used == account.utilisation
            and wanted.up == account.reserved_up
            and wanted.down == account.reserved_down
        ):
            continue
        else:
            running = Figures(account.utilisation, account.reserved_up, account.reserved_down)
        if wanted != running:
            told.append(f"{limit_id}: {_shown(running)} counted, {_shown(wanted)} recomputed")
    sums = _sums(gate)
    for currency in dict.fromkeys((*sums, *positions)):
        summed, held = sums.get(currency, ZERO), positions.get(currency, ZERO)
        if summed != held:
            told.append(f"{currency}: {summed} by subject, {held} in the ledger")
    return told


def cash_by_date(gate: LimitGate) -> dict[tuple[str, str], Decimal]:
    """Net cash by currency and value date over all subjects, of dates that have not passed."""
    sums: dict[tuple[str, str], Decimal] = {}
    for held in gate.book.subjects.values():
        for name, (received, paid) in held.flows.items():
            currency, day, _ = name.split("|")
            sums[currency, day] = sums.get((currency, day), ZERO) + received - paid
    return sums


def _sums(gate: LimitGate) -> dict[Currency, Decimal]:
    """Positions by currency over all subjects."""
    sums: dict[Currency, Decimal] = {}
    for held in gate.book.subjects.values():
        for cell, amount in held.cells.items():
            kind, key = cell_parts(cell)
            if kind is LimitKind.NET_OPEN_POSITION:
                currency = Currency(key)
                sums[currency] = sums.get(currency, ZERO) + amount
    return sums


def _measures(gate: LimitGate, reservation: Reservation) -> tuple[Measure, ...]:
    """What it holds, by value date made anew of what it can exchange."""
    return measured_anew(reservation, gate.book.tree.ladder).measures


def _shown(figures: Figures) -> str:
    return f"{figures.used} +{figures.up}/-{figures.down}"
