"""Benchmarks: which there are, and when each becomes public.

A fixing has two dates: the value date it is *for* and the moment it is *known*. SOFR for Monday is
published on Tuesday; SHIBOR for Monday on Monday. Names are kept apart on purpose: FR007 (median of
the morning's repos), FDR007 (the same among banks), R007 and DR007 (day averages weighted by
volume) are four different numbers.
"""

from __future__ import annotations

import enum
from datetime import date

import msgspec

from robot.basics.daycount import DayCount
from robot.errors import UnknownReference


class FixingKind(enum.StrEnum):
    """What the number is."""

    RATE = "RATE"
    """Percent a year."""
    FX = "FX"
    """Counter units per base unit."""


class FixingIndex(msgspec.Struct, frozen=True, kw_only=True):
    """One benchmark. `currency` of the money, or the pair of an FX fixing.

    `published_days` business days of its own calendar after the value date, at `published_at`
    (HH:MM) in `zone`; empty `published_at` = the source says when. `former`: for value dates before
    that date (the first that fits), at that hour; never earlier than it really was.
    """

    name: str
    kind: FixingKind
    currency: str
    tenor: str
    day_count: DayCount | None
    published_days: int
    published_at: str
    zone: str
    source: str
    former: tuple[tuple[date, str], ...] = ()
    every_days: int = 1
    """Business days from one value date to the next, at most."""

    def published_at_for(self, value_date: date) -> str:
        """The hour at which the value of that day became public, HH:MM in `zone`."""
        for until, hour in self.former:
            if value_date < until:
                return hour
        return self.published_at


_BEIJING, _NEW_YORK = "Asia/Shanghai", "America/New_York"
_FRANKFURT, _LONDON = "Europe/Berlin", "Europe/London"


_Former = tuple[tuple[date, str], ...]
_SHIBOR_FORMER: _Former = ((date(2014, 8, 1), "11:30"),)
_LPR_FORMER: _Former = ((date(2024, 7, 22), "09:30"),)
_MONTH = 23
"""Business days from the 20th to the next, at most."""


def _rate(
    name: str,
    currency: str,
    tenor: str,
    count: DayCount,
    when: tuple[int, str, str],
    source: str,
    former: _Former = (),
    every_days: int = 1,
) -> FixingIndex:
    days, at, zone = when
    return FixingIndex(
        name=name,
        kind=FixingKind.RATE,
        currency=currency,
        tenor=tenor,
        day_count=count,
        published_days=days,
        published_at=at,
        zone=zone,
        source=source,
        former=former,
        every_days=every_days,
    )


def parity_index(pair: str) -> str:
    """How the central parity of a pair is called."""
    return f"PARITY {pair}"


def _parity(pair: str) -> FixingIndex:
    return FixingIndex(
        name=parity_index(pair),
        kind=FixingKind.FX,
        currency=pair,
        tenor="",
        day_count=None,
        published_days=0,
        published_at="09:15",
        zone=_BEIJING,
        source="RMB central parity, CFETS on the PBoC's authority",
    )


def _shibor() -> list[FixingIndex]:
    when = (0, "11:00", _BEIJING)
    source = "CFETS/NIFC, trimmed mean of the panel"
    tenors = ["ON", "1W", "2W", "1M", "3M", "6M", "9M", "1Y"]
    return [
        _rate(f"SHIBOR {t}", "CNY", t, DayCount.ACT_360, when, source, _SHIBOR_FORMER)
        for t in tenors
    ]


def _repo_fixings() -> list[FixingIndex]:
    found = []
    for days, tenor in (("001", "ON"), ("007", "1W"), ("014", "2W")):
        for name, source, at in (
            ("FR", "CFETS repo fixing, all repos 9:00-11:30", "11:30"),
            ("FDR", "CFETS repo fixing, depository institutions 9:00-11:30", "11:30"),
            ("R", "CFETS, volume-weighted day average, all institutions", "18:00"),
            ("DR", "CFETS, volume-weighted day average, depository institutions", "18:00"),
        ):
            when = (0, at, _BEIJING)
            found.append(_rate(name + days, "CNY", tenor, DayCount.ACT_365F, when, source))
    return found


def _others() -> list[FixingIndex]:
    lpr = (0, "09:00", _BEIJING)
    a360, a365 = DayCount.ACT_360, DayCount.ACT_365F
    monthly = "CFETS/NIFC, the 20th of each month"
    return [
        _rate("LPR 1Y", "CNY", "1Y", a360, lpr, monthly, _LPR_FORMER, _MONTH),
        _rate("LPR 5Y", "CNY", "5Y", a360, lpr, monthly, _LPR_FORMER, _MONTH),
        _rate("SOFR", "USD", "ON", a360, (1, "08:00", _NEW_YORK), "Federal Reserve Bank of NY"),
        _rate("EFFR", "USD", "ON", a360, (1, "09:00", _NEW_YORK), "Federal Reserve Bank of NY"),
        _rate("ESTR", "EUR", "ON", a360, (1, "08:00", _FRANKFURT), "European Central Bank"),
        _rate("SONIA", "GBP", "ON", a365, (1, "09:00", _LONDON), "Bank of England"),
        _rate("TONA", "JPY", "ON", a365, (1, "10:00", "Asia/Tokyo"), "Bank of Japan"),
        _rate("CORRA", "CAD", "ON", a365, (1, "09:00", "America/Toronto"), "Bank of Canada"),
        _rate("AONIA", "AUD", "ON", a365, (1, "09:20", "Australia/Sydney"), "RBA cash rate"),
        _rate("SARON", "CHF", "ON", a360, (0, "18:00", "Europe/Zurich"), "SIX, close of day"),
    ]


def _ndf(name: str, pair: str, zone: str, source: str) -> FixingIndex:
    return FixingIndex(
        name=name,
        kind=FixingKind.FX,
        currency=pair,
        tenor="",
        day_count=None,
        published_days=0,
        published_at="",
        zone=zone,
        source=source,
    )


def _ndf_fixings() -> list[FixingIndex]:
    """Names of the ISDA settlement rate options; the parity USD/CNY is CNY01."""
    return [
        _ndf("KRW02", "USD/KRW", "Asia/Seoul", "KFTC18, market average rate"),
        _ndf("TWD03", "USD/TWD", "Asia/Taipei", "TAIFX1, Taipei Forex"),
        _ndf("INR01", "USD/INR", "Asia/Kolkata", "FBIL reference rate"),
        _ndf("BRL09", "USD/BRL", "America/Sao_Paulo", "PTAX, central bank of Brazil"),
        _ndf("CLP10", "USD/CLP", "America/Santiago", "dólar observado, central bank of Chile"),
        _ndf("COP02", "USD/COP", "America/Bogota", "TRM, financial superintendence of Colombia"),
    ]


_PARITIES = ["USD", "EUR", "HKD", "GBP", "AUD", "NZD", "SGD", "CHF", "CAD"]
"""Per one unit; the parity of 100 JPY is turned into one of 1 by whoever reads it."""

INDICES: dict[str, FixingIndex] = {
    index.name: index
    for index in (
        *_shibor(),
        *_repo_fixings(),
        *_others(),
        *_ndf_fixings(),
        *(_parity(f"{code}/CNY") for code in [*_PARITIES, "JPY"]),
    )
}
"""`domain.md` 2.4; hours marked there as unchecked are the publishers' usual ones."""


ALIASES = {"CNY01": "PARITY USD/CNY"}
"""Other names that contracts use: of ISDA's settlement rate options."""


_MARKET_NAMES = {index: alias for alias, index in ALIASES.items()}


def market_name(index: str) -> str:
    """How contracts call a benchmark: ISDA's name of the rate option where it has one."""
    return _MARKET_NAMES.get(index, index)


def fixing_index(name: str) -> FixingIndex:
    """The benchmark of that name; another is refused with those that resemble it."""
    found = INDICES.get(ALIASES.get(name, name))
    if found is None:
        wanted = name.upper().replace(" ", "")
        close = [known for known in INDICES if known.replace(" ", "")[:3] == wanted[:3]]
        hint = f"; did you mean {', '.join(close)}?" if wanted and close else ""
        raise UnknownReference(f"unknown fixing index {name[:20]!r}{hint}")
    return found
