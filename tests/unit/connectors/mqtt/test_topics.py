"""What may stand in a topic."""

from __future__ import annotations

import pytest

from connectors.mqtt.topics import (
    acknowledgement_filter,
    acknowledgement_topic,
    deal_topic,
    usable_topic,
)
from robot.errors import ConfigurationError


def test_the_topics_of_version_1() -> None:
    assert deal_topic("prod", "MM1", "D1") == "fxr/v1/prod/deal/MM1/D1"
    assert acknowledgement_topic("prod", "D1.v1") == "fxr/v1/prod/ack/D1.v1"
    assert acknowledgement_filter("prod") == "fxr/v1/prod/ack/+"


@pytest.mark.parametrize("part", ["", "a/b", "+", "#", "a\0", "a\n", "\u202e", "\ud800", "x" * 101])
def test_a_part_that_would_change_the_topic_is_refused_by_name(part: str) -> None:
    with pytest.raises(ConfigurationError, match=r"environment .* rename it"):
        deal_topic(part, "MM1", "D1")


def test_chinese_names_are_fine() -> None:
    assert deal_topic("生产", "外汇 1", "D1") == "fxr/v1/生产/deal/外汇 1/D1"


def test_a_topic_with_a_wildcard_or_an_empty_level_cannot_be_published_to() -> None:
    assert usable_topic("fxr/v1/test/deal/MM1/D1")
    assert not usable_topic("fxr/v1/+/deal")
    assert not usable_topic("fxr//deal")
