"""Value dates worked out with QuantLib alone: its calendars, its dates, its own way over month
ends.

Nothing of `robot` is used. Where QuantLib's calendar differs from ours the table `DIFFERENT_DAYS`
says on which day and why; a value date may differ only if such a day was in its way.
"""

from __future__ import annotations

from datetime import date

import QuantLib as ql

Calendar = ql.Calendar

CALENDARS: dict[str, ql.Calendar] = {
    "USD": ql.UnitedStates(ql.UnitedStates.FederalReserve),
    "EUR": ql.TARGET(),
    "GBP": ql.UnitedKingdom(),
    "JPY": ql.Japan(),
    "CHF": ql.Switzerland(),
    "CAD": ql.Canada(),
    "AUD": ql.Australia(ql.Australia.Settlement),
    "NZD": ql.JointCalendar(
        ql.NewZealand(ql.NewZealand.Wellington), ql.NewZealand(ql.NewZealand.Auckland)
    ),
    "HKD": ql.HongKong(),
    "CNH": ql.HongKong(),
    "SGD": ql.Singapore(),
    "CNY": ql.China(ql.China.SSE),
    "SEK": ql.Sweden(),
    "NOK": ql.Norway(),
    "DKK": ql.Denmark(),
    "PLN": ql.Poland(),
    "MXN": ql.Mexico(),
    "TRY": ql.Turkey(),
    "KRW": ql.SouthKorea(ql.SouthKorea.Settlement),
}
PAIRS: dict[str, int] = {
    "EUR/USD": 2,
    "GBP/USD": 2,
    "USD/JPY": 2,
    "USD/CHF": 2,
    "AUD/USD": 2,
    "NZD/USD": 2,
    "USD/CAD": 1,
    "USD/CNY": 2,
    "USD/CNH": 2,
    "USD/HKD": 2,
    "USD/SGD": 2,
    "EUR/GBP": 2,
    "EUR/JPY": 2,
    "EUR/CHF": 2,
    "EUR/CNY": 2,
    "EUR/SEK": 2,
    "USD/NOK": 2,
    "EUR/DKK": 2,
    "EUR/PLN": 2,
    "USD/MXN": 2,
    "USD/TRY": 1,
    "USD/KRW": 2,
}
"""Pair -> business days to spot."""
DOLLAR_BLOCKS = ("MXN",)
MONTHS = {"1M": 1, "2M": 2, "3M": 3, "6M": 6, "1Y": 12}
WEEKS = {"1W": 1, "2W": 2}

DIFFERENT_DAYS: dict[str, dict[str, str]] = {
    "AUD": {
        "2026-04-27": "ANZAC Day's Monday, declared by New South Wales: not in QuantLib 1.44",
        "2027-04-26": "ANZAC Day's Monday, declared by New South Wales: not in QuantLib 1.44",
    },
    "HKD": {
        "2019-05-13": "the day after the Buddha's Birthday (a Sunday): gazetted, QuantLib is open",
        "2021-04-06": "the day after Easter Monday, for Ching Ming: gazetted, QuantLib is open",
        "2021-12-27": "Christmas Day in lieu: gazetted, QuantLib is open",
        "2022-12-27": "Christmas Day in lieu: gazetted, QuantLib is open",
        "2027-02-08": "third day of the Lunar New Year: QuantLib 1.44 has no lunar days after 2026",
        "2027-02-09": "fourth day of the Lunar New Year: no lunar days after 2026",
        "2027-04-05": "Ching Ming: no lunar days after 2026",
        "2027-05-13": "the Buddha's Birthday: no lunar days after 2026",
        "2027-06-09": "Tuen Ng: no lunar days after 2026",
        "2027-09-16": "the day after Mid-Autumn: no lunar days after 2026",
        "2027-10-08": "Chung Yeung: no lunar days after 2026",
        "2027-12-27": "Christmas Day in lieu: QuantLib is open",
    },
    "SGD": {
        "2020-07-10": "polling day, a public holiday by proclamation: QuantLib is open",
        "2026-03-20": "QuantLib closes it; Hari Raya Puasa 2026 is gazetted for Saturday the 21st",
    },
    "CNY": {
        "2024-02-09": "the exchange closed on the eve; by the State Council's notice a workday",
    },
    "PLN": {
        "2025-12-24": "Christmas Eve, a public holiday since 2025: not in QuantLib 1.44",
        "2026-12-24": "Christmas Eve, a public holiday since 2025: not in QuantLib 1.44",
        "2027-12-24": "Christmas Eve, a public holiday since 2025: not in QuantLib 1.44",
    },
    "TRY": {
        "2025-04-02": "QuantLib closes a day too many after the feast",
        "2026-05-26": "QuantLib closes the half day before the feast",
    },
    "KRW": {
        "2025-06-03": "presidential election: not in QuantLib 1.44",
        "2026-06-03": "local elections: not in QuantLib 1.44",
        "2026-07-17": "Constitution Day, a holiday again since 2026: not in QuantLib 1.44",
    },
}
DIFFERENT_DAYS["CNH"] = DIFFERENT_DAYS["HKD"]


def spot(pair: str, traded: date) -> date:
    """The spot date by `domain.md` 3.2, on QuantLib's calendars."""
    base, counter = pair.split("/")
    own = ql.JointCalendar(CALENDARS[base], CALENDARS[counter])
    start = own.adjust(ql.Date(traded.day, traded.month, traded.year), ql.Following)
    latest = max(_leg(currency, start, PAIRS[pair]) for currency in (base, counter))
    return _plain(_everywhere(pair).adjust(latest, ql.Following))


def forward(pair: str, traded: date, tenor: str) -> date:
    """The date of a tenor: weeks following, months modified following and end to end."""
    begun = spot(pair, traded)
    start = ql.Date(begun.day, begun.month, begun.year)
    where = _everywhere(pair)
    if tenor in WEEKS:
        return _plain(where.advance(start, ql.Period(WEEKS[tenor], ql.Weeks), ql.Following))
    period = ql.Period(MONTHS[tenor], ql.Months)
    return _plain(where.advance(start, period, ql.ModifiedFollowing, True))


def _leg(currency: str, start: ql.Date, lag: int) -> ql.Date:
    """One currency's own days: a USD holiday does not block the first of two."""
    calendar, one = CALENDARS[currency], ql.Period(1, ql.Days)
    if lag == 1:
        return calendar.advance(start, one)
    if currency == "USD":
        between = ql.WeekendsOnly().advance(start, one)
    elif currency in DOLLAR_BLOCKS:
        between = ql.JointCalendar(calendar, CALENDARS["USD"]).advance(start, one)
    else:
        between = calendar.advance(start, one)
    return calendar.advance(between, one)


def _everywhere(pair: str) -> ql.Calendar:
    base, counter = pair.split("/")
    return ql.JointCalendar(CALENDARS[base], CALENDARS[counter], CALENDARS["USD"])


def _plain(day: ql.Date) -> date:
    return date(day.year(), day.month(), day.dayOfMonth())
