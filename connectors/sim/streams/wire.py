"""Streamed quotes in FIX: i, a and AI of the robot to words, b, AI and a from words."""

from __future__ import annotations

from connectors.sim import wire
from connectors.sim.dialects.fields import Fields
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.dialogue import HitOut, QuoteIn
from connectors.sim.model import fix_time
from connectors.sim.products import Product, is_loan
from connectors.sim.rows import Terms
from connectors.sim.streams.words import (
    EntryIn,
    MassIn,
    MassOut,
    StatusAnswerIn,
    StatusAskOut,
    StatusIn,
    StatusOut,
    StreamOut,
    StreamWord,
)
from connectors.sim.wire import SOH, Incoming, WireError

_ENTRY_TAGS = frozenset(
    (
        *(55, 48, 460, 461, 167, 10176, 132, 133, 134, 135, 62, 60, 64, 63, 15, 40, 193, 192),
        *(188, 189, 190, 191, 642, 643, 1065, 1066, 120, 541, 423, 6215, 6216, 6217, 6218, 38),
    )
)
_SET_TAGS = frozenset((*_ENTRY_TAGS, 295, 299, 304, 367, 893))
_CLIENTS = ("3", "13", "17")  # 452
_PARTY_TAGS = frozenset((447, 452))


def word_of(message: Incoming, dialect: Fix44) -> StreamWord:
    """What the robot said; raises `WireError` when a field is missing or makes no sense."""
    match message.type:
        case "i":
            return _mass(message, dialect)
        case "a":
            return StatusIn(message.get(649) or "", message.need(117), message.get(55) or "[N/A]")
        case "AI":
            return StatusAnswerIn(message.need(649), message.need(117), message.need(297))
    raise WireError(f"{message.type} is not about streamed quotes")


def _mass(message: Incoming, dialect: Fix44) -> MassIn:
    entries = [
        EntryIn(each.need(302), _entry(entry, each.need(302), dialect))
        for each in message.members(296, 302, _SET_TAGS)
        for entry in each.members(295, 299, _ENTRY_TAGS)
    ]
    if not entries:
        raise WireError("i without an entry (299)")
    client = next(
        (
            party.get(448)
            for party in message.members(453, 448, _PARTY_TAGS)
            if party.get(452) in _CLIENTS
        ),
        None,
    )
    return MassIn(message.need(117), message.get(301) or "0", client, tuple(entries))


def _entry(entry: Incoming, set_id: str, dialect: Fix44) -> QuoteIn:
    product, pair = dialect.product(entry), dialect.pair(entry)
    if product == Product.SWAP or is_loan(product):
        raise WireError(f"i: {product} is not streamed here")
    bid_parts, offer_parts = dialect.parts_in(entry, product, pair)
    size = entry.number(134) or entry.number(135)
    if size is None or size <= 0:
        raise WireError(f"i: entry {entry.get(299)} without 134 and 135")
    return QuoteIn(
        quote_id=entry.need(299),
        request_id=set_id,
        pair=pair,
        size=size,
        bid=entry.number(132),
        offer=entry.number(133),
        bid_size=entry.number(134),
        offer_size=entry.number(135),
        value_date=dialect.value_date_in(entry, product),
        valid_until_ns=entry.time(62),
        terms=dialect.terms_in(entry, product, pair),
        bid_parts=bid_parts,
        offer_parts=offer_parts,
    )


def encode(out: StreamOut, dialect: Fix44, at_ns: int) -> tuple[str, str]:
    """Message type and body."""
    match out:
        case HitOut():
            return dialect.encode(out, at_ns)
        case MassOut():
            return "b", _answer(out)
        case StatusOut():
            fields: Fields = [(649, out.status_id or None), (117, out.quote_id)]
            fields += [(55, _symbol(out.pair, dialect)), (60, fix_time(at_ns))]
            return "AI", wire.body([*fields, (297, out.status)])
        case StatusAskOut():
            symbol = _symbol(out.pair, dialect)
            return "a", wire.body([(649, out.status_id), (117, out.quote_id), (55, symbol)])


def _symbol(pair: str, dialect: Fix44) -> str:
    return dialect.symbol(pair, Terms()) if "/" in pair else pair


def _answer(out: MassOut) -> str:
    head: Fields = [(117, out.quote_id), (297, out.status), (300, out.code), (58, out.text)]
    sets: dict[str, list[tuple[str, str]]] = {}
    for set_id, entry_id, code in out.rejected:
        sets.setdefault(set_id, []).append((entry_id, code))
    if not sets:
        return wire.body(head)
    text = wire.body([*head, (296, str(len(sets)))])
    for set_id, entries in sets.items():
        text += f"302={set_id}{SOH}304={len(entries)}{SOH}295={len(entries)}{SOH}"
        text += "".join(f"299={entry}{SOH}368={code}{SOH}" for entry, code in entries)
    return text
