"""The tiered quote with lean, played: the trader's numbers (`strategies.games.quoting.authored`) at
the position of this moment, guarded against those who know more, against others with the margin
that what is learned says; each clamp with the price before and after it.

    cost of our side     = lean part + what the guard adds
    distance             = cost + the tier's margin, or the best answer to the learned chance to win
    lifted               = to what an informed client costs, as far as the guard's largest goes
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.deals.party import BUY, SELL
from robot.deals.product import ProductKind
from robot.strategy import Decision, Facts
from strategies.games.desk.applying import unit_of
from strategies.games.desk.guarding import Guarding, Whom, named
from strategies.games.desk.learned import LearnedState
from strategies.games.desk.terms import Quoting
from strategies.games.desk.winning import Winning
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored, SizeStep

_STEP = Decimal("0.000001")
"""Of a distance: finer is not told and not quoted."""


class _Far(NamedTuple):
    """How far one price of ours is from the middle, and why."""

    far: Decimal
    because: tuple[str, ...]


class QuoteGame:
    """Made once of its part of the file."""

    def __init__(self, written: Quoting, learned: LearnedState | None = None) -> None:
        self.fixings: tuple[str, ...] = ()
        self._written = written
        self._tiers = {name: place for place, name in enumerate(written.margins)}
        self._leaned = _authored(written, leaned=True)
        self._flat = _authored(written, leaned=False)
        self._unit = next(iter(written.margins.values()))._replace(size=Decimal(1))
        self._guard = Guarding(written.guard, learned) if written.guard is not None else None
        win = learned.win if learned is not None else None
        self._win = Winning(written.win, win) if written.win is not None else None

    def decide(self, facts: Facts) -> Decision:
        """Prices for the side asked, or for both."""
        tier = self._tiers.get(facts.tier)
        if tier is None:
            return Decision(passed="NO_MARGIN", because=(f"no margin for tier {facts.tier}",))
        flat = facts.counterparty in self._written.flat_for
        per = float(self._written.lean_per)
        position, size = float(held(facts)) / per, float(facts.amount) / per
        of = self._flat if flat else self._leaned
        quoted = of.quote(position, tier, size)
        assert quoted.bid is not None and quoted.ask is not None, "no largest size is written"
        margin = of.margin(tier, size)
        whom = Whom(facts.counterparty, facts.tier, None)
        whom = whom._replace(others=named(self._written.asked_with, whom))
        draw = facts.chance
        bid = self._far(quoted.bid, margin, whom, draw) if facts.side is not SELL else None
        offer = self._far(quoted.ask, margin, whom, draw) if facts.side is not BUY else None
        told = (
            f"mid {facts.mid} of {facts.bid}/{facts.offer}, {facts.market_age_ms} ms old",
            f"margin {exact(margin)} {self._unit.unit} for tier {facts.tier} at {facts.amount}",
            self._lean_told(facts, flat=flat, size=size),
        )
        return self._priced(facts, bid, offer, told)

    def _priced(
        self, facts: Facts, bid: _Far | None, offer: _Far | None, told: tuple[str, ...]
    ) -> Decision:
        """Distances as prices, rounded to our favour."""
        unit = unit_of(self._unit, facts)
        bid_at = facts.mid - bid.far * unit if bid else None
        offer_at = facts.mid + offer.far * unit if offer else None
        bid_said = round_down_to(bid_at, facts.tick) if bid_at is not None else None
        offer_said = round_up_to(offer_at, facts.tick) if offer_at is not None else None
        return Decision(
            bid=bid_said,
            offer=offer_said,
            because=(
                *told,
                *_sides_told(bid, offer, self._unit.unit),
                *_rounding_told("bid", bid_at, bid_said),
                *_rounding_told("offer", offer_at, offer_said),
            ),
        )

    def _far(self, authored: float, margin: float, whom: Whom, draw: float) -> _Far:
        """Of one side: `authored` is margin and lean together."""
        extra, told = self._guard.extra(whom) if self._guard is not None else (0.0, ())
        own, cost = exact(margin), exact(authored - margin + extra)
        if self._win is not None:
            won = self._win.quote(cost, own, whom.others, draw)
            far, told = won.far, (*told, *won.because)
        else:
            far = cost + own
        if self._guard is None:
            return _Far(far, told)
        lifted, why = self._guard.at_least(float(far), extra, whom)
        return _Far(exact(lifted) if why else far, (*told, *why))

    def _lean_told(self, facts: Facts, *, flat: bool, size: float) -> str:
        """What position and half of the deal move each price by, before and after the cap."""
        if flat:
            return f"no lean shown to {facts.counterparty}"
        units, of = float(held(facts)) / float(self._written.lean_per), self._leaned
        wanted = exact(of.lean * (units + size / 2)), exact(of.lean * (size / 2 - units))
        most = exact(of.lean_max)
        kept = tuple(max(-most, min(most, one)) for one in wanted)
        cap = "" if kept == wanted else f", kept to {kept[0]} and {kept[1]} (lean at most {most})"
        if facts.product is ProductKind.SWAP or facts.product.is_loan:
            what = f"gap {facts.gap} on {facts.far_value_date}"
        else:
            what = f"position {facts.position}"
        return f"{what} moves bid {wanted[0]} and offer {wanted[1]} away{cap}"


def held(facts: Facts) -> Decimal:
    """What leans our prices, positive = both lower: the position; of a swap what we receive on its
    last date, which a deal at our bid makes larger; of money that with the other sign, as at our
    bid we borrow and pay it back then.
    """
    if facts.product is ProductKind.SWAP:
        return facts.gap
    return -facts.gap if facts.product.is_loan else facts.position


def _sides_told(bid: _Far | None, offer: _Far | None, unit: str) -> tuple[str, ...]:
    """What was said of both sides once, of one with its name, and the distances."""
    both = bid.because if bid is not None and offer is not None else ()
    shared = tuple(line for line in both if offer is not None and line in offer.because)
    told, far = list(shared), []
    for name, one in (("bid", bid), ("offer", offer)):
        if one is not None:
            told += [f"{name}: {line}" for line in one.because if line not in shared]
            far.append(f"{name} {one.far}")
    return (*told, f"{' and '.join(far)} {unit} from mid, rounded away")


def _rounding_told(side: str, price: Decimal | None, said: Decimal | None) -> tuple[str, ...]:
    """A price before and after it was rounded to our favour."""
    if price is None or said is None or price == said:
        return ()
    finer = said.scaleb(-3).as_tuple().exponent
    assert isinstance(finer, int), "a price is a number"
    told = price.quantize(Decimal(1).scaleb(finer)).normalize()
    return (f"{side} {told:f} became {said} by the tick",)


def exact(far: float) -> Decimal:
    """A distance of the mathematics as it is quoted: six decimals."""
    return Decimal(repr(far)).quantize(_STEP).normalize() + ZERO


def _authored(written: Quoting, *, leaned: bool) -> Authored:
    per = written.lean_per
    return Authored(
        margins=tuple(float(far.size) for far in written.margins.values()),
        lean=float(written.lean.size) if leaned else 0.0,
        hedge=Band(comfortable=0.0),
        lean_max=float(written.lean_most.size) if written.lean_most is not None else 0.0,
        steps=tuple(
            SizeStep(above=float(row.over / per), add=float(row.more.size)) for row in written.sizes
        ),
    )
