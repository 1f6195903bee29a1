"""How our own connectors are made from the settings: the functions that `desk.yaml` names by
default.

Each imports its connector only when called, so that a process loads what it uses and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING

from robot.journal import Link
from robot.ports import HeadLog, Journal, JournalTail, Store, StrategyHost, Timers, VenueConnector
from robot.settings import Settings

if TYPE_CHECKING:
    import threading

    from connectors.control.app import Api
    from connectors.fix.dialect import Dialect
    from connectors.mqtt.session import MqttSettings
    from robot.access import Access


def make_venues(settings: Settings, links: Mapping[str, Link]) -> VenueConnector:
    """QuickFIX sessions to every venue; `links` says where the journal stands on each."""
    from connectors.fix.session import FixVenues
    from connectors.fix.venue_settings import FixSettings, VenueSettings
    from robot.basics.ids import VenueId

    venues = tuple(
        VenueSettings(
            id=VenueId(venue.id),
            host=venue.host,
            port=venue.port,
            sender=venue.sender,
            target=venue.target,
            heartbeat_s=venue.heartbeat_s,
            guard=venue.guard,
            frame_bytes_max=venue.frame_bytes_max,
            drop_copy=venue.drop_copy,
            dialect=dialect_of(settings, venue.id),
        )
        for venue in settings.desk.venues
    )
    return FixVenues(
        FixSettings(
            venues=venues,
            store=settings.data / "fix",
            dictionary=settings.dictionary,
            transport_dictionary=settings.fix_file("FIXT11.xml"),
            application_dictionary=settings.fix_file("FIX50SP2.xml"),
            venue_clock=settings.desk.clock == "venue",
            inbound={name: link.inbound for name, link in links.items()},
            outbound={name: link.outbound for name, link in links.items()},
        )
    )


def dialect_of(settings: Settings, venue: str) -> Dialect:
    """How a venue writes FIX, with its own quotation of each pair's points."""
    import msgspec

    from connectors.fix.dialect import Dialect

    factors = {
        pair: row.provider_points_factors.get(venue, row.points_factor)
        for pair, row in settings.reference.conventions.items()
    }
    dialect = msgspec.convert(settings.dialects[venue], Dialect, strict=False)
    entity = settings.desk.entity
    return msgspec.structs.replace(dialect, points_factors=factors, entity=entity)


def make_journal(settings: Settings) -> Journal:
    """The journal's writing end."""
    from connectors.journal.file import JournalFile

    strategy = settings.reference.strategy
    about = {
        "configuration_hash": settings.hash,
        "strategy": f"{strategy.name} {strategy.version}",
        "seed": str(settings.reference.seed),
    }
    return JournalFile(settings.journal_folder, about)


def make_tail(settings: Settings, segment: str, sequence: int) -> JournalTail:
    """The journal as a follower sees it, from after a record on."""
    from connectors.journal.file import FileTail

    return FileTail(settings.journal_folder, segment, sequence)


def make_heads(settings: Settings) -> HeadLog:
    """The heads of the logs, signed if the desk has a key."""
    from connectors.audit.headfile import HeadFile

    return HeadFile(settings)


def make_host(settings: Settings) -> StrategyHost:
    """The trader's end of the processes in which strategies run."""
    from connectors.host.pair import HostPair

    reference = settings.reference
    return HostPair(settings.run_folder, reference.strategy, reference.seed)


def run_host(
    settings: Settings, on_ready: Callable[[Callable[[], None]], None], name: str = "host"
) -> None:
    """Run a strategy's process until it is told to end."""
    from connectors.host.process import run

    run(settings, on_ready, name)


def make_timers(settings: Settings) -> Timers:
    """The desk's schedule, on the system's clock or on the venue's."""
    from connectors.timers import SystemTimers, VenueTimers

    schedule, venues = settings.desk.schedule, tuple(venue.id for venue in settings.desk.venues)
    if settings.desk.clock == "venue":
        return VenueTimers(schedule, venues)
    return SystemTimers(schedule, venues)


def make_store(settings: Settings) -> Store:
    """The database projection, with deal messages for the outbox."""
    from connectors.mqtt.payload import deal_message
    from connectors.store.projection import SqlStore

    entity, environment = settings.desk.entity, settings.desk.environment
    return SqlStore(
        settings.database_url,
        lambda booked, sequence: deal_message(booked, sequence, entity, environment),
    )


def make_access(settings: Settings) -> Access:
    """Who is let in, by the users of the database."""
    import secrets

    from connectors.passwords import Argon2
    from connectors.store.users import SqlUsers
    from robot.access import Access
    from robot.access_record import AccessRecord
    from robot.clock import SystemClock

    users, now_ns = SqlUsers(settings.database_url), SystemClock().now_ns
    witness = AccessRecord(settings.data, now_ns)
    return Access(users, Argon2(), now_ns, secrets.token_bytes, witness)


def make_api(settings: Settings) -> Api:
    """The endpoints of the HTTP API on the desk's users and approvals."""
    from connectors.control.app import Api
    from connectors.evidence.serving import Serving
    from robot.approving import Approving
    from robot.clock import SystemClock

    now_ns, api = SystemClock().now_ns, settings.desk.api
    secure = api is not None and api.certificate_file is not None
    approving = Approving(settings, now_ns)
    access, evidence = make_access(settings), Serving(settings, now_ns)
    return Api(access, approving, evidence, settings.run_folder, now_ns, secure=secure)


def run_api(settings: Settings, stop: threading.Event) -> None:
    """Serve the HTTP API until `stop` is set."""
    from connectors.control.server import serve

    assert settings.desk.api is not None, "started only where it is configured"
    serve(make_api(settings).app, settings.desk.api, settings.folder, stop)


def run_relay(
    settings: Settings,
    stop: asyncio.Event,
    on_beat: Callable[[Mapping[str, object]], None],
    on_alarm: Callable[[str, str], None],
) -> Coroutine[object, object, object]:
    """Deliver the outbox until `stop` is set."""
    from connectors.mqtt.relay import run_relay as run
    from connectors.store.outbox import SqlOutbox
    from robot.clock import SystemClock

    outbox = SqlOutbox(settings.database_url)
    return run(outbox, mqtt_settings(settings), SystemClock(), stop, on_beat, on_alarm)


def mqtt_settings(settings: Settings) -> MqttSettings:
    """The broker's settings from the desk's."""
    from connectors.mqtt.session import MqttSettings

    mqtt = settings.desk.mqtt
    return MqttSettings(
        environment=settings.desk.environment, entity=settings.desk.entity, **mqtt.model_dump()
    )
