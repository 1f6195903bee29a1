"""The venue's floor: clients ask, the robot quotes, clients hit or leave. Pure, in virtual time.

`act` carries out what is due on the clients' side, the `on_...` methods take in what the robot
said; both return what is to be sent. Nothing here reads a clock or touches a socket: every call
gets the moment it happens at, all chance comes from one seeded `Random`, and rows go to the log.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from random import Random

from connectors.sim.asking import draw_terms
from connectors.sim.clients import Behaviour, Plan, draw_plan
from connectors.sim.conduct import LATE, Conduct, Step
from connectors.sim.counter_answers import CounterAnswers
from connectors.sim.curves import middle_of
from connectors.sim.dialogue import (
    AskOut,
    CounterRefusalIn,
    ExecutionIn,
    Out,
    QuoteIn,
    QuoteStatusOut,
    RefusalIn,
    WithdrawalIn,
)
from connectors.sim.fills import differences, fill_of
from connectors.sim.floor_settings import FloorSettings as FloorSettings
from connectors.sim.haggling import Haggling
from connectors.sim.hits import HitBook
from connectors.sim.log import Log
from connectors.sim.model import NS_PER_MS, Instrument, MarketBook, Moment
from connectors.sim.products import Product
from connectors.sim.profiles import Profile
from connectors.sim.quotes import complaint_about, quote_life
from connectors.sim.reference import spot_date
from connectors.sim.requests import OpenRequest, RequestBook, new_request
from connectors.sim.rows import EntryLife, Fill, HitLife, QuoteLife

Streamed = Callable[[str, str], QuoteLife | None]
_REACTION_NS = 40 * NS_PER_MS  # until a client sees that its price is turned down
_STREAM_GRACE_NS = 500 * NS_PER_MS  # a stream's request ends this long after its seconds
REJECTED, EXPIRED, NOT_FOUND = "5", "7", "9"  # FIX 297


class Floor:
    """All venues' requests and clients. One thread owns it."""

    def __init__(
        self,
        settings: FloorSettings,
        book: MarketBook,
        log: Log,
        chance: Random,
        hits: HitBook,
        exec_ids: set[tuple[str, str]],
    ) -> None:
        self._settings = settings
        self._book = book
        self._log = log
        self._chance = chance
        self._terms_chance = Random(f"{settings.seed}/terms")
        self._hits = hits
        self._exec_ids = exec_ids
        self._requests = RequestBook()
        self._due: list[tuple[int, int, Step | None, OpenRequest | None]] = []
        self._expiries: list[tuple[int, int, QuoteLife]] = []
        self._order = count()
        self._trading: list[str] = []  # venues that are logged on and not halted, in given order
        self._waiting: dict[tuple[str, str, int], str] = {}  # what the robot still has to answer
        self._arrivals = False
        self._streamed: Streamed = lambda venue, quote_id: None
        self._steps = 0  # planned actions other than requests that just run out
        prefix, share = settings.id_prefix, settings.habits.counter_share
        wrong = settings.habits.misbehaviour
        self._haggling = Haggling(share, wrong, log, prefix, settings.seed)
        self._counters = CounterAnswers(self._haggling, log, self._requests, self._waiting)
        self._conduct = Conduct(
            book, log, chance, hits, settings.hit_ratio, prefix, self._haggling, settings.outbid
        )

    def know_streamed(self, streamed: Streamed) -> None:
        """Where streamed quotes are found by venue and id."""
        self._streamed = streamed

    # What the engine asks

    def next_due_ns(self) -> int | None:
        """When the clients next want to do something; None when nothing is planned."""
        return self._due[0][0] if self._due else None

    def has_open(self, venue: str) -> bool:
        """Whether a request is open at the venue or one of its hits waits for an answer."""
        return self._requests.has_open(venue) or venue in self._waiting.values()

    def waits_for_answers(self) -> bool:
        return bool(self._waiting)

    def stop_waiting(self) -> int:
        """Gives up on the answers that are outstanding and says how many there were."""
        given_up = len(self._waiting)
        self._waiting.clear()
        return given_up

    @property
    def finished(self) -> bool:
        """No new request will come, all are answered, and no client will say anything more."""
        return not self._arrivals and not self._steps and not self._waiting

    def adopt(self, hit: HitLife) -> None:
        """A hit on a streamed quote has been sent."""
        self._conduct.adopt(hit)
        self._note_hits()

    def quote_end(self, venue: str, quote_id: str) -> str | None:
        """How a quote on a request ended, `live` while it has not; None when there is none."""
        found = self._requests.by_quote(venue, quote_id)
        return None if found is None else found[1].end

    # What happens to the venue

    def start(self, at_ns: int) -> None:
        """Clients begin to ask."""
        self._arrivals = self._settings.requests_per_second > 0
        if self._settings.requests_max == 0:
            self._arrivals = False
        if self._arrivals:
            self._plan_arrival(at_ns)

    def stop_asking(self) -> None:
        """No new requests; those that are open run on to their end."""
        self._arrivals = False
        self._due = [due for due in self._due if due[2] is not None]
        heapq.heapify(self._due)

    def open_venue(self, venue: str) -> None:
        if venue not in self._trading:
            self._trading = sorted({*self._trading, venue})

    def close_venue(self, venue: str, reason: str, now: Moment) -> None:
        """The session logged out or trading was halted: the venue's requests end."""
        self._trading = [name for name in self._trading if name != venue]
        for request in self._requests.all_open(venue):
            self._end(request, reason, now)
        for key in [key for key, at in self._waiting.items() if at == venue]:
            del self._waiting[key]

    def finish(self, now: Moment) -> None:
        """The run is over."""
        self._arrivals = False
        for request in self._requests.all_open():
            self._end(request, "finished", now)
        self._due.clear()
        self._expire(now)

    # What the clients do

    def act(self, now: Moment) -> list[Out]:
        """Everything that is due by now."""
        self._expire(now)
        outs: list[Out] = []
        while self._due and self._due[0][0] <= now.at_ns:
            _, _, step, request = heapq.heappop(self._due)
            if step is None or request is None:
                outs += self._arrive(now)
                continue
            self._steps -= step != self._run_out
            outs += step(request, now)
        self._note_hits()
        return outs

    def _later(self, at_ns: int, step: Step | None, request: OpenRequest | None) -> None:
        if step is not None and step != self._run_out:
            self._steps += 1
        heapq.heappush(self._due, (at_ns, next(self._order), step, request))

    def _plan_arrival(self, at_ns: int) -> None:
        gap = self._chance.expovariate(self._settings.requests_per_second)
        self._later(at_ns + max(1, int(gap * 1e6)) * 1000, None, None)

    def _arrive(self, now: Moment) -> list[Out]:
        """A client asks, where a venue trades and has prices; plans the next one's arrival."""
        statistics, limit = self._log.statistics, self._settings.requests_max
        venues = [name for name in self._trading if self._book.pairs(name)]
        outs: list[Out] = []
        if venues:
            outs = self._ask(self._chance.choice(venues), now)
        if limit is not None and statistics.requests >= limit:
            self._arrivals = False
        elif self._arrivals:
            self._plan_arrival(now.at_ns)
        return outs

    def _ask(self, venue: str, now: Moment) -> list[Out]:
        settings = self._settings
        pairs = self._book.pairs(venue)
        plan = draw_plan(settings.clients, pairs, settings.habits, self._chance)
        profile = settings.profiles.get(venue)
        if profile is not None:
            drawn = self._draw_terms(plan, profile, now)
            if drawn is None:
                return []
            plan = drawn
        value_date = plan.value_date
        if plan.terms.product == Product.SPOT and plan.names_value_date:
            date = spot_date(plan.pair, now.at_ns)
            value_date = f"{date:%Y%m%d}" if date is not None else None
        self._log.statistics.requests += 1
        request_id = f"{venue}-R{settings.id_prefix}{self._log.statistics.requests:06d}"
        request = new_request(plan, request_id, venue, value_date, now)
        row = request.row
        self._requests.add(request)
        grace = _STREAM_GRACE_NS if plan.stream_seconds else 0
        self._later(row.open_until_ns + grace, self._run_out, request)
        for entry in request.entries:
            self._waiting[("entry", request_id, entry.entry)] = venue
            self._log.put(entry)
        self._log.put(row)
        return [AskOut(row, request.entries)]

    def _draw_terms(self, plan: Plan, profile: Profile, now: Moment) -> Plan | None:
        habits = self._settings.habits
        return draw_terms(plan, profile, self._book, habits, now.at_ns, self._terms_chance)

    def _run_out(self, request: OpenRequest, now: Moment) -> list[Out]:
        self._end(request, "expired", now)
        return []

    def _decide(self, request: OpenRequest, now: Moment) -> list[Out]:
        """The client deals or leaves; what follows later is put on the timer list."""
        late = request.plan.behaviour in LATE and request.row.end_reason == "expired"
        if request.decided or (request.row.ended_at_ns is not None and not late):
            return []
        request.decided = True
        decision = self._conduct.decide(request, now)
        for at_ns, step in decision.later:
            self._later(at_ns, step, request)
        if decision.end_reason is not None:
            self._end(request, decision.end_reason, now)
        return decision.outs

    def _note_hits(self) -> None:
        for offer in self._haggling.take_new():
            self._waiting[("counter", offer.venue, offer.counter_no)] = offer.venue
        for hit in self._conduct.take_new_hits():
            self._waiting[("hit", hit.venue, hit.hit_no)] = hit.venue

    def _end(self, request: OpenRequest, reason: str, now: Moment) -> None:
        row = request.row
        if row.ended_at_ns is not None:
            return
        row.ended_at_ns, row.end_reason = now.at_ns, reason
        self._log.put(row)
        self._counters.drop(request, "ended", now)
        for entry in request.entries:
            if entry.outcome == "open":
                entry.outcome = "unanswered"
                self._log.statistics.unanswered += 1
                self._waiting.pop(("entry", row.request_id, entry.entry), None)
                self._log.put(entry)
        for quote in request.quotes.values():
            if quote.end == "live" and reason != "expired":
                self._close_quote(quote, "request_ended", now.at_ns)
        self._requests.end(request)

    def _close_quote(self, quote: QuoteLife, end: str, at_ns: int) -> None:
        quote.end, quote.ended_at_ns = end, at_ns
        self._log.put(quote)

    def _expire(self, now: Moment) -> None:
        while self._expiries and self._expiries[0][0] < now.at_ns:
            at_ns, _, quote = heapq.heappop(self._expiries)
            if quote.end == "live":
                self._close_quote(quote, "expired", at_ns)

    # What the robot says

    def on_quote(self, venue: str, quote: QuoteIn, now: Moment) -> list[Out]:
        """S: kept as the entry's latest quote, or answered by a quote status (AI)."""
        self._log.statistics.quotes += 1
        request = self._requests.open(venue, quote.request_id)
        if request is None:
            return self._unwanted_quote(venue, quote, now)
        entry = request.entry_for(quote.pair, quote.size)
        used_before = self._requests.by_quote(venue, quote.quote_id) is not None
        complaint = complaint_about(request, entry, quote, used_before=used_before)
        if complaint is not None or entry is None:
            text = complaint or "no such entry"
            self._log.anomaly(venue, "bad_quote", quote.quote_id, f"{text}: {quote}", now)
            self._keep_rejected(venue, quote, request, now)
            return [_status(venue, quote, REJECTED, text)]
        if quote.valid_until_ns is None or quote.valid_until_ns < now.at_ns:
            self._keep_rejected(venue, quote, request, now)
            return [_status(venue, quote, EXPIRED, "the quote had ended when it came")]
        self._accept(request, entry, self._life_of(venue, quote, request, entry, now), now)
        return []

    def _unwanted_quote(self, venue: str, quote: QuoteIn, now: Moment) -> list[Out]:
        ended = self._requests.ended(venue, quote.request_id)
        self._keep_rejected(venue, quote, ended, now)
        if ended is not None:
            return [_status(venue, quote, EXPIRED, "the request has ended")]
        self._log.anomaly(venue, "quote_without_request", quote.quote_id, str(quote), now)
        return [_status(venue, quote, NOT_FOUND, "no such request")]

    def _keep_rejected(
        self, venue: str, quote: QuoteIn, request: OpenRequest | None, now: Moment
    ) -> None:
        life = self._life_of(venue, quote, request, None, now)
        if self._requests.by_quote(venue, quote.quote_id) is None:
            life.end, life.ended_at_ns = "rejected", now.at_ns
            self._log.put(life)

    def _life_of(
        self,
        venue: str,
        quote: QuoteIn,
        request: OpenRequest | None,
        entry: EntryLife | None,
        now: Moment,
    ) -> QuoteLife:
        sent_wall_ns = self._book.sent_wall_ns(venue, quote.pair)
        life = quote_life(venue, quote, request, entry, now, sent_wall_ns)
        life.mid = self._middle(life, now)
        return life

    def _middle(self, deal: QuoteLife | Fill, now: Moment) -> Decimal | None:
        """The venue's own market for a quote or a deal."""
        what = Instrument(deal.product, deal.pair)
        dates = (deal.value_date, deal.far_date)
        return middle_of(self._book, deal.venue, what, dates, now.at_ns)

    def _accept(
        self, request: OpenRequest, entry: EntryLife, quote: QuoteLife, now: Moment
    ) -> None:
        if quote.response_id is not None:
            self._counters.hear(request, quote, now)
        former = self._requests.add_quote(request, quote)
        if former is not None and former.end == "live":
            self._close_quote(former, "replaced", now.at_ns)
        entry.quotes += 1
        if quote.market_wall_ns is not None:
            self._log.statistics.tick_to_requote.add_ns(now.wall_ns - quote.market_wall_ns)
        self._log.put(quote)
        heapq.heappush(
            self._expiries, (quote.valid_until_ns or now.at_ns, next(self._order), quote)
        )
        if entry.outcome == "open":
            self._log.statistics.quoted += 1
            latency = now.wall_ns - request.row.sent_wall_ns
            self._log.statistics.request_to_quote.add_ns(latency)
            self._answered(request, entry, "quoted", now)
        at_ns = self._conduct.decision_at(request, quote, now)
        if at_ns is not None:
            self._later(at_ns, self._decide, request)

    def _answered(self, request: OpenRequest, entry: EntryLife, outcome: str, now: Moment) -> None:
        entry.outcome, entry.answered_at_ns, entry.answered_wall_ns = outcome, *now
        self._waiting.pop(("entry", request.row.request_id, entry.entry), None)
        if request.all_answered:
            self._log.statistics.answered += 1
        self._log.put(entry)

    def on_refusal(self, venue: str, refusal: RefusalIn, now: Moment) -> list[Out]:
        """AG: an entry without a price, or the end of a stream."""
        request = self._requests.open(venue, refusal.request_id)
        known = request or self._requests.ended(venue, refusal.request_id)
        behaviour = known.row.behaviour if known is not None else None
        self._log.refusal(
            venue,
            "AG",
            now,
            text=refusal.text,
            code=refusal.code,
            request_id=refusal.request_id,
            behaviour=behaviour,
        )
        if known is None:
            self._log.anomaly(venue, "refusal_without_request", refusal.request_id, "", now)
        if request is None:
            return []
        for entry in request.entries:
            if refusal.pair in (None, entry.pair) and refusal.size in (None, entry.size):
                self._refuse_entry(request, entry, now)
        if request.all_answered and not request.quotes:
            self._end(request, "refused", now)
        return []

    def _refuse_entry(self, request: OpenRequest, entry: EntryLife, now: Moment) -> None:
        if entry.outcome == "open":
            self._answered(request, entry, "refused", now)
        quote = request.quotes.get(entry.entry)
        if quote is not None and quote.end == "live":
            self._close_quote(quote, "withdrawn", now.at_ns)

    def on_withdrawal(self, venue: str, withdrawal: WithdrawalIn, now: Moment) -> list[Out]:
        """Z: the robot takes one quote back, or all of them."""
        text = withdrawal.quote_id or "*"
        self._log.event(venue, "in", "quote_withdrawal", now, quote_id=text)
        if withdrawal.quote_id is None:
            found = [(r, q) for r in self._requests.all_open(venue) for q in r.quotes.values()]
        else:
            one = self._requests.by_quote(venue, withdrawal.quote_id)
            found = [one] if one is not None else []
        for request, quote in found:
            if quote.end == "live":
                self._close_quote(quote, "withdrawn", now.at_ns)
                self._counters.drop(request, "withdrawn", now)
                self._maybe_hit_withdrawn(request, quote, now)
        return []

    def on_counter_refusal(self, venue: str, word: CounterRefusalIn, now: Moment) -> list[Out]:
        """AI on a counter-offer: it is turned down, and the client thinks again."""
        request = self._counters.turned_down(venue, word, now)
        if request is not None:
            self._later(now.at_ns + _REACTION_NS, self._decide, request)
        return []

    def _maybe_hit_withdrawn(self, request: OpenRequest, quote: QuoteLife, now: Moment) -> None:
        """Some clients hit what they still see on their screen."""
        wanted = self._settings.habits.only or (Behaviour.HIT_WITHDRAWN,)
        draws = self._chance.random() < self._settings.habits.misbehaviour
        if request.decided or not draws or Behaviour.HIT_WITHDRAWN not in wanted:
            return
        request.decided = True
        step = self._conduct.hit_step(quote, Behaviour.HIT_WITHDRAWN, again=True)
        self._later(now.at_ns + self._chance.randint(5, 150) * NS_PER_MS, step, request)

    def on_execution(self, venue: str, answer: ExecutionIn, now: Moment) -> list[Out]:
        """8: a deal or a rejection; one that came before is only counted."""
        key = (venue, answer.exec_id)
        if key in self._exec_ids:
            self._log.duplicate(venue, answer.exec_id, answer.poss_dup, now)
            return []
        self._exec_ids.add(key)
        hit = self._hits.take(venue, answer.hit_id)
        if hit is not None:
            self._conduct.settled(hit)
            self._answer_hit(hit, answer, now)
        if answer.filled:
            self._fill(venue, answer, hit, now)
            return []
        self._log.refusal(
            venue,
            "8",
            now,
            text=answer.text,
            code=answer.code,
            hit_id=answer.hit_id,
            request_id=hit.request_id if hit is not None else None,
            exec_id=answer.exec_id,
            behaviour=hit.behaviour if hit is not None else None,
        )
        return []

    def _answer_hit(self, hit: HitLife, answer: ExecutionIn, now: Moment) -> None:
        hit.answer = "fill" if answer.filled else "reject"
        hit.exec_id = answer.exec_id
        hit.answered_at_ns, hit.answered_wall_ns = now
        self._waiting.pop(("hit", hit.venue, hit.hit_no), None)
        self._log.statistics.hit_to_answer.add_ns(now.wall_ns - hit.sent_wall_ns)
        self._log.put(hit)

    def _fill(self, venue: str, answer: ExecutionIn, hit: HitLife | None, now: Moment) -> None:
        fill = fill_of(venue, answer, hit, now)
        fill.mid = self._middle(fill, now)
        self._log.statistics.fills += 1
        self._log.statistics.fills_by_product[fill.product] += 1
        self._log.put(fill)
        if hit is None:
            self._log.anomaly(venue, "fill_without_hit", answer.exec_id, str(answer), now)
            return
        if hit.must_be_refused:
            text = f"{hit.behaviour} hit {hit.hit_id} had to be refused"
            self._log.anomaly(venue, "fill_of_bad_hit", answer.exec_id, text, now)
        for difference in differences(answer, fill, hit):
            self._log.anomaly(venue, "fill_differs", answer.exec_id, difference, now)
        quote = self._quote_hit(hit)
        haggled = quote is not None and quote.response_id is not None
        self._log.statistics.haggled_fills += haggled
        if quote is not None and quote.end == "used":
            self._log.anomaly(venue, "second_fill_of_quote", answer.exec_id, hit.quote_id, now)
        elif quote is not None:
            self._close_quote(quote, "used", now.at_ns)

    def _quote_hit(self, hit: HitLife) -> QuoteLife | None:
        if not hit.request_id:
            self._log.statistics.stream_fills += 1
            return self._streamed(hit.venue, hit.quote_id)
        found = self._requests.by_quote(hit.venue, hit.quote_id)
        return None if found is None else found[1]


def _status(venue: str, quote: QuoteIn, status: str, text: str) -> QuoteStatusOut:
    return QuoteStatusOut(venue, quote.request_id, quote.quote_id, quote.pair, status, text)
