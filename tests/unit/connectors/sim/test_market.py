"""The price generator: repeatable, realistic, closed at the weekend."""

from __future__ import annotations

from decimal import Decimal
from itertools import islice

from connectors.sim.market import DEFAULT_PAIRS, Generator
from connectors.sim.model import NS_PER_SECOND, Tick, fix_time, parse_time, pip_of

START_NS = parse_time("2026-10-30T08:00:00Z")


def _ticks(count: int, seed: str = "7", start_ns: int = START_NS) -> list[Tick]:
    generator = Generator(("ALPHA", "BETA"), DEFAULT_PAIRS, seed, start_ns)
    return list(islice(generator.ticks(), count))


def test_equal_seeds_give_equal_ticks_and_others_do_not() -> None:
    assert _ticks(500) == _ticks(500)
    assert _ticks(500) != _ticks(500, seed="8")


def test_ticks_are_in_time_order_and_every_pair_is_quoted_at_both_venues() -> None:
    ticks = _ticks(5000)

    assert sorted(tick.at_ns for tick in ticks) == [tick.at_ns for tick in ticks]
    quoted = {(tick.venue, tick.pair) for tick in ticks}
    assert {(venue, pair) for venue in ("ALPHA", "BETA") for pair in DEFAULT_PAIRS} == quoted


def test_prices_stay_near_the_reference_rate_with_narrow_spreads() -> None:
    ticks = [tick for tick in _ticks(5000) if tick.pair == "EUR/USD"]

    assert all(Decimal("1.10") < tick.bid < tick.ask < Decimal("1.13") for tick in ticks)
    pips = sorted((tick.ask - tick.bid) / pip_of("EUR/USD") for tick in ticks)
    assert Decimal("0.1") <= pips[len(pips) // 2] <= 1


def test_books_of_two_venues_cross_now_and_then() -> None:
    latest: dict[str, Tick] = {}
    crossed = 0
    ticks = [tick for tick in _ticks(40_000) if tick.pair == "EUR/USD"]
    for tick in ticks:
        latest[tick.venue] = tick
        crossed += max(t.bid for t in latest.values()) > min(t.ask for t in latest.values())

    assert 0 < crossed < len(ticks) / 10


def test_no_ticks_between_friday_evening_and_sunday_evening() -> None:
    friday = parse_time("2026-10-30T20:59:58Z")

    ticks = _ticks(1000, start_ns=friday)

    hours = {fix_time(tick.at_ns)[:11] for tick in ticks}
    assert hours == {"20261030-20", "20261101-21"}


def test_the_generator_ends_at_its_end() -> None:
    until_ns = START_NS + 2 * NS_PER_SECOND

    ticks = list(Generator(("ALPHA",), ("EUR/USD",), "1", START_NS, until_ns, 50.0).ticks())

    assert 50 < len(ticks) < 200
    assert all(tick.at_ns < until_ns for tick in ticks)
