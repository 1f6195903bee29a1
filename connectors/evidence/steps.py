"""One step of a chain: an event or an effect as people read it, with its place in the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from connectors.evidence.records import Turn
from connectors.evidence.use import headroom_of, is_two_sided
from connectors.evidence.words import fields_line, fix_lines, plain, safe
from robot.clock import format_time
from robot.messages.base import Effect, Event, Wire
from robot.messages.counters import RefuseCounter
from robot.messages.effects import (
    ConcludeDeal,
    DealAmended,
    DealBooked,
    Decided,
    Entry,
    LimitMove,
    LimitsMoved,
    RefuseHit,
    RefuseRfq,
    SendQuote,
)
from robot.messages.events import Stamped
from robot.messages.releases import ShadowDecided, ShadowWished


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`group` is what kind of evidence it is: market, in, decision, check, limits, out, book,
    approval, delivery, hedge, other.
    """

    at_ns: int
    at: str
    segment: str
    sequence: int
    """Of the record of the turn's inputs."""
    number: int
    """Of the event."""
    place: int
    """Within what belongs to the event."""
    group: str
    title: str
    lines: tuple[str, ...] = ()
    sent_ns: int = 0
    data: dict[str, object] = {}

    @property
    def order(self) -> tuple[str, int, int, int, int]:
        """Journal order; what is not in the journal comes last, by its time."""
        late = self.at_ns if not self.segment else 0
        return (self.segment or "~", self.sequence, self.number, self.place, late)

    def with_lines(self, *lines: str, sent_ns: int = 0) -> Step:
        """The same with more said."""
        shown = tuple(safe(line) for line in lines)
        return msgspec.structs.replace(
            self, lines=(*self.lines, *shown), sent_ns=sent_ns or self.sent_ns
        )

    def in_group(self, group: str) -> Step:
        """The same as another kind of evidence."""
        return msgspec.structs.replace(self, group=group)

    @staticmethod
    def of(turn: Turn, stamped: Stamped, place: int, group: str, title: str) -> Step:
        """A step of a turn."""
        return Step(
            at_ns=stamped.at_ns,
            at=format_time(stamped.at_ns),
            segment=turn.segment,
            sequence=turn.sequence,
            number=stamped.number,
            place=place,
            group=group,
            title=safe(title),
        )


_EFFECTS_FROM = 100
"""Place of the first effect: market, event and cause stand before."""
_EVENT_AT = 50
CHECK_FIELDS = (
    "limit_id",
    "kind",
    "result",
    "used",
    "reserved",
    "requested",
    "maximum",
    "headroom",
)


def event_step(turn: Turn, stamped: Stamped) -> Step:
    """An event of the chain, with the message as it came."""
    event = stamped.event
    origin = getattr(event, "origin", None)
    lines = [fields_line(event)]
    if origin is not None:
        again = ", marked as possibly sent before" if origin.possibly_duplicate else ""
        lines.append(safe(f"message {origin.sequence} of session {origin.session}{again}"))
        lines += [f"  {line}" for line in fix_lines(origin.raw)]
    group = "in" if origin is not None else "approval" if hasattr(event, "agreed") else "other"
    step = Step.of(turn, stamped, _EVENT_AT, group, _words(type(event).__name__))
    return msgspec.structs.replace(step, lines=tuple(lines), data=plain(event))


def cause_step(turn: Turn, stamped: Stamped) -> Step:
    """An event that does not name the chain and moved it: time, a price, a session."""
    step = Step.of(turn, stamped, _EVENT_AT, "other", _words(type(stamped.event).__name__))
    return msgspec.structs.replace(step, lines=(fields_line(stamped.event),))


def effect_step(turn: Turn, stamped: Stamped, place: int, effect: Event | Effect) -> Step:
    """An effect of the chain."""
    group, title, lines = _TOLD.get(type(effect), _any)(effect)
    step = Step.of(turn, stamped, _EFFECTS_FROM + place, group, title)
    shown = tuple(safe(line) for line in lines)
    data = plain(effect)
    if isinstance(effect, Decided) and checks_of(effect):
        data["checks"] = checks_of(effect)
    return msgspec.structs.replace(step, lines=shown, data=data)


_Told = tuple[str, str, list[str]]


def _any(effect: object) -> _Told:
    group = "out" if isinstance(effect, Wire) else "other"
    return group, _words(type(effect).__name__), [fields_line(effect)]


def _decided(effect: object) -> _Told:
    assert isinstance(effect, Decided)
    title = f"{effect.kind} {effect.subject}: {effect.outcome}"
    if effect.reason:
        title = f"{title} because of {effect.reason}"
    by = f"strategy {effect.strategy}" if effect.strategy else "no strategy was asked"
    lines = [
        f"{effect.counterparty or 'nobody'} at {effect.venue}, {effect.side} "
        f"{effect.amount} {effect.pair}: {effect.detail}",
        by,
        *(f"because {reason}" for reason in effect.because),
    ]
    if effect.facts:
        lines.append("facts: " + ", ".join(f"{k} {v}" for k, v in effect.facts.items()))
    lines += check_lines(effect)
    return "decision", title, lines


def check_lines(decided: object) -> list[str]:
    """Every check of a decision: limit, used, requested, headroom, result. Journals of before
    checks were recorded have none; their movements of limits and refusals' numbers stand.
    """
    return [
        f"check {one['limit_id']} ({one['kind']}): {one['result']}; used {one['used']}, "
        f"reserved {one['reserved']}, requested {one['requested']}, maximum {one['maximum']}, "
        f"headroom {one['headroom']}"
        for one in checks_of(decided)
    ]


def checks_of(decided: object) -> list[dict[str, str]]:
    """The recorded checks of a decision by the names of their figures."""
    found = getattr(decided, "checks", ())
    return [{name: str(getattr(one, name, "")) for name in CHECK_FIELDS} for one in found]


def _moved(effect: object) -> _Told:
    assert isinstance(effect, LimitsMoved)
    lines = [
        f"{move.limit_id}: requested {move.requested}, used {move.utilisation}, "
        f"reserved {move.reserved}, maximum {move.maximum}, "
        f"headroom {_headroom(move, effect.verb)}"
        for move in effect.moves
    ]
    return "limits", f"Limits: {effect.verb} for {effect.reservation_id}", lines


def _headroom(move: LimitMove, verb: str) -> str:
    found = f"{headroom_of(move, verb)}"
    return f"{found} beside what is reserved" if is_two_sided(move.limit_id) else found


def _concluded(effect: object) -> _Told:
    assert isinstance(effect, ConcludeDeal)
    deal = effect.deal
    title = f"Execution report (8) that makes deal {deal.deal_id}"
    terms = f"{deal.side} {deal.base_amount} {deal.pair} {deal.product} at {deal.rate}"
    return "out", title, [f"{terms} with {deal.counterparty}", f"exec id {deal.exec_id}"]


def _booked(effect: object) -> _Told:
    assert isinstance(effect, DealBooked)
    deal = effect.deal
    title = f"Booked: deal {deal.deal_id} version {deal.version}"
    lines = [
        f"{deal.side} {deal.base_amount} {deal.pair} {deal.product} at {deal.rate}, "
        f"value {deal.value_date}, {deal.counterparty}; mid {deal.mid}, edge {deal.edge}",
        *_entry_lines(effect.entry),
        *(
            f"position {one.book} {one.currency} {one.value_date}: {one.amount}"
            for one in effect.positions
        ),
        *_result_lines(effect),
    ]
    return "book", title, lines


def _amended(effect: object) -> _Told:
    assert isinstance(effect, DealAmended)
    deal = effect.deal
    state = "void" if deal.void else f"{deal.base_amount} {deal.pair} at {deal.rate}"
    title = f"Amended: deal {deal.deal_id} version {deal.version} is {state}"
    lines = [f"because {effect.because}", *_entry_lines(effect.reversal)]
    lines += _entry_lines(effect.entry) if effect.entry is not None else []
    return "book", title, lines + _result_lines(effect)


def _result_lines(effect: DealBooked | DealAmended) -> list[str]:
    basis = {name: f" ({one.words})" for name, one in effect.pnl_basis.items()}
    return [f"result {name}: {value}{basis.get(name, '')}" for name, value in effect.pnl.items()]


def _entry_lines(entry: Entry) -> list[str]:
    lines = [f"entry {entry.entry_id}"]
    lines += [
        f"  {one.account} {one.currency} {one.value_date} {one.amount}" for one in entry.postings
    ]
    return lines


def _refused(effect: object) -> _Told:
    assert isinstance(effect, RefuseRfq | RefuseHit)
    told = "QuoteRequestReject (AG)" if isinstance(effect, RefuseRfq) else "Rejecting report (8)"
    return "out", f"{told}: {effect.reason}", [effect.detail, fields_line(effect, "detail")]


def _quoted(effect: object) -> _Told:
    """A quote, with the price of theirs that it answers."""
    assert isinstance(effect, SendQuote)
    answers = f", the answer to {effect.response_id}" if effect.response_id else ""
    title = f"Quote (S) {effect.bid or '-'}/{effect.offer or '-'}{answers}"
    return "out", title, [fields_line(effect)]


def _turned_down(effect: object) -> _Told:
    assert isinstance(effect, RefuseCounter)
    title = f"Counter-offer {effect.response_id} turned down (AI): {effect.reason}"
    return "out", title, [effect.detail]


_BESIDE = "beside it, not sent"


def is_beside(step: Step) -> bool:
    """Whether it is what the strategy that did not answer would have said."""
    return bool(step.lines) and step.lines[0].startswith(_BESIDE)


def _shadowed(effect: object) -> _Told:
    """What the strategy that did not answer would have said."""
    assert isinstance(effect, ShadowDecided)
    priced = effect.bid is not None or effect.offer is not None
    if effect.failure:
        said = f"failed: {effect.failure}"
    elif effect.passed:
        said = f"would pass: {effect.passed}"
    elif priced or not effect.would:
        said = f"would quote: {effect.bid or '-'}/{effect.offer or '-'}"
    else:
        said = f"would {effect.would[-1]}"
    lines = [
        f"{_BESIDE}; the candidate is in {effect.stage}, the middle {effect.mid}",
        *(f"because {reason}" for reason in effect.because),
        *_wanted(effect.would, effect.facts),
    ]
    return "decision", f"{effect.of} {effect.strategy} {said}", lines


def _wished(effect: object) -> _Told:
    """What a candidate's rule would have done by itself."""
    assert isinstance(effect, ShadowWished)
    said = f"failed: {effect.failure}" if effect.failure else f"would {effect.would[-1]}"
    lines = [
        f"on {effect.product} {effect.instrument} by the clock, not done; the candidate is in "
        f"{effect.stage}",
        *(f"because {reason}" for reason in effect.because),
        *_wanted(effect.would, effect.facts),
    ]
    return "decision", f"CANDIDATE {effect.strategy} {said}", lines


def _wanted(would: Sequence[str], facts: Mapping[str, str]) -> list[str]:
    """What else a rule wanted, and what it looked at."""
    told = [f"would {text}, not done" for text in would]
    if facts:
        told.append("facts " + ", ".join(f"{name} {value}" for name, value in facts.items()))
    return told


_TOLD: dict[type, Callable[[object], _Told]] = {
    Decided: _decided,
    LimitsMoved: _moved,
    ConcludeDeal: _concluded,
    DealBooked: _booked,
    DealAmended: _amended,
    RefuseRfq: _refused,
    RefuseHit: _refused,
    RefuseCounter: _turned_down,
    SendQuote: _quoted,
    ShadowDecided: _shadowed,
    ShadowWished: _wished,
}


_NAMES = {
    "RfqReceived": "Request for a price (R)",
    "HitReceived": "Hit",
    "CounterReceived": "Counter-offer of theirs (AJ)",
    "RfqEnded": "End of the request, by the other side",
    "SendQuote": "Quote (S)",
    "WithdrawQuote": "Quote withdrawn (Z)",
    "OrderReported": "Execution report of the venue (8)",
    "TradeReported": "The venue's own record of a trade",
    "SendOrder": "Order of ours (D)",
    "CancelOrder": "Cancel of an order (F)",
    "ReplaceOrder": "Change of an order (G)",
    "AskOrder": "Question for an order's state (H)",
    "SendAsk": "Request of ours to a maker (R)",
    "QuoteReceived": "A maker's quote (S)",
    "TakeQuote": "We deal on a maker's quote",
    "TimeAdvanced": "Time passed",
    "MarketUpdated": "A price came",
}


def _words(name: str) -> str:
    """`SendQuote` -> `Send quote`."""
    spaced = "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name)
    return _NAMES.get(name, spaced.strip().capitalize())
