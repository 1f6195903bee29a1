"""The new version against the live one: counted by hand on a few requests."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from connectors.evidence import release_compare
from connectors.evidence.records import Turn
from connectors.evidence.release_compare import Compared, Figures, compared_steps
from connectors.evidence.release_page import compare_lines, compare_page
from connectors.evidence.steps import effect_step
from robot.deals.reference import Candidate, StrategyChoice
from robot.deals.releases import ReleaseStage
from robot.messages.effects import DealBooked, SendQuote
from robot.messages.hosting import RequestAnswered
from robot.messages.releases import ShadowDecided, ShadowWished
from tests.kit.hosted import DEADLINE_MS, HostedCandidateDesk
from tests.kit.products import ALL_PRODUCTS, CURVES, curve_quote, desk_of_all_products
from tests.kit.releases import ReleaseDesk, books_choice, choice
from tests.kit.ruled import book, rules

MINUTE_MS = 60_000
JUNE_5 = date(2014, 6, 5)


def compared(of: ReleaseDesk) -> Compared:
    return compared_steps(zip(of.stepped, of.history, strict=True))


def only(of: ReleaseDesk) -> tuple[Figures, Figures]:
    """Of the candidate and of the live strategy."""
    (pair,) = compared(of).pairs
    return pair.candidate, pair.live


def shadowing(margin: str, version: str = "2") -> ReleaseDesk:
    of = ReleaseDesk().begin()
    of.enter("SHADOW", choice(margin, version))
    return of


def dealt(of: ReleaseDesk, bid: str, offer: str) -> None:
    """The client buys a million; a minute later the market is there."""
    of.hit(of.quoted())
    of.after(MINUTE_MS - 1)
    of.market(bid, offer)
    of.after(1)
    of.market("1.20000", "1.20010")


def test_a_recorded_hit_stands_for_a_shadow_only_at_a_price_as_good_for_the_client() -> None:
    for margin, hits in (("0.1", 1), ("0.2", 1), ("0.3", 0)):
        of = shadowing(margin)
        dealt(of, "1.10000", "1.10010")
        new, live = only(of)
        assert (live.hits, live.hits_estimated) == (1, 0)
        assert (new.hits, new.hits_estimated) == (0, hits)
        assert new.hit_ratio == 100 * hits


def test_deals_are_marked_at_the_middle_of_a_minute_later() -> None:
    """Sold at 1.10007 (live) and, estimated, at 1.10006; the middle is 1.10001 then."""
    of = shadowing("0.1")
    dealt(of, "1.09996", "1.10006")
    new, live = only(of)
    assert live.result == {"USD": D("60.00")} and live.result_estimated == {}
    assert new.result == new.result_estimated == {"USD": D("50.00")}
    assert (new.distance_pips, live.distance_pips) == (D("0.100"), D("0.200"))


@pytest.mark.parametrize(
    ("asked", "hit"),
    [
        ({"product": "FORWARD", "tenor": "1M"}, {"value_date": JUNE_5}),
        ({"product": "SWAP", "far_tenor": "1M"}, {}),
        ({"product": "DEPOSIT", "pair": "USD", "far_tenor": "1M"}, {"pair": "USD"}),
    ],
)
def test_every_product_is_marked_at_its_own_middle(
    asked: dict[str, Any], hit: dict[str, Any]
) -> None:
    """On a market that stays as it is, what a deal gained is its edge when it was made."""
    tried = Candidate(strategy=wider(), stage=ReleaseStage.SHADOW)
    of = desk_of_all_products(candidate=msgspec.to_builtins(tried))
    quote = of.one(SendQuote, of.rfq(**asked))
    of.hit(quote.quote_id, "buy", **hit)
    edge = of.one(DealBooked).deal.edge
    of.after(59_000).market("1.10000", "1.10010")
    for name, tenor, bid, offer in CURVES:
        curve_quote(of, name, tenor, bid, offer)
    of.after(1_000).market("1.30000", "1.30010")
    (pair,) = compared_steps(zip(of.stepped, of.history, strict=True)).pairs
    currency = "USD"
    assert edge > 0 and pair.live.result == {currency: edge}
    assert pair.candidate.hits_estimated == 0, "its price is wider"


def wider() -> StrategyChoice:
    """As the desk of all products has it, with margins of 5."""
    ladder = [{"up_to": "20000000", "margin": "5"}]
    names = [name for name in ALL_PRODUCTS if name != "SPOT"]
    products = {name: {"gold": ladder} for name in names}
    parameters = {"lean_max": "0", "tiers": {"gold": ladder}, "products": products}
    return choice(version="2", parameters=parameters)


def test_a_deal_without_a_market_a_minute_later_is_counted_and_not_valued() -> None:
    of = shadowing("0.2")
    of.hit(of.quoted())
    new, live = only(of)
    assert (live.hits, live.not_valued, live.result) == (1, 1, {})
    assert new.not_valued == 1


def test_of_a_canary_the_hits_are_real_and_the_live_ones_estimated() -> None:
    of = ReleaseDesk().begin().climb("CANARY", choice("0.4"))
    dealt(of, "1.10000", "1.10010")
    new, live = only(of)
    assert (new.sent, new.hits, new.result) == (1, 1, {"USD": D("40.00")})
    assert (live.sent, live.hits_estimated, live.result) == (0, 1, {"USD": D("20.00")})


def test_passes_failures_and_refusals_are_counted_by_their_reason() -> None:
    of = ReleaseDesk(limits={"counterparty_lines": {"BANKA": "1"}}).begin()
    of.enter("SHADOW", choice(parameters={"lean_max": "0", "tiers": {"gold": []}}))
    assert "" == of.stage, "a ladder without steps does not load"
    silver = {"lean_max": "0", "tiers": {"silver": [{"up_to": "2", "margin": "1"}]}}
    of.enter("SHADOW", choice(parameters=silver))
    of.rfq()
    new, live = only(of)
    assert (new.passed, new.reasons) == (1, {"NO_MARGIN": 1})
    assert (live.refused, live.quoted, live.reasons) == (1, 0, {"COUNTERPARTY_LINE": 1})
    of = ReleaseDesk().begin()
    of.enter("SHADOW", choice(factory="tests.unit.robot.test_core_releases:Broken"))
    of.rfq()
    new, _ = only(of)
    assert (new.failed, new.quoted, new.reasons) == (1, 0, {"ValueError": 1})


def test_stages_and_versions_are_compared_apart_and_a_confirmed_price_is_the_candidates() -> None:
    of = ReleaseDesk().begin().climb("SUGGEST")
    of.rfq()
    of.answer(1)
    of.rfq()
    of.answer(2, confirmed=False)
    of.enter("CANARY")
    of.rfq()
    found = {one.stage: one for one in compared(of).pairs}
    assert list(found) == ["SUGGEST", "CANARY"]
    assert (found["SUGGEST"].requests, found["SUGGEST"].candidate.sent) == (2, 1)
    assert found["SUGGEST"].live.sent == 1
    assert found["CANARY"].candidate.strategy == "two_way 2"


def test_books_are_compared_with_what_they_would_do_beside_an_answer() -> None:
    live = book("all: always then quote margin 0.2 pip")
    new = book(
        'large: size > 4 mio then ask a person "large"',
        "cover: size > 2 mio then buy 1 mio at 1.2",
        'odd: size > 1 mio then pass "odd"',
        "rest: always then quote margin 0.1 pip",
    )
    flat = book(
        "flat: position < EUR 0 then hedge",
        head='book "flat"\nfor spot in EUR/USD\nevery 1 min',
        otherwise='pass "nothing"',
    )
    of = ReleaseDesk(strategy=rules(live)).begin()
    of.enter("SHADOW", books_choice("2", new, flat))
    for amount in (5_000_000, 3_000_000, 2_000_000):
        of.rfq(amount)
    dealt(of, "1.09996", "1.10006")
    new_figures, live_figures = only(of)
    assert (new_figures.quoted, new_figures.passed, new_figures.otherwise) == (1, 1, 2)
    assert new_figures.reasons == {"odd": 1, "rule cover: buy": 1, "rule large: ask a person": 1}
    assert (live_figures.quoted, live_figures.hits, live_figures.hit_ratio) == (4, 1, D("25.0"))
    assert new_figures.result == {"USD": D("50.00")} and new_figures.hit_ratio == 100
    assert compared(of).by_itself == {"SHADOW: rule flat on EUR/USD: hedge": 2}


def test_a_price_of_a_persons_own_is_neithers() -> None:
    of = ReleaseDesk().begin().climb("SUGGEST")
    of.rfq()
    said = {"actor": "ann", "reason": "wide", "ask": 1, "bid": D("1.0998"), "offer": D("1.1003")}
    of.step(RequestAnswered(**said))
    of.rfq()
    of.answer(2)
    found = compared(of)
    assert (found.persons, found.pairs[0].requests) == (1, 1)


def test_hits_on_later_prices_of_a_streaming_request_are_counted_apart() -> None:
    of = shadowing("0.1")
    of.rfq(stream_s=20)
    of.after(100)
    of.market("1.10020", "1.10030")
    quote = next(iter(of.state.quotes))
    of.hit(quote)
    found = compared(of)
    assert found.apart == 1
    assert found.pairs[0].live.hits == 1 and found.pairs[0].candidate.hits_estimated == 0


def test_explain_says_what_the_other_one_would_have_done() -> None:
    of = shadowing("0.1")
    of.rfq()
    turn = Turn(segment="s", sequence=1, at_ns=1, inputs=[of.stepped[-1]], effects=[])
    step = effect_step(turn, of.stepped[-1], 0, of.one(ShadowDecided))
    assert step.title == "CANDIDATE two_way 2 would quote: 1.10004/1.10006"
    assert "margin 0.1 pips for tier gold up to this size" in "; ".join(step.lines)
    assert "not sent; the candidate is in SHADOW" in step.lines[0]


def test_explain_says_what_a_candidates_rule_would_have_done_with_its_file_and_line() -> None:
    asks = book('large: always then ask a person "large"')
    flat = book(
        "flat: position < EUR 0 then hedge",
        head='book "flat"\nfor spot in EUR/USD\nevery 1 min',
        otherwise='pass "nothing"',
    )
    of = ReleaseDesk().begin()
    of.enter("SHADOW", books_choice("2", asks, flat))
    of.hit(of.quoted(), "buy")
    told = {}
    for stamped, effects in zip(of.stepped, of.history, strict=True):
        turn = Turn(segment="s", sequence=1, at_ns=1, inputs=[stamped], effects=[])
        for effect in effects:
            if isinstance(effect, ShadowDecided | ShadowWished):
                step = effect_step(turn, stamped, 0, effect)
                told[step.title] = "; ".join(step.lines)
    assert list(told) == [
        "CANDIDATE book 2 would ask a person, large",
        "CANDIDATE book 2 would hedge",
    ]
    asked, hedged = told.values()
    assert 'because rule "large" (eur.rules:5): ask a person, large' in asked
    assert "would ask a person, large, not done" in asked
    assert "by the clock, not done; the candidate is in SHADOW" in hedged
    assert "facts rule flat, rule_line 5, book flat (book2.rules), position -1,000,000" in hedged


def test_the_page_and_the_text_say_the_same() -> None:
    of = shadowing("0.1")
    dealt(of, "1.10000", "1.10010")
    found = compared(of)
    text, html = "\n".join(compare_lines(found)), compare_page(found)
    for part in ("two_way 2 in SHADOW against two_way 1", "0 + 1 estimated", "hit ratio"):
        assert part in text and part in html
    empty = compared(ReleaseDesk().begin())
    assert "nothing to compare" in next(iter(compare_lines(empty)))
    assert "Nothing to compare" in compare_page(empty)


@pytest.mark.parametrize("kept", [True, False])
def test_what_a_candidate_s_own_process_decides_afterwards_is_compared_with_the_answer(
    kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_compare, "UNPAIRED_MAX", 1 if kept else 0)
    of = HostedCandidateDesk().tried("SHADOW")
    of.hit(of.quoted())
    of.host_says("1.10003", "1.10007")
    of.rfq()
    of.pass_time(DEADLINE_MS)
    if not kept:
        found = compared_steps(zip(of.stepped, of.history, strict=True))
        assert not found.pairs, "too many waited for theirs"
        return
    new, live = only(of)
    assert (new.strategy, live.strategy) == ("mine 2", "two_way 1")
    assert (new.decided, new.quoted, new.failed, new.sent) == (2, 1, 1, 0)
    assert (live.quoted, live.sent, live.hits) == (2, 2, 1)
    assert new.hits_estimated == 1 and new.reasons == {"STRATEGY_LATE": 1}
    assert new.distance_pips == D("0.200")
