"""A negotiation played as taker: whom we ask, what we say to the best of them, when we deal.

One bank is talked to at a time, the one whose price is best; the others' prices are what we can do
instead, so nothing worse than the next best is given away for it. A bank that refuses a price of
ours says its own again: its quote stands.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.bargaining import AskFacts, AskMove, MakerSeen
from strategies.games.asking.search import Step
from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.terms import Dialogue, Move, MoveKind, Offer, Terms
from strategies.games.desk.asking_on import AskingOn
from strategies.games.desk.negotiate_game import (
    NegotiateGame,
    bounded,
    dialogue_of,
    no_zone_ns,
    to_our_favour,
)
from strategies.games.desk.package_talk import PackageTalk
from strategies.games.desk.telling import (
    at_ask_amount,
    on_tick,
    package_reasons,
    told_beside,
    with_beside,
)
from strategies.games.desk.terms import Game, Panel
from strategies.games.desk.whom import Whom

_MILLISECOND_NS = 1_000_000


class AskGame:
    """Made once of its file."""

    def __init__(self, game: Game, talks: NegotiateGame) -> None:
        self._game, self._talks = game, talks
        panel = game.panel or Panel()
        self._panel, self._whom = panel, Whom(panel, game.learned)
        self._asking_on = AskingOn(panel, game.learned)
        package = game.package
        self._package = PackageTalk(game, package, self._walk_away) if package is not None else None

    def choose(self, facts: AskFacts) -> AskMove:
        """Whom to ask first."""
        terms = self._terms(facts)
        if isinstance(terms, str):
            return AskMove(end=True, because=(terms,))
        if self._talks.is_over(facts.clock_s):
            return AskMove(end=True, because=("the time of day to end is past",))
        names, why = self._whom.next(facts, self._panel.banks)
        if not names:
            return AskMove(end=True, because=("nobody whom the game may ask is there",))
        because = (_told(terms), f"asks {', '.join(names)}", *why)
        return AskMove(ask=names, walk_away=terms.walk_away, because=because)

    def bargain(self, facts: AskFacts) -> AskMove:
        """What to do now, with the walk-away of this moment."""
        terms = self._terms(facts)
        if isinstance(terms, str):
            return AskMove(end=True, because=(terms,))
        if self._ends_ns(facts) <= facts.now_ns:
            return AskMove(end=True, because=(_told(terms), "the time for this talk is over"))
        move = self._move(facts, terms)
        tenor = _tenor_of(move, facts)
        dealt = self._terms(_in_market_of(facts, tenor)) if tenor else terms
        because = (_told(terms if isinstance(dealt, str) else dealt), *move.because)
        walk_aways = self._package.worths(facts).walk_aways if self._package is not None else {}
        return msgspec.structs.replace(
            move,
            walk_away=terms.walk_away,
            walk_aways={name: worst for name, worst in walk_aways.items() if name},
            because=because,
        )

    def _move(self, facts: AskFacts, terms: Terms) -> AskMove:
        live = self._ranked(facts)
        if not live:
            return self._ask_on(facts, "no quote stands that we may deal on")
        if self._package is not None:
            return self._package_move(facts, live, terms, self._package)
        best = live[0]
        assert best.price is not None, "a quote that stands has a price"
        second = next((one for one in live[1:] if one.price is not None), None)
        dialogue = _dialogue(best, facts)
        dialogue = msgspec.structs.replace(dialogue, offers=on_tick(dialogue.offers, terms))
        bounds = self._bounded(facts, terms, best, second.price if second is not None else None)
        said = negotiate(dialogue, bounds)
        because = (
            f"{best.maker}: {best.price}, the best of {len(live)}",
            *_kept_by(second, best, terms, bounds),
            *with_beside(dialogue, bounds, said),
        )
        if said.kind is MoveKind.ACCEPT or _meets(said, best.price, facts.better):
            return self._take_or_ask_on(facts, terms, live, because)
        if said.kind is MoveKind.OFFER:
            return AskMove(counter=best.quote_id, price=said.price, because=because)
        if _is_no_worse(best.price, terms.walk_away, facts.better) and self._takes_at_end:
            because = (*because, "it is inside the walk-away")
            return self._take_or_ask_on(facts, terms, live, because)
        return self._ask_on(facts, *because, self._not_taken(best.price, terms, facts.better))

    def _package_move(
        self, facts: AskFacts, live: list[MakerSeen], terms: Terms, package: PackageTalk
    ) -> AskMove:
        """The same of rate and amount: quotes are weighed against asking on by their worth."""
        found = package.move(facts, live, terms, self._ends_ns(facts))
        if found is None:
            return self._ask_on(facts, "nothing more to say to the best bank")
        because = self._package_told(facts, terms, package, found)
        found = msgspec.structs.replace(found, because=because)
        if not found.take:
            return found
        worth = [package.at_its_worth(one, facts) for one in live]
        worth.sort(key=lambda one: one.quote_id != found.take)
        return self._take_or_ask_on(facts, terms, worth, found.because)

    def _package_told(
        self, facts: AskFacts, terms: Terms, package: PackageTalk, found: AskMove
    ) -> tuple[str, ...]:
        """The reasons in prices: their limit is told as a price for the amount of the ask."""
        spoken = found.take or found.counter
        whom = {one.maker for one in facts.makers if spoken and one.quote_id == spoken}
        whom |= {*found.ask}
        talk = [one for one in facts.makers if one.maker in whom and one.said]
        offers = at_ask_amount(talk, facts, package.at_its_worth)
        most = min(facts.answers_left, self._game.pace.messages)
        words = max(0, most - sum(one.counters for one in talk))
        alike = bounded(
            terms,
            by_ns=self._ends_ns(facts),
            messages=len(offers) + 2 * words + 1,
            no_zone_ns=None,
        )
        reasons = package_reasons(found.because, package.unit)
        beside = told_beside(Dialogue(offers, facts.now_ns), alike, reasons)
        return (*beside, *reasons)

    def _not_taken(self, price: Decimal, terms: Terms, better: int) -> str:
        """Why their price is left."""
        if _is_no_worse(price, terms.walk_away, better):
            return f"their {price} is not taken: the file takes nothing in the last minute"
        return f"their {price} is past the walk-away {terms.walk_away}"

    @property
    def _takes_at_end(self) -> bool:
        return self._game.accept.last_minute

    def _walk_away(self, facts: AskFacts, tenor: str) -> Decimal:
        """Of one of the tenors that may be asked for, in the market of that tenor; empty = of the
        ask's own. The levels are there: those of the ask's own are.
        """
        terms = self._terms(_in_market_of(facts, tenor))
        assert not isinstance(terms, str), terms
        return terms.walk_away

    def _terms(self, facts: AskFacts) -> Terms | str:
        """The trader's terms, none of them past the limit of the ask."""
        terms = self._talks.terms_at(facts, facts.better)
        if isinstance(terms, str) or facts.limit is None:
            return terms
        return _no_worse_than(terms, facts.limit, facts.better)

    def _bounded(
        self, facts: AskFacts, terms: Terms, best: MakerSeen, instead: Decimal | None
    ) -> Terms:
        """The terms of this talk: how many words are left, until when, what we can do instead."""
        if instead is not None and _is_no_worse(instead, terms.walk_away, facts.better):
            terms = _no_worse_than(terms, instead, facts.better)
        most = min(facts.answers_left, self._game.pace.messages)
        words = max(0, most - best.counters)
        until_ns = self._ends_ns(facts)
        left_ns = min(best.valid_until_ns, until_ns) - facts.now_ns
        if left_ns <= facts.patience_ms * _MILLISECOND_NS:
            words = 0  # its answer would come when the quote, or the talk, is over
        return bounded(
            terms,
            by_ns=until_ns,
            messages=len(_dialogue(best, facts).offers) + 2 * words + 1,
            no_zone_ns=no_zone_ns(self._game.stop, facts.begun_ns, facts.now_ns, facts.clock_s),
        )

    def _ranked(self, facts: AskFacts) -> list[MakerSeen]:
        known = self._package.worths(facts).walk_aways if self._package is not None else ("",)
        live = [
            one
            for one in facts.makers
            if one.price is not None and not one.refused and one.tenor in known
        ]
        return sorted(live, key=lambda one: -facts.better * (one.price or Decimal(0)))

    def _take_or_ask_on(
        self, facts: AskFacts, terms: Terms, live: list[MakerSeen], because: tuple[str, ...]
    ) -> AskMove:
        """Deal on the best price in hand, unless one more bank is worth more than asking it costs.
        A price at the aim is dealt on at once.
        """
        best = live[0]
        assert best.price is not None, "a quote that stands has a price"
        if not _is_no_worse(best.price, terms.aim, facts.better) or not self._game.accept.at_aim:
            by_ns = self._ends_ns(facts)
            left = self._whom.left(facts)
            found = self._asking_on.step(facts, live, terms.walk_away, left, by_ns)
            if found is not None:
                because = (*because, *found[1])
                if found[0].step is Step.ASK_ON:
                    names, why = self._whom.next(facts, 1)
                    told = (*because, f"asks {', '.join(names)} too", *why)
                    return AskMove(ask=names, because=told)
        return AskMove(take=best.quote_id, because=because)

    def _ask_on(self, facts: AskFacts, *because: str) -> AskMove:
        """Further banks, as far as the game may ask them; else it walks away."""
        names, why = self._whom.next(facts, self._panel.banks)
        if names:
            return AskMove(ask=names, because=(*because, f"asks {', '.join(names)} too", *why))
        open_ = [one for one in facts.makers if one.asked and not one.closed and one.price is None]
        if open_ and facts.now_ns < facts.begun_ns + facts.patience_ms * _MILLISECOND_NS:
            return AskMove(wait_ms=facts.patience_ms, because=(*because, "others may still quote"))
        return AskMove(end=True, because=(*because, "nothing more to try"))

    def _ends_ns(self, facts: AskFacts) -> int:
        """From here on nothing is said."""
        return self._talks.ends_ns(facts.begun_ns, facts.now_ns, facts.clock_s, facts.open_until_ns)


def _in_market_of(facts: AskFacts, tenor: str) -> AskFacts:
    """The same with the market of another tenor; empty = of the ask's own."""
    one = next((one for one in facts.tenors if one.tenor == tenor), None)
    if one is None:
        return facts
    return msgspec.structs.replace(facts, bid=one.bid, offer=one.offer, mid=one.mid)


def _tenor_of(move: AskMove, facts: AskFacts) -> str:
    """Which a move is about; empty = the ask's own."""
    about = move.take or move.counter
    named = (one.tenor for one in facts.makers if about and one.quote_id == about)
    return move.tenor or next(named, "")


def _dialogue(best: MakerSeen, facts: AskFacts) -> Dialogue:
    """The talk with a bank; where the last word was ours its quote stands, which says it again."""
    dialogue = dialogue_of(best.said, facts.now_ns)
    last = dialogue.offers[-1] if dialogue.offers else None
    if best.price is None or (last is not None and not last.ours):
        return dialogue
    again = Offer(ours=False, price=best.price, at_ns=facts.now_ns)
    return msgspec.structs.replace(dialogue, offers=(*dialogue.offers, again))


def _no_worse_than(terms: Terms, price: Decimal, better: int) -> Terms:
    """Terms whose walk-away, and so what is before it, is no worse for us than a price; one between
    two ticks is the tick to our favour.
    """
    best = max if better > 0 else min
    price = to_our_favour(price, terms.tick, better)
    walk_away = best(terms.walk_away, price)
    aim = best(terms.aim, walk_away)
    return msgspec.structs.replace(
        terms, walk_away=walk_away, aim=aim, open_at=best(terms.open_at, aim)
    )


def _kept_by(
    second: MakerSeen | None, best: MakerSeen, terms: Terms, bounds: Terms
) -> tuple[str, ...]:
    """That nothing worse than the second best price is given away."""
    if second is None or bounds.walk_away == terms.walk_away:
        return ()
    whose = f"{second.maker}'s" if second.maker != best.maker else f"its own at {second.venue}"
    return (f"walk-away {terms.walk_away} became {second.price}: {whose} can be dealt on",)


def _meets(said: Move, theirs: Decimal, better: int) -> bool:
    """Whether what we would ask for is no better for us than what they offer already."""
    return (
        said.kind is MoveKind.OFFER
        and said.price is not None
        and _is_no_worse(theirs, said.price, better)
    )


def _is_no_worse(price: Decimal, than: Decimal, better: int) -> bool:
    """For us."""
    return better * (price - than) >= 0


def _told(terms: Terms) -> str:
    return f"walk-away {terms.walk_away}, aim {terms.aim}, open at {terms.open_at}; {terms.style}"
