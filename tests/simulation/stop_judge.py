"""Kill switches of parts, judged by the journal: nothing new of a part after it was stopped, its
quotes pulled with it, its orders canceled, until two persons let go what they saw.

What belongs to a part is worked out here, and what a release has to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from robot.journal import Record, RecordKind, decode_inputs
from robot.messages.asks import SendAsk, TakeQuote
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    AskOrder,
    CancelAllOrders,
    CancelOrder,
    ConcludeDeal,
    DealBooked,
    Decided,
    OrderEnded,
    QuoteEnded,
    ReplaceOrder,
    SendOrder,
    SendQuote,
)
from robot.messages.events import KillSwitchPulled, KillSwitchReleased, Stamped
from robot.replay import recorded_effects
from tests.simulation.book import COUNTERPARTIES
from tests.simulation.officers import APPROVER, PROPOSER
from tests.simulation.persons import ACTOR

if TYPE_CHECKING:
    from tests.simulation.world import World

About = dict[str, str]
CANCEL_NS = 3_000_000_000
"""An order that lived so long after its part was stopped was asked to be canceled."""


@dataclass
class _Order:
    about: About
    stopped_ns: int = 0
    asked: bool = False
    taken: bool = False
    doubtful: bool = False


@dataclass
class _Day:
    """What stands at a moment."""

    stopped: dict[tuple[str, str], int] = field(default_factory=dict)
    """Part -> number of the event that pulled it."""
    used: set[int] = field(default_factory=set)
    quotes: dict[str, About] = field(default_factory=dict)
    orders: dict[str, _Order] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def judge_stops(world: World, records: Sequence[Record]) -> None:
    """I10, I15: of every step, by what it did."""
    day = _Day()
    for stamped, effects in _steps(records):
        event = stamped.event
        if isinstance(event, KillSwitchReleased) and _is_meant(day, event):
            day.used.add(event.proposal)
            day.stopped.pop(_key(event.scope, event.value), None)
        for text in _new_of_stopped(day, effects):
            world.breach("I10", f"event {stamped.number}: {text}")
        _follow(day, effects)
        if isinstance(event, KillSwitchPulled):
            part = _key(event.scope, event.value)
            day.stopped[part] = stamped.number
            for text in _left_standing(day, part, stamped.at_ns):
                world.breach("I10", f"event {stamped.number}: {text}")
        if _is_change(effects) and day.quotes:
            old = ", ".join(day.quotes)
            world.breach("I10", f"event {stamped.number}: {old} stands under rules of before")
        for text in _ended_late(day, effects, stamped.at_ns):
            world.breach("I10", text)


def _is_change(effects: Sequence[AnyEffect]) -> bool:
    """Whether other limits, counterparties or another strategy came into force."""
    return any(isinstance(one, AlertRaised) and one.code == "REFERENCE_CHANGED" for one in effects)


def _steps(records: Sequence[Record]) -> Iterator[tuple[Stamped, list[AnyEffect]]]:
    inputs: list[Stamped] = []
    for record in records:
        if record.kind is RecordKind.INPUTS:
            inputs = decode_inputs(record.payload)
        elif record.kind is RecordKind.EFFECTS:
            yield from zip(inputs, recorded_effects(record.payload), strict=True)


def _key(scope: str, value: str) -> tuple[str, str]:
    return str(scope), value.replace("/", "").lower()


def _is_in(part: tuple[str, str], about: About) -> bool:
    scope, value = part
    if scope == "all":
        return True
    return about.get(scope, "").replace("/", "").lower() == value


def _is_meant(day: _Day, event: KillSwitchReleased) -> bool:
    """By two persons, once, of the pull that is in force."""
    pulled = day.stopped.get(_key(event.scope, event.value))
    return (
        (event.actor, event.approver) == (PROPOSER, APPROVER)
        and event.proposal not in day.used
        and f"event {pulled})" in event.released
    )


def _about_quote(quote: SendQuote) -> About:
    return {
        "venue": quote.venue,
        "counterparty": quote.counterparty,
        "pair": quote.pair,
        "product": "SPOT",
        "strategy": "two_way",
    }


def _about_order(order: SendOrder, effects: Sequence[AnyEffect]) -> About:
    decided = (one for one in effects if isinstance(one, Decided) and one.kind == "ORDER")
    hedge = any(one.subject == order.order_id and one.strategy == "hedge" for one in decided)
    return {
        "venue": order.venue,
        "counterparty": COUNTERPARTIES[order.venue],
        "pair": order.pair,
        "product": "SPOT",
        "strategy": "hedge" if hedge else "",
        "trader": "" if hedge else ACTOR,
    }


def _about_ask(one: SendAsk | TakeQuote) -> About:
    return {
        "venue": one.venue,
        "counterparty": one.maker,
        "pair": one.terms.pair,
        "product": "SPOT",
        "trader": ACTOR,
    }


def _new(day: _Day, effects: Sequence[AnyEffect]) -> Iterator[tuple[str, About]]:
    """What a step newly bound us to, or asked for."""
    booked = any(isinstance(one, DealBooked) and not one.deal.as_taker for one in effects)
    for effect in effects:
        if isinstance(effect, SendQuote):
            yield effect.quote_id, _about_quote(effect)
        elif isinstance(effect, ConcludeDeal) and booked:
            yield effect.deal.exec_id, day.quotes.get(effect.deal.quote_id, {})
        elif isinstance(effect, SendOrder):
            yield effect.order_id, _about_order(effect, effects)
        elif isinstance(effect, SendAsk | TakeQuote):
            yield effect.request_id, _about_ask(effect)
        elif isinstance(effect, ReplaceOrder):
            known = day.orders.get(day.names.get(effect.original_id, ""))
            yield effect.order_id, known.about if known is not None else {}


def _new_of_stopped(day: _Day, effects: Sequence[AnyEffect]) -> Iterator[str]:
    if not day.stopped:
        return
    for name, about in _new(day, effects):
        for part in day.stopped:
            if _is_in(part, about):
                yield f"{name} is new, {part} is stopped"


def _follow(day: _Day, effects: Sequence[AnyEffect]) -> None:
    """Quotes and orders come, are asked to go and go."""
    for effect in effects:
        match effect:
            case SendQuote():
                day.quotes[effect.quote_id] = _about_quote(effect)
            case QuoteEnded():
                day.quotes.pop(effect.quote_id, None)
            case SendOrder():
                day.names[effect.order_id] = effect.order_id
                day.orders[effect.order_id] = _Order(_about_order(effect, effects))
            case TakeQuote():
                day.orders[effect.order_id] = _Order(_about_ask(effect), taken=True)
            case ReplaceOrder():
                day.names[effect.order_id] = day.names.get(effect.original_id, "")
            case CancelOrder():
                _asked(day, day.names.get(effect.original_id, ""))
            case CancelAllOrders():
                for name, order in day.orders.items():
                    if order.about["venue"] == effect.venue:
                        _asked(day, name)
            case AskOrder():
                known = day.orders.get(day.names.get(effect.order_id, ""))
                if known is not None:
                    known.doubtful = True


def _asked(day: _Day, name: str) -> None:
    if name in day.orders:
        day.orders[name].asked = True


def _left_standing(day: _Day, part: tuple[str, str], at_ns: int) -> Iterator[str]:
    """Of a part that was just stopped."""
    for name, about in day.quotes.items():
        if _is_in(part, about):
            yield f"{name} stands, {part} is stopped"
    for order in day.orders.values():
        if _is_in(part, order.about):
            order.stopped_ns = order.stopped_ns or at_ns


def _ended_late(day: _Day, effects: Sequence[AnyEffect], at_ns: int) -> Iterator[str]:
    for effect in effects:
        if isinstance(effect, OrderEnded):
            order = day.orders.pop(effect.order_id, None)
            if order is None or order.taken or order.doubtful or order.asked:
                continue
            if order.stopped_ns and at_ns - order.stopped_ns > CANCEL_NS:
                yield f"{effect.order_id} was never canceled though its part was stopped"
