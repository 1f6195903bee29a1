"""How much of a session is sent again: a short ResendRequest may ask for all messages of a day.

A venue that has a gap asks once. One that asks again and again is refused by a session-level
reject, so that it knows; it may ask again in the next minute. What it missed is not lost: at each
log-on its trades are compared with ours.
"""

from __future__ import annotations

import sys

REQUESTS_MAX = 10
"""ResendRequests of one session that are served in a minute."""
MESSAGES_MAX = 5_000
"""Messages sent again on one session in a minute, after which no more requests are served."""
_MINUTE_S = 60.0


class Resends:
    """One session's figures of this minute."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._began_s = 0.0
        self._requests = 0
        self._messages = 0

    def serve(self, now_s: float) -> bool:
        """Whether one more ResendRequest is served."""
        if now_s - self._began_s >= _MINUTE_S:
            self._began_s, self._requests, self._messages = now_s, 0, 0
        self._requests += 1
        if self._requests <= REQUESTS_MAX and self._messages < MESSAGES_MAX:
            return True
        if self._requests == REQUESTS_MAX + 1:
            sys.stderr.write(
                f"{self._session}: ResendRequests are refused for up to a minute: "
                f"{self._requests} came, {self._messages} messages were sent again\n"
            )
        return False

    def sent_again(self) -> None:
        """One more message left that had been sent before."""
        self._messages += 1
