"""Days with every product, in any order: the invariants hold, flows follow the terms, all replays.

The same machine as for spot, at a venue that deals everything, with requests by tenor and by date,
in either currency, even and uneven, lent and borrowed, while curves move and go.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from robot.deals.product import ProductKind, price_side
from robot.messages.effects import DealBooked, SendQuote
from tests.kit.desk import OUR_SIDE
from tests.kit.examples import few
from tests.kit.products import BONDS, curve_quote, desk_of_all_products, open_all
from tests.properties.test_engine import SEEN, TradingDay

NEAR = st.sampled_from(["", "", "SPOT", "TOM", "1W", "TODAY", "13X"])
FAR = st.sampled_from(["1W", "1M", "2M", "3M", "IMM1", "6M", "ON", "SPOT"])
DAYS_AHEAD = st.integers(-2, 90)
TERMS = st.sampled_from(["1W", "1M", "R007", "ON", "3M"])
FX = st.sampled_from([k for k in ProductKind if not k.is_loan])
SIDES = st.sampled_from([None, "buy", "sell"])
AMOUNTS = st.sampled_from(["1000000", "250000.01", "3000000"])
CURVES = st.sampled_from(
    [
        ("EUR/USD", "TN"),
        ("EUR/USD", "1M"),
        ("EUR/USD", "3M"),
        ("USD/CNY", "1M"),
        ("USD DEPOSIT", "1M"),
        ("CNY DEPOSIT", "1W"),
        ("CNY REPO", "R007"),
    ]
)
BOOKED: Counter[str] = Counter()


class DayOfAllProducts(TradingDay):
    """Adds what spot does not have to the day of spot."""

    def __init__(self) -> None:
        super().__init__()
        limits = {"counterparty_lines": {"BANKA": "9000000"}, "messages_per_second": 50}
        self.desk = desk_of_all_products(limits=limits)
        self.checked = 0

    @rule(
        kind=st.sampled_from(list(ProductKind)),
        amount=st.sampled_from(["1000000", "250000.01"]),
        side=SIDES,
        hit=st.sampled_from([True, True, False]),
    )
    def usual_product(self, kind: ProductKind, amount: str, side: str | None, hit: bool) -> None:
        """What a market on every day can answer: the curve is there."""
        self._fresh()
        said: dict[ProductKind, tuple[str, dict[str, Any], tuple[str, ...]]] = {
            ProductKind.SPOT: ("EUR/USD", {}, ()),
            ProductKind.FORWARD: ("EUR/USD", {"tenor": "1M"}, ("EUR/USD", "1M", "-5", "-4")),
            ProductKind.SWAP: ("EUR/USD", {"far_tenor": "1M"}, ("EUR/USD", "1M", "-5", "-4")),
            ProductKind.NDF: ("USD/CNY", {"tenor": "1M"}, ("USD/CNY", "1M", "10", "14")),
            ProductKind.DEPOSIT: ("USD", {"far_tenor": "1M"}, ("USD DEPOSIT", "1M", "4", "4.1")),
            ProductKind.REPO: (
                "CNY",
                {"far_tenor": "R007", "collateral": BONDS},
                ("CNY REPO", "R007", "1.4", "1.5"),
            ),
        }
        symbol, terms, curve = said[kind]
        if curve:
            curve_quote(self.desk, *curve)
        self.desk.rfq(amount, symbol, product=kind, side=side, **terms)
        self._hit_if_quoted(hit)

    @rule(
        kind=FX,
        pair=st.sampled_from(["EUR/USD", "USD/CNY"]),
        near=NEAR,
        far=FAR,
        ahead=DAYS_AHEAD,
        amount=AMOUNTS,
        far_amount=st.sampled_from([None, None, "1500000"]),
        dealt=st.sampled_from([None, None, "USD"]),
        side=SIDES,
        hit=st.sampled_from([True, True, False]),
    )
    def ask_fx(self, kind: ProductKind, pair: str, near: str, far: str, **said: Any) -> None:
        terms: dict[str, Any] = {"product": kind, "side": said["side"], "currency": said["dealt"]}
        broken = self.desk.day + timedelta(days=said["ahead"])
        if kind is ProductKind.SWAP:
            terms |= {"tenor": near, "far_tenor": far}
            terms["far_amount"] = Decimal(said["far_amount"]) if said["far_amount"] else None
        elif kind is not ProductKind.SPOT:
            terms |= {"tenor": far} if said["ahead"] % 2 else {"value_date": broken}
        self._fresh()
        self.desk.rfq(said["amount"], pair, **terms)
        self._hit_if_quoted(said["hit"])

    @rule(
        kind=st.sampled_from([ProductKind.DEPOSIT, ProductKind.REPO]),
        currency=st.sampled_from(["USD", "CNY"]),
        term=TERMS,
        side=SIDES,
        amount=AMOUNTS,
        hit=st.booleans(),
    )
    def ask_loan(self, kind: ProductKind, currency: str, term: str, **said: Any) -> None:
        collateral = BONDS if kind is ProductKind.REPO else ()
        self._fresh()
        self.desk.rfq(
            said["amount"],
            currency,
            product=kind,
            side=said["side"],
            far_tenor=term,
            collateral=collateral,
        )
        self._hit_if_quoted(said["hit"])

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def deal_as_quoted(self, data: st.DataObject) -> None:
        quote = data.draw(st.sampled_from(self.known[-4:]), "quote")
        sides = [side for side in ("buy", "sell") if _price(quote, side) is not None]
        self._hit(quote, data.draw(st.sampled_from(sides), "side"))

    @rule(
        curve=CURVES,
        bid=st.integers(-40, 40),
        spread=st.integers(-1, 8),
        gone=st.sampled_from([False] * 7 + [True]),
    )
    def move_curve(self, curve: tuple[str, str], bid: int, spread: int, gone: bool) -> None:
        low, high = Decimal(bid) / 10, Decimal(bid + spread) / 10
        curve_quote(self.desk, *curve, *((None, None) if gone else (str(low), str(high))))

    def _hit_if_quoted(self, wanted: bool) -> None:
        for quote in self.desk.all(SendQuote):
            if wanted:
                self._hit(quote, "buy" if _price(quote, "buy") is not None else "sell")

    def _hit(self, quote: SendQuote, side: str) -> None:
        self.desk.hit(
            quote.quote_id,
            side,
            str(quote.amount),
            client=quote.counterparty,
            venue=quote.venue,
            pair=quote.pair,
            far_amount=quote.far_amount,
            far_value_date=quote.far_value_date,
            currency=quote.currency or None,
        )

    def _fresh(self) -> None:
        self.desk.market("1.10000", "1.10010")
        self.desk.market("7.0010", "7.0014", pair="USD/CNY")

    def _die_and_start(self) -> None:
        self.desk.restart()
        for venue in self.desk.reference.venues:
            self.desk.log_on(venue.id)
        open_all(self.desk)

    def _everything_holds(self) -> None:
        for effects in self.desk.history[self.checked :]:
            for effect in effects:
                if isinstance(effect, DealBooked):
                    BOOKED[effect.deal.product] += 1
                    check_flows(effect)
        super()._everything_holds()


def _price(quote: SendQuote, side: str) -> Decimal | None:
    ours = OUR_SIDE[side]
    assert ours is not None, "a hit has a side"
    return quote.bid if price_side(quote.product, ours) == "BUY" else quote.offer


def check_flows(booked: DealBooked) -> None:
    """What moves follows from the terms: by hand, not by the code that made it."""
    deal = booked.deal
    sign = 1 if deal.side == "BUY" else -1
    first = deal.legs[0].flows
    assert [deal.value_date] * len(first) == [flow.value_date for flow in first]
    if deal.product in ("DEPOSIT", "REPO"):
        out, back, interest = deal.flows
        assert (sign * deal.base_amount, str(deal.pair)) == (out.amount, str(out.currency))
        assert -sign * deal.base_amount == back.amount
        days = (deal.far_value_date or date.min) - deal.value_date
        year = 365 if deal.product == "REPO" else 360
        exact = deal.base_amount * deal.rate * days.days / (100 * year)
        assert abs(-sign * exact - interest.amount) <= Decimal("0.005")
        assert deal.base_amount + abs(interest.amount) >= deal.counter_amount
        return
    base, counter = first
    assert (sign * deal.base_amount, -sign * deal.counter_amount) == (base.amount, counter.amount)
    # Whichever amount is fixed, the other is worth the same to a cent of either currency.
    worth = deal.base_amount * deal.rate
    assert abs(worth - deal.counter_amount) <= Decimal("0.01") * max(Decimal(1), deal.rate)
    if deal.product == "SWAP":
        far_base, far_counter = deal.legs[1].flows
        assert base.amount * far_base.amount < 0 and counter.amount * far_counter.amount < 0
        assert deal.legs[0].value_date < deal.legs[1].value_date
        assert deal.far_rate == deal.rate + (deal.points or 0)


DAYS = few(35)


@pytest.mark.slow
def test_days_of_every_product_keep_the_invariants_and_replay_equal() -> None:
    SEEN.clear()
    run_state_machine_as_test(DayOfAllProducts, settings=DAYS)
    missing = [kind for kind in ProductKind if not BOOKED[kind]]
    assert not missing, f"never dealt: {missing}; {BOOKED}"
    for reason in ("BEYOND_CURVE", "UNKNOWN_VALUE_DATE", "UNKNOWN_CURRENCY", "NO_CURVE"):
        assert SEEN[reason], f"no {reason}: {SEEN}"
