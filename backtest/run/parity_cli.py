"""`fxrobot backtest parity`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from backtest.run.parity import Compared, Parity

app = typer.Typer()

DayArgument = Annotated[
    Path, typer.Argument(metavar="DAY", help="A desk's, data or journal folder, or one segment.")
]
DateOption = Annotated[str, typer.Option("--day", help="Trade date, 2026-10-21; else the first.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command("parity")
def show_parity(day: DayArgument, date: DateOption = "", as_json: JsonOption = False) -> None:
    """A live day again through the backtest, from what came in from outside alone: the same deals,
    refusals, entries and results, or the first difference. Exit code 1: it differs.
    """
    import msgspec

    from backtest.run.day import Day
    from backtest.run.parity import examine
    from connectors.evidence.words import day_text

    found = examine(Day(day, day_text(date)))
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        for line in lines_of(found):
            typer.echo(line)
    raise typer.Exit(0 if found.proven else 1)


def lines_of(parity: Parity) -> list[str]:
    """For a person."""
    compared = parity.compared
    if parity.proven:
        lines = [
            f"{parity.day}: proven: the backtest did what the live robot did:",
            f"  {_same(compared)}; results:",
        ]
        lines += [f"  {pair:<10} {result}" for pair, result in sorted(compared.results.items())]
    else:
        lines = [f"{parity.day}: it differs after {_same(compared)}", *_difference(compared)]
        lines += [f"  before it: {cause}" for cause in parity.causes]
    lines += [f"  restarted at the live robot's moment: {moment}" for moment in parity.restarts]
    lines += [f"  taken as it was: {name} {n}" for name, n in sorted(parity.happened.items())]
    if parity.carried:
        lines.append("  began with the positions and deals of the day before")
    return lines + _timers(parity)


def _same(compared: Compared) -> str:
    return (
        f"{compared.deals} deals, {compared.refusals} refusals, {compared.quotes} quotes, "
        f"{compared.orders} orders, {compared.postings} postings"
    )


def _difference(compared: Compared) -> list[str]:
    from robot.clock import format_time

    found = compared.difference
    if found is None:
        return []
    lines = (("live", found.live), ("backtest", found.backtest))
    told = [f"  {who + ':':<9} {said or 'nothing more'}" for who, said in lines]
    return [f"  at {format_time(found.at_ns)}", *told]


def _timers(parity: Parity) -> list[str]:
    """What the lateness of the live robot's timers did."""
    exact = parity.exact_timers
    if exact is None:
        return []
    late = f"live, timers fired up to {parity.late_ms} ms late"
    if exact.proven:
        return [f"  {late}; with timers to the nanosecond it is all the same"]
    return [
        f"  {late}; with timers to the nanosecond, as a backtest has them, it would differ after "
        f"{_same(exact)}:",
        *_difference(exact),
    ]
