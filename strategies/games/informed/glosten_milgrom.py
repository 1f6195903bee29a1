"""Prices that lose nothing to a client who may know more.

The value is `high` with probability p, else `low`; a share m of the clients know it and deal the
right way, the others buy or sell with equal chance. Then

    P(high | buys)  = p (1 + m) / (p (1 + m) + (1 - p) (1 - m))
    P(high | sells) = p (1 - m) / (p (1 - m) + (1 - p) (1 + m))

and the ask is the mean value given that the client buys, the bid given that he sells.

Source: Glosten and Milgrom, "Bid, ask and transaction prices in a specialist market with
heterogeneously informed traders", Journal of Financial Economics 14, 1985. Sides here are the
client's.
"""

from __future__ import annotations

from typing import NamedTuple


class Belief(NamedTuple):
    """What the value may be; prices in any unit."""

    low: float
    high: float
    chance: float = 0.5
    """That it is high."""

    @property
    def mean(self) -> float:
        """Expected value."""
        return self.low + self.chance * (self.high - self.low)


class Fair(NamedTuple):
    """Prices without a loss and without a profit."""

    bid: float
    ask: float


def after_buy(belief: Belief, informed: float) -> Belief:
    """Once a client bought from us, of whom that share is informed."""
    up = belief.chance * (1 + informed)
    down = (1 - belief.chance) * (1 - informed)
    return belief._replace(chance=up / (up + down) if up + down else belief.chance)


def after_sell(belief: Belief, informed: float) -> Belief:
    """Once a client sold to us."""
    return after_buy(belief, -informed)


def fair_prices(belief: Belief, informed: float) -> Fair:
    """Ask and bid before the next deal."""
    if not 0 <= informed <= 1:
        raise ValueError(f"a share of informed clients of {informed}: it is between 0 and 1")
    return Fair(after_sell(belief, informed).mean, after_buy(belief, informed).mean)


def least_margin(informed: float, moved: float) -> float:
    """Half the spread where the value is as likely `moved` above the middle as below it: what a
    client who knows with that probability costs a deal, m x moved.
    """
    fair = fair_prices(Belief(-moved, moved), informed)
    return (fair.ask - fair.bid) / 2
