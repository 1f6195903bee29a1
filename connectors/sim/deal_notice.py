"""How the simulated back office reads a deal: its own parser, sharing nothing with the robot's.

Whatever the robot says wrongly must be seen here, so the amounts, signs and the ledger entry are
checked against each other before anything is booked.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

NOTICE_SIZE_MAX = 64 * 1024
_DECIMAL = re.compile(r"-?[0-9]{1,28}(\.[0-9]{1,28})?", re.ASCII)
_ID = re.compile(r"[^/+#\x00-\x1f\x7f]{1,100}")
_ROUNDING_MAX = Decimal(1)
"""The counter amount may differ from base amount times rate by the rounding of a yen."""


class UnreadableDeal(Exception):
    """A message that is not a sound deal. `message_id` is None where not even that can be read."""

    def __init__(self, reason: str, message_id: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message_id = message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class DealNotice:
    """A deal as the back office read it. `side` is the robot's; the amounts are positive."""

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
        notice = _notice(message_id, payload, event)
        _check_topic(topic, notice)
        _check_amounts(_object(event, "data"), notice)
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
    expected = {
        "specversion": "1.0",
        "type": "fxrobot.deal.captured.v1",
        "datacontenttype": "application/json",
    }
    for name, value in expected.items():
        if event[name] != value:
            raise ValueError(f"{name} is {str(event[name])[:60]!r}, not {value!r}")


def _notice(message_id: str, payload: bytes, event: Mapping[str, object]) -> DealNotice:
    data = _object(event, "data")
    references = _object(data, "venue_refs")
    version = data["version"]
    if type(version) is not int or version < 1:
        raise ValueError(f"version {version!r}")
    deal_id = _text(data, "deal_id")
    if message_id != f"{deal_id}.v{version}" or event["subject"] != deal_id:
        raise ValueError(f"id {message_id!r} does not belong to deal {deal_id!r}")
    return DealNotice(
        message_id=message_id,
        payload_hash=hash_of(payload),
        sequence=int(_text(event, "sequence")),
        deal_id=deal_id,
        version=version,
        exec_id=_text(references, "exec_id"),
        pair=_text(data, "pair"),
        side=_text(data, "side"),
        base_amount=_decimal(data, "base_amount"),
        counter_amount=_decimal(data, "counter_amount"),
        rate=_decimal(data, "rate"),
        trade_date=date.fromisoformat(_text(data, "trade_date")),
        value_date=date.fromisoformat(_text(data, "value_date")),
        counterparty=_text(data, "counterparty"),
        book=_text(data, "book"),
        venue=_text(data, "venue"),
    )


def _check_topic(topic: str, notice: DealNotice) -> None:
    if not topic.endswith(f"/deal/{notice.book}/{notice.deal_id}"):
        raise ValueError(f"deal {notice.deal_id!r} of book {notice.book!r} on topic {topic[:99]!r}")


def _check_amounts(data: Mapping[str, object], notice: DealNotice) -> None:
    """Amounts, rate, side, flows and the ledger entry must tell the same story."""
    base, counter = notice.pair.split("/")
    if (data["base_currency"], data["counter_currency"]) != (base, counter):
        raise ValueError(f"currencies differ from the pair {notice.pair!r}")
    if not (notice.base_amount > 0 and notice.counter_amount > 0 and notice.rate > 0):
        raise ValueError("an amount or the rate is not positive")
    if abs(notice.base_amount * notice.rate - notice.counter_amount) > _ROUNDING_MAX:
        raise ValueError("counter amount is not base amount times rate")
    sign = {"BUY": 1, "SELL": -1}[notice.side]
    expected = {base: sign * notice.base_amount, counter: -sign * notice.counter_amount}
    flows = {
        _text(flow, "currency"): _decimal(flow, "amount")
        for flow in _objects(data, "flows")
        if _text(flow, "value_date") == notice.value_date.isoformat()
    }
    if flows != expected or len(_objects(data, "flows")) != 2:
        raise ValueError("the flows do not follow from side and amounts")
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for posting in _objects(_object(data, "entry"), "postings"):
        key = (_text(posting, "currency"), _text(posting, "value_date"))
        sums[key] += _decimal(posting, "amount")
    if not sums or any(sums.values()):
        raise ValueError("the ledger entry does not balance")


def _object(holder: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = holder[name]
    if not isinstance(value, dict):
        raise ValueError(f"{name} is not an object")
    return value


def _objects(holder: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    value = holder[name]
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise ValueError(f"{name} is not a list of objects")
    return value


def _text(holder: Mapping[str, object], name: str) -> str:
    value = holder[name]
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} is not a text")
    # Escapes may have smuggled in half a surrogate pair, which no database takes.
    return value.encode("utf-8", "backslashreplace").decode("utf-8")


def _decimal(holder: Mapping[str, object], name: str) -> Decimal:
    text = _text(holder, name)
    if not _DECIMAL.fullmatch(text):
        raise ValueError(f"{name} {text[:40]!r} is not a decimal string")
    return Decimal(text)
