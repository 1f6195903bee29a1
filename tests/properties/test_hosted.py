"""Whatever order answers, silence, kills, withdrawals and deaths of the host come in: each request
ends exactly once, nothing waits beyond its deadline, and the journal replays without a host.
"""

from __future__ import annotations

from collections import Counter
from decimal import Decimal as D

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.invariants import check_halts, check_tables
from robot.messages.effects import AnyEffect, RefuseRfq, SendQuote
from robot.messages.events import KillSwitchPulled, KillSwitchReleased
from robot.messages.hosting import AskHost, HostDecided
from robot.messages.stops import StopScope
from robot.strategy import Decision
from tests.kit.desk import encoded
from tests.kit.examples import few
from tests.kit.hosted import DEADLINE_MS, HostedDesk

SEEN: Counter[str] = Counter()
ANSWERS = ("good", "good", "good", "wide", "pass", "crossed", "nan", "failure", "nothing", "huge")
STREAM = {
    "venue": "BETA",
    "pair": "EUR/USD",
    "amounts": ["1000000", "2000000"],
    "counterparty": "BANKB",
}


class HostedDay(RuleBasedStateMachine):
    """Requests of ALPHA, a stream of BETA, and a host that does anything."""

    def __init__(self) -> None:
        super().__init__()
        policy = {"stop_after": "9 failures in 1 s"}
        self.desk = HostedDesk(policy=policy, streams=[STREAM]).open_ready()
        self.requests: dict[str, str] = {}
        """Request -> how it ended first: QUOTED, a reason, ENDED; empty = it waits."""
        self.streaming: set[str] = set()
        self.asked_ns: dict[str, int] = {}
        self.seen = len(self.desk.history)
        self.mid = D("1.10005")

    @rule(
        client=st.sampled_from(["BANKA", "BANKB"]),
        stream=st.booleans(),
        open_=st.integers(0, 4),
        moves=st.integers(0, 2),
        answered=st.sampled_from((None, "silence", *ANSWERS)),
    )
    def ask(self, client: str, stream: bool, open_: int, moves: int, answered: str | None) -> None:
        if open_:
            self._be_open_for_business()
        name = f"P{len(self.requests)}"
        self.requests[name] = ""
        self.asked_ns[name] = self.desk.at_ns
        if stream:
            self.streaming.add(name)
        self.desk.rfq(request=name, client=client, stream_s=5 if stream else 0)
        self._look()
        if answered is None:
            return
        if answered == "silence":
            self.time(DEADLINE_MS)
        for _ in range(2 if moves else 0):
            self.market("3" if moves == 2 else "0.5", 12)
            self._answer_all()
        if answered != "silence":
            self.answer(0, answered)

    @rule(which=st.integers(0, 6), how=st.sampled_from(ANSWERS))
    def answer(self, which: int, how: str) -> None:
        """One of the last questions, or one that nobody asked."""
        asked = self.desk.asked[-6:]
        if not asked or which == 6:
            self.desk.step(HostDecided(ask=len(self.desk.asked) + 5, failure=how))
        else:
            question = asked[-1 - which % len(asked)]
            decision = _decision(how, question)
            failure = "raised" if how == "failure" else ""
            self.desk.step(HostDecided(ask=question.ask, decision=decision, failure=failure))
        SEEN[how] += 1
        self._look()

    def _answer_all(self) -> None:
        for question in tuple(self.desk.asked):
            if question.ask in self.desk.state.host.pending:
                decision = _decision("good", question)
                self.desk.step(HostDecided(ask=question.ask, decision=decision))
                self._look()

    @rule(milliseconds=st.sampled_from([0, 1, 20, 49, 50, 51, 900, 3_100]))
    def time(self, milliseconds: int) -> None:
        self.desk.pass_time(milliseconds)
        self._look()

    @rule(pips=st.sampled_from(["-3", "-0.5", "0", "0.5", "3"]), milliseconds=st.integers(0, 30))
    def market(self, pips: str, milliseconds: int) -> None:
        self.mid += D(pips) / 10_000
        for venue in ("ALPHA", "BETA"):
            half = D("0.00005")
            self.desk.market(str(self.mid - half), str(self.mid + half), venue=venue)
            self._look()
        self.desk.after(milliseconds)

    @rule(failed=st.booleans())
    def host_goes_and_comes(self, failed: bool) -> None:
        self.desk.gone(failed=failed)
        self._look()
        assert not self.desk.state.host.pending
        self.desk.ready()
        self._look()

    @rule(scope=st.sampled_from([StopScope.ALL, StopScope.STRATEGY]), released=st.booleans())
    def kill(self, scope: StopScope, released: bool) -> None:
        self.ask("BANKB", stream=False, open_=1, moves=0, answered=None)
        value = "mine" if scope is StopScope.STRATEGY else ""
        self.desk.step(KillSwitchPulled(actor="a", reason="b", scope=scope, value=value))
        self._look()
        self.desk.rfq(request=f"K{len(self.desk.stepped)}")
        self._answer_all()
        if released:
            self._be_open_for_business()

    @rule(which=st.integers(0, 3))
    def client_withdraws(self, which: int) -> None:
        if not self.requests:
            return
        name = list(self.requests)[-1 - which % len(self.requests)]
        self.desk.end_rfq(request=name)
        self._read()
        self.requests[name] = self.requests[name] or "ENDED"
        self.streaming.discard(name)
        self._look()

    @rule()
    def session_drops(self) -> None:
        self.desk.log_out()
        self._ended()
        self.desk.log_on()
        self._look()

    @rule()
    def day_rolls(self) -> None:
        """What waits is refused, and nothing is left."""
        self.desk.roll()
        self._look()
        assert not self.desk.state.negotiations
        self._ended()

    @rule()
    def robot_starts_again(self) -> None:
        self.desk.restart()
        self._ended()
        for venue in ("ALPHA", "BETA"):
            self.desk.log_on(venue)
            self.desk.open_dealing(venue)
        self.desk.ready()
        self._look()

    def _be_open_for_business(self) -> None:
        """No kill switch, and a fresh market."""
        for part, name in ((StopScope.ALL, ""), (StopScope.STRATEGY, "mine")):
            self.desk.step(KillSwitchReleased(actor="a", reason="b", scope=part, value=name))
            self._look()
        self.market("0", 0)

    def _ended(self) -> None:
        """Of what is open, nothing is answered from here on; timers may have been due before."""
        self._read()
        self.requests = {name: how or "ENDED" for name, how in self.requests.items()}
        self.streaming.clear()

    def _read(self) -> None:
        """Every message about a request is one that may still come."""
        for effects in self.desk.history[self.seen :]:
            for effect in effects:
                self._note(effect)
        self.seen = len(self.desk.history)

    def _look(self) -> None:
        self._read()
        check_tables(self.desk.state)
        check_halts(self.desk.state)
        for name, how in self.requests.items():
            over = self.desk.state.now_ns >= self.asked_ns[name] + DEADLINE_MS * 1_000_000
            assert how or not over, f"{name} waits beyond its deadline"

    def _note(self, effect: AnyEffect) -> None:
        if isinstance(effect, RefuseRfq) and effect.request_id.startswith("K"):
            SEEN[effect.reason] += 1  # asked right after the kill switch: never waits
        elif isinstance(effect, RefuseRfq):
            assert self.requests[effect.request_id] == "", f"{effect} after another end"
            self.requests[effect.request_id] = effect.reason
            SEEN[effect.reason] += 1
        elif isinstance(effect, SendQuote) and effect.request_id:
            before = self.requests[effect.request_id]
            again = effect.request_id in self.streaming and before == "QUOTED"
            assert before == "" or again, f"{effect} after {before}"
            self.requests[effect.request_id] = "QUOTED"
            SEEN["QUOTED again" if again else "QUOTED"] += 1

    def teardown(self) -> None:
        self.desk.pass_time(DEADLINE_MS)
        self._look()
        now_ns = self.desk.state.now_ns
        assert all(ask.deadline_ns > now_ns for ask in self.desk.state.host.pending.values())
        engine = Engine(load_strategy)
        history: list[tuple[AnyEffect, ...]] = []
        for stamped in self.desk.stepped:
            history.append(engine.step(stamped))
        assert encoded(history) == encoded(self.desk.history)
        super().teardown()


def _decision(how: str, question: AskHost) -> Decision | None:
    facts = question.facts
    bid, offer = facts.bid, facts.offer
    match how:
        case "wide":
            return Decision(bid=bid - D("0.00010"), offer=offer + D("0.00010"))
        case "crossed":
            return Decision(bid=offer, offer=bid)
        case "nan":
            return Decision(bid=D("NaN"), offer=offer)
        case "huge":
            return Decision(bid=bid, offer=D("1E+99999"))
        case "pass":
            return Decision(passed="NO")
        case "failure" | "nothing":
            return None
    return Decision(bid=bid, offer=offer)


def test_each_request_ends_exactly_once_whatever_the_host_does() -> None:
    SEEN.clear()
    run_state_machine_as_test(HostedDay, settings=few(30, 30))
    wanted = {"QUOTED", "STRATEGY_LATE", "STRATEGY_FAILED"}
    assert wanted <= set(SEEN), f"not met: {wanted - set(SEEN)}"
