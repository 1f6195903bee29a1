"""The simulated back office's own database (SQLite), and the typed reader of it.

Booking is idempotent by message id. A second message with the same id and other bytes is kept in
`conflicts` and changes nothing. Everything of one batch is one transaction, synced before the robot
or the broker hears of it.
"""

from __future__ import annotations

import enum
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import assert_never

from connectors.sim.deal_notice import DealNotice, UnreadableDeal, hash_of, parse_deal

_TABLES = """
CREATE TABLE IF NOT EXISTS deals (
    message_id TEXT PRIMARY KEY,
    payload_hash TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    deal_id TEXT NOT NULL,
    version INTEGER NOT NULL,
    exec_id TEXT NOT NULL,
    pair TEXT NOT NULL,
    side TEXT NOT NULL,
    base_amount TEXT NOT NULL,
    counter_amount TEXT NOT NULL,
    rate TEXT NOT NULL,
    trade_date TEXT NOT NULL,
    value_date TEXT NOT NULL,
    counterparty TEXT NOT NULL,
    book TEXT NOT NULL,
    venue TEXT NOT NULL,
    received_count INTEGER NOT NULL,
    first_received_at_ns INTEGER NOT NULL,
    last_received_at_ns INTEGER NOT NULL,
    acks_sent INTEGER NOT NULL,
    product TEXT NOT NULL DEFAULT 'SPOT',
    dealt_currency TEXT,
    spot_rate TEXT,
    points TEXT,
    far_value_date TEXT,
    far_rate TEXT,
    far_base_amount TEXT,
    far_counter_amount TEXT,
    cash_side TEXT,
    day_count TEXT,
    contract_code TEXT,
    interest TEXT,
    repayment TEXT,
    settlement_currency TEXT,
    fixing_index TEXT,
    fixing_date TEXT,
    not_paid INTEGER NOT NULL DEFAULT 0,
    op TEXT NOT NULL DEFAULT 'NEW',
    replaces TEXT
);
CREATE INDEX IF NOT EXISTS deals_unanswered ON deals (acks_sent) WHERE acks_sent = 0;
CREATE TABLE IF NOT EXISTS conflicts (
    message_id TEXT NOT NULL,
    payload_hash TEXT NOT NULL,
    payload BLOB NOT NULL,
    received_count INTEGER NOT NULL,
    first_received_at_ns INTEGER NOT NULL,
    PRIMARY KEY (message_id, payload_hash)
);
CREATE TABLE IF NOT EXISTS refused (
    payload_hash TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    reason TEXT NOT NULL,
    payload BLOB NOT NULL,
    received_count INTEGER NOT NULL,
    first_received_at_ns INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS runs (
    run INTEGER PRIMARY KEY,
    started_at_ns INTEGER NOT NULL
);
"""

_OF_NOTICE = tuple(field.name for field in fields(DealNotice))
_BOOKED = (
    *_OF_NOTICE,
    "repayment",
    "received_count",
    "first_received_at_ns",
    "last_received_at_ns",
    "acks_sent",
)
_BOOK = f"INSERT INTO deals ({', '.join(_BOOKED)}) VALUES ({', '.join('?' * len(_BOOKED))})"
_DECLARED = {
    "product": "TEXT NOT NULL DEFAULT 'SPOT'",
    "not_paid": "INTEGER NOT NULL DEFAULT 0",
    "op": "TEXT NOT NULL DEFAULT 'NEW'",
}
_COUNT_AGAIN = """
UPDATE deals SET received_count = received_count + 1, last_received_at_ns = ? WHERE message_id = ?
"""
_COUNT_CONFLICT = """
INSERT INTO conflicts VALUES (?, ?, ?, 1, ?)
ON CONFLICT DO UPDATE SET received_count = received_count + 1
"""
_COUNT_REFUSED = """
INSERT INTO refused VALUES (?, ?, ?, ?, 1, ?)
ON CONFLICT DO UPDATE SET received_count = received_count + 1
"""
_TOTALS = """
SELECT (SELECT count(*) FROM deals),
       (SELECT ifnull(sum(received_count), 0) FROM deals),
       (SELECT ifnull(sum(acks_sent), 0) FROM deals),
       (SELECT ifnull(sum(received_count), 0) FROM conflicts),
       (SELECT ifnull(sum(received_count), 0) FROM refused),
       (SELECT count(*) FROM runs)
"""
_READ = """
SELECT message_id, payload_hash, deal_id, exec_id, pair, side, base_amount, rate, counter_amount,
       value_date, counterparty, received_count, product, far_value_date, far_rate,
       far_base_amount, far_counter_amount, cash_side, interest, settlement_currency, fixing_date,
       not_paid, version, op
FROM deals {where} ORDER BY sequence, message_id
"""
_STANDING = """
WHERE op != 'CANCEL' AND NOT EXISTS (
    SELECT 1 FROM deals AS later
    WHERE later.deal_id = deals.deal_id AND later.version > deals.version
)
"""


class Receipt(enum.StrEnum):
    """What became of a received message."""

    BOOKED = "BOOKED"
    REDELIVERED = "REDELIVERED"
    CONFLICT = "CONFLICT"
    REFUSED = "REFUSED"


@dataclass(frozen=True, slots=True)
class Answer:
    """What to tell the robot: `payload_hash` is of what the back office holds or refused."""

    message_id: str
    payload_hash: str
    status: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Received:
    """A message dealt with. `answer` is None when not even its id could be read."""

    receipt: Receipt
    answer: Answer | None


@dataclass(slots=True, kw_only=True)
class BookCounts:
    """Totals over the life of the database."""

    booked: int
    received: int
    redelivered: int
    conflicts: int
    refused: int
    acks_sent: int
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A booked deal. `side` is the robot's; the amounts are positive.

    Of a swap the first amounts, rate and date are the near leg's; of a loan `base_amount` is the
    principal and `counter_amount` the repayment. None where the product has none of it.
    """

    message_id: str
    payload_hash: str
    deal_id: str
    exec_id: str
    pair: str
    side: str
    base_amount: Decimal
    rate: Decimal
    counter_amount: Decimal
    value_date: date
    counterparty: str
    times_received: int
    product: str = "SPOT"
    far_value_date: date | None = None
    far_rate: Decimal | None = None
    far_base_amount: Decimal | None = None
    far_counter_amount: Decimal | None = None
    cash_side: str | None = None
    interest: Decimal | None = None
    settlement_currency: str | None = None
    fixing_date: date | None = None
    not_paid: bool = False
    version: int = 1
    op: str = "NEW"
    """NEW; of a later version AMEND or CANCEL."""


class Books:
    """The database while the back office runs; one process writes. `counts` is kept up to date."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(_TABLES)
        self._add_new_columns()
        self.counts = self._read_counts()

    def _add_new_columns(self) -> None:
        """A database of before has only those of spot deals."""
        found = {row[1] for row in self._database.execute("PRAGMA table_info(deals)")}
        for name in _BOOKED:
            if name not in found:
                declared = _DECLARED.get(name, "TEXT")
                self._database.execute(f"ALTER TABLE deals ADD COLUMN {name} {declared}")

    def begin_run(self, at_ns: int) -> int:
        """Count a start of the back office; its number, from 1."""
        self._database.execute("INSERT INTO runs (started_at_ns) VALUES (?)", (at_ns,))
        self.counts.runs += 1
        return self.counts.runs

    def receive(self, messages: Iterable[tuple[str, bytes]], at_ns: int) -> list[Received]:
        """Book what is new in (topic, payload) messages, all in one synced transaction."""
        with _Transaction(self._database):
            received = [self._receive_one(topic, payload, at_ns) for topic, payload in messages]
        for one in received:
            self._count(one.receipt)
        return received

    def _receive_one(self, topic: str, payload: bytes, at_ns: int) -> Received:
        try:
            notice = parse_deal(topic, payload)
        except UnreadableDeal as error:
            return self._refuse(topic, payload, error, at_ns)
        held_hash = self._hash_held(notice.message_id)
        if held_hash is None:
            self._book(notice, at_ns)
            return _received(Receipt.BOOKED, notice, notice.payload_hash)
        if held_hash == notice.payload_hash:
            self._database.execute(_COUNT_AGAIN, (at_ns, notice.message_id))
            return _received(Receipt.REDELIVERED, notice, held_hash)
        conflict = (notice.message_id, notice.payload_hash, payload, at_ns)
        self._database.execute(_COUNT_CONFLICT, conflict)
        return _received(Receipt.CONFLICT, notice, held_hash)

    def _hash_held(self, message_id: str) -> str | None:
        query = "SELECT payload_hash FROM deals WHERE message_id = ?"
        row: tuple[str] | None = self._database.execute(query, (message_id,)).fetchone()
        return row[0] if row else None

    def _book(self, notice: DealNotice, at_ns: int) -> None:
        read = [_stored(getattr(notice, name)) for name in _OF_NOTICE]
        values = (*read, _stored(notice.repayment), 1, at_ns, at_ns, 0)
        self._database.execute(_BOOK, values)

    def _refuse(self, topic: str, payload: bytes, error: UnreadableDeal, at_ns: int) -> Received:
        payload_hash = hash_of(payload)
        reason = error.reason.encode("utf-8", "backslashreplace").decode("utf-8")
        values = (payload_hash, topic, reason, payload, at_ns)
        self._database.execute(_COUNT_REFUSED, values)
        if error.message_id is None:
            return Received(Receipt.REFUSED, None)
        answer = Answer(error.message_id, payload_hash, "REJECTED", f"not booked: {reason}")
        return Received(Receipt.REFUSED, answer)

    def count_answers(self, answers: Iterable[Answer]) -> None:
        """These acknowledgements went out."""
        booked = [(answer.message_id,) for answer in answers if answer.status == "BOOKED"]
        with _Transaction(self._database):
            self._database.executemany(
                "UPDATE deals SET acks_sent = acks_sent + 1 WHERE message_id = ?", booked
            )
        self.counts.acks_sent += len(booked)

    def unanswered(self) -> list[Answer]:
        """Booked and never acknowledged, in the order of arrival."""
        rows = self._database.execute(
            "SELECT message_id, payload_hash FROM deals WHERE acks_sent = 0 ORDER BY rowid"
        )
        return [Answer(message_id, payload_hash, "BOOKED") for message_id, payload_hash in rows]

    def _count(self, receipt: Receipt) -> None:
        self.counts.received += 1
        match receipt:
            case Receipt.BOOKED:
                self.counts.booked += 1
            case Receipt.REDELIVERED:
                self.counts.redelivered += 1
            case Receipt.CONFLICT:
                self.counts.conflicts += 1
            case Receipt.REFUSED:
                self.counts.refused += 1
            case _:
                assert_never(receipt)

    def _read_counts(self) -> BookCounts:
        booked, delivered, acks, conflicts, refused, runs = self._database.execute(
            _TOTALS
        ).fetchone()
        return BookCounts(
            booked=booked,
            received=delivered + conflicts + refused,
            redelivered=delivered - booked,
            conflicts=conflicts,
            refused=refused,
            acks_sent=acks,
            runs=runs,
        )

    def close(self) -> None:
        """Release the database."""
        self._database.close()


class _Transaction:
    """All or nothing, synced when it ends."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._database.execute("COMMIT" if kind is None else "ROLLBACK")


def _received(receipt: Receipt, notice: DealNotice, held_hash: str) -> Received:
    if receipt is Receipt.CONFLICT:
        text = f"held with another hash; received {notice.payload_hash}"
        return Received(receipt, Answer(notice.message_id, held_hash, "REJECTED", text))
    return Received(receipt, Answer(notice.message_id, held_hash, "BOOKED"))


def read_bookings(path: Path, *, every_version: bool = False) -> tuple[Booking, ...]:
    """Every deal that stands as it was last told, in the robot's order, or every version that ever
    came; reads only, also while the back office runs.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no back office database; was the back office started?")
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        rows = database.execute(_READ.format(where="" if every_version else _STANDING)).fetchall()
    finally:
        database.close()
    return tuple(
        Booking(
            message_id=row[0],
            payload_hash=row[1],
            deal_id=row[2],
            exec_id=row[3],
            pair=row[4],
            side=row[5],
            base_amount=Decimal(row[6]),
            rate=Decimal(row[7]),
            counter_amount=Decimal(row[8]),
            value_date=date.fromisoformat(row[9]),
            counterparty=row[10],
            times_received=row[11],
            product=row[12],
            far_value_date=_date(row[13]),
            far_rate=_number(row[14]),
            far_base_amount=_number(row[15]),
            far_counter_amount=_number(row[16]),
            cash_side=row[17],
            interest=_number(row[18]),
            settlement_currency=row[19],
            fixing_date=_date(row[20]),
            not_paid=bool(row[21]),
            version=row[22],
            op=row[23],
        )
        for row in rows
    )


def _stored(value: object) -> object:
    """As SQLite keeps it: numbers as their digits, dates as text."""
    match value:
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case _:
            return value


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
