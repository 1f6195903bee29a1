"""The control socket answers every line, whatever it holds."""

from __future__ import annotations

import msgspec
import pytest

from robot.control import Answer, answer_line


def _told(line: bytes) -> Answer:
    return msgspec.json.decode(
        answer_line(line, lambda command: {"ok": True, "told": command.command}), type=Answer
    )


def test_a_command_is_handed_on() -> None:
    assert {"ok": True, "told": "kill"} == _told(b'{"command":"kill","actor":"a"}\n')


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{}",
        b"null",
        b'{"command":1}',
        b'{"command":"kill","command_":"x"}',
        b'{"command":"kill","actor":"' + b"x" * 5_000,
        b'{"command":"\xff"}',
        b'{"command":' + b"[" * 4_000,
        b"\x00",
        b"GET / HTTP/1.1\r\n",
    ],
    ids=lambda line: repr(line[:24]),
)
def test_what_is_no_command_is_said_to_be_none(line: bytes) -> None:
    told = _told(line)
    assert told["ok"] is False and "not a command" in str(told["problem"])
