"""Market conventions: how a pair, and how a currency's money market, is dealt.

Sources of the figures: `config/conventions.yaml` (which names them). What the conventions mean for
dates is in `robot/deals/dates.py`.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

from robot.basics.currency import Currency, CurrencyPair, base_of, counter_of
from robot.basics.daycount import DayCount
from robot.basics.holidays import CalendarId

USD = Currency("USD")


class NdfConvention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a non-deliverable forward of the pair is fixed."""

    index: str
    """The fixing it settles against, e.g. `CNY01`: the 09:15 central parity."""
    lag: int
    """Business days from the fixing to the value date."""
    calendars: tuple[CalendarId, ...]
    """On whose business days the lag is counted."""


class Convention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one pair is dealt. `pip` and `tick` are in price units, `spot_lag` in business days.

    A calendar that is not named has its currency's name.
    """

    pair: CurrencyPair
    spot_lag: int
    pip: Decimal
    tick: Decimal
    points_factor: Decimal = Decimal(10000)
    """Points are price units times this; the usual quotation of the pair."""
    provider_points_factors: dict[str, Decimal] = {}
    """Provider or venue -> its own factor, where it quotes the points otherwise."""
    base_calendar: CalendarId = CalendarId("")
    counter_calendar: CalendarId = CalendarId("")
    dollar_calendar: CalendarId = CalendarId("USD")
    dollar_rule: bool = True
    """Whether spot and forward dates must be good for USD too; tells for crosses only."""
    dollar_blocks: tuple[Currency, ...] = ()
    """Currencies of the pair for which a USD holiday also blocks the day between trade and spot."""
    end_end: bool = True
    """Whether months counted from the last business day of a month end on one."""
    trade_date_rolls: bool = True
    """Whether a trade date that is a holiday of the pair counts from the next good day."""
    ndf: NdfConvention | None = None
    base_implied: DayCount | None = None
    """How a rate of the base currency that a swap implies counts days; None = as its deposits at
    home do."""
    counter_implied: DayCount | None = None
    """The same of the counter currency."""

    @property
    def calendars(self) -> tuple[CalendarId, CalendarId]:
        """The calendars of base and counter currency."""
        return (
            self.base_calendar or CalendarId(base_of(self.pair)),
            self.counter_calendar or CalendarId(counter_of(self.pair)),
        )

    @property
    def settlement_calendars(self) -> tuple[CalendarId, ...]:
        """All that a spot or forward date must be good for, each once."""
        base, counter = self.calendars
        named = (base, counter, self.dollar_calendar) if self.dollar_rule else (base, counter)
        return tuple(dict.fromkeys(named))

    @property
    def all_calendars(self) -> tuple[CalendarId, ...]:
        """Every calendar that is needed to date a deal of this pair, each once."""
        fixing = self.ndf.calendars if self.ndf is not None else ()
        return tuple(dict.fromkeys((*self.calendars, self.dollar_calendar, *fixing)))


class MoneyMarketConvention(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one currency's deposits or repos are dealt. `lag` is in business days.

    A calendar that is not named has the currency's name.
    """

    currency: Currency
    product: str
    """DEPOSIT, REPO or OUTRIGHT_REPO."""
    lag: int
    calendar: CalendarId = CalendarId("")
    modified: bool = True
    """Months: modified following; otherwise plain following, as in China."""
    end_end: bool = True
    code: str = ""
    """Prefix of the contracts where the market has codes: R, IBO, OR; empty elsewhere."""

    @property
    def calendar_id(self) -> CalendarId:
        """The calendar its dates must be good for."""
        return self.calendar or CalendarId(self.currency)
