"""Reason codes of refusals, and a refusal as a value."""

from __future__ import annotations

import enum
from decimal import Decimal

import msgspec

from robot.basics.ids import LimitId
from robot.basics.numbers import ZERO
from robot.messages.checks import Check


class Reason(enum.StrEnum):
    """Why the robot said no. The first that applies is given, in this order.

    A request meets them from the top. A hit meets DUPLICATE_HIT to QUOTE_WITHDRAWN first, then
    whether dealing is stopped (OVERLOADED to DEALING_CLOSED), QUOTE_MISMATCH, the market's. A
    counter-offer meets DUPLICATE_COUNTER, then the same, NOT_NEGOTIABLE and COUNTER_PRICE.
    """

    OVERLOADED = "OVERLOADED"
    KILL_SWITCH = "KILL_SWITCH"
    DEALING_HALTED = "DEALING_HALTED"
    UNKNOWN_VENUE = "UNKNOWN_VENUE"
    NOT_RECONCILED = "NOT_RECONCILED"
    DEALING_CLOSED = "DEALING_CLOSED"
    UNKNOWN_COUNTERPARTY = "UNKNOWN_COUNTERPARTY"
    UNKNOWN_PRODUCT = "UNKNOWN_PRODUCT"
    UNKNOWN_PAIR = "UNKNOWN_PAIR"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    MALFORMED = "MALFORMED"
    HAIRCUT = "HAIRCUT"
    UNKNOWN_CALENDAR = "UNKNOWN_CALENDAR"
    BEYOND_HORIZON = "BEYOND_HORIZON"
    UNKNOWN_VALUE_DATE = "UNKNOWN_VALUE_DATE"
    INVALID_TERMS = "INVALID_TERMS"
    DUPLICATE_REQUEST = "DUPLICATE_REQUEST"
    REQUEST_EXPIRED = "REQUEST_EXPIRED"
    UNKNOWN_ORDER = "UNKNOWN_ORDER"
    ORDER_UNKNOWN = "ORDER_UNKNOWN"
    NOT_CHANGEABLE = "NOT_CHANGEABLE"
    NO_MARKET = "NO_MARKET"
    STALE_MARKET = "STALE_MARKET"
    CROSSED_MARKET = "CROSSED_MARKET"
    MARKET_JUMP = "MARKET_JUMP"
    NO_CURVE = "NO_CURVE"
    STALE_CURVE = "STALE_CURVE"
    BEYOND_CURVE = "BEYOND_CURVE"
    STRATEGY_ABSENT = "STRATEGY_ABSENT"
    STRATEGY_LATE = "STRATEGY_LATE"
    STRATEGY_FAILED = "STRATEGY_FAILED"
    STRATEGY_PASSED = "STRATEGY_PASSED"
    MARKET_MOVED = "MARKET_MOVED"
    UNHEDGED = "UNHEDGED"
    MESSAGE_RATE = "MESSAGE_RATE"
    PERMITTED = "PERMITTED"
    HOURS = "HOURS"
    PRICE_COLLAR = "PRICE_COLLAR"
    WRONG_DIGITS = "WRONG_DIGITS"
    COLLAR_OVER_TIME = "COLLAR_OVER_TIME"
    OFFICIAL_BAND = "OFFICIAL_BAND"
    DEAL_SIZE = "DEAL_SIZE"
    CLIP = "CLIP"
    TERM_CAP = "TERM_CAP"
    NO_CONVERSION_RATE = "NO_CONVERSION_RATE"
    NO_ADD_ON = "NO_ADD_ON"
    ORDER_VALUE = "ORDER_VALUE"
    NOT_VALUED = "NOT_VALUED"
    LOSS_DAY = "LOSS_DAY"
    LOSS_MONTH = "LOSS_MONTH"
    DRAWDOWN = "DRAWDOWN"
    COUNTERPARTY_LINE = "COUNTERPARTY_LINE"
    NET_OPEN_POSITION = "NET_OPEN_POSITION"
    SETTLEMENT = "SETTLEMENT"
    QUOTA = "QUOTA"
    DAILY_VOLUME = "DAILY_VOLUME"
    OVERNIGHT_POSITION = "OVERNIGHT_POSITION"
    GROSS_POSITION = "GROSS_POSITION"
    TENOR_GAP = "TENOR_GAP"
    LIQUIDITY_GAP = "LIQUIDITY_GAP"
    DV01 = "DV01"
    DV01_TOTAL = "DV01_TOTAL"
    DUPLICATE = "DUPLICATE"
    REPEATED_EXECUTION = "REPEATED_EXECUTION"
    AGED_ORDER = "AGED_ORDER"
    QUOTES_OUTSTANDING = "QUOTES_OUTSTANDING"
    ORDERS_OUTSTANDING = "ORDERS_OUTSTANDING"
    CHECK_FAILED = "CHECK_FAILED"
    DUPLICATE_HIT = "DUPLICATE_HIT"
    DUPLICATE_COUNTER = "DUPLICATE_COUNTER"
    UNKNOWN_QUOTE = "UNKNOWN_QUOTE"
    QUOTE_USED = "QUOTE_USED"
    QUOTE_EXPIRED = "QUOTE_EXPIRED"
    QUOTE_REPLACED = "QUOTE_REPLACED"
    QUOTE_WITHDRAWN = "QUOTE_WITHDRAWN"
    QUOTE_MISMATCH = "QUOTE_MISMATCH"
    NOT_NEGOTIABLE = "NOT_NEGOTIABLE"
    COUNTER_PRICE = "COUNTER_PRICE"
    WALK_AWAY = "WALK_AWAY"


_CLEARLY = Decimal("0.95")
"""A share that was passed is warned of again only after the figure was below this part of it."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """No, with the code and the numbers behind it."""

    reason: Reason
    detail: str
    checks: tuple[Check, ...] = ()
    """What the gate looked at, the check that refused last."""
    alert: bool = False
    """Whether somebody is to be told at once."""
    stops: str = ""
    """`scope value` of a row that stops what it is about; empty = nothing is stopped."""
    limit_id: LimitId = LimitId("")
    """Of what stops it."""
    because: tuple[str, ...] = ()
    facts: dict[str, str] = {}
    row: tuple[int | str | bool | None, ...] = ()
    """Of a rule book that passes: why, what it looked at, and all facts by its slots."""


class LimitAccount(msgspec.Struct, kw_only=True):
    """One limit's running figures. All of it in the limit's own unit.

    `utilisation` may be negative where the limit is two-sided (a short position). The reservations
    are worst cases: `reserved_up` if everything that would raise the figure happened and nothing
    else,
    `reserved_down` the same the other way.
    """

    limit_id: LimitId
    reason: Reason
    maximum: Decimal
    two_sided: bool
    utilisation: Decimal = Decimal(0)
    reserved_up: Decimal = Decimal(0)
    reserved_down: Decimal = Decimal(0)
    excess: Decimal = Decimal(0)
    """By how much a venue's word (a trade taken back or corrected) or a lowered maximum has put it
    over; nothing that would raise it passes until it is back.
    """
    in_tree: bool = False
    """Whether a row of the tree made it; else one of the tables."""
    key: str = ""
    """Of the tree: which currency, date or direction it counts."""
    warn: tuple[Decimal, ...] = ()
    """Shares of the maximum from which it is told, rising."""
    warn_from: Decimal | None = None
    """The figure of the first of them; None = not worked out yet."""
    warned: int = 0
    """How many of them are passed; one is left again only clearly below it."""
    alert: bool = False
    """Whether a refusal by it is told at once."""
    stops: str = ""
    """`scope value` of what a refusal by it stops; empty = nothing."""
    unknown: str = ""
    """Of a loss: why it cannot be worked out now, and the figure is an old one; empty = it can."""

    def refusal(self, detail: str) -> Refusal:
        """No, as its row wants it told."""
        return Refusal(
            reason=self.reason,
            detail=detail,
            alert=self.alert,
            stops=self.stops,
            limit_id=self.limit_id,
        )

    def shortfall(self, up: Decimal, down: Decimal) -> Decimal:
        """By how much the worst case with `up` and `down` added would pass the maximum (<= 0: it
        fits). What moves a two-sided figure one way is judged on that side: a short position may be
        bought back though it is over its limit, but not beyond flat.
        """
        if self.excess and self.two_sided and bool(up) is not bool(down):
            beyond = self._beyond_flat(up, down)
            if beyond > ZERO:
                return beyond
        high = self.utilisation + self.reserved_up + up - self.maximum
        if not self.two_sided:
            return min(high, ZERO) if down and not up else high
        if up and not down:
            return high
        low = -(self.utilisation - self.reserved_down - down) - self.maximum
        return low if down and not up else max(high, low)

    def _beyond_flat(self, up: Decimal, down: Decimal) -> Decimal:
        """By how much the worst case of what reduces a position would turn it round."""
        if up and self.utilisation < ZERO:
            return self.utilisation + self.reserved_up + up
        if down and self.utilisation > ZERO:
            return self.reserved_down + down - self.utilisation
        return ZERO

    def note_excess(self) -> None:
        """What puts it over its maximum now is a fact, not something that was let through."""
        self.warn_from = None
        self.excess = max(ZERO, self.shortfall(ZERO, ZERO))

    def crosses(self) -> bool:
        """Whether the worst case has just passed one more of the shares to warn from."""
        worst = self.utilisation + self.reserved_up
        if self.two_sided:
            worst = max(worst, self.reserved_down - self.utilisation)
        if self.warn_from is None:
            self.warn_from = self.warn[0] * self.maximum
        if not self.warned and worst < self.warn_from:
            return False
        passed = sum(worst >= share * self.maximum for share in self.warn)
        if passed < self.warned:
            near = sum(worst >= share * self.maximum * _CLEARLY for share in self.warn)
            self.warned = min(self.warned, near)
            return False
        crossed = passed > self.warned and worst > ZERO
        self.warned = passed
        return crossed

    def work_off(self) -> None:
        """What was over its maximum may have become less, and never becomes more by this."""
        if self.excess:
            self.excess = min(self.excess, max(ZERO, self.shortfall(ZERO, ZERO)))


class Use(msgspec.Struct, frozen=True, gc=False):
    """What one quote would use of one limit, in the worst case either way."""

    limit_id: LimitId
    up: Decimal
    down: Decimal
