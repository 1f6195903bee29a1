"""A maker for the simulated venue's tests: quotes and fills every product.

Its arithmetic is its own; it shares only the words of the dialogue with the venue.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from connectors.sim.dialogue import ExecutionIn, PriceParts, QuoteIn
from connectors.sim.rows import EntryLife, HitLife, Terms

MID = {"EUR/USD": Decimal("1.11720"), "USD/JPY": Decimal("151.250"), "USD/CNY": Decimal("6.7210")}
DAILY_POINTS = {
    "EUR/USD": Decimal("0.00006"),
    "USD/JPY": Decimal("-0.015"),
    "USD/CNY": Decimal("-0.0005"),
}
TENOR_DAYS = {
    "TODAY": -2,
    "TOM": -1,
    "SPOT": 0,
    "SN": 1,
    "IMM1": 56,
    "IMM2": 147,
    "1W": 7,
    "2W": 14,
    "1M": 30,
    "2M": 61,
    "3M": 91,
    "6M": 182,
    "9M": 273,
    "1Y": 365,
}
TERM_DAYS = {"001": 1, "007": 7, "014": 14, "021": 21, "1M": 30, "3M": 91, "ON": 1}
LOAN_BID, LOAN_OFFER = Decimal("1.42"), Decimal("1.46")
_HALF = Decimal("0.00005")


def _weekday(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7 if day.weekday() >= 5 else 0)


def _text(day: date) -> str:
    return f"{day:%Y%m%d}"


def _cents(amount: Decimal, currency: str) -> Decimal:
    unit = Decimal(1) if currency == "JPY" else Decimal("0.01")
    return amount.quantize(unit, rounding=ROUND_HALF_UP)


class Maker:
    """Quotes around a fixed middle, fills what it quoted."""

    def __init__(self) -> None:
        self.number = 0
        self.quotes: dict[str, QuoteIn] = {}

    def next(self) -> int:
        self.number += 1
        return self.number

    # quoting

    def quote(self, entry: EntryLife, at_ns: int, life_ns: int) -> QuoteIn:
        """A price for what an entry asks, for the side it shows."""
        today = datetime.fromtimestamp(at_ns // 10**9, UTC).date()
        if entry.product in ("DEPOSIT", "REPO"):
            quote = self._loan(entry, today, at_ns + life_ns)
        else:
            quote = self._fx(entry, today, at_ns + life_ns)
        self.quotes[quote.quote_id] = quote
        return quote

    def _loan(self, entry: EntryLife, today: date, until_ns: int) -> QuoteIn:
        term = (entry.far_tenor or "").removeprefix("IBO").removeprefix("R")
        days = TERM_DAYS[term] if term in TERM_DAYS else TENOR_DAYS.get(term, 1)
        coded = entry.far_tenor if (entry.far_tenor or " ")[0] in "RI" else None
        terms = Terms(
            product=entry.product,
            far_date=entry.far_date or _text(today + timedelta(days=days)),
            contract_code=coded,
            collateral=entry.collateral,
        )
        bid = None if entry.side == "1" else LOAN_BID
        offer = None if entry.side == "2" else LOAN_OFFER
        return self._quote(entry, bid, offer, entry.value_date or _text(today), until_ns, terms)

    def _fx(self, entry: EntryLife, today: date, until_ns: int) -> QuoteIn:
        spot_day = _weekday(today + timedelta(days=4 if today.weekday() >= 3 else 2))
        near = entry.value_date or self._day(entry.tenor, spot_day)
        terms = Terms(product=entry.product, currency=entry.currency)
        far = entry.far_date or self._day(entry.far_tenor, spot_day)
        if entry.product == "SWAP":
            far = far if far > near else _text(_plain(near) + timedelta(days=1))
            far = _text(_weekday(_plain(far)))
            terms.far_date = far
            terms.far_size = entry.far_size if entry.far_size is not None else entry.size
        if entry.product == "NDF":
            terms.settlement_currency = entry.settlement_currency
            terms.fixing_index = "CNY01"
            terms.fixing_date = _text(_plain(near) - timedelta(days=2))
        bid, offer = (self._parts(entry, near, far, spot_day, sign) for sign in (-1, 1))
        takes_offer = entry.side == ("2" if entry.product == "SWAP" else "1")
        takes_bid = entry.side is not None and not takes_offer
        quote = self._quote(
            entry,
            None if takes_offer else self._price(entry.product, bid),
            None if takes_bid else self._price(entry.product, offer),
            near,
            until_ns,
            terms,
        )
        return _with_parts(quote, bid, offer, entry.product)

    def _day(self, tenor: str | None, spot_day: date) -> str:
        if tenor in ("TODAY", "TOM"):
            return _text(spot_day - timedelta(days=1 if tenor == "TOM" else 2))
        return _text(_weekday(spot_day + timedelta(days=TENOR_DAYS[tenor or "SPOT"])))

    def _parts(
        self, entry: EntryLife, near: str, far: str, spot_day: date, sign: int
    ) -> PriceParts:
        spot = MID[entry.pair] + sign * _HALF
        daily = DAILY_POINTS[entry.pair]
        near_points = daily * (_plain(near) - spot_day).days
        if entry.product != "SWAP":
            return PriceParts(spot=spot, near_points=near_points, near_rate=spot + near_points)
        far_points = daily * (_plain(far) - spot_day).days + sign * _HALF
        return PriceParts(
            spot=spot,
            near_points=near_points,
            far_points=far_points,
            near_rate=spot + near_points,
            far_rate=spot + far_points,
        )

    def _price(self, product: str, parts: PriceParts) -> Decimal | None:
        if product == "SWAP" and parts.far_points is not None and parts.near_points is not None:
            return parts.far_points - parts.near_points
        return parts.near_rate

    def _quote(
        self,
        entry: EntryLife,
        bid: Decimal | None,
        offer: Decimal | None,
        value_date: str,
        until_ns: int,
        terms: Terms,
    ) -> QuoteIn:
        return QuoteIn(
            quote_id=f"Q{self.next()}",
            request_id=entry.request_id,
            pair=entry.pair,
            size=entry.size,
            bid=bid,
            offer=offer,
            bid_size=None,
            offer_size=None,
            value_date=value_date,
            valid_until_ns=until_ns,
            terms=terms,
        )

    # dealing

    def answer(self, hit: HitLife, at_ns: int, *, filled: bool) -> ExecutionIn:
        """A fill at the quote's terms, or a rejection."""
        quote = self.quotes.get(hit.quote_id)
        number = self.next()
        plain = ExecutionIn(
            exec_id=f"E{number}",
            order_id=f"O{number}",
            hit_id=hit.hit_id,
            response_id=hit.response_id,
            filled=filled,
            client=hit.client,
            pair=hit.pair,
            side=hit.side,
            size=hit.size,
            rate=hit.price,
            counter_amount=None,
            counter_currency=None,
            value_date=hit.value_date,
            trade_date="20261030",
            transact_at_ns=at_ns,
            code=None if filled else "99",
            text="" if filled else "QUOTE_USED 1",
            poss_dup=False,
        )
        if not filled or quote is None:
            return plain
        if hit.product in ("DEPOSIT", "REPO"):
            return self._lent(plain, quote)
        return self._dealt(plain, quote, hit)

    def _lent(self, plain: ExecutionIn, quote: QuoteIn) -> ExecutionIn:
        assert plain.size is not None and plain.rate is not None and quote.terms.far_date
        assert quote.value_date is not None
        days = (_plain(quote.terms.far_date) - _plain(quote.value_date)).days
        year = 365 if quote.terms.product == "REPO" or quote.pair == "GBP" else 360
        interest = _cents(plain.size * plain.rate * days / 100 / year, quote.pair)
        return _changed(
            plain, counter_amount=plain.size + interest, interest=interest, terms=quote.terms
        )

    def _dealt(self, plain: ExecutionIn, quote: QuoteIn, hit: HitLife) -> ExecutionIn:
        at_offer = (hit.side == "1") != (hit.product == "SWAP")
        parts = quote.offer_parts if at_offer else quote.bid_parts
        rate = parts.near_rate if hit.product == "SWAP" else hit.price
        other = hit.pair[4:] if quote.terms.currency is None else hit.pair[:3]
        done = _changed(plain, rate=rate, parts=parts, terms=quote.terms)
        if hit.product != "NDF":
            amount = self._other(hit, hit.size, rate, other)
            done = _changed(done, counter_amount=amount, counter_currency=other)
        if hit.product != "SWAP":
            return done
        far = self._other(hit, quote.terms.far_size, parts.far_rate, other)
        return _changed(done, points=hit.price, far_counter_amount=far)

    def _other(
        self, hit: HitLife, size: Decimal | None, rate: Decimal | None, other: str
    ) -> Decimal:
        assert size is not None and rate is not None
        return _cents(size * rate if other == hit.pair[4:] else size / rate, other)


def _plain(text: str) -> date:
    return date(int(text[:4]), int(text[4:6]), int(text[6:]))


def _changed(answer: ExecutionIn, **changes: object) -> ExecutionIn:
    return replace(answer, **changes)  # type: ignore[arg-type]


def _with_parts(quote: QuoteIn, bid: PriceParts, offer: PriceParts, product: str) -> QuoteIn:
    if product == "SPOT":
        return quote
    nothing = PriceParts()
    return replace(
        quote,
        bid_parts=nothing if quote.bid is None else bid,
        offer_parts=nothing if quote.offer is None else offer,
    )
