"""Said -> dated: the only place where products, conventions and dates meet.

`resolve` raises a named error where the terms contradict themselves, something is unknown or a date
lies beyond a calendar; `resolve_request` gives the same as a value, for what others ask of us.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol, TypedDict

import msgspec

from robot.basics.currency import Currency, CurrencyPair, check_pair
from robot.basics.daycount import CashProduct, DayCount, day_count
from robot.basics.index import FixingKind, fixing_index
from robot.deals.convention import Convention
from robot.deals.party import CashSide
from robot.deals.product import (
    SPOT,
    AnyProduct,
    Deposit,
    FxForward,
    FxNdf,
    FxSpot,
    FxSwap,
    OutrightRepo,
    Repo,
    When,
    broken_date,
)
from robot.deals.resolved import (
    AnyResolved,
    FxLeg,
    ResolvedDeposit,
    ResolvedFxForward,
    ResolvedFxNdf,
    ResolvedFxSpot,
    ResolvedFxSwap,
    ResolvedOutrightRepo,
    ResolvedRepo,
)
from robot.errors import Fault, InvalidTerms, RobotError, UnknownReference


class DatedDay(Protocol):
    """A date and whether it rests on provisional holidays."""

    @property
    def day(self) -> date: ...
    @property
    def provisional(self) -> bool: ...


class DatedTerm(Protocol):
    """Start and end of a loan, and the contract they were dealt under."""

    @property
    def start(self) -> date: ...
    @property
    def maturity(self) -> date: ...
    @property
    def contract_code(self) -> str: ...
    @property
    def contract_days(self) -> int: ...
    @property
    def provisional(self) -> bool: ...


class DateSource(Protocol):
    """The calendars, as far as deals need them. What they do not know they refuse by raising."""

    def spot(self, pair: CurrencyPair, trade_date: date) -> DatedDay:
        """The spot date."""
        ...

    def far(self, pair: CurrencyPair, when: str | date, trade_date: date) -> DatedDay:
        """The value date of a tenor (TODAY, TOM, 1W, 3M, IMM1 ...); a broken date is itself when
        money can move on it in both currencies, else an error.
        """
        ...

    def fixing(self, pair: CurrencyPair, value_date: date) -> DatedDay:
        """The day whose fixing settles a non-deliverable forward of that value date."""
        ...

    def deposit(
        self, currency: Currency, product: CashProduct, when: str | date, trade_date: date
    ) -> DatedTerm:
        """Start and maturity of a money-market term (ON, 1W, R007, 3M), or to a broken maturity."""
        ...


Conventions = Mapping[CurrencyPair, Convention]


_CASH_PRODUCTS: Mapping[type, CashProduct] = {
    Deposit: CashProduct.DEPOSIT,
    Repo: CashProduct.REPO,
    OutrightRepo: CashProduct.OUTRIGHT_REPO,
}


class Unresolved(msgspec.Struct, frozen=True):
    """Why terms have no dates: a code (a `Fault`, or the name of the error) and the values."""

    reason: str
    detail: str


def resolve(
    product: AnyProduct, trade_date: date, conventions: Conventions, dates: DateSource
) -> AnyResolved:
    """The product with its value dates and signed dealt amounts, or an error with the values."""
    if isinstance(product, FxSwap):
        return _swap(product, trade_date, conventions, dates)
    if isinstance(product, FxSpot | FxForward | FxNdf):
        return _single(product, trade_date, conventions, dates)
    return _loan(product, trade_date, dates)


def resolve_request(
    product: AnyProduct, trade_date: date, conventions: Conventions, dates: DateSource
) -> AnyResolved | Unresolved:
    """The same as a value: what others ask may be wrong, and that is no fault of ours."""
    try:
        return resolve(product, trade_date, conventions, dates)
    except InvalidTerms as problem:
        return Unresolved(problem.fault, problem.text)
    except RobotError as problem:
        return Unresolved(type(problem).__name__, str(problem))


def with_tenor(terms: AnyResolved, tenor: str, dates: DateSource) -> AnyResolved | Unresolved:
    """The same deposit, forward or NDF for another tenor: its dates and what hangs on them, and
    nothing else.
    """
    try:
        if isinstance(terms, ResolvedDeposit):
            return _loan_for(terms, tenor, dates)
        if isinstance(terms, ResolvedFxForward | ResolvedFxNdf):
            return _outright_for(terms, tenor, dates)
    except InvalidTerms as problem:
        return Unresolved(problem.fault, problem.text)
    except RobotError as problem:
        return Unresolved(type(problem).__name__, str(problem))
    detail = "only deposits, forwards and NDFs are asked for by another tenor"
    return Unresolved(Fault.CONTRADICTION, detail)


def _loan_for(terms: ResolvedDeposit, tenor: str, dates: DateSource) -> ResolvedDeposit:
    found = dates.deposit(terms.currency, CashProduct.DEPOSIT, tenor, terms.trade_date)
    return msgspec.structs.replace(
        terms,
        provisional=found.provisional,
        start=found.start,
        maturity=found.maturity,
        contract_code=found.contract_code,
        contract_days=found.contract_days,
    )


def _outright_for(
    terms: ResolvedFxForward | ResolvedFxNdf, tenor: str, dates: DateSource
) -> ResolvedFxForward | ResolvedFxNdf:
    pair = terms.leg.pair
    value = _value_day(pair, When(tenor), terms.trade_date, dates)
    provisional = value.provisional or dates.spot(pair, terms.trade_date).provisional
    leg = msgspec.structs.replace(terms.leg, value_date=value.day)
    if isinstance(terms, ResolvedFxForward):
        return msgspec.structs.replace(terms, provisional=provisional, leg=leg)
    fixed = dates.fixing(pair, value.day)
    return msgspec.structs.replace(
        terms, provisional=provisional or fixed.provisional, leg=leg, fixing_date=fixed.day
    )


def _swap(
    product: FxSwap, trade_date: date, conventions: Conventions, dates: DateSource
) -> ResolvedFxSwap:
    pair = _known(product.pair, conventions)
    # The far date first: whoever counts it has met spot on the way and may remember it.
    far = _value_day(pair, product.far, trade_date, dates)
    near = _value_day(pair, product.near, trade_date, dates)
    spot = dates.spot(pair, trade_date)
    far_amount = product.far_amount if product.far_amount is not None else product.near_amount
    return ResolvedFxSwap(
        trade_date=trade_date,
        provisional=spot.provisional or near.provisional or far.provisional,
        near=FxLeg(
            pair=pair,
            side=product.near_side,
            currency=product.currency,
            amount=product.near_amount,
            value_date=near.day,
        ),
        far=FxLeg(
            pair=pair,
            side=product.near_side.opposite,
            currency=product.currency,
            amount=far_amount,
            value_date=far.day,
        ),
        spot_date=spot.day,
    )


def _single(
    product: FxSpot | FxForward | FxNdf,
    trade_date: date,
    conventions: Conventions,
    dates: DateSource,
) -> ResolvedFxSpot | ResolvedFxForward | ResolvedFxNdf:
    pair = _known(product.pair, conventions)
    when = SPOT if isinstance(product, FxSpot) else product.value
    value = _value_day(pair, when, trade_date, dates)
    spot = dates.spot(pair, trade_date)
    provisional = spot.provisional or value.provisional
    leg = FxLeg(
        pair=pair,
        side=product.side,
        currency=product.currency,
        amount=product.amount,
        value_date=value.day,
    )
    if isinstance(product, FxSpot):
        return ResolvedFxSpot(trade_date=trade_date, provisional=provisional, leg=leg)
    if isinstance(product, FxForward):
        return ResolvedFxForward(
            trade_date=trade_date, provisional=provisional, leg=leg, spot_date=spot.day
        )
    fixed = dates.fixing(pair, value.day)
    return ResolvedFxNdf(
        trade_date=trade_date,
        provisional=provisional or fixed.provisional,
        leg=leg,
        spot_date=spot.day,
        fixing_index=_fx_index(product),
        fixing_date=fixed.day,
        settlement_currency=product.settlement_currency,
    )


class _Term(TypedDict):
    """What all loans share once they are dated."""

    trade_date: date
    provisional: bool
    side: CashSide
    currency: Currency
    start: date
    maturity: date
    day_count: DayCount
    contract_code: str
    contract_days: int


def _loan(
    product: Deposit | Repo | OutrightRepo, trade_date: date, dates: DateSource
) -> ResolvedDeposit | ResolvedRepo | ResolvedOutrightRepo:
    term = _term(product, trade_date, dates)
    if isinstance(product, Deposit):
        return ResolvedDeposit(**term, amount=product.amount)
    if isinstance(product, Repo):
        return ResolvedRepo(**term, amount=product.amount, collateral=product.collateral)
    return ResolvedOutrightRepo(
        **term,
        security=product.security,
        face=product.face,
        first=product.first,
        second=product.second,
    )


def _term(product: Deposit | Repo | OutrightRepo, trade_date: date, dates: DateSource) -> _Term:
    kind = _CASH_PRODUCTS[type(product)]
    counted = day_count(product.currency, product.market, kind)
    when = broken_date(product.term) or product.term
    found = dates.deposit(product.currency, kind, when, trade_date)
    return _Term(
        trade_date=trade_date,
        provisional=found.provisional,
        side=product.side,
        currency=product.currency,
        start=found.start,
        maturity=found.maturity,
        day_count=counted,
        contract_code=found.contract_code,
        contract_days=found.contract_days,
    )


def _known(pair: CurrencyPair, conventions: Conventions) -> CurrencyPair:
    if pair not in conventions:
        raise UnknownReference(f"no convention configured for {check_pair(pair)}")
    return pair


def _value_day(pair: CurrencyPair, when: When, trade_date: date, dates: DateSource) -> DatedDay:
    if when == SPOT:
        return dates.spot(pair, trade_date)
    return dates.far(pair, broken_date(when) or when, trade_date)


def _fx_index(product: FxNdf) -> str:
    index = fixing_index(product.fixing_index)
    if index.kind is not FixingKind.FX or index.currency != product.pair:
        raise InvalidTerms(
            Fault.CURRENCY_NOT_IN_PAIR,
            f"{index.name} fixes {index.currency}, it cannot settle {product.pair}",
        )
    return index.name
