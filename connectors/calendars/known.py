"""Why the packages disagree with our calendars, as far as somebody has looked.

A row explains the days on which a package is closed and we are open (`CLOSED_THERE`), or the other
way round (`CLOSED_HERE`). With `names` only days whose name begins so; with `days` only those; with
neither all of that package and that side.
"""

from __future__ import annotations

from datetime import date

import msgspec

CLOSED_THERE = "closed there, open here"
CLOSED_HERE = "open there, closed here"


class Known(msgspec.Struct, frozen=True):
    """One explanation."""

    calendar: str
    view: str
    """How the view's name begins: `QuantLib Turkey`, `exchange_calendars`."""
    side: str
    why: str
    names: tuple[str, ...] = ()
    days: frozenset[date] = frozenset()

    def explains(self, calendar: str, view: str, side: str, day: date, name: str) -> bool:
        """Whether a difference is this one."""
        return (
            (calendar, side) == (self.calendar, self.side)
            and view.startswith(self.view)
            and (not self.names or name.startswith(self.names))
            and (not self.days or day in self.days)
        )


def _days(*texts: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(text) for text in texts)


XC = "exchange_calendars"
_NOT_MOVED = (
    "Federal Reserve Banks do not close on the Friday before a holiday that falls on a Saturday"
)
_NO_EXCHANGE_HOLIDAY = "banks close, the exchange deals"
_EXCHANGE_CLOSES = "the exchange closes, banks work"
_EVES = "eves on which the payment system is closed are no public holidays"

KNOWN: tuple[Known, ...] = (
    Known("USD", "holidays US", CLOSED_THERE, _NOT_MOVED),
    Known(
        "USD",
        XC,
        CLOSED_THERE,
        "the exchange closes on Good Friday, on days of mourning and on Fridays before Saturday "
        "holidays; Fedwire works",
    ),
    Known("USD", XC, CLOSED_HERE, _NO_EXCHANGE_HOLIDAY, ("Columbus Day", "Veterans Day")),
    Known("JPY", XC, CLOSED_THERE, "a fault stopped the exchange", days=_days("2020-10-01")),
    Known(
        "CHF",
        "holidays CH ZH",
        CLOSED_HERE,
        "Berchtold's Day: SIX and SIC are closed, the canton of Zurich lists it as no holiday",
        ("Second of January",),
    ),
    Known("CHF", XC, CLOSED_THERE, _EXCHANGE_CLOSES + " (24 and 31 December)"),
    Known(
        "CAD",
        "holidays CA",
        CLOSED_THERE,
        "a holiday of the federal civil service only",
        ("Easter Monday",),
    ),
    Known("CAD", XC, CLOSED_HERE, _NO_EXCHANGE_HOLIDAY, ("Remembrance Day", "National Day for")),
    Known(
        "AUD",
        "QuantLib",
        CLOSED_HERE,
        "declared by New South Wales for 2026 and 2027; not in QuantLib 1.44",
        ("ANZAC Day",),
    ),
    Known(
        "AUD",
        XC,
        CLOSED_HERE,
        "holidays of New South Wales; the exchange follows the national ones",
        ("Bank Holiday", "Labor Day", "ANZAC Day"),
    ),
    Known("NZD", "QuantLib", CLOSED_HERE, "each view has one city's anniversary day; both count"),
    Known(
        "NZD",
        "holidays NZ",
        CLOSED_HERE,
        "anniversary days of Wellington and Auckland are regional",
    ),
    Known("NZD", XC, CLOSED_HERE, "anniversary days of Wellington and Auckland are regional"),
    Known(
        "HKD",
        "holidays HK",
        CLOSED_THERE,
        "corrected: the day after the Mid-Autumn Festival was a Saturday",
        days=_days("2023-10-03"),
    ),
    Known(
        "HKD",
        "QuantLib",
        CLOSED_HERE,
        "weekday holidays in lieu that QuantLib leaves out; they were gazetted",
        days=_days("2019-05-13", "2021-04-06", "2021-12-27", "2022-12-27"),
    ),
    Known(
        "HKD",
        "QuantLib",
        CLOSED_HERE,
        "QuantLib 1.44 has no lunar days of Hong Kong after 2026, though it answers",
        days=_days(
            "2027-02-08",
            "2027-02-09",
            "2027-04-05",
            "2027-05-13",
            "2027-06-09",
            "2027-09-16",
            "2027-10-08",
            "2027-12-27",
        ),
    ),
    Known(
        "HKD",
        XC,
        CLOSED_THERE,
        "typhoon and rainstorm warnings closed the exchange",
        days=_days("2020-10-13", "2021-10-13", "2023-07-17", "2024-09-06"),
    ),
    Known(
        "SGD",
        "QuantLib",
        CLOSED_HERE,
        "polling day, a public holiday by proclamation",
        ("Polling Day",),
    ),
    Known(
        "SGD",
        "QuantLib",
        CLOSED_THERE,
        "Hari Raya Puasa 2026 is gazetted for Saturday 21 March",
        days=_days("2026-03-20"),
    ),
    Known(
        "CNY",
        "QuantLib China SSE",
        CLOSED_THERE,
        "the exchange closed on the eve; the notice had it a working day",
        days=_days("2024-02-09"),
    ),
    Known(
        "CNY",
        XC,
        CLOSED_THERE,
        "the exchange closed on the eve; the notice had it a working day",
        days=_days("2024-02-09"),
    ),
    Known("SEK", "holidays SE", CLOSED_HERE, "Midsummer's Eve: " + _EVES, ("Bank holiday",)),
    Known("SEK", "holidays SE", CLOSED_HERE, _EVES, ("Christmas Eve", "New Year's Eve")),
    Known("NOK", "holidays NO", CLOSED_HERE, _EVES, ("Christmas Eve",)),
    Known("NOK", XC, CLOSED_THERE, _EXCHANGE_CLOSES + " (31 December)"),
    Known(
        "DKK",
        "holidays DK",
        CLOSED_HERE,
        "bank holidays: the day after Ascension, Constitution Day",
        ("Bank holiday",),
    ),
    Known("DKK", "holidays DK", CLOSED_HERE, _EVES, ("Christmas Eve", "New Year's Eve")),
    Known(
        "PLN",
        "QuantLib",
        CLOSED_HERE,
        "a public holiday since 2025; not in QuantLib 1.44",
        ("Christmas Eve",),
    ),
    Known("PLN", XC, CLOSED_THERE, _EXCHANGE_CLOSES + " (Good Friday, 24 and 31 December)"),
    Known("CZK", XC, CLOSED_THERE, _EXCHANGE_CLOSES + " (31 December)"),
    Known(
        "HUF",
        "QuantLib",
        CLOSED_HERE,
        "rest days moved by decree, and Christmas Eve since 2026; QuantLib has neither",
        ("Day off", "Christmas Eve"),
    ),
    Known("HUF", XC, CLOSED_THERE, _EXCHANGE_CLOSES + " (31 December)"),
    Known(
        "TRY",
        "QuantLib",
        CLOSED_THERE,
        "a day too many after the feast, and the half day before it",
        days=_days("2025-04-02", "2026-05-26"),
    ),
    Known("TRY", XC, CLOSED_THERE, "the exchange closed after the earthquake of 6 February 2023"),
    Known(
        "MXN",
        "holidays MX",
        CLOSED_HERE,
        "bank holidays: Maundy Thursday, Good Friday, 2 November, 12 December",
        ("Bank holiday",),
    ),
    Known("MXN", XC, CLOSED_HERE, "inauguration: banks close", days=_days("2024-10-01")),
    Known(
        "ZAR",
        "QuantLib",
        CLOSED_HERE,
        "election day, proclaimed; QuantLib leaves it out",
        days=_days("2019-05-08"),
    ),
    Known("ZAR", XC, CLOSED_HERE, "election days and proclaimed days are not in it"),
    Known(
        "KRW",
        "QuantLib",
        CLOSED_HERE,
        "elections, and Constitution Day, a holiday again since 2026: not in QuantLib 1.44",
        ("Presidential Election", "Local Election", "Constitution Day"),
    ),
    Known(
        "KRW",
        XC,
        CLOSED_HERE,
        "elections, and Constitution Day, a holiday again since 2026",
        ("Local Election", "Constitution Day"),
    ),
    Known("KRW", XC, CLOSED_THERE, _EXCHANGE_CLOSES + " (last weekday of the year)"),
    Known(
        "TWD",
        "holidays TW",
        CLOSED_HERE,
        "1 May: banks and exchange close (everybody from 2026 on)",
        ("Labor Day",),
    ),
    Known(
        "TWD",
        "QuantLib",
        CLOSED_THERE,
        "the exchange only settles before the New Year; banks work",
        days=_days("2025-01-23", "2025-01-24", "2026-02-12", "2026-02-13"),
    ),
    Known(
        "TWD",
        "QuantLib",
        CLOSED_HERE,
        "holidays of the law of 2025; not in QuantLib 1.44",
        ("Confucius' Birthday", "Taiwan Restoration", "Constitution Day"),
    ),
    Known(
        "TWD",
        XC,
        CLOSED_THERE,
        "the exchange only settles before the New Year, and closes for typhoons",
    ),
    Known("TWD", XC, CLOSED_HERE, "a moved rest day it leaves out", days=_days("2022-02-04")),
    Known(
        "INR",
        "holidays IN",
        CLOSED_THERE,
        "holidays of Maharashtra on which the exchange works; the banks' list is in no package",
    ),
    Known(
        "INR",
        "holidays IN",
        CLOSED_HERE,
        "exchange and bank holidays that are no public ones (1 April: closing of accounts; polls)",
        ("Bank holiday",),
    ),
    Known("INR", XC, CLOSED_HERE, "currency and clearing holidays on which shares are dealt"),
    Known("INR", XC, CLOSED_THERE, "holidays of the share market of which the source has none"),
    Known(
        "BRL",
        "holidays BR",
        CLOSED_HERE,
        "Carnival and Corpus Christi are bank holidays",
        ("Bank holiday",),
    ),
    Known("BRL", XC, CLOSED_THERE, "holidays of the city of Sao Paulo, 24 and 31 December"),
)
