"""The desk of a simulated day: its limits, venues, makers and hedges."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from robot.deals.reference import Reference
from tests.kit.reference import reference
from tests.simulation.book import COUNTERPARTIES, MAKERS

MIDS = {"EUR/USD": Decimal("1.10000"), "USD/JPY": Decimal("102.000")}


def desk_reference(**changes: object) -> Reference:
    """Limits tight enough to matter within a short day."""
    limits = {
        "counterparty_lines": {
            "BANKA": "500000",
            "BANKB": "500000",
            "BANKC": "300000",
            **{name: "2000000" for names in MAKERS.values() for name in names},
        },
        "orders_outstanding": 6,
        "net_open_position": {"EUR": "12000000", "USD": "20000000", "JPY": "1000000000"},
        "price_collar_bp": "100",
    }
    more: dict[str, object] = {
        "venues": [
            {
                "id": name,
                "pairs": list(MIDS),
                "counterparty": COUNTERPARTIES[name],
                "makers": list(MAKERS[name]),
                "mass_cancel": name == "ALPHA",
                "cancel_on_disconnect": name == "ALPHA",
            }
            for name in COUNTERPARTIES
        ],
        "counterparties": {
            name: {"id": name, "name": name, "tier": "gold", **_who(name)}
            for names in (("BANKA", "BANKB"), *MAKERS.values())
            for name in names
        },
        "orders": {"answer_patience_ms": 1_500, "age_max_ms": 6_000},
        "asks": {"hits_max": 3},
        "desk": "FX",
        "four_eyes": True,
    }
    return reference(limits=limits, **{**more, **changes})


def _who(name: str) -> dict[str, str]:
    """Clients are of one group, markets and makers of another."""
    group = "G1" if name.startswith("BANK") else "G2"
    return {"group": group, "country": "CN", "type": "bank"}


def hedges_of(kind: int, chance: Random) -> list[dict[str, object]]:
    """How positions are brought back on a day of this kind."""
    both: list[dict[str, object]] = [
        {"pair": "EUR/USD", "band": "1000000", "target": "200000", "clip": "1500000"},
        {"pair": "USD/JPY", "band": "150000000", "clip": "200000000", "currency": "JPY"},
    ]
    manner = {
        "slippage_bp": "3",
        "interval_ms": chance.choice((50, 300, 1_000)),
        "kind": chance.choice(("LIMIT", "LIMIT", "MARKET")),
        "time_in_force": chance.choice(("IOC", "IOC", "FOK")),
        "rejects_max": 2,
        "pause_ms": 500,
    }
    return [{**row, **manner} for row in both[: min(kind, 2)]]
