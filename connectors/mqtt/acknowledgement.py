"""What the back office answers: read strictly, and never believed without the payload's hash."""

from __future__ import annotations

import enum
import json
from typing import Annotated, Final, NoReturn

import msgspec
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from connectors.mqtt.topics import acknowledgement_prefix, usable_part

PAYLOAD_SIZE_MAX = 64 * 1024
"""Bytes. A larger acknowledgement is ignored unread."""

ACKNOWLEDGEMENT_SCHEMA: Final = "urn:fxrobot:schema:acknowledgement:v1"

HashText = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class AckStatus(enum.StrEnum):
    """What the back office did with a message."""

    BOOKED = "BOOKED"
    REJECTED = "REJECTED"


class Acknowledgement(BaseModel):
    """The back office's own answer, sent after its commit."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    message_id: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    payload_hash: HashText = Field(description="SHA-256 of the payload bytes it holds.")
    status: AckStatus = Field(strict=False)
    text: Annotated[str, StringConstraints(max_length=500)] = ""


class UnusableAcknowledgement(msgspec.Struct, frozen=True):
    """An acknowledgement that is ignored; `reason` says why, in words for a person."""

    reason: str


def parse_acknowledgement(
    topic: str, payload: bytes, environment: str
) -> Acknowledgement | UnusableAcknowledgement:
    """The back office's answer, or why it cannot be used; never raises on what a peer sent."""
    if len(payload) > PAYLOAD_SIZE_MAX:
        return UnusableAcknowledgement(f"{len(payload)} bytes, at most {PAYLOAD_SIZE_MAX} are read")
    try:
        acknowledgement = Acknowledgement.model_validate(_strict_json(payload))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return UnusableAcknowledgement(f"{where[:60]!r}: {first['msg'][:200]}")
    except (ValueError, RecursionError) as error:
        return UnusableAcknowledgement(f"not plain JSON: {str(error)[:200]}")
    if not usable_part(acknowledgement.message_id):
        return UnusableAcknowledgement(f"wildcard in message id {acknowledgement.message_id!r}")
    if topic != acknowledgement_prefix(environment) + acknowledgement.message_id:
        return UnusableAcknowledgement(
            f"message id {acknowledgement.message_id!r} on topic {topic[:150]!r}"
        )
    return acknowledgement


def _strict_json(payload: bytes) -> object:
    """JSON without duplicate keys, NaN or infinity."""
    parsed: object = json.loads(
        payload.decode("utf-8"), object_pairs_hook=_unique_keys, parse_constant=_no_constant
    )
    return parsed


def _unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    parsed = dict(pairs)
    if len(parsed) != len(pairs):
        raise ValueError("a key stands twice")
    return parsed


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
