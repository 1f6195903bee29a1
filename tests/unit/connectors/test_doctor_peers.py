"""What `fxrobot doctor` finds around a desk: venues, broker, database, and the robot itself."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.doctor.check import Check, Finding, State, examine
from connectors.doctor.peers import check_broker, check_database, check_robot, check_venues
from connectors.mqtt.broker import start_broker
from connectors.mqtt.session import MqttSettings
from connectors.store.database import open_database
from robot.control import Answer, Command, ControlServer
from robot.desk import VenueSettings
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.status import Beat, write_beat
from robot.supervisor import NAMES


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """The shipped configuration in a folder of its own."""
    return load_settings(shutil.copytree(configuration_folder(), tmp_path / "desk"))


def closed_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def only(findings: Iterator[Finding]) -> Finding:
    """The one finding there is."""
    (found,) = findings
    return found


def venue(name: str, port: int) -> VenueSettings:
    """A venue's settings."""
    return VenueSettings(id=name, port=port, sender="US", target=name, pairs=("EUR/USD",))


@contextmanager
def listening(answer: Callable[[socket.socket], None]) -> Iterator[tuple[int, list[int]]]:
    """A port where `answer` deals with each connection; gives the port and a list to count by."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[int] = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                taken.append(1)
                with connection:
                    answer(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1]), taken
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.wire
def test_venues_behind_one_port_are_asked_once() -> None:
    with listening(lambda connection: None) as (port, taken):
        found = list(check_venues((venue("ALPHA", port), venue("BETA", port))))
        last = socket.create_connection(("127.0.0.1", port), timeout=5)
        assert last.recv(1) == b"", "taken in the order of asking, and closed"
        last.close()
    assert [finding.state for finding in found] == [State.OK, State.OK]
    assert len(taken) == 1 + 1


@pytest.mark.wire
def test_a_venue_that_cannot_be_reached_is_a_warning() -> None:
    found = only(check_venues((venue("ALPHA", closed_port()),)))
    assert found.state is State.WARNING
    assert found.name == "venue ALPHA"


def mqtt(port: int) -> MqttSettings:
    """Settings of a broker on this machine."""
    return MqttSettings(
        host="127.0.0.1", port=port, environment="test", entity="BANK", client_id="fxrobot-relay"
    )


def connect_packet(client_id: str) -> bytes:
    """An MQTT 3.1.1 CONNECT that asks for the session kept under a client id."""
    body = b"\x00\x04MQTT\x04\x00\x00\x0a" + len(client_id).to_bytes(2) + client_id.encode()
    return b"\x10" + bytes([len(body)]) + body


@pytest.mark.wire
def test_a_broker_that_lets_us_in_is_told_and_keeps_no_session_of_ours(tmp_path: Path) -> None:
    with start_broker(tmp_path) as broker:
        found = only(check_broker(mqtt(broker.port)))
        with socket.create_connection((broker.host, broker.port), timeout=5) as connection:
            connection.sendall(connect_packet("fxrobot-relay-doctor"))
            answer = connection.recv(4)
    assert found.state is State.OK
    # The embedded broker keeps a clean session all the same; it is for demo and tests only.
    kept = b"\x20\x02\x00\x00" if broker.kind == "mosquitto" else answer
    assert answer == kept, "the broker still had a session"


@pytest.mark.wire
@pytest.mark.parametrize("code", [4, 5])
def test_a_broker_that_refuses_us_is_a_problem(code: int) -> None:
    def refuse(connection: socket.socket) -> None:
        if connection.recv(1024):
            connection.sendall(bytes([0x20, 2, 0, code]))
            connection.recv(1024)

    with listening(refuse) as (port, _):
        found = only(check_broker(mqtt(port)))
    assert found.state is State.PROBLEM
    assert "does not let us in" in found.text


@pytest.mark.wire
def test_a_broker_that_is_away_is_a_warning() -> None:
    assert only(check_broker(mqtt(closed_port()))).state is State.WARNING


def test_a_database_that_is_not_there_yet_is_in_order(tmp_path: Path) -> None:
    path = tmp_path / "data" / "fxrobot.sqlite"
    assert only(check_database(f"sqlite:///{path}")).state is State.OK
    assert not path.exists()


def test_a_database_of_this_version_opens(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fxrobot.sqlite'}"
    open_database(url).close()
    found = only(check_database(url))
    assert found.state is State.OK
    assert "revision" in found.text


@pytest.mark.parametrize(("revision", "state"), [("9999", State.PROBLEM), ("0000", State.WARNING)])
def test_a_database_of_another_version_is_told(tmp_path: Path, revision: str, state: State) -> None:
    url = f"sqlite:///{tmp_path / 'fxrobot.sqlite'}"
    database = open_database(url)
    with database.transaction("change the version") as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num='{revision}'")
    database.close()
    assert only(check_database(url)).state is state


def test_a_file_that_is_no_database_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "fxrobot.sqlite"
    path.write_bytes(b"not a database at all" * 100)
    report = examine([Check("database", lambda: check_database(f"sqlite:///{path}"))])
    assert report.checks[0].state is State.PROBLEM
    assert str(path) in report.checks[0].text


def running(
    settings: Settings,
    halts: dict[str, str],
    silent: str = "",
    stops: dict[str, dict[str, str]] | None = None,
) -> ControlServer:
    """A stand-in for the trader's control socket, with signs of life of all processes but one."""
    now_ns = time.time_ns()
    for name in NAMES:
        if name != silent:
            write_beat(settings.run_folder, Beat(name=name, at_ns=now_ns, pid=1))

    def answer(command: Command) -> Answer:
        assert command.command == "status"
        return {"ok": True, "trade_date": "2026-10-21", "halts": halts, "stops": stops or {}}

    return ControlServer(settings.run_folder / "control", answer)


def look_at_robot(settings: Settings) -> dict[str, State]:
    """States by name of what the running robot shows."""
    return {finding.name: finding.state for finding in check_robot(settings)}


@pytest.mark.wire
def test_a_part_that_is_stopped_is_a_warning(settings: Settings) -> None:
    server = running(settings, {}, stops={"kill_switch venue:ALPHA": {"text": "drill"}})
    found = look_at_robot(settings)
    server.close()
    assert found["running robot"] is State.WARNING


@pytest.mark.wire
def test_a_running_robot_is_asked_what_stops_it(settings: Settings) -> None:
    assert look_at_robot(settings) == {"running robot": State.OK}
    server = running(settings, {})
    assert look_at_robot(settings) == {"running robot": State.OK}
    server.close()
    server = running(settings, {"kill_switch": "kill switch: drill (li.wei)"})
    found = only(check_robot(settings))
    server.close()
    assert found.state is State.WARNING
    assert "kill switch: drill (li.wei)" in found.text


@pytest.mark.wire
def test_a_process_without_a_sign_of_life_is_a_warning(settings: Settings) -> None:
    server = running(settings, {}, silent="auditor")
    found = look_at_robot(settings)
    server.close()
    assert found["process auditor"] is State.WARNING


@pytest.mark.wire
def test_a_control_socket_without_a_robot_is_a_warning(settings: Settings) -> None:
    running(settings, {}).close()
    assert look_at_robot(settings) == {"running robot": State.WARNING}


def test_a_kill_file_is_a_warning(settings: Settings) -> None:
    settings.run_folder.mkdir(parents=True)
    (settings.run_folder / "KILL").touch()
    assert look_at_robot(settings)["kill file"] is State.WARNING
