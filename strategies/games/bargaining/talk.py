"""A talk in ticks given away: 0 is our opening price, `limit` our walk-away.

Theirs are in the same terms: they fall as they give way, and one at or under `limit` is one that we
may take. What is no price, or not of this talk, is left out and counted.
"""

from __future__ import annotations

from collections.abc import Sequence
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
_FAR = Decimal(TICKS_MAX)
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
    named: int | None = None
    """Of packages: the best for us of those that they named themselves; None = one price is talked
    about, or none was named.
    """

    @property
    def turns(self) -> int:
        """Of each side."""
        return max(1, (self.total + 1) // 2)

    @property
    def given(self) -> int:
        """The furthest that we have gone; what was said is not taken back."""
        return max(self.ours, default=0)

    @property
    def taken_surely(self) -> int:
        """What they have said that they would take: their standing price, or a package that they
        named.
        """
        said = self.standing if self.standing is not None else self.theirs[-1]
        return said if self.named is None else min(said, self.named)

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


Word = tuple[bool, int | None, int | None, int]
"""One message in ticks: whether it is ours, what can be taken (None = no price), how far they have
come by it (`Offer.means`; None = as far as that), and when.
"""


def read(dialogue: Dialogue, terms: Terms) -> Talk:
    """The talk of a dialogue, whatever is in it."""
    sign = -1 if terms.higher_is_better else 1
    words: list[Word] = []
    for offer in dialogue.offers[-MESSAGES_MAX:]:
        ticks = told = _ticks(offer.price, offer, terms, sign, dialogue.now_ns)
        if offer.means is not None:
            told = _ticks(offer.means, offer, terms, sign, dialogue.now_ns)
        words.append((offer.ours, ticks, told, offer.at_ns))
    return heard(words, len(dialogue.offers), dialogue.now_ns, terms)


def heard(words: Sequence[Word], said: int, now_ns: int, terms: Terms) -> Talk:
    """The talk of its last words, of as many as were `said`."""
    sign = -1 if terms.higher_is_better else 1
    ours: list[int] = []
    theirs: list[int] = []
    wrong, standing, last_at = 0, None, None
    for is_ours, ticks, told, at_ns in words:
        if is_ours:
            if ticks is not None:
                ours.append(ticks)
            continue
        if ticks is None or (last_at is not None and at_ns < last_at):
            wrong, standing = wrong + 1, None
            continue
        last_at, standing = at_ns, ticks
        theirs.append(ticks if told is None else told)
    total = _total(words, said, now_ns, terms)
    return Talk(
        ours=ours,
        theirs=theirs,
        limit=_whole(sign * (terms.walk_away - terms.open_at) / terms.tick),
        aim=_whole(sign * (terms.aim - terms.open_at) / terms.tick),
        left=total - said,
        total=total,
        standing=standing,
        our_turn=not words or not words[-1][0],
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
    if not -PRICE_MAX <= price <= PRICE_MAX:
        return None
    away = sign * (price - terms.open_at) / terms.tick
    if not -_FAR <= away <= _FAR:
        return None
    ticks = int(away)
    if price == terms.open_at + sign * ticks * terms.tick:
        return ticks
    return int(away.to_integral_value(ROUND_CEILING)) if offer.ours else None


def _whole(ticks: Decimal) -> int:
    return int(ticks.to_integral_value(ROUND_FLOOR))


def _total(words: Sequence[Word], said: int, now_ns: int, terms: Terms) -> int:
    """Messages of the whole talk: as allowed, or as many as the time has room for at their pace."""
    if said >= MESSAGES_MAX:
        return said
    total = terms.messages_max if terms.messages_max is not None else MESSAGES_MAX
    if terms.by_ns is None:
        return total if terms.messages_max is not None else max(OPEN_END, said + 4)
    if said < 2:
        return min(total, max(OPEN_END, said + 4))
    took = max(1, min(now_ns, words[-1][-1]) - words[0][-1])
    room = (terms.by_ns - now_ns - 1) * (said - 1) // took
    return min(total, said + 1 + max(0, min(MESSAGES_MAX, room)))
