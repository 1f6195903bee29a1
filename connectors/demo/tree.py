"""Judges the rows of the limit tree by the venue's own record, naively.

Nothing of `robot.limits` runs here: rows are read as `limits.yaml` has them, figures are added up
anew for each. What the record does not tell counts for nothing: whose order it is (rows of traders
see quotes and what clients deal), and with whom an order is dealt where several makers are. So what
is found is a breach, and what is not found is within for all that is known.

Limits may change in time: what leaves while they change has to fit the former or the later ones.
What reduces a position passes though it is over its limit, no further than flat.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from connectors.demo.flows import OrderStake, largest_base_amount
from connectors.demo.uses import (
    ONE,
    ZERO,
    Item,
    Use,
    base_of_quote,
    base_of_stake,
    days_of,
    spot_of_quote,
    uses_of_fill,
    uses_of_quote,
    uses_of_stake,
)
from connectors.sim.makers.rows import MakerDeal
from connectors.sim.products import Product
from connectors.sim.rows import Fill, QuoteLife
from robot.basics.ids import CounterpartyId
from robot.deals.limit_rows import BEYOND, EACH, LimitKind, LimitRow, row_id
from robot.deals.reference import Limits, Reference

CONVERSION_SLACK = Decimal("1.001")
"""Amounts are converted at a price of the item itself; the robot takes a middle."""
BETTER = Decimal("0.001")
"""By so much of its amount an order may be dealt better than its limit."""
ALONE: dict[LimitKind, Callable[[Item], Decimal | None]] = {
    LimitKind.DEAL_SIZE: lambda item: item.base_amount,
    LimitKind.ORDER_VALUE: lambda item: item.worth / CONVERSION_SLACK,
    LimitKind.CLIP: lambda item: item.base_amount if item.is_order else None,
    LimitKind.TERM_CAP: lambda item: Decimal(item.days) if item.days is not None else None,
}
"""Kinds that look at one thing alone; None = not known, or not about such."""

Account = tuple[LimitKind, int, str, str]
"""Kind, place of the row, value of its scope, key."""
Seen = QuoteLife | Fill | OrderStake


@dataclass(frozen=True, slots=True)
class Period:
    """Limits that were in force from a moment on."""

    from_ns: int
    limits: Limits


@dataclass(slots=True)
class _Figure:
    """Of one account: deals by the last date on which they count, and what is outstanding."""

    dealt: defaultdict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    up: Decimal = ZERO
    down: Decimal = ZERO
    doubtful_up: Decimal = ZERO
    doubtful_down: Decimal = ZERO
    """Of deals that were taken back or corrected, of which it is not known what counted when."""
    slack: Decimal = ONE
    """Of rounding, one of each thing that was counted; and of orders that were dealt better."""

    def used(self, today: str) -> Decimal:
        return sum((v for day, v in self.dealt.items() if not day or day >= today), ZERO)


class TreeJudge:
    """Running figures of every row, in every period."""

    def __init__(
        self,
        reference: Reference,
        *,
        periods: Sequence[Period],
        trade_date: Callable[[int], str],
        rate_of: Callable[[str, Decimal], Decimal],
        race_ns: int,
        ended: Callable[[Seen], Iterator[QuoteLife]],
        amended: frozenset[str] = frozenset(),
    ) -> None:
        self.breaches: list[str] = []
        self._reference = reference
        self._periods = periods
        self._trade_date = trade_date
        self._rate_of = rate_of
        self._race_ns = race_ns
        self._ended = ended
        self._amended = amended
        self._figures: list[defaultdict[Account, _Figure]] = [defaultdict(_Figure) for _ in periods]
        self._items: dict[int, Item] = {}
        self._left: dict[tuple[str, str, int], Decimal] = {}

    # --- what happens

    def open(self, quote: QuoteLife, sign: int) -> None:
        """A quote came (+1) or ended (-1)."""
        item = self._items.get(id(quote)) or self._of_quote(quote)
        self._items[id(quote)] = item
        self._outstanding(item, sign)
        if sign > 0:
            self._judge(item, quote, quote.received_at_ns, f"quote {quote.quote_id}")

    def order(self, stake: OrderStake, sign: int) -> None:
        """An order of ours came (+1), or what was left of it fell away (-1)."""
        item = self._of_stake(stake)
        self._outstanding(item, sign)
        key, base = (stake.venue, stake.order_id, stake.received_at_ns), base_of_stake(stake)
        if sign > 0:
            self._left[key] = base
            if stake.changed:
                return  # held when the change was sent, of which nothing is told here
            self._judge(item, stake, stake.received_at_ns, f"order {stake.order_id}")
            return
        self._left[key] = self._left.get(key, ZERO) - base

    def deal(self, fill: Fill) -> None:
        """A deal was made. What orders come to nobody can refuse: only what clients deal is
        judged.
        """
        taken = fill.quote_id is None or isinstance(fill, MakerDeal)
        doubtful = fill.exec_id in self._amended
        item = self._of_fill(fill, taken=taken)
        better = largest_base_amount(fill) * BETTER if taken else ZERO
        for number in range(len(self._periods)):
            for use, account in self._accounts(number, item):
                figure = self._figures[number][account]
                if doubtful:
                    figure.doubtful_up += use.up
                    figure.doubtful_down += use.down
                else:
                    figure.dealt[use.until] += use.up - use.down
                figure.slack += ONE + (better if use.kind is LimitKind.NET_OPEN_POSITION else ZERO)
        if not taken:
            self._judge(item, fill, fill.received_at_ns, f"deal {fill.exec_id}")

    def used(self) -> dict[str, tuple[Decimal, Decimal]]:
        """In the end, by the names of `fxrobot limits show`: what deals use, how exact that is."""
        today = self._trade_date(1 << 63)
        found: dict[str, tuple[Decimal, Decimal]] = {}
        for (kind, place, value, key), figure in self._figures[-1].items():
            row = self._periods[-1].limits.tree[kind][place]
            amount = figure.used(today)
            if not amount or (kind is LimitKind.DAILY_VOLUME and key != today):
                continue
            name = row_id(kind, row).replace(f"={EACH}", f"={value}", 1)
            if kind is LimitKind.SETTLEMENT:
                key = f"{key[:4]}-{key[4:6]}-{key[6:]}" if key >= today else ""
            if kind is not LimitKind.SETTLEMENT or key:
                shown = f"{name}:{key}" if key and kind is not LimitKind.DAILY_VOLUME else name
                exact = kind is LimitKind.NET_OPEN_POSITION
                slack = ZERO if exact else abs(amount) * (CONVERSION_SLACK - 1) + figure.slack
                found[shown] = (amount, slack)
        return found

    # --- figures

    def _outstanding(self, item: Item, sign: int) -> None:
        for number in range(len(self._periods)):
            for use, account in self._accounts(number, item):
                figure = self._figures[number][account]
                figure.up += sign * use.up
                figure.down += sign * use.down
                figure.slack += sign

    def _accounts(self, number: int, item: Item) -> Iterator[tuple[Use, Account]]:
        tree = self._periods[number].limits.tree
        for use in item.uses:
            for place, row in enumerate(tree.get(use.kind, ())):
                if self._is_about(row, use.kind, item, use.key):
                    scope, _ = row.scope
                    yield use, (use.kind, place, item.scopes[scope], use.key)

    def _is_about(self, row: LimitRow, kind: LimitKind, item: Item, key: str = "") -> bool:
        scope, value = row.scope
        known = item.scopes.get(scope, "")
        if not known or value not in (EACH, known):
            return False
        if row.tenors and (item.days is None or self._bucket(item.days) not in row.tenors):
            return False
        of_pair = (key,) if kind is LimitKind.NET_OPEN_POSITION else tuple(item.pair.split("/"))
        return (
            (not row.products or item.product in row.products)
            and (not row.pairs or item.pair in row.pairs)
            and (not row.currencies or any(name in row.currencies for name in of_pair))
        )

    def _bucket(self, days: int) -> str:
        buckets = self._reference.limits.tenor_buckets
        return next((one.name for one in buckets if days <= one.days), BEYOND)

    # --- the judgement

    def _judge(self, item: Item, seen: Seen, at_ns: int, what: str) -> None:
        """It has to fit one of the periods that its moment touches."""
        found: list[str] = []
        for number in self._touched(at_ns):
            found = [*self._alone(number, item, at_ns), *self._together(number, item, seen, at_ns)]
            if not found:
                return
        self.breaches += [f"{text}: {what}" for text in found]

    def _touched(self, at_ns: int) -> Iterator[int]:
        for number, period in enumerate(self._periods):
            last = number + 1 == len(self._periods)
            until_ns = None if last else self._periods[number + 1].from_ns
            begun = period.from_ns <= at_ns
            if begun and (until_ns is None or until_ns >= at_ns - self._race_ns):
                yield number

    def _rows(self, number: int, kind: LimitKind, at_ns: int) -> Iterator[tuple[int, LimitRow]]:
        today = self._trade_date(at_ns)
        for place, row in enumerate(self._periods[number].limits.tree.get(kind, ())):
            first, last = row.from_date, row.until_date
            early = first is not None and today < f"{first:%Y%m%d}"
            late = last is not None and today > f"{last:%Y%m%d}"
            if not early and not late:
                yield place, row

    def _alone(self, number: int, item: Item, at_ns: int) -> Iterator[str]:
        for kind, figure_of in ALONE.items():
            figure = figure_of(item)
            for _, row in self._rows(number, kind, at_ns) if figure is not None else ():
                over = row.maximum is not None and not figure <= row.maximum  # type: ignore[operator]
                if over and self._is_about(row, kind, item):
                    yield f"{kind} {figure} over {row.maximum}"
        for _, row in self._rows(number, LimitKind.PERMITTED, at_ns):
            scope, value = row.scope
            if item.scopes.get(scope) and value in (EACH, item.scopes[scope]):
                listed = (not row.products or item.product in row.products) and (
                    not row.pairs or item.pair in row.pairs
                )
                both = item.pair.split("/")
                if not listed or (row.currencies and not {*both} <= {*row.currencies}):
                    yield f"{item.product} {item.pair} is not permitted"

    def _together(self, number: int, item: Item, seen: Seen, at_ns: int) -> Iterator[str]:
        today = self._trade_date(at_ns)
        for use, account in self._accounts(number, item):
            kind, place, _, _ = account
            row = dict(self._rows(number, kind, at_ns)).get(place)
            if row is None or row.maximum is None:
                continue
            figure = self._figures[number][account]
            over = _over(kind, figure, figure.used(today), use, row.maximum)
            if over is None:
                continue
            gone = replace(figure)
            for quote in self._ended(seen):
                for other, where in self._accounts(number, self._of_quote(quote)):
                    if where == account:
                        gone.up, gone.down = gone.up - other.up, gone.down - other.down
            if _over(kind, gone, gone.used(today), use, row.maximum) is not None:
                scope, _ = row.scope
                name = f"{kind} of {scope} {item.scopes[scope]} {use.key}".rstrip()
                yield f"{name} {over} over {row.maximum}"

    # --- who and what

    def _of_quote(self, quote: QuoteLife) -> Item:
        today = self._trade_date(quote.received_at_ns)
        rate = self._rate_of(quote.pair, spot_of_quote(quote))
        return Item(
            scopes=self._scopes(quote.client, quote.venue, trader=self._reference.trader),
            product=quote.product,
            pair=quote.pair,
            base_amount=base_of_quote(quote),
            worth=base_of_quote(quote) * rate,
            days=days_of(quote, today),
            uses=uses_of_quote(quote, rate, self._reference.limits, today),
        )

    def _of_fill(self, fill: Fill, *, taken: bool) -> Item:
        rate = self._rate_of(fill.pair, fill.spot_rate or fill.rate)
        base = largest_base_amount(fill)
        trader = "" if taken else self._reference.trader
        return Item(
            scopes=self._scopes(fill.client, fill.venue, trader=trader),
            product=fill.product,
            pair=fill.pair,
            base_amount=base,
            worth=base * rate,
            days=days_of(fill, fill.trade_date or ""),
            uses=uses_of_fill(fill, rate, self._reference.limits),
        )

    def _of_stake(self, stake: OrderStake) -> Item:
        pair = "/".join(stake.nets)
        base, counter = stake.nets.values()
        rate = self._rate_of(pair, abs(counter / base) if base else ZERO)
        venue = next(row for row in self._reference.venues if row.id == stake.venue)
        client = "" if venue.makers else venue.counterparty or ""
        today = self._trade_date(stake.received_at_ns)
        count = Use(LimitKind.ORDERS_OUTSTANDING, "", ONE)
        key = (stake.venue, stake.order_id, stake.received_at_ns)
        whole = abs(self._left.get(key, abs(base)) - abs(base)) < ONE
        uses = uses_of_stake(stake, rate, self._reference.limits, today)
        return Item(
            scopes=self._scopes(client, stake.venue, trader=""),
            product=Product.SPOT,
            pair=pair,
            base_amount=abs(base),
            worth=abs(base) * rate,
            days=None,
            uses=(*uses, count) if whole else uses,
            is_order=True,
        )

    def _scopes(self, client: str, venue: str, *, trader: str) -> dict[str, str]:
        ours = self._reference
        party = ours.counterparties.get(CounterpartyId(client))
        theirs = ("country", "group", "type", "tier")
        return {
            "everyone": "all",
            "entity": ours.entity,
            "desk": ours.desk,
            "book": ours.book,
            "trader": trader,
            "strategy": ours.strategy.name,
            "counterparty": client,
            "venue": venue,
            **{name: getattr(party, name) if party is not None else "" for name in theirs},
        }


def _over(
    kind: LimitKind, figure: _Figure, used: Decimal, use: Use, maximum: Decimal
) -> Decimal | None:
    """The figure that is over its maximum; None = none that this could have raised is."""
    allowed = maximum * CONVERSION_SLACK + figure.slack
    if kind in (LimitKind.QUOTES_OUTSTANDING, LimitKind.ORDERS_OUTSTANDING):
        allowed = maximum
    if kind is not LimitKind.NET_OPEN_POSITION:
        return used + figure.up if not used + figure.up <= allowed else None
    allowed = maximum + figure.slack
    least, most = used - figure.doubtful_down, used + figure.doubtful_up
    high, low = least + figure.up, figure.down - most
    if use.up and not high <= (figure.slack if most < -allowed else allowed):
        return high
    if use.down and not low <= (figure.slack if least > allowed else allowed):
        return low
    return None
