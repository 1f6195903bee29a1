"""The desk that the tests deal for: small round figures, so that prices are worked out by hand.

Margins in pips: gold 0.2 to 1m, 0.3 to 5m, 0.6 to 25m; silver 0.4 to 1m, 1 to 25m. Lean: 2 pips at
a full position.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from robot.basics.holidays import CalendarId, HolidayCalendar
from robot.deals.reference import Reference
from robot.machine_zones import machine_zones

PAIRS = ("EUR/USD", "USD/JPY", "USD/CAD", "EUR/GBP")
CURRENCIES = ("CAD", "EUR", "GBP", "JPY", "USD")


def weekends_only(*names: str) -> dict[CalendarId, HolidayCalendar]:
    """Calendars that know no holidays, so that value dates are counted on the fingers."""
    return {
        CalendarId(name): HolidayCalendar(
            id=CalendarId(name),
            source="made up: weekends only",
            first_official=date(2010, 1, 1),
            last_official=date(2034, 12, 31),
        )
        for name in names
    }


def reference(**changes: Any) -> Reference:
    """The usual desk; `limits={...}`, `quotes={...}`, `market={...}` change single figures."""
    content = _content()
    _change(content, changes)
    made = msgspec.convert(content, Reference, strict=False)
    made = msgspec.structs.replace(made, zones=machine_zones())
    if "calendars" in changes:
        return made
    return msgspec.structs.replace(made, calendars=weekends_only(*CURRENCIES))


def _change(content: dict[str, Any], changes: dict[str, Any]) -> None:
    for name, change in changes.items():
        if isinstance(change, dict) and isinstance(content.get(name), dict):
            _change(content[name], change)
        else:
            content[name] = change


def _content() -> dict[str, Any]:
    return {
        "entity": "BANKCNBJ",
        "book": "FXSPOT",
        "reporting_currency": "USD",
        "venues": [
            {"id": "ALPHA", "pairs": list(PAIRS)},
            {"id": "BETA", "pairs": ["EUR/USD", "USD/JPY"]},
        ],
        "conventions": {
            "EUR/USD": _convention("EUR/USD", 2, "0.0001", "0.00001"),
            "USD/JPY": _convention("USD/JPY", 2, "0.01", "0.001"),
            "USD/CAD": _convention("USD/CAD", 1, "0.0001", "0.00001"),
            "EUR/GBP": _convention("EUR/GBP", 2, "0.0001", "0.00001"),
        },
        "counterparties": {
            "BANKA": {"id": "BANKA", "name": "Bank A", "tier": "gold"},
            "BANKB": {"id": "BANKB", "name": "Bank B", "tier": "gold"},
            "BANKC": {"id": "BANKC", "name": "Bank C", "tier": "silver"},
        },
        "market": {"stale_after_ms": 2000, "crossed_tolerance_ms": 1000},
        "quotes": {"life_ms": 3000, "stream_life_max_ms": 60000, "replace_interval_min_ms": 20},
        "strategy": {
            "name": "two_way",
            "version": "1",
            "factory": "strategies.two_way:TwoWay",
            "parameters": {
                "lean_max": "2",
                "tiers": {
                    "gold": _ladder(("1000000", "0.2"), ("5000000", "0.3"), ("25000000", "0.6")),
                    "silver": _ladder(("1000000", "0.4"), ("25000000", "1")),
                },
            },
        },
        "limits": {
            "deal_size": [
                {"pair": pair, "tier": tier, "maximum": maximum}
                for pair in PAIRS
                for tier, maximum in (("gold", "20000000"), ("silver", "10000000"))
            ],
            "line_currency": "USD",
            "counterparty_lines": {"BANKA": "2000000", "BANKB": "2000000", "BANKC": "1000000"},
            "spot_add_on": "0.02",
            "net_open_position": {
                "EUR": "50000000",
                "USD": "100000000",
                "JPY": "5000000000",
                "CAD": "50000000",
                "GBP": "50000000",
            },
            "price_collar_bp": "25",
            "quotes_outstanding": 40,
            "quotes_outstanding_per_counterparty": 20,
            "messages_per_second": 100,
        },
        "seed": 7,
    }


def _convention(pair: str, spot_lag: int, pip: str, tick: str) -> dict[str, Any]:
    return {"pair": pair, "spot_lag": spot_lag, "pip": Decimal(pip), "tick": Decimal(tick)}


def _ladder(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return [{"up_to": up_to, "margin": margin} for up_to, margin in steps]
