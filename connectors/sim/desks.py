"""What the engine wants of everything that deals with the robot beside the clients' requests."""

from __future__ import annotations

from connectors.sim import wire
from connectors.sim.link import DEALING, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.model import Moment, Tick

_MISSING_FIELD = "5"  # 380


def refuse_unusable(
    log: Log,
    send: Send,
    venue: str,
    message: wire.Incoming,
    error: wire.WireError,
    about: str | None,
    now: Moment,
) -> None:
    """A message of the robot that cannot be read: an anomaly, answered with j; `about` = its id."""
    raw = f"{error}: {message.raw}"
    log.anomaly(venue, "unusable_message", message.type, raw, now)
    body = wire.business_reject(message, _MISSING_FIELD, str(error), about)
    send(SessionKey(venue, DEALING), "j", body)


class Desk:
    """Orders, makers, streamed quotes, copies: FIX in, FIX out, around a floor of its own.

    Here is one that does nothing; each desk says what it does.
    """

    def takes(self, venue: str, message: wire.Incoming) -> bool:
        """Whether a message of the dealing session is this desk's."""
        return False

    def handle(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """One message of the robot; one that cannot be read is answered with j."""

    def on_withdrawal(self, venue: str, message: wire.Incoming, now: Moment) -> None:
        """Z of the robot, which may be about quotes of any kind."""

    def begin(self, now: Moment) -> None:
        """The run begins."""

    def stop_asking(self) -> None:
        """No client begins anything new."""

    def on_tick(self, tick: Tick, now: Moment) -> None:
        """A new price of the venue."""

    def follows_prices(self) -> bool:
        """Whether the next price may have something dealt."""
        return False

    def act(self, now: Moment) -> bool:
        """What is due by now; says whether the robot may react."""
        return False

    def tell(self, now: Moment) -> None:
        """What the others did meanwhile is passed on."""

    def next_due_ns(self) -> int | None:
        """When something happens next by itself; None when nothing will."""
        return None

    def open_venue(self, venue: str, now: Moment) -> None:
        """The robot is logged on and the venue trades."""

    def halt(self, venue: str, now: Moment) -> None:
        """The venue stops trading."""

    def disconnect(self, venue: str, now: Moment) -> None:
        """The robot has logged out."""

    def finish(self, now: Moment) -> None:
        """The run is over."""

    def has_open(self, venue: str) -> bool:
        """Whether the robot may have something to say there."""
        return False

    def heard(self) -> None:
        """The robot has caught up with all that was said."""

    def waits(self) -> bool:
        """Whether the robot waits for an answer that is on its way."""
        return False

    def figures(self) -> dict[str, object]:
        """What the status file says of it beside the counters."""
        return {}
