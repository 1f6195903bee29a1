"""What the clients of a floor do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connectors.sim.clients import Client, Habits
from connectors.sim.profiles import Profile
from connectors.sim.rows import QuoteLife

Outbid = Callable[[QuoteLife, str], bool]
"""Whether somebody else shows the client a better price than a quote, for its side of it."""


def never_outbid(quote: QuoteLife, side: str) -> bool:
    """Clients that ask nobody else."""
    return False


@dataclass(frozen=True, slots=True)
class FloorSettings:
    """What the clients do. Rates are per second of the venue's clock."""

    clients: tuple[Client, ...]
    habits: Habits
    requests_per_second: float
    hit_ratio: float
    requests_max: int | None
    id_prefix: str  # makes ids differ between runs of one record
    profiles: Mapping[str, Profile] = field(default_factory=dict)  # of venues that deal more
    seed: str = "1"  # of what is drawn beyond spot
    outbid: Outbid = never_outbid
