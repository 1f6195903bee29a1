"""What must never leave a maker: each scene tells what did; empty = nothing.

`Says` is a game that says what the scene puts into `SAID`: what only the core holds is seen so.
The market is 1.10000/1.10010.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal as D
from typing import Any

from robot.messages.effects import ConcludeDeal, SendQuote
from robot.messages.events import KillSwitchPulled
from robot.messages.stops import StopScope
from robot.strategy import Decision, Facts
from tests.kit.desk import Desk

SAID: list[Decision] = []
HERE = "tests.never.maker_scenes:Says"


class Says:
    """Answers with `SAID`, one after the other, the last for ever."""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        self._heard = 0

    def decide(self, facts: Facts) -> Decision:
        """The next one."""
        self._heard += 1
        return SAID[min(self._heard, len(SAID)) - 1]


def saying(*decisions: Decision, **changes: Any) -> Desk:
    """A desk whose game says these."""
    SAID[:] = decisions
    made = desk("x", factory=HERE, **changes)
    return made


def desk(text: str, *, factory: str = "", **changes: Any) -> Desk:
    """A desk with one game, open, with a market."""
    strategy = {
        "name": "games",
        "version": "1",
        "factory": "",
        "parameters": {},
        "games": [{"name": "x", "file": "x.game.yaml", "text": text}],
        **({"game_factory": factory} if factory else {}),
    }
    made = Desk(strategy=strategy, **changes).open()
    made.market()
    return made


def shown(made: Desk) -> list[SendQuote]:
    """The quotes of the last event."""
    return made.all(SendQuote)


def sells(offer: str, walk_away: str | None = None) -> Decision:
    """A price for who buys of us."""
    return Decision(offer=D(offer), walk_away=D(walk_away) if walk_away else None)


# --- quoting


def crossed() -> str:
    """Bid over offer."""
    made = saying(Decision(bid=D("1.10020"), offer=D("1.10000")))
    made.rfq()
    return f"crossed: {shown(made)}" if shown(made) else ""


def off_the_tick() -> str:
    """Finer than the price is quoted."""
    made = saying(sells("1.100123"))
    made.rfq(side="buy")
    return f"off the tick: {shown(made)}" if shown(made) else ""


def outside_the_band() -> str:
    """Further from the middle than the price band of 25 bp."""
    made = saying(Decision(bid=D("1.09"), offer=D("1.11")))
    made.rfq()
    return f"outside the band: {shown(made)}" if shown(made) else ""


def on_a_stale_market() -> str:
    """The last price is older than 2 s."""
    made = saying(Decision(bid=D("1.1"), offer=D("1.10010")))
    made.after(2_500).rfq()
    return f"on a stale market: {shown(made)}" if shown(made) else ""


QUOTE = """
game: {name: x, kind: quote}
quote:
  margin: {gold: 0.5 bp, silver: 0.5 bp}
  lean: 0.1 bp per 1m
  lean at most: 0.3 bp
  no lean for: BANKB
  guard: {costs: {BANKC: 2 bp}, at most: 1.5 bp}
"""
_BP = D("1.10005") / 10_000


def _after_a_purchase(client: str) -> SendQuote:
    """We are long 5m, which the lean would make 0.55 bp of our bid."""
    lines = dict.fromkeys(("BANKA", "BANKB", "BANKC"), "900000000")
    made = desk(QUOTE, limits={"counterparty_lines": lines})
    made.hit(made.quoted(5_000_000), side="sell", amount=5_000_000)
    made.rfq(client=client)
    return made.one(SendQuote)


def beyond_the_largest_lean() -> str:
    """More than margin and largest lean away from the middle, a tick of rounding apart."""
    quote = _after_a_purchase("BANKA")
    assert quote.bid is not None
    least = D("1.10005") - D("0.8") * _BP - D("0.00001")
    return f"bid {quote.bid} leans further than 0.3 bp" if quote.bid < least else ""


def lean_shown_to_who_reads_it() -> str:
    """A client who reads our lean sees the same distance on both sides."""
    quote = _after_a_purchase("BANKB")
    assert quote.bid is not None and quote.offer is not None
    apart = abs((D("1.10005") - quote.bid) - (quote.offer - D("1.10005")))
    return f"{quote.bid}/{quote.offer} shows the lean" if apart > D("0.00001") else ""


def wider_than_the_largest_addition() -> str:
    """Who is informed costs 2 bp, and 1.5 bp is the most that the trader adds."""
    made = desk(QUOTE)
    made.rfq(client="BANKC")
    quote = made.one(SendQuote)
    assert quote.offer is not None
    most = D("1.10005") + (D("0.5") + D("0.05") + D("1.5")) * _BP + D("0.00001")
    return f"offer {quote.offer} is over the cap" if quote.offer > most else ""


def last_look_on_one_side() -> str:
    """Whether a hit is dealt does not depend on where the market went since."""
    dealt = []
    for bid, offer in (("1.09950", "1.09960"), ("1.10050", "1.10060")):
        made = saying(Decision(bid=D("1.1"), offer=D("1.10010")))
        quote = made.quoted()
        made.market(bid, offer)
        made.hit(quote, side="buy")
        dealt.append(bool(made.all(ConcludeDeal)))
    return "" if dealt == [True, True] else f"dealt when the market went down, up: {dealt}"


# --- negotiating


def past_the_walk_away() -> str:
    """The core holds what the game itself said last."""
    made = saying(sells("1.10020", "1.10030"))
    made.rfq(side="buy")
    return f"past 1.10030: {shown(made)}" if shown(made) else ""


def two_way_past_the_walk_aways() -> str:
    """Of both prices."""
    both = (D("1.09990"), D("1.10020"))
    made = saying(Decision(bid=D("1.09980"), offer=D("1.10010"), walk_aways=both))
    made.rfq()
    return f"past {both}: {shown(made)}" if shown(made) else ""


def _answered(*decisions: Decision, price: str = "1.10000", **changes: Any) -> Desk:
    made = saying(*decisions, quotes={"counter_time_max_ms": 1_000, "life_ms": 60_000}, **changes)
    made.rfq(side="buy", open_ms=120_000)
    made.after(10).counter(made.one(SendQuote).quote_id, price)
    return made


def an_offer_made_worse() -> str:
    """1.10020 stands, and 1.10025 is wanted."""
    made = _answered(sells("1.10020"), sells("1.10025"))
    worse = [one for one in shown(made) if one.offer is not None and one.offer > D("1.10020")]
    return f"made worse: {worse}" if worse else ""


def better_than_they_ask() -> str:
    """They ask 1.10010, and 1.10005 is wanted."""
    made = _answered(sells("1.10020"), sells("1.10005"), price="1.10010")
    better = [one for one in shown(made) if one.offer is not None and one.offer < D("1.10010")]
    return f"given for nothing: {better}" if better else ""


def answered_after_the_time_for_talk() -> str:
    """`quotes.counter_time_max_ms` after their first price."""
    made = _answered(sells("1.10020"), sells("1.10019"))
    quote = made.one(SendQuote)
    negotiation = next(iter(made.state.negotiations.values()))
    negotiation.bargain.until_ns = made.at_ns  # earlier than the quote's own time
    made.after(1).counter(quote.quote_id, "1.10001")
    return f"answered too late: {shown(made)}" if shown(made) else ""


def answered_too_often() -> str:
    """`quotes.counters_max` prices of theirs."""
    made = saying(
        *(sells(f"1.100{20 - number}") for number in range(6)),
        quotes={"counters_max": 2, "life_ms": 60_000},
    )
    made.rfq(side="buy", open_ms=120_000)
    answers = 0
    for number in range(4):
        if not shown(made):
            break
        made.after(10).counter(made.one(SendQuote).quote_id, f"1.1000{number}")
        answers += len(shown(made))
    return f"{answers} answers of at most 2" if answers > 2 else ""


NEGOTIATE = """
game: {name: x, kind: negotiate}
my terms: {walk-away: 0.5 pip, aim: 1 pip, open at: 2 pips}
pace: {by: "09:31"}
"""


def after_the_time_of_day() -> str:
    """The file says `by: 09:31`."""
    made = desk(NEGOTIATE)
    made.at("09:31:00.000").market()
    made.rfq(side="buy")
    return f"after 09:31: {shown(made)}" if shown(made) else ""


def opening_past_its_own_walk_away() -> str:
    """A file that opens on the wrong side of its walk-away, as one for both sides can."""
    levels = "{walk-away: 1.10010, aim: mid, open at: mid + 0.1 pip}"
    made = desk(NEGOTIATE.replace("{walk-away: 0.5 pip, aim: 1 pip, open at: 2 pips}", levels))
    made.rfq(side="buy")
    quote = made.one(SendQuote)
    assert quote.offer is not None
    return f"offer {quote.offer}" if quote.offer < D("1.10005") + D("0.00005") else ""


# --- people


def quoted_by_a_stopped_game() -> str:
    """A person has stopped the game by its name."""
    made = saying(Decision(bid=D("1.1"), offer=D("1.10010")))
    made.step(KillSwitchPulled(actor="a", reason="b", scope=StopScope.STRATEGY, value="x"))
    made.rfq()
    return f"by a stopped game: {shown(made)}" if shown(made) else ""


def other_price_for_the_same_tier() -> str:
    """Equal tier, equal size, no reason on file: equal price."""
    made = desk(QUOTE.replace("  no lean for: BANKB\n", ""))
    seen = []
    for client in ("BANKA", "BANKB"):
        made.rfq(client=client)
        quote = made.one(SendQuote)
        seen.append((quote.bid, quote.offer))
    return "" if seen[0] == seen[1] else f"gold clients see {seen}"
