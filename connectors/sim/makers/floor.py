"""Who says what and when, between the robot and the makers. Pure, in virtual time.

What the robot says comes in by `say`; what is due later happens in `act`. Both return what is said.
Chance comes from the seed and the request's id, so that one request does not change what happens to
another. Only the venue's clock counts: a take is in time when it came before the quote's end.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import count
from random import Random
from typing import NamedTuple

from connectors.sim.log import Log
from connectors.sim.makers.haggling import Haggling, fresh_price
from connectors.sim.makers.prices import unit_of
from connectors.sim.makers.rows import MakerDeal, MakerQuote, TakeLife
from connectors.sim.makers.styles import Style
from connectors.sim.makers.takes import Takes
from connectors.sim.makers.talk import Talk, ask_row, price_on, quote_row, take_row
from connectors.sim.makers.words import (
    EXCEEDS_LIMIT,
    NO_MARKET,
    NOT_AVAILABLE,
    PASSED,
    TOO_LATE,
    UNKNOWN_ID,
    UNKNOWN_SYMBOL,
    CannotOut,
    CounterIn,
    MakerOut,
    MakerWord,
    PassIn,
    PullOut,
    QuoteOut,
    RefuseOut,
    RequestIn,
    StatusIn,
    TakeIn,
)
from connectors.sim.model import NS_PER_MS, Instrument, MarketBook, Moment
from connectors.sim.products import Product

Action = Callable[[Moment], list[MakerOut]]
_LATE_MS = (50, 500)  # after the request's end, of makers that are late
_PULL_MS = (50, 400)  # after the quote


@dataclass(frozen=True, slots=True)
class MakerSettings:
    """Which makers there are, and what is dealt at each venue."""

    makers: Mapping[str, Style]
    dealt: Mapping[str, frozenset[Instrument]]  # by venue: product and pair, or currency
    id_prefix: str = ""
    seed: str = "1"


class _Due(NamedTuple):
    at_ns: int
    number: int
    talk: Talk | None
    action: Action


class MakerFloor:
    """All makers of all venues. One thread owns it."""

    def __init__(
        self,
        settings: MakerSettings,
        book: MarketBook,
        log: Log,
        known: Iterable[TakeLife] = (),
        deals: Iterable[MakerDeal] = (),
    ) -> None:
        """`known` and `deals` are of earlier runs."""
        self._settings = settings
        self._book = book
        self._log = log
        self._talks: dict[tuple[str, str], Talk] = {}
        self._open: dict[str, dict[str, Talk]] = {}
        self._quotes: dict[tuple[str, str], tuple[Talk, MakerQuote]] = {}
        self._takes = Takes(log, settings.id_prefix, known, deals)
        self._haggling = Haggling(book, log)
        self._due: list[_Due] = []
        self._number = count()
        self._quote_no = 0
        self._shut: dict[str, str] = {}  # venues that do not trade, and why

    # What the engine asks

    def next_due_ns(self) -> int | None:
        """When something happens next by itself; None when nothing will."""
        return self._due[0].at_ns if self._due else None

    def has_open(self, venue: str) -> bool:
        """Whether the robot may have something to say to a maker there."""
        return bool(self._open.get(venue)) or self._takes.waits(venue)

    def waits(self) -> bool:
        """Whether a take has no answer yet."""
        return self._takes.waits(None)

    def knows_take(self, venue: str, order_id: str | None) -> bool:
        """Whether an order id (11) is a take's."""
        return order_id is not None and self._takes.known(venue, order_id) is not None

    def quote_end(self, venue: str, quote_id: str) -> str | None:
        """How a quote ended, `live` while it has not; None when there is none of that id."""
        found = self._quotes.get((venue, quote_id))
        return None if found is None else found[1].end

    # What happens to the venue

    def act(self, now: Moment) -> list[MakerOut]:
        """Everything that is due by now."""
        outs: list[MakerOut] = []
        while self._due and self._due[0].at_ns <= now.at_ns:
            due = heapq.heappop(self._due)
            if due.talk is None or due.talk.open:
                outs += due.action(now)
        return outs

    def open_venue(self, venue: str) -> None:
        """The robot is logged on and the venue trades."""
        self._shut.pop(venue, None)

    def close_venue(self, venue: str, reason: str, now: Moment) -> None:
        """Halted, or the robot has logged out: nothing quoted there can be dealt on any more."""
        if reason != "logout":
            self._shut[venue] = reason.upper()
        for talk in list(self._open.get(venue, {}).values()):
            self._end(talk, reason, now)
        for talk, quote in list(self._quotes.values()):
            if talk.ask.venue == venue and quote.end == "live":
                self._close(quote, reason, now)

    def finish(self, now: Moment) -> list[MakerOut]:
        """The run is over: takes on their way are answered at once."""
        for venue in self._settings.dealt:
            self._shut[venue] = "CLOSED"
        takes = [due for due in sorted(self._due) if due.talk is None]
        self._due.clear()
        outs = [out for due in takes for out in due.action(now)]
        for talks in list(self._open.values()):
            for talk in list(talks.values()):
                self._end(talk, "finished", now)
        return outs

    # What the robot says

    def say(self, venue: str, word: MakerWord, now: Moment) -> list[MakerOut]:
        """One message of the robot."""
        match word:
            case RequestIn():
                return self._on_request(venue, word, now)
            case TakeIn():
                return self._on_take(venue, word, now)
            case PassIn():
                return self._on_pass(venue, word, now)
            case CounterIn():
                return self._on_counter(venue, word, now)
            case StatusIn():
                return self._takes.status(venue, word.order_id, now)

    def _on_request(self, venue: str, word: RequestIn, now: Moment) -> list[MakerOut]:
        if (venue, word.request_id) in self._talks:
            self._log.anomaly(venue, "request_id_used_before", word.request_id, str(word), now)
            return []
        self._log.statistics.asks += 1
        maker = word.maker or venue
        style = self._settings.makers.get(maker)
        ask = ask_row(venue, word, maker, style, now)
        chance = Random(f"{self._settings.seed}/ask/{venue}/{word.request_id}")
        talk = Talk(ask, style or Style("nobody"), chance)
        self._talks[(venue, word.request_id)] = talk
        if venue in self._shut:
            return self._cannot(talk, NOT_AVAILABLE, self._shut[venue], now)
        if style is None:
            return self._cannot(talk, UNKNOWN_ID, f"UNKNOWN_MAKER {maker}", now)
        self._open.setdefault(venue, {})[word.request_id] = talk
        self._log.put(ask)
        return self._plan_answer(talk, now)

    def _cannot(self, talk: Talk, code: str, text: str, now: Moment) -> list[MakerOut]:
        self._refused(talk, code, text, now)
        return [CannotOut(talk.ask)]

    def _refused(self, talk: Talk, code: str, text: str, now: Moment) -> None:
        ask = talk.ask
        ask.outcome, ask.code, ask.text, ask.answered_at_ns = "refused", code, text, now.at_ns
        self._end(talk, "refused", now)

    def _plan_answer(self, talk: Talk, now: Moment) -> list[MakerOut]:
        ask, style = talk.ask, talk.style
        until_ns = ask.open_until_ns
        if until_ns is not None and not style.late:
            self._at(until_ns, talk, lambda at: self._run_out(talk, at))
        if style.silent:
            ask.outcome = "silent"
            self._log.put(ask)
            return []
        if style.late and until_ns is not None:
            self._at(until_ns + talk.draw_ns(_LATE_MS), talk, lambda at: self._answer(talk, at))
            return []
        self._at(now.at_ns + talk.draw_ns(style.answer_ms), talk, lambda at: self._answer(talk, at))
        return []

    def _at(self, at_ns: int, talk: Talk | None, action: Action) -> None:
        heapq.heappush(self._due, _Due(at_ns, next(self._number), talk, action))

    def _answer(self, talk: Talk, now: Moment) -> list[MakerOut]:
        """The first answer: a refusal or a quote."""
        wrong = self._why_not(talk, now)
        if wrong is not None:
            self._refused(talk, *wrong, now)
            return [RefuseOut(talk.ask)]
        outs = self._quote(talk, Decimal(talk.style.margin), now)
        for number in range(talk.style.requotes):
            margin = Decimal(talk.style.margin + (number + 1) * talk.style.fade)
            self._plan_requote(talk, margin, (number + 1), now)
        return outs

    def _plan_requote(self, talk: Talk, margin: Decimal, place: int, now: Moment) -> None:
        at_ns = now.at_ns + place * talk.draw_ns(talk.style.requote_ms)
        self._at(at_ns, talk, lambda at: self._quote(talk, margin, at))

    def _why_not(self, talk: Talk, now: Moment) -> tuple[str, str] | None:
        """658 and text, when the maker does not quote."""
        ask, style = talk.ask, talk.style
        dealt = self._settings.dealt.get(ask.venue, frozenset())
        if Instrument(ask.product, ask.pair) not in dealt:
            return UNKNOWN_SYMBOL, f"UNKNOWN_SYMBOL {ask.product} {ask.pair}"
        if ask.open_until_ns is not None and now.at_ns > ask.open_until_ns and not style.late:
            return TOO_LATE, "TOO_LATE"
        if style.max_amount and ask.size > style.max_amount:
            return EXCEEDS_LIMIT, f"EXCEEDS_LIMIT {style.max_amount}"
        if talk.chance.random() < style.refuses:
            return PASSED, "PASS"
        if fresh_price(self._book, talk, Decimal(style.margin), now) is None:
            return NO_MARKET, "NO_MARKET"
        return None

    def _quote(self, talk: Talk, margin: Decimal, now: Moment) -> list[MakerOut]:
        """A quote, which replaces the one before."""
        price = fresh_price(self._book, talk, margin, now)
        if price is None or talk.ask.venue in self._shut:
            return []
        quote = quote_row(talk, self._next_quote_id(talk), price, self._end_ns(talk, now), now)
        return self._show(talk, quote, now)

    def _next_quote_id(self, talk: Talk) -> str:
        self._quote_no += 1
        return f"{talk.ask.venue}-S{self._settings.id_prefix}{self._quote_no:06d}"

    def _end_ns(self, talk: Talk, now: Moment) -> int:
        """A quote ends with its request, but for that of a maker who is late anyway."""
        end_ns = now.at_ns + talk.style.life_ms * NS_PER_MS
        until_ns = talk.ask.open_until_ns
        return end_ns if until_ns is None or talk.style.late else min(end_ns, until_ns)

    def _show(self, talk: Talk, quote: MakerQuote, now: Moment) -> list[MakerOut]:
        former = talk.latest
        if former is not None and former.end == "live":
            self._close(former, "replaced", now)
        ask = talk.ask
        talk.quotes.append(quote)
        self._quotes[(ask.venue, quote.quote_id)] = (talk, quote)
        ask.outcome, ask.quotes = "quoted", ask.quotes + 1
        ask.answered_at_ns = ask.answered_at_ns or now.at_ns
        self._log.statistics.maker_quotes += 1
        self._log.put(ask)
        self._log.put(quote)
        self._at(quote.valid_until_ns + 1, None, lambda at: self._expire(talk, quote, at))
        if talk.chance.random() < talk.style.withdraws:
            at_ns = now.at_ns + talk.draw_ns(_PULL_MS)
            self._at(at_ns, talk, lambda at: self._pull(talk, quote, at))
        return [QuoteOut(quote, ask.party)]

    def _pull(self, talk: Talk, quote: MakerQuote, now: Moment) -> list[MakerOut]:
        """Z: the quote is taken back, and with it the request."""
        if quote.end != "live":
            return []
        self._close(quote, "withdrawn", now)
        self._end(talk, "withdrawn", now)
        return [PullOut(quote)]

    def _expire(self, talk: Talk, quote: MakerQuote, now: Moment) -> list[MakerOut]:
        if quote.end == "live":
            self._close(quote, "expired", now)
            if quote is talk.latest and talk.style.requotes < talk.ask.quotes:
                self._end(talk, "expired", now)
        return []

    def _run_out(self, talk: Talk, now: Moment) -> list[MakerOut]:
        self._end(talk, "expired", now)
        return []

    def _close(self, quote: MakerQuote, end: str, now: Moment) -> None:
        quote.end, quote.ended_at_ns = end, now.at_ns
        self._log.put(quote)

    def _end(self, talk: Talk, reason: str, now: Moment) -> None:
        """The maker says nothing more; what it has quoted stands to its own end."""
        ask = talk.ask
        if ask.ended_at_ns is None:
            ask.ended_at_ns, ask.end_reason = now.at_ns, reason
            self._log.put(ask)
        self._open.get(ask.venue, {}).pop(ask.request_id, None)

    # Takes, passes, counters

    def _on_take(self, venue: str, word: TakeIn, now: Moment) -> list[MakerOut]:
        former = self._takes.known(venue, word.order_id)
        if former is not None:
            return self._takes.again(former)
        found = self._quotes.get((venue, word.quote_id))
        quote = None if found is None else found[1]
        take = take_row(self._log.next_number(TakeLife), venue, word, quote, now)
        self._takes.add(take)
        hold = self._hold_ns(found, word)
        self._at(now.at_ns + hold, None, lambda at: self._decide(take, word, at))
        return []

    def _hold_ns(self, found: tuple[Talk, MakerQuote] | None, word: TakeIn) -> int:
        chance = Random(f"{self._settings.seed}/take/{word.order_id}")
        between = Style("").hold_ms if found is None else found[0].style.hold_ms
        return int(chance.uniform(*between) * NS_PER_MS)

    def _decide(self, take: TakeLife, word: TakeIn, now: Moment) -> list[MakerOut]:
        """The maker's last word on a take."""
        found = self._quotes.get((take.venue, take.quote_id))
        shut = self._shut.get(take.venue)
        if shut is not None:
            return self._takes.reject(take, "2", shut, now)
        if found is None:
            return self._takes.not_there(take, None, "UNKNOWN_QUOTE", now)
        talk, quote = found
        wrong = self._takes.wrong_with(take, word, quote)
        if wrong is not None:
            return self._takes.not_there(take, quote, wrong, now)
        if talk.chance.random() < talk.style.races:
            pulled = self._pull(talk, quote, now)
            return [*pulled, *self._takes.not_there(take, quote, "WITHDRAWN", now)]
        if self._moved_against(talk, take, quote, now):
            self._close(quote, "refused", now)
            self._end(talk, "refused", now)
            return self._takes.reject(take, "99", "LAST_LOOK", now)
        self._close(quote, "used", now)
        self._end(talk, "dealt", now)
        withheld = talk.chance.random() < talk.style.withholds
        return self._takes.fill(take, quote, talk.ask.party, now, withheld=withheld)

    def _moved_against(self, talk: Talk, take: TakeLife, quote: MakerQuote, now: Moment) -> bool:
        """Last look: whether the maker's price would now be worse for the taker by more than that.

        Notes how far the market has moved against the maker, whatever it decides.
        """
        price = fresh_price(self._book, talk, Decimal(talk.style.margin), now)
        quoted = price_on(quote, take.side)
        if price is None or quoted is None or quote.mid is None:
            return False
        at_offer = quoted == quote.offer
        moved = (price.mid - quote.mid) * (1 if at_offer else -1)
        take.against = moved / unit_of(quote.product, quote.pair)
        return 0 <= talk.style.tolerance < take.against

    def _on_pass(self, venue: str, word: PassIn, now: Moment) -> list[MakerOut]:
        found = self._quotes.get((venue, word.quote_id))
        self._log.event(venue, "in", "maker_passed", now, quote_id=word.quote_id)
        if found is not None:
            talk, quote = found
            if quote.end == "live":
                self._close(quote, "passed", now)
            self._end(talk, "passed", now)
        return []

    def _on_counter(self, venue: str, word: CounterIn, now: Moment) -> list[MakerOut]:
        found = self._quotes.get((venue, word.quote_id))
        row = self._haggling.note(venue, word, found[0].ask if found else None, now)
        if found is None:
            return self._haggling.refuse(row, "", "UNKNOWN_QUOTE", now, unknown=True)
        talk, quote = found
        at_ns = now.at_ns + talk.draw_ns(talk.style.answer_ms)

        def answer(at: Moment) -> list[MakerOut]:
            made = self._haggling.answer(row, word, talk, quote, at)
            if made.price is None:
                return self._leave(talk, quote, at) + made.outs if made.walks_away else made.outs
            better = quote_row(
                talk, self._next_quote_id(talk), made.price, self._end_ns(talk, at), at
            )
            self._haggling.met(row, better, word)
            return self._show(talk, better, at)

        self._at(at_ns, None, answer)
        return []

    def _leave(self, talk: Talk, quote: MakerQuote, now: Moment) -> list[MakerOut]:
        """The quote is gone with the maker, and perhaps it says so first."""
        told = talk.chance.random() < talk.style.pulls
        self._close(quote, "withdrawn" if told else "lost", now)
        self._end(talk, "walked_away", now)
        return [PullOut(quote)] if told else []


def dealt_at(
    products: Iterable[Product], pairs_of: Callable[[Product], Iterable[str]]
) -> frozenset[Instrument]:
    """What makers deal at a venue: all that its clients do."""
    return frozenset(
        Instrument(product, name) for product in products for name in pairs_of(product)
    )
