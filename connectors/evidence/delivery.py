"""What middle and back office were told of a deal: the outbox, and their acknowledgements."""

from __future__ import annotations

from connectors.evidence.steps import Step
from connectors.evidence.words import plain, safe
from connectors.store.queries import open_queries
from connectors.store.views import Delivery
from robot.clock import format_time
from robot.errors import RobotError


def delivery_steps(url: str, deals: tuple[str, ...]) -> tuple[list[Step], str]:
    """One step for each message of these deals; and why there are none, if they cannot be read."""
    try:
        with open_queries(url) as queries:
            found = [one for deal in deals for one in queries.deliveries(deal)]
    except RobotError as problem:
        return [], f"delivery is not shown: {problem}"
    return [_step(one) for one in found], ""


def first_decided(url: str, subject: str) -> str:
    """The first segment in which a request or hit was decided on; empty = not known."""
    try:
        with open_queries(url) as queries:
            return min((one.segment for one in queries.decisions(subject)), default="")
    except RobotError:
        return ""


def _step(found: Delivery) -> Step:
    lines = [
        f"topic {found.topic}",
        f"payload hash {found.payload_hash}",
        f"sent {found.attempts} time(s), last {_when(found.sent_at_ns)}",
    ]
    if found.acknowledged_at_ns is None:
        lines.append("NOT acknowledged by the back office")
    else:
        same = "the same" if found.ack_hash == found.payload_hash else "ANOTHER"
        lines.append(
            f"acknowledged {_when(found.acknowledged_at_ns)} with {same} hash {found.ack_hash}"
        )
    if found.conflicts:
        lines.append(f"{found.conflicts} acknowledgement(s) with another hash")
    return Step(
        at_ns=found.at_ns,
        at=format_time(found.at_ns),
        segment="",
        sequence=0,
        number=0,
        place=found.sequence,
        group="delivery",
        title=safe(f"Told to the back office: {found.message_id}"),
        lines=tuple(map(safe, lines)),
        data=plain(found),
    )


def _when(at_ns: int) -> str:
    return format_time(at_ns) if at_ns else "never"
