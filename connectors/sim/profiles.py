"""What each venue deals: its dialect, its products, and of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.sim.dialects.choice import dialect_names, dialect_of
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.market import DEFAULT_PAIRS
from connectors.sim.model import Instrument
from connectors.sim.products import DATED, LOANS, Product

ONLY_SPOT = (Product.SPOT,)
NDF_PAIRS = ("USD/CNY",)  # renminbi outside China is dealt without delivery

VENUES_BEYOND_SPOT = ("ALPHA", "BETA", "CFETS")
_ONLY_SPOT_VENUES = ("ALPHA", "BETA")
_PAIRS_BEYOND_SPOT = {"CFETS": ("USD/CNY",)}

_FX = (Product.SPOT, Product.FORWARD, Product.SWAP)
# What a venue of the dialect deals, and the currencies of its loans.
_PRODUCTS: dict[str, tuple[Product, ...]] = {
    "fix44": (*_FX, Product.NDF, Product.DEPOSIT),
    "fix50sp2": (*_FX, Product.NDF, Product.DEPOSIT, Product.REPO),
    "cfets_like": (*_FX, Product.DEPOSIT, Product.REPO),
}
_LOAN_CURRENCIES: dict[str, tuple[str, ...]] = {
    "fix44": ("USD", "EUR", "GBP"),
    "fix50sp2": ("CNY",),
    "cfets_like": ("CNY",),
}


@dataclass(frozen=True, slots=True)
class Profile:
    """One venue."""

    venue: str
    dialect: Fix44
    products: tuple[Product, ...]
    pairs: tuple[str, ...]

    @property
    def loan_currencies(self) -> tuple[str, ...]:
        """Of the loans dealt there; none where there are no loans."""
        dealt = set(self.products) & set(LOANS)
        return _LOAN_CURRENCIES[self.dialect.name] if dealt else ()

    def pairs_of(self, product: Product) -> tuple[str, ...]:
        """The pairs of an FX product, or the currencies of a loan."""
        if product in LOANS:
            return self.loan_currencies
        if Product.NDF not in self.products:
            return self.pairs
        return tuple(pair for pair in self.pairs if (pair in NDF_PAIRS) == (product is Product.NDF))

    @property
    def curves(self) -> tuple[Instrument, ...]:
        """The curves the venue quotes."""
        points = self.pairs if set(self.products) & set(DATED) else ()
        loans = [product for product in self.products if product in LOANS]
        return (
            *(Instrument(Product.SWAP, pair) for pair in points),
            *(Instrument(loan, name) for loan in loans for name in self.loan_currencies),
        )

    @property
    def deals_anything(self) -> bool:
        """Whether there is a product with something to deal it in."""
        return any(self.pairs_of(product) for product in self.products)

    def instruments(self) -> frozenset[Instrument]:
        """Everything market data can be asked for."""
        spots = {Instrument(Product.SPOT, pair) for pair in self.pairs}
        return frozenset({*spots, *self.curves})


def usual_venues(products: Sequence[Product]) -> dict[str, tuple[str, ...]]:
    """The venues of a world that nobody described, with their pairs: those that deal any of it."""
    if tuple(products) == ONLY_SPOT:
        return dict.fromkeys(_ONLY_SPOT_VENUES, DEFAULT_PAIRS)
    found = {name: usual_pairs(name) for name in VENUES_BEYOND_SPOT}
    names = dialect_names(list(found), {}, beyond_spot=True)
    profiles = make_profiles(found, products, names)
    return {name: found[name] for name, profile in profiles.items() if profile.deals_anything}


def usual_pairs(venue: str) -> tuple[str, ...]:
    """The pairs of a venue that deals more than spot."""
    return _PAIRS_BEYOND_SPOT.get(venue, (*DEFAULT_PAIRS, *NDF_PAIRS))


def make_profiles(
    pairs: Mapping[str, Sequence[str]], products: Sequence[Product], dialects: Mapping[str, str]
) -> dict[str, Profile]:
    """The profile of each venue: of the products wanted those its dialect has."""
    return {
        venue: Profile(
            venue,
            dialect_of(dialects[venue]),
            tuple(p for p in _PRODUCTS[dialects[venue]] if p in products),
            tuple(dealt),
        )
        for venue, dealt in pairs.items()
    }
