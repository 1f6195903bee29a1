"""What the status tells of the core's state."""

from __future__ import annotations

from robot.core.state import RobotState
from robot.limits.rates import figures
from robot.release_views import release_view
from robot.stop_views import stop_views

View = dict[str, object]


def state_view(state: RobotState, now_ns: int) -> View:
    """Of one that is dealing: what stops it, what is open, and every limit's figures."""
    return {
        "approvals": state.governed,
        "coming": sorted(state.coming_changes),
        "overrides": list(state.overrides.values()),
        "trade_date": state.trade_date,
        "halts": dict(state.halts),
        "stops": stop_views(state),
        "quotes": len(state.quotes),
        "orders": len(state.orders),
        "asks": len(state.asks),
        "strategy_host": _host_view(state),
        "releases": release_view(state),
        "venues": {
            name: {
                "dealing_up": venue.dealing_up,
                "market_up": venue.market_up,
                "reconciled": venue.reconciled,
                "trading": venue.trading,
            }
            for name, venue in tuple(state.venues.items())
        },
        "limits": figures(state.gate, now_ns),
    }


def _host_view(state: RobotState) -> View | None:
    """Whether the strategy's own process may be asked; None = it runs in the core."""
    if state.configured().strategy.host is None:
        return None
    host = state.host
    return {"ready": host.ready, "told": host.told, "asked": host.asked}
