"""What the state keeps for rules: the history with each counterparty, the middle of the market from
second to second, and who was asked what.
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from decimal import Decimal
from math import isqrt

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import CounterpartyId, DealId
from robot.ledger.ledger import PairResult
from robot.rules.types import divided

HOUR, DAY = 60, 1_440
"""Windows of the history, in minutes: the one that runs and those before it."""
LONGEST_S = 900
"""Longest window of volatility, in seconds."""
ENDED_MAX = 200
"""Questions to persons of which it is remembered what became of them."""
LOOKS_BACK_MAX = 5_000
"""Deals whose horizon has not come; of one more nothing is looked at."""
_SLACK = 300
"""Seconds that are forgotten together."""


class Happened(enum.IntEnum):
    """What is counted of a counterparty; the place in its rows."""

    REQUEST = 0
    DEAL = 1
    QUOTED = 2
    """A request that got a price, once."""
    HIT = 3
    """A request that was quoted and became a deal."""
    REJECT = 4
    EXPIRED = 5


_NOTHING = [0] * len(Happened)


class PartyHistory(msgspec.Struct):
    """Counts by minutes; at most `DAY` rows."""

    rows: list[list[int]] = []
    """Minute since 1970, then a count of each `Happened`; only minutes in which something did."""
    hour: list[int] = msgspec.field(default_factory=_NOTHING.copy)
    day: list[int] = msgspec.field(default_factory=_NOTHING.copy)
    hour_from: int = 0
    """The first of the rows that is in the hour."""
    deal_ns: int = 0
    """When the last deal was made; 0 = there was none."""
    deal_side: str = ""

    def note(self, what: Happened, minute: int) -> None:
        """One more."""
        self._forget(minute)
        if not self.rows or self.rows[-1][0] != minute:
            self.rows.append([minute, *_NOTHING])
        self.rows[-1][what + 1] += 1
        self.hour[what] += 1
        self.day[what] += 1

    def count(self, what: Happened, window: int, minute: int) -> int:
        """How many in the last `window` minutes, `HOUR` or `DAY`."""
        self._forget(minute)
        return (self.hour if window == HOUR else self.day)[what]

    def _forget(self, minute: int) -> None:
        rows = self.rows
        while self.hour_from < len(rows) and rows[self.hour_from][0] <= minute - HOUR:
            _take(self.hour, rows[self.hour_from])
            self.hour_from += 1
        gone = 0
        while gone < len(rows) and rows[gone][0] <= minute - DAY:
            _take(self.day, rows[gone])
            gone += 1
        if gone:
            del rows[:gone]
            self.hour_from -= gone


def _take(total: list[int], row: list[int]) -> None:
    for place in range(len(total)):
        total[place] -= row[place + 1]


class Seconds(msgspec.Struct):
    """The middle of a pair's spot market at the first price of each second that had one; between
    two of them it counts as unchanged. Middles in units of 1e-9.
    """

    at: list[int] = []
    mids: list[int] = []
    squares: list[int] = []
    """Sum of the squared changes up to there."""
    day: int = 0
    low: int = 0
    high: int = 0
    """Of the trade date `day` (ordinal)."""

    def note(self, second: int, mid: int, day: int) -> None:
        """The middle in a second later than the last."""
        change = mid - self.mids[-1] if self.mids else 0
        self.squares.append((self.squares[-1] if self.squares else 0) + change * change)
        self.at.append(second)
        self.mids.append(mid)
        if day != self.day:
            self.day, self.low, self.high = day, mid, mid
        self.low, self.high = min(self.low, mid), max(self.high, mid)
        if second - self.at[0] > LONGEST_S + _SLACK:
            gone = bisect_right(self.at, second - LONGEST_S) - 1
            del self.at[:gone], self.mids[:gone], self.squares[:gone]

    def _begin(self, second: int, window_s: int) -> int | None:
        """The place of the middle that held when the window began; None = it is not full."""
        place = bisect_right(self.at, second - window_s) - 1
        return place if place >= 0 else None

    def volatility(self, second: int, window_s: int) -> int | None:
        """Square root of the sum of squared changes, to the nearest unit."""
        begin = self._begin(second, window_s)
        if begin is None:
            return None
        total = self.squares[-1] - self.squares[begin]
        root = isqrt(total)
        return root + (total - root * root > root)

    def range(self, second: int, window_s: int) -> int | None:
        """Highest minus lowest."""
        begin = self._begin(second, window_s)
        return None if begin is None else max(self.mids[begin:]) - min(self.mids[begin:])

    def first(self, second: int, window_s: int) -> int | None:
        """The middle when the window began."""
        begin = self._begin(second, window_s)
        return None if begin is None else self.mids[begin]


class PersonAsk(msgspec.Struct, frozen=True, kw_only=True):
    """A request that waits for a person."""

    ask: int
    negotiation: str
    reason: str
    """What the rule says it is for."""
    because: tuple[str, ...]
    facts: dict[str, str]
    """The rule that asks, its line and book, and its facts."""
    asked_ns: int
    due_ns: int
    """Then it is passed."""


class Opened(msgspec.Struct, frozen=True):
    """A running result when the trade date and the month began, in its own currency; None = it
    could not be valued then.
    """

    day: Decimal | None
    month: Decimal | None


class HedgeTried(msgspec.Struct, frozen=True, kw_only=True):
    """A rule's hedge that is tried for a while."""

    file: str
    actor: str
    """Book and rule."""
    because: str
    until_ns: int
    limit: Decimal | None
    target: Decimal
    """Size of the position at which it is done."""
    sign: int
    """1 = of a long position."""


class LookBack(msgspec.Struct, frozen=True):
    """A deal that is looked back at."""

    key: str
    """Of `RuleState.markouts`."""
    pair: CurrencyPair
    minute: int
    """In which it was made."""
    mid: Decimal
    """Middle of the spot market then."""
    sign: int
    """1 = we bought the base currency."""


class Markouts(msgspec.Struct):
    """Moves of the market after deals, in our favour, in units of 1e-9: sums up to and with each
    minute in which one was made, at most those of a day and some.
    """

    at: list[int] = []
    counts: list[int] = []
    sums: list[int] = []

    def note(self, minute: int, move: int) -> None:
        """One more; minutes never fall."""
        if not self.at or self.at[-1] != minute:
            self.at.append(minute)
            self.counts.append(self.counts[-1] if self.counts else 0)
            self.sums.append(self.sums[-1] if self.sums else 0)
        self.counts[-1] += 1
        self.sums[-1] += move
        gone = bisect_right(self.at, minute - DAY) - 1  # the last of them is where a day begins
        if gone > HOUR:
            del self.at[:gone], self.counts[:gone], self.sums[:gone]

    def mean(self, window: int, minute: int) -> int | None:
        """Of those made in the last `window` minutes; None = there was none."""
        if not self.at:
            return None
        before = bisect_right(self.at, minute - window) - 1
        count, total = (self.counts[before], self.sums[before]) if before >= 0 else (0, 0)
        return divided(self.sums[-1] - total, self.counts[-1] - count)


class RuleState(msgspec.Struct):
    """Of the rule books."""

    history: dict[CounterpartyId, PartyHistory] = {}
    seconds: dict[CurrencyPair, Seconds] = {}
    """Of the pairs that a book in force asks about."""
    opened: dict[str, Opened] = {}
    """By the ledger's names of results, and by those of `by_strategy`; what is not here began at
    nothing."""
    hedges: dict[CurrencyPair, HedgeTried] = {}
    """At most one of a pair."""
    by_strategy: dict[str, PairResult] = {}
    """`STRATEGY|NAME`, the ledger's name of the result -> what its own deals brought."""
    dealers: dict[DealId, str] = {}
    """Whose deals they are that may still be taken back or corrected."""
    looks_back: dict[str, LookBack] = {}
    """Deal and horizon -> what is compared then; at most `LOOKS_BACK_MAX`."""
    markouts: dict[str, Markouts] = {}
    """`COUNTERPARTY PAIR HORIZON` -> how the market moved after our deals."""
    asked: int = 0
    """Number of the last question to a person ever, a rule's or a candidate's."""
    persons: dict[int, PersonAsk] = {}
    ended: dict[int, str] = {}
    """What became of the last questions to persons."""
    made: int = 0
    """Number of the last thing done by a rule ever."""
    acted_ns: dict[str, int] = {}
    """Book, rule and instrument -> when the rule last did something by itself."""
    looks: dict[str, int] = {}
    """Book -> when it looks next by the clock; as long as it is in force."""

    def note_end(self, ask: int, outcome: str) -> None:
        """A question to a person is over."""
        self.ended[ask] = outcome
        if len(self.ended) > ENDED_MAX:
            del self.ended[next(iter(self.ended))]

    def party(self, counterparty: CounterpartyId) -> PartyHistory:
        """The history with one counterparty."""
        found = self.history.get(counterparty)
        if found is None:
            found = self.history[counterparty] = PartyHistory()
        return found
