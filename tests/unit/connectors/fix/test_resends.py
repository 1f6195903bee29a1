"""How much is sent again: bounded by requests and by messages, for each minute anew."""

from __future__ import annotations

import pytest

from connectors.fix.resends import MESSAGES_MAX, REQUESTS_MAX, Resends


def test_ten_requests_a_minute_are_served(capsys: pytest.CaptureFixture[str]) -> None:
    resends = Resends("us->them")
    served = [resends.serve(100.0 + number) for number in range(3 * REQUESTS_MAX)]
    assert served == [True] * REQUESTS_MAX + [False] * 2 * REQUESTS_MAX
    assert 1 == capsys.readouterr().err.count("us->them: ResendRequests are refused")
    assert resends.serve(160.0)


def test_after_too_many_messages_no_request_is_served_in_that_minute() -> None:
    resends = Resends("us->them")
    assert resends.serve(0.0)
    for _ in range(MESSAGES_MAX):
        resends.sent_again()
    assert not resends.serve(59.0)
    assert resends.serve(60.0)
