"""What the robot took of makers' quotes, judged by what had come before it took them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from robot.journal import Record, RecordKind, decode_inputs
from robot.messages.asks import AskOpened, QuoteReceived, QuoteRevoked, SendAsk, TakeQuote
from robot.messages.effects import AnyEffect, OrderEnded
from robot.messages.events import AnyEvent
from robot.replay import recorded_effects

if TYPE_CHECKING:
    from tests.simulation.world import World


def judge_asks(world: World, records: list[Record]) -> None:
    """One take at a time for each ask, within its limit, of the quote that stands, on what that
    request was for; none after one that dealt, or of which nobody knows whether it did.
    """
    limits: dict[str, AskOpened] = {}
    asked: dict[str, SendAsk] = {}
    standing: dict[str, QuoteReceived] = {}
    open_takes: dict[str, str] = {}
    for event, effects in steps(records):
        before: dict[str, QuoteReceived] = {}  # stood still when what was due went off
        if isinstance(event, QuoteReceived):
            before = {**standing}
            standing[event.request_id] = event
        elif isinstance(event, QuoteRevoked) and not event.response_id:  # else ours is refused
            before = {**standing}
            standing.pop(event.request_id, None)
        for effect in effects:
            if isinstance(effect, AskOpened):
                limits[effect.ask_id] = effect
            elif isinstance(effect, SendAsk):
                asked[effect.request_id] = effect
            elif isinstance(effect, TakeQuote):
                former = open_takes.get(effect.ask_id, "")
                if former:
                    world.breach("I8", f"{effect.order_id} of {effect.ask_id} after {former}")
                open_takes[effect.ask_id] = effect.order_id
                if effect.terms != asked[effect.request_id].terms:
                    world.breach("I10", f"{effect.order_id}: {effect.terms} was not asked for")
                if effect.terms != limits[effect.ask_id].terms:
                    world.mark("take on other terms than the ask's")
                problem = _problem(effect, limits.get(effect.ask_id), standing)
                if problem and _problem(effect, limits.get(effect.ask_id), before):
                    world.breach("I10", f"{effect.order_id}: {problem}")
            elif isinstance(effect, OrderEnded):
                _turned_down(world, open_takes, effect)


def _turned_down(world: World, open_takes: dict[str, str], ended: OrderEnded) -> None:
    """Where nothing was dealt, by the venue's own word, another quote of the ask may be taken."""
    if ended.filled or ended.ending == "UNKNOWN_THERE":
        return
    for ask_id, last in tuple(open_takes.items()):
        if last == ended.order_id:
            world.mark("take turned down")
            open_takes[ask_id] = ""


def _problem(effect: TakeQuote, ask: AskOpened | None, standing: dict[str, QuoteReceived]) -> str:
    """Why this quote must not be taken; empty = it may be."""
    quote = standing.get(effect.request_id)
    if quote is None or quote.quote_id != effect.quote_id:
        return f"{effect.quote_id} does not stand, {quote.quote_id if quote else 'nothing'} does"
    if not quote.tradeable:
        return f"{effect.quote_id} is indicative"
    if effect.price != (quote.offer if effect.side.sign > 0 else quote.bid):
        return f"{effect.price} is not what {effect.quote_id} says"
    if ask is None:
        return f"{effect.ask_id} was never opened"
    limit = ask.limit_price
    if limit is not None and effect.side.sign * (effect.price - limit) > 0:
        return f"{effect.price} is worse than the limit {limit} of {effect.ask_id}"
    return ""


def steps(records: list[Record]) -> Iterator[tuple[AnyEvent, list[AnyEffect]]]:
    """Each input with its effects, in the order of the journal."""
    events: list[AnyEvent] = []
    for record in records:
        if record.kind is RecordKind.INPUTS:
            events = [stamped.event for stamped in decode_inputs(record.payload)]
        elif record.kind is RecordKind.EFFECTS:
            yield from zip(events, recorded_effects(record.payload), strict=True)
