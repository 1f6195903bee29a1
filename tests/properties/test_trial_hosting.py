"""Whatever a candidate's host does, in whatever stage and order, with the live strategy in the core
or in a process of its own: each request ends exactly once and in time, the live strategy is never
stopped by it, and the journal replays without any host.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.deals.reference import StrategyChoice
from robot.invariants import check_halts, check_tables
from robot.messages.effects import Decided, RefuseRfq, SendQuote
from robot.messages.hosting import AskHost, HostChanged, HostDecided
from robot.messages.releases import ShadowDecided, SuggestionMade
from robot.strategy import Decision
from tests.kit.desk import encoded
from tests.kit.examples import few
from tests.kit.hosted import DEADLINE_MS, hosted
from tests.kit.releases import ReleaseDesk, choice

SEEN: Counter[str] = Counter()
CONFIRM_MS = 200
PATIENCE_MS = 2 * DEADLINE_MS + CONFIRM_MS
"""The candidate's, a person's, and the live strategy's own."""
ANSWERS = ("good", "good", "good", "pass", "crossed", "failure", "nothing")


def version(number: str) -> StrategyChoice:
    plain = {**hosted(stop_after="3 failures in 60 s"), "version": number, "parameters": {}}
    return msgspec.convert(plain, StrategyChoice, strict=False)


class TrialDay(RuleBasedStateMachine):
    """Version 1 is live, of `two_way` or hosted; 2, hosted, is tried and may become live."""

    def __init__(self) -> None:
        super().__init__()
        self.open: dict[str, int] = {}
        """Requests that wait -> when they must have been answered."""
        self.ended: set[str] = set()
        self.requests = 0
        self.seen = 0

    in_core = True
    """Where the live strategy runs."""

    @initialize(climbs=st.integers(1, 3))
    def begin(self, climbs: int) -> None:
        in_core = self.in_core
        live = choice("0.2", "1") if in_core else version("1")
        more: dict[str, Any] = {"strategy": msgspec.to_builtins(live)}
        self.desk = ReleaseDesk(policy={"failures_max": 3}, **more).begin()
        self._come("mine 1")
        for _ in range(climbs):
            self.up()
        self._come("mine 2")

    # --- persons

    @rule()
    def up(self) -> None:
        """The next stage of version 2, live at last."""
        known = self.desk.state.reference
        if known.strategy.version == "2":
            return
        if known.candidate is None:
            self.desk.enter("SHADOW", version("2"), confirm_ms=CONFIRM_MS)
        elif known.candidate.stage == "CANARY":
            self.desk.promote()
            SEEN["promoted"] += self.desk.version == "2"
        else:
            following = {"SHADOW": "SUGGEST", "SUGGEST": "CANARY"}[known.candidate.stage]
            self.desk.enter(following, confirm_ms=CONFIRM_MS)
        self._look()

    @rule(to=st.sampled_from(["", "SHADOW", "-", "-", "-"]))
    def back(self, to: str) -> None:
        if to == "-":
            return
        known = self.desk.state.reference
        if known.candidate is not None:
            self.desk.back(to)
        elif known.strategy.version == "2":
            self.desk.back(strategy=self.desk.reference.strategy)
            SEEN["rolled back"] += self.desk.version == "1"
        self._look()

    @rule(confirmed=st.booleans())
    def a_person_answers(self, confirmed: bool) -> None:
        for number in list(self.desk.state.releases.suggestions)[:1]:
            self.desk.answer(number, confirmed=confirmed)
            self._look()

    # --- hosts

    @rule(which=st.integers(0, 3), how=st.sampled_from(ANSWERS), whose=st.integers(0, 9))
    def answer(self, which: int, how: str, whose: int) -> None:
        asked = self.desk.history_of(AskHost)[-4:]
        if not asked:
            return
        question = asked[-1 - which % len(asked)]
        decision, facts = None, question.facts
        if how == "good":
            decision = Decision(bid=facts.bid, offer=facts.offer)
        elif how == "crossed":
            decision = Decision(bid=facts.offer, offer=facts.bid)
        elif how == "pass":
            decision = Decision(passed="NO")
        named = question.strategy if whose else "mine 9"
        failure = "raised" if how == "failure" else ""
        self.desk.step(
            HostDecided(ask=question.ask, strategy=named, decision=decision, failure=failure)
        )
        self._look()

    @rule(strategy=st.sampled_from(["mine 1", "mine 2"]), failed=st.booleans(), back=st.booleans())
    def host_goes(self, strategy: str, failed: bool, back: bool) -> None:
        self.desk.step(HostChanged(ready=False, strategy=strategy, told="gone", failed=failed))
        self._look()
        if back:
            self._come(strategy)

    def _come(self, strategy: str) -> None:
        self.desk.step(HostChanged(ready=True, strategy=strategy, told="rebuilt"))
        self._look()

    # --- what goes on

    @rule(size=st.sampled_from([1_000_000, 6_000_000]), stream=st.booleans())
    def ask_and_answer(self, size: int, stream: bool) -> None:
        """Both hosts answer well, if they are asked."""
        self.ask(size, stream, "")
        for which in (0, 1, 0):
            self.answer(which, "good", 1)

    @rule(whole=st.booleans())
    def whole_way(self, whole: bool) -> None:
        """Up to live, and perhaps back again."""
        for _ in range(4):
            self.up()
            self._come("mine 2")
            self.ask_and_answer(1_000_000, False)
        if whole:
            self.back("")

    @rule(
        size=st.sampled_from([1_000_000, 1_000_000, 6_000_000]),
        stream=st.booleans(),
        answered=st.sampled_from(["", *ANSWERS]),
    )
    def ask(self, size: int, stream: bool, answered: str) -> None:
        self.desk.market()
        self.requests += 1
        name = f"P{self.requests}"
        self.open[name] = self.desk.at_ns + PATIENCE_MS * 1_000_000
        self.desk.rfq(size, request=name, stream_s=2 if stream else 0)
        self._look()
        if answered:
            self.answer(0, answered, 1)

    @rule(milliseconds=st.sampled_from([1, 49, 50, 200, 1_100]))
    def time(self, milliseconds: int) -> None:
        self.desk.pass_time(milliseconds)
        self._look()

    @rule(bid=st.sampled_from(["1.10000", "1.10004", "1.10030"]))
    def market(self, bid: str) -> None:
        self.desk.market(bid, f"{float(bid) + 0.0001:.5f}")
        self._look()

    @rule(down=st.integers(0, 7))
    def restart(self, down: int) -> None:
        if down > 2:
            return
        first, self.desk.reference = self.desk.reference, self.desk.state.reference
        self.desk.restart()
        self.desk.reference = first
        self.open.clear()
        self._look()
        self.desk.log_on()
        self.desk.open_dealing()
        self.desk.market()
        for number in range(1, 3 - (down == 2)):
            self._come(f"mine {number}")

    # --- what must hold

    def _look(self) -> None:
        state = self.desk.state
        check_tables(state)
        check_halts(state)
        for effects in self.desk.history[self.seen :]:
            for effect in effects:
                self._note(effect)
        self.seen = len(self.desk.history)
        late = [name for name, due_ns in self.open.items() if due_ns < state.now_ns]
        assert not late, f"{late} wait"
        if self.in_core and state.reference.strategy.version == "1":
            assert not state.host.failures and not state.stops

    def _note(self, effect: object) -> None:
        if isinstance(effect, SendQuote | RefuseRfq):
            self.open.pop(effect.request_id, None)
            if isinstance(effect, RefuseRfq):
                assert effect.request_id not in self.ended
                self.ended.add(effect.request_id)
        elif isinstance(effect, Decided) and effect.outcome == "QUOTED":
            SEEN[f"{effect.strategy} answers"] += 1
        elif isinstance(effect, ShadowDecided):
            SEEN[f"shadow {effect.of} {'fails' if effect.failure else 'decides'}"] += 1
        elif isinstance(effect, SuggestionMade):
            SEEN["suggested"] += 1

    def teardown(self) -> None:
        engine = Engine(load_strategy)
        assert encoded([engine.step(one) for one in self.desk.stepped]) == encoded(
            self.desk.history
        )
        super().teardown()


class HostedTrialDay(TrialDay):
    in_core = False


@pytest.mark.parametrize(
    ("day", "live"), [(TrialDay, "two_way 1"), (HostedTrialDay, "mine 1")], ids=["core", "host"]
)
def test_whatever_a_candidate_s_host_does_every_request_ends_once_and_in_time(
    day: type[TrialDay], live: str
) -> None:
    SEEN.clear()
    run_state_machine_as_test(day, settings=few(20, 25))
    wanted = {f"{live} answers", "mine 2 answers", "promoted", "rolled back", "suggested"}
    wanted |= {"shadow LIVE decides", "shadow CANDIDATE fails", "shadow CANDIDATE decides"}
    assert wanted <= set(SEEN), f"not met: {wanted - set(SEEN)}"
