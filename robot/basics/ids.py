"""Identifiers, each its own type, and the makers of ours.

Ours are deterministic: letter, trade date, running number of that date. The number lives in the
core's state, so a restart continues and never re-uses one; see `RobotState.leave_out_ids` for those
that are sent before they are on the disk.
"""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import NewType

VenueId = NewType("VenueId", str)
CounterpartyId = NewType("CounterpartyId", str)
BookId = NewType("BookId", str)
RfqId = NewType("RfqId", str)
"""QuoteReqID (131) as the venue wrote it, plus `#n` for the n-th further entry of one request."""
QuoteId = NewType("QuoteId", str)
"""QuoteID (117), ours."""
HitId = NewType("HitId", str)
"""ClOrdID (11) of the counterparty's hit, else its QuoteRespID (693)."""
ExecId = NewType("ExecId", str)
"""ExecID (17), ours as maker."""
DealId = NewType("DealId", str)
LimitId = NewType("LimitId", str)


def numbered(letter: str, trade_date: date, number: int) -> str:
    """`Q20140502-000017` from `Q`, the date and 17."""
    return f"{_dated(letter, trade_date)}{number:06d}"


@functools.lru_cache(maxsize=64)
def _dated(letter: str, trade_date: date) -> str:
    return f"{letter}{trade_date:%Y%m%d}-"


_NUMBERED = re.compile(r"([A-Z])\d{8}-\d{6,12}", re.ASCII)


def letter_of(identifier: str) -> str:
    """The letter of one of our own ids; empty for what has another form."""
    found = _NUMBERED.fullmatch(identifier)
    return found[1] if found else ""
