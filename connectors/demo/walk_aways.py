"""Judges the deals of games by their files and the venue's own market: none past the walk-away.

It knows nothing of the core, and reads the files with its own eyes: only distances from the middle,
as the demo's games have them. The robot's middle is of all venues and of a moment before; so the
venues' middles of the last `LOOKED_BACK_WALL_NS` say between what it was, and `SLACK` is what they
may differ by from it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from ruamel.yaml import YAML

from connectors.demo.played import Led, Played, game_of, led
from connectors.sim.makers.rows import MakerQuote
from connectors.sim.model import pip_of
from connectors.sim.products import deals_at_offer, is_loan
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill, QuoteLife, Terms
from connectors.store.views import Decision

LOOKED_BACK_WALL_NS = 2_000_000_000
SLACK = Decimal("0.5")
"""Pips, of loans basis points."""
_FAR = re.compile(r"(-?[\d.]+) (pip|bp)")
_SAID = re.compile(r"walk-away (-?[\d.]+), ")
_LOAN_UNIT = Decimal("0.01")

What = tuple[str, str, str | None, str | None]
"""Product, pair or currency, and dates."""


def walk_aways(folder: Path) -> dict[str, Decimal]:
    """By game, how much better than the middle a price has to be, in pips, of loans basis points;
    only games that say it so.
    """
    found = {}
    for file in sorted(folder.glob("*.game.yaml")):
        game = YAML(typ="safe").load(file)
        far = _FAR.fullmatch(str(dict(game.get("my terms") or {}).get("walk-away", "")))
        if far is not None:
            found[str(game["game"]["name"])] = Decimal(far[1])
    return found


class _Market:
    """The venues' middles as their record has them, in time."""

    def __init__(self, record: VenueRecord, back_ns: int) -> None:
        self._back_ns = back_ns
        rows: defaultdict[What, list[tuple[int, Decimal]]] = defaultdict(list)
        for quote in record.quotes:
            if quote.mid is not None:
                rows[_what(quote.pair, quote.value_date, quote)].append(
                    (quote.received_at_ns, quote.mid)
                )
        for made in record.maker_quotes:
            if made.mid is not None:
                rows[_what(made.pair, made.value_date, made)].append((made.made_at_ns, made.mid))
        self._rows = {what: sorted(found) for what, found in rows.items()}

    def between(self, what: What, at_ns: int) -> tuple[Decimal, Decimal] | None:
        """Lowest and highest of the last while, of the two looks before it and the one after:
        between two looks at a pair that is seldom asked for nobody knows where the middle was.
        """
        rows = self._rows.get(what, [])
        first = bisect_left(rows, (at_ns - self._back_ns, Decimal(0)))
        last = bisect_right(rows, (at_ns, Decimal("Infinity")))
        mids = [mid for _, mid in rows[max(0, first - 2) : last + 1]]
        return (min(mids), max(mids)) if mids else None


def _what(pair: str, date: str | None, terms: Terms) -> What:
    return (terms.product, pair, date, terms.far_date)


def judge_walk_aways(
    found: Played, record: VenueRecord, decisions: Sequence[Decision], folder: Path
) -> list[str]:
    """Deals past the walk-away, counted in `found`, too."""
    known, far = led(decisions), walk_aways(folder)
    market = _Market(record, _back_ns(record))
    problems = []
    for deal, decision, as_taker in _deals(record, known):
        problem = _problem(deal, decision, far, market, as_taker=as_taker)
        if problem is not None:
            found.judged += 1
            problems += [problem] if problem else []
    found.past_walk_away = len(problems)
    return problems


def _deals(record: VenueRecord, known: Led) -> list[tuple[Fill, Decision, bool]]:
    """Deals that a game made, as maker where a counter was answered, too."""
    taken = [
        (deal, known.takes[deal.venue, deal.hit_id], True)
        for deal in record.maker_deals
        if (deal.venue, deal.hit_id) in known.takes
    ]
    answered = [
        (fill, known.answers[fill.venue, fill.quote_id or ""], False)
        for fill in record.fills
        if (fill.venue, fill.quote_id or "") in known.answers
    ]
    return [*taken, *answered]


def _problem(
    deal: Fill,
    decision: Decision,
    far: Mapping[str, Decimal],
    market: _Market,
    *,
    as_taker: bool,
) -> str | None:
    """What is wrong with a deal; empty = nothing, None = nobody can say."""
    game, price = game_of(decision), deal.rate if deal.points is None else deal.points
    at_offer = deals_at_offer(deal.product, deal.side)
    better = -1 if at_offer is as_taker else 1  # for us: who deals at an offer wants it low
    said = next((m[1] for one in decision.because if (m := _SAID.match(one))), None)
    if said is not None and better * (price - Decimal(said)) < 0:
        return f"{deal.exec_id}: {game} dealt at {price}, past the walk-away {said} it named"
    mids = market.between(_of_deal(deal), decision.at_ns)
    if game not in far or mids is None:
        return None
    unit = _LOAN_UNIT if is_loan(deal.product) else pip_of(deal.pair)
    middle = mids[0] if better > 0 else mids[1]  # the one that asks least of us
    worst = middle + better * (far[game] - SLACK) * unit
    if better * (price - worst) < 0:
        text = f"{deal.exec_id}: {game} dealt at {price}, worse than {far[game]} from {middle}"
        return f"{text} (the market's middle was {mids[0]} to {mids[1]})"
    return ""


def _of_deal(deal: Fill) -> What:
    return _what(deal.pair, deal.value_date, deal)


def _back_ns(record: VenueRecord) -> int:
    """`LOOKED_BACK_WALL_NS` in the venue's time."""
    rows: Sequence[QuoteLife | MakerQuote] = record.quotes or record.maker_quotes
    if len(rows) < 2:
        return LOOKED_BACK_WALL_NS
    first, last = rows[0], rows[-1]
    at = [one.received_at_ns if isinstance(one, QuoteLife) else one.made_at_ns for one in rows]
    wall = [
        one.received_wall_ns if isinstance(one, QuoteLife) else one.made_wall_ns
        for one in (first, last)
    ]
    return LOOKED_BACK_WALL_NS * max(at[-1] - at[0], 1) // max(wall[1] - wall[0], 1)
