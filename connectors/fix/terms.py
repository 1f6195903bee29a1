"""The product part of a message that came: what is dealt, which side, how much, for when.

Each product has a reader, the same for requests, hits and trade reports. QuickFIX checks no value
inside a repeating group, so everything is checked here; whether terms make sense together, such as
a far date before a near one, is the core's to say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import msgspec

from connectors.fix.dialect import Dialect, HaircutForm, SwapSide, SwapStyle
from connectors.fix.fields import Fields, amount, first, group_of, local_date, number, text
from robot.basics.currency import Currency, parse_currency
from robot.basics.tenor import Unit, parse_tenor
from robot.deals.collateral import Collateral
from robot.deals.party import BUY, SELL, Side
from robot.deals.product import ProductKind
from robot.errors import InvalidTerms, RemoteProtocolError, UnknownReference, UnknownTenor

COLLATERAL_ROWS_MAX = 32
_TENOR_CHARACTERS_MAX = 16
_HUNDRED = Decimal(100)
_OUR_SIDE = {"1": SELL, "2": BUY}
"""Side (54) is the taker's: who buys from us makes us sell."""
_PERIOD_UNITS = "DWMY"

Said = dict[int, str]
"""First value of each tag of a message, or of one entry of a request."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What is dealt, as it is said; sides are ours, names as in `RfqReceived`."""

    pair: str
    side: Side | None
    amount: Decimal
    currency: Currency | None = None
    tenor: str = ""
    value_date: date | None = None
    far_tenor: str = ""
    far_value_date: date | None = None
    far_amount: Decimal | None = None
    settlement_currency: str | None = None
    fixing_index: str = ""
    legs: tuple[Fields, Fields] | None = None
    """Near and far, of a swap that is written as legs."""


def read_terms(
    product: str, said: Said, fields: Fields, dialect: Dialect, amount_tag: int, *, dated: bool
) -> Terms:
    """The terms of a product; of an unknown one what can be told without knowing it.

    `dated`: a request or a report must say for when it is, a hit need not.
    """
    reader = _READERS.get(product, _single)
    return reader(said, fields, dialect, amount_tag, dated)


def told_product(said: Said, dialect: Dialect) -> str:
    """The product of a request: the text that nobody knows when it is none of ours.

    Spot for another date than the spot date is none.
    """
    kind = dialect.product(said)
    if kind is None:
        told = (said[tag] for tag in (461, *dialect.product_tags) if said.get(tag))
        return text(next(told, "?"))
    if kind is not ProductKind.SPOT:
        return kind
    if said.get(193) or said.get(40) == "G" or 555 in said:
        return ProductKind.SWAP
    tenor = said.get(dialect.near_tenor_tag)
    if tenor not in (None, "", "SPOT"):
        return text(f"TENOR {tenor}")
    settl_type = said.get(63)
    if settl_type not in (None, "", "0") and not dialect.settl_type_informs_only:
        return text(f"TENOR {settl_type}")
    return kind


def hinted_product(said: Said, dialect: Dialect) -> str:
    """The product of a hit or a report, which need not name it: empty where it is not said."""
    kind = dialect.product(said)
    if kind is None:
        return told_product(said, dialect)
    if kind is not ProductKind.SPOT:
        return kind
    return ProductKind.SWAP if said.get(193) or said.get(40) == "G" or 555 in said else ""


def fx_side(value: str, tag: int = 54) -> Side:
    """Ours, of the base currency."""
    side = _OUR_SIDE.get(value)
    if side is None:
        problem = f"tag {tag}: side {value[:4]!a} is neither buy (1) nor sell (2)"
        raise RemoteProtocolError(problem, tag=tag)
    return side


def loan_side(value: str, dialect: Dialect) -> Side:
    """Ours, of money: BUY = we borrow it."""
    side = dialect.our_loan_side(value)
    if side is None:
        known = f"lend ({dialect.lend_side}) nor borrow ({dialect.borrow_side})"
        raise RemoteProtocolError(f"tag 54: side {value[:4]!a} is neither {known}", tag=54)
    return side


def is_loan(said: Said, dialect: Dialect) -> bool:
    """Whether a message that names no product is about a loan: its symbol is no pair."""
    symbol = said.get(55, "")
    pair = len(symbol) == 6 or symbol[3:4] in ("/", dialect.symbol_separator)
    return not pair and (len(symbol) == 3 or is_contract_code(symbol))


def read_collateral(fields: Fields, dialect: Dialect) -> tuple[Collateral, ...]:
    """What a repo pledges: the rows of 711."""
    rows = group_of(fields, 711, 311)
    if len(rows) > COLLATERAL_ROWS_MAX:
        problem = f"tag 711: {len(rows)} securities came, at most {COLLATERAL_ROWS_MAX} are taken"
        raise RemoteProtocolError(problem, tag=711)
    return tuple(_pledged(dict(reversed(row)), dialect) for row in rows)


def _pledged(row: Said, dialect: Dialect) -> Collateral:
    tag = dialect.haircut_tag
    face, told = amount(_needed(row, 879), 879), number(_needed(row, tag), tag)
    if dialect.haircut_form is HaircutForm.CONVERSION_RATIO:
        price, haircut = _HUNDRED, _HUNDRED - told
    else:
        price, haircut = number(_needed(row, 882), 882), told
    try:
        return Collateral(security=text(_needed(row, 311)), face=face, price=price, haircut=haircut)
    except InvalidTerms as problem:
        raise RemoteProtocolError(f"tag {tag} or 882: {problem}", tag=tag) from problem


def _single(said: Said, fields: Fields, dialect: Dialect, amount_tag: int, dated: bool) -> Terms:
    """Spot, and what is not known: one date, a side that is a pair's."""
    day = said.get(64)
    return Terms(
        pair=dialect.pair(text(said.get(55) or "")),
        side=_side(said),
        amount=amount(_needed(said, amount_tag), amount_tag),
        currency=_currency(said, 15),
        value_date=local_date(day, 64) if day else None,
    )


def _forward(said: Said, fields: Fields, dialect: Dialect, amount_tag: int, dated: bool) -> Terms:
    value_date, tenor = _when(said, 64, dialect.near_tenor_tag, 63, dialect)
    if dated and value_date is None and not tenor:
        _missing(said, 64, f"a forward needs a date (64) or a tenor ({dialect.near_tenor_tag})")
    return Terms(
        pair=dialect.pair(text(said.get(55) or "")),
        side=_side(said),
        amount=amount(_needed(said, amount_tag), amount_tag),
        currency=_currency(said, 15),
        tenor=tenor,
        value_date=value_date,
        settlement_currency=_currency(said, 120),
        fixing_index=text(said.get(dialect.fixing_index_tag, "")),
    )


def _swap(said: Said, fields: Fields, dialect: Dialect, amount_tag: int, dated: bool) -> Terms:
    if dialect.swap_style is SwapStyle.LEGS:
        return _swap_of_legs(said, fields, dialect, amount_tag, dated)
    near, tenor = _when(said, 64, dialect.near_tenor_tag, 63, dialect)
    far, far_tenor = _when(said, 193, dialect.far_tenor_tag, 0, dialect)
    if dated and far is None and not far_tenor:
        _missing(said, 193, f"a swap needs a far date (193) or tenor ({dialect.far_tenor_tag})")
    side, far_amount = _side(said), said.get(192)
    return Terms(
        pair=dialect.pair(text(said.get(55) or "")),
        side=_near_side(side, dialect),
        amount=amount(_needed(said, amount_tag), amount_tag),
        currency=_currency(said, 15),
        tenor=tenor,
        value_date=near,
        far_tenor=far_tenor,
        far_value_date=far,
        far_amount=amount(far_amount, 192) if far_amount else None,
    )


def _swap_of_legs(
    said: Said, fields: Fields, dialect: Dialect, amount_tag: int, dated: bool
) -> Terms:
    pair = dialect.pair(text(said.get(55) or ""))
    legs = _near_and_far(fields)
    near, far = (dict(reversed(leg)) for leg in legs)
    for leg in (near, far):
        if leg.get(600) and dialect.pair(leg[600]) != pair:
            problem = f"tag 600: a leg in {leg[600][:20]!a} of a swap in {pair[:20]!a}"
            raise RemoteProtocolError(problem, tag=600)
    near_date, near_tenor = _leg_when(near, said, dialect.near_tenor_tag, dialect)
    far_date, far_tenor = _leg_when(far, said, dialect.far_tenor_tag, dialect)
    if dated and far_date is None and not far_tenor:
        _missing(far, 588, "the far leg of a swap needs a date (588) or a tenor (587)")
    whole = amount(_needed(said, amount_tag), amount_tag)
    near_amount, far_amount = (_leg_amount(leg, whole) for leg in (near, far))
    if near_amount != whole:
        problem = f"tag 687: the near leg has {near_amount}, tag {amount_tag} says {whole}"
        raise RemoteProtocolError(problem, tag=687)
    return Terms(
        pair=pair,
        side=_legs_side(said, near, far, dialect),
        amount=whole,
        currency=_currency(said, 15),
        tenor=near_tenor,
        value_date=near_date,
        far_tenor=far_tenor,
        far_value_date=far_date,
        far_amount=far_amount if far_amount != whole else None,
        legs=legs,
    )


def _near_and_far(fields: Fields) -> tuple[Fields, Fields]:
    """The two legs, by their names (654) where they have them, else as they stand."""
    legs = group_of(fields, 555, 600)
    if len(legs) != 2:
        raise RemoteProtocolError(f"tag 555: a swap has 2 legs, {len(legs)} came", tag=555)
    names = [first(leg, 654) for leg in legs]
    if names == ["F", "N"]:
        return legs[1], legs[0]
    if names not in ([None, None], ["N", "F"]):
        told = ", ".join(str(name)[:8] for name in names)
        raise RemoteProtocolError(f"tag 654: legs are N and F, not {told!a}", tag=654)
    return legs[0], legs[1]


def _legs_side(said: Said, near: Said, far: Said, dialect: Dialect) -> Side | None:
    """Ours of the near leg; None = two-way. What is said of the legs must fit together."""
    whole = _near_side(_side(said), dialect)
    near_code, far_code = near.get(624), far.get(624)
    if not near_code and not far_code:
        return whole
    if not near_code or not far_code:
        raise RemoteProtocolError("tag 624: one leg has a side and the other has none", tag=624)
    side = fx_side(near_code, 624)
    if fx_side(far_code, 624) is side:
        raise RemoteProtocolError(f"tag 624: both legs have side {near_code!a}", tag=624)
    if whole is None or side is not whole:
        told = said.get(54) or "absent"
        problem = f"tag 54 is {told[:8]!a}, which is not the side of the legs ({near_code} near)"
        raise RemoteProtocolError(problem, tag=54)
    return side


def _leg_when(leg: Said, said: Said, tenor_tag: int, dialect: Dialect) -> tuple[date | None, str]:
    day, tenor = leg.get(588), _tenor(said.get(tenor_tag), tenor_tag)
    if day:
        return local_date(day, 588), tenor
    regular = "SPOT" if leg.get(587) == "0" else ""
    return None, tenor or regular or _settl_tenor(leg.get(587), 587, dialect)


def _leg_amount(leg: Said, whole: Decimal) -> Decimal:
    value = leg.get(687)
    return amount(value, 687) if value else whole


def _loan(said: Said, fields: Fields, dialect: Dialect, amount_tag: int, dated: bool) -> Terms:
    code = _contract_code(said)
    currency = _loan_currency(said, code, dialect)
    side, start = said.get(54), _one_date(said, 64, 916)
    maturity = _one_date(said, 541, 917)
    tenor = _tenor(said.get(dialect.far_tenor_tag), dialect.far_tenor_tag) or code
    if dated and maturity is None and not tenor:
        wanted = f"a maturity (541), a term ({dialect.far_tenor_tag}) or a contract code (48)"
        _missing(said, 541, f"a loan needs {wanted}")
    if said.get(423) not in (None, "", "1"):
        problem = f"tag 423: rates of loans are in percent (1), not {said[423][:4]!a}"
        raise RemoteProtocolError(problem, tag=423)
    if dated and start is None:
        _check_starts_at_once(said, dialect)
    return Terms(
        pair=currency,
        side=loan_side(side, dialect) if side else None,
        amount=amount(_needed(said, amount_tag), amount_tag),
        currency=currency,
        value_date=start,
        far_tenor=tenor,
        far_value_date=maturity,
    )


def _check_starts_at_once(said: Said, dialect: Dialect) -> None:
    """A loan that names no start date begins when its market's loans do: no tag may say else."""
    at_once = ("1",) if dialect.settl_type_informs_only else ()
    for tag, known in ((63, ("", "0", *at_once)), (dialect.near_tenor_tag, ("",))):
        if said.get(tag, "") not in known:
            problem = f"tag {tag} is {said[tag][:16]!a}: the start of a loan is a date (64)"
            raise RemoteProtocolError(problem, tag=tag)


def _contract_code(said: Said) -> str:
    """The contract a loan is dealt under (R007); empty where none is named."""
    for tag in (48, 55):
        value = said.get(tag, "")
        if value and is_contract_code(value):
            return value
    return ""


def is_contract_code(value: str) -> bool:
    """Whether a text names a term of a money market, such as R007."""
    try:
        return parse_tenor(value[:_TENOR_CHARACTERS_MAX]).unit is Unit.TERM
    except UnknownTenor:
        return False


def _loan_currency(said: Said, code: str, dialect: Dialect) -> Currency:
    """Its symbol, unless that is a contract's; then what else names a currency."""
    symbol = said.get(55) or ""
    named = said.get(15) or said.get(120) or ""
    told = named or (dialect.loan_currency if code and symbol == code else symbol)
    try:
        currency = parse_currency(told)
        if symbol not in (currency, code):
            raise UnknownReference(f"{symbol[:20]!a} is neither {currency} nor a contract code")
    except UnknownReference as problem:
        raise RemoteProtocolError(f"tag 55 of a loan: {problem}", tag=55) from problem
    return currency


def _one_date(said: Said, tag: int, other: int) -> date | None:
    """A date that two tags may say; if both do, the same."""
    day, same = said.get(tag), said.get(other)
    if day and same and day != same:
        problem = f"tag {tag} is {day[:10]!a} and tag {other} {same[:10]!a}: both say the same date"
        raise RemoteProtocolError(problem, tag=tag)
    if day:
        return local_date(day, tag)
    return local_date(same, other) if same else None


def _when(
    said: Said, date_tag: int, tenor_tag: int, settl_tag: int, dialect: Dialect
) -> tuple[date | None, str]:
    """Date and tenor; SettlType counts only where neither of them is said."""
    day, tenor = said.get(date_tag), _tenor(said.get(tenor_tag), tenor_tag)
    if day:
        return local_date(day, date_tag), tenor
    if tenor or not settl_tag or dialect.settl_type_informs_only:
        return None, tenor
    return None, _settl_tenor(said.get(settl_tag), settl_tag, dialect)


def _settl_tenor(value: str | None, tag: int, dialect: Dialect) -> str:
    """63 or 587 as a tenor: `M3` is 3M. Regular (0) and broken (B) say none."""
    if value in (None, "", "0", "B"):
        return ""
    assert value is not None, "an absent one was dealt with above"
    tenor = dialect.settl_types.get(value)
    if tenor is not None:
        return tenor
    count = value[1:]
    plain = count.isascii() and count.isdigit() and len(count) <= 3
    if dialect.settl_type_periods and value[0] in _PERIOD_UNITS and plain:
        return count + value[0]
    raise RemoteProtocolError(f"tag {tag}: settlement type {value[:10]!a} is not known", tag=tag)


def _tenor(value: str | None, tag: int) -> str:
    """A tenor as it is said; whether there is such a one the core tells."""
    if not value:
        return ""
    if len(value) > _TENOR_CHARACTERS_MAX or not (value.isascii() and value.isprintable()):
        raise RemoteProtocolError(f"tag {tag} is not a tenor: {value[:20]!a}", tag=tag)
    return value


def _side(said: Said) -> Side | None:
    side = said.get(54)
    return fx_side(side) if side is not None else None


def _near_side(side: Side | None, dialect: Dialect) -> Side | None:
    """Ours of the near leg, whichever leg's side 54 is at this venue."""
    far = side is not None and dialect.swap_side is SwapSide.FAR
    return side.opposite if side is not None and far else side


def _currency(said: Said, tag: int) -> Currency | None:
    value = said.get(tag)
    return Currency(text(value)) if value else None


def _needed(said: Said, tag: int) -> str:
    value = said.get(tag)
    if not value:
        raise RemoteProtocolError(f"tag {tag} is missing", tag=tag)
    return value


def _missing(said: Said, tag: int, problem: str) -> None:
    raise RemoteProtocolError(f"tag {tag}: {problem}", tag=tag)


_READERS: dict[str, Callable[[Said, Fields, Dialect, int, bool], Terms]] = {
    ProductKind.FORWARD: _forward,
    ProductKind.NDF: _forward,
    ProductKind.SWAP: _swap,
    ProductKind.DEPOSIT: _loan,
    ProductKind.REPO: _loan,
}
