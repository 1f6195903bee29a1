"""The one place that sets how decimals behave, and that rounds.

Money and rates are `Decimal`. A decimal context is per thread and QuickFIX calls back on threads of
its own, so `set_decimal_context` is called once at the process edge, before any thread starts.
"""

from __future__ import annotations

import decimal
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

ZERO = Decimal(0)


def set_decimal_context() -> None:
    """Make mixing floats into decimals an error in this thread and all threads started later."""
    for context in (decimal.DefaultContext, decimal.getcontext()):
        context.prec = 28
        context.rounding = decimal.ROUND_HALF_EVEN
        context.traps[decimal.FloatOperation] = True


def parse_decimal(text: str) -> Decimal:
    """A finite decimal in plain ASCII notation, as FIX writes it.

    Refuses what `Decimal` would accept and a price must never be: NaN, Infinity, exponents,
    underscores, full-width digits, surrounding blanks, and more than 30 characters.
    """
    digits = text[1:] if text[:1] == "-" else text
    whole, _, fraction = digits.partition(".")
    plain = whole + fraction
    if len(text) > 30 or not (plain.isascii() and plain.isdigit()):
        raise ValueError(f"not a decimal number: {text[:40]!r}")
    return Decimal(text)


def round_half_up(value: Decimal, unit: Decimal) -> Decimal:
    """`value` to the nearest multiple of `unit` (a power of ten), halves away from zero."""
    return value.quantize(unit, ROUND_HALF_UP)


def round_down_to(value: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` not above `value` (towards minus infinity)."""
    return (value / step).to_integral_value(ROUND_FLOOR) * step


def round_up_to(value: Decimal, step: Decimal) -> Decimal:
    """The smallest multiple of `step` not below `value` (towards plus infinity)."""
    return (value / step).to_integral_value(ROUND_CEILING) * step
