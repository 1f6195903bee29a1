"""Whatever persons agree on, put back or confirm in whatever order, over kills and restarts: no
version is in a stage that two persons did not bring it to step by step, nothing is sent of one that
may not answer, and the journal replays.

`Book` knows what was said only, not the core's state.
"""

from __future__ import annotations

from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from robot.assembly import load_strategy
from robot.core.engine import Engine
from robot.deals.reference import StrategyChoice
from robot.deals.releases import RELEASES, ReleaseStage
from robot.invariants import check_halts, check_tables
from robot.messages.effects import Decided, RefuseRfq, SendOrder, SendQuote
from robot.messages.releases import ReleaseChanged, ShadowDecided, ShadowWished, SuggestionMade
from tests.kit.desk import encoded
from tests.kit.releases import ReleaseDesk, books_choice, choice
from tests.kit.ruled import book

SEEN: Counter[str] = Counter()
BOOK = book("all: always then quote margin 0.7 pip")
FLAT = book(
    "flat: position < EUR 0 then hedge",
    head='book "flat"\nfor spot in EUR/USD\nevery 1 min',
    otherwise='pass "nothing"',
)
"""Of version 3: it answers, and would bring positions back by itself."""
STAGES = ("SHADOW", "SUGGEST", "CANARY")
LEAST = 2
CONFIRM_MS = 1_000


class ReleaseDay(RuleBasedStateMachine):
    """Versions 1 (live at first) and 2 are `two_way`, 3 is two rule books."""

    def __init__(self) -> None:
        super().__init__()
        policy = {"canary": {"decisions": LEAST}, "failures_max": 2}
        self.desk = ReleaseDesk(policy=policy).begin()
        self.live, self.former = "1", list[str]()
        self.tried, self.stage = "", ""
        self.contents: dict[str, StrategyChoice] = {"1": self.desk.reference.strategy}
        self.contents |= {"2": choice("0.5", "2"), "3": books_choice("3", BOOK, FLAT)}
        self.answered_by_canary = 0
        self.open: dict[str, int] = {}
        """Requests that wait -> when they must have been answered."""
        self.requests = 0

    # --- what persons do

    @rule(
        version=st.sampled_from(["2", "3"]),
        stage=st.sampled_from(STAGES),
        persons=st.integers(1, 5),
    )
    def step_anywhere(self, version: str, stage: str, persons: int) -> None:
        """Somebody wants a version in a stage."""
        self.step(version, stage, persons > 1)

    @rule(
        version=st.sampled_from(["2", "3"]),
        steps=st.integers(1, 3),
        asked=st.integers(0, 2),
        said=st.sampled_from([None, True, False]),
        back=st.booleans(),
    )
    def climb(
        self, version: str, steps: int, asked: int, said: bool | None, *, back: bool = False
    ) -> None:
        """Stage by stage, with requests in each; and perhaps down again."""
        for _ in range(steps):
            at = STAGES.index(self.stage) + 1 if self.tried else 0
            self.step(self.tried or version, STAGES[min(at, 2)], True)
            for _ in range(asked):
                self.ask(1_000_000, True)
                if said is not None:
                    self.a_person_answers(said, 0)
        if back:
            self.one_person_puts_back("SHADOW")

    def step(self, version: str, stage: str, two: bool) -> None:
        allowed = two and version != self.live
        if version == self.tried:
            allowed &= STAGES.index(stage) <= STAGES.index(self.stage) + 1
        else:
            allowed &= stage == "SHADOW"
        changes = (version, stage) != (self.tried, self.stage)
        self.desk.enter(stage, self.contents[version], approver="he.yu" if two else "WANG")
        if allowed:
            self.tried, self.stage = version, stage
            if changes:
                self.answered_by_canary = 0
        self._look()

    @rule(version=st.sampled_from(["2", "3"]), short=st.integers(0, 1), back=st.booleans())
    def whole_way(self, version: str, short: int, back: bool) -> None:
        """Up to live, a decision short of it perhaps, and perhaps back again."""
        while self.stage != "CANARY":
            if self.tried == "" and version == self.live:
                return
            self.climb(version, 1, 0, None)
        for _ in range(LEAST - short):
            self.ask(1_000_000, True)
        self.promote()
        if back:
            self.one_person_puts_a_version_back("")

    @rule()
    def promote(self) -> None:
        if not self.tried:
            return
        self.desk.promote()
        if self.stage == "CANARY" and self.answered_by_canary >= LEAST:
            self.former.append(self.live)
            self.live, self.tried, self.stage = self.tried, "", ""
            SEEN["promoted"] += 1
        else:
            SEEN["promotion refused"] += 1
        self._look()

    @rule(version=st.sampled_from(["1", "2", "3"]))
    def skip_the_stages(self, version: str) -> None:
        """Two persons want another version live, without its stages."""
        if version not in (self.live, self.tried):
            self.desk.agree(strategy=self.contents[version])
            SEEN["skip refused"] += 1
        self._look()

    @rule(to=st.sampled_from(["", "SHADOW", "SUGGEST", "CANARY"]))
    def one_person_puts_back(self, to: str) -> None:
        if self.tried:
            self.desk.back(to)
            if not to:
                self.tried, self.stage = "", ""
                SEEN["out"] += 1
            elif STAGES.index(to) < STAGES.index(self.stage):
                self.stage, self.answered_by_canary = to, 0
                SEEN["back"] += 1
        self._look()

    @rule(version=st.sampled_from(["1", "2", "3", "", "", ""]))
    def one_person_puts_a_version_back(self, version: str) -> None:
        """Empty = the one that was live before, if there is one."""
        version = version or (self.former[-1] if self.former else self.live)
        self.desk.back(strategy=self.contents[version])
        if version == self.live:
            self.tried, self.stage = "", ""
        elif version in self.former:
            while self.former.pop() != version:
                pass
            self.live, self.tried, self.stage = version, "", ""
            SEEN["former"] += 1
        self._look()

    @rule(confirmed=st.booleans(), which=st.integers(0, 2))
    def a_person_answers(self, confirmed: bool, which: int) -> None:
        waiting = list(self.desk.state.releases.suggestions)
        number = waiting[which % len(waiting)] if waiting else 99
        self.desk.answer(number, confirmed=confirmed)
        SEEN["answered"] += bool(waiting)
        self._look()

    # --- what goes on

    @rule(
        size=st.sampled_from([1_000_000, 6_000_000]),
        market=st.booleans(),
        hits=st.booleans(),
    )
    def ask(self, size: int, market: bool, *, hits: bool = False) -> None:
        if market:
            self.desk.market()
            self._look()
        self.requests += 1
        name = f"P{self.requests}"
        self.open[name] = self.desk.at_ns + CONFIRM_MS * 10_000_000
        self.desk.rfq(size, request=name)
        self._look()
        if hits and (sent := self.desk.all(SendQuote)):
            self.desk.hit(sent[0].quote_id, "buy", size)
            self._look()

    @rule(milliseconds=st.sampled_from([1, 900, 10_000]))
    def time(self, milliseconds: int) -> None:
        self.desk.pass_time(milliseconds)
        self._look()

    @rule(meanwhile=st.integers(0, 2))
    def kill(self, meanwhile: int) -> None:
        self.desk.kill()
        self._look()
        for _ in range(meanwhile):
            self.ask(1_000_000, True)
        self.desk.release()
        self._look()

    @rule()
    def day_rolls(self) -> None:
        self.desk.roll()
        self._look()

    @rule()
    def restart(self) -> None:
        self.desk.reference = self.desk.state.reference
        self.desk.restart()
        self.open.clear()
        self._look()
        self.desk.log_on()
        self.desk.open_dealing()
        self.desk.market()
        self._look()

    # --- what must hold

    def _look(self) -> None:
        check_tables(self.desk.state)
        check_halts(self.desk.state)
        assert (self.desk.version, self.desk.stage) == (self.live, self.stage)
        known = self.desk.state.reference.candidate
        assert (known.strategy.version if known else "") == self.tried
        for effects in self.desk.history[self._seen :]:
            for effect in effects:
                self._note(effect)
        self._seen = len(self.desk.history)
        now_ns = self.desk.state.now_ns
        late = [name for name, due_ns in self.open.items() if due_ns < now_ns]
        assert not late, f"{late} wait"

    _seen = 0

    def _note(self, effect: object) -> None:
        if isinstance(effect, ReleaseChanged):
            before, after = ReleaseStage(effect.before), ReleaseStage(effect.after)
            assert before is after or after in RELEASES[before], effect
            SEEN[f"{before} to {after}"] += 1
        elif isinstance(effect, SendQuote | RefuseRfq):
            self.open.pop(effect.request_id, None)
        elif isinstance(effect, Decided) and effect.outcome == "QUOTED":
            version = effect.strategy.rpartition(" ")[2]
            self._judge_sent(version, int(effect.amount))
        elif isinstance(effect, ShadowDecided):
            assert self.tried or effect.of == "CANDIDATE"
            SEEN[f"shadow {effect.of}"] += 1
        elif isinstance(effect, ShadowWished):
            SEEN["would hedge"] += 1
        elif isinstance(effect, SendOrder):
            assert self.live == "3", "only the live version does anything by itself"
            SEEN["hedges"] += 1
        elif isinstance(effect, SuggestionMade):
            SEEN["suggested"] += 1

    def _judge_sent(self, version: str, amount: int) -> None:
        """Only the live version, or a candidate that may answer, up to its size."""
        if version == self.live:
            SEEN["live answers"] += 1
            return
        assert version == self.tried and self.stage in ("SUGGEST", "CANARY"), version
        assert amount <= 5_000_000
        self.answered_by_canary += self.stage == "CANARY"
        SEEN[f"{self.stage} answers"] += 1

    def teardown(self) -> None:
        engine = Engine(load_strategy)
        history = [engine.step(stamped) for stamped in self.desk.stepped]
        assert encoded(history) == encoded(self.desk.history)
        super().teardown()


def test_no_version_goes_past_a_stage_whatever_persons_do() -> None:
    SEEN.clear()
    run_state_machine_as_test(
        ReleaseDay, settings=settings(max_examples=35, stateful_step_count=40, deadline=None)
    )
    wanted = {"promoted", "promotion refused", "back", "out", "former", "suggested"}
    wanted |= {"CANARY answers", "SUGGEST answers", "live answers", "skip refused"}
    wanted |= {"shadow LIVE", "shadow CANDIDATE", "would hedge"}
    assert wanted <= set(SEEN), f"not met: {wanted - set(SEEN)}"
