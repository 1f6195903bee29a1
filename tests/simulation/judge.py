"""The one judge of a simulated day: the records of venue, ledger, back office and journal."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from connectors.demo.oracle import limit_breaches, reconcile
from robot import frames
from robot.examination import LogExamination
from robot.journal import (
    NO_CHAIN,
    Header,
    Record,
    RecordKind,
    Torn,
    decode_inputs,
    decode_turn,
    read_records,
)
from robot.messages.base import Wire
from robot.messages.effects import AnyEffect, BreakFound, DealBooked
from robot.messages.events import RfqReceived
from robot.ports import SentMark
from robot.replay import effect_id, recorded_effects
from tests.kit.invariants import check_books
from tests.simulation.ask_judge import judge_asks
from tests.simulation.game_judge import judge_games
from tests.simulation.order_judge import beyond_orders, judge_orders
from tests.simulation.stop_judge import judge_stops

if TYPE_CHECKING:
    from tests.simulation.world import World


ONE_TURN_NS = 5
"""What leaves in one turn does so within this; an order a little after what made room for it."""


def judge(world: World) -> None:
    """Tell the world of every breach that its records show."""
    records = _journal(world)
    history = [
        row
        for record in records
        if record.kind is RecordKind.EFFECTS
        for row in recorded_effects(record.payload)
    ]
    _three_ways(world, history)
    _breaks(world, history)
    _limits(world)
    judge_orders(world, history)
    judge_asks(world, records)
    judge_games(world, records)
    judge_stops(world, records)
    _every_message_once(world, records)
    _everything_sent_was_decided(world, records)
    _state(world, history)
    _projection(world, records)


def _three_ways(world: World, history: list[list[AnyEffect]]) -> None:
    """I1, I2: venue = ledger = back office; the store has each deal of the journal once."""
    made = [fill for venue in world.venues.values() for fill in venue.fills.values()]
    store = world.followers.store
    fills = [*made, *world.book.fills]
    found = reconcile(fills, store.standing, world.followers.standing)
    for kind in ("lost", "doubled", "different"):
        for text in getattr(found, kind):
            world.breach("I1", f"{kind}: {text}")
    booked = [e.deal.exec_id for row in history for e in row if isinstance(e, DealBooked)]
    if booked != [deal.exec_id for deal in store.deals]:
        world.breach("I2", f"the store has {len(store.deals)} deals, the journal {len(booked)}")


def _breaks(world: World, history: list[list[AnyEffect]]) -> None:
    """I18: everything that a venue has otherwise than we do was a break, which stops dealing."""
    found = {e.exec_id for row in history for e in row if isinstance(e, BreakFound)}
    for name in sorted(world.planted() - found):
        world.breach("I18", f"{name} was never a break")


def _limits(world: World) -> None:
    """I4: by what stood on the wire; nobody can refuse that orders deal better than their limit and
    that a venue takes trades back.
    """
    limits = world.reference.limits
    beyond = beyond_orders(world.book)
    positions = {name: held + beyond[name] for name, held in limits.net_open_position.items()}
    limits = msgspec.structs.replace(limits, net_open_position=positions)
    reference = msgspec.structs.replace(world.reference, limits=limits)
    known = world.officers.known()
    for text in limit_breaches(world.wire.record(), reference, ONE_TURN_NS, known):
        world.breach("I4", text)


def _every_message_once(world: World, records: list[Record]) -> None:
    """I3: every message of a venue was stepped, and twice only where a power cut unmade numbers."""
    stepped: dict[str, Counter[int]] = {link.name: Counter() for link in world.links.values()}
    for record in records:
        if record.kind is RecordKind.INPUTS:
            for stamped in decode_inputs(record.payload):
                origin = getattr(stamped.event, "origin", None)
                if origin is not None:
                    stepped[origin.session][origin.sequence] += 1
    for link in world.links.values():
        for number, event in enumerate(link.outbox, 1):
            count = stepped[link.name][number]
            lost = count == 0 and event is not None and number not in link.gap_filled
            if lost and not (isinstance(event, RfqReceived) and world.faults.gap_fill_requests):
                world.breach("I3", f"{link.venue} #{number} {type(event).__name__} was never seen")
            if count > 1 and not world.power_was_cut:
                world.breach("I3", f"{link.venue} #{number} was stepped {count} times")


def _everything_sent_was_decided(world: World, records: list[Record]) -> None:
    """I8: what got a number in a session is an effect journaled before it, and got it once."""
    wires: set[str] = set()
    sent: Counter[str] = Counter()
    numbers: list[int] = []
    for record in records:
        if record.kind is RecordKind.INPUTS:
            numbers = [stamped.number for stamped in decode_inputs(record.payload)]
        elif record.kind is RecordKind.EFFECTS:
            for number, row in zip(numbers, recorded_effects(record.payload), strict=True):
                wires |= {effect_id(number, i) for i, e in enumerate(row) if isinstance(e, Wire)}
        elif record.kind is RecordKind.SENT:
            name = msgspec.json.decode(record.payload, type=SentMark).effect_id
            sent[name] += 1
            if name not in wires or sent[name] > 1:
                world.breach("I8", f"effect {name} was sent {sent[name]} times")


def _state(world: World, history: list[list[AnyEffect]]) -> None:
    """I5, I6, I12: nothing reserved for nothing; books, positions and limits agree."""
    engine = world.robot.engine
    if engine is None:
        return
    try:
        check_books(engine.state, history)
        assert not engine.state.gate.reservations, "a reservation outlived its quote"
    except AssertionError as problem:
        world.breach("I12", str(problem)[:300])


def _journal(world: World) -> list[Record]:
    """I14: every record of every segment, the chain checked from the first to the last."""
    chain, records = NO_CHAIN, []
    last_ns, number = 0, 0
    for segment in world.disk.segments:
        for item in read_records(bytes(segment.data), chain, name=segment.name):
            if isinstance(item, Torn):
                world.breach("I14", f"{segment.name} ends in a torn record")
                continue
            if item.sequence != number + 1 or item.at_ns < last_ns:
                world.breach("I14", f"{segment.name}: {item.sequence} after {number}")
            chain, number, last_ns = item.chain, item.sequence, item.at_ns
            records.append(item)
    _examine(world, len(records))
    return records


def _examine(world: World, count: int) -> None:
    """I14: `fxrobot audit verify` has nothing to say of a journal that nobody touched."""
    segments = [_readable(one.name, bytes(one.data)) for one in world.disk.segments]
    newest = world.disk.segments[-1]
    examined = LogExamination("journal", ()).examine(segments, (newest.name, newest.synced))
    for finding in examined.findings:
        world.breach("I14", finding.told())
    if examined.records != count:
        world.breach("I14", f"{examined.records} records examined, {count} are there")


def _readable(name: str, data: bytes) -> frames.Segment:
    return frames.Segment(name, len(data), lambda offset, size: data[offset : offset + size])


def _projection(world: World, records: list[Record]) -> None:
    """I9: the store is at a turn that the journal has, with effects."""
    place = world.followers.store.applied()
    turns, segment = set(), ""
    for record in records:
        if record.kind is RecordKind.HEADER:
            segment = msgspec.json.decode(record.payload, type=Header).segment
        elif record.kind is RecordKind.EFFECTS:
            turns.add((segment, record.sequence))
            decode_turn(record.payload)
    if place != ("", 0) and place not in turns:
        world.breach("I9", f"the store is at {place}, which the journal does not have")
