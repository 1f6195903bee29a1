"""What is said of quotes of ours (b, AI) and asked about them (a) -> events. Pure, no state."""

from __future__ import annotations

from connectors.fix.asks_in import is_about_ask, quote_revoked
from connectors.fix.dialect import Dialect
from connectors.fix.fields import FixMessage, identifier, text
from robot.basics.ids import QuoteId, VenueId
from robot.messages.base import Origin
from robot.messages.events import AnyEvent, RfqEnded, RfqEnding
from robot.messages.streams import (
    MassQuoteAnswered,
    QuoteFate,
    QuoteStatusAsked,
    QuoteStatusTold,
    RejectedEntry,
)

_STATUS_ENDINGS = {
    "5": RfqEnding.REJECTED,
    "6": RfqEnding.WITHDRAWN,
    "7": RfqEnding.EXPIRED,
    "9": RfqEnding.EXPIRED,
    "11": RfqEnding.PASSED,
    "17": RfqEnding.WITHDRAWN,
}
_FATES = {
    "0": QuoteFate.LIVE,
    "1": QuoteFate.REMOVED,
    "2": QuoteFate.REMOVED,
    "3": QuoteFate.REMOVED,
    "4": QuoteFate.REMOVED,
    "5": QuoteFate.REJECTED,
    "6": QuoteFate.REMOVED,
    "7": QuoteFate.EXPIRED,
    "9": QuoteFate.NOT_FOUND,
    "16": QuoteFate.LIVE,
    "17": QuoteFate.REMOVED,
}
"""QuoteStatus (297) as an answer; with any other nothing is known yet."""
_REJECTED = "5"


def mass_quote_answered(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """b."""
    return [
        MassQuoteAnswered(
            origin=origin,
            venue=venue,
            mass_quote_id=identifier(message.required(117), 117),
            accepted=message.required(297) != _REJECTED,
            rejected=_rejected(message),
            text=text(message.values.get(58, "")),
        )
    ]


def _rejected(message: FixMessage) -> tuple[RejectedEntry, ...]:
    """Entries (299) with a reason (368), or with a status (1167) that says so."""
    found: dict[QuoteId, str] = {}
    name: QuoteId | None = None
    for tag, value in message.fields:
        if tag == 299:
            name = QuoteId(identifier(value, 299))
        elif name is not None and tag == 368:
            found[name] = text(value)
        elif name is not None and tag == 1167 and value == _REJECTED:
            found.setdefault(name, "")
    return tuple(RejectedEntry(entry, reason) for entry, reason in found.items())


def quote_status_told(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """AI: the answer to our question (649), or what became of a quote of theirs or of ours."""
    if is_about_ask(message.values):
        return quote_revoked(message, venue, origin)
    status_id = message.values.get(649)
    if status_id:
        return [
            QuoteStatusTold(
                origin=origin,
                venue=venue,
                request_id=identifier(status_id, 649),
                quote_id=QuoteId(identifier(message.required(117), 117)),
                fate=_FATES.get(message.values.get(297, ""), QuoteFate.PENDING),
                text=text(message.values.get(58, "")),
            )
        ]
    ending = _STATUS_ENDINGS.get(message.values.get(297, ""))
    if ending is None:
        return []
    return [
        RfqEnded(
            origin=origin,
            venue=venue,
            ending=ending,
            quote_id=QuoteId(identifier(message.required(117), 117)),
            text=text(message.values.get(58, "")),
        )
    ]


def quote_status_asked(
    message: FixMessage, venue: VenueId, dialect: Dialect, origin: Origin
) -> list[AnyEvent]:
    """a."""
    said = message.values
    quote_id, request_id = said.get(117), said.get(131)
    if not quote_id and not request_id:
        message.required(117)
    return [
        QuoteStatusAsked(
            origin=origin,
            venue=venue,
            status_id=identifier(said[649], 649) if said.get(649) else "",
            quote_id=QuoteId(identifier(quote_id, 117)) if quote_id else None,
            request_id=identifier(request_id, 131) if request_id else None,
            pair=dialect.pair(text(said.get(55, ""))),
        )
    ]
