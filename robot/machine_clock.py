"""How far the machine's clock may be from its reference, as the kernel keeps it for the time
service (chrony, systemd-timesyncd, ntpd): `adjtimex` of Linux, which asks nobody and takes no time.
"""

from __future__ import annotations

import ctypes
import struct
import sys

import msgspec

_ROOM = 512
"""Bytes; more than `struct timex` has on any machine."""
_TIMEX = struct.Struct("=I4xqqqqi")
"""modes, offset, frequency, largest error, estimated error (microseconds), status; 64-bit Linux."""
_UNSYNCHRONISED = 0x40
_BITS_64 = 8


class ClockState(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the clock's error."""

    known: bool
    synchronised: bool = False
    error_ms: float = 0.0
    """The largest that it can be, by the time service's own reckoning."""


def clock_state() -> ClockState:
    """As the kernel tells now; not known where it is another system's."""
    if sys.platform != "linux" or ctypes.sizeof(ctypes.c_void_p) != _BITS_64:
        return ClockState(known=False)
    told = ctypes.create_string_buffer(_ROOM)  # modes = 0: nothing is set
    try:
        if ctypes.CDLL(None, use_errno=True).adjtimex(told) < 0:
            return ClockState(known=False)
    except AttributeError:
        return ClockState(known=False)
    _, _, _, largest_us, _, status = _TIMEX.unpack_from(told.raw)
    synchronised = not status & _UNSYNCHRONISED
    return ClockState(known=True, synchronised=synchronised, error_ms=largest_us / 1_000)


def clock_problem(state: ClockState, error_ms_max: int) -> str:
    """Why the clock is not good enough; empty = it is, or nobody asks for it (0)."""
    if error_ms_max == 0:
        return ""
    if not state.known:
        return "this system does not tell whether its clock follows a reference"
    if not state.synchronised:
        return "the machine's clock follows no reference: see chronyc tracking or timedatectl"
    if state.error_ms > error_ms_max:
        return f"the machine's clock may be {state.error_ms:.0f} ms wrong, over {error_ms_max} ms"
    return ""
