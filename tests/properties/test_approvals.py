"""Whatever is tried in whatever order: what is in force was approved by another person of risk.

`judge` knows the records only, not the state that is kept of them.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from robot.approval_log import Writer
from robot.approvals import (
    AnyNote,
    Approvals,
    Approved,
    Expired,
    Kind,
    Proposed,
    Refused,
    Rejected,
    Revised,
    Role,
    Who,
    Withdrawn,
    content_hash,
)
from robot.approving import _expire, _place, _try
from robot.journal import NO_CHAIN
from tests.kit.examples import few

PEOPLE = [
    Who(name=name, role=role, how="test")
    for name, role in (
        ("li", Role.RISK),
        ("LI", Role.RISK),
        ("he", Role.RISK),
        ("wang", Role.TRADER),
        ("zhou", Role.OPERATIONS),
        ("chen", Role.ADMINISTRATOR),
        ("guo", Role.VIEWER),
    )
]
KINDS = [Kind.LIMITS, Kind.STRATEGY]
LIFE = 50
CONTENTS: list[dict[str, object]] = [{"maximum": number} for number in range(4)]
STEP = st.tuples(
    st.sampled_from(["propose", "propose", "revise", "approve", "approve", "reject", "withdraw"]),
    st.sampled_from(PEOPLE),
    st.integers(0, 12),
    st.integers(0, 3),
    st.integers(0, 20),
)


def play(steps: Sequence[Any]) -> list[AnyNote]:
    """The records of these attempts."""
    notes: list[AnyNote] = []
    fd, now_ns = os.open(os.devnull, os.O_WRONLY), 0
    approvals = Approvals()
    kept = approvals.apply
    approvals.apply = lambda note: (kept(note), notes.append(note))[0]  # type: ignore[method-assign]
    for what, who, number, content, passed in steps:
        now_ns += passed
        writer = Writer(fd, approvals, NO_CHAIN, now_ns)
        writer.append = lambda make, w=writer: _append(w, make)  # type: ignore[method-assign,misc]
        _expire(writer)
        attempt(writer, what, who, number, CONTENTS[content])
    os.close(fd)
    return notes


def _append(writer: Writer, make: Any) -> AnyNote:
    """As the writer does it, without the disk."""
    note: AnyNote = make(writer.approvals.number + 1, writer.at_ns)
    writer.approvals.apply(note)
    return note


def attempt(writer: Writer, what: str, who: Who, number: int, content: dict[str, object]) -> None:
    known = sorted(writer.approvals.proposals)
    number = known[number % len(known)] if known else 0
    place = _place(writer, who, number, "test", "")
    hashed = content_hash(content)
    if what == "propose":
        kind = KINDS[number % 2]
        note = Proposed(
            **{**place, "proposal": place["number"]},
            kind=kind,
            content=content,
            content_hash=hashed,
            base_hash=writer.approvals.base_hash(kind),
            expires_ns=writer.at_ns + LIFE,
        )
        if not writer.approvals._problem(note):
            writer.append(lambda n, at_ns: note)
    elif what == "revise":
        base = writer.approvals.base_hash(KINDS[0])
        _try(writer, Revised(**place, content=content, content_hash=hashed, base_hash=base))
    else:
        found = writer.approvals.proposals.get(number)
        if found is not None and content["maximum"]:  # mostly what it is now
            hashed = found.content_hash
        made: dict[str, AnyNote] = {
            "approve": Approved(**place, content_hash=hashed),
            "reject": Rejected(**place),
            "withdraw": Withdrawn(**place),
        }
        _try(writer, made[what])


def judge(notes: Sequence[AnyNote]) -> None:
    """Each approval is by another person of risk, of the content as it stood, open and in time."""
    for index, note in enumerate(notes):
        if not isinstance(note, Approved):
            continue
        before = [n for n in notes[:index] if n.proposal == note.proposal]
        contents = [n for n in before if isinstance(n, Proposed | Revised)]
        (proposed,) = [n for n in before if isinstance(n, Proposed)]
        assert note.who.name.casefold() != proposed.who.name.casefold()
        assert note.who.role is Role.RISK
        assert proposed.who.role in (Role.RISK, Role.TRADER)
        assert note.content_hash == contents[-1].content_hash
        assert note.at_ns < proposed.expires_ns
        ended = Approved | Rejected | Withdrawn | Expired
        assert not [n for n in before if isinstance(n, ended)]


@given(st.lists(STEP, max_size=40))
@few(60)
def test_what_is_approved_was_approved_by_another_person_with_the_role(
    steps: list[Any],
) -> None:
    notes = play(steps)
    judge(notes)
    again = Approvals()
    for note in notes:
        again.apply(note)
    for kind in KINDS:
        found = again.in_force(kind, 1 << 60)
        approved = [n.number for n in notes if isinstance(n, Approved)]
        of_kind = [n for n in approved if again.proposals[notes[n - 1].proposal].kind is kind]
        assert (found.approval if found else None) == max(of_kind, default=None)


def test_the_attempts_do_reach_approvals_and_refusals() -> None:
    li, he, wang = PEOPLE[0], PEOPLE[2], PEOPLE[3]
    steps = [("propose", li, 0, 1, 1), ("approve", li, 0, 1, 1), ("approve", wang, 0, 1, 1)]
    notes = play([*steps, ("approve", he, 0, 0, 1), ("approve", he, 0, 1, 1)])
    kinds = [type(note) for note in notes]
    assert kinds == [Proposed, Refused, Refused, Refused, Approved]
