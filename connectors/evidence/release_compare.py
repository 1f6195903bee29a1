"""The candidate against the live strategy on the same requests, from the journal.

Of each request both decisions are on record: the one that was sent and the other's. What the other
would have come to is estimated: a recorded hit stands for it only if its price was at least as good
for the client, and no hit is invented. What was dealt is marked at the middle of its market a
minute later.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import msgspec

from connectors.evidence.records import SegmentView, segments_of, views_of
from connectors.evidence.release_marks import Mark, Marks, dealt_price, result_currency
from robot.basics.ids import QuoteId
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.party import BUY, Side
from robot.deals.product import price_side
from robot.limits.limit import Reason
from robot.messages.effects import AnyEffect, DealBooked, Decided, SendQuote
from robot.messages.events import (
    Stamped,
)
from robot.messages.releases import (
    CANDIDATE_SIDE,
    LIVE_SIDE,
    ShadowDecided,
    ShadowWished,
    SuggestionEnded,
)

MARK_NS = 60_000_000_000
"""How long after a deal it is marked."""
UNPAIRED_MAX = 1_000
"""Requests answered before the other version has decided; it does within its deadline, or never."""
ASSUMPTIONS = (
    "a recorded hit stands for the one that was not sent only if its price was at least as good "
    "for the client",
    "who was not quoted, or did not hit, is not assumed to deal",
    "a price that a person said counts for the version whose rule asked them",
    "the limits did not judge what was not sent: where they refused the answer that was, they are "
    "taken to refuse the other",
    "deals are marked at the middle of their market a minute later: spot, points or rate; without "
    "one that could be dealt on then, they are counted and not valued",
)
_PERSONS = ("QUOTED", "PASSED")
"""What a person says of a suggestion that is neither's price."""
_NO_PRICE = (Reason.STRATEGY_PASSED, Reason.STRATEGY_FAILED)


class Figures(msgspec.Struct, kw_only=True):
    """What one of the two comes to."""

    strategy: str
    decided: int = 0
    sent: int = 0
    """Of these its decision was the answer, not only a shadow."""
    quoted: int = 0
    passed: int = 0
    failed: int = 0
    refused: int = 0
    """By the limits."""
    otherwise: int = 0
    """Neither priced nor passed: a person is asked, or something is to be dealt instead."""
    reasons: dict[str, int] = {}
    """Why it did not quote."""
    distance_pips: Decimal = ZERO
    """Mean distance of its prices from the middle."""
    hits: int = 0
    hits_estimated: int = 0
    hit_ratio: Decimal = ZERO
    """Hits, estimated ones too, of what it quoted, in percent."""
    result: dict[str, Decimal] = {}
    """By currency, a minute after each deal; positive = we gained."""
    result_estimated: dict[str, Decimal] = {}
    """The part of it that is estimated."""
    not_valued: int = 0


class Pairing(msgspec.Struct, frozen=True, kw_only=True):
    """One candidate in one stage, and the live strategy of that time."""

    stage: str
    requests: int
    candidate: Figures
    live: Figures


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of it."""

    folder: str
    segments: tuple[str, ...]
    assumptions: tuple[str, ...] = ASSUMPTIONS
    pairs: tuple[Pairing, ...]
    apart: int
    """Hits on later prices of a streaming request: nothing of the other is known of these."""
    persons: int = 0
    """Requests to which a person said neither's price: they are not compared."""
    by_itself: dict[str, int] = {}
    """What a candidate's rules would have done by the clock, by stage, rule and instrument."""


class _Answer(msgspec.Struct, kw_only=True):
    """What one of the two said to a request."""

    bid: Decimal | None = None
    offer: Decimal | None = None
    reason: str = ""
    failed: bool = False
    otherwise: bool = False

    def price(self, side: Side) -> Decimal | None:
        return self.bid if side is BUY else self.offer


class _Hit(msgspec.Struct, kw_only=True):
    side: Side
    """Which price was hit: BUY = our bid."""
    deal: Deal
    later: bool
    """On another price than the first."""
    mark: Mark | None = None


class _Request(msgspec.Struct, kw_only=True):
    """A request of which both decisions are known, or may become known."""

    shadow: ShadowDecided | None = None
    """None = the other has not decided yet: it may be asked in a process of its own."""
    early: list[tuple[Decided, SendQuote | None]] = []
    """Answered before that."""
    said: dict[str, _Answer] = {}
    by: str = ""
    """Who answered: CANDIDATE or LIVE."""
    person: bool = False
    """Whether a person answered with neither's price."""
    refused: str = ""
    """By the limits, for this reason."""
    names: dict[str, str] = {}
    hits: list[_Hit] = []


def compared(folder: Path, day: str = "") -> Compared:
    """All segments of a journal, or those of one trade date (`20140502`)."""
    paths = segments_of(folder, since=day, until=day)
    steps = (step for view in views_of(folder, paths) for step in _steps(view))
    found = compared_steps(steps)
    segments = tuple(path.stem for path in paths)
    return msgspec.structs.replace(found, folder=str(folder), segments=segments)


def compared_steps(steps: Iterable[tuple[Stamped, Sequence[AnyEffect]]]) -> Compared:
    """Of inputs, each with what followed."""
    reading = _Reading()
    for stamped, effects in steps:
        reading.take(stamped, effects)
    reading.mark(1 << 63)
    return Compared(
        folder="",
        segments=(),
        pairs=tuple(_pairings(reading.requests)),
        apart=sum(hit.later for one in reading.requests for hit in one.hits),
        persons=sum(one.person for one in reading.requests),
        by_itself=dict(sorted(reading.by_itself.items())),
    )


def _steps(view: SegmentView) -> Iterator[tuple[Stamped, list[AnyEffect]]]:
    for _, turn in view.turns():
        yield from turn.pairs()


class _Reading:
    """Follows the journal's records."""

    def __init__(self) -> None:
        self.requests: list[_Request] = []
        self._open: dict[tuple[str, str], _Request] = {}
        self._of_quote: dict[QuoteId, tuple[_Request, bool]] = {}
        self._marks = Marks()
        self._now_ns = 0
        self._unpaired: deque[tuple[str, str]] = deque()
        self._said_otherwise: set[str] = set()
        """Requests of this turn to which a person says neither's price."""
        self._due: list[tuple[int, _Hit]] = []
        self.by_itself: Counter[str] = Counter()

    def take(self, stamped: Stamped, effects: Sequence[AnyEffect]) -> None:
        """One input and what followed."""
        self.mark(stamped.at_ns)
        self._now_ns = stamped.at_ns
        self._marks.take(stamped.event, stamped.at_ns)
        sent = {}
        self._said_otherwise.clear()
        for effect in effects:
            if isinstance(effect, SendQuote):
                sent[effect.quote_id] = effect
            elif isinstance(effect, ShadowDecided):
                self._take_shadow(effect)
            elif isinstance(effect, ShadowWished):
                self._take_wish(effect)
            elif isinstance(effect, SuggestionEnded) and effect.outcome in _PERSONS:
                self._said_otherwise.add(effect.subject)
        for effect in effects:
            if isinstance(effect, Decided) and effect.kind in ("RFQ", "REPLACE"):
                quote = sent.get(effect.quote_id) if effect.quote_id is not None else None
                self._take_answer(effect, quote)
            elif isinstance(effect, DealBooked) and effect.deal.quote_id:
                self._take_deal(effect.deal)

    def mark(self, at_ns: int) -> None:
        """Mark what is due before the market of `at_ns` is known."""
        while self._due and self._due[0][0] <= at_ns:
            due_ns, hit = self._due.pop(0)
            hit.mark = self._marks.mark(hit.deal, due_ns)

    def _take_shadow(self, shadow: ShadowDecided) -> None:
        key = (shadow.venue, shadow.subject)
        request = self._open.get(key)
        if request is None or shadow.of in request.said:
            request = self._open[key] = _Request(shadow=shadow)
            self.requests.append(request)
        elif request.shadow is None:
            request.shadow = shadow
            self.requests.append(request)
        request.names[shadow.of] = shadow.strategy
        request.said[shadow.of] = _answer_of(shadow)
        early, request.early = request.early, []
        for decided, quote in early:
            self._take_answer(decided, quote)

    def _take_wish(self, wished: ShadowWished) -> None:
        rule = wished.facts.get("rule", "")
        what = _verb(wished.would) if wished.would else "failed"
        self.by_itself[f"{wished.stage}: rule {rule} on {wished.instrument}: {what}"] += 1

    def _take_answer(self, decided: Decided, quote: SendQuote | None) -> None:
        request = self._open.get((decided.venue, decided.subject))
        absent = decided.reason == Reason.STRATEGY_ABSENT
        if request is None or request.shadow is None:
            self._take_early(request, decided, quote)
            return
        if request.person or absent:
            return  # nobody's: a person spoke, or the strategy was changed meanwhile
        if decided.subject in self._said_otherwise:
            request.person = True
            return
        if request.by:
            if decided.quote_id is not None:
                self._of_quote[decided.quote_id] = request, True
            return
        candidate = request.names.get(CANDIDATE_SIDE)
        of_candidate = decided.strategy == candidate if candidate else True
        if candidate is None and decided.strategy == request.names.get(LIVE_SIDE):
            of_candidate = False
        request.by = CANDIDATE_SIDE if of_candidate else LIVE_SIDE
        request.names.setdefault(request.by, decided.strategy)
        if quote is not None:
            self._of_quote[quote.quote_id] = request, False
            request.said[request.by] = _Answer(bid=quote.bid, offer=quote.offer)
        elif decided.reason in _NO_PRICE:
            failed = decided.reason == Reason.STRATEGY_FAILED
            reason = _short(decided.detail)
            request.said[request.by] = _Answer(reason=reason, failed=failed)
        else:
            request.refused = decided.reason
            request.said.setdefault(request.by, _Answer())

    def _take_early(
        self, request: _Request | None, decided: Decided, quote: SendQuote | None
    ) -> None:
        """Nothing of the other is known yet; only the newest such requests are kept."""
        if decided.kind != "RFQ" and request is None:
            return
        if request is None:
            key = (decided.venue, decided.subject)
            request = self._open[key] = _Request()
            self._unpaired.append(key)
            if len(self._unpaired) > UNPAIRED_MAX:
                oldest = self._unpaired.popleft()
                known = self._open.get(oldest)
                if known is not None and known.shadow is None:
                    del self._open[oldest]
        if quote is not None:
            self._of_quote[quote.quote_id] = request, bool(request.early)
        request.early.append((decided, quote))

    def _take_deal(self, deal: Deal) -> None:
        found = self._of_quote.get(deal.quote_id)
        if found is not None:
            request, later = found
            hit = _Hit(side=price_side(deal.product, deal.side), deal=deal, later=later)
            request.hits.append(hit)
            self._due.append((self._now_ns + MARK_NS, hit))


def _answer_of(shadow: ShadowDecided) -> _Answer:
    priced = shadow.bid is not None or shadow.offer is not None
    otherwise = not (priced or shadow.passed or shadow.failure) and bool(shadow.would)
    reason = _short(shadow.passed) or shadow.failure.partition(":")[0]
    if otherwise:
        reason = f"rule {shadow.facts.get('rule', '')}: {_verb(shadow.would)}"
    return _Answer(
        bid=shadow.bid,
        offer=shadow.offer,
        reason=reason,
        failed=bool(shadow.failure),
        otherwise=otherwise,
    )


def _verb(would: Sequence[str]) -> str:
    """`ask a person`, `buy`, `hedge`: without the figures, which are others each time."""
    words = would[-1].partition(",")[0]
    return words if words.startswith(("ask", "alert", "hand")) else words.partition(" ")[0]


def _short(detail: str) -> str:
    """Why there is no price, without figures; of a rule that could not be worked out its name."""
    return detail.partition(":" if detail.startswith("rule ") else ";")[0]


def _pairings(requests: Iterable[_Request]) -> Iterator[Pairing]:
    groups: dict[tuple[str, str, str], list[_Request]] = {}
    for one in requests:
        if len(one.said) == 2 and one.by and one.shadow is not None:
            names = (one.names.get(CANDIDATE_SIDE, ""), one.names.get(LIVE_SIDE, ""))
            groups.setdefault((one.shadow.stage, *names), []).append(one)
    for (stage, candidate, live), found in groups.items():
        yield Pairing(
            stage=stage,
            requests=len(found),
            candidate=_figures(candidate, CANDIDATE_SIDE, found),
            live=_figures(live, LIVE_SIDE, found),
        )


def _figures(name: str, side: str, requests: list[_Request]) -> Figures:
    figures = Figures(strategy=name)
    reasons: Counter[str] = Counter()
    distances: list[Decimal] = []
    for request in requests:
        answer, mine = request.said[side], request.by == side
        figures.decided += 1
        figures.sent += mine
        if answer.reason or answer.failed:
            figures.failed += answer.failed
            figures.otherwise += answer.otherwise
            figures.passed += not (answer.failed or answer.otherwise)
            reasons[answer.reason] += 1
        elif request.refused:
            figures.refused += 1
            reasons[request.refused] += 1
        else:
            figures.quoted += 1
            distances += _distances(request.shadow, answer)
            _add_hits(figures, request, answer, mine=mine)
    figures.reasons = dict(sorted(reasons.items()))
    if distances:
        figures.distance_pips = (sum(distances, ZERO) / len(distances)).quantize(Decimal("0.001"))
    if figures.quoted:
        share = Decimal(100 * (figures.hits + figures.hits_estimated)) / figures.quoted
        figures.hit_ratio = share.quantize(Decimal("0.1"))
    return figures


def _distances(shadow: ShadowDecided | None, answer: _Answer) -> list[Decimal]:
    if shadow is None:
        return []
    prices = (answer.bid, answer.offer)
    return [abs(price - shadow.mid) / shadow.pip for price in prices if price is not None]


def _add_hits(figures: Figures, request: _Request, answer: _Answer, *, mine: bool) -> None:
    other = next(said for name, said in request.said.items() if said is not answer)
    for hit in request.hits:
        price = dealt_price(hit.deal) if mine else answer.price(hit.side)
        if not mine and (hit.later or not _at_least_as_good(hit.side, price, other)):
            continue
        if mine:
            figures.hits += 1
        else:
            figures.hits_estimated += 1
        if hit.mark is None or price is None:
            figures.not_valued += 1
            continue
        gain, currency = hit.mark.gain(price), result_currency(hit.deal)
        for result in (figures.result,) if mine else (figures.result, figures.result_estimated):
            result[currency] = result.get(currency, ZERO) + gain


def _at_least_as_good(side: Side, price: Decimal | None, dealt: _Answer) -> bool:
    """For the client: our bid as high, our offer as low."""
    theirs = dealt.price(side)
    if price is None or theirs is None:
        return False
    return price >= theirs if side is BUY else price <= theirs
