"""What the venue says about orders, as rows: 8, 9 and r; numbered, each 8 with its own 17."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from connectors.sim.log import Log
from connectors.sim.matching import average_of
from connectors.sim.model import Moment
from connectors.sim.order_rows import OrderAnswer, OrderFill, OrderLife, OrderMessage
from connectors.sim.order_rules import Manner, trade_date_of
from connectors.sim.orders import (
    CANCEL,
    LIMIT,
    NO_ORDER,
    NOTHING,
    REPLACE,
    WORKING,
    AskIn,
    CancelAllIn,
    CancelIn,
    OrderIn,
    OrderWord,
    Rejection,
    ReplaceIn,
    Report,
    Status,
)
from connectors.sim.products import other_amount, other_currency
from connectors.sim.reference import spot_date

_ZERO = Decimal(0)
_FINAL = (Report.CANCELED, Report.REJECTED, Report.EXPIRED)
_PENDING = {
    Report.PENDING_CANCEL: Status.PENDING_CANCEL,
    Report.PENDING_REPLACE: Status.PENDING_REPLACE,
}
_MESSAGES = {OrderIn: "D", CancelIn: "F", ReplaceIn: "G", AskIn: "H", CancelAllIn: "q"}


@dataclass(slots=True)
class Order:
    """One order at the venue, with what the record does not keep."""

    row: OrderLife
    manner: Manner
    busy_until_ns: int = 0  # messages about one order are carried out as they came
    silent: bool = False  # nothing is said until H asks
    withheld: list[OrderAnswer] = field(default_factory=list)

    @property
    def working(self) -> bool:
        """Accepted and not ended."""
        return self.row.status in WORKING

    @property
    def left(self) -> Decimal:
        """What is not filled yet."""
        return self.row.size - self.row.filled


@dataclass(frozen=True, slots=True)
class Said:
    """One answer on its way; a repeated one goes out with 97=Y."""

    answer: OrderAnswer
    repeated: bool = False


class Answers:
    """Makes the rows and files them."""

    def __init__(self, log: Log, id_prefix: str) -> None:
        self._log = log
        self._prefix = id_prefix
        self._exec_no = 0
        self._order_no = 0

    def venue_order_id(self, venue: str) -> str:
        """The next 37."""
        self._order_no += 1
        return f"{venue}-O{self._prefix}{self._order_no:06d}"

    def _exec_id(self, venue: str) -> str:
        self._exec_no += 1
        return f"{venue}-X{self._prefix}{self._exec_no:06d}"

    def note(self, venue: str, word: OrderWord, now: Moment, *, poss_dup: bool) -> None:
        """Files what the robot said."""
        order_id = word.request_id if isinstance(word, CancelAllIn) else word.order_id
        self._log.put(
            OrderMessage(
                message_no=self._log.next_number(OrderMessage),
                venue=venue,
                message=_MESSAGES[type(word)],
                order_id=order_id,
                original_id=word.original_id if isinstance(word, CancelIn | ReplaceIn) else None,
                pair=None if isinstance(word, CancelIn | ReplaceIn) else word.pair,
                side=word.side if isinstance(word, OrderIn | AskIn) else None,
                size=word.size if isinstance(word, OrderIn | ReplaceIn) else None,
                price=word.price if isinstance(word, OrderIn | ReplaceIn) else None,
                poss_dup=poss_dup,
                received_at_ns=now.at_ns,
                received_wall_ns=now.wall_ns,
            )
        )

    def fill(
        self, row: OrderLife, size: Decimal, rate: Decimal, mid: Decimal | None, now: Moment
    ) -> OrderFill:
        """A deal with a 17 of its own; not yet in the order's sums."""
        other = other_amount(row.pair, row.currency, size, rate)
        in_base = row.currency == row.pair[:3]
        fill = OrderFill(
            venue=row.venue,
            exec_id=self._exec_id(row.venue),
            order_id=row.order_id,
            venue_order_id=row.venue_order_id,
            pair=row.pair,
            side=row.side,
            currency=row.currency,
            size=size,
            rate=rate,
            base_amount=size if in_base else other,
            counter_amount=other if in_base else size,
            value_date=row.value_date or _spot_date(row.pair, now.at_ns),
            trade_date=trade_date_of(now.at_ns),
            mid=mid,
            at_ns=now.at_ns,
            wall_ns=now.wall_ns,
        )
        self._log.statistics.order_fills += 1
        self._log.put(fill)
        return fill

    def report(
        self,
        order: Order,
        report: Report,
        now: Moment,
        *,
        fill: OrderFill | None = None,
        code: Rejection | None = None,
        text: str | None = None,
        order_id: str | None = None,
        original_id: str | None = None,
    ) -> list[Said]:
        """An 8 on the order as it stands now; nothing goes out while the order is silent."""
        row = order.row
        new_trade = fill is not None and report is Report.TRADE
        answer = self._answer(
            row,
            now,
            report=report,
            order_id=order_id or row.order_id,
            exec_id=fill.exec_id if fill is not None and new_trade else self._exec_id(row.venue),
        )
        answer.original_id, answer.code, answer.text = original_id, code, text
        answer.status = _PENDING.get(report, answer.status)
        if fill is not None:
            answer.reference_exec_id = None if new_trade else fill.exec_id
            _put_trade(answer, fill)
        elif report is Report.STATUS and row.filled:
            answer.value_date = row.value_date or _spot_date(row.pair, now.at_ns)
        self._count(report)
        return self._file(order, answer, now)

    def _answer(
        self, row: OrderLife, now: Moment, *, report: Report, order_id: str, exec_id: str
    ) -> OrderAnswer:
        going_on = row.status in (*WORKING, Status.PENDING)
        return OrderAnswer(
            answer_no=self._log.next_number(OrderAnswer),
            venue=row.venue,
            message="8",
            order_id=order_id,
            venue_order_id=row.venue_order_id,
            exec_id=exec_id,
            report=report,
            status=row.status,
            pair=row.pair,
            side=row.side,
            size=row.size,
            kind=row.kind,
            price=row.price,
            currency=row.currency,
            time_in_force=row.time_in_force,
            expires_ns=row.expires_ns,
            value_date=row.value_date,
            remaining=row.size - row.filled if going_on else _ZERO,
            filled=row.filled,
            average=average_of(row.value, row.filled),
            made_at_ns=now.at_ns,
        )

    def _count(self, report: Report) -> None:
        statistics = self._log.statistics
        statistics.order_rejects += report is Report.REJECTED
        statistics.order_cancels += report is Report.CANCELED
        statistics.order_expiries += report is Report.EXPIRED

    def _file(self, order: Order, answer: OrderAnswer, now: Moment) -> list[Said]:
        if order.silent:
            order.withheld.append(answer)
            self._log.put(answer)
            return []
        return self._send(answer, now)

    def _send(self, answer: OrderAnswer, now: Moment) -> list[Said]:
        answer.sent_wall_ns = now.wall_ns
        self._log.put(answer)
        return [Said(answer)]

    def release(self, order: Order, now: Moment) -> list[Said]:
        """What was withheld goes out, in its order."""
        order.silent = False
        withheld, order.withheld = order.withheld, []
        return [said for answer in withheld for said in self._send(answer, now)]

    def again(self, answer: OrderAnswer) -> list[Said]:
        """The same report once more, as possible resend; not before the first was sent."""
        if answer.sent_wall_ns is None:
            return []
        answer.copies += 1
        self._log.put(answer)
        return [Said(answer, repeated=True)]

    def unknown(self, venue: str, word: AskIn, now: Moment) -> list[Said]:
        """The 8 to an H about an order that never was."""
        answer = OrderAnswer(
            answer_no=self._log.next_number(OrderAnswer),
            venue=venue,
            message="8",
            order_id=word.order_id,
            venue_order_id=NO_ORDER,
            exec_id=self._exec_id(venue),
            report=Report.STATUS,
            status=Status.REJECTED,
            code=Rejection.UNKNOWN_ORDER,
            text="UNKNOWN_ORDER",
            pair=word.pair,
            side=word.side,
            remaining=_ZERO,
            filled=_ZERO,
            average=_ZERO,
            made_at_ns=now.at_ns,
        )
        return self._send(answer, now)

    def not_changed(
        self,
        venue: str,
        word: CancelIn | ReplaceIn,
        order: Order | None,
        code: str,
        text: str,
        now: Moment,
    ) -> list[Said]:
        """A 9: the order stands as it did, or there is none."""
        self._log.statistics.order_cancel_rejects += 1
        answer = OrderAnswer(
            answer_no=self._log.next_number(OrderAnswer),
            venue=venue,
            message="9",
            order_id=word.order_id,
            original_id=word.original_id,
            venue_order_id=NO_ORDER if order is None else order.row.venue_order_id,
            status=Status.REJECTED if order is None else order.row.status,
            responds_to=CANCEL if isinstance(word, CancelIn) else REPLACE,
            code=code,
            text=text,
            made_at_ns=now.at_ns,
        )
        return self._send(answer, now) if order is None else self._file(order, answer, now)

    def all_cancelled(
        self, venue: str, word: CancelAllIn, count: int | None, now: Moment
    ) -> list[Said]:
        """The r: taken for so many orders, or not done at all (None)."""
        answer = OrderAnswer(
            answer_no=self._log.next_number(OrderAnswer),
            venue=venue,
            message="r",
            order_id=word.request_id,
            venue_order_id=NO_ORDER,
            responds_to=word.scope,
            code=NOTHING if count is None else word.scope,
            text="SCOPE: only 1 and 7 are known" if count is None else None,
            count=count,
            made_at_ns=now.at_ns,
        )
        return self._send(answer, now)


def life_of(venue: str, venue_order_id: str, word: OrderIn, now: Moment) -> OrderLife:
    """The row of an order that has just come."""
    return OrderLife(
        venue=venue,
        venue_order_id=venue_order_id,
        order_id=word.order_id,
        first_order_id=word.order_id,
        pair=word.pair,
        side=word.side,
        currency=word.currency,
        size=word.size,
        kind=word.kind,
        price=word.price if word.kind == LIMIT else None,
        time_in_force=word.time_in_force,
        expires_ns=word.expires_ns,
        value_date=word.value_date,
        status=Status.PENDING,
        received_at_ns=now.at_ns,
        received_wall_ns=now.wall_ns,
    )


def _put_trade(answer: OrderAnswer, fill: OrderFill) -> None:
    answer.last_size, answer.last_price = fill.size, fill.rate
    answer.value_date, answer.trade_date = fill.value_date, fill.trade_date
    answer.counter_currency = other_currency(fill.pair, fill.currency)
    in_base = fill.currency == fill.pair[:3]
    answer.counter_amount = fill.counter_amount if in_base else fill.base_amount


def _spot_date(pair: str, at_ns: int) -> str | None:
    """64 of a deal for spot, None where the venue cannot be sure."""
    day = spot_date(pair, at_ns)
    return None if day is None else f"{day:%Y%m%d}"
