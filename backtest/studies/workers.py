"""Where evaluations are done: here, in processes of this machine, or on a Dask cluster.

Tasks are taken one after the other, and results come in their order, so that nothing depends on
who was faster. Workers only evaluate: suggestions, pruning and records stay in the process that
searches. It takes tasks ahead, so that no worker waits for the slowest of a part.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol

from backtest.studies.expected import Expected, Unlike, check
from backtest.studies.objective import Measured, Task, evaluate
from robot.errors import ConfigurationError

if TYPE_CHECKING:
    from distributed import Client

CONNECT_S = 5
"""So long a scheduler may take to answer."""
WORKERS_S = 20
"""So long a cluster may be without a worker before the study gives up."""
AHEAD = 3
"""Tasks under way for each worker: one that is done, one that waits, one more behind a slow one."""
_LOOK_S = 2.0
_ALONE = threading.Lock()
"""A worker with several threads evaluates one task at a time all the same."""


class NoWorkers(ConfigurationError):
    """Those who evaluated are gone; what they had evaluated is kept."""


class Workers(Protocol):
    """Whoever evaluates."""

    def expect(self, expected: Expected) -> None:
        """What they must have; ConfigurationError where one has not."""

    def each(self, tasks: Iterable[Task]) -> Iterator[Measured]:
        """Every task's result, in their order; tasks are taken when there is room for them."""


class Here:
    """One after the other in this process."""

    def expect(self, expected: Expected) -> None:
        """It has them: it made them."""

    def each(self, tasks: Iterable[Task]) -> Iterator[Measured]:
        """Every task's result, in their order."""
        return map(evaluate, tasks)


class OnDask:
    """By the workers of a Dask cluster. A worker that dies has its task done by another."""

    def __init__(self, client: Client, where: str = "") -> None:
        self._client = client
        self._where = where or "on this machine"
        self._expected: Expected | None = None

    def expect(self, expected: Expected) -> None:
        """Asked of every worker there is, and by each that comes later before its first task."""
        self._expected = expected
        try:
            answers: dict[str, str] = self._client.run(said_of, expected)
        except Exception as problem:  # whatever a worker cannot even unpickle
            text = f"a worker of {self._where} cannot evaluate: {type(problem).__name__}: {problem}"
            hint = "it needs fxrobot, installed as here"
            raise ConfigurationError(f"{text}; {hint}") from problem
        wrong = [f"worker {name}: {text}" for name, text in answers.items() if text]
        if wrong:
            raise ConfigurationError("\n".join(sorted(wrong)))

    def each(self, tasks: Iterable[Task]) -> Iterator[Measured]:
        """Every task's result, in their order."""
        waiting: deque[Any] = deque()
        source = enumerate(tasks)
        try:
            while True:
                self._fill(waiting, source)
                if not waiting:
                    return
                found = self._result(waiting[0])
                waiting.popleft().release()
                yield found
        finally:
            for future in waiting:
                future.cancel()

    def _fill(self, waiting: deque[Any], source: Iterator[tuple[int, Task]]) -> None:
        room = AHEAD * max(1, self._count()) - len(waiting)
        for _ in range(room):
            number, task = next(source, (0, None))
            if task is None:
                return
            future = self._client.submit(
                evaluate_there, self._expected, task, pure=False, priority=-number
            )
            waiting.append(future)

    def _count(self) -> int:
        return len(self._client.scheduler_info()["workers"])

    def _result(self, future: Any) -> Measured:
        """Waited for as long as somebody works on it."""
        from distributed import KilledWorker, TimeoutError

        without_s = 0.0
        while without_s < WORKERS_S:
            try:
                found: Measured = future.result(timeout=_LOOK_S)
                return found
            except TimeoutError:
                gone = self._client.status != "running" or not self._count()
                without_s = without_s + _LOOK_S if gone else 0.0
            except Unlike:
                raise
            except KilledWorker as problem:
                text = f"{problem.allowed_failures + 1} workers died of one evaluation"
                hint = "was there memory enough?"
                raise NoWorkers(f"{self._where}: {text}; {hint}") from problem
            except Exception as problem:  # Dask's own: the scheduler went away, was restarted
                raise NoWorkers(f"{self._where}: {_first_line(problem)}") from problem
        text = f"no worker answered for {WORKERS_S} s; start them again"
        raise NoWorkers(f"{self._where}: {text}")


def said_of(expected: Expected) -> str:
    """What is wrong with this process; empty = nothing."""
    try:
        check(expected)
    except Unlike as problem:
        return str(problem)
    return ""


def evaluate_there(expected: Expected | None, task: Task) -> Measured:
    """In a worker: once what it has is known to be right."""
    with _ALONE:
        if expected is not None:
            try:
                check(expected)
            except Unlike as problem:
                from distributed import get_worker

                raise Unlike(f"worker {get_worker().address}: {problem}") from None
        return evaluate(task)


@contextmanager
def workers_of(count: int = 1, cluster: str = "") -> Iterator[Workers]:
    """This process; so many processes of its own; or the cluster at an address."""
    if cluster:
        with remote_cluster(cluster) as client:
            yield OnDask(client, cluster)
    elif count > 1:
        with local_cluster(count) as client:
            yield OnDask(client)
    else:
        yield Here()


@contextmanager
def remote_cluster(address: str) -> Iterator[Client]:
    """The scheduler at an address, with a worker at least; ConfigurationError if there is none."""
    from distributed import Client, TimeoutError

    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is wrong we say ourselves
    made = "dask scheduler --host HOST --port 8786 --no-dashboard"
    try:
        _reach(address)
        client = Client(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT_S, set_as_default=False
        )
    except (OSError, TimeoutError, ValueError, ImportError) as problem:
        text = f"--cluster {address}: no scheduler of Dask answers there"
        raise ConfigurationError(f"{text} ({_first_line(problem)}); {made} starts one") from None
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_S)
        except TimeoutError:
            text = f"--cluster {address}: its scheduler has no workers"
            made = f"dask worker {address} --nthreads 1 --nworkers 2 --no-dashboard"
            raise ConfigurationError(f"{text}; {made} starts two") from None
        yield client


def _reach(address: str) -> None:
    """Raises OSError where nobody listens: Dask's own client tries longer, and closes slowly."""
    from distributed.comm.addressing import parse_address, parse_host_port

    host, port = parse_host_port(parse_address(address)[1])
    with socket.create_connection((host, port), timeout=CONNECT_S):
        pass


def _first_line(problem: Exception) -> str:
    return str(problem).partition("\n")[0] or type(problem).__name__


@contextmanager
def local_cluster(count: int) -> Iterator[Client]:
    """Processes of this machine, one evaluation at a time each, on loopback, without dashboard."""
    from distributed import Client, LocalCluster

    cluster: LocalCluster = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",  # None would be the port of everybody else's
        scheduler_kwargs={"dashboard": False},
        silence_logs=logging.ERROR,
        memory_limit=0,
    )
    with cluster, Client(cluster, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        client.run(deaf_to_interrupts)
        yield client


def deaf_to_interrupts() -> None:
    """Ctrl-C in a terminal reaches its processes too: what they are at is to be brought to an end
    by the one that asked for it.
    """
    import signal

    import backtest.studies.running  # noqa: F401 - QuickFIX takes the signal when it is imported

    signal.signal(signal.SIGINT, signal.SIG_IGN)
