"""All of an import or nothing of it, once, by one at a time."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from backtest.data import store
from backtest.data.catalogue import FILE, Catalogue, DataError, load_catalogue
from backtest.data.checking import check
from backtest.data.places import known_of
from backtest.data.store import INCOMING, locked
from tests.kit.market_data import DAY_NS, SECOND_NS, files, imported, rows, ticks, written

GAP_NS = 600 * SECOND_NS

KILLED = """
import os, signal, sys
from pathlib import Path
from backtest.data import store
from tests.kit.market_data import imported

def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)

store.save_catalogue = die
imported(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_an_import_that_is_killed_leaves_the_store_as_it_was(tmp_path: Path) -> None:
    """Killed when its files are in their places and only the catalogue does not name them yet."""
    imported(tmp_path, written(tmp_path, ticks(100)))
    before, seen = files(tmp_path), list(rows(tmp_path))
    later = written(tmp_path, ticks(100, begin=200), "later.csv")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(later)], check=False, timeout=60
    )
    assert -signal.SIGKILL == done.returncode
    assert len(before) < len(files(tmp_path)), "it was killed before it moved anything"
    assert seen == list(rows(tmp_path))
    with locked(tmp_path / "store", wait_s=0):
        assert before == files(tmp_path)
    imported(tmp_path, later)
    assert 200 == len(list(rows(tmp_path)))
    assert not (tmp_path / "store" / INCOMING).exists()


def test_what_was_replaced_is_gone_also_after_a_kill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a kill leaves it: a new catalogue, the old files in their places, the scratch folder."""
    imported(tmp_path, written(tmp_path, ticks(50), "a.csv"))
    (old,) = (tmp_path / "store").rglob("*.parquet")
    other = written(tmp_path, ticks(50).replace(",1.3", ",1.2"), "b.csv")
    with monkeypatch.context() as dead:
        dead.setattr(Path, "unlink", _nothing)
        dead.setattr(store.shutil, "rmtree", _nothing)
        imported(tmp_path, other, replace=True)
    assert old.exists()
    with locked(tmp_path / "store", wait_s=0):
        assert not old.exists()
    assert check(tmp_path / "store", known_of(None), gap_ns=GAP_NS).ok
    assert {12} == {row[2] // 100_000_000 for row in rows(tmp_path)}


def _nothing(*_: object, **__: object) -> None:
    """Does not happen any more."""


def test_the_same_file_twice_is_told_and_nothing_is_doubled(tmp_path: Path) -> None:
    path = written(tmp_path, ticks(50))
    first = imported(tmp_path, path)
    before = files(tmp_path)
    again = imported(tmp_path, path)
    assert (False, True, first.batch) == (first.already, again.already, again.batch)
    assert before == files(tmp_path)
    assert first.quality == again.quality


def test_rows_for_a_span_that_is_there_are_refused_unless_they_replace_it(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path, ticks(100), "a.csv"))
    before = files(tmp_path)
    other = written(tmp_path, ticks(20, begin=40).replace(",1.3", ",1.2"), "b.csv")
    with pytest.raises(DataError, match=r"from import a-.*overlaps .*--replace"):
        imported(tmp_path, other)
    assert before == files(tmp_path)
    done = imported(tmp_path, other, replace=True)
    assert 20 == done.replaced
    found = list(rows(tmp_path))
    assert [DAY_NS + index * SECOND_NS for index in range(100)] == [row[0] for row in found]
    assert [40 <= index < 60 for index in range(100)] == [row[2] < 1_300_000_000 for row in found]
    assert check(tmp_path / "store", known_of(None), gap_ns=GAP_NS).ok


def test_rows_for_a_hole_go_into_it(tmp_path: Path) -> None:
    head, *lines = ticks(100).splitlines()
    outside = "\n".join([head, *lines[:40], *lines[60:]])
    imported(tmp_path, written(tmp_path, outside, "a.csv"))
    imported(tmp_path, written(tmp_path, "\n".join([head, *lines[40:60]]), "b.csv"))
    whole = [row[0] for row in rows(tmp_path)]
    assert [DAY_NS + index * SECOND_NS for index in range(100)] == whole
    assert check(tmp_path / "store", known_of(None), gap_ns=GAP_NS).ok


def test_only_one_writes_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, ticks(5))
    monkeypatch.setattr(store, "LOCK_WAIT_S", 0.0)
    with (
        locked(tmp_path / "store"),
        pytest.raises(DataError, match=r"process \d+ writes there"),
        locked(tmp_path / "store", wait_s=0.01),
    ):
        pass
    imported(tmp_path, path)


def test_a_check_finds_what_was_changed_lost_or_added(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path, ticks(50), "a.csv"))
    imported(tmp_path, written(tmp_path, ticks(50), "b.csv"), venue="BETA")
    imported(tmp_path, written(tmp_path, ticks(50), "c.csv"), venue="GAMMA")
    whole = check(tmp_path / "store", known_of(None), gap_ns=GAP_NS)
    assert (True, 150) == (whole.ok, whole.rows)
    assert 50 == whole.quality["quotes BETA EUR/USD"].rows
    a, b, c = (tmp_path / "store" / part.path for part in load_catalogue(tmp_path / "store").parts)
    a.write_bytes(a.read_bytes()[:-1] + b"x")
    b.unlink()
    (c.parent / "stray.parquet").write_bytes(b"")
    found = check(tmp_path / "store", known_of(None), gap_ns=GAP_NS)
    assert not found.ok
    changed, lost, stray = found.problems
    assert "is not the file that was written" in changed
    assert "No such file" in lost
    assert "stray.parquet: is not in the catalogue" in stray
    with pytest.raises(DataError, match="fxrobot data check"):
        list(rows(tmp_path))


def test_a_catalogue_of_another_version_or_none_is_refused(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path, ticks(5)))
    path = tmp_path / "store" / FILE
    path.write_bytes(msgspec.json.encode(Catalogue(format=99)))
    with pytest.raises(DataError, match="format 99"):
        load_catalogue(tmp_path / "store")
    path.write_bytes(b"{")
    with pytest.raises(DataError, match="is no catalogue"):
        load_catalogue(tmp_path / "store")


def test_a_disk_that_is_full_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Full at the last file of all: what was moved in before it goes again."""
    imported(tmp_path, written(tmp_path, ticks(50)))
    before = files(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(store, "save_catalogue", full)
    with pytest.raises(DataError, match="No space left on device; the store is as it was"):
        imported(tmp_path, written(tmp_path, ticks(50, begin=60), "more.csv"))
    assert before == files(tmp_path)


def test_a_store_that_cannot_be_a_folder_is_a_message(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("no folder")
    with pytest.raises(DataError, match="store: cannot be written"):
        imported(tmp_path, written(tmp_path, ticks(5)))


def test_a_store_that_lost_its_catalogue_is_not_an_empty_one(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path, ticks(5)))
    (tmp_path / "store" / FILE).unlink()
    with pytest.raises(DataError, match="is gone, while files of the store are there; restore"):
        imported(tmp_path, written(tmp_path, ticks(5, begin=60), "more.csv"))


def test_a_catalogue_cannot_name_files_outside_of_its_store(tmp_path: Path) -> None:
    imported(tmp_path, written(tmp_path, ticks(5)))
    path = tmp_path / "store" / FILE
    path.write_bytes(path.read_bytes().replace(b'"path":"quotes', b'"path":"../../quotes'))
    with pytest.raises(DataError, match="names files outside of the store"):
        load_catalogue(tmp_path / "store")


@pytest.mark.parametrize("damage", ["gone", "cut", "turned"])
def test_rows_of_a_damaged_file_are_not_carried_on(tmp_path: Path, damage: str) -> None:
    imported(tmp_path, written(tmp_path, ticks(50)))
    (path,) = (tmp_path / "store").rglob("*.parquet")
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data if damage == "turned" else data[:-50])
    if damage == "gone":
        path.unlink()
    kept = files(tmp_path)
    with pytest.raises(DataError, match="fxrobot data remove"):
        imported(tmp_path, written(tmp_path, ticks(5, begin=20), "more.csv"), replace=True)
    assert kept == files(tmp_path)


def test_the_same_file_is_the_same_import_however_its_pair_is_spelled(tmp_path: Path) -> None:
    path = written(tmp_path, ticks(5))
    imported(tmp_path, path, pair="eur_usd")
    assert imported(tmp_path, path, pair="EUR/USD").already
