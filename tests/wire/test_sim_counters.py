"""The trader and the simulated venue in processes of their own: clients haggle until they deal."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from connectors.sim.record import VenueRecord, read_record
from robot.package import configuration_folder
from robot.settings import load_settings
from robot.status import Beat, write_beat
from tests.kit.fix_desks import HAGGLING
from tests.wire.raw_venue import wait_for

pytestmark = [pytest.mark.wire, pytest.mark.slow]

REQUESTS = 60
PATIENCE_S = 120.0


class Pair:
    """Both processes, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        status, self.record = folder / "venue.json", folder / "venue.sqlite"
        self.venue = self._spawn(
            *("robot", "sim", "venue", "--venue", "ALPHA", "--pairs", "EUR/USD", "--json"),
            *("--speed", "max", "--requests", str(REQUESTS), "--counter-share", "1"),
            *("--misbehaviour", "0.3", "--behaviour", "prompt", "--seed", "7"),
            *("--start", "2026-10-21T08:00:00Z", "--status", str(status)),
            *("--record", str(self.record)),
        )
        port = wait_for(lambda: _read(status).get("port"), "the venue's port", 30)
        self._spawn("robot.process", "trader", str(self._configured(int(str(port)))), "--demo")

    def _spawn(self, *command: str) -> subprocess.Popen[bytes]:
        log = self.folder / f"{len(self.processes)}.log"
        with log.open("wb") as out:
            started = subprocess.Popen([sys.executable, "-m", *command], stdout=out, stderr=out)
        self.processes.append(started)
        return started

    def _configured(self, port: int) -> Path:
        """The shipped desk, whose rule book meets clients half way."""
        desk_folder = self.folder / "desk"
        shutil.copytree(configuration_folder(), desk_folder)
        (desk_folder / "haggling.rules").write_text(HAGGLING, encoding="utf-8")
        yaml, path = YAML(), desk_folder / "desk.yaml"
        desk = yaml.load(path)
        desk["venues"] = [{**desk["venues"][0], "port": port, "pairs": ["EUR/USD"]}]
        desk["strategy"] = {"name": "haggling", "version": "1", "rules": "haggling.rules"}
        desk["clock"], desk["four_eyes"] = "venue", False
        desk["followers"]["silent_s_max"] = 600
        yaml.dump(desk, path)
        settings = load_settings(desk_folder)
        for name in ("projector", "auditor"):
            write_beat(settings.run_folder, Beat(name=name, at_ns=time.time_ns(), pid=1))
        return desk_folder

    def told(self) -> VenueRecord:
        """The venue's record when it has ended."""
        assert self.venue.wait(PATIENCE_S) == 0, self._logs()
        return read_record(self.record)

    def _logs(self) -> str:
        return "\n".join(path.read_text("utf-8")[-2_000:] for path in self.folder.glob("*.log"))

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    made = Pair(tmp_path)
    yield made
    made.end()


def _read(path: Path) -> dict[str, object]:
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def test_clients_haggle_with_the_robot_over_sockets_and_deal(pair: Pair) -> None:
    record = pair.told()
    assert list(record.anomalies) == []
    offers = record.counter_offers
    honest = [row for row in offers if row.flaw is None]
    assert len(honest) > REQUESTS / 2
    assert {row.answer for row in honest} <= {"quote", "refused", "ended"}
    wrong = {row.flaw: row.text for row in offers if row.flaw}
    assert wrong["larger"] == "QUOTE_MISMATCH" and wrong["repeated"] == "DUPLICATE_COUNTER"
    assert {row.answer for row in offers if row.flaw} == {"refused"}
    answers = {row.answer_quote_id: row for row in honest if row.answer == "quote"}
    agreed = [fill for fill in record.fills if fill.quote_id in answers]
    assert agreed
    assert [fill.rate for fill in agreed] == [answers[f.quote_id].answer_price for f in agreed]
    assert len({fill.quote_id for fill in record.fills}) == len(record.fills)
