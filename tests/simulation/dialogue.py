"""What a venue keeps of its requests, its quotes and its hits."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.sim.rows import QuoteLife
from robot.deals.party import Side
from robot.messages.events import HitReceived, RfqReceived


@dataclass
class Hit:
    """One hit as its client sent it, and what came back."""

    event: HitReceived
    must_refuse: str
    life: int
    answer: str = ""
    exec_id: str = ""


@dataclass
class Asked:
    """One request and how the robot answered."""

    event: RfqReceived
    quoted: int = 0
    refused: str = ""
    ended: bool = False
    intent: int = -1


@dataclass
class Shown:
    """A quote as it came, on which connection and in which life of the robot."""

    row: QuoteLife
    side: Side | None
    connection: int
    life: int
    gone: bool = False
    hits: list[str] = field(default_factory=list)
