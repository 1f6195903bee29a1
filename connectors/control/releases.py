"""Releases of the strategy, and what waits for persons, over HTTP.

No `from __future__ import annotations` here: FastAPI reads the annotations of nested functions.
"""

from collections import OrderedDict
from collections.abc import Callable
from decimal import Decimal
from threading import Lock
from typing import Annotated, Any

import msgspec
from fastapi import Depends, FastAPI, Request

from connectors.control.bodies import Back, Because, Enter, OwnPrice, Perhaps, Promote
from connectors.control.identity import ApiRefused, key_of
from robot.answering import NOT_TAKEN, NOTHING_SUGGESTED, Heard, Said, Word, answer, waiting
from robot.approvals import Approvals, Code, Kind, Who
from robot.approving import Approving, Outcome
from robot.control import Command
from robot.release_steps import entered, history, now_of, promoted, told

ANSWERS_MAX = 1_000
_STATUS = {Code.ROLE: 403, Code.NO_REASON: 422, NOTHING_SUGGESTED: 422, NOT_TAKEN: 422}
Answer = dict[str, Any]
Asker = Callable[[Request], Who]


class Once:
    """A command that is told again under the same name gets the answer that it got."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._told: OrderedDict[tuple[str, str], _Slot] = OrderedDict()

    def __call__(self, who: Who, key: str, do: Callable[[], Heard]) -> Heard:
        with self._lock:
            slot = self._told.setdefault((who.name, key), _Slot())
            if len(self._told) > ANSWERS_MAX:
                self._told.popitem(last=False)
        with slot.lock:
            if slot.heard is None:
                slot.heard = do()
            return slot.heard


class _Slot:
    def __init__(self) -> None:
        self.lock = Lock()
        self.heard: Heard | None = None


class ReleaseViews:
    """The endpoints, on an application; `reader` and `commander` tell who asks, `done` what became
    of a proposal.
    """

    def __init__(
        self,
        app: FastAPI,
        approving: Approving,
        reader: Asker,
        commander: Asker,
        done: Callable[[Outcome], Answer],
    ) -> None:
        self._approving = approving
        self._done = done
        self._once = Once()
        self._add_reading(app, reader)
        self._add_steps(app, commander)
        self._add_answers(app, commander)

    def _add_reading(self, app: FastAPI, asker: Asker) -> None:
        reader = Annotated[Who, Depends(asker)]
        approving = self._approving

        @app.get("/strategy")
        def now(who: reader) -> Answer:
            """What is live and tried in the running robot, with the candidate's figures."""
            return now_of(approving.ask(Command(command="status")))

        @app.get("/strategy/history")
        def steps(who: reader) -> Answer:
            """Every version that was live or tried, with who agreed to it, oldest first."""
            return {"history": msgspec.to_builtins(history(approving.log.read()))}

        @app.get("/strategy/history/{number}")
        def step(number: int, who: reader) -> Answer:
            """The whole content of one step."""
            found = approving.log.read().proposals.get(number)
            if found is None or found.kind is not Kind.STRATEGY:
                raise ApiRefused(404, Code.UNKNOWN_PROPOSAL, f"no step has the number {number}")
            return {"step": msgspec.to_builtins(told(found)), "content": found.content}

        @app.get("/requests")
        def requests(who: reader) -> Answer:
            """What waits for persons, the oldest first: left to one by a rule (RULE), or with the
            price that a candidate suggests (SUGGESTION).
            """
            return {"requests": waiting(approving.ask)}

    def _add_steps(self, app: FastAPI, asker: Asker) -> None:
        commander = Annotated[Who, Depends(asker)]
        approving = self._approving

        def proposed(
            request: Request, who: Who, make: Callable[[Approvals], Answer], reason: str
        ) -> Answer:
            key, approvals = key_of(request), approving.log.read()
            content = {} if (who.name, key) in approvals.keys else make(approvals)
            made = approving.propose(who, Kind.STRATEGY, content, reason=reason, key=key)
            return self._done(made)

        @app.post("/strategy/release")
        def release(request: Request, body: Enter, who: commander) -> Answer:
            """Propose that a new version shadows the live one; another person approves it."""
            return proposed(
                request,
                who,
                lambda approvals: entered(approvals, body.strategy, body.bounds.given),
                body.reason,
            )

        @app.post("/strategy/promote")
        def promote(request: Request, body: Promote, who: commander) -> Answer:
            """Propose the candidate's next stage; another person approves it."""
            return proposed(
                request, who, lambda approvals: promoted(approvals, body.bounds.given), body.reason
            )

        @app.post("/strategy/rollback")
        def rollback(request: Request, body: Back, who: commander) -> Answer:
            """Go back at once, at one person's word."""
            key = key_of(request)
            return self._done(approving.roll_back(who, body.to, reason=body.reason, key=key))

    def _add_answers(self, app: FastAPI, asker: Asker) -> None:
        commander = Annotated[Who, Depends(asker)]

        @app.post("/requests/{number}/quote")
        def quote(number: int, request: Request, body: OwnPrice, who: commander) -> Answer:
            """Quote a request that waits; limits and market hold for it."""
            bid, offer = (Decimal(text) if text else None for text in (body.bid, body.offer))
            said = Said(ask=number, word=Word.QUOTE, reason=body.reason, bid=bid, offer=offer)
            return self._say(request, who, said)

        @app.post("/requests/{number}/confirm")
        def confirm(number: int, request: Request, body: Perhaps, who: commander) -> Answer:
            """Send the suggested price, if the market is still there."""
            said = Said(ask=number, word=Word.CONFIRM, reason=body.reason)
            return self._say(request, who, said)

        @app.post("/requests/{number}/pass")
        def pass_(number: int, request: Request, body: Because, who: commander) -> Answer:
            """No price for who asked."""
            return self._say(request, who, Said(ask=number, word=Word.PASS, reason=body.reason))

        @app.post("/requests/{number}/decline")
        def decline(number: int, request: Request, body: Perhaps, who: commander) -> Answer:
            """Do not send the suggested price: the live version answers."""
            said = Said(ask=number, word=Word.DECLINE, reason=body.reason)
            return self._say(request, who, said)

    def _say(self, request: Request, who: Who, said: Said) -> Answer:
        """Once for each key. What was not taken is an error, recorded like any other."""
        heard = self._once(who, key_of(request), lambda: answer(self._approving.ask, who, said))
        if not heard.ok:
            raise ApiRefused(_STATUS.get(heard.code, 409), heard.code, heard.detail)
        return {"ok": True, "ask": heard.ask, "outcome": heard.detail}
