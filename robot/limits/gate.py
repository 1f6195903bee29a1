"""The one gate for everything that can commit the bank: reserve, then commit, release or expire.

A reservation holds the worst case of a live quote. At every moment, for every limit,
utilisation + reservations <= maximum, either way for two-sided ones: asserted after each movement.
A figure that cannot be computed is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import msgspec

from robot.basics.ids import CounterpartyId, DealId, LimitId, VenueId
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.party import Side
from robot.deals.product import ProductKind, price_side
from robot.deals.reference import Limits
from robot.errors import InvariantViolated
from robot.limits.exposure import (
    ORDERS_OUTSTANDING,
    Quoted,
    in_line_currency,
    line_limit,
    line_use,
    outstanding_limit,
    outstanding_uses,
    position_limit,
    position_uses,
)
from robot.limits.limit import LimitAccount, Reason, Refusal, Use
from robot.messages.effects import LimitMove, LimitsMoved

_BASIS_POINT = Decimal("0.0001")
_RATE_POINT = Decimal("0.01")
"""A basis point of a rate in percent."""
_SECOND_NS = 1_000_000_000


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """Headroom held by one live quote or order; `exposures`: its use of the counterparty's line if
    it is dealt on that side.
    """

    uses: tuple[Use, ...]
    exposures: dict[Side, Decimal]
    line_rate: Decimal
    """What one base was worth in the line currency when it was reserved."""


class DealUse(msgspec.Struct, frozen=True):
    """What one deal uses of a line, and until which value date."""

    value_date: str
    amount: Decimal


class LineUse(msgspec.Struct):
    """A counterparty's committed exposure by value date; falls away once the date has passed."""

    by_value_date: dict[str, Decimal] = {}
    of_deals: dict[DealId, DealUse] = {}
    """Of the deals that may still be taken back or corrected."""


class LimitGate(msgspec.Struct):
    """Running figures of all limits; part of the robot's state."""

    accounts: dict[LimitId, LimitAccount] = {}
    reservations: dict[str, Reservation] = {}
    """By QuoteId, or by the first id of an order."""
    lines: dict[CounterpartyId, LineUse] = {}
    deal_size: dict[str, Decimal] = {}
    """`SPOT EUR/USD gold` -> largest deal in base currency."""
    price_collar_bp: Decimal = ZERO
    rate_collar_bp: Decimal | None = None
    messages_per_second: int = 0
    message_second: dict[VenueId, int] = {}
    message_count: dict[VenueId, int] = {}

    def load(self, limits: Limits) -> None:
        """Put these limits in force. Utilisation and reservations stay as they are."""
        wanted: dict[LimitId, tuple[Reason, Decimal, bool]] = {
            outstanding_limit(): (
                Reason.QUOTES_OUTSTANDING,
                Decimal(limits.quotes_outstanding),
                False,
            ),
            ORDERS_OUTSTANDING: (
                Reason.ORDERS_OUTSTANDING,
                Decimal(limits.orders_outstanding),
                False,
            ),
        }
        for currency, maximum in limits.net_open_position.items():
            wanted[position_limit(currency)] = (Reason.NET_OPEN_POSITION, maximum, True)
        for counterparty, maximum in limits.counterparty_lines.items():
            wanted[line_limit(counterparty)] = (Reason.COUNTERPARTY_LINE, maximum, False)
            each = Decimal(limits.quotes_outstanding_per_counterparty)
            wanted[outstanding_limit(counterparty)] = (Reason.QUOTES_OUTSTANDING, each, False)
        for limit_id, account in self.accounts.items():
            account.maximum = wanted[limit_id][1] if limit_id in wanted else ZERO
            account.note_excess()
        for limit_id, (reason, maximum, two_sided) in wanted.items():
            if limit_id not in self.accounts:
                self.accounts[limit_id] = LimitAccount(
                    limit_id=limit_id, reason=reason, maximum=maximum, two_sided=two_sided
                )
        self.deal_size = {
            f"{product} {row.pair} {row.tier}": row.maximum
            for row in limits.deal_size
            for product in row.products
        }
        self.price_collar_bp = limits.price_collar_bp
        self.rate_collar_bp = limits.rate_collar_bp
        self.messages_per_second = limits.messages_per_second

    def reserve(
        self,
        quote_id: str,
        quoted: Quoted,
        line_rate: Decimal | None,
        outstanding: tuple[Use, ...] | None = None,
    ) -> LimitsMoved | Refusal:
        """Hold the worst case of a quote, or say which limit refuses it.

        `line_rate`: what one base is worth in the line currency at the mid; None = unknown.
        `outstanding`: how it counts among what is in the market; as a quote where None is given.
        """
        refusal = self._check_collar(quoted) or self._check_size(quoted)
        if refusal is not None:
            return refusal
        if line_rate is None:
            return Refusal(
                reason=Reason.NO_CONVERSION_RATE,
                detail=f"no rate for {quoted.pair[:3]} in the currency of the lines",
            )
        counted = outstanding_uses(quoted.counterparty) if outstanding is None else outstanding
        reservation = _reservation(quoted, line_rate, counted)
        uses = reservation.uses
        for use in uses:
            refusal = self._check_headroom(use)
            if refusal is not None:
                return refusal
        if quote_id in self.reservations:
            raise InvariantViolated(f"quote {quote_id} is reserved twice")
        self.reservations[quote_id] = reservation
        moved = self._move("reserve", quote_id, uses, 1)
        self._assert_within(uses)
        return moved

    def enlarge(
        self, order_id: str, wanted: Quoted, either: Quoted, line_rate: Decimal | None
    ) -> LimitsMoved | Refusal:
        """Hold more for an order that is to be replaced: `wanted` is what it would become, `either`
        the worse of that and what it is. Only the difference needs headroom.
        """
        refusal = self._check_collar(wanted) or self._check_size(wanted)
        if refusal is not None:
            return refusal
        if line_rate is None:
            detail = f"no rate for {wanted.pair[:3]} in the currency of the lines"
            return Refusal(reason=Reason.NO_CONVERSION_RATE, detail=detail)
        held = self.reservations[order_id]
        counted = held.uses[-_COUNTED_OF_ORDER:]
        more = _larger(held, _reservation(either, line_rate, counted))
        added = _difference(more.uses, held.uses)
        for use in added:
            refusal = self._check_headroom(use)
            if refusal is not None:
                return refusal
        self.reservations[order_id] = more
        moved = self._move("reserve", order_id, added, 1)
        self._assert_within(added)
        return moved

    def hold(self, order_id: str, quoted: Quoted) -> LimitsMoved:
        """What an order can do from now on by the venue's word, more or less than before: held,
        whether there is headroom or not.
        """
        held = self._take(order_id)
        self._move("release", order_id, held.uses, -1)
        kept = _reservation(quoted, held.line_rate, held.uses[-_COUNTED_OF_ORDER:])
        self.reservations[order_id] = kept
        moved = self._move("reserve", order_id, kept.uses, 1)
        for use in kept.uses:
            self.accounts[use.limit_id].note_excess()
        return moved

    def release(self, quote_id: str, verb: str = "release") -> LimitsMoved:
        """Give back what a quote held (`verb` = release or expire)."""
        reservation = self._take(quote_id)
        return self._move(verb, quote_id, reservation.uses, -1)

    def commit(self, quote_id: str, deal: Deal, rest: Quoted | None = None) -> LimitsMoved:
        """It was dealt on: its reservation ends, the deal's own use becomes utilisation. `rest`:
        what an order that was dealt in part can still do stays held.
        """
        reservation = self._take(quote_id)
        self._move("commit", quote_id, reservation.uses, -1)
        side = price_side(deal.product, deal.side)
        exposure = reservation.exposures[side]
        if rest is not None:
            counted = reservation.uses[-_COUNTED_OF_ORDER:]
            kept = _reservation(rest, reservation.line_rate, counted)
            self.reservations[quote_id] = kept
            self._move("reserve", quote_id, kept.uses, 1)
            exposure -= kept.exposures[side]
        self._add_line_use(deal, exposure)
        changes = {line_limit(deal.counterparty): exposure}
        for flow in deal.flows:
            limit_id = position_limit(flow.currency)
            changes[limit_id] = changes.get(limit_id, ZERO) + flow.amount
        for limit_id, amount in changes.items():
            account = self.accounts[limit_id]
            account.utilisation += amount
            if deal.as_taker:
                account.note_excess()  # dealt better than its limit, an order gives more
            else:
                account.work_off()
        counted_ids = [use.limit_id for use in reservation.uses if use.limit_id not in changes]
        touched = [*changes, *counted_ids]
        moves = tuple(self._shown(name, changes.get(name, Decimal(-1))) for name in touched)
        self._assert_kept(touched)
        return LimitsMoved(verb="commit", reservation_id=quote_id, moves=moves)

    def amend(self, before: Deal, after: Deal) -> LimitsMoved:
        """A deal became another: its use goes, that of what it is now comes (none of a void one).
        Facts need no headroom.
        """
        changes: dict[LimitId, Decimal] = {}
        for flow in before.flows:
            limit_id = position_limit(flow.currency)
            changes[limit_id] = changes.get(limit_id, ZERO) - flow.amount
        for flow in () if after.void else after.flows:
            limit_id = position_limit(flow.currency)
            changes[limit_id] = changes.get(limit_id, ZERO) + flow.amount
        changes[line_limit(before.counterparty)] = self._amend_line(before, after)
        for limit_id, amount in changes.items():
            self.accounts[limit_id].utilisation += amount
            self.accounts[limit_id].note_excess()
        moves = tuple(self._shown(name, amount) for name, amount in changes.items())
        return LimitsMoved(verb="amend", reservation_id=before.deal_id, moves=moves)

    def _amend_line(self, before: Deal, after: Deal) -> Decimal:
        """By how much its use of the line changes: in proportion to the base amount, rounded up to
        a cent; nothing once its value date has passed.
        """
        line = self.lines[before.counterparty]
        used = line.of_deals.pop(before.deal_id, None)
        if used is None:
            return ZERO
        kept = ZERO
        if not after.void:
            kept = in_line_currency(used.amount, after.base_amount / before.base_amount)
            line.of_deals[after.deal_id] = DealUse(used.value_date, kept)
        line.by_value_date[used.value_date] += kept - used.amount
        return kept - used.amount

    def forget(self, kept: Iterable[DealId]) -> None:
        """Only these deals may still be taken back or corrected."""
        known = frozenset(kept)
        for line in self.lines.values():
            line.of_deals = {name: use for name, use in line.of_deals.items() if name in known}

    def take_message(self, venue: VenueId, at_ns: int) -> Refusal | None:
        """Count one more message to a venue, unless this second's are used up."""
        second = at_ns // _SECOND_NS
        if self.message_second.get(venue) != second:
            self.message_second[venue] = second
            self.message_count[venue] = 0
        if not self.message_count[venue] < self.messages_per_second:
            return Refusal(
                reason=Reason.MESSAGE_RATE,
                detail=f"{self.messages_per_second} messages to {venue} in this second already",
            )
        self.message_count[venue] += 1
        return None

    def settle(self, before: date) -> LimitsMoved | None:
        """Exposure of deals whose value date lies before `before` is over: give the lines back."""
        moves = []
        for counterparty, line in self.lines.items():
            past = [day for day in line.by_value_date if day < before.isoformat()]
            gone = sum((line.by_value_date.pop(day) for day in past), ZERO)
            line.of_deals = {
                name: use for name, use in line.of_deals.items() if use.value_date not in past
            }
            if gone:
                account = self.accounts[line_limit(counterparty)]
                account.utilisation -= gone
                account.work_off()
                moves.append(self._shown(account.limit_id, -gone))
        return (
            LimitsMoved(verb="release", reservation_id="settled", moves=tuple(moves))
            if moves
            else None
        )

    def _check_collar(self, quoted: Quoted) -> Refusal | None:
        """FX prices, points too: so many basis points of the spot rate. Loans: of a percent."""
        if quoted.spot is not None:
            maximum_bp: Decimal | None = self.price_collar_bp
            allowed = quoted.spot * self.price_collar_bp * _BASIS_POINT
        else:
            maximum_bp = self.rate_collar_bp
            allowed = (maximum_bp or ZERO) * _RATE_POINT
        for case in quoted.cases:
            if maximum_bp is None or not abs(case.price - quoted.mid) <= allowed:
                shown = "no" if maximum_bp is None else maximum_bp
                detail = f"price {case.price} is further than {shown} bp from mid {quoted.mid}"
                return Refusal(reason=Reason.PRICE_COLLAR, detail=detail)
        return None

    def _check_size(self, quoted: Quoted) -> Refusal | None:
        maximum = self.deal_size.get(f"{quoted.kind} {quoted.pair} {quoted.tier}", ZERO)
        if quoted.amount <= maximum:
            return None
        what = quoted.pair if quoted.kind is ProductKind.SPOT else f"{quoted.kind} {quoted.pair}"
        detail = f"{quoted.amount} over {maximum} for {what}, tier {quoted.tier}"
        return Refusal(reason=Reason.DEAL_SIZE, detail=detail)

    def _check_headroom(self, use: Use) -> Refusal | None:
        account = self.accounts.get(use.limit_id)
        if account is None:
            reason = _REASON_OF_KIND[use.limit_id.partition(":")[0]]
            return Refusal(
                reason=reason, detail=f"no limit is set for {use.limit_id}: nothing is allowed"
            )
        short_by = account.shortfall(use.up, use.down)
        if short_by <= ZERO:
            return None
        detail = (
            f"{use.limit_id} maximum {account.maximum}, utilisation {account.utilisation}, "
            f"reserved +{account.reserved_up}/-{account.reserved_down}, "
            f"requested +{use.up}/-{use.down}, short by {short_by}"
        )
        return Refusal(reason=account.reason, detail=detail)

    def _take(self, quote_id: str) -> Reservation:
        reservation = self.reservations.pop(quote_id, None)
        if reservation is None:
            raise InvariantViolated(f"quote {quote_id} holds no reservation")
        return reservation

    def _move(self, verb: str, quote_id: str, uses: tuple[Use, ...], sign: int) -> LimitsMoved:
        moves = []
        for use in uses:
            account = self.accounts[use.limit_id]
            up = account.reserved_up = account.reserved_up + sign * use.up
            down = account.reserved_down = account.reserved_down + sign * use.down
            if up < ZERO or down < ZERO:
                raise InvariantViolated(f"{use.limit_id} gave back more than was reserved")
            account.work_off()
            moves.append(
                LimitMove(
                    limit_id=use.limit_id,
                    requested=sign * (use.up if use.up > use.down else use.down),
                    utilisation=account.utilisation,
                    reserved=up if up > down else down,
                    maximum=account.maximum,
                )
            )
        return LimitsMoved(verb=verb, reservation_id=quote_id, moves=tuple(moves))

    def _shown(self, limit_id: LimitId, requested: Decimal) -> LimitMove:
        account = self.accounts[limit_id]
        return LimitMove(
            limit_id=limit_id,
            requested=requested,
            utilisation=account.utilisation,
            reserved=max(account.reserved_up, account.reserved_down),
            maximum=account.maximum,
        )

    def _add_line_use(self, deal: Deal, exposure: Decimal) -> None:
        line = self.lines.setdefault(deal.counterparty, LineUse())
        day = deal.last_value_date.isoformat()
        line.by_value_date[day] = line.by_value_date.get(day, ZERO) + exposure
        line.of_deals[deal.deal_id] = DealUse(day, exposure)

    def _assert_within(self, uses: tuple[Use, ...]) -> None:
        for use in uses:
            account = self.accounts[use.limit_id]
            short_by = account.shortfall(ZERO, ZERO)
            if not short_by <= account.excess:
                raise InvariantViolated(
                    f"{use.limit_id} is over its maximum by {short_by} after a reservation"
                )

    def _assert_kept(self, limit_ids: list[LimitId]) -> None:
        for limit_id in limit_ids:
            account = self.accounts[limit_id]
            if account.reserved_up < ZERO or account.reserved_down < ZERO:
                raise InvariantViolated(f"{limit_id} gave back more than was reserved")


def _reservation(quoted: Quoted, line_rate: Decimal, counted: tuple[Use, ...]) -> Reservation:
    """The worst case of what is quoted or ordered."""
    line = line_use(quoted, line_rate)
    return Reservation(
        uses=(line, *position_uses(quoted), *counted),
        exposures=_exposures(quoted, line_rate),
        line_rate=line_rate,
    )


def _exposures(quoted: Quoted, line_rate: Decimal) -> dict[Side, Decimal]:
    """By side; of several cases of one side the worst."""
    found: dict[Side, Decimal] = {}
    for case in quoted.cases:
        exposure = in_line_currency(case.exposure, line_rate)
        found[case.side] = max(exposure, found.get(case.side, ZERO))
    return found


def _larger(first: Reservation, second: Reservation) -> Reservation:
    """What covers both; `line_rate` is the second's."""
    uses = {use.limit_id: use for use in first.uses}
    for use in second.uses:
        known = uses.get(use.limit_id, Use(use.limit_id, ZERO, ZERO))
        uses[use.limit_id] = Use(use.limit_id, max(known.up, use.up), max(known.down, use.down))
    # what counts it among the orders stays last
    ordered = sorted(uses.values(), key=lambda use: use.limit_id == second.uses[-1].limit_id)
    sides = {**first.exposures, **second.exposures}
    exposures = {
        side: max(first.exposures.get(side, ZERO), second.exposures.get(side, ZERO))
        for side in sides
    }
    return Reservation(uses=tuple(ordered), exposures=exposures, line_rate=second.line_rate)


def _difference(more: tuple[Use, ...], held: tuple[Use, ...]) -> tuple[Use, ...]:
    """What has to be added to `held` for it to be `more`."""
    known = {use.limit_id: use for use in held}
    added = []
    for use in more:
        had = known.get(use.limit_id, Use(use.limit_id, ZERO, ZERO))
        if use.up > had.up or use.down > had.down:
            added.append(Use(use.limit_id, use.up - had.up, use.down - had.down))
    return tuple(added)


_COUNTED_OF_ORDER = 1
"""An order counts once among what is in the market: the last of its uses."""

_REASON_OF_KIND = {
    "net_open_position": Reason.NET_OPEN_POSITION,
    "counterparty_line": Reason.COUNTERPARTY_LINE,
    "quotes_outstanding": Reason.QUOTES_OUTSTANDING,
    "orders_outstanding": Reason.ORDERS_OUTSTANDING,
}
