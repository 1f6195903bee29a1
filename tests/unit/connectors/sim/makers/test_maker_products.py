"""Every product in every dialect: what makers say is valid, adds up, and is what was asked for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors.sim.dialects.choice import dialect_of
from connectors.sim.fills import differences, fill_of
from connectors.sim.makers.rows import MakerDeal, TakeLife
from connectors.sim.makers.wire import trade_report
from connectors.sim.products import DATED, Product
from connectors.sim.quotes import wrong_parts
from connectors.sim.rows import Terms
from connectors.sim.wire import Incoming, history_head
from tests.kit.maker_scene import DIALECTS, MakerScene
from tests.kit.sim_fix import checked

BONDS = '[{"security": "240210.IB", "face": "110000000", "price": "100", "haircut": "5"}]'
NDF = {"settlement_currency": "USD", "fixing_index": "CNY01"}
ASKED: dict[Product, list[tuple[str, Terms]]] = {
    Product.SPOT: [("20261023", Terms()), ("20261023", Terms(currency="CNY"))],
    Product.FORWARD: [("20270125", Terms(product="FORWARD"))],
    Product.SWAP: [
        ("20261023", Terms(product="SWAP", far_date="20270125")),
        ("20261125", Terms(product="SWAP", far_date="20270125", far_size=Decimal(10_100_000))),
        ("20261123", Terms(product="SWAP", far_date="20270125", currency="CNY")),
    ],
    Product.NDF: [("20270125", Terms(product="NDF", **NDF))],
    Product.DEPOSIT: [("20261021", Terms(product="DEPOSIT", far_date="20261028"))],
    Product.REPO: [("20261021", Terms(product="REPO", far_date="20261028", collateral=BONDS))],
}
CASES = [
    (venue, product)
    for venue in DIALECTS
    for product in Product
    if (venue, product) not in (("ALPHA", Product.REPO), ("CFETS", Product.NDF))
]


def _what(venue: str, product: Product) -> str:
    if product in (Product.DEPOSIT, Product.REPO):
        return "USD" if venue == "ALPHA" else "CNY"
    return "USD/CNY" if venue == "CFETS" or product is Product.NDF else "EUR/USD"


@pytest.mark.parametrize("side", ["1", "2"])
@pytest.mark.parametrize(("venue", "product"), CASES)
def test_a_product_is_quoted_taken_and_reported_in_its_dialect(
    venue: str, product: Product, side: str
) -> None:
    dialect = dialect_of(DIALECTS[venue])
    for value_date, terms in ASKED[product]:
        pair = _what(venue, product)
        if terms.currency not in (None, *pair.split("/")):
            terms.currency = pair[4:]
        for message in ("D", "AJ"):
            scene = MakerScene()
            scene.ask(venue=venue, pair=pair, size=10_000_000, value_date=value_date, terms=terms)
            scene.wait(20)
            assert ["S"] == [kind for _, kind, _ in scene.sent], scene.of(TakeLife)
            read = checked(DIALECTS[venue], *scene.sent[0][1:])
            quote = dialect.quote_in(read)
            assert (product, pair, value_date) == (
                quote.terms.product,
                quote.pair,
                quote.value_date,
            )
            assert terms.far_date == quote.terms.far_date
            assert quote.bid is not None and quote.offer is not None and quote.bid < quote.offer
            if product in DATED:
                assert [] == wrong_parts(product, quote.bid, quote.bid_parts)
                assert [] == wrong_parts(product, quote.offer, quote.offer_parts)
            hit = scene.take(quote, side=side, message=message)
            scene.wait(10)
            assert "8" == scene.sent[-1][1], scene.sent[-1]
            report = checked(DIALECTS[venue], *scene.sent[-1][1:])
            answer = dialect.execution_in(report)
            assert answer is not None and answer.filled, report.raw
            assert [] == differences(answer, fill_of(venue, answer, hit, scene.now()), hit)
            (deal,) = scene.of(MakerDeal)
            head = history_head(deal.exec_id, "T1", 1, 1)
            captured = checked(
                DIALECTS[venue], "AE", trade_report(deal, dialect, [*head, (828, "0")])
            )
            again = dialect.execution_in(
                Incoming(captured.raw.replace("\x0135=AE\x01", "\x0135=8\x01"))
            )
            assert again is not None
            assert [] == differences(again, fill_of(venue, again, hit, scene.now()), hit)
            assert "17" == captured.get(452) and "LPA" == captured.get(448)


@pytest.mark.parametrize("message", ["AJ", "D"])
@pytest.mark.parametrize("venue", DIALECTS)
def test_one_need_asked_for_otherwise_is_quoted_and_dealt_as_it_was_asked(
    venue: str, message: str
) -> None:
    """A week of 10m, and two weeks of 8m, of one maker; only what was quoted can be dealt."""
    scene, dialect = MakerScene(), dialect_of(DIALECTS[venue])
    for name, size, end in (("R1", 10_000_000, "20261028"), ("R2", 8_000_000, "20261104")):
        terms = Terms(product="DEPOSIT", far_date=end)
        what = {"pair": _what(venue, Product.DEPOSIT), "value_date": "20261021", "terms": terms}
        scene.ask(venue=venue, request_id=name, size=size, **what)  # type: ignore[arg-type]
    scene.wait(20)
    quotes = {one.terms.far_date: one for one in map(dialect.quote_in, scene.said("S"))}
    week, two_weeks = quotes["20261028"], quotes["20261104"]
    assert (week.size, two_weeks.size) == (10_000_000, 8_000_000)
    assert week.bid != two_weeks.bid

    scene.take(two_weeks, message=message, far_date="20261028")
    scene.take(two_weeks, message=message, hit_id="T2", response_id="P2")
    scene.wait(10)

    wrong, right = scene.of(TakeLife)
    assert (wrong.answer, wrong.text, right.answer) == ("reject", "DATE 20261028", "fill")
    (deal,) = scene.of(MakerDeal)
    assert (deal.base_amount, deal.far_date, deal.rate) == (8_000_000, "20261104", two_weeks.offer)


@pytest.mark.parametrize("venue", DIALECTS)
def test_refusals_rejections_and_statuses_are_valid_by_the_dictionary(venue: str) -> None:
    scene = MakerScene(
        "LPA=tight:answer_ms=10:hold_ms=5,LPB=flaky:withdraws=1,LPC=refuser:refuses=1"
    )
    pair = "USD/CNY" if venue == "CFETS" else "EUR/USD"
    for maker in ("LPA", "LPB", "LPC", "NOBODY"):
        scene.ask(venue=venue, maker=maker, request_id=maker, pair=pair)
    scene.wait(1000)
    quote = next(q for q in scene.said("S") if q.get(131) == "LPA")
    read = dialect_of(DIALECTS[venue]).quote_in(quote)
    scene.take(read, size=Decimal(5))
    scene.take(read, hit_id="T2", message="AJ", size=Decimal(5), response_id="P2")
    scene.wait(100)
    ask = f"11=T1\x0155={quote.get(55)}\x0154=1\x01"
    scene.say(venue, "H", ask)

    kinds = {checked(DIALECTS[venue], kind, body).type for _, kind, body in scene.sent}
    assert {"S", "AG", "j", "Z", "8", "AI"} == kinds
