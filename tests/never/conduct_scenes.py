"""What games must never do to others and to those who answer for them: each scene tells what was
done; empty = nothing. The market is 1.10000/1.10010.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal as D

import msgspec

from connectors.fix.dialect import Dialect
from connectors.fix.encode import message_for
from robot.errors import ConfigurationError
from robot.messages.asks import CounterQuote, TakeQuote
from robot.messages.effects import Decided, SendQuote
from robot.messages.events import FixingPublished, KillSwitchPulled
from robot.messages.stops import StopScope
from robot.strategy import Decision, Facts
from strategies.games.desk.learned import LearnedState, with_learned
from strategies.games.desk.loading import load_game
from tests.never import maker_scenes as maker
from tests.never.taker_scenes import led, sent

SEEN: list[Facts] = []
HERE = "tests.never.conduct_scenes:Listens"


class Listens:
    """Quotes 1.1/1.10020, and keeps what it is told."""

    def __init__(self, parameters: Mapping[str, object]) -> None:
        SEEN.clear()

    def decide(self, facts: Facts) -> Decision:
        """The prices asked for."""
        SEEN.append(facts)
        bid = D("1.1") if facts.side != "SELL" else None
        return Decision(bid=bid, offer=D("1.10020") if facts.side != "BUY" else None)


# --- others


def what_one_client_said_is_told_of_another() -> str:
    """A says 1.10004; then B asks."""
    made = maker.desk("x", factory=HERE)
    made.rfq(side="buy", client="BANKA")
    made.counter(made.one(SendQuote).quote_id, "1.10004")
    made.rfq(side="buy", client="BANKB")
    told = [one for one in SEEN if one.counterparty == "BANKB"]
    assert told, "B was answered"
    heard = [one.talk for one in told if one.talk is not None]
    return f"to price B the game is told: {heard}" if heard else ""


def a_bank_is_told_what_another_said() -> str:
    """What leaves for BANKB has neither the name nor the price of BANKA."""
    scene = led("counter Q-BANKB 1.10004")
    texts = [msgspec.json.encode(one).decode() for one in sent(scene, CounterQuote)]
    assert texts, "B hears a price"
    return next((one for one in texts if "BANKA" in one or "1.10010" in one), "")


def a_benchmark_is_used_before_it_is_public() -> str:
    """SOFR is out in a minute, and the walk-away stands on it."""
    levels = "{walk-away: SOFR, aim: SOFR + 1 pip, open at: SOFR + 2 pips}"
    distances = "{walk-away: 0.5 pip, aim: 1 pip, open at: 2 pips}"
    text = maker.NEGOTIATE.replace(distances, levels)
    made = maker.desk(f"{text}applies: {{side: sell}}\n")
    made.step(
        FixingPublished(
            index="SOFR",
            value_date=made.day,
            value=D("1.10005"),
            published_at_ns=made.at_ns + 60 * 10**9,
            source="test",
        )
    )
    made.market()
    made.rfq(side="buy")
    return f"quoted by what is not out: {maker.shown(made)}" if maker.shown(made) else ""


def terms_other_than_asked_for_are_dealt_on() -> str:
    """BANKB quotes better for another date."""
    scene = led("wait 10", "take Q2", "take Q2")
    scene.quote("BANKB", "1.09990", "1.10001", "Q2", value_date=date(2014, 5, 12))
    scene.later(2_000)
    return f"{sent(scene, TakeQuote)}"[:99] if sent(scene, TakeQuote) else ""


# --- learning


def _loads(text: str) -> str:
    try:
        load_game({"text": text, "file": "x.game.yaml"})
    except ConfigurationError:
        return ""
    return "it plays"


def learned_but_not_frozen() -> str:
    """The file has what was learned, which may change still."""
    found = _loads(with_learned(maker.QUOTE, LearnedState(outcomes=3)))
    return f"{found}, unfrozen" if found else ""


def learned_and_changed_since() -> str:
    """A number of it is another than the one that was learned."""
    text = with_learned(maker.QUOTE, LearnedState(outcomes=3).frozen_now())
    assert _loads(text), "as it was written it plays"
    found = _loads(text.replace("outcomes: 3", "outcomes: 4"))
    return f"{found}, changed by hand" if found else ""


def copies_that_drift_together() -> str:
    """A game that tries less than a tenth of its quotes below its best answer: three of them stay
    over the competitive margin.
    """
    win = "  asked with: 2 others\n  win: {least margin: 0.1 bp, try out: 5 %}\n"
    return _loads(maker.QUOTE.replace("  guard:", f"{win}  guard:"))


# --- those who answer for it


def a_game_that_goes_on_when_it_is_stopped() -> str:
    """A person stops it by its name while its ask is open; it would deal on the next look."""
    scene = led("wait 1000", "take Q-BANKA")
    scene.step(KillSwitchPulled(actor="a", reason="b", scope=StopScope.STRATEGY, value="script"))
    scene.later(3_000)
    return f"{sent(scene, TakeQuote)}"[:99] if sent(scene, TakeQuote) else ""


def widens_in_silence() -> str:
    """What the guard adds is not in the reasons."""
    made = maker.desk(maker.QUOTE.replace("BANKC: 2 bp", "BANKC: 1 bp"))
    made.rfq(client="BANKC")
    because = " ".join(made.one(Decided).because)
    return "" if "guard adds 1" in because else f"1 bp more, and the reasons: {because}"


def a_robot_that_does_not_say_so() -> str:
    """Where the venue requires it."""
    made = maker.saying(maker.sells("1.10020"))
    made.rfq(side="buy")
    message = message_for(made.one(SendQuote), Dialect(robot_marks={2667: "0"}), made.at_ns)
    return "" if (2667, "0") in message.fields else "the quote does not say that it is a robot's"
