"""Parts that are not there: a robot without a schedule, without venues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from robot.messages.base import Wire
from robot.messages.events import AnyEvent
from robot.ports import Poster, SentMark
from tests.kit.desk import THURSDAY


class NoTimers:
    """A schedule without any dates."""

    def start(self, poster: Poster, at_ns: int) -> None: ...

    def trade_date(self, at_ns: int) -> date:
        return THURSDAY

    def due(self, at_ns: int) -> Sequence[AnyEvent]:
        return ()

    def stop(self) -> None: ...


class NoVenues:
    """Nobody is logged on."""

    def start(
        self, poster: Poster, on_sent: Callable[[SentMark], None], now_ns: Callable[[], int]
    ) -> None: ...

    def send(self, effect: Wire, effect_id: str) -> bool:
        return False

    def stop(self) -> None: ...
