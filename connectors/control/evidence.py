"""Evidence over HTTP: explanations, use of limits, reports of days, what-ifs of proposals.

No `from __future__ import annotations` here: FastAPI reads the annotations of nested functions.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, Protocol

import msgspec
from fastapi import Depends, FastAPI, Query, Request
from fastapi import Path as InPath
from fastapi.responses import Response

from connectors.control.bodies import WhatIf
from connectors.control.identity import ApiRefused, key_of
from robot.approvals import Code, Kind, Proposal, Role, Status, Who
from robot.approving import Approving
from robot.contents import diff_of
from robot.control import Command
from robot.errors import RobotError, TemporarilyUnavailable

MAY_ASK = (Role.TRADER, Role.RISK, Role.OPERATIONS)
"""Who may have a day stepped again: it takes a processor for minutes."""
ASKED_MAX = 1_000
_SECURITY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
_MEDIA = {"json": "application/json", "html": "text/html", "csv": "text/csv"}

Day = Annotated[str, Query(pattern=r"^(\d{4}-?\d{2}-?\d{2})?$", description="Trade date")]
Text = Annotated[str, Query(max_length=200)]
Name = Annotated[str, InPath(max_length=200)]
Form = Annotated[Literal["json", "html"], Query(alias="format")]
ReportForm = Annotated[Literal["json", "html", "csv"], Query(alias="format")]


class Evidence(Protocol):
    """What is asked; connectors.evidence has it."""

    def accounts(self, rows: Iterable[Mapping[str, object]]) -> list[object]: ...
    def read(
        self, what: str, form: str, wanted: str = "", venue: str = "", day: str = ""
    ) -> bytes: ...
    def begin(
        self,
        asked_by: str,
        about: str,
        day: str,
        limits: dict[str, object] | None = None,
        strategy: dict[str, object] | None = None,
    ) -> Any: ...
    def jobs(self) -> list[Any]: ...
    def job(self, name: str) -> Any: ...
    def result(self, name: str) -> tuple[bytes, str] | None: ...


Asker = Callable[[Request], Who]


class EvidenceViews:
    """The endpoints, on an application; `reader` and `commander` tell who asks."""

    def __init__(
        self,
        app: FastAPI,
        evidence: Evidence,
        approving: Approving,
        reader: Asker,
        commander: Asker,
    ) -> None:
        self._evidence = evidence
        self._approving = approving
        self._begun: dict[tuple[str, str], str] = {}
        self._add_reading(app, reader)
        self._add_limits(app, reader)
        self._add_what_if(app, reader, commander)

    def _add_reading(self, app: FastAPI, asker: Asker) -> None:
        reader = Annotated[Who, Depends(asker)]

        @app.get("/explain/{wanted:path}")
        def explain(
            wanted: Name, who: reader, venue: Text = "", day: Day = "", form: Form = "json"
        ) -> Response:
            """Everything there is about the id of a deal, request, quote, hit, order, ask."""
            return self._read("explain", form, wanted=wanted, venue=venue, day=day)

        @app.get("/limits/history/{limit_id:path}")
        def history(limit_id: Name, who: reader, day: Day = "") -> Response:
            """Every movement of one limit, oldest first; at most 10,000 of them."""
            return self._read("history", "json", wanted=limit_id, day=day)

        @app.get("/limits/report/{day}")
        def report(
            day: Annotated[str, InPath(pattern=r"^\d{4}-?\d{2}-?\d{2}$")],
            who: reader,
            form: ReportForm = "json",
        ) -> Response:
            """Use, peaks, refusals, warnings, overrides, stops and changes of a trade date."""
            return self._read("report", form, day=day)

        @app.get("/strategy/compare")
        def compare(who: reader, day: Day = "", form: Form = "json") -> Response:
            """The candidate against the live strategy on the same requests, from the journal."""
            return self._read("compare", form, day=day)

    def _add_limits(self, app: FastAPI, asker: Asker) -> None:
        reader = Annotated[Who, Depends(asker)]

        @app.get("/limits")
        def limits(who: reader) -> dict[str, Any]:
            """Limits with their use now, the fullest first (null: no trader answers), the content
            that was approved last, and what is proposed.
            """
            approvals = self._approving.log.read()
            try:
                rows: Any = self._approving.ask(Command(command="status")).get("limits", [])
                use = self._evidence.accounts(rows)
            except RobotError:
                use = None
            kinds = (Kind.LIMITS, Kind.OVERRIDE)
            proposed = [
                {"proposal": msgspec.to_builtins(one), "diff": diff_of(approvals, one)}
                for one in approvals.proposals.values()
                if one.kind in kinds and one.status is Status.OPEN
            ]
            approved = msgspec.to_builtins(approvals.newest(Kind.LIMITS, demo=True))
            return {"use": use, "approved": approved, "proposed": proposed}

    def _add_what_if(self, app: FastAPI, asker: Asker, acting: Asker) -> None:
        reader = Annotated[Who, Depends(asker)]
        commander = Annotated[Who, Depends(acting)]

        @app.post("/what-if", status_code=202)
        def begin(request: Request, body: WhatIf, who: commander) -> dict[str, Any]:
            """A recorded day again under the limits or the strategy of a proposal: a job."""
            if who.role not in MAY_ASK:
                allowed = " or ".join(MAY_ASK)
                raise ApiRefused(403, Code.ROLE, f"{who.name} is {who.role}; it takes {allowed}")
            return self._begin(who, key_of(request), body)

        @app.get("/what-if")
        def jobs(who: reader) -> dict[str, Any]:
            """The jobs of this run of the API, oldest first."""
            return {"jobs": msgspec.to_builtins(self._evidence.jobs())}

        @app.get("/what-if/{job}")
        def result(job: Name, who: reader, form: Form = "json") -> Response:
            """One job, with what it found when it is done; as page only then."""
            known, found = self._evidence.job(job), self._evidence.result(job)
            if known is None or (form == "html" and found is None):
                raise ApiRefused(404, "NOT_FOUND", f"no what-if {job}, or nothing of it yet")
            if form == "html" and found is not None:
                return _response(found[1].encode(), "html")
            whole = {"job": known, "result": msgspec.Raw(found[0]) if found is not None else None}
            return _response(msgspec.json.encode(whole), "json")

    def _read(self, what: str, form: str, **wanted: str) -> Response:
        try:
            return _response(self._evidence.read(what, form, **wanted), form)
        except TemporarilyUnavailable:
            raise  # too much is being read: answered as any part that is away
        except RobotError as problem:
            raise ApiRefused(404, "NOT_FOUND", str(problem)) from problem

    def _begin(self, who: Who, key: str, body: WhatIf) -> dict[str, Any]:
        """Once for each (who, key)."""
        begun = self._evidence.job(self._begun.get((who.name, key), ""))
        if begun is not None:
            return {"ok": True, "job": msgspec.to_builtins(begun)}
        proposal = self._approving.log.read().proposals.get(body.proposal)
        if proposal is None or proposal.kind not in (Kind.LIMITS, Kind.STRATEGY):
            detail = f"no proposal of limits or of a strategy has the number {body.proposal}"
            raise ApiRefused(404, Code.UNKNOWN_PROPOSAL, detail)
        if not self._approving.may_be_tried(proposal):
            detail = "nobody approved the program that it names: try it by fxrobot limits what-if"
            raise ApiRefused(403, "NOT_APPROVED", detail)
        about = f"{body.day} under {_named(proposal)}"
        job = self._evidence.begin(who.name, about, body.day, **_contents(proposal))
        if len(self._begun) >= ASKED_MAX:
            self._begun.clear()
        self._begun[who.name, key] = job.id
        return {"ok": True, "job": msgspec.to_builtins(job)}


def _named(proposal: Proposal) -> str:
    return f"proposal {proposal.number} ({proposal.kind}, {proposal.content_hash[:12]})"


def _contents(proposal: Proposal) -> dict[str, dict[str, object]]:
    return {"limits" if proposal.kind is Kind.LIMITS else "strategy": proposal.content}


def _response(body: bytes, form: str) -> Response:
    return Response(body, media_type=_MEDIA[form], headers={"Content-Security-Policy": _SECURITY})
