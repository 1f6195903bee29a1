"""A talk in ticks given away: 0 is our opening price, `limit` our walk-away.

Theirs are in the same terms: they fall as they give way, and one at or under `limit` is one that we
may take. What is no price, or not of this talk, is left out and counted.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

import msgspec

from strategies.games.bargaining.terms import (
    MESSAGES_MAX,
    PRICE_MAX,
    TICKS_MAX,
    Dialogue,
    Offer,
    Terms,
)

USUAL_SPAN = 60.0
OPEN_END = 12
"""Messages that a talk is thought to have at least where neither a number nor a time ends it."""


class Talk(msgspec.Struct, kw_only=True):
    """What both sides have said."""

    ours: list[int]
    theirs: list[int]
    limit: int
    aim: int
    left: int
    """Messages to come, the one now with them; 1 = nobody answers what we say."""
    total: int
    standing: int | None
    """Their price that can be taken now."""
    our_turn: bool
    heard_wrong: int
    """Messages of theirs that are no price."""

    @property
    def turns(self) -> int:
        """Of each side."""
        return max(1, (self.total + 1) // 2)

    @property
    def given(self) -> int:
        """The furthest that we have gone; what was said is not taken back."""
        return max(self.ours, default=0)

    @property
    def unit(self) -> float:
        """A sixtieth of the way to their first price, at least a tick: what a tick was in the talks
        on which the numbers were tuned.
        """
        return max(1.0, self.theirs[0] / USUAL_SPAN) if self.theirs else 1.0

    @property
    def time(self) -> float:
        """Share of the talk that is over, 1 at the last price of ours that can be answered."""
        answered = max(1, self.total - 2)
        return min(1.0, max(0.0, (self.total - self.left) / answered))


def read(dialogue: Dialogue, terms: Terms) -> Talk:
    """The talk of a dialogue, whatever is in it."""
    sign = -1 if terms.higher_is_better else 1
    ours: list[int] = []
    theirs: list[int] = []
    wrong, standing, last_at = 0, None, None
    offers = dialogue.offers[-MESSAGES_MAX:]
    for offer in offers:
        ticks = _ticks(offer.price, offer, terms, sign, dialogue.now_ns)
        if offer.ours:
            if ticks is not None:
                ours.append(ticks)
            continue
        if ticks is None or (last_at is not None and offer.at_ns < last_at):
            wrong, standing = wrong + 1, None
            continue
        last_at, standing = offer.at_ns, ticks
        meant = offer.means if offer.means is not None else offer.price
        told = _ticks(meant, offer, terms, sign, dialogue.now_ns)
        theirs.append(ticks if told is None else told)
    total = _total(dialogue, terms)
    return Talk(
        ours=ours,
        theirs=theirs,
        limit=_whole(sign * (terms.walk_away - terms.open_at) / terms.tick),
        aim=_whole(sign * (terms.aim - terms.open_at) / terms.tick),
        left=total - len(dialogue.offers),
        total=total,
        standing=standing,
        our_turn=not offers or not offers[-1].ours,
        heard_wrong=wrong,
    )


def price_of(ticks: int, terms: Terms) -> Decimal:
    """The price of so many ticks given away."""
    sign = -1 if terms.higher_is_better else 1
    return terms.open_at + sign * ticks * terms.tick


def _ticks(price: object, offer: Offer, terms: Terms, sign: int, now_ns: int) -> int | None:
    """Of a price; None = it is none, or it comes from the future. One of ours between two ticks
    has given the further of them away.
    """
    if not isinstance(price, Decimal) or not price.is_finite() or offer.at_ns > now_ns:
        return None
    if abs(price) > PRICE_MAX:
        return None
    away = sign * (price - terms.open_at) / terms.tick
    if abs(away) > TICKS_MAX:
        return None
    ticks = int(away)
    if price == terms.open_at + sign * ticks * terms.tick:
        return ticks
    return int(away.to_integral_value(ROUND_CEILING)) if offer.ours else None


def _whole(ticks: Decimal) -> int:
    return int(ticks.to_integral_value(ROUND_FLOOR))


def _total(dialogue: Dialogue, terms: Terms) -> int:
    """Messages of the whole talk: as allowed, or as many as the time has room for at their pace."""
    said = len(dialogue.offers)
    if said >= MESSAGES_MAX:
        return said
    total = terms.messages_max if terms.messages_max is not None else MESSAGES_MAX
    if terms.by_ns is None:
        return total if terms.messages_max is not None else max(OPEN_END, said + 4)
    if said < 2:
        return min(total, max(OPEN_END, said + 4))
    offers = dialogue.offers
    took = max(1, min(dialogue.now_ns, offers[-1].at_ns) - offers[0].at_ns)
    room = (terms.by_ns - dialogue.now_ns - 1) * (said - 1) // took
    return min(total, said + 1 + max(0, min(MESSAGES_MAX, room)))
