"""The command `fxrobot requests`: requests that wait for a person, a rule's or a candidate's."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.access.login import (
    AsOption,
    ConfigOption,
    JsonOption,
    ReasonOption,
    TokenOption,
    access_of,
    desk_of,
    logged_on,
    shown,
)
from robot import control
from robot.answering import Ask, Heard, Said, View, Word, answer, waiting
from robot.basics.numbers import parse_decimal
from robot.errors import RobotError
from robot.settings import Settings

app = typer.Typer(
    help="Requests that wait for a person: look at them, quote, confirm, pass, decline.",
    no_args_is_help=True,
    add_completion=False,
)
NumberArgument = Annotated[int, typer.Argument(help="As `fxrobot requests list` shows it.")]
WhyOption = Annotated[str, typer.Option("--reason", help="Why; it is recorded.")]
_MILLISECOND_NS = 1_000_000
_COLUMNS = ("ask", "kind", "left", "counterparty", "tier", "side", "amount", "pair", "product",
            "suggested", "reason")  # fmt: skip


@app.command("list")
def list_requests(config: ConfigOption, as_json: JsonOption = False) -> None:
    """What waits for a person, the oldest first: left to one by a rule (RULE), or with the price
    that a candidate suggests (SUGGESTION).
    """
    views = waiting(_robot(desk_of(config)))
    if as_json:
        typer.echo(msgspec.json.encode({"requests": views}))
    else:
        typer.echo(told(views))


@app.command()
def quote(
    number: NumberArgument,
    config: ConfigOption,
    reason: ReasonOption,
    bid: Annotated[str, typer.Option(help="Our bid, where it is asked.")] = "",
    offer: Annotated[str, typer.Option(help="Our offer, where it is asked.")] = "",
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Quote a request: both prices, or that of the one side asked; limits and market hold for it.

    Exit code 0: the answer was taken; 1: it was not (too late, or no price).
    """
    prices = {"bid": _price("bid", bid), "offer": _price("offer", offer)}
    said = Said(ask=number, word=Word.QUOTE, reason=reason, **prices)
    _answer(config, said, by, token_file, as_json)


@app.command()
def confirm(
    number: NumberArgument,
    config: ConfigOption,
    reason: WhyOption = "",
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send the suggested price, if the market is still there; else the live version answers."""
    said = Said(ask=number, word=Word.CONFIRM, reason=reason)
    _answer(config, said, by, token_file, as_json)


@app.command("pass")
def pass_request(
    number: NumberArgument,
    config: ConfigOption,
    reason: ReasonOption,
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pass a request: whoever asked gets no price."""
    said = Said(ask=number, word=Word.PASS, reason=reason)
    _answer(config, said, by, token_file, as_json)


@app.command()
def decline(
    number: NumberArgument,
    config: ConfigOption,
    reason: WhyOption = "",
    by: AsOption = "",
    token_file: TokenOption = None,
    as_json: JsonOption = False,
) -> None:
    """Do not send the suggested price: the live version answers."""
    said = Said(ask=number, word=Word.DECLINE, reason=reason)
    _answer(config, said, by, token_file, as_json)


def told(views: list[View]) -> str:
    """What waits, as a table with the reasons below."""
    if not views:
        return "no request waits for a person"
    rows = [tuple(_cell(view, name) for name in _COLUMNS) for view in views]
    table = [("no.", *_COLUMNS[1:]), *rows]
    widths = [max(len(row[place]) for row in table) for place in range(len(_COLUMNS))]
    lines = ["  ".join(f"{cell:<{w}}" for cell, w in zip(row, widths, strict=True)).rstrip()
             for row in table]  # fmt: skip
    for view in views:
        lines += [f"{view['ask']}: {line}" for line in view["because"]]
        facts = (f"{name} {value}" for name, value in view["facts"].items())
        lines.append(f"{view['ask']}: {', '.join(facts)}")
    return "\n".join(map(shown, lines))


def _cell(view: View, name: str) -> str:
    if name == "left":
        left_ms = max(0, view["due_ns"] - view["now_ns"]) // _MILLISECOND_NS
        return f"{left_ms / 1000:.1f} s"
    if name == "product" and view["tenor"]:
        return f"{view['product']} {view['tenor']}"
    if name == "suggested":
        priced = view["kind"] == "SUGGESTION"
        return f"{view['bid'] or '-'}/{view['offer'] or '-'}" if priced else "-"
    return str(view[name])


def _answer(config: Path, said: Said, by: str, token_file: Path | None, as_json: bool) -> None:
    """Log on, say it, tell what became of it. Exit code 1: it was not taken."""
    settings = desk_of(config)
    with access_of(settings) as access:
        who = logged_on(access, by, token_file)
        heard = answer(_robot(settings), who, said)
        if not heard.ok:
            what = f"{said.word} request {said.ask}"
            access.note(who.name, who.how, what, heard.code, heard.detail)
    _say(heard, as_json)
    raise typer.Exit(0 if heard.ok else 1)


def _say(heard: Heard, as_json: bool) -> None:
    if as_json:
        typer.echo(msgspec.json.encode({"ok": heard.ok, **msgspec.to_builtins(heard)}))
    elif heard.ok:
        typer.echo(shown(f"request {heard.ask}: {heard.detail}"))
    else:
        typer.echo(shown(f"request {heard.ask}: not taken: {heard.code}: {heard.detail}"), err=True)


def _robot(settings: Settings) -> Ask:
    path = settings.run_folder / "control"
    return lambda command: control.ask(path, command)


def _price(name: str, text: str) -> Decimal | None:
    try:
        return parse_decimal(text) if text else None
    except ValueError as problem:
        raise RobotError(f"{name} {text!r} is no price: {problem}") from problem
