"""The generated curves: fair, fresh, reproducible; and the venue's own middle made from them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from itertools import pairwise

from connectors.sim.curves import CurveFeed, middle_of, tenors_of, usual_spot_day
from connectors.sim.model import NS_PER_SECOND, CurveTick, Instrument, MarketBook, Tick, parse_time

START_NS = parse_time("2026-10-21T08:00:00Z")
POINTS = Instrument("SWAP", "EUR/USD")
YEN = Instrument("SWAP", "USD/JPY")
REPO = Instrument("REPO", "CNY")
CURVES = {"ALPHA": (POINTS, YEN), "CFETS": (REPO,)}


def _ticks(seconds: int) -> list[Tick]:
    mids = {"EUR/USD": Decimal("1.1172"), "USD/JPY": Decimal("151.20")}
    return [
        Tick(START_NS + second * NS_PER_SECOND, "ALPHA", pair, mid, mid, 1, 1)
        for second in range(seconds)
        for pair, mid in mids.items()
    ]


def _run(seconds: int = 60, seed: str = "1") -> list[Tick | CurveTick]:
    return list(CurveFeed(CURVES, seed).among(_ticks(seconds)))


def test_every_tenor_is_quoted_at_the_start_and_again_about_every_ten_seconds() -> None:
    times: dict[tuple[Instrument, str], list[int]] = defaultdict(list)
    for tick in _run():
        if isinstance(tick, CurveTick):
            times[(tick.instrument, tick.tenor)].append(tick.at_ns)

    wanted = {(each, tenor) for each in (POINTS, YEN, REPO) for tenor, _ in tenors_of(each)}
    assert wanted == set(times)
    for at in times.values():
        assert START_NS == at[0]
        gaps = [(b - a) / NS_PER_SECOND for a, b in pairwise(at)]
        assert 8 <= min(gaps) and max(gaps) <= 12


def test_ticks_and_curves_come_in_the_order_of_time_and_the_ticks_stay_as_they_are() -> None:
    made = _run()

    assert sorted(tick.at_ns for tick in made) == [tick.at_ns for tick in made]
    assert _ticks(60) == [tick for tick in made if isinstance(tick, Tick)]


def test_equal_seeds_give_equal_curves() -> None:
    assert _run(20) == _run(20)
    assert _run(20) != _run(20, "2")


def test_points_are_covered_parity_and_loans_near_the_yield() -> None:
    last = {(t.instrument, t.tenor): t for t in _run() if isinstance(t, CurveTick)}

    assert all(tick.bid < tick.ask for tick in last.values())
    # 2 % between the yields: about 1.1172 x 0.02 x 91 / 360 = 56 pips in three months.
    assert Decimal(50) < last[(POINTS, "3M")].bid < Decimal(60)
    # 3.7 % the other way, on a factor of 100.
    assert Decimal(-145) < last[(YEN, "3M")].bid < Decimal(-135)
    assert Decimal("1.4") < last[(REPO, "R007")].bid < Decimal("1.6")


def test_a_long_pause_of_the_ticks_leaves_no_backlog() -> None:
    first, *_ = _ticks(1)
    late = first._replace(at_ns=START_NS + 86_400 * NS_PER_SECOND)

    made = list(CurveFeed({"ALPHA": (POINTS,)}, "1").among([first, late]))

    assert len(made) <= 2 + 3 * len(tenors_of(POINTS))
    assert sorted(tick.at_ns for tick in made) == [tick.at_ns for tick in made]


def _book() -> MarketBook:
    book = MarketBook()
    for tick in _run(1):
        book.put_curve(tick) if isinstance(tick, CurveTick) else book.put(tick)
    book.put_curve(CurveTick(START_NS, "ALPHA", POINTS, "1M", Decimal(20), Decimal(20)))
    book.put_curve(CurveTick(START_NS, "ALPHA", POINTS, "2M", Decimal(51), Decimal(51)))
    book.put_curve(CurveTick(START_NS, "ALPHA", POINTS, "TN", Decimal(1), Decimal(1)))
    book.put_curve(CurveTick(START_NS, "CFETS", REPO, "R007", Decimal("1.5"), Decimal("1.6")))
    return book


def _middle(product: str, first: str, last: str | None = None) -> Decimal | None:
    return middle_of(_book(), "ALPHA", Instrument(product, "EUR/USD"), (first, last), START_NS)


def test_the_middle_of_a_forward_goes_straight_between_the_tenors() -> None:
    assert "20261023" == f"{usual_spot_day('EUR/USD', START_NS):%Y%m%d}"
    assert Decimal("1.1172") == _middle("SPOT", "20261023")
    assert Decimal("1.1192") == _middle("FORWARD", "20261122")  # 30 days after spot
    assert Decimal("1.1202") == _middle("FORWARD", "20261202")  # 10 of 31 days further
    assert Decimal("1.1171") == _middle("FORWARD", "20261022")  # one day before


def test_the_middle_of_a_swap_is_far_minus_near_and_of_a_loan_its_rate() -> None:
    assert Decimal("0.0010") == _middle("SWAP", "20261122", "20261202")
    loan = middle_of(_book(), "CFETS", REPO, ("20261021", "20261028"), START_NS)
    assert Decimal("1.55") == loan


def test_without_a_curve_or_a_price_there_is_no_middle() -> None:
    empty = MarketBook()
    assert middle_of(empty, "ALPHA", POINTS, ("20261023", "20261123"), START_NS) is None
    assert middle_of(empty, "CFETS", REPO, ("20261021", "20261028"), START_NS) is None
    assert middle_of(_book(), "BETA", POINTS, ("20261023", "20261123"), START_NS) is None
