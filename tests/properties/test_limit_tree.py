"""Random trees and random days: never above a limit, and every figure is what the deals explain."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from robot.core.state import restore, snapshot
from robot.invariants import check_recomputed, check_state
from robot.messages.effects import SendQuote
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.kit.invariants import check_within

PARTIES = {
    name: {
        "id": name,
        "name": name,
        "tier": "gold",
        "group": group,
        "country": "CN",
        "type": "bank",
    }
    for name, group in (("BANKA", "G1"), ("BANKB", "G1"), ("BANKC", "G2"))
}
SCOPES = st.sampled_from(
    [
        {"everyone": "all"},
        {"desk": "FX"},
        {"strategy": "*"},
        {"counterparty": "*"},
        {"group": "G1"},
        {"country": "*"},
        {"venue": "ALPHA"},
        {"tier": "gold", "tenors": ["1W"]},
        {"counterparty": "BANKA", "pairs": ["EUR/USD"]},
    ]
)
MAXIMA = {
    "net_open_position": st.integers(1, 4).map(lambda n: n * 1_000_000),
    "settlement": st.integers(1, 6).map(lambda n: n * 1_100_050),
    "daily_volume": st.integers(1, 9).map(lambda n: n * 1_100_050),
    "counterparty_line": st.integers(1, 5).map(lambda n: n * 22_001),
    "quotes_outstanding": st.integers(1, 5),
    "gross_position": st.integers(1, 9).map(lambda n: n * 1_000_000),
    "tenor_gap": st.integers(1, 4).map(lambda n: n * 1_000_000),
    "liquidity_gap": st.integers(1, 4).map(lambda n: n * 1_100_050),
    "dv01": st.integers(1, 4),
    "dv01_total": st.integers(1, 4),
}


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    """A few rows of every kind, one for each scope."""
    tree: dict[str, Any] = {}
    for kind, maxima in MAXIMA.items():
        scopes = draw(st.lists(SCOPES, max_size=3, unique_by=str))
        rows = [{**scope, "maximum": str(draw(maxima))} for scope in scopes]
        if kind == "net_open_position":
            rows = [{**row, "currencies": ["EUR"]} for row in rows]
        if kind == "liquidity_gap":
            rows = [{**row, "horizon_days": 6} for row in rows]
        if kind in ("gross_position", "liquidity_gap", "dv01_total"):
            rows = [{**row, "tenors": []} for row in rows]
        tree[kind] = rows
    return tree


ACTS = st.one_of(
    st.tuples(
        st.just("ask"),
        st.sampled_from(["BANKA", "BANKB", "BANKC"]),
        st.sampled_from(["buy", "sell", None]),
        st.sampled_from([500_000, 1_000_000, 2_000_000]),
    ),
    st.tuples(st.just("hit"), st.integers(0, 5), st.sampled_from(["buy", "sell"])),
    st.tuples(st.just("pass"), st.sampled_from([1, 1_500, 3_000])),
    st.tuples(st.just("roll")),
    st.tuples(st.just("restore")),
    st.tuples(st.just("change"), trees()),
)


def _act(of: Desk, act: tuple[Any, ...], asked: list[tuple[str, str, int]]) -> bool:
    """Do it; whether it changed the limits."""
    match act:
        case ("ask", who, side, amount):
            of.rfq(amount, client=who, side=side)
            asked += [(one.quote_id, who, amount) for one in of.all(SendQuote)]
        case ("hit", number, side) if asked:
            quote, who, amount = asked[-1 - number % len(asked)]
            of.hit(quote, side, amount, client=who)
        case ("pass", milliseconds):
            of.pass_time(milliseconds)
            of.market()
        case ("roll",):
            of.roll()
            of.market()
        case ("restore",):
            of.engine.state = restore(snapshot(of.state))
        case ("change", tree):
            of.changed(desk="FX", limits={"tree": tree}, counterparties=PARTIES)
            of.restart()
            for venue in ("ALPHA", "BETA"):
                of.log_on(venue, trades=len(of.state.deals))
                of.state.venues[venue].reconciled = True
                of.open_dealing(venue)
            of.market()
            return True
    return False


@few(60)
@given(first=trees(), acts=st.lists(ACTS, min_size=5, max_size=30))
def test_no_limit_is_passed_and_every_figure_is_what_the_deals_explain(
    first: dict[str, Any], acts: list[tuple[Any, ...]]
) -> None:
    of = Desk(desk="FX", limits={"tree": first}, counterparties=PARTIES).open()
    of.market()
    asked: list[tuple[str, str, int]] = []
    over: dict[str, Any] = {}
    for act in acts:
        if _act(of, act, asked):
            over = {name: one.shortfall(0, 0) for name, one in of.state.gate.accounts.items()}
        check_state(of.state)
        check_within(of.state)
        for name, account in of.state.gate.accounts.items():
            # a cut may leave it over its maximum; nothing then makes that worse
            assert account.shortfall(0, 0) <= max(0, over.get(name, 0)), name
    of.pass_time(60_000)
    assert not of.state.gate.reservations
    assert not any(a.reserved_up or a.reserved_down for a in of.state.gate.accounts.values())
    check_recomputed(of.state)
