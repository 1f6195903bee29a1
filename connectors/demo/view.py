"""The demo's live terminal view: market and quotes, deals, refusals, limits, the speed beside the
model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import cast

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from connectors.demo.played import game_of
from connectors.demo.summary import MODEL_DEALS_PER_SECOND
from connectors.demo.world import Status, World
from connectors.store.queries import Queries
from connectors.store.views import Decision
from robot.basics.currency import base_of
from robot.deals.deal import Deal
from robot.deals.reference import HedgePolicy
from robot.limits.exposure import position_limit

ROWS = 7
LIMITS_SHOWN = 6
TALKS_SHOWN = 5
DECISIONS = 60
"""Of which the newest talks are told: an ask has a few."""


def render(world: World, queries: Queries | None, started_s: float, now_s: float) -> RenderableType:
    """One frame."""
    venue, status = world.venue_status(), world.robot_status()
    deals = queries.deals(newest=ROWS) if queries else []
    refusals = queries.refusals(newest=ROWS) if queries else []
    quoted = queries.quoted(newest=ROWS) if queries else []
    return Group(
        _headline(venue, now_s - started_s),
        _counters(venue, world.back_office_status(), world.kills.total()),
        _quotes(quoted),
        _deals(deals),
        _refusals(refusals),
        *_talks(_newest_talks(world, queries)),
        *_hedging(_hedges(world), status),
        _limits(status),
    )


def _hedges(world: World) -> Sequence[HedgePolicy]:
    return world.settings.reference.hedges if world.settings is not None else ()


def _newest_talks(world: World, queries: Queries | None) -> list[Decision]:
    """What games decided last in asks of ours; nothing where none plays."""
    playing = world.settings is not None and world.settings.reference.strategy.games
    return queries.decisions_of("GAME", "TAKE", newest=DECISIONS) if queries and playing else []


def _talks(decisions: Sequence[Decision]) -> list[Table]:
    """The last word of each ask that a game leads, the newest last."""
    last: dict[str, Decision] = {}
    for row in decisions:
        ask = row.facts.get("ask", row.subject)
        if row.kind == "GAME" or game_of(row):
            last.pop(ask, None)
            last[ask] = row
    if not last:
        return []
    table = _table("Negotiations of ours: what a game said last")
    for name in ("ask", "game", "with", "we", "amount", "pair", "", "said"):
        table.add_column(name, no_wrap=True, justify="right" if name == "amount" else "left")
    for ask, row in [*last.items()][-TALKS_SHOWN:]:
        did = "takes" if row.kind == "TAKE" else row.outcome.lower().replace("_", " ")
        said = row.facts.get("said") or row.facts.get("price", "")
        game = row.strategy if row.kind == "GAME" else game_of(row)
        amount = f"{row.amount:,.0f} {row.facts.get('tenor', '')}".rstrip()
        table.add_row(ask, game, row.counterparty, row.side, amount, row.pair, did, said)
    return [table]


def _headline(venue: Status, seconds: float) -> Text:
    fills = int(cast(int, venue.get("fills", 0)))
    speed = fills / seconds if seconds > 0 else 0.0
    clock = str(venue.get("clock", ""))
    line = Text("fxrobot demo  ", style="bold cyan")
    line.append(" SIMULATED ", style="black on yellow")
    line.append(f"  venue time {clock}   ")
    line.append(f"{speed:5.1f} deals/s", style="bold green")
    line.append(f" (model: {MODEL_DEALS_PER_SECOND}, ")
    line.append(f"x{speed / MODEL_DEALS_PER_SECOND:.0f}", style="bold green")
    line.append(")   Ctrl-C ends it")
    return line


def _counters(venue: Status, back_office: Status, kills: int) -> Panel:
    names = ("requests", "quotes", "hits", "fills", "refusals", "ticks_sent")
    parts = [f"{name.replace('_', ' ')} [bold]{venue.get(name, 0)}[/bold]" for name in names]
    booked = back_office.get("booked", back_office.get("deals", 0))
    parts.append(f"booked by the back office [bold]{booked}[/bold]")
    dealt = cast(dict[str, int], venue.get("fills_by_product", {}))
    if [*dealt] not in ([], ["SPOT"]):
        parts += [f"{name.lower()} [bold]{count}[/bold]" for name, count in dealt.items()]
    if kills:
        parts.append(f"processes killed [bold red]{kills}[/bold red]")
    return Panel("   ".join(parts), border_style="dim")


def _quotes(quoted: list[Decision]) -> Table:
    table = _table("Requests and our quotes")
    widths = {"request": 16, "counterparty": 12, "asks": 8, "amount": 11, "pair": 7}
    for name in (*widths, "bid / offer", "why"):
        table.add_column(
            name,
            no_wrap=True,
            justify="right" if name == "amount" else "left",
            min_width=widths.get(name, 19),
            ratio=1 if name == "why" else None,
        )
    for row in quoted:
        side = {"BUY": "to sell", "SELL": "to buy"}.get(row.side, "two-way")
        table.add_row(
            row.subject,
            row.counterparty,
            side,
            f"{row.amount:,.0f}",
            row.pair,
            Text(row.detail.replace("/", " / "), style="cyan"),
            Text("; ".join(row.because[1:]), overflow="ellipsis", no_wrap=True, style="dim"),
        )
    return table


def _table(title: str) -> Table:
    return Table(
        title=Text(title, style="bold"),
        title_justify="left",
        expand=True,
        box=None,
        header_style="dim",
        pad_edge=False,
    )


def _deals(deals: list[Deal]) -> Table:
    table = _table("Deals")
    names = (
        "deal",
        "counterparty",
        "product",
        "we",
        "amount",
        "pair",
        "rate",
        "value date",
        "edge",
    )
    for name in names:
        table.add_column(name, justify="right" if name in ("amount", "rate", "edge") else "left")
    for deal in deals:
        table.add_row(
            deal.deal_id,
            deal.counterparty,
            deal.product,
            Text(deal.side, style="green" if deal.side == "BUY" else "magenta"),
            f"{deal.base_amount:,.0f}",
            deal.pair,
            " / ".join(str(leg.rate) for leg in deal.legs),
            " / ".join(str(leg.value_date) for leg in deal.legs),
            f"{deal.edge:,.2f}",
        )
    return table


def _refusals(refusals: list[Decision]) -> Table:
    table = _table("Refusals")
    for name in ("request or hit", "counterparty", "pair", "amount", "reason", "numbers"):
        table.add_column(name, no_wrap=name != "numbers", overflow="ellipsis")
    for row in refusals:
        table.add_row(
            row.subject,
            row.counterparty,
            row.pair,
            f"{row.amount:,.0f}",
            Text(row.reason, style="red"),
            Text(row.detail, overflow="ellipsis", no_wrap=True),
        )
    return table


def _hedging(hedges: Sequence[HedgePolicy], status: Status) -> list[Table]:
    """Each hedged position against its band, the widest first; nothing where nothing is hedged."""
    if not hedges:
        return []
    table = _table("Hedging: position against the band that it is brought back into")
    table.show_header = False
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    table.add_column(ratio=3, justify="right")
    limits = cast(list[dict[str, str]], status.get("limits", []))
    held = {row["limit_id"]: Decimal(row["utilisation"]) for row in limits}
    rows = []
    for policy in hedges:
        position = held.get(position_limit(policy.currency or base_of(policy.pair)), Decimal(0))
        rows.append((float(abs(position) / policy.band), policy.pair, position, policy.band))
    for share, pair, position, band in sorted(rows, reverse=True)[:LIMITS_SHOWN]:
        style = "yellow" if share > 1 else "green"
        bar = ProgressBar(total=1.0, completed=min(share, 1.0), complete_style=style)
        name = f"{pair}, outside" if share > 1 else pair
        table.add_row(name, bar, f"{position:,.0f}, band {band:,.0f}")
    return [table]


def _limits(status: Status) -> Table:
    table = _table("Limits: utilisation and the worst case reserved for live quotes")
    table.show_header = False
    table.add_column(ratio=2)
    table.add_column(ratio=3)
    table.add_column(ratio=3, justify="right")
    rows = [_limit(row) for row in cast(list[dict[str, str]], status.get("limits", []))]
    for share, name, text in sorted(rows, reverse=True)[:LIMITS_SHOWN]:
        style = "red" if share >= 0.9 else "yellow" if share >= 0.75 else "green"
        bar = ProgressBar(total=1.0, completed=min(share, 1.0), complete_style=style)
        table.add_row(name, bar, text)
    return table


def _limit(row: dict[str, str]) -> tuple[float, str, str]:
    maximum, utilisation = Decimal(row["maximum"]), Decimal(row["utilisation"])
    high = utilisation + Decimal(row["reserved_up"])
    low = -(utilisation - Decimal(row["reserved_down"])) if row["two_sided"] else high
    worst = max(high, low)
    share = float(worst / maximum) if maximum > 0 else 0.0
    return share, row["limit_id"], f"{share:6.1%} of {maximum:,.0f}"
