"""What must never leave a taker, or a hedge: each scene tells what did; empty = nothing.

We buy 1m; the market is 1.10000/1.10010. The game is the scripted one: it says what it is told.
"""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

from robot.deals.party import BUY, SELL
from robot.limits.exposure import line_limit
from robot.messages.asks import CounterQuote, QuoteRevoking, SendAsk, TakeQuote
from robot.messages.effects import SendOrder
from robot.messages.events import KillSwitchPulled, MarketUpdated
from robot.messages.stops import StopScope
from tests.kit import taker
from tests.kit.asks import Asking
from tests.kit.products import desk_of_all_products
from tests.kit.scripted_game import game_desk


def led(*lines: str, limit: str | None = "1.10020", **changes: Any) -> Asking:
    """A asked quotes 1.10010, B 1.10008."""
    scene = Asking(**game_desk("ask BANKA BANKB", *lines), **changes)
    scene.ask(limit, game="script")
    for maker, offer in (("BANKA", "1.10010"), ("BANKB", "1.10008")):
        if maker in scene.requests:
            scene.quote(maker, "1.09990", offer)
    return scene


def sent(scene: Asking, kind: type) -> list[Any]:
    """All that left of a kind."""
    return [one for row in scene.desk.history for one in row if isinstance(one, kind)]


# --- negotiating


def a_counter_past_the_limit_of_the_ask() -> str:
    """1.10006 with a limit of 1.10005."""
    scene = led("counter Q-BANKB 1.10006", limit="1.10005")
    return f"{sent(scene, CounterQuote)}"[:99] if sent(scene, CounterQuote) else ""


def a_counter_past_the_walk_away_of_the_game() -> str:
    """1.10006 with a walk-away of 1.10003, whatever the limit."""
    scene = led("counter Q-BANKB 1.10006 1.10003")
    return f"{sent(scene, CounterQuote)}"[:99] if sent(scene, CounterQuote) else ""


def a_counter_past_a_walk_away_of_before() -> str:
    """1.10003 was said to be the worst; 1.10005 with a looser one comes later."""
    scene = led("counter Q-BANKB 1.10001 1.10003", "counter Q-BANKB 1.10005 1.10007")
    for one in scene.desk.all(CounterQuote):
        scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=one.response_id)
    said = [one.price for one in sent(scene, CounterQuote)]
    return f"said {said}" if D("1.10005") in said else ""


def a_counter_past_the_words_of_the_game() -> str:
    """1.10006 where the file says 1.10003, whatever the game says of it with its move."""
    scene = led("words 1.10003", "counter Q-BANKB 1.10006 1.10007")
    return f"{sent(scene, CounterQuote)}"[:99] if sent(scene, CounterQuote) else ""


def a_deal_past_the_words_of_the_game() -> str:
    """1.10008 where the file says 1.10007."""
    scene = led("words 1.10007", "take Q-BANKB", "end")
    return f"{sent(scene, TakeQuote)}"[:99] if sent(scene, TakeQuote) else ""


def a_deal_past_the_limit() -> str:
    """1.10008 with a limit of 1.10005."""
    scene = led("take Q-BANKB", limit="1.10005")
    return f"{sent(scene, TakeQuote)}"[:99] if sent(scene, TakeQuote) else ""


def a_counter_taken_back() -> str:
    """1.10004 was said, 1.10001 is wanted."""
    scene = led("counter Q-BANKB 1.10004", "counter Q2 1.10001")
    first = scene.desk.one(CounterQuote)
    scene.quote("BANKB", "1.09998", "1.10007", "Q2", response_id=first.response_id)
    said = [one.price for one in sent(scene, CounterQuote)]
    return "" if said == sorted(said) else f"said {said}"


def more_prices_than_the_policy_says() -> str:
    """`asks.counters_max` is 2."""
    lines = ["counter Q-BANKB 1.10000"] * 5
    scene = led(*lines, asks={"counters_max": 2})
    for _ in range(4):
        for one in scene.desk.all(CounterQuote):
            scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=one.response_id)
    count = len(sent(scene, CounterQuote))
    return f"{count} prices of at most 2" if count > 2 else ""


def two_counters_at_once() -> str:
    """A price of a person while the game's is out."""
    scene = led("counter Q-BANKB 1.10000")
    scene.counter("Q-BANKA", "1.10001")
    count = len(sent(scene, CounterQuote))
    return f"{count} prices are out" if count > 1 else ""


def a_game_that_goes_on_after_a_person_took_over() -> str:
    """It would take the quote on the next look."""
    scene = led("wait 1000", "take Q-BANKA")
    scene.counter("Q-BANKB", "1.10001")
    out = scene.desk.one(CounterQuote)
    scene.revoke("BANKB", QuoteRevoking.REJECTED, response_id=out.response_id)
    scene.later(2_000)
    taken = [one.quote_id for one in sent(scene, TakeQuote)]
    return f"took {taken}" if taken == ["Q-BANKA"] else ""


# --- negotiating a package: we buy EUR/USD for 1M; other tenors and amounts


def _otherwise(*lines: str, **said: Any) -> Asking:
    """BANKA quotes 1.09960 for 1M, and 1.09910 to whatever else it is asked for."""
    limits = {"orders_outstanding": 2}
    scene = Asking(desk_of_all_products(limits=limits, **game_desk("ask BANKA", *lines)))
    scene.ask("1.10020", game="script", product="FORWARD", tenor="1M", **said)
    for offer, name in (("1.09960", "Q-1"), ("1.09910", "Q-2")):
        for request in scene.desk.all(SendAsk):
            scene.requests[request.maker] = request
        if name == "Q-1" or scene.desk.all(SendAsk):
            scene.quote("BANKA", None, offer, name, offer_spot=D("1.10010"), life_ms=20_000)
    return scene


def a_tenor_that_the_file_has_not() -> str:
    """3M, where 2M is in the file."""
    scene = _otherwise("tenors 1M 2M", "ask BANKA ~3M", "take Q-2")
    dates = {one.terms.value_date for one in sent(scene, SendAsk)}
    return f"asked for {dates}" if len(dates) > 1 else ""


def an_amount_that_the_file_has_not() -> str:
    """4m, where at most 3m is in the file."""
    scene = _otherwise("amounts 500000 3000000", "ask BANKA @4000000", "take Q-2")
    amounts = {one.terms.amount for one in sent(scene, SendAsk)}
    return f"asked for {amounts}" if len(amounts) > 1 else ""


def a_later_date_than_the_rule_wants() -> str:
    """A rule asks for 1M; the game may ask for 3M."""
    scene = _otherwise("tenors 1M 3M", "ask BANKA ~3M", "take Q-2", strategy="book 1")
    dates = {one.terms.value_date for one in sent(scene, SendAsk)}
    return f"asked for {dates}" if len(dates) > 1 else ""


def a_deal_past_the_walk_away_of_its_tenor() -> str:
    """1.09910 for 2M, whose walk-away is 1.09850."""
    scene = _otherwise("tenors 1M 2M", "ask BANKA ~2M", "take Q-2 2M=1.09850")
    return f"{sent(scene, TakeQuote)}"[:99] if sent(scene, TakeQuote) else ""


# --- whom to ask


def _asked(scene: Asking) -> list[str]:
    return [one.maker for one in sent(scene, SendAsk)]


def a_bank_without_a_line() -> str:
    """BANKB's line is 0."""
    lines = {"BANKA": "9000000", "BANKB": "0", "BANKC": "9000000"}
    scene = Asking(**game_desk("ask BANKA BANKB"), limits={"counterparty_lines": lines})
    scene.ask("1.10020", game="script")
    return f"asked {_asked(scene)}" if "BANKB" in _asked(scene) else ""


def a_bank_whose_line_was_cut() -> str:
    """While the ask is open."""
    scene = Asking(**game_desk("ask BANKA", "ask BANKB"))
    scene.ask("1.10020", game="script")
    scene.state.gate.accounts[line_limit("BANKB")].maximum = D(0)
    scene.quote("BANKA", "1.10000", "1.10010")
    return f"asked {_asked(scene)}" if "BANKB" in _asked(scene) else ""


def a_bank_on_the_stop_list() -> str:
    """Stopped while the ask is open, so it would be asked further on."""
    scene = Asking(**game_desk("ask BANKA", "ask BANKB"))
    scene.ask("1.10020", game="script")
    scene.desk.state.stops.update(_stops("BANKB"))
    scene.quote("BANKA", "1.10000", "1.10010")
    return f"asked {_asked(scene)}" if "BANKB" in _asked(scene) else ""


def _stops(bank: str) -> dict[str, Any]:
    other = Asking()
    other.step(KillSwitchPulled(actor="a", reason="b", scope=StopScope.COUNTERPARTY, value=bank))
    return dict(other.desk.state.stops)


def more_banks_than_the_cap() -> str:
    """`asks.makers_max` is 2."""
    scene = Asking(**game_desk("ask BANKA BANKB", "ask BANKC"), asks={"makers_max": 2})
    scene.ask("1.10020", game="script")
    for maker, offer in (("BANKA", "1.10010"), ("BANKB", "1.10008")):
        scene.quote(maker, "1.09990", offer)
    return f"asked {_asked(scene)}" if len(_asked(scene)) > 2 else ""


# --- take it or ask on


def a_quote_past_its_expiry() -> str:
    """A person takes it when it lives 50 ms more, and 100 ms is the least."""
    scene = Asking()
    scene.ask(None)
    scene.quote("BANKA", "1.10000", "1.10010", life_ms=1_050)
    scene.desk.after(1_000)
    scene.take("Q-BANKA")
    return "taken too late" if sent(scene, TakeQuote) else ""


def a_quote_that_the_game_must_not_see() -> str:
    """The game is told no quote that is over."""
    scene = Asking(**game_desk("ask BANKA BANKB", "take Q-BANKA"))
    scene.ask("1.10020", game="script")
    scene.quote("BANKA", "1.10000", "1.10010", life_ms=1_050)
    scene.desk.after(1_000)
    scene.quote("BANKB", "1.10000", "1.10010")
    scene.later(3_000)
    taken = [one.quote_id for one in sent(scene, TakeQuote)]
    return f"took {taken}" if "Q-BANKA" in taken else ""


def the_same_need_twice() -> str:
    """The request of a person comes twice."""
    scene = Asking(**game_desk("ask BANKA", "ask BANKA"))
    for _ in range(2):
        scene.wanted = 0
        scene.ask("1.10020", game="script")
    count = len(_asked(scene))
    return f"asked {count} times for one need" if count > 1 else ""


def two_deals_of_one_ask() -> str:
    """A later and better quote comes while our hit is under way, and patience ends."""
    scene = led("take Q-BANKB", "take Q2", "take Q2")
    scene.quote("BANKA", "1.10000", "1.10001", "Q2", life_ms=20_000)
    scene.later(4_000)
    scene.take("Q2")
    count = len(sent(scene, TakeQuote))
    return f"{count} deals" if count > 1 else ""


# --- hedging: short 5m, band 3m, target 1m, clip 2m


def _hedged(**hedge: Any) -> list[SendOrder]:
    made = taker.desk(hedge=hedge)
    taker.short(made)
    return [one for row in made.history for one in row if isinstance(one, SendOrder)]


def a_hedge_the_wrong_way() -> str:
    """Short, so nothing is sold."""
    found = [one for one in _hedged() if one.side is not BUY]
    return f"sells when short: {found}"[:99] if found else ""


def a_hedge_beyond_flat() -> str:
    """With 3m bought by a person, more than 2m would turn the position."""
    made = taker.desk(hedge={"clip": "9000000", "target": "0"})
    taker.working(made, amount=D(3_000_000))
    taker.short(made)
    bought = sum(
        (one.amount for row in made.history for one in row if isinstance(one, SendOrder)), D(0)
    )
    sold = [one for row in made.history for one in row if getattr(one, "side", None) is SELL]
    assert sold is not None
    return f"{bought} bought of 5m short" if bought > D(5_000_000) else ""


def a_hedge_larger_than_a_clip() -> str:
    """2m at a time."""
    found = [one.amount for one in _hedged() if one.amount > D(2_000_000)]
    return f"clips of {found}" if found else ""


def a_hedge_over_its_share_of_what_is_shown() -> str:
    """A quarter of the 4m that the venue offers."""
    made = taker.desk(hedge={"shown_share": "0.25"})
    made.step(
        MarketUpdated(
            venue=made.reference.venues[0].id,
            pair=made.reference.hedges[0].pair,
            bid=D("1.10000"),
            offer=D("1.10010"),
            bid_size=D(4_000_000),
            offer_size=D(4_000_000),
        )
    )
    taker.short(made)
    found = [one.amount for row in made.history for one in row if isinstance(one, SendOrder)]
    return f"{found} of 4m shown" if any(one > D(1_000_000) for one in found) else ""
