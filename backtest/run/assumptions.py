"""What a run takes for granted, in words: part of its result, printed with every report."""

from __future__ import annotations

from collections.abc import Sequence

from backtest.run.config import BacktestConfig
from backtest.run.flow_model import FlowModel
from backtest.run.informed import DEALS_MIN, Informed

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


def assumptions_of(config: BacktestConfig, clients: Sequence[str] = ()) -> tuple[str, ...]:
    """Of a configuration, with what is to be said of its clients (`flow_told`)."""
    conduct = config.conduct
    said = [*_ALWAYS, _FLOW[config.flow.mode], *clients]
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


# --- clients


def flow_told(config: BacktestConfig, model: FlowModel | None) -> tuple[str, ...]:
    """Who deals, and what others show."""
    flow = config.flow
    said = []
    if flow.mode == "recorded" and flow.hits == "recorded":
        said.append(
            "A recorded deal stands when our price is at least as good for the client as the one "
            "it was dealt at; a request that was not dealt on is not dealt on."
        )
    elif flow.mode == "recorded" and model is not None:
        names = ", ".join(one.product for one in model.dealing)
        said.append(
            "Whether a recorded client deals is drawn from a model that was fitted to recorded "
            "requests, by the distance of our price from the middle; whether it dealt on the "
            f"recorded day does not matter. The model knows {names}: nothing else is dealt on."
        )
    if flow.mode == "habits" and flow.counter_share:
        said.append(
            f"On {flow.counter_share} of the requests for one size the client haggles, by one of "
            "six tactics of the simulated venue."
        )
    if flow.mode != "none":
        said.append(_rivals_told(config, model))
    return tuple(said)


def _rivals_told(config: BacktestConfig, model: FlowModel | None) -> str:
    flow, drawn = config.flow, config.flow.rivals
    knowing = [one.product for one in model.dealing if one.rivals is not None] if model else []
    first = "Where the record says what others showed, that is what they show; elsewhere "
    first = first if flow.mode == "recorded" else ""
    if drawn.count:
        text = (
            f"{first}{drawn.count} others are asked on every request: each shows a price with a "
            f"margin around the middle that is normal, {drawn.margin} with a deviation of "
            f"{drawn.deviation}, in basis points of the middle (of swaps and loans in pips)"
        )
    elif knowing:
        text = (
            f"{first}others are asked on every request for {', '.join(knowing)}: the best of them "
            "is as far from the middle as it was in the log of the model, each side by itself"
        )
    else:
        text = f"{first}what others show clients is not known: no distance to a rival is recorded"
        return f"{text[0].upper()}{text[1:]}."
    return f"{text[0].upper()}{text[1:]}; {_looked_at(config, model)}."


def _looked_at(config: BacktestConfig, model: FlowModel | None) -> str:
    """What rivals are to those who deal."""
    if config.flow.mode == "habits":
        return "a client that hears a better price deals there, so the hit ratio is not reached"
    if model is None:
        return "who deals does not look at them"
    looking = [one.product for one in model.dealing if one.hits.knows_rivals]
    if not looking:
        return "the model was fitted without rivals, so who deals does not look at them"
    return f"who deals in {', '.join(looking)} looks at how far we are behind the best of them"


def informed_told(model: FlowModel, informed: Informed) -> tuple[str, ...]:
    """What clients know of the market to come."""
    if not model.toxicity:
        return ()
    if not informed.counterparties:
        return (
            "No client knows what the market will do: no markout of the model is of at least "
            f"{DEALS_MIN} deals and further from zero than chance.",
        )
    said = (
        f"{informed.counterparties} counterparties know what the market will do: the sides of "
        "their requests for spot are drawn by how the market of the data moves after their deals, "
        "such that their markouts are those of the model. It is the client who looks ahead, never "
        f"the robot; counterparties with less than {DEALS_MIN} deals in the model's log, or "
        "markouts that may be chance, know nothing."
    )
    return (said, *(f"Of what clients know not all can be had: {text}." for text in informed.told))
