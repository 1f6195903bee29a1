"""Where evaluations are done: here, in processes of this machine, or on a Dask cluster.

Results come in the order of the tasks, so that nothing depends on who was faster. Workers only
evaluate: suggestions, pruning and records stay in the process that searches.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from backtest.studies.objective import Measured, Task, evaluate

if TYPE_CHECKING:
    from distributed import Client


class Workers(Protocol):
    """Whoever evaluates."""

    def done(self, tasks: Sequence[Task]) -> list[Measured]:
        """Every task's result, in their order."""


class Here:
    """One after the other in this process."""

    def done(self, tasks: Sequence[Task]) -> list[Measured]:
        """Every task's result, in their order."""
        return [evaluate(task) for task in tasks]


class OnDask:
    """By the workers of a Dask cluster. A worker that dies has its task done by another."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def done(self, tasks: Sequence[Task]) -> list[Measured]:
        """Every task's result, in their order."""
        futures = self._client.map(evaluate, tasks, pure=False)
        found: list[Measured] = self._client.gather(futures)  # type: ignore[no-untyped-call]
        return found


@contextmanager
def workers_of(count: int = 1, cluster: str = "") -> Iterator[Workers]:
    """This process; so many processes of its own; or the cluster at an address."""
    if cluster:
        from distributed import Client

        with Client(cluster, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            yield OnDask(client)
    elif count > 1:
        with local_cluster(count) as client:
            yield OnDask(client)
    else:
        yield Here()


@contextmanager
def local_cluster(count: int) -> Iterator[Client]:
    """Processes of this machine, one evaluation at a time each, on loopback, without dashboard."""
    from distributed import Client, LocalCluster

    cluster: LocalCluster = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        dashboard_address=None,
        silence_logs=logging.ERROR,
        memory_limit=0,
    )
    with cluster, Client(cluster, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        yield client
