"""Takes and the one answer each gets: a deal, a rejection, a quote status."""

from __future__ import annotations

from collections.abc import Iterable

from connectors.sim.log import Log
from connectors.sim.makers.rows import MakerDeal, MakerQuote, TakeLife
from connectors.sim.makers.talk import deal_row, price_on
from connectors.sim.makers.words import (
    EXPIRED,
    INDICATIVE,
    NOT_FOUND,
    REJECTED,
    MakerOut,
    ReportOut,
    StatusOut,
    TakeIn,
)
from connectors.sim.model import Moment
from connectors.sim.products import dealt_currency

_UNKNOWN_QUOTE, _OTHER = "5", "99"  # 103
_STATUS = {"EXPIRED": EXPIRED, "UNKNOWN_QUOTE": NOT_FOUND, "REPLACED": NOT_FOUND}


class Takes:
    """All takes by their id (11). The same take again gets the same answer and nothing else."""

    def __init__(
        self, log: Log, id_prefix: str, known: Iterable[TakeLife], deals: Iterable[MakerDeal]
    ) -> None:
        """`known` and `deals` are of earlier runs; a take that was under way then is no deal."""
        self._log = log
        self._prefix = id_prefix
        self._by_id = {(take.venue, take.order_id): take for take in known}
        self._said: dict[tuple[str, str], MakerOut] = {}
        self._deals = {(deal.venue, deal.hit_id): deal for deal in deals}
        for take in self._by_id.values():
            if take.answer is None:
                take.answer, take.code, take.text = "reject", _OTHER, "RESTARTED"
                log.put(take)
        self._waiting: dict[str, set[str]] = {}
        self._exec_no = 0
        self._order_no = 0

    def known(self, venue: str, order_id: str) -> TakeLife | None:
        """The take of that id."""
        return self._by_id.get((venue, order_id))

    def waits(self, venue: str | None) -> bool:
        """Whether a take (of the venue) has no answer yet."""
        if venue is not None:
            return bool(self._waiting.get(venue))
        return any(self._waiting.values())

    def add(self, take: TakeLife) -> None:
        """A new one."""
        self._by_id[(take.venue, take.order_id)] = take
        self._waiting.setdefault(take.venue, set()).add(take.order_id)
        self._log.statistics.takes += 1
        self._log.put(take)

    def again(self, take: TakeLife) -> list[MakerOut]:
        """The same take came again: the answer once more, as possible resend."""
        said = self._said.get((take.venue, take.order_id))
        if said is None or take.withheld:
            return []
        take.copies += 1
        self._log.put(take)
        if isinstance(said, ReportOut):
            return [ReportOut(said.take, said.exec_id, said.deal, repeated=True)]
        return [said]

    def wrong_with(self, take: TakeLife, word: TakeIn, quote: MakerQuote) -> str | None:
        """Why the quote cannot be dealt on so; the words become 58."""
        if quote.end not in ("live", "expired"):
            return quote.end.upper()
        if not take.in_time:
            return "EXPIRED"
        if quote.quote_type == INDICATIVE:
            return "INDICATIVE"
        price = price_on(quote, take.side)
        if price is None:
            return f"SIDE {take.side}"
        if (take.pair, take.product) != (quote.pair, quote.product):
            return f"PRODUCT {take.product} {take.pair}"
        if word.currency not in (None, dealt_currency(quote.pair, quote)):
            return f"CURRENCY {word.currency}"
        if take.size != quote.size:
            return f"SIZE {take.size}"
        for said, quoted in ((word.value_date, quote.value_date), (word.far_date, quote.far_date)):
            if said not in (None, quoted):
                return f"DATE {said}"
        return None if take.price == price else f"PRICE {take.price}"

    def not_there(
        self, take: TakeLife, quote: MakerQuote | None, text: str, now: Moment
    ) -> list[MakerOut]:
        """The quote cannot be dealt on: AI to an AJ, 8 to a D."""
        if take.message == "D":
            return self.reject(take, _UNKNOWN_QUOTE if quote is None else _OTHER, text, now)
        status = _STATUS.get(text.split()[0], REJECTED)
        self._answered(take, "reject", status, text, now)
        out = StatusOut(
            take.venue, take.quote_id, take.response_id, take.request_id, take.pair, status, text
        )
        return self._keep(take, out)

    def reject(self, take: TakeLife, code: str, text: str, now: Moment) -> list[MakerOut]:
        """8 with 150=8."""
        self._answered(take, "reject", code, text, now)
        take.exec_id, take.venue_order_id = self._ids(take.venue)
        self._log.put(take)
        return self._keep(take, ReportOut(take, take.exec_id))

    def fill(
        self, take: TakeLife, quote: MakerQuote, party: str | None, now: Moment, *, withheld: bool
    ) -> list[MakerOut]:
        """8 with 150=F, the whole quote at its price."""
        ids = self._ids(take.venue)
        deal = deal_row(take, quote, party, ids, now)
        self._answered(take, "fill", None, None, now)
        take.exec_id, take.venue_order_id = ids
        take.withheld = withheld
        statistics = self._log.statistics
        statistics.maker_deals += 1
        statistics.maker_deals_by_product[deal.product] += 1
        self._deals[(take.venue, take.order_id)] = deal
        self._log.put(take)
        self._log.put(deal)
        said = self._keep(take, ReportOut(take, deal.exec_id, deal))
        return [] if withheld else said

    def _answered(
        self, take: TakeLife, answer: str, code: str | None, text: str | None, now: Moment
    ) -> None:
        take.answer, take.code, take.text = answer, code, text
        take.answered_at_ns, take.answered_wall_ns = now
        self._waiting.get(take.venue, set()).discard(take.order_id)
        self._log.statistics.take_rejects += answer == "reject"
        self._log.put(take)

    def _keep(self, take: TakeLife, out: MakerOut) -> list[MakerOut]:
        self._said[(take.venue, take.order_id)] = out
        return [out]

    def _ids(self, venue: str) -> tuple[str, str]:
        """The next 17 and 37."""
        self._order_no += 1
        return self._exec_id(venue), f"{venue}-M{self._prefix}{self._order_no:06d}"

    def _exec_id(self, venue: str) -> str:
        self._exec_no += 1
        return f"{venue}-Y{self._prefix}{self._exec_no:06d}"

    def status(self, venue: str, order_id: str, now: Moment) -> list[MakerOut]:
        """8 with 150=I, then what was withheld."""
        take = self.known(venue, order_id)
        if take is None:
            return []
        key = (venue, order_id)
        said: list[MakerOut] = [
            ReportOut(take, self._exec_id(venue), self._deals.get(key), asked=True)
        ]
        if take.withheld:
            take.withheld = False
            self._log.put(take)
            said.append(self._said[key])
        return said
