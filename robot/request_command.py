"""`fxrobot requests`: requests that a rule leaves to a person: look at them, quote or pass one."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, cast

import msgspec
import typer

from robot.errors import RobotError

requests_app = typer.Typer(
    help="Requests that rules leave to a person: look at them, quote or pass one.",
    no_args_is_help=True,
)

ConfigOption = Annotated[Path, typer.Option("--config", help="Folder with desk.yaml and the rest.")]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
ActorOption = Annotated[str, typer.Option(help="Who; it is journaled.")]
ReasonOption = Annotated[str, typer.Option(help="Why; it is journaled.")]
NumberArgument = Annotated[int, typer.Argument(help="As `fxrobot requests list` shows it.")]
View = dict[str, Any]
_MILLISECOND_NS = 1_000_000
_COLUMNS = ("ask", "left", "counterparty", "tier", "side", "amount", "pair", "product", "reason")


@requests_app.command("list")
def list_requests(config: ConfigOption, as_json: JsonOption = False) -> None:
    """What waits for a person, the oldest first, with the rule that asks and its facts."""
    views = _answered(config, "requests", None)
    if as_json:
        typer.echo(msgspec.json.encode({"requests": views}))
    else:
        typer.echo(told(views))


@requests_app.command()
def quote(
    number: NumberArgument,
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    bid: Annotated[str, typer.Option(help="Our bid, where it is asked.")] = "",
    offer: Annotated[str, typer.Option(help="Our offer, where it is asked.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Quote a request: both prices, or that of the one side asked; limits and market hold for it.

    Exit code 0: the answer was taken; 1: it was not (too late, or no price), `list` shows more.
    """
    _answer(
        config, number, actor, reason, as_json, bid=_price("bid", bid), offer=_price("offer", offer)
    )


@requests_app.command("pass")
def pass_request(
    number: NumberArgument,
    config: ConfigOption,
    actor: ActorOption,
    reason: ReasonOption,
    as_json: JsonOption = False,
) -> None:
    """Pass a request: whoever asked gets no price."""
    _answer(config, number, actor, reason, as_json, passed=True)


def _answer(
    config: Path, number: int, actor: str, reason: str, as_json: bool, **said: object
) -> None:
    from robot.messages.hosting import RequestAnswered

    waiting = {view["ask"]: view for view in _answered(config, "requests", None)}
    view = waiting.get(number)
    if view is None:
        raise RobotError(f"no request {number} waits; `fxrobot requests list` shows them")
    content = {"actor": actor, "reason": reason, "ask": number, **said}
    content |= {"venue": view["venue"], "rfq_id": view["rfq_id"]}
    after = _answered(config, "request", msgspec.convert(content, RequestAnswered))
    taken = all(one["ask"] != number for one in after)
    text = "taken" if taken else "not taken: the request goes on waiting, see `fxrobot status`"
    if as_json:
        typer.echo(msgspec.json.encode({"ask": number, "taken": taken, "requests": after}))
    else:
        typer.echo(f"request {number}: {text}")
    raise typer.Exit(0 if taken else 1)


def told(views: list[View]) -> str:
    """What waits, as a table with the rules below."""
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
    return "\n".join(lines)


def _cell(view: View, name: str) -> str:
    if name == "left":
        left_ms = max(0, view["due_ns"] - view["now_ns"]) // _MILLISECOND_NS
        return f"{left_ms / 1000:.1f} s"
    if name == "product" and view["tenor"]:
        return f"{view['product']} {view['tenor']}"
    return str(view[name])


def _price(name: str, text: str) -> Decimal | None:
    from robot.basics.numbers import parse_decimal

    try:
        return parse_decimal(text) if text else None
    except ValueError as problem:
        raise RobotError(f"{name} {text!r} is no price: {problem}") from problem


def _answered(config: Path, command: str, answer: Any) -> list[View]:
    """What waits after a command was carried out."""
    from robot.control import Command, ask
    from robot.settings import load_settings

    settings = load_settings(config.resolve())
    wanted = Command(command=command, answer=answer)
    found = ask(settings.run_folder / "control", wanted)
    if not found.get("ok"):
        raise RobotError(str(found.get("problem", found)))
    return cast(list[View], found.get("requests", []))
