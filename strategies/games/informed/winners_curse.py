"""The best of N errors: what a quote won against others says about our middle.

When N dealers guess one value, each with a normal error of its own, the best quote comes from the
one who is most wrong in the client's favour. Adding E[largest of N errors] to the margin makes up
for it where all do so; for N = 2 it is sigma / sqrt(pi).

    E[largest of N] = sigma N integral x phi(x) Phi(x)^(N - 1) dx

Source: Capen, Clapp and Campbell, "Competitive bidding in high-risk situations", Journal of
Petroleum Technology 23, 1971; order statistics as in David and Nagaraja, chapter 3.
"""

from __future__ import annotations

from functools import lru_cache
from math import erf, exp, pi, sqrt

DEALERS_MAX = 100
REACH, STEPS = 9.0, 1_800
"""Of the integral, by Simpson's rule: exact to twelve digits up to 100 dealers."""


def correction(sigma: float, dealers: int) -> float:
    """What to add to the margin when so many dealers, we among them, are asked; sigma is the
    standard deviation of the error of our middle, in the unit of the margin.
    """
    if sigma < 0:
        raise ValueError(f"a standard deviation of {sigma}: it cannot be negative")
    return sigma * largest_of(dealers)


@lru_cache
def largest_of(dealers: int) -> float:
    """Mean of the largest of so many standard normal errors."""
    if not 1 <= dealers <= DEALERS_MAX:
        raise ValueError(f"{dealers} dealers: between 1 and {DEALERS_MAX}")
    width = 2 * REACH / STEPS
    total = 0.0
    for place in range(STEPS + 1):
        x = -REACH + place * width
        weight = 1 if place in (0, STEPS) else 4 if place % 2 else 2
        below = (1 + erf(x / sqrt(2))) / 2
        total += weight * x * exp(-x * x / 2) * below ** (dealers - 1)
    return dealers * total * width / 3 / sqrt(2 * pi)
