"""The drop copy session: what the venue tells a second time, read only, for reconciliation.

Every report on an order or a take (8) is copied with 797=Y, every deal of a client as an AE. Copies
may come late, not at all or with another price, as `--drop-copy-mischief` says; chance comes from
the seed and the number of the copy.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import NamedTuple

from connectors.sim.desks import Desk
from connectors.sim.dialects.fields import Fields
from connectors.sim.dialects.fix44 import Fix44
from connectors.sim.link import DEALING, DROP_COPY, Send, SessionKey
from connectors.sim.log import Log
from connectors.sim.makers.rows import MakerDeal
from connectors.sim.model import NS_PER_SECOND, Moment, text_of
from connectors.sim.options import OptionError, shares_of
from connectors.sim.rows import CopyRow, Fill
from connectors.sim.tables import Row
from connectors.sim.wire import SOH, Incoming

_OFF = Decimal("0.0001")  # of the price, in a copy that tells another one
_LATE_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class CopyMischief:
    """How copies go wrong: seconds of the venue's time by which some are late, and shares."""

    late_s: float = 0.0
    lose: float = 0.0
    price: float = 0.0


NO_COPY_MISCHIEF = CopyMischief()


def parse_copy_mischief(text: str) -> CopyMischief:
    """`late=60s,lose=0.1,price=0.05`."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    late = [part for part in parts if part.startswith("late=")]
    try:
        late_s = float(late[-1][5:].removesuffix("s")) if late else 0.0
    except ValueError:
        raise OptionError(
            f"--drop-copy-mischief {late[-1]!r}: write seconds, as late=60s"
        ) from None
    rest = ",".join(part for part in parts if part not in late)
    shares = shares_of("--drop-copy-mischief", rest, ("lose", "price"))
    return CopyMischief(late_s, shares.get("lose", 0.0), shares.get("price", 0.0))


class _Copy(NamedTuple):
    at_ns: int
    number: int
    key: SessionKey
    message: str
    body: str
    row: CopyRow


class DropCopy(Desk):
    """Copies of all venues. `on_sent` hears what is delivered, `on_row` what is filed."""

    def __init__(
        self,
        mischief: CopyMischief,
        log: Log,
        deliver: Send,
        dialects: Mapping[str, Fix44],
        seed: str,
    ) -> None:
        self._mischief = mischief
        self._log = log
        self._deliver = deliver
        self._dialects = dialects
        self._seed = seed
        self._heard: list[tuple[str, str, str]] = []
        self._seen: set[tuple[str, str]] = set()
        self._due: list[_Copy] = []

    def on_sent(self, key: SessionKey, message: str, body: str) -> None:
        """Something was delivered: a report is copied."""
        if key.role == DEALING and message == "8":
            self._heard.append((key.venue, message, f"797=Y{SOH}{body}"))

    def on_row(self, row: Row) -> None:
        """A row was filed: a client's deal is copied as AE, once."""
        if isinstance(row, MakerDeal) or not isinstance(row, Fill):
            return
        if (row.venue, row.exec_id) in self._seen:
            return
        self._seen.add((row.venue, row.exec_id))
        head: Fields = [
            (571, f"DC-{row.exec_id}"),
            (487, "0"),
            (150, "F"),
            (325, "Y"),
            (17, row.exec_id),
        ]
        self._heard.append((row.venue, "AE", self._dialects[row.venue].trade_body(row, head)))

    def tell(self, now: Moment) -> None:
        heard, self._heard = self._heard, []
        for venue, message, body in heard:
            self._plan(venue, message, body, now)
        self._send_due(now)

    def _plan(self, venue: str, message: str, body: str, now: Moment) -> None:
        number = self._log.next_number(CopyRow)
        chance = Random(f"{self._seed}/copy/{number}")
        lost, other, late = (chance.random() for _ in range(3))
        read = Incoming(body)
        row = CopyRow(
            copy_no=number,
            venue=venue,
            message=message,
            exec_id=read.get(17) or "",
            report=read.get(150) or "",
            made_at_ns=now.at_ns,
        )
        at_ns = now.at_ns
        if lost < self._mischief.lose:
            row.mischief = "lost"
            self._log.put(row)
            return
        price = read.number(31)
        if price is not None and other < self._mischief.price:
            row.mischief, row.told_price = "price", price * (1 + _OFF)
            body = f"{SOH}{body}".replace(
                f"{SOH}31={read.get(31)}{SOH}", f"{SOH}31={text_of(row.told_price)}{SOH}"
            )[1:]
        elif self._mischief.late_s and late < _LATE_SHARE:
            row.mischief, at_ns = "late", at_ns + int(self._mischief.late_s * NS_PER_SECOND)
        copy = _Copy(at_ns, number, SessionKey(venue, DROP_COPY), message, body, row)
        heapq.heappush(self._due, copy)

    def act(self, now: Moment) -> bool:
        self._send_due(now)
        return False

    def _send_due(self, now: Moment) -> None:
        while self._due and self._due[0].at_ns <= now.at_ns:
            copy = heapq.heappop(self._due)
            copy.row.sent_at_ns = now.at_ns
            self._log.statistics.drop_copies += 1
            self._log.put(copy.row)
            self._deliver(copy.key, copy.message, copy.body)

    def next_due_ns(self) -> int | None:
        return self._due[0].at_ns if self._due else None

    def finish(self, now: Moment) -> None:
        """Copies that are late still come: the run has ended, not the venue."""
        self.tell(now)
        self._send_due(Moment(2**62, now.wall_ns))
