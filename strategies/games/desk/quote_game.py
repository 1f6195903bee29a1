"""The tiered quote with lean, played: the trader's numbers (`strategies.games.quoting.authored`) at
the position of this moment, and each clamp with the price before and after it.
"""

from __future__ import annotations

from decimal import Decimal

from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.deals.party import BUY, SELL
from robot.strategy import Decision, Facts
from strategies.games.desk.applying import unit_of
from strategies.games.desk.terms import Quoting
from strategies.games.desk.words import Distance
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.quoting.authored import Authored, SizeStep

_STEP = Decimal("0.000001")
"""Of a distance: finer is not told and not quoted."""


class QuoteGame:
    """Made once of its part of the file."""

    def __init__(self, written: Quoting) -> None:
        self.fixings: tuple[str, ...] = ()
        self._written = written
        self._tiers = {name: place for place, name in enumerate(written.margins)}
        self._leaned = _authored(written, leaned=True)
        self._flat = _authored(written, leaned=False)
        self._unit = next(iter(written.margins.values()))._replace(size=Decimal(1))

    def decide(self, facts: Facts) -> Decision:
        """Prices for the side asked, or for both."""
        tier = self._tiers.get(facts.tier)
        if tier is None:
            return Decision(passed="NO_MARGIN", because=(f"no margin for tier {facts.tier}",))
        flat = facts.counterparty in self._written.flat_for
        per = float(self._written.lean_per)
        position, size = float(facts.position) / per, float(facts.amount) / per
        quoted = (self._flat if flat else self._leaned).quote(position, tier, size)
        assert quoted.bid is not None and quoted.ask is not None, "no largest size is written"
        more = self._surcharge(facts)
        unit = unit_of(self._unit, facts)
        bid_far, offer_far = exact(quoted.bid) + more.size, exact(quoted.ask) + more.size
        bid = facts.mid - bid_far * unit
        offer = facts.mid + offer_far * unit
        shown_bid, shown_offer = round_down_to(bid, facts.tick), round_up_to(offer, facts.tick)
        return Decision(
            bid=shown_bid if facts.side is not SELL else None,
            offer=shown_offer if facts.side is not BUY else None,
            because=(
                f"mid {facts.mid} of {facts.bid}/{facts.offer}, {facts.market_age_ms} ms old",
                f"margin {self._margin(tier, size)} for tier {facts.tier} at {facts.amount}",
                self._lean_told(facts, flat=flat, size=size),
                *self._surcharge_told(facts, more),
                f"bid {bid_far} and offer {offer_far} {self._unit.unit} from mid, rounded away",
            ),
        )

    def _margin(self, tier: int, size: float) -> str:
        return f"{exact(self._leaned.margin(tier, size))} {self._unit.unit}"

    def _surcharge(self, facts: Facts) -> Distance:
        written = self._written
        wanted = written.toxic.get(facts.counterparty, Distance(ZERO, self._unit.unit))
        return wanted if wanted.size <= written.toxic_most.size else written.toxic_most

    def _surcharge_told(self, facts: Facts, more: Distance) -> tuple[str, ...]:
        wanted = self._written.toxic.get(facts.counterparty)
        if wanted is None:
            return ()
        kept = "" if wanted == more else f", kept to at most {more}"
        return (f"informed flow of {facts.counterparty} costs {wanted}{kept}",)

    def _lean_told(self, facts: Facts, *, flat: bool, size: float) -> str:
        """What position and half of the deal move each price by, before and after the cap."""
        if flat:
            return f"no lean shown to {facts.counterparty}"
        held, of = float(facts.position) / float(self._written.lean_per), self._leaned
        wanted = exact(of.lean * (held + size / 2)), exact(of.lean * (size / 2 - held))
        most = exact(of.lean_max)
        kept = tuple(max(-most, min(most, one)) for one in wanted)
        cap = "" if kept == wanted else f", kept to {kept[0]} and {kept[1]} (lean at most {most})"
        return f"position {facts.position} moves bid {wanted[0]} and offer {wanted[1]} away{cap}"


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
