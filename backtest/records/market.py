"""Where the middles come from that records are valued at: the engine's own market while it runs,
or one that follows the same events when a journal is read.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Protocol

from robot.core.engine import Engine
from robot.core.state import RobotState
from robot.deals.reference import Reference
from robot.messages.events import AnyEvent


class MarketSource(Protocol):
    """What records need of the market."""

    @property
    def reference(self) -> Reference | None:
        """What the desk configured; None before the robot started."""

    def follow(self, at_ns: int, event: AnyEvent) -> None:
        """An event was stepped."""

    def spot(self, pair: str, at_ns: int) -> Decimal | None:
        """The middle of the spot market, the last one where it is stale; None = there was none."""

    def points(self, pair: str, day: date, at_ns: int) -> Decimal | None:
        """Mid points from spot to a date in price units, however old; None = nobody quotes them."""


class EngineMarket:
    """The market in the state of an engine that runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def reference(self) -> Reference | None:
        """As the engine has it."""
        return self._engine.state.reference

    def follow(self, at_ns: int, event: AnyEvent) -> None:
        """The engine has."""

    def spot(self, pair: str, at_ns: int) -> Decimal | None:
        """As `MarketSource`."""
        raise NotImplementedError

    def points(self, pair: str, day: date, at_ns: int) -> Decimal | None:
        """As `MarketSource`."""
        raise NotImplementedError


class FollowedMarket:
    """The market that follows from the events alone."""

    def __init__(self, state: RobotState | None = None) -> None:
        self._state = state if state is not None else RobotState()

    @property
    def reference(self) -> Reference | None:
        """As the last start or change of it said."""
        return self._state.reference

    def follow(self, at_ns: int, event: AnyEvent) -> None:
        """As `MarketSource`."""
        raise NotImplementedError

    def spot(self, pair: str, at_ns: int) -> Decimal | None:
        """As `MarketSource`."""
        raise NotImplementedError

    def points(self, pair: str, day: date, at_ns: int) -> Decimal | None:
        """As `MarketSource`."""
        raise NotImplementedError
