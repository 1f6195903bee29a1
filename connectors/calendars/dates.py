"""The command `fxrobot dates`: value dates with every step told."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from robot.basics.currency import parse_currency, parse_pair
from robot.basics.holidays import WEEKDAYS
from robot.basics.tenor import Tenor, Unit, parse_tenor
from robot.catalogue import DEPOSIT, Catalogue
from robot.deals.dates import Dated, DepositDates, deposit_dates, swap_dates, value_date
from robot.errors import UnknownTenor
from robot.package import configuration_folder
from robot.settings import load_settings

app = typer.Typer(add_completion=False)
PRODUCTS = {"R": "REPO", "OR": "OUTRIGHT_REPO", "IBO": DEPOSIT}
"""Which money market a term of China belongs to, by its prefix."""
SWAPS = (Unit.ON, Unit.TN, Unit.SN, Unit.SW)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is told, as JSON. `provisional`: some day on the way is computed, not announced."""

    instrument: str
    tenor: str
    trade_date: str
    near: Dated | None = None
    """Near date of a swap tenor, or the start of a deposit."""
    far: Dated
    """The value date, or a deposit's maturity."""
    contract_code: str = ""
    contract_days: int | None = None
    occupied_days: int | None = None
    provisional: bool


# Options may stand after the arguments, as everywhere else in `fxrobot`.
@app.callback(invoke_without_command=True, context_settings={"allow_interspersed_args": True})
def dates(
    instrument: Annotated[str, typer.Argument(help="A pair (USD/CNY) or a currency (CNY).")],
    tenor: Annotated[str, typer.Argument(help="1M, SPOT, ON, IMM1, R007, or 2026-03-05.")],
    trade_date: Annotated[
        datetime, typer.Option(help="The trade date.", formats=["%Y-%m-%d"], show_default=False)
    ],
    product: Annotated[str, typer.Option(help="DEPOSIT, REPO or OUTRIGHT_REPO.")] = "",
    config: Annotated[Path | None, typer.Option(help="Folder with desk.yaml.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, not text.")] = False,
) -> None:
    """Say on which date a tenor falls, which rule took it there and which holiday moved it."""
    catalogue = load_settings((config or configuration_folder()).resolve()).catalogue
    traded = trade_date.date()
    if len(instrument) == 3:
        answer = _deposit(catalogue, instrument, tenor, traded, product)
    else:
        answer = _exchange(catalogue, instrument, tenor, traded)
    if as_json:
        typer.echo(msgspec.json.encode(answer))
        return
    for line in told(answer):
        typer.echo(line)


def told(answer: Answer) -> list[str]:
    """The answer for people: the dates, then every step."""
    lines = [f"{answer.instrument} {answer.tenor}, trade date {answer.trade_date}"]
    if answer.near is not None:
        lines += _steps("from", answer.near)
    lines += _steps("to" if answer.near is not None else "value date", answer.far)
    if answer.contract_days is not None:
        code = f"contract {answer.contract_code}, " if answer.contract_code else ""
        lines.append(
            f"{code}agreed for {answer.contract_days} days, occupied {answer.occupied_days} days"
        )
    if answer.provisional:
        lines.append("provisional: rests on days that are computed and not announced")
    return lines


def _exchange(catalogue: Catalogue, text: str, tenor: str, traded: date) -> Answer:
    convention = catalogue.convention(parse_pair(text))
    calendars = catalogue.calendars(convention.all_calendars)
    wanted = _tenor_or_date(tenor)
    near = None
    if isinstance(wanted, Tenor) and wanted.unit in SWAPS:
        near, far = swap_dates(convention, wanted, traded, calendars)
    else:
        far = value_date(convention, wanted, traded, calendars)
    return Answer(
        instrument=convention.pair,
        tenor=tenor,
        trade_date=str(traded),
        near=near,
        far=far,
        provisional=far.provisional or (near is not None and near.provisional),
    )


def _deposit(catalogue: Catalogue, text: str, tenor: str, traded: date, product: str) -> Answer:
    wanted = _tenor_or_date(tenor)
    usual = PRODUCTS.get(wanted.market, DEPOSIT) if isinstance(wanted, Tenor) else DEPOSIT
    market = catalogue.money_market(parse_currency(text), product or usual)
    calendars = catalogue.calendars([market.calendar_id])
    found: DepositDates = deposit_dates(market, wanted, traded, calendars)
    return Answer(
        instrument=f"{market.currency} {market.product}",
        tenor=tenor,
        trade_date=str(traded),
        near=found.start,
        far=found.maturity,
        contract_code=found.contract_code,
        contract_days=found.contract_days,
        occupied_days=found.occupied_days,
        provisional=found.start.provisional or found.maturity.provisional,
    )


def _tenor_or_date(text: str) -> Tenor | date:
    """A broken date is written as one: 2026-03-05."""
    if len(text) == 10 and text[:1].isdigit():
        try:
            return date.fromisoformat(text)
        except ValueError:
            raise UnknownTenor(f"{text} is not a date (2026-03-05)") from None
    return parse_tenor(text)


def _steps(what: str, found: Dated) -> list[str]:
    """One line a step, then what was in the way, one line a calendar and holiday."""
    lines = [f"{what} {found.day} ({WEEKDAYS[found.day.weekday()]})"]
    for step in found.steps:
        lines.append(f"  {step.start} -> {step.end}  {step.rule}")
        names: dict[tuple[str, str], list[str]] = {}
        for closed in step.closed:
            names.setdefault((closed.calendar, closed.name), []).append(f"{closed.day:%d %b}")
        for (calendar, name), days in names.items():
            lines.append(f"      past {', '.join(days)}: {name} ({calendar})")
    return lines
