"""Random days of every product under random limits by value date, counted once more from nothing.

The oracle knows the deals that stand, the quotes that are out and the rows in force, and works each
figure out by the formulas of docs/limits.md; it shares nothing with the sums that the gate keeps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from robot.basics.numbers import round_half_up
from robot.core.state import restore, snapshot
from robot.deals.agreed import agree, with_side
from robot.deals.flow import Leg
from robot.deals.limit_rows import BEYOND, LADDERS, TENOR_BUCKETS, LimitKind, LimitRow
from robot.deals.party import BUY, SELL
from robot.deals.product import price_side
from robot.invariants import check_state
from robot.messages.effects import SendQuote
from robot.messages.governing import Agreed, ReferenceChanged
from tests.kit.desk import Desk
from tests.kit.examples import few
from tests.kit.invariants import standing
from tests.kit.products import CURVES, curve_quote, desk_of_all_products

REQUESTS: dict[str, dict[str, Any]] = {
    "SPOT": {},
    "FORWARD": {"product": "FORWARD", "tenor": "1M"},
    "SWAP": {"product": "SWAP", "far_tenor": "1M"},
    "NDF": {"product": "NDF", "pair": "USD/CNY", "tenor": "1M", "settlement_currency": "USD"},
    "DEPOSIT": {"product": "DEPOSIT", "pair": "USD", "far_tenor": "1M"},
}
SCOPES = [
    {"everyone": "all"},
    {"counterparty": "*"},
    {"counterparty": "BANKA", "currencies": ["EUR"]},
    {"venue": "ALPHA", "products": ["FORWARD", "SWAP"]},
    {"tier": "gold", "pairs": ["EUR/USD", "USD"], "currencies": ["USD"]},
]
MAXIMA = {
    "gross_position": (1_000_000, 6_000_000),
    "tenor_gap": (500_000, 3_000_000),
    "liquidity_gap": (500_000, 3_000_000),
    "dv01": (1, 40),
    "dv01_total": (1, 40),
}
NAMES = [row.name for row in TENOR_BUCKETS]


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for kind, (low, high) in MAXIMA.items():
        rows = []
        for scope in draw(st.lists(st.sampled_from(SCOPES), max_size=2, unique_by=str)):
            row: dict[str, Any] = {**scope, "maximum": str(draw(st.integers(low, high)))}
            if kind in ("tenor_gap", "dv01"):
                row["tenors"] = draw(st.sampled_from([[], ["1W"], ["1M", "3M"]]))
            if kind == "liquidity_gap":
                row["horizon_days"] = draw(st.sampled_from([2, 6, 40]))
            rows.append(row)
        tree[kind] = rows
    return tree


ACTS = st.one_of(
    st.tuples(
        st.just("ask"),
        st.sampled_from(sorted(REQUESTS)),
        st.sampled_from(["BANKA", "BANKB"]),
        st.sampled_from(["buy", "sell", None]),
        st.sampled_from([100_000, 500_000, 2_000_000]),
    ),
    st.tuples(
        st.just("deal"),
        st.sampled_from(sorted(REQUESTS)),
        st.sampled_from(["BANKA", "BANKB"]),
        st.sampled_from(["buy", "sell"]),
        st.sampled_from([100_000, 500_000]),
    ),
    st.tuples(st.just("hit"), st.integers(0, 5), st.sampled_from(["buy", "sell"])),
    st.tuples(st.just("roll"), st.sampled_from([1, 4])),
    st.tuples(st.just("restore")),
    st.tuples(st.just("change"), trees()),
)


def rows_of(tree: dict[str, Any]) -> dict[LimitKind, tuple[LimitRow, ...]]:
    return msgspec.convert(tree, dict[LimitKind, tuple[LimitRow, ...]], strict=False)


def act_on(of: Desk, act: tuple[Any, ...], asked: list[tuple[str, str, str, int]]) -> None:
    match act:
        case ("ask", product, who, side, amount):
            of.rfq(amount, client=who, side=side, **REQUESTS[product])
            pair = REQUESTS[product].get("pair", "EUR/USD")
            asked += [(one.quote_id, who, pair, amount) for one in of.all(SendQuote)]
        case ("deal", product, who, side, amount):
            of.rfq(amount, client=who, side=side, **REQUESTS[product])
            pair = REQUESTS[product].get("pair", "EUR/USD")
            for one in of.all(SendQuote):
                of.hit(one.quote_id, side, amount, client=who, pair=pair)
        case ("hit", number, side) if asked:
            quote, who, pair, amount = asked[-1 - number % len(asked)]
            of.hit(quote, side, amount, client=who, pair=pair)
        case ("roll", days):
            of.roll(days)
            of.market("1.10000", "1.10010")
            of.market("7.0010", "7.0014", pair="USD/CNY")
            for curve in CURVES:
                curve_quote(of, *curve)
        case ("restore",):
            of.engine.state = restore(snapshot(of.state))
        case ("change", tree):
            number = of.state.governed.get("LIMITS", 1) + 1
            changed = msgspec.structs.replace(of.state.reference.limits, tree=rows_of(tree))
            agreed = Agreed(
                proposal=number - 1,
                approval=number,
                proposer="li.wei",
                approver="he.yu",
                content_hash="ab",
                proposed_ns=1,
                approved_ns=2,
            )
            of.step(ReferenceChanged(kind="LIMITS", agreed=agreed, effective_ns=0, limits=changed))


def counted(
    kind: LimitKind, row: LimitRow, product: str, legs: tuple[Leg, ...], today: date
) -> dict[str, D]:
    """What one deal comes to under a row, by the key of its account."""
    sums: dict[str, D] = defaultdict(D)
    for leg in legs:
        for flow in leg.flows:
            days = (flow.value_date - today).days
            bucket = next((one.name for one in TENOR_BUCKETS if days <= one.days), BEYOND)
            if days < 0 or (row.currencies and flow.currency not in row.currencies):
                continue
            if kind is LimitKind.GROSS_POSITION and product != "DEPOSIT":
                sums[flow.currency] += abs(flow.amount)
            if kind is LimitKind.TENOR_GAP and product != "NDF" and _in(row, bucket):
                sums[f"{flow.currency}:{bucket}"] += flow.amount
            if kind is LimitKind.LIQUIDITY_GAP and product != "NDF":
                for ahead in range(days, row.horizon_days + 1):
                    sums[f"{flow.currency}:{today + timedelta(days=ahead)}"] -= flow.amount
            value = -flow.amount * _one_point(days, leg.rate if product == "DEPOSIT" else D(0))
            if kind is LimitKind.DV01 and _in(row, bucket):
                sums[f"{flow.currency}:{bucket}"] += value
            if kind is LimitKind.DV01_TOTAL:
                sums[flow.currency] += value
    return sums


def _in(row: LimitRow, bucket: str) -> bool:
    return not row.tenors or bucket in row.tenors


def _one_point(days: int, rate: D) -> D:
    """EUR, USD and CNY money markets count 360 days."""
    share = Fraction(days, 360)
    exact = share / 10_000 / (1 + Fraction(rate) / 100 * share) ** 2
    return round_half_up(D(exact.numerator) / exact.denominator, D("1E-12"))


def expected(of: Desk) -> dict[str, tuple[D, D, D]]:
    """Used, held up and held down of every account that is not nothing."""
    state, found = of.state, defaultdict(lambda: (D(0), D(0), D(0)))
    for kind, row in _rows(of):
        for deal in standing(of.history):
            where = (deal.counterparty, deal.venue, deal.product, deal.pair)
            for name, legs in _concerned(kind, row, where, [deal.legs]):
                for key, amount in counted(kind, row, deal.product, legs[0], state.today()).items():
                    used, up, down = found[f"{name}:{key}"]
                    found[f"{name}:{key}"] = used + amount, up, down
        for quote in state.quotes.values():
            one = state.negotiations[quote.negotiation]
            where = (one.counterparty, one.venue, str(one.kind), one.pair)
            prices = [(side, quote.price(side)) for side in (BUY, SELL)]
            cases = [
                agree(with_side(one.terms, price_side(one.kind, side)), price).legs
                for side, price in prices
                if price is not None
            ]
            for name, legs in _concerned(kind, row, where, cases):
                of_cases = [counted(kind, row, str(one.kind), case, state.today()) for case in legs]
                for key in {key for case in of_cases for key in case}:
                    used, up, down = found[f"{name}:{key}"]
                    amounts = [case.get(key, D(0)) for case in of_cases]
                    found[f"{name}:{key}"] = (
                        used,
                        up + max(D(0), *amounts),
                        down + max(D(0), *(-amount for amount in amounts)),
                    )
    return {name: figures for name, figures in found.items() if any(figures)}


def _rows(of: Desk) -> Iterator[tuple[LimitKind, LimitRow]]:
    for kind, rows in of.state.reference.limits.tree.items():
        for row in rows:
            yield kind, row


def _concerned(
    kind: LimitKind, row: LimitRow, where: tuple[str, str, str, str], cases: list[Any]
) -> Iterator[tuple[str, list[Any]]]:
    """The account's name without its key, where the row is about it."""
    who, venue, product, pair = where
    if (row.products and product not in row.products) or (row.pairs and pair not in row.pairs):
        return
    scope, value = row.scope
    facts = {"everyone": "all", "counterparty": who, "venue": venue, "tier": "gold"}
    if value not in ("*", facts[scope]):
        return
    filters = [*row.products, *row.pairs, *row.currencies, *row.tenors]
    shown = f"[{','.join(filters)}]" if filters else ""
    yield f"{kind}:{scope}={facts[scope]}{shown}", cases


@few(60)
@given(first=trees(), acts=st.lists(ACTS, min_size=5, max_size=20))
def test_every_figure_by_value_date_is_what_deals_and_quotes_come_to(
    first: dict[str, Any], acts: list[tuple[Any, ...]]
) -> None:
    of = desk_of_all_products(limits={"tree": first})
    asked: list[tuple[str, str, str, int]] = []
    for act in acts:
        act_on(of, act, asked)
        check_state(of.state)
        wanted = expected(of)
        running = {
            name: (one.utilisation, one.reserved_up, one.reserved_down)
            for name, one in of.state.gate.accounts.items()
            if one.in_tree and one.reason.lower() in LADDERS
        }
        found = {name: one for name, one in running.items() if any(one)}
        assert not {*found.items()} ^ {*wanted.items()}, (act, of.state.trade_date)
