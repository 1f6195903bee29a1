"""A recorded day under other limits or another strategy: the real core, stepped with what came in.

What the world did stays as it was, as far as it can have done it:

- a recorded hit stands only if the quote that it would have met is at least as good for the client;
  else it is counted apart, and no deal is made of it;
- who was refused on the day and would be quoted has no hit on record: none is invented;
- an order of ours that was sent on the day, and would have been sent just so, has its recorded
  answers; another one counts as canceled, undealt.

The ids that the core gives come out otherwise once something was refused, so those that a recorded
message names are translated to what the core calls the same thing now.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path

import msgspec

from connectors.evidence.days import limit_of
from connectors.evidence.records import SegmentView, segments_of_day, views_of
from connectors.evidence.results import PairResult, Results
from connectors.evidence.translating import Names, price_shown
from connectors.evidence.use import LimitUse, Peaks
from robot.assembly import load_strategy
from robot.basics.ids import ExecId
from robot.basics.numbers import ZERO
from robot.core.engine import Engine
from robot.core.state import restore
from robot.deals.party import BUY
from robot.deals.product import ProductKind, price_side
from robot.deals.reference import HedgePolicy, Limits, Reference, StrategyChoice
from robot.deals.releases import ReleasePolicy
from robot.errors import RobotError
from robot.journal import RecordKind, Snapshot
from robot.limits.limit import Reason
from robot.messages.base import Origin
from robot.messages.effects import (
    AnyEffect,
    ConcludeDeal,
    DealBooked,
    Decided,
    RefuseHit,
    SendOrder,
)
from robot.messages.events import (
    AnyEvent,
    HitReceived,
    RobotStarted,
    Stamped,
    TimeAdvanced,
    TradeReported,
    TradesCounted,
)
from robot.messages.governing import ReferenceChanged
from robot.messages.orders import OrderReport, OrderReported
from robot.messages.releases import StrategyRolledBack

ASSUMPTIONS = (
    "a recorded hit stands only if the changed quote was at least as good for the client; "
    "else it is counted apart",
    "who was refused on the day and would be quoted is not assumed to deal",
    "an order of ours that was sent just so on the day has its recorded answers; "
    "any other counts as canceled, undealt",
)


_REQUOTED_MAX = 5_000


class Other(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be in force instead; None = as on the day."""

    limits: Limits | None = None
    strategy: StrategyChoice | None = None
    hedges: tuple[HedgePolicy, ...] | None = None

    def of(self, reference: Reference) -> Reference:
        """A reference of the day with it."""
        parts = {
            name: getattr(self, name)
            for name in self.__struct_fields__
            if getattr(self, name) is not None
        }
        if self.strategy is not None:  # it is tried here without the stages of a release
            parts |= {"candidate": None, "releases": ReleasePolicy()}
        return msgspec.structs.replace(reference, **parts)

    def replaces(self, event: ReferenceChanged | StrategyRolledBack) -> bool:
        """Whether a change of the day would have put something else in its place."""
        if isinstance(event, StrategyRolledBack):
            return self.strategy is not None
        return (event.limits is not None and self.limits is not None) or (
            event.strategy is not None and self.strategy is not None
        )


class Differs(msgspec.Struct, frozen=True, kw_only=True):
    """One request, hit or deal with another outcome."""

    at_ns: int
    subject: str
    venue: str
    counterparty: str
    pair: str
    amount: Decimal
    side: str
    recorded: str
    now: str
    limit_id: str = ""
    """Which limit refuses, where the record says it."""


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """What would have been otherwise."""

    day: str
    segments: tuple[str, ...]
    assumptions: tuple[str, ...]
    requests: int
    """Decisions on requests that the record has."""
    newly_refused: tuple[Differs, ...]
    newly_quoted: tuple[Differs, ...]
    refused_otherwise: int
    """Refused on the day and now, for another reason."""
    quoted_otherwise: int
    """Quoted on the day and now, at another price."""
    deals: int
    deals_lost: tuple[Differs, ...]
    """Made on the day, and not under these."""
    deals_gained: tuple[Differs, ...]
    """Recorded hits that were refused on the day and would have been dealt on."""
    apart: tuple[Differs, ...]
    """Hits on quotes that would have been worse for the client: not judged."""
    own_orders_otherwise: int
    """Orders of ours of the day that would not have been sent so, or the other way round."""
    changes_left_out: int
    """Changes of the day that would have put something else in their place."""
    peaks: tuple[tuple[LimitUse | None, LimitUse | None], ...]
    """Of each limit: on the day, and now."""
    requoted: tuple[Differs, ...] = ()
    """The requests that would have had another price, or another reason; the first of them."""
    results: tuple[tuple[PairResult, PairResult], ...] = ()
    """Of each pair with deals: on the day, and now."""
    problem: str = ""
    """Why it ends before the day does."""

    @property
    def same(self) -> bool:
        """Whether nothing would have been otherwise."""
        lists = (self.newly_refused, self.newly_quoted, self.deals_lost, self.deals_gained)
        figures = self.refused_otherwise, self.quoted_otherwise, self.own_orders_otherwise
        return not any((*lists, self.apart, *figures, self.problem))


def what_if(folder: Path, day: str, other: Other) -> WhatIf:
    """A day (`20140502`) of a journal again, under other limits or another strategy.

    First under those of the day: where that does not give what the journal has (it is another
    program's), nothing can be said, which is a RobotError.
    """
    as_it_was = _replayed(folder, day, Other())
    if not as_it_was.same:
        raise RobotError(
            f"{folder}: {day} does not come out as recorded under its own limits "
            f"({as_it_was.problem or 'other decisions'}): it was made by another version of "
            "fxrobot; `fxrobot replay --check` tells where it differs first"
        )
    return _replayed(folder, day, other)


def _replayed(folder: Path, day: str, other: Other) -> WhatIf:
    paths = segments_of_day(folder, day)
    again = _Again(other, _reports(folder, paths))
    for view in views_of(folder, paths):
        again.follow(view)
        if again.problem:
            break
    return again.result(day, tuple(path.stem for path in paths))


def _reports(folder: Path, paths: list[Path]) -> dict[str, list[str]]:
    """The ExecIDs that each report of trades tells, by the question's id."""
    found: dict[str, list[str]] = {}
    for view in views_of(folder, paths):
        for index in view.find('"type":"TradeReported"'):
            at = view.turn_at(index)
            for stamped in at[1].inputs if at is not None and at[0] == index else ():
                event = stamped.event
                if isinstance(event, TradeReported):
                    found.setdefault(event.request_id, []).append(event.exec_id)
    return found


class _Again:
    """The core under other limits, and what it does otherwise than the record."""

    def __init__(self, other: Other, reports: dict[str, list[str]]) -> None:
        self._other = other
        self._reports = reports
        self._names = Names()
        self._engine: Engine | None = None
        self._then, self._now = Peaks(), Peaks()
        self._results = Results(), Results()
        self._refused_now: dict[str, str] = {}
        """Request -> why it is refused now."""
        self.problem = ""
        self._lists: dict[str, list[Differs]] = {
            name: [] for name in ("refused", "quoted", "lost", "gained", "apart", "requoted")
        }
        self._counts: Counter[str] = Counter()

    def follow(self, view: SegmentView) -> None:
        """One segment; the first one's snapshot is where it begins."""
        if self._engine is None:
            self._engine = self._begun(view)
        for _, turn in view.turns():
            for stamped, effects in turn.pairs():
                if stamped.number in turn.quarantined:
                    continue
                try:
                    self._step(stamped, effects)
                except Exception as problem:  # the core's own assertions: said, not hidden
                    self.problem = (
                        f"{view.name} record {turn.sequence}, event {stamped.number}: the core "
                        f"failed under these limits: {type(problem).__name__}: {problem}"
                    )
                    return

    def _begun(self, view: SegmentView) -> Engine:
        if len(view) < 2 or view.kinds[1] != RecordKind.SNAPSHOT:
            raise RobotError(f"{view.name}: does not begin with a state")
        saved = msgspec.json.decode(view.record(1).payload, type=Snapshot)
        state = restore(bytes(saved.state))
        if state.reference is not None:
            state.reference = self._other.of(state.reference)
            state.load_limits()
        return Engine(load_strategy, state)

    def _step(self, stamped: Stamped, effects: list[AnyEffect]) -> None:
        event, dropped = self._translated(stamped.event)
        made = self._core(stamped.at_ns, event)
        left_over = self._names.pair(effects, made)
        self._then.follow(stamped.at_ns, effects)
        self._now.follow(stamped.at_ns, made)
        self._results[0].follow(effects)
        self._results[1].follow(made)
        self._compare(stamped, effects, made, dropped)
        orders = [one for one in left_over if isinstance(one, SendOrder)]
        self._counts["orders"] += len(orders) + self._names.orders_gone(effects)
        for order in orders:
            canceled = self._core(stamped.at_ns, _canceled(order))
            self._now.follow(stamped.at_ns, canceled)

    def _core(self, at_ns: int, event: AnyEvent) -> tuple[AnyEffect, ...]:
        assert self._engine is not None, "a segment was begun"
        return self._engine.step(Stamped(self._engine.state.stepped + 1, at_ns, event))

    # --- what came in, as it can come in now

    def _translated(self, event: AnyEvent) -> tuple[AnyEvent, str]:
        """The event with today's names, or the passing of time and why it cannot have come."""
        if isinstance(event, RobotStarted):
            reference = self._other.of(event.reference)
            return msgspec.structs.replace(event, reference=reference), ""
        if isinstance(event, ReferenceChanged | StrategyRolledBack) and (
            self._other.replaces(event)
        ):
            self._counts["left out"] += 1
            return TimeAdvanced(), ""
        if isinstance(event, HitReceived):
            return self._hit(event)
        if isinstance(event, TradesCounted):
            gone = [one for one in self._reports.get(event.request_id, ()) if self._names.gone(one)]
            event = msgspec.structs.replace(event, total=max(0, event.total - len(gone)))
        translated = self._names.translated(event)
        return (TimeAdvanced(), "gone") if translated is None else (translated, "")

    def _hit(self, event: HitReceived) -> tuple[AnyEvent, str]:
        quote_id = event.quote_id
        if self._names.gone(quote_id):
            return TimeAdvanced(), "not quoted"
        translated = self._names.translated(event)
        assert isinstance(translated, HitReceived), "its quote has a name"
        then, now = (
            self._names.quotes_then.get(quote_id),
            self._names.quotes_now.get(translated.quote_id),
        )
        if then is None or now is None:
            return translated, ""
        at_bid = price_side(ProductKind(then.product), event.side) is BUY
        before, after = price_shown(then, at_bid=at_bid), price_shown(now, at_bid=at_bid)
        named = event.price
        if before is None or after is None or before == after or named not in (None, before):
            return translated, ""
        if (after < before) if at_bid else (after > before):
            return TimeAdvanced(), f"quoted {after}, worse for the client than {before}"
        return msgspec.structs.replace(
            translated,
            price=after if event.price is not None else None,
            near_rate=None,
            far_rate=None,
        ), ""

    # --- what is otherwise

    def _compare(
        self,
        stamped: Stamped,
        effects: Iterable[AnyEffect],
        made: Iterable[AnyEffect],
        dropped: str,
    ) -> None:
        then, now = list(_requests(effects)), {one.subject: one for one in _requests(made)}
        for decided in then:
            self._counts["requests"] += 1
            other = now.get(decided.subject)
            if other is not None:
                self._compare_request(stamped.at_ns, decided, other)
        event = stamped.event
        if isinstance(event, HitReceived):
            self._compare_hit(stamped, event, list(effects), list(made), dropped)
        else:
            lost = sum(_taken(one) for one in effects) - sum(_taken(one) for one in made)
            self._counts["own deals lost"] += max(0, lost)

    def _compare_request(self, at_ns: int, then: Decided, now: Decided) -> None:
        if now.outcome == "REFUSED":
            self._refused_now[f"{now.venue} {now.subject}"] = f"{now.reason}: {now.detail}"
        if then.outcome == now.outcome:
            count = ""
            if then.reason != now.reason:
                count = "refused otherwise"
            elif then.outcome == "QUOTED" and then.detail != now.detail:
                count = "quoted otherwise"
            elif then.detail != now.detail and then.reason == Reason.STRATEGY_PASSED:
                count = "passed otherwise"
            self._counts[count] += 1
            if count and len(self._lists["requoted"]) < _REQUOTED_MAX:
                row = _differs(at_ns, then, _told(then), _told(now))
                self._lists["requoted"].append(row)
            return
        which = "refused" if now.outcome == "REFUSED" else "quoted"
        refused = now if which == "refused" else then
        self._lists[which].append(_differs(at_ns, then, _told(then), _told(now), limit_of(refused)))

    def _compare_hit(
        self,
        stamped: Stamped,
        event: HitReceived,
        effects: list[AnyEffect],
        made: list[AnyEffect],
        dropped: str,
    ) -> None:
        then = next((one for one in effects if isinstance(one, ConcludeDeal)), None)
        now = next((one for one in made if isinstance(one, ConcludeDeal)), None)
        self._counts["deals"] += then is not None
        if (then is None) == (now is None):
            return
        decided = next(
            (one for one in (*effects, *made) if isinstance(one, Decided) and one.kind == "HIT"),
            None,
        )
        if decided is None:
            return
        if then is not None and dropped and dropped != "not quoted":
            self._lists["apart"].append(
                _differs(stamped.at_ns, decided, then.deal.deal_id, dropped)
            )
        elif then is not None:
            why = self._why_lost(event, then, made, dropped)
            self._lists["lost"].append(_differs(stamped.at_ns, decided, then.deal.deal_id, why))
        elif now is not None:
            refused = next((one for one in effects if isinstance(one, RefuseHit)), None)
            before = f"{refused.reason}: {refused.detail}" if refused is not None else "refused"
            self._lists["gained"].append(_differs(stamped.at_ns, decided, before, "dealt"))

    def _why_lost(
        self, event: HitReceived, then: ConcludeDeal, made: list[AnyEffect], dropped: str
    ) -> str:
        refused = next((one for one in made if isinstance(one, RefuseHit)), None)
        if refused is not None:
            return f"the hit is refused: {refused.reason}: {refused.detail}"
        why = self._refused_now.get(f"{event.venue} {then.deal.rfq_id}", "")
        return f"not quoted: {why}" if why else dropped or "not dealt"

    def result(self, day: str, segments: tuple[str, ...]) -> WhatIf:
        """What was found."""
        lists = {name: tuple(rows) for name, rows in self._lists.items()}
        names = sorted({*self._then.of, *self._now.of})
        counts = self._counts
        return WhatIf(
            day=day,
            segments=segments,
            assumptions=ASSUMPTIONS,
            requests=counts["requests"],
            newly_refused=lists["refused"],
            newly_quoted=lists["quoted"],
            refused_otherwise=counts["refused otherwise"],
            quoted_otherwise=counts["quoted otherwise"],
            deals=counts["deals"],
            deals_lost=lists["lost"],
            deals_gained=lists["gained"],
            apart=lists["apart"],
            own_orders_otherwise=counts["orders"] + counts["own deals lost"],
            changes_left_out=counts["left out"],
            peaks=tuple((self._then.of.get(name), self._now.of.get(name)) for name in names),
            requoted=lists["requoted"],
            results=self._both_results(),
            problem=self.problem,
        )

    def _both_results(self) -> tuple[tuple[PairResult, PairResult], ...]:
        then, now = self._results
        return tuple((then.of(pair), now.of(pair)) for pair in sorted(then.pairs | now.pairs))


def _requests(effects: Iterable[AnyEffect]) -> Iterator[Decided]:
    for effect in effects:
        if isinstance(effect, Decided) and effect.kind == "RFQ":
            yield effect


def _taken(effect: AnyEffect) -> bool:
    return isinstance(effect, DealBooked) and effect.deal.as_taker


def _told(decided: Decided) -> str:
    return f"{decided.outcome} {decided.reason} {decided.detail}".replace("  ", " ")


def _differs(at_ns: int, decided: Decided, then: str, now: str, limit_id: str = "") -> Differs:
    return Differs(
        at_ns=at_ns,
        subject=decided.subject,
        venue=decided.venue,
        counterparty=decided.counterparty,
        pair=decided.pair,
        amount=decided.amount,
        side=decided.side,
        recorded=then,
        now=now,
        limit_id=limit_id,
    )


def _canceled(order: SendOrder) -> OrderReported:
    """What the venue would say of an order of which nothing is on record: nothing dealt."""
    return OrderReported(
        origin=Origin(session="what-if", sequence=0),
        venue=order.venue,
        order_id=order.order_id,
        exec_id=ExecId(f"what-if {order.order_id}"),
        report=OrderReport.CANCELED,
        ended=True,
        pair=order.pair,
        side=order.side,
        amount=order.amount,
        filled=ZERO,
        remaining=ZERO,
        currency=order.currency or None,
        value_date=order.value_date,
    )
