"""How the simulated back office reads a deal: its own parser, sharing nothing with the robot's.

Whatever the robot says wrongly must be seen here, so amounts, rates, dates, signs and the ledger
entry are checked against each other before anything is booked: `deal_checks`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from connectors.sim.deal_checks import check_deal
from connectors.sim.json_fields import Holder, child, children, day, decimal, text

T = TypeVar("T")

NOTICE_SIZE_MAX = 64 * 1024
_CAPTURED, _AMENDED = "fxrobot.deal.captured.v1", "fxrobot.deal.amended.v1"
_CONTRA = "contingent_contra"
_ID = re.compile(r"[^/+#\x00-\x1f\x7f]{1,100}")


class UnreadableDeal(Exception):
    """A message that is not a sound deal. `message_id` is None where not even that can be read."""

    def __init__(self, reason: str, message_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message_id = message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DealNotice:
    """A deal as the back office read it. `side` is the robot's; the amounts are positive.

    Of a swap the first amounts, rate and date are the near leg's. Of a loan `base_amount` is the
    principal and `counter_amount` the repayment. None where the product has none of it.
    """

    message_id: str
    payload_hash: str
    sequence: int
    deal_id: str
    version: int
    exec_id: str
    pair: str
    side: str
    base_amount: Decimal
    counter_amount: Decimal
    rate: Decimal
    trade_date: date
    value_date: date
    counterparty: str
    book: str
    venue: str
    product: str
    dealt_currency: str | None
    spot_rate: Decimal | None
    points: Decimal | None
    far_value_date: date | None
    far_rate: Decimal | None
    far_base_amount: Decimal | None
    far_counter_amount: Decimal | None
    cash_side: str | None
    day_count: str | None
    contract_code: str | None
    interest: Decimal | None
    settlement_currency: str | None
    fixing_index: str | None
    fixing_date: date | None
    not_paid: bool
    """The flows are not paid: an NDF pays its difference to the fixing."""
    op: str
    """NEW; of a later version AMEND, or CANCEL: nothing of the deal is owed any more."""
    replaces: str | None
    """Message id of the version before."""

    @property
    def repayment(self) -> Decimal | None:
        """What a loan pays at maturity."""
        return self.counter_amount if self.cash_side is not None else None


def hash_of(payload: bytes) -> str:
    """SHA-256 of the payload as it arrived, in hexadecimal."""
    return hashlib.sha256(payload).hexdigest()


def parse_deal(topic: str, payload: bytes) -> DealNotice:
    """The deal in a message, or `UnreadableDeal`."""
    event = _event(payload)
    message_id = event.get("id")
    if not isinstance(message_id, str) or not _ID.fullmatch(message_id):
        raise UnreadableDeal("no usable id")
    try:
        message_id.encode("utf-8")
        _check_envelope(event)
        _check_data(event)
        notice = _notice(message_id, payload, event)
        _check_topic(topic, notice)
    except UnicodeEncodeError as error:
        raise UnreadableDeal("no usable id") from error
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        kind = type(error).__name__
        raise UnreadableDeal(f"{kind}: {str(error)[:200]}", message_id) from error
    return notice


def _event(payload: bytes) -> Mapping[str, object]:
    if len(payload) > NOTICE_SIZE_MAX:
        raise UnreadableDeal(f"{len(payload)} bytes, at most {NOTICE_SIZE_MAX} are read")
    try:
        event = json.loads(
            payload.decode("utf-8"), object_pairs_hook=_no_double, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableDeal(f"not plain JSON: {str(error)[:200]}") from error
    if not isinstance(event, dict):
        raise UnreadableDeal("not a JSON object")
    return event


def _no_double(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is no number")


def _check_envelope(event: Mapping[str, object]) -> None:
    if event["type"] not in (_CAPTURED, _AMENDED):
        raise ValueError(f"type is {str(event['type'])[:60]!r}")
    for name, value in {"specversion": "1.0", "datacontenttype": "application/json"}.items():
        if event[name] != value:
            raise ValueError(f"{name} is {str(event[name])[:60]!r}, not {value!r}")


def _check_data(event: Mapping[str, object]) -> None:
    """The deal tells one story; of a later version so do the entries that take the former out and
    itself in.
    """
    data = child(event, "data")
    if event["type"] == _CAPTURED:
        check_deal(data)
        return
    op = text(data, "op")
    if op not in ("CANCEL", "AMEND") or ("entry" in data) != (op == "AMEND"):
        raise ValueError(f"op {op[:20]!r}: AMEND has an entry, CANCEL has none")
    entries = [data["reversal"], *([data["entry"]] if "entry" in data else [])]
    for entry in entries:
        check_deal({**data, "entry": entry})
    if op == "CANCEL":
        _check_mirror(data)


def _check_mirror(data: Holder) -> None:
    """What takes a deal out is the opposite of its flows."""
    owed: defaultdict[tuple[str, date], Decimal] = defaultdict(Decimal)
    for flow in children(data, "flows"):
        owed[text(flow, "currency"), day(flow, "value_date")] += decimal(flow, "amount")
    for posting in children(child(data, "reversal"), "postings"):
        if text(posting, "account") != _CONTRA:
            key = (text(posting, "currency"), day(posting, "value_date"))
            owed[key] += decimal(posting, "amount")
    if any(owed.values()):
        raise ValueError("the reversal is not the mirror of the deal")


def _notice(message_id: str, payload: bytes, event: Holder) -> DealNotice:
    data = child(event, "data")
    references = child(data, "venue_refs")
    version = data["version"]
    if type(version) is not int or version < 1:
        raise ValueError(f"version {version!r}")
    deal_id = text(data, "deal_id")
    later = event["type"] == _AMENDED
    if later != (version > 1):
        raise ValueError(f"version {version} in a message of type {event['type']!r}")
    if later and data["replaces"] != f"{deal_id}.v{version - 1}":
        raise ValueError(f"version {version} replaces {str(data['replaces'])[:60]!r}")
    if message_id != f"{deal_id}.v{version}" or event["subject"] != deal_id:
        raise ValueError(f"id {message_id!r} does not belong to deal {deal_id!r}")
    far_base, far_counter = _far_amounts(data)
    return DealNotice(
        message_id=message_id,
        payload_hash=hash_of(payload),
        sequence=int(text(event, "sequence")),
        deal_id=deal_id,
        version=version,
        exec_id=text(references, "exec_id"),
        pair=text(data, "pair"),
        side=text(data, "side"),
        base_amount=decimal(data, "base_amount"),
        counter_amount=decimal(data, "counter_amount"),
        rate=decimal(data, "rate"),
        trade_date=day(data, "trade_date"),
        value_date=day(data, "value_date"),
        counterparty=text(data, "counterparty"),
        book=text(data, "book"),
        venue=text(data, "venue"),
        product=text(data, "product"),
        dealt_currency=_perhaps(text, data, "dealt_currency"),
        spot_rate=_perhaps(decimal, data, "spot_rate"),
        points=_perhaps(decimal, data, "points"),
        far_value_date=_perhaps(day, data, "far_value_date"),
        far_rate=_perhaps(decimal, data, "far_rate"),
        far_base_amount=far_base,
        far_counter_amount=far_counter,
        cash_side=_perhaps(text, data, "cash_side"),
        day_count=_perhaps(text, data, "day_count"),
        contract_code=_perhaps(text, data, "contract_code"),
        interest=_perhaps(decimal, data, "interest"),
        settlement_currency=_perhaps(text, data, "settlement_currency"),
        fixing_index=_perhaps(text, data, "fixing_index"),
        fixing_date=_perhaps(day, data, "fixing_date"),
        not_paid="notional" in data,
        op=text(data, "op") if later else "NEW",
        replaces=text(data, "replaces") if later else None,
    )


def _perhaps(read: Callable[[Holder, str], T], data: Holder, name: str) -> T | None:
    return read(data, name) if name in data else None


def _far_amounts(data: Holder) -> tuple[Decimal | None, Decimal | None]:
    """Of a swap, the amounts of its second leg."""
    if "far_rate" not in data:
        return None, None
    flows = children(children(data, "legs")[1], "flows")
    base, counter = (abs(decimal(flow, "amount")) for flow in flows)
    return base, counter


def _check_topic(topic: str, notice: DealNotice) -> None:
    if not topic.endswith(f"/deal/{notice.book}/{notice.deal_id}"):
        raise ValueError(f"deal {notice.deal_id!r} of book {notice.book!r} on topic {topic[:99]!r}")
