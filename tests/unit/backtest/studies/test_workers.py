"""A cluster that is not there, has no workers, or whose workers are not what the study needs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace

import pytest
from distributed import Client, LocalCluster
from optuna.storages import InMemoryStorage

import backtest.studies.workers as workers
from backtest.studies.expected import Expected, check, expected_of, hashes_of
from backtest.studies.objective import Measured, task_of
from backtest.studies.study import Manifest, conclude
from backtest.studies.workers import Here, NoWorkers, OnDask, workers_of
from robot.errors import ConfigurationError
from tests.kit.studies import study

SETTINGS = study(
    search__trials=12, search__pruner={"startup_trials": 2, "warm_up_parts": 1}, search__batch=4
)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    """A scheduler on loopback with two workers, in threads of this process."""
    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2,
        threads_per_worker=2,
        processes=False,
        protocol="tcp",
        host="127.0.0.1",
        dashboard_address=":0",
    ) as found:
        yield found


def _expected() -> Expected:
    return expected_of(SETTINGS, hashes_of(SETTINGS))


def test_a_cluster_finds_what_one_process_finds(cluster: LocalCluster) -> None:
    manifest = Manifest(settings={}, beside="", code_version="", config_hash="", data_hashes={})
    with workers_of(cluster=cluster.scheduler_address) as dask:
        dask.expect(_expected())
        found = conclude(SETTINGS, manifest, InMemoryStorage(), dask)
    assert found.counts.complete and found.counts.pruned
    assert found == conclude(SETTINGS, manifest, InMemoryStorage(), Here())


def test_workers_with_other_files_or_versions_are_named_before_anything_is_evaluated(
    cluster: LocalCluster,
) -> None:
    right = _expected()
    other = replace(right, hashes=(("tests.kit.studies:results", "0" * 64),))
    older = replace(right, versions=(("numpy", "1.0"),))
    missing = study(objective__data=["/nowhere/quotes.csv"])
    with workers_of(cluster=cluster.scheduler_address) as dask:
        with pytest.raises(ConfigurationError, match=r"worker tcp://127.*is another than where"):
            dask.expect(other)
        with pytest.raises(ConfigurationError, match=r"has numpy .*runs with 1\.0"):
            dask.expect(older)
        with pytest.raises(ConfigurationError, match=r"quotes.csv.*under the same paths"):
            dask.expect(replace(right, settings=missing.model_dump_json()))


def test_a_worker_that_comes_later_evaluates_nothing_with_other_files(
    cluster: LocalCluster,
) -> None:
    stretch = SETTINGS.span.stretches()[0]
    task = task_of("tests.kit.studies:results", {}, {"x": "7"}, stretch, 1)
    with workers_of(cluster=cluster.scheduler_address) as dask:
        dask.expect(_expected())
        dask._expected = replace(_expected(), hashes=(("tests.kit.studies:results", "0"),))  # type: ignore[attr-defined]
        with pytest.raises(ConfigurationError, match="is another than where"):
            list(dask.each([task]))


def test_an_address_where_nobody_listens_is_told_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    for wrong in (address, "nonsense"):
        with pytest.raises(ConfigurationError, match=r"no scheduler.*dask scheduler"):
            workers_of(cluster=wrong).__enter__()


def test_a_cluster_without_workers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "CONNECT_S", 1)
    monkeypatch.setattr(workers, "WORKERS_S", 0.3)
    monkeypatch.setattr(workers, "_LOOK_S", 0.1)
    task = task_of("tests.kit.studies:results", {}, {"x": "7"}, SETTINGS.span.stretches()[0], 1)
    with (
        LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=0, processes=False, protocol="tcp", host="127.0.0.1", dashboard_address=":0"
        ) as empty,
        Client(empty, set_as_default=False) as client,  # type: ignore[no-untyped-call]
    ):
        with pytest.raises(ConfigurationError, match=r"has no workers; dask worker tcp"):
            workers_of(cluster=empty.scheduler_address).__enter__()
        with pytest.raises(NoWorkers, match="no worker answered"):
            list(OnDask(client).each([task]))


def test_results_come_in_the_order_of_the_tasks_and_no_more_are_taken_than_there_is_room(
    cluster: LocalCluster,
) -> None:
    parts = SETTINGS.span.stretches() * 4
    tasks = [
        task_of("tests.kit.studies:results", {}, {"x": str(n)}, part, 1)
        for n, part in enumerate(parts)
    ]
    taken: list[int] = []

    def told() -> Iterator[object]:
        for n, task in enumerate(tasks):
            taken.append(n)
            yield task

    with workers_of(cluster=cluster.scheduler_address) as dask:
        found: list[Measured] = []
        for measured in dask.each(told()):  # type: ignore[arg-type]
            found.append(measured)
            assert len(taken) <= len(found) + 2 * workers.AHEAD
    assert found == list(Here().each(tasks))


def test_what_this_process_has_is_what_it_expects() -> None:
    check(_expected())
