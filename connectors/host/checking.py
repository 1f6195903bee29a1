"""`fxrobot strategy check`: a strategy's file tried on sample facts, and what is wrong told."""

from __future__ import annotations

import ast
import pickle
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import msgspec

from connectors.host.loading import load_class, wants_of
from connectors.host.samples import EVENTS, SAMPLES
from connectors.host.worker import raised
from robot.errors import ConfigurationError
from robot.strategy import Decision, Facts, Hosted, foreign_problem

PATIENCE_S = 2.0
SLOW_MS = 25
"""Half of the usual deadline."""
_ADVICE = {
    "random": "facts.chance is the journaled chance; a generator of one's own: Random(seed)",
    "secrets": "facts.chance is the journaled chance",
    "uuid": "a name made of chance differs after a restart",
    "time": "the time is at_ns of the events; a wait makes the answer late",
    "datetime": "the dates are in the facts; datetime.now() differs after a restart",
    "socket": "connections are refused: what a strategy may know is in its facts",
    "urllib": "connections are refused: what a strategy may know is in its facts",
    "http": "connections are refused: what a strategy may know is in its facts",
    "requests": "connections are refused: what a strategy may know is in its facts",
    "asyncio": "decide() is called, and returns",
    "threading": "decide() is called, and returns; threads die with the process",
    "multiprocessing": "other programs are refused",
    "subprocess": "other programs are refused",
    "os": "files and programs are refused; environment and time differ after a restart",
    "shutil": "files are refused",
    "logging": "what is printed goes to the host's log",
}


class Tried(msgspec.Struct, frozen=True):
    """One sample and what came of it."""

    sample: str
    answer: str
    took_us: int


class Checked(msgspec.Struct, kw_only=True):
    """What a check found. `problems` keep it from being dealt with, `warnings` need not."""

    file: str
    name: str = ""
    wants: tuple[str, ...] = ()
    problems: list[str] = []
    warnings: list[str] = []
    tried: list[Tried] = []

    @property
    def ok(self) -> bool:
        """Whether nothing is a problem."""
        return not self.problems


def check_file(path: Path, parameters: Mapping[str, object], seed: int = 7) -> Checked:
    """Load it, start it, ask it, tell it. Runs its code in this process: it is yours."""
    found = Checked(file=str(path))
    try:
        found.warnings += _imports(path)
        with _patience():
            made = load_class(path)
            strategy = made()
            strategy.start(parameters, seed)
    except ConfigurationError as problem:
        found.problems.append(str(problem))
        return found
    except BaseException as error:
        found.problems.append(f"it does not start: {raised(error)}")
        return found
    found.name, found.wants = made.__name__, wants_of(made)
    found.tried = _ask(strategy, found)
    _tell(strategy, found)
    if found.wants:
        _ask(strategy, found)  # again, with what it has been told
    _judge(found)
    return found


def _ask(strategy: Hosted, found: Checked) -> list[Tried]:
    tried = []
    for name, facts in SAMPLES.items():
        before = _picture(strategy)
        begun_ns = time.perf_counter_ns()
        first = _answer(strategy, facts)
        took_us = (time.perf_counter_ns() - begun_ns) // 1_000
        if isinstance(first, str):
            _once(found.problems, f"{name}: {first}")
        elif _answer(strategy, facts) != first:
            text = "the same facts gave another answer: chance is facts.chance, state is on_event's"
            _once(found.warnings, f"{name}: {text}")
        elif _picture(strategy) != before:
            text = "decide() changed its own state, which a restart does not rebuild: use on_event"
            _once(found.warnings, text)
        tried.append(Tried(name, _told(first), took_us))
        if took_us >= PATIENCE_S * 1_000_000:
            _once(found.problems, f"{name}: no other sample is asked after such a wait")
            break
    return tried


def _answer(strategy: Hosted, facts: Facts) -> Decision | str:
    """The decision, or what is wrong with it."""
    try:
        with _patience():
            decision = strategy.decide(facts)
    except BaseException as error:
        return raised(error)
    return foreign_problem(decision, facts) or decision


def _tell(strategy: Hosted, found: Checked) -> None:
    for want in found.wants:
        for event in EVENTS[want]:
            try:
                with _patience():
                    strategy.on_event(event)  # type: ignore[attr-defined]
            except BaseException as error:
                what = f"on_event({type(event).__name__}) raised {raised(error)}"
                _once(found.problems, f"{what}: the process would end and begin anew")


def _judge(found: Checked) -> None:
    if found.tried and all(row.answer.startswith("passes") for row in found.tried):
        found.warnings.append("it passes every sample: are the parameters given? (--parameters)")
    slow = [row for row in found.tried if row.took_us > SLOW_MS * 1_000]
    for row in slow[:3]:
        text = f"{row.sample}: took {row.took_us / 1_000:.0f} ms; the usual deadline is 50 ms"
        _once(found.warnings, text)


def _once(texts: list[str], text: str) -> None:
    if text not in texts:
        texts.append(text)


def _told(answer: Decision | str) -> str:
    if isinstance(answer, str):
        return f"wrong: {answer}"
    if answer.passed:
        return f"passes: {answer.passed}"
    bid, offer = ("-" if price is None else str(price) for price in (answer.bid, answer.offer))
    return f"{bid} / {offer}"


def _picture(strategy: Hosted) -> object:
    """Its state, to be compared; of what cannot be written down nothing is known."""
    try:
        return pickle.dumps(vars(strategy))
    except Exception:
        return None


def _imports(path: Path) -> Iterator[str]:
    """What it imports that does not go with being asked again by the journal."""
    try:
        tree = ast.parse(path.read_bytes(), str(path))
    except OSError as problem:
        raise ConfigurationError(f"{path}: cannot be read: {problem.strerror}") from problem
    except (SyntaxError, ValueError) as problem:
        line = f":{problem.lineno}" if isinstance(problem, SyntaxError) else ""
        raise ConfigurationError(f"{path}{line}: is not Python: {problem}") from problem
    for node in ast.walk(tree):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            names = [node.module or ""]
        for name in names:
            advice = _ADVICE.get(name.partition(".")[0])
            if advice is not None:
                yield f"{path.name}:{node.lineno}: import of {name}: {advice}"


@contextmanager
def _patience() -> Iterator[None]:
    """A call that takes longer raises TimeoutError in itself."""

    def give_up(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"it has not returned after {PATIENCE_S:g} s")

    former: Callable[..., object] | int | None = signal.signal(signal.SIGALRM, give_up)
    timer = signal.setitimer(signal.ITIMER_REAL, PATIENCE_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
        signal.setitimer(signal.ITIMER_REAL, *timer)
