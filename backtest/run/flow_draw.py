"""Draws requests and deals from a fitted model of clients."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import accumulate
from random import Random

import msgspec

from backtest.data.columns import amount_of
from backtest.run.asking import Asked, Seen, price_of, request_event
from backtest.run.flow_model import BIN_NS, FlowModel, RivalsSeen, Share, bin_of
from backtest.run.rivals import Draw, Drawn
from robot.basics.currency import Currency, CurrencyPair
from robot.basics.daycount import CashProduct
from robot.deals.calendar_dates import CalendarDates
from robot.deals.party import BUY, Side
from robot.deals.product import ProductKind, known_kind, price_side
from robot.deals.reference import Reference
from robot.errors import RobotError
from robot.messages.effects import SendQuote
from robot.messages.events import RfqReceived

LIFE_NS = 30_000_000_000
"""How long a request of a model is open."""
_ROLLED_MAX = 10
_SECOND_NS = 1_000_000_000


class Want(msgspec.Struct, frozen=True, kw_only=True):
    """One request as it is drawn."""

    number: int
    at_ns: int
    share: Share
    size: int
    """Units of 0.01."""
    waits_ns: int
    """From our price to the deal, if there is one."""


def arrivals(model: FlowModel, begin_ns: int, end_ns: int, chance: Random) -> Iterator[int]:
    """Moments of requests."""
    at_ns = begin_ns
    while at_ns < end_ns:
        rate = model.rates[bin_of(at_ns)]
        bin_end_ns = (at_ns // BIN_NS + 1) * BIN_NS
        gap_ns = int(chance.expovariate(rate) * 1e9) + 1 if rate > 0 else bin_end_ns
        if at_ns + gap_ns >= bin_end_ns:
            at_ns = bin_end_ns  # no memory: what is left of the gap is drawn at the next rate
            continue
        at_ns += gap_ns
        if at_ns < end_ns:
            yield at_ns


def wants(model: FlowModel, begin_ns: int, end_ns: int, seed: int) -> Iterator[Want]:
    """Who asks for what and when; a longer span begins with the same."""
    chance = Random(f"{seed}/requests")
    weights = list(accumulate(share.count for share in model.shares))
    for number, at_ns in enumerate(arrivals(model, begin_ns, end_ns, chance), start=1):
        share = chance.choices(model.shares, cum_weights=weights)[0]
        dealing = model.of(share.product)
        assert dealing is not None, "checked where the model is read"
        sizes = dealing.sizes[share.tier]
        size = int(chance.choices(list(sizes), weights=list(sizes.values()))[0])
        waits_ns = 1 + int(chance.expovariate(1e-6 / dealing.waited_ms))
        yield Want(number=number, at_ns=at_ns, share=share, size=size, waits_ns=waits_ns)


class Requests:
    """Makes requests of what was drawn, on the desk's calendars."""

    def __init__(self, reference: Reference, seed: int) -> None:
        self._seed = seed
        self._dates = CalendarDates(
            reference.conventions, reference.money_markets, reference.calendars
        )

    def asked(self, want: Want, side: Side | None) -> Asked:
        """`side`: ours, of the client who knows which one it wants; None = as it was drawn."""
        share = want.share
        shown = share.side if side is None or not share.side else str(side)
        today = datetime.fromtimestamp(want.at_ns // _SECOND_NS, UTC).date()
        tenor, day = self._when(share, share.tenor, today)
        far_tenor, far_day = self._when(share, share.far_tenor, today)
        event = request_event(
            share.venue,
            f"M{self._seed}-{want.number:06d}",
            share.counterparty,
            share.pair,
            share.product,
            shown,
            amount_of(want.size),
            tenor=tenor,
            value_date=day,
            far_tenor=far_tenor,
            far_value_date=far_day,
        )
        return Asked(
            at_ns=want.at_ns, event=_completed(event, want.at_ns), side=side, waits_ns=want.waits_ns
        )

    def _when(self, share: Share, tenor: str, today: date) -> tuple[str, str]:
        """A tenor, or the date of one by days: the next on which it can be dealt."""
        if not tenor.startswith(("+", "-")):
            return tenor, ""
        wanted = today + timedelta(days=int(tenor.removesuffix("d")))
        for days in range(_ROLLED_MAX):
            day = wanted + timedelta(days=days)
            if self._is_good(share, day, today):
                return "", day.isoformat()
        return "", wanted.isoformat()  # nobody deals it: it was asked for like that, too

    def _is_good(self, share: Share, day: date, today: date) -> bool:
        try:
            kind = known_kind(share.product)
            if kind is not None and kind.is_loan:
                product = CashProduct(share.product)
                self._dates.deposit(Currency(share.pair), product, day, today)
            else:
                self._dates.far(CurrencyPair(share.pair), day, today)
        except RobotError:
            return False
        return True


def _completed(event: RfqReceived, at_ns: int) -> RfqReceived:
    """An NDF is settled in the base currency, against the convention's fixing."""
    settled = event.pair[:3] if event.product == ProductKind.NDF else None
    return msgspec.structs.replace(
        event, open_until_ns=at_ns + LIFE_NS, settlement_currency=settled
    )


class ByModel:
    """Deals with the probability that the model gives our price."""

    def __init__(self, model: FlowModel, seed: int) -> None:
        self._model = model
        self._chance = Random(f"{seed}/deals")

    def decides_ns(self, asked: Asked, quoted_ns: int) -> int:
        """After a while that is exponential around the model's mean."""
        dealing = self._model.of(asked.event.product)
        if asked.waits_ns or dealing is None:
            return quoted_ns + asked.waits_ns + 1
        return quoted_ns + 1 + int(self._chance.expovariate(1e-6 / dealing.waited_ms))

    def deals(self, asked: Asked, quote: SendQuote, side: Side, seen: Seen) -> bool:
        """Drawn."""
        chance, price = self._chance.random(), price_of(quote, side)
        dealing = self._model.of(str(quote.product))
        if dealing is None or price is None or seen.middle is None or not seen.unit:
            return False
        at_bid = price_side(quote.product, side) is BUY
        sign = 1 if at_bid else -1
        distance = float(sign * (seen.middle - price) / seen.unit)
        behind = _behind(price, seen, sign)
        return chance < dealing.hits.probability(distance, behind)


def _behind(price: Decimal, seen: Seen, sign: int) -> float | None:
    """How far our price is behind the best rival's of its side; None = there is none."""
    if seen.rivals is None or not seen.unit:
        return None
    theirs = seen.rivals.bid if sign > 0 else seen.rivals.offer
    return None if theirs is None else float(sign * (theirs - price) / seen.unit)


def rivals_of(model: FlowModel) -> Draw:
    """The best rival as far from the middle as in the model's log, each side by itself."""
    known = {one.product: one.rivals for one in model.dealing if one.rivals is not None}

    def draw(product: str, chance: Random) -> Drawn | None:
        seen = known.get(product)
        if seen is None:
            return None
        return Drawn(seen.count, _quantile(seen, chance), _quantile(seen, chance))

    return draw


def _quantile(seen: RivalsSeen, chance: Random) -> float:
    place = chance.random() * (len(seen.distances) - 1)
    low = int(place)
    high = min(low + 1, len(seen.distances) - 1)
    return seen.distances[low] + (place - low) * (seen.distances[high] - seen.distances[low])
