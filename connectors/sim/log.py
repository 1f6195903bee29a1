"""Numbers and files what happens: rows for the record, counts for the summary."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from connectors.sim.makers.rows import CounterLife, TakeLife
from connectors.sim.model import Moment
from connectors.sim.order_rows import OrderAnswer, OrderMessage
from connectors.sim.rows import (
    Anomaly,
    CopyRow,
    CounterOffer,
    Duplicate,
    EventRow,
    MassQuoteLife,
    RefusalRow,
    TradeReport,
)
from connectors.sim.statistics import Statistics
from connectors.sim.tables import Row

_REASON_CHARACTERS_MAX = 40


class RowNumbers(Protocol):
    """Where the numbering of a continued record goes on."""

    def last_number(self, kind: type[Row]) -> int: ...


class FromOne:
    """Numbering of a new record."""

    def last_number(self, kind: type[Row]) -> int:
        return 0


class Log:
    """The one way rows get into the record; keeps their numbers and the counters in step."""

    def __init__(
        self, put: Callable[[Row], None], statistics: Statistics, numbers: RowNumbers
    ) -> None:
        self._put = put
        self._heard: list[Callable[[Row], None]] = []
        self.statistics = statistics
        kinds: tuple[type[Row], ...] = (
            *(RefusalRow, Duplicate, EventRow, Anomaly),
            *(OrderMessage, OrderAnswer),
            *(TakeLife, CounterLife, TradeReport, CopyRow, MassQuoteLife),
            CounterOffer,
        )
        self._numbers: dict[type[Row], int] = {kind: numbers.last_number(kind) for kind in kinds}

    def hear(self, heard: Callable[[Row], None]) -> None:
        """From now on `heard` is told of every row that is filed."""
        self._heard.append(heard)

    def put(self, row: Row) -> None:
        """Files a row; one that changed is put again."""
        self._put(row)
        for heard in self._heard:
            heard(row)

    def next_number(self, kind: type[Row]) -> int:
        """The next number of a table that is numbered."""
        self._numbers[kind] += 1
        return self._numbers[kind]

    def event(
        self,
        venue: str,
        direction: str,
        kind: str,
        now: Moment,
        *,
        request_id: str | None = None,
        quote_id: str | None = None,
        text: str = "",
    ) -> None:
        number = self.next_number(EventRow)
        self.put(EventRow(number, venue, direction, kind, request_id, quote_id, text, *now))

    def anomaly(self, venue: str, kind: str, reference: str, text: str, now: Moment) -> None:
        """Something the robot must never do."""
        self.statistics.anomalies += 1
        self.statistics.anomaly_kinds[kind] += 1
        self.put(Anomaly(self.next_number(Anomaly), venue, kind, reference, text[:2000], *now))

    def duplicate(self, venue: str, exec_id: str, poss_dup: bool, now: Moment) -> None:
        self.statistics.duplicates += 1
        self.put(Duplicate(self.next_number(Duplicate), venue, exec_id, poss_dup, *now))

    def refusal(
        self,
        venue: str,
        kind: str,
        now: Moment,
        *,
        text: str,
        code: str | None,
        request_id: str | None = None,
        hit_id: str | None = None,
        exec_id: str | None = None,
        behaviour: str | None = None,
    ) -> None:
        words = text.split()
        reason = words[0][:_REASON_CHARACTERS_MAX] if words else f"{kind}:{code}"
        self.statistics.refusals[reason] += 1
        number = self.next_number(RefusalRow)
        self.put(
            RefusalRow(
                number, venue, kind, request_id, hit_id, exec_id, code, text, behaviour, *now
            )
        )
