"""Mass quotes, the fate of quotes and our record of trades -> FIX message fields. Pure."""

from __future__ import annotations

from connectors.fix.dialect import Dialect
from connectors.fix.encoded import Encoded, Group, day
from connectors.fix.fields import Fields, format_timestamp
from connectors.fix.fill_fields import fill_fields, spot_fill_fields
from connectors.fix.parties import parties_group
from connectors.fix.quote_fields import quote_fields, spot_quote_fields
from robot.deals.product import ProductKind
from robot.messages.effects import SendMassQuote, SendQuote
from robot.messages.streams import (
    AcknowledgeTrade,
    AskQuote,
    QuoteFate,
    TellQuoteStatus,
    TellTrade,
    TellTradeCount,
)

_ACKNOWLEDGE_ALL = "2"
"""QuoteResponseLevel (301)."""
_NO_SYMBOL = "[N/A]"
_FATES = {
    QuoteFate.LIVE: "0",
    QuoteFate.REJECTED: "5",
    QuoteFate.REMOVED: "6",
    QuoteFate.EXPIRED: "7",
    QuoteFate.NOT_FOUND: "9",
    QuoteFate.PENDING: "10",
}
"""QuoteStatus (297)."""
_ORDER_ONLY = frozenset({38, 40, 44, 14, 6})
"""Of a fill, but not of a trade report."""
_REFUSED = "99"


def mass_quote(effect: SendMassQuote, dialect: Dialect, at_ns: int) -> Encoded:
    """i: one set."""
    count = str(len(effect.quotes))
    entries: Fields = [(302, effect.set_id), (304, count), (295, count)]
    for quote in effect.quotes:
        entries += _entry(quote, dialect)
    fields: Fields = [(117, effect.mass_quote_id), (301, _ACKNOWLEDGE_ALL)]
    return Encoded("i", fields, (Group(296, [entries]),))


def _entry(quote: SendQuote, dialect: Dialect) -> Fields:
    if quote.product == ProductKind.SPOT:
        told = spot_quote_fields(quote, dialect)
    else:
        told, groups = quote_fields(quote, dialect)
        assert not groups, f"{quote.quote_id}: a {quote.product} is not streamed"
    return [(299, quote.quote_id), *told, (62, format_timestamp(quote.valid_until_ns))]


def ask_quote(effect: AskQuote, dialect: Dialect, at_ns: int) -> Encoded:
    """a."""
    fields: Fields = [
        (649, effect.request_id),
        (117, effect.quote_id),
        (55, dialect.symbol(effect.pair)),
    ]
    return Encoded("a", fields)


def tell_quote_status(effect: TellQuoteStatus, dialect: Dialect, at_ns: int) -> Encoded:
    """AI."""
    fields: Fields = [
        (117, effect.quote_id),
        (55, dialect.symbol(effect.pair) or _NO_SYMBOL),
        (297, _FATES[effect.fate]),
        (60, format_timestamp(at_ns)),
    ]
    for tag, value in ((649, effect.status_id), (131, effect.request_id)):
        if value:
            fields.append((tag, value))
    return Encoded("AI", fields)


def acknowledge_trade(effect: AcknowledgeTrade, dialect: Dialect, at_ns: int) -> Encoded:
    """AR: noted, which says nothing of whether it is right."""
    fields: Fields = [
        (571, effect.report_id),
        (150, effect.exec_type),
        (17, effect.exec_id),
        (55, dialect.symbol(effect.pair)),
        (939, "0"),
    ]
    return Encoded("AR", fields)


def tell_trade_count(effect: TellTradeCount, dialect: Dialect, at_ns: int) -> Encoded:
    """AQ."""
    fields: Fields = [
        (568, effect.request_id),
        (569, "0"),
        (263, "1" if effect.subscribed else "0"),
        (748, str(effect.total)),
        (749, _REFUSED if effect.refused else "0"),
        (750, "2" if effect.refused else "0"),
        (55, _NO_SYMBOL),
    ]
    if effect.refused:
        fields.append((58, effect.refused))
    return Encoded("AQ", fields)


def tell_trade(effect: TellTrade, dialect: Dialect, at_ns: int) -> Encoded:
    """AE: what our fill said, as a record."""
    deal = effect.deal
    groups: tuple[Group, ...] = ()
    if deal.product == ProductKind.SPOT:
        told = spot_fill_fields(deal, dialect)
    else:
        told, groups = fill_fields(deal, dialect)
    fields: Fields = [
        (571, effect.report_id),
        (487, "0"),
        (568, effect.request_id),
        (150, "F"),
        (17, deal.exec_id),
        (570, "N"),
        (75, day(deal.trade_date)),
        (60, format_timestamp(deal.at_ns)),
    ]
    if effect.is_last:
        fields.append((912, "Y"))
    if effect.live:
        fields.append((325, "Y"))
    fields += [(tag, value) for tag, value in told if tag != 54 and tag not in _ORDER_ONLY]
    side: Fields = [(tag, value) for tag, value in told if tag == 54]
    side += [(37, deal.order_id), (11, deal.hit_id)]
    parties = parties_group(deal.counterparty, dialect)
    side.append((parties.count_tag, str(len(parties.entries))))
    side += [field for entry in parties.entries for field in entry]
    return Encoded("AE", fields, (*groups, Group(552, [side])))
