"""The robot's heartbeats: some echo a question of the venue's, most say nothing."""

from __future__ import annotations

from connectors.sim.link import MARKET_DATA, Inbound, SessionKey
from tests.kit.sim_engine import SimEngine


def test_a_heartbeat_that_nobody_asked_for_is_no_echo() -> None:
    sim = SimEngine()
    raw = "35=0\x0134=9\x01"
    for role in (MARKET_DATA, "DROP"):
        sim.link.inbox.put(Inbound("admin", SessionKey("ALPHA", role), raw, 1))
        sim.engine.pump(0.0)
    sim.run(100)
