"""What the robot took of makers' quotes, judged by what had come before it took them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from robot.journal import Record, RecordKind, decode_inputs
from robot.messages.asks import AskOpened, QuoteReceived, QuoteRevoked, TakeQuote
from robot.messages.effects import AnyEffect
from robot.messages.events import AnyEvent
from robot.replay import recorded_effects

if TYPE_CHECKING:
    from tests.simulation.world import World


def judge_asks(world: World, records: list[Record]) -> None:
    """One take at most for each ask, within its limit, of the quote that stands."""
    limits: dict[str, AskOpened] = {}
    standing: dict[str, QuoteReceived] = {}
    taken: Counter[str] = Counter()
    for event, effects in steps(records):
        if isinstance(event, QuoteReceived):
            standing[event.request_id] = event
        elif isinstance(event, QuoteRevoked) and not event.response_id:  # else ours is refused
            standing.pop(event.request_id, None)
        for effect in effects:
            if isinstance(effect, AskOpened):
                limits[effect.ask_id] = effect
            elif isinstance(effect, TakeQuote):
                taken[effect.ask_id] += 1
                if problem := _problem(effect, limits.get(effect.ask_id), standing):
                    world.breach("I10", f"{effect.order_id}: {problem}")
    for ask_id, count in taken.items():
        if count > 1:
            world.breach("I8", f"{count} quotes of {ask_id} were taken")


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
