"""Decimals as whole numbers of the store, and back as they were written.

`1.38720` and `1.3872` are the same number and not the same text. Recorded rows keep how many
decimals each value had, so that an event comes out of the store byte for byte as it went in.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

_BITS = 6
_MASK = (1 << _BITS) - 1
_WRITTEN_MAX = _MASK - 1


def stored(
    values: Sequence[Decimal | None], scales: Sequence[int]
) -> tuple[list[int | None], int] | None:
    """Each value x 10^scale, and how they were written; None where one cannot be kept exactly."""
    units: list[int | None] = []
    written = 0
    for value, scale in reversed(list(zip(values, scales, strict=True))):
        written <<= _BITS
        if value is None:
            units.append(None)
            continue
        sign, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int) or not -_WRITTEN_MAX <= exponent <= 0:
            return None
        number = int("".join(map(str, digits)))
        shift = scale + exponent
        if shift < 0:
            number, rest = divmod(number, 10**-shift)
            if rest:
                return None
        else:
            number *= 10**shift
        if number >= 2**63 or (sign and not number):
            return None
        units.append(-number if sign else number)
        written |= -exponent
    units.reverse()
    return units, written


def as_written(
    units: Sequence[int | None], written: int, scales: Sequence[int]
) -> list[Decimal | None]:
    """The inverse of `stored`."""
    found: list[Decimal | None] = []
    for unit, scale in zip(units, scales, strict=True):
        places = written & _MASK
        written >>= _BITS
        if unit is None:
            found.append(None)
            continue
        shift = places - scale
        number = unit * 10**shift if shift >= 0 else _divided(unit, 10**-shift)
        found.append(Decimal(number).scaleb(-places) if places else Decimal(number))
    return found


def _divided(number: int, by: int) -> int:
    whole, rest = divmod(abs(number), by)
    assert not rest, f"{number} was not written with so few decimals"
    return whole if number >= 0 else -whole
