"""Another tenor in an ask that a game leads: a request of its own, one deal in all.

We lend 10m CNY for 1W, from Thursday 2014-05-01 to 8 May; 2W ends on 15 May, 1M on 2 June (1 June
is a Sunday). The market is 1.50/1.60 for 1W, 1.54/1.64 for 2W and 1.60/1.70 for 1M.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from typing import Any

import msgspec
import pytest

from robot.deals.party import BUY, SELL
from robot.messages.asks import AskEnded, CounterQuote, PassQuote, SendAsk, TakeQuote
from robot.messages.effects import AlertRaised, BreakFound, DealBooked, Decided
from tests.kit.asks import Asking
from tests.kit.products import curve_quote, desk_of_all_products
from tests.kit.scripted_game import Scripted, game_desk

MAY_8, MAY_15, JUNE_2 = date(2014, 5, 8), date(2014, 5, 15), date(2014, 6, 2)
TENORS = "tenors 1W 2W 1M"
LOAN = {"pair": "CNY", "product": "DEPOSIT", "far_tenor": "1W", "amount": D(10_000_000)}
LIMITS = {"orders_outstanding": 2, "counterparty_lines": {"BANKA": "9000000"}}


def lending(*lines: str, limit: str | None = "1.40", **said: Any) -> Asking:
    """BANKA, asked for 1W, bids 1.50."""
    changes: dict[str, Any] = {"limits": {**LIMITS, **said.pop("limits", {})}}
    desk = desk_of_all_products(**changes, **game_desk("ask BANKA", *lines))
    curve_quote(desk, "CNY DEPOSIT", "2W", "1.54", "1.64")
    curve_quote(desk, "CNY DEPOSIT", "1M", "1.60", "1.70")
    scene = Asking(desk)
    scene.ask(limit, game="script", **(LOAN | {"side": SELL} | said))
    answer(scene, "1.50", "Q-1W")
    return scene


def answer(scene: Asking, bid: str, name: str, **said: Any) -> tuple[Any, ...]:
    """BANKA quotes on the request that it heard last."""
    for sent in scene.desk.all(SendAsk):
        scene.requests[sent.maker] = sent
    far = scene.requests["BANKA"].terms.far_value_date
    values = {"product": "DEPOSIT", "far_value_date": far, "life_ms": 20_000}
    return scene.quote("BANKA", bid, None, name, **(values | said))


def problem(scene: Asking) -> str:
    """Why the ask ended without a request or a deal; somebody was told."""
    ended = scene.desk.one(AskEnded)
    assert ended.outcome == "NOT_DEALT" and not scene.desk.all(SendAsk)
    assert any(one.code == "STRATEGY_FAILED" for one in scene.desk.all(AlertRaised))
    return ended.because[-1]


def test_the_same_bank_is_asked_for_another_tenor_and_that_is_dealt_and_booked() -> None:
    scene = lending(TENORS, "ask BANKA ~2W", "take Q-2W")
    first, (sent,) = scene.requests["BANKA"], scene.desk.all(SendAsk)
    assert (first.terms.far_value_date, sent.terms.far_value_date) == (MAY_8, MAY_15)
    assert sent.terms.amount == D(10_000_000)

    answer(scene, "1.53", "Q-2W")

    taken = scene.desk.one(TakeQuote)
    assert (taken.terms.far_value_date, taken.price) == (MAY_15, D("1.53"))
    assert [one.quote_id for one in scene.desk.all(PassQuote)] == ["Q-1W"]
    told = {one.tenor: one.price for one in Scripted.seen[-1].makers if one.maker == "BANKA"}
    assert told == {"": D("1.50"), "2W": D("1.53")}
    scene.report(taken, product="DEPOSIT", far_value_date=MAY_15)
    booked = scene.desk.one(DealBooked).deal
    # 10m at 1.53 % for 14 days of 360: 5950.00
    assert [(flow.amount, flow.value_date) for flow in booked.flows] == [
        (D(-10_000_000), date(2014, 5, 1)),
        (D(10_000_000), MAY_15),
        (D("5950.00"), MAY_15),
    ]
    assert [row.tenor for row in scene.ended().quotes if row.maker == "BANKA"] == ["", "2W"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"far_value_date": MAY_8}, "until 2014-05-08, ordered until 2014-05-15"),
        ({"last_amount": D(9_000_000)}, "amount 9000000, we took 10000000"),
    ],
)
def test_a_deal_on_other_terms_than_were_hit_is_a_break(said: dict[str, Any], told: str) -> None:
    scene = lending(TENORS, "ask BANKA ~2W", "take Q-2W")
    answer(scene, "1.53", "Q-2W")
    taken = scene.desk.one(TakeQuote)

    scene.report(taken, product="DEPOSIT", **({"far_value_date": MAY_15} | said))

    assert told in scene.desk.one(BreakFound).detail
    assert not scene.desk.all(DealBooked)


def test_a_game_is_told_its_tenors_with_their_dates_and_markets() -> None:
    lending("tenors 1W 2W 1M 3M 7Y nonsense", "wait 1000")

    told = {one.tenor: (one.far_value_date, one.mid) for one in Scripted.seen[-1].tenors}
    assert told == {
        "1W": (MAY_8, D("1.55")),
        "2W": (MAY_15, D("1.59")),
        "1M": (JUNE_2, D("1.65")),
    }


def test_amount_and_tenor_move_together() -> None:
    bounds = "amounts 5000000 20000000"
    scene = lending(TENORS, bounds, "ask BANKA @15000000 ~2W", "ask BANKA ~2W", "take Q-15")
    first = scene.desk.one(SendAsk)
    assert (first.terms.amount, first.terms.far_value_date) == (D(15_000_000), MAY_15)
    answer(scene, "1.54", "Q-15")  # 2W alone is another request than 15m for 2W
    second = scene.desk.one(SendAsk)
    assert (second.terms.amount, second.terms.far_value_date) == (D(10_000_000), MAY_15)
    answer(scene, "1.52", "Q-10")

    assert scene.desk.one(TakeQuote).terms.amount == D(15_000_000)
    decided = [one for one in scene.desk.history_of(Decided) if one.kind in ("GAME", "TAKE")]
    assert [(one.outcome, one.facts.get("amount"), one.facts.get("tenor")) for one in decided] == [
        ("ASKED", "15000000", "2W"),
        ("ASKED", None, "2W"),
        ("SENT", "15000000", "2W"),
    ]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("ask BANKA ~2W",), "tenor 2W: the game may ask for no other tenor"),
        ((TENORS, "ask BANKA ~3W"), "tenor 3W: the game may ask for 1W, 2W, 1M"),
        ((TENORS, "ask BANKA ~1W"), "tenor 1W is the ask's own"),
        (("tenors 7D", "ask BANKA ~7D"), "tenor 7D is the ask's own"),
        (("tenors 1W nonsense", "ask BANKA ~nonsense"), "tenor nonsense: UnknownTenor"),
        (("tenors 2W 1M", "ask BANKA ~2W"), "own dates are those of none of 2W, 1M"),
        ((TENORS, "ask BANKA @20000000 ~2W"), "the game has no bounds for another amount"),
        (("tenors " + "1M " * 11, "ask BANKA ~1M"), "the game may ask for no other tenor"),
    ],
)
def test_a_tenor_that_is_not_within_the_games_own_bounds_ends_the_ask(
    lines: tuple[str, ...], told: str
) -> None:
    assert told in problem(lending(*lines))


def test_where_a_rule_asks_no_tenor_ends_later_than_the_rule_wants() -> None:
    scene = lending(TENORS, "ask BANKA ~2W", strategy="book 1")

    assert "ends on 2014-05-15, the rule of book 1 wants 2014-05-08" in problem(scene)


def test_a_quote_on_other_dates_than_that_request_was_for_is_not_dealt_on() -> None:
    scene = lending(TENORS, "ask BANKA ~2W", "take Q-2W")

    answer(scene, "1.53", "Q-2W", far_value_date=MAY_8)

    assert not scene.desk.all(TakeQuote)


@pytest.mark.parametrize(
    ("walk", "taken"),
    [
        ("2W=1.53", True),
        ("2W=1.54", False),  # of that tenor
        ("1M=1.60", True),  # of another one
    ],
)
def test_the_walk_away_of_the_tenor_that_is_dealt_holds(walk: str, taken: bool) -> None:
    scene = lending(TENORS, "ask BANKA ~2W", f"take Q-2W {walk}")

    answer(scene, "1.53", "Q-2W")

    assert bool(scene.desk.all(TakeQuote)) is taken


def test_the_limit_of_the_asker_holds_for_every_tenor() -> None:
    lines = (TENORS, "ask BANKA ~2W", "take Q-2W 2W=1.30")
    scene = lending(*lines, limit="1.52", side=BUY)
    scene.quote("BANKA", None, "1.53", "Q-2W", product="DEPOSIT", far_value_date=MAY_15)

    assert not scene.desk.history_of(TakeQuote)


def test_no_price_past_the_walk_away_of_its_tenor_is_said() -> None:
    scene = lending(TENORS, "ask BANKA ~2W", "counter Q-2W 1.545 2W=1.55")

    answer(scene, "1.53", "Q-2W")

    assert not scene.desk.all(CounterQuote)
    assert "1.545 is past the walk-away 1.55" in scene.desk.one(AskEnded).because[-1]


def test_the_limits_are_looked_at_for_the_dates_that_are_dealt() -> None:
    """A row of the tree caps the term at 10 days: 2W is refused, 1W stands and is dealt on."""
    rows = {"term_cap": [{"counterparty": "*", "maximum": "10"}]}
    lines = (TENORS, "ask BANKA ~2W", "take Q-2W", "take Q-1W")
    scene = lending(*lines, limits={"tree": rows})

    answer(scene, "1.53", "Q-2W")

    assert scene.desk.one(TakeQuote).quote_id == "Q-1W"
    refused = {one.tenor: one.refused for one in Scripted.seen[-1].makers}
    assert refused["2W"].startswith("TERM_CAP") and not refused[""]


FORWARD = {"pair": "EUR/USD", "product": "FORWARD", "tenor": "1M", "amount": D(1_000_000)}
NDF = {"pair": "USD/CNY", "product": "NDF", "tenor": "1M", "amount": D(1_000_000)}
SWAP = {"pair": "EUR/USD", "product": "SWAP", "far_tenor": "1M", "amount": D(1_000_000)}


@pytest.mark.parametrize(
    ("said", "tenor", "dates"),
    [
        (FORWARD, "3M", (date(2014, 8, 5), None)),
        (FORWARD, "TOM", (date(2014, 5, 2), None)),
        (NDF, "3M", (date(2014, 8, 5), date(2014, 8, 1))),
    ],
)
def test_forwards_and_ndfs_are_asked_for_on_other_dates_too(
    said: dict[str, Any], tenor: str, dates: tuple[date, date | None]
) -> None:
    scene = Asking(
        desk_of_all_products(**game_desk("ask BANKA", f"tenors 1M {tenor}", f"ask BANKA ~{tenor}"))
    )
    (first,) = scene.ask(None, game="script", **said)
    price = "1.09950" if said is FORWARD else "7.0020"
    scene.quote("BANKA", price, price, bid_spot=D(price), offer_spot=D(price))

    sent = scene.desk.one(SendAsk).terms
    assert (sent.value_date, sent.fixing_date) == dates
    assert (
        msgspec.structs.replace(
            sent, value_date=first.terms.value_date, fixing_date=first.terms.fixing_date
        )
        == first.terms
    )


def test_the_dates_of_a_swap_do_not_move() -> None:
    scene = Asking(desk_of_all_products(**game_desk("ask BANKA", "tenors 1M 3M", "ask BANKA ~3M")))
    scene.ask(None, game="script", **SWAP)
    far = scene.requests["BANKA"].terms.far_value_date
    prices = {"bid_spot": D("1.10005"), "offer_spot": D("1.10005")}
    scene.quote("BANKA", "-0.00052", "-0.00050", far_value_date=far, product="SWAP", **prices)

    assert "only deposits, forwards and NDFs" in problem(scene)


def test_a_person_who_takes_over_is_held_to_the_limit_alone() -> None:
    scene = lending(TENORS, "ask BANKA ~2W", "wait 1000 2W=1.60")
    answer(scene, "1.53", "Q-2W")

    scene.take("Q-2W")

    assert scene.desk.one(TakeQuote).terms.far_value_date == MAY_15
