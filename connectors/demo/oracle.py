"""Judges a run by the records of others: the venue's and the back office's, beside the ledger.

It knows nothing of the core, the gate or the journal. Three-way reconciliation compares every deal
by ExecID: amounts, rates, side and dates of both legs. The limit check replays the venue's own
record in time and asks of every moment whether what was dealt, plus everything that could be hit,
was within the limits.
Sides are ours here, as everywhere but in the venue's record, which has the taker's.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.demo.flows import (
    OrderStake,
    exposure_of,
    largest_base_amount,
    last_date,
    nets_of_fill,
    nets_of_quote,
    order_stakes,
)
from connectors.demo.terms import Terms, of_booking, of_deal, of_fill
from connectors.demo.tree import Period, Seen, TreeJudge
from connectors.sim.bookings import Booking
from connectors.sim.products import Product, is_loan
from connectors.sim.record import VenueRecord
from connectors.sim.rows import Fill, QuoteLife
from robot.basics.currency import Currency, CurrencyPair
from robot.basics.ids import CounterpartyId
from robot.deals.deal import Deal
from robot.deals.reference import Limits, Reference

COLLAR_SLACK_BP = Decimal(10)
"""The venue judges a price by its own mid, the robot by the aggregated one: so far they may differ.
"""

CONVERSION_SLACK = Decimal("1.001")
"""Lines are converted at a mid; the venue's differs from the aggregated one by less than this."""

RACE_WALL_NS = 50_000_000
"""What the robot sends to two venues one after the other may come in the other order: so long a
message may be under way."""

ZERO = Decimal(0)
_ENDED_BY_ROBOT = frozenset({"used", "replaced", "withdrawn"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Differences between venue, ledger and back office; empty lists = they agree."""

    deals: int
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether nothing is lost, doubled or different."""
        return not (self.lost or self.doubled or self.different)


def reconcile(
    fills: Iterable[Fill], deals: Iterable[Deal], bookings: Iterable[Booking]
) -> Reconciliation:
    """Venue = ledger = back office, by ExecID."""
    records: dict[str, list[tuple[str, Terms]]] = {
        "venue": [(fill.exec_id, of_fill(fill)) for fill in fills],
        "ledger": [(deal.exec_id, of_deal(deal)) for deal in deals],
        "back office": [(row.exec_id, of_booking(row)) for row in bookings],
    }
    doubled = [
        f"{exec_id} stands {count} times at the {name}"
        for name, rows in records.items()
        for exec_id, count in Counter(exec_id for exec_id, _ in rows).items()
        if count > 1
    ]
    by_name = {name: dict(rows) for name, rows in records.items()}
    lost, different = [], []
    for exec_id in sorted({exec_id for rows in records.values() for exec_id, _ in rows}):
        found = {name: rows.get(exec_id) for name, rows in by_name.items()}
        missing = [name for name, terms in found.items() if terms is None]
        if missing:
            lost.append(f"{exec_id} is missing at: {', '.join(missing)}")
        elif len(set(found.values())) > 1:
            different.append(f"{exec_id}: {found}")
    return Reconciliation(
        deals=len(by_name["venue"]), lost=lost, doubled=doubled, different=different
    )


class _InFlight:
    """What the robot may have told another venue before a moment, and that came there after it."""

    def __init__(self, record: VenueRecord, race_ns: int) -> None:
        self._record = record
        self._race_ns = race_ns
        self.quotes = record.quotes

    def changes(self, currency: str, seen: Seen) -> tuple[Decimal, Decimal, Decimal]:
        """Changes of position, worst case up and worst case down, in `currency`."""
        net = up = down = ZERO
        for fill in self._record.fills:
            if fill.venue != seen.venue and self._is_later(fill.received_at_ns, seen):
                net += nets_of_fill(fill).get(currency, ZERO)
        for quote in self.ended_quotes(seen):
            raised, lowered = _at_stake(quote, currency)
            up, down = up - raised, down - lowered
        return net, up, down

    def ended(self, seen: QuoteLife, client: str) -> int:
        """How many quotes of a client ("" = of all) had ended."""
        return sum(client in ("", quote.client) for quote in self.ended_quotes(seen))

    def ended_quotes(self, seen: Seen) -> Iterator[QuoteLife]:
        """Those that the robot had taken out, and that stood elsewhere still."""
        for quote in self._record.quotes:
            elsewhere = quote.venue != seen.venue and quote.end in _ENDED_BY_ROBOT
            stood = elsewhere and quote.received_at_ns <= seen.received_at_ns
            if stood and self._is_later(quote.ended_at_ns or 0, seen):
                yield quote

    def _is_later(self, at_ns: int, seen: Seen) -> bool:
        return 0 < at_ns - seen.received_at_ns <= self._race_ns


def _at_stake(quote: QuoteLife, currency: str) -> tuple[Decimal, Decimal]:
    """How much of a currency a hit of the quote could bring us, and how much it could take."""
    nets = [nets.get(currency, ZERO) for nets in nets_of_quote(quote)]
    return max([ZERO, *nets]), max([ZERO, *(-net for net in nets)])


def _currencies(pair: str) -> tuple[str, ...]:
    """Both of a pair; of a loan its one."""
    return tuple(pair.split("/"))


class _Exposure:
    """Running figures at the venue: what is dealt, and the worst case of what could be hit."""

    def __init__(self, reference: Reference, in_flight: _InFlight) -> None:
        self._limits = reference.limits
        self._in_flight = in_flight
        self._net: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._up: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._down: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._lines: defaultdict[str, list[tuple[str, Decimal]]] = defaultdict(list)
        self._rates = _LineRates(reference.limits, in_flight.quotes)
        self._open: Counter[str] = Counter()
        self.breaches: list[str] = []

    def open(self, quote: QuoteLife, sign: int) -> None:
        """A quote came (+1) or ended (-1)."""
        currencies = _currencies(quote.pair)
        self._rates.see(quote)
        for currency in currencies:
            up, down = _at_stake(quote, currency)
            self._up[currency] += sign * up
            self._down[currency] += sign * down
        self._open["all"] += sign
        self._open[quote.client] += sign
        if sign > 0:
            self._check_positions(currencies, f"quote {quote.quote_id}", quote)
            self._check_outstanding(quote)

    def order(self, stake: OrderStake, sign: int) -> None:
        """An order of ours came (+1), or what was left of it fell away (-1)."""
        for currency, net in stake.nets.items():
            self._up[currency] += sign * max(net, ZERO)
            self._down[currency] += sign * max(-net, ZERO)
        if sign > 0:
            self._check_positions((*stake.nets,), f"order {stake.order_id}", stake)

    def deal(self, fill: Fill) -> None:
        """A deal was made."""
        for currency, net in nets_of_fill(fill).items():
            self._net[currency] += net
        self._check_positions(_currencies(fill.pair), f"deal {fill.exec_id}", fill)
        self._check_line(fill)

    def _check_positions(self, currencies: tuple[str, ...], what: str, seen: Seen) -> None:
        for currency in currencies:
            maximum = self._limits.net_open_position.get(Currency(currency), ZERO)
            slack = Decimal(self._open["all"] + 1)  # counter amounts are rounded deal by deal
            worst = self._worst(currency, ZERO, ZERO, ZERO)
            if not worst <= maximum + slack:
                worst = self._worst(currency, *self._in_flight.changes(currency, seen))
            if not worst <= maximum + slack:
                self.breaches.append(f"net open position {currency} {worst} over {maximum}: {what}")

    def _worst(self, currency: str, net: Decimal, up: Decimal, down: Decimal) -> Decimal:
        net += self._net[currency]
        return max(net + self._up[currency] + up, self._down[currency] + down - net)

    def _check_outstanding(self, quote: QuoteLife) -> None:
        limits = self._limits
        for name, client, maximum in (
            ("all", "", limits.quotes_outstanding),
            (quote.client, quote.client, limits.quotes_outstanding_per_counterparty),
        ):
            over = self._open[name] - maximum
            if over > 0 and over > self._in_flight.ended(quote, client):
                self.breaches.append(f"{self._open[name]} quotes outstanding for {name}, {maximum}")

    def _check_line(self, fill: Fill) -> None:
        limits, line = self._limits, self._lines[fill.client]
        exposure = exposure_of(fill, limits)
        if exposure is None:
            self.breaches.append(f"deal {fill.exec_id}: longer than any add-on")
            return
        line.append((last_date(fill), exposure * self._rates.of(fill)))
        used = sum((amount for day, amount in line if day >= (fill.trade_date or "")), ZERO)
        maximum = limits.counterparty_lines.get(CounterpartyId(fill.client), ZERO)
        if not used <= maximum * CONVERSION_SLACK:
            self.breaches.append(f"line of {fill.client} {used} over {maximum}")


class _LineRates:
    """What one base currency is worth in the currency of the lines: by the market where it tells,
    else the fixed rate of the limits.
    """

    def __init__(self, limits: Limits, quotes: Iterable[QuoteLife]) -> None:
        self._limits = limits
        self._mids: dict[str, Decimal] = {}
        for quote in reversed([*quotes]):  # before the first quote of a pair its first mid holds
            self.see(quote)

    def see(self, quote: QuoteLife) -> None:
        """The venue's middle of a spot pair, as it was when a quote came."""
        if quote.product == Product.SPOT and quote.mid is not None:
            self._mids[quote.pair] = quote.mid

    def of(self, fill: Fill) -> Decimal:
        """Of a deal's base currency, or of the currency of a loan."""
        return self.of_pair(fill.pair, fill.spot_rate or fill.rate)

    def of_pair(self, pair: str, spot: Decimal) -> Decimal:
        """Of a pair's base currency at this spot rate, or of the currency of a loan."""
        base, counter, wanted = pair[:3], pair[4:], self._limits.line_currency
        if base == wanted:
            return Decimal(1)
        if counter == wanted:
            return spot
        direct, inverse = (self._mids.get(p) for p in (f"{base}/{wanted}", f"{wanted}/{base}"))
        known = direct or (1 / inverse if inverse else None)
        return known or self._limits.line_rates.get(Currency(base), ZERO)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What changed in the course of a record, and was told beside it. Times are the record's."""

    limits: tuple[tuple[int, Limits], ...] = ()
    """From when on other rows of the tree were in force; the tables stay."""
    days: tuple[tuple[int, str], ...] = ()
    """From when on which trade date (`YYYYMMDD`) it was; empty = that of the deals."""
    amended: frozenset[str] = frozenset()
    """Deals that a venue took back or corrected, by ExecID."""


def limit_breaches(
    record: VenueRecord, reference: Reference, race_ns: int = 0, known: Known | None = None
) -> list[str]:
    """Every moment at which the venue's own record shows more than a limit allows.

    `race_ns` of the venues' time: how long a message to one venue may be under way while a later
    one has come to another; in that time a deal or an end counts where it makes the figure fit.
    """
    exposure, tree = _judged(record, reference, race_ns, known or Known())
    return exposure.breaches + tree.breaches + _single_deals(record, reference)


def tree_figures(
    record: VenueRecord, reference: Reference, known: Known
) -> dict[str, tuple[Decimal, Decimal]]:
    """What the deals of a record use of each account of the tree in the end, and how exactly."""
    _, tree = _judged(record, reference, 0, known)
    return tree.used()


def _judged(
    record: VenueRecord, reference: Reference, race_ns: int, known: Known
) -> tuple[_Exposure, TreeJudge]:
    """After the whole record, moment by moment."""
    in_flight = _InFlight(record, race_ns)
    exposure = _Exposure(reference, in_flight)
    tree = _tree_judge(record, reference, race_ns, known, in_flight)
    judges = (exposure, tree)
    moments: list[tuple[int, int, int, object]] = []
    for number, quote in enumerate(record.quotes):
        moments.append((quote.received_at_ns, 2, number, quote))
        if quote.ended_at_ns is not None:
            moments.append((max(quote.ended_at_ns, quote.received_at_ns), 0, number, quote))
    for number, fill in enumerate(record.fills):
        moments.append((fill.received_at_ns, 1, number, fill))
    for number, (at_ns, kind, stake) in enumerate(order_stakes(record)):
        moments.append((at_ns, kind, number, stake))
    started: set[str] = set()
    for _, kind, _, item in sorted(moments, key=lambda moment: moment[:3]):
        if isinstance(item, QuoteLife):
            _move(judges, item, kind, started)
            continue
        for judge in judges:
            if isinstance(item, Fill):
                judge.deal(item)
            elif isinstance(item, OrderStake):
                judge.order(item, 1 if kind < 0 else -1)
    return exposure, tree


def _tree_judge(
    record: VenueRecord, reference: Reference, race_ns: int, known: Known, in_flight: _InFlight
) -> TreeJudge:
    days = known.days or tuple((row.received_at_ns, row.trade_date or "") for row in record.fills)
    begins = sorted(days)

    def trade_date(at_ns: int) -> str:
        place = bisect_right(begins, (at_ns, chr(127)))
        return begins[max(0, place - 1)][1] if begins else ""

    rates = _LineRates(reference.limits, record.quotes)
    later = (Period(at_ns, limits) for at_ns, limits in known.limits)
    return TreeJudge(
        reference,
        periods=(Period(0, reference.limits), *later),
        trade_date=trade_date,
        rate_of=rates.of_pair,
        race_ns=race_ns,
        ended=in_flight.ended_quotes,
        amended=known.amended,
    )


def race_of(record: VenueRecord) -> int:
    """`RACE_WALL_NS` in the time of the record, which may run faster than the machine's."""
    if len(record.quotes) < 2:
        return RACE_WALL_NS
    first, last = record.quotes[0], record.quotes[-1]
    wall_ns = max(last.received_wall_ns - first.received_wall_ns, 1)
    return RACE_WALL_NS * max(last.received_at_ns - first.received_at_ns, wall_ns) // wall_ns


def _move(
    judges: tuple[_Exposure, TreeJudge], quote: QuoteLife, kind: int, started: set[str]
) -> None:
    key = f"{quote.venue} {quote.quote_id}"
    if kind == 2:
        if key not in started:
            started.add(key)
            for judge in judges:
                judge.open(quote, 1)
    elif key in started:
        for judge in judges:
            judge.open(quote, -1)
    else:
        started.add(key)  # came and ended in the same instant: never stood


def _single_deals(record: VenueRecord, reference: Reference) -> list[str]:
    """Deal size and price collar, deal by deal."""
    limits = reference.limits
    sizes = {
        (str(kind), row.pair, row.tier): row.maximum
        for row in limits.deal_size
        for kind in row.products
    }
    breaches = []
    for fill in record.fills:
        party = reference.counterparties.get(CounterpartyId(fill.client))
        key = (fill.product, CurrencyPair(fill.pair), party.tier if party else "")
        maximum, amount = sizes.get(key, ZERO), largest_base_amount(fill)
        if not amount <= maximum:
            breaches.append(f"deal {fill.exec_id}: {amount} over {maximum}")
        if _is_away(fill, limits):
            price = fill.rate if fill.points is None else fill.points
            breaches.append(f"deal {fill.exec_id}: {price} away from mid {fill.mid}")
    return breaches


def _is_away(fill: Fill, limits: Limits) -> bool:
    """Whether the price is outside the collar: in basis points of the spot rate, of a loan of a
    percent.
    """
    if fill.mid is None:
        return False
    if is_loan(fill.product):
        collar = (limits.rate_collar_bp or ZERO) + COLLAR_SLACK_BP
        return not abs(fill.rate - fill.mid) * 100 <= collar
    price = fill.rate if fill.points is None else fill.points
    spot = fill.spot_rate or fill.mid
    collar = limits.price_collar_bp + COLLAR_SLACK_BP
    return bool(spot) and not abs(price - fill.mid) / spot * 10_000 <= collar
