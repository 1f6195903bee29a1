"""Where the middles come from that records are valued at: the engine's own market while it runs,
or one that follows the same events when a journal is read.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from robot.basics.currency import Currency, CurrencyPair
from robot.core.curves import take_tenor
from robot.core.engine import Engine
from robot.core.losses import PRICE_AGE_MAX_NS, last_middle
from robot.core.quoting import MILLISECOND_NS
from robot.core.state import RobotState
from robot.deals.calendar_dates import CalendarDates
from robot.deals.reference import Reference
from robot.market.pricing import LastPoints, Pricer
from robot.market.snapshot import Mid
from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    DayRolled,
    MarketUpdated,
    RobotStarted,
    SessionDown,
    SessionKind,
)
from robot.messages.governing import ReferenceChanged


class MarketSource:
    """Middles and points out of a robot's state."""

    def __init__(self, state: RobotState) -> None:
        self._state = state
        self._pricer: Pricer | None = None
        self._pricer_of: Reference | None = None

    @property
    def state(self) -> RobotState:
        """Of which only the market, the curves, the reference and the date are looked at."""
        return self._state

    @property
    def reference(self) -> Reference | None:
        """What the desk configured; None before the robot started."""
        return self.state.reference

    @property
    def trade_date(self) -> date | None:
        """In force; None before the robot started."""
        return self.state.trade_date

    def follow(self, at_ns: int, event: AnyEvent) -> None:
        """An event was stepped."""

    def spot(self, pair: str, at_ns: int) -> Decimal | None:
        """The middle of the spot market; None where it is not fit to deal on."""
        state = self.state
        if state.reference is None:
            return None
        found = state.market.mid(CurrencyPair(pair), at_ns, state.reference.market)
        return found.mid if isinstance(found, Mid) else None

    def last_spot(self, pair: str, at_ns: int) -> Decimal | None:
        """The same, or the last that was, however old; None = there was none."""
        found = self.spot(pair, at_ns)
        if found is not None:
            return found
        last = last_middle(self.state, CurrencyPair(pair), None)
        return last.mid if last is not None else None

    def spot_age_ms(self, pair: str, at_ns: int) -> int:
        """How old the middle is that `last_spot` gives; 0 = it is fit to deal on."""
        last = last_middle(self.state, CurrencyPair(pair), None)
        if last is None or self.spot(pair, at_ns) is not None:
            return 0
        return max(1, (at_ns - last.at_ns) // MILLISECOND_NS)

    def recent_spot(self, pair: str, at_ns: int) -> Decimal | None:
        """The same, or one as old as what losses may still be valued at."""
        found = self.spot(pair, at_ns)
        if found is not None:
            return found
        last = last_middle(self.state, CurrencyPair(pair), None)
        fresh = last is not None and at_ns - last.at_ns <= PRICE_AGE_MAX_NS
        return last.mid if last is not None and fresh else None

    def points(self, pair: str, day: date, at_ns: int) -> LastPoints | None:
        """Mid points from spot to a date as they were known last; None = they never were."""
        state, pricer = self.state, self._made_pricer()
        if pricer is None or state.trade_date is None:
            return None
        return pricer.last_points_to(state.curves, CurrencyPair(pair), day, state.trade_date, at_ns)

    def worth(self, currency: str, in_: str, at_ns: int) -> Decimal | None:
        """What one unit of a currency is worth in another: at the last middle of their pair, else
        through the line currency, else at the official rate of the limits; None = nobody knows.
        """
        reference = self.state.reference
        if currency == in_ or reference is None:
            return Decimal(1) if currency == in_ else None
        line = reference.limits.line_currency
        direct = self._by_pair(currency, in_, at_ns)
        if direct is not None or line in (currency, in_):
            official = reference.limits.line_rates.get(Currency(currency)) if line == in_ else None
            return direct if direct is not None else official
        first, second = self.worth(currency, line, at_ns), self.worth(in_, line, at_ns)
        return first / second if first is not None and second else None

    def _by_pair(self, currency: str, in_: str, at_ns: int) -> Decimal | None:
        direct = self.last_spot(f"{currency}/{in_}", at_ns)
        if direct is not None:
            return direct
        inverse = self.last_spot(f"{in_}/{currency}", at_ns)
        return 1 / inverse if inverse else None

    def _made_pricer(self) -> Pricer | None:
        reference = self.state.reference
        if reference is None:
            return None
        if self._pricer is None or self._pricer_of is not reference:
            dates = CalendarDates(
                reference.conventions, reference.money_markets, reference.calendars
            )
            self._pricer = Pricer(reference.conventions, dates, reference.market)
            self._pricer_of = reference
        return self._pricer


class EngineMarket(MarketSource):
    """The market in the state of an engine that runs."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine.state)
        self._engine = engine

    @property
    def state(self) -> RobotState:
        """The engine's."""
        return self._engine.state


class FollowedMarket(MarketSource):
    """The market that follows from the events alone, from a state that a journal begins with."""

    def __init__(self, state: RobotState | None = None) -> None:
        super().__init__(state if state is not None else RobotState())
        self._coming: list[ReferenceChanged] = []
        self._handlers: dict[type, Callable[[int, AnyEvent], None]] = {
            MarketUpdated: self._on_market,
            CurveUpdated: self._on_curve,
            RobotStarted: self._on_started,
            SessionDown: self._on_down,
            DayRolled: self._on_day,
            ReferenceChanged: self._on_reference,
        }

    def follow(self, at_ns: int, event: AnyEvent) -> None:
        """Take what is of the market, as the core does."""
        self._state.now_ns = at_ns
        if self._coming:
            self._put_in_force(at_ns)
        handler = self._handlers.get(type(event))
        if handler is not None:
            handler(at_ns, event)

    def _on_market(self, at_ns: int, event: AnyEvent) -> None:
        assert isinstance(event, MarketUpdated), "as the table says"
        if self._state.reference is not None:
            self._state.market.update(event, at_ns, self._state.reference.market)

    def _on_curve(self, at_ns: int, event: AnyEvent) -> None:
        assert isinstance(event, CurveUpdated), "as the table says"
        if self._state.reference is None:
            return
        if event.bid is None or event.offer is None:
            self._state.curves.forget(event.venue, event.curve, event.tenor)
        else:
            take_tenor(self._state, event)

    def _on_started(self, at_ns: int, event: AnyEvent) -> None:
        assert isinstance(event, RobotStarted), "as the table says"
        self._state.reference = event.reference
        if self._state.trade_date is None or event.trade_date > self._state.trade_date:
            self._state.trade_date = event.trade_date
        self._state.curves.restart()
        self._state.market.restart()

    def _on_down(self, at_ns: int, event: AnyEvent) -> None:
        assert isinstance(event, SessionDown), "as the table says"
        if event.kind is SessionKind.MARKET_DATA:
            self._state.market.forget(event.venue)
            self._state.curves.forget(event.venue)

    def _on_day(self, at_ns: int, event: AnyEvent) -> None:
        assert isinstance(event, DayRolled), "as the table says"
        self._state.trade_date = event.trade_date

    def _on_reference(self, at_ns: int, event: AnyEvent) -> None:
        assert isinstance(event, ReferenceChanged), "as the table says"
        if event.agreed.by_two:
            self._coming.append(event)
            self._put_in_force(at_ns)

    def _put_in_force(self, at_ns: int) -> None:
        """Counterparties, limits and strategy whose time has come."""
        for event in [event for event in self._coming if event.effective_ns <= at_ns]:
            self._coming.remove(event)
            if self._state.reference is not None:
                self._state.reference = self._state.reference.with_parts(event.parts)
