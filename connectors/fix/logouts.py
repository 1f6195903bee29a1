"""How a stop takes leave of the venues: by Logout (5), before the connections go."""

from __future__ import annotations

import time
from collections.abc import Iterable

import quickfix as fix

PATIENCE_S = 3.0
"""For the venues to confirm; QuickFIX looks only once a second whether it has to log out."""
LOOK_S = 0.01


def log_out(session_ids: Iterable[fix.SessionID]) -> None:
    """Log out wherever we are logged on, and wait until it is confirmed or patience ends."""
    found = [fix.Session.lookupSession(session_id) for session_id in session_ids]
    open_ones = [session for session in found if session is not None and session.isLoggedOn()]
    for session in open_ones:
        session.logout()
    until_s = time.monotonic() + PATIENCE_S
    while any(session.isLoggedOn() for session in open_ones) and time.monotonic() < until_s:
        time.sleep(LOOK_S)


def is_our_own(session_id: fix.SessionID) -> bool:
    """Whether a venue's Logout only confirms ours."""
    session = fix.Session.lookupSession(session_id)
    return session is not None and not session.isEnabled()
