"""A request that somebody thought up: the facts that were said, and those that follow from them.

Said once, a fact counts whatever way a rule names it: of a EUR/USD spot request `bid` and
`bid[EUR/USD]` are one. What follows: the middle, the spread and whether it is crossed from bid and
offer; pip and tick from the conventions; the share of a limit; the need from the surplus; day and
hour from the moment. A market that is said is fresh (0 ms), not stale and does not jump, unless it
is said otherwise. All else that is not said is not known: a rule that looks at it does not fire.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.rules.conventions import Steps
from robot.deals.product import ProductKind
from robot.rules.fact import Argument
from robot.rules.facts import FACTS, key_of
from robot.rules.tree import Book, FactKey
from robot.rules.types import DAY_MS, HORIZON, SCALE, Kind, Value, divided
from robot.rules.vocabulary import VALUES

WINDOW, SPAN = "5 min", "1 d"
"""What is meant where none is named."""
_DAYS = tuple(VALUES[Kind.WEEKDAY])
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_QUOTED = frozenset(
    {"bid", "offer", "mid", "market spread", "market age", "market is crossed", "market is stale"}
)
"""Without a pair these are of what is asked; with one, of its spot market."""
_ASKED: dict[str, Value] = {
    "streaming": False, "channel": "fix", "rounds": 0, "broken date": False,
    "counter currency dealt": False, "quotes outstanding": 0,
    "quotes outstanding with counterparty": 0,
}  # fmt: skip
"""How a request is that nothing else is said of."""


class Situation:
    """The facts of one request, or of one look of a book that looks by the clock."""

    def __init__(self, book: Book, steps: Mapping[str, Steps], zone: str = "Asia/Shanghai") -> None:
        self.book = book
        self.steps = steps
        self.zone = zone
        """The desk's own, in which its times of day are."""
        self.said: dict[FactKey, Value] = {}
        self.product, self.pair, self.currency = _scope(book)
        self.tenor = ""
        self.is_request = not book.every

    def copy(self) -> Situation:
        """Another one with the same facts."""
        other = Situation(self.book, self.steps, self.zone)
        other.said = dict(self.said)
        other.product, other.pair, other.currency = self.product, self.pair, self.currency
        other.tenor = self.tenor
        return other

    def ask(self, product: ProductKind, instrument: str, tenor: str = "") -> None:
        """What is asked: of facts without a pair, currency or tenor these are meant."""
        self.product, self.tenor = product, tenor
        self.pair = instrument if "/" in instrument else ""
        self.currency = instrument[:3]

    def put(self, key: FactKey, value: Value) -> None:
        """One more fact."""
        self.said[key] = value

    def put_now(self, instant: int) -> None:
        """The moment, milliseconds since 1970 UTC, and what clock and calendar say then."""
        local = (_EPOCH + timedelta(milliseconds=instant)).astimezone(ZoneInfo(self.zone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        self.put(key_of("instant"), instant)
        self.put(key_of("time"), (local - midnight) // timedelta(milliseconds=1) % DAY_MS)
        self.put(key_of("trade date"), local.date().toordinal())
        self.put(key_of("weekday"), _DAYS[local.weekday()])

    @property
    def pip(self) -> int | None:
        """A pip of what is asked, in units of prices."""
        found = self.steps.get(self.pair)
        return found.pip if found is not None else None

    def row(self) -> tuple[Value, ...]:
        """A value for each fact that the book looks at."""
        known = {self._whole(key): value for key, value in self.said.items()}
        return tuple(_Known(self, known).value(self._whole(key)) for key in self.book.slots)

    def value(self, key: FactKey) -> Value:
        """One fact, said or following from what was said."""
        known = {self._whole(said): value for said, value in self.said.items()}
        return _Known(self, known).value(self._whole(key))

    def _whole(self, key: FactKey) -> FactKey:
        """The key with what is meant where nothing stands in its brackets."""
        fact = FACTS[key.name]
        outright = not self.is_request or self.product is ProductKind.SPOT
        arguments = []
        for argument, said in zip(fact.arguments, key.arguments, strict=True):
            meant = said
            if argument is Argument.PAIR and (outright or key.name not in _QUOTED):
                meant = said or self.pair
            elif argument is Argument.CURRENCY:
                meant = said or self.currency
            elif argument is Argument.TENOR and key.name != "surplus" and key.name != "need":
                meant = said or self.tenor
            elif argument is Argument.WINDOW:
                meant = said or WINDOW
            elif argument is Argument.SPAN:
                meant = said or SPAN
            elif argument is Argument.HORIZON:
                meant = said or HORIZON
            arguments.append(meant)
        return FactKey(key.name, tuple(arguments))


def _scope(book: Book) -> tuple[ProductKind, str, str]:
    """Product, pair and currency where the book is about one alone."""
    codes = {code for scope in book.scope for code in scope.instruments}
    code = next(iter(codes)) if len(codes) == 1 else ""
    bases = {code[:3] for code in codes}
    base = next(iter(bases)) if len(bases) == 1 else ""
    return book.scope[0].product, code if "/" in code else "", base


class _Known:
    """What was said, and what follows from it."""

    def __init__(self, situation: Situation, known: dict[FactKey, Value]) -> None:
        self._situation = situation
        self._known = known

    def value(self, key: FactKey) -> Value:
        """One fact; None = not known."""
        if key in self._known:
            return self._known[key]
        if key.name in _ASKED and self._situation.is_request:
            return _ASKED[key.name]
        return self._of_request(key.name) or self._followed(key)

    def _of_request(self, name: str) -> Value:
        situation = self._situation
        if name == "product":
            return str(situation.product)
        if name == "pair":
            return situation.pair or None
        if name == "currency":
            return situation.currency or None
        if name == "counter currency":
            return situation.pair[4:] or None
        return None

    def _followed(self, key: FactKey) -> Value:
        name, pair = key.name, key.arguments[0] if key.arguments else ""
        steps = self._situation.steps.get(pair or self._situation.pair)
        if name in ("pip", "tick"):
            return getattr(steps, name) if steps is not None else None
        if name in ("bid", "offer", "market age") and not pair:
            return self._in_terms(key)
        if name in _MIDDLES:
            low, high = (self._number(part, key) for part in _MIDDLES[name])
            return None if low is None or high is None else divided(low + high, 2)
        if name == "spot mid":
            return self.value(FactKey("mid", (pair or self._situation.pair, "")))
        if name == "market spread":
            bid, offer = self._number("bid", key), self._number("offer", key)
            return None if bid is None or offer is None else offer - bid
        if name == "market is crossed":
            bid, offer = self._number("bid", key), self._number("offer", key)
            return None if bid is None or offer is None else bid > offer
        if name in _FRESH:
            part, value = _FRESH[name]
            arguments = (*key.arguments, "")[: len(FACTS[part].arguments)]
            return None if self.value(FactKey(part, arguments)) is None else value
        if name == "position share":
            position, limit = self._number("position", key), self._number("position limit", key)
            if position is None or not limit:
                return None
            return divided(position * SCALE[Kind.SHARE], limit)
        if name == "need":
            surplus = self._number("surplus", key)
            return None if surplus is None else max(0, -surplus)
        return None

    def _in_terms(self, key: FactKey) -> Value:
        """The market in the terms of what is asked: points of a swap, a rate of a loan, a price."""
        situation, name = self._situation, key.name
        if key.arguments[1:] != ("",):
            return None
        of_swap, of_loan = _TERMS[name]
        tenor = situation.tenor
        if situation.product.is_loan:
            return self.value(FactKey(of_loan, (situation.currency, tenor)))
        if not situation.pair:
            return None
        spot = FactKey(name, (situation.pair, ""))
        if situation.product is ProductKind.SPOT:
            return self._fresh_age(spot) if name == "market age" else None
        points = self._counted(FactKey(of_swap, (situation.pair, tenor)))
        if situation.product is ProductKind.SWAP or points is None:
            return points
        price = self._counted(spot)
        if price is None:
            return None
        return max(points, price) if name == "market age" else points + price

    def _fresh_age(self, key: FactKey) -> Value:
        bid = FactKey("bid", key.arguments)
        return 0 if self.value(bid) is not None else None

    def _number(self, name: str, key: FactKey) -> int | None:
        return self._counted(FactKey(name, key.arguments))

    def _counted(self, key: FactKey) -> int | None:
        value = self.value(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None


_MIDDLES = {
    "mid": ("bid", "offer"),
    "points mid": ("points bid", "points offer"),
    "rate mid": ("rate bid", "rate offer"),
}
_FRESH: dict[str, tuple[str, Value]] = {
    "market age": ("bid", 0),
    "points age": ("points bid", 0),
    "rate age": ("rate bid", 0),
    "market is stale": ("bid", False),
    "market is jumping": ("bid", False),
}
"""What a market is that is said, where nothing else is said of it."""
_TERMS = {
    "bid": ("points bid", "rate bid"),
    "offer": ("points offer", "rate offer"),
    "market age": ("points age", "rate age"),
}
