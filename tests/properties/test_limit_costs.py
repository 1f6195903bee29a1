"""Random days under `collar_over_time`: the costs that count are those of the deals, by hand."""

from __future__ import annotations

from decimal import ROUND_CEILING
from decimal import Decimal as D
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from robot.basics.numbers import ZERO
from robot.core.state import restore, snapshot
from robot.invariants import check_state
from robot.messages.effects import ConcludeDeal, SendQuote
from tests.kit.desk import Desk
from tests.kit.examples import few

SECOND_NS = 10**9
ROWS = [
    {"everyone": "all", "maximum": "900", "within_s": 4},
    {"counterparty": "*", "maximum": "500", "within_s": 1},
]
ACTS = st.one_of(
    st.tuples(
        st.just("ask"), st.sampled_from(["BANKA", "BANKB"]), st.sampled_from(["buy", "sell"])
    ),
    st.tuples(st.just("hit"), st.integers(0, 3)),
    st.tuples(st.just("lose"), st.sampled_from(["BANKA", "BANKB"]), st.integers(1, 2)),
    st.tuples(st.just("move"), st.integers(-4, 4)),
    st.tuples(st.just("pass"), st.sampled_from([1, 300, 600, 2_000])),
    st.tuples(st.just("restore")),
    st.tuples(st.just("roll")),
)


class Day:
    """The desk, and what is known of its quotes and deals without it."""

    def __init__(self) -> None:
        self.of = Desk(limits={"tree": {"collar_over_time": ROWS}}).open()
        self.pips = 0
        self.asked: list[tuple[str, str, str, D]] = []
        self.dealt: list[tuple[int, str, D]] = []
        self.market()

    @property
    def mid(self) -> D:
        return D("1.10005") + self.pips * D("0.0001")

    def market(self) -> None:
        low, high = self.mid - D("0.00005"), self.mid + D("0.00005")
        self.of.market(str(low), str(high))

    def act(self, act: tuple[Any, ...]) -> None:
        of = self.of
        match act:
            case ("ask", who, side):
                over = {name for name, one in self.accounts() if one.utilisation > one.maximum}
                of.rfq(client=who, side=side)
                sent = of.all(SendQuote)
                assert not (sent and over & {"everyone=all", f"counterparty={who}"})
                self.asked += [(one.quote_id, who, side, self.mid) for one in sent]
            case ("hit", number) if self.asked:
                quote, who, side, mid = self.asked[-1 - number % len(self.asked)]
                of.hit(quote, side, client=who)
                for made in of.all(ConcludeDeal):
                    self.deal(who, mid, made.deal)
            case ("lose", who, pips):
                for part in (("ask", who, "buy"), ("move", self.pips + pips), ("hit", 0)):
                    self.act(part)
            case ("move", pips):
                self.pips = pips
                self.market()
            case ("pass", milliseconds):
                of.pass_time(milliseconds)
                self.market()
            case ("restore",):
                of.engine.state = restore(snapshot(of.state))
            case ("roll",):
                of.roll()
                self.market()

    def deal(self, who: str, mid_of_quote: D, deal: Any) -> None:
        """What it is worse than the middle of now, at the rate of the middle when it was quoted."""
        worse = deal.side.sign * (deal.rate - self.mid) * deal.base_amount
        cost = max(ZERO, worse) / deal.rate * mid_of_quote
        self.dealt.append((self.of.at_ns, who, cost.quantize(D("0.01"), ROUND_CEILING)))

    def accounts(self) -> list[tuple[str, Any]]:
        start = "collar_over_time:"
        found = self.of.state.gate.accounts.items()
        return [(name.removeprefix(start), one) for name, one in found if name.startswith(start)]

    def check(self) -> None:
        check_state(self.of.state)
        for name, account in self.accounts():
            who = name.partition("counterparty=")[2]
            since = self.of.at_ns - (1 if who else 4) * SECOND_NS
            costs = (cost for at, whose, cost in self.dealt if at > since and who in ("", whose))
            assert account.utilisation == sum(costs, ZERO), name


@few(40)
@given(acts=st.lists(ACTS, min_size=8, max_size=30))
def test_the_costs_that_count_are_those_of_the_deals_within_their_time(
    acts: list[tuple[Any, ...]],
) -> None:
    day = Day()
    for act in acts:
        day.act(act)
        day.check()
    day.of.pass_time(4_000)
    day.check()
    assert not any(account.utilisation for _, account in day.accounts())
