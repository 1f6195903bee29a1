"""`fxrobot ask` and `fxrobot asks`: ask makers for prices, look at the quotes, deal on one."""

from __future__ import annotations

import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer

from robot.errors import RobotError

LOOK_S = 0.2
PATIENCE_S = 120.0
"""How long the command waits for a hit of unknown fate; the robot goes on."""

_COLUMNS = ("maker", "venue", "price", "quote_id", "outcome")

asks_app = typer.Typer(help="Asks: look at them, deal on a quote, end one.", no_args_is_help=True)

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
ActorOption = Annotated[str, typer.Option(help="Who; it is journaled.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it is journaled.")]
AskArgument = Annotated[str, typer.Argument(help="The ask, as `fxrobot asks list` names it.")]
QuoteArgument = Annotated[str, typer.Argument(help="The maker's quote.")]
View = dict[str, Any]


def ask(
    wanted: Annotated[str, typer.Argument(help="E.g. 'buy 5 mio EUR/USD spot'.")],
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    venue: Annotated[list[str] | None, typer.Option(help="Only there; repeat for more.")] = None,
    maker: Annotated[list[str] | None, typer.Option(help="Only these; repeat for more.")] = None,
    limit: Annotated[
        str, typer.Option(help="The worst price to deal at; without it a person chooses.")
    ] = "",
    patience_ms: Annotated[
        int, typer.Option("--patience-ms", help="How long quotes are collected; 0 = the desk's.")
    ] = 0,
    one_way: Annotated[bool, typer.Option("--one-way", help="Show our side at once.")] = False,
    game: Annotated[
        str, typer.Option(help="The game strategy that chooses whom to ask, talks and deals.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Ask makers for a price, deal on the best within the limit, show the comparison.

    Exit code 0: dealt, or without a limit the quotes are there; 1: not dealt.
    """
    from robot.ask_words import read_words
    from robot.messages.asks import AskWanted

    request = f"{actor}-{time.time_ns()}"
    content = read_words(wanted) | {
        "actor": actor,
        "reason": reason,
        "request": request,
        "venues": tuple(venue or ()),
        "makers": tuple(maker or ()),
        "two_way": not one_way,
        "limit_price": _decimal(limit) if limit else None,
        "patience_ms": patience_ms,
        "game": game,
    }
    _send(config, msgspec.convert(content, AskWanted))
    view = _follow(config, request, quiet=as_json)
    if as_json:
        typer.echo(msgspec.json.encode(view))
    else:
        typer.echo(_told(view))
        if view["stage"] == "OPEN":
            typer.echo(f"deal on one: fxrobot asks take {view['ask_id']} QUOTE")
    raise typer.Exit(0 if view["outcome"] == "DEALT" or view["stage"] == "OPEN" else 1)


@asks_app.command("list")
def list_asks(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Open asks, and the last ones that ended, with every maker's last word."""
    views = _asks(config)
    if as_json:
        typer.echo(msgspec.json.encode({"asks": views}))
        return
    typer.echo("\n\n".join(_told(view) for view in views) or "no asks")


@asks_app.command()
def take(
    ask_id: AskArgument,
    quote_id: QuoteArgument,
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Deal on a quote; every limit holds for it."""
    from robot.messages.asks import AskTaken

    wish = AskTaken(actor=actor, reason=reason, ask_id=ask_id, quote_id=quote_id)
    _send(config, wish)
    view = _follow(config, ask_id, quiet=as_json, until=("ENDED", "OPEN", "COLLECTING"))
    _show(view, as_json)
    raise typer.Exit(0 if view["outcome"] == "DEALT" else 1)


@asks_app.command()
def counter(
    ask_id: AskArgument,
    quote_id: QuoteArgument,
    price: Annotated[str, typer.Argument(help="Ours; better for us than the quote.")],
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Answer a quote with a price of ours; the maker may quote again."""
    from robot.messages.asks import AskCountered

    wish = AskCountered(
        actor=actor, reason=reason, ask_id=ask_id, quote_id=quote_id, price=_decimal(price)
    )
    view = _of(_send(config, wish), ask_id)
    _show(view, as_json)
    raise typer.Exit(0 if view["stage"] == "COUNTERED" else 1)


@asks_app.command()
def withdraw(
    ask_id: AskArgument,
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """End an ask without a deal: every quote is passed."""
    from robot.messages.asks import AskWithdrawn

    wish = AskWithdrawn(actor=actor, reason=reason, ask_id=ask_id)
    view = _of(_send(config, wish), ask_id)
    _show(view, as_json)
    raise typer.Exit(0 if view["outcome"] == "WITHDRAWN" else 1)


def _send(config: Path, wish: Any) -> list[View]:
    return _answered(config, "ask", wish)


def _asks(config: Path) -> list[View]:
    return _answered(config, "asks", None)


def _answered(config: Path, command: str, wish: Any) -> list[View]:
    """The asks after a command was carried out."""
    from robot.control import Command
    from robot.control import ask as ask_trader
    from robot.settings import load_settings

    settings = load_settings(config.resolve())
    answer = ask_trader(settings.run_folder / "control", Command(command=command, wish=wish))
    if not answer.get("ok"):
        raise RobotError(str(answer.get("problem", answer)))
    return cast(list[View], answer.get("asks", []))


def _of(views: list[View], name: str) -> View:
    """The ask of that id or of that name of the asker's."""
    for view in views:
        if name in (view["ask_id"], view["request"]):
            return view
    raise RobotError(f"no ask {name}; `fxrobot asks list` shows them")


def _follow(
    config: Path, name: str, *, quiet: bool, until: tuple[str, ...] = ("ENDED", "OPEN")
) -> View:
    """Look until it has ended or waits for a person; each change is shown on a terminal."""
    shown, begun_s = "", time.monotonic()
    while True:
        view = _of(_asks(config), name)
        if view["stage"] in until:
            return view
        told = _told(view)
        if not quiet and sys.stdout.isatty() and told != shown:
            typer.echo(told + "\n")
            shown = told
        if time.monotonic() - begun_s > PATIENCE_S:
            raise RobotError(f"{view['ask_id']} is still {view['stage']}: `fxrobot asks list`")
        time.sleep(LOOK_S)


def _show(view: View, as_json: bool) -> None:
    typer.echo(msgspec.json.encode(view) if as_json else _told(view))


def _told(view: View) -> str:
    """An ask and its comparison as a table."""
    what = " ".join(str(view.get(key, "")) for key in ("side", "amount", "pair", "product"))
    limit = f", limit {view['limit_price']}" if view.get("limit_price") else ""
    lines = [f"{view['ask_id']}  {what.strip()}{limit}: {view['outcome'] or view['stage']}"]
    rows: list[tuple[str, ...]] = [("maker", "venue", "price", "quote", "outcome", "")]
    for quote in view["quotes"]:
        columns = (str(quote.get(key) or "-") for key in _COLUMNS)
        other = " ".join(str(quote[key]) for key in ("amount", "tenor") if quote.get(key))
        detail = (f"for {other}" if other else "", str(quote.get("detail", "")))
        rows.append((*columns, "; ".join(filter(None, detail))))
    if view["quotes"]:
        widths = [max(len(row[place]) for row in rows) for place in range(5)]
        lines += [
            "  " + "  ".join([*(f"{row[n]:<{widths[n]}}" for n in range(5)), row[5]]).rstrip()
            for row in rows
        ]
    return "\n".join([*lines, *(f"  {why}" for why in view["because"])])


def _decimal(text: str) -> Decimal:
    from robot.basics.numbers import parse_decimal

    try:
        return parse_decimal(text)
    except ValueError as problem:
        raise RobotError(f"{text!r} is no price: {problem}") from problem
