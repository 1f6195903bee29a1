"""Checks of what a desk talks to: venues, broker, database, and the robot itself if it runs."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socket import create_connection

from connectors.assembly import mqtt_settings
from connectors.doctor.check import Check, Finding, ok, problem, warning
from connectors.mqtt.session import DeliveryClient, MqttSettings, first_cause, read_password
from connectors.store.database import HEAD, open_read_only, parse_url
from connectors.store.errors import SchemaMismatch
from robot.control import Command, ask
from robot.desk import VenueSettings
from robot.errors import RobotError
from robot.settings import Settings
from robot.status import read_beat
from robot.supervisor import NAMES, SILENT_S

CONNECT_S = 1.0


def peer_checks(settings: Settings) -> tuple[Check, ...]:
    """One check for each of them."""
    return (
        Check("venues", lambda: check_venues(settings.desk.venues)),
        Check("broker", lambda: check_broker(mqtt_settings(settings))),
        Check("database", lambda: check_database(settings.database_url)),
        Check("running robot", lambda: check_robot(settings)),
    )


def secrets_of(settings: Settings) -> list[str]:
    """Every password that is known here, so that none can slip into an answer."""
    found = []
    if settings.desk.mqtt.password_file is not None:
        found.append(_first_line(settings.desk.mqtt.password_file))
    with suppress(RobotError):  # the database's own check says what is wrong with the address
        found.append(str(parse_url(settings.database_url).password or ""))
    return [secret for secret in found if secret]


def check_venues(venues: tuple[VenueSettings, ...]) -> Iterator[Finding]:
    """Each venue's port answers; several venues behind one port are asked once."""
    answers: dict[tuple[str, int], str] = {}
    for venue in venues:
        address = (venue.host, venue.port)
        if address not in answers:
            answers[address] = unreachable(*address)
        name, where = f"venue {venue.id}", f"{venue.host}:{venue.port}"
        if answers[address]:
            advice = "start it, correct host and port in desk.yaml, or open the firewall"
            yield warning(name, f"{where} cannot be reached: {answers[address]}", advice)
        else:
            yield ok(name, f"{where} takes connections (the FIX logon is not tried)")


def check_broker(settings: MqttSettings) -> Iterator[Finding]:
    """The broker takes our connection as it would take the relay's."""
    where = f"{settings.host}:{settings.port}"
    away = unreachable(settings.host, settings.port)
    if away:
        advice = "start it or correct mqtt in desk.yaml; deals wait in the outbox until it answers"
        yield warning("broker", f"{where} cannot be reached: {away}", advice)
        return
    started_s = time.perf_counter()
    try:
        asyncio.run(_connect(settings))
    except Exception as error:  # aiomqtt's own errors are its connector's business
        advice = (
            "compare user name, password file and TLS files under mqtt in desk.yaml with the broker"
        )
        yield problem("broker", f"{where} does not let us in: {first_cause(error)}", advice)
        return
    took_ms = (time.perf_counter() - started_s) * 1000
    secured = "with TLS" if settings.ca_file is not None else "without TLS"
    yield ok("broker", f"{where} lets us in {secured}, in {took_ms:.0f} ms")


def check_database(url: str) -> Iterator[Finding]:
    """The database opens and its tables are of this version."""
    target = parse_url(url)
    is_file = target.get_backend_name() == "sqlite"
    if is_file and not Path(str(target.database)).exists():
        yield ok("database", f"{target.database} is not there yet; the robot makes it")
        return
    try:
        database = open_read_only(url)
    except SchemaMismatch as error:
        if "newer version" in str(error):
            yield problem("database", str(error), "do not start this version on it")
        else:
            yield warning("database", str(error), "nothing to do: the start brings it up to date")
        return
    try:
        yield ok("database", f"{database.where} opens, revision {HEAD}")
    finally:
        database.close()


def check_robot(settings: Settings) -> Iterator[Finding]:
    """Whether a robot runs with this folder, and what stops it from dealing."""
    run = settings.run_folder
    if (run / "KILL").exists():
        text = f"the file {run / 'KILL'} is there: a robot that starts here is stopped by it"
        yield warning("kill file", text, "remove it, then release (docs/access.md)")
    if not (run / "control").exists():
        yield ok("running robot", "none runs with this folder")
        return
    try:
        answer = ask(run / "control", Command(command="status"))
    except RobotError as error:
        text = f"its control socket is there, but nobody answers: {error}"
        yield warning(
            "running robot", text, "if it should run, see log/trader.log in the data folder"
        )
        return
    halts, stops = answer.get("halts"), answer.get("stops")
    if isinstance(halts, dict) and halts:
        text = "runs and does not deal: " + "; ".join(str(halt) for halt in halts.values())
        yield warning("running robot", text, "see `halts` in docs/operations.md")
    elif isinstance(stops, dict) and stops:
        text = f"runs, and parts of it are stopped: {', '.join(str(name) for name in stops)}"
        yield warning("running robot", text, "see Kill switch in docs/operations.md")
    else:
        yield ok("running robot", f"runs, trade date {answer.get('trade_date', 'not known yet')}")
    yield from _silent_processes(run)


def unreachable(host: str, port: int) -> str:
    """Why nobody takes a connection there within a second; empty = somebody does."""
    try:
        create_connection((host, port), timeout=CONNECT_S).close()
    except OSError as error:
        return error.strerror or str(error) or type(error).__name__
    return ""


def _silent_processes(run: Path) -> Iterator[Finding]:
    now_ns = time.time_ns()
    for name in NAMES:
        beat = read_beat(run, name)
        silent_s = (now_ns - beat.at_ns) / 1e9 if beat is not None else float("inf")
        if beat is None or silent_s > SILENT_S:
            told = f"for {silent_s:.0f} s" if beat is not None else "since it started"
            text = f"no sign of life {told}"
            yield warning(f"process {name}", text, f"see log/{name}.log in the data folder")
        elif not beat.healthy:
            yield warning(f"process {name}", beat.problem, f"see log/{name}.log in the data folder")


async def _connect(settings: MqttSettings) -> None:
    """Log on and off. Under another client id: the broker would throw the running relay out."""
    client = DeliveryClient(dataclasses.replace(settings, client_id=f"{settings.client_id}-doctor"))
    # The relay's sessions outlive the connection; a probe must leave nothing behind at the broker.
    client._client._clean_session = True
    try:
        async with client:
            pass
    finally:
        client.close_socket()


def _first_line(path: Path) -> str:
    try:
        return read_password(path)
    except RobotError:  # the broker's own check says what is wrong with the file
        return ""
