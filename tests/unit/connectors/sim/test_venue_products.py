"""The floor with every product: what clients ask, what is a sound quote, what a deal amounts to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from random import Random
from typing import Any, TypeVar

import pytest

from connectors.sim.clients import REFUSED_WHEN_ASKED, Behaviour, Habits, make_clients
from connectors.sim.curves import CurveFeed
from connectors.sim.dialogue import AskOut, ExecutionIn, HitOut, Out, QuoteIn, RefusalIn
from connectors.sim.hits import HitBook
from connectors.sim.log import FromOne, Log
from connectors.sim.model import NS_PER_SECOND, CurveTick, MarketBook, Moment, Tick, parse_time
from connectors.sim.products import Product
from connectors.sim.profiles import make_profiles
from connectors.sim.rows import Anomaly, Fill, HitLife, QuoteLife
from connectors.sim.statistics import Statistics
from connectors.sim.tables import Row
from connectors.sim.venue import Floor, FloorSettings
from tests.kit.sim_maker import MID, Maker

START_NS = parse_time("2026-10-21T08:00:00Z")
VENUES = {
    "ALPHA": ("EUR/USD", "USD/JPY", "USD/CNY"),
    "BETA": ("EUR/USD", "USD/CNY"),
    "CFETS": ("USD/CNY",),
}
DIALECTS = {"ALPHA": "fix44", "BETA": "fix50sp2", "CFETS": "cfets_like"}
R = TypeVar("R")


@dataclass
class Desk:
    """A floor of three venues with a maker beside it that fills every hit that may be filled."""

    products: tuple[Product, ...] = tuple(Product)
    behaviours: tuple[Behaviour, ...] = ()
    misbehaviour: float = 0.0
    requests: int = 60
    seed: str = "1"
    bend_quote: Callable[[QuoteIn], QuoteIn] = lambda quote: quote
    bend_fill: Callable[[ExecutionIn], ExecutionIn] = lambda answer: answer
    quotes_bad_requests: bool = False
    rows: dict[int, Row] = field(default_factory=dict)
    asked: list[AskOut] = field(default_factory=list)
    at_ns: int = START_NS

    def __post_init__(self) -> None:
        self.statistics, self.maker, book = Statistics(), Maker(), MarketBook()
        profiles = make_profiles(VENUES, self.products, DIALECTS)
        half = Decimal("0.00002")
        ticks = [
            Tick(START_NS, venue, pair, MID[pair] - half, MID[pair] + half, 1, 1)
            for venue, pairs in VENUES.items()
            for pair in pairs
        ]
        feed = CurveFeed({name: profile.curves for name, profile in profiles.items()}, "1")
        for tick in feed.among(ticks):
            book.put_curve(tick) if isinstance(tick, CurveTick) else book.put(tick)
        settings = FloorSettings(
            make_clients(8),
            Habits(self.misbehaviour, self.behaviours),
            2.0,
            0.4,
            self.requests,
            "1-",
            profiles,
            self.seed,
        )
        log = Log(self._put, self.statistics, FromOne())
        self.floor = Floor(settings, book, log, Random(self.seed), HitBook((), 0), set())
        for venue in VENUES:
            self.floor.open_venue(venue)
        self.floor.start(START_NS)

    def _put(self, row: Row) -> None:
        self.rows[id(row)] = row

    def of(self, kind: type[R]) -> list[R]:
        return [row for row in self.rows.values() if isinstance(row, kind)]

    def now(self) -> Moment:
        return Moment(self.at_ns, self.at_ns)

    def run(self) -> Desk:
        while (due_ns := self.floor.next_due_ns()) is not None:
            self.at_ns = due_ns
            for out in self.floor.act(self.now()):
                self._react(out)
        return self

    def _react(self, out: Out) -> None:
        if isinstance(out, AskOut):
            self.asked.append(out)
            bad = Behaviour(out.request.behaviour) in REFUSED
            for entry in out.entries:
                if bad and not self.quotes_bad_requests:
                    refusal = RefusalIn(entry.request_id, entry.pair, entry.size, "1", "NO_QUOTE")
                    self.floor.on_refusal(out.request.venue, refusal, self.now())
                    continue
                quote = self.maker.quote(entry, self.at_ns, 5 * NS_PER_SECOND)
                self.floor.on_quote(out.request.venue, self.bend_quote(quote), self.now())
        elif isinstance(out, HitOut):
            filled = not out.hit.must_be_refused
            answer = self.maker.answer(out.hit, self.at_ns, filled=filled)
            bent = self.bend_fill(answer) if filled else answer
            self.floor.on_execution(out.hit.venue, bent, self.now())

    def anomalies(self) -> list[str]:
        return [row.text for row in self.of(Anomaly)]


REFUSED = {*REFUSED_WHEN_ASKED, Behaviour.FROM_UNKNOWN_CLIENT, Behaviour.FOR_UNKNOWN_PAIR}
REFUSED |= {Behaviour.OVERSIZE}


@pytest.mark.parametrize("product", list(Product))
def test_honest_clients_deal_every_product_without_a_complaint(product: Product) -> None:
    desk = Desk((product,)).run()

    assert [] == desk.anomalies()
    fills = desk.of(Fill)
    assert len(fills) >= 10
    assert {product} == {fill.product for fill in fills}
    assert all(fill.mid is not None for fill in fills)


def test_all_products_are_asked_for_mixed_in_both_currencies_by_tenor_and_by_date() -> None:
    desk = Desk(requests=500).run()

    assert [] == desk.anomalies()
    entries = [entry for ask in desk.asked for entry in ask.entries]
    assert set(Product) == {entry.product for entry in entries}
    assert {"1", "2", None} == {entry.side for entry in entries}
    swaps = [entry for entry in entries if entry.product == Product.SWAP]
    assert any(entry.tenor == "TODAY" for entry in swaps)
    assert any(entry.tenor == "TOM" for entry in swaps)
    assert any(entry.tenor == "1M" and entry.far_tenor == "3M" for entry in swaps)
    assert any(entry.far_size is not None for entry in swaps)
    assert any(entry.far_date for entry in swaps) and any(entry.far_tenor for entry in swaps)
    for product in (Product.FORWARD, Product.SWAP, Product.NDF):
        dealt = {entry.currency is None for entry in entries if entry.product == product}
        assert {True, False} == dealt
    loans = [entry for entry in entries if entry.product in (Product.DEPOSIT, Product.REPO)]
    assert any(entry.far_date for entry in loans) and any(entry.far_tenor for entry in loans)
    assert all(entry.collateral for entry in loans if entry.product == Product.REPO)


def test_each_venue_is_asked_only_for_what_it_deals() -> None:
    desk = Desk(requests=400).run()

    seen = {(ask.request.venue, entry.product) for ask in desk.asked for entry in ask.entries}
    assert ("CFETS", Product.NDF) not in seen and ("ALPHA", Product.REPO) not in seen
    assert ("BETA", Product.REPO) in seen and ("CFETS", Product.REPO) in seen
    ndf = {e.pair for a in desk.asked for e in a.entries if e.product == Product.NDF}
    assert {"USD/CNY"} == ndf


def test_equal_seeds_give_equal_days_of_all_products() -> None:
    days = [[str(ask) for ask in Desk(seed=seed).run().asked] for seed in ("1", "1", "2")]

    assert days[0] == days[1]
    assert days[0] != days[2]


@pytest.mark.parametrize("behaviour", list(REFUSED_WHEN_ASKED))
def test_a_quote_for_a_request_that_cannot_be_quoted_is_an_anomaly(behaviour: Behaviour) -> None:
    refused = Desk(behaviours=(behaviour,), requests=20).run()
    assert [] == refused.anomalies()
    assert refused.statistics.refusals["NO_QUOTE"] == 20


def test_a_quote_for_collateral_that_is_short_is_an_anomaly() -> None:
    desk = Desk((Product.REPO,), (Behaviour.COLLATERAL_SHORT,), 0.0, 5, quotes_bad_requests=True)

    assert ["a quote for a request that is collateral_short"] * 5 == [
        text.split(":")[0] for text in desk.run().anomalies()
    ]


@pytest.mark.parametrize(
    "behaviour", [Behaviour.WRONG_UNIT, Behaviour.OTHER_FAR_AMOUNT, Behaviour.OTHER_SIDE]
)
def test_a_hit_that_is_bent_must_be_refused(behaviour: Behaviour) -> None:
    desk = Desk(behaviours=(behaviour,), requests=40).run()

    hits = desk.of(HitLife)
    assert len(hits) >= 20
    assert all(hit.must_be_refused for hit in hits)
    assert not desk.of(Fill) and [] == desk.anomalies()


def test_misbehaviour_of_all_kinds_raises_no_anomaly_against_a_sound_maker() -> None:
    desk = Desk(misbehaviour=0.6, requests=500).run()

    assert [] == desk.anomalies()
    drawn = Counter(ask.request.behaviour for ask in desk.asked)
    assert not {*REFUSED_WHEN_ASKED} - {*drawn}


def _terms(**changes: Any) -> Callable[[QuoteIn], QuoteIn]:
    return lambda quote: replace(quote, terms=replace(quote.terms, **changes))


def _offset(name: str, by: str) -> Callable[[QuoteIn], QuoteIn]:
    def bend(quote: QuoteIn) -> QuoteIn:
        def part(parts: Any) -> Any:
            value = getattr(parts, name)
            return parts if value is None else replace(parts, **{name: value + Decimal(by)})

        return replace(quote, bid_parts=part(quote.bid_parts), offer_parts=part(quote.offer_parts))

    return bend


BAD_QUOTES: list[tuple[Product, Callable[[QuoteIn], QuoteIn], str]] = [
    (Product.FORWARD, _offset("near_points", "0.00001"), "is not spot"),
    (Product.FORWARD, _terms(product="SPOT"), "product SPOT instead of FORWARD"),
    (
        Product.FORWARD,
        lambda q: replace(q, value_date="soon", terms=replace(q.terms, product="SPOT")),
        "SPOT instead",
    ),
    (Product.FORWARD, _terms(currency="XAU"), "dealt currency XAU"),
    (Product.FORWARD, lambda q: replace(q, value_date="20261024"), "20261024"),
    (Product.SWAP, _offset("far_points", "0.00001"), "far rate"),
    (Product.SWAP, _offset("near_rate", "0.00001"), "near rate"),
    (Product.SWAP, _terms(far_size=Decimal(7)), "far amount 7"),
    (Product.SWAP, _terms(far_date="20261001"), "20261001"),
    (Product.NDF, _terms(settlement_currency="CNY"), "settlement currency CNY"),
    (Product.NDF, _terms(fixing_date=None), "without fixing"),
    (Product.NDF, _terms(fixing_date="20301001"), "fixing date 20301001 is after"),
    (Product.DEPOSIT, _terms(far_date=None), "a date is missing"),
    (Product.DEPOSIT, lambda q: replace(q, offer=Decimal(146), bid=Decimal(142)), "no rate"),
    (Product.REPO, _terms(contract_code="R021", far_date="20261111"), "instead of"),
]


@pytest.mark.parametrize(("product", "bend", "words"), BAD_QUOTES, ids=[b[2] for b in BAD_QUOTES])
def test_a_quote_that_contradicts_itself_or_the_request_is_an_anomaly(
    product: Product, bend: Callable[[QuoteIn], QuoteIn], words: str
) -> None:
    desk = Desk((product,), requests=25, bend_quote=bend).run()

    assert any(words in text for text in desk.anomalies())
    assert {"bad_quote"} == {row.kind for row in desk.of(Anomaly)}


def test_a_quote_need_not_repeat_the_collateral() -> None:
    desk = Desk((Product.REPO,), requests=25, bend_quote=_terms(collateral=None)).run()

    assert [] == desk.anomalies()
    assert all(hit.collateral for hit in desk.of(HitLife))


def _sum(name: str, by: str) -> Callable[[ExecutionIn], ExecutionIn]:
    return lambda answer: replace(answer, **{name: getattr(answer, name) + Decimal(by)})


BAD_FILLS: list[tuple[Product, Callable[[ExecutionIn], ExecutionIn], str]] = [
    (Product.FORWARD, _sum("counter_amount", "3"), "counter amount"),
    (Product.FORWARD, lambda a: replace(a, size=Decimal("9e18"), rate=Decimal("9e18")), "amount"),
    (Product.FORWARD, _sum("rate", "0.0001"), "rate"),
    (Product.FORWARD, lambda a: replace(a, counter_currency="XAU"), "counter currency XAU"),
    (Product.SWAP, _sum("far_counter_amount", "3"), "far counter amount"),
    (Product.SWAP, _sum("points", "0.0001"), "rate"),
    (Product.SWAP, lambda a: replace(a, side="1" if a.side == "2" else "2"), "side"),
    (Product.NDF, lambda a: replace(a, terms=replace(a.terms, fixing_date="20270101")), "fixing"),
    (Product.DEPOSIT, _sum("interest", "0.01"), "interest"),
    (Product.DEPOSIT, _sum("counter_amount", "0.01"), "repayment"),
    (Product.DEPOSIT, lambda a: replace(a, paid_first=Decimal(1)), "first payment 1"),
    (Product.REPO, _sum("interest", "-0.01"), "interest"),
    (Product.REPO, lambda a: replace(a, terms=replace(a.terms, far_date="20270101")), "far date"),
]


@pytest.mark.parametrize(("product", "bend", "words"), BAD_FILLS, ids=[b[2] for b in BAD_FILLS])
def test_a_fill_that_does_not_add_up_or_is_not_what_was_hit_differs(
    product: Product, bend: Callable[[ExecutionIn], ExecutionIn], words: str
) -> None:
    desk = Desk((product,), requests=15, bend_fill=bend).run()

    assert desk.of(Fill)
    assert any(words in text for text in desk.anomalies())
    assert {"fill_differs"} == {row.kind for row in desk.of(Anomaly)}


def test_a_deal_in_the_counter_currency_is_recorded_in_both() -> None:
    desk = Desk((Product.FORWARD, Product.SWAP), requests=80).run()

    dealt = [fill for fill in desk.of(Fill) if fill.currency == fill.pair[4:]]
    assert dealt
    for fill in dealt:
        assert fill.counter_amount is not None
        assert abs(fill.counter_amount - fill.base_amount * fill.rate) < 160


def test_a_swap_taker_who_buys_near_deals_at_the_bid() -> None:
    desk = Desk((Product.SWAP,), requests=60).run()

    quotes = {quote.quote_id: quote for quote in desk.of(QuoteLife)}
    for hit in desk.of(HitLife):
        quote = quotes[hit.quote_id]
        assert hit.price == (quote.bid if hit.side == "1" else quote.offer)
        assert (hit.near_rate, hit.far_rate) == (
            (quote.near_bid, quote.far_bid)
            if hit.side == "1"
            else (quote.near_offer, quote.far_offer)
        )
