"""An open request with its quotes, and the venue's bookkeeping of all that are open."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import asdict, dataclass, field
from decimal import Decimal

from connectors.sim.bargain import Bargain
from connectors.sim.clients import Plan
from connectors.sim.model import Moment
from connectors.sim.products import deals_at_offer
from connectors.sim.rows import EntryLife, QuoteLife, RequestLife

_ENDED_KEPT = 5_000  # ended requests that can still be told from ones that never were


@dataclass(slots=True)
class OpenRequest:
    """One request while it lives: its rows, its client's plan and the quotes it got."""

    row: RequestLife
    plan: Plan
    entries: tuple[EntryLife, ...]
    quotes: dict[int, QuoteLife] = field(default_factory=dict)  # the latest per entry
    replaced: QuoteLife | None = None  # the last quote that another one replaced
    replacements: int = 0
    deciding: bool = False  # a decision is on the timer list
    decided: bool = False
    drawn: bool = False  # whether it haggles has been drawn
    bargain: Bargain | None = None  # when it does

    def entry_for(self, pair: str | None, size: Decimal | None) -> EntryLife | None:
        """The entry a quote or refusal is about: same pair and size."""
        for entry in self.entries:
            if pair in (None, entry.pair) and size in (None, entry.size):
                return entry
        return None

    def live_quotes(self, at_ns: int) -> list[QuoteLife]:
        """Quotes that can be dealt on now, in the order of the sizes asked."""
        return [
            quote
            for _, quote in sorted(self.quotes.items())
            if quote.end == "live" and (quote.valid_until_ns or 0) >= at_ns
        ]

    def latest_quote(self) -> QuoteLife | None:
        """The quote that came last, whatever became of it."""
        return max(self.quotes.values(), key=lambda quote: quote.received_wall_ns, default=None)

    @property
    def all_answered(self) -> bool:
        return all(entry.outcome != "open" for entry in self.entries)


def price_for(quote: QuoteLife, side: str) -> Decimal | None:
    """What the taker deals at: the offer when it buys (of a swap, when it sells the near leg)."""
    return quote.offer if deals_at_offer(quote.product, side) else quote.bid


def new_request(
    plan: Plan, request_id: str, venue: str, value_date: str | None, now: Moment
) -> OpenRequest:
    """The request of a plan with its rows, as it is sent now."""
    row = RequestLife(
        request_id=request_id,
        venue=venue,
        client=plan.shown_id,
        behaviour=plan.behaviour,
        entries=len(plan.sizes),
        sent_at_ns=now.at_ns,
        sent_wall_ns=now.wall_ns,
        open_until_ns=now.at_ns + plan.open_ns,
        stream_seconds=plan.stream_seconds,
    )
    side = plan.side.value if plan.shows_side else None
    entries = tuple(
        EntryLife(request_id, number, plan.pair, size, side, value_date, **asdict(plan.terms))
        for number, size in enumerate(plan.sizes)
    )
    return OpenRequest(row, plan, entries)


class RequestBook:
    """All open requests, and the last ones that ended."""

    def __init__(self) -> None:
        self._open: dict[str, OpenRequest] = {}
        self._ended: OrderedDict[str, OpenRequest] = OrderedDict()
        self._count: Counter[str] = Counter()
        self._by_quote: dict[tuple[str, str], tuple[OpenRequest, QuoteLife]] = {}

    def add(self, request: OpenRequest) -> None:
        self._open[request.row.request_id] = request
        self._count[request.row.venue] += 1

    def open(self, venue: str, request_id: str) -> OpenRequest | None:
        request = self._open.get(request_id)
        return request if request is not None and request.row.venue == venue else None

    def ended(self, venue: str, request_id: str) -> OpenRequest | None:
        request = self._ended.get(request_id)
        return request if request is not None and request.row.venue == venue else None

    def has_open(self, venue: str) -> bool:
        return self._count[venue] > 0

    def all_open(self, venue: str | None = None) -> list[OpenRequest]:
        return [each for each in self._open.values() if venue in (None, each.row.venue)]

    def __len__(self) -> int:
        return len(self._open)

    def end(self, request: OpenRequest) -> None:
        """Moves a request to the ended ones."""
        if self._open.pop(request.row.request_id, None) is None:
            return
        self._count[request.row.venue] -= 1
        self._ended[request.row.request_id] = request
        if len(self._ended) > _ENDED_KEPT:
            _, oldest = self._ended.popitem(last=False)
            last = [oldest.replaced] if oldest.replaced is not None else []
            for quote in [*oldest.quotes.values(), *last]:
                self._by_quote.pop((quote.venue, quote.quote_id), None)

    def add_quote(self, request: OpenRequest, quote: QuoteLife) -> QuoteLife | None:
        """Makes the quote the latest of its entry and returns the one it replaces.

        Replaced quotes are findable until the next replacement: clients hit those too.
        """
        former = request.quotes.get(quote.entry)
        if former is not None:
            if request.replaced is not None:
                self._by_quote.pop((quote.venue, request.replaced.quote_id), None)
            request.replaced = former
            request.replacements += 1
        request.quotes[quote.entry] = quote
        self._by_quote[(quote.venue, quote.quote_id)] = (request, quote)
        return former

    def by_quote(self, venue: str, quote_id: str) -> tuple[OpenRequest, QuoteLife] | None:
        return self._by_quote.get((venue, quote_id))
