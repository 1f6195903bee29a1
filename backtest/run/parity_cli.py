"""`fxrobot backtest parity`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from backtest.run.parity import Parity
    from backtest.run.rerun import Compared

app = typer.Typer()

DayArgument = Annotated[
    Path, typer.Argument(metavar="DAY", help="A desk's, data or journal folder, or one segment.")
]
DateOption = Annotated[str, typer.Option("--day", help="Trade date, 2026-10-21; else the first.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
KeepOption = Annotated[
    Path | None, typer.Option("--keep", help="Export the day into this new folder, and keep it.")
]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="A data store that has the day; else it is exported.")
]
_CLIENTS = ("RfqReceived", "HitReceived", "RfqEnded", "CounterReceived")
_MARKET = ("MarketUpdated", "CurveUpdated", "FixingPublished")


@app.command("parity")
def show_parity(
    day: DayArgument,
    date: DateOption = "",
    keep: KeepOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """A live day again through the backtest, from what came in from outside alone: the same deals,
    refusals, entries and results, or the first difference and its cause. Exit code 1: it differs.
    """
    import msgspec

    from backtest.run.day import Day
    from backtest.run.parity import examine
    from connectors.evidence.words import day_text

    if keep is not None and data is not None:
        raise typer.BadParameter("--keep is for a fresh export, --data in place of one")
    found = examine(Day(day, day_text(date)), data=data, keep=keep)
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
        lines += [f"  cause: {cause}" for cause in parity.causes]
    lines.append(f"  out of the data: {_taken(parity.taken)}")
    lines += [f"  restarted at the live robot's moment: {moment}" for moment in parity.restarts]
    lines += [f"  taken as it was: {name} {n}" for name, n in sorted(parity.happened.items())]
    if parity.carried:
        lines.append("  began with the positions and deals of the day before")
    return lines + _timers(parity) + _alone(parity)


def _taken(taken: dict[str, int]) -> str:
    """What the data brought, in groups."""
    market, clients = (sum(taken.get(name, 0) for name in names) for names in (_MARKET, _CLIENTS))
    looks = taken.get("TimeAdvanced", 0)
    rest = sum(taken.values()) - market - clients - looks
    return (
        f"{market} of the market, {clients} of clients, {rest} of venues, schedule and persons, "
        f"{looks} looks at the clock"
    )


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
        *(f"  cause: {cause}" for cause in parity.exact_causes),
    ]


def _alone(parity: Parity) -> list[str]:
    """What the live robot's restarts and halts did."""
    alone = parity.alone
    if alone is None:
        return []
    what = "  without the live robot's restarts and halts"
    if alone.proven:
        return [f"{what} it is all the same"]
    return [
        f"{what} it would differ after {_same(alone)}:",
        *_difference(alone),
        *(f"  cause: {cause}" for cause in parity.alone_causes),
    ]
