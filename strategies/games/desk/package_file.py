"""`may also move` and `worth` of a game file: the terms that are negotiated beside the rate."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from robot.basics.numbers import ZERO
from robot.basics.tenor import Unit, parse_tenor
from robot.deals.product import ProductKind
from robot.errors import RobotError
from strategies.games.desk import words
from strategies.games.desk.reading import Section
from strategies.games.desk.terms import Applies, Package
from strategies.games.desk.words import Distance

AMOUNTS_MAX = 60
TENORS_MAX = 6
PAIRS_MAX = 120
"""Of an amount and a tenor."""
SETTLEMENTS = {"T+0": "TODAY", "T+1": "TOM"}
"""As traders write them -> the tenors of an outright."""
_COUNTED = (Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR)
_LOAN_TENORS = (Unit.ON, Unit.TN, Unit.SN, *_COUNTED)
_OUTRIGHT_TENORS = (Unit.TODAY, Unit.TOM, *_COUNTED)
_UNITS = {
    ProductKind.DEPOSIT: _LOAN_TENORS,
    ProductKind.FORWARD: _OUTRIGHT_TENORS,
    ProductKind.NDF: _OUTRIGHT_TENORS,
}
"""The products whose tenor may move, and the tenors that each has."""


class _AmountWorth(NamedTuple):
    far: Distance
    per: Decimal


class _Worth(NamedTuple):
    """What is written of it; a tenor that is not here was given no worth."""

    amount: _AmountWorth | None
    tenors: dict[str, Distance]


def read_package(terms: Section, applies: Applies) -> Package | None:
    """What may move beside the rate; None = nothing."""
    part = terms.section("may also move")
    worth = _worth(terms)
    if not part.names():
        if "worth" in terms:
            terms.wrong("worth", "of what: may also move is missing")
        return None
    none: tuple[Decimal, ...] = ()
    amounts = part.take("amount", _grid, none)
    same_day = _is_same_day(part)
    tenors = _tenors(part, applies, same_day=same_day)
    requests = part.take("at most", words.count, Package.__struct_defaults__[-1])
    part.close()
    if part.failed or not (amounts or tenors):
        if not part.failed:
            part.wrong("", "amount or tenor is missing: what may move")
        return None
    _check_worth(terms, worth, amounts, tenors)
    pairs = max(1, len(amounts)) * max(1, len(tenors))
    if pairs > PAIRS_MAX:
        part.wrong(
            "amount", f"{pairs} pairs of amount and tenor, at most {PAIRS_MAX}: longer steps"
        )
    amount = worth.amount or _AmountWorth(Distance(ZERO, _unit_of(worth)), Decimal(1))
    return Package(
        amounts=amounts,
        worth=amount.far,
        per=amount.per,
        tenors=tenors,
        tenor_worth={one: worth.tenors.get(one, Distance(ZERO, amount.far.unit)) for one in tenors},
        same_day=same_day,
        requests=requests,
    )


def _worth(terms: Section) -> _Worth:
    """`1 bp = 80m`, or by what moves: `{amount: 1 bp = 80m, tenor: {2W: -2 bp}}`."""
    if not terms.has_section("worth"):
        return _Worth(terms.take("worth", _amount_worth, None), {})
    part = terms.section("worth")
    amount = part.take("amount", _amount_worth, None)
    by_tenor: dict[str, Distance] = {}
    for key, read in (("tenor", str.upper), ("settlement", _settlement)):
        names = part.section(key)
        for name in names.names():
            far = names.take(name, words.distance, None)
            try:
                if far is not None:
                    by_tenor[read(name)] = far
            except ValueError as problem:
                names.wrong(name, str(problem))
    part.close()
    return _Worth(amount, by_tenor)


def _unit_of(worth: _Worth) -> str:
    """In which what things are worth is said."""
    return next((far.unit for far in worth.tenors.values()), "bp")


def _check_worth(
    terms: Section, worth: _Worth, amounts: tuple[Decimal, ...], tenors: tuple[str, ...]
) -> None:
    """Everything that moves has a worth, nothing else has one, all of it in one unit."""
    if amounts and worth.amount is None:
        terms.wrong("may also move", "worth is missing: what an amount is worth, as 1 bp = 80m")
    if worth.amount is not None and not amounts:
        terms.wrong("worth", "of what amount: may also move has none")
    strange = [name for name in worth.tenors if name not in tenors]
    if strange:
        told = ", ".join(tenors) or "none"
        terms.wrong("worth", f"{', '.join(strange)}: the tenors that may move are {told}")
    without = [name for name in tenors if name not in worth.tenors]
    if len(without) > 1:
        text = f"worth is missing of {', '.join(without)}: of all tenors but the one that the "
        terms.wrong("may also move", text + "others are measured by, as {tenor: {2W: -2 bp}}")
    fars = [*worth.tenors.values(), *([worth.amount.far] if worth.amount is not None else [])]
    if len({far.unit for far in fars}) > 1:
        terms.wrong("worth", "all of it is in one unit, bp or pip")


def _is_same_day(part: Section) -> bool:
    """Whether the settlement is said to be T+0 and nothing else: that is a hard term."""
    return part.several("settlement", str.upper) == ("T+0",)


def _tenors(part: Section, applies: Applies, *, same_day: bool) -> tuple[str, ...]:
    """Those that the deal may have, as tenors of `robot.basics.tenor`."""
    key = "settlement" if "settlement" in part and not same_day else "tenor"
    if key == "settlement" and "tenor" in part:
        part.wrong("settlement", "one of tenor and settlement: both are the date of the deal")
    listed = part.several("tenor", _reader(applies))
    if not same_day:
        listed += part.several("settlement", _settlement)
    if not listed or part.failed:
        return listed
    problem = _why_not_movable(key, applies, listed)
    if problem:
        part.wrong(key, problem)
    return listed


def _why_not_movable(key: str, applies: Applies, listed: tuple[str, ...]) -> str:
    """Why tenors cannot move so; empty = they can."""
    products = applies.products
    fixed = [str(kind).lower() for kind in products if kind not in _UNITS]
    if not products or fixed:
        said = f"applies says {', '.join(fixed)}" if fixed else "applies names no product"
        return f"the tenor moves in deposits, forwards and NDFs, and {said}"
    if key == "settlement" and products != (ProductKind.FORWARD,):
        return (
            "only a forward settles on another day than its market's: a deposit starts, and an NDF "
            "is fixed, by convention, which is a hard term (leave it out, or write [T+0] alone)"
        )
    if len({*listed}) < len(listed):
        return "one tenor is there twice"
    if not 2 <= len(listed) <= TENORS_MAX:
        return f"2 to {TENORS_MAX} of them, the one that is asked for among them"
    return ""


def _reader(applies: Applies) -> Callable[[str], str]:
    """Reads tenors that all the products have."""

    def read(text: str) -> str:
        try:
            tenor = parse_tenor(text.upper())
        except RobotError as problem:
            raise ValueError(str(problem)) from problem
        for kind in applies.products:
            if kind in _UNITS and tenor.unit not in _UNITS[kind]:
                raise ValueError(f"a {str(kind).lower()} has no tenor {tenor}")
        return str(tenor)

    return read


def _settlement(text: str) -> str:
    """`T+0` -> TODAY."""
    found = SETTLEMENTS.get(text.upper())
    if found is None:
        raise ValueError(f"write it as one of {', '.join(SETTLEMENTS)}; later dates are tenors")
    return found


def _grid(text: str) -> tuple[Decimal, ...]:
    """`50m to 500m in 10m`."""
    span, steps, each = text.partition(" in ")
    least, most = words.amounts(span.strip())
    if not steps or not least > 0:
        raise ValueError("write it as: 50m to 500m in 10m")
    unit = re.search(r"\d\s*([A-Za-z万亿]+)$", span.strip())
    tens = re.fullmatch(r"(\d+)s", each.strip())  # 50-500 mn in 10s
    step = words.amount(f"{tens[1]}{unit[1]}" if tens and unit else each.strip())
    count = int((most - least) / step) + 1
    if not 2 <= count <= AMOUNTS_MAX or (most - least) % step:
        raise ValueError(f"2 to {AMOUNTS_MAX} amounts, whole steps of {step}")
    return tuple(least + place * step for place in range(count))


def _amount_worth(text: str) -> _AmountWorth:
    """`1 bp = 80m`, `1 bp = 80m less`."""
    far, equals, amount = text.partition("=")
    if not equals:
        raise ValueError("write it as: 1 bp = 80m, or 1 bp = 80m less")
    amount = amount.strip().removesuffix(" of size")
    less = amount.endswith(" less")
    found = words.step(far.strip())
    return _AmountWorth(
        found._replace(size=-found.size if less else found.size),
        words.amount(amount.removesuffix(" less").strip()),
    )
