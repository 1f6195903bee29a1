"""FIX 4.4: the product in 461, a swap in one message with the far-leg tags 193, 192, 640 to 643.

Spot is as it always was, in `wire.py`. Points are in price units. Tenors are text in 6215 (first
date) and 6216 (far leg, or the term of a loan).
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from connectors.sim import wire
from connectors.sim.dialects.fields import (
    LOAN_MARKS,
    Fields,
    added,
    collateral,
    collateral_in,
    curve_body,
    less,
    loan_side,
    number,
    side_of_loan,
)
from connectors.sim.dialects.quoting import one_message
from connectors.sim.dialogue import (
    AskOut,
    CounterOut,
    ExecutionIn,
    HitOut,
    Out,
    PassOut,
    PriceParts,
    QuoteIn,
    RefusalIn,
)
from connectors.sim.makers.rows import MakerQuote
from connectors.sim.model import CurveTick, Instrument, Tick, fix_time, text_of
from connectors.sim.products import (
    Product,
    dealt_currency,
    is_loan,
    known_fixing,
    other_currency,
)
from connectors.sim.rows import EntryLife, Fill, HitLife, QuoteLife, Terms
from connectors.sim.wire import Incoming, WireError, party

_FAR = (Product.SWAP,)
_CFI = (Product.FORWARD, Product.SWAP, Product.NDF)


class Fix44:
    """The plain dialect, and what the others share with it."""

    name = "fix44"
    begin_string = "FIX.4.4"
    application_version: str | None = None
    takes_orders = True
    writes_points = False  # of a swap: 44 is its points, not its near rate

    # How things are called

    def symbol(self, pair: str, terms: Terms) -> str:
        """55 of what is dealt."""
        return pair

    def pair(self, message: Incoming) -> str:
        """The pair or currency that 55 means."""
        return message.need(55)

    def marks(self, product: str) -> Fields:
        """What says the product, beside 55."""
        if is_loan(product):
            kind, security = LOAN_MARKS[product]
            return [(460, kind), (167, security)]
        return [(461, None if product == Product.SPOT else product), (167, "FOR")]

    def product(self, message: Incoming) -> str:
        """The product a message is about."""
        for product, (kind, security) in LOAN_MARKS.items():
            if message.get(167) == security or message.get(460) == kind:
                return product
        return message.get(461) or Product.SPOT

    def side(self, product: str, side: str | None) -> str | None:
        """54 of the taker's side."""
        return loan_side(side) if is_loan(product) else side

    def side_in(self, product: str, message: Incoming) -> str:
        """The taker's side that 54 means."""
        return side_of_loan(message.get(54)) if is_loan(product) else message.get(54) or ""

    def points(self, pair: str, points: Decimal) -> Decimal:
        """Points as the venue writes them, from price units."""
        return points

    def points_in(self, pair: str, points: Decimal | None) -> Decimal | None:
        """Points in price units, from what the venue writes."""
        return points

    # What the venue says

    def encode(self, out: Out, at_ns: int) -> tuple[str, str]:
        """Message type and body of something said on the dealing session."""
        match out:
            case AskOut():
                return "R", self._ask(out, at_ns)
            case HitOut():
                return out.hit.message, self._hit(out.hit, at_ns)
            case CounterOut():
                return "AJ", self._hit(out.hit, at_ns, wire.COUNTER)
            case PassOut():
                return "AJ", self._pass(out, at_ns)
        symbol = self.symbol(out.pair, Terms())
        return wire.encode(replace(out, pair=symbol), at_ns)

    def _is_plain(self, terms: Terms) -> bool:
        """Whether `wire.py` says it all."""
        return terms.product == Product.SPOT

    def instrument(self, pair: str, terms: Terms) -> Fields:
        return [(55, self.symbol(pair, terms)), *self.marks(terms.product)]

    def pledged(self, terms: Terms) -> str:
        return collateral(terms.collateral)

    def dates(self, terms: Terms, value_date: str | None) -> Fields:
        """Dates where they are known, else tenors; and the far amount."""
        product = terms.product
        fields: Fields = [(64, value_date)]
        if not value_date and not is_loan(product):
            fields.append((6215, terms.tenor))
        far = 541 if is_loan(product) else 193
        if product in _FAR or is_loan(product):
            fields.append((far, terms.far_date))
            fields.append((6216, None if terms.far_date else terms.far_tenor))
        if product in _FAR:
            fields.append((192, number(terms.far_size)))
        return fields

    def money(self, pair: str, terms: Terms) -> Fields:
        fields: Fields = [(15, dealt_currency(pair, terms))]
        if terms.product == Product.NDF:
            fields += [(120, terms.settlement_currency), (6217, terms.fixing_index)]
        if is_loan(terms.product):
            fields.append((423, "1"))
        return fields

    def order_type(self, product: str) -> str:
        return "G" if product in _FAR else "D"

    def legs(
        self, pair: str, terms: Terms, value_date: str | None, size: Decimal, side: str | None
    ) -> str:
        """The legs of a swap, in dialects that write them."""
        return ""

    def _ask(self, out: AskOut, at_ns: int) -> str:
        if self._is_plain(out.entries[0]):
            return wire.encode(out, at_ns)[1]
        row = out.request
        group = "".join(self._asked(entry, out, at_ns) for entry in out.entries)
        tail = wire.body([(6065, None if row.stream_seconds is None else str(row.stream_seconds))])
        return wire.body([(131, row.request_id), (146, str(len(out.entries)))]) + group + tail

    def _asked(self, entry: EntryLife, out: AskOut, at_ns: int) -> str:
        fields: Fields = [
            *self.instrument(entry.pair, entry),
            (303, "2"),
            (537, "1"),
            (54, self.side(entry.product, entry.side)),
            (38, text_of(entry.size)),
            *self.dates(entry, entry.value_date),
            *self.money(entry.pair, entry),
            (40, self.order_type(entry.product)),
            (126, fix_time(out.request.open_until_ns)),
            (60, fix_time(at_ns)),
            *party(out.request.client),
        ]
        legs = self.legs(entry.pair, entry, entry.value_date, entry.size, entry.side)
        return wire.body(fields) + legs + self.pledged(entry)

    def _hit(self, hit: HitLife, at_ns: int, kind: str = wire.HIT) -> str:
        if self._is_plain(hit):
            plain = HitOut(hit) if kind == wire.HIT else CounterOut(hit)
            return wire.encode(plain, at_ns)[1]
        order = hit.message == "D"
        fields: Fields = [
            (693, hit.response_id),
            (117, hit.quote_id),
            (694, None if order else kind),
            (11, hit.hit_id),
            *party(hit.client),
            *self.instrument(hit.pair, hit),
            (54, self.side(hit.product, hit.side)),
            (38, text_of(hit.size)),
            *self.dates(hit, hit.value_date),
            *self.money(hit.pair, hit),
            (60, fix_time(at_ns)),
            (40, self.order_type(hit.product)),
            *self.hit_price(hit),
            (59, "4" if order else None),
        ]
        return wire.body(fields) + self.legs(hit.pair, hit, hit.value_date, hit.size, hit.side)

    def hit_price(self, hit: HitLife) -> Fields:
        if hit.product in _FAR:
            return [(44, number(hit.near_rate)), (640, number(hit.far_rate))]
        return [(44, text_of(hit.price))]

    def priced(self, quote: MakerQuote) -> tuple[Fields, str]:
        """The price part of a maker's quote, and its legs where there are any."""
        return one_message(quote, self.points), ""

    def hit_price_in(self, message: Incoming, product: str, pair: str) -> Decimal | None:
        """What a hit deals at: of a swap its points, far rate (640) minus near rate (44)."""
        if product in _FAR:
            return less(message.number(640), message.number(44))
        return message.number(44)

    def _pass(self, out: PassOut, at_ns: int) -> str:
        quote = out.quote
        if self._is_plain(quote):
            return wire.encode(out, at_ns)[1]
        fields: Fields = [
            (693, out.response_id),
            (117, quote.quote_id),
            (694, "6"),
            *party(quote.client),
            *self.instrument(quote.pair, quote),
            (54, self.side(quote.product, out.side)),
            (38, text_of(quote.size)),
            *self.dates(quote, quote.value_date),
            *self.money(quote.pair, quote),
            (60, fix_time(at_ns)),
        ]
        return wire.body(fields) + self._pass_legs(quote, out.side)

    def _pass_legs(self, quote: QuoteLife, side: str | None) -> str:
        return self.legs(quote.pair, quote, quote.value_date, quote.size, side)

    def session_status(self, status: str) -> str:
        """Body of h: 1 halted, 2 open, 3 closed."""
        return wire.session_status(status)

    def trade_report(self, fill: Fill, request_id: str, position: int, count: int) -> str:
        """Body of AE: one deal of the record, `position` of `count`, the last one marked."""
        return self.trade_body(fill, wire.history_head(fill.exec_id, request_id, position, count))

    def trade_body(self, fill: Fill, head: Fields) -> str:
        """Body of AE; `head` says which report it is, and on what."""
        if self._is_plain(fill):
            return wire.trade_body(fill, head)
        at_ns = fill.transact_at_ns if fill.transact_at_ns is not None else fill.received_at_ns
        fields: Fields = [
            *head,
            (570, "N"),
            *self.instrument(fill.pair, fill),
            *self.traded(fill),
            (75, fill.trade_date),
            (60, fix_time(at_ns)),
            *self.dates(fill, fill.value_date),
            (15, dealt_currency(fill.pair, fill)),
        ]
        side: Fields = [
            (552, "1"),
            (54, self.side(fill.product, fill.side)),
            (37, fill.order_id),
            (11, fill.hit_id),
            *party(fill.client),
        ]
        return wire.body(fields) + self.pledged(fill) + self.traded_legs(fill) + wire.body(side)

    def traded_legs(self, fill: Fill) -> str:
        return ""

    def traded(self, fill: Fill) -> Fields:
        """Amounts, rates and what they are made of."""
        fields: Fields = [(32, number(_size(fill))), (31, self.traded_price(fill))]
        if is_loan(fill.product):
            return fields + self._repaid(fill)
        fields.append((194, number(fill.spot_rate)))
        if fill.near_points is not None:
            fields.append((195, text_of(self.points(fill.pair, fill.near_points))))
        fields += self._far_traded(fill)
        if fill.product == Product.NDF:
            index: Fields = [(6217, fill.fixing_index), (6218, fill.fixing_date)]
            return [*fields, (120, fill.settlement_currency), *index]
        other = other_currency(fill.pair, dealt_currency(fill.pair, fill))
        return [*fields, (119, number(_other(fill))), (120, other)]

    def traded_price(self, fill: Fill) -> str:
        return text_of(fill.rate)

    def _far_traded(self, fill: Fill) -> Fields:
        if fill.product not in _FAR or fill.far_rate is None:
            return []
        points = less(fill.far_rate, fill.spot_rate)
        text = None if points is None else text_of(self.points(fill.pair, points))
        return [(641, text), (6219, number(_other_far(fill)))]

    def _repaid(self, fill: Fill) -> Fields:
        paid: Fields = [(119, number(fill.counter_amount)), (738, number(fill.interest))]
        return [*paid, (120, fill.pair), (48, fill.contract_code), (423, "1")]

    # What the robot says

    def quote_in(self, message: Incoming) -> QuoteIn:
        """S."""
        product, pair, size = self.product(message), self.pair(message), message.number(38)
        if size is None:
            raise WireError("S without 38")
        bid_parts, offer_parts = self.parts_in(message, product, pair)
        bid, offer = message.number(132), message.number(133)
        if product in _FAR:
            bid = self._swap_points(message.number(1065), bid_parts)
            offer = self._swap_points(message.number(1066), offer_parts)
        terms = self.terms_in(message, product, pair)
        return QuoteIn(
            quote_id=message.need(117),
            request_id=message.need(131),
            pair=pair,
            size=size,
            bid=bid,
            offer=offer,
            bid_size=message.number(134),
            offer_size=message.number(135),
            value_date=self.value_date_in(message, product),
            valid_until_ns=message.time(62),
            terms=terms,
            bid_parts=bid_parts,
            offer_parts=offer_parts,
            response_id=message.get(693),
            quote_type=message.get(537),
        )

    def _swap_points(self, written: Decimal | None, parts: PriceParts) -> Decimal | None:
        """Far minus near: as written where the dialect writes it, else from the parts."""
        return less(parts.far_points, parts.near_points)

    def value_date_in(self, message: Incoming, product: str) -> str | None:
        return message.get(64) if product == Product.SPOT else message.date(64)

    def parts_in(self, message: Incoming, product: str, pair: str) -> tuple[PriceParts, PriceParts]:
        if product not in _CFI:
            return PriceParts(), PriceParts()
        return (
            self._part_in(message, product, pair, (132, 188, 189, 642)),
            self._part_in(message, product, pair, (133, 190, 191, 643)),
        )

    def _part_in(
        self, message: Incoming, product: str, pair: str, tags: tuple[int, int, int, int]
    ) -> PriceParts:
        rate, spot = message.number(tags[0]), message.number(tags[1])
        if rate is None:
            return PriceParts()
        near = self.points_in(pair, message.number(tags[2]))
        far = self.points_in(pair, message.number(tags[3])) if product in _FAR else None
        return PriceParts(
            spot=spot, near_points=near, far_points=far, near_rate=rate, far_rate=added(spot, far)
        )

    def terms_in(self, message: Incoming, product: str, pair: str) -> Terms:
        currency = message.get(15)
        terms = Terms(product=product, currency=None if currency == pair[:3] else currency)
        if is_loan(product):
            terms.currency = None if currency == pair else currency
            terms.far_date = message.date(541)
            terms.contract_code = message.get(48)
            terms.collateral = collateral_in(message)
        elif product in _FAR:
            terms.far_date, terms.far_size = message.date(193), message.number(192)
        elif product == Product.NDF:
            terms.settlement_currency = message.get(120)
            terms.fixing_index = known_fixing(message.get(6217))
            terms.fixing_date = message.date(6218)
        return terms

    def refusal_in(self, message: Incoming) -> RefusalIn:
        """AG."""
        refusal = wire.refusal_in(message)
        return refusal if refusal.pair is None else replace(refusal, pair=self.pair(message))

    def execution_in(self, message: Incoming) -> ExecutionIn | None:
        """8; None for execution reports that are neither a deal nor a rejection."""
        plain = wire.execution_in(message)
        if plain is None:
            return None
        product, pair = self.product(message), self.pair(message)
        answer = replace(
            plain,
            pair=pair,
            side=self.side_in(product, message),
            value_date=self.value_date_in(message, product) if plain.filled else None,
            terms=self.terms_in(message, product, pair) if plain.filled else Terms(),
        )
        if not answer.filled or product == Product.SPOT:
            return replace(answer, value_date=plain.value_date)
        if is_loan(product):
            return self._loan_in(answer, message)
        return self._dated_in(answer, message)

    def _loan_in(self, answer: ExecutionIn, message: Incoming) -> ExecutionIn:
        return replace(answer, interest=message.number(738))

    def _dated_in(self, answer: ExecutionIn, message: Incoming) -> ExecutionIn:
        """A forward, an NDF or a swap."""
        spot = message.number(194)
        near = self.points_in(answer.pair, message.number(195))
        if answer.terms.product not in _FAR:
            return replace(answer, parts=PriceParts(spot=spot, near_points=near))
        far = self.points_in(answer.pair, message.number(641))
        parts = PriceParts(
            spot=spot,
            near_points=near,
            far_points=far,
            near_rate=answer.rate,
            far_rate=added(spot, far),
        )
        points, amount = less(far, near), message.number(6219)
        return replace(answer, parts=parts, points=points, far_counter_amount=amount)

    # Market data

    def instrument_asked(self, entry: Incoming) -> Instrument | None:
        """What a member of V's group 146 asks for, None when it is nothing this dialect knows."""
        product = self.product(entry)
        known = is_loan(product) or product in (Product.SPOT, Product.SWAP)
        return Instrument(product, self.pair(entry)) if known else None

    def snapshot(self, subscription: str, tick: Tick, entry_no: int) -> str:
        """Body of W: both sides of the spot price."""
        return wire.snapshot(subscription, self._named(tick), entry_no, tick.at_ns)

    def increment(
        self, subscription: str, tick: Tick, sides: str, action: str, entry_no: int, at_ns: int
    ) -> str:
        """Body of X; see `wire.increment`."""
        named = self._named(tick)
        return wire.increment(subscription, named, sides, action, entry_no, at_ns)

    def _named(self, tick: Tick) -> Tick:
        return tick._replace(pair=self.symbol(tick.pair, Terms()))

    def curve(self, subscription: str, tick: CurveTick, at_ns: int, *, gone: bool = False) -> str:
        """Body of W: both sides of one tenor of a curve, or that it is gone."""
        of = Terms(product=tick.instrument.product, contract_code=tick.tenor)
        fields = self._curve_instrument(tick.instrument, of)
        prices = (None, None) if gone else (tick.bid, tick.ask)
        return curve_body(subscription, fields, tick.tenor, prices, at_ns)

    def _curve_instrument(self, instrument: Instrument, terms: Terms) -> Fields:
        return self.instrument(instrument.name, terms)


def _size(fill: Fill) -> Decimal | None:
    """The dealt amount of the first leg."""
    in_base = fill.currency in (None, fill.pair[:3])
    return fill.base_amount if in_base else fill.counter_amount


def _other(fill: Fill) -> Decimal | None:
    in_base = fill.currency in (None, fill.pair[:3])
    return fill.counter_amount if in_base else fill.base_amount


def _other_far(fill: Fill) -> Decimal | None:
    in_base = fill.currency in (None, fill.pair[:3])
    return fill.far_counter_amount if in_base else fill.far_base_amount
