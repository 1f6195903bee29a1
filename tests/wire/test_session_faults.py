"""A dealing session gone wrong under a real trader: gap, reset, resends, silence, late hits."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.wire.bad_fix import request
from tests.wire.raw_venue import SPOT, Side, fix_time, sealed, wait_for
from tests.wire.test_bad_fix import Trader

pytestmark = [pytest.mark.wire, pytest.mark.timeout(120)]

Message = dict[int, str]


@pytest.fixture(scope="module")
def trader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trader]:
    trader = Trader(tmp_path_factory.mktemp("t"))
    try:
        wait_for(lambda: trader.venue.dealing.logged_on or None, "the log-on", 60)
        trader.venue.tell_time(0)
        yield trader
    finally:
        trader.close()


def quote(trader: Trader, name: str) -> Message:
    """Ask for a price until there is one: the answer, a quote that stands."""
    trader.quoted()
    trader.venue.price()
    trader.venue.dealing.send("R", request(name))
    return answer(trader.venue.dealing, 131, name)


def answer(side: Side, tag: int, value: str, since: int = 0) -> Message:
    """The first message with this value that came after so many others."""

    def found() -> Message | None:
        return next((m for m in side.received[since:] if m.get(tag) == value), None)

    return wait_for(found, f"{tag}={value}")


def hit(quoted: Message, name: str) -> str:
    """BANKA buys on it."""
    body = f"693=r{name}|117={quoted[117]}|694=1|11={name}|453=1|448=BANKA|447=D|452=3|"
    body += f"55=EUR/USD|167=FOR|54=1|38=1000000|64={SPOT}|15=EUR|60=20261021-08:00:00.000|40=D|"
    return body + f"44={quoted[133]}|"


def reports(side: Side, name: str) -> list[Message]:
    """Our answers to a hit."""
    return [m for m in side.received if m[35] == "8" and m.get(11) == name]


def test_a_hit_that_comes_again_gets_the_same_deal_and_a_late_one_is_refused(
    trader: Trader,
) -> None:
    dealing = trader.venue.dealing
    quoted = quote(trader, "once")
    for count in (1, 2, 3):
        resent = f"43=Y|122={fix_time(datetime.now(UTC))}|" if count == 2 else ""
        dealing.send("AJ", resent + hit(quoted, "h1"))
        wait_for(lambda count=count: len(reports(dealing, "h1")) >= count or None, "the answer")
    assert {(m[150], m[17]) for m in reports(dealing, "h1")} == {
        ("F", reports(dealing, "h1")[0][17])
    }
    late = quote(trader, "late")
    for _ in range(5):
        trader.venue.tell_time(1)
        trader.venue.price()
    dealing.send("AJ", hit(late, "h2"))
    assert answer(dealing, 11, "h2")[150] == "8"
    # Its time ran out, or its market had turned stale just before.
    assert answer(dealing, 11, "h2")[58] in ("QUOTE_EXPIRED", "QUOTE_WITHDRAWN")


def test_what_a_gap_swallowed_is_asked_for_and_answered_once(trader: Trader) -> None:
    dealing = trader.venue.dealing
    trader.quoted()
    trader.venue.price()
    seen = len(dealing.received)
    lost, dealing.next_out = dealing.next_out, dealing.next_out + 1
    dealing.resend = lambda begin: dealing.write(  # type: ignore[attr-defined]
        sealed(
            dealing.head("R", sequence=str(lost))
            + f"43=Y|122={fix_time(datetime.now(UTC))}|{request('lost')}".encode()
        )
    )
    take = dealing._take

    def take_with_resend(message: Message) -> None:
        if message.get(35) == "2":
            dealing.resend(int(message[7]))  # type: ignore[attr-defined]
            dealing.received.append(message)
        else:
            take(message)

    dealing._take = take_with_resend  # type: ignore[method-assign]
    dealing.send("0")
    asked = answer(dealing, 35, "2", seen)
    assert asked[7] == str(lost)
    found = answer(dealing, 131, "lost", seen)
    assert found[35] == "S"
    dealing._take = take  # type: ignore[method-assign]
    trader.quoted()
    assert len([m for m in dealing.received if (m[35], m.get(131)) == ("S", "lost")]) == 1


def test_a_silent_venue_voids_the_quotes_and_is_reconciled_at_its_return(trader: Trader) -> None:
    dealing = trader.venue.dealing
    standing = quote(trader, "standing")
    logons, take = dealing.logons, dealing._take
    dealing._take = lambda message: None  # type: ignore[method-assign]
    began_s = time.monotonic()
    wait_for(lambda: not dealing.logged_on or None, "the trader gives up", 20)
    assert time.monotonic() - began_s < 10
    seen = len(dealing.received)
    dealing._take = take  # type: ignore[method-assign]
    wait_for(lambda: dealing.logons > logons or None, "the next log-on", 20)
    answer(dealing, 35, "AD", seen)
    dealing.send("AJ", hit(standing, "h3"))
    refused = answer(dealing, 11, "h3", seen)
    assert (refused[35], refused[150]) == ("8", "8")
    trader.quoted()


def test_a_venue_that_begins_its_numbers_again_is_followed_also_after_a_kill(
    trader: Trader,
) -> None:
    dealing = trader.venue.dealing
    before = quote(trader, "before")
    take = dealing._take

    def reset(message: Message) -> None:
        """Begin at 1 once; the trader's own logon with 141=Y then is the answer to ours."""
        if message.get(35) == "A" and message.get(141) == "Y":
            dealing.received.append(message)
        elif message.get(35) == "A" and dealing.logons == logons:
            dealing.next_out = 1
            dealing.send("A", f"98=0|108={message[108]}|141=Y|")
            dealing.logons += 1
            dealing.logged_on = True
            dealing.received.append(message)
        else:
            take(message)

    logons, seen = dealing.logons, len(dealing.received)
    dealing._take = reset  # type: ignore[method-assign]
    assert dealing.connection is not None
    dealing.connection.shutdown(2)
    wait_for(lambda: dealing.logons > logons or None, "the next log-on")
    answer(dealing, 35, "AD", seen)
    trader.quoted()
    dealing.send("AJ", hit(before, "h4"))
    assert answer(dealing, 11, "h4")[150] == "8", "quotes of before are void"
    dealt = quote(trader, "after")
    dealing.send("AJ", hit(dealt, "h5"))
    assert answer(dealing, 11, "h5")[150] == "F"

    trader.process.kill()
    trader.process.wait(10)
    dealing.logged_on = False
    trader.process = trader._start()
    wait_for(lambda: dealing.logged_on or None, "the log-on after the kill", 60)
    trader.quoted()
    dealing.send("AJ", hit(dealt, "h5"))
    wait_for(lambda: len(reports(dealing, "h5")) >= 2 or None, "the same answer")
    assert len({m[17] for m in reports(dealing, "h5")}) == 1
