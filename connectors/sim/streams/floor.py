"""What becomes of each streamed entry: taken, replaced by its set, hit, withdrawn, expired.

An entry is a quote like those on requests: it has the same row, is hit in the same way and the
robot's report on the hit is judged by the same rules. Its request is the set's id. Pure, in virtual
time, with a `Random` of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import count
from random import Random
from typing import NamedTuple

from connectors.sim.clients import Behaviour
from connectors.sim.curves import middle_of
from connectors.sim.dialogue import HitOut, QuoteIn, WithdrawalIn
from connectors.sim.log import Log
from connectors.sim.model import NS_PER_MS, NS_PER_SECOND, Instrument, MarketBook, Moment, pip_of
from connectors.sim.quotes import quote_life, terms_of_quote, wrong_parts
from connectors.sim.rows import HitLife, MassQuoteLife, QuoteLife, StatusAsked
from connectors.sim.streams.words import (
    ACCEPTED,
    CLOSED,
    DUPLICATE,
    EXPIRED,
    NOT_FOUND,
    OTHER,
    PRICE,
    REJECTED,
    REMOVED,
    SPREAD,
    TOO_LATE,
    UNKNOWN_SYMBOL,
    EntryIn,
    MassIn,
    MassOut,
    StatusAnswerIn,
    StatusAskOut,
    StatusIn,
    StatusOut,
    StreamOut,
    StreamWord,
)

Action = Callable[[Moment], list[StreamOut]]
STREAM_MISCHIEFS = ("reject", "silence", "late_hit", "misbehave", "status")
_STATUS = {
    "live": ACCEPTED,
    "used": REMOVED,
    "replaced": REMOVED,
    "withdrawn": REMOVED,
    "expired": EXPIRED,
    "rejected": REJECTED,
}
_BENT = (
    Behaviour.HIT_REPLACED,
    Behaviour.LATE_HIT,
    Behaviour.WRONG_SIZE,
    Behaviour.BETTER_PRICE,
    Behaviour.DOUBLE_HIT,
)
_MARGIN_NS = 100 * NS_PER_MS  # an honest client does not hit what ends sooner
_KEPT_MAX = 20_000


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """Who hits streamed quotes how often, and what the venue does wrong (shares by name)."""

    dealt: Mapping[str, frozenset[Instrument]]
    hits_per_second: float = 0.0
    mischief: Mapping[str, float] | None = None
    client: str | None = None  # who hits what names nobody; None = the venue itself
    id_prefix: str = ""
    seed: str = "1"

    def share(self, name: str) -> float:
        """How often a mischief is done."""
        return (self.mischief or {}).get(name, 0.0)


class _Due(NamedTuple):
    at_ns: int
    number: int
    action: Action


class StreamFloor:
    """Streamed quotes of all venues. `adopt` is told of every hit that is sent."""

    def __init__(
        self,
        settings: StreamSettings,
        book: MarketBook,
        log: Log,
        next_hit_number: Callable[[], int],
        adopt: Callable[[HitLife], None],
    ) -> None:
        self._settings = settings
        self._book = book
        self._log = log
        self._next_hit_number = next_hit_number
        self._adopt = adopt
        self._chance = Random(f"{settings.seed}/streams")
        self._quotes: dict[tuple[str, str], QuoteLife] = {}
        self._sets: dict[tuple[str, str, str, str | None], list[QuoteLife]] = {}
        self._mass_of: dict[tuple[str, str], set[str]] = {}
        self._mass_ids: set[tuple[str, str]] = set()
        self._asked: dict[tuple[str, str], StatusAsked] = {}
        self._due: list[_Due] = []
        self._number = count()
        self._shut: set[str] = set()
        self._arriving = self._stopped = False
        self._asks = 0

    def next_due_ns(self) -> int | None:
        """When a client next hits, or something ends."""
        return self._due[0].at_ns if self._due else None

    def quote(self, venue: str, quote_id: str) -> QuoteLife | None:
        """The streamed entry of that id (299)."""
        return self._quotes.get((venue, quote_id))

    def used(self, quote: QuoteLife, now: Moment) -> None:
        """The robot has dealt on it."""
        self._close(quote, "used", now)

    def act(self, now: Moment) -> list[StreamOut]:
        """Everything that is due by now."""
        outs: list[StreamOut] = []
        while self._due and self._due[0].at_ns <= now.at_ns:
            outs += heapq.heappop(self._due).action(now)
        return outs

    def open_venue(self, venue: str) -> None:
        self._shut.discard(venue)

    def close_venue(self, venue: str, reason: str, now: Moment) -> None:
        """Halted or logged out: whatever was streamed is dead."""
        if reason != "logout":
            self._shut.add(venue)
        for quote in self._live(venue):
            self._close(quote, "withdrawn", now)

    def _live(self, venue: str | None) -> list[QuoteLife]:
        return [
            quote
            for quotes in self._sets.values()
            for quote in quotes
            if quote.end == "live" and venue in (None, quote.venue)
        ]

    def _close(self, quote: QuoteLife, end: str, now: Moment) -> None:
        quote.end, quote.ended_at_ns = end, now.at_ns
        self._log.put(quote)

    def _at(self, at_ns: int, action: Action) -> None:
        heapq.heappush(self._due, _Due(at_ns, next(self._number), action))

    # What the robot says

    def say(self, venue: str, word: StreamWord, now: Moment) -> list[StreamOut]:
        """One message of the robot."""
        match word:
            case MassIn():
                return self._on_mass(venue, word, now)
            case StatusIn():
                quote = self.quote(venue, word.quote_id)
                pair = word.pair if quote is None else quote.pair
                return [self.status(venue, word, pair, None if quote is None else quote.end)]
            case StatusAnswerIn():
                self._on_status(venue, word, now)
                return []

    def status(self, venue: str, word: StatusIn, pair: str, end: str | None) -> StatusOut:
        """AI: 297 of a quote that ended so; None = there is none."""
        status = NOT_FOUND if end is None else _STATUS.get(end, REMOVED)
        return StatusOut(venue, word.status_id, word.quote_id, pair, status)

    def _on_mass(self, venue: str, word: MassIn, now: Moment) -> list[StreamOut]:
        self._log.statistics.mass_quotes += 1
        row = MassQuoteLife(
            mass_no=self._log.next_number(MassQuoteLife),
            venue=venue,
            quote_id=word.quote_id,
            entries=len(word.entries),
            received_at_ns=now.at_ns,
            received_wall_ns=now.wall_ns,
        )
        whole = CLOSED if venue in self._shut else None
        if (venue, word.quote_id) in self._mass_ids:
            whole = DUPLICATE
            self._log.anomaly(venue, "mass_quote_id_used_before", word.quote_id, "", now)
        if whole is not None:
            row.answer, row.code = REJECTED, whole
            self._log.put(row)
            return [MassOut(venue, word.quote_id, REJECTED, whole)]
        self._mass_ids.add((venue, word.quote_id))
        rejected = self._take_entries(venue, word, now)
        row.rejected, row.answer = len(rejected), ACCEPTED
        if self._chance.random() < self._settings.share("silence"):
            row.answer = None
        self._log.put(row)
        self._plan_status(venue, now)
        wanted = word.answer_wanted == "2" or (word.answer_wanted == "1" and rejected)
        if row.answer is None or not wanted:
            return []
        return [MassOut(venue, word.quote_id, ACCEPTED, rejected=tuple(rejected))]

    def _take_entries(self, venue: str, word: MassIn, now: Moment) -> list[tuple[str, str, str]]:
        """Former entries of each set die, good new ones live; the bad ones with their 368."""
        keys = dict.fromkeys(_key(venue, each) for each in word.entries)
        for key in keys:
            for former in self._sets.pop(key, []):
                if former.end == "live":
                    self._close(former, "replaced", now)
        rejected = []
        for place, entry in enumerate(word.entries):
            code = self._wrong_with(venue, entry, now)
            quote = self._life_of(venue, word, entry, place, now)
            if code is not None:
                rejected.append((entry.set_id, entry.quote.quote_id, code))
                quote.end, quote.ended_at_ns = "rejected", now.at_ns
            else:
                self._sets.setdefault(_key(venue, entry), []).append(quote)
                self._keep(venue, word.quote_id, quote)
            if code != DUPLICATE:
                self._log.put(quote)
        return rejected

    def _keep(self, venue: str, mass_id: str, quote: QuoteLife) -> None:
        self._quotes[(venue, quote.quote_id)] = quote
        self._mass_of.setdefault((venue, mass_id), set()).add(quote.quote_id)
        self._at((quote.valid_until_ns or 0) + 1, lambda at: self._expire(quote, at))
        self._log.statistics.streamed += 1
        if len(self._quotes) > _KEPT_MAX:
            self._quotes.pop(next(iter(self._quotes)))

    def _expire(self, quote: QuoteLife, now: Moment) -> list[StreamOut]:
        if quote.end == "live":
            self._close(quote, "expired", now)
        return []

    def _wrong_with(self, venue: str, entry: EntryIn, now: Moment) -> str | None:
        """368, when an entry cannot be streamed; what no robot may send is noted, too."""
        quote = entry.quote
        code = self._fault(venue, quote, now)
        if code is not None:
            if code != TOO_LATE:  # may have been on its way too long
                reference = quote.quote_id
                self._log.anomaly(venue, "bad_quote", reference, f"368={code}: {quote}", now)
            return code
        return OTHER if self._chance.random() < self._settings.share("reject") else None

    def _fault(self, venue: str, quote: QuoteIn, now: Moment) -> str | None:
        product, prices = quote.terms.product, [quote.bid, quote.offer]
        if Instrument(product, quote.pair) not in self._settings.dealt.get(venue, frozenset()):
            return UNKNOWN_SYMBOL
        if (venue, quote.quote_id) in self._quotes:
            return DUPLICATE
        if quote.valid_until_ns is None or quote.valid_until_ns < now.at_ns:
            return TOO_LATE
        told = [price for price in prices if price is not None]
        if not told or any(price <= 0 for price in told):
            return PRICE
        if len(told) == 2 and told[0] > told[1]:
            return SPREAD
        parts = (quote.bid_parts, quote.offer_parts)
        wrong = [
            text
            for price, part in zip(prices, parts, strict=True)
            if price is not None and part.spot is not None
            for text in wrong_parts(product, price, part)
        ]
        return PRICE if wrong else None

    def _life_of(
        self, venue: str, word: MassIn, entry: EntryIn, place: int, now: Moment
    ) -> QuoteLife:
        life = quote_life(venue, entry.quote, None, None, now, None)
        life.client = word.client or self._settings.client or venue
        life.entry, life.set_id = place, entry.set_id
        life.request_id = ""
        what = Instrument(life.product, life.pair)
        dates = (life.value_date, life.far_date)
        life.mid = middle_of(self._book, venue, what, dates, now.at_ns)
        return life

    def on_withdrawal(self, venue: str, word: WithdrawalIn, pair: str | None, now: Moment) -> None:
        """Z: every entry, one, or those of a mass quote (for one pair, when one is named)."""
        if word.quote_id is None:
            found = self._live(venue)
        elif (venue, word.quote_id) in self._quotes:
            found = [self._quotes[(venue, word.quote_id)]]
        else:
            ids = self._mass_of.get((venue, word.quote_id), set())
            quotes = (self._quotes.get((venue, each)) for each in sorted(ids))
            found = [q for q in quotes if q is not None and pair in (None, q.pair)]
        for quote in found:
            if quote.end == "live":
                self._close(quote, "withdrawn", now)
                self._maybe_hit_late(quote, now)

    def _maybe_hit_late(self, quote: QuoteLife, now: Moment) -> None:
        """Some clients hit what they still see on their screen."""
        if self._chance.random() < self._settings.share("late_hit"):
            at_ns = now.at_ns + self._chance.randint(5, 150) * NS_PER_MS
            self._at(at_ns, lambda at: self._hit(quote, Behaviour.HIT_WITHDRAWN, at))

    # Clients

    def start(self, now: Moment) -> None:
        """Clients begin to hit."""
        if self._settings.hits_per_second > 0 and not self._arriving:
            self._arriving = True
            self._plan_arrival(now)

    def stop(self) -> None:
        """No new hits; what was streamed lives to its end."""
        self._arriving, self._stopped = False, True

    def finish(self, now: Moment) -> None:
        """The run is over."""
        for quote in self._live(None):
            self._close(quote, "request_ended", now)
        self._due.clear()

    def _plan_arrival(self, now: Moment) -> None:
        gap = self._chance.expovariate(self._settings.hits_per_second)
        self._at(now.at_ns + max(1, int(gap * NS_PER_SECOND)), self._arrive)

    def _arrive(self, now: Moment) -> list[StreamOut]:
        if not self._arriving:
            return []
        self._plan_arrival(now)
        bends = self._chance.random() < self._settings.share("misbehave")
        behaviour = self._chance.choice(_BENT) if bends else Behaviour.PROMPT
        ends = {Behaviour.HIT_REPLACED: "replaced", Behaviour.LATE_HIT: "expired"}
        quotes = self._candidates(ends.get(behaviour, "live"), now)
        if not quotes:
            return []
        quote = self._chance.choice(quotes)
        outs = self._hit(quote, behaviour, now)
        if behaviour is Behaviour.DOUBLE_HIT:
            at_ns = now.at_ns + self._chance.randint(2, 60) * NS_PER_MS
            self._at(at_ns, lambda at: self._hit(quote, behaviour, at, again=True))
        return outs

    def _candidates(self, end: str, now: Moment) -> list[QuoteLife]:
        if end != "live":
            recent = list(self._quotes.values())[-200:]
            return [quote for quote in recent if quote.end == end]
        last = now.at_ns + _MARGIN_NS
        return [quote for quote in self._live(None) if (quote.valid_until_ns or 0) > last]

    def _hit(
        self, quote: QuoteLife, behaviour: Behaviour, now: Moment, *, again: bool = False
    ) -> list[StreamOut]:
        sides = [s for s, p in (("1", quote.offer), ("2", quote.bid)) if p is not None]
        if self._stopped or quote.venue in self._shut or not sides:
            return []
        side = self._chance.choice(sides)
        price = quote.offer if side == "1" else quote.bid
        assert price is not None, "a side that is quoted"
        size, told = quote.size, price
        if behaviour is Behaviour.WRONG_SIZE:
            size = quote.size * 2
        if behaviour is Behaviour.BETTER_PRICE:
            told = price + 2 * pip_of(quote.pair) * (-1 if side == "1" else 1)
        hit = self._hit_row(quote, side, size, told, behaviour, now)
        hit.must_be_refused = again or quote.end != "live" or (size, told) != (quote.size, price)
        self._log.statistics.hits += 1
        self._log.statistics.misbehaviours += hit.must_be_refused
        self._log.put(hit)
        self._adopt(hit)
        return [HitOut(hit)]

    def _hit_row(
        self,
        quote: QuoteLife,
        side: str,
        size: Decimal,
        price: Decimal,
        behaviour: Behaviour,
        now: Moment,
    ) -> HitLife:
        number = self._next_hit_number()
        by_order = self._chance.random() < 0.5
        prefix = self._settings.id_prefix
        return HitLife(
            hit_no=number,
            hit_id=f"{quote.venue}-H{prefix}{number:06d}",
            response_id=None if by_order else f"{quote.venue}-PS{prefix}{number:06d}",
            venue=quote.venue,
            client=quote.client,
            request_id="",
            quote_id=quote.quote_id,
            pair=quote.pair,
            side=side,
            size=size,
            price=price,
            value_date=quote.value_date,
            message="D" if by_order else "AJ",
            behaviour=behaviour,
            must_be_refused=False,
            sent_at_ns=now.at_ns,
            sent_wall_ns=now.wall_ns,
            **asdict(terms_of_quote(quote)),
        )

    # Quote status

    def _plan_status(self, venue: str, now: Moment) -> None:
        if self._chance.random() < self._settings.share("status"):
            at_ns = now.at_ns + self._chance.randint(10, 800) * NS_PER_MS
            self._at(at_ns, lambda at: self._ask_status(venue, at))

    def _ask_status(self, venue: str, now: Moment) -> list[StreamOut]:
        recent = [q for (name, _), q in list(self._quotes.items())[-50:] if name == venue]
        if not recent or venue in self._shut:
            return []
        quote = self._chance.choice(recent)
        self._asks += 1
        status_id = f"{venue}-A{self._settings.id_prefix}{self._asks:06d}"
        row = StatusAsked(
            venue=venue, status_id=status_id, quote_id=quote.quote_id, asked_at_ns=now.at_ns
        )
        self._asked[(venue, status_id)] = row
        self._log.put(row)
        return [StatusAskOut(venue, status_id, quote.quote_id, quote.pair)]

    def _on_status(self, venue: str, word: StatusAnswerIn, now: Moment) -> None:
        """The robot's withdrawals, replacements and deals came before its answer, so it must agree.

        Only about time both may differ: a quote that ends within a second either way.
        """
        row = self._asked.pop((venue, word.status_id), None)
        quote = self.quote(venue, word.quote_id)
        if row is None or quote is None:
            self._log.anomaly(venue, "status_of_nothing", word.status_id, str(word), now)
            return
        row.answer, row.truth, row.answered_at_ns = word.status, quote.end, now.at_ns
        self._log.put(row)
        ends_soon = abs((quote.valid_until_ns or 0) - now.at_ns) < NS_PER_SECOND
        if (word.status == ACCEPTED) != (quote.end == "live") and not ends_soon:
            text = f"297={word.status} of a quote that is {quote.end}"
            self._log.anomaly(venue, "wrong_quote_status", word.quote_id, text, now)


def _key(venue: str, entry: EntryIn) -> tuple[str, str, str, str | None]:
    """What a new mass quote replaces: the same set, pair and date."""
    return (venue, entry.set_id, entry.quote.pair, entry.quote.value_date)
