"""What the games' mathematics must never say: each scene tells what it did; empty = nothing."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import numpy as np

from strategies.games.asking import panel
from strategies.games.bargaining import package
from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.package import Issue, PackageOffer, PackageTerms, negotiate_package
from strategies.games.bargaining.terms import Dialogue, Move, MoveKind, Offer, Style, Terms
from strategies.games.hedging.hold_or_hedge import Band, reduce_only
from strategies.games.informed.guard import guard
from strategies.games.sealed.heard import Grid, Learned
from strategies.games.sealed.quote import Terms as SealedTerms
from strategies.games.sealed.quote import decide
from strategies.games.sealed.win_curve import Floats, WinCurve

SECOND_NS = 10**9


def _terms(**changes: Any) -> Terms:
    """We sell: open at 20, walk away at 10, ticks of 1."""
    values: dict[str, Any] = {
        "higher_is_better": True,
        "open_at": D(20),
        "aim": D(18),
        "walk_away": D(10),
        "tick": D(1),
        "style": Style.EVEN,
        "messages_max": 20,
    }
    return Terms(**(values | changes))


def _talk(*prices: int, now_ns: int = 0) -> Dialogue:
    """Ours and theirs in turn, ours first, the last theirs."""
    offers = [Offer(number % 2 == 0, D(price), 0) for number, price in enumerate(prices)]
    return Dialogue(tuple(offers), now_ns)


def _speaks(move: Move) -> bool:
    return move.kind in (MoveKind.OFFER, MoveKind.ACCEPT)


def an_offer_past_the_walk_away() -> str:
    """The last words, with the style gone past it."""
    for style in Style:
        for left in range(2, 12):
            said = [20, 1] * 5
            move = negotiate(_talk(*said), _terms(style=style, messages_max=len(said) + left))
            if _speaks(move) and move.price is not None and move.price < D(10):
                return f"{style} says {move.price}"
    return ""


def a_deal_without_a_zone() -> str:
    """Theirs is 9 at the end, our walk-away 10."""
    for style in Style:
        move = negotiate(_talk(20, 5, 12, 9), _terms(style=style, messages_max=5))
        if move.kind is MoveKind.ACCEPT:
            return f"{style} takes 9"
    return ""


def an_offer_taken_back() -> str:
    """12 was said: nothing over it is."""
    for style in Style:
        move = negotiate(_talk(20, 1, 12, 2), _terms(style=style))
        if move.kind is MoveKind.OFFER and move.price is not None and move.price > D(12):
            return f"{style} goes back to {move.price}"
    return ""


def a_step_over_the_largest() -> str:
    """At most 1 a step."""
    for style in Style:
        terms = _terms(style=style, most_per_step=D(1), messages_max=6)
        move = negotiate(_talk(20, 1, 20, 9), terms)
        if move.kind is MoveKind.OFFER and move.price is not None and move.price < D(19):
            return f"{style} goes to {move.price}"
    return ""


def a_word_after_the_deadline() -> str:
    """At the very moment."""
    late = _talk(20, 15, now_ns=60 * SECOND_NS)
    move = negotiate(late, _terms(by_ns=60 * SECOND_NS))
    return f"speaks: {move.kind}" if _speaks(move) else ""


def a_word_after_the_last_message() -> str:
    """Two of two have been said."""
    move = negotiate(_talk(20, 19), _terms(messages_max=2))
    return f"speaks: {move.kind}" if _speaks(move) else ""


def two_words_in_a_row() -> str:
    """It is their turn."""
    move = negotiate(_talk(20, 15, 18), _terms())
    return f"speaks: {move.kind}" if _speaks(move) else ""


def a_hard_term_traded() -> str:
    """The tenor is hard: the second value, whatever they ask for and whatever they like."""
    rates = tuple(D(rate) for rate in range(10))
    package._space.cache_clear()
    issues = (
        Issue(name="rate", worth=rates, they_like=-1),
        Issue(name="tenor", worth=(D(0), D(0), D(0)), hard=1),
    )
    terms = PackageTerms(issues=issues, walk_away=D(2), aim=D(8), step=D(1), messages_max=20)
    offers: list[PackageOffer] = []
    for turn in range(8):
        move = negotiate_package(tuple(offers), turn, terms)
        if move.choice is None:
            break
        if move.choice[1] != 1:
            return f"tenor {move.choice[1]} is said"
        offers += [PackageOffer(True, move.choice, turn), PackageOffer(False, (9, 2), turn)]
    return ""


_GRID = Grid(low=D(0), tick=D(1), places=100)
_LEARNED = Learned(grid=_GRID, total=1_000)


def _curve(wins: Floats) -> WinCurve:
    """The chance to win at each place, among any rivals."""
    return WinCurve(rival=np.ones(100), reserve=wins)


def below_cost_and_floor() -> str:
    """Only quotes near nothing win."""
    curve = _curve(np.where(np.arange(100) < 3, 1.0, 0.0))
    quote = decide(
        _LEARNED, curve, SealedTerms(first_margin=D(5), floor=D(2)), cost=D(50), rivals=1
    )
    return f"quotes {quote.price} at a cost of 50" if quote.price and quote.price < D(52) else ""


def beyond_the_largest_margin() -> str:
    """Everything wins."""
    terms = SealedTerms(first_margin=D(5), margin_max=D(10))
    quote = decide(_LEARNED, _curve(np.ones(100)), terms, cost=D(50), rivals=1)
    return f"quotes {quote.price}" if quote.price and quote.price > D(60) else ""


def wider_than_the_maximum() -> str:
    """The guard would need 5, and 1 is the most."""
    kept = guard(0.5, 0.5, curse=5.0, markout=None, floor=0.0, maximum=1.0)
    found = max(kept.bid or 0.0, kept.ask or 0.0)
    return f"widened to {found}" if found > 1.5 else "" if kept.capped else "in silence"


def a_hedge_that_pushes() -> str:
    """Of a deal the part that makes the position smaller."""
    for position, amount in ((5.0, 3.0), (-5.0, -3.0), (5.0, -8.0), (-5.0, 8.0), (0.0, 1.0)):
        after = position + reduce_only(position, amount)
        if abs(after) > abs(position) or after * position < 0:
            return f"{position} becomes {after}"
    return ""


def a_hedge_over_its_share_of_the_volume() -> str:
    """At most a tenth of what the market deals."""
    band = Band(comfortable=1.0, urgency=1e9, share_max=0.1)
    amount = band.amount(20.0, days=1.0, volume=30.0)
    return f"deals {amount} of 30" if abs(amount) > 3.0 else ""


def a_hedge_into_the_band_and_beyond() -> str:
    """20 over a band of 5: 15 at most."""
    amount = Band(comfortable=5.0, urgency=1e9).amount(20.0, days=1.0)
    return f"deals {amount}" if not -15.0 <= amount <= 0.0 else ""


def more_than_the_panel() -> str:
    """Six banks are due, and four may be asked."""
    banks = [f"B{number}" for number in range(10)]
    rules = panel.Panel(size=3, cap=4, must_every=dict.fromkeys(banks[:6], 1))
    chosen = panel.choose(banks, panel.Learned(), rules, seed=1)
    return f"asks {chosen.banks}" if len(chosen.banks) > 4 else ""


def a_bank_not_allowed() -> str:
    """Who must be asked, but is not allowed."""
    rules = panel.Panel(size=3, cap=4, must_every={"STOPPED": 1})
    chosen = panel.choose(["A", "B"], panel.Learned(), rules, seed=1)
    return f"asks {chosen.banks}" if "STOPPED" in chosen.banks else ""


def a_bank_that_starves() -> str:
    """At least once in four needs, though it never answers."""
    rules, known, asked = panel.Panel(size=2, cap=3, must_every={"Z": 4}), panel.Learned(), []
    for need in range(24):
        chosen = panel.choose(["A", "B", "C", "Z"], known, rules, seed=1)
        asked.append("Z" in chosen.banks)
        costs = {bank: 0.1 for bank in chosen.banks if bank != "Z"}
        known = panel.learn(known, chosen.banks, costs, rules)
        if need >= 4 and not any(asked[-4:]):
            return f"not asked in needs {need - 3} to {need}"
    return ""
