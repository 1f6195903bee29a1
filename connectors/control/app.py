"""The endpoints; what they do is `robot.approving`'s and the trader's.

No `from __future__ import annotations` here: FastAPI reads the annotations of nested functions.
"""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

import robot
from connectors.control.bodies import Approve, Because, Kill, LogOn, Propose, Release
from connectors.control.bounds import Bounds
from connectors.control.evidence import Evidence, EvidenceViews
from connectors.control.identity import (
    COOKIE,
    LOG_ONS_A_MINUTE,
    REQUESTS_A_MINUTE,
    ApiRefused,
    Identity,
    Pace,
    key_of,
)
from connectors.control.releases import ReleaseViews
from robot.access import SESSION_S, Access, Denied
from robot.approvals import Code, Kind, Proposal, Who
from robot.approving import Approving, Outcome
from robot.contents import diff_of
from robot.control import Command
from robot.errors import RobotError, TemporarilyUnavailable
from robot.kill_file import pull_by_file
from robot.messages.stops import read_part

ANSWERS_MAX = 1_000
TOLD_MAX = 10
"""So many mistakes of a body are told: the answer is no larger than what was asked."""
_STATUS = {
    Code.UNKNOWN_PROPOSAL: 404,
    Code.ROLE: 403,
    Code.SELF_APPROVAL: 403,
    Code.NOT_YOURS: 403,
    Code.NOT_VALID: 422,
    Code.NO_REASON: 422,
}
Answer = dict[str, Any]


class Api:
    """The application and what its endpoints share."""

    def __init__(
        self,
        access: Access,
        approving: Approving,
        evidence: Evidence,
        run_folder: Path,
        now_ns: Callable[[], int],
        *,
        secure: bool,
    ) -> None:
        self.identity = Identity(access, now_ns)
        self.approving = approving
        self._run_folder = run_folder
        self._secure = secure
        self._pace = Pace(now_ns, REQUESTS_A_MINUTE)
        self._log_ons = Pace(now_ns, LOG_ONS_A_MINUTE)
        self._killed: OrderedDict[tuple[str, str], Answer] = OrderedDict()
        self._lock = Lock()
        self.app = FastAPI(
            title="fxrobot", version=robot.__version__, docs_url=None, redoc_url=None
        )
        self.app.add_middleware(Bounds)
        self._handle_errors()
        self._add_sessions()
        self._add_views()
        self._add_commands()
        EvidenceViews(self.app, evidence, approving, self._reader, self._commander)
        ReleaseViews(self.app, approving, self._reader, self._commander, _told)

    def _paced(self, request: Request) -> None:
        self._pace.take(request.client.host if request.client else "")

    def _handle_errors(self) -> None:
        @self.app.exception_handler(ApiRefused)
        def refused(request: Request, problem: ApiRefused) -> JSONResponse:
            if problem.status not in (401, 404) and problem.code != "CSRF":
                # who was not let in is recorded where it is found
                self.identity.note(
                    request,
                    _who_of(request),
                    problem.code,
                    problem.detail,
                    witnessed=problem.witnessed,
                )
            return _error(problem.status, problem.code, problem.detail)

        @self.app.exception_handler(RequestValidationError)
        def malformed(request: Request, problem: RequestValidationError) -> JSONResponse:
            errors = problem.errors()
            told = "; ".join(
                f"{'.'.join(str(part)[:80] for part in error['loc'])}: {error['msg']}"
                for error in errors[:TOLD_MAX]
            )
            told += f"; {len(errors) - TOLD_MAX} more" if len(errors) > TOLD_MAX else ""
            self.identity.note(request, _who_of(request), "MALFORMED", told)
            return _error(422, "MALFORMED", told)

        @self.app.exception_handler(HTTPException)
        def no_request(request: Request, problem: HTTPException) -> JSONResponse:
            """No JSON, no such place: found before anybody knows who asks, so it is paced here."""
            try:
                self._paced(request)
            except ApiRefused as over:
                return _error(over.status, over.code, over.detail)
            if problem.status_code != 400:
                return _error(problem.status_code, "NO_SUCH_REQUEST", str(problem.detail))
            self.identity.note(request, None, "MALFORMED", str(problem.detail))
            return _error(400, "MALFORMED", str(problem.detail))

        @self.app.exception_handler(TemporarilyUnavailable)
        def away(request: Request, problem: TemporarilyUnavailable) -> JSONResponse:
            return _error(503, "UNAVAILABLE", str(problem))

        @self.app.exception_handler(RobotError)
        def failed(request: Request, problem: RobotError) -> JSONResponse:
            return _error(409, "NOT_DONE", str(problem))

    def _add_sessions(self) -> None:
        @self.app.post("/session")
        def log_on(request: Request, body: LogOn) -> JSONResponse:
            """Log on by password; the answer has the key for the header of commands."""
            self._log_ons.take(request.client.host if request.client else "")
            opened = self.identity.access.open_session(body.name, body.password)
            if isinstance(opened, Denied):
                raise ApiRefused(401, opened.code, "not let in")
            answer = JSONResponse(
                {"name": opened.who.name, "role": opened.who.role, "csrf": opened.csrf}
            )
            answer.set_cookie(
                COOKIE,
                opened.key,
                max_age=SESSION_S,
                httponly=True,
                samesite="strict",
                secure=self._secure,
            )
            return answer

        @self.app.delete("/session")
        def log_off(request: Request) -> Answer:
            """End the session."""
            self._reader(request)
            self.identity.access.end_session(request.cookies.get(COOKIE, ""))
            return {"ok": True}

    def _add_views(self) -> None:
        reader = Annotated[Who, Depends(self._reader)]

        @self.app.get("/status")
        def status(who: reader) -> Answer:
            """What the robot is doing and what stops it from dealing."""
            return {"running": True, **self.approving.ask(Command(command="status"))}

        @self.app.get("/proposals")
        def proposals(who: reader) -> Answer:
            """All of them, newest last."""
            rows = self.approving.log.read().proposals.values()
            return {"proposals": [_plain(row) for row in rows]}

        @self.app.get("/proposals/{number}")
        def proposal(number: int, who: reader) -> Answer:
            """One of them, with what it changes, line by line."""
            approvals = self.approving.log.read()
            found = approvals.proposals.get(number)
            if found is None:
                raise ApiRefused(404, Code.UNKNOWN_PROPOSAL, f"no proposal {number}")
            known_now = self.approving.known_now(found)
            return {"proposal": _plain(found), "diff": diff_of(approvals, found, known_now)}

    def _add_commands(self) -> None:
        commander = Annotated[Who, Depends(self._commander)]
        done = self.approving

        @self.app.post("/proposals")
        def propose(request: Request, body: Propose, who: commander) -> Answer:
            """Propose a change."""
            key = key_of(request)
            if body.kind is Kind.RELEASE:
                raise ApiRefused(422, Code.NOT_VALID, "POST /release proposes a release")
            made = done.propose(
                who, body.kind, body.content, reason=body.reason, from_ns=body.from_ns, key=key
            )
            return _told(made)

        @self.app.post("/proposals/{number}/approve")
        def approve(number: int, request: Request, body: Approve, who: commander) -> Answer:
            """Agree, as another person, to the content with this hash."""
            key = key_of(request)
            return _told(done.approve(who, number, body.content_hash, reason=body.reason, key=key))

        @self.app.post("/proposals/{number}/reject")
        def reject(number: int, request: Request, body: Because, who: commander) -> Answer:
            """Say no."""
            return _told(done.reject(who, number, reason=body.reason, key=key_of(request)))

        @self.app.post("/proposals/{number}/withdraw")
        def withdraw(number: int, request: Request, body: Because, who: commander) -> Answer:
            """Take back one's own."""
            return _told(done.withdraw(who, number, reason=body.reason, key=key_of(request)))

        @self.app.post("/release")
        def release(request: Request, body: Release, who: commander) -> Answer:
            """Propose that dealing resumes; another person approves it."""
            key = key_of(request)
            return _told(done.propose_release(who, body.halt, reason=body.reason, key=key))

        @self.app.post("/kill")
        def kill(
            request: Request, body: Kill, who: Annotated[Who, Depends(self._killer)]
        ) -> Answer:
            """Stop all dealing, or a part, now. Anybody who is let in may; one person is enough."""
            return self._kill(who, key_of(request), body)

    def _kill(self, who: Who, key: str, body: Kill) -> Answer:
        """Once for each key. One that stopped nothing is an error: no program takes it for done."""
        with self._lock:
            told = self._killed.get((who.name, key))
        if told is None:
            told = self._kill_once(who, key, body)
        if not told["ok"]:
            raise ApiRefused(422, "NOTHING_DONE", str(told["detail"]))
        return told

    def _kill_once(self, who: Who, key: str, body: Kill) -> Answer:
        """By the signal file where the trader does not answer."""
        reason = f"{body.reason} (API, {who.how})"
        command = Command(command="kill", actor=who.name, reason=reason, scope=body.scope)
        try:
            answer = self.approving.ask(command)
            told = {"ok": bool(answer.get("ok")), "detail": str(answer.get("problem", ""))}
        except RobotError as problem:
            told = self._kill_by_file(body.scope, problem)
        with self._lock:
            self._killed[who.name, key] = told
            if len(self._killed) > ANSWERS_MAX:
                self._killed.popitem(last=False)
        return told

    def _kill_by_file(self, scope: str, why: RobotError) -> Answer:
        try:
            pull_by_file(self._run_folder, read_part(scope))
        except (ValueError, RobotError) as problem:
            return {"ok": False, "detail": f"{problem}; nothing was done"}
        return {"ok": True, "detail": f"by the signal file, {why}"}

    def _reader(self, request: Request) -> Who:
        self._paced(request)
        return _kept(request, self.identity.reader(request))

    def _commander(self, request: Request) -> Who:
        self._paced(request)
        return _kept(request, self.identity.commander(request))

    def _killer(self, request: Request) -> Who:
        return _kept(request, self.identity.killer(request))


def _told(outcome: Outcome) -> Answer:
    """What became of it; refused, it is in the approvals log already."""
    if not outcome.ok:
        code = Code(outcome.code)
        raise ApiRefused(_STATUS.get(code, 409), code, outcome.detail, witnessed=True)
    return {"ok": True, "detail": outcome.detail, "proposal": _plain(outcome.proposal)}


def _plain(proposal: Proposal | None) -> Any:
    return msgspec.to_builtins(proposal)


def _kept(request: Request, who: Who) -> Who:
    request.state.who = who
    return who


def _who_of(request: Request) -> Who | None:
    found: Who | None = getattr(request.state, "who", None)
    return found


def _error(status: int, code: str, detail: str) -> JSONResponse:
    return JSONResponse({"ok": False, "code": str(code), "detail": detail}, status)
