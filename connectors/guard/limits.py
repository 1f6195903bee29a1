"""What a door lets through, and the doors of a process."""

from __future__ import annotations

from typing import Literal

import msgspec

LINES_PER_MINUTE_MAX = 300
"""Lines that a door writes about what it cut; what is more is cut without a word."""


class GuardLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds of one door. A rate of 0 is no bound."""

    frame_bytes_max: int = 65_536
    frame_s: float = 10.0
    """A frame that has begun must be whole after so long."""
    logon_s: float = 5.0
    """From the connection to the logon's answer."""
    waiting_max: int = 32
    """Connections not logged on, of all addresses; one more ends the oldest of them."""
    waiting_per_address_max: int = 8
    connections_max: int = 128
    """Connections in all; one more is not taken."""
    connections_per_address_max: int = 64
    logons_per_minute: int = 600
    """Of one address."""
    resend_requests_per_minute: int = 10
    """Of one connection: each is answered with up to all messages of the day."""
    test_requests_per_minute: int = 600
    unread_bytes_max: int = 8 * 1024 * 1024
    """What is kept for a peer that does not read; then it is cut."""
    close_s: float = 5.0
    """How long a peer may take to read what was said last; then it is dropped."""


class Door(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One listening port, and where what comes through goes to."""

    name: str
    target_host: str
    target_port: int
    port: int = 0
    """On 127.0.0.1; 0 = any free one."""
    hostile: Literal["callers", "target"] = "callers"
    """Who is looked at: `callers` (QuickFIX listens behind) or `target` (QuickFIX calls)."""
    limits: GuardLimits = GuardLimits()
