"""Random days of deals, prices, busts, day rolls and restarts: every limit of losses shows what a
list of all deals at average cost says, and nothing is open where it is at its maximum.
"""

from __future__ import annotations

from datetime import date
from decimal import ROUND_FLOOR
from decimal import Decimal as D
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from robot.core.state import restore, snapshot
from robot.invariants import check_state
from robot.messages.effects import DealAmended, DealBooked, SendQuote
from robot.messages.orders import OrderReport
from tests.kit import taker
from tests.kit.desk import Desk
from tests.kit.examples import few

KINDS = ("loss_day", "loss_month", "drawdown")
PARTS = ("realised", "unrealised", "both")
SCOPES: dict[str, dict[str, Any]] = {
    "all": {"everyone": "all"},
    "eur": {"desk": "FX", "pairs": ["EUR/USD"]},
    "jpy": {"book": "FXSPOT", "currencies": ["JPY"]},
    "li": {"trader": "li.ming"},
    "wang": {"trader": "wang.fang"},
}
TIGHT = "T"
UNIT = {"EUR/USD": D("0.01"), "USD/JPY": D(1)}
FIRST = {"EUR/USD": D("1.10005"), "USD/JPY": D("101.995")}


class Naive:
    """Every deal as (trader, pair, deal id, base, counter), and the middles."""

    def __init__(self) -> None:
        self.deals: list[list[Any]] = []
        self.mids = dict(FIRST)
        self.began: dict[str, dict[tuple[str, str], tuple[D, D]]] = {
            "loss_day": {},
            "loss_month": {},
        }
        self.peaks: dict[tuple[str, str], D] = {}

    def follow(self, of: Desk) -> None:
        for effect in of.effects:
            if isinstance(effect, DealBooked):
                deal = effect.deal
                trader = "wang.fang" if deal.strategy == "for wang.fang" else "li.ming"
                self.deals.append([trader, deal.pair, deal.deal_id, *self._flows(deal)])
            elif isinstance(effect, DealAmended):
                for row in self.deals:
                    if row[2] == effect.deal.deal_id:
                        row[3:] = [D(0), D(0)] if effect.deal.void else self._flows(effect.deal)

    @staticmethod
    def _flows(deal: Any) -> list[D]:
        sign = 1 if deal.side == "BUY" else -1
        return [sign * deal.base_amount, -sign * deal.counter_amount]

    def results(self) -> dict[tuple[str, str], tuple[D, D]]:
        """(trader, pair) -> realised and all, in USD."""
        found = {}
        for key in dict.fromkeys((row[0], row[1]) for row in self.deals):
            mid = self.mids[key[1]]
            base, cash, cost = D(0), D(0), D(0)
            for trader, pair, _, bought, paid in self.deals:
                if (trader, pair) == key and bought:
                    base, cash, cost = (
                        base + bought,
                        cash + paid,
                        _cost(base, cost, bought, paid, pair),
                    )
            found[key] = (
                self._usd(key[1], cash + cost, mid),
                self._usd(key[1], cash + base * mid, mid),
            )
        return found

    @staticmethod
    def _usd(pair: str, amount: D, mid: D) -> D:
        return (amount if pair == "EUR/USD" else amount / mid).quantize(D("0.01"), ROUND_FLOOR)

    def roll(self, *, month: bool) -> None:
        self.began["loss_day"] = self.results()
        if month:
            self.began["loss_month"] = self.results()

    def lost(self, kind: str, scope: str, part: str) -> D:
        now = self._sum(self.results(), scope, part)
        if kind != "drawdown":
            return self._sum(self.began[kind], scope, part) - now
        peak = max(self.peaks.get((scope, part), D(0)), now)
        self.peaks[scope, part] = peak
        return peak - now

    @staticmethod
    def _sum(results: dict[tuple[str, str], tuple[D, D]], scope: str, part: str) -> D:
        total = D(0)
        for (trader, pair), (realised, both) in results.items():
            meant = {"eur": pair == "EUR/USD", "jpy": "JPY" in pair}.get(scope, True)
            meant = meant and (scope not in ("li", "wang") or trader.startswith(scope))
            figure = {"realised": realised, "unrealised": both - realised, "both": both}[part]
            total += figure if meant else D(0)
        return total


def _cost(base: D, cost: D, bought: D, paid: D, pair: str) -> D:
    """Of what is open after one more deal, lot by lot in words: more of it costs what it cost, less
    of it costs its share, and what is turned costs the new price.
    """
    after = base + bought
    if base * bought >= 0:
        return cost - paid
    if base * after >= 0:
        return (cost * after / base).quantize(UNIT[pair], "ROUND_HALF_UP")
    return (-paid * after / bought).quantize(UNIT[pair], "ROUND_HALF_UP")


AMOUNTS = st.sampled_from([1_000_000, 333_333, 777_777, 2_000_000])
ACTS = st.one_of(
    st.tuples(st.just("price"), st.sampled_from(sorted(FIRST)), st.integers(-30, 30)),
    st.tuples(
        st.just("deal"), st.sampled_from(sorted(FIRST)), st.sampled_from(["buy", "sell"]), AMOUNTS
    ),
    st.tuples(st.just("order"), st.sampled_from([1_000_000, 333_333])),
    st.tuples(st.just("bust")),
    st.tuples(st.just("roll"), st.sampled_from([1, 1, 40])),
    st.tuples(st.just("restore")),
)


def _desk(tight: str, at_maximum: str) -> Desk:
    tree = {
        kind: [
            {**row, "counts": part, "maximum": "1000000000", "id": f"{kind}.{name}.{part}"}
            for name, row in SCOPES.items()
            for part in PARTS
        ]
        for kind in KINDS
    }
    tree["loss_day"].append(
        {"everyone": "all", "maximum": tight, "at_maximum": at_maximum, "id": TIGHT}
    )
    made = taker.desk(
        desk="FX",
        trader="li.ming",
        limits={"tree": tree, "orders_outstanding": 4},
        hedge={"band": "900000000"},
    )
    made.market("101.990", "102.000", "USD/JPY")
    return made


def _prices(of: Desk, naive: Naive) -> None:
    """Both pairs, half a second later."""
    of.after(500)
    for pair, mid in naive.mids.items():
        half = D("0.00005") if pair == "EUR/USD" else D("0.005")
        of.market(str(mid - half), str(mid + half), pair)
        of.after(300)
    of.pass_time(0)


def _act(of: Desk, naive: Naive, act: tuple[Any, ...]) -> None:
    match act:
        case ("price", pair, steps):
            naive.mids[pair] += steps * (D("0.0001") if pair == "EUR/USD" else D("0.01"))
        case ("deal", pair, side, amount):
            of.rfq(amount, pair=pair, side=side)
            quotes = of.all(SendQuote)
            if quotes:
                of.hit(quotes[0].quote_id, side, amount, pair=pair)
                naive.follow(of)
        case ("order", amount):
            limit = naive.mids["EUR/USD"] + D("0.00005")
            order = taker.placed(of, amount=D(amount), price=limit)
            if order is not None:
                price = str(naive.mids["EUR/USD"] + D("0.00002"))
                taker.trade(of, order, f"X{of.state.stepped}", amount, price)
                naive.follow(of)
        case ("bust",):
            _bust(of, naive)
        case ("roll", days):
            before: date = of.day
            of.roll(days)
            naive.roll(month=(of.day.year, of.day.month) != (before.year, before.month))
        case ("restore",):
            of.engine.state = restore(snapshot(of.state))


def _bust(of: Desk, naive: Naive) -> None:
    """The venue takes the last trade of an order back."""
    standing = [(k, d) for k, d in of.state.deals.items() if d.as_taker and not d.void]
    if standing:
        key, deal = standing[-1]
        sent = next(o for o in _orders(of) if o.order_id == deal.order_id)
        exec_id = key.removeprefix("ALPHA ")
        said = {"reference_exec_id": exec_id, "ended": True}
        taker.report(of, sent, OrderReport.BUSTED, f"B{of.state.stepped}", **said)
        naive.follow(of)


def _orders(of: Desk) -> list[Any]:
    return [one for row in of.history for one in row if type(one).__name__ == "SendOrder"]


@few(30)
@given(
    tight=st.sampled_from(["1000000000", "1500"]),
    at_maximum=st.sampled_from(["refuse", "stop"]),
    acts=st.lists(ACTS, min_size=4, max_size=14),
)
def test_every_loss_is_what_a_list_of_all_deals_says(
    tight: str, at_maximum: str, acts: list[tuple[Any, ...]]
) -> None:
    of, naive = _desk(tight, at_maximum), Naive()
    for act in acts:
        _act(of, naive, act)
        if act[0] != "price":
            _check(of, naive)
        _prices(of, naive)
        _check(of, naive)


def _check(of: Desk, naive: Naive) -> None:
    check_state(of.state)
    accounts = of.state.gate.accounts
    for kind in KINDS:
        for scope in SCOPES:
            for part in PARTS:
                account = accounts.get(f"{kind}.{scope}.{part}")
                wanted = naive.lost(kind, scope, part)
                assert wanted == (account.utilisation if account else D(0)), (kind, scope, part)
    tight = accounts.get(TIGHT)
    if tight is not None and tight.utilisation >= tight.maximum:
        assert not of.state.quotes
