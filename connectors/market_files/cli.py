"""The command `fxrobot market`: quotes of curves and fixings from files into the running robot.

The file is read and checked whole before anything is sent. Each row becomes a journaled event with
its content, so that replay needs no file. After a restart of the robot the quotes have to be loaded
again: what nobody keeps up to date is not dealt on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.market_files.fixings import BusinessDays, read_fixings
from connectors.market_files.quotes import read_quotes
from robot.basics.currency import CurrencyPair
from robot.basics.holidays import CalendarId
from robot.basics.ids import VenueId
from robot.basics.index import FixingIndex, FixingKind
from robot.basics.rate import PointsFactors
from robot.catalogue import Catalogue
from robot.control import Command, ask
from robot.deals.reference import Reference
from robot.errors import RobotError
from robot.market.curve import PointsQuote, RateQuote
from robot.messages.events import CurveUpdated, FixingPublished
from robot.settings import Settings, load_settings

app = typer.Typer(
    help="Load quotes of curves and fixings from files.", no_args_is_help=True, add_completion=False
)
AT_ONCE = 200
"""Events of one command; a line of the control socket has a bound."""

FileArgument = Annotated[Path, typer.Argument(help="A CSV file.", exists=True, dir_okay=False)]
ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
CheckOption = Annotated[bool, typer.Option("--check", help="Read and check only, send nothing.")]


@app.command()
def quotes(
    file: FileArgument,
    config: ConfigOption,
    source: Annotated[str, typer.Option(help="Who quotes: named on every price.")] = "FILE",
    check: CheckOption = False,
    as_json: JsonOption = False,
) -> None:
    """Swap points and money-market rates: columns kind,name,tenor,bid,offer,at_utc."""
    settings = load_settings(config)
    reference = settings.reference
    factors = points_factors(reference)
    events = [_curve(quote, factors) for quote in read_quotes(file, factors, source)]
    unknown = {event.curve for event in events} - {*reference.conventions}
    unknown -= {*reference.money_markets}
    if unknown:
        raise RobotError(f"{file}: nobody deals on {', '.join(sorted(unknown))} (desk.yaml)")
    _deliver(settings, events, check=check, as_json=as_json)


@app.command()
def fixings(
    file: FileArgument,
    config: ConfigOption,
    check: CheckOption = False,
    as_json: JsonOption = False,
) -> None:
    """Fixings: columns index,value_date,value and, where known, published_utc."""
    settings = load_settings(config)
    events = [
        FixingPublished(
            index=fixing.index,
            value_date=fixing.value_date,
            value=fixing.value,
            published_at_ns=fixing.published_ns,
            source=fixing.source,
        )
        for fixing in read_fixings(file, calendar_of=_calendars(settings.catalogue))
    ]
    _deliver(settings, events, check=check, as_json=as_json)


def points_factors(reference: Reference) -> PointsFactors:
    """How the desk's pairs, and single providers, write points."""
    providers: dict[str, dict[CurrencyPair, Decimal]] = {}
    for pair, convention in reference.conventions.items():
        for provider, factor in convention.provider_points_factors.items():
            providers.setdefault(provider, {})[pair] = factor
    market = {pair: row.points_factor for pair, row in reference.conventions.items()}
    return PointsFactors(market=market, providers=providers)


def _curve(quote: PointsQuote | RateQuote, factors: PointsFactors) -> CurveUpdated:
    """The event of a quote: points in the scale in which the core expects them of this source."""
    if isinstance(quote, PointsQuote):
        curve, scale = str(quote.pair), factors.factor(quote.pair, quote.source) / quote.factor
    else:
        curve, scale = f"{quote.currency} {quote.product}", Decimal(1)
    return CurveUpdated(
        venue=VenueId(quote.source),
        curve=curve,
        tenor=quote.tenor,
        bid=quote.bid * scale,
        offer=quote.offer * scale,
        as_of_ns=quote.at_ns,
    )


def _calendars(catalogue: Catalogue) -> Callable[[FixingIndex], BusinessDays]:
    def calendar_of(index: FixingIndex) -> BusinessDays:
        name = index.currency if index.kind is FixingKind.RATE else index.currency[:3]
        return catalogue.calendars([CalendarId(name)])[CalendarId(name)]

    return calendar_of


def _deliver(
    settings: Settings,
    events: Sequence[CurveUpdated | FixingPublished],
    *,
    check: bool,
    as_json: bool,
) -> None:
    """Send them to the trader, some at a time; nothing when only the file is to be checked."""
    control = settings.run_folder / "control"
    for start in range(0, 0 if check else len(events), AT_ONCE):
        part = tuple(events[start : start + AT_ONCE])
        answer = ask(control, Command(command="market", events=part))
        if not answer.get("ok"):
            raise RobotError(f"after {start} of {len(events)}: {answer.get('problem')}")
    sent = 0 if check else len(events)
    if as_json:
        typer.echo(msgspec.json.encode({"rows": len(events), "sent": sent}))
    else:
        typer.echo(f"{len(events)} rows read, {sent} sent to the robot")
