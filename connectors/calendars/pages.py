"""The tables of `docs/domain.md` that are made from the configuration."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from robot.calendars import calendar_names, load_calendar
from robot.catalogue import Catalogue
from robot.deals.convention import Convention
from robot.errors import ConfigurationError


def tables(catalogue: Catalogue) -> dict[str, str]:
    """Marker in the page -> the table that belongs there."""
    return {
        "calendars": calendars_table(catalogue.folder),
        "conventions": conventions_table(catalogue),
        "money-market": money_market_table(catalogue),
    }


def written_into(text: str, made: dict[str, str]) -> str:
    """The page with every marked table replaced; a marker that is missing is an error."""
    for name, table in made.items():
        pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not pattern.search(text):
            raise ConfigurationError(f"no <!-- {name} --> ... <!-- /{name} --> in the page")
        text = pattern.sub(lambda found, table=table: f"{found[1]}{table}{found[2]}", text)  # type: ignore[misc]
    return text


def calendars_table(folder: Path) -> str:
    """One row per calendar: what it is, how far it is official, on what that rests."""
    lines = ["| calendar | what | official | rests on | source |", "|---|---|---|---|---|"]
    for name in calendar_names(folder):
        file = load_calendar(folder, name)
        calendar, remarks = file.calendar, file.remarks
        span = f"{calendar.first_official} to {calendar.last_official}"
        source = calendar.source.partition("; provisional")[0]
        about, basis = remarks.get("about", ""), remarks.get("basis", "")
        lines.append(f"| {calendar.id} | {about} | {span} | {basis} | {source} |")
    return "\n".join(lines) + "\n"


def conventions_table(catalogue: Catalogue) -> str:
    """One row per pair."""
    lines = [
        "| pair | spot | calendars | pip | tick | points factor | fixing (NDF) | besides |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for pair, row in catalogue.conventions.items():
        ndf = f"{row.ndf.index}, {row.ndf.lag} days before" if row.ndf is not None else ""
        cells = (
            pair,
            f"T+{row.spot_lag}",
            ", ".join(row.settlement_calendars),
            _plain(row.pip),
            _plain(row.tick),
            _plain(row.points_factor),
            ndf,
            "; ".join(_besides(row)),
        )
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def money_market_table(catalogue: Catalogue) -> str:
    """One row per money market."""
    lines = [
        "| market | start | calendar | months | end-end | contracts |",
        "|---|---|---|---|---|---|",
    ]
    for name, row in catalogue.money_markets.items():
        months = "modified following" if row.modified else "following"
        contracts = f"{row.code}001, {row.code}007 ..." if row.code else ""
        ends = "yes" if row.end_end else "no"
        lines.append(
            f"| {name} | T+{row.lag} | {row.calendar_id} | {months} | {ends} | {contracts} |"
        )
    return "\n".join(lines) + "\n"


def _besides(row: Convention) -> list[str]:
    told = [f"{name}: factor {_plain(by)}" for name, by in row.provider_points_factors.items()]
    if row.dollar_blocks:
        told.append(f"USD holidays block T+1 of {', '.join(row.dollar_blocks)}")
    if not row.dollar_rule:
        told.append("USD holidays do not count")
    if not row.end_end:
        told.append("no end-end")
    if not row.trade_date_rolls:
        told.append("trade date does not roll")
    return told


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
