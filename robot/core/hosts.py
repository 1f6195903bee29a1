"""Which version of the strategy runs in which process of its own: the live one's host, and that of
a candidate beside it.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from robot.core.host_asks import HostAsk, HostState
from robot.core.staging import named
from robot.core.state import RobotState
from robot.deals.reference import Candidate, HostPolicy, Reference, StrategyChoice, fingerprint


class Seat(NamedTuple):
    """A version that may be asked elsewhere, how that goes, and whether it is only tried."""

    choice: StrategyChoice
    host: HostState
    tried: Candidate | None = None

    @property
    def policy(self) -> HostPolicy:
        """How patient we are with it; of a strategy that is hosted no more, the usual."""
        return self.choice.host or HostPolicy()


def live_seat(state: RobotState) -> Seat:
    """Of the live strategy, wherever it runs."""
    return Seat(state.configured().strategy, state.host)


def trial_seat(state: RobotState) -> Seat | None:
    """Of the candidate; None = there is none, or it runs in the core."""
    tried = state.configured().candidate
    if tried is None or not runs_in_host(tried.strategy):
        return None
    return Seat(tried.strategy, state.releases.host, tried)


def seat_of(state: RobotState, strategy: str) -> Seat | None:
    """By name and version, empty = the live one; None = it is neither live nor tried (any more)."""
    live, trial = live_seat(state), trial_seat(state)
    if strategy in ("", named(live.choice)):
        return live
    return trial if trial is not None and strategy == named(trial.choice) else None


def seat_asked(state: RobotState, number: int) -> Seat | None:
    """Whose host has not answered this question yet; None = it is answered, or its time is over."""
    trial = trial_seat(state)
    if trial is not None and number in trial.host.pending:
        return trial
    return live_seat(state) if number in state.host.pending else None


def runs_in_host(choice: StrategyChoice) -> bool:
    """Whether it runs in a process of its own; rule books do not, though they may hand a request to
    one that does.
    """
    return choice.host is not None and not choice.rules


def every_ask(state: RobotState) -> tuple[HostAsk, ...]:
    """Every question that is not answered, of both hosts."""
    return (*state.host.pending.values(), *state.releases.host.pending.values())


def begin_hosts(state: RobotState) -> None:
    """A run begins: nothing waits, and no host has come yet."""
    state.host = HostState(asked=state.host.asked, failures=state.host.failures)
    state.releases.host = HostState()


def seat_hosts(state: RobotState, before: Reference) -> None:
    """Another strategy or candidate is in force. A candidate that is live now brings its host
    along; where the host is another's, it has to come before it is asked.

    What a former live strategy's host answers to questions that are open is of no use; they end at
    their deadline. What was asked only for the record is forgotten.
    """
    now, trial = state.configured(), state.releases.host
    if now.candidate != before.candidate or now.strategy != before.strategy:
        for host in (state.host, trial):
            host.pending = {key: ask for key, ask in host.pending.items() if not ask.shadow}
    if now.strategy != before.strategy:
        told = "the strategy was changed, and its host has not come again"
        for ask in state.host.pending.values():
            ask.void = told
        promoted = _is(before.candidate, now.strategy)
        state.host.ready = promoted and trial.ready
        state.host.told = trial.told if promoted else told
        state.host.failures = []
    if now.candidate is None or not _is(before.candidate, now.candidate.strategy):
        state.releases.host = HostState()


def plain_of(host: HostState) -> HostState:
    """Without its questions."""
    return msgspec.structs.replace(host, pending={})


def _is(candidate: Candidate | None, choice: StrategyChoice) -> bool:
    return candidate is not None and fingerprint(candidate.strategy) == fingerprint(choice)
