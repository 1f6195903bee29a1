"""What a deal looks like on the wire, and which acknowledgements are believed."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mqtt.acknowledgement import (
    PAYLOAD_SIZE_MAX,
    Acknowledgement,
    AckStatus,
    UnusableAcknowledgement,
    parse_acknowledgement,
)
from connectors.mqtt.payload import (
    DealCaptured,
    _canonical_json,
    deal_message,
    schema_files,
    write_schemas,
)
from robot.basics.currency import Currency
from robot.deals.party import BORROW
from robot.deals.product import Deposit, When
from robot.errors import ConfigurationError
from robot.ledger.posting import entry_for
from robot.messages.effects import DealBooked
from tests.kit.deals import deal_of, every_product
from tests.unit.connectors.mqtt.sample import AT_NS, ENTITY, ENVIRONMENT, booked_deal, outbox_row

SCHEMAS = Path(__file__).parents[4] / "config" / "schema"
MESSAGE_ID = "D20140502-000017.v1"
TOPIC = f"fxr/v1/{ENVIRONMENT}/ack/{MESSAGE_ID}"
HASH = "0123456789abcdef" * 4


def acknowledgement(**changes: object) -> bytes:
    body: dict[str, object] = {"message_id": MESSAGE_ID, "payload_hash": HASH, "status": "BOOKED"}
    return json.dumps(body | changes).encode()


def reason_to_ignore(payload: bytes, topic: str = TOPIC) -> str:
    parsed = parse_acknowledgement(topic, payload, ENVIRONMENT)
    assert isinstance(parsed, UnusableAcknowledgement)
    return parsed.reason


class TestDealMessage:
    def test_a_deal_is_a_structured_cloud_event(self) -> None:
        event = json.loads(deal_message(booked_deal(17), 42, ENTITY, ENVIRONMENT).payload)
        assert event["specversion"] == "1.0"
        assert event["type"] == "fxrobot.deal.captured.v1"
        assert event["id"] == MESSAGE_ID
        assert event["source"] == "/fxrobot/BANKCN/test"
        assert event["subject"] == "D20140502-000017"
        assert event["sequence"] == "00000000000000000042"
        assert event["time"] == "2014-05-02T12:30:01.500000007Z"
        assert event["time"].endswith(f"{AT_NS % 1_000_000_000:09d}Z")

    def test_amounts_and_rates_are_decimal_strings(self) -> None:
        data = json.loads(outbox_row(1).payload)["data"]
        assert data["base_amount"] == "1000001.00"
        assert data["counter_amount"] == "1386551.39"
        assert data["rate"] == "1.38655"
        assert data["edge"] == "25.00"

    @pytest.mark.parametrize(("number", "base", "counter"), [(1, "", "-"), (2, "-", "")])
    def test_flows_are_signed_by_our_side(self, number: int, base: str, counter: str) -> None:
        data = json.loads(outbox_row(number).payload)["data"]
        amounts = [flow["amount"] for flow in data["flows"]]
        assert amounts == [base + data["base_amount"], counter + data["counter_amount"]]

    def test_the_same_deal_gives_the_same_bytes(self) -> None:
        assert outbox_row(5) == outbox_row(5)

    def test_equal_amounts_of_another_exponent_give_the_same_bytes(self) -> None:
        booked = booked_deal(5)
        plain = booked.deal
        scaled = msgspec.structs.replace(plain, base_amount=plain.base_amount.quantize(plain.rate))
        again = msgspec.structs.replace(booked, deal=scaled)
        assert outbox_row(5).payload == deal_message(again, 5, ENTITY, ENVIRONMENT).payload

    def test_an_amount_finer_than_the_minor_unit_is_not_rounded(self) -> None:
        booked = booked_deal(5)
        fine = msgspec.structs.replace(booked.deal, edge=booked.deal.rate)
        message = deal_message(msgspec.structs.replace(booked, deal=fine), 5, ENTITY, ENVIRONMENT)
        assert json.loads(message.payload)["data"]["edge"] == "1.38655"

    def test_the_hash_is_of_the_bytes_on_the_wire(self) -> None:
        row = outbox_row(3)
        assert row.payload_hash == hashlib.sha256(row.payload.encode("utf-8")).hexdigest()

    def test_the_message_id_is_deal_id_and_version(self) -> None:
        assert outbox_row(17).message_id == MESSAGE_ID
        assert outbox_row(17).topic == "fxr/v1/test/deal/MM1/D20140502-000017"

    @pytest.mark.parametrize("book", ["a/b", "a+b", "#", "", "a\0b", "x" * 101, "\ud800"])
    def test_a_book_that_cannot_be_a_topic_part_is_refused(self, book: str) -> None:
        with pytest.raises(ConfigurationError, match="book"):
            deal_message(booked_deal(1, book=book), 1, ENTITY, ENVIRONMENT)

    def test_hostile_text_of_a_peer_leaves_as_plain_ascii(self) -> None:
        booked = booked_deal(1, hit_id="\udcff\u202e<b>\x00\n")
        payload = deal_message(booked, 1, ENTITY, ENVIRONMENT).payload
        assert payload.isascii()
        assert payload.isprintable()
        assert json.loads(payload)["data"]["venue_refs"]["hit_id"] == "\\udcff\u202e<b>\x00\n"

    def test_a_payload_reads_back_as_its_model(self) -> None:
        payload = outbox_row(9).payload
        event = DealCaptured.model_validate_json(payload)
        told = event.model_dump(mode="json", by_alias=True, exclude_none=True)
        assert told == json.loads(payload)


class TestProducts:
    def data_of(self, name: str) -> dict[str, Any]:
        deal = every_product()[name]
        booked = DealBooked(deal=deal, entry=entry_for(deal), positions=(), pnl={})
        payload = deal_message(booked, 1, ENTITY, ENVIRONMENT).payload
        assert payload == _canonical_json(DealCaptured.model_validate_json(payload))
        data: dict[str, Any] = json.loads(payload)["data"]
        return data

    def test_spot_says_what_it_always_said_and_nothing_more(self) -> None:
        assert SPOT_FIELDS.split() == list(self.data_of("spot"))

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("spot in the counter currency", "dealt_currency"),
            ("forward", "dealt_currency spot_rate points legs"),
            ("swap", "dealt_currency spot_rate points near_points far_value_date far_rate legs"),
            (
                "NDF",
                "dealt_currency spot_rate points settlement_currency fixing_index fixing_date "
                "notional legs",
            ),
            ("deposit", "dealt_currency far_value_date cash_side day_count interest legs"),
            (
                "repo",
                "dealt_currency far_value_date cash_side contract_code day_count interest legs "
                "collateral",
            ),
        ],
    )
    def test_a_product_says_more_only_where_it_has_more(self, name: str, fields: str) -> None:
        said = self.data_of(name)
        assert [field for field in said if field in SPOT_FIELDS.split()] == SPOT_FIELDS.split()
        assert fields.split() == [field for field in said if field not in SPOT_FIELDS.split()]

    def test_both_legs_of_a_swap_are_said_with_rate_and_flows(self) -> None:
        said = self.data_of("swap")
        near, far = said["legs"]
        assert (1, "2026-01-16", "7.0012") == (near["number"], near["value_date"], near["rate"])
        assert (2, "2026-04-16", "6.9536") == (far["number"], far["value_date"], far["rate"])
        assert ["-1000000.00", "6953600.00"] == [flow["amount"] for flow in far["flows"]]
        assert near["flows"] + far["flows"] == said["flows"]
        assert ("-0.0476", "6.9536") == (said["points"], said["far_rate"])

    def test_the_flows_of_an_ndf_are_marked_as_not_to_be_paid(self) -> None:
        said = self.data_of("NDF")
        assert said["notional"] is True
        assert ("USD", "2026-02-12") == (said["settlement_currency"], said["fixing_date"])

    def test_a_loan_is_of_one_currency_and_says_its_interest(self) -> None:
        said = self.data_of("deposit")
        assert ("CNY", "CNY", "CNY") == (
            said["pair"],
            said["base_currency"],
            said["counter_currency"],
        )
        assert ("LEND", "SELL", "120.56") == (said["cash_side"], said["side"], said["interest"])
        assert ["-400000.00", "400000.00", "120.56"] == [f["amount"] for f in said["flows"]]

    def test_the_bonds_of_a_repo_go_and_come_back(self) -> None:
        said = self.data_of("repo")
        out, back = (leg["securities"] for leg in said["legs"])
        assert ("230001", "-3000000", "2026-01-14") == tuple(out[0].values())
        assert ("230001", "3000000", "2026-01-21") == tuple(back[0].values())
        assert ["230001", "3000000", "100", "5"] == list(said["collateral"][0].values())

    def test_interest_that_rounds_to_nothing_has_no_sign(self) -> None:
        deposit = Deposit(side=BORROW, currency=Currency("CNY"), amount=D(1), term=When("ON"))
        deal = deal_of(deposit, D("0.01"))
        booked = DealBooked(deal=deal, entry=entry_for(deal), positions=(), pnl={})
        said = json.loads(deal_message(booked, 1, ENTITY, ENVIRONMENT).payload)["data"]
        assert ["1.00", "-1.00", "0.00"] == [flow["amount"] for flow in said["flows"]]


SPOT_FIELDS = (
    "deal_id version product pair side base_currency base_amount counter_currency counter_amount "
    "rate trade_date value_date provisional flows counterparty book venue venue_refs strategy mid "
    "edge entry"
)
"""In their order; consumers of before all products know only these."""


class TestAcknowledgement:
    def test_a_booking_is_read(self) -> None:
        parsed = parse_acknowledgement(TOPIC, acknowledgement(text="ok"), ENVIRONMENT)
        assert parsed == Acknowledgement(
            message_id=MESSAGE_ID, payload_hash=HASH, status=AckStatus.BOOKED, text="ok"
        )

    def test_a_rejection_is_read(self) -> None:
        parsed = parse_acknowledgement(TOPIC, acknowledgement(status="REJECTED"), ENVIRONMENT)
        assert isinstance(parsed, Acknowledgement)
        assert parsed.status is AckStatus.REJECTED

    @pytest.mark.parametrize(
        ("payload", "words"),
        [
            (b"", "JSON"),
            (b"\xff\xfe", "JSON"),
            (b"null", "dictionary"),
            (b"[" * 60_000, "JSON"),
            (b'{"a":' * 10_000, "JSON"),
            (b"x" * (PAYLOAD_SIZE_MAX + 1), "65537 bytes"),
            (acknowledgement()[:-1] + b',"status":"BOOKED"}', "twice"),
            (acknowledgement(payload_hash=float("nan")), "NaN"),
            (acknowledgement(text=float("inf")), "Infinity"),
            (acknowledgement(status="booked"), "status"),
            (acknowledgement(status=True), "status"),
            (acknowledgement(payload_hash=HASH.upper()), "payload_hash"),
            (acknowledgement(payload_hash=HASH[:-1]), "payload_hash"),
            (acknowledgement(payload_hash=HASH + "\n"), "payload_hash"),
            (acknowledgement(text="x" * 501), "text"),
            (acknowledgement(surprise=1), "surprise"),
            (acknowledgement(message_id=17), "message_id"),
            (acknowledgement(message_id="\ud800"), "message_id"),
            (acknowledgement(message_id="#"), "wildcard"),
            (acknowledgement(message_id="+"), "wildcard"),
            (acknowledgement(message_id="D20140502-000018.v1"), "on topic"),
        ],
    )
    def test_what_is_not_a_strict_acknowledgement_is_ignored_with_a_reason(
        self, payload: bytes, words: str
    ) -> None:
        assert words in reason_to_ignore(payload)

    def test_an_acknowledgement_on_the_topic_of_another_environment_is_ignored(self) -> None:
        topic = f"fxr/v1/prod/ack/{MESSAGE_ID}"
        assert "on topic" in reason_to_ignore(acknowledgement(), topic)

    @given(st.binary(max_size=300), st.text(max_size=60))
    def test_no_bytes_and_no_topic_raise(self, payload: bytes, topic: str) -> None:
        parsed = parse_acknowledgement(topic, payload, ENVIRONMENT)
        assert isinstance(parsed, UnusableAcknowledgement)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["message_id", "payload_hash", "status", "text"]), inner
                )
            ),
        )
    )
    def test_no_json_value_raises(self, value: object) -> None:
        payload = json.dumps(value).encode()
        assert isinstance(
            parse_acknowledgement(TOPIC, payload, ENVIRONMENT), UnusableAcknowledgement
        )


class TestSchemas:
    @pytest.mark.parametrize("name", sorted(schema_files()))
    def test_the_schema_files_are_current(self, name: str) -> None:
        text = (SCHEMAS / name).read_text(encoding="utf-8")
        assert text == schema_files()[name], "run: python -m connectors.mqtt.payload config/schema"

    def test_the_schemas_are_written_where_asked(self, tmp_path: Path) -> None:
        write_schemas(tmp_path / "schema")
        assert {path.name for path in (tmp_path / "schema").iterdir()} == set(schema_files())

    def test_a_deal_names_the_schema_it_follows(self) -> None:
        schema = json.loads(schema_files()["deal-captured.v1.json"])
        assert json.loads(outbox_row(1).payload)["dataschema"] == schema["$id"]
