"""The table: rule (the issue's list of what each game must never), where its clamp is, what stands
there instead when the clamp is gone, and the scene that shows it then.

Rules that one clamp holds twice, in the game and in the core, have a row for each: the core's are
seen with a game that says what it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from robot import strategy
from robot.core import (
    ask_games,
    asking_counters,
    asking_open,
    asking_take,
    asking_wishes,
    booking,
    counters,
    hedging,
    offering,
    otherwise,
    showing,
)
from robot.core.asked import Ask
from robot.limits import judging
from robot.market import snapshot
from strategies.games.asking import panel
from strategies.games.bargaining import negotiator, package
from strategies.games.desk import negotiate_game
from strategies.games.desk.guarding import Guarding
from strategies.games.desk.negotiate_game import NegotiateGame
from strategies.games.desk.quote_game import QuoteGame
from strategies.games.hedging import hold_or_hedge
from strategies.games.hedging.hold_or_hedge import Band
from strategies.games.informed import guard
from strategies.games.quoting.authored import Authored
from strategies.games.sealed import quote as sealed
from tests.never import maker_scenes as maker
from tests.never import pure_scenes as pure
from tests.never import taker_scenes as taker


class Clamp(NamedTuple):
    """One row."""

    rule: str
    where: Callable[..., Any]
    text: str
    """Of the clamp, as it stands there once."""
    gone: str
    """What stands there when it is gone."""
    scene: Callable[[], str]
    also: tuple[tuple[Callable[..., Any], str, str], ...] = ()
    """What holds the same once more and has to be gone, too: where, text, gone."""


QUOTING = (
    Clamp(
        "1 crossed quote",
        strategy.problem_of,
        "and not decision.bid <= decision.offer",
        "and False",
        maker.crossed,
    ),
    Clamp(
        "1 off the tick",
        strategy.price_problem,
        "if price % tick == 0",
        "if True",
        maker.off_the_tick,
    ),
    Clamp(
        "1 outside the price band",
        judging.judge_by_tables,
        "away_bp is not None and away <= allowed",
        "True",
        maker.outside_the_band,
    ),
    Clamp(
        "1 on a stale market",
        snapshot._fresh_tops,
        "at_ns - top.updated_ns <= stale_ns",
        "True",
        maker.on_a_stale_market,
    ),
    Clamp(
        "1 beyond the largest lean",
        Authored.quote,
        "bid = max(-most, min(most, lean * (position + size / 2)))",
        "bid = lean * (position + size / 2)",
        maker.beyond_the_largest_lean,
    ),
    Clamp(
        "1 lean shown to who reads it",
        QuoteGame.decide,
        "flat = facts.counterparty in self._written.flat_for",
        "flat = False",
        maker.lean_shown_to_who_reads_it,
    ),
    Clamp(
        "2 below cost and floor",
        sealed.decide,
        "place = min(max(wanted, least), most)",
        "place = min(wanted, most)",
        pure.below_cost_and_floor,
    ),
    Clamp(
        "2 beyond the largest margin",
        sealed.decide,
        "place = min(max(wanted, least), most)",
        "place = max(wanted, least)",
        pure.beyond_the_largest_margin,
    ),
    Clamp(
        "3 wider than the trader's cap",
        guard.guard,
        "bid + min(bid_needed, most)",
        "bid + bid_needed",
        pure.wider_than_the_maximum,
    ),
    Clamp(
        "3 wider than the trader's cap, by the file",
        Guarding.extra,
        "maximum=self._most",
        "maximum=99.0",
        maker.wider_than_the_largest_addition,
    ),
    Clamp(
        "3 last look after a favourable move",
        booking.on_hit,
        "deal = _deal(state, event, quote, negotiation, market)",
        """if market.mid > Decimal("1.1003"):
        _refuse(context, event, Refusal(reason=Reason.PRICE_COLLAR, detail="it moved"))
        return
    deal = _deal(state, event, quote, negotiation, market)""",
        maker.last_look_on_one_side,
    ),
    Clamp(
        "4.3 equal tier, equal price",
        QuoteGame.decide,
        "flat = facts.counterparty in self._written.flat_for",
        "flat = facts.counterparty == 'BANKB'",
        maker.other_price_for_the_same_tier,
    ),
)

HEDGING = (
    Clamp(
        "4 sell when short",
        hedging._wanted,
        "side = SELL if (position > ZERO) == (currency == base) else BUY",
        "side = BUY if (position > ZERO) == (currency == base) else SELL",
        taker.a_hedge_the_wrong_way,
    ),
    Clamp(
        "4 beyond flat",
        hedging._wanted,
        "left = abs(position) - target - held",
        "left = abs(position) - target",
        taker.a_hedge_beyond_flat,
    ),
    Clamp(
        "4 larger than a clip",
        hedging._wanted,
        "min(policy.clip, left,",
        "min(left,",
        taker.a_hedge_larger_than_a_clip,
    ),
    Clamp(
        "4 over the share of what is shown",
        hedging._shown,
        "return exact * policy.shown_share",
        "return exact",
        taker.a_hedge_over_its_share_of_what_is_shown,
    ),
    Clamp(
        "4 what makes the position larger",
        hold_or_hedge.reduce_only,
        "if not amount * position < 0:",
        "if False:",
        pure.a_hedge_that_pushes,
    ),
    Clamp(
        "4 beyond flat, in the mathematics",
        hold_or_hedge.reduce_only,
        "return amount if abs(amount) <= abs(position) else -position",
        "return amount",
        pure.a_hedge_that_pushes,
    ),
    Clamp(
        "4 over the share of the volume",
        Band.amount,
        "self.share_max * volume",
        "volume",
        pure.a_hedge_over_its_share_of_the_volume,
    ),
    Clamp(
        "4 into the band and beyond",
        Band.amount,
        "min(pace * days, over, ",
        "min(pace * days, ",
        pure.a_hedge_into_the_band_and_beyond,
    ),
)

NEGOTIATING = (
    Clamp(
        "5 offer past the walk-away",
        negotiator._offer,
        "if price > furthest:",
        "if False:",
        pure.a_step_over_the_largest,
    ),
    Clamp(
        "5 deal past the walk-away, no zone",
        negotiator._ended,
        "inside = theirs is not None and theirs <= talk.limit",
        "inside = theirs is not None",
        pure.a_deal_without_a_zone,
    ),
    Clamp(
        "5 retract",
        negotiator._offer,
        "if price < talk.given:",
        "if False:",
        pure.an_offer_taken_back,
    ),
    Clamp(
        "5 after the deadline",
        negotiator._why_silent,
        "dialogue.now_ns >= terms.by_ns",
        "False",
        pure.a_word_after_the_deadline,
    ),
    Clamp(
        "5 after the last message",
        negotiator._why_silent,
        "if talk.left < LAST:",
        "if False:",
        pure.a_word_after_the_last_message,
    ),
    Clamp(
        "5 two words in a row",
        negotiator._why_silent,
        "if not talk.our_turn:",
        "if False:",
        pure.two_words_in_a_row,
    ),
    Clamp(
        "5 quote past the walk-away, by the core",
        showing._may_leave,
        "or past_walk_away(context, negotiation, offered.decision)",
        "",
        maker.past_the_walk_away,
    ),
    Clamp(
        "5 two-way quote past the walk-aways, by the core",
        counters.past_walk_away,
        "decision.walk_aways or (one, one)",
        "(one, one)",
        maker.two_way_past_the_walk_aways,
    ),
    Clamp(
        "5 an offer made worse, by the core",
        counters.bounded,
        "if stands is not None and is_better(stands, price, side):",
        "if False:",
        maker.an_offer_made_worse,
    ),
    Clamp(
        "5 better than they ask, by the core",
        counters.bounded,
        "if is_better(price, bargain.theirs, side):",
        "if False:",
        maker.better_than_they_ask,
    ),
    Clamp(
        "5 after the time for the talk, by the core",
        counters._why_closed,
        "not state.now_ns < bargain.until_ns",
        "False",
        maker.answered_after_the_time_for_talk,
        also=((offering.valid_until, "for other_ns in (", "for other_ns in () and ("),),
    ),
    Clamp(
        "5 more answers than the policy says, by the core",
        counters._why_closed,
        "if not counters < policy.counters_max:",
        "if False:",
        maker.answered_too_often,
    ),
    Clamp(
        "5 after the time of day",
        NegotiateGame.is_over,
        "clock_s >= by_s",
        "False",
        maker.after_the_time_of_day,
    ),
    Clamp(
        "5 opening past the walk-away",
        negotiate_game._better,
        "return max(price, other) if better > 0 else min(price, other)",
        "return price",
        maker.opening_past_its_own_walk_away,
    ),
    Clamp(
        "5 counter past the limit, by the core",
        asking_counters.counter_refusal,
        "if worst is not None and ask.is_worse(price, worst):",
        "if False:",
        taker.a_counter_past_the_limit_of_the_ask,
    ),
    Clamp(
        "5 counter past the walk-away, by the core",
        Ask.tighten,
        "self.walk_away = self._stricter(walk_away, kept)",
        "pass",
        taker.a_counter_past_the_walk_away_of_the_game,
    ),
    Clamp(
        "5 walk-away loosened by a later move, by the core",
        Ask._stricter,
        "former if former is not None and self.is_worse(price, former) else price",
        "price",
        taker.a_counter_past_a_walk_away_of_before,
    ),
    Clamp(
        "5 counter past the words of the walk-away, by the core",
        asking_counters.counter_refusal,
        "if past is not None:",
        "if False:",
        taker.a_counter_past_the_words_of_the_game,
    ),
    Clamp(
        "5 deal past the words of the walk-away, by the core",
        asking_take._may_take,
        "if past is not None:",
        "if False:",
        taker.a_deal_past_the_words_of_the_game,
    ),
    Clamp(
        "5 deal past the limit, by the core",
        asking_take._may_take,
        "if worst is not None and ask.is_worse(price.value, worst):",
        "if False:",
        taker.a_deal_past_the_limit,
    ),
    Clamp(
        "5 counter taken back, by the core",
        ask_games._counter,
        "if said and ask.is_worse(said[-1], wanted):",
        "if False:",
        taker.a_counter_taken_back,
    ),
    Clamp(
        "5 more prices than the policy says, by the core",
        ask_games._counter,
        "heard >= state.configured().asks.counters_max",
        "False",
        taker.more_prices_than_the_policy_says,
    ),
    Clamp(
        "5 two counters at once, by the core",
        asking_counters.counter_refusal,
        "if ask.stage is COUNTERED:",
        "if False:",
        taker.two_counters_at_once,
    ),
    Clamp(
        "6 hard term",
        package._places,
        "return (issue.hard,) if issue.hard is not None else tuple(range(len(issue.worth)))",
        "return tuple(range(len(issue.worth)))",
        pure.a_hard_term_traded,
    ),
    Clamp(
        "6 tenor that the file has not, by the core",
        otherwise._for_tenor,
        "if tenor not in known:",
        "if False:",
        taker.a_tenor_that_the_file_has_not,
    ),
    Clamp(
        "6 amount that the file has not, by the core",
        otherwise._amount_problem,
        "if not least <= amount <= most:",
        "if False:",
        taker.an_amount_that_the_file_has_not,
    ),
    Clamp(
        "6 later than the rule wants, by the core",
        otherwise._is_later,
        "return bool(ask.strategy) and _end(dates) > _end(value_dates(ask.terms))",
        "return False",
        taker.a_later_date_than_the_rule_wants,
    ),
    Clamp(
        "6 deal past the walk-away of its tenor, by the core",
        Ask.tighten,
        "self.walk_aways = {**self.walk_aways, tenor: self._stricter(worst, kept)}",
        "pass",
        taker.a_deal_past_the_walk_away_of_its_tenor,
    ),
)

ASKING = (
    Clamp(
        "7 bank without a line",
        asking_open._makers,
        "or _not_admitted(context.state, name)",
        "",
        taker.a_bank_without_a_line,
        also=((asking_open._number, "or _not_admitted(state, maker.maker)", ""),),
    ),
    Clamp(
        "7 bank whose line was cut meanwhile",
        asking_open._number,
        "or _not_admitted(state, maker.maker)",
        "",
        taker.a_bank_whose_line_was_cut,
    ),
    Clamp(
        "7 bank on the stop list",
        asking_open._number,
        "dealing_refusal(state, subject)",
        "None",
        taker.a_bank_on_the_stop_list,
    ),
    Clamp(
        "7 panel cap, by the core",
        asking_open._number,
        "if len(asked) + sum(maker.asked for maker in ask.makers) > most:",
        "if False:",
        taker.more_banks_than_the_cap,
    ),
    Clamp(
        "7 panel cap",
        panel.choose,
        "(due[: panel.cap] + best)[: max(size, min(panel.cap, len(due)))]",
        "(due + best)[: max(size, len(due))]",
        pure.more_than_the_panel,
    ),
    Clamp(
        "7 rotation",
        panel.choose,
        "if _overdue(learned, bank, panel) >= 0",
        "if False",
        pure.a_bank_that_starves,
    ),
    Clamp(
        "8 quote past its expiry",
        asking_take._may_take,
        "if not quote.valid_until_ns > state.now_ns + margin_ns:",
        "if False:",
        taker.a_quote_past_its_expiry,
    ),
    Clamp(
        "8 two deals of one ask",
        asking_take.take,
        "ask.advance(AskStep.TAKE)",
        "ask.stage = ask.stage",
        taker.two_deals_of_one_ask,
    ),
    Clamp(
        "8 the same need twice",
        asking_open._first_refusal,
        "if event.request in state.seen_asks:",
        "if False:",
        taker.the_same_need_twice,
    ),
    Clamp(
        "4.3 a person pauses a game",
        showing._may_leave,
        "(stop_refusal(state, subject_of(state, negotiation)) if negotiation.game else None)",
        "None",
        maker.quoted_by_a_stopped_game,
    ),
    Clamp(
        "4.3 a person takes over",
        asking_wishes._take_over,
        "if ask.game:",
        "if False:",
        taker.a_game_that_goes_on_after_a_person_took_over,
    ),
)

CLAMPS = (*QUOTING, *HEDGING, *NEGOTIATING, *ASKING)
