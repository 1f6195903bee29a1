"""Facts of the state against the same worked out again from everything that happened."""

from __future__ import annotations

from decimal import Decimal as D
from itertools import pairwise
from math import isqrt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from robot.core.rule_facts import MAKERS
from robot.core.rule_facts_desk import session_at
from robot.core.rule_state import DAY, HOUR, Happened, PartyHistory, Seconds
from robot.core.rule_view import View
from robot.deals.product import ProductKind
from robot.machine_zones import machine_zones
from robot.messages.effects import DealBooked, QuoteEnded, RefuseRfq, SendQuote
from robot.rules.facts import AVAILABLE, FACTS, NOT_AVAILABLE, key_of
from tests.kit.desk import time_ns
from tests.kit.products import desk_of_all_products
from tests.kit.ruled import RulesDesk, book

FEW = settings(max_examples=25, deadline=None)


def test_every_fact_of_the_registry_is_filled_or_said_not_to_be() -> None:
    assert set(MAKERS) == AVAILABLE
    assert set(NOT_AVAILABLE) | AVAILABLE == set(FACTS)
    assert all(NOT_AVAILABLE.values())


@FEW
@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from(tuple(Happened)), st.booleans()),
        max_size=200,
    )
)
def test_counts_are_those_of_everything_in_the_window(
    steps: list[tuple[int, Happened, bool]],
) -> None:
    history, minute, known = PartyHistory(), 23_000_000, list[tuple[int, Happened]]()
    for wait, what, looks in steps:
        minute += wait
        history.note(what, minute)
        known.append((minute, what))
        if looks:
            minute += wait % 7
        for window in (HOUR, DAY):
            for one in Happened:
                wanted = sum(kind is one and at > minute - window for at, kind in known)
                assert history.count(one, window, minute) == wanted
        assert len(history.rows) <= DAY


@FEW
@given(
    st.lists(st.tuples(st.integers(1, 400), st.integers(-30, 30)), min_size=1, max_size=150),
    st.sampled_from([60, 300, 900]),
)
def test_volatility_is_that_of_every_second(moves: list[tuple[int, int]], window_s: int) -> None:
    seconds, at, mid = Seconds(), 1_000_000, 1_100_000_000
    every: dict[int, int] = {}
    for wait, pips in moves:
        every |= dict.fromkeys(range(at + 1, at + wait), mid) if every else {}
        at, mid = at + wait, mid + pips * 10_000
        seconds.note(at, mid, 1)
        every[at] = mid
        begin = at - window_s
        if begin not in every:
            assert seconds.volatility(at, window_s) is None
            continue
        path = [every[second] for second in range(begin, at + 1)]
        total = sum((after - before) ** 2 for before, after in pairwise(path))
        root = seconds.volatility(at, window_s)
        assert root is not None
        assert abs(2 * root - isqrt(4 * total)) <= 1
        assert seconds.range(at, window_s) == max(path) - min(path)
        assert seconds.first(at, window_s) == path[0]
    assert len(seconds.at) <= 1_300


HISTORY = ("requests", "deals", "rejects", "expired quotes")


@FEW
@given(st.data())
def test_history_facts_are_what_the_journal_says(data: st.DataObject) -> None:
    rules = book(
        'large: size > 8 mio or deals[1 h] > 3 then pass "enough"',
        "all: always then quote margin 0.5 pip valid 2 s",
    )
    desk = RulesDesk(rules).ready()
    seen: list[tuple[int, str, str]] = []
    for _ in range(data.draw(st.integers(1, 12))):
        minutes = data.draw(st.sampled_from([0, 1, 30, 59, 60, 61, 700]))
        desk.after(minutes * 60_000 + 100).market()
        client = data.draw(st.sampled_from(["BANKA", "BANKC"]))
        seen.append((desk.at_ns, client, "requests"))
        effects = desk.rfq(data.draw(st.sampled_from([1, 9])) * 1_000_000, client=client)
        for effect in effects:
            if isinstance(effect, RefuseRfq):
                seen.append((desk.at_ns, client, "rejects"))
            if isinstance(effect, SendQuote) and data.draw(st.booleans()):
                dealt = desk.hit(effect.quote_id, "buy", effect.amount, client=client)
                made = [one for one in dealt if isinstance(one, DealBooked)]
                seen += [(desk.at_ns, client, "deals")] * len(made)
            elif isinstance(effect, SendQuote):
                ended = [e for e in desk.pass_time(2_000) if isinstance(e, QuoteEnded)]
                assert ended[0].ending == "EXPIRED"
                seen.append((desk.at_ns, client, "expired quotes"))
        now = desk.at_ns // 60_000_000_000
        for party in ("BANKA", "BANKC"):
            for name, span, window in [(n, *s) for n in HISTORY for s in (("1 h", 60), ("", 1440))]:
                wanted = sum(
                    (who, what) == (party, name) and at_ns // 60_000_000_000 > now - window
                    for at_ns, who, what in seen
                )
                assert fact(desk, name, party, span) == wanted, (name, span)


def fact(desk: RulesDesk, name: str, client: str, *arguments: str) -> Any:
    """A fact as a request of a client would have it."""
    request = _Asking(client)
    view = View(_context(desk), ProductKind.SPOT, "EUR/USD", 0.5, request)  # type: ignore[arg-type]
    return MAKERS[name](*arguments)(view)


class _Asking:
    def __init__(self, client: str) -> None:
        self.counterparty = client


def _context(desk: Any) -> Any:
    from robot.core.state import Context

    return Context(desk.state, desk.engine._means, desk.at_ns)


def test_facts_of_the_market_and_of_us_by_hand() -> None:
    desk = desk_of_all_products()
    view = View(_context(desk), ProductKind.SPOT, "EUR/USD", 0.25)

    def value(name: str, **said: str) -> Any:
        return MAKERS[name](*key_of(name, **said).arguments)(view)

    assert value("mid", pair="EUR/USD") == 1_100_050_000
    assert value("bid", venue="ALPHA") == 1_100_000_000
    assert value("bid", venue="BETA") is None
    assert value("bid", pair="USD/JPY") is None
    assert value("market spread") == 100_000
    assert value("pip") == 100_000
    assert value("points mid", tenor="1M") == -510_000
    assert value("points mid", tenor="5Y") is None
    assert value("rate bid", currency="CNY", tenor="1W") == 1_500_000
    assert value("rate offer", currency="USD", tenor="1W") is None
    assert value("position", currency="EUR") == 0
    assert value("position limit", currency="EUR") == 5_000_000_000
    assert value("position share", currency="EUR") == 0
    assert value("weekday") == "THU"
    assert value("time") == 34_200_000
    assert value("month end") is False
    assert value("chance") == 250_000
    assert value("fixing", index="SHIBOR ON") is None
    assert value("session") == "london"


def test_sessions_begin_one_after_the_other_and_end_with_new_york() -> None:
    found = [session_at(time_ns(f"{hour:02}:30:00.000"), machine_zones()) for hour in range(24)]
    # 1 May 2014: Tokyo 07:00 is 22:00 UTC, London 08:00 is 07:00, New York 13:00-17:00 17:00-21:00
    assert found == ["asia"] * 7 + ["london"] * 10 + ["new york"] * 4 + ["closed"] + ["asia"] * 2


def test_only_what_a_book_names_is_worked_out() -> None:
    desk = RulesDesk(book("gold: tier is gold and size < 5 mio then quote margin 1 pip")).ready()
    desk.rfq(1_000_000)
    ready = desk.engine._means.live.books.books[0]  # type: ignore[union-attr]
    assert [key.name for key in ready.book.slots] == ["tier", "size", "pip"]
    assert desk.decided.row == ("gold", 100_000_000, 100_000)
    assert len(ready.getters or ()) == 3
    assert D(desk.decided.facts["size"].replace(",", "")) == D(1_000_000)


def test_results_are_those_since_the_day_began() -> None:
    desk = RulesDesk(book("all: always then quote margin 1 pip")).ready()

    def result(*name: str) -> Any:
        view = View(_context(desk), ProductKind.SPOT, "EUR/USD", 0.5)
        return MAKERS[name[0]](*name[1:])(view)

    assert result("desk result today") == 0
    desk.hit(desk.quoted(), "buy")  # sold 1m at 1.10015 against a mid of 1.10005: 100 USD
    assert result("desk result today") == 10_000
    desk.after(100).market("1.10020", "1.10030")
    assert result("pair result today", "EUR/USD") == -10_000
    assert result("pair result today", "USD/JPY") == 0
    desk.after(3_000)
    desk.pass_time()
    assert result("desk result today") is None, "there is no market to value it at"
    desk.roll()
    desk.market("1.10010", "1.10020")
    assert result("desk result today") == 10_000
    assert result("desk result this month") == 0
    desk.after(500)
    desk.restart()
    desk.market("1.10000", "1.10010")
    assert result("desk result today") == 20_000


def test_the_cutoff_is_that_of_the_currencys_own_clock_on_the_trade_date() -> None:
    cutoffs = {
        "CNY": {"time_s": 16 * 3_600 + 50 * 60, "zone": "Asia/Shanghai"},
        "EUR": {"time_s": 15 * 3_600, "zone": "Europe/Berlin"},
    }
    desk = desk_of_all_products(cutoffs=cutoffs)

    def left(currency: str) -> Any:
        view = View(_context(desk), ProductKind.SPOT, "EUR/USD", 0.5)
        return MAKERS["time to cutoff"](currency)(view)

    # 09:30 UTC is 17:30 in Beijing and 11:30 in Berlin
    assert left("CNY") == -40 * 60_000
    assert left("") == left("EUR") == 3_600_000 * 7 // 2
    assert left("USD") is None, "nobody said when"
    desk.roll(2)
    assert left("CNY") is None, "Saturday"
    desk.roll(2)
    assert left("CNY") == (4 * 24 * 60 - 40) * 60_000


def test_cash_is_the_balance_told_and_all_flows_until_the_date() -> None:
    desk = desk_of_all_products(nostro={"EUR": "1500000", "CNY": "0"})

    def cash(name: str, *said: str) -> Any:
        view = View(_context(desk), ProductKind.SPOT, "EUR/USD", 0.5)
        return MAKERS[name](*said)(view)

    assert cash("surplus", "EUR", "") == 150_000_000
    assert cash("surplus", "USD", "") is None, "nobody said what was there"
    desk.hit(desk.quoted(1_000_000), "buy")  # EUR leaves on Monday 5 May
    desk.hit(desk.quoted(1_000_000, product="FORWARD", tenor="1M"), "buy", product="FORWARD")
    assert [cash("surplus", "EUR", tenor) for tenor in ("", "SPOT", "1M")] == [
        150_000_000,
        50_000_000,
        -50_000_000,
    ]
    assert [cash("need", "EUR", tenor) for tenor in ("SPOT", "1M")] == [0, 50_000_000]
    assert cash("days to next need", "EUR") == 35
    assert cash("days to next need", "CNY") is None
