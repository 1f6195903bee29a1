"""Facts and events to try a strategy on: by `fxrobot strategy check`, and in its own tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec

from connectors.host.loading import load_class
from robot.basics.ids import VenueId
from robot.strategy import (
    AnswerSeen,
    DaySeen,
    DealSeen,
    Decision,
    Facts,
    Hosted,
    MarketSeen,
    QuoteOver,
    QuoteSeen,
    Seen,
)

AT_NS = 1_760_000_000_000_000_000
_FACTS = {
    "pair": "EUR/USD",
    "product": "SPOT",
    "side": None,
    "amount": "1000000",
    "counterparty": "BANKA",
    "tier": "gold",
    "bid": "1.10000",
    "offer": "1.10010",
    "market_age_ms": 12,
    "pip": "0.0001",
    "tick": "0.00001",
    "value_date": "2025-10-13",
    "far_value_date": None,
    "spot": "1.10005",
    "position": "0",
    "position_limit": "50000000",
    "gap": "0",
    "chance": 0.25,
}
_DEAL = {
    "type": "DealSeen",
    "at_ns": AT_NS,
    "deal_id": "D20251009-000001",
    "version": 1,
    "void": False,
    "quote_id": "Q20251009-000001",
    "counterparty": "BANKA",
    "product": "SPOT",
    "pair": "EUR/USD",
    "side": "BUY",
    "base_amount": "1000000",
    "rate": "1.10002",
    "value_date": "2025-10-13",
}


def facts(**changes: object) -> Facts:
    """A two-way request for a million EUR/USD, or with `changes`; the middle follows the market."""
    given = {**_FACTS, **changes}
    middle = (Decimal(str(given["bid"])) + Decimal(str(given["offer"]))) / 2
    return msgspec.convert({"mid": str(middle), **given}, Facts, strict=False)


def deal(**changes: object) -> DealSeen:
    """A purchase of a million EUR, or with `changes`."""
    return msgspec.convert({**_DEAL, **changes}, DealSeen, strict=False)


def begin(
    path: Path, parameters: Mapping[str, object] | None = None, *, events: Sequence[Seen] = ()
) -> Hosted:
    """The strategy of a file, started and told of events."""
    made = load_class(path)()
    made.start(parameters or {}, 7)
    for event in events:
        made.on_event(event)  # type: ignore[attr-defined]
    return made


SAMPLES: dict[str, Facts] = {
    "two-way": facts(),
    "our bid": facts(side="BUY"),
    "our offer": facts(side="SELL"),
    "large": facts(amount="25000000"),
    "silver": facts(tier="silver"),
    "an unknown tier": facts(tier="nobody"),
    "long at the limit": facts(position="50000000"),
    "short beyond the limit": facts(position="-60000000"),
    "no position limit": facts(position_limit="0"),
    "an old market": facts(market_age_ms=1_900),
    "a crossed market": facts(bid="1.10012", offer="1.10008"),
    "USD/JPY": facts(
        pair="USD/JPY", bid="102.300", offer="102.310", pip="0.01", tick="0.001", spot="102.305"
    ),
    "forward": facts(product="FORWARD", bid="1.10200", offer="1.10225", value_date="2026-01-13"),
    "swap, negative points": facts(
        product="SWAP", bid="-0.00121", offer="-0.00118", far_value_date="2026-01-13"
    ),
    "NDF": facts(product="NDF", pair="USD/CNH", bid="7.1010", offer="7.1040", spot="7.1000"),
    "deposit": facts(
        pair="CNY",
        product="DEPOSIT",
        bid="1.55",
        offer="1.62",
        pip="0.01",
        tick="0.0001",
        spot=None,
        position_limit="0",
        far_value_date="2025-10-20",
    ),
    "repo": facts(
        pair="CNY",
        product="REPO",
        side="SELL",
        bid="1.50",
        offer="1.55",
        pip="0.01",
        tick="0.0001",
        spot=None,
        position_limit="0",
        far_value_date="2025-10-20",
    ),
}
"""What any strategy must answer or pass."""

EVENTS: dict[str, tuple[Seen, ...]] = {
    "days": (DaySeen(at_ns=AT_NS, trade_date=date(2025, 10, 9)),),
    "market": (
        MarketSeen(
            at_ns=AT_NS,
            venue=VenueId("ALPHA"),
            pair=facts().pair,
            bid=Decimal("1.1"),
            offer=None,
        ),
    ),
    "quotes": (
        QuoteSeen(
            at_ns=AT_NS,
            quote_id=deal().quote_id,
            counterparty=deal().counterparty,
            product=deal().product,
            pair=deal().pair,
            amount=Decimal(1_000_000),
            bid=Decimal("1.1"),
            offer=None,
        ),
        QuoteOver(at_ns=AT_NS, quote_id=deal().quote_id, ending="EXPIRED"),
    ),
    "deals": (deal(), deal(version=2, rate="1.10003"), deal(version=3, void=True)),
    "answers": (
        AnswerSeen(at_ns=AT_NS, facts=facts(), decision=Decision(passed="NO")),
        AnswerSeen(at_ns=AT_NS, facts=facts(), decision=None, failure="too late"),
    ),
}
"""What it is told, by what it wants."""
