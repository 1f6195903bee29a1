"""What each shipped calendar is made of: which package leads, how far it is official, what is
corrected.

`leading` views together are the calendar; `others` are only compared. A correction is a day that a
person has looked at: what it is, and why the leading package is not followed.
"""

from __future__ import annotations

from datetime import date

import msgspec

from connectors.calendars.packages import View
from robot.basics.holidays import SATURDAY_AND_SUNDAY, CalendarId, WeekPattern

BY_LAW = date(2030, 12, 31)
"""How far a calendar that follows from standing law is written; nothing has to be announced."""
ANNOUNCED_2027 = date(2027, 12, 31)
ANNOUNCED_2026 = date(2026, 12, 31)
PROVISIONAL_UNTIL = date(2032, 12, 31)
FIRST = date(2005, 1, 1)
FIRST_CHECKED = date(2019, 1, 1)
"""Where the packages' older years are incomplete."""

LAW = "standing law: nothing is announced year by year"
FRIDAY_AND_SATURDAY = (4, 5)


class Correction(msgspec.Struct, frozen=True):
    """A day on which the leading package is not followed."""

    day: date
    is_open: bool
    name: str
    why: str


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How one calendar is made."""

    id: CalendarId
    about: str
    basis: str = LAW
    first: date = FIRST
    last: date = BY_LAW
    leading: tuple[View, ...]
    others: tuple[View, ...] = ()
    extension: tuple[View, ...] = ()
    """Where the provisional days come from; empty = from the leading views."""
    corrections: tuple[Correction, ...] = ()
    weeks: tuple[WeekPattern, ...] = (WeekPattern(date.min, SATURDAY_AND_SUNDAY),)
    works_make_up_days: bool = False
    china: bool = False
    """Whether the extension follows the State Council's usual pattern of long holidays."""


def ql(name: str, market: str = "") -> View:
    """A calendar of QuantLib."""
    return View("QuantLib", name, market)


def hol(name: str, market: str = "", *categories: str) -> View:
    """A country of `holidays`."""
    return View("holidays", name, market, categories or ("public",))


def xc(name: str) -> View:
    """An exchange of `exchange_calendars`: of the same country, and not its banks."""
    return View("exchange_calendars", name)


def _recipe(name: str, about: str, leading: tuple[View, ...], *others: View) -> Recipe:
    return Recipe(id=CalendarId(name), about=about, leading=leading, others=others)


def _with(recipe: Recipe, **changes: object) -> Recipe:
    return msgspec.structs.replace(recipe, **changes)


_STATE_COUNCIL = "notice of the State Council, each November for the next year"
_CHINA = View("chinesecalendar", "China")

RECIPES: tuple[Recipe, ...] = (
    _recipe(
        "USD",
        "United States: Federal Reserve (Fedwire)",
        (ql("UnitedStates", "FederalReserve"),),
        hol("US"),
        xc("XNYS"),
    ),
    _recipe("EUR", "Euro area: TARGET", (ql("TARGET"),), hol("XECB")),
    _with(
        _recipe("GBP", "England and Wales: bank holidays", (ql("UnitedKingdom"),)),
        others=(hol("GB", "ENG"), xc("XLON")),
        last=ANNOUNCED_2027,
        basis="bank holidays, with proclamations for single days; the government lists two years",
    ),
    _with(
        _recipe("JPY", "Japan: banks (with 31 December to 3 January)", (ql("Japan"),)),
        others=(hol("JP", "", "public", "bank"), xc("XTKS")),
        last=ANNOUNCED_2027,
        basis="national holidays; the equinox days are announced each February for the next year",
    ),
    _recipe("CHF", "Switzerland: Zurich, SIC", (ql("Switzerland"),), hol("CH", "ZH"), xc("XSWX")),
    _with(
        _recipe("CAD", "Canada: Toronto banks", (ql("Canada"),)),
        others=(hol("CA", "ON", "public", "optional", "government"), xc("XTSE")),
    ),
    _with(
        _recipe("AUD", "Australia: Sydney banks", (ql("Australia", "Settlement"),)),
        others=(hol("AU", "NSW", "public", "bank"), xc("XASX")),
        last=ANNOUNCED_2027,
        basis="public holidays of New South Wales; single days are added by declaration",
        corrections=(
            Correction(
                date(2026, 4, 27),
                False,
                "ANZAC Day (additional day)",
                "New South Wales declared the Monday for 2026 and 2027; `holidays` has it",
            ),
            Correction(
                date(2027, 4, 26),
                False,
                "ANZAC Day (additional day)",
                "New South Wales declared the Monday for 2026 and 2027; `holidays` has it",
            ),
        ),
    ),
    _recipe(
        "NZD",
        "New Zealand: Wellington and Auckland banks",
        (ql("NewZealand", "Wellington"), ql("NewZealand", "Auckland")),
        hol("NZ"),
        xc("XNZE"),
    ),
    _with(
        _recipe("HKD", "Hong Kong: general holidays", (hol("HK", "", "public", "optional"),)),
        others=(ql("HongKong"), xc("XHKG")),
        last=ANNOUNCED_2027,
        basis="general holidays, gazetted each spring for the next year",
        corrections=(
            Correction(
                date(2023, 10, 3),
                True,
                "no holiday",
                "the day after the Mid-Autumn Festival was Saturday 30 September; "
                "QuantLib and exchange_calendars are open",
            ),
        ),
    ),
    _with(
        _recipe("SGD", "Singapore: public holidays", (hol("SG"),)),
        others=(ql("Singapore"), xc("XSES")),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2027,
        basis="notice of the Ministry of Manpower, each spring for the next year",
    ),
    _with(
        _recipe("CNY", "China, foreign exchange: no holiday, no weekend is worked", (_CHINA,)),
        others=(ql("China", "SSE"), hol("CN"), xc("XSHG")),
        last=ANNOUNCED_2026,
        basis=_STATE_COUNCIL,
        china=True,
    ),
    _with(
        _recipe("CNYMM", "China, money market: works the make-up weekends", (_CHINA,)),
        others=(ql("China", "IB"),),
        last=ANNOUNCED_2026,
        basis=_STATE_COUNCIL,
        works_make_up_days=True,
        china=True,
    ),
    _recipe("SEK", "Sweden: RIX", (ql("Sweden"),), hol("SE"), xc("XSTO")),
    _recipe("NOK", "Norway: banks", (ql("Norway"),), hol("NO"), xc("XOSL")),
    _recipe("DKK", "Denmark: banks", (ql("Denmark"),), hol("DK"), xc("XCSE")),
    _with(
        _recipe("PLN", "Poland: public holidays", (hol("PL"),), ql("Poland"), xc("XWAR")),
        first=FIRST_CHECKED,
    ),
    _with(
        _recipe("CZK", "Czechia: public holidays", (hol("CZ"),), ql("CzechRepublic"), xc("XPRA")),
        first=FIRST_CHECKED,
    ),
    _with(
        _recipe("HUF", "Hungary: with the decreed rest days", (hol("HU"),), ql("Hungary")),
        others=(ql("Hungary"), xc("XBUD")),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2026,
        basis="public holidays, and a decree each year that moves rest days",
    ),
    _with(
        _recipe("TRY", "Turkey: public holidays", (hol("TR"),), ql("Turkey"), xc("XIST")),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2026,
        basis="public holidays; the religious ones by the moon (the packages disagree for 2027)",
    ),
    _recipe("MXN", "Mexico: banks", (ql("Mexico"),), hol("MX"), xc("XMEX")),
    _with(
        _recipe(
            "ZAR", "South Africa: public holidays", (hol("ZA"),), ql("SouthAfrica"), xc("XJSE")
        ),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2027,
        basis="public holidays; election days are proclaimed",
    ),
    _with(
        _recipe("KRW", "Korea: Seoul banks", (hol("KR", "", "public", "bank"),)),
        others=(ql("SouthKorea", "Settlement"), xc("XKRX")),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2026,
        basis="public holidays; alternative and temporary days by decree",
    ),
    _with(
        _recipe("TWD", "Taiwan: Taipei banks", (hol("TW", "", "public"),)),
        others=(ql("Taiwan"), xc("XTAI")),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2026,
        basis="government work calendar, each summer for the next year; 1 May is a bank holiday",
        corrections=tuple(
            Correction(day, False, "Labor Day", "a holiday of the banks before it was everybody's")
            for day in (
                date(2019, 5, 1),
                date(2020, 5, 1),
                date(2021, 4, 30),
                date(2022, 5, 2),
                date(2023, 5, 1),
                date(2024, 5, 1),
                date(2025, 5, 1),
            )
        ),
    ),
    _with(
        _recipe("INR", "India: Mumbai, by the National Stock Exchange", (ql("India"),)),
        others=(hol("IN", "MH"), xc("XBOM")),
        extension=(hol("IN", "MH"),),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2026,
        basis="exchange holidays stand in for the banks': the Reserve Bank's list is in no package",
    ),
    _recipe("BRL", "Brazil: banks", (ql("Brazil", "Settlement"),), hol("BR"), xc("BVMF")),
    _with(
        _recipe("AED", "United Arab Emirates: public holidays", (hol("AE"),)),
        first=FIRST_CHECKED,
        last=ANNOUNCED_2026,
        basis="announced by the Cabinet; the religious days by the moon",
        weeks=(
            WeekPattern(date.min, FRIDAY_AND_SATURDAY),
            WeekPattern(date(2022, 1, 1), SATURDAY_AND_SUNDAY),
        ),
    ),
)
RECIPE: dict[CalendarId, Recipe] = {recipe.id: recipe for recipe in RECIPES}
