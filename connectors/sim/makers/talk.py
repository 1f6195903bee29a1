"""One request of the robot while it lives at a maker, and the rows that are made of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from decimal import Decimal
from random import Random

from connectors.sim.bargain import Bargain
from connectors.sim.makers.prices import Price
from connectors.sim.makers.rows import AskLife, MakerDeal, MakerQuote, TakeLife
from connectors.sim.makers.styles import Style
from connectors.sim.makers.words import INDICATIVE, TRADEABLE, RequestIn, TakeIn
from connectors.sim.model import NS_PER_MS, Moment
from connectors.sim.order_rules import trade_date_of
from connectors.sim.products import (
    DATED,
    Product,
    deals_at_offer,
    dealt_currency,
    interest_of,
    is_loan,
    other_amount,
)
from connectors.sim.rows import Terms


@dataclass(slots=True)
class Talk:
    """A request at a maker: its row, the maker's style, the quotes it got."""

    ask: AskLife
    style: Style
    chance: Random
    quotes: list[MakerQuote] = field(default_factory=list)
    counters: int = 0
    bargain: Bargain | None = None  # since its first counter, of a maker with a tactic

    @property
    def latest(self) -> MakerQuote | None:
        """The quote that came last."""
        return self.quotes[-1] if self.quotes else None

    @property
    def open(self) -> bool:
        """Whether the maker may still say something."""
        return self.ask.ended_at_ns is None

    def draw_ns(self, between_ms: tuple[int, int]) -> int:
        """A time between two numbers of milliseconds."""
        return int(self.chance.uniform(*between_ms) * NS_PER_MS)


def ask_row(venue: str, word: RequestIn, maker: str, style: Style | None, now: Moment) -> AskLife:
    """The row of a request."""
    return AskLife(
        venue=venue,
        request_id=word.request_id,
        maker=maker,
        style=None if style is None else style.name,
        party=word.party,
        pair=word.pair,
        size=word.size,
        side=word.side,
        value_date=word.value_date,
        open_until_ns=word.open_until_ns,
        received_at_ns=now.at_ns,
        received_wall_ns=now.wall_ns,
        **asdict(word.terms),
    )


def quote_row(talk: Talk, quote_id: str, price: Price, end_ns: int, now: Moment) -> MakerQuote:
    """The row of a quote: both sides, or the one that was asked for."""
    ask = talk.ask
    quote = MakerQuote(
        venue=ask.venue,
        quote_id=quote_id,
        request_id=ask.request_id,
        maker=ask.maker,
        pair=ask.pair,
        size=ask.size,
        quote_type=INDICATIVE if talk.style.indicative else TRADEABLE,
        bid=price.bid,
        offer=price.offer,
        bid_spot=price.bid_spot,
        offer_spot=price.offer_spot,
        near_points=price.near_points,
        value_date=price.value_date,
        valid_until_ns=end_ns // NS_PER_MS * NS_PER_MS,  # as it is written
        mid=price.mid,
        made_at_ns=now.at_ns,
        made_wall_ns=now.wall_ns,
        **asdict(terms_of(ask)),
    )
    quote.far_date, quote.fixing_date = price.far_date, price.fixing_date
    if ask.side is not None:
        keep_side(quote, ask.side)
    return quote


def keep_side(quote: MakerQuote, side: str) -> None:
    """Only the price a taker on this side deals at."""
    if deals_at_offer(quote.product, side):
        quote.bid = quote.bid_spot = None
    else:
        quote.offer = quote.offer_spot = None


def terms_of(row: Terms) -> Terms:
    """What a row says of its product."""
    names = Terms.__dataclass_fields__
    return Terms(**{name: getattr(row, name) for name in names})


def price_on(quote: MakerQuote, side: str) -> Decimal | None:
    """What a taker on this side deals at, None when that side is not quoted."""
    return quote.offer if deals_at_offer(quote.product, side) else quote.bid


def take_row(
    number: int, venue: str, word: TakeIn, quote: MakerQuote | None, now: Moment
) -> TakeLife:
    """The row of a take."""
    return TakeLife(
        take_no=number,
        venue=venue,
        order_id=word.order_id,
        response_id=word.response_id,
        message=word.message,
        quote_id=word.quote_id,
        request_id=None if quote is None else quote.request_id,
        maker=None if quote is None else quote.maker,
        pair=word.pair,
        product=word.product,
        side=word.side,
        size=word.size,
        price=word.price,
        in_time=quote is not None and now.at_ns <= quote.valid_until_ns,
        received_at_ns=now.at_ns,
        received_wall_ns=now.wall_ns,
    )


def deal_row(
    take: TakeLife, quote: MakerQuote, party: str | None, ids: tuple[str, str], now: Moment
) -> MakerDeal:
    """The row of a deal; `ids` are its 17 and 37. Amounts by the venue's own arithmetic."""
    price = price_on(quote, take.side)
    assert price is not None, f"take {take.order_id} of a side that {quote.quote_id} has not"
    at_offer = deals_at_offer(quote.product, take.side)
    deal = MakerDeal(
        venue=take.venue,
        exec_id=ids[0],
        order_id=ids[1],
        hit_id=take.order_id,
        response_id=take.response_id,
        quote_id=take.quote_id,
        client=party or "",
        pair=quote.pair,
        side=take.side,
        base_amount=quote.size,
        rate=price,
        counter_amount=None,
        counter_currency=None,
        value_date=quote.value_date,
        trade_date=trade_date_of(now.at_ns),
        transact_at_ns=now.at_ns,
        received_at_ns=now.at_ns,
        received_wall_ns=now.wall_ns,
        mid=quote.mid,
        poss_dup=False,
        spot_rate=quote.offer_spot if at_offer else quote.bid_spot,
        maker=quote.maker,
        **asdict(terms_of(quote)),
    )
    if is_loan(deal.product):
        _set_loan(deal)
    else:
        _set_fx(deal, price, quote)
    return deal


def _set_loan(deal: MakerDeal) -> None:
    assert deal.value_date is not None and deal.far_date is not None, "a loan has both dates"
    interest = interest_of(
        deal.product, deal.pair, deal.base_amount, deal.rate, deal.value_date, deal.far_date
    )
    deal.interest, deal.counter_amount = interest, deal.base_amount + interest
    deal.counter_currency = deal.pair


def _set_fx(deal: MakerDeal, price: Decimal, quote: MakerQuote) -> None:
    spot = deal.spot_rate
    if deal.product == Product.SWAP:
        assert spot is not None and quote.near_points is not None, "a swap stands on spot"
        deal.near_points, deal.points = quote.near_points, price
        deal.rate = spot + quote.near_points
        deal.far_rate = deal.rate + price
    elif spot is not None and deal.product in DATED:
        deal.near_points = deal.rate - spot
    currency, size = dealt_currency(deal.pair, deal), quote.size
    other = other_amount(deal.pair, currency, size, deal.rate)
    in_base = currency == deal.pair[:3]
    deal.base_amount, deal.counter_amount = (size, other) if in_base else (other, size)
    deal.counter_currency = deal.pair[4:]
    if deal.product == Product.SWAP:
        _set_far(deal, currency, in_base=in_base)


def _set_far(deal: MakerDeal, currency: str, *, in_base: bool) -> None:
    near = deal.base_amount if in_base else deal.counter_amount
    deal.far_size = deal.far_size if deal.far_size is not None else near
    assert deal.far_size is not None and deal.far_rate is not None, "a swap has a far leg"
    other = other_amount(deal.pair, currency, deal.far_size, deal.far_rate)
    deal.far_base_amount, deal.far_counter_amount = (
        (deal.far_size, other) if in_base else (other, deal.far_size)
    )
