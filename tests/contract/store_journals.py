"""Whole random journals, and what a reader must see after them, worked out the obvious way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from connectors.store.queries import open_queries
from robot.messages.effects import (
    AlertRaised,
    AnyEffect,
    DayClosed,
    DealBooked,
    Decided,
    LimitsMoved,
    PositionChange,
    QuoteEnded,
    SendQuote,
)
from robot.ports import ProjectedTurn
from tests.contract.store_data import (
    DAY,
    SEGMENT,
    booked,
    day_closed,
    deal,
    decided,
    ended,
    limits_moved,
    quote,
    turn,
)


class Journal(NamedTuple):
    """A random journal, and where to cut it into batches."""

    turns: list[ProjectedTurn]
    cuts: list[tuple[int, int]]
    """Per batch: how many turns, and how many of those before are handed over again."""

    def batches(self) -> Iterator[list[ProjectedTurn]]:
        """The journal in batches; what is left over is the last one."""
        start = 0
        for size, again in self.cuts:
            end = min(start + size, len(self.turns))
            batch = self.turns[max(0, start - again) : end]
            # Only turns of the segment that is being applied are handed over again.
            current = self.turns[max(0, start - 1)].segment
            yield [t for t in batch if t.segment >= current]
            start = end
        yield self.turns[start:]

    def fold(self) -> Fold:
        """What a reader must see at the end, worked out the obvious way: effect by effect."""
        fold = Fold.empty()
        for projected in self.turns:
            for effect in projected.effects:
                fold.take(effect)
        return fold


class Fold(NamedTuple):
    """What a reader sees: deals, last values by key, and how many of what is only kept."""

    deals: list[str]
    positions: dict[tuple[str, date], Decimal]
    limits: dict[str, Decimal]
    endings: dict[str, str | None]
    decisions: list[str]
    alerts: list[str]

    @classmethod
    def empty(cls) -> Fold:
        """Before the first effect."""
        return cls([], {}, {}, {}, [], [])

    def take(self, effect: AnyEffect) -> None:
        """One more effect."""
        match effect:
            case DealBooked():
                self.deals.append(effect.deal.deal_id)
                self._take_positions(effect.positions)
            case DayClosed():
                self._take_positions(effect.positions)
            case LimitsMoved():
                self.limits.update({move.limit_id: move.reserved for move in effect.moves})
            case SendQuote():
                self.endings[effect.quote_id] = None
            case QuoteEnded() if effect.quote_id in self.endings:
                self.endings[effect.quote_id] = effect.ending
            case Decided():
                self.decisions.append(effect.subject)
            case AlertRaised():
                self.alerts.append(effect.text)
            case _:
                pass

    def _take_positions(self, changes: Sequence[PositionChange]) -> None:
        self.positions.update({(c.currency, c.value_date): c.amount for c in changes})

    @classmethod
    def read(cls, url: str) -> Fold:
        """The same from the database."""
        with open_queries(url) as queries:
            subjects = [f"R{number}" for number in range(1, 6)]
            decisions = [d for subject in subjects for d in queries.decisions(subject)]
            decisions.sort(key=lambda d: (d.segment, d.sequence, d.number))
            quotes = [q for number in range(1, 6) for q in queries.quotes(f"R{number}")]
            return cls(
                deals=[str(d.deal_id) for d in queries.deals()],
                positions={(p.currency, p.value_date): p.amount for p in queries.positions()},
                limits={limit.limit_id: limit.reserved for limit in queries.limit_use()},
                endings={q.quote_id: q.ending for q in quotes},
                decisions=[decision.subject for decision in decisions],
                alerts=[alert.text for alert in queries.alerts()],
            )


_NUMBERS = st.integers(1, 5)
_AMOUNTS = st.decimals(-(10**12), 10**12, places=2).map(str)
_EFFECTS = st.one_of(
    _NUMBERS.map(lambda n: decided(f"R{n}")),
    _NUMBERS.map(quote),
    st.builds(ended, _NUMBERS, st.sampled_from(["DEALT", "EXPIRED", "REPLACED"])),
    st.builds(limits_moved, st.sampled_from(["line/A", "line/B"]), st.just("1"), _AMOUNTS),
    st.builds(lambda amount: day_closed(DAY, eur_position=amount), _AMOUNTS),
    st.builds(AlertRaised, code=st.just("A"), text=st.text(max_size=5).filter(str.isprintable)),
    st.builds(lambda amount: ("deal", amount), _AMOUNTS),
)


@st.composite
def journals(draw: st.DrawFn) -> Journal:
    """One to thirty turns in up to two segments; deals are numbered as the core would."""
    contents = draw(st.lists(st.lists(_EFFECTS, max_size=5), min_size=1, max_size=30))
    boundary = draw(st.integers(0, len(contents)))
    turns: list[ProjectedTurn] = []
    deals = 0
    for number, content in enumerate(contents):
        effects: list[AnyEffect] = []
        for effect in content:
            if isinstance(effect, tuple):
                deals += 1
                effects.append(booked(deal(deals), eur_position=effect[1]))
            else:
                effects.append(effect)
        segment = SEGMENT if number < boundary else "20141104-0001"
        turns.append(turn(2 * number + 1, *effects, segment=segment))
    return Journal(turns, draw(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)))))
