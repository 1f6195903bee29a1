"""Rows for every report, from a backtest while it runs or from a journal afterwards.

    recorder = Recorder(EngineMarket(engine))       # of a journal: Recorder()
    recorder.begin(engine.state)                    # what the books hold already
    for stamped in events:
        if stamped.at_ns >= recorder.due_ns:        # one comparison for nearly every event
            recorder.mark(stamped.at_ns)            # before the event is stepped
        effects = engine.step(stamped)
        recorder.take(stamped.at_ns, stamped.event, effects)
    recorder.finish(last_ns)
    recorder.write(folder)                          # records/deals-0001.parquet ...

A price that had no effects need not be given to `take` where the market is the engine's. `write`
may be called as often as memory wants it (`recorder.rows`).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from backtest.records.asks import OwnAsks
from backtest.records.columns import Kind, Tables, Value, scaled
from backtest.records.conversations import Conversations, Shown, refusal_row
from backtest.records.limits import LimitUses
from backtest.records.market import FollowedMarket, MarketSource
from backtest.records.results import Books, Part, Split
from backtest.records.rows import Rows, deal_row, flow_rows, pip_of, tier_of
from robot.core.state import RobotState
from robot.deals.deal import Deal
from robot.deals.reference import Reference
from robot.limits.results import currency_of
from robot.messages.asks import AskEnded, AskOpened, SendAsk, TakeQuote
from robot.messages.effects import (
    AnyEffect,
    DayClosed,
    DealAmended,
    DealBooked,
    Decided,
    Entry,
    LimitsMoved,
    OrderEnded,
    QuoteEnded,
    RefuseRfq,
    SendMassQuote,
    SendOrder,
    SendQuote,
)
from robot.messages.events import AnyEvent, RfqEnded, RfqReceived, RobotStarted

HORIZONS_S = (1, 2, 5, 10, 30, 60, 120, 300, 600)
"""How long after a deal it is marked, seconds."""
SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
_NEVER = 1 << 62


class RecordSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How closely is recorded."""

    horizons_s: tuple[int, ...] = HORIZONS_S
    entries: bool = True
    """Whether the ledger's entries are kept, row by row."""
    limits: bool = True
    """Whether uses of limits are."""


class Due(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A deal that is to be marked."""

    at_ns: int
    deal_id: str
    horizon_s: int
    pair: str


class Recording(msgspec.Struct):
    """All that is under way: what a checkpoint keeps."""

    begun_ns: int = 0
    last_ns: int = 0
    minute_ns: int = 0
    """Where the next row of each minute is due."""
    part: int = 0
    """Number of the last part that was written."""
    talks: Conversations = msgspec.field(default_factory=Conversations)
    asks: OwnAsks = msgspec.field(default_factory=OwnAsks)
    books: Books = msgspec.field(default_factory=Books)
    limits: LimitUses = msgspec.field(default_factory=LimitUses)
    due: list[Due] = []
    """A heap."""
    moved: dict[str, bool] = {}
    """Currencies whose position is other than the last row says."""
    about: dict[str, str] = {}
    closed: bool = False


class Recorder:
    """Makes the rows. Its whole state can be saved in a checkpoint and taken up again."""

    def __init__(
        self,
        market: MarketSource | None = None,
        settings: RecordSettings | None = None,
        saved: bytes = b"",
        rows: Tables | None = None,
    ) -> None:
        """`market` None = follow the events' own prices; `saved` is what `snapshot` gave, `rows`
        what had not been written then.
        """
        self._market = market if market is not None else FollowedMarket()
        self._settings = settings if settings is not None else RecordSettings()
        self._now = msgspec.json.decode(saved, type=Recording) if saved else Recording()
        self._rows = Rows(rows)
        self._over: list[Shown] = []
        """Quotes that ended with the event that is taken."""
        self.due_ns = self._next_due() if saved else 0
        """From this time on `mark` must be called before the next event is stepped."""
        self._events: Mapping[type, Callable[[int, Any], None]] = {
            RfqReceived: self._on_request,
            RfqEnded: self._now.talks.ended,
            RobotStarted: self._on_started,
        }
        self._effects: dict[type, Callable[[int, Any], None]] = {
            QuoteEnded: self._on_quote_ended,
            DealBooked: self._on_booked,
            DealAmended: self._on_amended,
            RefuseRfq: self._now.talks.refused,
            OrderEnded: self._on_order_ended,
            DayClosed: self._on_day_closed,
            AskOpened: self._on_ask,
            SendAsk: self._now.asks.sent,
            AskEnded: self._on_ask_ended,
        }
        if self._settings.limits:
            self._effects |= {LimitsMoved: self._on_limits}

    @property
    def rows(self) -> int:
        """How many rows there are that `write` has not put anywhere."""
        return self._rows.count

    def begin(self, state: RobotState) -> None:
        """The positions and results that there are before the first event."""
        self._now.books.open(state.ledger)
        self._now.moved = dict.fromkeys(self._now.books.net, True)
        if state.reference is not None:
            self._describe(state.reference, state.trade_date)

    def mark(self, at_ns: int) -> None:
        """What was due before `at_ns` is noted at the market as it stands."""
        now = self._now
        while now.due and now.due[0].at_ns <= at_ns:
            due = heapq.heappop(now.due)
            self._markout(due, self._market.recent_spot(due.pair, due.at_ns))
        if now.minute_ns and at_ns >= now.minute_ns:
            self._minute(at_ns // MINUTE_NS * MINUTE_NS)
        elif not now.begun_ns:
            now.books.value_begun(self._market, at_ns)
        now.minute_ns = (at_ns // MINUTE_NS + 1) * MINUTE_NS
        self.due_ns = self._next_due()

    def take(self, at_ns: int, event: AnyEvent, effects: Sequence[AnyEffect]) -> None:
        """An event was stepped at `at_ns`, with these effects."""
        now = self._now
        self._market.follow(at_ns, event)
        now.begun_ns, now.last_ns = now.begun_ns or at_ns, at_ns
        handler = self._events.get(type(event))
        if handler is not None:
            handler(at_ns, event)
        if effects:
            self._take_effects(at_ns, effects)

    def rivals(
        self,
        venue: str,
        request_id: str,
        count: int,
        bid: Decimal | None,
        offer: Decimal | None,
    ) -> None:
        """What others quoted on a request, where the simulated client knows it."""
        self._now.talks.rivals(f"{venue} {request_id}", count, bid, offer)

    def note(self, key: str, value: str) -> None:
        """Something about the record itself: a row of the table `about`."""
        self._now.about[key] = value

    def finish(self, at_ns: int) -> None:
        """The record ends: what is open is written as OPEN, and everything is marked."""
        now = self._now
        if at_ns % MINUTE_NS == 0:
            now.minute_ns = at_ns + 1  # the last rows are of that minute: they come below
        self.mark(at_ns)
        for due in sorted(now.due):
            self._markout(due, None)
        now.due, now.last_ns, now.closed = [], at_ns, True
        self._minute(at_ns)
        now.talks.close(self._rows)
        now.asks.close(self._rows, self._market)
        self._marks(at_ns)
        self._about()
        self.due_ns = _NEVER

    def tables(self) -> Tables:
        """The rows since the last `write`."""
        return self._rows.tables

    def write(self, folder: Path) -> None:
        """Put the rows since the last `write` into the next part files of `folder`."""
        from backtest.records.parts import write_part

        self._now.part += 1
        write_part(folder, self._now.part, self._rows.take())

    def snapshot(self) -> bytes:
        """What is under way, and the number of the last part: for a checkpoint. Rows that `write`
        has put nowhere yet are not in it: keep `tables` beside it.

        Taken up again, parts with a higher number are written over.
        """
        return msgspec.json.encode(self._now)

    # --- effects

    def _take_effects(self, at_ns: int, effects: Sequence[AnyEffect]) -> None:
        decided: dict[str, Decided] = {}
        for effect in effects:
            if isinstance(effect, Decided):
                decided[effect.quote_id or effect.subject] = effect
        for effect in effects:
            handler = self._effects.get(type(effect))
            if handler is not None:
                handler(at_ns, effect)
            elif isinstance(effect, SendQuote):
                self._quoted(at_ns, effect, decided)
            elif isinstance(effect, SendMassQuote):
                for quote in effect.quotes:
                    self._quoted(at_ns, quote, decided)
            elif isinstance(effect, SendOrder | TakeQuote):
                found = decided.get(effect.order_id)
                purpose = found.strategy if found is not None else ""
                self._now.talks.sent(at_ns, effect, purpose, self._market)
            elif isinstance(effect, Decided) and effect.outcome == "REFUSED":
                self._refused(at_ns, effect)
        for shown in self._over:
            self._now.talks.put_quote(shown, self._rows)
        self._over = []

    def _on_request(self, at_ns: int, event: RfqReceived) -> None:
        self._now.talks.asked(at_ns, event, self._market)

    def _on_started(self, at_ns: int, event: RobotStarted) -> None:
        self._describe(event.reference, event.trade_date)
        self.note("code_version", event.code_version)
        self.note("configuration_hash", event.configuration_hash)

    def _describe(self, reference: Reference, trade_date: date | None) -> None:
        choice = reference.strategy
        self.note("reporting_currency", str(reference.reporting_currency))
        self.note("entity", reference.entity)
        self.note("book", str(reference.book))
        self.note("strategy", f"{choice.name} {choice.version}")
        self.note("seed", str(reference.seed))
        if trade_date is not None:
            self._note_date(trade_date)

    def _note_date(self, trade_date: date) -> None:
        dates = self._now.about.get("trade_dates", "").split()
        if trade_date.isoformat() not in dates:
            self.note("trade_dates", " ".join((*dates, trade_date.isoformat())))

    def _quoted(self, at_ns: int, quote: SendQuote, decided: Mapping[str, Decided]) -> None:
        self._now.talks.quoted(at_ns, quote, decided.get(quote.quote_id), self._market)

    def _on_quote_ended(self, at_ns: int, effect: QuoteEnded) -> None:
        shown = self._now.talks.quote_ended(at_ns, effect)
        if shown is not None:
            self._over.append(shown)

    def _on_ask(self, at_ns: int, effect: AskOpened) -> None:
        self._now.asks.opened(at_ns, effect, self._market)

    def _on_ask_ended(self, at_ns: int, effect: AskEnded) -> None:
        self._now.asks.ended(at_ns, effect, self._market, self._rows)

    def _on_limits(self, at_ns: int, effect: LimitsMoved) -> None:
        self._now.limits.take(effect)

    def _on_order_ended(self, at_ns: int, effect: OrderEnded) -> None:
        self._now.talks.order_ended(at_ns, effect, self._rows)

    def _refused(self, at_ns: int, decided: Decided) -> None:
        talks = self._now.talks
        shown = talks.quotes.get(decided.quote_id or "")
        asked = talks.requests.get(f"{decided.venue} {decided.subject}")
        self._rows.add("refusals", refusal_row(at_ns, decided, asked, shown, self._market))

    # --- deals

    def _on_booked(self, at_ns: int, effect: DealBooked) -> None:
        deal, now = effect.deal, self._now
        spot_mid = None if deal.kind.is_loan else self._market.spot(deal.pair, at_ns)
        part = now.books.add(deal, spot_mid)
        request_id = now.talks.dealt(deal)
        for shown in self._over:
            if shown.quote_id == deal.quote_id:
                shown.deal_id = deal.deal_id
                request_id = request_id or shown.request_id
        self._put_deal(deal, part, request_id, amended=False)
        self._entered(at_ns, effect.entry)
        if part.spot_mid is not None and part.base:
            for horizon_s in self._settings.horizons_s:
                due_ns = at_ns + horizon_s * SECOND_NS
                heapq.heappush(now.due, Due(due_ns, deal.deal_id, horizon_s, deal.pair))
            self.due_ns = self._next_due()

    def _on_amended(self, at_ns: int, effect: DealAmended) -> None:
        part = self._now.books.amend(effect.deal, effect.reversal)
        self._put_deal(effect.deal, part, "", amended=True)
        self._entered(at_ns, effect.reversal)
        if effect.entry is not None:
            self._entered(at_ns, effect.entry)

    def _put_deal(self, deal: Deal, part: Part | None, request_id: str, *, amended: bool) -> None:
        reference = self._market.reference
        pip = pip_of(reference, deal.product, deal.pair)
        tier = tier_of(reference, deal.counterparty)
        self._rows.add("deals", deal_row(deal, part, tier, request_id, pip, amended))
        if part is not None:
            for row in flow_rows(deal, part):
                self._rows.add("flows", row)
        self._now.moved |= dict.fromkeys((str(flow.currency) for flow in deal.flows), True)

    def _entered(self, at_ns: int, entry: Entry) -> None:
        if not self._settings.entries:
            return
        for posting in entry.postings:
            self._rows.add(
                "entries",
                {
                    "at_ns": at_ns,
                    "entry_id": entry.entry_id,
                    "deal_id": entry.deal_id,
                    "account": posting.account,
                    "currency": str(posting.currency),
                    "value_date": posting.value_date.isoformat(),
                    "amount": scaled(posting.amount, Kind.MONEY),
                },
            )

    def _on_day_closed(self, at_ns: int, effect: DayClosed) -> None:
        self._now.books.close_day(effect.next_trade_date)
        day = effect.trade_date.isoformat()
        for pair, result in effect.pnl.items():
            self._rows.add(
                "endings", {"at_ns": at_ns, "trade_date": day, "pair": pair, "result": result}
            )
        self._note_date(effect.next_trade_date)

    # --- by time

    def _next_due(self) -> int:
        due = self._now.due
        return min(due[0].at_ns, self._now.minute_ns) if due else self._now.minute_ns

    def _markout(self, due: Due, mid: Decimal | None) -> None:
        self._rows.add(
            "markouts",
            {
                "deal_id": due.deal_id,
                "horizon_s": due.horizon_s,
                "at_ns": due.at_ns,
                "mid": scaled(mid, Kind.PRICE),
            },
        )

    def _minute(self, at_ns: int) -> None:
        now, rows = self._now, self._rows
        now.limits.put(at_ns, rows)
        now.talks.put_requests(at_ns, rows)
        for currency in now.moved:
            amount = scaled(now.books.net.get(currency), Kind.MONEY)
            rows.add("positions", {"at_ns": at_ns, "currency": currency, "amount": amount})
        now.moved = {}
        for name in now.books.pairs:
            split = now.books.value(name, self._market, at_ns)
            if split is not None:
                rows.add("results", self._result_row(at_ns, name, split))
        reference = self._market.reference
        for pair in reference.conventions if reference is not None else ():
            mid = self._market.recent_spot(pair, at_ns)
            if mid is not None:
                rows.add("mids", {"at_ns": at_ns, "pair": pair, "mid": scaled(mid, Kind.PRICE)})

    def _result_row(self, at_ns: int, name: str, split: Split) -> dict[str, int | str | None]:
        book = self._now.books.pairs[name]
        return {
            "at_ns": at_ns,
            "pair": name,
            "currency": str(currency_of(name)),
            "position": scaled(book.result.base, Kind.SIZE),
            "mid": scaled(split.mid, Kind.PRICE),
            "margin": scaled(split.margin, Kind.MONEY),
            "inventory": scaled(split.inventory, Kind.MONEY),
            "carry": scaled(split.carry, Kind.MONEY),
            "hedging": scaled(split.hedging, Kind.MONEY),
            "total": scaled(split.total, Kind.MONEY),
        }

    def _marks(self, at_ns: int) -> None:
        """The middles and points at the end, exact: what deals are valued at one by one."""
        market, books = self._market, self._now.books
        reference = market.reference
        names = dict.fromkeys(reference.conventions if reference is not None else ())
        for pair in names:
            mid = market.last_spot(pair, at_ns)
            if mid is not None:
                self._put_mark(at_ns, pair, "", mid)
        for name, book in books.pairs.items():
            self._marks_of(
                at_ns, name, [day for day, open_ in book.result.forward.items() if open_]
            )

    def _marks_of(self, at_ns: int, name: str, days: list[date]) -> None:
        market = self._market
        found = {day: market.points(name, day, at_ns) for day in days}
        for day, points in found.items():
            if points is not None:
                self._put_mark(at_ns, name, day.isoformat(), points.points)
        age_ms = max((one.age_ms for one in found.values() if one is not None), default=0)
        if age_ms:
            self.note(f"points_age_ms {name}", str(age_ms))
        missing = [day.isoformat() for day, points in found.items() if points is None]
        if missing:
            self.note(f"without_points {name}", " ".join(missing))
        mid_age_ms = market.spot_age_ms(name, at_ns) if "/" in name else 0
        if mid_age_ms:
            self.note(f"mid_age_ms {name}", str(mid_age_ms))

    def _put_mark(self, at_ns: int, pair: str, value_date: str, value: Decimal) -> None:
        row: dict[str, Value] = {"at_ns": at_ns, "pair": pair, "value_date": value_date}
        self._rows.add("marks", row | {"value": f"{value:f}"})

    def _about(self) -> None:
        now = self._now
        now.about |= {"begun_ns": str(now.begun_ns), "ended_ns": str(now.last_ns)}
        if self._market.trade_date is not None:
            self.note("trade_date", self._market.trade_date.isoformat())
        reporting = now.about.get("reporting_currency", "")
        for currency in dict.fromkeys(str(currency_of(name)) for name in now.books.pairs):
            rate = self._market.worth(currency, reporting, now.last_ns)
            if rate is not None:
                self.note(f"rate {currency}", f"{rate:f}")
        for key, value in now.about.items():
            self._rows.add("about", {"key": key, "value": value})
