"""The command `fxrobot users`: who may do what. Passwords come from the terminal or from standard
input, never from the command line.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from connectors.access.login import (
    AsOption,
    ConfigOption,
    JsonOption,
    TokenOption,
    access_of,
    ask_password,
    desk_of,
    logged_on,
    shown,
    write_secret,
)
from robot.access import AccessRefused, Attempt, Token, User
from robot.access_record import AccessRecord
from robot.approval_log import ApprovalLog
from robot.approvals import AccessChanged, AccessUndone, Role
from robot.clock import SystemClock, utc_datetime

app = typer.Typer(help="Users, roles, passwords, API tokens.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens of your own.", no_args_is_help=True)
app.add_typer(token_app, name="token")

NameArgument = Annotated[str, typer.Argument(metavar="NAME")]
RoleOption = Annotated[Role, typer.Option(help="viewer, trader, risk, operations, administrator.")]


@app.command()
def add(
    name: NameArgument,
    config: ConfigOption,
    role: RoleOption = Role.VIEWER,
    first: Annotated[bool, typer.Option(help="The first administrator; nobody is there.")] = False,
    by: AsOption = "",
    token_file: TokenOption = None,
) -> None:
    """Add a user. Standard input: your password (not with --first or a token), then the new one."""
    with access_of(desk_of(config)) as access:
        who = None if first else logged_on(access, by, token_file)
        password = ask_password(f"new password of {name}: ")
        user = access.add_user(who, name, Role.ADMINISTRATOR if first else role, password)
    typer.echo(f"{user.name} is {user.role}")


@app.command("list")
def list_users(config: ConfigOption, as_json: JsonOption = False) -> None:
    """All users with their tokens; no secrets."""
    with access_of(desk_of(config)) as access:
        rows = [_row(user, access.store.tokens(user.name)) for user in access.store.users()]
    if as_json:
        typer.echo(msgspec.json.encode({"users": rows}))
    for row in () if as_json else rows:
        state = "  disabled" if row["disabled"] else ""
        typer.echo(f"{row['name']}  {row['role']}{state}  tokens: {row['tokens_good']}")


@app.command()
def role(
    name: NameArgument,
    role: RoleOption,
    config: ConfigOption,
    by: AsOption = "",
    token_file: TokenOption = None,
) -> None:
    """Give a user another role, at once."""
    with access_of(desk_of(config)) as access:
        user = access.set_role(logged_on(access, by, token_file), name, role)
    typer.echo(f"{user.name} is {user.role}")


@app.command()
def disable(
    name: NameArgument, config: ConfigOption, by: AsOption = "", token_file: TokenOption = None
) -> None:
    """Never let a user in again; sessions and tokens end with it."""
    with access_of(desk_of(config)) as access:
        access.disable(logged_on(access, by, token_file), name)
    typer.echo(f"{name} is disabled")


@app.command()
def password(
    name: NameArgument, config: ConfigOption, by: AsOption = "", token_file: TokenOption = None
) -> None:
    """Set a password: your own, or as an administrator another's. All sessions of the user end."""
    with access_of(desk_of(config)) as access:
        who = logged_on(access, by or name, token_file)
        access.set_password(who, name, ask_password(f"new password of {name}: "))
    typer.echo(f"the password of {name} is changed")


@app.command()
def attempts(config: ConfigOption, newest: int = 50, as_json: JsonOption = False) -> None:
    """Who was let in, and who was refused what."""
    with access_of(desk_of(config)) as access:
        found = access.store.attempts(newest)
    if as_json:
        typer.echo(msgspec.json.encode({"attempts": found}))
    for one in () if as_json else found:
        typer.echo(_line(one))


@app.command()
def changes(config: ConfigOption, as_json: JsonOption = False) -> None:
    """Who changed which user, role or token, from the record that nobody can change unnoticed."""
    notes = ApprovalLog(desk_of(config).data).notes()
    found = [note for note in notes if isinstance(note, AccessChanged | AccessUndone)]
    if as_json:
        typer.echo(msgspec.json.encode({"changes": found}))
    for note in () if as_json else found:
        when = f"{utc_datetime(note.at_ns):%Y-%m-%d %H:%M:%S}"
        if isinstance(note, AccessUndone):
            typer.echo(f"{when}  record {note.undone} could not be done")
            continue
        what = f"{note.change} {note.user} {note.role or ''} {note.token}".rstrip()
        typer.echo(shown(f"{when}  {note.who.name} ({note.who.how})  {what}"))


@app.command()
def record(config: ConfigOption, by: AsOption = "", token_file: TokenOption = None) -> None:
    """Record users and tokens that an older version made, as an administrator who has looked at
    each: what `audit verify --config` calls never recorded.
    """
    settings = desk_of(config)
    with access_of(settings) as access:
        who = logged_on(access, by, token_file)
        if who.role is not Role.ADMINISTRATOR:
            access.note(who.name, who.how, "record users", "ROLE", f"is {who.role}")
            raise AccessRefused(f"{who.name} is {who.role}; to record users takes an administrator")
        rows = access.store.users()
        tokens = [one for user in rows for one in access.store.tokens(user.name)]
        witness = AccessRecord(settings.data, SystemClock().now_ns)
        for line in witness.take_over(who, rows, tokens):
            typer.echo(f"recorded: {line}")


@token_app.command("create")
def create_token(
    config: ConfigOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="A new file for the token.")],
    label: Annotated[str, typer.Option(help="What it is for.")] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is good for.")] = 90,
    by: AsOption = "",
    token_file: TokenOption = None,
) -> None:
    """Make a token of your own and write it to a file that only you may read."""
    with access_of(desk_of(config)) as access:
        who = logged_on(access, by, token_file)
        if output.exists():
            raise AccessRefused(f"{output} is there already; name a new file")
        token, text = access.create_token(who, label, days * 86_400)
    write_secret(output, text)
    typer.echo(f"token {token.token_id} of {token.user} is in {output}")


@token_app.command("revoke")
def revoke_token(
    token_id: Annotated[str, typer.Argument(metavar="TOKEN", help="Its public part.")],
    config: ConfigOption,
    by: AsOption = "",
    token_file: TokenOption = None,
) -> None:
    """End a token at once: your own, or as an administrator anybody's."""
    with access_of(desk_of(config)) as access:
        access.revoke_token(logged_on(access, by, token_file), token_id)
    typer.echo(f"token {token_id} is revoked")


def _row(user: User, tokens: Sequence[Token]) -> dict[str, object]:
    """A user as shown: no hashes."""
    row = msgspec.structs.asdict(user)
    del row["password_hash"]
    shown = [msgspec.structs.asdict(token) for token in tokens]
    for token in shown:
        del token["secret_hash"]
    good = sum(1 for token in tokens if not token.revoked_ns)
    return {**row, "tokens": shown, "tokens_good": good}


def _line(one: Attempt) -> str:
    when = f"{utc_datetime(one.at_ns):%Y-%m-%d %H:%M:%S}"
    became = f"REFUSED {one.code}: {one.detail}" if one.code else "done"
    return shown(f"{when}  {one.user or '?'}  {one.how}  {one.action}  {became}")
