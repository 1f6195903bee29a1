"""What clients ask for beyond spot: product, dates or tenors, dealt currency, collateral.

`draw_terms` turns the plan of a spot request into one for a product that the venue deals. All
chance comes from a `Random` of its own, so that the days of venues with spot only stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

from connectors.sim.bonds import draw_bonds, text_of_bonds
from connectors.sim.clients import (
    BEYOND_SPOT_WEIGHTS,
    HONEST,
    STREAMS,
    UNKNOWN_CURRENCY,
    Behaviour,
    Habits,
    Plan,
)
from connectors.sim.curves import tenors_of, usual_spot_day
from connectors.sim.days import beyond_horizon, broken_day, closed_day, day_after, text_of_day
from connectors.sim.model import NS_PER_SECOND, Instrument, MarketBook
from connectors.sim.products import DATED, LOANS, UNKNOWN_PRODUCT, Product
from connectors.sim.profiles import Profile
from connectors.sim.rows import Terms

_WEIGHTS = {
    Product.SPOT: 5,
    Product.FORWARD: 4,
    Product.SWAP: 5,
    Product.NDF: 2,
    Product.DEPOSIT: 3,
    Product.REPO: 3,
}
_FORWARD_TENORS = (
    "TOM",
    "1W",
    "2W",
    "1M",
    "1M",
    "2M",
    "3M",
    "3M",
    "6M",
    "9M",
    "1Y",
    "IMM1",
    "IMM2",
)
_NDF_TENORS = ("1M", "1M", "2M", "3M", "3M", "6M", "9M", "1Y")
_FROM_SPOT = ("1W", "2W", "1M", "1M", "2M", "3M", "3M", "6M", "9M", "1Y", "SN")
_SHORT = (("TODAY", "TOM"), ("TOM", "SPOT"))
_FORWARD_FORWARD = (("1M", "3M"), ("1M", "2M"), ("3M", "6M"), ("1W", "1M"))
_UNKNOWN_TENOR, _UNKNOWN_CODE = "5Q", "R009"
# Unsecured money is lent in smaller amounts: all of it counts against the borrower's line.
_LOAN_MILLIONS = {
    (Product.DEPOSIT, "CNY"): (5, 10, 10, 20, 30, 50),
    (Product.REPO, "CNY"): (20, 50, 50, 100, 100, 200),
}
_LOAN_MILLIONS_USUAL = (1, 1, 2, 2, 5)
_MILLION = 1_000_000
_OVERSIZE = 200  # times a usual loan
_LOAN_OPEN_NS = 15 * NS_PER_SECOND
# What these can be drawn for; the others go with every product.
_OF_PRODUCTS: dict[Behaviour, tuple[Product, ...]] = {
    Behaviour.FAR_BEFORE_NEAR: (Product.SWAP, *LOANS),
    Behaviour.UNKNOWN_TENOR: (*DATED, *LOANS),
    Behaviour.CLOSED_DATE: (*DATED, *LOANS),
    Behaviour.BEYOND_HORIZON: (*DATED, *LOANS),
    Behaviour.COLLATERAL_SHORT: (Product.REPO,),
    Behaviour.UNKNOWN_PRODUCT: (*DATED, *LOANS),
    Behaviour.WRONG_UNIT: (Product.SWAP, Product.FORWARD),
    Behaviour.OTHER_FAR_AMOUNT: (Product.SWAP,),
}


def suits(behaviour: Behaviour, product: Product) -> bool:
    """Whether a client can behave so with a product."""
    return product in _OF_PRODUCTS.get(behaviour, tuple(Product))


def draw_terms(
    plan: Plan, profile: Profile, book: MarketBook, habits: Habits, at_ns: int, chance: Random
) -> Plan | None:
    """The plan with a product of the venue; None when its prices are not there yet."""
    products = [
        product
        for product in profile.products
        if suits(plan.behaviour, product) and _names(profile, product, book)
    ]
    if not products:
        return None
    product = chance.choices(products, weights=[_WEIGHTS[each] for each in products])[0]
    name = chance.choice(_names(profile, product, book))
    behaviour = _behaviour(plan.behaviour, product, habits, chance)
    plan = replace(plan, behaviour=behaviour)
    if plan.behaviour is not Behaviour.FOR_UNKNOWN_PAIR:
        plan = replace(plan, pair=name)
    if product is Product.SPOT:
        return _dealt_currency(plan, Terms(), profile.venue, book, chance)
    plan = replace(plan, sizes=plan.sizes[:1])
    if product in LOANS:
        return _loan(plan, product, profile, at_ns, chance)
    drawn = _Fx(plan, product, name, at_ns, chance).draw()
    return _dealt_currency(drawn, drawn.terms, profile.venue, book, chance)


def _names(profile: Profile, product: Product, book: MarketBook) -> Sequence[str]:
    priced = book.pairs(profile.venue)
    names = profile.pairs_of(product)
    return names if product in LOANS else [name for name in names if name in priced]


def _behaviour(drawn: Behaviour, product: Product, habits: Habits, chance: Random) -> Behaviour:
    """Half of the misbehaviour beyond spot is of its own kinds."""
    if drawn in HONEST or habits.only or product is Product.SPOT or chance.random() < 0.5:
        return drawn
    kinds = [kind for kind in BEYOND_SPOT_WEIGHTS if suits(kind, product)]
    return chance.choices(kinds, weights=[BEYOND_SPOT_WEIGHTS[kind] for kind in kinds])[0]


def _dealt_currency(plan: Plan, terms: Terms, venue: str, book: MarketBook, chance: Random) -> Plan:
    """Some deal in the counter currency: about the same value, in round numbers."""
    mid = book.mid(venue, plan.pair)
    if mid is None or chance.random() >= 0.25:
        return replace(plan, terms=terms)
    sizes = tuple(_round(size * mid) for size in plan.sizes)
    if len(set(sizes)) < len(sizes):
        return replace(plan, terms=terms)
    terms.currency = plan.pair[4:]
    if terms.far_size is not None:
        terms.far_size = _round(terms.far_size * mid)
    return replace(plan, sizes=sizes, terms=terms)


def _round(amount: Decimal) -> Decimal:
    """To two digits: 11,172,000 becomes 11,000,000."""
    unit = Decimal(1).scaleb(amount.adjusted() - 1)
    return (amount / unit).quantize(Decimal(1), rounding=ROUND_HALF_EVEN) * int(unit)


class _Fx:
    """Terms of a forward, an NDF or a swap."""

    def __init__(self, plan: Plan, product: Product, pair: str, at_ns: int, chance: Random) -> None:
        self._plan = plan
        self._product = product
        self._pair = pair
        self._chance = chance
        self._spot = usual_spot_day(pair, at_ns)

    def draw(self) -> Plan:
        value_date, terms = (
            self._swap() if self._product is Product.SWAP else self._single(self._tenors())
        )
        if self._product is Product.NDF:
            terms.settlement_currency = self._pair[:3]
            terms.fixing_index = "CNY01" if self._chance.random() < 0.5 else None
        return replace(self._plan, value_date=value_date, terms=self._bent(terms))

    def _tenors(self) -> tuple[str, ...]:
        return _NDF_TENORS if self._product is Product.NDF else _FORWARD_TENORS

    def _bent(self, terms: Terms) -> Terms:
        if self._plan.behaviour is Behaviour.UNKNOWN_PRODUCT:
            terms.product = UNKNOWN_PRODUCT
        return terms

    def _bad_day(self) -> str | None:
        """A date on which nothing can be dealt, when the client behaves so."""
        if self._plan.behaviour is Behaviour.CLOSED_DATE:
            return text_of_day(closed_day(self._spot, self._chance))
        if self._plan.behaviour is Behaviour.BEYOND_HORIZON:
            return text_of_day(beyond_horizon(self._spot))
        return None

    def _single(self, tenors: Sequence[str]) -> tuple[str | None, Terms]:
        terms, bad = Terms(product=self._product), self._bad_day()
        if bad is not None:
            return bad, terms
        if self._plan.behaviour is Behaviour.UNKNOWN_TENOR:
            terms.tenor = _UNKNOWN_TENOR
        elif self._chance.random() < 0.3:
            return text_of_day(broken_day(self._pair, self._spot, (5, 300), self._chance)), terms
        else:
            terms.tenor = self._chance.choice(tenors)
        return None, terms

    def _swap(self) -> tuple[str | None, Terms]:
        terms, chance = Terms(product=Product.SWAP), self._chance
        uneven = self._plan.behaviour is not Behaviour.OTHER_FAR_AMOUNT and chance.random() < 0.2
        if uneven:
            share = Decimal(chance.choice((1005, 1012, 990, 1020))) / 1000
            terms.far_size = (self._plan.sizes[0] * share).quantize(Decimal(1))
        bad = self._bad_day()
        if self._plan.behaviour is Behaviour.FAR_BEFORE_NEAR:
            return self._backwards(terms)
        if bad is not None:
            terms.far_date = bad
        elif self._plan.behaviour is Behaviour.UNKNOWN_TENOR:
            terms.far_tenor = _UNKNOWN_TENOR
        else:
            return self._swap_dates(terms)
        return None, terms

    def _backwards(self, terms: Terms) -> tuple[str | None, Terms]:
        if self._chance.random() < 0.5:
            terms.tenor, terms.far_tenor = "3M", "1M"
            return None, terms
        near = broken_day(self._pair, self._spot, (60, 90), self._chance)
        terms.far_date = text_of_day(broken_day(self._pair, self._spot, (10, 40), self._chance))
        return text_of_day(near), terms

    def _swap_dates(self, terms: Terms) -> tuple[str | None, Terms]:
        chance, kind = self._chance, self._chance.random()
        if kind < 0.5:
            terms.tenor = None if chance.random() < 0.5 else "SPOT"
            terms.far_tenor = chance.choice(_FROM_SPOT)
        elif kind < 0.65:
            one_day = tenors_of(Instrument(Product.SWAP, self._pair))[1][0] != "TN"
            terms.tenor, terms.far_tenor = _SHORT[0] if one_day else chance.choice(_SHORT)
        elif kind < 0.8:
            terms.tenor, terms.far_tenor = chance.choice(_FORWARD_FORWARD)
        else:
            far = broken_day(self._pair, self._spot, (40, 300), chance)
            terms.far_date = text_of_day(far)
            if chance.random() < 0.4:
                near = broken_day(self._pair, self._spot, (5, 30), chance)
                return text_of_day(near), terms
        return None, terms


def _loan(plan: Plan, product: Product, profile: Profile, at_ns: int, chance: Random) -> Plan:
    currency = plan.pair if len(plan.pair) == 3 else UNKNOWN_CURRENCY
    millions = _LOAN_MILLIONS.get((product, currency), _LOAN_MILLIONS_USUAL)
    amount = Decimal(chance.choice(millions) * _MILLION)
    if plan.behaviour is Behaviour.OVERSIZE:
        amount *= _OVERSIZE
    if plan.behaviour in STREAMS:  # money is asked for once
        plan = replace(plan, behaviour=Behaviour.PROMPT, stream_seconds=None, open_ns=_LOAN_OPEN_NS)
    terms = Terms(product=product)
    value_date = _loan_dates(terms, plan.behaviour, currency, at_ns, chance)
    if product is Product.REPO:
        short = plan.behaviour is Behaviour.COLLATERAL_SHORT
        at_par = profile.dialect.name == "cfets_like"
        terms.collateral = text_of_bonds(draw_bonds(amount, chance, at_par=at_par, short=short))
    if plan.behaviour is Behaviour.UNKNOWN_PRODUCT:
        terms.product = UNKNOWN_PRODUCT
    return replace(plan, pair=currency, sizes=(amount,), value_date=value_date, terms=terms)


def _loan_dates(
    terms: Terms, behaviour: Behaviour, currency: str, at_ns: int, chance: Random
) -> str | None:
    """Sets the term or the maturity; returns the start where the client says it."""
    product, spot = Product(terms.product), usual_spot_day(f"{currency}/USD", at_ns)
    if behaviour is Behaviour.FAR_BEFORE_NEAR:
        terms.far_date = text_of_day(broken_day(currency, spot, (10, 20), chance))
        return text_of_day(broken_day(currency, spot, (30, 50), chance))
    if behaviour is Behaviour.CLOSED_DATE:
        terms.far_date = text_of_day(closed_day(spot, chance, money=True))
    elif behaviour is Behaviour.BEYOND_HORIZON:
        terms.far_date = text_of_day(beyond_horizon(spot))
    elif behaviour is Behaviour.UNKNOWN_TENOR:
        terms.far_tenor = _UNKNOWN_CODE if currency == "CNY" else _UNKNOWN_TENOR
    elif chance.random() < 0.2:
        within = (4, 80) if currency == "CNY" else (12, 150)  # between quoted tenors
        terms.far_date = text_of_day(broken_day(currency, day_after(spot), within, chance))
    else:
        tenors = [tenor for tenor, _ in tenors_of(Instrument(product, currency))]
        terms.far_tenor = chance.choice(tenors)
    return None
