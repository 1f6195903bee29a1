"""Random negotiations against the negotiator: what may never happen, whatever is said.

.venv/bin/python -m tests.fuzz.dialogues [--dialogues 1000000] [--seed 1] [--processes 2]
"""

from __future__ import annotations

import hashlib
import random
import sys
from collections import Counter
from decimal import Decimal

from strategies.games.bargaining.negotiator import negotiate
from strategies.games.bargaining.terms import (
    Dialogue,
    Estimate,
    Move,
    MoveKind,
    Offer,
    Style,
    Terms,
)
from tests.fuzz import in_parts

TICK = Decimal("0.005")
NO_PRICES = tuple(
    map(Decimal, ("NaN", "sNaN", "Infinity", "-Infinity", "1e30", "-1e12", "1.23456"))
)
STYLES = tuple(Style)
SECOND = 10**9


def drawn_terms(chance: random.Random) -> Terms:
    """Terms that a trader may write."""
    higher = chance.random() < 0.5
    sign = -1 if higher else 1
    room, aim = chance.randint(0, 60), chance.random()
    opens = TICK * chance.randint(-200, 800)
    return Terms(
        higher_is_better=higher,
        open_at=opens,
        aim=opens + sign * TICK * int(room * aim),
        walk_away=opens + sign * TICK * room,
        tick=TICK,
        style=chance.choice(STYLES),
        messages_max=chance.choice((None, 2, 8, 20, 20, 40, 40)),
        by_ns=chance.choice((None, None, None, 30 * SECOND, 100 * SECOND)),
        smallest_step=chance.choice((Decimal(0), TICK, 4 * TICK)),
        most_per_step=chance.choice((None, None, 4 * TICK, 10 * TICK)),
        take_at_aim=chance.random() < 0.5,
        take_better_than_next=chance.random() < 0.8,
        take_at_end=chance.random() < 0.8,
        no_zone_ns=chance.choice((None, None, 20 * SECOND)),
    )


def drawn_dialogue(terms: Terms, chance: random.Random) -> Dialogue:
    """A talk that may be in any disorder: no prices, prices of the wrong side, of the future,
    twice, not in order, off the tick.
    """
    sign = -1 if terms.higher_is_better else 1
    offers: list[Offer] = []
    at, given = 0, 0
    wild, rise = chance.random() < 0.5, chance.randint(0, 6)
    theirs = chance.randint(0, 120)
    ours = chance.random() < 0.5
    for _ in range(chance.randint(0, 22)):
        at += chance.randint(0, 5) * SECOND
        if ours:
            room = abs(int((terms.walk_away - terms.open_at) / TICK))
            given = min(room, given + chance.randint(0, rise))
            offers.append(Offer(True, terms.open_at + sign * TICK * given, at))
        else:
            theirs -= chance.randint(-1, 6)
            price = terms.open_at + sign * TICK * theirs
            if wild and chance.random() < 0.2:
                price = chance.choice((*NO_PRICES, -price, price + TICK / 3))
            when = (
                at if not wild or chance.random() < 0.9 else at + chance.randint(-20, 20) * SECOND
            )
            offers.append(Offer(False, price, when))
            if wild and chance.random() < 0.1:
                offers.append(offers[-1])
        ours = not ours
    if ours is False and offers and chance.random() < 0.9:
        offers.pop()
    return Dialogue(tuple(offers), at + chance.randint(0, 3) * SECOND)


def wrong_with(move: Move, dialogue: Dialogue, terms: Terms) -> str:
    """Which rule a move breaks, worked out by other means than the negotiator's; empty = none."""
    speaks = move.kind in (MoveKind.OFFER, MoveKind.ACCEPT)
    if terms.by_ns is not None and dialogue.now_ns >= terms.by_ns and move.kind != MoveKind.WAIT:
        return "it speaks after the deadline"
    if terms.messages_max is not None and len(dialogue.offers) >= terms.messages_max and speaks:
        return "it speaks after the last message"
    if not speaks:
        return "" if move.price is None else "a price is told where none is said"
    price = move.price
    if price is None or not price.is_finite():
        return f"{price} is no price"
    if worse(price, terms.walk_away, terms):
        return f"{price} is past the walk-away"
    if move.kind is MoveKind.ACCEPT:
        last = dialogue.offers[-1]
        return "" if not last.ours and last.price == price else f"{price} is not what they say"
    said = [offer.price for offer in dialogue.offers if offer.ours]
    if any(worse(before, price, terms) for before in said):
        return f"{price} takes back what was said"
    if price % terms.tick:
        return f"{price} is off the tick"
    if dialogue.offers and dialogue.offers[-1].ours:
        return "it speaks twice"
    return _step_problem(price, said, terms)


def _step_problem(price: Decimal, said: list[Decimal], terms: Terms) -> str:
    step = min((abs(price - before) for before in said), default=Decimal(0))
    if terms.most_per_step is not None and step > terms.most_per_step:
        return f"a step of {step}"
    return f"a step of {step}" if 0 < step < terms.smallest_step else ""


def worse(price: Decimal, than: Decimal, terms: Terms) -> bool:
    """For us."""
    return price < than if terms.higher_is_better else price > than


def run(
    dialogues: int, seed: int, first: int = 0, digest: hashlib._Hash | None = None
) -> Counter[str]:
    """How many moves of each kind there were; the first that breaks a rule is raised."""
    chance = random.Random(f"{seed} {first}")
    kinds: Counter[str] = Counter()
    terms = drawn_terms(chance)
    for number in range(dialogues):
        if number % 4 == 0:
            terms = drawn_terms(chance)
        dialogue = drawn_dialogue(terms, chance)
        guess = None if number % 3 else Estimate(terms.walk_away - TICK * 9, terms.walk_away)
        move = negotiate(dialogue, terms, guess)
        problem = wrong_with(move, dialogue, terms)
        told = f"{problem}\n{terms}\n{dialogue}\n{move}"
        assert not problem, f"again: --seed {seed} --first {first} --dialogues {number + 1}: {told}"
        kinds[move.kind.value] += 1
        if digest is not None:
            digest.update(f"{move.kind} {move.price}".encode())
    return kinds


def part(dialogues: int, seed: int, first: int) -> tuple[Counter[str], int]:
    """A part of very many."""
    digest = hashlib.sha256()
    kinds = run(dialogues, seed, first, digest)
    return kinds + Counter(dialogues=dialogues), int.from_bytes(digest.digest()[:8], "big")


if __name__ == "__main__":
    from tests.fuzz.dialogues import part as play_part  # by its name, as other processes do

    sys.exit(in_parts.command(play_part, "the negotiator", __doc__, 1_000_000))
