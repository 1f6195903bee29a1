"""The only door into the brain: order, conflation, overload, and knowing when all is dealt with."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import msgspec

from robot.basics.currency import CurrencyPair
from robot.basics.ids import RfqId, VenueId
from robot.inbox import BEHIND_AT, OVERLOADED_AT, Inbox
from robot.messages.events import (
    AnyEvent,
    CurveUpdated,
    KillSwitchPulled,
    KillSwitchReleased,
    MarketUpdated,
    RfqReceived,
    SessionDown,
    SessionKind,
    SessionUp,
    TimeAdvanced,
)
from robot.messages.hosting import HostDecided
from tests.kit.desk import ORIGIN

ALPHA, BETA = VenueId("ALPHA"), VenueId("BETA")


def price(bid: str, venue: VenueId = ALPHA, pair: str = "EUR/USD") -> MarketUpdated:
    return MarketUpdated(venue=venue, pair=CurrencyPair(pair), bid=Decimal(bid))


def tenor(name: str, bid: str) -> CurveUpdated:
    """Points of EUR/USD at ALPHA."""
    return CurveUpdated(venue=ALPHA, curve="EUR/USD", tenor=name, bid=Decimal(bid))


def request(number: int) -> RfqReceived:
    name = f"R{number}"
    return RfqReceived(
        origin=ORIGIN,
        venue=ALPHA,
        request_id=name,
        rfq_id=RfqId(name),
        counterparty=None,
        pair="EUR/USD",
        product="SPOT",
        amount=Decimal(1),
    )


def filled(count: int = BEHIND_AT) -> Inbox:
    """An inbox in which so many requests wait."""
    inbox = Inbox(may_wait=False)
    for number in range(count):
        inbox.post(request(number))
    return inbox


def taken(inbox: Inbox) -> list[AnyEvent]:
    return inbox.take(100_000)


def test_events_come_out_in_the_order_they_went_in() -> None:
    inbox = Inbox(may_wait=False)
    events = [price("1.1"), request(1), price("1.2"), request(2)]
    for event in events:
        inbox.post(event)
    assert events == taken(inbox)


def test_no_more_are_taken_than_were_asked_for() -> None:
    inbox = filled(5)
    assert [f"R{i}" for i in (0, 1, 2)] == [event.request_id for event in inbox.take(3)]  # type: ignore[union-attr]
    assert len(inbox) == 2


def taken_when_posted(inbox: Inbox) -> list[AnyEvent]:
    inbox.wait_posted(10)
    return inbox.take(64)


def test_an_empty_inbox_gives_nothing_after_its_patience() -> None:
    inbox = Inbox(may_wait=False)
    inbox.wait_posted(0)
    assert [] == inbox.take(10)


def test_a_wake_that_came_before_the_wait_ends_it() -> None:
    inbox = Inbox(may_wait=False)
    inbox.wake()
    begun_s = time.monotonic()
    inbox.wait_posted(30)
    assert time.monotonic() - begun_s < 10


def test_while_the_robot_keeps_up_every_price_is_stepped() -> None:
    inbox = Inbox(may_wait=False)
    inbox.post(price("1.1"))
    inbox.post(price("1.2"))
    assert [price("1.1"), price("1.2")] == taken(inbox)
    assert inbox.conflated == 0


def test_when_it_is_behind_the_newest_price_takes_the_waiting_ones_place() -> None:
    inbox = Inbox(may_wait=False)
    inbox.post(price("1.1"))
    for number in range(BEHIND_AT):
        inbox.post(request(number))
    for bid in ("1.2", "1.3", "1.4"):
        inbox.post(price(bid))
    first, *rest = taken(inbox)
    assert first == msgspec.structs.replace(price("1.4"), conflated=3)
    assert len(rest) == BEHIND_AT
    assert inbox.conflated == 3


def test_other_venues_and_pairs_are_not_conflated_with_each_other() -> None:
    inbox = filled()
    prices = [price("1.1"), price("1.1", BETA), price("102.3", ALPHA, "USD/JPY")]
    for event in prices:
        inbox.post(event)
    assert prices == taken(inbox)[BEHIND_AT:]


def test_tenors_of_a_curve_are_conflated_each_with_itself() -> None:
    inbox = Inbox(may_wait=False)
    inbox.post(tenor("1M", "-5.2"))
    inbox.post(tenor("3M", "-15.6"))
    for number in range(BEHIND_AT):
        inbox.post(request(number))
    inbox.post(tenor("1M", "-5.4"))
    first, second, *_ = taken(inbox)
    assert (msgspec.structs.replace(tenor("1M", "-5.4"), conflated=1), tenor("3M", "-15.6")) == (
        first,
        second,
    )


def test_requests_are_never_conflated() -> None:
    inbox = filled()
    inbox.post(request(1))
    inbox.post(request(1))
    assert [request(1), request(1)] == taken(inbox)[BEHIND_AT:]


def test_a_price_taken_out_is_not_changed_by_later_ones() -> None:
    inbox = Inbox(may_wait=False)
    inbox.post(price("1.1"))
    for number in range(BEHIND_AT):
        inbox.post(request(number))
    (first,) = inbox.take(1)
    inbox.post(price("1.2"))
    assert first == price("1.1")
    assert taken(inbox)[-1] == price("1.2")


def test_a_price_does_not_move_in_front_of_a_log_on_or_log_off() -> None:
    inbox = Inbox(may_wait=False)
    inbox.post(price("1.1"))
    for number in range(BEHIND_AT):
        inbox.post(request(number))
    down = SessionDown(venue=ALPHA, kind=SessionKind.MARKET_DATA)
    up = SessionUp(venue=ALPHA, kind=SessionKind.MARKET_DATA)
    for event in (down, up, price("1.2")):
        inbox.post(event)
    assert [down, up, price("1.2")] == taken(inbox)[-3:]


def test_requests_over_the_bound_are_marked_and_nothing_else_is() -> None:
    inbox = filled(OVERLOADED_AT)
    inbox.post(request(9))
    inbox.post(price("1.1"))
    *before, marked, unmarked = taken(inbox)
    assert not any(event.overloaded for event in before)  # type: ignore[union-attr]
    assert marked == msgspec.structs.replace(request(9), overloaded=True)
    assert unmarked == price("1.1")


def test_drained_means_dealt_with_and_not_only_taken() -> None:
    inbox = filled(3)
    assert not inbox.wait_drained(0)
    taken(inbox)
    assert not inbox.wait_drained(0)
    inbox.finish()
    assert inbox.wait_drained(0)


def test_drained_waits_for_what_was_not_taken_yet() -> None:
    inbox = filled(3)
    inbox.take(2)
    inbox.finish()
    assert not inbox.wait_drained(0)


def test_a_barrier_of_another_thread_is_passed_when_the_core_is_through() -> None:
    inbox = filled(10)
    passed = threading.Event()

    def wait() -> None:
        if inbox.wait_drained(30):
            passed.set()

    thread = threading.Thread(target=wait)
    thread.start()
    while inbox.take(4):
        assert not passed.is_set()
    inbox.finish()
    assert passed.wait(30)
    thread.join(30)


def test_everything_posted_by_many_threads_comes_out_once_and_each_threads_in_order() -> None:
    inbox = Inbox(may_wait=False)

    def post(first: int) -> None:
        for number in range(first, first + 500):
            inbox.post(request(number))

    threads = [threading.Thread(target=post, args=(k * 1000,)) for k in range(4)]
    for thread in threads:
        thread.start()
    found: list[int] = []
    while len(found) < 2000:
        found += [int(event.request_id[1:]) for event in taken_when_posted(inbox)]  # type: ignore[union-attr]
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [k * 1000 + i for k in range(4) for i in range(500)]
    for k in range(4):
        mine = [number for number in found if number // 1000 == k]
        assert mine == sorted(mine)


def test_with_the_venues_clock_a_price_waits_until_the_robot_has_caught_up() -> None:
    inbox = Inbox(may_wait=True)
    for number in range(BEHIND_AT):
        inbox.post(request(number))
    posted = threading.Event()

    def post() -> None:
        inbox.post(price("1.1"))
        posted.set()

    thread = threading.Thread(target=post)
    thread.start()
    while not posted.is_set():
        inbox.wait_posted(0.01)
        inbox.take(64)
        inbox.finish()
    thread.join(30)
    assert inbox.conflated == 0


def test_the_first_time_a_peer_told_is_kept_and_lets_timers_fire() -> None:
    inbox = Inbox(may_wait=True)
    assert inbox.wait_first_time(0) == 0
    inbox.observe_time(5)
    inbox.observe_time(9)
    assert inbox.wait_first_time(0) == 5
    assert [TimeAdvanced(sent_at_ns=5), TimeAdvanced(sent_at_ns=9)] == taken(inbox)


def test_what_stops_dealing_is_taken_before_all_that_waits_in_its_own_order() -> None:
    inbox = Inbox(may_wait=False)
    for number in range(OVERLOADED_AT):
        inbox.post(request(number))
    release = KillSwitchReleased(actor="a", reason="r")
    kill = KillSwitchPulled(actor="b", reason="r")
    inbox.post(release)
    inbox.post(kill)
    assert inbox.take(64) == [release, kill], "by themselves: no other step holds them up"
    assert not inbox.wait_urgent(0)
    inbox.finish()
    assert inbox.wait_urgent(0) and not inbox.wait_drained(0)
    assert inbox.take(1) == [request(0)]


def test_what_overtakes_does_not_let_a_barrier_pass_too_early() -> None:
    inbox = Inbox(may_wait=False)
    inbox.post(request(1))
    inbox.post(KillSwitchPulled(actor="a", reason="r"))
    inbox.take(64)
    inbox.finish()
    assert not inbox.wait_drained(0), "the request is not dealt with"
    inbox.take(64)
    inbox.finish()
    assert inbox.wait_drained(0)


def test_the_answer_of_a_strategys_host_overtakes_the_requests_after_its_own() -> None:
    inbox, answer = filled(), HostDecided(ask=1, failure="no")
    inbox.post(answer)
    assert inbox.take(64) == [answer]
    assert inbox.take(1) == [request(0)]
