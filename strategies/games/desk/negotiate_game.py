"""A negotiation of one price, played as maker: the trader's terms at the market of this moment, the
talk as it was (`strategies.games.bargaining`), and what comes of it as a decision.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.bargaining import AskFacts, Said
from robot.basics.numbers import ZERO, round_down_to, round_up_to
from robot.deals.party import BUY
from robot.strategy import NOT_MINE, Decision, Facts
from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.terms import Dialogue, Move, MoveKind, Offer, Style, Terms
from strategies.games.desk.applying import better_of, indexes_of, price_of, unit_of
from strategies.games.desk.telling import with_beside
from strategies.games.desk.terms import Game, Pace, Stop
from strategies.games.desk.words import FAVOUR, Distance

_MILLISECOND_NS = 1_000_000
_SECOND_NS = 1_000_000_000


class NegotiateGame:
    """Made once of its file."""

    def __init__(self, game: Game) -> None:
        assert game.terms is not None, "a game of this kind has terms"
        self._game, self._terms = game, game.terms
        self.fixings = indexes_of((game.terms.walk_away, game.terms.aim, game.terms.open_at))
        """Benchmarks that the core has to tell."""

    def decide(self, facts: Facts) -> Decision:
        """A price for the side asked; of a two-way request both, where terms are distances."""
        if facts.talk is None and self.is_over(facts.clock_s):
            return Decision(passed="TOO_LATE", because=("the time of day to end is past",))
        better = better_of(facts)
        if not better:
            return self._two_way(facts)
        terms = self.terms_at(facts, better)
        if isinstance(terms, str):
            return Decision(passed="NO_LEVEL", because=(terms,))
        if facts.talk is None:
            because = (_told(terms), f"we open at {terms.open_at}")
            return _decision(facts, terms.open_at, terms, because)
        talk, pace = facts.talk, self._game.pace
        answers = min(talk.answers_left, pace.messages - ours_of(talk.said))
        terms = bounded(
            terms,
            by_ns=self.ends_ns(talk.said[0].at_ns, talk.now_ns, facts.clock_s, talk.until_ns),
            messages=len(talk.said) + 2 * answers,
            no_zone_ns=no_zone_ns(self._game.stop, talk.said[0].at_ns, talk.now_ns, facts.clock_s),
        )
        dialogue = dialogue_of(talk.said, talk.now_ns)
        move = negotiate(dialogue, terms)
        return _as_decision(facts, terms, move, with_beside(dialogue, terms, move))

    def terms_at(self, facts: Facts | AskFacts, better: int) -> Terms | str:
        """The trader's terms in prices of this moment; text = why there are none."""
        written, pace = self._terms, self._game.pace
        found = [price_of(level, facts, better) for level in (written.walk_away, written.aim)]
        found.append(price_of(written.open_at, facts, better))
        for one in found:
            if isinstance(one, str):
                return one
        walk_away, aim, open_at = (
            to_our_favour(one, facts.tick, better) for one in found if isinstance(one, Decimal)
        )
        aim = _better(aim, walk_away, better)
        accept = self._game.accept
        return Terms(
            higher_is_better=better > 0,
            walk_away=walk_away,
            aim=aim,
            open_at=_better(open_at, aim, better),
            tick=facts.tick,
            style=Style(pace.style),
            smallest_step=_size(pace.step, facts),
            most_per_step=_most(pace, facts),
            take_at_aim=accept.at_aim,
            take_better_than_next=accept.better_than_next,
            take_at_end=accept.last_minute,
        )

    def ends_ns(self, begun_ns: int, now_ns: int, clock_s: int | None, until_ns: int) -> int:
        """From here on nothing is said: the talk's own end, the pace's, or the time of day."""
        pace = self._game.pace
        until_ns = min(until_ns, begun_ns + pace.within_ms * _MILLISECOND_NS)
        if pace.by_s is None:
            return until_ns
        if clock_s is None:
            return now_ns  # nobody knows the time: it may be too late
        return min(until_ns, now_ns + (pace.by_s - clock_s) * _SECOND_NS)

    def is_over(self, clock_s: int | None) -> bool:
        """Whether the time of day from which on nothing is said has come, or may have."""
        by_s = self._game.pace.by_s
        return by_s is not None and (clock_s is None or clock_s >= by_s)

    def _two_way(self, facts: Facts) -> Decision:
        if self._terms.open_at.anchor != FAVOUR:
            text = "two-way: the levels of this game are of one side"
            return Decision(passed=NOT_MINE, because=(text,))
        bid, offer = self.terms_at(facts, -1), self.terms_at(facts, 1)
        if isinstance(bid, str) or isinstance(offer, str):
            return Decision(passed="NO_LEVEL", because=(str(bid), str(offer)))
        offset = self._terms.open_at.offset
        return Decision(
            bid=bid.open_at,
            offer=offer.open_at,
            walk_aways=(bid.walk_away, offer.walk_away),
            because=(
                _told(bid, offer),
                f"we open two-way, {offset} from mid {facts.mid}",
            ),
        )


def no_zone_ns(stop: Stop, begun_ns: int, now_ns: int, clock_s: int | None) -> int | None:
    """From here on a talk without a zone is left; None = never. Where nobody knows the time of day
    it may be late already.
    """
    ends = [begun_ns + stop.no_zone_after_ms * _MILLISECOND_NS] if stop.no_zone_after_ms else []
    if stop.no_zone_by_s is not None:
        left_s = stop.no_zone_by_s - clock_s if clock_s is not None else 0
        ends.append(now_ns + left_s * _SECOND_NS)
    return min(ends, default=None)


def dialogue_of(said: tuple[Said, ...], now_ns: int) -> Dialogue:
    """What was said, as the mathematics reads it."""
    offers = (Offer(ours=one.ours, price=one.price, at_ns=one.at_ns) for one in said)
    return Dialogue(offers=tuple(offers), now_ns=now_ns)


def ours_of(said: tuple[Said, ...]) -> int:
    """Prices of ours in it."""
    return sum(one.ours for one in said)


def bounded(terms: Terms, *, by_ns: int, messages: int, no_zone_ns: int | None) -> Terms:
    """Terms of a talk that ends."""
    return msgspec.structs.replace(terms, by_ns=by_ns, messages_max=messages, no_zone_ns=no_zone_ns)


def _as_decision(facts: Facts, terms: Terms, move: Move, reasons: tuple[str, ...]) -> Decision:
    because = (_told(terms), *reasons)
    if move.kind in (MoveKind.OFFER, MoveKind.ACCEPT) and move.price is not None:
        return _decision(facts, move.price, terms, because)
    passed = "WALKED_AWAY" if move.kind is MoveKind.WALK_AWAY else "WAIT"
    return Decision(passed=passed, because=because, walk_away=terms.walk_away)


def _decision(facts: Facts, price: Decimal, terms: Terms, because: tuple[str, ...]) -> Decision:
    bid = facts.side is BUY
    return Decision(
        bid=price if bid else None,
        offer=None if bid else price,
        walk_away=terms.walk_away,
        because=because,
    )


def _told(terms: Terms, offer: Terms | None = None) -> str:
    """The levels in prices; of a two-way price those of both sides."""
    rows = (("walk-away", "walk_away"), ("aim", "aim"), ("open at", "open_at"))
    sides = (terms, offer) if offer is not None else (terms,)
    levels = (f"{word} {'/'.join(str(getattr(one, name)) for one in sides)}" for word, name in rows)
    return f"{', '.join(levels)}; {terms.style}"


def to_our_favour(price: Decimal, tick: Decimal, better: int) -> Decimal:
    """On the tick; `better` +1 = a higher price is better for us."""
    return round_up_to(price, tick) if better > 0 else round_down_to(price, tick)


def _better(price: Decimal, other: Decimal, better: int) -> Decimal:
    """The one of the two that is better for us."""
    return max(price, other) if better > 0 else min(price, other)


def _size(far: Distance | None, facts: Facts | AskFacts) -> Decimal:
    return far.size * unit_of(far, facts) if far is not None else ZERO


def _most(pace: Pace, facts: Facts | AskFacts) -> Decimal | None:
    if pace.most is None:
        return None
    return max(_size(pace.most, facts), _size(pace.step, facts))
