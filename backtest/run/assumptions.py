"""What a run takes for granted, in words: part of its result, printed with every report."""

from __future__ import annotations

from backtest.run.config import BacktestConfig

_ALWAYS = (
    "The market is the recorded one: what we quote, deal and hedge moves no price.",
    "Prices reach us in the order of the record; between two of them the market stands still.",
    "The core, the strategy, the limits and the ledger are those of live trading; FIX sessions "
    "(log-on, sequence numbers, resends), processes and disks do not fail.",
    "At one moment prices come first, then what arrives, then what is decided.",
)
_FLOW = {
    "none": "No client asks for prices.",
    "habits": "Clients ask and deal by the simulated venue's own habits: drawn from the seed, "
    "steered towards the hit ratio, without a memory of us.",
    "recorded": "Clients ask what they asked on the recorded day, whatever we quoted them before.",
    "fitted": "Clients ask and deal as a model says that was fitted to recorded requests: they do "
    "not learn from what we quote.",
}


def assumptions_of(config: BacktestConfig) -> tuple[str, ...]:
    """Of a configuration."""
    conduct, flow = config.conduct, config.flow
    said = [*_ALWAYS, _FLOW[flow.mode]]
    if flow.mode == "recorded" and flow.hits == "recorded":
        said.append(
            "A recorded deal stands when our price is at least as good for the client as the one "
            "it was dealt at; a request that was not dealt on is not dealt on."
        )
    said += [
        f"Prices and messages take {conduct.to_robot_ms} ms to us and {conduct.to_venue_ms} ms to "
        "the venue, always the same; deciding takes no time.",
        "Orders of ours are filled against the recorded top of the venue and two to four drawn "
        "levels behind it; what we took is there again with the venue's next price. A resting "
        "order is filled at its own price when the market comes through it: there is no queue.",
        f"{conduct.last_look} of our orders are rejected by last look, at random.",
        "Deals cost what desk.yaml and the prices say: no brokerage, no settlement cost, no "
        "funding of positions beyond the points.",
        "The record begins with no positions, no deals and no limit used.",
    ]
    return tuple(said)
