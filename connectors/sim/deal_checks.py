"""The simulated back office's own checks of a deal: does everything in it tell the same story?

Its own arithmetic, in fractions, from what the message says alone; nothing here is the robot's.
Whatever contradicts itself raises ValueError. `mid` and `edge` are the desk's own view of the deal:
nothing in the message could show them wrong.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from connectors.sim.day_shares import year_share
from connectors.sim.json_fields import Holder, child, children, day, decimal, text

_CODES_BY_DIGITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND XAG XAU XPD XPT",
    4: "CLF UYW",
}
"""Digits after the point where they are not two."""
_DIGITS = {code: digits for digits, codes in _CODES_BY_DIGITS.items() for code in codes.split()}

_ID_WITH_DATE = re.compile(r"D([0-9]{8})-[0-9]+", re.ASCII)
_HUNDRED = 100


class Move(NamedTuple):
    """An amount of a currency or face of a security on a date; positive = the robot receives."""

    what: str
    amount: Decimal
    value_date: date


class Leg(NamedTuple):
    """One exchange."""

    value_date: date
    rate: Decimal
    cash: list[Move]
    bonds: list[Move]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What all products say. `sign` is +1 when the robot buys the base currency or borrows."""

    data: Holder
    base: str
    counter: str
    base_amount: Decimal
    counter_amount: Decimal
    rate: Decimal
    sign: int
    trade_date: date
    value_date: date
    legs: list[Leg]


def check_deal(data: Holder) -> None:
    """Raises ValueError, KeyError or ArithmeticError when the deal contradicts itself."""
    product = text(data, "product")
    if product not in _CHECKS:
        raise ValueError(f"product {product[:20]!r} is not one that is booked here")
    _check_fields(data, product)
    story = _story(data)
    _check_dates(story)
    _check_flows(story)
    _CHECKS[product](story)
    _check_entry(data)


def _check_fields(data: Holder, product: str) -> None:
    """A field of another product means that the message was made for something else."""
    required, allowed = _FIELDS[product]
    named = {name for name in _OPTIONAL if name in data}
    if missing := required - named:
        raise ValueError(f"{product} without {', '.join(sorted(missing))}")
    if foreign := named - required - allowed:
        raise ValueError(f"{product} with {', '.join(sorted(foreign))}")


def _story(data: Holder) -> Story:
    pair, base, counter = (text(data, n) for n in ("pair", "base_currency", "counter_currency"))
    if pair not in (f"{base}/{counter}", base) or (base == counter) != (pair == base):
        raise ValueError(f"currencies {base} and {counter} differ from the pair {pair[:20]!r}")
    base_amount, counter_amount = decimal(data, "base_amount"), decimal(data, "counter_amount")
    rate = decimal(data, "rate")
    if not (base_amount > 0 and counter_amount > 0 and (rate > 0 or base == counter)):
        raise ValueError("an amount or the rate is not positive")
    return Story(
        data=data,
        base=base,
        counter=counter,
        base_amount=base_amount,
        counter_amount=counter_amount,
        rate=rate,
        sign={"BUY": 1, "SELL": -1}[text(data, "side")],
        trade_date=day(data, "trade_date"),
        value_date=day(data, "value_date"),
        legs=_legs(data) if "legs" in data else [_only_leg(data)],
    )


def _only_leg(data: Holder) -> Leg:
    cash = _moves(data, "flows", "currency", "amount")
    return Leg(day(data, "value_date"), decimal(data, "rate"), cash, [])


def _legs(data: Holder) -> list[Leg]:
    rows = children(data, "legs")
    if [row["number"] for row in rows] != list(range(1, len(rows) + 1)) or not rows:
        raise ValueError("the legs are not numbered from 1")
    return [
        Leg(
            value_date=day(row, "value_date"),
            rate=decimal(row, "rate"),
            cash=_moves(row, "flows", "currency", "amount"),
            bonds=_moves(row, "securities", "security", "face") if "securities" in row else [],
        )
        for row in rows
    ]


def _moves(holder: Holder, name: str, what: str, amount: str) -> list[Move]:
    return [
        Move(text(row, what), decimal(row, amount), day(row, "value_date"))
        for row in children(holder, name)
    ]


def _check_dates(story: Story) -> None:
    dates = [leg.value_date for leg in story.legs]
    if dates[0] != story.value_date or sorted(set(dates)) != dates:
        raise ValueError("the legs do not follow each other from the value date")
    if "far_value_date" in story.data and [day(story.data, "far_value_date")] != dates[1:]:
        raise ValueError("the far value date is not that of the second leg")
    if story.trade_date > story.value_date:
        raise ValueError("the value date is before the trade date")
    named = _ID_WITH_DATE.fullmatch(text(story.data, "deal_id"))
    if named and named[1] != f"{story.trade_date:%Y%m%d}":
        raise ValueError("the deal id names another trade date")


def _check_flows(story: Story) -> None:
    """All cash once more, on the dates of its legs."""
    moves = [move for leg in story.legs for move in leg.cash]
    if _moves(story.data, "flows", "currency", "amount") != moves:
        raise ValueError("the flows are not those of the legs")
    for leg in story.legs:
        if any(move.value_date != leg.value_date for move in (*leg.cash, *leg.bonds)):
            raise ValueError("the flows of a leg are not on its value date")
    if story.legs[0].rate != story.rate:
        raise ValueError("the rate is not that of the first leg")


def _check_entry(data: Holder) -> None:
    sums: defaultdict[tuple[str, date], Fraction] = defaultdict(Fraction)
    for posting in children(child(data, "entry"), "postings"):
        key = (text(posting, "currency"), day(posting, "value_date"))
        sums[key] += Fraction(decimal(posting, "amount"))
    if not sums or any(sums.values()):
        raise ValueError("the ledger entry does not balance")


# --- two currencies


def _check_spot(story: Story) -> None:
    if len(story.legs) != 1 or "legs" in story.data:
        raise ValueError("spot has one leg, said by the deal itself")
    _check_exchange(story, story.legs[0], story.sign)
    _check_near_amounts(story)


def _check_forward(story: Story) -> None:
    if len(story.legs) != 1:
        raise ValueError(f"one leg expected, not {len(story.legs)}")
    _check_exchange(story, story.legs[0], story.sign)
    _check_near_amounts(story)
    if _sum(story.data, "spot_rate", "points") != Fraction(story.rate):
        raise ValueError("the rate is not spot rate plus points")


def _check_ndf(story: Story) -> None:
    _check_forward(story)
    if story.data["notional"] is not True:
        raise ValueError("the flows of an NDF are not marked as notional: they are not paid")
    if not story.trade_date <= day(story.data, "fixing_date") <= story.value_date:
        raise ValueError("the fixing date is not between trade date and value date")
    if text(story.data, "settlement_currency") not in (story.base, story.counter):
        raise ValueError("the settlement currency is none of the pair")
    text(story.data, "fixing_index")


def _check_swap(story: Story) -> None:
    if len(story.legs) != 2:
        raise ValueError(f"two legs expected, not {len(story.legs)}")
    near, far = story.legs
    _check_exchange(story, near, story.sign)
    _check_exchange(story, far, -story.sign)
    _check_near_amounts(story)
    if decimal(story.data, "far_rate") != far.rate:
        raise ValueError("the far rate is not that of the second leg")
    if Fraction(story.rate) + Fraction(decimal(story.data, "points")) != Fraction(far.rate):
        raise ValueError("the far rate is not the near rate plus points")
    if _sum(story.data, "spot_rate", "near_points") != Fraction(near.rate):
        raise ValueError("the near rate is not the spot rate plus near points")


def _check_exchange(story: Story, leg: Leg, sign: int) -> None:
    """Base against counter, opposite in sign, the contra amount at the leg's rate, rounded."""
    base, counter = story.base, story.counter
    if base == counter:
        raise ValueError(f"an exchange needs two currencies, not {base} alone")
    if [move.what for move in leg.cash] != [base, counter] or leg.bonds or not leg.rate > 0:
        raise ValueError("the flows do not follow from the pair")
    of_base, of_counter = (Fraction(move.amount) for move in leg.cash)
    if not (sign * of_base > 0 and sign * of_counter < 0):
        raise ValueError("the flows do not follow from the side")
    dealt, rate = story.data.get("dealt_currency", base), Fraction(leg.rate)
    if dealt == base:
        if rounded(of_base * rate, counter) != -of_counter:
            raise ValueError("counter amount is not base amount times rate")
    elif dealt != counter or rounded(of_counter / rate, base) != -of_base:
        raise ValueError("base amount is not counter amount divided by rate")


def _check_near_amounts(story: Story) -> None:
    amounts = [abs(move.amount) for move in story.legs[0].cash]
    if amounts != [story.base_amount, story.counter_amount]:
        raise ValueError("the flows do not follow from side and amounts")


def _sum(data: Holder, first: str, second: str) -> Fraction:
    return Fraction(decimal(data, first)) + Fraction(decimal(data, second))


# --- one currency


def _check_deposit(story: Story) -> None:
    _check_loan(story)
    if any(leg.bonds for leg in story.legs):
        raise ValueError("a deposit moves no securities")


def _check_repo(story: Story) -> None:
    _check_loan(story)
    start, maturity = story.legs
    if not start.bonds or any(-story.sign * move.amount <= 0 for move in start.bonds):
        raise ValueError("the securities do not go against the cash")
    back = [Move(move.what, -move.amount, maturity.value_date) for move in start.bonds]
    if back != maturity.bonds:
        raise ValueError("the securities do not come back as they went")
    if "collateral" in story.data:
        _check_cover(story, start)


def _check_loan(story: Story) -> None:
    """Principal out and back with interest: principal x rate x share of the year, rounded."""
    data, currency = story.data, story.base
    if story.counter != currency or text(data, "dealt_currency") != currency:
        raise ValueError("a loan is of one currency")
    if text(data, "cash_side") != {1: "BORROW", -1: "LEND"}[story.sign]:
        raise ValueError("cash side and side contradict each other")
    if len(story.legs) != 2 or story.legs[1].rate != story.rate:
        raise ValueError("a loan has two legs at one rate")
    start, maturity = story.legs
    principal, repayment = Fraction(story.base_amount), Fraction(story.counter_amount)
    owed = Fraction(decimal(data, "interest"))
    if repayment != principal + owed:
        raise ValueError("the repayment is not principal plus interest")
    share = year_share(text(data, "day_count"), start.value_date, maturity.value_date)
    if rounded(principal * Fraction(story.rate) * share / _HUNDRED, currency) != owed:
        raise ValueError("the interest is not principal x rate x days / year days")
    _check_payments(story, principal, owed)


def _check_payments(story: Story, principal: Fraction, owed: Fraction) -> None:
    start, maturity = story.legs
    if any(move.what != story.base for move in (*start.cash, *maturity.cash)):
        raise ValueError(f"the flows are not all of {story.base}")
    paid = [story.sign * Fraction(move.amount) for move in start.cash]
    back = [-story.sign * Fraction(move.amount) for move in maturity.cash]
    if paid != [principal] or back not in ([principal, owed], [principal + owed]):
        raise ValueError("the flows do not follow from side, principal and interest")


def _check_cover(story: Story, start: Leg) -> None:
    """The bonds carry the loan after their haircuts, and are those that move."""
    pledged, carried = [], Fraction(0)
    for item in children(story.data, "collateral"):
        face, price, haircut = (decimal(item, n) for n in ("face", "price", "haircut"))
        if not (price > 0 and 0 <= haircut < _HUNDRED):
            raise ValueError(f"collateral at price {price} with haircut {haircut} %")
        carried += Fraction(face) * Fraction(price) * (_HUNDRED - Fraction(haircut)) / _HUNDRED**2
        pledged.append((text(item, "security"), face))
    if pledged != [(move.what, abs(move.amount)) for move in start.bonds]:
        raise ValueError("the collateral is not what is delivered")
    if rounded(carried, story.base) < Fraction(story.base_amount):
        raise ValueError("the collateral does not cover the loan after haircuts")


def rounded(value: Fraction, currency: str) -> Fraction:
    """To the currency's smallest unit, halves away from zero."""
    unit = 10 ** _DIGITS.get(currency, 2)
    whole = (2 * abs(value) * unit + 1) // 2
    return Fraction(whole if value >= 0 else -whole, unit)


_CHECKS: Mapping[str, Callable[[Story], None]] = {
    "SPOT": _check_spot,
    "FORWARD": _check_forward,
    "SWAP": _check_swap,
    "NDF": _check_ndf,
    "DEPOSIT": _check_deposit,
    "REPO": _check_repo,
}

_PRICE = frozenset({"dealt_currency", "spot_rate", "points", "legs"})
_LOAN = frozenset(
    {"dealt_currency", "far_value_date", "cash_side", "day_count", "interest", "legs"}
)
_NOTHING: frozenset[str] = frozenset()
_FIELDS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    "SPOT": (_NOTHING, frozenset({"dealt_currency"})),
    "FORWARD": (_PRICE, _NOTHING),
    "SWAP": (_PRICE | {"near_points", "far_value_date", "far_rate"}, _NOTHING),
    "NDF": (
        _PRICE | {"settlement_currency", "fixing_index", "fixing_date", "notional"},
        _NOTHING,
    ),
    "DEPOSIT": (_LOAN, frozenset({"contract_code"})),
    "REPO": (_LOAN, frozenset({"contract_code", "collateral"})),
}
"""Product -> fields it must have and fields it may have, of those that not all have."""

_OPTIONAL = frozenset(name for fields in _FIELDS.values() for names in fields for name in names)
