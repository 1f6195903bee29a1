"""One sealed quote among N, the lowest deals at what it quoted: the theory.

    we quote              q maximises (q - c) P(every rival's quote > q)
    all alike, c ~ U[0,1] q = c + (1 - c) / N, profit of each 1 / (N (N + 1)) a request
    rivals add a to it    q - c = (1 + a - c) / N for the best answer, never below a

c what the deal costs us, in the units of the quotes. Source: Vickrey, "Counterspeculation,
auctions, and competitive sealed tenders", Journal of Finance 16, 1961.
"""

from __future__ import annotations


def equilibrium_quote(cost: float, dealers: int) -> float:
    """Of each of so many dealers whose costs are uniform between 0 and 1."""
    return cost + (1 - cost) / dealers


def equilibrium_profit(dealers: int) -> float:
    """Of each dealer, a request."""
    return 1 / (dealers * (dealers + 1))


def answer_to_fixed(cost: float, margin: float, dealers: int) -> float:
    """Best against rivals who add `margin` to costs that are uniform between 0 and 1."""
    return max(margin, cost + (1 + margin - cost) / dealers)
