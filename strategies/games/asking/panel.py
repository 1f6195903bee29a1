"""Whom to ask: a panel of allowed banks, chosen by what our own requests have shown.

Banks drift, so what was seen fades (discounted bandits: Garivier and Moulines 2011; Thompson 1933).
The rules come before the learning: only banks of the list that is given, never more than the cap,
and nobody who must be asked goes without for longer than agreed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b
from math import log, sqrt
from statistics import NormalDist

import msgspec


class Method(StrEnum):
    """How what is not known is weighed."""

    THOMPSON = "thompson"  # a draw from what each bank may be worth
    UCB = "ucb"  # the best that each bank may be worth


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """What the trader allows."""

    size: int
    """Banks to ask for one need."""
    cap: int
    """Never more than these, rotation included."""
    must_every: Mapping[str, int] = {}
    """Banks that are asked at least once in so many needs."""
    leak_cost: float = 0.0
    """Of each bank asked, bp: others hear of our need."""
    no_answer_cost: float = 3.0
    """Of a bank that says nothing, bp."""
    memory: float | None = None
    """Share of the weight that what was seen keeps from one need to the next; None = what is seen
    fades the faster the more banks are asked, by `FADES` each.
    """
    explore: float = 0.4
    """Share of what is not known about a bank that is tried out; 1 = the textbook's, which pays
    where there is longer to learn than banks stay as they are.
    """
    method: Method = Method.THOMPSON


class Seen(msgspec.Struct, kw_only=True):
    """Of one bank, faded."""

    asked: float = 0.0
    answered: float = 0.0
    cost: float = 0.0
    """Sum of how far its prices were from our middle, bp."""
    squares: float = 0.0
    last: int = -1
    """The need for which it was asked last; -1 = never."""
    asks: int = 0
    """How often it was asked, nothing faded."""
    answers: int = 0
    at: str = ""
    """When it was asked last, as the caller tells time; empty = not told."""


class Learned(msgspec.Struct, kw_only=True):
    """All that has been learned; goes into a file and back by msgspec."""

    needs: int = 0
    banks: dict[str, Seen] = {}
    frozen: bool = False
    """Nothing is learned any more; rotation goes on."""


class Thought(msgspec.Struct, frozen=True):
    """What one bank is thought to be like, a bank never asked included."""

    price: float
    """How far its next price is from our middle on average, bp; positive = against us."""
    spread: float
    """Standard deviation of single prices, bp."""
    error: float
    """Standard error of `price`, bp."""
    answering: float
    """Chance of an answer."""


class Choice(msgspec.Struct, frozen=True):
    """Whom to ask now, and why."""

    banks: tuple[str, ...]
    reasons: tuple[str, ...]


PRIOR_COST, PRIOR_SPREAD, PRIOR_WEIGHT = 1.5, 1.0, 0.5
"""A bank never asked: middle and spread of its prices in bp, worth so many answers."""
FADES = 0.005
PRIOR_ANSWERS = 4.0, 1.0
"""Answers and silences that a bank never asked begins with."""


def choose(allowed: Sequence[str], learned: Learned, panel: Panel, seed: int) -> Choice:
    """The banks to ask for the next need, of those allowed. The seed and what was learned decide:
    the same again gives the same.
    """
    banks = tuple(dict.fromkeys(allowed))
    if not banks or panel.cap < 1 or panel.size < 1:
        return Choice((), ("nobody may be asked",))
    scores = {bank: _score(learned, bank, panel, seed) for bank in banks}
    due = [bank for bank in banks if _overdue(learned, bank, panel) >= 0]
    due.sort(key=lambda bank: (-_overdue(learned, bank, panel), scores[bank]))
    best = sorted((bank for bank in banks if bank not in due), key=lambda bank: scores[bank])
    size = min(panel.cap, panel.size, len(banks))
    taken = (due[: panel.cap] + best)[: max(size, min(panel.cap, len(due)))]
    told = [f"{bank}: {scores[bank]:+.3f} bp" for bank in taken]
    if due:
        told.append(f"due by rotation: {', '.join(bank for bank in taken if bank in due)}")
    return Choice(tuple(taken), tuple(told))


def learn(
    learned: Learned,
    asked: Sequence[str],
    costs: Mapping[str, float],
    panel: Panel,
    at: str = "",
) -> Learned:
    """What is known after one need: `costs` are the prices of those who answered, in bp from our
    middle at that time, `at` when that was. Only our own requests are learned from.
    """
    need = learned.needs
    banks = {name: msgspec.structs.replace(seen) for name, seen in learned.banks.items()}
    memory = panel.memory if panel.memory is not None else 1.0 - FADES * min(panel.size, 20)
    if not learned.frozen:
        for seen in banks.values():
            _fade(seen, memory)
    for bank in asked:
        seen = banks.setdefault(bank, Seen())
        seen.last = need
        if learned.frozen:
            continue
        seen.asked, seen.asks, seen.at = seen.asked + 1.0, seen.asks + 1, at
        cost = costs.get(bank)
        if cost is not None and cost == cost and abs(cost) < 1e6:
            seen.answered, seen.answers = seen.answered + 1.0, seen.answers + 1
            seen.cost += cost
            seen.squares += cost * cost
    return Learned(needs=need + 1, banks=banks, frozen=learned.frozen)


def _fade(seen: Seen, memory: float) -> None:
    seen.asked *= memory
    seen.answered *= memory
    seen.cost *= memory
    seen.squares *= memory


def _overdue(learned: Learned, bank: str, panel: Panel) -> int:
    """By how many needs a bank must be asked now; below 0 = not yet."""
    every = panel.must_every.get(bank)
    if every is None:
        return -1
    seen = learned.banks.get(bank)
    last = seen.last if seen is not None else -1
    return learned.needs - last - every


def thought(seen: Seen) -> Thought:
    """Of one bank, by what was seen of it."""
    weight = PRIOR_WEIGHT + seen.answered
    mean = (PRIOR_WEIGHT * PRIOR_COST + seen.cost) / weight
    spread = PRIOR_WEIGHT * (PRIOR_SPREAD**2 + PRIOR_COST**2) + seen.squares
    deviation = sqrt(max(1e-4, spread / weight - mean * mean))
    answers, silences = PRIOR_ANSWERS
    silent = max(0.0, seen.asked - seen.answered)
    answering = (answers + seen.answered) / (answers + silences + seen.answered + silent)
    return Thought(mean, deviation, deviation / sqrt(weight), answering)


def _score(learned: Learned, bank: str, panel: Panel, seed: int) -> float:
    """What asking this bank is thought to cost, bp; less is better."""
    one = thought(learned.banks.get(bank, Seen()))
    mean = one.price
    if panel.method is Method.THOMPSON:
        mean += panel.explore * one.error * _drawn(f"{seed}/{learned.needs}/{bank}")
    else:
        whole = sum(seen.asked for seen in learned.banks.values()) + 1.0
        mean -= panel.explore * one.error * sqrt(0.5 * log(1.0 + whole))
    return one.answering * mean + (1.0 - one.answering) * panel.no_answer_cost + panel.leak_cost


def _drawn(name: str) -> float:
    """A standard normal number that belongs to a name: the same on every machine, in any order."""
    digest = blake2b(name.encode(), digest_size=6).digest()
    return NormalDist().inv_cdf((int.from_bytes(digest) + 0.5) / 2**48)
