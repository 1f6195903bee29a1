"""What goes out, and when: to sessions that are logged on at once; what must not be lost waits.

QuickFIX would take a message for a session that is logged out, number it and send it stale. So what
is only worth something now is dropped, and what the robot has to hear however late (reports on its
orders, trades) is kept here and sent, in its order, as soon as it is back.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.sim.link import Link, SessionKey

Tap = Callable[[SessionKey, str, str], None]


class Outlet:
    """The way out of the venue. One thread owns it."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self.logged_on: set[SessionKey] = set()
        self._kept: dict[SessionKey, list[tuple[str, str]]] = {}
        self._taps: list[Tap] = []

    def tap(self, heard: Tap) -> None:
        """Whatever is delivered is also told to `heard`, when it is said."""
        self._taps.append(heard)

    def send(self, key: SessionKey, message_type: str, body: str) -> None:
        """Now or never."""
        if key in self.logged_on:
            self._link.send(key, message_type, body)

    def deliver(self, key: SessionKey, message_type: str, body: str) -> None:
        """Now, or at the next logon."""
        for heard in self._taps:
            heard(key, message_type, body)
        if key in self.logged_on:
            self._link.send(key, message_type, body)
        else:
            self._kept.setdefault(key, []).append((message_type, body))

    def log_on(self, key: SessionKey) -> None:
        """The robot is there: first of all it hears what was kept."""
        self.logged_on.add(key)
        for message_type, body in self._kept.pop(key, []):
            self._link.send(key, message_type, body)

    def log_out(self, key: SessionKey) -> None:
        """The robot has gone."""
        self.logged_on.discard(key)

    def leave(self) -> None:
        """The process ends: what was kept is left with QuickFIX, whose store may outlive it."""
        for key in sorted(self._kept):
            for message_type, body in self._kept[key]:
                self._link.send(key, message_type, body)
        self._kept.clear()
