"""FIX messages as text with `|` for SOH, as documents print them."""

from __future__ import annotations

from connectors.fix.decode import events_from
from connectors.fix.dialect import Dialect
from connectors.fix.fields import SOH, FixMessage
from robot.basics.ids import VenueId
from robot.messages.events import AnyEvent

ALPHA = VenueId("ALPHA")
SESSION = "BANKCNBJ-DEAL->ALPHA-DEAL"


def message(kind: str, body: str) -> FixMessage:
    """A whole message of a type around a body as `domain` writes it: `131=rq2|146=1|…`."""
    head = f"8=FIX.4.4|9=100|35={kind}|49=ALPHA-DEAL|56=BANKCNBJ-DEAL|34=7"
    head += "|52=20260107-01:30:00.000|"
    return FixMessage((head + body + "|10=000|").replace("|", SOH))


def events(kind: str, body: str, dialect: Dialect | None = None) -> list[AnyEvent]:
    """What the dealing session makes of it."""
    return events_from(message(kind, body), ALPHA, dialect or Dialect(), SESSION)


def event(kind: str, body: str) -> AnyEvent:
    """The only event it stands for."""
    (found,) = events(kind, body)
    return found
