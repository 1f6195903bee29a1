"""What of an event and its effects a hosted strategy is told: the same live as from the journal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from connectors.host.frames import Item, Told
from robot.deals.deal import Deal
from robot.deals.product import ProductKind
from robot.deals.reference import StrategyChoice
from robot.messages.effects import (
    AnyEffect,
    DealAmended,
    DealBooked,
    QuoteEnded,
    SendMassQuote,
    SendQuote,
)
from robot.messages.events import AnyEvent, DayRolled, MarketUpdated, RobotStarted, Stamped
from robot.messages.hosting import AskHost, HostDecided
from robot.strategy import DaySeen, DealSeen, MarketSeen, QuoteOver, QuoteSeen


def strategy_of(choice: StrategyChoice) -> str:
    """Name and version, as questions and answers have them."""
    return f"{choice.name} {choice.version}"


def told_of(
    stamped: Stamped, effects: Sequence[AnyEffect], wants: Collection[str], strategy: str = ""
) -> Told | None:
    """None = nothing of it concerns the strategy. Of questions and answers it is told its own."""
    items = list(_of_event(stamped.event, stamped.at_ns, wants))
    for effect in effects:
        items += _of_effect(effect, stamped.at_ns, wants)
    if strategy:
        items = [item for item in items if _concerns(item, strategy)]
    if not items:
        return None
    return Told(number=stamped.number, at_ns=stamped.at_ns, items=tuple(items))


def _concerns(item: Item, strategy: str) -> bool:
    return not isinstance(item, AskHost | HostDecided) or item.strategy in ("", strategy)


def _of_event(event: AnyEvent, at_ns: int, wants: Collection[str]) -> Iterator[Item]:
    if isinstance(event, MarketUpdated):
        if "market" in wants:
            yield MarketSeen(
                at_ns=at_ns, venue=event.venue, pair=event.pair, bid=event.bid, offer=event.offer
            )
    elif isinstance(event, HostDecided):
        yield event
    elif isinstance(event, RobotStarted | DayRolled) and "days" in wants:
        yield DaySeen(at_ns=at_ns, trade_date=event.trade_date)


def _of_effect(effect: AnyEffect, at_ns: int, wants: Collection[str]) -> Iterator[Item]:
    if isinstance(effect, AskHost):
        yield effect
    elif isinstance(effect, SendQuote | SendMassQuote | QuoteEnded):
        if "quotes" in wants:
            yield from _of_quote(effect, at_ns)
    elif isinstance(effect, DealBooked | DealAmended) and "deals" in wants:
        yield _deal(effect.deal, at_ns)


def _of_quote(effect: SendQuote | SendMassQuote | QuoteEnded, at_ns: int) -> Iterator[Item]:
    if isinstance(effect, QuoteEnded):
        yield QuoteOver(at_ns=at_ns, quote_id=effect.quote_id, ending=effect.ending)
        return
    for quote in effect.quotes if isinstance(effect, SendMassQuote) else (effect,):
        yield QuoteSeen(
            at_ns=at_ns,
            quote_id=quote.quote_id,
            counterparty=quote.counterparty,
            product=ProductKind(quote.product),
            pair=quote.pair,
            amount=quote.amount,
            bid=quote.bid,
            offer=quote.offer,
        )


def _deal(deal: Deal, at_ns: int) -> DealSeen:
    return DealSeen(
        at_ns=at_ns,
        deal_id=deal.deal_id,
        version=deal.version,
        void=deal.void,
        quote_id=deal.quote_id,
        counterparty=deal.counterparty,
        product=deal.kind,
        pair=deal.pair,
        side=deal.side,
        base_amount=deal.base_amount,
        rate=deal.rate,
        value_date=deal.value_date,
    )
