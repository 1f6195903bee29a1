"""Table 1 of Barzykin, Bergault and Guéant (arXiv:2207.04100): five currencies, ten pairs.

sigma "80 bp" a root of a day; rates of each tier to each side by size 1, 5, 10, 20, 50 M; tiers as
(a, b per bp); psi bp; eta bp x day / M. The risk aversion of 20 a M is 20e-4 a bp M.
"""

from __future__ import annotations

from strategies.games.quoting.franchise import Tier
from strategies.games.quoting.several_pairs import Currencies, Pair, PairFlow

SIZES = (1.0, 5.0, 10.0, 20.0, 50.0)
LARGEST = 1.281643043e-06
EIGENVALUE = 1.791548738e-06
"""Of A(0), per M: the largest entry and eigenvalue that a public replication prints."""
REPLICATION = "SebastianApelgren/optimal-market-making-eFX"


def _pair(
    rates: tuple[float, ...],
    first: tuple[float, float],
    second: tuple[float, float],
    psi: float,
    eta: float,
) -> PairFlow:
    tiers = (Tier(*first), Tier(*second))
    return PairFlow(tiers=tiers, sizes=SIZES, rates=rates, psi=psi, eta=eta)


CROSS = ((-0.5, 3.5), (0.5, 2.5))
PAIRS: dict[Pair, PairFlow] = {
    ("EUR", "USD"): _pair((900, 540, 234, 90, 36), (-1.9, 11), (-0.3, 3.5), 0.1, 1e-5),
    ("GBP", "USD"): _pair((600, 200, 150, 40, 10), (-1.4, 5.5), (0.0, 2.0), 0.15, 1.5e-5),
    ("CHF", "USD"): _pair((420, 140, 105, 28, 7), (-1.2, 4.5), (0.0, 1.9), 0.25, 2.5e-5),
    ("JPY", "USD"): _pair((825, 375, 180, 105, 15), (-1.6, 9.0), (-0.1, 3.0), 0.1, 1.5e-5),
    ("EUR", "GBP"): _pair((400, 50, 25, 20, 5), *CROSS, 0.25, 3e-5),
    ("EUR", "CHF"): _pair((400, 50, 25, 20, 5), *CROSS, 0.25, 3e-5),
    ("EUR", "JPY"): _pair((400, 50, 25, 20, 5), *CROSS, 0.25, 3e-5),
    ("GBP", "CHF"): _pair((160, 20, 10, 8, 2), *CROSS, 0.4, 5e-5),
    ("GBP", "JPY"): _pair((160, 20, 10, 8, 2), *CROSS, 0.4, 5e-5),
    ("CHF", "JPY"): _pair((80, 10, 5, 4, 1), *CROSS, 0.4, 5e-5),
}
PUBLISHED = Currencies(
    reference="USD",
    sigma={"EUR": 80.0, "JPY": 60.0, "GBP": 70.0, "CHF": 60.0},
    correlation={
        ("EUR", "GBP"): 0.6,
        ("EUR", "CHF"): 0.5,
        ("EUR", "JPY"): 0.3,
        ("GBP", "CHF"): 0.3,
        ("GBP", "JPY"): 0.2,
        ("CHF", "JPY"): 0.4,
    },
    impact={"EUR": 5e-3, "GBP": 7e-3, "CHF": 8e-3, "JPY": 6e-3},
    pairs=PAIRS,
    gamma=20e-4,
    horizon=0.05,
)
