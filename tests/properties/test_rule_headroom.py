"""The headroom that rules look at: what is asked for so much passes the gate, one cent more not."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from robot.invariants import check_state
from robot.limits.headroom import CHECKS_MAX, room
from robot.limits.limit import Reason, Refusal
from robot.messages.checks import Check
from robot.messages.effects import AlertRaised, Decided, RefuseRfq, SendQuote
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.kit.products import BONDS, desk_of_all_products
from tests.kit.ruled import RulesDesk, book, rules
from tests.properties.test_limit_tree import ACTS, PARTIES, _act, trees

AT_THE_MIDDLE = book(
    "all: headroom >= 0 mio and line headroom >= 0 mio and headroom share >= 0 %"
    " then quote margin 0 pip",
    "unknown: always then quote margin 0 pip",
)
CENT = D("0.01")
ROOMS: Counter[tuple[str, str]] = Counter()
"""How often there was some room or none, by dealt currency: what the property was tried on."""


def room_of(desk: Desk, amount: object, **request: Any) -> D:
    """What a request for an amount was told; the request is over then."""
    desk.after(20)
    desk.rfq(amount, **request)  # type: ignore[arg-type]
    decided = desk.one(Decided)
    end(desk)
    found = decided.row[0]
    assert isinstance(found, int), decided
    return D(found) / 100


def passes(desk: Desk, amount: object, **request: Any) -> bool:
    desk.after(20)
    desk.rfq(amount, **request)  # type: ignore[arg-type]
    passed = bool(desk.all(SendQuote))
    if not passed:
        assert desk.one(Decided).checks[-1].result == "refused"
    end(desk)
    return passed


def end(desk: Desk) -> None:
    for quote in tuple(desk.state.quotes):
        if quote in {one.quote_id for one in desk.all(SendQuote)}:
            desk.end_rfq(quote=quote)


@few(25)
@given(
    tree=trees(),
    acts=st.lists(ACTS.filter(lambda act: act[0] != "change"), max_size=12),
    size=st.sampled_from(["1000000", "20000000", "0.01"]),
    dealt=st.sampled_from(["", "USD"]),
)
def so_much_passes_and_a_cent_more_is_refused(
    tree: dict[str, Any], acts: list[tuple[Any, ...]], size: str, dealt: str
) -> None:
    desk = RulesDesk(AT_THE_MIDDLE, desk="FX", limits={"tree": tree}, counterparties=PARTIES)
    desk.open()
    desk.market()
    for act in acts:
        _act(desk, act, [])
    desk.market()
    for who in ("BANKA", "BANKC"):
        for side in (None, "buy", "sell"):
            request = {"client": who, "side": side, **({"currency": dealt} if dealt else {})}
            found = room_of(desk, size, **request)
            ROOMS["some" if found else "none", dealt] += 1
            if found:
                rest = {name: said for name, said in request.items() if name != "currency"}
                assert passes(desk, found, **rest), (found, request)
            if dealt:  # told in base currency, rounded down: a whole unit more is too much
                assert not passes(desk, found + 1, client=who, side=side), (found, request)
            else:
                assert not passes(desk, found + CENT, **request), (found, request)


def test_so_much_passes_and_a_cent_more_is_refused() -> None:
    ROOMS.clear()
    so_much_passes_and_a_cent_more_is_refused()
    for dealt in ("", "USD"):
        assert ROOMS["some", dealt] >= 20, f"hardly ever any room: {ROOMS}"


@pytest.mark.parametrize(
    ("product", "asked"),
    [
        ("FORWARD", {"tenor": "1M", "side": "buy"}),
        ("SWAP", {"far_tenor": "1M", "side": None}),
        ("DEPOSIT", {"pair": "CNY", "far_tenor": "1W", "side": "buy"}),
        ("DEPOSIT", {"pair": "CNY", "far_tenor": "1W", "side": "sell"}),
        ("REPO", {"pair": "CNY", "far_tenor": "R007", "side": "sell", "collateral": BONDS}),
    ],
)
def test_every_product_has_its_room(product: str, asked: dict[str, Any]) -> None:
    loan = product in ("DEPOSIT", "REPO")
    head = f'book "all"\nfor {product.lower()} in {"CNY" if loan else "EUR/USD"}\n'
    unit = "0 bp" if loan else "0 pip"
    text = book(f"all: headroom >= 0 mio then quote margin {unit}", head=head)
    desk = desk_of_all_products(strategy=rules(text))
    request = {"product": product, "pair": "EUR/USD", **asked}
    found = room_of(desk, 10_000_000, **request)
    assert found > 0
    if product != "REPO":  # whose collateral would have to grow with it
        assert passes(desk, found, **request)
        assert not passes(desk, found + CENT, **request)


def test_a_quote_that_is_to_be_replaced_takes_no_room_from_the_next() -> None:
    lines = {"counterparty_lines": {"BANKA": "200000"}}
    desk = RulesDesk(AT_THE_MIDDLE, limits=lines).ready()
    desk.rfq(5_000_000, side="buy", stream_s=30)
    first = desk.one(Decided).row[:3]
    assert first[0] == first[1] == int(D(200_000) / D("0.02") / D("1.10005") * 100)
    before = held(desk)
    desk.after(100).market("1.10001", "1.10009")  # another market with the same middle
    desk.after(100).market("1.10002", "1.10012")
    replaced = next(one for one in desk.all(Decided) if one.kind == "REPLACE")
    again = int(D(200_000) / D("0.02") / D("1.10007") * 100)
    assert replaced.row[:2] == (again, again), "what its own quote holds is left aside"
    desk.rfq(1_000_000, side="buy")
    assert desk.one(Decided).row[0] < again - 4_000_000_00, "another request's is not"
    end(desk)
    desk.after(100).market("1.10000", "1.10010")
    assert held(desk) == before


def test_a_question_that_fails_leaves_every_figure_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = RulesDesk(AT_THE_MIDDLE).ready()
    desk.rfq(5_000_000, side="buy", stream_s=30)

    def broken(*_: object) -> None:
        raise ValueError("a check that cannot be made")

    monkeypatch.setattr("robot.core.rule_facts_room.would_refuse", broken)
    desk.after(100).market("1.10002", "1.10012")
    assert "STRATEGY_FAILED" in [alert.code for alert in desk.all(AlertRaised)]
    assert not any(up or down for up, down in held(desk).values()), "its quote was withdrawn"
    check_state(desk.state)


def held(desk: Desk) -> dict[str, tuple[D, D]]:
    accounts = desk.state.gate.accounts.items()
    return {name: (one.reserved_up, one.reserved_down) for name, one in accounts}


def test_share_and_line_are_those_of_the_limit_that_refuses_more() -> None:
    desk = RulesDesk(AT_THE_MIDDLE).ready()
    desk.rfq(1_000_000, side="buy")
    # line of 2m USD, 2 % of the amount at 1.10005: 90,904,959.77 EUR; deals up to 20m
    line = desk.one(Decided).row[1]
    assert desk.one(Decided).row[0] == 20_000_000_00
    assert line == int(D(2_000_000) / D("0.02") / D("1.10005") * 100)
    desk.hit(desk.one(SendQuote).quote_id, "buy")
    small = RulesDesk(AT_THE_MIDDLE, limits={"counterparty_lines": {"BANKA": "40000"}}).ready()
    small.hit(small.quoted(1_000_000, side="buy"), "buy")
    small.rfq(100_000, side="buy")
    left = 40_000 - D("22001")
    assert small.one(Decided).row[2] == int(left / 40_000 * 1_000_000)


def test_without_a_line_or_a_rate_there_is_no_room() -> None:
    desk = RulesDesk(AT_THE_MIDDLE, limits={"counterparty_lines": {"BANKA": "0"}}).ready()
    desk.rfq(1_000_000)
    assert desk.one(Decided).row[:2] == (0, 0)
    assert desk.one(RefuseRfq).reason == "COUNTERPARTY_LINE"


def test_settlement_room_is_that_of_the_worst_date_and_unknown_without_such_a_limit() -> None:
    text = book(
        "all: settlement headroom is known then quote margin 0 pip",
        "unknown: settlement headroom is missing then quote margin 1 pip",
    )
    desk = RulesDesk(text).ready()
    desk.rfq(1_000_000)
    assert desk.decided.row[0] is None
    rows = [{"counterparty": "*", "maximum": "2200100"}]
    limited = RulesDesk(text, limits={"tree": {"settlement": rows}}).ready()
    limited.rfq(1_000_000)
    assert limited.decided.row[0] == 2_000_000_00


@few(200)
@given(
    slopes=st.lists(
        st.tuples(st.integers(1, 500), st.integers(0, 10**9), st.integers(0, 3)),
        min_size=1,
        max_size=12,
    )
)
def test_the_search_finds_the_largest_amount_with_few_questions(
    slopes: list[tuple[int, int, int]],
) -> None:
    def refused(amount: D) -> Refusal | None:
        for number, (slope, maximum, rounding) in enumerate(slopes):
            asked = (amount * slope / 100).quantize(D(1).scaleb(-rounding), "ROUND_CEILING")
            if asked > maximum:
                left = maximum - asked
                check = Check(f"n{number}", "X", D(0), D(0), asked, D(maximum), left, "refused")
                return Refusal(reason=Reason.DEAL_SIZE, detail="", checks=(check,))
        return None

    found = room(refused, CENT)
    assert found.amount == 0 or refused(found.amount) is None
    assert found.questions <= CHECKS_MAX
    if found.questions < CHECKS_MAX:
        assert refused(found.amount + CENT) is not None
