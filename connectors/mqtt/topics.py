"""The MQTT topics of version 1 and what may stand in them.

`fxr/v1/{environment}/deal/{book}/{deal_id}` carries deals out,
`fxr/v1/{environment}/ack/{message_id}` carries the back office's acknowledgements in.
"""

from __future__ import annotations

from robot.errors import ConfigurationError

ROOT = "fxr/v1"
PART_LENGTH_MAX = 100
_SEPARATORS_AND_WILDCARDS = frozenset("/+#")


def topic_part(text: str, name: str) -> str:
    """`text` if it can be one level of a topic; `name` says in the error what it was."""
    if usable_part(text):
        return text
    raise ConfigurationError(
        f"{name} {text[:40]!r} cannot be part of an MQTT topic: it must have 1 to"
        f" {PART_LENGTH_MAX} printable characters and none of / + #; rename it"
    )


def usable_part(text: str) -> bool:
    """Whether `text` can be one level of a topic: no separator, wildcard or control character."""
    return (
        0 < len(text) <= PART_LENGTH_MAX
        and text.isprintable()
        and not _SEPARATORS_AND_WILDCARDS.intersection(text)
    )


def usable_topic(topic: str) -> bool:
    """Whether every level of `topic` can be published to."""
    return all(usable_part(part) for part in topic.split("/"))


def deal_topic(environment: str, book: str, deal_id: str) -> str:
    """Where a deal is published."""
    parts = (
        topic_part(environment, "environment"),
        "deal",
        topic_part(book, "book"),
        topic_part(deal_id, "deal id"),
    )
    return "/".join((ROOT, *parts))


def acknowledgement_topic(environment: str, message_id: str) -> str:
    """Where the back office answers a message."""
    return f"{acknowledgement_prefix(environment)}{topic_part(message_id, 'message id')}"


def acknowledgement_filter(environment: str) -> str:
    """What the relay subscribes to."""
    return f"{acknowledgement_prefix(environment)}+"


def acknowledgement_prefix(environment: str) -> str:
    """An acknowledgement's topic without the message id."""
    return f"{ROOT}/{topic_part(environment, 'environment')}/ack/"
