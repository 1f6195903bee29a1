"""Deals: the row an execution report becomes, and where it differs from hit and arithmetic."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from connectors.sim.bonds import bonds_of
from connectors.sim.dialogue import ExecutionIn
from connectors.sim.model import Moment, minor_unit_of
from connectors.sim.products import (
    DATED,
    Product,
    dealt_currency,
    interest_of,
    is_loan,
    other_amount,
    other_currency,
)
from connectors.sim.quotes import wrong_parts
from connectors.sim.rows import Fill, HitLife

_ZERO = Decimal(0)


def fill_of(venue: str, answer: ExecutionIn, hit: HitLife | None, now: Moment) -> Fill:
    """The row of a deal. Without a hit it is still a deal the robot believes in."""
    fill = Fill(
        venue=venue,
        exec_id=answer.exec_id,
        order_id=answer.order_id,
        hit_id=answer.hit_id,
        response_id=answer.response_id,
        quote_id=hit.quote_id if hit is not None else None,
        client=hit.client if hit is not None else answer.client or "",
        pair=answer.pair,
        side=answer.side,
        base_amount=answer.size or _ZERO,
        rate=answer.rate or _ZERO,
        counter_amount=answer.counter_amount,
        counter_currency=answer.counter_currency,
        value_date=answer.value_date,
        trade_date=answer.trade_date,
        transact_at_ns=answer.transact_at_ns,
        received_at_ns=now.at_ns,
        received_wall_ns=now.wall_ns,
        mid=None,
        poss_dup=answer.poss_dup,
        spot_rate=answer.parts.spot,
        near_points=answer.parts.near_points,
        points=answer.points,
        far_rate=answer.parts.far_rate if answer.terms.product == Product.SWAP else None,
        interest=answer.interest,
        **asdict(answer.terms),
    )
    fill.collateral = fill.collateral or (hit.collateral if hit is not None else None)
    if not is_loan(fill.product):
        _set_amounts(fill, answer)
    return fill


def _set_amounts(fill: Fill, answer: ExecutionIn) -> None:
    """Base and counter amounts from dealt and other ones; what an NDF leaves open is worked out."""
    size, other = answer.size or _ZERO, answer.counter_amount
    currency = dealt_currency(fill.pair, fill)
    if fill.product == Product.NDF and other is None and fill.rate:
        other = other_amount(fill.pair, currency, size, fill.rate)
    fill.counter_currency = fill.pair[4:] if currency != fill.pair[:3] else answer.counter_currency
    if fill.product == Product.NDF:
        fill.counter_currency = fill.pair[4:]
    in_base = currency == fill.pair[:3]
    fill.base_amount, fill.counter_amount = (size, other) if in_base else (other or _ZERO, size)
    if fill.product != Product.SWAP:
        return
    fill.far_size = fill.far_size if fill.far_size is not None else size
    far_other = answer.far_counter_amount
    if in_base:
        fill.far_base_amount, fill.far_counter_amount = fill.far_size, far_other
    else:
        fill.far_base_amount, fill.far_counter_amount = far_other, fill.far_size


def differences(answer: ExecutionIn, fill: Fill, hit: HitLife) -> list[str]:
    """How a deal differs from its hit and from what it must amount to; empty when it agrees."""
    price = fill.points if fill.product == Product.SWAP else fill.rate
    expected: list[tuple[str, object, object]] = [
        ("pair", hit.pair, fill.pair),
        ("product", hit.product, fill.product),
        ("side", hit.side, fill.side),
        ("amount", hit.size, answer.size or _ZERO),
        ("dealt currency", hit.currency, fill.currency),
        ("rate", hit.price, price),
        ("value date", hit.value_date, fill.value_date),
        ("far date", hit.far_date, fill.far_date),
        ("far amount", hit.far_size, fill.far_size),
        ("near rate", hit.near_rate, fill.rate),
        ("far rate", hit.far_rate, fill.far_rate),
        ("settlement currency", hit.settlement_currency, fill.settlement_currency),
        ("fixing index", hit.fixing_index, fill.fixing_index),
        ("fixing date", hit.fixing_date, fill.fixing_date),
        ("contract", hit.contract_code, fill.contract_code),
        ("collateral", bonds_of(hit.collateral) or None, bonds_of(fill.collateral)),
    ]
    unsaid = ("value date", "near rate", "far rate", "contract", "collateral", "fixing index")
    found = [
        f"{name} {dealt} instead of {asked}"
        for name, asked, dealt in expected
        if asked != dealt and not (name in unsaid and asked is None)
    ]
    return found + (_wrong_loan(answer, fill) if is_loan(fill.product) else _wrong_fx(answer, fill))


def _wrong_loan(answer: ExecutionIn, fill: Fill) -> list[str]:
    """Interest is exact: it is rounded once."""
    if fill.value_date is None or fill.far_date is None:
        return ["a loan without both dates"]
    interest = interest_of(
        fill.product, fill.pair, fill.base_amount, fill.rate, fill.value_date, fill.far_date
    )
    expected: list[tuple[str, Decimal, Decimal | None]] = [
        ("interest", interest, fill.interest),
        ("repayment", fill.base_amount + interest, fill.counter_amount),
    ]
    if answer.paid_first is not None:
        expected.append(("first payment", fill.base_amount, answer.paid_first))
    return [f"{name} {said} instead of {due}" for name, due, said in expected if said != due]


def _wrong_fx(answer: ExecutionIn, fill: Fill) -> list[str]:
    found = []
    currency = dealt_currency(fill.pair, fill)
    other = other_currency(fill.pair, currency)
    if fill.product != Product.NDF:
        if answer.counter_currency not in (None, other):
            found.append(f"counter currency {answer.counter_currency} instead of {other}")
        found += _wrong_amount(
            "counter amount", fill, answer.size, fill.rate, answer.counter_amount
        )
    if fill.product == Product.SWAP:
        found += _wrong_amount(
            "far counter amount", fill, fill.far_size, fill.far_rate, answer.far_counter_amount
        )
        if answer.far_counter_amount is None:
            found.append("a swap without its far counter amount")
    if fill.product in DATED:
        price = fill.points if fill.product == Product.SWAP else fill.rate
        found += wrong_parts(fill.product, price or _ZERO, answer.parts)
    return found


def _wrong_amount(
    name: str, fill: Fill, size: Decimal | None, rate: Decimal | None, said: Decimal | None
) -> list[str]:
    if said is None or size is None or not rate:
        return []
    currency = dealt_currency(fill.pair, fill)
    due = other_amount(fill.pair, currency, size, rate)
    unit = minor_unit_of(other_currency(fill.pair, currency))
    return [] if abs(said - due) <= unit else [f"{name} {said} instead of {due}"]
