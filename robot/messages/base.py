"""What every message to and from the core is: an event in, an effect out, and where it was read."""

from __future__ import annotations

import msgspec

from robot.basics.ids import VenueId


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Base of all events; the class name is the record's `type`."""


class Origin(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The FIX message an event was read from: what recovery and evidence need.

    `raw` is the message as received, SOH shown as `|` kept as is, undecodable bytes escaped.
    """

    session: str
    sequence: int
    possibly_duplicate: bool = False
    raw: str = ""


class Effect(msgspec.Struct, frozen=True, kw_only=True, tag=True, omit_defaults=True):
    """Base of all effects; the class name is the record's `type`."""


class Wire(Effect, frozen=True, kw_only=True):
    """An effect that is a message to a venue's dealing or market-data session."""

    venue: VenueId
