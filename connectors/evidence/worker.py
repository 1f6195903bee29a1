"""Evidence in a process of its own, for the HTTP API: `python -m connectors.evidence.worker`.

A request comes as one JSON object on standard input (a database's address may hold a password, so
nothing is on the command line). Out comes one line of JSON, `Head`, and then the body. Nothing that
is asked for here may hold up the API, which has to be there for the kill switch.
"""

from __future__ import annotations

import os
import sys
from itertools import islice
from pathlib import Path

import msgspec

from connectors.evidence.chain import explain
from connectors.evidence.chain_page import chain_page
from connectors.evidence.days import as_csv, history, report_day
from connectors.evidence.records import journal_folder
from connectors.evidence.release_compare import compared
from connectors.evidence.release_page import compare_page
from connectors.evidence.report import report_page
from connectors.evidence.whatif import what_if
from connectors.evidence.whatif_page import bounded, other_of, what_if_page
from connectors.evidence.words import day_text
from robot.basics.numbers import set_decimal_context
from robot.errors import RobotError
from robot.supervisor import end_with_parent

BODY_MAX = 64 * 1024 * 1024
ROWS_MAX = 2_000
MOVEMENTS_MAX = 10_000
NICE = 10


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """explain, history, report, compare or what-if; as json, html, csv, or both (JSON with the
    page).
    """

    what: str
    form: str = "json"
    data: str = ""
    journal: str = ""
    database_url: str = ""
    wanted: str = ""
    """The id, or the limit."""
    venue: str = ""
    day: str = ""
    limits: dict[str, object] | None = None
    strategy: dict[str, object] | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there is an answer behind it."""

    ok: bool
    problem: str = ""


class Both(msgspec.Struct, frozen=True, kw_only=True):
    """A what-if as data and as page."""

    data: msgspec.Raw
    html: str
    same: bool


def answered(request: Request) -> bytes:
    """The body; RobotError where there is none to give."""
    journal = journal_folder(Path(request.journal))
    day = day_text(request.day)
    if request.what == "explain":
        chain = explain(
            journal,
            request.wanted,
            data=Path(request.data),
            database_url=request.database_url,
            venue=request.venue,
            day=day,
        )
        return chain_page(chain).encode() if request.form == "html" else msgspec.json.encode(chain)
    if request.what == "history":
        found = list(islice(history(journal, request.wanted, day), MOVEMENTS_MAX + 1))
        shown = {"movements": found[:MOVEMENTS_MAX], "more": len(found) > MOVEMENTS_MAX}
        if not found:
            raise RobotError(f"{request.wanted!r} never moved; GET /limits names the limits")
        return msgspec.json.encode(shown)
    if request.what == "report":
        report = report_day(journal, day)
        made = {"html": report_page, "csv": as_csv}.get(request.form)
        return made(report).encode() if made is not None else msgspec.json.encode(report)
    if request.what == "compare":
        beside = compared(journal, day)
        if request.form == "html":
            return compare_page(beside).encode()
        return msgspec.json.encode(beside)
    if request.what == "what-if":
        told = bounded(what_if(journal, day, other_of(request.limits, request.strategy)), ROWS_MAX)
        both = Both(
            data=msgspec.Raw(msgspec.json.encode(told)), html=what_if_page(told), same=told.same
        )
        return msgspec.json.encode(both)
    raise RobotError(f"nothing is called {request.what!r}")


def main() -> int:
    """One request."""
    end_with_parent()
    os.nice(NICE)
    set_decimal_context()
    try:
        request = msgspec.json.decode(sys.stdin.buffer.read(), type=Request)
        body, head = answered(request), Head(ok=True)
        if len(body) > BODY_MAX:
            body, head = b"", Head(ok=False, problem=f"more than {BODY_MAX} bytes: ask for less")
    except (RobotError, msgspec.MsgspecError) as problem:
        body, head = b"", Head(ok=False, problem=str(problem))
    sys.stdout.buffer.write(msgspec.json.encode(head) + b"\n" + body)
    return 0


if __name__ == "__main__":
    sys.exit(main())
