"""Which column of a file is which of ours: by usual names, or as told.

Names are compared without case and with every other sign as `_`. A name that is told and not there,
or that we do not know, is answered with the nearest one.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backtest.data.catalogue import DataError
from backtest.data.columns import Kind

_SIDES = {"bid": ("bid",), "offer": ("offer", "ask"), "mid": ("mid",)}
_OHLC = {"open": "o", "high": "h", "low": "l", "close": "c"}
_AT = (
    "at at_utc ts ts_utc time timestamp time_utc timestamp_utc datetime date_time gmt_time "
    "utc_time utc local_time event_time at_ns ts_event date_utc date day"
)

_QUOTES = {
    "at": _AT,
    "bid": "bid bid_price bidprice bid_px bidpx best_bid bid_rate",
    "offer": (
        "offer ask offer_price ask_price offerprice askprice offer_px ask_px offerpx askpx "
        "best_offer best_ask offer_rate ask_rate"
    ),
    "bid_size": "bid_size bidsize bid_volume bidvolume bid_qty bid_quantity bid_amount bid_vol",
    "offer_size": (
        "offer_size ask_size asksize ask_volume askvolume ask_qty ask_quantity ask_amount ask_vol "
        "offer_volume offer_qty"
    ),
    "pair": "pair symbol instrument currency_pair ccy_pair ticker",
    "venue": "venue provider lp exchange ecn liquidity_provider",
}
_BARS = {
    "at": _AT,
    **{
        f"{side}_{name}": " ".join(
            form
            for word in words
            for form in (f"{word}_{name}", f"{name}_{word}", f"{word}{name}", f"{word}_{short}")
        )
        for side, words in _SIDES.items()
        for name, short in _OHLC.items()
    },
    **{name: f"{name} {short} {name}_price" for name, short in _OHLC.items()},
    "volume": "volume vol tick_volume tickvolume ticks",
    "period": "period bar_period timeframe",
    "pair": _QUOTES["pair"],
    "venue": _QUOTES["venue"],
}
_REQUESTS = {
    "at": _AT,
    "request_id": "request_id rfq_id id request quote_req_id quotereqid rfq",
    "counterparty": "counterparty client customer party account client_id",
    "tier": "tier client_tier segment",
    "product": "product type instrument_type",
    "pair": _QUOTES["pair"],
    "venue": _QUOTES["venue"],
    "side": "side direction buy_sell client_side our_side",
    "amount": "amount size quantity qty dealt_amount volume nominal",
    "currency": "currency dealt_currency ccy size_currency",
    "tenor": "tenor settl_type near_tenor",
    "value_date": "value_date near_date",
    "far_tenor": "far_tenor",
    "far_value_date": "far_value_date far_date",
    "far_amount": "far_amount far_size",
    "outcome": "outcome result status state",
    "reason": "reason reject_reason text",
    "bid": "bid our_bid quoted_bid",
    "offer": "offer ask our_offer our_ask quoted_offer quoted_ask",
    "price": "price our_price quoted_price rate our_rate dealt_price",
    "ended": "ended ended_at answered answered_at end_time",
    "rivals": "rivals competitors dealers_asked others_asked",
    "rival_bid": "rival_bid best_other_bid cover_bid",
    "rival_offer": "rival_offer best_other_offer best_other_ask rival_ask cover_offer cover_ask",
}
_FIXINGS = {
    "value_date": "value_date",
    "index": "index",
    "value": "value",
    "published_utc": "published_utc published_at published",
}
_CURVES = {name: name for name in ("kind", "name", "tenor", "bid", "offer", "at_utc", "factor")}

KNOWN: dict[Kind, dict[str, str]] = {
    Kind.QUOTES: _QUOTES,
    Kind.BARS: _BARS,
    Kind.REQUESTS: _REQUESTS,
    Kind.FIXINGS: _FIXINGS,
    Kind.CURVES: _CURVES,
}
"""Our name -> the usual names of it."""


def plain(name: str) -> str:
    """A name as it is compared."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def kind_of(header: Sequence[str]) -> Kind | None:
    """What a file with these columns holds, as far as they tell."""
    names = {plain(name) for name in header}
    if {"kind", "tenor", "at_utc"} <= names:
        return Kind.CURVES
    if {"index", "value_date", "value"} <= names:
        return Kind.FIXINGS
    has = {ours for ours, usual in _BARS.items() if names & set(usual.split())}
    if {"close", "bid_close", "offer_close", "mid_close"} & has:
        return Kind.BARS
    if names & set(_REQUESTS["counterparty"].split()):
        return Kind.REQUESTS
    has = {ours for ours, usual in _QUOTES.items() if names & set(usual.split())}
    return Kind.QUOTES if {"bid", "offer"} & has else None


@dataclass(frozen=True, slots=True)
class Layout:
    """Our column -> the file's columns; more than one are joined by a blank (date and time)."""

    columns: Mapping[str, tuple[str, ...]]
    unused: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Whether the file has this column of ours."""
        return name in self.columns

    @property
    def said(self) -> dict[str, str]:
        """For the catalogue."""
        return {ours: "+".join(theirs) for ours, theirs in self.columns.items()}


def parse_columns(
    text: str, option: str = "--columns", example: str = "at=Time,bid=Bid"
) -> dict[str, str]:
    """`at=Time,bid=Bid` as a mapping."""
    found: dict[str, str] = {}
    for item in filter(None, (part.strip() for part in text.split(","))):
        ours, equals, theirs = item.partition("=")
        if not equals or not ours.strip() or not theirs.strip():
            raise DataError(f"{option} {item!r}: write OURS=THEIRS, as {example}")
        if ours.strip() in found:
            raise DataError(f"{option}: {ours.strip()} is given twice")
        found[ours.strip()] = theirs.strip()
    return found


def layout_of(where: str, kind: Kind, header: Sequence[str], told: Mapping[str, str]) -> Layout:
    """Where each of our columns is. `where` begins the text of an error."""
    known = KNOWN[kind]
    for ours in told:
        if ours not in known:
            raise DataError(
                f"--columns {ours}=...: {kind} have no {ours!r}{_near(ours, known)} "
                f"(they have {', '.join(known)})"
            )
    columns = {ours: _told(where, ours, theirs, header) for ours, theirs in told.items()}
    if kind is not Kind.FIXINGS:
        _refuse_shared(where, columns)
    taken = {name for names in columns.values() for name in names}
    by_plain = {plain(name): name for name in header if name not in taken}
    if "at" in known and "at" not in columns and {"date", "time"} <= set(by_plain):
        columns["at"] = (by_plain.pop("date"), by_plain.pop("time"))
    for ours, usual in known.items():
        found = (
            []
            if ours in columns
            else [by_plain[name] for name in usual.split() if name in by_plain]
        )
        if found:
            columns[ours] = (found[0],)
            by_plain = {name: theirs for name, theirs in by_plain.items() if theirs != found[0]}
    _require(where, kind, header, columns)
    return Layout(columns, tuple(name for name in by_plain.values() if not name.startswith("_")))


_DATES = {"at", "value_date", "far_value_date", "ended"}
"""Of these several may be told from one column."""


def _refuse_shared(where: str, columns: Mapping[str, tuple[str, ...]]) -> None:
    """One column of the file as two of ours is a slip: bid=Price,offer=Price."""
    owner: dict[str, str] = {}
    for ours, theirs in columns.items():
        for name in theirs:
            first = owner.setdefault(name, ours)
            if first != ours and not {first, ours} & _DATES:
                raise DataError(
                    f"{where}: --columns {first}={name},{ours}={name}: one column cannot be "
                    "both; nothing was imported"
                )


def _told(where: str, ours: str, theirs: str, header: Sequence[str]) -> tuple[str, ...]:
    names = tuple(part.strip() for part in theirs.split("+"))
    found = []
    for name in names:
        if name.isdigit() and name not in header and 0 < int(name) <= len(header):
            name = header[int(name) - 1]
        if name not in header:
            raise DataError(
                f"{where}: --columns {ours}={theirs}: no column {name!r}{_near(name, header)} "
                f"(there are {_listed(header)})"
            )
        found.append(name)
    return tuple(found)


_REQUIRED: dict[Kind, tuple[tuple[str, ...], ...]] = {
    Kind.QUOTES: (("at",), ("bid", "offer")),
    Kind.BARS: (("at",), ("close", "bid_close", "offer_close", "mid_close")),
    Kind.REQUESTS: (("at",), ("counterparty",), ("side",), ("amount",)),
    Kind.FIXINGS: (("value_date",), ("index",), ("value",)),
    Kind.CURVES: tuple((name,) for name in ("kind", "name", "tenor", "bid", "offer", "at_utc")),
}
"""Of each group at least one."""


def _require(
    where: str, kind: Kind, header: Sequence[str], columns: Mapping[str, tuple[str, ...]]
) -> None:
    missing = [group for group in _REQUIRED[kind] if not any(name in columns for name in group)]
    if missing:
        names = ", ".join(" or ".join(group) for group in missing)
        raise DataError(
            f"{where}: missing column {names} for {kind} (there are {_listed(header)})"
            f"{_missing_hint(kind, missing[0], header, columns)}; nothing was imported"
        )


def _missing_hint(
    kind: Kind,
    group: tuple[str, ...],
    header: Sequence[str],
    columns: Mapping[str, tuple[str, ...]],
) -> str:
    """What to say on the command line, as far as the names tell."""
    taken = {name for names in columns.values() for name in names}
    free = [name for name in header if name not in taken]
    if kind is Kind.FIXINGS:
        day = next((name for name in free if plain(name) == "date"), None)
        if group[0] == "value_date" and day is not None and "value" in columns:
            return f"; --columns value_date={day} if that is the day that the rate is for"
        return (
            "; other names are told by --columns OURS=THEIRS, a column for each benchmark by "
            '--columns "value_date=DATE,SHIBOR ON=ON"'
        )
    usual = [name for ours in group for name in KNOWN[kind][ours].split()]
    near = next((n for n in free if difflib.get_close_matches(plain(n), usual, n=1)), None)
    return f"; did you mean --columns {group[0]}={near}?" if near else ""


def _near(name: str, among: Sequence[str] | Mapping[str, str]) -> str:
    folded = {plain(one): one for one in among}
    near = difflib.get_close_matches(plain(name), folded, n=1)
    return f"; did you mean {folded[near[0]]!r}?" if near else ""


def _listed(header: Sequence[str]) -> str:
    names = [name[:30] for name in header]
    return ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
