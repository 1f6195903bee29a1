"""The one gate for everything that can commit the bank: reserve, then commit, release or expire.

A reservation holds the worst case of a live quote. At every moment, for every limit,
utilisation + reservations <= maximum, either way for two-sided ones: asserted after each movement.
A figure that cannot be computed is a refusal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import chain
from types import MappingProxyType

import msgspec

from robot.basics.ids import CounterpartyId, DealId, LimitId, VenueId
from robot.basics.numbers import ZERO
from robot.deals.deal import Deal
from robot.deals.limit_rows import LimitKind
from robot.deals.party import Side
from robot.deals.product import price_side
from robot.deals.reference import Limits
from robot.errors import InvariantViolated
from robot.limits.book import Place, TreeBook
from robot.limits.exposure import (
    ORDERS_OUTSTANDING,
    Quoted,
    line_limit,
    outstanding_uses,
    position_limit,
)
from robot.limits.judging import check_of_deal, judge_alone, judge_by_tables
from robot.limits.limit import LimitAccount, Reason, Refusal, Use
from robot.limits.lines import LineUse, maxima_of
from robot.limits.losses import LossBook
from robot.limits.measures import Priced, counted, measures_of
from robot.limits.movement import assert_kept, give_back, hold, refusal_of
from robot.limits.overriding import marked, with_granted
from robot.limits.reserved import (
    COUNTED_OF_ORDER,
    Reservation,
    difference,
    exposures_of,
    larger,
    measured_anew,
    measures_quoted,
    own_uses,
    worths_of,
)
from robot.limits.spending import figures_of_spent, spend, worst_cost
from robot.limits.tree import LimitTree, Ours
from robot.messages.checks import Check
from robot.messages.effects import LimitMove, LimitsMoved

_SECOND_NS = 1_000_000_000
ONE_QUOTE = counted(LimitKind.QUOTES_OUTSTANDING)
ONE_ORDER = counted(LimitKind.ORDERS_OUTSTANDING)


class LimitGate(msgspec.Struct, dict=True):
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
    book: TreeBook = msgspec.field(default_factory=TreeBook)
    losses: LossBook = msgspec.field(default_factory=LossBook)
    overrides: dict[LimitId, Decimal] = {}
    """Other maxima that are granted for a time."""
    crossed: list[str] = []
    """What is to be told: limits that have passed a share to warn from."""

    @property
    def checks(self) -> tuple[Check, ...]:
        """What the last judgement looked at: evidence for whoever asked for it, no state."""
        found: tuple[Check, ...] = self.__dict__.get("judged", ())
        return marked(found, self.overrides) if self.overrides else found

    def load(
        self,
        limits: Limits,
        ours: Ours | None = None,
        day: date | None = None,
        overrides: Mapping[LimitId, Decimal] = MappingProxyType({}),
    ) -> None:
        """Put these limits in force. Utilisation and reservations stay as they are; what the rows
        of the tree count is made anew of what deals and reservations come to.
        """
        self.overrides = dict(overrides)
        self._load_tables(with_granted(limits, self.overrides))
        self.attach(limits, day)
        self.book.ours = ours or self.book.ours
        self.book.today = day.isoformat() if day is not None else self.book.today
        self._remake_tree()
        for limit_id, maximum in self.overrides.items():
            if limit_id in self.accounts:
                self.accounts[limit_id].maximum = maximum
                self.accounts[limit_id].note_excess()
        self.losses.remake(self.accounts, limits.line_currency)

    def attach(self, limits: Limits, day: date | None) -> None:
        """Look rows up in this tree from now on; for a state that was restored."""
        overnight = self.book.overnight
        rows = LimitTree(limits.tree, day, limits.tenor_buckets, self.overrides, overnight)
        self.book.attach(rows)
        self.losses.attach(rows)

    def _remake_tree(self) -> None:
        """The accounts of the tree by the rows in force."""
        accounts = self.accounts
        former = [name for name, account in accounts.items() if account.in_tree]
        for name in former:
            del accounts[name]
        for limit_id, amount in self.book.used(accounts).items():
            accounts[limit_id].utilisation = amount
        for limit_id, amount in figures_of_spent(self.book, accounts).items():
            accounts[limit_id].utilisation = amount
        for key, held in self.reservations.items():
            held = measured_anew(held, self.book.tree.ladder)
            rows = self.book.tree.applied(held.subject)
            uses = self.book.uses(rows, held.measures, accounts)
            for use in uses:
                accounts[use.limit_id].reserved_up += use.up
                accounts[use.limit_id].reserved_down += use.down
            own = tuple(use for use in held.uses if use.limit_id not in former)
            last = own[-COUNTED_OF_ORDER:]
            self.reservations[key] = msgspec.structs.replace(
                held, uses=(*own[:-COUNTED_OF_ORDER], *uses, *last)
            )
        for account in accounts.values():
            if account.in_tree:
                account.maximum = self.overrides.get(account.limit_id, account.maximum)
                account.note_excess()

    def _load_tables(self, limits: Limits) -> None:
        wanted = maxima_of(limits)
        for limit_id, account in self.accounts.items():
            if not account.in_tree:
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
        checks: list[Check] = []
        self.__dict__["judged"] = ()
        reservation = self.judge(quoted, line_rate, outstanding, checks)
        self.__dict__["judged"] = tuple(checks)
        if isinstance(reservation, Refusal):
            return msgspec.structs.replace(reservation, checks=self.checks)
        if quote_id in self.reservations:
            raise InvariantViolated(f"quote {quote_id} is reserved twice")
        self.reservations[quote_id] = reservation
        return self._hold(quote_id, reservation.uses)

    def exchange(
        self, former: str, quote_id: str, quoted: Quoted, line_rate: Decimal | None
    ) -> tuple[LimitsMoved | None, LimitsMoved | Refusal]:
        """Hold a quote in the place of a former one: what is given back, and what is held; one of
        them can be dealt on, never both. Where the new one is refused the former stays held.
        """
        held = self._take(former)
        released = self._give_back("release", former, held.uses)
        try:
            answer = self.reserve(quote_id, quoted, line_rate)
        finally:
            if quote_id not in self.reservations:
                self.reservations[former] = held
                self._hold(former, held.uses, within=False)
                for use in held.uses:  # a maximum that was cut below it stays exceeded
                    self.accounts[use.limit_id].note_excess()
        return (None if isinstance(answer, Refusal) else released), answer

    def judge(
        self,
        quoted: Quoted,
        line_rate: Decimal | None,
        outstanding: tuple[Use, ...] | None,
        checks: list[Check],
    ) -> Reservation | Refusal:
        """What `reserve` would hold, or why it would refuse; what it looked at is added to
        `checks`. Nothing is held.
        """
        place = self.book.place_of(quoted)
        refusal = self._check_alone(quoted, place, line_rate, checks, order=outstanding is not None)
        if refusal is not None:
            return refusal
        assert line_rate is not None, "checked above"
        counts = outstanding_uses(quoted.counterparty) if outstanding is None else outstanding
        reservation = self._reservation(quoted, place, line_rate, counts)
        return refusal_of(self.accounts, reservation.uses, checks) or reservation

    def held_by(self, quoted: Quoted, line_rate: Decimal) -> tuple[Use, ...]:
        """What a quote would use of each limit."""
        place, counts = self.book.place_of(quoted), outstanding_uses(quoted.counterparty)
        return self._reservation(quoted, place, line_rate, counts).uses

    def enlarge(
        self, order_id: str, wanted: Quoted, either: Quoted, line_rate: Decimal | None
    ) -> LimitsMoved | Refusal:
        """Hold more for an order that is to be replaced: `wanted` is what it would become, `either`
        the worse of that and what it is. Only the difference needs headroom.
        """
        checks: list[Check] = []
        self.__dict__["judged"] = ()
        place = self.book.place_of(wanted)
        refusal = self._check_alone(wanted, place, line_rate, checks, order=True)
        if refusal is None:
            assert line_rate is not None, "checked above"
            held = self.reservations[order_id]
            counts = held.uses[-COUNTED_OF_ORDER:]
            place = self.book.place_of(either)
            more = larger(held, self._reservation(either, place, line_rate, counts))
            added = difference(more.uses, held.uses)
            refusal = refusal_of(self.accounts, added, checks)
        self.__dict__["judged"] = tuple(checks)
        if refusal is not None:
            return msgspec.structs.replace(refusal, checks=self.checks)
        self.reservations[order_id] = more
        return self._hold(order_id, added)

    def hold(self, order_id: str, quoted: Quoted) -> LimitsMoved:
        """What an order can do from now on by the venue's word, more or less than before: held,
        whether there is headroom or not.
        """
        held = self._take(order_id)
        self._give_back("release", order_id, held.uses)
        place, counts = self.book.place_of(quoted), held.uses[-COUNTED_OF_ORDER:]
        kept = self._reservation(quoted, place, held.line_rate, counts)
        self.reservations[order_id] = kept
        moved = self._hold(order_id, kept.uses, within=False)
        for use in kept.uses:
            self.accounts[use.limit_id].note_excess()
        return moved

    def release(self, quote_id: str, verb: str = "release") -> LimitsMoved:
        """Give back what a quote held (`verb` = release or expire)."""
        reservation = self._take(quote_id)
        return self._give_back(verb, quote_id, reservation.uses)

    def commit(
        self, quote_id: str, deal: Deal, rest: Quoted | None = None, *, measured: bool = True
    ) -> LimitsMoved:
        """It was dealt on: its reservation ends, the deal's own use becomes utilisation. `rest`:
        what an order that was dealt in part can still do stays held. `measured`: whether there was
        a market, so that the deal's edge is one.
        """
        reservation = self._take(quote_id)
        self._give_back("commit", quote_id, reservation.uses)
        side = price_side(deal.product, deal.side)
        exposure = reservation.exposures[side]
        if rest is not None:
            counts = reservation.uses[-COUNTED_OF_ORDER:]
            place = self.book.place_of(rest)
            kept = self._reservation(rest, place, reservation.line_rate, counts)
            self.reservations[quote_id] = kept
            self._hold(quote_id, kept.uses, within=False)
            for use in kept.uses:  # no more than before: over a maximum that was cut it stays over
                self.accounts[use.limit_id].note_excess()
            exposure -= kept.exposures[side]
        self.lines.setdefault(deal.counterparty, LineUse()).add(deal, exposure)
        changes = {line_limit(deal.counterparty): exposure}
        for flow in deal.flows:
            limit_id = position_limit(flow.currency)
            changes[limit_id] = changes.get(limit_id, ZERO) + flow.amount
        for limit_id, amount in changes.items():
            self.accounts[limit_id].utilisation += amount
        measures = measures_of(
            deal,
            deal.kind,
            deal.side is Side.SELL,
            self.book.today or deal.trade_date.isoformat(),
            Priced(reservation.line_rate, exposure),
        )
        changes |= self.book.add(deal, reservation.subject, measures, self.accounts)
        changes |= spend(self.book, deal, reservation, self.accounts, measured=measured)
        for limit_id in changes:
            account = self.accounts[limit_id]
            if deal.as_taker:
                account.note_excess()  # dealt better than its limit, an order gives more
            else:
                account.work_off()
            if account.warn:
                self._note_crossing(account)
        self.__dict__["judged"] = tuple(
            check_of_deal(self.accounts[limit_id], amount) for limit_id, amount in changes.items()
        )
        ended = {use.limit_id: -use.up for use in reservation.uses if use.limit_id not in changes}
        touched = [*changes, *ended]
        moves = tuple(
            self._shown(name, changes.get(name, ended.get(name, ZERO))) for name in touched
        )
        assert_kept(self.accounts, touched)
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
        changes[line_limit(before.counterparty)] = self.lines[before.counterparty].amend(
            before, after
        )
        for limit_id, amount in changes.items():
            self.accounts[limit_id].utilisation += amount
        changes |= self.book.amend_flows(before, after, self.accounts)
        changes |= self.book.replace(
            before.deal_id, self.book.cells_of(before, after), self.accounts
        )
        for limit_id in changes:
            self.accounts[limit_id].note_excess()
        moves = tuple(self._shown(name, amount) for name, amount in changes.items())
        return LimitsMoved(verb="amend", reservation_id=before.deal_id, moves=moves)

    def forget(self, kept: Iterable[DealId]) -> None:
        """Only these deals may still be taken back or corrected."""
        known = frozenset(kept)
        for line in self.lines.values():
            line.of_deals = {name: use for name, use in line.of_deals.items() if name in known}
        self.book.forget(known)

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
            gone = line.settle(before.isoformat())
            if gone:
                account = self.accounts[line_limit(counterparty)]
                account.utilisation -= gone
                account.work_off()
                moves.append(self._shown(account.limit_id, -gone))
        for limit_id, amount in self.book.settle(before, self.accounts).items():
            self.accounts[limit_id].work_off()
            moves.append(self._shown(limit_id, amount))
        self._drop_past(before.isoformat())
        return (
            LimitsMoved(verb="release", reservation_id="settled", moves=tuple(moves))
            if moves
            else None
        )

    def _drop_past(self, today: str) -> None:
        """Accounts of value dates that have passed are needed no more."""
        past = [
            name
            for name, account in self.accounts.items()
            if account.in_tree and account.reason is Reason.SETTLEMENT and account.key < today
        ]
        for name in past:
            del self.accounts[name]

    def _check_alone(
        self,
        quoted: Quoted,
        place: Place,
        line_rate: Decimal | None,
        checks: list[Check],
        *,
        order: bool,
    ) -> Refusal | None:
        """What needs no running figure: first refusal wins."""
        away_bp = self.price_collar_bp if quoted.spot is not None else self.rate_collar_bp
        size = self.deal_size.get(f"{quoted.kind} {quoted.pair} {quoted.tier}", ZERO)
        for found in judge_by_tables(quoted, away_bp, size):
            if isinstance(found, Refusal):
                return found
            checks.append(found)
        if line_rate is None:
            detail = f"no rate for {quoted.pair[:3]} in the currency of the lines"
            return Refusal(reason=Reason.NO_CONVERSION_RATE, detail=detail)
        subject, rows = place
        alone: Iterable[Check | Refusal] = ()
        if rows:
            windows = self.book.windows
            alone = judge_alone(quoted, subject, rows, line_rate, windows, order=order)
        in_force, losses = self.losses.in_force, self.losses
        lost = losses.judge(quoted, rows, self.accounts, order=order) if in_force else ()
        for found in chain(alone, lost):
            if isinstance(found, Refusal):
                return found
            checks.append(found)
        return None

    def _reservation(
        self, quoted: Quoted, place: Place, line_rate: Decimal, counts: tuple[Use, ...]
    ) -> Reservation:
        """The worst case of what is quoted or ordered; what counts it stays last."""
        order = counts[-1].limit_id == ORDERS_OUTSTANDING
        worths = worths_of(quoted, line_rate)
        measures = measures_quoted(quoted, worths, line_rate, self.book.today)
        cases, ladder = tuple([case.agreed.legs for case in quoted.cases]), self.book.tree.ladder
        measures += ladder.worst(place.subject.product, cases) if ladder is not None else ()
        if LimitKind.COLLAR_OVER_TIME in place.rows:
            measures += (worst_cost(quoted, line_rate),)
        measures = (*measures, ONE_ORDER if order else ONE_QUOTE)
        of_tree = self.book.uses(place.rows, measures, self.accounts)
        return Reservation(
            uses=(*own_uses(quoted, measures), *of_tree, *counts),
            exposures=exposures_of(quoted, worths),
            line_rate=line_rate,
            subject=place.subject,
            measures=measures,
            cases=cases,
        )

    def take_crossed(self) -> list[str]:
        """What is to be told, once."""
        told, self.crossed = self.crossed, []
        return told

    def _note_crossing(self, account: LimitAccount) -> None:
        if account.crosses():
            self.crossed.append(
                f"{account.limit_id} maximum {account.maximum}, utilisation {account.utilisation}, "
                f"reserved +{account.reserved_up}/-{account.reserved_down}"
            )

    def _take(self, quote_id: str) -> Reservation:
        reservation = self.reservations.pop(quote_id, None)
        if reservation is None:
            raise InvariantViolated(f"quote {quote_id} holds no reservation")
        return reservation

    def _hold(self, key: str, uses: tuple[Use, ...], *, within: bool = True) -> LimitsMoved:
        moves = hold(self.accounts, uses, self._note_crossing, within=within)
        return LimitsMoved(verb="reserve", reservation_id=key, moves=moves)

    def _give_back(self, verb: str, key: str, uses: tuple[Use, ...]) -> LimitsMoved:
        moves = give_back(self.accounts, uses, self._note_crossing)
        return LimitsMoved(verb=verb, reservation_id=key, moves=moves)

    def _shown(self, limit_id: LimitId, requested: Decimal) -> LimitMove:
        account = self.accounts[limit_id]
        return LimitMove(
            limit_id=limit_id,
            requested=requested,
            utilisation=account.utilisation,
            reserved=max(account.reserved_up, account.reserved_down),
            maximum=account.maximum,
        )
