"""The tables of records: their columns, what each means, and its type.

Numbers are scaled whole numbers, so that nothing is lost and every table fits a Parquet file:

    NANOSECONDS  int64  UTC
    PRICE        int64  units of 1e-9: rates, of a swap the points, of a loan percent a year
    SIZE         int64  units of 0.01: amounts of the base currency (of a loan of its own)
    MONEY        int64  units of 0.0001: exact amounts of any currency; results are in the counter
                        currency (of a loan in its own)
    SHARE        int64  units of 1e-6 of the whole
    COUNT        int64
    FLAG         bool
    TEXT         str

`None` = it is not known, or there is none. Sides are ours, as everywhere; a distance is from the
middle of the market to our price in units of PRICE, positive where the price is in our favour.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal

Value = int | str | bool | None
"""One field of a row."""
Columns = dict[str, list[Value]]
"""A table: its columns in order, all of one length."""
Tables = dict[str, Columns]
"""All tables by name."""


class Kind(enum.StrEnum):
    """What a column holds; the unit of its numbers."""

    NANOSECONDS = "ns"
    PRICE = "1e-9"
    SIZE = "0.01"
    MONEY = "0.0001"
    SHARE = "1e-6"
    COUNT = "count"
    FLAG = "flag"
    TEXT = "text"

    @property
    def unit(self) -> Decimal | None:
        """The worth of 1 in a column of such numbers; None where it is no scaled number."""
        return _UNITS.get(self)


_UNITS = {kind: Decimal(str(kind)) for kind in (Kind.PRICE, Kind.SIZE, Kind.MONEY, Kind.SHARE)}
_T, _P, _S, _M = Kind.NANOSECONDS, Kind.PRICE, Kind.SIZE, Kind.MONEY
_N, _F, _X = Kind.COUNT, Kind.FLAG, Kind.TEXT

_WHOSE: Mapping[str, Kind] = {
    "venue": _X,
    "counterparty": _X,
    "tier": _X,
    "product": _X,
    "pair": _X,
}
"""Of a loan the pair is its currency."""

REQUESTS: Mapping[str, Kind] = {
    "at_ns": _T,
    "request_id": _X,  # the venue's own
    "rfq_id": _X,
    **_WHOSE,
    "side": _X,  # BUY, SELL; empty = two-way
    "size": _S,
    "currency": _X,  # dealt currency; empty = the base currency
    "tenor": _X,  # as it was said; of swaps the near leg's
    "value_date": _X,  # where it was asked for by date; of loans their start
    "far_tenor": _X,  # of swaps and loans
    "far_value_date": _X,
    "streaming": _F,
    "quotes": _N,  # prices sent on it
    "first_quote_ns": _T,
    "distance": _P,  # of the first price: of the side asked, of a two-way one the mean of both
    "outcome": _X,  # DEALT, REFUSED, else how its last quote ended: PASSED, EXPIRED ...; OPEN
    "reason": _X,  # REFUSED: the code
    "ended_ns": _T,
    "deals": _N,
    "rivals": _N,  # how many others were asked, where it is known: by the data or the simulation
    "rival_bid": _P,  # the best of the others when our first price came
    "rival_offer": _P,
}
QUOTES: Mapping[str, Kind] = {
    "at_ns": _T,
    "quote_id": _X,
    "request_id": _X,  # empty = streamed unasked
    "rfq_id": _X,
    **_WHOSE,
    "strategy": _X,
    "size": _S,
    "currency": _X,
    "bid": _P,
    "offer": _P,
    "mid": _P,  # in the terms of the price
    "bid_distance": _P,  # mid - bid
    "offer_distance": _P,  # offer - mid
    "pip": _P,
    "first": _F,  # the first price of its request
    "replaces": _X,
    "valid_until_ns": _T,
    "ended_ns": _T,
    "outcome": _X,  # DEALT, EXPIRED, REPLACED, WITHDRAWN, PASSED ...; OPEN at the end of the record
    "deal_id": _X,
}
DEALS: Mapping[str, Kind] = {
    "at_ns": _T,
    "deal_id": _X,
    "version": _N,  # the highest of a deal counts
    "void": _F,  # taken back by the venue
    "amended": _F,
    "as_taker": _F,  # made by an order of ours, as hedges are
    **_WHOSE,
    "strategy": _X,
    "request_id": _X,
    "quote_id": _X,
    "order_id": _X,
    "side": _X,
    "size": _S,
    "price": _P,
    "mid": _P,  # in the terms of the price
    "distance": _P,
    "pip": _P,
    "edge": _M,  # gain against the mid when it was made
    "currency": _X,  # of results
    "base_flow": _M,  # sum of its flows in the base currency, all dates; 0 of a loan
    "counter_flow": _M,  # the same in the counter currency; 0 of a loan
    "spot_mid": _P,  # middle of the spot market then; None for loans
    "spot_only": _F,  # whether all of it is valued at the spot middle
}
FLOWS: Mapping[str, Kind] = {
    "deal_id": _X,
    "version": _N,
    "pair": _X,
    "value_date": _X,
    "base_flow": _M,  # of deals that are not spot: by date; of a loan what it pays
}
MARKOUTS: Mapping[str, Kind] = {
    "deal_id": _X,
    "horizon_s": _N,
    "at_ns": _T,
    "mid": _P,  # middle of the spot market then, 60 s old at most; None = there was none
}
ORDERS: Mapping[str, Kind] = {
    "at_ns": _T,
    "order_id": _X,
    "venue": _X,
    "pair": _X,
    "side": _X,
    "size": _S,
    "currency": _X,
    "order_kind": _X,
    "price": _P,
    "purpose": _X,  # hedge, or who wanted it
    "mid": _P,
    "ended_ns": _T,
    "outcome": _X,  # FILLED, CANCELED, REJECTED, EXPIRED, UNKNOWN_THERE; OPEN
    "filled": _S,
}
ASKS: Mapping[str, Kind] = {
    "at_ns": _T,  # our request left
    "ask_id": _X,
    "game": _X,  # empty = a person's or a rule's
    **_WHOSE,  # the counterparty is the bank that was asked
    "side": _X,  # ours
    "amount": _S,  # of the dealt currency
    "currency": _X,  # dealt currency; empty = the base currency
    "value_date": _X,
    "far_value_date": _X,  # of swaps and loans
    "quotes": _N,  # that came from it
    "first_quote_ns": _T,
    "price": _P,  # the best of them for us that could be dealt on; None = there was none
    "mid": _P,  # of our market when it came, in the terms of the price
    "distance": _P,
    "pip": _P,
    "spot_mid": _P,  # when our request left; None for loans
    "ended_ns": _T,
    "outcome": _X,  # DEALT, ANSWERED, DECLINED, SILENT, REJECTED, UNFIT, NO_MIDDLE, CUT; OPEN
    "ended_as": _X,  # the whole ask: DEALT, NOT_DEALT, WITHDRAWN; OPEN
}
REFUSALS: Mapping[str, Kind] = {
    "at_ns": _T,
    "decided": _X,  # RFQ, REPLACE, HIT, ORDER ...
    "subject": _X,
    **_WHOSE,
    "side": _X,
    "size": _S,
    "reason": _X,
    "refused_by": _X,  # the limit, where one refused
    "detail": _X,
}
ENTRIES: Mapping[str, Kind] = {
    "at_ns": _T,
    "entry_id": _X,
    "deal_id": _X,
    "account": _X,
    "currency": _X,
    "value_date": _X,
    "amount": _M,  # positive = debit
}
POSITIONS: Mapping[str, Kind] = {
    "at_ns": _T,
    "currency": _X,
    "amount": _M,  # net over books and dates, of that currency; positive = long
}
RESULTS: Mapping[str, Kind] = {
    "at_ns": _T,
    "pair": _X,  # of loans: currency and product
    "currency": _X,
    "position": _S,  # net base currency
    "mid": _P,
    "margin": _M,  # since the record began, as the three after it
    "inventory": _M,
    "carry": _M,
    "hedging": _M,
    "total": _M,  # the ledger's result since the record began
}
LIMITS: Mapping[str, Kind] = {
    "at_ns": _T,  # end of a minute in which it moved
    "limit_id": _X,
    "used": _M,
    "reserved": _M,
    "maximum": _M,
    "peak_share": Kind.SHARE,  # the most of it that was used and reserved in that minute
}
MIDS: Mapping[str, Kind] = {"at_ns": _T, "pair": _X, "mid": _P}
MARKS: Mapping[str, Kind] = {
    "at_ns": _T,
    "pair": _X,
    "value_date": _X,  # empty = spot
    "value": _X,  # the middle, or points from spot in price units: exact, as text
}
ABOUT: Mapping[str, Kind] = {"key": _X, "value": _X}
"""Of the record itself: begun_ns, ended_ns, trade_dates, reporting_currency, `rate CAD` (what 1 CAD
was worth in it at the end), entity, book, strategy, seed, code_version, configuration_hash,
trade_date (in force at the end); of what has old prices at the end `mid_age_ms EUR/USD` and
`points_age_ms EUR/USD`, and `without_points EUR/USD`: dates to which points were never known.
"""
ENDINGS: Mapping[str, Kind] = {
    "at_ns": _T,
    "trade_date": _X,
    "pair": _X,
    "result": _X,  # the ledger's of all days, as its own record of the day's end says: exact text
}

TABLES: Mapping[str, Mapping[str, Kind]] = {
    "requests": REQUESTS,
    "quotes": QUOTES,
    "deals": DEALS,
    "flows": FLOWS,
    "markouts": MARKOUTS,
    "orders": ORDERS,
    "asks": ASKS,
    "refusals": REFUSALS,
    "entries": ENTRIES,
    "positions": POSITIONS,
    "results": RESULTS,
    "limits": LIMITS,
    "mids": MIDS,
    "marks": MARKS,
    "endings": ENDINGS,
    "about": ABOUT,
}


def scaled(value: Decimal | None, kind: Kind) -> int | None:
    """A number in the units of a column, halves to even; None stays None."""
    if value is None:
        return None
    unit = kind.unit
    assert unit is not None, f"{kind} is no scaled number"
    return int((value / unit).to_integral_value(ROUND_HALF_EVEN))


def unscaled(value: int, kind: Kind) -> Decimal:
    """The number that a field of a column is."""
    unit = kind.unit
    assert unit is not None, f"{kind} is no scaled number"
    return value * unit


def empty(name: str) -> Columns:
    """A table without rows."""
    return {column: [] for column in TABLES[name]}
