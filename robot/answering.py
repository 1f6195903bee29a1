"""What persons say to requests that wait for them: a rule left one to them, or a candidate's price
is suggested. The command line and the HTTP API are the callers; they know who is there.

Prices are a trader's; to send none takes less. What became of an answer the core says.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from robot.approvals import Code, Role, Who
from robot.control import Answer, Command
from robot.messages.hosting import RequestAnswered
from robot.messages.releases import SuggestionAnswered

Ask = Callable[[Command], Answer]
View = dict[str, Any]
NOT_WAITING = "NOT_WAITING"
NOT_TAKEN = "NOT_TAKEN"
NOTHING_SUGGESTED = "NOTHING_SUGGESTED"


class Word(enum.StrEnum):
    """What is said."""

    QUOTE = "quote"
    """This price."""
    CONFIRM = "confirm"
    """The suggested price."""
    PASS = "pass"
    """No price."""
    DECLINE = "decline"
    """Not the suggested price: the live version answers."""


MAY_SAY: dict[Word, tuple[Role, ...]] = {
    Word.QUOTE: (Role.TRADER,),
    Word.CONFIRM: (Role.TRADER,),
    Word.PASS: (Role.TRADER, Role.OPERATIONS, Role.RISK),
    Word.DECLINE: (Role.TRADER, Role.OPERATIONS, Role.RISK),
}
OF_SUGGESTIONS = (Word.CONFIRM, Word.DECLINE)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a request, by its number in the queue."""

    ask: int
    word: Word
    reason: str = ""
    bid: Decimal | None = None
    offer: Decimal | None = None


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an answer. `code` is empty when it was taken."""

    ask: int
    code: str = ""
    detail: str = ""
    """Taken: CONFIRMED, QUOTED, PASSED, DECLINED, or what came between. Else why it was not."""

    @property
    def ok(self) -> bool:
        """Whether it was taken."""
        return not self.code


def waiting(ask: Ask) -> list[View]:
    """What waits for persons, the oldest first; RobotError when no robot runs."""
    found = ask(Command(command="requests")).get("requests", [])
    return msgspec.convert(found, list[View])


def answer(ask: Ask, who: Who, said: Said) -> Heard:
    """Have an answer carried out, once: nothing is left of a request that was answered."""
    if who.role not in MAY_SAY[said.word]:
        allowed = " or ".join(MAY_SAY[said.word])
        detail = f"{who.name} is {who.role}; to {said.word} takes {allowed}"
        return Heard(ask=said.ask, code=Code.ROLE, detail=detail)
    if not said.reason.strip() and said.word not in OF_SUGGESTIONS:
        return Heard(ask=said.ask, code=Code.NO_REASON, detail="say why")
    view = next((one for one in waiting(ask) if one["ask"] == said.ask), None)
    if view is not None and said.word in OF_SUGGESTIONS and view["kind"] != "SUGGESTION":
        detail = f"no price is suggested for request {said.ask}: quote it or pass it"
        return Heard(ask=said.ask, code=NOTHING_SUGGESTED, detail=detail)
    told = ask(Command(command="request", actor=who.name, answer=_event(who, said, view or {})))
    if not told.get("ok"):
        code = NOT_TAKEN if told.get("waits") else NOT_WAITING
        return Heard(ask=said.ask, code=code, detail=str(told.get("problem")))
    return Heard(ask=said.ask, detail=str(told.get("outcome")))


def _event(who: Who, said: Said, view: View) -> RequestAnswered | SuggestionAnswered:
    if said.word in OF_SUGGESTIONS:
        return SuggestionAnswered(
            ask=said.ask,
            confirmed=said.word is Word.CONFIRM,
            actor=who.name,
            how=who.how,
            reason=said.reason,
        )
    return RequestAnswered(
        ask=said.ask,
        actor=who.name,
        how=who.how,
        reason=said.reason,
        venue=view.get("venue", ""),
        rfq_id=view.get("rfq_id", ""),
        bid=said.bid,
        offer=said.offer,
        passed=said.word is Word.PASS,
    )
