"""Strategies in processes of their own, in a backtest: asked by the same effects and told the same
as live, answering in the market's time.

An answer is there a fixed time after its question (`conduct.strategy_ms`), however long the process
took. It enters the core as the journaled input that it is live.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from backtest.run.host_process import HostProcess, ToldLog, ask_again, told_before, told_for
from connectors.host.feed import strategy_of
from connectors.host.frames import Answer, plain
from robot.core.state import Timer
from robot.deals.reference import Reference, StrategyChoice
from robot.messages.effects import AnyEffect
from robot.messages.events import Stamped
from robot.messages.hosting import HostChanged, HostDecided
from robot.ports import Poster

_READY = "ready: in a backtest"


class Hosts:
    """Implements `robot.ports.StrategyHost`: the live strategy's process and its candidate's, as
    far as they have one.
    """

    def __init__(
        self,
        choices: Sequence[StrategyChoice],
        desk: Path,
        seed: int,
        folder: Path,
        answer_ns: int,
        kept: Sequence[int] = (),
    ) -> None:
        """`kept`: of a run that goes on, so many bytes each was told before its checkpoint."""
        self._choices, self._desk, self._seed, self._folder = tuple(choices), desk, seed, folder
        self._answer_ns = answer_ns
        self.answers: deque[tuple[int, HostDecided]] = deque()
        """On the way to the core, the next one first."""
        self._logs: list[ToldLog] = []
        self._processes: list[HostProcess] = []
        lengths = kept or (0,) * len(self._choices)
        try:
            for place, length in enumerate(lengths):
                self._logs.append(ToldLog(self._path(place), length))
                self._processes.append(self._begun(place, hash_seed=0))
            self._rebuild(lengths)
        except BaseException:
            self.close()
            raise

    def _path(self, place: int) -> Path:
        return self._folder / f"told-{place}.log"

    def _begun(self, place: int, hash_seed: int) -> HostProcess:
        output = self._folder / "host.log"
        return HostProcess(
            self._choices[place], self._desk, self._seed, output, hash_seed=hash_seed
        )

    def _rebuild(self, lengths: Sequence[int]) -> None:
        for place, length in enumerate(lengths):
            process = self._processes[place]
            for at_ns, answer in ask_again(process, told_before(self._path(place), length)):
                self._take(at_ns, process, answer)
        self.answers = deque(sorted(self.answers, key=lambda row: (row[0], row[1].ask)))

    # --- the run

    @property
    def wants_market(self) -> bool:
        """Whether every price has to be told."""
        return any("market" in process.wants for process in self._processes)

    def ready(self) -> list[HostChanged]:
        """What the core is told of them when it has begun."""
        return [
            HostChanged(ready=True, strategy=process.strategy, told=_READY)
            for process in self._processes
        ]

    def follow(
        self,
        stamped: Stamped,
        effects: Sequence[AnyEffect],
        live: StrategyChoice,
        candidate: StrategyChoice | None = None,
    ) -> None:
        """An event was stepped; nothing changes what is live in a backtest."""
        self.tell(stamped, effects)

    def tell(self, stamped: Stamped, effects: Sequence[AnyEffect]) -> None:
        """The same."""
        for process, log in zip(self._processes, self._logs, strict=True):
            told = told_for(process, stamped, effects)
            if told is None:
                continue
            log.note(told)
            for answer in process.tell(told):
                self._take(stamped.at_ns, process, answer)

    def _take(self, at_ns: int, process: HostProcess, answer: Answer) -> None:
        event = HostDecided(
            ask=answer.ask,
            strategy=process.strategy,
            decision=answer.decision,
            failure=plain(answer.failure),
        )
        self.answers.append((at_ns + self._answer_ns, event))

    # --- its end

    def flush(self) -> list[int]:
        """What each was told is in the files, so many bytes."""
        return [log.flush() for log in self._logs]

    def end(self, *, again: bool) -> tuple[str, ...]:
        """The run is over: the files that the strategies read themselves. `again`: each is told and
        asked all of it once more, in a new process that orders sets otherwise.
        """
        lengths = self.flush()
        for process in self._processes:
            process.end()
        if again:
            for place, length in enumerate(lengths):
                process = self._begun(place, hash_seed=1)
                try:
                    ask_again(process, told_before(self._path(place), length))
                    process.end()
                finally:
                    process.kill()
        return tuple(dict.fromkeys(name for one in self._processes for name in one.files))

    def close(self) -> None:
        """Whatever they are doing."""
        for process in self._processes:
            process.kill()
        for log in self._logs:
            log.close()

    def start(self, poster: Poster, number: int) -> None:
        """They are there from the beginning."""

    def stop(self) -> None:
        """See `close`."""


class Soonest(Sequence[Timer]):
    """The core's timers with the answers that are on the way: who waits for the first of both looks
    at one place.
    """

    def __init__(self, timers: Sequence[Timer], answers: Sequence[tuple[int, object]]) -> None:
        self._timers, self._answers = timers, answers

    def __len__(self) -> int:
        return len(self._timers) + len(self._answers)

    @overload
    def __getitem__(self, place: int) -> Timer: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Timer]: ...
    def __getitem__(self, place: int | slice) -> Timer | Sequence[Timer]:
        assert place == 0, "nobody asks for another than the first"
        timers, answers = self._timers, self._answers
        if not answers or (timers and timers[0].due_ns <= answers[0][0]):
            return timers[0]
        return Timer(answers[0][0], 0, "answer", "")


def hosts_of(reference: Reference) -> list[StrategyChoice]:
    """The versions that run in a process of their own."""
    tried = reference.candidate
    both = (reference.strategy, tried.strategy if tried is not None else None)
    return [choice for choice in both if choice is not None and choice.host is not None]


def hosted_assumptions(reference: Reference, answer_ms: object, files: Sequence[str]) -> list[str]:
    """What a run with such strategies takes for granted; empty without one."""
    names = ", ".join(strategy_of(choice) for choice in hosts_of(reference))
    if not names:
        return []
    said = [
        f"{names}: asked in a process of its own as live; every answer is there {answer_ms} ms "
        "after its question, however long it took, and questions do not wait for one another."
    ]
    if files:
        told = ", ".join(files[:5]) + (f" and {len(files) - 5} more" if files[5:] else "")
        said.append(
            f"The strategy read files itself: {told}. Nothing says when what is in them was known."
        )
    return said
