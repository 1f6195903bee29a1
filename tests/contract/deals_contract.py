"""What every `Store` makes of deals and quotes of each product, beside `StoreContract`."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from robot.messages.basis import PnlBasis
from tests.contract import store_data as data
from tests.contract.store_contract import StoreContract
from tests.contract.store_data import booked, deal, quote, turn
from tests.kit.deals import BONDS, every_product

PRODUCTS = every_product()


class DealsContract(StoreContract):
    """Legs, securities, collateral and terms come back as they were agreed."""

    def test_a_spot_deal_has_one_leg_and_none_of_what_other_products_have(self) -> None:
        rows = self.dump_of([turn(1, booked(deal(7)))])
        leg = ("D20141103-000007", 1, 1, data.VALUE_DATE, Decimal("1.25120"))
        assert [leg] == rows["legs"]
        assert [] == rows["security_flows"] == rows["collateral"]

    @pytest.mark.parametrize("name", PRODUCTS)
    def test_a_deal_of_any_product_comes_back_with_its_legs(self, name: str) -> None:
        agreed = PRODUCTS[name]
        with self.projected([turn(1, booked(deal(7))), turn(2, booked(agreed))]) as queries:
            stored = msgspec.structs.replace(agreed, resolved=None)
            assert [stored] == queries.deals(newest=1)
            assert [deal(7), stored] == queries.deals()
            assert stored == queries.deal(agreed.deal_id)
            assert stored == queries.deal_of_execution(agreed.exec_id)
            assert agreed.legs == stored.legs

    def test_a_result_says_what_it_stands_on(self) -> None:
        old = PnlBasis(mid_age_ms=7, points_age_ms=90_000, without_points=(data.VALUE_DATE,))
        told = msgspec.structs.replace(booked(deal(1)), pnl_basis={"EUR/USD": old})
        with self.projected([turn(1, told)]) as queries:
            (row,) = queries.pnl()
            assert (7, 90_000, old.told) == (row.mid_age_ms, row.points_age_ms, row.incomplete)
        with self.projected([turn(1, told)], [turn(2, booked(deal(2)))]) as queries:
            assert (0, 0, None) == msgspec.structs.astuple(queries.pnl()[0])[-3:]

    def test_an_end_of_day_without_any_middle_has_no_result_and_says_so(self) -> None:
        never = {"EUR/USD": PnlBasis(without_mid=True)}
        closed = msgspec.structs.replace(data.day_closed(data.DAY), pnl={}, pnl_basis=never)
        rows = self.dump_of([turn(1, booked(deal(1)), closed)])
        assert [(None, 0, 0, never["EUR/USD"].told)] == [row[2:] for row in rows["day_pnl"]]
        assert [Decimal("50.00")] == [row[1] for row in rows["pnl"]]

    def test_a_corrected_swap_has_the_legs_of_each_version(self) -> None:
        first = msgspec.structs.replace(PRODUCTS["swap"], resolved=None)
        legs = (first.legs[0], msgspec.structs.replace(first.legs[1], rate=Decimal("6.9")))
        second = msgspec.structs.replace(first, version=2, agreed_legs=legs)
        with self.projected([turn(1, booked(first)), turn(2, booked(second))]) as queries:
            assert [second] == queries.deals()
            assert [first, second] == queries.deals(every_version=True)
            assert second == queries.deal(first.deal_id)

    def test_everything_of_a_repo_is_there(self) -> None:
        agreed = PRODUCTS["repo"]
        with self.projected([turn(1, booked(agreed))]) as queries:
            whole = queries.whole_deal(agreed.deal_id)
            assert None is queries.whole_deal("D0")
            with queries.at_one_moment():
                assert whole == queries.whole_deal(agreed.deal_id)
        assert whole is not None
        assert agreed.legs == whole.legs == whole.deal.legs
        assert 2 == len(whole.legs[0].securities)
        assert BONDS == whole.collateral
        assert ("R007", "ACT/365F") == (whole.contract_code, whole.day_count)
        assert agreed.counter_amount - agreed.base_amount == whole.interest
        assert (None, None, None) == (
            whole.settlement_currency,
            whole.fixing_index,
            whole.fixing_date,
        )
        assert [booked(agreed).entry] == [row.entry for row in whole.entries]

    def test_the_terms_of_an_ndf_are_there(self) -> None:
        agreed = PRODUCTS["NDF"]
        with self.projected([turn(1, booked(agreed))]) as queries:
            whole = queries.whole_deal(agreed.deal_id)
        assert whole is not None
        assert ("USD", "PARITY USD/CNY") == (whole.settlement_currency, whole.fixing_index)
        assert whole.fixing_date is not None and whole.fixing_date < whole.deal.value_date
        assert (None, None, None) == (whole.contract_code, whole.day_count, whole.interest)

    def test_a_quote_of_a_swap_keeps_its_points_and_both_dates(self) -> None:
        swap = msgspec.structs.replace(
            quote(1, bid="0.0020", offer="0.0022"),
            product="SWAP",
            currency="USD",
            bid_spot=Decimal("1.25120"),
            offer_spot=Decimal("1.25130"),
            near_points=Decimal(0),
            far_value_date=data.day_after(data.VALUE_DATE),
            far_amount=Decimal("1000000"),
        )
        with self.projected([turn(1, swap)]) as queries:
            (found,) = queries.quotes("R1")
        assert ("SWAP", "USD", swap.far_value_date) == (
            found.product,
            found.currency,
            found.far_value_date,
        )
        assert (swap.bid_spot, swap.offer_spot, swap.near_points, swap.far_amount) == (
            found.bid_spot,
            found.offer_spot,
            found.near_points,
            found.far_amount,
        )

    def test_a_deal_taken_back_stands_no_more_and_its_versions_remain(self) -> None:
        first = deal(1)
        void = msgspec.structs.replace(first, version=2, void=True)
        amended = data.amended(first, void)
        with self.projected([turn(1, booked(first))], [turn(2, amended)]) as queries:
            assert [] == queries.deals()
            assert [first, void] == queries.versions(first.deal_id)
            made = [row.entry.entry_id for row in queries.entries(first.deal_id)]
            assert [f"{first.deal_id}.1", amended.reversal.entry_id] == made
            assert 2 == len(queries.outbox_open())

    def test_what_is_dealt_of_an_order_is_what_stands_of_its_deals(self) -> None:
        first, second = data.taken(1, "C1"), data.taken(2, "C1")
        void = msgspec.structs.replace(second, version=2, void=True)
        sent, change = data.order("C1"), data.order_changed("C1")
        deals = turn(1, sent, booked(first), booked(second))
        after = turn(2, change, data.amended(second, void), data.order("C2"))
        with self.projected([deals], [after, turn(3, data.order_ended("C2"))]) as queries:
            (row,) = queries.orders()
            assert (first.base_amount, change.price) == (row.dealt, row.price)
            assert ["C1", "C2"] == [one.order_id for one in queries.orders(ended=True)]
