"""Checks that look at one quote or order alone, and how a check is told."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.deals.limit_rows import LimitKind
from robot.deals.product import ProductKind
from robot.limits.digits import wrong_digits
from robot.limits.exposure import Quoted, in_line_currency
from robot.limits.hours import is_about, is_open, told
from robot.limits.limit import LimitAccount, Reason, Refusal
from robot.limits.lines import PRICE_COLLAR, RATE_COLLAR, deal_size_limit
from robot.limits.tree import Applied, Subject, permits
from robot.limits.windows import Windows
from robot.messages.checks import Check

_BASIS_POINT = Decimal("0.0001")
_RATE_POINT = Decimal("0.01")
"""A basis point of a rate in percent."""
_ONE = Decimal(1)
# A member looked up in its enum costs as much as two additions of decimals; this runs per price.
_PERMITTED, _PRICE_COLLAR, _DEAL_SIZE = (
    LimitKind.PERMITTED,
    LimitKind.PRICE_COLLAR,
    LimitKind.DEAL_SIZE,
)
_OFFICIAL_BAND, _HOURS = LimitKind.OFFICIAL_BAND, LimitKind.HOURS
_WRONG_DIGITS = LimitKind.WRONG_DIGITS
_CLIP, _TERM_CAP, _ORDER_VALUE = LimitKind.CLIP, LimitKind.TERM_CAP, LimitKind.ORDER_VALUE
_HUNDRED = Decimal(100)

Rows = dict[LimitKind, tuple[Applied, ...]]


def judge_by_tables(
    quoted: Quoted, away_bp: Decimal | None, size: Decimal
) -> Iterator[Check | Refusal]:
    """Price collar and deal size of the tables; after a refusal nothing more comes.

    FX prices, points too: so many basis points of the spot rate. Loans: of a percent; None = none.
    """
    if quoted.spot is not None:
        name, allowed = PRICE_COLLAR, quoted.spot * (away_bp or ZERO) * _BASIS_POINT
    else:
        name, allowed = RATE_COLLAR, (away_bp or ZERO) * _RATE_POINT
    for case in quoted.cases:
        away = abs(case.price - quoted.mid)
        fine = away_bp is not None and away <= allowed
        yield _check(name, "PRICE_COLLAR", away, allowed, fine=fine)
        if not fine:
            shown = "no" if away_bp is None else away_bp
            detail = f"price {case.price} is further than {shown} bp from mid {quoted.mid}"
            yield Refusal(reason=Reason.PRICE_COLLAR, detail=detail)
    amount = quoted.amount
    fine = amount <= size
    name = deal_size_limit(quoted.kind, quoted.pair, quoted.tier)
    yield _check(name, "DEAL_SIZE", amount, size, fine=fine)
    if not fine:
        what = quoted.pair if quoted.kind is ProductKind.SPOT else f"{quoted.kind} {quoted.pair}"
        detail = f"{amount} over {size} for {what}, tier {quoted.tier}"
        yield Refusal(reason=Reason.DEAL_SIZE, detail=detail)


def _check(name: LimitId, kind: str, asked: Decimal, maximum: Decimal, *, fine: bool) -> Check:
    """Of a limit that counts nothing."""
    result = "ok" if fine else "refused"
    return Check(name, kind, ZERO, ZERO, asked, maximum, maximum - asked, result)


def judge_alone(
    quoted: Quoted,
    subject: Subject,
    rows: Rows,
    line_rate: Decimal,
    windows: Windows,
    *,
    order: bool,
) -> Iterator[Check | Refusal]:
    """Every row that needs no running figure; after a refusal nothing more comes."""
    for row in rows.get(_PERMITTED, ()):
        yield from _permitted(row, subject)
        if row.row.timed:
            yield from _at_its_time(row, quoted)
    for row in rows.get(_HOURS, ()):
        yield from _at_its_time(row, quoted)
    for row in rows.get(_PRICE_COLLAR, ()):
        yield from _compared(row, away_bp(quoted))
    for row in rows.get(_WRONG_DIGITS, ()):
        yield from _right_digits(row, quoted, windows)
    for row in rows.get(_OFFICIAL_BAND, ()):
        yield from _within_band(row, quoted)
    for row in rows.get(_DEAL_SIZE, ()):
        yield from _compared(row, quoted.amount)
    for row in rows.get(_CLIP, ()) if order else ():
        yield from _compared(row, quoted.amount)
    for row in rows.get(_TERM_CAP, ()):
        yield from _compared(row, Decimal(quoted.days))
    for row in rows.get(_ORDER_VALUE, ()):
        yield from _compared(row, in_line_currency(quoted.amount, line_rate))


def away_bp(quoted: Quoted) -> Decimal:
    """How far the worst price is from the middle: in basis points of the spot rate, of a loan in
    hundredths of a percent. InvalidOperation where there is no spot rate to measure by.
    """
    away = max(abs(case.price - quoted.mid) for case in quoted.cases)
    if quoted.spot is None:
        return away / _RATE_POINT
    return away / (quoted.spot * _BASIS_POINT)


def check_of_deal(account: LimitAccount, amount: Decimal) -> Check:
    """What a deal made of an account: it was held before, so nothing is asked for any more.
    Headroom is what the deal and what is still held leave, on the side that it moves.
    """
    used, now = account.utilisation - amount, account.utilisation
    falls = account.two_sided and amount < ZERO
    reserved = account.reserved_down if falls else account.reserved_up
    room = account.maximum - reserved - (-now if falls else now)
    is_over = (abs(now) if account.two_sided else now) > account.maximum
    kind, result = str(account.reason), "over" if is_over else "ok"
    return Check(account.limit_id, kind, used, reserved, amount, account.maximum, room, result)


def _permitted(row: Applied, subject: Subject) -> Iterator[Check | Refusal]:
    fine = permits(row.row, subject)
    yield _check(row.name, "PERMITTED", ZERO if fine else _ONE, ZERO, fine=fine)
    if not fine:
        what = " ".join(name for name in (subject.product, subject.pair, subject.tenor) if name)
        detail = f"{row.name} does not permit {what}"
        yield refused_by(row, Reason.PERMITTED, detail)


def _right_digits(row: Applied, quoted: Quoted, windows: Windows) -> Iterator[Check | Refusal]:
    away, mistake = wrong_digits(quoted, windows, row.maximum)
    yield _check(row.name, "WRONG_DIGITS", away, row.maximum, fine=not mistake)
    if mistake:
        yield refused_by(row, Reason.WRONG_DIGITS, f"{row.name}: {mistake}")


def _at_its_time(row: Applied, quoted: Quoted) -> Iterator[Check | Refusal]:
    """Whether it is one of the row's times now, if the row is about what settles so soon."""
    if not is_about(row.row, quoted.first_days):
        return
    fine = is_open(row.row, quoted.local_s)
    reason = Reason(row.kind.upper())
    yield _check(row.name, reason, ZERO if fine else _ONE, ZERO, fine=fine)
    if not fine:
        detail = f"{row.name}: outside {told(row.row)} of the desk's clock"
        yield refused_by(row, reason, detail)


def _within_band(row: Applied, quoted: Quoted) -> Iterator[Check | Refusal]:
    """Each spot price against the parity of the day; of other products the spot rate they stand on.
    Without a parity of the day nothing is.
    """
    parity = quoted.parity
    if parity is None:
        yield _check(row.name, "OFFICIAL_BAND", ZERO, row.maximum, fine=False)
        detail = f"{row.name}: no parity of {quoted.pair} for the trade date is known"
        yield refused_by(row, Reason.OFFICIAL_BAND, detail)
        return
    spots = [quoted.spot]
    if quoted.kind is ProductKind.SPOT:
        spots = [case.price for case in quoted.cases]
        spots += [quoted.limit_price] if quoted.limit_price is not None else []
    for spot in spots:
        assert spot is not None, "no loan has a parity"
        away = abs(spot - parity.value) * _HUNDRED / parity.value
        fine = away <= row.maximum
        yield _check(row.name, "OFFICIAL_BAND", away, row.maximum, fine=fine)
        if not fine:
            stands = f"{parity.value}, of {parity.value_date} by {parity.source}"
            detail = f"{row.name}: {spot} is further than {row.maximum} % from {stands}"
            yield refused_by(row, Reason.OFFICIAL_BAND, detail)
            return


def _compared(row: Applied, asked: Decimal) -> Iterator[Check | Refusal]:
    """A figure of its own against the maximum; what cannot be compared does not fit."""
    fine = asked <= row.maximum
    yield _check(row.name, row.kind.upper(), asked, row.maximum, fine=fine)
    if not fine:
        detail = f"{row.name}: {asked} over {row.maximum}"
        yield refused_by(row, Reason(row.kind.upper()), detail)


def refused_by(row: Applied, reason: Reason, detail: str) -> Refusal:
    """No, as the row wants it told."""
    return Refusal(
        reason=reason, detail=detail, alert=row.alert, stops=row.stops, limit_id=row.name
    )
