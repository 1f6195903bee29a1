"""The command `fxrobot orders`: the robot's orders in the market, and those that a person places.

`list` reads the database, so it works while the robot is stopped; the others go to the running
trader, which judges them as it judges its own and journals them.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.store.queries import open_queries
from connectors.store.views import OrderLife
from robot.basics.ids import VenueId
from robot.basics.numbers import parse_decimal
from robot.clock import nanoseconds, utc_datetime
from robot.control import Answer, Command, ask
from robot.deals.party import Side
from robot.errors import RobotError
from robot.messages.orders import (
    OrderCancelWanted,
    OrderChangeWanted,
    OrderKind,
    OrderWanted,
    TimeInForce,
)
from robot.settings import load_settings

app = typer.Typer(
    help="Orders of ours: look at them, place, change and cancel them.",
    no_args_is_help=True,
    add_completion=False,
)

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
ActorOption = Annotated[str, typer.Option(help="Who; it is journaled.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it is journaled.")]
RequestOption = Annotated[
    str,
    typer.Option(help="Your own name for it: the same is never carried out twice. Else a new one."),
]
OrderArgument = Annotated[str, typer.Argument(metavar="ORDER", help="As `orders list` names it.")]


@app.command("list")
def list_orders(
    config: ConfigOption,
    every: Annotated[bool, typer.Option("--all", help="Ended ones too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The open orders, oldest first."""
    with open_queries(load_settings(config.resolve()).database_url) as queries:
        orders = queries.orders(ended=every)
    if as_json:
        typer.echo(msgspec.json.encode({"orders": orders}))
        return
    if not orders:
        typer.echo("no orders" if every else "no open orders")
    for order in orders:
        typer.echo(_line(order))


@app.command()
def place(
    config: ConfigOption,
    venue: Annotated[str, typer.Option(help="As desk.yaml names it.")],
    pair: Annotated[str, typer.Option(help="EUR/USD")],
    side: Annotated[Side, typer.Option(help="Ours, of the base currency.", case_sensitive=False)],
    amount: Annotated[str, typer.Option(help="Of the dealt currency.")],
    actor: ActorOption,
    reason: ReasonOption,
    currency: Annotated[str, typer.Option(help="Dealt currency; else the base currency.")] = "",
    price: Annotated[str, typer.Option(help="Limit. Without it the order is MARKET.")] = "",
    time_in_force: Annotated[
        TimeInForce, typer.Option(help="How long it works.", case_sensitive=False)
    ] = TimeInForce.IOC,
    until: Annotated[str, typer.Option(help="GTD: 2026-11-22T15:30:00, UTC.")] = "",
    request: RequestOption = "",
    as_json: JsonOption = False,
) -> None:
    """Place an order. Exit code 0: it is sent; 1: it is refused."""
    wanted = OrderWanted(
        actor=actor,
        reason=reason,
        request=request or _new_name(),
        venue=VenueId(venue),
        pair=pair,
        side=side,
        amount=_number(amount, "--amount"),
        currency=currency,
        kind=OrderKind.LIMIT if price else OrderKind.MARKET,
        price=_number(price, "--price") if price else None,
        time_in_force=time_in_force,
        expires_ns=_moment_ns(until) if until else 0,
    )
    _carry_out(config, wanted, "sent as", as_json)


@app.command()
def change(
    order: OrderArgument,
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    amount: Annotated[str, typer.Option(help="The whole of it, what is dealt in it.")] = "",
    price: Annotated[str, typer.Option(help="The new limit.")] = "",
    request: RequestOption = "",
    as_json: JsonOption = False,
) -> None:
    """Change amount or limit of a working order. Exit code 0: the venue is asked; 1: refused."""
    if not (amount or price):
        raise RobotError("nothing to change: give --amount, --price or both")
    wanted = OrderChangeWanted(
        actor=actor,
        reason=reason,
        request=request or _new_name(),
        order_id=order,
        amount=_number(amount, "--amount") if amount else None,
        price=_number(price, "--price") if price else None,
    )
    _carry_out(config, wanted, "the venue is asked to change", as_json)


@app.command()
def cancel(
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    order: Annotated[str, typer.Argument(metavar="[ORDER]", help="One order.")] = "",
    venue: Annotated[str, typer.Option(help="All orders at this venue.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All orders everywhere.")] = False,
    request: RequestOption = "",
    as_json: JsonOption = False,
) -> None:
    """Take orders out. Exit code 0: it is asked for; 1: no such order. Only the venue's word ends
    one: see `fxrobot orders list`.
    """
    if sum((bool(order), bool(venue), every)) != 1:
        raise RobotError("say which: an order, --venue VENUE, or --all")
    wanted = OrderCancelWanted(
        actor=actor, reason=reason, request=request or _new_name(), order_id=order, venue=venue
    )
    _carry_out(config, wanted, "the venue is asked to cancel", as_json)


def _carry_out(
    config: Path,
    wanted: OrderWanted | OrderChangeWanted | OrderCancelWanted,
    done: str,
    as_json: bool,
) -> None:
    settings = load_settings(config.resolve())
    answer: Answer = ask(settings.run_folder / "control", Command(command="order", wanted=wanted))
    if not answer.get("ok"):
        raise RobotError(str(answer.get("problem", answer)))
    reason, detail = str(answer["reason"]), str(answer["detail"])
    if as_json:
        told = {"request": wanted.request, "order_id": answer["order_id"]}
        typer.echo(msgspec.json.encode({**told, "reason": reason, "detail": detail}))
    elif reason:
        typer.echo(f"refused: {reason}: {detail}")
    else:
        typer.echo(f"{done} {answer['order_id'] or detail}")
    raise typer.Exit(1 if reason else 0)


def _new_name() -> str:
    return f"P-{uuid.uuid4().hex[:12]}"


def _number(text: str, option: str) -> Decimal:
    try:
        return parse_decimal(text)
    except ValueError as problem:
        raise RobotError(f"{option}: {problem}; write it as 1000000 or 1.0850") from problem


def _moment_ns(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as problem:
        text = f"--until {text[:40]!r} is no time; write 2026-11-22T15:30:00"
        raise RobotError(text) from problem
    return nanoseconds(moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC))


def _line(order: OrderLife) -> str:
    sent = f"{utc_datetime(order.at_ns):%Y-%m-%d %H:%M:%S}"
    currency = order.currency or order.pair[:3]
    price = order.kind if order.price is None else f"at {order.price:f}"
    told = f"{order.order_id}  {order.venue}  {order.side} {order.amount:f} {currency} of"
    ending = "OPEN" if order.ending is None else order.ending
    times = f"{order.time_in_force}  sent {sent} UTC"
    return f"{told} {order.pair} {price}  {times}  dealt {order.dealt:f}  {ending}"
