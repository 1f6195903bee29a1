"""What is said to middle and back office: one pydantic model per message.

A deal goes out as a structured CloudEvents 1.0 JSON object, an acknowledgement comes back as a
flat one. Amounts and rates are decimal strings, dates ISO, times UTC with nanoseconds. Signs:
positive = we receive; `side` is ours. The JSON schemas in `config/schema` are generated from here.
"""

from __future__ import annotations

import hashlib
import json
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from connectors.mqtt.acknowledgement import ACKNOWLEDGEMENT_SCHEMA, Acknowledgement
from connectors.mqtt.topics import deal_topic
from robot.basics.currency import Currency, base_of, counter_of, round_amount
from robot.clock import NANOS_PER_SECOND, utc_datetime
from robot.deals.deal import Deal
from robot.deals.flow import Flow, Leg
from robot.deals.resolved import ResolvedFxNdf, ResolvedLoan, ResolvedOutrightRepo, ResolvedRepo
from robot.messages.effects import DealAmended, DealBooked, DealTold, Entry

DEAL_SCHEMA: Final = "urn:fxrobot:schema:deal-captured:v1"
AMENDMENT_SCHEMA: Final = "urn:fxrobot:schema:deal-amended:v1"

DecimalText = Annotated[str, StringConstraints(pattern=r"^-?[0-9]+(\.[0-9]+)?$", max_length=60)]
CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class FlowData(_Message):
    """An amount of one currency on one date; positive = we receive."""

    currency: CurrencyCode
    amount: DecimalText
    value_date: date


class SecurityData(_Message):
    """Face amount of a security on one date; positive = we receive."""

    security: str
    face: DecimalText
    value_date: date


class LegData(_Message):
    """What is exchanged on one date, at the price agreed for it."""

    number: int = Field(description="From 1, in the order of the value dates.")
    value_date: date
    rate: DecimalText = Field(description="FX rate of the leg; of a loan percent a year.")
    flows: tuple[FlowData, ...]
    securities: tuple[SecurityData, ...] | None = None


class CollateralData(_Message):
    """A security pledged for a loan."""

    security: str
    face: DecimalText
    price: DecimalText = Field(description="Dirty price per 100 face.")
    haircut: DecimalText = Field(description="Percent of the market value.")


class PostingData(_Message):
    """One line of the ledger entry; positive = debit, negative = credit."""

    account: str
    currency: CurrencyCode
    value_date: date
    amount: DecimalText


class EntryData(_Message):
    """The balanced ledger entry of the deal."""

    entry_id: str
    postings: tuple[PostingData, ...]


class VenueReferences(_Message):
    """How the venue and the counterparty know the deal."""

    exec_id: str
    order_id: str
    hit_id: str
    quote_id: str
    rfq_id: str


class DealFields(_Message):
    """What all versions of a deal say of it."""

    deal_id: str
    version: int
    product: str = Field(description="SPOT, FORWARD, SWAP, NDF, DEPOSIT or REPO.")
    pair: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}(/[A-Z]{3})?$")] = Field(
        description="Base and counter currency; of a loan its currency alone."
    )
    side: Literal["BUY", "SELL"] = Field(
        description="Ours: BUY = we buy the base currency (swap: near leg; loan: we borrow)."
    )
    base_currency: CurrencyCode
    base_amount: DecimalText
    counter_currency: CurrencyCode = Field(description="Of a loan equal to the base currency.")
    counter_amount: DecimalText
    rate: DecimalText = Field(
        description="1 unit of the base currency = rate of the counter one; of a loan percent a "
        "year."
    )
    trade_date: date
    value_date: date = Field(description="Of a swap the near leg's, of a loan its start.")
    provisional: bool = Field(
        default=False,
        description="A date rests on days that are computed and not announced.",
    )
    dealt_currency: CurrencyCode | None = Field(
        default=None,
        description="Whose amount was agreed; the other one follows from the rate. Absent for spot "
        "dealt in the base currency.",
    )
    spot_rate: DecimalText | None = None
    points: DecimalText | None = Field(
        default=None,
        description="In price units: rate minus spot rate; of a swap far rate minus near rate.",
    )
    near_points: DecimalText | None = Field(
        default=None, description="Swap: near rate minus spot rate, in price units."
    )
    far_value_date: date | None = Field(
        default=None, description="Swap: the far leg's. Loan: its maturity."
    )
    far_rate: DecimalText | None = None
    settlement_currency: CurrencyCode | None = None
    fixing_index: str | None = None
    fixing_date: date | None = None
    not_paid: Literal[True] | None = Field(
        default=None,
        alias="notional",
        description="NDF: do not pay the flows. They are the exchange agreed; its difference to "
        "the fixing is paid, in the settlement currency.",
    )
    cash_side: Literal["LEND", "BORROW"] | None = None
    contract_code: str | None = None
    day_count: str | None = None
    interest: DecimalText | None = Field(
        default=None, description="Repayment minus principal; negative for a negative rate."
    )
    flows: tuple[FlowData, ...] = Field(description="The cash of all legs, in order.")
    legs: tuple[LegData, ...] | None = Field(
        default=None, description="Absent for spot, whose only leg the other fields say."
    )
    collateral: tuple[CollateralData, ...] | None = None
    counterparty: str
    book: str
    venue: str
    venue_refs: VenueReferences
    strategy: str
    mid: DecimalText = Field(
        description="Market mid when the deal was made, in the terms of the price: a rate, of a "
        "swap the points, of a loan percent a year."
    )
    edge: DecimalText = Field(
        description="Gain against mid in the counter currency; positive = in our favour."
    )


class DealData(DealFields):
    """A concluded deal. The two amounts are positive; the signs are in `flows`.

    Of a swap, rate, amounts and value date are the near leg's. Of a loan, the pair is its currency,
    the base amount its principal and the counter amount the repayment, in the same currency.
    Optional fields stand only where the product has them.
    """

    entry: EntryData


class AmendmentData(DealFields):
    """A deal that the venue took back or corrected: the fields are those of the new version; of a
    canceled one what was agreed, and nothing of it is owed.
    """

    op: Literal["CANCEL", "AMEND"]
    replaces: str = Field(description="Id of the message of the version that this one replaces.")
    because: str = Field(description="What the venue said.")
    reversal: EntryData = Field(description="The mirror of that version's ledger entry.")
    entry: EntryData | None = Field(default=None, description="Absent when it is canceled.")


class _Envelope(_Message):
    """CloudEvents 1.0. `source` and `id` together identify the message."""

    specversion: Literal["1.0"] = "1.0"
    id: str = Field(description="Deal id, then .v and the version: D20140502-000017.v1")
    source: str
    type: str
    time: str = Field(description="When the deal was concluded, UTC, nanoseconds.")
    subject: str = Field(description="The deal id.")
    sequence: Annotated[str, StringConstraints(pattern=r"^[0-9]{20}$")]
    datacontenttype: Literal["application/json"] = "application/json"
    dataschema: str
    data: DealFields


class DealCaptured(_Envelope):
    """The CloudEvents 1.0 envelope of a deal. `source` and `id` together identify the message."""

    type: Literal["fxrobot.deal.captured.v1"] = "fxrobot.deal.captured.v1"
    dataschema: Literal["urn:fxrobot:schema:deal-captured:v1"] = DEAL_SCHEMA
    data: DealData


class DealChanged(_Envelope):
    """The envelope of a later version of a deal: it was taken back or corrected."""

    type: Literal["fxrobot.deal.amended.v1"] = "fxrobot.deal.amended.v1"
    dataschema: Literal["urn:fxrobot:schema:deal-amended:v1"] = AMENDMENT_SCHEMA
    data: AmendmentData


class OutboundMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message ready for the outbox. `payload_hash` is the SHA-256 of the payload's bytes."""

    message_id: str
    topic: str
    payload: str
    payload_hash: str


def deal_message(told: DealTold, sequence: int, entity: str, environment: str) -> OutboundMessage:
    """The message that tells of a deal or of its next version; the same input always gives the same
    bytes.
    """
    deal = told.deal
    message_id = f"{deal.deal_id}.v{deal.version}"
    head: dict[str, Any] = {
        "id": message_id,
        "source": f"/fxrobot/{entity}/{environment}",
        "time": _time_text(deal.at_ns),
        "subject": deal.deal_id,
        "sequence": f"{sequence:020d}",
    }
    event: DealCaptured | DealChanged
    if isinstance(told, DealBooked):
        data = DealData(**_deal_fields(deal), entry=_entry_data(told.entry))
        event = DealCaptured(**head, data=data)
    else:
        event = DealChanged(**head, data=_amendment(told))
    payload = _canonical_json(event)
    return OutboundMessage(
        message_id=message_id,
        topic=deal_topic(environment, deal.book, deal.deal_id),
        payload=payload,
        payload_hash=hash_of(payload),
    )


def _amendment(told: DealAmended) -> AmendmentData:
    deal = told.deal
    return AmendmentData(
        **_deal_fields(deal),
        op="CANCEL" if deal.void else "AMEND",
        replaces=f"{deal.deal_id}.v{deal.version - 1}",
        because=_safe_text(told.because),
        reversal=_entry_data(told.reversal),
        entry=_entry_data(told.entry) if told.entry is not None else None,
    )


def hash_of(payload: str) -> str:
    """SHA-256 of the bytes that go on the wire, in hexadecimal."""
    return hashlib.sha256(payload.encode()).hexdigest()


def _deal_fields(deal: Deal) -> dict[str, Any]:
    """What every message says of a deal."""
    base = base_of(deal.pair)
    counter = counter_of(deal.pair) or base
    return dict(
        deal_id=deal.deal_id,
        version=deal.version,
        product=str(deal.product),
        pair=deal.pair,
        side=deal.side.value,
        base_currency=base,
        base_amount=_amount_text(deal.base_amount, base),
        counter_currency=counter,
        counter_amount=_amount_text(deal.counter_amount, counter),
        rate=_decimal_text(deal.rate),
        trade_date=deal.trade_date,
        value_date=deal.value_date,
        provisional=deal.provisional,
        flows=_flows(deal.flows),
        counterparty=_safe_text(deal.counterparty),
        book=deal.book,
        venue=_safe_text(deal.venue),
        venue_refs=_venue_references(deal),
        strategy=deal.strategy,
        mid=_decimal_text(deal.mid),
        edge=_amount_text(deal.edge, counter),
        dealt_currency=_dealt_currency(deal),
        **_price_terms(deal),
        **_product_terms(deal),
        legs=tuple(_leg(number, leg) for number, leg in enumerate(deal.agreed_legs, 1)) or None,
    )


def _dealt_currency(deal: Deal) -> str | None:
    """Spot says it only where it is not the base currency: its messages stay as they are."""
    base = base_of(deal.pair)
    dealt = deal.currency or base
    return dealt if deal.agreed_legs or dealt != base else None


def _flows(flows: tuple[Flow, ...]) -> tuple[FlowData, ...]:
    return tuple(
        FlowData(
            currency=flow.currency,
            amount=_amount_text(flow.amount or abs(flow.amount), flow.currency),  # no "-0.00"
            value_date=flow.value_date,
        )
        for flow in flows
    )


def _leg(number: int, leg: Leg) -> LegData:
    securities = tuple(
        SecurityData(
            security=_safe_text(item.security),
            face=_decimal_text(item.face),
            value_date=item.value_date,
        )
        for item in leg.securities
    )
    return LegData(
        number=number,
        value_date=leg.value_date,
        rate=_decimal_text(leg.rate),
        flows=_flows(leg.flows),
        securities=securities or None,
    )


def _price_terms(deal: Deal) -> dict[str, Any]:
    """How the price is put together, and the far leg."""
    terms: dict[str, Any] = {"far_value_date": deal.far_value_date}
    if deal.spot_rate is not None and deal.points is not None:
        terms |= {"spot_rate": _decimal_text(deal.spot_rate), "points": _decimal_text(deal.points)}
    if deal.spot_rate is not None and deal.far_rate is not None:
        terms |= {
            "near_points": _decimal_text(deal.rate - deal.spot_rate),
            "far_rate": _decimal_text(deal.far_rate),
        }
    return terms


def _product_terms(deal: Deal) -> dict[str, Any]:
    """What NDFs and loans have beside it."""
    match deal.resolved:
        case ResolvedFxNdf() as ndf:
            return {
                "settlement_currency": ndf.settlement_currency,
                "fixing_index": _safe_text(ndf.fixing_index),
                "fixing_date": ndf.fixing_date,
                "notional": True,
            }
        case (ResolvedLoan() | ResolvedOutrightRepo()) as loan:
            interest = deal.counter_amount - deal.base_amount
            return {
                "cash_side": loan.side.value,
                "contract_code": _safe_text(loan.contract_code) or None,
                "day_count": loan.day_count.value,
                "interest": _amount_text(interest, loan.currency),
                "collateral": _collateral(loan) if isinstance(loan, ResolvedRepo) else None,
            }
        case _:
            return {}


def _collateral(repo: ResolvedRepo) -> tuple[CollateralData, ...]:
    return tuple(
        CollateralData(
            security=_safe_text(item.security),
            face=_decimal_text(item.face),
            price=_decimal_text(item.price),
            haircut=_decimal_text(item.haircut),
        )
        for item in repo.collateral
    )


def _venue_references(deal: Deal) -> VenueReferences:
    return VenueReferences(
        exec_id=deal.exec_id,
        order_id=deal.order_id,
        hit_id=_safe_text(deal.hit_id),
        quote_id=deal.quote_id,
        rfq_id=_safe_text(deal.rfq_id),
    )


def _entry_data(entry: Entry) -> EntryData:
    postings = tuple(
        PostingData(
            account=posting.account,
            currency=posting.currency,
            value_date=posting.value_date,
            amount=_amount_text(posting.amount, posting.currency),
        )
        for posting in entry.postings
    )
    return EntryData(entry_id=entry.entry_id, postings=postings)


def _amount_text(amount: Decimal, currency: Currency) -> str:
    """The amount with the currency's minor digits, so that equal amounts are equal texts."""
    rounded = round_amount(amount, currency)
    return _decimal_text(rounded if rounded == amount else amount)


def _decimal_text(value: Decimal) -> str:
    return format(value, "f")


def _safe_text(text: str) -> str:
    """Text of a peer without lone surrogates, which no encoder takes; they show as `\\udcXX`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _time_text(at_ns: int) -> str:
    return f"{utc_datetime(at_ns):%Y-%m-%dT%H:%M:%S}.{at_ns % NANOS_PER_SECOND:09d}Z"


def _canonical_json(event: _Envelope) -> str:
    """Fields in the model's order without those that are absent, no blanks, ASCII only: control
    and bidi marks are escaped.
    """
    fields = event.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(fields, ensure_ascii=True, separators=(",", ":"))


def schema_files() -> dict[str, str]:
    """File name to text of each JSON schema, as they stand in `config/schema`."""
    models: dict[str, tuple[type[BaseModel], str]] = {
        "deal-captured.v1.json": (DealCaptured, DEAL_SCHEMA),
        "deal-amended.v1.json": (DealChanged, AMENDMENT_SCHEMA),
        "acknowledgement.v1.json": (Acknowledgement, ACKNOWLEDGEMENT_SCHEMA),
    }
    files = {}
    for name, (model, identifier) in models.items():
        dialect = "https://json-schema.org/draft/2020-12/schema"
        schema = {"$schema": dialect, "$id": identifier, **model.model_json_schema()}
        files[name] = json.dumps(schema, indent=2) + "\n"
    return files


def write_schemas(folder: Path) -> None:
    """Write the JSON schemas: `python -m connectors.mqtt.payload config/schema`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in schema_files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1] if len(sys.argv) > 1 else "config/schema"))
